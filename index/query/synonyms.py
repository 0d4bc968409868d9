"""Pure: what authors' synonyms add to a question. Nothing is indexed for them, so a change counts at once.

A word that was not typed counts half of one that was, and never more than half of the word it stands for: an article
that says it as the reader does comes first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.languages import fallbacks
from index.analysis import tokens
from index.parts.lexicon import Level, Lexicon, Terms
from kb.hints import Hints

WEIGHT = 0.5
# A group of fifty words would drown what was typed.
_MOST = 8
_MOST_SPOKEN = 3
_LETTER = 200


@dataclass(frozen=True)
class Expansion:
    """Something typed (as tokens), and what it means besides (as authors wrote it)."""

    typed: tuple[str, ...]
    means: tuple[str, ...]


def added(text: str, lang: str, hints: Hints) -> tuple[Expansion, ...]:
    """The synonyms of what stands in a question of a language, one entry for each word or run of words."""
    known = [s for tag in fallbacks(lang) for s in hints.synonyms.get(tag, ())]
    if not known:
        return ()
    asked = tuple(tokens(text, lang, query=True))
    found: dict[tuple[str, ...], dict[str, None]] = {}
    for synonym in known:
        typed = tuple(tokens(synonym.typed, lang, query=True))
        if typed and _stands_in(typed, asked):
            found.setdefault(typed, {}).update(dict.fromkeys(synonym.means))
    return tuple(
        Expansion(typed, tuple(w for w in means if not _stands_in(tuple(tokens(w, lang, query=True)), asked))[:_MOST])
        for typed, means in found.items()
    )


def spoken(text: str, some: Sequence[Expansion]) -> str:
    """The question as the model should read it: with what the words mean behind it.

    A letter stays as it is: there a word's meaning stands around it, and one at the end would draw all to itself.
    """
    if len(text) > _LETTER:
        return text
    means = [word for one in some for word in one.means[:_MOST_SPOKEN]]
    return f"{text} ({', '.join(means)})" if means else text


def means_tokens(some: Sequence[Expansion], lang: str) -> list[str]:
    """The tokens that are looked for besides."""
    return list(dict.fromkeys(t for one in some for word in one.means for t in tokens(word, lang, query=True)))


def widened(terms: Terms, level: Level, lexicon: Lexicon, some: Sequence[Expansion], lang: str) -> Terms:
    """A question's terms with those of its synonyms.

    The mass stays, for what was typed is what is asked for; but of a word that no article has, what it means takes the
    place: it would otherwise count as missing for ever.
    """
    worth: dict[int, float] = {}
    typed, mass = set(terms.ids.tolist()), terms.mass
    for one in some:
        asked = [lexicon.ids.get(t) for t in one.typed]
        whole, best = level.terms(asked).mass, 0.0
        for word in one.means:
            found = _worth(word, whole, level, lexicon, lang)
            best = max(best, sum(found.values()))
            for number, idf in found.items():
                if number not in typed:
                    worth[number] = max(worth.get(number, 0.0), idf)
        if best and not any(number is not None for number in asked):
            mass += best - whole
    if not worth:
        return terms
    return Terms(
        np.concatenate([terms.ids, np.array(list(worth), terms.ids.dtype)]),
        np.concatenate([terms.idf, np.array(list(worth.values()), terms.idf.dtype)]),
        mass,
    )


def _worth(word: str, whole: float, level: Level, lexicon: Lexicon, lang: str) -> dict[int, float]:
    """What each token of a synonym counts beside typed ones that are worth `whole`; nothing if one is unknown."""
    ids = [lexicon.ids.get(t) for t in dict.fromkeys(tokens(word, lang, query=True))]
    if not ids or None in ids:
        return {}
    part = level.terms(ids)
    most = WEIGHT * whole / len(ids)
    return {n: min(WEIGHT * idf, most) for n, idf in zip(part.ids.tolist(), part.idf.tolist(), strict=True)}


def _stands_in(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    return any(whole[i : i + len(part)] == part for i in range(len(whole) - len(part) + 1))
