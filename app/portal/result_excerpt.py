"""Search results as rows of a page: each quotes its article, with the sentence that answers marked."""

from dataclasses import dataclass

from markupsafe import Markup

from app.web.quotation import on_page, quoted
from index.models import ArticleHit


@dataclass(frozen=True)
class ResultRow:
    """One row of a results page. `cut` says that the passage has more than is quoted."""

    title: str
    url: str
    lang: str
    foreign: str
    heading: str
    category: str
    category_title: str
    passage: Markup
    cut: bool
    slug: str
    pinned: bool = False


def result_of(hit: ArticleHit, url: str, reader: str, foreign: str, category_title: str, limit: int) -> ResultRow:
    """A row for a `reader` of this language, quoting about `limit` letters (0: the whole passage)."""
    quotation = quoted(hit, url, limit, reader=reader)
    return ResultRow(
        title=hit.title,
        url=url,
        lang=hit.ref.lang,
        foreign=foreign,
        heading=hit.heading if hit.heading != hit.title else "",
        category=hit.category,
        category_title=category_title,
        passage=on_page(quotation.html),
        cut=quotation.cut,
        slug=hit.ref.slug,
        pinned=hit.pinned,
    )
