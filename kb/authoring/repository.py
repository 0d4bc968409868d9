"""SQL of the history of articles."""

import zlib
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from core.database.timestamps import iso, moment
from kb.authoring.article_files import ArticleText
from kb.authoring.models import Kind, Version
from kb.authoring.schema import article_text

_C = article_text.c
# What was never the article's text.
_NEVER = (Kind.SUGGESTED.value, Kind.REMOTE.value)
_COLUMNS = (
    _C.id, _C.path, _C.at, _C.login, _C.kind, _C.reason, _C.hash, _C.base, _C.git_commit, _C.settled, _C.moved_from,
)  # fmt: skip
# Times a file's moves are followed back.
_MOVES = 20


def add(
    connection: Connection, text: ArticleText, kind: Kind, now: datetime, login: str = "", reason: str = "",
    base: str = "", moved_from: str = "",
) -> int:  # fmt: skip
    """Add a version; its number."""
    values = {
        "path": text.path, "at": iso(now), "login": login, "kind": kind.value, "reason": reason, "hash": text.version,
        "base": base, "moved_from": moved_from, "body": zlib.compress(text.text.encode()),
    }  # fmt: skip
    return int(connection.execute(insert(article_text).values(values).returning(_C.id)).scalar_one())


def note_commit(connection: Connection, number: int, git_commit: str) -> None:
    connection.execute(update(article_text).where(_C.id == number).values(git_commit=git_commit))


def versions(connection: Connection, path: str, limit: int, before: int = 0) -> list[Version]:
    """The newest first, suggestions among them."""
    shown = (_of(connection, path), _C.kind != Kind.REMOTE.value)
    query = select(*_COLUMNS).where(*shown).order_by(_C.id.desc()).limit(limit)
    if before:
        query = query.where(_C.id < before)
    return [_version(row) for row in connection.execute(query)]


def latest(connection: Connection, path: str) -> Version | None:
    """The last text the file is known to have had."""
    query = select(*_COLUMNS).where(_C.path == path, _C.kind.not_in(_NEVER)).order_by(_C.id.desc()).limit(1)
    row = connection.execute(query).first()
    return _version(row) if row else None


def version(connection: Connection, path: str, number: int) -> tuple[Version, str] | None:
    """One of an article's versions with its text."""
    row = connection.execute(select(*_COLUMNS, _C.body).where(_of(connection, path), _C.id == number)).first()
    return (_version(row), _text(row.body)) if row else None


def before(connection: Connection, path: str, number: int) -> tuple[Version, str] | None:
    """The version an article had before this one."""
    query = (
        select(*_COLUMNS, _C.body)
        .where(_of(connection, path), _C.id < number, _C.kind.not_in(_NEVER))
        .order_by(_C.id.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return (_version(row), _text(row.body)) if row else None


def remote_text(connection: Connection, path: str, hash_: str) -> Version | None:
    """The remote's text with this hash, as it was shown to somebody last."""
    query = select(*_COLUMNS).where(_C.path == path, _C.hash == hash_, _C.kind == Kind.REMOTE.value)
    row = connection.execute(query.order_by(_C.id.desc()).limit(1)).first()
    return _version(row) if row else None


def text_of(connection: Connection, path: str, hash_: str) -> str | None:
    """The text an article had, by its hash."""
    query = select(_C.body).where(_of(connection, path), _C.hash == hash_).order_by(_C.id.desc()).limit(1)
    body = connection.execute(query).scalar()
    return None if body is None else _text(body)


def latest_with(connection: Connection, hash_: str, but: str) -> list[str]:
    """The other paths of articles that had exactly this text at some time, the last one first."""
    query = select(_C.path, func.max(_C.id)).where(_C.hash == hash_, _C.path != but, _C.kind.not_in(_NEVER))
    rows = connection.execute(query.group_by(_C.path).order_by(func.max(_C.id).desc()).limit(_MOVES))
    return [str(row[0]) for row in rows]


def paths(connection: Connection) -> list[str]:
    """Every path that has a history, the one changed last first."""
    query = select(_C.path, func.max(_C.id)).where(_C.kind.not_in(_NEVER)).group_by(_C.path)
    return [str(row[0]) for row in connection.execute(query.order_by(func.max(_C.id).desc()))]


def move_suggestions(connection: Connection, old: str, new: str) -> None:
    """Take what was suggested, and nobody has decided about, to the new path."""
    waiting = (_C.path == old, _C.kind == Kind.SUGGESTED.value, _C.settled == "")
    connection.execute(update(article_text).where(*waiting).values(path=new))


def settle(connection: Connection, path: str, number: int, how: str) -> bool:
    """Decide about a suggestion; whether nobody had before."""
    open_one = (_C.id == number, _C.path == path, _C.kind == Kind.SUGGESTED.value, _C.settled == "")
    return connection.execute(update(article_text).where(*open_one).values(settled=how)).rowcount > 0


def settle_same(connection: Connection, path: str, hash_: str, but: Collection[int]) -> None:
    """Suggestions of the very text that an article has now are taken up, whoever saved it; not those in `but`."""
    same = (
        _C.path == path, _C.kind == Kind.SUGGESTED.value, _C.settled == "", _C.hash == hash_, _C.id.not_in(list(but)),
    )  # fmt: skip
    connection.execute(update(article_text).where(*same).values(settled="taken"))


def waiting(connection: Connection, path: str) -> list[Version]:
    """The suggestions of an article that nobody has decided about, the newest first."""
    wanted = (_C.path == path, _C.kind == Kind.SUGGESTED.value, _C.settled == "")
    return [_version(row) for row in connection.execute(select(*_COLUMNS).where(*wanted).order_by(_C.id.desc()))]


def open_suggestions(connection: Connection) -> dict[str, int]:
    """How many suggestions wait, by path."""
    waiting = (_C.kind == Kind.SUGGESTED.value, _C.settled == "")
    query = select(_C.path, func.count()).where(*waiting).group_by(_C.path)
    return {str(row[0]): int(row[1]) for row in connection.execute(query)}


def last_changes(connection: Connection, paths: Sequence[str]) -> dict[str, Version]:
    """The last version of each of these."""
    newest = select(func.max(_C.id)).where(_C.path.in_(paths), _C.kind.not_in(_NEVER)).group_by(_C.path)
    rows = connection.execute(select(*_COLUMNS).where(_C.id.in_(newest)))
    return {row.path: _version(row) for row in rows}


def _of(connection: Connection, path: str) -> ColumnElement[bool]:
    """The versions of an article, those from before it was moved here among them."""
    parts = [_C.path == path]
    seen, below = {path}, 0
    while len(seen) < _MOVES:
        query = select(_C.id, _C.moved_from).where(_C.path == path, _C.moved_from != "")
        query = query.where(_C.id < below) if below else query
        row = connection.execute(query.order_by(_C.id.desc()).limit(1)).first()
        if row is None or row.moved_from in seen:
            break
        path, below = row.moved_from, row.id
        seen.add(path)
        parts.append(and_(_C.path == path, _C.id < below))
    return or_(*parts)


def _version(row: Any) -> Version:
    return Version(
        row.id, row.path, moment(row.at), row.login, Kind(row.kind), row.reason, row.hash, row.base, row.git_commit,
        row.settled, row.moved_from,
    )  # fmt: skip


def _text(body: bytes) -> str:
    return zlib.decompress(body).decode()
