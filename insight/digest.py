"""The weekly digest: its figures, who no longer wants it, and that each week's is sent once."""

import hashlib
import hmac
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from core.database.connection import writing
from core.database.timestamps import iso
from core.database.upsert import insert_for
from core.email_addresses import email_key
from insight.report import Filters, Report
from insight.schema import digest_stop, state

_WEEK = "digest"
_QUESTIONS, _ARTICLES = 8, 8


def token_of(key: bytes, address: str, what: str = "digest") -> str:
    """What the link that ends the digest, or other mails of this name, for this address has in it."""
    return hmac.new(key, f"{what} {email_key(address)}".encode(), hashlib.sha256).hexdigest()[:40]


def stop(engine: Engine, token: str, now: datetime) -> None:
    with writing(engine) as connection:
        added = insert_for(connection, digest_stop).values(token=token, at=iso(now))
        connection.execute(added.on_conflict_do_nothing())


def stopped(engine: Engine) -> set[str]:
    """The tokens of all who ended it."""
    with engine.connect() as connection:
        return set(connection.execute(select(digest_stop.c.token)).scalars())


def take_week(connection: Connection, week: str) -> bool:
    """Whether the digest of this week is still to be sent; from then on it is not. In the transaction that sends it."""
    sent = connection.execute(select(state.c.value).where(state.c.name == _WEEK)).scalar()
    if sent is not None and sent >= week:
        return False
    if sent is None:
        connection.execute(insert(state).values(name=_WEEK, value=week))
    else:
        connection.execute(state.update().where(state.c.name == _WEEK).values(value=week))
    return True


def figures(
    connection: Connection, filters: Filters, now: datetime, articles: Collection[tuple[str, str]] | None = None
) -> dict[str, Any]:
    """What a digest says of a week: everything, or only of these articles."""
    this, before = Report(connection, filters, now), Report(connection, filters.before(), now)
    found, then = this.as_json(), before.as_json()
    rows = [
        row
        for row in found["articles"]
        if (row["unhelpful"] or row["failed_after"]) and (articles is None or (row["lang"], row["slug"]) in articles)
    ]
    rows.sort(key=lambda row: (-row["failed_after"] - row["unhelpful"], row["lang"], row["slug"]))
    asked = [] if articles is not None else this.queries("ask_human", _QUESTIONS)
    return {
        "visits": found["visits"], "visits_before": then["visits"],
        "failed": found["outcomes"]["failed"], "failed_before": then["outcomes"]["failed"],
        "searches": found["searches"]["total"], "ask_human": found["searches"]["ask_human"],
        "questions": [{"text": row["query"], "lang": row["lang"], "count": row["ask_human"]} for row in asked],
        "articles": [
            {"name": f"{row['lang']}/{row['slug']}", "unhelpful": row["unhelpful"], "failed": row["failed_after"]}
            for row in rows[:_ARTICLES]
        ],
    }  # fmt: skip
