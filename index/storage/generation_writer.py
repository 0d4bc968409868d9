"""Writing one generation: rows kept of the one before, and rows of new articles, put together.

A generation written from nothing and one put together over many publishes are the same in everything that is read
(tests/index/test_assemble.py): what depends on all articles, such as means and word statistics, is computed anew
from rows that are not.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.analysis import FAMILIES, family, tokens
from index.dense import faiss as dense_faiss
from index.embed.cache import EmbeddingBatch
from index.keyword import whoosh as keyword_whoosh
from index.parts import arrays
from index.parts import language_centering as centre
from index.parts.lexicon import Bags, Lexicon, put_together
from index.parts.passages import IndexedPassage, PassageTexts
from index.parts.row_reuse import Run, borders, runs_of, spliced, widened
from index.parts.surface_forms import SurfaceForms, forms
from index.parts.windows import Windows
from index.protocols import Vectors
from index.query.spelling import Vocabulary, written
from index.storage.generation import Generation, IndexedArticle, dump
from kb.models import Article, Passage, PassageKind
from kb.passages import passages_of, windows_of

# A title says in a few words what the article is about; three times is worth it on every set (docs/search.md).
_TITLE_WEIGHT = 3


@dataclass(frozen=True)
class NewArticle:
    """An article that is new to the index. `asked` are its title and questions, `tokens` what the keyword leg reads,
    `written` the words as they stand there; `windows` are the pieces of each of `body`."""

    article: IndexedArticle
    body: tuple[Passage, ...]
    asked: tuple[Passage, ...]
    tokens: list[str]
    written: list[str]
    windows: tuple[list[str], ...]

    @staticmethod
    def of(article: Article, content: str) -> "NewArticle":
        some = passages_of(article)
        body = tuple(p for p in some if p.kind is PassageKind.BODY)
        return NewArticle(
            IndexedArticle(
                article.lang, article.slug, article.key, article.title, article.category, article.audience,
                article.boost, 1, content,
            ),
            body,
            tuple(p for p in some if p.kind is not PassageKind.BODY and p.text),
            keyword_tokens(article),
            written(searched_text(article), article.lang),
            tuple(windows_of(p) for p in body),
        )  # fmt: skip


@dataclass(frozen=True)
class GenerationSummary:
    """What a generation holds, for its manifest."""

    articles: int
    passages: int
    titles: int
    families: tuple[str, ...]
    languages: tuple[str, ...]


def keyword_tokens(article: Article) -> list[str]:
    """What the keyword leg reads of an article: title (weighted), questions, synonyms, tags, summary and text."""
    return tokens("\n".join([*[article.title] * (_TITLE_WEIGHT - 1), searched_text(article)]), article.lang)


def searched_text(article: Article) -> str:
    """Everything of an article that keywords are looked for in, each once."""
    head = [article.title, *article.questions, *article.synonyms, *article.tags, article.summary]
    return "\n".join([*head, *(f"{s.heading}\n{s.text}" for s in article.sections)])


def write(
    target: Path,
    before: Generation | None,
    sources: Sequence[int],
    fresh: Sequence[NewArticle],
    embedded: EmbeddingBatch,
    fingerprint: str,
) -> GenerationSummary:
    """Write all files of a generation but the manifest.

    `sources` says for each article in order which row of `before` it is, -1 for the next of `fresh`; `embedded` holds
    the vectors of the new ones' passages, titles and questions, and windows, in the same order.
    """
    runs = runs_of(sources)
    articles = _articles(before, sources, fresh)
    langs = np.array([a.lang for a in articles], str)
    body = _several(runs, before.first_passage if before else None, [len(f.body) for f in fresh])
    asked = _several(runs, _first_title(before), [len(f.asked) for f in fresh])
    dump(target / "articles.json", articles)
    _write_texts(target, before, body, fresh)
    is_title = spliced(
        asked.runs,
        before.is_title if before else np.zeros(0, bool),
        np.array([p.kind is PassageKind.TITLE for f in fresh for p in f.asked], bool),
    )
    arrays.write(target / "titles.arrays", {"article": asked.articles, "is_title": is_title})
    means = _write_vectors(target, before, body, asked, embedded, langs, is_title, fingerprint)
    windows = Windows.of([len(some) for f in fresh for some in f.windows], embedded.windows)
    windows = Windows.spliced(body.runs, before.windows if before else None, windows)
    windows.measured(langs[body.articles], means).save(target / "windows.arrays")
    present = tuple(f for f in FAMILIES if any(family(a.lang) == f for a in articles))
    for name in present:
        _write_words(target, name, before, sources, fresh, articles)
    for path in sorted(target.rglob("*")):
        if path.is_file():
            sync(path)
    return GenerationSummary(
        len(articles), len(body.articles), len(asked.articles), present, tuple(sorted({*langs.tolist()}))
    )


def rewrite_keyword(target: Path, before: Generation) -> None:
    """Write all files of a generation but the manifest: those of `before`, and the keyword engine's in one piece."""
    shutil.copytree(
        before.folder, target, copy_function=keyword_whoosh.link, dirs_exist_ok=True,
        ignore=lambda folder, names: [n for n in names if n == "manifest.json" or n in before.manifest.families],
    )  # fmt: skip
    for name in before.manifest.families:
        lexicon = before.lexicons[name]
        keyword_whoosh.write(target / name, [lexicon.document(row) for row in range(lexicon.articles.rows)])
        for path in sorted((target / name).rglob("*")):
            if path.is_file():
                sync(path)


def sync(path: Path) -> None:
    """See to it that a file is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


@dataclass(frozen=True)
class _RowGroups:
    """Rows of something an article has several of: where they come from, and which article each is of."""

    runs: list[Run]
    articles: NDArray[np.int32]


def _several(runs: Sequence[Run], old: NDArray[np.int64] | None, fresh: Sequence[int]) -> _RowGroups:
    """`old` holds where each old article's rows begin, `fresh` how many rows each new one has."""
    kept, new = old if old is not None else borders([]), borders(fresh)
    counts = spliced(runs, np.diff(kept), np.diff(new))
    return _RowGroups(widened(runs, kept, new), np.repeat(np.arange(len(counts), dtype=np.int32), counts))


def _first_title(before: Generation | None) -> NDArray[np.int64] | None:
    if before is None:
        return None
    return np.searchsorted(before.title_articles, np.arange(len(before.articles) + 1)).astype(np.int64)


def _articles(before: Generation | None, sources: Sequence[int], fresh: Sequence[NewArticle]) -> list[IndexedArticle]:
    new = iter(fresh)
    found = [before.articles[s] if before and s >= 0 else next(new).article for s in sources]
    same: dict[tuple[str, str], int] = {}
    for a in found:
        same[a.lang, a.title] = same.get((a.lang, a.title), 0) + 1
    return [a if a.same_titles == same[a.lang, a.title] else replace(a, same_titles=same[a.lang, a.title])
            for a in found]  # fmt: skip


def _write_texts(target: Path, before: Generation | None, body: _RowGroups, fresh: Sequence[NewArticle]) -> None:
    new = PassageTexts.of(IndexedPassage(0, p.anchor, p.heading, p.text) for f in fresh for p in f.body)
    old = before.passages if before else new
    PassageTexts.spliced(body.runs, old, new, body.articles).save(target / "passages.arrays")


def _write_vectors(
    target: Path, before: Generation | None, body: _RowGroups, asked: _RowGroups, embedded: EmbeddingBatch,
    langs: NDArray[np.str_], is_title: NDArray[np.bool_], fingerprint: str,
) -> centre.Means:  # fmt: skip
    old = before.raw_vectors() if before else (embedded.passages, embedded.queries)
    vectors: Vectors = spliced(body.runs, old[0], embedded.passages)
    titles: Vectors = spliced(asked.runs, old[1], embedded.queries)
    arrays.write(target / "vectors.arrays", {"passages": vectors, "titles": titles})
    body_langs, title_langs = langs[body.articles], langs[asked.articles]
    means = centre.of_collection(
        centre.shipped(fingerprint, vectors.shape[1]),
        vectors,
        body_langs.tolist(),
        titles[is_title],
        title_langs[is_title].tolist(),
    )
    means.save(target / "means.npz")
    for flag, mean in ((True, means.title), (False, means.query)):
        chosen = is_title == flag
        titles[chosen] = _centred(titles[chosen], title_langs[chosen], mean)
    dense_faiss.write(target / "titles.faiss", titles)
    vectors = _centred(vectors, body_langs, means.passage)
    dense_faiss.write(target / "passages.faiss", vectors)
    spread = vectors if len(vectors) else np.zeros((1, vectors.shape[1]), np.float32)
    mean = spread.mean(axis=0)
    np.savez(target / "spread.npz", mean=mean, covariance=spread.T @ spread / len(spread) - np.outer(mean, mean))
    return means


def _centred(vectors: Vectors, langs: NDArray[np.str_], mean: Callable[[str], Vectors]) -> Vectors:
    for lang in sorted(set(langs.tolist())):
        chosen = langs == lang
        vectors[chosen] = centre.centred(vectors[chosen], mean(lang))
    return vectors


def _write_words(
    target: Path, name: str, before: Generation | None, sources: Sequence[int], fresh: Sequence[NewArticle],
    articles: Sequence[IndexedArticle],
) -> None:  # fmt: skip
    """Word statistics and keyword engine of one family; linked from those before where its articles are the same."""
    own = [source for source, a in zip(sources, articles, strict=True) if family(a.lang) == name]
    new = [f for f in fresh if family(f.article.lang) == name]
    old = before if before and name in before.manifest.families else None
    rows = [int(old.row_in_family[s]) if old and s >= 0 else -1 for s in own]
    if old and rows == list(range(len(old.family_articles[name]))):
        for end in (".txt", ".arrays", ".words", ".written", ".forms", ".exact"):
            shutil.copyfile(old.folder / f"{name}{end}", target / f"{name}{end}")
        shutil.copytree(old.folder / name, target / name, copy_function=keyword_whoosh.link)
        return
    runs = runs_of(rows)
    first_passage = None
    if old:
        inside = old.family_articles[name]
        first_passage = borders(old.first_passage[inside + 1] - old.first_passage[inside])
    passage_runs = _several(runs, first_passage, [len(f.body) for f in new]).runs
    lexicon = Lexicon.spliced(
        old.lexicons[name] if old else None,
        runs,
        passage_runs,
        [f.tokens for f in new],
        [tokens(p.embed_text, f.article.lang) for f in new for p in f.body],
    )
    lexicon.save(target / name)
    exact = [forms(p.embed_text, f.article.lang) for f in new for p in f.body]
    SurfaceForms.spliced(old.exact[name] if old else None, passage_runs, exact).save(target / name)
    _write_vocabulary(target / name, old, name, runs, [f.written for f in new])
    if old:
        keyword_whoosh.splice(target / name, old.folder / name, rows, lexicon.document)
    else:
        keyword_whoosh.write(target / name, [lexicon.document(row) for row in range(len(own))])


def _write_vocabulary(
    target: Path, before: Generation | None, name: str, runs: Sequence[Run], fresh: Sequence[Sequence[str]]
) -> None:
    """Words as articles write them: of each article, and how often in all of them."""
    old = Bags(**arrays.read(before.folder / f"{name}.written")) if before else None
    words, (bags,) = put_together(
        before.vocabularies[name].words if before else (), [old] if old else None, [(runs, fresh)]
    )
    arrays.write(target.with_suffix(".written"), vars(bags))
    counts = np.bincount(bags.indices, bags.counts, len(words)).astype(int)
    Vocabulary(tuple(words), tuple(counts.tolist())).save(target)
