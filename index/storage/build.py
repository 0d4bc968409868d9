"""Index builds: a new immutable generation is written beside the serving one, then one pointer is swapped.

Nothing is written if nothing changed. Only texts without a cached vector are embedded (index/embed/cache.py), and rows
of unchanged articles are reused from the serving generation (generation_writer.py), so that the cost of a build is
proportional to what changed. The previous generation is kept for rollback.
"""

import fcntl
import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from pathlib import Path

import numpy as np

from index.embed.cache import Progress, VectorCache
from index.keyword import whoosh as keyword_whoosh
from index.parts import arrays, language_centering
from index.protocols import Embedder
from index.storage import generation_writer
from index.storage.generation import FORMAT, BrokenGeneration, Generation, Manifest
from kb.models import Article, ArticleRef

log = logging.getLogger("signpost.index")

POINTER = "current"
_KEEP = 2
# The modules that determine a generation's contents; when one of them changes, no rows are reused.
_RECIPE_MODULES = (
    "index/analysis", "index/parts/language_centering", "index/parts/windows", "index/query/spelling",
    "index/storage/generation_writer", "index/parts/lexicon", "index/parts/passages", "index/parts/row_reuse",
    "index/parts/surface_forms", "kb/passages", "kb/markup/quote", "core/texts/sentences",
)  # fmt: skip


@dataclass(frozen=True)
class BuildReport:
    """What a build did. `changed` is False when the serving generation was already up to date; else `opened` is the new
    generation, if it is open already."""

    generation: str
    changed: bool
    articles: int
    passages: int
    embedded: int
    reused: int
    seconds: float
    opened: Generation | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class IndexTarget:
    """The articles an index should contain: their content digests, and how to read those that are new to it.

    Articles that authors exclude from search may be among them.
    """

    contents: Mapping[ArticleRef, str]
    read: Callable[[Collection[ArticleRef]], Sequence[Article]]

    @staticmethod
    def of(articles: Sequence[Article]) -> "IndexTarget":
        """From articles in memory."""
        by_ref = {a.ref: a for a in articles}
        return IndexTarget({ref: _content(a) for ref, a in by_ref.items()}, lambda refs: [by_ref[r] for r in refs])


def bring_up_to_date(
    articles: Sequence[Article] | IndexTarget,
    embedder: Embedder,
    folder: Path,
    progress: Progress | None = None,
    *,
    cache_folder: Path | None = None,
    rebuild: bool = False,
    serve: Callable[[Generation], object] | None = None,
) -> BuildReport:
    """Make the serving generation below `folder` contain exactly these articles, embedded by this model.

    With `rebuild`, only cached vectors are reused. Builds of one folder are serialised by a lock. Raises
    BrokenGeneration if the new generation fails verification; the old one then stays in service.

    `serve` gets the new generation as soon as it serves, before older ones are removed and the keyword engine's
    segments are merged.
    """
    began = time.perf_counter()
    target_articles = articles if isinstance(articles, IndexTarget) else IndexTarget.of(articles)
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        digest = _digest(target_articles, embedder.fingerprint)
        serving = serving_generation(folder)
        previous = _open_serving(serving, embedder.fingerprint) if serving and not rebuild else None
        if previous and previous.manifest.content == digest:
            unchanged = previous.manifest
            seconds = time.perf_counter() - began
            return BuildReport(
                previous.folder.name, False, unchanged.articles, unchanged.passages, 0, unchanged.passages, seconds
            )
        cache = VectorCache(cache_folder or folder / "vectors", embedder)
        target = _new_folder(folder, digest)
        manifest, embedded = _write(target, target_articles, previous, cache, embedder.fingerprint, digest, progress)
        found = _open_verified(target)
        set_serving(folder, target.name)
        if serve:
            serve(found)
        prune(folder)
        worn = _is_worn(target, manifest)
        name = _compact(folder, target, digest) if worn else target.name
        seconds = time.perf_counter() - began
        return BuildReport(
            name, True, manifest.articles, manifest.passages, embedded, manifest.passages - embedded, seconds,
            None if worn else found,
        )  # fmt: skip


def is_up_to_date(articles: Sequence[Article] | IndexTarget, fingerprint: str, folder: Path) -> bool:
    """Whether the serving generation already contains exactly these articles, embedded by the model of that name."""
    target_articles = articles if isinstance(articles, IndexTarget) else IndexTarget.of(articles)
    serving = serving_generation(folder)
    previous = _open_serving(serving, fingerprint) if serving else None
    return previous is not None and previous.manifest.content == _digest(target_articles, fingerprint)


def serving_generation(folder: Path) -> Path | None:
    """The folder of the generation the pointer names, or None."""
    try:
        name = (folder / POINTER).read_text(encoding="utf-8").strip()
    except OSError:
        return None
    path = folder / "generations" / name
    return path if name and (path / "manifest.json").is_file() else None


def set_serving(folder: Path, name: str) -> None:
    """Make generation `name` the serving one, atomically."""
    temporary = folder / f"{POINTER}.{os.getpid()}"
    with temporary.open("w", encoding="utf-8") as file:
        file.write(name + "\n")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / POINTER)


def generations(folder: Path) -> list[str]:
    """Names of the finished generations, oldest first."""
    found = sorted((folder / "generations").glob("*/manifest.json"), key=lambda p: p.stat().st_mtime)
    return [p.parent.name for p in found]


def earlier_generations(folder: Path) -> list[str]:
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
    _open_verified(path)


def _open_verified(path: Path) -> Generation:
    found = Generation(path)
    manifest = found.manifest
    try:
        for file in [*path.glob("*.arrays"), *path.glob("*.written"), *path.glob("*.exact")]:
            arrays.check(file)
        raw_passages, raw_titles = found.raw_vectors()
    except (OSError, ValueError) as error:
        raise BrokenGeneration(f"{path.name} cannot be read ({error})") from error
    rows = {
        "articles": (len(found.articles), manifest.articles),
        "passages": (len(found.passages), manifest.passages),
        "passage vectors": (len(found.passage_vectors), manifest.passages),
        "passage vectors as the model gave them": (len(raw_passages), manifest.passages),
        "titles": (len(found.title_articles), manifest.titles),
        "passages with windows": (len(found.windows.starts) - 1, manifest.passages),
        "title vectors": (len(found.title_vectors), manifest.titles),
        "title vectors as the model gave them": (len(raw_titles), manifest.titles),
    }
    for name in manifest.families:
        size = len(found.family_articles[name])
        rows[f"{name} keyword rows"] = (found.keyword[name].__len__(), size)  # type: ignore[attr-defined]
        rows[f"{name} word statistics"] = (found.lexicons[name].articles.rows, size)
        rows[f"{name} passages with words"] = (found.exact[name].level.rows, found.lexicons[name].passages.rows)
    for part, (actual, expected) in rows.items():
        if actual != expected:
            raise BrokenGeneration(f"{path.name} holds {actual} {part} instead of {expected}")
    if len(found.passages):
        probe = len(found.passages) // 2
        scores, nearest = found.dense.search(found.passage_vectors[probe : probe + 1], 1)
        same = np.allclose(found.passage_vectors[int(nearest[0, 0])], found.passage_vectors[probe], atol=1e-5)
        if not same and not scores[0, 0] >= 0.999:
            raise BrokenGeneration(f"{path.name}: a passage does not find itself")
    return found


def _open_serving(path: Path, fingerprint: str) -> Generation | None:
    """The serving generation, if its rows can be reused; None if it is damaged, of another model or recipe, which
    forces a rebuild although no article changed."""
    try:
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        if (manifest.get("format"), manifest.get("fingerprint"), manifest.get("recipe")) != (
            FORMAT, fingerprint, _recipe(),
        ):  # fmt: skip
            return None
        return _open_verified(path)
    except (BrokenGeneration, OSError, ValueError) as error:
        log.error("index generation is built anew: %s", error)
        return None


def _new_folder(folder: Path, digest: str) -> Path:
    """An empty folder for a generation, named by time and digest."""
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{digest[:8]}"
    candidates = (folder / "generations" / f"{name}{f'-{n}' if n else ''}" for n in count())
    target = next(path for path in candidates if not path.exists())
    target.mkdir(parents=True)
    return target


def _write(
    target: Path, target_articles: IndexTarget, previous: Generation | None, cache: VectorCache, fingerprint: str,
    digest: str, progress: Progress | None,
) -> tuple[Manifest, int]:  # fmt: skip
    """Write a generation; returns its manifest and the number of passages embedded."""
    previous_rows = {a.ref: (row, a.content) for row, a in enumerate(previous.articles)} if previous else {}
    rows = {
        ref: previous_rows[ref][0]
        for ref, c in target_articles.contents.items()
        if ref in previous_rows and previous_rows[ref][1] == c
    }
    excluded = {
        ArticleRef(lang, slug)
        for lang, slug, content in (previous.manifest.excluded if previous else ())
        if target_articles.contents.get(ArticleRef(lang, slug)) == content
    }
    new_refs = [ref for ref in target_articles.contents if ref not in rows and ref not in excluded]
    new_articles = {}
    for article in target_articles.read(new_refs) if new_refs else ():
        if article.exclude:
            excluded.add(article.ref)
        else:
            new_articles[article.ref] = generation_writer.NewArticle.of(article, target_articles.contents[article.ref])
    order = sorted((*rows, *new_articles), key=lambda ref: (ref.lang, ref.slug))
    new = [new_articles[ref] for ref in order if ref in new_articles]
    embedded = cache.vectors(
        [p.embed_text for f in new for p in f.body],
        [p.embed_text for f in new for p in f.titles],
        [w for f in new for some in f.windows for w in some],
        progress,
    )
    summary = generation_writer.write(
        target, previous, [rows.get(ref, -1) for ref in order], new, embedded, fingerprint
    )
    manifest = Manifest(
        FORMAT, fingerprint, _recipe(), digest, summary.articles, summary.passages, summary.titles, summary.families,
        summary.languages, datetime.now(UTC).isoformat(timespec="seconds"),
        tuple(sorted((ref.lang, ref.slug, target_articles.contents[ref]) for ref in excluded)),
    )  # fmt: skip
    _write_manifest(target, manifest)
    return manifest, embedded.computed


def _write_manifest(target: Path, manifest: Manifest) -> None:
    (target / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
    generation_writer.sync(target / "manifest.json")


def _is_worn(path: Path, manifest: Manifest) -> bool:
    return any(keyword_whoosh.is_worn(path / name) for name in manifest.families)


def _compact(folder: Path, source: Path, digest: str) -> str:
    """Serve a copy of a generation with the keyword engine's segments merged; returns its name.

    Runs after the new generation serves, since it takes seconds.
    """
    previous = Generation(source)
    target = folder / "generations" / f"{source.name}-whole"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    generation_writer.rewrite_keyword(target, previous)
    _write_manifest(target, previous.manifest)
    verify(target)
    set_serving(folder, target.name)
    shutil.rmtree(source, ignore_errors=True)
    return target.name


def _content(article: Article) -> str:
    """A digest of an article's indexed fields."""
    fields = (
        article.lang, article.slug, article.key, article.title, article.category, article.audience, article.boost,
        article.questions, article.synonyms, article.tags, article.summary, article.sections, article.exclude,
    )  # fmt: skip
    return hashlib.blake2b(repr(fields).encode(), digest_size=16).hexdigest()


def _digest(target_articles: IndexTarget, fingerprint: str) -> str:
    """A digest of everything a generation depends on, so that equal digests mean equal generations."""
    means = language_centering.shipped_means(fingerprint, 1)
    shape = hashlib.sha256(f"{FORMAT} {fingerprint} {_recipe()}".encode())
    for group in (means.passages, means.titles, means.queries):
        for lang in sorted(group):
            shape.update(lang.encode() + group[lang].tobytes())
    for ref in sorted(target_articles.contents):
        shape.update(f"{ref.lang}\0{ref.slug}\0{target_articles.contents[ref]}\0".encode())
    return shape.hexdigest()


@lru_cache(maxsize=1)
def _recipe() -> str:
    """A digest of the source of _RECIPE_MODULES."""
    root = Path(__file__).parents[2]
    found = hashlib.sha256()
    for name in _RECIPE_MODULES:
        found.update((root / f"{name}.py").read_bytes())
    return found.hexdigest()[:16]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    # flock is released with the process, so a killed build leaves no stale lock.
    with (folder / "build.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
