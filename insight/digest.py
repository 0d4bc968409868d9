"""The weekly digest: its figures, who no longer wants it, and that each week's is sent once."""

import hashlib
import hmac
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select

from core.database.connection import writing
from core.database.timestamps import iso
from core.database.upsert import insert_for
from core.email_addresses import email_key
from core.secret_keys import Keys
from insight.report import Filters, Report
from insight.schema import digest_stop, state

_WEEK = "digest"
_QUESTIONS, _ARTICLES = 8, 8


def token_of(key: bytes, address: str, what: str = "digest") -> str:
    """What the link that ends the digest, or other mails of this name, for this address has in it."""
    return hmac.new(key, f"{what} {email_key(address)}".encode(), hashlib.sha256).hexdigest()[:40]


def tokens_of(keys: Keys, address: str, what: str = "digest") -> list[str]:
    """The tokens in links that were mailed to this address, those of earlier keys among them; today's first."""
    return [token_of(key, address, what) for key in keys.all]


def stop(engine: Engine, token: str, now: datetime) -> None:
    with writing(engine) as connection:
        _stop(connection, token, now)


def _stop(connection: Connection, token: str, now: datetime) -> None:
    added = insert_for(connection, digest_stop).values(token=token, at=iso(now))
    connection.execute(added.on_conflict_do_nothing())


def resume(engine: Engine, tokens: Collection[str]) -> None:
    """Mail them again to whom these tokens belong to."""
    with writing(engine) as connection:
        connection.execute(delete(digest_stop).where(digest_stop.c.token.in_(list(tokens))))


def keep_stopped(connection: Connection, gone: Collection[str], tokens: Sequence[str], now: datetime) -> bool:
    """Whether somebody with these tokens ended it. Under a key that was replaced since, it is written down under
    today's, so that it is still known when that one is replaced as well."""
    if not set(gone) & set(tokens):
        return False
    if tokens[0] not in gone:
        _stop(connection, tokens[0], now)
    return True


def stopped(engine: Engine) -> set[str]:
    """The tokens of all who ended it."""
    with engine.connect() as connection:
        return set(connection.execute(select(digest_stop.c.token)).scalars())


def is_due(engine: Engine, week: str) -> bool:
    """Whether the digest of this week is still to be sent."""
    with engine.connect() as connection:
        sent = connection.execute(select(state.c.value).where(state.c.name == _WEEK)).scalar()
    return sent is None or sent < week


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
        "searches": found["searches"]["total"], "searches_before": then["searches"]["total"],
        "ask_human": found["searches"]["ask_human"], "ask_human_before": then["searches"]["ask_human"],
        "questions": [{"text": row["query"], "lang": row["lang"], "count": row["ask_human"]} for row in asked],
        "articles": [
            {"name": f"{row['lang']}/{row['slug']}", "lang": row["lang"], "slug": row["slug"],
             "unhelpful": row["unhelpful"], "failed": row["failed_after"]}
            for row in rows[:_ARTICLES]
        ],
    }  # fmt: skip
