"""The SQL of publishing search to PostgreSQL. Rows are copied in binary; those that are few and of many columns are
given as arrays, a column each."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Table,
    Text,
    and_,
    any_,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, REAL
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.types import TypeEngine

from core.database.packed import bigint, copy_in, integer, packed_rows, row_of_bytes
from index.database.repository import epochs, serving
from index.database.rows import (
    FIGURES,
    ArticleRow,
    EpochRow,
    Frozen,
    Ids,
    Serving,
    TermRows,
    article_bag,
    term,
)
from index.database.schema import (
    VECTORS,
    search_article,
    search_bag,
    search_collection,
    search_epoch,
    search_passage,
    search_posting,
    search_term,
    search_text,
    search_title,
    search_window,
)
from index.database.vectors import as_rows

_ROWS_AT_ONCE = 20_000
_COPIED_AT_ONCE, _POSTINGS_AT_ONCE = 4_000, 200_000
_ARTICLES_AT_ONCE = 1_000
_ONLY = 1


def lock(connection: Connection) -> None:
    """Let nobody else publish search until this transaction ends."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(func.current_schema()), _LOCK)))


_LOCK = 20_260_015


def serve(connection: Connection, epoch: int, generation: int) -> Serving:
    """Point every node at an epoch and a generation of it."""
    before = serving(connection)
    now = Serving(epoch, generation, before.published + 1 if before else 1)
    if connection.execute(update(search_collection).values(vars(now))).rowcount == 0:
        connection.execute(insert(search_collection).values(number=_ONLY, **vars(now)))
    return now


def write_epoch(connection: Connection, row: EpochRow, frozen: Frozen) -> None:
    """Begin an epoch."""
    values = {"epoch": row.epoch, "format": row.manifest["format"], "lengths": json.dumps(frozen.lengths), **_told(row)}
    connection.execute(insert(search_epoch).values(means=frozen.means, spread=frozen.spread, **values))


def go_on(connection: Connection, row: EpochRow, spread: bytes = b"") -> None:
    """Go on with an epoch; b"": with the spread that is there."""
    values = {**_told(row), "spread": spread} if spread else _told(row)
    connection.execute(update(search_epoch).where(search_epoch.c.epoch == row.epoch).values(values))


def _told(row: EpochRow) -> dict[str, Any]:
    return {"generation": row.generation, "manifest": json.dumps(row.manifest)}


def remove_epochs(connection: Connection, kept: Sequence[int]) -> list[int]:
    """Remove all epochs but these; returns which."""
    gone = [epoch for epoch in epochs(connection) if epoch not in kept]
    for table in _OF_EPOCHS if gone else ():
        connection.execute(delete(table).where(table.c.epoch.in_(gone)))
    return gone


_OF_EPOCHS = (
    search_article, search_passage, search_title, search_window, search_text, search_bag, search_posting, search_term,
    search_epoch,
)  # fmt: skip


def write_articles(connection: Connection, epoch: int, rows: Sequence[ArticleRow], generation: int) -> None:
    """Write articles' rows anew."""
    _remove(connection, search_article, search_article.c.article, epoch, [row.article for row in rows])
    for some in _batches(rows, _ARTICLES_AT_ONCE):
        columns: dict[str, tuple[Any, TypeEngine[Any]]] = {}
        for name in ArticleRow.__dataclass_fields__:
            values, kind = [getattr(row, name) for row in some], search_article.c[name].type
            in_hex = isinstance(kind, LargeBinary)
            columns[name] = ([value.hex() for value in values], Text()) if in_hex else (values, kind)
        asked = _rows(**columns)
        _insert_from(
            connection, search_article,
            {"epoch": literal(epoch), "changed": literal(generation),
             **{name: func.decode(asked.c[name], "hex") if isinstance(search_article.c[name].type, LargeBinary)
                else asked.c[name] for name in columns}},
        )  # fmt: skip


def remove_articles(connection: Connection, epoch: int, numbers: Sequence[int], passages: Ids, titles: Ids) -> None:
    """Remove articles with all that belongs to them but their postings; `passages` and `titles` are their ids."""
    _remove(connection, search_article, search_article.c.article, epoch, numbers)
    for table in (search_passage, search_window, search_text, search_bag):
        _remove(connection, table, table.c.id, epoch, passages)
    _remove(connection, search_bag, search_bag.c.id, epoch, [article_bag(number) for number in numbers])
    _remove(connection, search_title, search_title.c.id, epoch, titles)


def write_vectors(connection: Connection, kind: str, epoch: int, ids: Ids, stored: NDArray[np.float16]) -> None:
    for part in _parts(len(ids)):
        rows = packed_rows(
            len(ids[part]), epoch=(">i4", epoch), id=(">i8", ids[part]), vector=as_rows(stored[part])
        )  # fmt: skip
        copy_in(connection, VECTORS[kind], ("epoch", "id", "vector"), rows)


def write_windows(
    connection: Connection, epoch: int, ids: Ids, numbers: Ids, lengths: NDArray[np.float32],
    stored: NDArray[np.float16],
) -> None:  # fmt: skip
    for part in _parts(len(ids)):
        rows = packed_rows(
            len(ids[part]), epoch=(">i4", epoch), id=(">i8", ids[part]), number=(">i2", numbers[part]),
            length=(">f4", lengths[part]), vector=as_rows(stored[part]),
        )  # fmt: skip
        copy_in(connection, search_window, ("epoch", "id", "number", "length", "vector"), rows)


def write_texts(connection: Connection, epoch: int, ids: Ids, stored: Sequence[bytes]) -> None:
    of_epoch = integer(epoch)
    for part in _parts(len(ids)):
        rows = [
            row_of_bytes(of_epoch, bigint(number), text)
            for number, text in zip(ids[part].tolist(), stored[part], strict=True)
        ]
        copy_in(connection, search_text, ("epoch", "id", "text"), b"".join(rows))


def write_bags(connection: Connection, epoch: int, ids: Ids, words: Sequence[bytes], forms: Sequence[bytes]) -> None:
    of_epoch = integer(epoch)
    for part in _parts(len(ids)):
        rows = [
            row_of_bytes(of_epoch, bigint(number), own, exact)
            for number, own, exact in zip(ids[part].tolist(), words[part], forms[part], strict=True)
        ]
        copy_in(connection, search_bag, ("epoch", "id", "words", "forms"), b"".join(rows))


def write_postings(
    connection: Connection, epoch: int, family: int, words: NDArray[np.int32], numbers: Ids,
    weights: NDArray[np.float32],
) -> None:  # fmt: skip
    """Each article's words of one family with their weights."""
    # As the index has them, so that it grows at its end where an epoch begins.
    order = np.lexsort((numbers, words))
    words, numbers, weights = words[order], numbers[order], weights[order]
    for part in _parts(len(words), _POSTINGS_AT_ONCE):
        rows = packed_rows(
            len(words[part]), epoch=(">i4", epoch), term=(">i4", term(family, words[part])),
            article=(">i4", numbers[part]), weight=(">f4", weights[part]),
        )  # fmt: skip
        copy_in(connection, search_posting, ("epoch", "term", "article", "weight"), rows)


def remove_postings(connection: Connection, epoch: int, family: int, words: NDArray[np.int32], numbers: Ids) -> None:
    """Remove articles' postings of these words."""
    own = search_posting.c
    for some in _batches(range(len(words)), _ROWS_AT_ONCE):
        part = slice(some[0], some[-1] + 1)
        gone = _rows(term=(term(family, words[part]), Integer()), article=(numbers[part], Integer()))
        connection.execute(
            delete(search_posting).where(own.epoch == epoch, own.term == gone.c.term, own.article == gone.c.article)
        )


def write_terms(connection: Connection, epoch: int, kind: int, family: int, rows: TermRows, generation: int) -> None:
    """Write words and their figures, in place of those with the same numbers."""
    own = search_term.c
    for some in _batches(range(len(rows.numbers)), _ROWS_AT_ONCE):
        part = slice(some[0], some[-1] + 1)
        where = and_(own.epoch == epoch, own.kind == kind, own.family == family)
        connection.execute(delete(search_term).where(where, _is_one_of(own.number, rows.numbers[part])))
        figures: dict[str, tuple[Any, TypeEngine[Any]]] = {}
        for name in FIGURES:
            figures[name] = getattr(rows, name)[part], Integer() if "frequency" in name else REAL()
        asked = _rows(number=(rows.numbers[part], Integer()), word=(rows.words[part], Text()), **figures)
        _insert_from(
            connection, search_term,
            {"epoch": literal(epoch), "kind": literal(kind), "family": literal(family), "changed": literal(generation),
             **{name: asked.c[name] for name in ("number", "word", *FIGURES)}},
        )  # fmt: skip


class _Analyze(ExecutableDDLElement):
    def __init__(self, table: Table) -> None:
        self.table = table


@compiles(_Analyze)
def _analyze(element: _Analyze, compiler: DDLCompiler, **_: Any) -> str:
    return f"ANALYZE {compiler.preparer.format_table(element.table)}"


def analyze(connection: Connection) -> None:
    """Let the server know how much there is now: until it finds out by itself, it would read tables from end to end."""
    for table in _OF_EPOCHS:
        connection.execute(_Analyze(table))


def _listed(values: Any) -> str:
    """Numbers as PostgreSQL reads an array: the driver would look at each of them."""
    if isinstance(values, np.ndarray):
        spelt = map("{:.9g}".format, values.tolist()) if values.dtype.kind == "f" else map(str, values.tolist())
    else:
        spelt = map(str, values)
    return f"{{{','.join(spelt)}}}"


def _spelt(values: Sequence[str]) -> str:
    """Texts as PostgreSQL reads an array."""
    return "{" + ",".join('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' for value in values) + "}"


def _array(values: Any, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    return cast(literal(_spelt(values) if isinstance(kind, Text) else _listed(values)), ARRAY(kind))


def _is_one_of(column: ColumnElement[Any], values: Any) -> ColumnElement[bool]:
    return column == any_(_array(values, column.type))


def _rows(**columns: tuple[Any, TypeEngine[Any]]) -> Any:
    """A table of these columns."""
    arrays = [_array(values, kind) for values, kind in columns.values()]
    return func.unnest(*arrays).table_valued(*columns, name="given").render_derived()


def _insert_from(connection: Connection, table: Table, columns: Mapping[str, ColumnElement[Any]]) -> None:
    connection.execute(insert(table).from_select(list(columns), select(*columns.values())))


def _remove(connection: Connection, table: Table, column: ColumnElement[Any], epoch: int, values: Any) -> None:
    for some in _batches(values, _ROWS_AT_ONCE):
        connection.execute(delete(table).where(table.c.epoch == epoch, _is_one_of(column, some)))


def _parts(count: int, size: int = _COPIED_AT_ONCE) -> list[slice]:
    return [slice(start, start + size) for start in range(0, count, size)]


def _batches(values: Any, size: int) -> list[Any]:
    return [values[start : start + size] for start in range(0, len(values), size)]
