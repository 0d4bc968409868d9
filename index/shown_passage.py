"""Which passage of an article is shown: the one with the greatest score, or the one that the question asks for."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from index.headings import may_be_named, passage_of_row, passage_that_asks, section_named, sections_of_action
from index.marking import window_cosines
from index.parts.passages import IndexedPassage
from index.protocols import Vectors
from index.query.actions import Actions, actions_in
from index.query.asked_for import asks_for_steps
from index.ranking.candidates import CandidateSet
from index.section_choice import section_that_answers
from index.storage.generation import Generation
from index.wanted_words import WIDE, WantedWords
from kb.markup.excerpt import SentencePlace, sentence_places
from kb.markup.quote import squeezed

# Of how many results the section that the question names is looked for, or the steps that it asks for; and how much
# less the passage with these may mean the question (figures: docs/search.md).
_LOOKED_THROUGH, _STEPS_GAP = 3, 0.2
# How much less that may mean the question whose heading names the action that is asked for.
_ACTION_GAP = 0.2
_SHORT_REQUEST = 60
_STEPS, _IN_STEPS = "<ol", ("<ol", "<table")
# An introduction of at most so many letters says what an article is about, and what it leads to is shown with it.
_SHORT_INTRODUCTION = 300


class ChosenBy(StrEnum):
    """Why a passage of an article is shown: it has the greatest score, or its section answers better than that one; it
    asks the question itself; the question names its section, or the action of its heading, or a row in it; or it has
    the steps that are asked for."""

    SCORE = "score"
    SECTION = "section"
    QUESTION = "question"
    HEADING = "heading"
    ACTION = "action"
    ROW = "row"
    STEPS = "steps"


class Choice(NamedTuple):
    passage: int
    by: ChosenBy


def passages_asked_for(
    generation: Generation, candidates: CandidateSet, rows: Sequence[int], wanted: Mapping[str, WantedWords]
) -> list[Choice]:
    """The passages of article rows to show, the best row first: with the question itself, as an FAQ asks it; else of
    the section that the question names, or about the action it asks for; else with the row it names, or the steps it
    asks for; else of the section that answers best."""
    text = candidates.parsed_query.text
    asks, actions = asks_for_steps(text) and candidates.vectors is not None, actions_in(text)
    choices = [Choice(candidates.passages[row], ChosenBy.SCORE) for row in rows]
    looked_through = [row for row in rows[:_LOOKED_THROUGH] if asks or may_be_named(generation, row)]
    first = generation.first_passage
    inside = [at for row in looked_through for at in range(int(first[row]), int(first[row + 1]))]
    generation.prepare_shown([*inside, *(choice.passage for choice in choices)])
    for place, row in enumerate(rows[:_LOOKED_THROUGH]):
        lang, passage = generation.articles[row].lang, choices[place].passage
        if (own := passage_that_asks(generation, row, passage, text, wanted[lang].weight)) is not None:
            choices[place] = Choice(own, ChosenBy.QUESTION)
            continue
        section, by = section_named(generation, row, passage, text, wanted[lang].weight), ChosenBy.HEADING
        if not section and actions.named and candidates.vectors is not None and may_be_named(generation, row):
            section, by = _section_of_action(generation, row, passage, actions, candidates.vectors), ChosenBy.ACTION
        if section:
            kept = passage if passage in section else section[0]
            is_enough = not asks or any(mark in generation.passages[kept].html for mark in _IN_STEPS)
            steps = (at for at in section if _STEPS in generation.passages[at].html)
            choices[place] = Choice(kept if is_enough else next(steps, kept), by)
        elif (named := passage_of_row(generation, row, passage, text, wanted[lang].weight)) is not None:
            choices[place] = Choice(named, ChosenBy.ROW)
        elif asks and candidates.vectors is not None:
            found = passage_with_steps(generation, row, passage, candidates.vectors, actions)
            choices[place] = Choice(found, ChosenBy.SCORE if found == passage else ChosenBy.STEPS)
        if choices[place].by is ChosenBy.SCORE and candidates.vectors is not None and row in looked_through:
            weight = wanted[lang].weight
            found = section_that_answers(generation, row, passage, text, candidates.weighed, weight)
            choices[place] = Choice(found, ChosenBy.SCORE if found == passage else ChosenBy.SECTION)
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
    is_request = len(asked.named) == 1 and not asked.is_refused and letters(asked.rest) <= _SHORT_REQUEST
    is_near = is_request and best >= own - _ACTION_GAP
    if not is_near and not actions_in(sections(passage)[1]).crosses(asked):
        return []
    chosen = named[of_named.index(best)]
    return [chosen, *(at for at in named if at != chosen and sections(at) == sections(chosen))]


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


def _meant(generation: Generation, row: int, passages: Sequence[int], vectors: Mapping[str, Vectors]) -> list[float]:
    """How much each of an article's passages means the question, as a whole and by its best window."""
    lang = generation.articles[row].lang
    cosines = generation.passage_vectors.products(np.array(passages), vectors.get(lang, vectors[""]))
    return [
        (float(cosine) + float(window_cosines(generation, at, lang, vectors).max())) / 2
        for at, cosine in zip(passages, cosines, strict=True)
    ]


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


def leads_to(own: IndexedPassage, following: IndexedPassage) -> bool:
    """Whether a passage is a short introduction, and the one below it has the steps or the table."""
    # What warns stands above both, however long it is.
    places = zip(own.sentences, sentence_places(own.html), strict=False)
    parts = [own.text[start:end] for (start, end, _), place in places if place is SentencePlace.TEXT]
    size = sum(map(letters, parts))
    is_short = not own.heading and size <= _SHORT_INTRODUCTION and not any(mark in own.html for mark in _IN_STEPS)
    return is_short and bool(following.heading) and any(mark in following.html for mark in _IN_STEPS)


def letters(text: str) -> int:
    """The length of a text, in which a wide letter counts for two."""
    return len(text) if text.isascii() else len(text) + len(WIDE.findall(text))
