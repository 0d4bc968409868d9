"""Questions to PostgreSQL whose answer is one row of packed values, several in one statement.

The driver takes longer over a thousand small values than the server over finding them: so numbers come one after the
other in one value of bytes, big-endian as PostgreSQL sends them (core/database/packed.py).
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, FromClause, LargeBinary, Select, cast, func, literal, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.types import TypeEngine

from core.database import packed
from core.database.packed import PackedStatement

T = TypeVar("T")
S = TypeVar("S")
Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Ask(Generic[T]):
    """A question to the server whose answer is one row; `parse` reads it. Several are asked in one statement.

    `build` makes the statement from what gives it its parameters by name. It is called once for each `shape`: putting a
    statement together takes as long as answering it, so statements are kept. `kept`: by the server as well, with a plan
    that is right for all parameters.
    """

    shape: tuple[Hashable, ...]
    build: "Callable[[Parameters], Select[Any]]"
    values: Mapping[str, bytes]
    parse: Callable[[Sequence[bytes]], T]
    kept: bool = True

    def then(self, parse: "Callable[[T], S]") -> "Ask[S]":
        """The same, with what is made of its answer."""
        return Ask(self.shape, self.build, self.values, lambda row: parse(self.parse(row)), self.kept)


class Parameters:
    """The parameters of the part of a statement with this number."""

    def __init__(self, part: int) -> None:
        self._part = part

    def __call__(self, name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
        return packed.parameter(_named(self._part, name), kind)

    def array(self, name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
        return packed.array(_named(self._part, name), kind)

    def rows(self, **columns: TypeEngine[Any]) -> Any:
        """A table of arrays that are given."""
        arrays = [self.array(name, kind) for name, kind in columns.items()]
        return func.unnest(*arrays).table_valued(*columns, name="asked").render_derived()


def _named(part: int, name: str) -> str:
    return f"{name}_{part}"


def ask(connection: Connection, asks: "Sequence[Ask[Any]]") -> list[Any]:
    """The answers, in their order, in one round trip."""
    if not asks:
        return []
    statement, widths = _statement(tuple((one.shape, one.kept) for one in asks), _Builders(asks))
    values = {_named(part, name): value for part, one in enumerate(asks) for name, value in one.values.items()}
    row = statement.row(connection, values)
    found, start = [], 0
    for one, width in zip(asks, widths, strict=True):
        found.append(one.parse(row[start : start + width]))
        start += width
    return found


class _Builders:
    """How the parts of a statement are built: equal to every other, since their shapes say it all."""

    def __init__(self, asks: "Sequence[Ask[Any]]") -> None:
        self.build = [one.build for one in asks]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Builders)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=500)
def _statement(
    shapes: tuple[tuple[tuple[Hashable, ...], bool], ...], builders: _Builders
) -> tuple[PackedStatement, list[int]]:
    """The statement, and how many columns each part has."""
    parts = [build(Parameters(part)).subquery() for part, build in enumerate(builders.build)]
    joined: FromClause = parts[0]
    for part in parts[1:]:
        joined = joined.join(part, true())
    statement = select(*(column for part in parts for column in part.c)).select_from(joined)
    return PackedStatement.of(statement, kept=all(kept for _, kept in shapes)), [len(part.c) for part in parts]


def joined(value: ColumnElement[Any], *order: ColumnElement[Any]) -> ColumnElement[bytes]:
    """All rows' bytes, one after the other."""
    nothing = cast(literal(""), LargeBinary)
    return func.string_agg(value, aggregate_order_by(nothing, *order) if order else nothing, type_=LargeBinary())


def columns(*values: ColumnElement[bytes]) -> Select[Any]:
    labelled: list[ColumnElement[Any]] = [value.label(f"c{number}") for number, value in enumerate(values)]
    query: Select[Any] = select(*labelled)
    return query


def in_order(found: NDArray[Any], ids: Ids) -> NDArray[np.float32]:
    """Scores in the order of `ids`, each of which may be there more than once; 0 for one that is not found."""
    out = np.zeros(len(ids), np.float32)
    if not len(found):
        return out
    found = found[np.argsort(found["id"], kind="stable")]
    places = np.minimum(np.searchsorted(found["id"], ids), len(found) - 1)
    there = found["id"][places] == ids
    out[there] = found["score"][places[there]]
    return out
