"""Candidate retrieval: a keyword retriever (BM25) and a dense retriever (nearest passages and titles)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.analysis import family, tokens, words
from index.parts.lexicon import Terms
from index.protocols import Vectors
from index.query.commonness import informativeness
from index.query.synonyms import Expansion, expand_terms, means_tokens
from index.storage.generation import UNREAD, Generation, States

# Articles taken from each retriever; they contain the answer for 98 to 100 % of questions.
RETRIEVER_DEPTH = 30
# Passages fetched to fill RETRIEVER_DEPTH articles, since one article may have many near passages.
PASSAGE_DEPTH = 200
_MAX_QUERY_TERMS = 60
_IS_CJK = re.compile("[\u2e80-\u9fff]")


def keyword_retriever(
    generation: Generation, text: str, lang: str, depth: int, expansions: Sequence[Expansion] = (),
    searched: NDArray[np.bool_] | None = None,
) -> dict[str, list[int]]:  # fmt: skip
    """BM25 candidates by language family: articles with the query's words or their synonyms, best first; of the
    article rows `searched` only, if given."""
    asked = []
    for name in generation.manifest.families:
        wanted_tokens = query_tokens(generation, name, text, lang)
        if expansions and name == family(lang):
            wanted_tokens = list(dict.fromkeys([*wanted_tokens, *means_tokens(expansions, lang)]))
        among = None if searched is None else searched[generation.family_articles[name]]
        asked.append((name, wanted_tokens, depth, among))
    found = generation.by_words(asked)
    return {
        f"keyword:{name}": [int(generation.family_articles[name][row]) for row, _score in hits]
        for (name, *_), hits in zip(asked, found, strict=True)
    }


@dataclass(frozen=True)
class QueryTerms:
    """A query's terms in one family, for its articles and for passages, each with mean and deviation of the query's
    BM25 (lexicon.Level.moments); and for passages as the words are written, None where the family has no such index."""

    articles: Terms
    passages: Terms
    article_moments: tuple[float, float]
    passage_moments: tuple[float, float]
    exact: Terms | None


def terms_of(
    generation: Generation, text: str, lang: str, expansions: Sequence[Expansion] = ()
) -> dict[str, QueryTerms]:
    """The query's terms in each family, with its synonyms at a lower weight."""
    terms = {}
    for name in generation.manifest.families:
        lexicon = generation.lexicons[name]
        pairs = query_words(generation, name, text, lang)
        ids = lexicon.lookup([token for token, _ in pairs])
        # An everyday word that no article has says little, though it is the rarest of all here; where articles have
        # none of the words there is nothing to weigh it against.
        everyday = sum(1 - informativeness(word) for (_, word), i in zip(pairs, ids, strict=True) if i is None)
        everyday = everyday if any(i is not None for i in ids) else 0
        hits = tuple(level.terms(ids, everyday) for level in (lexicon.articles, lexicon.passages))
        if expansions and name == family(lang):
            levels = zip(hits, (lexicon.articles, lexicon.passages), strict=True)
            hits = tuple(expand_terms(own, level, lexicon, expansions, lang) for own, level in levels)
        exact = generation.exact.get(name)
        terms[name] = QueryTerms(
            hits[0], hits[1], lexicon.articles.moments(hits[0]), lexicon.passages.moments(hits[1]),
            None if exact is None else exact.terms(text, lang if name == "und" else name),
        )  # fmt: skip
    return terms


def query_tokens(generation: Generation, name: str, text: str, lang: str) -> list[str]:
    """The query's distinct tokens under the analyzer of family `name`; of a long query only the rarest."""
    tag = lang if name == "und" else name
    hits = list(dict.fromkeys(token for token, _ in _typed_tokens(text, tag)))
    if len(hits) <= _MAX_QUERY_TERMS:
        return hits
    lexicon = generation.lexicons[name]
    frequency = {t: int(lexicon.articles.frequency[i]) for t in hits if (i := lexicon.ids.get(t)) is not None}
    return sorted(frequency, key=lambda t: frequency[t])[:_MAX_QUERY_TERMS]


def query_words(generation: Generation, name: str, text: str, lang: str) -> list[tuple[str, str]]:
    """`query_tokens` with the word each came from as typed; a pair of Chinese characters is its own word."""
    tag = lang if name == "und" else name
    typed: dict[str, str] = {}
    for token, word in _typed_tokens(text, tag):
        typed.setdefault(token, token if _IS_CJK.match(token) else word)
    return [(token, typed[token]) for token in query_tokens(generation, name, text, lang) if token in typed]


@lru_cache(maxsize=256)
def _typed_tokens(text: str, tag: str) -> tuple[tuple[str, str], ...]:
    """The tokens of a query in order, each with the word it came from: each step of a search asks for them."""
    return tuple((token, word) for word in words(text) for token in tokens(word, tag, query=True))


def dense_retriever(
    generation: Generation, vectors: dict[str, Vectors], depth: int, searched: NDArray[np.bool_] | None = None
) -> dict[str, list[int]]:
    """Dense candidates: articles of the nearest passages, and of the nearest titles and questions; of the article rows
    `searched` only, if given."""
    results = {}
    sources = (
        ("passages", generation.dense, generation.passage_article, generation.passage_lang, generation.passage_state,
         PASSAGE_DEPTH * depth // RETRIEVER_DEPTH),
        ("titles", generation.titles, generation.title_articles, generation.title_lang, generation.title_state,
         depth * 3),
    )  # fmt: skip
    asked = []
    for name, index, article_of, lang_of, _, fetch in sources:
        among = None if searched is None else searched[article_of]
        for tag, vector in vectors.items():
            own = _compared_rows(generation, name, lang_of, tag, vectors)
            if own is None or not index.skips(own):
                asked.append((index, vector, fetch, among))
            else:
                asked.append((index, vector, fetch, own if among is None else own & among))
    answers = iter(generation.nearest(asked))
    for name, _index, article_of, lang_of, state, _fetch in sources:
        found = [_of_language(*next(answers), tag, vectors, lang_of, state) for tag in vectors]
        scores = np.concatenate([scores for scores, _ in found])
        articles = article_of[np.concatenate([rows for _, rows in found])]
        articles = articles[np.argsort(-scores, kind="stable")]
        # Where each article stands first, in that order.
        first = np.sort(np.unique(articles, return_index=True)[1])[:depth]
        results[name] = articles[first].tolist()
    return results


def _of_language(
    scores: NDArray[np.float32], rows: NDArray[np.int64], tag: str, vectors: dict[str, Vectors],
    lang_of: NDArray[np.str_], state: States,
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:  # fmt: skip
    """The hits in the languages that the query vector `tag` is compared with, of those that have vectors."""
    found = rows >= 0
    best, numbers = scores[found], rows[found]
    with_vector = state[numbers] != UNREAD
    best, numbers = best[with_vector], numbers[with_vector]
    if len(vectors) == 1:
        return best, numbers
    own = is_compared(lang_of[numbers], tag, vectors)
    return best[own], numbers[own]


def _compared_rows(
    generation: Generation, name: str, lang_of: NDArray[np.str_], tag: str, vectors: Mapping[str, Vectors]
) -> NDArray[np.bool_] | None:
    """A mask of the rows of `name` (passages or titles) that the query vector `tag` is compared with; None for all."""
    if len(vectors) == 1:
        return None
    wanted = (name, tag, *sorted(vectors))
    masks = generation.language_masks
    if wanted not in masks:
        masks[wanted] = is_compared(lang_of, tag, vectors)
    return masks[wanted]


def is_compared(langs: NDArray[np.str_], tag: str, vectors: Mapping[str, Vectors]) -> NDArray[np.bool_]:
    """Which of some texts, in these languages, the query vector `tag` is compared with."""
    if tag:
        return np.asarray(langs == tag)
    rest = np.ones(len(langs), bool)
    for other in vectors:  # of two languages at most; np.isin would sort all tags
        if other:
            rest &= langs != other
    return rest


def translations(generation: Generation, rows: set[int], langs: Sequence[str]) -> set[int]:
    """Translations of the rows in `langs`: what is retrieved in one language may be shown in another."""
    translated, articles, wanted = generation.is_translated, generation.articles, frozenset(langs)
    keys = {articles[r].key for r in rows if translated[r]}
    return {r for key in keys for r in generation.rows_by_key[key] if articles[r].lang in wanted}


def representatives(generation: Generation, rows: Sequence[int], langs: Sequence[str]) -> NDArray[np.bool_]:
    """A mask of the translation that represents each article in ranking: the one in the first of `langs`.

    Other translations do not compete: a title in another language would be scored as if the article were in that
    language only. An article in none of `langs` is represented by all its translations.
    """
    own = np.asarray(rows, np.int64)
    rank = {lang: place for place, lang in reversed(list(enumerate(langs)))}
    place_of = np.array([rank.get(lang, len(langs)) for lang in generation.articles_of_language], np.int64)
    keys, places = generation.key_number[own], place_of[generation.language_number[own]]
    first = np.full(len(generation.rows_by_key), len(langs), np.int64)
    np.minimum.at(first, keys, places)
    return np.asarray(places == first[keys])


def vector_name(vectors: dict[str, Vectors], lang: str) -> str:
    """The key of the query vector that a text in `lang` is compared with."""
    return lang if lang in vectors else ""
