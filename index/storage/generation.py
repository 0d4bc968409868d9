"""One immutable index generation: a folder that is written once, verified, and then only read.

    manifest.json         written last, as commit marker: a folder without it is half-built and is never opened
    articles.json         the articles, in row order
    passages.arrays       the body passages with their HTML, in row order
    titles.arrays         which article each title or question is of
    vectors.arrays        uncentred vectors of both, reused by the next generation
    passages.faiss        one centred vector a body passage   titles.faiss  one a title or question (half precision)
    passages.ivf, .cells  candidates for large collections (index/dense/inverted_file.py)
    windows.arrays        vectors of windows of passages (index/parts/windows.py)
    <family>/             the keyword engine's folder         <family>.arrays  term statistics (lexicon.py)
    <family>.exact, .forms  unstemmed words by passage (surface_forms.py)
    <family>.words        unstemmed words with their counts (index/query/spelling.py)
    <family>.written      the same by article, reused by the next generation
    means.npz             the means subtracted from vectors (index/parts/language_centering.py)
    spread.npz            mean and covariance of passage vectors
    pending.arrays        which passages and titles have no vector of their own yet; only where some have none

Rows are numbered from 0 in the order written, the same in every file.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis import family
from index.dense.faiss import FaissIndex
from index.keyword import engines
from index.parts import arrays
from index.parts.language_centering import Means
from index.parts.lexicon import Lexicon
from index.parts.passages import PassageTexts
from index.parts.surface_forms import SurfaceForms
from index.parts.windows import Windows
from index.parts.word_table import WordList
from index.protocols import DenseIndex, KeywordIndex, StoredVectors, Vectors
from index.query.spelling import Vocabulary
from kb.models import ArticleRef

# The vector of a passage or title: its own, none yet, or that of the text it takes the place of, until it has its own.
OWN, UNREAD, STAND_IN = 0, 1, 2
States = NDArray[np.uint8]
# Increment when the files or their computation change: older generations are then rebuilt, not read.
FORMAT = 5


class BrokenGeneration(RuntimeError):
    """The folder is incomplete, damaged or of another format; the message says which. Rebuild it."""


@dataclass(frozen=True)
class IndexedArticle:
    """The metadata of an article that ranking needs. `same_titles` counts articles of its language with the same title;
    `content` is a digest of its indexed fields."""

    lang: str
    slug: str
    key: str
    title: str
    category: str
    audience: str
    boost: float
    same_titles: int
    content: str = ""

    @property
    def ref(self) -> ArticleRef:
        return ArticleRef(self.lang, self.slug)


@dataclass(frozen=True)
class Manifest:
    """A generation's contents; `content` is a digest of its sources, `recipe` one of the code that built it.

    `excluded` are articles that authors exclude from search: [language, slug, content] of each. `pending` counts the
    passages and titles that have no vector of their own yet.
    """

    format: int
    fingerprint: str
    recipe: str
    content: str
    articles: int
    passages: int
    titles: int
    families: tuple[str, ...]
    languages: tuple[str, ...]
    built_at: str
    excluded: tuple[tuple[str, str, str], ...] = field(default=())
    pending: int = 0


class Generation:
    """An open generation. Every array is in row order; see the module's docstring."""

    def __init__(
        self, folder: Path, manifest: Manifest | None = None, articles: Sequence[IndexedArticle] | None = None
    ) -> None:
        """Raises BrokenGeneration when the folder cannot be opened. `manifest` and `articles` are of one that is being
        written, and has no files of them yet."""
        self.folder = folder
        self.name = str(folder)
        try:
            self.manifest = manifest or _manifest(folder)
            self.articles = (
                [IndexedArticle(**a) for a in _read(folder / "articles.json")] if articles is None else [*articles]
            )
            self.passages = PassageTexts.load(folder / "passages.arrays")
            titles = arrays.read(folder / "titles.arrays")
            self.title_articles = titles["article"].astype(np.int64)
            self.is_title = titles["is_title"]
            dense, titles_index = FaissIndex(folder / "passages.faiss"), FaissIndex(folder / "titles.faiss")
            self.dense: DenseIndex = dense
            self.titles: DenseIndex = titles_index
            self.lexicons = {f: Lexicon.load(folder / f) for f in self.manifest.families}
            self.keyword: Mapping[str, KeywordIndex] = {
                f: engines.open_folder(folder / f, lexicon) for f, lexicon in self.lexicons.items()
            }
            self.exact = {f: SurfaceForms.load(folder / f) for f in self.manifest.families}
            self.windows = Windows.load(folder / "windows.arrays")
            self.passage_state, self.title_state = self._pending()
            self.vocabularies = {f: Vocabulary.load(folder / f) for f in self.manifest.families}
            self.means = Means.load(folder / "means.npz")
            with (folder / "spread.npz").open("rb") as file, np.load(file) as spread:
                self.spread: tuple[Vectors, Vectors] = (spread["mean"], spread["covariance"])
            self.passage_vectors: StoredVectors = dense.vectors()
            self.title_vectors: StoredVectors = titles_index.vectors()
            self._number()
        except BrokenGeneration:
            raise
        except Exception as error:  # a damaged file may fail in any library's way; all mean the same here
            raise BrokenGeneration(f"{folder.name} cannot be read ({type(error).__name__}: {error})") from error

    def take_tables(self, before: "Generation") -> None:
        """Share the tables of words that are the same in another generation, rather than make them again: one changed
        article leaves those of all other languages as they are."""
        for name in {*self.manifest.families} & {*before.manifest.families}:
            if self.vocabularies[name] == before.vocabularies[name]:
                self.vocabularies[name] = before.vocabularies[name]
            lexicon, known = self.lexicons[name], before.lexicons[name]
            if isinstance(lexicon.words, WordList) and lexicon.words.is_same(known.words):
                lexicon.ids = known.ids
            exact, forms = self.exact[name], before.exact[name]
            if isinstance(exact.known_forms, WordList) and exact.known_forms.is_same(forms.known_forms):
                exact.ids = forms.ids

    def warm(self) -> None:
        """Compute the lazy properties that the first search would wait for."""
        for vocabulary in self.vocabularies.values():
            _ = vocabulary.by_plain
        for lexicon, forms in zip(self.lexicons.values(), self.exact.values(), strict=True):
            _ = lexicon.ids, forms.ids

    def nearest(
        self, asked: Sequence[tuple[DenseIndex, Vectors, int, NDArray[np.bool_] | None]]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.int64]]]:
        """For each (index, vector, depth, mask) the scores and rows of the nearest."""
        found = [index.search(vector[None, :], depth, among) for index, vector, depth, among in asked]
        return [(scores[0], rows[0]) for scores, rows in found]

    def by_words(
        self, asked: Sequence[tuple[str, Sequence[str], int, NDArray[np.bool_] | None]]
    ) -> list[list[tuple[int, float]]]:
        """For each (family, tokens, depth, mask) what the family's keyword engine finds."""
        # Most of a question's words are in no article of another language, and the engine takes longer to say so.
        known = ([token for token in tokens if token in self.lexicons[name].ids] for name, tokens, _, _ in asked)
        return [
            self.keyword[name].search(own, depth, among)
            for (name, _, depth, among), own in zip(asked, known, strict=True)
        ]

    def prepare_evidence(
        self, rows: NDArray[np.int64], passages: NDArray[np.int64], vectors: Mapping[str, Vectors] | None
    ) -> None:
        """Says that the evidence of these articles and passages is going to be read: nothing to do with files."""

    def prepare_ranked(self, rows: Sequence[int], passages: Sequence[int]) -> None:
        """Says that the vectors of these articles' passages are going to be read, and these passages shown."""

    def prepare_shown(self, passages: Sequence[int]) -> None:
        """Says that these passages are going to be shown."""

    def article_means(self, rows: Sequence[int]) -> Vectors:
        """The mean vector of each article's passages."""
        first = self.first_passage
        return self._means(self.passage_vectors, first[rows], first[np.asarray(rows, np.int64) + 1])

    def title_means(self, rows: Sequence[int]) -> Vectors:
        """The mean vector of each article's title and questions."""
        own = np.asarray(rows, np.int64)
        return self._means(
            self.title_vectors, np.searchsorted(self.title_articles, own),
            np.searchsorted(self.title_articles, own, side="right"),
        )  # fmt: skip

    def _means(self, stored: StoredVectors, first: NDArray[np.int64], last: NDArray[np.int64]) -> Vectors:
        """The mean of the vectors from `first` to `last` of each row, read all at once; zero where there are none."""
        counts = last - first
        rows = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)] or [np.zeros(0, np.int64)])
        owner = np.repeat(np.arange(len(counts)), counts)
        shares = (owner == np.arange(len(counts))[:, None]) / np.maximum(counts, 1)[:, None]
        return np.asarray(shares.astype(np.float32) @ stored[rows], np.float32)

    def _pending(self) -> tuple[States, States]:
        if not self.manifest.pending:
            return np.zeros(len(self.passages), np.uint8), np.zeros(len(self.title_articles), np.uint8)
        stored = arrays.read(self.folder / "pending.arrays")
        return stored["passages"], stored["titles"]

    @cached_property
    def unread(self) -> NDArray[np.bool_]:
        """Whether each article is still to be searched by its words only: no passage of it has any vector."""
        with_vectors = np.bincount(self.passage_article[self.passage_state != UNREAD], minlength=len(self.articles))
        has_passages = np.diff(self.first_passage) > 0
        return np.asarray((with_vectors == 0) & has_passages)

    @cached_property
    def pending_share(self) -> float:
        """The share of passages that have no vector of their own yet."""
        return float((self.passage_state != OWN).mean()) if self.manifest.pending and len(self.passages) else 0.0

    @cached_property
    def words_only(self) -> bool:
        """Whether no passage and no title has a vector yet, so that nothing can be found by its meaning."""
        return bool(
            self.manifest.pending and (self.passage_state == UNREAD).all() and (self.title_state == UNREAD).all()
        )

    def raw_vectors(self) -> tuple[Vectors, Vectors]:
        """Uncentred vectors of passages, and of titles and questions."""
        stored = arrays.read(self.folder / "vectors.arrays")
        return stored["passages"], stored["titles"]

    def _number(self) -> None:
        langs = [a.lang for a in self.articles]
        self.article_lang = np.array(langs)
        self.articles_of_language = Counter(langs)
        families = {lang: family(lang) for lang in self.articles_of_language}
        self.article_family = np.array([families[lang] for lang in langs])
        self.passage_article = self.passages.articles.astype(np.int64)
        self.passage_lang = self.article_lang[self.passage_article] if len(self.passages) else np.array([], str)
        self.title_lang = self.article_lang[self.title_articles] if len(self.title_articles) else np.array([], str)
        # Passages of an article are consecutive; these are their start offsets.
        self.first_passage = np.searchsorted(self.passage_article, np.arange(len(self.articles) + 1))
        # Row numbers within each family's lexicon and keyword engine.
        self.family_articles: dict[str, NDArray[np.int64]] = {}
        self.row_in_family = np.zeros(len(self.articles), np.int64)
        self.passage_in_family = np.zeros(len(self.passages), np.int64)
        passage_family = self.article_family[self.passage_article] if len(self.passages) else np.array([], str)
        for name in self.manifest.families:
            rows = np.flatnonzero(self.article_family == name)
            self.family_articles[name] = rows
            self.row_in_family[rows] = np.arange(len(rows))
            own = np.flatnonzero(passage_family == name)
            self.passage_in_family[own] = np.arange(len(own))
        self.unique_title = np.array([1.0 / max(1, a.same_titles) if a.title else 0.0 for a in self.articles])
        self.boost = np.array([a.boost for a in self.articles], np.float32)
        self.refs = [a.ref for a in self.articles]
        self.row_of = {ref: i for i, ref in enumerate(self.refs)}
        self.rows_by_key: dict[str, list[int]] = {}
        for row, article in enumerate(self.articles):
            self.rows_by_key.setdefault(article.key, []).append(row)
        # Translations of one article have the same number; languages are numbered as they come.
        numbers = {key: number for number, key in enumerate(self.rows_by_key)}
        self.key_number = np.array([numbers[a.key] for a in self.articles], np.int64)
        tags = {lang: number for number, lang in enumerate(self.articles_of_language)}
        self.language_number = np.array([tags[lang] for lang in langs], np.int64)
        self.is_translated = [len(self.rows_by_key[a.key]) > 1 for a in self.articles]
        # Kept here by index/headings.py: of articles that were looked at, their passages that have rows or terms, and
        # the names of these.
        self.row_names: dict[int, tuple[tuple[int, tuple[str, ...]], ...]] = {}
        # Likewise the passages that ask questions themselves, with these.
        self.row_questions: dict[int, tuple[tuple[int, tuple[str, ...]], ...]] = {}
        # Kept here by index/ranking/filters.py.
        self.filter_masks: dict[tuple[str | None, ...], NDArray[np.bool_]] = {}
        # Kept here by index/site_names.py: words of nearly every article, and whether they are names.
        self.site_names: dict[str, bool] = {}
        # Kept here by index/ranking/retrievers.py: three or fewer of passages, and of titles.
        self.language_masks: dict[tuple[str, ...], NDArray[np.bool_]] = {}


def _manifest(folder: Path) -> Manifest:
    stored = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if stored.get("format") != FORMAT:
        raise BrokenGeneration(f"{folder.name} has format {stored.get('format')}, this version reads {FORMAT}")
    return Manifest(
        **{
            **stored,
            "families": tuple(stored["families"]),
            "languages": tuple(stored["languages"]),
            "excluded": tuple((str(a), str(b), str(c)) for a, b, c in stored["excluded"]),
        }
    )


def _read(path: Path) -> list[Any]:
    value: list[Any] = json.loads(path.read_text(encoding="utf-8"))
    return value


def dump(path: Path, rows: Sequence[IndexedArticle]) -> None:
    """Write articles as JSON."""
    path.write_text(json.dumps([vars(r) for r in rows], ensure_ascii=False), encoding="utf-8")
