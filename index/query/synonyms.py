"""Pure: query expansion with authors' synonyms. They are not indexed, so a change takes effect at once.

A synonym's weight is half of its own idf, and at most half of the typed word's: articles that use the reader's own word
rank first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.texts.languages import fallbacks
from index.analysis import tokens
from index.parts.lexicon import Level, Lexicon, Terms
from index.query.word_forms import listed_words, places
from kb.source.search_hints import Hints

WEIGHT = 0.5
# A large synonym group would outweigh the typed words.
_MAX_SYNONYMS = 8
_MAX_EMBEDDED = 3
_LONG_TEXT = 200


@dataclass(frozen=True)
class Expansion:
    """Typed tokens, and the synonyms that expand them (as authors wrote them).

    `is_guess`: nobody who knows the articles said that they mean the same.
    """

    typed: tuple[str, ...]
    means: tuple[str, ...]
    is_guess: bool = False


def synonym_expansions(text: str, lang: str, hints: Hints) -> tuple[Expansion, ...]:
    """The expansions of a query in a language, one for each word or phrase that has synonyms."""
    synonyms = [s for tag in fallbacks(lang) for s in hints.synonyms.get(tag, ())]
    if not synonyms:
        return ()
    query = listed_words(text, lang)
    meanings: dict[tuple[str, ...], dict[str, None]] = {}
    for synonym in synonyms:
        listed = listed_words(synonym.typed, lang)
        for place in places(listed, query, lang) if listed else ():
            typed = tuple(word.token for word in query[place : place + len(listed)])
            meanings.setdefault(typed, {}).update(dict.fromkeys(synonym.means))
    return tuple(
        Expansion(typed, tuple(w for w in means if not places(listed_words(w, lang), query, lang))[:_MAX_SYNONYMS])
        for typed, means in meanings.items()
    )


def expand_text(text: str, expansions: Sequence[Expansion]) -> str:
    """The text to embed: the query with its synonyms appended in brackets.

    A long text is not expanded: its context already disambiguates it, and appended words would dominate the vector.
    """
    if len(text) > _LONG_TEXT:
        return text
    means = [word for expansion in expansions for word in expansion.means[:_MAX_EMBEDDED]]
    return f"{text} ({', '.join(means)})" if means else text


def means_tokens(expansions: Sequence[Expansion], lang: str) -> list[str]:
    """The tokens of all synonyms."""
    return list(
        dict.fromkeys(t for expansion in expansions for word in expansion.means for t in tokens(word, lang, query=True))
    )


def expand_terms(terms: Terms, level: Level, lexicon: Lexicon, expansions: Sequence[Expansion], lang: str) -> Terms:
    """A query's terms with those of its synonyms.

    The idf mass stays that of the typed words; only for a word that no article contains it becomes that of its best
    synonym, as coverage could otherwise never be full.
    """
    weights: dict[int, float] = {}
    typed, mass = set(terms.ids.tolist()), terms.mass
    for expansion in expansions:
        typed_ids = [lexicon.ids.get(t) for t in expansion.typed]
        whole, best = level.terms(typed_ids).mass, 0.0
        for word in expansion.means:
            found = _token_weights(word, whole, level, lexicon, lang)
            best = max(best, sum(found.values()))
            for number, idf in found.items():
                if number not in typed:
                    weights[number] = max(weights.get(number, 0.0), idf)
        if best and not any(number is not None for number in typed_ids):
            mass += best - whole
    if not weights:
        return terms
    return Terms(
        np.concatenate([terms.ids, np.array(list(weights), terms.ids.dtype)]),
        np.concatenate([terms.idf, np.array(list(weights.values()), terms.idf.dtype)]),
        mass,
    )


def _token_weights(word: str, whole: float, level: Level, lexicon: Lexicon, lang: str) -> dict[int, float]:
    """The weight of each token of a synonym of tokens with idf mass `whole`; empty if one is out of vocabulary."""
    ids = [lexicon.ids.get(t) for t in dict.fromkeys(tokens(word, lang, query=True))]
    if not ids or None in ids:
        return {}
    part = level.terms(ids)
    maximum = WEIGHT * whole / len(ids)
    return {n: min(WEIGHT * idf, maximum) for n, idf in zip(part.ids.tolist(), part.idf.tolist(), strict=True)}
