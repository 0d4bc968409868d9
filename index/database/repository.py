"""The SQL of reading search in PostgreSQL: what a search asks, and what a node keeps of a generation.

What a publish writes is in `write_repository.py`.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    Table,
    all_,
    any_,
    cast,
    func,
    literal,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import BIGINT, DOUBLE_PRECISION, REAL, aggregate_order_by

from core.database.packed import double, integer, number_array
from index.database.rows import (
    FIGURES,
    ArticleRow,
    EpochRow,
    Frozen,
    Ids,
    Serving,
    TermRows,
    WindowRows,
    term,
)
from index.database.schema import (
    VECTORS,
    search_article,
    search_bag,
    search_collection,
    search_epoch,
    search_posting,
    search_term,
    search_text,
    search_window,
)
from index.database.statements import Ask, Parameters, ask, columns, in_order, joined
from index.database.vectors import HalfVector, as_binary, from_binary, product
from index.protocols import Vectors

_SCORED = np.dtype([("id", ">i8"), ("score", ">f4")])
_BAG = struct.Struct("!qii")
_COUNTED = np.dtype([("id", ">i8"), ("count", ">i4")])


# ---- which generation serves


def serving(connection: Connection) -> Serving | None:
    """What serves now; None where nothing was published yet."""
    own = search_collection.c
    row = connection.execute(select(own.epoch, own.generation, own.published)).first()
    return Serving(row.epoch, row.generation, row.published) if row else None


def readable(connection: Connection, format_: int) -> Serving | None:
    """What serves now, for a release that reads tables of this format: during an upgrade the epoch before may be the
    one that it can read. None where there is none."""
    (row,) = ask(connection, [_SERVING])
    if row is None or row[1] == format_:
        return row[0] if row else None
    epoch = search_epoch.c
    before = connection.execute(
        select(epoch.epoch, epoch.generation).where(epoch.format == format_).order_by(epoch.epoch.desc()).limit(1)
    ).first()
    return Serving(before.epoch, before.generation, row[0].published) if before else None


def _build_serving(_given: Parameters) -> Select[Any]:
    own = search_collection.c
    sent = func.int8send(cast(own.epoch, BIGINT)).op("||")(
        func.int8send(own.generation).op("||")(
            func.int8send(own.published).op("||")(func.int4send(search_epoch.c.format))
        )
    )
    return columns(joined(sent)).join_from(search_collection, search_epoch, own.epoch == search_epoch.c.epoch)


def _parse_serving(row: Sequence[bytes]) -> tuple[Serving, int] | None:
    if not row[0]:
        return None
    epoch, generation, published, format_ = _SERVING_ROW.unpack(row[0])
    return Serving(epoch, generation, published), format_


_SERVING_ROW = struct.Struct("!qqqi")
_SERVING: Ask[tuple[Serving, int] | None] = Ask(("serving",), _build_serving, {}, _parse_serving)


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


def earlier_epoch(connection: Connection) -> int | None:
    """The epoch before the one that serves; None if there is none."""
    now = serving(connection)
    earlier = [epoch for epoch in epochs(connection) if now and epoch < now.epoch]
    return earlier[-1] if earlier else None


# ---- what a search asks


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

    def build(given: Parameters) -> Select[Any]:
        table = VECTORS[kind]
        distance = product(table.c.vector, given("vector", HalfVector(schema)), schema)
        wanted = select(table.c.id, distance.label("distance")).where(table.c.epoch == given("epoch", Integer()))
        if among is not None:
            asked = given.rows(id=BIGINT())
            wanted = wanted.join_from(asked, table, table.c.id == asked.c.id)
        if without is not None:
            # A hash table of them, which the server makes of what it knows when it plans.
            wanted = wanted.where(table.c.id != all_(given.array("without", BIGINT())))
        best = wanted.order_by(distance, table.c.id).limit(given("depth", Integer())).subquery()
        scored = func.int8send(best.c.id).op("||")(func.float4send(cast(-best.c.distance, REAL)))
        return columns(joined(scored, best.c.distance, best.c.id))

    def parse(row: Sequence[bytes]) -> tuple[NDArray[np.float32], Ids]:
        found = np.frombuffer(row[0], _SCORED)
        return found["score"].astype(np.float32), found["id"].astype(np.int64)

    values = {"epoch": integer(epoch), "vector": as_binary(vector), "depth": integer(depth)}
    values |= _ids(id=among, without=without)
    kept = among is None and without is None
    return Ask(("nearest", kind, schema, among is None, without is None), build, values, parse, kept)


def products(kind: str, epoch: int, ids: Ids, vector: Vectors, schema: str) -> Ask[NDArray[np.float32]]:
    """The inner product of each of some rows with a vector; 0 for one that is not there."""

    def build(given: Parameters) -> Select[Any]:
        found, own = _of(given, VECTORS[kind])
        near = -product(own.vector, given("vector", HalfVector(schema)), schema)
        scored = func.int8send(own.id).op("||")(func.float4send(cast(near, REAL)))
        return columns(joined(scored)).select_from(found)

    return Ask(
        ("products", kind, schema), build, {**_runs(ids), "epoch": integer(epoch), "vector": as_binary(vector)},
        lambda row: in_order(np.frombuffer(row[0], _SCORED), ids),
    )  # fmt: skip


def vectors(kind: str, epoch: int, ids: Ids, schema: str) -> Ask[NDArray[np.float16]]:
    """The stored vectors of some rows, in the order of `ids`."""

    def build(given: Parameters) -> Select[Any]:
        (found, own), sent = _of(given, VECTORS[kind]), _function(schema, "halfvec_send")
        return columns(joined(func.int8send(own.id), own.id), joined(sent(own.vector), own.id)).select_from(found)

    def parse(row: Sequence[bytes]) -> NDArray[np.float16]:
        numbers = np.frombuffer(row[0], ">i8").astype(np.int64)
        return from_binary(row[1], len(numbers))[np.searchsorted(numbers, ids)]

    return Ask(("vectors", kind, schema), build, {**_runs(ids), "epoch": integer(epoch)}, parse)


def best_windows(epoch: int, ids: Ids, vector: Vectors, offset: float, schema: str) -> Ask[NDArray[np.float32]]:
    """The greatest cosine of any window of each passage with a centred vector; `offset` is the mean's product with
    it."""

    def build(given: Parameters) -> Select[Any]:
        found, own = _of(given, search_window)
        near = -product(own.vector, given("vector", HalfVector(schema)), schema) - given("offset", DOUBLE_PRECISION())
        score = func.max(near / func.greatest(own.length, literal(1e-6)))
        best = select(own.id, score.label("score")).select_from(found).group_by(own.id).subquery()
        return columns(joined(func.int8send(best.c.id).op("||")(func.float4send(cast(best.c.score, REAL)))))

    values = {"epoch": integer(epoch), "vector": as_binary(vector), "offset": double(offset), **_runs(ids)}
    return Ask(("windows", schema), build, values, lambda row: in_order(np.frombuffer(row[0], _SCORED), ids))


def windows(epoch: int, ids: Ids, schema: str) -> Ask[WindowRows]:
    """All windows of some passages, in the order of their ids."""

    def build(given: Parameters) -> Select[Any]:
        found, own = _of(given, search_window)
        order = (own.id, own.number)
        return columns(
            joined(func.int8send(own.id), *order),
            joined(func.float4send(own.length), *order),
            joined(_function(schema, "halfvec_send")(own.vector), *order),
        ).select_from(found)

    def parse(row: Sequence[bytes]) -> WindowRows:
        numbers = np.frombuffer(row[0], ">i8").astype(np.int64)
        return WindowRows(numbers, np.frombuffer(row[1], ">f4").astype(np.float32), from_binary(row[2], len(numbers)))

    return Ask(("window vectors", schema), build, {**_runs(ids), "epoch": integer(epoch)}, parse)


def best_by_words(
    epoch: int, family: int, weights: Mapping[int, float], depth: int, among: Ids | None = None
) -> Ask[list[tuple[int, float]]]:
    """(article, score) best first: the sum of each word's weight in the article times its own in `weights`."""

    def build(given: Parameters) -> Select[Any]:
        own = search_posting.c
        asked = given.rows(term=Integer(), idf=DOUBLE_PRECISION())
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
        return columns(joined(scored, best.c.score.desc(), best.c.article))

    def parse(row: Sequence[bytes]) -> list[tuple[int, float]]:
        found = np.frombuffer(row[0], np.dtype([("id", ">i8"), ("score", ">f8")]))
        return list(zip(found["id"].tolist(), found["score"].tolist(), strict=True))

    values = {
        "epoch": integer(epoch), "depth": integer(depth), "term": number_array(term(family, list(weights)), "integer"),
        "idf": number_array(list(weights.values()), "double"),
    }  # fmt: skip
    if among is not None:
        values["among"] = number_array(among, "integer")
    return Ask(("words", among is None), build, values, parse, kept=among is None)


def bags(epoch: int, ids: Ids) -> Ask[dict[int, tuple[bytes, bytes]]]:
    """The bag of words and the forms of some passages and articles."""

    def build(given: Parameters) -> Select[Any]:
        found, own = _of(given, search_bag)
        lengths = func.int4send(func.octet_length(own.words)).op("||")(func.int4send(func.octet_length(own.forms)))
        sent = func.int8send(own.id).op("||")(lengths).op("||")(own.words).op("||")(own.forms)
        return columns(joined(sent)).select_from(found)

    def parse(row: Sequence[bytes]) -> dict[int, tuple[bytes, bytes]]:
        data, place = row[0], 0
        found = {}
        while place < len(data):
            number, words, forms = _BAG.unpack_from(data, place)
            begin = place + _BAG.size
            middle, place = begin + words, begin + words + forms
            found[number] = data[begin:middle], data[middle:place]
        return found

    return Ask(("bags",), build, {**_runs(ids), "epoch": integer(epoch)}, parse)


def texts(epoch: int, ids: Ids) -> Ask[dict[int, bytes]]:
    """Passages as they are stored."""

    def build(given: Parameters) -> Select[Any]:
        found, own = _of(given, search_text)
        lengths = func.int8send(own.id).op("||")(func.int4send(func.octet_length(own.text)))
        return columns(joined(lengths, own.id), joined(own.text, own.id)).select_from(found)

    def parse(row: Sequence[bytes]) -> dict[int, bytes]:
        table = np.frombuffer(row[0], _COUNTED)
        ends = np.cumsum(table["count"])
        return {
            number: row[1][end - count : end]
            for number, count, end in zip(table["id"].tolist(), table["count"].tolist(), ends.tolist(), strict=True)
        }

    return Ask(("texts",), build, {**_runs(ids), "epoch": integer(epoch)}, parse)


def _of(given: Parameters, table: Table) -> tuple[FromClause, Any]:
    """What to select from, and its columns: rows of one epoch with the ids asked for, looked up run by run. With the
    limit, which no run reaches, the server can do nothing else: a comparison with an array would be made for every row
    of the table where that is small, and with each of the ids."""
    asked = given.rows(first=BIGINT(), last=BIGINT())
    found = (
        select(table)
        .where(table.c.epoch == given("epoch", Integer()), table.c.id.between(asked.c.first, asked.c.last))
        .order_by(table.c.id)
        .limit(_MOST_IN_A_RUN)
        .lateral("found")
    )
    return asked.join(found, true()), found.c


_MOST_IN_A_RUN = 1 << 22


def _runs(ids: Ids) -> dict[str, bytes]:
    """Ids as the first and the last of those that follow one another: all passages of an article are looked up at
    once."""
    ids = np.unique(ids)
    begins = np.append(True, np.diff(ids) != 1)[: len(ids)]
    first, last = ids[begins], ids[np.append(begins[1:], True)[: len(ids)]]
    return {"first": number_array(first, "bigint"), "last": number_array(last, "bigint")}


def _ids(**named: Ids | None) -> dict[str, bytes]:
    return {name: number_array(np.unique(ids), "bigint") for name, ids in named.items() if ids is not None}


# ---- what a node keeps


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
    query = columns(joined(func.int8send(own.article), own.article)).where(own.epoch == epoch)
    return np.frombuffer(connection.execute(query).scalar_one() or b"", ">i8").astype(np.int64)


def terms(connection: Connection, epoch: int, since: int = -1) -> dict[tuple[int, int], TermRows]:
    """Words by kind and family that were written after generation `since`."""
    own = search_term.c
    packed: list[ColumnElement[Any]] = [
        func.string_agg(own.word, aggregate_order_by(literal("\n"), own.number)),
        joined(func.int4send(own.number), own.number),
        *(
            joined((func.int4send if "frequency" in name else func.float4send)(own[name]), own.number)
            for name in FIGURES
        ),
    ]
    query = select(own.kind, own.family, *packed).where(own.epoch == epoch, own.changed > since)
    found = {}
    for kind, family, words, numbers, *figures in connection.execute(query.group_by(own.kind, own.family)):
        arrays: list[NDArray[Any]] = [
            np.frombuffer(data, ">i4").astype(np.int32)
            if "frequency" in name
            else np.frombuffer(data, ">f4").astype(np.float32)
            for name, data in zip(FIGURES, figures, strict=True)
        ]
        found[kind, family] = TermRows(np.frombuffer(numbers, ">i4").astype(np.int32), words.split("\n"), *arrays)
    return found


def counts(connection: Connection, epoch: int) -> dict[str, int]:
    """How many rows an epoch has of each kind, to compare with what was to be written."""
    tables = {
        "passages": VECTORS["passages"], "titles": VECTORS["titles"], "texts": search_text, "articles": search_article
    }  # fmt: skip
    return {
        name: connection.execute(select(func.count()).select_from(table).where(table.c.epoch == epoch)).scalar_one()
        for name, table in tables.items()
    }


def _function(schema: str, name: str) -> Any:
    return getattr(getattr(func, schema), name)
