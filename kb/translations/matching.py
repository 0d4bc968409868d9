"""Pure: which unit of a translation stands for which of its source, and the translation again with what came back.

A translation has markup of its own: a picture by another path, a link to a translated page, a word in code. Translators
get its words with the source's markup in place of it, so that what comes back can be compared with what went out; what
is taken gets the translation's own again. What was not translated anew stays byte for byte.
"""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kb.authoring.header_form import split
from kb.translations.units import Unit, as_block, has_words, problem_with, spans_of, units_of

_LINK = re.compile(r"\]\(([^\s?#()]*)([?#]?)")

_MARKS = ("](", "][", "![", "[^", "`", "<http", "<", "http", "{", "&")


@dataclass(frozen=True)
class Own:
    """What stands in a translation for a unit of its source: `unit`, and its text as translators get it. `pairs` are
    the stretches of markup of both: the source's, and the translation's."""

    unit: Unit
    handed: str
    pairs: tuple[tuple[str, str], ...] = ()

    def says(self, words: str) -> bool:
        """Whether this is what it says already."""
        return " ".join(words.split()) in {" ".join(text.split()) for text in (self.handed, self.unit.text)}

    def restored(self, words: str) -> str:
        """Words with the translation's markup in place of the source's."""
        return _replaced(words, self.pairs)


def matched(source: str, translation: str, units: Iterable[Unit]) -> dict[str, Own]:
    """What of a translation stands for each of these units, by id: in the body only where both texts have as many
    headings, and below a heading only where both are built alike, block by block.

    `source` is the text the translation was made from, and `units` are of the source as it is now.
    """
    header, body = _parts(units_of(translation))
    old_header, old_body = _parts(units_of(source))
    theirs = {unit.kind: unit for unit in header}
    pairs = [(unit, theirs[unit.kind]) for unit in old_header if unit.kind in theirs]
    pairs += _alike(old_body, body)
    by_id = {one.id: own for one, own in pairs}
    by_text: dict[str, dict[str, Unit]] = defaultdict(dict)
    for one, own in pairs:
        by_text[one.text].setdefault(own.text, own)
    found = {}
    for unit in units:
        same = by_text.get(unit.text, {})
        own_unit = by_id.get(unit.id) or (next(iter(same.values())) if len(same) == 1 else None)
        if own_unit is not None:
            found[unit.id] = _own(unit, own_unit)
    return found


def unplaced(old: str, new: str, translation: str, words: Iterable[str], found: Mapping[str, Own]) -> set[str]:
    """Which of these units have no place: the translation is there and not built like its source, and not all of it
    came."""
    ours = _parts(units_of(new))[1]
    of_body = {unit.id for unit in ours} & set(words)
    if _is_alike(old, translation) or of_body >= {unit.id for unit in ours if has_words(unit)}:
        return set()
    return of_body - found.keys()


def written_back(old: str, new: str, translation: str, words: Mapping[str, str], found: Mapping[str, Own]) -> str:
    """The body of the translation with these words, by unit of the source as it is now (`new`).

    Where nothing but words of the source changed since `old`, they are put into the translation as it is. Else it is
    built as the source is now, of what the translation has and, where it has nothing, of the source. None of the
    words may be `unplaced`.
    """
    ours, others = _parts(units_of(new))[1], _parts(units_of(translation))[1]
    body = split(translation).body
    new_in_body = [unit for unit in ours if unit.id in words]
    if not new_in_body:
        return body
    if same_build(old, new) and _kinds(ours) == _kinds(others):
        texts = {other.id: words[one.id] for one, other in zip(ours, others, strict=True) if one.id in words}
        return _put(body, others, texts)
    if not _is_alike(old, translation) and all(unit.id in found for unit in new_in_body):
        return _put(body, others, {found[unit.id].unit.id: words[unit.id] for unit in new_in_body})
    own_link = _links(found, others)
    texts, kept = dict(words), {}
    for unit in ours:
        own = found.get(unit.id)
        if own is not None:
            kept[unit.id] = body[own.unit.start : own.unit.end]
        elif unit.id not in words:
            texts[unit.id] = _replaced(unit.text, own_link(unit.text))
    return _put(split(new).body, ours, texts, _between(old, translation), kept)


def with_own_links(words: str, found: Mapping[str, Own], translation: str) -> str:
    """Words of a unit the translation has nothing for yet, with its own paths where it links to the same elsewhere."""
    return _replaced(words, _links(found, units_of(translation))(words))


def same_build(old: str, new: str) -> bool:
    """Whether nothing but words of a source changed."""
    return old == new or _skeleton(old) == _skeleton(new)


def _parts(units: Iterable[Unit]) -> tuple[list[Unit], list[Unit]]:
    """Those of the header and those of the body."""
    header: list[Unit] = []
    body: list[Unit] = []
    for one in units:
        (body if one.start >= 0 else header).append(one)
    return header, body


def _kinds(units: Sequence[Unit]) -> list[str]:
    return [unit.kind for unit in units]


def _is_alike(one: str, other: str) -> bool:
    return _kinds(_parts(units_of(one))[1]) == _kinds(_parts(units_of(other))[1])


def _alike(ours: Sequence[Unit], theirs: Sequence[Unit]) -> list[tuple[Unit, Unit]]:
    """Which stands for which."""
    mine, other = _sections(ours), _sections(theirs)
    if len(mine) != len(other):
        return []
    pairs: list[tuple[Unit, Unit]] = []
    for one, two in zip(mine, other, strict=True):
        if _kinds(one) == _kinds(two):
            pairs += zip(one, two, strict=True)
        elif one and two and one[0].kind == two[0].kind == "heading":
            pairs.append((one[0], two[0]))
    return pairs


def _sections(units: Iterable[Unit]) -> list[list[Unit]]:
    made: list[list[Unit]] = [[]]
    for unit in units:
        if unit.kind == "heading":
            made.append([])
        made[-1].append(unit)
    return made


def _own(unit: Unit, own: Unit) -> Own:
    pairs = _paired(_markup(unit.text), _markup(own.text))
    if pairs is not None:
        handed = _replaced(own.text, [(theirs, ours) for ours, theirs in pairs])
        if problem_with(unit, handed) is None:
            return Own(own, handed, tuple(pairs))
    return Own(own, own.text)


def _markup(text: str) -> list[str]:
    return [span.text for span in spans_of(text) if span.protected and not span.format]


def _paired(ours: Sequence[str], theirs: Sequence[str]) -> list[tuple[str, str]] | None:
    """Markup of the source with the translation's: what is the same, then links to files of the same name, then one
    after the other of a kind. None where it cannot be told."""
    if len(ours) != len(theirs):
        return None
    pairs: list[tuple[int, str, str]] = []  # by the place in the translation
    left, free = dict(enumerate(ours)), dict(enumerate(theirs))
    for alike in (str, _name, _kind):
        waiting: dict[str, deque[int]] = defaultdict(deque)
        for number, one in left.items():
            waiting[alike(one)].append(number)
        for place, own in list(free.items()):
            numbers = waiting.get(alike(own)) if alike(own) else None
            if numbers:
                pairs.append((place, left.pop(numbers.popleft()), free.pop(place)))
    return None if free else [(one, own) for _place, one, own in sorted(pairs)]


def _name(markup: str) -> str:
    """The name of the file a link or picture leads to, and whether to a place in it; '' for anything else."""
    found = _LINK.match(markup)
    name = found[1].rstrip("/").rpartition("/")[2] if found else ""
    return f"{name}{found[2]}" if found and name else ""


def _kind(markup: str) -> str:
    return next((mark for mark in _MARKS if markup.startswith(mark)), "?")


def _replaced(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    """The text with the first of each pair replaced by the second, each as often as it is there."""
    wanted: dict[str, deque[str]] = defaultdict(deque)
    for one, other in pairs:
        wanted[one].append(other)
    made = []
    for span in spans_of(text):
        others = wanted.get(span.text) if span.protected else None
        made.append(others.popleft() if others else span.text)
    return "".join(made)


def _links(found: Mapping[str, Own], units: Iterable[Unit]) -> Callable[[str], list[tuple[str, str]]]:
    """What tells how a translation names the files a text leads to: as it does elsewhere, or the only one of that name
    it has."""
    known: dict[str, set[str]] = defaultdict(set)
    for own in found.values():
        for ours, theirs in own.pairs:
            known[ours].add(theirs)
    there = {mark for unit in units for mark in _markup(unit.text) if _name(mark)}
    by_name: dict[str, set[str]] = defaultdict(set)
    for mark in there:
        by_name[_name(mark)].add(mark)

    def own_of(mark: str) -> str:
        choice = known.get(mark) or ({mark} if mark in there else by_name.get(_name(mark), set()))
        return next(iter(choice)) if len(choice) == 1 else mark

    return lambda text: [(mark, own_of(mark)) for mark in _markup(text) if _name(mark)]


def _skeleton(text: str) -> tuple[list[str], list[str]]:
    """What of a body is no unit, and what kinds of units lie between."""
    units = _in_order(_parts(units_of(text))[1])
    return [piece.strip("\n") for piece in _pieces(split(text).body, units)], _kinds(units)


def _in_order(units: Iterable[Unit]) -> list[Unit]:
    return sorted(units, key=lambda one: one.start)


def _pieces(body: str, units: Sequence[Unit]) -> list[str]:
    """What lies before each unit, and after the last."""
    ends = [0, *(unit.end for unit in units)]
    starts = [*(unit.start for unit in units), len(body)]
    return [body[end:start] for end, start in zip(ends, starts, strict=True)]


def _between(source: str, translation: str) -> Callable[[str], str]:
    """What a translation has for a piece of its source that is no unit, such as a block of code."""
    ours, theirs = (_in_order(_parts(units_of(text))[1]) for text in (source, translation))
    known: dict[str, Counter[str]] = defaultdict(Counter)
    if _kinds(ours) == _kinds(theirs):
        pieces = zip(_pieces(split(source).body, ours), _pieces(split(translation).body, theirs), strict=True)
        for one, other in pieces:
            known[one][other] += 1
    return lambda piece: next(iter(known[piece])) if len(known.get(piece, ())) == 1 else piece


def _put(
    body: str,
    units: Iterable[Unit],
    texts: Mapping[str, str],
    between: Callable[[str], str] = lambda piece: piece,
    kept: Mapping[str, str] | None = None,
) -> str:
    """The body with these texts in place of its units; where there are none, with what is `kept`, as it is written."""
    ordered = _in_order(units)
    pieces = [between(piece) for piece in _pieces(body, ordered)]
    made = [pieces[0]]
    for unit, after in zip(ordered, pieces[1:], strict=True):
        text = texts.get(unit.id, unit.text)
        written = body[unit.start : unit.end] if text == unit.text else as_block(unit, text)
        made += [written if unit.id in texts else (kept or {}).get(unit.id, written), after]
    return "".join(made)
