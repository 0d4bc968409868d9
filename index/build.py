"""Published articles become a new generation beside the one that serves; then one pointer moves.

Nothing is written if nothing changed. Only texts this model has never seen are embedded (index/embed/cache.py), so one
changed article costs its own passages. The generation before stays, for rollback.
"""

import fcntl
import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from index import centre
from index.analysis import FAMILIES, family, tokens
from index.dense import faiss as dense_faiss
from index.embed.cache import Progress, VectorCache
from index.generation import FORMAT, BrokenGeneration, Generation, IndexedArticle, IndexedPassage, Manifest, dump
from index.keyword import whoosh as keyword_whoosh
from index.lexicon import Lexicon
from index.protocols import Embedder, Vectors
from index.spelling import Vocabulary
from kb.passages import passages_of
from kb.types import Article, Passage, PassageKind

log = logging.getLogger("signpost.index")

POINTER = "current"
_DOCUMENTS = "documents.sha256"
_KEEP = 2
# A title says in a few words what the article is about; three times is worth it on every set (docs/search.md).
_TITLE_WEIGHT = 3


@dataclass(frozen=True)
class BuildReport:
    """What a build did. `changed` is False when the serving generation already held exactly this."""

    generation: str
    changed: bool
    articles: int
    passages: int
    embedded: int
    reused: int
    seconds: float


def bring_up_to_date(
    articles: Sequence[Article],
    embedder: Embedder,
    folder: Path,
    progress: Progress | None = None,
    *,
    cache_folder: Path | None = None,
) -> BuildReport:
    """Make the serving generation below `folder` hold exactly these articles, embedded by this model.

    One build at a time a folder; a second one waits. Raises BrokenGeneration if what was written does not verify, in
    which case the old generation goes on serving.
    """
    began = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)
    indexed = _indexed(articles)
    passages = [passages_of(a) for a in indexed]
    with _locked(folder):
        digest = _digest(indexed, passages, embedder.fingerprint)
        serving = serving_generation(folder)
        count = sum(p.kind is PassageKind.BODY for some in passages for p in some)
        if serving and _manifest(serving).get("content") == digest and _sound(serving):
            seconds = time.perf_counter() - began
            return BuildReport(serving.name, False, len(indexed), count, 0, count, seconds)
        cache = VectorCache(cache_folder or folder / "vectors", embedder)
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{digest[:8]}"
        target = folder / "generations" / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        embedded = _write(target, indexed, passages, cache, embedder, digest, serving, progress)
        verify(target)
        point(folder, name)
        prune(folder)
        return BuildReport(name, True, len(indexed), count, embedded, count - embedded, time.perf_counter() - began)


def is_up_to_date(articles: Sequence[Article], fingerprint: str, folder: Path) -> bool:
    """Whether the serving generation already holds exactly these articles, embedded by the model of that name."""
    indexed = _indexed(articles)
    serving = serving_generation(folder)
    digest = _digest(indexed, [passages_of(a) for a in indexed], fingerprint)
    return serving is not None and _manifest(serving).get("content") == digest and _sound(serving)


def _indexed(articles: Sequence[Article]) -> list[Article]:
    return sorted((a for a in articles if not a.exclude), key=lambda a: (a.lang, a.slug))


def serving_generation(folder: Path) -> Path | None:
    """The folder of the generation the pointer names, or None."""
    try:
        name = (folder / POINTER).read_text(encoding="utf-8").strip()
    except OSError:
        return None
    path = folder / "generations" / name
    return path if name and (path / "manifest.json").is_file() else None


def point(folder: Path, name: str) -> None:
    """Let `name` serve, atomically."""
    fresh = folder / f"{POINTER}.{os.getpid()}"
    with fresh.open("w", encoding="utf-8") as file:
        file.write(name + "\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / POINTER)


def generations(folder: Path) -> list[str]:
    """Names of the finished generations, oldest first."""
    found = sorted((folder / "generations").glob("*/manifest.json"), key=lambda p: p.stat().st_mtime)
    return [p.parent.name for p in found]


def earlier(folder: Path) -> list[str]:
    """Names of the finished generations older than the serving one, oldest first; all of them when none serves."""
    names, serving = generations(folder), serving_generation(folder)
    return names[: names.index(serving.name)] if serving else names


def prune(folder: Path) -> None:
    """Remove half-built generations and all but the serving one and the newest others."""
    serving = serving_generation(folder)
    keep = {*generations(folder)[-_KEEP:], serving.name if serving else ""}
    for path in (folder / "generations").iterdir():
        if path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)


def verify(path: Path) -> None:
    """Open a generation and check that its parts agree. Raises BrokenGeneration."""
    found = Generation(path)
    manifest = found.manifest
    rows = {
        "articles": (len(found.articles), manifest.articles),
        "passages": (len(found.passages), manifest.passages),
        "passage vectors": (len(found.passage_vectors), manifest.passages),
        "titles": (len(found.title_articles), manifest.titles),
        "title vectors": (len(found.title_vectors), manifest.titles),
    }
    for name in manifest.families:
        size = len(found.family_articles[name])
        rows[f"{name} keyword rows"] = (found.keyword[name].__len__(), size)  # type: ignore[attr-defined]
        rows[f"{name} word statistics"] = (found.lexicons[name].articles.rows, size)
    for what, (have, want) in rows.items():
        if have != want:
            raise BrokenGeneration(f"{path.name} holds {have} {what} instead of {want}")
    if len(found.passages):
        probe = len(found.passages) // 2
        scores, nearest = found.dense.search(found.passage_vectors[probe : probe + 1], 1)
        same = np.allclose(found.passage_vectors[int(nearest[0, 0])], found.passage_vectors[probe], atol=1e-5)
        if not same and not scores[0, 0] >= 0.999:
            raise BrokenGeneration(f"{path.name}: a passage does not find itself")


def _sound(path: Path) -> bool:
    """Whether a generation verifies; a damaged one is then built anew, although no article changed."""
    try:
        verify(path)
    except BrokenGeneration as error:
        log.error("index generation is built anew: %s", error)
        return False
    return True


def _write(
    target: Path,
    articles: Sequence[Article],
    passages: Sequence[tuple[Passage, ...]],
    cache: VectorCache,
    embedder: Embedder,
    digest: str,
    serving: Path | None,
    progress: Progress | None,
) -> int:
    body = [(row, p) for row, some in enumerate(passages) for p in some if p.kind is PassageKind.BODY]
    other = [(row, p) for row, some in enumerate(passages) for p in some if p.kind is not PassageKind.BODY and p.text]
    langs = [articles[row].lang for row, _ in body]
    vectors, embedded = cache.passages([p.embed_text for _, p in body], progress)
    title_vectors = cache.queries([p.embed_text for _, p in other])
    is_title = np.array([p.kind is PassageKind.TITLE for _, p in other], bool)
    other_langs = np.array([articles[row].lang for row, _ in other])
    means = centre.of_collection(
        centre.shipped(embedder.fingerprint, vectors.shape[1]),
        vectors, langs, title_vectors[is_title], list(other_langs[is_title]),
    )  # fmt: skip
    centred = _centre(vectors, langs, means.passage)
    centred_titles = title_vectors.copy()
    for flag, mean in ((True, means.title), (False, means.query)):
        chosen = is_title == flag
        centred_titles[chosen] = _centre(title_vectors[chosen], list(other_langs[chosen]), mean)

    same_titles: dict[tuple[str, str], int] = {}
    for a in articles:
        same_titles[a.lang, a.title] = same_titles.get((a.lang, a.title), 0) + 1
    dump(
        target / "articles.json",
        [
            IndexedArticle(
                a.lang, a.slug, a.key, a.title, a.category, a.audience, a.boost, same_titles[a.lang, a.title]
            )
            for a in articles
        ],
    )
    dump(target / "passages.json", [IndexedPassage(row, p.anchor, p.heading, p.text) for row, p in body])
    (target / "titles.json").write_text(json.dumps([row for row, _ in other]), encoding="utf-8")
    dense_faiss.write(target / "passages.faiss", centred)
    dense_faiss.write(target / "titles.faiss", centred_titles)
    means.save(target / "means.npz")
    spread = centred if len(centred) else np.zeros((1, vectors.shape[1]), np.float32)
    mean = spread.mean(axis=0)
    np.savez(target / "spread.npz", mean=mean, covariance=spread.T @ spread / len(spread) - np.outer(mean, mean))
    present = tuple(f for f in FAMILIES if any(family(a.lang) == f for a in articles))
    for name in present:
        rows = [row for row, a in enumerate(articles) if family(a.lang) == name]
        documents = [keyword_tokens(articles[row]) for row in rows]
        _write_keyword(target / name, documents, serving / name if serving else None)
        texts = [tokens(p.embed_text, articles[row].lang) for row, p in body if family(articles[row].lang) == name]
        Lexicon.of(documents, texts).save(target / name)
        Vocabulary.of((articles[row].lang, searched_text(articles[row])) for row in rows).save(target / name)
    manifest = Manifest(
        FORMAT, embedder.fingerprint, digest, len(articles), len(body), len(other), present,
        tuple(sorted({a.lang for a in articles})), datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip
    for path in sorted(target.rglob("*")):
        if path.is_file():
            _sync(path)
    (target / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
    _sync(target / "manifest.json")
    return embedded


def _write_keyword(folder: Path, documents: Sequence[Sequence[str]], before: Path | None) -> None:
    """The keyword engine's folder; linked from the serving generation's where a language's articles are the same.

    Writing them is most of what a small change costs. Files of a generation never change, so links are safe.
    """
    digest = hashlib.sha256(repr(documents).encode()).hexdigest()
    same = before is not None and (before / _DOCUMENTS).is_file() and (before / _DOCUMENTS).read_text() == digest
    if before is not None and same:
        shutil.copytree(before, folder, copy_function=_link)
        return
    keyword_whoosh.write(folder, documents)
    (folder / _DOCUMENTS).write_text(digest)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copy2(source, target)


def keyword_tokens(article: Article) -> list[str]:
    """What the keyword leg reads of an article: title (weighted), questions, synonyms, tags, summary and text."""
    return tokens("\n".join([*[article.title] * (_TITLE_WEIGHT - 1), searched_text(article)]), article.lang)


def searched_text(article: Article) -> str:
    """Everything of an article that keywords are looked for in, each once."""
    head = [article.title, *article.questions, *article.synonyms, *article.tags, article.summary]
    return "\n".join([*head, *(f"{s.heading}\n{s.text}" for s in article.sections)])


def _centre(vectors: Vectors, langs: Sequence[str], mean: Callable[[str], Vectors]) -> Vectors:
    out = vectors.copy()
    tags = np.array(langs)
    for lang in sorted(set(langs)):
        chosen = tags == lang
        out[chosen] = centre.centred(vectors[chosen], mean(lang))
    return out


def _digest(articles: Sequence[Article], passages: Sequence[tuple[Passage, ...]], fingerprint: str) -> str:
    """Everything that a generation depends on, so that equal digests mean equal generations."""
    means = centre.shipped(fingerprint, 1)
    shape = hashlib.sha256(f"{FORMAT} {fingerprint}".encode())
    for group in (means.passages, means.titles, means.queries):
        for lang in sorted(group):
            shape.update(lang.encode() + group[lang].tobytes())
    for article, some in zip(articles, passages, strict=True):
        fields = (
            article.lang, article.slug, article.key, article.title, article.category, article.audience, article.boost,
            article.synonyms, article.tags, article.summary, [(p.id, p.hash, p.anchor) for p in some],
            [s.heading for s in article.sections],
        )  # fmt: skip
        shape.update(repr(fields).encode())
    return shape.hexdigest()


def _manifest(path: Path) -> dict[str, object]:
    try:
        found: dict[str, object] = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        return found
    except (OSError, ValueError):
        return {}


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    # The lock dies with the process, so a killed build leaves nothing to clear.
    with (folder / "build.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
