"""Pure: the article an author pinned to a question ("best bet")."""

import re

from core.languages import fallbacks
from index.query.parser import CJK, SPACED, plain
from kb.hints import Hints
from kb.models import ArticleRef

_WORDS = re.compile(rf"[{CJK}]+|{SPACED}+")


def pinned(text: str, lang: str, reader: str, hints: Hints) -> ArticleRef | None:
    """The article pinned to a question in its reader's language or its own; a whole question in any.

    The whole question is looked for first, then how it begins, then what it contains; of several the longest. Capitals,
    letters' marks and punctuation make no difference.
    """
    if not hints.pins:
        return None
    said = _said(text)
    own = dict.fromkeys((*fallbacks(reader), *fallbacks(lang)))
    for tag in dict.fromkeys((*own, *hints.pins)):
        for field in ("queries", "starts_with", "contains") if tag in own else ("queries",):
            fitting = [
                (len(wanted), pin.ref)
                for pin in hints.pins.get(tag, ())
                for wanted in map(_said, getattr(pin, field))
                if wanted and _fits(field, said, wanted)
            ]
            if fitting:
                return max(fitting, key=lambda found: found[0])[1]
    return None


def _fits(field: str, said: str, wanted: str) -> bool:
    if field == "queries":
        return said == wanted
    place = said.find(wanted)
    if place < 0 or (field == "starts_with" and place > 0):
        return False
    # Whole words only, where words have borders.
    pattern = rf"(?<!{SPACED}){re.escape(wanted)}(?!{SPACED})"
    return bool(re.search(pattern, said) if field == "contains" else re.match(pattern, said))


def _said(text: str) -> str:
    """A question as it is compared: plain words with one space between them."""
    return " ".join(_WORDS.findall(plain(text)))
