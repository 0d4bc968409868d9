"""Opening and saving articles. The file is the article: nothing is written over that its author has not seen."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from core.database.connection import writing
from kb.authoring import article_files, git_commits, pictures, repository, snippets
from kb.authoring.article_files import ArticleText, NoSuchArticle
from kb.authoring.git_commits import NotCommitted, Signature
from kb.authoring.merge import merge
from kb.authoring.models import Author, ChangedMeanwhile, Kind, Outcome, Saved, Suggested, Version
from kb.errors import ArticleExists
from kb.findings import Severity
from kb.models import Status
from kb.source import frontmatter
from kb.source.new_article import BadArticleName, new_article

REASON_MOST = 200
_AT_A_TIME = 50


class AuthoringService:
    """The articles folder with its history in the database. Cheap to create; thread-safe."""

    def __init__(self, engine: Engine, folder: Path, *, commits: bool = True) -> None:
        self._engine = engine
        self._folder = folder
        self._commits = commits

    def open(self, path: str, now: datetime) -> ArticleText:
        """An article's text, which is remembered, so that whoever saves can be told from what. Raises NoSuchArticle or
        CannotEdit."""
        found = article_files.read_article(self._folder, path)
        self._remember(found, now)
        return found

    def exists(self, path: str) -> bool:
        """Whether there is such an article, whatever its text."""
        return article_files.exists(self._folder, path)

    def save(
        self, path: str, text: str, began_from: str, author: Author, reason: str, now: datetime, suggestion: int = 0
    ) -> Outcome:
        """Save a text whose author began from the version `began_from`. `suggestion` is the one that it takes up.

        Raises NoSuchArticle or CannotEdit, with nothing changed.
        """
        text = article_files.plain(text)
        with article_files.alone(self._folder):
            current = article_files.read_article(self._folder, path)
            self._remember(current, now)
            if began_from != current.version and text != current.text:
                return self._changed_meanwhile(text, began_from, current)
            outcome = self._change(current, text, Kind.SAVED, author, reason, now)
        if suggestion and isinstance(outcome, Saved):
            self._settle(path, suggestion, "taken")
        return outcome

    def create(
        self, name: str, title: str, translation_of: str, author: Author, day: date, now: datetime
    ) -> ArticleText:
        """A new draft, `name` being `<lang>/<category>/<slug>`. Raises BadArticleName, ArticleExists, NoSuchArticle
        or CannotEdit."""
        file, text = new_article(self._folder, name, title, translation_of, day)
        path = file.relative_to(self._folder).as_posix()
        with article_files.alone(self._folder), writing(self._engine) as connection:
            made = ArticleText(path, text, article_files.version_of(text))
            number = repository.add(connection, made, Kind.CREATED, now, author.login)
            article_files.create_article(self._folder, path, text)
            self._commit(connection, number, path, author, f"Add {path}", now, text)
            return made

    def revert(self, path: str, number: int, author: Author, reason: str, now: datetime) -> Outcome:
        """Make an earlier text the article's again; it becomes a version of its own. Raises NoSuchArticle or
        CannotEdit."""
        _version, text = self.version(path, number)
        with article_files.alone(self._folder):
            current = article_files.read_article(self._folder, path)
            self._remember(current, now)
            return self._change(current, text, Kind.REVERTED, author, reason, now)

    def history(self, path: str, before: int = 0) -> tuple[list[Version], int]:
        """The versions of an article, newest first, and what `before` is for the next page, 0 for none."""
        with self._engine.connect() as connection:
            found = repository.versions(connection, path, _AT_A_TIME + 1, before)
        return found[:_AT_A_TIME], found[_AT_A_TIME - 1].id if len(found) > _AT_A_TIME else 0

    def version(self, path: str, number: int) -> tuple[Version, str]:
        """A version with its text. Raises NoSuchArticle."""
        with self._engine.connect() as connection:
            found = repository.version(connection, path, number)
        if found is None:
            raise NoSuchArticle(path)
        return found

    def before(self, path: str, number: int) -> str:
        """The text an article had before a version; '' for its first."""
        with self._engine.connect() as connection:
            found = repository.before(connection, path, number)
        return found[1] if found else ""

    def create_snippet(self, name: str, text: str, author: Author, now: datetime) -> ArticleText:
        """A new snippet. Raises BadArticleName, ArticleExists, NoSuchArticle or CannotEdit."""
        path, text = snippets.path_of(name), article_files.plain(text)
        if not path:
            raise BadArticleName(f"No file name can be made from “{name[:80]}”; use letters.")
        if (self._folder / path).exists():
            raise ArticleExists(self._folder / path)
        with article_files.alone(self._folder), writing(self._engine) as connection:
            made = ArticleText(path, text, article_files.version_of(text))
            number = repository.add(connection, made, Kind.CREATED, now, author.login)
            article_files.create_article(self._folder, path, text)
            self._commit(connection, number, path, author, f"Add {path}", now, text)
        return made

    def add_picture(self, path: str, data: bytes) -> str:
        """Keep a picture beside an article; its name there. Raises NoSuchArticle, or PictureRefused."""
        return pictures.stored(self._folder, path, pictures.prepared(data))

    def text_with(self, path: str, hash_: str) -> str | None:
        """The text an article had under this version; None if it never had."""
        with self._engine.connect() as connection:
            return repository.text_of(connection, path, hash_)

    def decline(self, path: str, number: int) -> bool:
        """Decide against a suggestion, which stays in the history; whether it was open."""
        return self._settle(path, number, "declined")

    def open_suggestions(self) -> dict[str, int]:
        """How many suggestions wait, by path."""
        with self._engine.connect() as connection:
            return repository.open_suggestions(connection)

    def last_changes(self, paths: list[str]) -> dict[str, Version]:
        """The last version of each of these that has one."""
        with self._engine.connect() as connection:
            return repository.last_changes(connection, paths)

    def _remember(self, found: ArticleText, now: datetime) -> None:
        """Note a text that came from outside of the editor."""
        with self._engine.connect() as connection:
            known = repository.latest(connection, found.path)
        if known is None or known.hash != found.version:
            with writing(self._engine) as connection:
                repository.add(connection, found, Kind.FOUND, now, base=known.hash if known else "")

    def _changed_meanwhile(self, text: str, began_from: str, current: ArticleText) -> ChangedMeanwhile:
        base = self.text_with(current.path, began_from)
        with self._engine.connect() as connection:
            last = repository.latest(connection, current.path)
        parts = merge(base or "", text, current.text)
        return ChangedMeanwhile(parts, current.version, last.login if last else "", last.at if last else None)

    def _change(
        self, current: ArticleText, text: str, kind: Kind, author: Author, reason: str, now: datetime
    ) -> Outcome:
        """Write a text over the one its author has seen, or keep it as a suggestion.

        The file and its history, or neither: the row is taken back where the file cannot be written.
        """
        if text == current.text:
            return Saved(current.version, changed=False)
        made = replace(current, text=text, version=article_files.version_of(text))
        reason = " ".join(reason.split())[:REASON_MOST]
        waits = not author.may_publish and (is_public(current.text) or _is_published(text))
        kind = Kind.SUGGESTED if waits else kind
        with writing(self._engine) as connection:
            number = repository.add(connection, made, kind, now, author.login, reason, current.version)
            if waits:
                return Suggested(number)
            article_files.write_article(self._folder, current, text)
            not_committed = self._commit(
                connection, number, current.path, author, reason or f"Edit {current.path}", now, text
            )
        return Saved(made.version, not_committed=not_committed)

    def _commit(
        self, connection: Connection, number: int, path: str, author: Author, message: str, now: datetime, text: str
    ) -> str:
        """Commit what was written; why it was not, '' where it was or there is no repository."""
        if not self._commits:
            return ""
        try:
            made = git_commits.committed(
                (self._folder / path).resolve(), Signature(author.name, author.login), message, now,
                pictures.mentioned(self._folder, path, text),
            )  # fmt: skip
        except NotCommitted as failure:
            return failure.code
        repository.note_commit(connection, number, made)
        return ""

    def _settle(self, path: str, suggestion: int, how: str) -> bool:
        with writing(self._engine) as connection:
            return repository.settle(connection, path, suggestion, how)


def is_public(text: str) -> bool:
    """Whether visitors may read what this text says, or what it said before it was broken: a header that cannot be
    read leaves on the site what was there."""
    header = frontmatter.read(text, "")
    return header.fields.status is Status.PUBLISHED or _is_broken(header)


def _is_published(text: str) -> bool:
    header = frontmatter.read(text, "")
    return header.fields.status is Status.PUBLISHED and not _is_broken(header)


def _is_broken(header: frontmatter.Header) -> bool:
    return any(one.severity is Severity.ERROR for one in header.findings)
