"""Pure: a text as the sentences, clauses and runs of words in which danger is looked for.

A long sentence is near nothing by meaning, and what matters may stand anywhere in it.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest

from index.analysis import words
from index.query import plain_danger
from index.query.danger_phrases import CJK

_SENTENCES = re.compile(r"((?:(?<!\d)\.|\.(?!\d)|[!?。！？｡；;؛؟۔।॥…\n\r])+)")  # "2.4 GHz" is no end
_ASKING_OR_CALLING = "?!？！؟"
_CLAUSES = re.compile(r"[,，、،:：()（）]+|\s[-–—]+\s")
_LONG, _LONG_CJK = 90, 24
# Of a sentence that is longer the clauses are compared besides: what is told last is lost in it.
_STORY, _STORY_CJK = 45, 15
# Sentences compared by meaning, so many of the beginning and of the end; words are compared in all.
_FIRST_SENTENCES, _LAST_SENTENCES = 16, 8
# More than the form takes (20,000); of a longer text its beginning and its end, where people put what they forgot.
MOST_CHARACTERS = 24_000
# Runs of a long sentence: so many words, or characters of scripts without spaces (an alphabet needs more of them), each
# so many after the one before; and how many of a text are compared, of a long one evenly spread.
_RUN, _RUN_CJK, _RUN_LETTERS, _NEXT_RUN, _MOST_RUNS = 5, 10, 20, 2, 48
_CJK_AND_KANA = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_ALPHABETS_WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")


def sentences(text: str) -> list[str]:
    """The sentences of a text; long ones as their clauses."""
    return [sentence for sentence, _ in _sentences(text)]


def _sentences(text: str) -> Iterator[tuple[str, str]]:
    """The same, each with the `?` or `!` that it ends with."""
    pieces = _SENTENCES.split(both_ends(text, MOST_CHARACTERS))
    for sentence, end in zip_longest(pieces[::2], pieces[1::2], fillvalue=""):
        long = len(sentence) > (_LONG_CJK if CJK.search(sentence) else _LONG)
        parts = [" ".join(part.split()) for part in (_CLAUSES.split(sentence) if long else [sentence])]
        told = [part for part in parts if any(words(part))]
        mark = next((char for char in end if char in _ASKING_OR_CALLING), "")
        yield from ((part, mark if part is told[-1] else "") for part in told)


def both_ends(text: str, most: int) -> str:
    """A text of which nothing is left out but the middle, where it is longer than `most`."""
    return text if len(text) <= most else f"{text[: most // 2]}\n{text[len(text) - most // 2 :]}"


def compared_by_meaning(text: str) -> list[tuple[int, str, str]]:
    """The sentences that are, with their numbers among `sentences`, and as they were asked: those of the beginning and
    of the end."""
    found = [(number, sentence, f"{sentence}{end}") for number, (sentence, end) in enumerate(_sentences(text))]
    return [*found[:_FIRST_SENTENCES], *found[_FIRST_SENTENCES:][-_LAST_SENTENCES:]]


def clauses(texts: Sequence[str], lang: str) -> list[tuple[int, str]]:
    """The clauses of long sentences, each with the number of its sentence: those of the beginning and of the end."""
    found = [
        (number, clause)
        for number, text in enumerate(texts)
        if len(text) > (_STORY_CJK if CJK.search(text) else _STORY)
        for clause in clauses_of(text, lang)
    ]
    return [*found[:_FIRST_SENTENCES], *found[_FIRST_SENTENCES:][-_LAST_SENTENCES:]]


def clauses_of(sentence: str, lang: str) -> list[str]:
    """The clauses of a sentence that has several, of two words or more."""
    parts = [
        " ".join(clause.split()) for part in _CLAUSES.split(sentence) for clause in plain_danger.joined(part, lang)
    ]
    return [part for part in parts if len(part) < len(sentence) and _has_two_words(part)]


def runs(texts: Sequence[str]) -> list[tuple[int, str]]:
    """The runs of a few words in long sentences, which overlap, each with the number of its sentence."""
    found = [(number, run) for number, text in enumerate(texts) for run in _runs(text)]
    return found[:: -(-len(found) // _MOST_RUNS) or 1]


def _runs(text: str) -> list[str]:
    least = len(text) / 2
    if len(_CJK_AND_KANA.findall(text)) > least:
        units, length, space = list(text), _RUN_CJK, ""
    elif len(_ALPHABETS_WITHOUT_SPACES.findall(text)) > least:
        units, length, space = list(text), _RUN_LETTERS, ""
    else:
        units, length, space = text.split(), _RUN, " "
    further = max(_NEXT_RUN, length // _RUN)
    if len(units) <= length + 1:
        return []
    return [space.join(units[at : at + length]) for at in range(0, len(units) - length + further, further)]


def _has_two_words(text: str) -> bool:
    return len(list(islice(words(text), 2))) == 2 or bool(CJK.search(text))
