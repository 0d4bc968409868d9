"""SQL of what translations were made from."""

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from core.database.timestamps import iso, moment
from core.database.upsert import insert_for
from kb.translations.models import Basis, Content, How, Weight
from kb.translations.schema import translation_basis

_C = translation_basis.c
_COLUMNS = tuple(column for column in _C if column.name != "body")


def every(connection: Connection) -> dict[str, Basis]:
    """By the path of the translation."""
    return {row.path: _basis(row) for row in connection.execute(select(*_COLUMNS))}


def paths(connection: Connection) -> set[str]:
    return set(connection.execute(select(_C.path)).scalars())


def of_source(connection: Connection, source: str) -> list[Basis]:
    """Those made from this source."""
    return [_basis(row) for row in connection.execute(select(*_COLUMNS).where(_C.source == source))]


def one(connection: Connection, path: str) -> Basis | None:
    row = connection.execute(select(*_COLUMNS).where(_C.path == path)).first()
    return _basis(row) if row else None


def text_of(connection: Connection, path: str) -> Content | None:
    """The source this translation was made from; None where that is not known."""
    row = connection.execute(select(_C.body, _C.digest).where(_C.path == path)).first()
    if row is None or not row.digest:
        return None
    title, summary, body = json.loads(zlib.decompress(row.body))
    return Content(title, summary, body)


def major(connection: Connection) -> dict[str, Basis]:
    """The translations whose readers are to know that the source is newer."""
    rows = connection.execute(select(*_COLUMNS).where(_C.weight == Weight.MAJOR.value, _C.stale_at != ""))
    return {row.path: _basis(row) for row in rows}


def put(connection: Connection, basis: Basis, body: Content | None = None) -> None:
    """Store it; without `body` the text it had stays."""
    values: dict[str, Any] = {
        "path": basis.path, "source": basis.source, "digest": basis.digest, "how": basis.how.value,
        "login": basis.login, "at": iso(basis.at), "own_digest": basis.own_digest, "own_updated": basis.own_updated,
        "seen_digest": basis.seen_digest, "weight": basis.weight.value if basis.weight else "",
        "stale_at": iso(basis.stale_at) if basis.stale_at else "",
        "changed": json.dumps(basis.changed, ensure_ascii=False) if basis.changed else "",
    }  # fmt: skip
    packed = (
        zlib.compress(json.dumps([body.title, body.summary, body.body], ensure_ascii=False).encode()) if body else b""
    )
    changed = {**values, **({"body": packed} if body else {})}
    insert = insert_for(connection, translation_basis).values(**values, body=packed)
    connection.execute(insert.on_conflict_do_update(index_elements=[_C.path], set_=changed))


def forget(connection: Connection, paths: Sequence[str]) -> None:
    for start in range(0, len(paths), 500):
        connection.execute(delete(translation_basis).where(_C.path.in_(paths[start : start + 500])))


def _basis(row: Any) -> Basis:
    fields: Mapping[str, Any] = row._mapping
    return Basis(
        fields["path"], fields["source"], fields["digest"], How(fields["how"]), moment(fields["at"]),
        fields["own_digest"], fields["seen_digest"], fields["own_updated"], fields["login"],
        Weight(fields["weight"]) if fields["weight"] else None,
        moment(fields["stale_at"]) if fields["stale_at"] else None,
        tuple(json.loads(fields["changed"])) if fields["changed"] else (),
    )  # fmt: skip
