"""Opening and saving articles. The file is the article: nothing is written over that its author has not seen."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from core.database.connection import writing
from kb.authoring import article_files, comments, pictures, plans, repository, reviews, snippets
from kb.authoring.anchors import likeness
from kb.authoring.article_files import ArticleText, CannotEdit, NoSuchArticle
from kb.authoring.git_types import NotCommitted, Signature
from kb.authoring.merge import merge
from kb.authoring.models import Author, ChangedMeanwhile, Kind, Outcome, Saved, Suggested, Version
from kb.authoring.scopes import NotAllowed, Spot, spot_of
from kb.errors import ArticleExists
from kb.findings import Severity
from kb.models import Status
from kb.source import frontmatter
from kb.source.added_question import with_question
from kb.source.listing import list_folder
from kb.source.new_article import BadArticleName, new_article

if TYPE_CHECKING:
    from kb.authoring.git_remote import TextConflict
    from kb.authoring.remote_sync import RemoteSync

REASON_MOST = 200
# What part of their paragraphs two files share where one is the other, moved and changed; and how many are looked at.
_SAME_ENOUGH = 0.6
_LOOKED_AT = 50
_AT_A_TIME = 50
_NEVER = {Kind.SUGGESTED, Kind.REMOTE}


class AuthoringService:
    """The articles folder with its history in the database. Cheap to create; thread-safe."""

    def __init__(
        self, engine: Engine, folder: Path, *, commits: bool = True, remote: "RemoteSync | None" = None,
        default_lang: str = "en",
    ) -> None:  # fmt: skip
        self._engine = engine
        self._folder = folder
        self._commits = commits
        self._default_lang = default_lang
        self.remote = remote

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

        Raises NoSuchArticle, CannotEdit or NotAllowed, with nothing changed.
        """
        text = article_files.plain(text)
        if self.remote is not None:
            self.remote.pull()
        with article_files.alone(self._folder):
            current = article_files.read_article(self._folder, path)
            self._remember(current, now)
            shown = self._shown_of_remote(path, began_from)
            if shown is not None and shown.base == current.version:
                began_from = current.version  # whoever brought both together began from both
            if began_from != current.version and text != current.text:
                return self._changed_meanwhile(text, began_from, current)
            theirs = self.remote.conflict_at(path) if self.remote is not None else None
            if theirs and not self._has_seen(theirs, shown, text):
                return self._changed_there(text, theirs, current, now)
            outcome = self._change(current, text, Kind.SAVED, author, reason, now)
        if self.remote is not None and theirs and isinstance(outcome, Saved):
            self.remote.settle(path, theirs.blob)
            self.remote.ask()
        if suggestion and isinstance(outcome, Saved):
            self._settle(path, suggestion, "taken")
        return outcome

    def both(self, path: str, now: datetime) -> ChangedMeanwhile | None:
        """The article's text and the Git remote's, where both changed the same; None where they did not."""
        theirs = self.remote.conflict_at(path) if self.remote is not None else None
        if theirs is None:
            return None
        current = article_files.read_article(self._folder, path)
        self._remember(current, now)
        return self._changed_there(current.text, theirs, current, now)

    def create(
        self, name: str, title: str, translation_of: str, author: Author, day: date, now: datetime
    ) -> ArticleText:
        """A new draft, `name` being `<lang>/<category>/<slug>`. Raises BadArticleName, ArticleExists, NoSuchArticle,
        CannotEdit or NotAllowed."""
        file, text = new_article(self._folder, name, title, translation_of, day)
        path = file.relative_to(self._folder).as_posix()
        return self.add(path, text, author, now)

    def add(self, path: str, text: str, author: Author, now: datetime) -> ArticleText:
        """A new file with this text, whose path `new_article` has given. Raises as `create` does."""
        text = article_files.plain(text)
        spot = spot_of(path, text, self._default_lang)
        if not author.may_write_at(spot) or (_is_published(text) and not author.may_publish_at(spot)):
            raise NotAllowed(path)
        with article_files.alone(self._folder), writing(self._engine) as connection:
            made = ArticleText(path, text, article_files.version_of(text))
            number = repository.add(connection, made, Kind.CREATED, now, author.login)
            article_files.create_article(self._folder, path, text)
            self._commit(connection, number, path, author, f"Add {path}", now, text)
        self._push()
        return made

    def revert(self, path: str, number: int, author: Author, reason: str, now: datetime) -> Outcome:
        """Make an earlier text the article's again; it becomes a version of its own. Raises NoSuchArticle, CannotEdit
        or NotAllowed."""
        _version, text = self.version(path, number)
        with article_files.alone(self._folder):
            current = article_files.read_article(self._folder, path)
            self._remember(current, now)
            return self._change(current, text, Kind.REVERTED, author, reason, now)

    def to_stage(
        self, path: str, change: Callable[[str], str], began_from: str, author: Author, reason: str, now: datetime
    ) -> Outcome:
        """Publish, schedule, withdraw or archive an article: `change` gives its text in the new stage. Raises
        NoSuchArticle, CannotEdit, HeaderKept or NotAllowed; CannotEdit("changed") where it is no longer the text that
        somebody saw."""
        if self.remote is not None:
            self.remote.pull()
        with article_files.alone(self._folder):
            current = article_files.read_article(self._folder, path)
            self._remember(current, now)
            if began_from != current.version:
                raise CannotEdit("changed")
            return self._change(current, change(current.text), Kind.SAVED, author, reason, now)

    def last_public(self, path: str) -> tuple[Version, str] | None:
        """The last text visitors could read, of the last fifty."""
        with self._engine.connect() as connection:
            for one in repository.versions(connection, path, _AT_A_TIME):
                found = repository.version(connection, path, one.id) if one.kind not in _NEVER else None
                if found and _is_published(found[1]):
                    return found
        return None

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
        """A new snippet. Raises BadArticleName, ArticleExists, NoSuchArticle, CannotEdit or NotAllowed."""
        path, text = snippets.path_of(name), article_files.plain(text)
        if not path:
            raise BadArticleName(f"No file name can be made from “{name[:80]}”; use letters.")
        if not author.may_write_at(spot_of(path, text, self._default_lang)):
            raise NotAllowed(path)
        if (self._folder / path).exists():
            raise ArticleExists(self._folder / path)
        with article_files.alone(self._folder), writing(self._engine) as connection:
            made = ArticleText(path, text, article_files.version_of(text))
            number = repository.add(connection, made, Kind.CREATED, now, author.login)
            article_files.create_article(self._folder, path, text)
            self._commit(connection, number, path, author, f"Add {path}", now, text)
        self._push()
        return made

    def add_picture(self, path: str, data: bytes) -> str:
        """Keep a picture beside an article; its name there. Raises NoSuchArticle, or PictureRefused."""
        return pictures.stored(self._folder, path, pictures.prepared(data))

    def text_with(self, path: str, hash_: str) -> str | None:
        """The text an article had under this version; None if it never had."""
        with self._engine.connect() as connection:
            return repository.text_of(connection, path, hash_)

    def spot(self, path: str) -> Spot:
        """Where an article stands now. Raises NoSuchArticle or CannotEdit."""
        return self.spot_of(path, article_files.read_article(self._folder, path).text)

    def spot_of(self, path: str, text: str) -> Spot:
        """Where an article would stand with this text."""
        return spot_of(path, text, self._default_lang)

    def add_questions(self, path: str, questions: Sequence[str], author: Author, reason: str, now: datetime) -> Outcome:
        """Add these to the `questions` of an article. Raises NoSuchArticle, CannotEdit, NotAllowed, or
        CannotAddQuestion, with nothing changed."""
        with article_files.alone(self._folder):
            current = article_files.read_article(self._folder, path)
            self._remember(current, now)
            text = current.text
            for one in questions:
                text = with_question(text, one)
            return self._change(current, text, Kind.SAVED, author, reason, now)

    def decline(self, path: str, number: int, author: Author) -> bool:
        """Decide against a suggestion, which stays in the history; whether it was open. Raises NoSuchArticle,
        CannotEdit or NotAllowed."""
        _version, text = self.version(path, number)
        if not author.may_publish_at(self.spot(path), spot_of(path, text, self._default_lang)):
            raise NotAllowed(path)
        return self._settle(path, number, "declined")

    def suggestions_of(self, path: str) -> list[Version]:
        """Those of an article that nobody has decided about, the newest first."""
        with self._engine.connect() as connection:
            return repository.waiting(connection, path)

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
        if known is not None and known.hash == found.version:
            return
        origin = self._origin(found) if known is None else ""
        with writing(self._engine) as connection:
            if origin:
                comments.move(connection, origin, found.path)
                reviews.move(connection, origin, found.path)
                repository.move_suggestions(connection, origin, found.path)
                plans.move(connection, origin, found.path)
            repository.add(connection, found, Kind.FOUND, now, base=known.hash if known else "", moved_from=origin)
            self._settle_same(connection, found)

    def _origin(self, found: ArticleText) -> str:
        """The path a file had before it was moved, which nothing but its text tells: that of a file that is no more,
        whose last text was the same, or nearly so under the same title."""
        with self._engine.connect() as connection:
            same = repository.latest_with(connection, found.version, found.path)
            known = None if same else repository.paths(connection)
            there = list_folder(self._folder).articles if same or known else frozenset()
            for path in same:
                last = repository.latest(connection, path)
                if path not in there and last is not None and last.hash == found.version:
                    return path
            best, most = "", _SAME_ENOUGH
            for path in [path for path in known or () if path not in there][:_LOOKED_AT]:
                last = repository.latest(connection, path)
                text = (repository.text_of(connection, path, last.hash) if last else None) or ""
                alike = likeness(text, found.text) if title_of(text) == title_of(found.text) else 0.0
                if alike > most or (not best and alike == most):
                    best, most = path, alike
            return best

    def _shown_of_remote(self, path: str, hash_: str) -> Version | None:
        if self.remote is None:
            return None
        with self._engine.connect() as connection:
            return repository.remote_text(connection, path, hash_)

    @staticmethod
    def _has_seen(theirs: "TextConflict", shown: Version | None, text: str) -> bool:
        """Whether who saves this text knows what the remote has."""
        other = article_files.plain(theirs.theirs)
        return text == other or (shown is not None and shown.hash == article_files.version_of(other))

    def _changed_there(
        self, text: str, theirs: "TextConflict", current: ArticleText, now: datetime
    ) -> ChangedMeanwhile:
        """The remote's text is remembered, made of the one the file has: who brings both together began from both."""
        made, base = (
            ArticleText(current.path, one, article_files.version_of(one))
            for one in map(article_files.plain, (theirs.theirs, theirs.base))
        )
        with writing(self._engine) as connection:
            if repository.text_of(connection, base.path, base.version) is None:
                repository.add(connection, base, Kind.REMOTE, now)
            repository.add(connection, made, Kind.REMOTE, now, base=current.version)
        return ChangedMeanwhile(
            merge(base.text, text, made.text), made.version, "", None, remote=True, base=base.version
        )

    def _push(self) -> None:
        if self.remote is not None:
            self.remote.ask()

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
        before, after = (spot_of(current.path, one, self._default_lang) for one in (current.text, text))
        if not author.may_write_at(before, after):
            raise NotAllowed(current.path)
        made = replace(current, text=text, version=article_files.version_of(text))
        reason = " ".join(reason.split())[:REASON_MOST]
        was, will_be = is_public(current.text), _is_published(text)
        waits = not ((not was or author.may_publish_at(before)) and (not will_be or author.may_publish_at(after)))
        kind = Kind.SUGGESTED if waits else kind
        with writing(self._engine) as connection:
            number = repository.add(connection, made, kind, now, author.login, reason, current.version)
            if waits:
                return Suggested(number)
            self._settle_same(connection, made)
            article_files.write_article(self._folder, current, text)
            not_committed = self._commit(
                connection, number, current.path, author, reason or f"Edit {current.path}", now, text
            )
        self._push()
        return Saved(made.version, not_committed=not_committed)

    def _commit(
        self, connection: Connection, number: int, path: str, author: Author, message: str, now: datetime, text: str
    ) -> str:
        """Commit what was written; why it was not, '' where it was or there is no repository."""
        if not self._commits:
            return ""
        from kb.authoring.git_commits import committed  # see kb/authoring/git_types.py

        try:
            made = committed(
                (self._folder / path).resolve(), Signature(author.name, author.login), message, now,
                pictures.mentioned(self._folder, path, text),
            )  # fmt: skip
        except NotCommitted as failure:
            return failure.code
        repository.note_commit(connection, number, made)
        return ""

    @staticmethod
    def _settle_same(connection: Connection, now_is: ArticleText) -> None:
        """What was suggested and is there now is taken up; what waits for its time is, when that has come."""
        planned = {one.version for one in plans.open_ones(connection, now_is.path)}
        repository.settle_same(connection, now_is.path, now_is.version, planned)

    def _settle(self, path: str, suggestion: int, how: str) -> bool:
        with writing(self._engine) as connection:
            return repository.settle(connection, path, suggestion, how)


def title_of(text: str) -> str:
    return frontmatter.read(text, "").fields.title


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
