"""The SQL of search in PostgreSQL: what a search reads, and what a publish writes.

Results are packed by the server into one value of bytes, since the driver takes longer over a thousand small values
than the server over finding them. Numbers in them are big-endian, as PostgreSQL sends them.
"""

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    LargeBinary,
    Select,
    SmallInteger,
    Table,
    Text,
    all_,
    and_,
    any_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT, DOUBLE_PRECISION, REAL, aggregate_order_by
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import ExecutableDDLElement
from sqlalchemy.sql.compiler import DDLCompiler
from sqlalchemy.types import TypeEngine

from index.database.schema import (
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
from index.database.vectors import HalfVector, as_text, from_binary, one_as_text, product
from index.protocols import Vectors

T = TypeVar("T")
S = TypeVar("S")
Ids = NDArray[np.int64]
PASSAGES, TITLES = "passages", "titles"
_VECTORS = {PASSAGES: search_passage, TITLES: search_title}
WORDS, FORMS, WRITTEN = range(3)
# An article's own bag of words has the last number that a passage of it could have.
ARTICLE_BAG = 0xFFFF
PASSAGES_AN_ARTICLE = 1 << 16
# A word's number within its family, and the family's above it.
_FAMILY_BITS = 26
_ROWS_AT_ONCE = 20_000
_VECTORS_AT_ONCE = 1_000
_ONLY = 1

_SCORED = np.dtype([("id", ">i8"), ("score", ">f4")])
_COUNTED = np.dtype([("id", ">i8"), ("count", ">i4")])


@dataclass(frozen=True)
class Serving:
    """Which epoch serves, at which generation, and how often that changed."""

    epoch: int
    generation: int
    published: int


@dataclass(frozen=True)
class EpochRow:
    """What of an epoch each of its generations changes."""

    epoch: int
    generation: int
    manifest: dict[str, Any]


@dataclass(frozen=True)
class Frozen:
    """What stays while an epoch lasts."""

    means: bytes
    lengths: dict[str, float]
    spread: bytes


@dataclass(frozen=True)
class ArticleRow:
    """One article as it is stored. A byte of `passages` and of `titles` for each of them: its state, of a title with
    128 added where it is a question's."""

    article: int
    lang: str
    slug: str
    key: str
    title: str
    category: str
    audience: str
    boost: float
    same_titles: int
    content: str
    stamp: str
    passages: bytes
    titles: bytes


@dataclass(frozen=True)
class TermRows:
    """Words of one kind and family, with their figures, in the order of their numbers."""

    numbers: NDArray[np.int32]
    words: list[str]
    frequency: NDArray[np.int32]
    first: NDArray[np.float32]
    second: NDArray[np.float32]
    passage_frequency: NDArray[np.int32]
    passage_first: NDArray[np.float32]
    passage_second: NDArray[np.float32]


@dataclass(frozen=True)
class WindowRows:
    """The windows of some passages, one after the other; `ids` are their passages."""

    ids: Ids
    lengths: NDArray[np.float32]
    vectors: NDArray[np.float16]


# ---- what a search reads


def serving(connection: Connection) -> Serving | None:
    """What serves now; None where nothing was published yet."""
    own = search_collection.c
    row = connection.execute(select(own.epoch, own.generation, own.published)).first()
    return Serving(row.epoch, row.generation, row.published) if row else None


def readable(connection: Connection, format_: int) -> Serving | None:
    """What serves now, for a release that reads tables of this format: during an upgrade the epoch before may be the
    one that it can read. None where there is none."""
    own, epoch = search_collection.c, search_epoch.c
    row = connection.execute(
        select(own.epoch, own.generation, own.published, epoch.format).join_from(
            search_collection, search_epoch, own.epoch == epoch.epoch
        )
    ).first()
    if row is None or row.format == format_:
        return Serving(row.epoch, row.generation, row.published) if row else None
    before = connection.execute(
        select(epoch.epoch, epoch.generation).where(epoch.format == format_).order_by(epoch.epoch.desc()).limit(1)
    ).first()
    return Serving(before.epoch, before.generation, row.published) if before else None


def epoch_row(connection: Connection, epoch: int) -> EpochRow | None:
    own = search_epoch.c
    row = connection.execute(select(own.epoch, own.generation, own.manifest).where(own.epoch == epoch)).first()
    return EpochRow(row.epoch, row.generation, json.loads(row.manifest)) if row else None


def frozen(connection: Connection, epoch: int) -> Frozen:
    """What stays while an epoch lasts: half a megabyte, so that it is read once."""
    own = search_epoch.c
    row = connection.execute(select(own.means, own.lengths, own.spread).where(own.epoch == epoch)).one()
    return Frozen(bytes(row.means), json.loads(row.lengths), bytes(row.spread))


def epochs(connection: Connection) -> list[int]:
    return list(connection.scalars(select(search_epoch.c.epoch).order_by(search_epoch.c.epoch)))


@dataclass(frozen=True)
class Ask(Generic[T]):
    """A question to the server whose answer is one row; `parse` reads it. Several are asked in one statement.

    `build` makes the statement from what gives it its parameters by name. It is called once for each `shape`: putting a
    statement together takes as long as answering it, so statements are kept.
    """

    shape: tuple[Hashable, ...]
    build: "Callable[[_Parameters], Select[Any]]"
    values: Mapping[str, Any]
    parse: Callable[[Sequence[Any]], T]

    def then(self, parse: "Callable[[T], S]") -> "Ask[S]":
        """The same, with what is made of its answer."""
        return Ask(self.shape, self.build, self.values, lambda row: parse(self.parse(row)))


class _Parameters:
    """The parameters of the part of a statement with this number."""

    def __init__(self, part: int) -> None:
        self._part = part

    def __call__(self, name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
        return bindparam(_named(self._part, name), type_=kind)

    def array(self, name: str, kind: TypeEngine[Any]) -> ColumnElement[Any]:
        return cast(self(name, Text()), ARRAY(kind))


def _named(part: int, name: str) -> str:
    return f"{name}_{part}"


def earlier_epoch(connection: Connection) -> int | None:
    """The epoch before the one that serves; None if there is none."""
    now = serving(connection)
    earlier = [epoch for epoch in epochs(connection) if now and epoch < now.epoch]
    return earlier[-1] if earlier else None


def ask(connection: Connection, asks: "Sequence[Ask[Any]]") -> list[Any]:
    """The answers, in their order, in one round trip."""
    if not asks:
        return []
    statement, widths = _statement(tuple(one.shape for one in asks), _Builders(asks))
    values = {_named(part, name): value for part, one in enumerate(asks) for name, value in one.values.items()}
    row = connection.execute(statement, values).one()
    found, start = [], 0
    for one, width in zip(asks, widths, strict=True):
        found.append(one.parse([value or b"" for value in row[start : start + width]]))
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
def _statement(shapes: tuple[Hashable, ...], builders: _Builders) -> tuple[Select[Any], list[int]]:
    """The statement, and how many columns each part has."""
    parts = [build(_Parameters(part)).subquery() for part, build in enumerate(builders.build)]
    joined: FromClause = parts[0]
    for part in parts[1:]:
        joined = joined.join(part, true())
    statement = select(*(column for part in parts for column in part.c)).select_from(joined)
    return statement, [len(part.c) for part in parts]


def nearest(
    kind: str,
    epoch: int,
    vector: Vectors,
    depth: int,
    schema: str,
    among: Ids | None = None,
    without: Ids | None = None,
) -> Ask[tuple[NDArray[np.float32], Ids]]:
    """Inner products and ids of the nearest rows, best first: of `among`, or of all but `without`."""
    without = without if without is not None and len(without) else None

    def build(given: _Parameters) -> Select[Any]:
        table = _VECTORS[kind]
        distance = product(table.c.vector, given("vector", Text()), schema)
        wanted = select(table.c.id, distance.label("distance")).where(table.c.epoch == given("epoch", Integer()))
        if among is not None:
            wanted = wanted.where(table.c.id == any_(given.array("among", BIGINT())))
        if without is not None:
            wanted = wanted.where(table.c.id != all_(given.array("without", BIGINT())))
        best = wanted.order_by(distance, table.c.id).limit(given("depth", Integer())).subquery()
        scored = func.int8send(best.c.id).op("||")(func.float4send(cast(-best.c.distance, REAL)))
        return _packed(_joined(scored, best.c.distance, best.c.id))

    def parse(row: Sequence[bytes]) -> tuple[NDArray[np.float32], Ids]:
        found = np.frombuffer(row[0], _SCORED)
        return found["score"].astype(np.float32), found["id"].astype(np.int64)

    values = {"epoch": epoch, "vector": one_as_text(vector), "depth": depth, **_ids(among=among, without=without)}
    return Ask(("nearest", kind, schema, among is None, without is None), build, values, parse)


def products(kind: str, epoch: int, ids: Ids, vector: Vectors, schema: str) -> Ask[NDArray[np.float32]]:
    """The inner product of each of some rows with a vector; 0 for one that is not there."""

    def build(given: _Parameters) -> Select[Any]:
        own = _VECTORS[kind].c
        near = -product(own.vector, given("vector", Text()), schema)
        scored = func.int8send(own.id).op("||")(func.float4send(cast(near, REAL)))
        return _packed(_joined(scored)).where(*_of(own, given))

    return Ask(
        ("products", kind, schema), build, {"epoch": epoch, "vector": one_as_text(vector), **_ids(ids=ids)},
        lambda row: _in_order(np.frombuffer(row[0], _SCORED), ids),
    )  # fmt: skip


def vectors(kind: str, epoch: int, ids: Ids, schema: str) -> Ask[NDArray[np.float16]]:
    """The stored vectors of some rows, in the order of `ids`."""

    def build(given: _Parameters) -> Select[Any]:
        own, sent = _VECTORS[kind].c, _function(schema, "halfvec_send")
        return _packed(_joined(func.int8send(own.id), own.id), _joined(sent(own.vector), own.id)).where(
            *_of(own, given)
        )

    def parse(row: Sequence[bytes]) -> NDArray[np.float16]:
        numbers = np.frombuffer(row[0], ">i8").astype(np.int64)
        return from_binary(row[1], len(numbers))[np.searchsorted(numbers, ids)]

    return Ask(("vectors", kind, schema), build, {"epoch": epoch, **_ids(ids=ids)}, parse)


def best_windows(epoch: int, ids: Ids, vector: Vectors, offset: float, schema: str) -> Ask[NDArray[np.float32]]:
    """The greatest cosine of any window of each passage with a centred vector; `offset` is the mean's product with
    it."""

    def build(given: _Parameters) -> Select[Any]:
        own = search_window.c
        near = -product(own.vector, given("vector", Text()), schema) - given("offset", DOUBLE_PRECISION())
        best = (
            select(own.id, func.max(near / func.greatest(own.length, literal(1e-6))).label("score"))
            .where(*_of(own, given))
            .group_by(own.id)
            .subquery()
        )
        return _packed(_joined(func.int8send(best.c.id).op("||")(func.float4send(cast(best.c.score, REAL)))))

    return Ask(
        ("windows", schema), build, {"epoch": epoch, "vector": one_as_text(vector), "offset": offset, **_ids(ids=ids)},
        lambda row: _in_order(np.frombuffer(row[0], _SCORED), ids),
    )  # fmt: skip


def windows(epoch: int, ids: Ids, schema: str) -> Ask[WindowRows]:
    """All windows of some passages, in the order of their ids."""

    def build(given: _Parameters) -> Select[Any]:
        own = search_window.c
        order = (own.id, own.number)
        return _packed(
            _joined(func.int8send(own.id), *order),
            _joined(func.float4send(own.length), *order),
            _joined(_function(schema, "halfvec_send")(own.vector), *order),
        ).where(*_of(own, given))

    def parse(row: Sequence[bytes]) -> WindowRows:
        numbers = np.frombuffer(row[0], ">i8").astype(np.int64)
        return WindowRows(numbers, np.frombuffer(row[1], ">f4").astype(np.float32), from_binary(row[2], len(numbers)))

    return Ask(("window vectors", schema), build, {"epoch": epoch, **_ids(ids=ids)}, parse)


def best_by_words(
    epoch: int, family: int, weights: Mapping[int, float], depth: int, among: Ids | None = None
) -> Ask[list[tuple[int, float]]]:
    """(article, score) best first: the sum of each word's weight in the article times its own in `weights`."""

    def build(given: _Parameters) -> Select[Any]:
        own = search_posting.c
        asked = (
            func.unnest(given.array("terms", Integer()), given.array("idf", DOUBLE_PRECISION()))
            .table_valued("term", "idf", name="asked")
            .render_derived()
        )
        score = func.sum(asked.c.idf * cast(own.weight, DOUBLE_PRECISION))
        query = (
            select(own.article, score.label("score"))
            .select_from(search_posting.join(asked, own.term == asked.c.term))
            .where(own.epoch == given("epoch", Integer()))
            .group_by(own.article)
        )
        if among is not None:
            query = query.where(own.article == any_(given.array("among", Integer())))
        best = query.order_by(score.desc(), own.article).limit(given("depth", Integer())).subquery()
        scored = func.int8send(best.c.article).op("||")(func.float8send(best.c.score))
        return _packed(_joined(scored, best.c.score.desc(), best.c.article))

    def parse(row: Sequence[bytes]) -> list[tuple[int, float]]:
        found = np.frombuffer(row[0], np.dtype([("id", ">i8"), ("score", ">f8")]))
        return list(zip(found["id"].tolist(), found["score"].tolist(), strict=True))

    values = {
        "epoch": epoch, "terms": _listed(_term(family, list(weights))), "idf": _listed(list(weights.values())),
        "depth": depth, **_ids(among=among),
    }  # fmt: skip
    return Ask(("words", among is None), build, values, parse)


def bags(epoch: int, ids: Ids) -> Ask[dict[int, tuple[bytes, bytes]]]:
    """The bag of words and the forms of some passages and articles."""

    def build(given: _Parameters) -> Select[Any]:
        own = search_bag.c
        lengths = func.int8send(own.id).op("||")(
            func.int4send(func.octet_length(own.words)).op("||")(func.int4send(func.octet_length(own.forms)))
        )
        return _packed(
            _joined(lengths, own.id), _joined(own.words, own.id), _joined(own.forms, own.id)
        ).where(*_of(own, given))  # fmt: skip

    def parse(row: Sequence[bytes]) -> dict[int, tuple[bytes, bytes]]:
        table = np.frombuffer(row[0], np.dtype([("id", ">i8"), ("words", ">i4"), ("forms", ">i4")]))
        words, forms = np.cumsum(table["words"]), np.cumsum(table["forms"])
        starts, others = words - table["words"], forms - table["forms"]
        return {
            number: (row[1][a:b], row[2][c:d])
            for number, a, b, c, d in zip(
                table["id"].tolist(), starts.tolist(), words.tolist(), others.tolist(), forms.tolist(), strict=True
            )
        }

    return Ask(("bags",), build, {"epoch": epoch, **_ids(ids=ids)}, parse)


def texts(epoch: int, ids: Ids) -> Ask[dict[int, bytes]]:
    """Passages as they are stored."""

    def build(given: _Parameters) -> Select[Any]:
        own = search_text.c
        lengths = func.int8send(own.id).op("||")(func.int4send(func.octet_length(own.text)))
        return _packed(_joined(lengths, own.id), _joined(own.text, own.id)).where(*_of(own, given))

    def parse(row: Sequence[bytes]) -> dict[int, bytes]:
        table = np.frombuffer(row[0], _COUNTED)
        ends = np.cumsum(table["count"])
        return {
            number: row[1][end - count : end]
            for number, count, end in zip(table["id"].tolist(), table["count"].tolist(), ends.tolist(), strict=True)
        }

    return Ask(("texts",), build, {"epoch": epoch, **_ids(ids=ids)}, parse)


def _of(columns: Any, given: _Parameters) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Rows of one epoch with the ids asked for."""
    return columns.epoch == given("epoch", Integer()), columns.id == any_(given.array("ids", BIGINT()))


def _ids(**named: Ids | None) -> dict[str, str]:
    return {name: _listed(ids) for name, ids in named.items() if ids is not None}


def articles(connection: Connection, epoch: int, since: int = -1) -> list[ArticleRow]:
    """Articles whose row was written after generation `since`."""
    own = search_article.c
    query = select(*[own[name] for name in ArticleRow.__dataclass_fields__]).where(
        own.epoch == epoch, own.changed > since
    )
    return [
        ArticleRow(**{**row._mapping, "passages": bytes(row.passages), "titles": bytes(row.titles)})
        for row in connection.execute(query.order_by(own.article))
    ]


def article_numbers(connection: Connection, epoch: int) -> Ids:
    """The numbers of all articles of an epoch."""
    own = search_article.c
    query = _packed(_joined(func.int8send(own.article), own.article)).where(own.epoch == epoch)
    return np.frombuffer(connection.execute(query).scalar_one() or b"", ">i8").astype(np.int64)


def terms(connection: Connection, epoch: int, since: int = -1) -> dict[tuple[int, int], TermRows]:
    """Words by kind and family that were written after generation `since`."""
    own = search_term.c
    columns: list[ColumnElement[Any]] = [
        func.string_agg(own.word, aggregate_order_by(literal("\n"), own.number)),
        _joined(func.int4send(own.number), own.number),
        *(
            _joined((func.int4send if "frequency" in name else func.float4send)(own[name]), own.number)
            for name in _FIGURES
        ),
    ]
    query = select(own.kind, own.family, *columns).where(own.epoch == epoch, own.changed > since)
    found = {}
    for kind, family, words, numbers, *figures in connection.execute(query.group_by(own.kind, own.family)):
        arrays: list[NDArray[Any]] = [
            np.frombuffer(data, ">i4").astype(np.int32)
            if "frequency" in name
            else np.frombuffer(data, ">f4").astype(np.float32)
            for name, data in zip(_FIGURES, figures, strict=True)
        ]
        found[kind, family] = TermRows(np.frombuffer(numbers, ">i4").astype(np.int32), words.split("\n"), *arrays)
    return found


_FIGURES = ("frequency", "first", "second", "passage_frequency", "passage_first", "passage_second")


# ---- what a publish writes


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


def write_epoch(connection: Connection, row: EpochRow, frozen: Frozen | None = None) -> None:
    """Begin an epoch, or without `frozen` go on with one."""
    told = {"generation": row.generation, "manifest": json.dumps(row.manifest)}
    if frozen is None:
        connection.execute(update(search_epoch).where(search_epoch.c.epoch == row.epoch).values(told))
        return
    values = {"epoch": row.epoch, "format": row.manifest["format"], "lengths": json.dumps(frozen.lengths), **told}
    connection.execute(insert(search_epoch).values(means=frozen.means, spread=frozen.spread, **values))


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
    for some in _batches(rows, _VECTORS_AT_ONCE):
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


def article_bag(article: int) -> int:
    return article * PASSAGES_AN_ARTICLE + ARTICLE_BAG


def write_vectors(
    connection: Connection, kind: str, epoch: int, ids: Ids, stored: NDArray[np.float16], schema: str
) -> None:
    table = _VECTORS[kind]
    for some in _batches(range(len(ids)), _VECTORS_AT_ONCE):
        part = slice(some[0], some[-1] + 1)
        asked = _rows(id=(ids[part], BIGINT()), vector=(as_text(stored[part]), Text()))
        _insert_from(
            connection, table, {"epoch": literal(epoch), "id": asked.c.id,
                                "vector": cast(asked.c.vector, HalfVector(schema))}
        )  # fmt: skip


def write_windows(
    connection: Connection, epoch: int, ids: Ids, numbers: Ids, lengths: NDArray[np.float32],
    stored: NDArray[np.float16], schema: str,
) -> None:  # fmt: skip
    for some in _batches(range(len(ids)), _VECTORS_AT_ONCE):
        part = slice(some[0], some[-1] + 1)
        asked = _rows(
            id=(ids[part], BIGINT()), number=(numbers[part], SmallInteger()), length=(lengths[part], REAL()),
            vector=(as_text(stored[part]), Text()),
        )  # fmt: skip
        _insert_from(
            connection, search_window,
            {"epoch": literal(epoch), "id": asked.c.id, "number": asked.c.number, "length": asked.c.length,
             "vector": cast(asked.c.vector, HalfVector(schema))},
        )  # fmt: skip


def write_texts(connection: Connection, epoch: int, ids: Ids, stored: Sequence[bytes]) -> None:
    for some in _batches(range(len(ids)), _VECTORS_AT_ONCE):
        part = slice(some[0], some[-1] + 1)
        asked = _rows(id=(ids[part], BIGINT()), text=([data.hex() for data in stored[part]], Text()))
        _insert_from(
            connection, search_text,
            {"epoch": literal(epoch), "id": asked.c.id, "text": func.decode(asked.c.text, "hex")},
        )  # fmt: skip


def write_bags(connection: Connection, epoch: int, ids: Ids, words: Sequence[bytes], forms: Sequence[bytes]) -> None:
    for some in _batches(range(len(ids)), _VECTORS_AT_ONCE):
        part = slice(some[0], some[-1] + 1)
        asked = _rows(
            id=(ids[part], BIGINT()), words=([data.hex() for data in words[part]], Text()),
            forms=([data.hex() for data in forms[part]], Text()),
        )  # fmt: skip
        _insert_from(
            connection, search_bag,
            {"epoch": literal(epoch), "id": asked.c.id, "words": func.decode(asked.c.words, "hex"),
             "forms": func.decode(asked.c.forms, "hex")},
        )  # fmt: skip


def write_postings(
    connection: Connection, epoch: int, family: int, words: NDArray[np.int32], numbers: Ids,
    weights: NDArray[np.float32],
) -> None:  # fmt: skip
    """Each article's words of one family with their weights."""
    for some in _batches(range(len(words)), _ROWS_AT_ONCE):
        part = slice(some[0], some[-1] + 1)
        asked = _rows(
            term=(_term(family, words[part].tolist()), Integer()), article=(numbers[part], Integer()),
            weight=(weights[part], REAL()),
        )  # fmt: skip
        _insert_from(
            connection, search_posting,
            {"epoch": literal(epoch), "term": asked.c.term, "article": asked.c.article, "weight": asked.c.weight},
        )  # fmt: skip


def remove_postings(connection: Connection, epoch: int, family: int, words: NDArray[np.int32], numbers: Ids) -> None:
    """Remove articles' postings of these words."""
    own = search_posting.c
    for some in _batches(range(len(words)), _ROWS_AT_ONCE):
        part = slice(some[0], some[-1] + 1)
        gone = _rows(term=(_term(family, words[part].tolist()), Integer()), article=(numbers[part], Integer()))
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
        for name in _FIGURES:
            figures[name] = getattr(rows, name)[part], Integer() if "frequency" in name else REAL()
        asked = _rows(number=(rows.numbers[part], Integer()), word=(rows.words[part], Text()), **figures)
        _insert_from(
            connection, search_term,
            {"epoch": literal(epoch), "kind": literal(kind), "family": literal(family), "changed": literal(generation),
             **{name: asked.c[name] for name in ("number", "word", *_FIGURES)}},
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


def counts(connection: Connection, epoch: int) -> dict[str, int]:
    """How many rows an epoch has of each kind, to compare with what was to be written."""
    tables = {"passages": search_passage, "titles": search_title, "texts": search_text, "articles": search_article}
    return {
        name: connection.execute(select(func.count()).select_from(table).where(table.c.epoch == epoch)).scalar_one()
        for name, table in tables.items()
    }


# ---- how numbers go there and come back


def _joined(value: ColumnElement[Any], *order: ColumnElement[Any]) -> ColumnElement[bytes]:
    """All rows' bytes, one after the other."""
    nothing = cast(literal(""), LargeBinary)
    return func.string_agg(value, aggregate_order_by(nothing, *order) if order else nothing, type_=LargeBinary())


def _packed(*values: ColumnElement[bytes]) -> Select[Any]:
    labelled: list[ColumnElement[Any]] = [value.label(f"c{number}") for number, value in enumerate(values)]
    query: Select[Any] = select(*labelled)
    return query


def _in_order(found: NDArray[Any], ids: Ids) -> NDArray[np.float32]:
    """Scores in the order of `ids`, each of which may be there more than once."""
    out = np.zeros(len(ids), np.float32)
    if not len(found):
        return out
    found = found[np.argsort(found["id"], kind="stable")]
    places = np.minimum(np.searchsorted(found["id"], ids), len(found) - 1)
    there = found["id"][places] == ids
    out[there] = found["score"][places[there]]
    return out


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


def _batches(values: Any, size: int) -> list[Any]:
    return [values[start : start + size] for start in range(0, len(values), size)]


def _term(family: int, words: Sequence[int]) -> list[int]:
    return [(family << _FAMILY_BITS) + word for word in words]


def _function(schema: str, name: str) -> Any:
    return getattr(getattr(func, schema), name)
