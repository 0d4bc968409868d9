"""The sentence of a passage that answers, by its meaning, its words and its place."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from index.parts.passages import IndexedPassage
from index.protocols import Vectors
from index.query.asked_for import has_number
from index.storage.generation import Generation
from index.wanted_words import WantedWords, word_shares
from kb.markup.answer_parts import Part, parts_of
from kb.markup.excerpt import SentencePlace, sentence_places
from kb.markup.handing_on import HandingOn, handing_on, may_hand_on

# A share of the question's informative words counts as much as in choosing the passage (index/ranking/evidence.py).
_WORDS_WEIGHT = 0.4
# A number in a sentence, where the question asks for one; and the share of that before it, of which it speaks on.
_NUMBER_WEIGHT, _BEFORE_WEIGHT = 0.1, 0.2
# Where neither meaning nor words tell the sentences of a passage apart, length may; less than this is no difference.
_NO_DIFFERENCE, _EQUAL = 0.01, 1e-6
# What the question calls by its name: a tab, whose sentences seldom say it again, or a row, which begins with it.
_NAMED_WEIGHT, _NAMED_ROW_WEIGHT = 0.4, 0.2
# Less for each of the first two sentences that stand between a question and what may answer it.
_FURTHER_BELOW = 0.03
# More than any score: what is left out in any case.
_RULED_OUT = 100.0
# Between sentences that nothing else tells apart: the cell of a table says less than a sentence of this many letters.
_LENGTH_WEIGHT, _FULL_LENGTH = 0.06, 60


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
        score = [own + cosines[min(window, last)] for own, (_, _, window) in zip(score, stored.sentences, strict=True)]
    if highlights and wanted:
        shares = word_shares(stored, highlights, wanted)
        score = [own + share for own, share in zip(score, (_WORDS_WEIGHT * shares).tolist(), strict=True)]
        if wanted.asks_for_number:
            score = [own + number for own, number in zip(score, _numbers(stored, shares), strict=True)]
    lengths = [_LENGTH_WEIGHT * min(1.0, (end - start) / _FULL_LENGTH) for start, end, _ in stored.sentences]
    told = [own + length for own, length in zip(score, lengths, strict=True)]
    if _is_no_difference(score, told):
        return None
    return _marked(told, sentence_places(stored.html), stored, highlights)


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
    score = [max(cosines[min(spans[number][2], last)] for number in part.numbers) for part in parts]
    left_out = {place for place, part in enumerate(parts) if part.label}
    called: set[int] = set()
    if wanted:
        titles = {part.above for part in parts}
        in_titles = {above: frozenset(chain.from_iterable(map(wanted.in_title, above))) for above in titles}
        above = [in_titles[part.above] for part in parts] if any(in_titles.values()) else ()
        shares = word_shares(whole, highlights, wanted, above)
        score = [own + share for own, share in zip(score, (_WORDS_WEIGHT * shares).tolist(), strict=True)]
        if wanted.asks_for_number:
            rows = frozenset(place for place, part in enumerate(parts) if part.row_of is not None)
            score = [own + number for own, number in zip(score, _numbers(whole, shares, rows), strict=True)]
        named = _named(parts, wanted)
        for place, part in enumerate(parts if named else ()):
            among = [member for member in part.members if member.group in named]
            if any(member.name not in named[member.group] for member in among):
                left_out.add(place)
            elif among:
                score[place] += _NAMED_ROW_WEIGHT if part.row_of is not None or part.in_table else _NAMED_WEIGHT
                called.add(place)
    before = score.copy()
    for place, (part, (start, end, _)) in enumerate(zip(parts, whole.sentences, strict=True)):
        score[place] += _LENGTH_WEIGHT * (1.0 if part.row_of is not None else min(1.0, (end - start) / _FULL_LENGTH))
        if part.in_table and place not in called and not _holds((start, end), highlights):
            left_out.add(place)
    left = [place for place in range(len(parts)) if place not in left_out]
    if _is_no_difference([before[place] for place in left], [score[place] for place in left]):
        return None
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
            chosen = _marked(told, places, whole, highlights, parts)
            return None if chosen is None else parts[chosen].numbers[0]
        left_out |= {place for place, part in enumerate(parts) if part.row_of == row_of}
    return None


def _is_no_difference(score: Sequence[float], told: Sequence[float]) -> bool:
    """Whether only their lengths tell sentences apart, and not by much."""
    if not told or max(score) - min(score) >= _EQUAL:
        return False
    best = max(told)
    return sum(own > best - _NO_DIFFERENCE for own in told) > 1


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
    warnings = [number for number, place in enumerate(places) if place is SentencePlace.WARNING]
    if warnings and found not in warnings and not _holds(stored.sentences[found][:2], highlights):
        # With the title of its box, which is none of the sentences.
        begin = stored.sentences[warnings[0] - 1][1] if warnings[0] else 0
        if _holds((begin, stored.sentences[warnings[-1]][1]), highlights):
            return max(warnings, key=told.__getitem__)
    return found


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


def _numbers(stored: IndexedPassage, shares: Vectors, rows: Collection[int] = ()) -> list[float]:
    """What a number says for each sentence, where the question asks for one; no row goes on with what is before it."""
    found = [0.0] * len(shares)
    before = True
    for place, (start, end, _) in enumerate(stored.sentences):
        own = has_number(stored.text[start:end])
        if own:
            found[place] = _NUMBER_WEIGHT + (
                0.0 if before or place in rows else _BEFORE_WEIGHT * float(shares[place - 1])
            )
        before = own
    return found


def window_cosines(generation: Generation, passage: int, lang: str, vectors: Mapping[str, Vectors]) -> Vectors:
    return generation.windows.cosines(passage, generation.means.passage(lang), vectors.get(lang, vectors[""]))
