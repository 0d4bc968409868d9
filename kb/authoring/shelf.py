"""The articles folder as an editor's pages show it: every article with its state, what lint says of it, and what an
article would look like with a text that is not saved yet."""

import threading
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from core.ended_process import KeptProcess
from kb.errors import KbError
from kb.findings import Finding
from kb.lint import ContactForms, lint
from kb.markup.markdown import Converter
from kb.models import Article, ArticleRef
from kb.source.folder_reader import FolderReading, ReadingCache, Source, read_draft, read_folder
from kb.source.folder_texts import TEXT


@dataclass(frozen=True)
class Look:
    """The folder as it was read last, with the findings of each path. `users` are the articles that include a text, by
    its path."""

    reading: FolderReading
    day: date
    findings: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    paths: frozenset[str] = frozenset()
    users: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def _by_path(self) -> Mapping[str, Article]:
        return {one.source: one for one in self.reading.articles}

    def article(self, path: str) -> Article | None:
        """What the file at this path said."""
        return self._by_path.get(path)

    @cached_property
    def languages(self) -> list[str]:
        """Those visitors read something in."""
        return sorted({one.lang for one in self.reading.articles if one.visible_on(self.day)})

    @cached_property
    def _by_what_they_share(self) -> Mapping[Hashable, Sequence[Source]]:
        found: dict[Hashable, list[Source]] = defaultdict(list)
        for one in self.reading.sources:
            for name in _names(one.article):
                found[name].append(one)
        return found

    def near(self, source: Source) -> list[Source]:
        """What lint says of an article depends on: translations, what it links to, articles of its title."""
        wanted = [*_names(source.article), *{link.ref for link in source.page.links if link.ref}]
        found = {one.article.source: one for name in wanted for one in self._by_what_they_share.get(name, ())}
        return [one for path, one in found.items() if path != source.article.source]


def _names(article: Article) -> tuple[Hashable, ...]:
    """What another article may call it by: its key, its address, its title."""
    return ("key", article.key), article.ref, ("title", article.lang, article.title.casefold())


class Shelf:
    """Reads the folder in a thread, so that no request waits long for a large one. Thread-safe; cheap until asked."""

    def __init__(
        self,
        folder: Path,
        default_lang: str,
        video_hosts: Sequence[str],
        published: Callable[[], Mapping[ArticleRef, str]],
        static: Path | None = None,
    ) -> None:
        self._folder, self._default_lang, self._video_hosts = folder, default_lang, video_hosts
        self._published, self._static = published, static
        self._costly = KeptProcess()
        self._converter = _Remembering(self._costly.call)
        self._cache = ReadingCache(compact=True)
        self._lock = threading.Lock()
        self._running: threading.Event | None = None
        self._look: Look | None = None
        self._added: deque[str] = deque(maxlen=1000)

    def added(self, path: str) -> None:
        """There is a file now that may not have been there when the folder was read last."""
        self._added.append(path)

    def look(self, day: date, forms: ContactForms | None, wait: float = 3.0) -> Look | None:
        """The folder as it is now or, where reading it takes longer than `wait` seconds, as it was; None before the
        first time has ended."""
        with self._lock:
            done = self._running
            if done is None:
                done = self._running = threading.Event()
                threading.Thread(target=self._read, args=(day, forms, done), name="shelf", daemon=True).start()
        done.wait(wait)
        return self._look

    @property
    def latest(self) -> Look | None:
        """The folder as it was read last, which begins no reading; None before the first time has ended."""
        return self._look

    def knows(self, path: str) -> bool:
        """Whether the folder had this article when it was read last, which costs no walk through a large one."""
        return self._look is not None and path in self._look.paths

    def draft(
        self, path: str, text: str, day: date, forms: ContactForms | None, wait: float = 3.0
    ) -> tuple[Source | None, tuple[Finding, ...]]:
        """What an article would be with this text, and what lint says of it."""
        look = self._look or self.look(day, forms, wait)
        reading = look.reading if look else FolderReading((), (), ())
        if self._added and reading.places is not None:
            files = reading.places.files.union(self._added)
            reading = replace(reading, places=replace(reading.places, files=files))
        source, found = read_draft(
            self._folder, path, text, reading, self._default_lang, self._converter, self._video_hosts
        )
        if source is None:
            return None, found
        near = look.near(source) if look else []
        alone = replace(
            reading,
            sources=(*near, source),
            articles=(*(one.article for one in near), source.article),
            problems=found,
        )
        said = lint(alone, day, look.languages if look else (), forms)
        # Of a folder that has not been read, nothing is known of where links lead.
        unsure = {"broken-link", "missing-image"} if look is None else set()
        return source, tuple(one for one in said if one.path == path and one.code not in unsure)

    def close(self) -> None:
        """Give back what is kept for the next preview."""
        self._costly.close()

    def _read(self, day: date, forms: ContactForms | None, done: threading.Event) -> None:
        try:
            reading = read_folder(
                self._folder, self._default_lang, self._cache, self._video_hosts, self._published, self._static
            )
            if self._look is not None and self._look.day == day and _is_same(self._look.reading, reading):
                return
            by_path: dict[str, list[Finding]] = defaultdict(list)
            for one in lint(reading, day, forms=forms):
                by_path[one.path].append(one)
            users: dict[str, list[str]] = defaultdict(list)
            for path, (_stamp, lookups, _page) in self._cache.pages.items():
                for (kind, wanted), answer in lookups.items():
                    if kind == TEXT and answer is not None:
                        users[wanted].append(path)
            paths = frozenset(one.source for one in reading.articles)
            self._look = Look(reading, day, by_path, paths, users)
        except KbError:  # no folder, or none that can be read
            self._look = Look(FolderReading((), (), ()), day)
        finally:
            with self._lock:
                self._running = None
            done.set()


def _is_same(before: FolderReading, after: FolderReading) -> bool:
    """Whether nothing has changed: the reader gives the same object of a file that says the same."""
    return (
        len(before.articles) == len(after.articles)
        and all(one is other for one, other in zip(before.articles, after.articles, strict=True))
        and before.problems == after.problems
        and before.hints == after.hints
    )


class _Remembering(Converter):
    """Knows its last few texts: what was changed may stand in the header only, or be what it was before."""

    _MOST = 8

    def __init__(self, isolated: Callable[..., str]) -> None:
        super().__init__(isolated)
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._knowing = threading.Lock()

    def html(self, text: str, lang: str = "en") -> str:
        with self._knowing:
            known = self._known.get((text, lang))
        if known is None:
            known = super().html(text, lang)
        with self._knowing:
            self._known[text, lang] = known
            self._known.move_to_end((text, lang))
            if len(self._known) > self._MOST:
                self._known.popitem(last=False)
        return known
