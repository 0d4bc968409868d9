"""What of a result is shown: one hit an article, in the reader's language; the sentence that answers; and how many
articles are worth a look.

None of this decides anything: the order and the verdict stand when it is asked.
"""

import math
import re
from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np

from core.texts.languages import fallbacks
from index.analysis import STOP, family, fold, spans, to_simplified, tokens, words
from index.headings import may_be_named, passage_of_row, section_named, sections_of_action, words_of
from index.models import ArticleHit, SearchQuery
from index.parts.passages import IndexedPassage
from index.protocols import Vectors
from index.query import synonyms
from index.query.actions import Actions, actions_in
from index.query.asked_for import asks_for_number, asks_for_steps, has_number
from index.ranking.candidates import FALLBACK_LANGUAGE, CandidateSet, Ranking
from index.storage.generation import Generation
from kb.markup.answer_parts import Part, numbers_with, parts_of
from kb.markup.excerpt import (
    SentencePlace,
    announces,
    belongs_with,
    joined,
    sentence_places,
    with_announced,
    with_section,
    without_section,
)
from kb.markup.handing_on import HandingOn, handing_on, may_hand_on
from kb.markup.quote import squeezed

# A share of the question's informative words counts as much as in choosing the passage (index/ranking/evidence.py).
_WORDS_WEIGHT = 0.4
# A number in a sentence, where the question asks for one; and the share of that before it, of which it speaks on.
_NUMBER_WEIGHT, _BEFORE_WEIGHT = 0.1, 0.2
# Of how many results the section that the question names is looked for, or the steps that it asks for; and how much
# less the passage with these may mean the question (figures: docs/search.md).
_LOOKED_THROUGH, _STEPS_GAP = 3, 0.2
# How much less that may mean the question whose heading names the action that is asked for.
_ACTION_GAP = 0.2
_SHORT_REQUEST = 60
_STEPS, _IN_STEPS = "<ol", ("<ol", "<table")
# An introduction of at most so many letters says what an article is about, and what it leads to is shown with it.
_SHORT_INTRODUCTION = 300
# Of one section so much HTML at most is one result.
_MOST_TOGETHER = 12_000
_WIDE = re.compile("[\u2e80-\uffef]")
# Where neither meaning nor words tell the sentences of a passage apart, length may; less than this is no difference.
_NO_DIFFERENCE, _EQUAL = 0.01, 1e-6
# Scores are log-odds: an article this far below the best is the right one once in twenty times at most. Of the demo's
# typed questions 99 % have theirs within 2.2.
PLAUSIBLE_GAP = 3.0
# The first three may be further below it. Of 87 strangers' questions to the demo none had its article beyond, where
# four in ten second and third results stood.
FIRST_GAP, _FIRST = 4.0, 3
# What the question calls by its name: a tab, whose sentences seldom say it again, or a row, which begins with it.
_NAMED_WEIGHT, _NAMED_ROW_WEIGHT = 0.4, 0.2
# Less for each of the first two sentences that stand between a question and what may answer it.
_FURTHER_BELOW = 0.03
# More than any score: what is left out in any case.
_RULED_OUT = 100.0
# Between sentences that nothing else tells apart: the cell of a table says less than a sentence of this many letters.
_LENGTH_WEIGHT, _FULL_LENGTH = 0.06, 60


def article_hits(generation: Generation, ranking: Ranking, lang: str, query: SearchQuery) -> tuple[ArticleHit, ...]:
    """The best articles, one hit for all translations of an article, in the reader's language where it exists."""
    candidates, scores = ranking.candidates, ranking.scores
    hits: list[ArticleHit] = []
    shown = _shown(generation, ranking, (*fallbacks(query.lang or lang), lang, FALLBACK_LANGUAGE), query.limit)
    wanted = _wanted(generation, candidates, lang, [version for _, version in shown])
    rows = [version for _, version in shown]
    choices = _passages_asked_for(generation, candidates, rows, wanted)
    passages = passages_to_show(generation, rows, [choice.passage for choice in choices])
    for (i, version), passage in zip(shown, passages, strict=True):
        article = generation.articles[version]
        tag = article.lang
        score = float(scores[i])
        is_pinned = article.key == candidates.pinned_key
        hits.append(article_hit(generation, version, passage, score, wanted[tag], candidates.vectors, pinned=is_pinned))
        if len(hits) == 1:
            hits[0] = _whole(generation, version, passage, hits[0])
    return tuple(hits)


def why_first_passage(
    generation: Generation, ranking: Ranking, lang: str, query: SearchQuery
) -> tuple[int, int, "ChosenBy"] | None:
    """The article row of the first result, the passage of it that is shown, and why; None without results."""
    shown = _shown(generation, ranking, (*fallbacks(query.lang or lang), lang, FALLBACK_LANGUAGE), 1)
    if not shown:
        return None
    rows = [version for _, version in shown]
    wanted = _wanted(generation, ranking.candidates, lang, rows)
    (choice,) = _passages_asked_for(generation, ranking.candidates, rows, wanted)
    (passage,) = passages_to_show(generation, rows, [choice.passage])
    return rows[0], passage, choice.by


def _wanted(
    generation: Generation, candidates: CandidateSet, lang: str, rows: Sequence[int]
) -> dict[str, "WantedWords"]:
    """The words to highlight in articles of each language of some rows."""
    text = candidates.parsed_query.text
    asks = asks_for_number(text)
    return {
        tag: WantedWords(_highlight_tokens(candidates, tag, lang), tag, generation, asks_for_number=asks, question=text)
        for tag in {generation.articles[version].lang for version in rows}
    }


def _shown(generation: Generation, ranking: Ranking, preferred: Sequence[str], limit: int) -> list[tuple[int, int]]:
    """(candidate, row of the version to show) of the best articles."""
    candidates = ranking.candidates
    found: list[tuple[int, int]] = []
    listed_keys: set[str] = set()
    for i in ranking.order:
        row = int(candidates.rows[i])
        article = generation.articles[row]
        if article.key in listed_keys:
            continue
        listed_keys.add(article.key)
        family_of = [r for r in generation.rows_by_key[article.key] if r in candidates.passages]
        version = min(
            family_of,
            key=lambda r: (
                preferred.index(generation.articles[r].lang)
                if generation.articles[r].lang in preferred
                else len(preferred) + (r != row)
            ),
        )
        found.append((int(i), version))
        if len(found) >= limit:
            break
    return found


def article_hit(
    generation: Generation,
    row: int,
    passage: int,
    score: float,
    wanted: "WantedWords | None",
    vectors: Mapping[str, Vectors] | None,
    *,
    pinned: bool = False,
) -> ArticleHit:
    """An article row with one of its passages; `wanted` are the words to highlight, of its language."""
    article, best = generation.articles[row], generation.passages[passage]
    highlights = tuple(spans(best.text, article.lang, wanted.tokens)) if wanted and wanted.tokens else ()
    sentence = answering_sentence(generation, row, passage, best, vectors, highlights, wanted)
    html = best.html
    if passage + 1 < int(generation.first_passage[row + 1]) and announces(html):
        generation.prepare_shown([passage + 1])
        following = generation.passages[passage + 1]
        if (following.anchor, following.heading) == (best.anchor, best.heading):
            html = with_announced(html, following.html)
    return ArticleHit(
        article.ref, article.key, article.title, article.category, best.anchor, best.heading, best.text,
        highlights, score, html=html, sentence=sentence,
        highlight=None if sentence is None else _range(best, sentence), pinned=pinned,
    )  # fmt: skip


def _range(stored: IndexedPassage, sentence: int) -> tuple[int, int]:
    """Where all that is marked with a sentence begins and ends."""
    numbers = numbers_with(stored.html, sentence)
    return stored.sentences[numbers[0]][0], stored.sentences[numbers[-1]][1]


def _whole(generation: Generation, row: int, passage: int, hit: ArticleHit) -> ArticleHit:
    """The first result with the rest of its steps and with their warning, which a long section has in its next parts;
    else with what its introduction leads to. It says whether the section goes on."""
    html, last = generation.passages[passage].html, int(generation.first_passage[row + 1])
    at, size = passage + 1, len(html)
    while at < last:
        generation.prepare_shown([at])
        following = generation.passages[at]
        if (following.anchor, following.heading) != (hit.anchor, hit.heading):
            break
        size += len(following.html)
        if not html or size > _MOST_TOGETHER or not belongs_with(html, following.html):
            return replace(hit, html=html if at > passage + 1 else hit.html, continues=True)
        html, at = joined(html, following.html), at + 1
    if at > passage + 1:
        return replace(hit, html=html)
    return replace(hit, html=_with_what_it_leads_to(generation, row, passage, hit.html))


def _with_what_it_leads_to(generation: Generation, row: int, passage: int, html: str) -> str:
    """The quotation of an article's introduction with the steps or the table that it leads to.

    Introductions say what customers say ("Are you locked out?") and mean a question best; the answer is often below.
    """
    first, last = int(generation.first_passage[row]), int(generation.first_passage[row + 1])
    own = generation.passages[passage]
    if own.heading or not first < passage < last - 1:
        return html
    generation.prepare_shown([passage + 1])
    following = generation.passages[passage + 1]
    return with_section(html, following.heading, following.html) if leads_to(own, following) else html


def leads_to(own: IndexedPassage, following: IndexedPassage) -> bool:
    """Whether a passage is a short introduction, and the one below it has the steps or the table."""
    # What warns stands above both, however long it is.
    places = zip(own.sentences, sentence_places(own.html), strict=False)
    parts = [own.text[start:end] for (start, end, _), place in places if place is SentencePlace.TEXT]
    size = sum(map(_letters, parts))
    is_short = not own.heading and size <= _SHORT_INTRODUCTION and not any(mark in own.html for mark in _IN_STEPS)
    return is_short and bool(following.heading) and any(mark in following.html for mark in _IN_STEPS)


def _letters(text: str) -> int:
    """The length of a text, in which a wide letter counts for two."""
    return len(text) if text.isascii() else len(text) + len(_WIDE.findall(text))


def passages_to_show(generation: Generation, rows: Sequence[int], passages: Sequence[int]) -> list[int]:
    """The passages of articles to quote, ready to be read: for a summary that is only how the article's text begins
    (nobody wrote one), the passage that it was made of."""
    second = [
        passage + 1
        for row, passage in zip(rows, passages, strict=True)
        if passage == generation.first_passage[row] and passage + 1 < generation.first_passage[row + 1]
    ]
    generation.prepare_shown([*passages, *second])
    texts = generation.passages
    return [at + (at + 1 in second and is_beginning(texts[at].text, texts[at + 1].text)) for at in passages]


def is_beginning(summary: str, own: str) -> bool:
    """Whether an article's first passage says how its second begins."""
    summary, own = squeezed(summary), squeezed(own)
    said = summary.rstrip("…")
    return own.startswith(said) or (said != summary and said.startswith(own))


def in_danger(hit: ArticleHit) -> ArticleHit:
    """A hit as it is shown to somebody in danger: where a warning stands first in its quotation, nothing below that
    is marked, and no other section added."""
    places = sentence_places(hit.html)
    if SentencePlace.WARNING in places and (own := without_section(hit.html)) != hit.html:
        hit = replace(hit, html=own)
    if hit.sentence is None or SentencePlace.WARNING not in places or places[hit.sentence] is SentencePlace.WARNING:
        return hit
    return replace(hit, sentence=None, highlight=None)


class ChosenBy(StrEnum):
    """Why a passage of an article is shown: it has the greatest score; the question names its section, or the action of
    its heading, or a row in it; or it has the steps that are asked for."""

    SCORE = "score"
    HEADING = "heading"
    ACTION = "action"
    ROW = "row"
    STEPS = "steps"


class _Choice(NamedTuple):
    passage: int
    by: ChosenBy


def _passages_asked_for(
    generation: Generation, candidates: CandidateSet, rows: Sequence[int], wanted: Mapping[str, "WantedWords"]
) -> list[_Choice]:
    """The passages of article rows to show, the best row first: of the section that the question names, or about the
    action it asks for; else with the row it names, or the steps it asks for; else those chosen before."""
    text = candidates.parsed_query.text
    asks, actions = asks_for_steps(text) and candidates.vectors is not None, actions_in(text)
    choices = [_Choice(candidates.passages[row], ChosenBy.SCORE) for row in rows]
    looked_through = [row for row in rows[:_LOOKED_THROUGH] if asks or may_be_named(generation, row)]
    first = generation.first_passage
    inside = [at for row in looked_through for at in range(int(first[row]), int(first[row + 1]))]
    generation.prepare_shown([*inside, *(choice.passage for choice in choices)])
    for place, row in enumerate(rows[:_LOOKED_THROUGH]):
        lang, passage = generation.articles[row].lang, choices[place].passage
        section, by = section_named(generation, row, passage, text, wanted[lang].weight), ChosenBy.HEADING
        if not section and actions.named and candidates.vectors is not None and may_be_named(generation, row):
            section, by = _section_of_action(generation, row, passage, actions, candidates.vectors), ChosenBy.ACTION
        if section:
            kept = passage if passage in section else section[0]
            is_enough = not asks or any(mark in generation.passages[kept].html for mark in _IN_STEPS)
            steps = (at for at in section if _STEPS in generation.passages[at].html)
            choices[place] = _Choice(kept if is_enough else next(steps, kept), by)
        elif (named := passage_of_row(generation, row, passage, text, wanted[lang].weight)) is not None:
            choices[place] = _Choice(named, ChosenBy.ROW)
        elif asks and candidates.vectors is not None:
            found = passage_with_steps(generation, row, passage, candidates.vectors, actions)
            choices[place] = _Choice(found, ChosenBy.SCORE if found == passage else ChosenBy.STEPS)
    return choices


def _section_of_action(
    generation: Generation, row: int, passage: int, asked: Actions, vectors: Mapping[str, Vectors]
) -> list[int]:
    """The passages of the section of an article whose heading names an action that is asked for, if it means the
    question nearly as much as the passage chosen; in any case where that one's heading names the opposite. Else none.
    """
    sections = generation.passages.section
    named = sections_of_action(generation, row, asked)
    if not named:
        return []
    if own_section := [at for at in named if sections(at) == sections(passage)]:
        return own_section
    *of_named, own = _meant(generation, row, [*named, passage], vectors)
    best = max(of_named)
    is_request = len(asked.named) == 1 and not asked.is_refused and _letters(asked.rest) <= _SHORT_REQUEST
    is_near = is_request and best >= own - _ACTION_GAP
    if not is_near and not actions_in(sections(passage)[1]).crosses(asked):
        return []
    chosen = named[of_named.index(best)]
    return [chosen, *(at for at in named if at != chosen and sections(at) == sections(chosen))]


def _meant(generation: Generation, row: int, passages: Sequence[int], vectors: Mapping[str, Vectors]) -> list[float]:
    """How much each of an article's passages means the question, as a whole and by its best window."""
    lang = generation.articles[row].lang
    cosines = generation.passage_vectors.products(np.array(passages), vectors.get(lang, vectors[""]))
    return [
        (float(cosine) + float(_window_cosines(generation, at, lang, vectors).max())) / 2
        for at, cosine in zip(passages, cosines, strict=True)
    ]


def passage_with_steps(
    generation: Generation, row: int, passage: int, vectors: Mapping[str, Vectors], asked: Actions
) -> int:
    """The passage of an article that answers how to do something: the one chosen if it has steps or a table, else the
    nearest that has steps, not to the opposite, and means the question nearly as much, if there is one.

    What is around the steps (what a reset changes) often says the question's words more often than the steps do.
    """
    first, last = int(generation.first_passage[row]), int(generation.first_passage[row + 1])
    own = list(range(first, last))
    if any(mark in generation.passages[passage].html for mark in _IN_STEPS):
        return passage
    meant = _meant(generation, row, own, vectors)
    least = meant[passage - first] - _STEPS_GAP
    near = [
        (score, at)
        for score, at in zip(meant, own, strict=True)
        if score >= least and at != passage and not actions_in(generation.passages.section(at)[1]).crosses(asked)
    ]
    return next((at for _, at in sorted(near, reverse=True) if _STEPS in generation.passages[at].html), passage)


def answering_sentence(
    generation: Generation,
    row: int,
    passage: int,
    stored: IndexedPassage,
    vectors: Mapping[str, Vectors] | None,
    highlights: Sequence[tuple[int, int]],
    wanted: "WantedWords | None",
) -> int | None:
    """The number of the sentence of a passage that answers best: by its window's meaning and by the question's words.

    `highlights` are where the words `wanted` stand in the passage. Where the question asks for a number, so does one.
    None where nothing speaks for any sentence, or nothing tells the best from the others.
    """
    if not stored.sentences or (vectors is None and not highlights):
        return None
    lang = generation.articles[row].lang
    cosines = None if vectors is None else _window_cosines(generation, passage, lang, vectors).tolist()
    if parts := parts_of(stored.html):
        return _answering_part(parts, stored, cosines, highlights, wanted)
    # Lists, since for a handful of sentences numpy takes longer to begin than this does.
    score = [0.0] * len(stored.sentences)
    if cosines is not None:
        last = len(cosines) - 1
        score = [own + cosines[min(window, last)] for own, (_, _, window) in zip(score, stored.sentences, strict=True)]
    if highlights and wanted:
        shares = _word_shares(stored, highlights, wanted)
        score = [own + share for own, share in zip(score, (_WORDS_WEIGHT * shares).tolist(), strict=True)]
        if wanted.asks_for_number:
            score = [own + number for own, number in zip(score, _numbers(stored, shares), strict=True)]
    lengths = [_LENGTH_WEIGHT * min(1.0, (end - start) / _FULL_LENGTH) for start, end, _ in stored.sentences]
    told = [own + length for own, length in zip(score, lengths, strict=True)]
    if _is_no_difference(score, told):
        return None
    return _marked(told, sentence_places(stored.html), stored, highlights)


def _is_no_difference(score: Sequence[float], told: Sequence[float]) -> bool:
    """Whether only their lengths tell sentences apart, and not by much."""
    if not told or max(score) - min(score) >= _EQUAL:
        return False
    best = max(told)
    return sum(own > best - _NO_DIFFERENCE for own in told) > 1


def _answering_part(
    parts: Sequence[Part],
    stored: IndexedPassage,
    cosines: Sequence[float] | None,
    highlights: Sequence[tuple[int, int]],
    wanted: "WantedWords | None",
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
        shares = _word_shares(whole, highlights, wanted, above)
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


def _named(parts: Sequence[Part], wanted: "WantedWords") -> dict[int, set[str]]:
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


def plausible(hits: Sequence[ArticleHit]) -> int:
    """How many of the hits, from the first on, are near enough to the best one to be shown without being asked for."""
    ranked = [hit.score for hit in hits if not hit.pinned]
    if not ranked:
        return len(hits)
    best, pinned = max(ranked), len(hits) - len(ranked)
    near = sum(score >= best - PLAUSIBLE_GAP for score in ranked) + pinned
    return max(near, min(_FIRST, sum(score >= best - FIRST_GAP for score in ranked) + pinned))


def _window_cosines(generation: Generation, passage: int, lang: str, vectors: Mapping[str, Vectors]) -> Vectors:
    return generation.windows.cosines(passage, generation.means.passage(lang), vectors.get(lang, vectors[""]))


class WantedWords:
    """A question's words to highlight in articles of a language, with what was found out about them: a question's
    results share most of their words."""

    def __init__(
        self,
        tokens: frozenset[str],
        lang: str,
        generation: Generation,
        *,
        asks_for_number: bool = False,
        question: str = "",
    ) -> None:
        self.tokens = tokens
        self.asks_for_number = asks_for_number
        self._question = _phrase(question)
        self._asked = words_of(question, lang)
        self._lang = lang
        self._lexicon = generation.lexicons[family(lang)]
        self._of_text: dict[str, frozenset[str]] = {}
        self._weights: dict[str, float] = {}

    def of(self, text: str) -> frozenset[str]:
        """Those that a highlighted text has."""
        found = self._of_text.get(text)
        if found is None:
            found = self._of_text[text] = self.tokens.intersection(tokens(text, self._lang))
        return found

    def in_title(self, title: str) -> frozenset[str]:
        """Those that a title has."""
        return self.tokens & words_of(title, self._lang)

    def are_named(self, name: str) -> bool:
        """Whether the question calls something by its name: as it is written, or by the forms of all its words."""
        written = _written(name, self._lang)
        return written is not None and (written[0] in self._question or bool(written[1] and written[1] <= self._asked))

    def weight(self, token: str) -> float:
        """How rare a word is."""
        if token not in self._weights:
            rows, number = self._lexicon.articles.rows, self._lexicon.ids.get(token)
            frequency = 0 if number is None else int(self._lexicon.articles.frequency[number])
            self._weights[token] = math.log1p((rows - frequency + 0.5) / (frequency + 0.5))
        return self._weights[token]


def _word_shares(
    stored: IndexedPassage,
    highlights: Sequence[tuple[int, int]],
    wanted: WantedWords,
    above: Sequence[frozenset[str]] = (),
) -> Vectors:
    """Of the question's words in the passage, the share that each sentence has, rare words before common ones, and
    those of few sentences before what the whole passage speaks of. `above` are those of the titles of each sentence."""
    weights: dict[str, float] = {}
    having: dict[str, int] = {}
    sentences, text = stored.sentences, stored.text
    inside: dict[int, set[str]] = {}
    ends = [last for _, last, _ in sentences]
    for start, end in highlights:
        own = wanted.of(text[start:end])
        for token in own:
            if token not in weights:
                weights[token] = wanted.weight(token)
        # Sentences stand in order: the first that ends after this word begins, and those that begin before it ends.
        number = bisect_right(ends, start)
        while number < len(ends) and sentences[number][0] < end:
            known = inside.setdefault(number, set())
            for token in own - known:
                having[token] = having.get(token, 0) + 1
            known.update(own)
            number += 1
    for number, own in enumerate(above):
        known = inside.setdefault(number, set())
        for token in own - known:
            weights.setdefault(token, wanted.weight(token))
            having[token] = having.get(token, 0) + 1
        known.update(own)
    for token in weights:
        weights[token] *= _rarity(having.get(token, 1), len(sentences))  # a word may stand outside of all sentences
    total = sum(weights.values()) or 1.0
    shares = np.zeros(len(sentences), np.float32)
    for number, known in inside.items():
        shares[number] = sum([weights[word] for word in known]) / total
    return shares


@lru_cache(maxsize=4096)
def _rarity(having: int, sentences: int) -> float:
    """What a word that so many of the sentences have says, by the share of one that stands in a single sentence."""
    return math.sqrt(math.log1p(sentences / having) / math.log1p(sentences))


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


@lru_cache(maxsize=4096)
def _phrase(text: str) -> str:
    """The words of a text in their order, a space around each; of Chinese in one script."""
    return f" {' '.join(fold(to_simplified(word).casefold()) for word in words(text))} "


@lru_cache(maxsize=8192)
def _written(name: str, lang: str) -> tuple[str, frozenset[str]] | None:
    """A name as it stands in a question, and the forms of its words, where all of them are looked for: of `Model A` one
    is. None for what is no name: `a` is a word, and a number counts something."""
    phrase = _phrase(name)
    said = phrase.strip()
    if not said or (len(said) == 1 and (said.isdigit() or said in STOP[family(lang)] or _WIDE.match(said))):
        return None
    own = words_of(name, lang)
    # Where words have no spaces between them the name has none around it.
    return said if _WIDE.search(said) else phrase, own if len(own) >= len(phrase.split()) else frozenset()


def _highlight_tokens(candidates: CandidateSet, tag: str, lang: str) -> frozenset[str]:
    """The tokens to highlight in texts of a language."""
    # Single letters are left out: the E of E-99 is no reason to highlight E-17.
    own = frozenset(t for t in tokens(candidates.parsed_query.text, tag, query=True) if len(t) > 1 or not t.isascii())
    if candidates.expansions and family(tag) == family(lang):
        return own | frozenset(synonyms.means_tokens(candidates.expansions, lang))
    return own
