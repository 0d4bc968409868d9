"""Features of each candidate article before fusion (cosines, BM25, coverage), and its best passage."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index.analysis import family
from index.parts.lexicon import Terms
from index.protocols import StoredVectors, Vectors
from index.ranking.fuse import Evidence, Floats
from index.storage.generation import Generation

Rows = NDArray[np.int64]

# With this many articles a language counts in full as another one.
_ENOUGH_ARTICLES = 20
# Candidates that stand for one without vectors.
_ALIKE = 3


def evidence_for(
    generation: Generation,
    rows: Rows,
    terms: dict[str, tuple[Terms, Terms]],
    vectors: dict[str, Vectors] | None,
    lang: str,
    text: str,
) -> tuple[Evidence, Rows]:
    """The evidence for each article row, and the row of its best passage; `text` is the query."""
    count = len(rows)
    starts, ends = generation.first_passage[rows], generation.first_passage[rows + 1]
    lengths = ends - starts
    owner = np.repeat(np.arange(count), lengths)
    passages = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    passages = passages + np.repeat(starts, lengths)

    generation.prepare_evidence(rows, passages, vectors)

    cosines = _cosines(generation.passage_vectors, passages, generation.passage_lang, vectors)
    keyword, keyword_z, passage_bm, passage_z, covered = _keyword_evidence(generation, rows, passages, terms)

    exact = _exact(generation, passages, text, lang, covered)
    windows = np.zeros(len(passages), np.float32)
    if vectors is not None and len(passages):
        windows = generation.windows.best(passages, generation.passage_lang[passages], generation.means, vectors)

    # The passage to show: the greatest mix of semantic similarity, term coverage and BM25.
    order = np.lexsort((-((cosines + windows) / 2 + 0.3 * covered + 0.1 * passage_bm), owner))
    first = np.searchsorted(owner[order], np.arange(count))
    best = passages[order][first] if count else np.zeros(0, np.int64)

    cosine, titles = _best(cosines, owner, count), _titles(generation, rows, vectors)
    mean, deviation = _spread(generation, vectors)
    return (
        Evidence(
            cosine=cosine,
            cosine_z=np.asarray((cosine - mean) / deviation, np.float32),
            keyword=keyword,
            keyword_z=keyword_z,
            passage=_best(passage_bm, owner, count),
            passage_z=_best(passage_z, owner, count),
            coverage=_best(covered, owner, count),
            window=_best(windows, owner, count),
            exact=_best(exact, owner, count),
            title=titles,
            own_title=titles,
            unique_title=generation.unique_title[rows].astype(np.float32),
            same_language=_same_language(generation, rows, lang),
        ),
        best,
    )


def impute_meaning(evidence: Evidence, unread: NDArray[np.bool_]) -> Evidence:
    """The evidence with that of meaning filled in for articles that have no vectors yet: what candidates with about as
    many of the question's words have. Without any to compare with it stays."""
    read = ~unread
    if read.all() or unread.all():
        return evidence
    words = evidence.keyword + 0.5 * evidence.passage
    filled = {name: getattr(evidence, name).copy() for name in ("cosine", "cosine_z", "window", "title", "own_title")}
    for candidate in np.flatnonzero(unread):
        like = read & (evidence.same_language == evidence.same_language[candidate])
        rows = np.flatnonzero(like if like.any() else read)
        distance = np.abs(words[rows] - words[candidate])
        alike = rows[np.lexsort((-evidence.cosine[rows], distance))[:_ALIKE]]
        for name, values in filled.items():
            values[candidate] = getattr(evidence, name)[alike].mean()
    return replace(evidence, **filled)


def _same_language(generation: Generation, rows: Rows, lang: str) -> Floats:
    """1 for articles in the query's language, 0 for others; in between for a language with few articles.

    Fusion favours articles in another language, which cannot have the query's words. A language with two articles would
    so crowd the results of one with a hundred.
    """
    same: Floats = (generation.article_family[rows] == family(lang)).astype(np.float32)
    own = int((generation.article_family == family(lang)).sum())
    if same.all() or own == 0:
        return same
    enough = min(_ENOUGH_ARTICLES, own)
    for tag in set(generation.article_lang[rows[same == 0]].tolist()):
        count = generation.articles_of_language[tag]
        if count < enough:
            same[(generation.article_lang[rows] == tag) & (same == 0)] = 1 - count / enough
    return same


def _cosines(stored: StoredVectors, rows: Rows, langs: NDArray[np.str_], vectors: dict[str, Vectors] | None) -> Floats:
    out = np.zeros(len(rows), np.float32)
    if vectors is None or len(rows) == 0:
        return out
    if len(vectors) == 1:
        return stored.products(rows, vectors[""])
    tags = langs[rows]
    for tag, vector in vectors.items():
        chosen = tags == tag if tag else ~np.isin(tags, [t for t in vectors if t])
        out[chosen] = stored.products(rows[chosen], vector)
    return out


def _spread(generation: Generation, vectors: dict[str, Vectors] | None) -> tuple[float, float]:
    """Mean and standard deviation of the query's cosine over all passages, in closed form from their covariance."""
    if vectors is None:
        return 0.0, 1.0
    mean, covariance = generation.spread
    query = vectors[""]
    return float(mean @ query), float(np.sqrt(max(float(query @ covariance @ query), 1e-4)))


def _titles(generation: Generation, rows: Rows, vectors: dict[str, Vectors] | None) -> Floats:
    out = np.zeros(len(rows), np.float32)
    if vectors is None or len(generation.title_articles) == 0:
        return out
    starts = np.searchsorted(generation.title_articles, rows)
    ends = np.searchsorted(generation.title_articles, rows, side="right")
    lengths = ends - starts
    owner = np.repeat(np.arange(len(rows)), lengths)
    titles = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    titles = titles + np.repeat(starts, lengths)
    cosines = _cosines(generation.title_vectors, titles, generation.title_lang, vectors)
    out[lengths > 0] = _best(cosines, owner, len(rows))[lengths > 0]
    return out


def _keyword_evidence(
    generation: Generation, rows: Rows, passages: Rows, terms: dict[str, tuple[Terms, Terms]]
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    keyword, keyword_z = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
    passage_bm, passage_z, covered = (np.zeros(len(passages), np.float32) for _ in range(3))
    families = generation.article_family[rows]
    passage_families = generation.article_family[generation.passage_article[passages]]
    for name, (article_terms, passage_terms) in terms.items():
        lexicon = generation.lexicons[name]
        own = families == name
        scores, _ = lexicon.articles.scores(generation.row_in_family[rows[own]], article_terms)
        mean, deviation = lexicon.articles.moments(article_terms)
        keyword[own] = scores / max(article_terms.mass, 1e-6)
        keyword_z[own] = (scores - mean) / max(deviation, 1e-3)
        own = passage_families == name
        scores, share = lexicon.passages.scores(generation.passage_in_family[passages[own]], passage_terms)
        mean, deviation = lexicon.passages.moments(passage_terms)
        passage_bm[own] = scores / max(passage_terms.mass, 1e-6)
        passage_z[own] = (scores - mean) / max(deviation, 1e-3)
        covered[own] = share
    # Clipped: with few or no known terms the deviation is near zero and z-scores explode.
    return keyword, np.clip(keyword_z, -5, 60), passage_bm, np.clip(passage_z, -5, 60), covered


def share_titles(
    generation: Generation, rows: Sequence[int], evidence: Evidence, chosen: NDArray[np.bool_]
) -> Evidence:
    """The evidence of the chosen rows, with the best title cosine over all translations of each article."""
    best: dict[str, float] = {}
    translated = [(i, generation.articles[r].key) for i, r in enumerate(rows) if generation.is_translated[r]]
    title = evidence.title.copy()
    for i, key in translated:
        best[key] = max(float(title[i]), best.get(key, float(title[i])))
    for i, key in translated:
        title[i] = best[key]
    own = replace(evidence, title=title)
    return Evidence(**{name: values[chosen] for name, values in vars(own).items()})


def _exact(generation: Generation, passages: Rows, text: str, lang: str, covered: Floats) -> Floats:
    """Exact-form coverage: the share of the query's idf mass whose words occur unstemmed in each passage."""
    found = covered.copy()
    families = generation.article_family[generation.passage_article[passages]]
    for name, exact in generation.exact.items():
        own = families == name
        terms = exact.terms(text, lang if name == "und" else name)
        if terms.mass > 0 and own.any():
            found[own] = exact.level.scores(generation.passage_in_family[passages[own]], terms)[1]
    return found


def _best(values: Floats, owner: Rows, count: int) -> Floats:
    out = np.full(count, -np.inf, np.float32)
    np.maximum.at(out, owner, values)
    return np.where(np.isfinite(out), out, 0.0).astype(np.float32)
