"""Pure: what of a folder of articles wants looking after, besides what lint finds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kb.models import Article, ArticleRef, Status
from kb.source.folder_reader import Source

# So long before its day a review or an expiry is named.
REVIEW_AHEAD, EXPIRY_AHEAD = timedelta(days=14), timedelta(days=30)


class Due(StrEnum):
    REVIEW_DUE = "review_due"
    REVIEW_SOON = "review_soon"
    EXPIRED = "expired"
    EXPIRES_SOON = "expires_soon"


@dataclass(frozen=True)
class Date:
    """A day in the header of an article that has come, or comes soon."""

    article: Article
    due: Due
    day: date


def dates(articles: Iterable[Article], today: date) -> list[Date]:
    """The earliest first."""
    found = []
    for one in articles:
        if one.status is not Status.PUBLISHED:
            continue
        expired = one.expiry_date is not None and one.expiry_date <= today
        if one.expiry_date and one.expiry_date <= today + EXPIRY_AHEAD:
            found.append(Date(one, Due.EXPIRED if expired else Due.EXPIRES_SOON, one.expiry_date))
        if one.review_by and not expired and one.review_by <= today + REVIEW_AHEAD:
            found.append(Date(one, Due.REVIEW_DUE if one.review_by < today else Due.REVIEW_SOON, one.review_by))
    return sorted(found, key=lambda one: (one.day, one.article.source))


def unlinked(sources: Sequence[Source], today: date) -> list[Article]:
    """Visible articles that no other visible article links to. A link to a translation is one to the article."""
    keys = {one.article.ref: one.article.key for one in sources}
    linked: set[str] = set()
    for one in sources:
        if one.article.visible_on(today):
            own = one.article.key
            linked |= {key for ref in _linked_from(one) if (key := keys.get(ref)) and key != own}
    return [one.article for one in sources if one.article.visible_on(today) and one.article.key not in linked]


def _linked_from(source: Source) -> set[ArticleRef]:
    return {link.ref for link in source.page.links if link.ref is not None}
