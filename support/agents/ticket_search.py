"""Full-text search of tickets by words, one row a ticket: FTS5 on SQLite, a `tsvector` on PostgreSQL.

Case, accents, the Turkish dots and the two Chinese scripts are folded away on both sides, so `istanbul` finds
`İSTANBUL` and 退货 finds 退貨. A word is found by its beginning (`kulak` finds `kulaklık`), in Hebrew and Arabic also
behind what is written together with it, such as the article; scripts without spaces are split into pairs of characters.
`-word` excludes. The words are made here, so that both databases find the same. Rows are brought up to date by whoever
searches, so nothing that writes tickets has to know of this.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Text,
    bindparam,
    cast,
    delete,
    func,
    not_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from core.database.connection import writing
from core.database.upsert import insert_for
from index.analysis import fold, to_simplified
from index.analysis import words as words_in
from support.agents.schema import desk_text, desk_words
from support.tickets.schema import message, ticket

_BATCH = 500
_LONGEST = 50_000
_WORDS = 16
_LONGEST_QUERY, _LONGEST_WORD = 200, 64
_PART = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\u0e00-\u0eff"
    "\u1000-\u109f\u1780-\u17d3\U00020000-\U0003ffff]"
)
# Left out: `-word` behind a space, with a letter first, since `-1011` is more often a code that was copied.
_EXCLUDED = re.compile(r"(?<!\S)[-\u2212\uff0d](?=[^\W\d_])(\S+)")
# What is written together with a Hebrew word: and, the, in, as, to, from, that; in Arabic the article and before it.
_PREFIX = re.compile(
    "[\u05d5\u05d4\u05d1\u05db\u05dc\u05de\u05e9](?=[\u05d0-\u05ea]{3})"
    "|[\u0648\u0641]?(?:[\u0628\u0643]?\u0627\u0644|\u0644\u0644)(?=[\u0621-\u064a]{3})"
)
_PREFIXES = 2
_KNOWN = (
    select(desk_text.c.messages)
    .where(desk_text.c.ticket_id == message.c.ticket_id)
    .correlate(message)
    .scalar_subquery()
)
_BEHIND = (
    select(message.c.ticket_id, func.count().label("messages"))
    .group_by(message.c.ticket_id)
    .having(func.count() != func.coalesce(_KNOWN, 0))
    .limit(_BATCH)
)


def fold_text(words: str) -> str:
    """The folded (normalised) text."""
    return to_simplified(fold(words.replace("İ", "i").casefold()))


def catch_up(engine: Engine) -> int:
    """Index what was written since the last search; how many tickets."""
    done = 0
    with engine.connect() as connection:  # a quick look first: mostly nothing is new
        written = connection.execute(select(func.count()).select_from(message)).scalar_one()
        known = connection.execute(select(func.coalesce(func.sum(desk_text.c.messages), 0))).scalar_one()
    if written == known:
        return 0
    while True:
        with engine.connect() as connection:
            behind = connection.execute(_BEHIND).all()
            rows = [
                {"ticket": row.ticket_id, "count": row.messages, "words": _text_of(connection, row.ticket_id)}
                for row in behind
            ]
        if rows:
            with writing(engine) as connection:
                _store(connection, rows)
            done += len(rows)
        if len(rows) < _BATCH:
            return done


def conditions(engine: Engine, query: str) -> list[ColumnElement[bool]]:
    """Conditions on `desk_text`: every word of the query is in the ticket, or begins one, and none of those with a
    minus. None for no words."""
    query = query[:_LONGEST_QUERY]
    found = [_has(engine, words) for words in [_wanted(_EXCLUDED.sub(" ", query))] if words]
    excluded = [_wanted(text) for text in _EXCLUDED.findall(query)][:_WORDS]
    return found + [not_(_has(engine, words)) for words in excluded if words]


def _has(engine: Engine, wanted: Sequence[str]) -> ColumnElement[bool]:
    if engine.dialect.name == "sqlite":
        match = " ".join(f'"{word}"*' if len(word) > 1 else f'"{word}"' for word in wanted)
        return desk_text.c.ticket_id.in_(select(desk_words.c.rowid).where(desk_words.c.words.op("MATCH")(match)))
    match = " & ".join(f"'{word}':*" if len(word) > 1 else f"'{word}'" for word in wanted)
    return desk_text.c.words.bool_op("@@")(cast(match, TSQUERY))


def words_of(text: str, *, query: bool = False) -> list[str]:
    """The folded words of a text, each once: letters and digits only. A code (`E-17`) is a word, and so are its parts;
    of scripts without spaces every pair of characters is, and each alone where nobody asks (`query`)."""
    found: dict[str, None] = {}
    for word in words_in(fold_text(text)):
        parts = _PART.findall(word)
        if _UNSPACED.match(word):
            pairs = [word[i : i + 2] for i in range(len(word) - 1)] or [word]
            parts = pairs if query else [*pairs, *word]
        elif len(parts) > 1 and any(c.isdigit() for c in word) and not query:
            parts.append("".join(parts))
        rest = word
        for _time in range(0 if query else _PREFIXES):
            rest = rest[prefix.end() :] if (prefix := _PREFIX.match(rest)) else ""
            parts.append(rest)
        found.update(dict.fromkeys(part[:_LONGEST_WORD] for part in parts if _PART.fullmatch(part)))
    return list(found)


def forget(connection: Connection, ids: Sequence[int]) -> None:
    """Delete the words of these tickets, from the full-text index as well."""
    connection.execute(delete(desk_text).where(desk_text.c.ticket_id.in_(ids)))
    if connection.dialect.name == "sqlite":
        # FTS5 only marks what was deleted, until it merges the segments of its index.
        connection.execute(text("INSERT INTO desk_words(desk_words) VALUES ('optimize')"))


def _wanted(query: str) -> list[str]:
    return words_of(query, query=True)[:_WORDS]


def _store(connection: Connection, rows: list[dict[str, Any]]) -> None:
    # Through a SELECT: a ticket deleted meanwhile is simply left out.
    found: ColumnElement[Any] = bindparam("words", type_=Text)
    if connection.dialect.name != "sqlite":  # the words as they are: PostgreSQL's own parser would cut them otherwise
        found = func.array_to_tsvector(func.string_to_array(found, " "))
    row = select(ticket.c.id, bindparam("count", type_=BigInteger), found)
    new = insert_for(connection, desk_text).from_select(
        [desk_text.c.ticket_id, desk_text.c.messages, desk_text.c.words],
        row.where(ticket.c.id == bindparam("ticket")),
    )
    connection.execute(
        new.on_conflict_do_update(
            index_elements=[desk_text.c.ticket_id],
            set_={"messages": new.excluded.messages, "words": new.excluded.words},
        ),
        rows,
    )


def _text_of(connection: Connection, ticket_id: int) -> str:
    columns = (
        ticket.c.reference, ticket.c.name, ticket.c.email, ticket.c.phone, ticket.c.subject, ticket.c.fields,
        ticket.c.attributes, ticket.c.page_tags,
    )  # fmt: skip
    row = connection.execute(select(*columns).where(ticket.c.id == ticket_id)).first()
    if row is None:
        return ""
    texts = select(message.c.text).where(message.c.ticket_id == ticket_id).order_by(message.c.id)
    parts: Iterable[str] = (
        row.reference, row.name, row.email, row.phone, row.subject, *map(str, json.loads(row.fields).values()),
        *map(str, json.loads(row.attributes).values()), *json.loads(row.page_tags),
        *connection.execute(texts).scalars(),
    )  # fmt: skip
    return " ".join(words_of("\n".join(parts)[:_LONGEST]))
