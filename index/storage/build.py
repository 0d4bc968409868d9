"""Published articles become a new generation beside the one that serves; then one pointer moves.

Nothing is written if nothing changed. Only texts that this model has never seen are embedded (index/embed/cache.py),
and all that is known of unchanged articles is taken from the serving generation (generation_writer.py), so that one
changed article costs little more than itself. The generation before stays, for rollback.
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
from index.parts import arrays
from index.parts import language_centering as centre
from index.protocols import Embedder
from index.storage import generation_writer as assemble
from index.storage.generation import FORMAT, BrokenGeneration, Generation, Manifest
from kb.models import Article, ArticleRef

log = logging.getLogger("signpost.index")

POINTER = "current"
_KEEP = 2
# What is in a generation is worked out by these; when one of them changes, nothing is taken over from the one before.
_MADE_BY = (
    "index/analysis", "index/parts/language_centering", "index/parts/windows", "index/query/spelling",
    "index/storage/generation_writer", "index/parts/lexicon", "index/parts/passages", "index/parts/row_reuse",
    "index/parts/surface_forms", "kb/passages",
)  # fmt: skip


@dataclass(frozen=True)
class BuildReport:
    """What a build did. `changed` is False when the serving generation already held exactly this; else `opened` is the
    new one where it is open already."""

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
    """The articles an index should hold: what each contains, as a digest, and how to read those that are new to it.

    Articles that authors exclude from search may be among them.
    """

    contents: Mapping[ArticleRef, str]
    read: Callable[[Collection[ArticleRef]], Sequence[Article]]

    @staticmethod
    def of(articles: Sequence[Article]) -> "IndexTarget":
        """Articles that are all at hand."""
        by_ref = {a.ref: a for a in articles}
        return IndexTarget({ref: _content(a) for ref, a in by_ref.items()}, lambda refs: [by_ref[r] for r in refs])


def bring_up_to_date(
    articles: Sequence[Article] | IndexTarget,
    embedder: Embedder,
    folder: Path,
    progress: Progress | None = None,
    *,
    cache_folder: Path | None = None,
    anew: bool = False,
) -> BuildReport:
    """Make the serving generation below `folder` hold exactly these articles, embedded by this model.

    With `anew`, nothing but vectors is taken over from it. One build at a time a folder; a second one waits. Raises
    BrokenGeneration if what was written does not verify, in which case the old generation goes on serving.
    """
    began = time.perf_counter()
    wanted = articles if isinstance(articles, IndexTarget) else IndexTarget.of(articles)
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        digest = _digest(wanted, embedder.fingerprint)
        serving = serving_generation(folder)
        before = _opened(serving, embedder.fingerprint) if serving and not anew else None
        if before and before.manifest.content == digest:
            held = before.manifest
            seconds = time.perf_counter() - began
            return BuildReport(before.folder.name, False, held.articles, held.passages, 0, held.passages, seconds)
        cache = VectorCache(cache_folder or folder / "vectors", embedder)
        target = _new_folder(folder, digest)
        made, embedded = _write(target, wanted, before, cache, embedder.fingerprint, digest, progress)
        found = _verified(target)
        point(folder, target.name)
        prune(folder)
        worn = _is_worn(target, made)
        name = _compacted(folder, target, digest) if worn else target.name
        seconds = time.perf_counter() - began
        return BuildReport(
            name, True, made.articles, made.passages, embedded, made.passages - embedded, seconds,
            None if worn else found,
        )  # fmt: skip


def is_up_to_date(articles: Sequence[Article] | IndexTarget, fingerprint: str, folder: Path) -> bool:
    """Whether the serving generation already holds exactly these articles, embedded by the model of that name."""
    wanted = articles if isinstance(articles, IndexTarget) else IndexTarget.of(articles)
    serving = serving_generation(folder)
    before = _opened(serving, fingerprint) if serving else None
    return before is not None and before.manifest.content == _digest(wanted, fingerprint)


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
    _verified(path)


def _verified(path: Path) -> Generation:
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
    for what, (have, want) in rows.items():
        if have != want:
            raise BrokenGeneration(f"{path.name} holds {have} {what} instead of {want}")
    if len(found.passages):
        probe = len(found.passages) // 2
        scores, nearest = found.dense.search(found.passage_vectors[probe : probe + 1], 1)
        same = np.allclose(found.passage_vectors[int(nearest[0, 0])], found.passage_vectors[probe], atol=1e-5)
        if not same and not scores[0, 0] >= 0.999:
            raise BrokenGeneration(f"{path.name}: a passage does not find itself")
    return found


def _opened(path: Path, fingerprint: str) -> Generation | None:
    """The serving generation, if a new one can be made from it; a damaged one is built anew, although no article
    changed, as is one of another model or made by other rules."""
    try:
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        if (manifest.get("format"), manifest.get("fingerprint"), manifest.get("recipe")) != (
            FORMAT, fingerprint, _recipe(),
        ):  # fmt: skip
            return None
        return _verified(path)
    except (BrokenGeneration, OSError, ValueError) as error:
        log.error("index generation is built anew: %s", error)
        return None


def _new_folder(folder: Path, digest: str) -> Path:
    """An empty folder for a generation, named by the time."""
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{digest[:8]}"
    taken = (folder / "generations" / f"{name}{f'-{n}' if n else ''}" for n in count())
    target = next(path for path in taken if not path.exists())
    target.mkdir(parents=True)
    return target


def _write(
    target: Path, wanted: IndexTarget, before: Generation | None, cache: VectorCache, fingerprint: str, digest: str,
    progress: Progress | None,
) -> tuple[Manifest, int]:  # fmt: skip
    """Write a generation; its manifest, and how many passages had to be embedded."""
    known = {a.ref: (row, a.content) for row, a in enumerate(before.articles)} if before else {}
    rows = {ref: known[ref][0] for ref, c in wanted.contents.items() if ref in known and known[ref][1] == c}
    excluded = {
        ArticleRef(lang, slug)
        for lang, slug, content in (before.manifest.excluded if before else ())
        if wanted.contents.get(ArticleRef(lang, slug)) == content
    }
    unknown = [ref for ref in wanted.contents if ref not in rows and ref not in excluded]
    fresh = {}
    for article in wanted.read(unknown) if unknown else ():
        if article.exclude:
            excluded.add(article.ref)
        else:
            fresh[article.ref] = assemble.NewArticle.of(article, wanted.contents[article.ref])
    order = sorted((*rows, *fresh), key=lambda ref: (ref.lang, ref.slug))
    new = [fresh[ref] for ref in order if ref in fresh]
    embedded = cache.vectors(
        [p.embed_text for f in new for p in f.body],
        [p.embed_text for f in new for p in f.asked],
        [w for f in new for some in f.windows for w in some],
        progress,
    )
    made = assemble.write(target, before, [rows.get(ref, -1) for ref in order], new, embedded, fingerprint)
    manifest = Manifest(
        FORMAT, fingerprint, _recipe(), digest, made.articles, made.passages, made.titles, made.families,
        made.languages, datetime.now(UTC).isoformat(timespec="seconds"),
        tuple(sorted((ref.lang, ref.slug, wanted.contents[ref]) for ref in excluded)),
    )  # fmt: skip
    _write_manifest(target, manifest)
    return manifest, embedded.computed


def _write_manifest(target: Path, manifest: Manifest) -> None:
    (target / "manifest.json").write_text(json.dumps(asdict(manifest), indent=1), encoding="utf-8")
    assemble.sync(target / "manifest.json")


def _is_worn(path: Path, manifest: Manifest) -> bool:
    return any(keyword_whoosh.is_worn(path / name) for name in manifest.families)


def _compacted(folder: Path, worn: Path, digest: str) -> str:
    """Let a generation serve that is the same and has the keyword engine's files in one piece; its name.

    Only once what changed can be found already, since it takes seconds.
    """
    before = Generation(worn)
    target = folder / "generations" / f"{worn.name}-whole"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    assemble.rewrite_keyword(target, before)
    _write_manifest(target, before.manifest)
    verify(target)
    point(folder, target.name)
    shutil.rmtree(worn, ignore_errors=True)
    return target.name


def _content(article: Article) -> str:
    """A digest of everything of an article that goes into a generation."""
    fields = (
        article.lang, article.slug, article.key, article.title, article.category, article.audience, article.boost,
        article.questions, article.synonyms, article.tags, article.summary, article.sections, article.exclude,
    )  # fmt: skip
    return hashlib.blake2b(repr(fields).encode(), digest_size=16).hexdigest()


def _digest(wanted: IndexTarget, fingerprint: str) -> str:
    """Everything that a generation depends on, so that equal digests mean equal generations."""
    means = centre.shipped(fingerprint, 1)
    shape = hashlib.sha256(f"{FORMAT} {fingerprint} {_recipe()}".encode())
    for group in (means.passages, means.titles, means.queries):
        for lang in sorted(group):
            shape.update(lang.encode() + group[lang].tobytes())
    for ref in sorted(wanted.contents):
        shape.update(f"{ref.lang}\0{ref.slug}\0{wanted.contents[ref]}\0".encode())
    return shape.hexdigest()


@lru_cache(maxsize=1)
def _recipe() -> str:
    """A digest of the modules that work out what is in a generation."""
    root = Path(__file__).parents[2]
    found = hashlib.sha256()
    for name in _MADE_BY:
        found.update((root / f"{name}.py").read_bytes())
    return found.hexdigest()[:16]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    # The lock dies with the process, so a killed build leaves nothing to clear.
    with (folder / "build.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
