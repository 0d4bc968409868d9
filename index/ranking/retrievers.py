"""What proposes candidates: articles that hold the question's words, and articles near it in meaning."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from index.analysis import family, tokens
from index.parts.lexicon import Terms
from index.protocols import Vectors
from index.query.synonyms import Expansion, means_tokens, widened
from index.storage.generation import Generation

# The best so many articles of each leg are candidates; they hold the answer for 98 to 100 % of questions.
RETRIEVER_DEPTH = 30
# Passages fetched to fill LEG_DEPTH articles: a few of each, since one article may hold many near ones.
PASSAGE_DEPTH = 200
_MAX_QUERY_TERMS = 60


def keyword_legs(
    generation: Generation, text: str, lang: str, depth: int, more: Sequence[Expansion] = ()
) -> dict[str, list[int]]:
    """Articles that hold the question's words, or synonyms of them, for each family, best first."""
    legs = {}
    for name in generation.manifest.families:
        wanted = query_tokens(generation, name, text, lang)
        if more and name == family(lang):
            wanted = list(dict.fromkeys([*wanted, *means_tokens(more, lang)]))
        found = generation.keyword[name].search(wanted, depth)
        legs[f"keyword:{name}"] = [int(generation.family_articles[name][row]) for row, _score in found]
    return legs


def terms_of(
    generation: Generation, text: str, lang: str, more: Sequence[Expansion] = ()
) -> dict[str, tuple[Terms, Terms]]:
    """The question's terms in each family, for articles and for passages, with its synonyms at less."""
    terms = {}
    for name in generation.manifest.families:
        lexicon = generation.lexicons[name]
        ids = lexicon.lookup(query_tokens(generation, name, text, lang))
        found = tuple(level.terms(ids) for level in (lexicon.articles, lexicon.passages))
        if more and name == family(lang):
            levels = zip(found, (lexicon.articles, lexicon.passages), strict=True)
            found = tuple(widened(own, level, lexicon, more, lang) for own, level in levels)
        terms[name] = (found[0], found[1])
    return terms


def query_tokens(generation: Generation, name: str, text: str, lang: str) -> list[str]:
    """The question's distinct tokens as family `name` writes them; of a long one the rarest, which decide."""
    tag = lang if name == "und" else name
    found = list(dict.fromkeys(tokens(text, tag, query=True)))
    if len(found) <= _MAX_QUERY_TERMS:
        return found
    lexicon = generation.lexicons[name]
    frequency = {t: int(lexicon.articles.frequency[i]) for t in found if (i := lexicon.ids.get(t)) is not None}
    return sorted(frequency, key=lambda t: frequency[t])[:_MAX_QUERY_TERMS]


def dense_legs(generation: Generation, vectors: dict[str, Vectors], depth: int) -> dict[str, list[int]]:
    """Articles of the nearest passages, and of the nearest titles and questions."""
    legs = {}
    sources = (
        ("passages", generation.dense, generation.passage_article, generation.passage_lang,
         PASSAGE_DEPTH * depth // RETRIEVER_DEPTH),
        ("titles", generation.titles, generation.title_articles, generation.title_lang, depth * 3),
    )  # fmt: skip
    for name, index, article_of, lang_of, fetch in sources:
        chosen: dict[int, float] = {}
        for tag, vector in vectors.items():
            scores, found = index.search(vector[None, :], fetch)
            rows = found[0][found[0] >= 0]
            langs = lang_of[rows]
            own = langs == tag if tag else ~np.isin(langs, [t for t in vectors if t])
            for article, score in zip(
                article_of[rows][own].tolist(), scores[0][: len(rows)][own].tolist(), strict=True
            ):
                chosen[article] = max(chosen.get(article, -1.0), score)
        legs[name] = sorted(chosen, key=lambda a: -chosen[a])[:depth]
    return legs


def translations(generation: Generation, rows: set[int], langs: Sequence[str]) -> set[int]:
    """The same articles in languages the reader reads: what is found in one language is shown in another."""
    keys = {generation.articles[r].key for r in rows}
    return {r for key in keys for r in generation.rows_by_key[key] if generation.articles[r].lang in langs}


def spokesmen(generation: Generation, rows: Sequence[int], langs: Sequence[str]) -> NDArray[np.bool_]:
    """Which of `rows` speak for their article: of its translations the one in the first of `langs`.

    Other translations do not compete: a title in another language would be weighed as if the article were in that
    language only. An article in none of `langs` is spoken for by all it has.
    """
    rank = {lang: i for i, lang in reversed(list(enumerate(langs)))}
    ranks = [rank.get(generation.articles[r].lang, len(langs)) for r in rows]
    best: dict[str, int] = {}
    for row, place in zip(rows, ranks, strict=True):
        key = generation.articles[row].key
        best[key] = min(place, best.get(key, place))
    return np.array([place == best[generation.articles[r].key] for r, place in zip(rows, ranks, strict=True)], bool)


def vector_name(vectors: dict[str, Vectors], lang: str) -> str:
    """Which of the question's vectors a text in `lang` is compared with."""
    return lang if lang in vectors else ""
