"""Pure: pinned answers ("best bets"): the article an author pinned to a query."""

import re

from core.texts.languages import fallbacks
from index.query.parser import SPACED
from index.query.plain_text import CJK, plain
from kb.models import ArticleRef
from kb.source.search_hints import Hints

_WORDS = re.compile(rf"[{CJK}]+|{SPACED}+")


def pinned_article(text: str, lang: str, reader: str, hints: Hints) -> ArticleRef | None:
    """The article pinned to a query in the reader's or the query's language; whole queries match in any language.

    An exact match wins over a prefix match, that over a substring match; of several the longest wins. Case, diacritics
    and punctuation are ignored.
    """
    if not hints.pins:
        return None
    query = _normalized(text)
    own = dict.fromkeys((*fallbacks(reader), *fallbacks(lang)))
    for tag in dict.fromkeys((*own, *hints.pins)):
        for field in ("queries", "starts_with", "contains") if tag in own else ("queries",):
            matches = [
                (len(pattern_text), pin.ref)
                for pin in hints.pins.get(tag, ())
                for pattern_text in map(_normalized, getattr(pin, field))
                if pattern_text and _matches(field, query, pattern_text)
            ]
            if matches:
                return max(matches, key=lambda match: match[0])[1]
    return None


def _matches(field: str, query: str, pattern_text: str) -> bool:
    if field == "queries":
        return query == pattern_text
    place = query.find(pattern_text)
    if place < 0 or (field == "starts_with" and place > 0):
        return False
    # Whole words only, in scripts that have word boundaries.
    pattern = rf"(?<!{SPACED}){re.escape(pattern_text)}(?!{SPACED})"
    return bool(re.search(pattern, query) if field == "contains" else re.match(pattern, query))


def _normalized(text: str) -> str:
    """A query normalised for comparison: plain words joined by single spaces."""
    return " ".join(_WORDS.findall(plain(text)))
