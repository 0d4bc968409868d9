"""Index builds: a new immutable generation is written beside the serving one, then one pointer is swapped.

Nothing is written if nothing changed. Only texts without a cached vector are embedded (index/embed/cache.py), and rows
of unchanged articles are reused from the serving generation (generation_writer.py), so that the cost of a build is
proportional to what changed. The previous generation is kept for rollback.

Where much is to be embedded, a build goes in steps (`Steps`): the first generation has all words and the vectors that
are known, so that everything is found at once; further ones get the vectors as they come. Each is complete in itself,
so a build may be killed at any time, and any process goes on where it stopped. Between two steps the lock is free: a
smaller publish need not wait until all is embedded.
"""

import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count, islice
from pathlib import Path

from core.file_lock import LockHolder, locked
from index.analysis import forget_words
from index.embed.cache import Progress, VectorCache
from index.keyword import engines
from index.parts import language_centering
from index.parts.surface_forms import forget_forms
from index.protocols import Embedder
from index.storage import checksums, generation_writer
from index.storage.generation import FORMAT, BrokenGeneration, Generation, Manifest
from index.storage.generation_writer import GenerationSummary
from index.storage.pending import Gathered, pending_texts, with_stand_ins
from index.storage.status import LOCK, BuildStep, write_status
from index.storage.verification import Checked, open_verified, remember_open, verify_parts, verify_raw
from kb.models import Article, ArticleRef

log = logging.getLogger("signpost.index")

POINTER = "current"
_KEEP = 2
# New articles in one build from which on its memory is worth giving back.
_MANY = 200
# A build in steps: how long the lock is held at a time, the pause in which others may take it, how many texts are
# embedded between two looks at the clock, and how much longer than writing a generation the time until the next one is.
_SLICE_SECONDS, _GAP_SECONDS = 1.0, 0.02
_TEXTS_AT_ONCE = 16
_FOLD_SHARE = 8
# The modules that determine a generation's contents; when one of them changes, no rows are reused.
_RECIPE_MODULES = (
    "index/analysis", "index/measures", "index/parts/language_centering", "index/parts/windows", "index/query/spelling",
    "index/storage/generation_writer", "index/parts/lexicon", "index/parts/passages", "index/parts/row_reuse",
    "index/parts/surface_forms", "kb/passages", "kb/markup/quote", "kb/markup/quote_tree",
    "kb/markup/quote_pictures", "kb/markup/said",
    "core/texts/sentences",
)  # fmt: skip


@dataclass(frozen=True)
class BuildReport:
    """What a build did. `changed` is False when the serving generation was already up to date; else `opened` is the new
    generation, if it is open already. `pending` passages and titles have no vector of their own yet."""

    generation: str
    changed: bool
    articles: int
    passages: int
    embedded: int
    reused: int
    seconds: float
    pending: int = field(default=0, kw_only=True)
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


@dataclass(frozen=True)
class Steps:
    """How a build is cut into steps. At most `at_once` texts are embedded before the first generation serves; None: all
    of them. `stop` is asked before each batch that follows: the rest is then left to a later build. `waiting` hears who
    builds at the moment. Generations are at least `fold_seconds` apart."""

    at_once: int | None = None
    stop: Callable[[], bool] = lambda: False
    waiting: Callable[[LockHolder], object] | None = None
    fold_seconds: float = 10.0


def bring_up_to_date(
    articles: Sequence[Article] | IndexTarget | Callable[[], IndexTarget],
    embedder: Embedder,
    folder: Path,
    progress: Progress | None = None,
    *,
    cache_folder: Path | None = None,
    rebuild: bool = False,
    serve: Callable[[Generation], object] | None = None,
    ahead: Callable[[Generation | None], object] | None = None,
    steps: Steps | None = None,
) -> BuildReport:
    """Make the serving generation below `folder` contain exactly these articles, embedded by this model.

    With `rebuild`, only cached vectors are reused. Builds of one folder are serialised by a lock; a function that
    returns the articles is called when it is held. Raises BrokenGeneration if the new generation fails verification;
    the old one then stays in service.

    `serve` gets each new generation as soon as it serves, before older ones are removed and the keyword engine's
    segments are merged. `ahead` gets it sooner: as soon as it is whole and can be searched, before it is flushed and
    the pointer moves; and None if that fails, so that what served before is searched again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    cache = VectorCache(cache_folder or folder / "vectors", embedder)
    return _Build(articles, embedder, folder, cache, steps or Steps(), serve, ahead, progress).run(rebuild)


class _Build:
    """One build: what it has done so far, and its steps."""

    def __init__(
        self, articles: Sequence[Article] | IndexTarget | Callable[[], IndexTarget], embedder: Embedder, folder: Path,
        cache: VectorCache, steps: Steps, serve: Callable[[Generation], object] | None,
        ahead: Callable[[Generation | None], object] | None, progress: Progress | None,
    ) -> None:  # fmt: skip
        self._articles = articles
        self._fingerprint = embedder.fingerprint
        self._folder = folder
        self._cache = cache
        self._steps = steps
        self._serve = serve
        self._ahead = ahead
        self._progress = progress
        self._began, self._since = time.perf_counter(), time.time()
        self._changed = False
        self._embedded = 0
        self._damaged: Path | None = None

    def run(self, rebuild: bool) -> BuildReport:
        try:
            with locked(self._folder / LOCK, self._steps.waiting):
                name, manifest, opened = self._write_words(rebuild)
            while manifest.pending and not self._steps.stop():
                found = self._embed(opened or Generation(self._folder / "generations" / name))
                if found is None:
                    break
                name, manifest, opened = found
        finally:
            write_status(self._folder, BuildStep.DONE, self._since)
        embedded = min(self._embedded, manifest.passages)
        return BuildReport(
            name, self._changed, manifest.articles, manifest.passages, embedded, manifest.passages - embedded,
            time.perf_counter() - self._began, opened if self._changed else None, pending=manifest.pending,
        )  # fmt: skip

    def _target(self) -> IndexTarget:
        if callable(self._articles):
            return self._articles()
        return self._articles if isinstance(self._articles, IndexTarget) else IndexTarget.of(self._articles)

    def _write_words(self, rebuild: bool = False) -> tuple[str, Manifest, Generation | None]:
        """The generation of all these articles, with the vectors that are known, or few to compute; written unless it
        serves already. The lock is held."""
        write_status(self._folder, BuildStep.WRITING, self._since)
        target_articles = self._target()
        digest = _digest(target_articles, self._fingerprint)
        serving = serving_generation(self._folder)
        previous = _open_serving(serving, self._fingerprint) if serving and not rebuild else None
        if previous is not None:
            try:
                if previous.generation.manifest.content == digest:
                    previous.wait()
                    return previous.generation.folder.name, previous.generation.manifest, previous.generation
                return self._write_next(target_articles, digest, previous, previous.generation)
            except Exception as failure:
                damage = str(failure) if isinstance(failure, checksums.DamagedSource) else previous.damage
                if not damage:
                    raise
                log.error("index generation is built anew: %s", damage)
        self._damaged = serving if serving and _is_damaged(serving) else None
        before = _open_readable(serving, self._fingerprint) if serving else None
        return self._write_next(target_articles, digest, None, before)

    def _write_next(
        self, target_articles: IndexTarget, digest: str, previous: "Checked | None", before: Generation | None
    ) -> tuple[str, Manifest, Generation | None]:
        target = _new_folder(self._folder, digest)
        manifest, summary, computed = _write(
            target, target_articles, previous.generation if previous else None, before, self._cache, self._fingerprint,
            digest, self._steps.at_once, self._progress,
        )  # fmt: skip
        self._embedded += computed
        found = self._take_into_service(target, manifest, previous, summary)
        if not _is_worn(target, found.manifest):
            return target.name, found.manifest, found
        return _compact(self._folder, target), found.manifest, None

    def _take_into_service(
        self, target: Path, manifest: Manifest, previous: "Checked | None" = None,
        summary: GenerationSummary | None = None,
    ) -> Generation:  # fmt: skip
        """Open what was written, flush it and move the pointer to it. Searched ahead of that, it is no less safe: after
        a crash the generation before serves, and whoever publishes builds this one again."""
        with _Commit(target, manifest, previous.generation.folder if previous else None) as commit:
            if self._ahead is None:
                if summary is not None:
                    summary.write_rest()
                commit.begin_checksums()
            found = Generation(target, manifest, summary.indexed if summary else None)
            verify_parts(target, found)
            if previous is not None:
                previous.wait()  # nothing is searched, or serves, that was made of damaged files
                found.take_tables(previous.generation)
            if self._ahead is not None:
                self._ahead(found)
            try:
                if self._ahead is not None and summary is not None:
                    summary.write_rest()
                verify_raw(target, found)
                commit.finish()
                remember_open(found)
                set_serving(self._folder, found.folder.name)
            except BaseException:
                if self._ahead is not None:
                    self._ahead(None)
                raise
        self._changed = True
        if self._serve:
            self._serve(found)
        if self._damaged is not None:  # nobody may go back to it
            shutil.rmtree(self._damaged, ignore_errors=True)
        prune(self._folder)
        return found

    def _embed(self, generation: Generation) -> tuple[str, Manifest, Generation | None] | None:
        """Embed what a generation lacks, with a new one now and then. Returns when nothing is pending, when it is to
        stop, or when another process has published meanwhile (then that generation); None when what is left cannot be
        embedded by this process now."""
        manifest = generation.manifest
        rows = manifest.passages + manifest.titles
        texts = pending_texts(generation, self._target().read)
        gathered, done, began = Gathered(), 0, time.monotonic()
        folded_at, fold_took, exhausted = began, 0.0, False
        while not exhausted:
            if self._steps.stop():
                return generation.folder.name, generation.manifest, generation
            with locked(self._folder / LOCK, self._steps.waiting):
                if serving_generation(self._folder) != generation.folder:
                    return self._write_words() if self._is_ours() else None
                until = time.monotonic() + _SLICE_SECONDS
                while not exhausted and time.monotonic() < until and not self._steps.stop():
                    some = list(islice(texts, _TEXTS_AT_ONCE))
                    exhausted = not some
                    if some:
                        self._embedded += gathered.embed(some, self._cache)
                        done += len(some)
                now = time.monotonic()
                left = round((manifest.pending - done) * (now - began) / done) if done else None
                write_status(self._folder, BuildStep.EMBEDDING, self._since, rows - manifest.pending + done, rows, left)
                if self._progress:
                    self._progress(done, manifest.pending)
                due = now - folded_at > max(self._steps.fold_seconds, _FOLD_SHARE * fold_took)
                if gathered.texts and (exhausted or due):
                    generation = self._fold(generation, gathered)
                    folded_at = time.monotonic()
                    fold_took = folded_at - now
            time.sleep(_GAP_SECONDS)
        if generation.manifest.pending and not done:
            return None
        return generation.folder.name, generation.manifest, generation

    def _is_ours(self) -> bool:
        """Whether the serving generation is of this model: two processes of different models must not take turns."""
        serving = serving_generation(self._folder)
        return serving is not None and _open_readable(serving, self._fingerprint) is not None

    def _fold(self, generation: Generation, gathered: Gathered) -> Generation:
        before = generation.manifest
        target = _new_folder(self._folder, before.content)
        pending = generation_writer.fold_in(target, generation, gathered.take(), self._fingerprint)
        built_at = datetime.now(UTC).isoformat(timespec="seconds")
        return self._take_into_service(target, replace(before, pending=pending, built_at=built_at))


def is_up_to_date(articles: Sequence[Article] | IndexTarget, fingerprint: str, folder: Path) -> bool:
    """Whether the serving generation already contains exactly these articles, embedded by the model of that name."""
    target_articles = articles if isinstance(articles, IndexTarget) else IndexTarget.of(articles)
    serving = serving_generation(folder)
    previous = _open_serving(serving, fingerprint) if serving else None
    if previous is None or not previous.is_whole() or previous.generation.manifest.pending:
        return False
    return previous.generation.manifest.content == _digest(target_articles, fingerprint)


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
    """Remove half-built generations and all but the serving one, the newest others, and of those that have all their
    vectors the newest other, to go back to."""
    serving = serving_generation(folder)
    names = generations(folder)
    keep = {*names[-_KEEP:], serving.name if serving else ""}
    others = (n for n in reversed(names) if serving is None or n != serving.name)
    keep.add(next((n for n in others if is_complete(folder / "generations" / n)), ""))
    for path in (folder / "generations").iterdir():
        if path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)


def is_complete(path: Path) -> bool:
    """Whether a generation has all its vectors."""
    try:
        return not json.loads((path / "manifest.json").read_text(encoding="utf-8")).get("pending")
    except (OSError, ValueError):
        return False


def _open_serving(path: Path, fingerprint: str) -> Checked | None:
    """The serving generation, if its rows can be reused; None if it is damaged, of another model or recipe, which
    forces a rebuild although no article changed."""
    try:
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        if (manifest.get("format"), manifest.get("fingerprint"), manifest.get("recipe")) != (
            FORMAT, fingerprint, _recipe(),
        ):  # fmt: skip
            return None
        found = open_verified(path)
        if not checksums.is_written(path):  # a release before wrote none
            checksums.write(path)
        return found
    except (BrokenGeneration, OSError, ValueError) as error:
        log.error("index generation is built anew: %s", error)
        return None


def _is_damaged(path: Path) -> bool:
    try:
        checksums.check(path)
    except BrokenGeneration:
        return True
    return False


def _open_readable(path: Path, fingerprint: str) -> Generation | None:
    """The serving generation if it is of this model; its rows may not be reusable, but its vectors can stand in."""
    try:
        found = checksums.open_checked(path)
    except BrokenGeneration:
        return None
    return found if found.manifest.fingerprint == fingerprint else None


def _new_folder(folder: Path, digest: str) -> Path:
    """An empty folder for a generation, named by time and digest."""
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{digest[:8]}"
    candidates = (folder / "generations" / f"{name}{f'-{n}' if n else ''}" for n in count())
    target = next(path for path in candidates if not path.exists())
    target.mkdir(parents=True)
    return target


def _write(
    target: Path, target_articles: IndexTarget, previous: Generation | None, before: Generation | None,
    cache: VectorCache, fingerprint: str, digest: str, at_once: int | None, progress: Progress | None,
) -> tuple[Manifest, GenerationSummary, int]:  # fmt: skip
    """Write a generation (generation_writer.write); returns its manifest, its summary and the number of passages
    embedded. `before` has vectors that stand in for those that are missing, where more than `at_once` are."""
    # By plain tuples, whose hash and order cost a tenth of an ArticleRef's: there may be tens of thousands.
    previous_rows = {(a.lang, a.slug, a.content): row for row, a in enumerate(previous.articles)} if previous else {}
    found = [
        (ref, previous_rows.get((ref.lang, ref.slug, content), -1)) for ref, content in target_articles.contents.items()
    ]
    excluded = {
        ArticleRef(lang, slug)
        for lang, slug, content in (previous.manifest.excluded if previous else ())
        if target_articles.contents.get(ArticleRef(lang, slug)) == content
    }
    new_refs = [ref for ref, row in found if row < 0 and ref not in excluded]
    new_articles = {}
    for article in target_articles.read(new_refs) if new_refs else ():
        if article.exclude:
            excluded.add(article.ref)
        else:
            new_articles[article.ref] = generation_writer.NewArticle.of(article, target_articles.contents[article.ref])
    order = sorted((ref.lang, ref.slug, row) for ref, row in found if row >= 0 or ref in new_articles)
    new = [new_articles[ArticleRef(lang, slug)] for lang, slug, row in order if row < 0]
    passages = [p.embed_text for f in new for p in f.body]
    titles = [p.embed_text for f in new for p in f.titles]
    windows = [w for f in new for some in f.windows for w in some]
    known = cache.known(passages, titles, windows) if at_once is not None else None
    states = None
    if known is None or at_once is None or known.missing <= at_once:
        embedded = cache.vectors(passages, titles, windows, progress)
    else:
        known, states = with_stand_ins(known, new, before)
        embedded = known.batch
    summary = generation_writer.write(
        target, previous, [row for _, _, row in order], new, embedded, fingerprint, states
    )
    manifest = Manifest(
        FORMAT, fingerprint, _recipe(), digest, summary.articles, summary.passages, summary.titles, summary.families,
        summary.languages, datetime.now(UTC).isoformat(timespec="seconds"),
        tuple(sorted((ref.lang, ref.slug, target_articles.contents[ref]) for ref in excluded)), summary.pending,
    )  # fmt: skip
    if len(new) > _MANY:
        forget_words()
        forget_forms()
    return manifest, summary, embedded.computed


class _Commit:
    """Puts a written generation on the disk: every file and its checksum, and the manifest last. Flushing begins at
    once, beside whoever opens it."""

    def __init__(self, target: Path, manifest: Manifest, before: Path | None = None) -> None:
        """`before` is the generation that some of its files are links into."""
        self._target = target
        self._before = before
        self._manifest = json.dumps(asdict(manifest), indent=1).encode()
        self._pool = ThreadPoolExecutor(2, "index flush")
        self._files = self._there()
        self._flushed = self._pool.submit(generation_writer.sync_all, self._files)
        self._summed: Future[None] | None = None

    def __enter__(self) -> "_Commit":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def begin_checksums(self) -> None:
        """Compute them beside the caller, who then has fewer processors to itself."""
        if self._summed is None:
            self._summed = self._pool.submit(
                checksums.write, self._target, {"manifest.json": self._manifest}, self._before
            )

    def finish(self) -> None:
        self.begin_checksums()
        assert self._summed is not None  # noqa: S101
        self._flushed.result()
        begun = {*self._files}
        generation_writer.sync_all([path for path in self._there() if path not in begun])
        self._summed.result()
        path = self._target / "manifest.json"
        path.write_bytes(self._manifest)
        generation_writer.sync(path)

    def _there(self) -> list[Path]:
        """All files but the checksums, which are flushed where they are written."""
        own = (checksums.FILE, f".{checksums.FILE}")
        return [path for path in self._target.rglob("*") if path.is_file() and not path.name.startswith(own)]


def _is_worn(path: Path, manifest: Manifest) -> bool:
    return any(engines.is_worn(path / name) for name in manifest.families)


def _compact(folder: Path, source: Path) -> str:
    """Serve a copy of a generation with the keyword engine's segments merged; returns its name.

    Runs after the new generation serves, since it takes seconds.
    """
    previous = Generation(source)
    target = folder / "generations" / f"{source.name}-whole"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    generation_writer.rewrite_keyword(target, previous)
    with _Commit(target, previous.manifest, source) as commit:
        commit.begin_checksums()
        found = Generation(target, previous.manifest)
        verify_parts(target, found)
        verify_raw(target, found)
        commit.finish()
    remember_open(found)
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
    contents = sorted((ref.lang, ref.slug, content) for ref, content in target_articles.contents.items())
    shape.update("".join(f"{lang}\0{slug}\0{content}\0" for lang, slug, content in contents).encode())
    return shape.hexdigest()


@lru_cache(maxsize=1)
def _recipe() -> str:
    """A digest of the source of _RECIPE_MODULES."""
    root = Path(__file__).parents[2]
    found = hashlib.sha256()
    for name in _RECIPE_MODULES:
        found.update((root / f"{name}.py").read_bytes())
    return found.hexdigest()[:16]
