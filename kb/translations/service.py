"""What translations were made from, kept up to date with the files whoever changes them."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Engine

from core.database.connection import writing
from core.database.remembered import Remembered
from kb.models import Article
from kb.source.folder_reader import FolderReading, Source
from kb.translations import noticing, repository
from kb.translations.coverage import content_of, groups
from kb.translations.models import Basis, Content, How, NewerSource, Weight

# Rows of one transaction: others write, too.
_AT_ONCE = 200


class TranslationService:
    """Cheap to create; thread-safe. `readers` and `remembered` are for what visitors see."""

    def __init__(self, engine: Engine, default_lang: str, readers: Engine, remembered: Remembered) -> None:
        self._engine = engine
        self._default_lang = default_lang
        self._readers, self._remembered = readers, remembered
        self._seen: FolderReading | None = None
        self.revision: int | None = None  # that was published when the files were looked at last
        self._lock = threading.Lock()

    def notice(self, reading: FolderReading, now: datetime) -> dict[str, Basis]:
        """What is known of every translation, by its path, after a look at the files as they are."""
        with self._lock:
            with self._engine.connect() as connection:
                known = repository.every(connection)
            if reading is self._seen:
                return known
            new: list[tuple[Basis, Content | None]] = []
            there = {one.article.source for one in reading.sources}
            for original, others in groups(reading.sources, self._default_lang):
                source = content_of(original) if others else None
                for one in others:
                    assert source is not None  # noqa: S101 - of one that has translations
                    basis = known.get(one.article.source)
                    # One whose source cannot be read today is still its translation tomorrow.
                    if basis is None or not reading.is_broken(basis.source):
                        new += self._noticed(basis, one, original, source, now)
            gone = [path for path in known if path not in there and not reading.is_broken(path)]
            if new or gone:
                with writing(self._engine) as connection:
                    for made, text in new:
                        repository.put(connection, made, text)
                        known[made.path] = made
                    # A file that cannot be read, or a folder that is away, takes nothing along.
                    if reading.sources:
                        repository.forget(connection, gone)
            self._seen = reading
            return {path: basis for path, basis in known.items() if path not in gone}

    def lay(self, reading: FolderReading, now: datetime) -> None:
        """Keep what translations were made from that nobody has seen yet: before the next change of their sources."""
        with self._engine.connect() as connection:
            known = repository.paths(connection)
        pairs = groups(reading.sources, self._default_lang)
        new = [(original, one) for original, others in pairs for one in others if one.article.source not in known]
        for start in range(0, len(new), _AT_ONCE):
            with writing(self._engine) as connection:
                for original, one in new[start : start + _AT_ONCE]:
                    path, source = one.article.source, content_of(original)
                    # Somebody may have said at this moment what it was made from.
                    if repository.one(connection, path) is None:
                        made = noticing.first_seen(path, content_of(one), original.article.source, source, now)
                        repository.put(connection, made, source)

    def _noticed(
        self, known: Basis | None, one: Source, original: Source, source: Content, now: datetime
    ) -> list[tuple[Basis, Content | None]]:
        own, path, of = content_of(one), one.article.source, original.article.source
        if known is None:
            return [(noticing.first_seen(path, own, of, source, now), source)]
        basis = noticing.noticed(known, own, of, source, lambda: self.made_from(path), now)
        if basis is known:
            return []
        return [(basis, source if basis.digest != known.digest and basis.digest else None)]

    def made_from(self, path: str) -> Content | None:
        """The source this translation was made from; None where that is not known."""
        with self._engine.connect() as connection:
            return repository.text_of(connection, path)

    def basis(self, path: str) -> Basis | None:
        with self._engine.connect() as connection:
            return repository.one(connection, path)

    def outdated(self) -> list[Basis]:
        """The translations whose source has changed since by more than typing errors."""
        with self._engine.connect() as connection:
            return [one for one in repository.every(connection).values() if one.outdated]

    def is_source(self, path: str) -> bool:
        """Whether something is known to be a translation of this file."""
        with self._engine.connect() as connection:
            return bool(repository.of_source(connection, path))

    def confirm(
        self, path: str, own: Content, source_path: str, source: Content, login: str, now: datetime,
        how: How = How.SAID,
    ) -> None:  # fmt: skip
        """Somebody says that this translation is of the source as it is now."""
        with writing(self._engine) as connection:
            known = repository.one(connection, path)
            basis = noticing.made_from(known, path, own, source_path, source, how, login, now)
            repository.put(connection, basis, source)
        self._seen = None

    def edited(self, source_path: str, source: Content, weight: Weight | None, now: datetime) -> Sequence[Basis]:
        """The source was saved as this; the translations that are behind now. Without a weight it is guessed."""
        with writing(self._engine) as connection:
            made = []
            for known in repository.of_source(connection, source_path):
                was = repository.text_of(connection, known.path)
                basis = noticing.after_edit(known, source, was, weight, now)
                if basis != known:
                    repository.put(connection, basis)
                made.append(basis)
        return [basis for basis in made if basis.outdated]

    def weigh(self, path: str, weight: Weight) -> bool:
        """Say how much weighs what changed since; whether there was anything."""
        with writing(self._engine) as connection:
            known = repository.one(connection, path)
            if known is None or known.stale_at is None:
                return False
            repository.put(connection, noticing.weighed(known, weight))
        return True

    def for_readers(self, path: str) -> Basis | None:
        """How a translation stands whose readers are to know that its source is newer."""

        def read() -> dict[str, Basis]:
            with self._readers.begin() as connection:
                return repository.major(connection)

        return self._remembered.ask(("translations", "major"), read).get(path)

    def newer_source(self, article: Article, siblings: Callable[[], Sequence[Article]]) -> NewerSource | None:
        """What readers of this translation are to know; None where it is up to date, or its source is not shown.
        `siblings` are the article's visible translations."""
        basis = self.for_readers(article.source)
        if basis is None or basis.stale_at is None:
            return None
        source = next((one for one in siblings() if one.source == basis.source), None)
        if source is None:
            return None
        changed = tuple(one for one in source.sections if one.heading in basis.changed and one.anchor)
        return NewerSource(source, basis.stale_at, changed)
