"""The ledger of what visitors did, with the votes and reports of pages from before, and what is counted from it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from alembic import op
from sqlalchemy import BigInteger, Column, Identity, Integer, Text, column, insert, select, table

revision = "0013_ledger_insight"
down_revision = "0012_nodes_published_files"

_AT_A_TIME = 1_000
_LONGEST = 200


def upgrade() -> None:
    op.create_table(
        "insight_event",
        Column("seq", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
        Column("id", Text, nullable=False, unique=True),
        Column("at", Text, nullable=False),
        Column("visit", Text, nullable=False, server_default=""),
        Column("person", Text, nullable=False, server_default=""),
        Column("site", Text, nullable=False, server_default=""),
        Column("where", Text, nullable=False, server_default=""),
        Column("lang", Text, nullable=False, server_default=""),
        Column("category", Text, nullable=False, server_default=""),
        Column("name", Text, nullable=False),
        Column("query", Text, nullable=False, server_default=""),
        Column("data", Text, nullable=False, server_default="{}"),
        sqlite_autoincrement=True,
    )
    op.create_index("insight_event_time", "insight_event", ["at"])
    op.create_index("insight_event_name", "insight_event", ["name", "at"])
    op.create_index("insight_event_visit", "insight_event", ["visit", "at"])
    op.create_index("insight_event_person", "insight_event", ["person", "at"])
    op.create_table(
        "insight_visit",
        Column("visit", Text, primary_key=True),
        Column("started_at", Text, primary_key=True),
        Column("ended_at", Text, nullable=False),
        Column("settles_at", Text, nullable=False),
        Column("day", Text, nullable=False),
        Column("site", Text, nullable=False),
        Column("where", Text, nullable=False),
        Column("lang", Text, nullable=False),
        Column("categories", Text, nullable=False),
        Column("counts", Integer, nullable=False),
        Column("at_end", Text, nullable=False),
        Column("outcome", Text, nullable=False),
        Column("contacted_at", Text, nullable=False),
    )
    op.create_index("insight_visit_day", "insight_visit", ["day", "outcome"])
    op.create_index("insight_visit_settles", "insight_visit", ["settles_at"])
    op.create_index("insight_visit_end", "insight_visit", ["visit", "ended_at"])
    keys = ("day", "name", "site", "where", "lang", "category", "key")
    op.create_table(
        "insight_day",
        *(Column(name, Text, primary_key=True) for name in keys),
        Column("count", Integer, nullable=False),
    )
    op.create_index("insight_day_name", "insight_day", ["name", "day"])
    counted = ("searches", "answer", "suggest", "ask_human", "no_results", "no_click", "failed")
    op.create_table(
        "insight_query",
        *(Column(name, Text, primary_key=True) for name in ("day", "site", "where", "lang", "query")),
        *(Column(name, Integer, nullable=False) for name in counted),
    )
    op.create_table("insight_digest_stop", Column("token", Text, primary_key=True), Column("at", Text, nullable=False))
    op.create_table("insight_stale_day", Column("day", Text, primary_key=True))
    op.create_table("insight_state", Column("name", Text, primary_key=True), Column("value", Text, nullable=False))
    _votes()
    _reports()
    op.drop_table("client_event")


def _votes() -> None:
    stored = table("feedback", *map(column, ("id", "lang", "slug", "helpful", "reason", "created_at")))
    for rows in _in_pieces(stored):
        _add(
            _row(f"vote-{row.id}", row.created_at, row.lang, "vote", {
                "lang": row.lang, "slug": row.slug, "helpful": bool(row.helpful), "reason": row.reason,
            }) for row in rows
        )  # fmt: skip


def _reports() -> None:
    """What pages reported. Words somebody wrote stay behind: they were never cleaned of addresses and numbers."""
    stored = table("client_event", *map(column, ("id", "name", "lang", "data", "created_at")))
    for rows in _in_pieces(stored):
        _add(_row(f"page-{row.id}", row.created_at, row.lang, row.name, _facts(row.data)) for row in rows)


def _facts(data: str) -> dict[str, Any]:
    try:
        given = json.loads(data)
    except ValueError:
        return {}
    if not isinstance(given, dict):
        return {}
    facts = {"lang": given.get("article_lang") or given.get("lang"), "slug": given.get("slug")}
    kept = {name: value for name, value in facts.items() if isinstance(value, str) and 0 < len(value) <= _LONGEST}
    numbers = {name: given.get(name) for name in ("seconds", "depth", "rank")}
    return kept | {name: value for name, value in numbers.items() if isinstance(value, int | float) and value >= 0}


def _row(id: str, at: str, lang: str, name: str, data: dict[str, Any]) -> dict[str, Any]:
    when = datetime.fromisoformat(at).astimezone(UTC).isoformat(timespec="milliseconds")
    return {"id": id, "at": when, "lang": lang, "name": name, "data": json.dumps(data, ensure_ascii=False)}


def _in_pieces(stored: Any) -> Iterator[Any]:
    last = 0
    while rows := op.get_bind().execute(
        select(stored).where(stored.c.id > last).order_by(stored.c.id).limit(_AT_A_TIME)
    ).all():  # fmt: skip
        yield rows
        last = rows[-1].id


def _add(rows: Iterator[dict[str, Any]]) -> None:
    events = table("insight_event", *map(column, ("id", "at", "lang", "name", "data")))
    op.get_bind().execute(insert(events), list(rows))
