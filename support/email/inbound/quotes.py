"""What somebody wrote in a mail, without what it quotes and without its signature; without I/O.

A quotation is folded only if it is one: marked by `>` below a header, or made of words that were sent in this ticket
(sent_text.py). Between the lines somebody may have answered; then all stays, but for the rest of the quotation below
the last answer. In doubt text is kept, and what is folded is stored with the message.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

from support.email.inbound import quote_headers, signatures
from support.email.inbound.quote_headers import INVISIBLE, Header
from support.email.inbound.sent_text import SentText

_QUOTE_MARK = re.compile(r"^(?:[>＞|] ?)+")
_MOST_LINES = 20_000


@dataclass(frozen=True)
class Reading:
    """`words` is what to show. `whole` is the whole text where that is less, else ''; `folded` counts its lines that
    are left out."""

    words: str
    whole: str = ""
    folded: int = 0


class _Kind(Enum):
    OWN = auto()
    BLANK = auto()
    QUOTED = auto()  # marked by `>`
    SENT = auto()  # not marked, but we know it
    HEADER = auto()
    RULE = auto()


_WRITTEN = {_Kind.OWN, _Kind.SENT}


@dataclass(frozen=True)
class _Line:
    kind: _Kind
    sent: bool = False
    begins: int = 0  # of a header: 1 + the index of its first line
    sure: Header = Header.NONE


_NOTHING = SentText()


def fold(
    text: str, sent: SentText = _NOTHING, names: frozenset[str] = frozenset(), *, public: SentText | None = None
) -> Reading:
    """The new text of a reply. `sent` is what was sent in this ticket, `names` are words of the sender's name.

    With `public` (all that the customer may read) it is an answer of the team, which goes to the customer: of a
    quotation with answers between its lines only what is in `public` stays.
    """
    text = text.strip("\n")
    lines = text.split("\n")
    if len(lines) > _MOST_LINES:
        return Reading(text.strip())
    seen = _seen(lines, sent)
    kept = _kept(lines, seen, names)
    if public is not None:
        kept = _publishable(lines, seen, kept, public)
    if not any(lines[at].strip() for at in kept):
        return Reading(text.strip())
    words = _tidy([lines[at] for at in kept])
    folded = sum(1 for line in lines if line.strip()) - sum(1 for at in kept if lines[at].strip())
    return Reading(words, text.strip() if folded else "", folded)


def _kept(lines: list[str], seen: list[_Line], names: frozenset[str]) -> list[int]:
    """Which lines stay."""
    end = signatures.without_end(lines, names)
    tail = _tail(seen, end)
    if tail == end:
        tail_of_all = _tail(seen, len(lines))
        if tail_of_all < len(lines):
            end, tail = len(lines), tail_of_all
    if not any(one.kind in _WRITTEN for one in seen[:tail]):
        tail = end
    head = _head(seen, tail)
    kept = list(range(head, tail))
    # A signature above the quotation is the last block of what was written.
    shown = [lines[at] for at in kept]
    return kept[: signatures.without_end(shown, names)]


def _seen(lines: list[str], sent: SentText) -> list[_Line]:
    """Each line with what it is."""
    bare = [_QUOTE_MARK.sub("", INVISIBLE.sub("", line.lstrip())) for line in lines]
    marked = [INVISIBLE.sub("", line).lstrip().startswith((">", "＞")) for line in lines]
    known = list(sent.read(bare)) if sent else [not line.strip() for line in bare]
    seen: list[_Line] = []
    for at, line in enumerate(lines):
        if not line.strip():
            seen.append(_Line(_Kind.BLANK))
        elif marked[at]:
            seen.append(_Line(_Kind.QUOTED, sent=known[at]))
        elif quote_headers.is_rule(line):
            seen.append(_Line(_Kind.RULE))
        else:
            seen.append(
                _Line(_Kind.SENT if known[at] and (sent.letters(line) or "://" in line) else _Kind.OWN, sent=known[at])
            )
    _mark_headers(lines, bare, marked, seen)
    return seen


def _mark_headers(lines: list[str], bare: list[str], marked: list[bool], seen: list[_Line]) -> None:
    behind = 0
    for at in range(len(lines)):
        if at < behind or seen[at].kind in {_Kind.BLANK, _Kind.RULE}:
            continue
        block = quote_headers.label_block(bare, at)
        if block:
            for one in range(at, block):
                if seen[one].kind is not _Kind.BLANK and not marked[one]:
                    seen[one] = _Line(_Kind.HEADER, begins=at + 1, sure=Header.STRICT)
            behind = block
            continue
        if bare[at].rstrip()[-1:] not in {":", "："} or marked[at]:
            continue
        first, sure = quote_headers.attribution_lines(lines, at)
        if sure is not Header.NONE and all(seen[one].kind in {_Kind.OWN, _Kind.SENT} for one in range(first, at + 1)):
            for one in range(first, at + 1):
                seen[one] = _Line(_Kind.HEADER, begins=first + 1, sure=sure)
    blank = [not line.strip() for line in bare]
    for at in range(len(bare)):  # Apple Mail marks the header as well
        if marked[at] and seen[at].kind is _Kind.QUOTED and (at == 0 or not marked[at - 1]):
            last = at
            while last < min(at + 3, len(bare) - 1) and marked[last + 1] and bare[last + 1].strip():
                if bare[last].rstrip().endswith((":", "：")):
                    break
                last += 1
            # Hotmail marks its header, too. That of a mail of ours, since people quote those of other mails on purpose.
            block = quote_headers.label_block(bare, at, any_order=True)
            if block and any(
                one.kind is _Kind.QUOTED and one.sent and not blank[block + more]
                for more, one in enumerate(seen[block : block + 3])
            ):
                seen[at:block] = [_Line(_Kind.QUOTED, sent=True)] * (block - at)
                continue
            if quote_headers.attribution(" ".join(part.strip() for part in bare[at : last + 1])) is Header.STRICT:
                seen[at] = _Line(_Kind.QUOTED, sent=seen[at].sent, begins=at + 1, sure=Header.STRICT)


def _tail(seen: list[_Line], end: int) -> int:
    """Where the quotation begins that reaches to the end; `end` for none."""
    start = at = end
    quoted: list[_Line] = []  # the lines below, up to the next header that was found good
    while at:
        one = seen[at - 1]
        if one.kind in {_Kind.BLANK, _Kind.RULE}:
            at -= 1
            continue
        if one.kind is _Kind.HEADER:
            first = one.begins - 1
            if not _is_below(quoted, one.sure, lowest=start == end):
                break
            start = at = first
            quoted = []
            continue
        if one.kind is _Kind.OWN:
            break
        at -= 1
        quoted.append(one)
        if one.begins and one.sure is Header.STRICT:
            start = at  # a header of the other kind may still stand above
    # No header: marked lines that we know. What stands unmarked above them was said again.
    while at < start and seen[at].kind is not _Kind.QUOTED:
        at += 1
    above = seen[at:start]
    if (
        above
        and _is_ours([one for one in above if one.kind in {_Kind.QUOTED, _Kind.SENT}])
        and not any(one.kind in {_Kind.OWN, _Kind.HEADER} for one in above)
    ):
        start = at
    if start < end:  # the rule above a header belongs to it
        while start and seen[start - 1].kind in {_Kind.BLANK, _Kind.RULE}:
            start -= 1
    return start


def _is_below(quoted: list[_Line], sure: Header, *, lowest: bool) -> bool:
    """Whether these lines are a quotation, below a header that is this sure."""
    if not quoted:
        return False
    if any(one.kind is _Kind.SENT for one in quoted):
        return all(one.sent or one.kind is _Kind.QUOTED for one in quoted)
    if sure is Header.STRICT and lowest:
        return True
    return sum(one.sent for one in quoted) * 2 >= len(quoted)


def _is_ours(quoted: list[_Line]) -> bool:
    return all(one.sent for one in quoted)


def _head(seen: list[_Line], end: int) -> int:
    """Where the answer begins below a quotation at the top; 0 if there is none, or if it goes on further down."""
    at = 0
    while at < end and seen[at].kind in {_Kind.BLANK, _Kind.RULE}:
        at += 1
    if at == end or seen[at].kind not in {_Kind.HEADER, _Kind.QUOTED}:
        return 0  # somebody may well say again what was said before
    sure = seen[at].sure
    while at < end and seen[at].kind in {_Kind.HEADER, _Kind.BLANK}:
        at += 1
    quoted = []
    behind = at
    # Below marked lines only marked ones belong to the quotation, or what a broken line left over between two of them.
    counts = {_Kind.QUOTED} if at < end and seen[at].kind is _Kind.QUOTED else {_Kind.QUOTED, _Kind.SENT}
    while at < end and seen[at].kind in {_Kind.QUOTED, _Kind.SENT, _Kind.BLANK, _Kind.RULE}:
        if seen[at].kind in counts:
            quoted.append(seen[at])
            behind = at + 1
        at += 1
    rest = seen[behind:end]
    goes_on = any(one.kind in {_Kind.QUOTED, _Kind.HEADER} for one in rest)
    own = any(one.kind in _WRITTEN for one in rest)
    if goes_on or not own or not quoted:
        return 0
    if sure is Header.NONE:
        return behind if _is_ours(quoted) else 0
    return behind if _is_below(quoted, sure, lowest=True) else 0


def _publishable(lines: list[str], seen: list[_Line], kept: list[int], public: SentText) -> list[int]:
    """Of these lines those that are the team's own, or that the customer may read anyway."""
    shown = (
        list(public.read([_QUOTE_MARK.sub("", lines[at].lstrip()) for at in kept])) if public else [False] * len(kept)
    )
    stays = []
    below = _Kind.OWN
    for at, allowed in reversed(list(zip(kept, shown, strict=True))):
        one = seen[at]
        if one.kind is _Kind.HEADER:
            ours = below is not _Kind.OWN  # else it is prose that looks like one
        else:
            below = one.kind if one.kind not in {_Kind.BLANK, _Kind.RULE} else below
            ours = one.kind in {_Kind.SENT, _Kind.QUOTED} and one.sent and not allowed
        if not ours:
            stays.append(at)
    return stays[::-1]


def _tidy(lines: list[str]) -> str:
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n")
