"""Features of each candidate article before fusion (cosines, BM25, coverage), and its best passage."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from index.analysis import family
from index.protocols import StoredVectors, Vectors
from index.ranking.fuse import Evidence, Floats
from index.ranking.retrievers import QueryTerms, is_compared
from index.storage.generation import Generation

Rows = NDArray[np.int64]

# With this many articles a language counts in full as another one.
_ENOUGH_ARTICLES = 20
# With hardly any in the query's language the others are favoured by so much less (docs/search.md).
_FEW_OWN = 0.25
# Candidates that stand for one without vectors.
_ALIKE = 3


def evidence_for(
    generation: Generation,
    rows: Rows,
    terms: Mapping[str, QueryTerms],
    vectors: dict[str, Vectors] | None,
    lang: str,
) -> tuple[Evidence, Rows, "WeighedPassages"]:
    """The evidence for each article row, the row of its best passage, and the evidence for all their passages."""
    count = len(rows)
    starts, ends = generation.first_passage[rows], generation.first_passage[rows + 1]
    lengths = ends - starts
    begins = np.cumsum(lengths) - lengths
    passages = np.arange(int(lengths.sum())) + np.repeat(starts - begins, lengths)

    generation.prepare_evidence(rows, passages, vectors)

    cosines = _cosines(generation.passage_vectors, passages, generation.passage_lang, vectors)
    keyword, keyword_z, passage_bm, passage_z, covered, exact = _keyword_evidence(
        generation, rows, passages, lengths, terms
    )
    windows = np.zeros(len(passages), np.float32)
    if vectors is not None and len(passages):
        windows = generation.windows.best(passages, generation.passage_lang[passages], generation.means, vectors)

    mix = _mix(cosines, windows, covered, passage_bm)
    best = _best(np.stack([cosines, passage_bm, passage_z, covered, windows, exact, mix]), begins, lengths)
    shown = _first_best(mix, best[-1], lengths) if len(passages) else np.zeros(count, np.int64)
    cosine, titles = best[0], _titles(generation, rows, vectors)
    mean, deviation = _spread(generation, vectors)
    return (
        Evidence(
            cosine=cosine,
            cosine_z=np.asarray((cosine - mean) / deviation, np.float32),
            keyword=keyword,
            keyword_z=keyword_z,
            passage=best[1],
            passage_z=best[2],
            coverage=best[3],
            window=best[4],
            exact=best[5],
            title=titles,
            own_title=titles,
            unique_title=generation.unique_title[rows].astype(np.float32),
            same_language=_same_language(generation, rows, lang),
        ),
        passages[shown],
        WeighedPassages(dict(zip(rows.tolist(), begins.tolist(), strict=True)), cosines, windows, covered, passage_bm),
    )


@dataclass(frozen=True, eq=False)
class WeighedPassages:
    """What speaks for each passage of some article rows, as PassageEvidence has it; those of a row stand together from
    `begins` on, in their order."""

    begins: Mapping[int, int]
    cosine: Floats
    window: Floats
    coverage: Floats
    keyword: Floats

    def of(self, row: int, count: int) -> Floats:
        """For each of the `count` passages of an article row: cosine, window, coverage and keyword."""
        own = slice(self.begins[row], self.begins[row] + count)
        return np.stack([self.cosine[own], self.window[own], self.coverage[own], self.keyword[own]], axis=1)


@dataclass(frozen=True)
class PassageEvidence:
    """What speaks for a passage among those of its article: how near it is in meaning, as a whole and by its nearest
    piece, the share of the question's words that it has, and BM25. `score` is what they come to."""

    passage: int
    score: float
    cosine: float
    window: float
    coverage: float
    keyword: float


def passages_of(
    generation: Generation, row: int, terms: Mapping[str, QueryTerms], vectors: dict[str, Vectors] | None
) -> list[PassageEvidence]:
    """The evidence of each passage of an article row, in order, as `evidence_for` weighs it."""
    rows = np.array([row], np.int64)
    passages = np.arange(int(generation.first_passage[row]), int(generation.first_passage[row + 1]))
    generation.prepare_evidence(rows, passages, vectors)
    cosines = _cosines(generation.passage_vectors, passages, generation.passage_lang, vectors)
    found = _keyword_evidence(generation, rows, passages, np.array([len(passages)]), terms)
    keyword, covered = found[2], found[4]
    windows = np.zeros(len(passages), np.float32)
    if vectors is not None and len(passages):
        windows = generation.windows.best(passages, generation.passage_lang[passages], generation.means, vectors)
    columns = (_mix(cosines, windows, covered, keyword), cosines, windows, covered, keyword)
    return [
        PassageEvidence(int(at), *(float(column[place]) for column in columns)) for place, at in enumerate(passages)
    ]


def _mix(cosines: Floats, windows: Floats, covered: Floats, keyword: Floats) -> Floats:
    """The passage to show has the greatest mix of semantic similarity, term coverage and BM25."""
    return np.asarray(np.nan_to_num((cosines + windows) / 2 + 0.3 * covered + 0.1 * keyword), np.float32)


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
    so crowd the results of one with a hundred. And of few articles in the query's language, the right one seldom has
    the words that those of a hundred have: the others are favoured somewhat less.
    """
    same: Floats = (generation.article_family[rows] == family(lang)).astype(np.float32)
    own = int((generation.article_family == family(lang)).sum())
    if same.all() or own == 0:
        return same
    same[same == 0] = _FEW_OWN * max(0.0, 1 - own / _ENOUGH_ARTICLES)
    few = same.copy()
    enough = min(_ENOUGH_ARTICLES, own)
    for tag in set(generation.article_lang[rows[few < 1]].tolist()):
        count = generation.articles_of_language[tag]
        if count < enough:
            others = (generation.article_lang[rows] == tag) & (few < 1)
            same[others] = np.maximum(few[others], 1 - count / enough)
    return same


def _cosines(stored: StoredVectors, rows: Rows, langs: NDArray[np.str_], vectors: dict[str, Vectors] | None) -> Floats:
    out = np.zeros(len(rows), np.float32)
    if vectors is None or len(rows) == 0:
        return out
    if len(vectors) == 1:
        return stored.products(rows, vectors[""])
    tags = langs[rows]
    for tag, vector in vectors.items():
        chosen = is_compared(tags, tag, vectors)
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
    if vectors is None or len(generation.title_articles) == 0:
        return np.zeros(len(rows), np.float32)
    starts = np.searchsorted(generation.title_articles, rows)
    ends = np.searchsorted(generation.title_articles, rows, side="right")
    lengths = ends - starts
    begins = np.cumsum(lengths) - lengths
    titles = np.arange(int(lengths.sum())) + np.repeat(starts - begins, lengths)
    cosines = _cosines(generation.title_vectors, titles, generation.title_lang, vectors)
    return np.asarray(_best(cosines[None, :], begins, lengths)[0])


def _keyword_evidence(
    generation: Generation, rows: Rows, passages: Rows, lengths: Rows, terms: Mapping[str, QueryTerms]
) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats]:
    """Of the articles BM25 and its z-score; of the passages both, coverage, and coverage by words as they are written:
    the share of the query's idf mass whose words occur unstemmed in each passage."""
    keyword, keyword_z = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
    passage_bm, passage_z, covered, exact = (np.zeros(len(passages), np.float32) for _ in range(4))
    families = generation.article_family[rows]
    for name, of_family in terms.items():
        is_own = families == name
        if not is_own.any():
            continue
        lexicon = generation.lexicons[name]
        # A place for each article or passage of the family; most often all are.
        own: slice | NDArray[np.bool_] = slice(None) if is_own.all() else is_own
        scores, _ = lexicon.articles.scores(generation.row_in_family[rows[own]], of_family.articles)
        mean, deviation = of_family.article_moments
        keyword[own] = scores / max(of_family.articles.mass, 1e-6)
        keyword_z[own] = (scores - mean) / max(deviation, 1e-3)
        own = own if isinstance(own, slice) else np.repeat(own, lengths)
        numbers = generation.passage_in_family[passages[own]]
        scores, share = lexicon.passages.scores(numbers, of_family.passages)
        mean, deviation = of_family.passage_moments
        passage_bm[own] = scores / max(of_family.passages.mass, 1e-6)
        passage_z[own] = (scores - mean) / max(deviation, 1e-3)
        covered[own] = share
        if of_family.exact is not None and of_family.exact.mass > 0 and len(numbers):
            exact[own] = generation.exact[name].level.scores(numbers, of_family.exact)[1]
        else:
            exact[own] = share
    # Clipped: with few or no known terms the deviation is near zero and z-scores explode.
    return keyword, np.clip(keyword_z, -5, 60), passage_bm, np.clip(passage_z, -5, 60), covered, exact


def share_titles(
    generation: Generation, rows: Sequence[int], evidence: Evidence, chosen: NDArray[np.bool_]
) -> Evidence:
    """The evidence of the chosen rows, with the best title cosine over all translations of each article."""
    keys = generation.key_number[np.asarray(rows, np.int64)]
    best = np.full(len(generation.rows_by_key), -np.inf, np.float32)
    np.maximum.at(best, keys, evidence.title)
    title = best[keys]
    return Evidence(**{name: values[chosen] for name, values in {**vars(evidence), "title": title}.items()})


def _best(values: Floats, begins: Rows, lengths: Rows) -> Floats:
    """The greatest of each row of values for each article, 0 where it has none; `begins` and `lengths` are where the
    article's values are."""
    out = np.zeros((len(values), len(lengths)), np.float32)
    some = lengths > 0
    if some.any():
        best = np.maximum.reduceat(values, begins[some], axis=1)
        out[:, some] = np.where(np.isfinite(best), best, 0.0)
    return out


def _first_best(values: Floats, best: Floats, lengths: Rows) -> Rows:
    """The place of each article's first value that is its best one."""
    places = np.flatnonzero(values == np.repeat(best, lengths))
    ends = np.cumsum(lengths)
    return np.asarray(places[np.minimum(np.searchsorted(places, ends - lengths), len(places) - 1)])
