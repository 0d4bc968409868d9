"""Pure: which sentences of a stored quotation answer nothing themselves, and which ones answer in their place.

The question of an FAQ (`**Will I be signed out?** No.`) says what customers ask, word for word, and `You might see
errors like this:` only announces. A caption, the name of a file, and a sentence that only points elsewhere answer
nothing either.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kb.markup.quote_tree import SENTENCE, Node, length_of_html, text_of_html, tree_of

# In quotation marks it is the name of something: `Click "Forgot your password?"`.
_ASKS = re.compile("[?？؟][)\\]）】*]*$")
_ANNOUNCES = re.compile("[:：]$")
_WORD = re.compile(r"\w")
_BOLD = re.compile(r"<(strong|b)>[^<]*(?:<(?!/\1>)[^<]*)*</\1>\s*")
# What is quoted below such words is what went wrong, and what helps stands after it.
_OF_MESSAGES = re.compile(
    r"\b(?:errors?|messages?|warnings?|output|logs?|hata\w*|uyarı\w*|ileti\w*|mesaj\w*|günlü\w*)\b|[錯错][誤误]|[訊讯]息|消息|警告|日[誌志]",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"^\W*(?:(?:please\s+|also\s+|you can\s+)?(?:see|refer to|read|visit|check(?: out)?|learn more|read more)\b"
    r"|(?:for|to (?:get|find|learn)) (?:more|further|additional|the full)\b|more (?:in|on|about|information|details)\b"
    r"|(?:daha|ayrıntı\w*|bkz|bakınız)\b|[請请]?(?:[參参][閱阅見见考照]|[詳详][見见]|[見见])|更多|了解更多)"
    r"|\b(?:bakın(?:ız)?|göz atın|inceleyin)\W*$",
    re.IGNORECASE,
)
_POINTS_AT_ITS_END = re.compile(
    r"\b(?:see|refer to|read)(?:\s+(?:also|our|the))*\s+(?:<[a-z]+>)*"
    r"(?:<a |\[\[)(?:(?!</a>|\]\]).)*(?:</a>|\]\])\W*(?:</[a-z]+>)*\W*$",
    re.IGNORECASE | re.DOTALL,
)
_LINK = re.compile(r"<a |\[\[")
_ENDED = re.compile("[.!。！…]['\"’”»)\\]）」』】]*$")
# A sentence of more letters says something itself, whatever it announces or points to.
_LONGEST_ANNOUNCEMENT, _LONGEST_POINTER = 50, 120
_LABELS = frozenset({"caption", "figcaption"})
# The class of what holds a code block and its name.
_OF_CODE = "highlight"


@dataclass(frozen=True)
class HandingOn:
    """Of one sentence: those that answer in its place, by their numbers in order. A label never answers, a pointer
    where nothing else does."""

    to: tuple[int, ...] = ()
    is_label: bool = False
    is_pointer: bool = False


_NOTHING = HandingOn()


@lru_cache(maxsize=1024)
def handing_on(html: str) -> tuple[HandingOn, ...]:
    """What each sentence of a stored quotation hands on."""
    sentences = list(_sentences(tree_of(html), (), "", (), [0]))
    return tuple(_of(number, sentences) for number in range(len(sentences)))


def may_hand_on(text: str, html: str) -> bool:
    """Whether a sentence with this text may hand on in its quotation, so that it is worth looking."""
    return not _ENDED.search(text.rstrip()) or _LINK.search(html) is not None


@dataclass(frozen=True)
class _Sentence:
    """A sentence; `block` are the numbers of the blocks that it is in, from the outermost on, `in_list` those down to
    the innermost list."""

    html: str
    text: str
    block: tuple[int, ...]
    tag: str
    in_list: tuple[int, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether it is a question, or stands above others as one does: in bold letters, without an end."""
        return _ASKS.search(self.text) is not None or (
            _BOLD.fullmatch(self.html) is not None and not _ENDED.search(self.text) and not _ANNOUNCES.search(self.text)
        )

    @property
    def is_code_block(self) -> bool:
        return self.tag == "pre" and "\n" in self.text

    @property
    def size(self) -> int:
        return length_of_html(self.html)


def _sentences(
    node: Node, block: tuple[int, ...], tag: str, in_list: tuple[int, ...], counter: list[int]
) -> Iterator[_Sentence]:
    for child in node.children:
        if child.tag == SENTENCE:
            yield _Sentence(child.text, text_of_html(child.text).strip(), block, tag, in_list)
        elif child.is_block:
            counter[0] += 1
            inside = (*block, counter[0])
            own = _OF_CODE if _OF_CODE in child.classes else child.tag
            listed = inside if child.tag in {"ul", "ol"} else in_list
            yield from _sentences(child, inside, own, listed, counter)
        elif child.tag:
            yield from _sentences(child, block, tag, in_list, counter)


def _of(number: int, sentences: Sequence[_Sentence]) -> HandingOn:
    own = sentences[number]
    if own.tag in _LABELS or own.tag == _OF_CODE:
        return HandingOn(is_label=True)
    if own.tag in {"pre", "td", "th"}:
        return _NOTHING
    if own.asks:
        return HandingOn(_replies(number, sentences))
    if not _ENDED.search(own.text):
        return HandingOn(_announced(number, sentences))
    return HandingOn(is_pointer=_is_pointer(own))


def _is_pointer(one: _Sentence) -> bool:
    if not _LINK.search(one.html):
        return False
    if _POINTS.search(one.text):
        return one.size <= _LONGEST_POINTER
    return one.size <= _LONGEST_ANNOUNCEMENT and _POINTS_AT_ITS_END.search(one.html) is not None


def _replies(number: int, sentences: Sequence[_Sentence]) -> tuple[int, ...]:
    """What follows a question in its block, up to the next one; of one that is a paragraph, the next block. Nothing
    where a name with a question mark stands within a sentence, which goes on behind it."""
    own = sentences[number]
    if number + 1 < len(sentences) and sentences[number + 1].block == own.block:
        begins = sentences[number + 1].text[:1]
        if begins.islower() or not (begins.isalnum() or _WORD.search(sentences[number + 1].text)):
            return ()
    found: list[int] = []
    for at in range(number + 1, len(sentences)):
        one = sentences[at]
        if one.asks:
            if found or one.block != own.block:
                break
            continue
        is_next = own.tag == "p" and one.block[:-1][: len(own.block) - 1] == own.block[:-1]
        if one.block != own.block and (not is_next or (found and not _are_one(sentences[found[0]], one))):
            break
        found.append(at)
    return tuple(found)


def _announced(number: int, sentences: Sequence[_Sentence]) -> tuple[int, ...]:
    """The list or the line of code that a short sentence announces; of one that shows what went wrong, what follows."""
    own, at = sentences[number], number + 1
    while at < len(sentences) and sentences[at].tag == _OF_CODE:
        at += 1
    if at < len(sentences) and sentences[at].tag == "pre" and _OF_MESSAGES.search(own.text):
        return _in_one(at + 1, sentences) if _are_beside(own, sentences, at + 1) else ()
    is_announced = bool(_ANNOUNCES.search(own.text)) or (at < len(sentences) and sentences[at].tag == "pre")
    if not is_announced or own.size > _LONGEST_ANNOUNCEMENT or not _are_beside(own, sentences, at):
        return ()
    if sentences[at].tag == "pre":
        return () if sentences[at].is_code_block else (at,)
    return () if sentences[at].tag in {"td", "th"} else _in_one(at, sentences)


def _are_beside(own: _Sentence, sentences: Sequence[_Sentence], at: int) -> bool:
    """Whether there is a sentence of another block in what holds that of `own`."""
    if at >= len(sentences) or sentences[at].block == own.block:
        return False
    return sentences[at].block[: len(own.block) - 1] == own.block[:-1]


def _in_one(at: int, sentences: Sequence[_Sentence]) -> tuple[int, ...]:
    """The sentences from one on that are in one block, or in one list."""
    end = at + 1
    while end < len(sentences) and _are_one(sentences[at], sentences[end]):
        end += 1
    return tuple(range(at, end))


def _are_one(first: _Sentence, other: _Sentence) -> bool:
    if first.block == other.block:
        return True
    return bool(first.in_list) and other.block[: len(first.in_list)] == first.in_list
