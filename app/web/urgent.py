"""Urgent messages, ready to show: the text, the channel to call, and the article, if it can be read today."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from sqlalchemy.exc import SQLAlchemyError

from app.current import services
from app.web import i18n
from app.web.channels import ContactChannel, channels
from core.events import emit
from core.texts import languages
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
    """The box of a message that was found, or that is kept with a ticket; all of it in the language of the message."""
    if found is None:
        return None
    ref = found.article if isinstance(found, UrgentMatch) else ArticleRef(found.article_lang, found.article)
    channel = urgent_channel(found.channel, channels(found.lang))
    title = _article_title(ref) if ref and ref.slug else ""
    if not ref or not title:
        return UrgentBox(found.lang, found.title, found.text, channel)
    below = ref.lang if ref.lang in i18n.site_languages() else i18n.current_lang()
    url = url_for("portal.article", lang=below, slug=ref.slug)
    return UrgentBox(found.lang, found.title, found.text, channel, ref, title, url)


# What somebody may have written in a request that is refused, and how large its body may be to be read for it.
_WRITTEN, _BODY_READ = ("q", "subject", "message", "text"), 64 * 1024


def refused_danger() -> tuple[UrgentMatch, str] | None:
    """The urgent message that the text of a refused request calls for, and the reader's language: whoever asks too
    often, or while something is broken, is in no less danger. Told by words, so that it costs hardly anything."""
    try:
        body = _body()
        text = "\n".join(_texts((request.args, body))).strip()
        if not text:
            return None
        reader = _reader(request.args.get("lang") or body.get("lang"))
        found = services().search.urgent_at_once(text, reader, where="refused")
        return (found, reader or found.lang) if found else None
    except Exception as error:  # whatever it is, the refusal itself must be said
        emit("search_failed", where="refused, urgent", trace=type(error).__name__)
        return None


def _body() -> Mapping[str, Any]:
    """The body as far as it was read or is small: a limit that stands before a large one is read is kept."""
    if request.method != "POST" or (
        "form" not in request.__dict__ and not 0 < (request.content_length or 0) <= _BODY_READ
    ):
        return {}
    if request.mimetype not in {"application/json", "text/plain"}:
        return request.form
    sent = request.get_json(force=True, silent=True)
    return sent if isinstance(sent, dict) else {}


def _texts(given: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for some in given:
        texts = {name: text for name in _WRITTEN if isinstance(text := some.get(name), str)}
        if "message" in texts:
            texts.pop("q", None)  # a part of it, for which articles are suggested
        yield from texts.values()


def _reader(tag: object) -> str | None:
    """The reader's language: that of the page, or the one a program names, if any."""
    if not request.path.startswith("/api/"):
        return i18n.current_lang()
    try:
        return languages.canonical(tag) if isinstance(tag, str) and tag else None
    except languages.UnknownLanguage:
        return None


def _article_title(ref: ArticleRef) -> str:
    """The article's title; '' when it is not shown today, or the store cannot tell: the rest is shown without it."""
    own = services()
    try:
        found = own.articles.best((ref.lang,), ref.slug, own.today())
    except SQLAlchemyError as error:
        emit("search_failed", where="urgent", trace=type(error).__name__)
        return ""
    return found.title if found else ""
