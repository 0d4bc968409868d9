"""Pure helpers of the article page: reading time, table of contents, heading links."""

import re
from dataclasses import dataclass
from html import unescape

from markupsafe import Markup, escape

from kb.models import Article

# Common figures for adults reading for information: silent reading of Latin script, and of Chinese characters.
_WORDS_A_MINUTE = 220
_CHARACTERS_A_MINUTE = 420

_IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f]")
_HEADING = re.compile(r'(<h([2-4])\b[^>]*?\bid="([^"]+)"[^>]*>)(.*?)(</h\2>)', re.DOTALL)
_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_TAGS = re.compile(r"<[^<>]+>")


@dataclass(frozen=True)
class TocEntry:
    anchor: str
    heading: str
    level: int


def reading_minutes(text: str) -> int:
    """Whole minutes to read `text`, at least 1. Chinese, Japanese and Korean are counted by character."""
    characters = len(_IDEOGRAPHS.findall(text))
    words = len(_IDEOGRAPHS.sub(" ", text).split())
    return max(1, round(words / _WORDS_A_MINUTE + characters / _CHARACTERS_A_MINUTE))


def minutes_of(article: Article) -> int:
    return reading_minutes(" ".join(section.text for section in article.sections))


def table_of_contents(article: Article) -> tuple[TocEntry, ...]:
    """Headings of the second and third level, in order; nothing for an article with a single one."""
    found = tuple(
        TocEntry(section.anchor, section.heading, section.level)
        for section in article.sections
        if section.anchor and section.heading and section.level in {2, 3}
    )
    return found if len(found) > 1 else ()


def with_reading_aids(html: str, link_label: str, table_label: str) -> Markup:
    """`html` (already sanitised) with a link beside each heading, and tables that scroll by themselves when narrow.

    Never pass HTML that has not been through the sanitiser of kb.markup.markdown: it is marked as safe here.
    """

    def heading(match: re.Match[str]) -> str:
        start, _, anchor, inner, end = match.groups()
        label = escape(f"{link_label}: {unescape(_TAGS.sub('', inner))}")
        link = f'<a class="heading-link" href="#{escape(anchor)}" aria-label="{label}">#</a>'
        return f"{start}{inner}{link}{end}"

    def table(match: re.Match[str]) -> str:
        # Focusable, so that keyboard users can scroll it; a region needs a name.
        opening = f'<div class="table-wrap" role="group" tabindex="0" aria-label="{escape(table_label)}">'
        return f"{opening}{match.group()}</div>"

    return Markup(_TABLE.sub(table, _HEADING.sub(heading, html)))  # noqa: S704 sanitised by kb.markup.markdown


def words_of_path(path: str) -> str:
    """The words of a URL path, as search query for a 404 page: `/en/a/my_order.html` -> `my order`."""
    segments = [s for s in path.split("/") if s]
    if segments and re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z]{2,4})?", segments[0]):
        segments = segments[1:]
    words = re.sub(r"\.(html?|php|aspx?|md|jsp)$", "", " ".join(segments[-2:]))
    words = re.sub(r"[^\w]+|_", " ", words)
    return " ".join(w for w in words.split() if not (w.isdigit() or (len(w) == 1 and w.isascii())))[:120]
