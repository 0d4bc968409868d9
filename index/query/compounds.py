"""Compound splitting and joining: words that are written as one or as two (`wifi`: `Wi-Fi`, `chargingcase`, `drop
down`: `dropdown`), as synonyms of how the articles write them."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from index.analysis import family, fold, tokens, words
from index.query.synonyms import Expansion

# Whether some article of the language has a word in this form, and whether two of these stand there side by side.
IsKnown = Callable[[str], bool]
StandApart = Callable[[str, str], bool]

_LONG_TEXT = 120
_CAPITAL = re.compile("(?<=[a-z])(?=[A-Z])")
_SHORTEST, _LONGEST = 4, 24
# Letters of a part: an article has shown that it is one where it stands there with a hyphen. Two short words stand side
# by side by chance (`on click`, `a way`); not so the Latin ones of a Chinese text.
_HYPHENATED_PART, _PART, _CHINESE_PART = 1, 3, 2
# `any way` does not mean `anyway`. Of two letters only these end one (`log in`); Turkish `ne`, `de` do not.
_INDEFINITE, _PARTICLES = frozenset(("any", "every", "some")), frozenset(("in", "on", "up"))
# How often texts are looked into, a question.
_MOST_LOOKED = 2


def compound_expansions(
    text: str, lang: str, is_known: IsKnown, apart: StandApart, known: Sequence[Expansion] = ()
) -> tuple[Expansion, ...]:
    """For words that no article has, the two that stand there instead; for two that stand nowhere side by side, the one
    that they are together."""
    if len(text) > _LONG_TEXT:
        return ()
    written = list(words(text))
    typed = [fold(word.lower()) for word in written]
    taken = {token for expansion in known for token in expansion.typed}
    looked = 0

    def stand_apart(first: str, second: str) -> bool:
        nonlocal looked
        looked += 1
        return looked <= _MOST_LOOKED and apart(first, second)

    found = list[Expansion]()
    shortest = _CHINESE_PART if family(lang) == "zh" else _PART
    divided, joined = _divided(typed, is_known, stand_apart, shortest), _joined(typed, is_known, stand_apart)
    for word, means in (*_in_capitals(written, typed, is_known), *divided, *joined):
        own = tuple(token for part in word for token in tokens(part, lang, query=True))
        if own and taken.isdisjoint(own):
            taken.update(own)
            found.append(Expansion(own, (means,)))
    return tuple(found)


def _in_capitals(
    written: Sequence[str], typed: Sequence[str], is_known: IsKnown
) -> Iterator[tuple[tuple[str, ...], str]]:
    """`myAccount`: who typed it has said where it is divided."""
    for word, form in zip(written, typed, strict=True):
        parts = _CAPITAL.split(word)
        if len(parts) > 1 and word.isalpha() and not is_known(form) and all(is_known(fold(p.lower())) for p in parts):
            yield (word,), " ".join(parts)


def _divided(
    typed: Sequence[str], is_known: IsKnown, apart: StandApart, shortest: int
) -> Iterator[tuple[tuple[str, ...], str]]:
    for word in typed:
        if not _is_plain(word) or is_known(word):
            continue
        parts = [(word[:at], word[at:]) for at in range(_HYPHENATED_PART, len(word) - _HYPHENATED_PART)]
        parts.sort(key=lambda pair: abs(len(pair[0]) - len(pair[1])))
        means = next((f"{first}-{second}" for first, second in parts if is_known(f"{first}-{second}")), "")
        if not means:
            long = ((first, second) for first, second in parts if min(len(first), len(second)) >= shortest)
            both = ((first, second) for first, second in long if is_known(first) and is_known(second))
            means = next((f"{first} {second}" for first, second in both if apart(first, second)), "")
        if means:
            yield (word,), means


def _joined(typed: Sequence[str], is_known: IsKnown, apart: StandApart) -> Iterator[tuple[tuple[str, ...], str]]:
    for word in typed:
        if "-" in word and not is_known(word) and _is_plain(joined := word.replace("-", "")) and is_known(joined):
            yield (word,), joined
    for first, second in pairwise(typed):
        joined = first + second
        if is_known(f"{first}-{second}") and not (is_known(first) or is_known(second)):
            yield (first, second), f"{first}-{second}"
        are_words = len(first) >= _PART and (len(second) >= _PART or second in _PARTICLES) and first not in _INDEFINITE
        if are_words and _is_plain(joined) and is_known(joined) and not is_known(f"{first}-{second}"):
            if is_known(first) and is_known(second) and apart(first, second):
                continue
            yield (first, second), joined


def _is_plain(word: str) -> bool:
    """Letters of a script that is written with spaces, neither too few nor too many."""
    return _SHORTEST <= len(word) <= _LONGEST and word.isalpha() and ord(max(word)) < 0x250
