"""Pages that are HTML with a header, as Jekyll, Hugo and Eleventy have them beside Markdown."""

import re
from collections.abc import Collection

from bs4 import BeautifulSoup

from kb.transfer.html_markdown import is_costly, to_markdown

HTML_SUFFIXES = frozenset({".html", ".htm"})
_HEADER = re.compile(rb"(?:\xef\xbb\xbf)?\s{0,20}(?:---|\+\+\+)[ \t]*\r?\n")
_PRE = re.compile(r"(<pre\b[^<]*(?:<(?!/pre\b)[^<]*)*</pre>)", re.I)
_ERROR_PAGE = re.compile(r"\d{3}")


def is_page(start: bytes, stem: str) -> bool:
    """Whether a file of HTML is a page: it begins with a header, and is not what is shown for an error."""
    return _HEADER.match(start) is not None and _ERROR_PAGE.fullmatch(stem) is None


def flush(html: str) -> str:
    """Lines without their indentation, which is code to readers of Markdown; inside <pre> as they are."""
    parts = _PRE.split(html)
    return "".join(part if number % 2 else re.sub(r"(?m)^[ \t]+", "", part) for number, part in enumerate(parts))


def as_markdown(html: str, title: str, fragments: Collection[str] = ()) -> tuple[str, str, dict[str, int]]:
    """(Markdown, the title it has in it if none is known, what was dropped). Raises TookTooLong."""
    if is_costly(html):  # its first heading stays in the text then
        made = to_markdown(html, fragments)
        return made.markdown, title, made.dropped
    soup = BeautifulSoup(html, "html.parser")
    heading = soup.find("h1")
    words = " ".join(heading.get_text(" ").split()) if heading else ""
    if heading and (not title or words.lower() == title.lower()):
        heading.decompose()
        title = title or words
    made = to_markdown(str(soup), fragments)
    return made.markdown, title, made.dropped
