"""Which section of an article a question names: the one whose heading says its words.

The passage of a result is chosen by what passages mean and which words they have (index/ranking/evidence.py). Where the
question is the heading of a section, an article's summary or another section often means the same and is longer.
"""

from collections.abc import Callable
from functools import lru_cache

from index.analysis import tokens
from index.query.actions import Actions, actions_in
from index.storage.generation import Generation
from kb.markup.answer_parts import parts_of
from kb.markup.asked import questions_in

# Harmonic mean of the share of a heading's words that the question has, and of the question's that the heading has,
# rare words before common ones; the second with one word in common, which may be any (figures: docs/search.md).
_ALIKE, _ALIKE_BY_ONE = 0.6, 0.9
# So much better than the heading of the passage that was chosen by meaning.
_BETTER = 0.1
# The share of a question of few words that the name of a row has.
_ALIKE_BY_ROW, _MOST_WORDS = 0.7, 12
# Likewise of the question of an FAQ and the one asked, of which all counts.
_SAME_QUESTION = 0.8
# Before an action among words: no token begins so.
_ACTION = "="
# An article of more passages is a reference, which takes long to look through.
_MOST_PASSAGES = 80


def may_be_named(generation: Generation, row: int) -> bool:
    """Whether an article row's sections are compared with questions."""
    return bool(generation.first_passage[row + 1] - generation.first_passage[row] <= _MOST_PASSAGES)


def section_named(
    generation: Generation, row: int, passage: int, question: str, weight: Callable[[str], float]
) -> list[int]:
    """The passages of the section of an article row that a question names, that of `passage` before others; none where
    it names none. `weight` is how rare a word of the article's language is.

    Words of the article's title need not be in a heading. The article's passages are to be ready to be read.
    """
    first, last = int(generation.first_passage[row]), int(generation.first_passage[row + 1])
    lang, title = generation.articles[row].lang, generation.articles[row].title
    asked, actions = asked_words(question, lang), actions_in(question)
    if not asked or not may_be_named(generation, row):
        return []
    sections: dict[tuple[str, str], list[int]] = {}
    for at in range(first, last):
        sections.setdefault(generation.passages.section(at), []).append(at)
    in_title = words_of(title, lang) | asked_words(title, lang)
    alike = {
        section: 0.0
        if actions_in(section[1]).crosses(actions)
        else _alikeness(asked_words(section[1], lang), asked, in_title, weight)
        for section in sections
    }
    named, own = max(alike, key=alike.__getitem__), generation.passages.section(passage)
    if alike[named] <= alike[own] + _BETTER:
        named = own
    return sections[named] if alike[named] else []


def _alikeness(
    heading: frozenset[str], asked: frozenset[str], title: frozenset[str], weight: Callable[[str], float]
) -> float:
    """Between 0 and 1; 0 for less than what counts."""
    common = heading & asked
    # What the title says is asked of the whole article: a heading that says more is one of its cases.
    if not common or (common <= title and common != heading):
        return 0.0
    shared = sum(map(weight, common))
    of_heading = shared / sum(map(weight, heading))
    of_question = shared / sum(weight(word) for word in asked if word in heading or word not in title)
    alike = 2 * of_heading * of_question / (of_heading + of_question)
    is_enough = len(common) > 1 or (of_question >= _ALIKE_BY_ONE and next(iter(common)).startswith(_ACTION))
    return alike if alike >= (_ALIKE if is_enough else _ALIKE_BY_ONE) else 0.0


def passage_of_row(
    generation: Generation, row: int, passage: int, question: str, weight: Callable[[str], float]
) -> int | None:
    """The passage of an article row in whose table or list the question calls a row or a term by its whole name and
    says little else; None where there is none, or the passage chosen says that name as well."""
    lang, title = generation.articles[row].lang, generation.articles[row].title
    asked = asked_words(question, lang)
    if not 0 < len(asked) <= _MOST_WORDS or not may_be_named(generation, row):
        return None
    with_names = generation.row_names.get(row)
    if with_names is None:
        with_names = generation.row_names[row] = _with_row_names(generation, row)
    if not with_names:
        return None
    in_title = words_of(title, lang) | asked_words(title, lang)
    best, found, said = _ALIKE_BY_ROW, None, ""
    for at, names in with_names:
        for name in names:
            words = asked_words(name, lang)
            alike = _share_of_question(words, asked, in_title, weight) if words and words <= asked else 0.0
            if alike > best:
                best, found, said = alike, at, name
    return None if found is None or said.casefold() in generation.passages[passage].text.casefold() else found


def passage_that_asks(
    generation: Generation, row: int, passage: int, question: str, weight: Callable[[str], float]
) -> int | None:
    """The passage of an article row that asks the question itself, nearly word for word, as an FAQ does; None where
    there is none, or a heading says as much of it. Of several the passage chosen, or the first."""
    lang = generation.articles[row].lang
    asked, actions = asked_words(question, lang), actions_in(question)
    if not asked or not may_be_named(generation, row):
        return None
    with_questions = generation.row_questions.get(row)
    if with_questions is None:
        with_questions = generation.row_questions[row] = _with_questions(generation, row)
    best, found = 0.0, None
    for at, questions in with_questions:
        for one in questions:
            alike = 0.0 if actions_in(one).crosses(actions) else _in_common(asked_words(one, lang), asked, weight)
            if alike > best or (alike == best and at == passage):
                best, found = alike, at
    if best < _SAME_QUESTION:
        return None
    inside = range(int(generation.first_passage[row]), int(generation.first_passage[row + 1]))
    headings = {generation.passages.section(at)[1] for at in inside}
    is_heading = any(_in_common(asked_words(heading, lang), asked, weight) >= best for heading in headings)
    return None if is_heading else found


def _in_common(said: frozenset[str], asked: frozenset[str], weight: Callable[[str], float]) -> float:
    return 2 * sum(map(weight, said & asked)) / ((sum(map(weight, said)) + sum(map(weight, asked))) or 1.0)


def _with_questions(generation: Generation, row: int) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """The passages of an article row that ask questions, with these."""
    inside = range(int(generation.first_passage[row]), int(generation.first_passage[row + 1]))
    asking = ((at, questions_in(generation.passages[at].html)) for at in inside)
    return tuple((at, questions) for at, questions in asking if questions)


def _with_row_names(generation: Generation, row: int) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """The passages of an article row that have rows or terms, with the names of these, each once."""
    found: list[tuple[int, tuple[str, ...]]] = []
    for at in range(int(generation.first_passage[row]), int(generation.first_passage[row + 1])):
        html = generation.passages[at].html
        if "<table" in html or "<dl" in html:
            names = (part.members[-1].name for part in parts_of(html) if part.row_of is not None)
            found.append((at, tuple(dict.fromkeys(names))))
    return tuple(found)


def _share_of_question(
    common: frozenset[str], asked: frozenset[str], title: frozenset[str], weight: Callable[[str], float]
) -> float:
    return sum(map(weight, common)) / sum(weight(word) for word in asked if word in common or word not in title)


def sections_of_action(generation: Generation, row: int, asked: Actions) -> list[int]:
    """The passages of the sections of an article row whose headings name an action that is asked for; none where it is
    the article's title that names it, unless a section is about the opposite."""
    inside = range(int(generation.first_passage[row]), int(generation.first_passage[row + 1]))
    headings = [generation.passages.section(at)[1] for at in inside]
    of_heading = [actions_in(heading) for heading in headings]
    wanted = asked.named
    if not any(one.crosses(asked) for one in of_heading):
        wanted -= actions_in(generation.articles[row].title).named
    return [at for at, one in zip(inside, of_heading, strict=True) if one.named & wanted and not one.is_refused]


@lru_cache(maxsize=8192)
def asked_words(text: str, lang: str) -> frozenset[str]:
    """The tokens of a heading or a question, in which actions stand for their verbs."""
    actions = actions_in(text)
    return words_of(actions.rest, lang) | {_ACTION + one for one in actions.named}


@lru_cache(maxsize=8192)
def words_of(text: str, lang: str) -> frozenset[str]:
    """The tokens of a heading or a question."""
    return frozenset(tokens(text, lang, query=True))
