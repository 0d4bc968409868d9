"""The sentence of a passage that answers, by its meaning, its words and its place."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from index.parts.passages import IndexedPassage
from index.protocols import Vectors
from index.storage.generation import Generation
from index.wanted_words import WantedWords, word_evidence
from kb.markup.answer_parts import Part, beside_steps, parts_of
from kb.markup.excerpt import SentencePlace, sentence_places
from kb.markup.handing_on import HandingOn, handing_on, may_hand_on

# Log-odds, as fitted to labelled questions (docs/search.md): of a window's meaning; of the share of the question's
# words that a sentence has, and of each of them, by how rare it is; against the last sentence, the middle half as much.
_MEANING, _SHARE, _WORD, _LATER = 3.3, 1.1, 1.6, 1.15
# Of the number or the quantity that the question asks for; and of the share of the sentence before it, of which it
# speaks on.
_NUMBER, _BEFORE = 2.4, 0.8
# Against what stands beside the steps of a passage, where the question asks for steps.
_BESIDE_STEPS = 2.5
# What the question calls by its name: a tab, whose sentences seldom say it again, or a row, which begins with it.
_NAMED, _NAMED_ROW = 3.0, 1.5
# Less for each of the first two sentences that stand between a question and what may answer it.
_FURTHER_BELOW = 0.1
# Less likely than this the best sentence is none.
_LEAST = 0.3
# More than any score: what is left out in any case.
_RULED_OUT = 1000.0
_EQUAL = 1e-6


def answering_sentence(
    generation: Generation,
    row: int,
    passage: int,
    stored: IndexedPassage,
    vectors: Mapping[str, Vectors] | None,
    highlights: Sequence[tuple[int, int]],
    wanted: WantedWords | None,
) -> int | None:
    """The number of the sentence of a passage that answers best: by its window's meaning and by the question's words.

    `highlights` are where the words `wanted` stand in the passage. Where the question asks for a number, so does one.
    None where nothing speaks for any sentence, or nothing tells the best from the others.
    """
    if not stored.sentences or (vectors is None and not highlights):
        return None
    lang = generation.articles[row].lang
    cosines = None if vectors is None else window_cosines(generation, passage, lang, vectors).tolist()
    if parts := parts_of(stored.html):
        return _answering_part(parts, stored, cosines, highlights, wanted)
    # Lists, since for a handful of sentences numpy takes longer to begin than this does.
    score = [0.0] * len(stored.sentences)
    if cosines is not None:
        last = len(cosines) - 1
        score = [_MEANING * cosines[min(window, last)] for _, _, window in stored.sentences]
    if highlights and wanted:
        shares, whole = word_evidence(stored, highlights, wanted)
        score = [own + said for own, said in zip(score, _words(shares, whole), strict=True)]
        if wanted.asks_for_number:
            score = [own + number for own, number in zip(score, _numbers(stored, shares, wanted), strict=True)]
    told = [own - later for own, later in zip(score, _later(range(len(score))), strict=True)]
    if beside := _beside_steps(stored.html, wanted):
        told = [own - _BESIDE_STEPS * (place in beside) for place, own in enumerate(told)]
    places = sentence_places(stored.html)
    if _likeliest(told) < _LEAST:
        return _warning_instead(told, places, stored, highlights)
    return _marked(told, places, stored, highlights)


def _answering_part(
    parts: Sequence[Part],
    stored: IndexedPassage,
    cosines: Sequence[float] | None,
    highlights: Sequence[tuple[int, int]],
    wanted: WantedWords | None,
) -> int | None:
    """A sentence of the part that answers best, where a quotation has rows, definitions, tabs or the like.

    What a question calls by its name leaves out those that stand beside it, and the titles above a part count as its
    words. Of a table only a row that has any of the question's words itself, and of rows that nothing tells apart none.
    """
    if not cosines:
        cosines = [0.0]
    spans, last = stored.sentences, len(cosines) - 1
    ranges = tuple((spans[part.numbers[0]][0], spans[part.numbers[-1]][1], 0) for part in parts)
    whole = IndexedPassage(stored.article, stored.anchor, stored.heading, stored.text, stored.html, ranges)
    score = [_MEANING * max(cosines[min(spans[number][2], last)] for number in part.numbers) for part in parts]
    left_out = {place for place, part in enumerate(parts) if part.label}
    called: set[int] = set()
    if wanted:
        titles = {part.above for part in parts}
        in_titles = {above: frozenset(chain.from_iterable(map(wanted.in_title, above))) for above in titles}
        above = [in_titles[part.above] for part in parts] if any(in_titles.values()) else ()
        shares, weight = word_evidence(whole, highlights, wanted, above)
        score = [own + said for own, said in zip(score, _words(shares, weight), strict=True)]
        if wanted.asks_for_number:
            rows = frozenset(place for place, part in enumerate(parts) if part.row_of is not None)
            score = [own + number for own, number in zip(score, _numbers(whole, shares, wanted, rows), strict=True)]
        named = _named(parts, wanted)
        for place, part in enumerate(parts if named else ()):
            among = [member for member in part.members if member.group in named]
            if any(member.name not in named[member.group] for member in among):
                left_out.add(place)
            elif among:
                score[place] += _NAMED_ROW if part.row_of is not None or part.in_table else _NAMED
                called.add(place)
    # The rows of a table stand side by side, none of them later than the first.
    begins: dict[int, int] = {}
    at = [place if part.row_of is None else begins.setdefault(part.row_of, place) for place, part in enumerate(parts)]
    score = [own - later for own, later in zip(score, _later(at), strict=True)]
    if beside := _beside_steps(stored.html, wanted):
        score = [own - _BESIDE_STEPS * (part.numbers[0] in beside) for own, part in zip(score, parts, strict=True)]
    for place, (part, (start, end, _)) in enumerate(zip(parts, whole.sentences, strict=True)):
        if part.in_table and place not in called and not _holds((start, end), highlights):
            left_out.add(place)
    # Of what is left out nothing stands in for a code block, nor warns.
    places = [SentencePlace.CODE if place in left_out else at
              for place, at in enumerate(_places_of(parts, stored.html))]  # fmt: skip
    while len(left_out) < len(parts):
        told = [own - _RULED_OUT * (place in left_out) for place, own in enumerate(score)]
        best = told.index(max(told))
        row_of = parts[best].row_of
        alike = [place for place, own in enumerate(told)
                 if own > told[best] - _EQUAL and row_of is not None and parts[place].row_of == row_of]  # fmt: skip
        if len(alike) < 2:
            if row_of is None and not _stands_out(parts, left_out, best, highlights, whole):
                return None
            if _likeliest(told) < _LEAST:
                chosen = _warning_instead(told, places, whole, highlights)
            else:
                chosen = _marked(told, places, whole, highlights, parts)
            return None if chosen is None else parts[chosen].numbers[0]
        left_out |= {place for place, part in enumerate(parts) if part.row_of == row_of}
    return None


def _words(shares: Vectors, whole: float) -> list[float]:
    """What the question's words say for each sentence: those of the passage it has most of, and how many it has."""
    each = _SHARE + _WORD * whole
    return [each * share for share in shares.tolist()]


def _later(places: Sequence[int]) -> list[float]:
    """What speaks against each sentence, by its place: what answers mostly stands above what adds to it."""
    last = len(places) - 1
    return [_LATER * place / last if last else 0.0 for place in places]


def _beside_steps(html: str, wanted: WantedWords | None) -> frozenset[int]:
    """The sentences beside the steps of a quotation; none where the question asks for none, or it has none."""
    return beside_steps(html) if wanted and wanted.asks_for_steps and "<ol" in html else frozenset()


def _likeliest(told: Sequence[float]) -> float:
    """How likely the best sentence is among the others, by their log-odds."""
    best = max(told)
    return 1 / sum([math.exp(own - best) for own in told])


def _places_of(parts: Sequence[Part], html: str) -> list[SentencePlace]:
    places = sentence_places(html)
    return [places[part.numbers[0]] for part in parts]


def _handed_on(html: str, parts: Sequence[Part]) -> Sequence[HandingOn]:
    """What each sentence hands on, or each part: rows and definitions are answers themselves."""
    handed = handing_on(html)
    if not parts:
        return handed
    part_of = {number: place for place, part in enumerate(parts) for number in part.numbers}
    return [
        replace(own, to=tuple(dict.fromkeys(part_of[number] for number in own.to)))
        if len(part.numbers) == 1 and part.row_of is None
        else HandingOn()
        for part, own in zip(parts, (handed[part.numbers[0]] for part in parts), strict=True)
    ]


def _stands_out(
    parts: Sequence[Part],
    left_out: Collection[int],
    best: int,
    highlights: Sequence[tuple[int, int]],
    whole: IndexedPassage,
) -> bool:
    """Whether a sentence has any of the question's words, where rows were left out beside it."""
    return (
        not any(parts[place].row_of is not None for place in left_out)
        or _holds(whole.sentences[best][:2], highlights)
        or bool(parts[best].members)
    )


def _named(parts: Sequence[Part], wanted: WantedWords) -> dict[int, set[str]]:
    """What the question calls by its name, of tabs, rows or terms that stand side by side."""
    found: dict[int, set[str]] = {}
    for part in parts:
        for member in part.members:
            if member.name and wanted.are_named(member.name):
                found.setdefault(member.group, set()).add(member.name)
    # Who asks for the Family Plus plan does not mean Family.
    for names in found.values():
        names -= {one for one in names for other in names if one != other and one in other}
    return found


def _marked(
    told: Sequence[float],
    places: Sequence[SentencePlace],
    stored: IndexedPassage,
    highlights: Sequence[tuple[int, int]],
    parts: Sequence[Part] = (),
) -> int | None:
    """The best sentence; for a code block the prose nearest to it, that before it first; for a question or what only
    announces the best of what answers it. One without any of the question's words gives way to a warning that has some
    and is shown above it."""
    best = told.index(max(told))
    found: int | None = best
    start, end, _ = stored.sentences[best]
    if places[best] is SentencePlace.CODE or may_hand_on(stored.text[start:end], stored.html):
        found = _that_answers(told, places, _handed_on(stored.html, parts), stored, highlights)
    if found is None:
        return None
    if places[found] is SentencePlace.WARNING:
        return found
    warning = _warning_instead(told, places, stored, highlights, best=found)
    return found if warning is None else warning


def _warning_instead(
    told: Sequence[float],
    places: Sequence[SentencePlace],
    stored: IndexedPassage,
    highlights: Sequence[tuple[int, int]],
    best: int | None = None,
) -> int | None:
    """The best sentence of the warnings of a passage, where these have any of the question's words and what would be
    marked otherwise, `best` or the likeliest, has none."""
    best = max(range(len(told)), key=told.__getitem__) if best is None else best
    if _holds(stored.sentences[best][:2], highlights):
        return None
    warnings = [number for number, place in enumerate(places) if place is SentencePlace.WARNING]
    if not warnings:
        return None
    # With the title of its box, which is none of the sentences.
    begin = stored.sentences[warnings[0] - 1][1] if warnings[0] else 0
    if not _holds((begin, stored.sentences[warnings[-1]][1]), highlights):
        return None
    return max(warnings, key=told.__getitem__)


def _that_answers(
    told: Sequence[float],
    places: Sequence[SentencePlace],
    handed_on: Sequence[HandingOn],
    stored: IndexedPassage,
    highlights: Sequence[tuple[int, int]],
) -> int | None:
    """The sentence that answers in place of the best one, or that one. No label does; what points elsewhere gives way
    to any that has words of the question."""
    best = told.index(max(told))
    if handed_on[best].is_label or handed_on[best].is_pointer:
        others = [n for n, own in enumerate(handed_on) if not (own.is_label or own.is_pointer)]
        if handed_on[best].is_pointer:
            others = [n for n in others if _holds(stored.sentences[n][:2], highlights)]
        best = max(others, key=told.__getitem__, default=best)
    if places[best] is SentencePlace.CODE:
        around = (*range(best - 1, -1, -1), *range(best + 1, len(places)))
        prose = (n for n in around if places[n] is not SentencePlace.CODE and not handed_on[n].is_label)
        nearest = next(prose, None)
        if nearest is None:
            return None
        best = nearest
    seen = {best}
    while answers := [n for n in handed_on[best].to if places[n] is not SentencePlace.CODE and n not in seen]:
        # What follows at once mostly is the answer, and what stands further below says more of it.
        best = max(answers, key=lambda n: told[n] - _FURTHER_BELOW * min(answers.index(n), 2))
        seen.add(best)
    return best


def _holds(part: tuple[int, int], highlights: Sequence[tuple[int, int]]) -> bool:
    return any(start < part[1] and end > part[0] for start, end in highlights)


def _numbers(stored: IndexedPassage, shares: Vectors, wanted: WantedWords, rows: Collection[int] = ()) -> list[float]:
    """What a number says for each sentence, where the question asks for one; no row goes on with what is before it."""
    found = [0.0] * len(shares)
    before = 1.0
    for place, (start, end, _) in enumerate(stored.sentences):
        own = wanted.number_in(stored.text[start:end])
        if own:
            speaks_on = not before and place not in rows
            found[place] = _NUMBER * own + (_BEFORE * float(shares[place - 1]) if speaks_on else 0.0)
        before = own
    return found


def window_cosines(generation: Generation, passage: int, lang: str, vectors: Mapping[str, Vectors]) -> Vectors:
    return generation.windows.cosines(passage, generation.means.passage(lang), vectors.get(lang, vectors[""]))
