"""The SQL of search in PostgreSQL: what a search reads, and what a publish writes.

Results are packed by the server into one value of bytes, since the driver takes longer over a thousand small values than
the server over finding them. Numbers in them are big-endian, as PostgreSQL sends them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Select,
    SmallInteger,
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
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT, DOUBLE_PRECISION, REAL, aggregate_order_by
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
from index.database.vectors import HalfVector, as_text, from_binary, product
from index.protocols import Vectors

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
    """Which epoch serves, and at which generation."""

    epoch: int
    generation: int


@dataclass(frozen=True)
class EpochRow:
    """One epoch as it is stored."""

    epoch: int
    generation: int
    manifest: dict[str, Any]
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
    row = connection.execute(select(search_collection.c.epoch, search_collection.c.generation)).first()
    return Serving(row.epoch, row.generation) if row else None


def epoch_row(connection: Connection, epoch: int) -> EpochRow | None:
    row = connection.execute(select(search_epoch).where(search_epoch.c.epoch == epoch)).first()
    if row is None:
        return None
    return EpochRow(
        row.epoch, row.generation, json.loads(row.manifest), bytes(row.means), json.loads(row.lengths), bytes(row.spread)
    )


def epochs(connection: Connection) -> list[int]:
    return list(connection.scalars(select(search_epoch.c.epoch).order_by(search_epoch.c.epoch)))


def nearest(
    connection: Connection, kind: str, epoch: int, vector: Vectors, depth: int, schema: str,
    among: Ids | None = None, without: Ids | None = None,
) -> tuple[NDArray[np.float32], Ids]:  # fmt: skip
    """Inner products and ids of the nearest rows, best first: of `among`, or of all but `without`."""
    if depth <= 0:
        return np.zeros(0, np.float32), np.zeros(0, np.int64)
    table = _VECTORS[kind]
    distance = product(table.c.vector, vector, schema)
    wanted = select(table.c.id, distance.label("distance")).where(table.c.epoch == epoch)
    if among is not None:
        wanted = wanted.where(_is_one_of(table.c.id, among))
    if without is not None and len(without):
        wanted = wanted.where(~_is_one_of(table.c.id, without))
    best = wanted.order_by(distance, table.c.id).limit(depth).subquery()
    scored = func.int8send(best.c.id).op("||")(func.float4send(cast(-best.c.distance, REAL)))
    found = np.frombuffer(_packed(connection, select(_joined(scored, best.c.distance, best.c.id))), _SCORED)
    return found["score"].astype(np.float32), found["id"].astype(np.int64)


def products(
    connection: Connection, kind: str, epoch: int, ids: Ids, vector: Vectors, schema: str
) -> NDArray[np.float32]:
    """The inner product of each of some rows with a vector; 0 for one that is not there."""
    if not len(ids):
        return np.zeros(0, np.float32)
    own = _VECTORS[kind].c
    scored = func.int8send(own.id).op("||")(func.float4send(cast(-product(own.vector, vector, schema), REAL)))
    query = select(_joined(scored)).where(own.epoch == epoch, _is_one_of(own.id, ids))
    return _in_order(np.frombuffer(_packed(connection, query), _SCORED), ids)


def vectors(connection: Connection, kind: str, epoch: int, ids: Ids, schema: str) -> NDArray[np.float16]:
    """The stored vectors of some rows, in the order of `ids`."""
    own, sent = _VECTORS[kind].c, _function(schema, "halfvec_send")
    query = select(_joined(func.int8send(own.id), own.id), _joined(sent(own.vector), own.id)).where(
        own.epoch == epoch, _is_one_of(own.id, ids)
    )
    found, data = connection.execute(query).one()
    numbers = np.frombuffer(found or b"", ">i8").astype(np.int64)
    stored = from_binary(data or b"", len(numbers))
    return stored[np.searchsorted(numbers, ids)] if len(ids) else stored


def best_windows(
    connection: Connection, epoch: int, ids: Ids, vector: Vectors, offset: float, schema: str
) -> NDArray[np.float32]:
    """The greatest cosine of any window of each passage with a centred vector; `offset` is the mean's product with it."""
    if not len(ids):
        return np.zeros(0, np.float32)
    own = search_window.c
    cosine = (-product(own.vector, vector, schema) - literal(offset)) / func.greatest(own.length, literal(1e-6))
    best = (
        select(own.id, func.max(cosine).label("score"))
        .where(own.epoch == epoch, _is_one_of(own.id, ids))
        .group_by(own.id)
        .subquery()
    )
    scored = func.int8send(best.c.id).op("||")(func.float4send(cast(best.c.score, REAL)))
    return _in_order(np.frombuffer(_packed(connection, select(_joined(scored))), _SCORED), ids)


def windows(connection: Connection, epoch: int, ids: Ids, schema: str) -> WindowRows:
    """All windows of some passages, in the order of their ids."""
    own = search_window.c
    order = (own.id, own.number)
    query = select(
        _joined(func.int8send(own.id), *order),
        _joined(func.float4send(own.length), *order),
        _joined(_function(schema, "halfvec_send")(own.vector), *order),
    ).where(own.epoch == epoch, _is_one_of(own.id, ids))
    found, lengths, data = connection.execute(query).one()
    numbers = np.frombuffer(found or b"", ">i8").astype(np.int64)
    return WindowRows(
        numbers, np.frombuffer(lengths or b"", ">f4").astype(np.float32), from_binary(data or b"", len(numbers))
    )


def best_by_words(
    connection: Connection, epoch: int, family: int, weights: Mapping[int, float], depth: int, among: Ids | None = None
) -> list[tuple[int, float]]:
    """(article, score) best first: the sum of each word's weight in the article times its own in `weights`."""
    if not weights or depth <= 0 or (among is not None and not len(among)):
        return []
    own = search_posting.c
    asked = _rows(term=(_term(family, list(weights)), Integer()), idf=(list(weights.values()), DOUBLE_PRECISION()))
    score = func.sum(asked.c.idf * cast(own.weight, DOUBLE_PRECISION))
    query = (
        select(own.article, score.label("score"))
        .select_from(search_posting.join(asked, own.term == asked.c.term))
        .where(own.epoch == epoch)
        .group_by(own.article)
    )
    if among is not None:
        query = query.where(_is_one_of(own.article, among))
    best = query.order_by(score.desc(), own.article).limit(depth).subquery()
    scored = func.int8send(best.c.article).op("||")(func.float8send(best.c.score))
    packed = _packed(connection, select(_joined(scored, best.c.score.desc(), best.c.article)))
    found = np.frombuffer(packed, np.dtype([("id", ">i8"), ("score", ">f8")]))
    return list(zip(found["id"].tolist(), found["score"].tolist(), strict=True))


def bags(connection: Connection, epoch: int, ids: Ids) -> dict[int, tuple[bytes, bytes]]:
    """The bag of words and the forms of some passages and articles."""
    own = search_bag.c
    lengths = func.int8send(own.id).op("||")(
        func.int4send(func.octet_length(own.words)).op("||")(func.int4send(func.octet_length(own.forms)))
    )
    query = select(
        _joined(lengths, own.id), _joined(own.words, own.id), _joined(own.forms, own.id)
    ).where(own.epoch == epoch, _is_one_of(own.id, ids))  # fmt: skip
    header, words, forms = connection.execute(query).one()
    table = np.frombuffer(header or b"", np.dtype([("id", ">i8"), ("words", ">i4"), ("forms", ">i4")]))
    found: dict[int, tuple[bytes, bytes]] = {}
    word = form = 0
    for number, some, others in zip(table["id"].tolist(), table["words"].tolist(), table["forms"].tolist(), strict=True):
        found[number] = words[word : word + some], forms[form : form + others]
        word, form = word + some, form + others
    return found


def texts(connection: Connection, epoch: int, ids: Ids) -> dict[int, bytes]:
    """Passages as they are stored."""
    own = search_text.c
    query = select(own.id, own.text).where(own.epoch == epoch, _is_one_of(own.id, ids))
    return {row.id: bytes(row.text) for row in connection.execute(query)}


def articles(connection: Connection, epoch: int, since: int = -1) -> list[ArticleRow]:
    """Articles whose row was written after generation `since`."""
    own = search_article.c
    query = select(*[own[name] for name in ArticleRow.__dataclass_fields__]).where(
        own.epoch == epoch, own.changed > since
    )
    return [
        ArticleRow(*row[:-2], bytes(row[-2]), bytes(row[-1])) for row in connection.execute(query.order_by(own.article))
    ]


def article_numbers(connection: Connection, epoch: int) -> Ids:
    """The numbers of all articles of an epoch."""
    own = search_article.c
    packed = _packed(connection, select(_joined(func.int8send(own.article), own.article)).where(own.epoch == epoch))
    return np.frombuffer(packed, ">i8").astype(np.int64)


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
        arrays = [
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


def serve(connection: Connection, epoch: int, generation: int) -> None:
    """Point every node at an epoch and a generation of it."""
    values = {"epoch": epoch, "generation": generation}
    if connection.execute(update(search_collection).values(values)).rowcount == 0:
        connection.execute(insert(search_collection).values(number=_ONLY, **values))


def write_epoch(connection: Connection, row: EpochRow) -> None:
    connection.execute(delete(search_epoch).where(search_epoch.c.epoch == row.epoch))
    connection.execute(
        insert(search_epoch).values(
            epoch=row.epoch, generation=row.generation, manifest=json.dumps(row.manifest), means=row.means,
            lengths=json.dumps(row.lengths), spread=row.spread,
        )
    )  # fmt: skip


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
    for some in _batches(rows, _ROWS_AT_ONCE // 10):
        connection.execute(
            insert(search_article), [{"epoch": epoch, "changed": generation, **vars(row)} for row in some]
        )


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


def write_bags(
    connection: Connection, epoch: int, ids: Ids, words: Sequence[bytes], forms: Sequence[bytes]
) -> None:
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


def remove_postings(
    connection: Connection, epoch: int, family: int, words: NDArray[np.int32], numbers: Ids
) -> None:
    """Remove articles' postings of these words."""
    own = search_posting.c
    for some in _batches(range(len(words)), _ROWS_AT_ONCE):
        part = slice(some[0], some[-1] + 1)
        gone = _rows(term=(_term(family, words[part].tolist()), Integer()), article=(numbers[part], Integer()))
        connection.execute(
            delete(search_posting).where(own.epoch == epoch, own.term == gone.c.term, own.article == gone.c.article)
        )


def write_terms(
    connection: Connection, epoch: int, kind: int, family: int, rows: TermRows, generation: int
) -> None:
    """Write words and their figures, in place of those with the same numbers."""
    own = search_term.c
    for some in _batches(range(len(rows.numbers)), _ROWS_AT_ONCE):
        part = slice(some[0], some[-1] + 1)
        where = and_(own.epoch == epoch, own.kind == kind, own.family == family)
        connection.execute(delete(search_term).where(where, _is_one_of(own.number, rows.numbers[part])))
        figures = {
            name: (getattr(rows, name)[part], Integer() if "frequency" in name else REAL()) for name in _FIGURES
        }
        asked = _rows(number=(rows.numbers[part], Integer()), word=(rows.words[part], Text()), **figures)
        _insert_from(
            connection, search_term,
            {"epoch": literal(epoch), "kind": literal(kind), "family": literal(family), "changed": literal(generation),
             **{name: asked.c[name] for name in ("number", "word", *_FIGURES)}},
        )  # fmt: skip


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


def _packed(connection: Connection, query: Select[Any]) -> bytes:
    return connection.execute(query).scalar_one() or b""


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


def _array(values: Any, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """Values as PostgreSQL reads an array: the driver would look at each of them."""
    if isinstance(kind, Text):
        told = ",".join(f'"{value.replace(chr(92), chr(92) * 2).replace(chr(34), chr(92) + chr(34))}"' for value in values)
    elif isinstance(values, np.ndarray) and values.dtype.kind == "f":
        told = ",".join([f"{value:.9g}" for value in values.tolist()])
    else:
        told = ",".join([str(value) for value in (values.tolist() if isinstance(values, np.ndarray) else values)])
    return cast(literal(f"{{{told}}}"), ARRAY(kind))


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
