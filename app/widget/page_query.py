"""Builds a search query from a host page, for contextual suggestions."""

import re
from urllib.parse import unquote, urlsplit

# Separators between a page's title and the site's name.
_BETWEEN = re.compile(r"(?<!\s)\s+[|·•—–»:-]\s+|(?<!\s)\s*[｜]\s*")
_WORD = re.compile(r"[^\W\d_]{3,}")
# Technical words of URLs that say nothing about a page's topic.
_BUILDING = frozenset({"index", "html", "htm", "php", "aspx", "page", "pages", "default", "home", "www", "app"})


def page_question(context: str, heading: str, title: str, url: str) -> str:
    """The query: the site's own context, else heading and title, else the words of the path; '' for none.

    Only the path of `url` is used: query string and fragment may contain personal data.
    """
    context, heading, title = (" ".join(text.replace("\0", " ").split()) for text in (context, heading, title))
    own = _BETWEEN.split(title)[0] if title else ""
    parts = [text for text in (context, heading, own) if text]
    distinct: list[str] = []
    for text in parts:
        if not any(text.casefold() in other.casefold() for other in distinct):
            distinct.append(text)
    return "\n".join(distinct) or _words_of_path(url)


def _words_of_path(url: str) -> str:
    try:
        # Decoding can make what was checked before: a NUL, a line break.
        path = re.sub(r"[\x00-\x1f\x7f]", " ", unquote(urlsplit(url).path))
    except ValueError:
        return ""
    parts = [part for part in re.split(r"[/\-_.+ ]+", path) if part.isalpha() or not part.isascii()]
    return " ".join(part for part in parts if part.casefold() not in _BUILDING and _WORD.search(part))[:300]
