"""Which section of an article answers, weighed anew among its passages by their headings and by what is asked.

Ranking needs an article's best passage, and meaning and words find that (index/ranking/evidence.py). Which of its
sections answers is another question: all of them speak of the article's subject, and set-up steps say the words of a
trouble (`lost my phone with the authenticator app`) more often than the section on that trouble does. The weights were
fitted to labelled questions (docs/search.md).
"""

import math
from collections.abc import Callable, Sequence

from core.texts.languages import is_chinese
from index.headings import asked_words, may_be_named, words_of
from index.query.trouble import is_about_trouble, tells_of_trouble
from index.ranking.evidence import WeighedPassages
from index.storage.generation import Generation

# Log-odds, as fitted: of the evidence (cosine, window, coverage, keyword); of the shares of the question's words that a
# heading has, and of a heading's that the question has; of the logarithm of a length.
_EVIDENCE = (6.4, 3.6, 1.8, 0.9)
_OF_QUESTION, _OF_HEADING, _LENGTH = 1.8, 1.3, 0.9
# Where trouble is told: for a heading of trouble, and against the first section, which mostly sets up what then fails.
_TROUBLE, _FIRST_IN_TROUBLE = 1.1, -1.1
# So much better another section has to be; for an introduction or a summary, which answers as a whole, more, and only
# where trouble is told, which it seldom answers.
_BETTER, _BETTER_THAN_INTRODUCTION = 0.1, 0.5
# A Chinese letter says as much as so many others; a short passage is not that much worse than a very short one.
_WIDE, _SHORT = 2.5, 30


def section_that_answers(
    generation: Generation,
    row: int,
    passage: int,
    question: str,
    weighed: WeighedPassages,
    weight: Callable[[str], float],
) -> int:
    """The passage of an article row below a heading that answers best, or `passage`, which was chosen by its score.

    `weight` is how rare a word of the article's language is. The article's passages are to be ready to be read.
    """
    first, last = int(generation.first_passage[row]), int(generation.first_passage[row + 1])
    headings = [generation.passages.section(at)[1] for at in range(first, last)]
    own, lang = headings[passage - first], generation.articles[row].lang
    in_trouble = tells_of_trouble(question, lang)
    others = set(headings) - {"", own}
    if not others or not may_be_named(generation, row) or not (own or in_trouble):
        return passage
    scores = _scores(generation, row, headings, question, weighed, weight, in_trouble=in_trouble)
    best = max((at for at, heading in enumerate(headings) if heading), key=scores.__getitem__)
    least = scores[passage - first] + (_BETTER if own else _BETTER_THAN_INTRODUCTION)
    return first + best if scores[best] > least else passage


def _scores(
    generation: Generation,
    row: int,
    headings: Sequence[str],
    question: str,
    weighed: WeighedPassages,
    weight: Callable[[str], float],
    *,
    in_trouble: bool,
) -> list[float]:
    """The log-odds of each passage of an article row, up to what they have in common."""
    lang, title, begin = generation.articles[row].lang, generation.articles[row].title, generation.first_passage[row]
    asked = asked_words(question, lang)
    in_title = words_of(title, lang) | asked_words(title, lang)
    weights = {word: weight(word) for word in asked}
    untold = sum(own for word, own in weights.items() if word not in in_title) or 1.0
    first_heading = next(filter(None, headings), None)
    scale = _WIDE if is_chinese(lang) else 1.0
    scores: list[float] = (weighed.of(row, len(headings)) @ _EVIDENCE).tolist()
    of_heading: dict[str, float] = {"": 0.0}
    for heading in set(headings) - {""}:
        words = asked_words(heading, lang)
        common, all_of_it = words & asked, sum(map(weight, words)) or 1.0
        told = sum(weights[word] for word in common if word not in in_title) / untold
        of_heading[heading] = (
            _OF_QUESTION * told
            + _OF_HEADING * sum(weights[word] for word in common) / all_of_it
            + (_TROUBLE if in_trouble and is_about_trouble(heading, lang) else 0.0)
            + (_FIRST_IN_TROUBLE if in_trouble and heading == first_heading else 0.0)
        )
    for at, heading in enumerate(headings):
        length = len(generation.passages[int(begin) + at].text)
        scores[at] += of_heading[heading] + _LENGTH * math.log(length * scale + _SHORT)
    return scores
