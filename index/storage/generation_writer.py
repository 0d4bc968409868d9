"""Writes one generation from reused rows of the previous one and rows of new articles.

A generation written from scratch and one of rows reused over many publishes are equal in everything that is
read (tests/index/test_generation_writer.py): what depends on all articles, such as means and term statistics, is
recomputed from the rows.
"""

import logging
import os
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.analysis import FAMILIES, family, tokens
from index.dense import faiss as dense_faiss
from index.dense import inverted_file
from index.embed.cache import EmbeddingBatch
from index.keyword import engines
from index.keyword.whoosh import link
from index.parts import arrays, language_centering
from index.parts.lexicon import Bags, Lexicon, merge_bags
from index.parts.passages import IndexedPassage, PassageTexts
from index.parts.row_reuse import Run, expand_runs, offsets, pieces_of, reuse_rows, runs_of
from index.parts.surface_forms import SurfaceForms, forms
from index.parts.windows import Windows
from index.protocols import Vectors
from index.query.spelling import Vocabulary, surface_words
from index.storage.generation import OWN, UNREAD, Generation, IndexedArticle, States, dump
from kb.markup.quote import Quote, quote_of_text, quotes_of, squeezed
from kb.models import Article, Passage, PassageKind
from kb.passages import passages_of, windows_of

log = logging.getLogger("signpost.index")

# Field weight: the title's term frequencies count three times, which helps on every set (docs/search.md).
_TITLE_WEIGHT = 3
_SYNCS = 8


@dataclass(frozen=True)
class NewArticle:
    """An article that is new to the index, prepared for writing. `titles` are its title and questions, `tokens` its
    keyword tokens, `words` its unstemmed words; `windows` are the windows of each passage of `body`, `quotes` its
    quotation."""

    article: IndexedArticle
    body: tuple[Passage, ...]
    titles: tuple[Passage, ...]
    tokens: list[str]
    words: list[str]
    windows: tuple[list[str], ...]
    quotes: tuple[Quote, ...]

    @staticmethod
    def of(article: Article, content: str) -> "NewArticle":
        passages = passages_of(article)
        body = tuple(p for p in passages if p.kind is PassageKind.BODY)
        return NewArticle(
            IndexedArticle(
                article.lang, article.slug, article.key, article.title, article.category, article.audience,
                article.boost, 1, content,
            ),
            body,
            tuple(p for p in passages if p.kind is not PassageKind.BODY and p.text),
            keyword_tokens(article),
            surface_words(searched_text(article), article.lang),
            tuple(windows_of(p) for p in body),
            _quotes(article, body),
        )  # fmt: skip

    def indexed(self) -> list[IndexedPassage]:
        """Its passages as they are stored."""
        return [
            IndexedPassage(0, p.anchor, p.heading, p.text, quote.html, tuple(sentence_windows(p.text, quote, windows)))
            for p, quote, windows in zip(self.body, self.quotes, self.windows, strict=True)
        ]


def _quotes(article: Article, body: Sequence[Passage]) -> tuple[Quote, ...]:
    """An article's quotations; of one at which the program fails the text, since no article may keep the others from
    being searched."""
    try:
        return quotes_of(article, body)
    except Exception as error:  # whatever a stranger's HTML makes a reader raise
        log.warning("%s/%s is quoted as text: %s: %s", article.lang, article.slug, type(error).__name__, error)
        return tuple(quote_of_text(passage.text) for passage in body)


def sentence_windows(text: str, quote: Quote, windows: Sequence[str]) -> list[tuple[int, int, int]]:
    """(start, end, window) of each sentence of a passage: the window that has its middle."""
    ends = np.cumsum([len(squeezed(window)) for window in windows])
    letters = np.cumsum([not letter.isspace() for letter in text])
    middles = [int(letters[(start + end) // 2]) for start, end in quote.sentences]
    found = np.minimum(np.searchsorted(ends, middles), len(ends) - 1).tolist()
    return [(start, end, window) for (start, end), window in zip(quote.sentences, found, strict=True)]


@dataclass(frozen=True)
class GenerationSummary:
    """A generation's counts, families and languages, for its manifest. `indexed` are its articles; `write_rest` writes
    the files that no search reads, for which a generation can be opened without: articles.json and vectors.arrays."""

    articles: int
    passages: int
    titles: int
    families: tuple[str, ...]
    languages: tuple[str, ...]
    pending: int
    indexed: Sequence[IndexedArticle] = field(repr=False)
    write_rest: Callable[[], None] = field(repr=False)


def keyword_tokens(article: Article) -> list[str]:
    """The tokens indexed by the keyword engine: title (weighted), questions, synonyms, tags, summary and text."""
    return tokens("\n".join([*[article.title] * (_TITLE_WEIGHT - 1), searched_text(article)]), article.lang)


def searched_text(article: Article) -> str:
    """All of an article's text that keyword search covers, each part once."""
    head = [article.title, *article.questions, *article.synonyms, *article.tags, article.summary]
    return "\n".join([*head, *(f"{s.heading}\n{s.text}" for s in article.sections)])


def write(
    target: Path,
    previous: Generation | None,
    sources: Sequence[int],
    new_articles: Sequence[NewArticle],
    embeddings: EmbeddingBatch,
    fingerprint: str,
    states: tuple[States, States] | None = None,
) -> GenerationSummary:
    """Write all files of a generation but the manifest, and what `write_rest` of the summary writes.

    `sources` is each article's row in `previous`, -1 for the next of `new_articles`; `embeddings` are the vectors of
    the new articles' passages, titles and questions, and windows, in the same order, and `states` says which of the
    passages and titles have no vector of their own yet.
    """
    runs = runs_of(sources)
    articles = _articles(previous, sources, new_articles)
    langs = np.array([a.lang for a in articles], str)
    by_lang = {lang: family(lang) for lang in sorted({*langs.tolist()})}
    families = tuple(name for name in FAMILIES if name in by_lang.values())
    body = _row_groups(runs, previous.first_passage if previous else None, [len(f.body) for f in new_articles])
    title_rows = _row_groups(runs, _first_title(previous), [len(f.titles) for f in new_articles])
    is_title = reuse_rows(
        title_rows.runs,
        previous.is_title if previous else np.zeros(0, bool),
        np.array([p.kind is PassageKind.TITLE for f in new_articles for p in f.titles], bool),
    )
    arrays.write(target / "titles.arrays", {"article": title_rows.articles, "is_title": is_title})
    groups = np.array([by_lang[lang] for lang in langs.tolist()], str)

    def write_words() -> None:
        for name in families:
            own = np.asarray(sources, np.int64)[groups == name]
            _write_words(target, name, previous, own, new_articles)

    def write_windows(means: language_centering.Means) -> None:
        new = Windows.of([len(pieces) for f in new_articles for pieces in f.windows], embeddings.windows)
        old, unread = previous.windows if previous else None, np.flatnonzero(raw.passage_state == UNREAD)
        Windows.save_spliced(target / "windows.arrays", body.runs, old, new, body_langs, means, unread)

    # Side by side: most of what is computed of vectors lets other threads run.
    with ThreadPoolExecutor(2) as pool:
        written = [
            pool.submit(write_words), pool.submit(_write_texts, target, previous, body, new_articles),
        ]  # fmt: skip
        raw = _raw_vectors(previous, body, title_rows, embeddings, states)
        body_langs, title_langs = langs[body.articles], langs[title_rows.articles]
        old_rows = np.arange(len(previous.passages) if previous else 0)
        passage_sources = reuse_rows(body.runs, old_rows, np.full(len(embeddings.passages), -1))
        means = _means(raw, body_langs, title_langs, is_title, fingerprint)
        written.append(pool.submit(write_windows, means))
        _write_vectors(target, raw, means, body_langs, title_langs, is_title, previous, passage_sources)
        for one in written:
            one.result()

    def write_rest() -> None:
        dump(target / "articles.json", articles)
        old = previous.raw_vectors() if previous else (embeddings.passages, embeddings.queries)
        _write_raw(
            target, pieces_of(body.runs, old[0], embeddings.passages),
            pieces_of(title_rows.runs, old[1], embeddings.queries),
        )  # fmt: skip

    return GenerationSummary(
        len(articles), len(body.articles), len(title_rows.articles), families, tuple(by_lang), raw.pending, articles,
        write_rest,
    )  # fmt: skip


@dataclass(frozen=True)
class _RawVectors:
    """Uncentred vectors of passages and titles, and which of them are their own (generation.States)."""

    passages: Vectors
    titles: Vectors
    passage_state: States
    title_state: States

    @property
    def pending(self) -> int:
        return int((self.passage_state != OWN).sum() + (self.title_state != OWN).sum())


@dataclass(frozen=True)
class ComputedVectors:
    """Vectors computed for pending rows of a generation: rows of passages and of titles, with the uncentred vectors,
    and the windows of those passages one after the other."""

    passage_rows: NDArray[np.int64]
    passages: Vectors
    windows: Vectors
    title_rows: NDArray[np.int64]
    titles: Vectors


def fold_in(target: Path, previous: Generation, computed: ComputedVectors, fingerprint: str) -> int:
    """Write all files of a generation but the manifest: `previous` with these vectors. Returns how many passages and
    titles still have none of their own."""
    old_passages, old_titles = previous.raw_vectors()
    raw = _RawVectors(
        old_passages.copy(), old_titles.copy(), previous.passage_state.copy(), previous.title_state.copy()
    )
    raw.passages[computed.passage_rows], raw.passage_state[computed.passage_rows] = computed.passages, OWN
    raw.titles[computed.title_rows], raw.title_state[computed.title_rows] = computed.titles, OWN
    written = {"manifest.json", "vectors.arrays", "pending.arrays", "means.npz", "spread.npz", "windows.arrays"}
    for path in previous.folder.iterdir():
        if path.is_dir():
            shutil.copytree(path, target / path.name, copy_function=link)
        elif path.name not in written and path.suffix not in {".faiss", ".ivf", ".cells"}:
            shutil.copyfile(path, target / path.name)
    langs = previous.passage_lang, previous.title_lang
    _write_raw(target, [raw.passages], [raw.titles])
    means = _means(raw, *langs, previous.is_title, fingerprint)
    _write_vectors(
        target, raw, means, *langs, previous.is_title, previous, np.arange(len(previous.passages))
    )  # fmt: skip
    windows = previous.windows.replaced(computed.passage_rows, computed.windows)
    windows = windows.with_lengths(previous.passage_lang, means).without(np.flatnonzero(raw.passage_state == UNREAD))
    windows.save(target / "windows.arrays")
    return raw.pending


def _raw_vectors(
    previous: Generation | None, body: "_RowGroups", title_rows: "_RowGroups", embeddings: EmbeddingBatch,
    states: tuple[States, States] | None,
) -> _RawVectors:  # fmt: skip
    old = previous.raw_vectors() if previous else (embeddings.passages, embeddings.queries)
    new_states = states or (
        np.zeros(len(embeddings.passages), np.uint8), np.zeros(len(embeddings.queries), np.uint8)
    )  # fmt: skip
    old_states = (previous.passage_state, previous.title_state) if previous else new_states
    return _RawVectors(
        reuse_rows(body.runs, old[0], embeddings.passages),
        reuse_rows(title_rows.runs, old[1], embeddings.queries),
        reuse_rows(body.runs, old_states[0], new_states[0]),
        reuse_rows(title_rows.runs, old_states[1], new_states[1]),
    )


def rewrite_keyword(target: Path, previous: Generation) -> None:
    """Write all files of a generation but the manifest: those of `previous`, with the keyword engine's rewritten."""
    shutil.copytree(
        previous.folder, target, copy_function=link, dirs_exist_ok=True,
        ignore=lambda folder, names: [n for n in names if n == "manifest.json" or n in previous.manifest.families],
    )  # fmt: skip
    for name in previous.manifest.families:
        engines.write(target / name, previous.lexicons[name])


def sync_all(files: Sequence[Path]) -> None:
    """Flush files to disk; several at once, which the file system writes together."""
    with ThreadPoolExecutor(_SYNCS) as pool:
        list(pool.map(sync, files))


def sync(path: Path) -> None:
    """Flush a file to disk (fsync)."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


@dataclass(frozen=True)
class _RowGroups:
    """The rows of a one-to-many relation (passages or titles of articles): their runs, and each row's article."""

    runs: list[Run]
    articles: NDArray[np.int32]


def _row_groups(runs: Sequence[Run], old: NDArray[np.int64] | None, new_counts: Sequence[int]) -> _RowGroups:
    """`old` holds where each old article's rows begin, `fresh` how many rows each new one has."""
    kept, new = old if old is not None else offsets([]), offsets(new_counts)
    counts = reuse_rows(runs, np.diff(kept), np.diff(new))
    return _RowGroups(expand_runs(runs, kept, new), np.repeat(np.arange(len(counts), dtype=np.int32), counts))


def _first_title(previous: Generation | None) -> NDArray[np.int64] | None:
    if previous is None:
        return None
    return np.searchsorted(previous.title_articles, np.arange(len(previous.articles) + 1)).astype(np.int64)


def _articles(
    previous: Generation | None, sources: Sequence[int], new_articles: Sequence[NewArticle]
) -> list[IndexedArticle]:
    new = iter(new_articles)
    indexed = [previous.articles[s] if previous and s >= 0 else next(new).article for s in sources]
    same: dict[tuple[str, str], int] = {}
    for a in indexed:
        same[a.lang, a.title] = same.get((a.lang, a.title), 0) + 1
    return [a if a.same_titles == same[a.lang, a.title] else replace(a, same_titles=same[a.lang, a.title])
            for a in indexed]  # fmt: skip


def _write_texts(
    target: Path, previous: Generation | None, body: _RowGroups, new_articles: Sequence[NewArticle]
) -> None:
    new = PassageTexts.of(passage for f in new_articles for passage in f.indexed())
    old = previous.passages if previous else new
    PassageTexts.reuse_rows(body.runs, old, new, body.articles).save(target / "passages.arrays")


def _means(
    raw: _RawVectors, body_langs: NDArray[np.str_], title_langs: NDArray[np.str_], is_title: NDArray[np.bool_],
    fingerprint: str,
) -> language_centering.Means:  # fmt: skip
    """The means of these vectors; what has no vector says nothing about the collection."""
    read, of_titles = raw.passage_state != UNREAD, is_title & (raw.title_state != UNREAD)
    return language_centering.of_collection(
        language_centering.shipped_means(fingerprint, raw.passages.shape[1]),
        raw.passages if read.all() else raw.passages[read],
        body_langs[read],
        raw.titles[of_titles],
        title_langs[of_titles],
    )


def _write_raw(target: Path, passages: Sequence[Vectors], titles: Sequence[Vectors]) -> None:
    arrays.write(target / "vectors.arrays", {"passages": passages, "titles": titles})


def _write_vectors(
    target: Path, raw: _RawVectors, means: language_centering.Means, body_langs: NDArray[np.str_],
    title_langs: NDArray[np.str_], is_title: NDArray[np.bool_], previous: Generation | None, sources: NDArray[np.int64],
) -> None:  # fmt: skip
    """Write all that is made of centred vectors but windows; `sources` is each passage's row in `previous`, -1 for
    none. `raw` is centred in place."""
    if raw.pending:
        arrays.write(target / "pending.arrays", {"passages": raw.passage_state, "titles": raw.title_state})
    means.save(target / "means.npz")
    vectors, titles = raw.passages, raw.titles
    # What has no vector is near nothing.
    read, titles_read = raw.passage_state != UNREAD, raw.title_state != UNREAD
    for flag, mean in ((True, means.title), (False, means.query)):
        chosen = is_title == flag
        some = titles[chosen]
        _subtract_language_means(some, title_langs[chosen], mean)
        titles[chosen] = some
    titles[~titles_read] = 0
    dense_faiss.write(target / "titles.faiss", titles)
    _subtract_language_means(vectors, body_langs, means.passage)
    vectors[~read] = 0
    dense_faiss.write(target / "passages.faiss", vectors)
    if not raw.pending:
        before = previous.folder / "passages.ivf" if previous else None
        inverted_file.write(target / "passages.ivf", vectors, titles, before, sources)
    spread = vectors if read.all() else vectors[read]
    spread = spread if len(spread) else np.zeros((1, vectors.shape[1]), np.float32)
    mean = spread.mean(axis=0)
    np.savez(target / "spread.npz", mean=mean, covariance=spread.T @ spread / len(spread) - np.outer(mean, mean))


def _subtract_language_means(vectors: Vectors, langs: NDArray[np.str_], mean: Callable[[str], Vectors]) -> None:
    """Centre each vector on the mean of its language, in place."""
    for lang, rows in language_centering.rows_by_language(langs).items():
        for some in language_centering.pieces(rows):
            vectors[some] = language_centering.subtract_mean(vectors[some], mean(lang))


def _write_words(
    target: Path, name: str, previous: Generation | None, sources: NDArray[np.int64],
    new_articles: Sequence[NewArticle],
) -> None:  # fmt: skip
    """Term statistics and keyword engine of one family; copied from the previous ones if its articles are unchanged.
    `sources` are those of its articles."""
    new = [f for f in new_articles if family(f.article.lang) == name]
    old = previous if previous and name in previous.manifest.families else None
    rows: list[int] = (np.where(sources >= 0, old.row_in_family[sources], -1) if old else sources * 0 - 1).tolist()
    if old and rows == list(range(len(old.family_articles[name]))):
        for end in (".txt", ".arrays", ".words", ".written", ".forms", ".exact"):
            shutil.copyfile(old.folder / f"{name}{end}", target / f"{name}{end}")
        shutil.copytree(old.folder / name, target / name, copy_function=link)
        return
    runs = runs_of(rows)
    first_passage = None
    if old:
        family_rows = old.family_articles[name]
        first_passage = offsets(old.first_passage[family_rows + 1] - old.first_passage[family_rows])
    passage_runs = _row_groups(runs, first_passage, [len(f.body) for f in new]).runs
    lexicon = Lexicon.reuse_rows(
        old.lexicons[name] if old else None,
        runs,
        passage_runs,
        [f.tokens for f in new],
        [tokens(p.embed_text, f.article.lang) for f in new for p in f.body],
    )
    lexicon.save(target / name)
    exact = [forms(p.embed_text, f.article.lang) for f in new for p in f.body]
    SurfaceForms.reuse_rows(old.exact[name] if old else None, passage_runs, exact).save(target / name)
    _write_vocabulary(target / name, old, name, runs, [f.words for f in new])
    if old:
        engines.update(target / name, old.folder / name, rows, lexicon)
    else:
        engines.write(target / name, lexicon)


def _write_vocabulary(
    target: Path, previous: Generation | None, name: str, runs: Sequence[Run], new_words: Sequence[Sequence[str]]
) -> None:
    """Unstemmed words: per article, and their total counts."""
    old = Bags(**arrays.read(previous.folder / f"{name}.written")) if previous else None
    words, (bags,) = merge_bags(
        previous.vocabularies[name].words if previous else (), [old] if old else None, [(runs, new_words)]
    )
    arrays.write(target.with_suffix(".written"), vars(bags))
    counts = np.bincount(bags.indices, bags.counts, len(words)).astype(int)
    Vocabulary(tuple(words), tuple(counts.tolist())).save(target)
