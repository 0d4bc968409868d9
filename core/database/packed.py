"""Statements to PostgreSQL for who counts milliseconds: parameters and columns are bytes, as the server's types send
them, and a statement is put together once.

SQLAlchemy takes as long to put a statement together as the server to answer it, and the driver reads and writes numbers
as digits. What is one row of bytes columns, with parameters of the kinds below, can do without both.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Connection, Select, Table, bindparam, cast
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.types import TypeEngine, UserDefinedType

# Compiles only: parameters are written $1, $2, …, and literals with their types.
_DIALECT = PGDialect_asyncpg()  # type: ignore[no-untyped-call]


class Packed(str):
    """A statement whose parameters ($1, $2, …) are bytes as the server's types send them, and whose columns are bytes.
    The driver would write numbers as digits, and bytes as twice as many letters."""

    __slots__ = ("kept",)

    def __new__(cls, statement: str, *, kept: bool = False) -> "Packed":
        """`kept`: it comes often, and its plan does not depend on its parameters."""
        made = super().__new__(cls, statement)
        made.kept = kept
        return made

    kept: bool


class Copied(str):
    """A COPY whose rows are sent after it."""

    __slots__ = ("rows",)

    def __new__(cls, statement: str, rows: bytes) -> "Copied":
        made = super().__new__(cls, statement)
        made.rows = rows
        return made

    rows: bytes


class _AsSent(UserDefinedType[bytes]):
    """A parameter that is sent as it is; the server takes it for what it is cast to."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        raise NotImplementedError("a parameter's own type is never written")


def parameter(name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    return cast(bindparam(name, type_=_AsSent()), kind)


def array(name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    return cast(bindparam(name, type_=_AsSent()), ARRAY(kind))


@dataclass(frozen=True)
class PackedStatement:
    """A statement with the names of its parameters in their order, and the values of those that are its own."""

    statement: Packed
    names: tuple[str, ...]
    own: Mapping[str, bytes]

    @staticmethod
    def of(statement: Select[Any], *, kept: bool) -> "PackedStatement":
        """`kept`: it comes often, and its plan does not depend on its parameters."""
        compiled: Any = statement.compile(dialect=_DIALECT)
        names = tuple(compiled.positiontup)
        own = {name: _sent(bind.value) for name, bind in compiled.binds.items() if not bind.required}
        return PackedStatement(Packed(str(compiled), kept=kept), names, own)

    def row(self, connection: Connection, values: Mapping[str, bytes]) -> tuple[bytes, ...]:
        """The one row; what is NULL is empty."""
        known = {**self.own, **values}
        found = connection.exec_driver_sql(self.statement, tuple(known[name] for name in self.names)).one()
        return tuple(value or b"" for value in found)


class _Copy(ExecutableDDLElement):
    def __init__(self, table: Table, columns: Sequence[str]) -> None:
        self.table, self.columns = table, columns


@compiles(_Copy)
def _copy(element: _Copy, compiler: DDLCompiler, **_: Any) -> str:
    names = ", ".join(compiler.preparer.format_column(element.table.c[name]) for name in element.columns)
    return f"COPY {compiler.preparer.format_table(element.table)} ({names}) FROM STDIN WITH (FORMAT binary)"


def copy_in(connection: Connection, table: Table, columns: Sequence[str], rows: bytes) -> None:
    """Insert rows, which `packed_rows` or `row_of_bytes` made: several times as fast as INSERT."""
    statement = str(_Copy(table, columns).compile(dialect=_DIALECT))
    connection.exec_driver_sql(Copied(statement, b"".join((_COPY_HEAD, rows, _COPY_END))))


_COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_END = struct.pack("!h", -1)


def packed_rows(count: int, **columns: tuple[Any, Any]) -> bytes:
    """`count` rows to copy, of columns that are each as wide in all of them: (numpy's type as it is sent, values)."""
    fields: list[Any] = [("fields", ">i2")]
    for name, (kind, _) in columns.items():
        fields += [(f"length {name}", ">i4"), (name, kind)]
    rows = np.zeros(count, np.dtype(fields))
    rows["fields"] = len(columns)
    for name, (_, values) in columns.items():
        rows[f"length {name}"] = rows.dtype[name].itemsize
        if rows.dtype[name].names is None:
            rows[name] = values
        else:
            for part, of_part in values.items():
                rows[name][part] = of_part
    return rows.tobytes()


def row_of_bytes(*values: bytes) -> bytes:
    """One row to copy."""
    return b"".join(
        (_COUNT.pack(len(values)), *(part for value in values for part in (_LENGTH.pack(len(value)), value)))
    )


_COUNT, _LENGTH = struct.Struct("!h"), struct.Struct("!i")


def integer(value: int) -> bytes:
    """For an `integer`."""
    return struct.pack("!i", value)


def bigint(value: int) -> bytes:
    """For a `bigint`."""
    return struct.pack("!q", value)


def double(value: float) -> bytes:
    """For a `double precision`."""
    return struct.pack("!d", value)


_ELEMENTS = {"integer": (23, ">i4"), "bigint": (20, ">i8"), "double": (701, ">f8")}


def number_array(values: Any, kind: str) -> bytes:
    """For an array of these numbers; `kind` is integer, bigint or double."""
    of_type, stored = _ELEMENTS[kind]
    given: NDArray[Any] = np.asarray(values)
    if not len(given):
        return struct.pack("!iii", 0, 0, of_type)
    sent = np.zeros(len(given), np.dtype([("length", ">i4"), ("value", stored)]))
    sent["length"], sent["value"] = sent.dtype["value"].itemsize, given
    return struct.pack("!iiiii", 1, 0, of_type, len(given), 1) + sent.tobytes()


def _sent(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, int):
        return integer(value)
    assert isinstance(value, float)  # noqa: S101 - no others stand in a statement
    return double(value)
