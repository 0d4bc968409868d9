"""Urgent messages, ready to show: the text, the channel to call, and the article, if it can be read today."""

from dataclasses import dataclass

from flask import url_for
from sqlalchemy.exc import SQLAlchemyError

from app.current import services
from app.web import i18n
from app.web.channels import ContactChannel, channels
from core.events import emit
from index.models import UrgentMatch
from kb.models import ArticleRef
from support.intake.models import urgent_channel
from support.tickets.models import UrgentNotice


@dataclass(frozen=True)
class UrgentBox:
    """What stands above everything else. `url` is '' without an article; `channel` is None where nothing is set."""

    lang: str
    title: str
    text: str
    channel: ContactChannel | None
    article: ArticleRef | None = None
    article_title: str = ""
    url: str = ""


# Filled by a page's script.
BLANK = UrgentBox("", "", "", ContactChannel("urgent", "urgent", "", "", "", "", "", ""))


def urgent_box(found: UrgentMatch | UrgentNotice | None) -> UrgentBox | None:
    """The box of a message that was found, or that is kept with a ticket."""
    if found is None:
        return None
    ref = found.article if isinstance(found, UrgentMatch) else ArticleRef(found.article_lang, found.article)
    channel = urgent_channel(found.channel, channels())
    title = _article_title(ref) if ref and ref.slug else ""
    if not ref or not title:
        return UrgentBox(found.lang, found.title, found.text, channel)
    below = ref.lang if ref.lang in i18n.site_languages() else i18n.current_lang()
    url = url_for("portal.article", lang=below, slug=ref.slug)
    return UrgentBox(found.lang, found.title, found.text, channel, ref, title, url)


def _article_title(ref: ArticleRef) -> str:
    """The article's title; '' when it is not shown today, or the store cannot tell: the rest is shown without it."""
    own = services()
    try:
        found = own.articles.best((ref.lang,), ref.slug, own.today())
    except SQLAlchemyError as error:
        emit("search_failed", where="urgent", trace=type(error).__name__)
        return ""
    return found.title if found else ""
