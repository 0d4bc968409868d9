"""A page in a few words: the question to search for what may help on it."""

import re
from urllib.parse import unquote, urlsplit

# What stands between the page's own title and the name of the site.
_BETWEEN = re.compile(r"\s+[|·•—–»:-]\s+|\s*[｜]\s*")
_WORD = re.compile(r"[^\W\d_]{3,}")
# Words of addresses that say how a site is built and not what a page is about.
_BUILDING = frozenset({"index", "html", "htm", "php", "aspx", "page", "pages", "default", "home", "www", "app"})


def page_question(context: str, heading: str, title: str, url: str) -> str:
    """What the site says the page is about, else its heading and title, else the words of its path; '' for nothing.

    Only the path of `url` is read: what follows `?` and `#` may be about the visitor.
    """
    context, heading, title = (" ".join(text.replace("\0", " ").split()) for text in (context, heading, title))
    own = _BETWEEN.split(title)[0] if title else ""
    said = [text for text in (context, heading, own) if text]
    distinct: list[str] = []
    for text in said:
        if not any(text.casefold() in other.casefold() for other in distinct):
            distinct.append(text)
    return "\n".join(distinct) or _words_of_path(url)


def _words_of_path(url: str) -> str:
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        return ""
    parts = [part for part in re.split(r"[/\-_.+ ]+", path) if part.isalpha() or not part.isascii()]
    return " ".join(part for part in parts if part.casefold() not in _BUILDING and _WORD.search(part))[:300]
