"""SQL of links to other sites."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from core.database.timestamps import iso, moment
from kb.external_links.models import ExternalLink, Outcome
from kb.external_links.schema import external_link

_C = external_link.c


def every(connection: Connection) -> dict[str, ExternalLink]:
    """By address."""
    return {row.url: _link(row) for row in connection.execute(select(external_link))}


def bring_up_to_date(connection: Connection, urls: dict[str, str], now: datetime) -> None:
    """These are the links there are, with the host of each; what is known of others is forgotten."""
    known = set(connection.execute(select(_C.url)).scalars())
    gone = sorted(known - set(urls))
    for start in range(0, len(gone), 500):
        connection.execute(delete(external_link).where(_C.url.in_(gone[start : start + 500])))
    new = [{"url": url, "host": host, "next_at": iso(now)} for url, host in urls.items() if url not in known]
    for start in range(0, len(new), 500):
        connection.execute(insert(external_link), new[start : start + 500])


def due(connection: Connection, now: datetime, limit: int) -> list[ExternalLink]:
    """What is to be asked now, the longest overdue first."""
    query = select(external_link).where(_C.next_at <= iso(now)).order_by(_C.next_at, _C.url).limit(limit)
    return [_link(row) for row in connection.execute(query)]


def store(connection: Connection, links: Collection[ExternalLink]) -> None:
    for one in links:
        values = {
            "outcome": one.outcome.value, "status": one.status, "detail": one.detail[:200],
            "checked_at": iso(one.checked_at) if one.checked_at else "", "failures": one.failures,
            "next_at": iso(one.next_at) if one.next_at else "",
            "failing_since": iso(one.failing_since) if one.failing_since else "",
        }  # fmt: skip
        connection.execute(update(external_link).where(_C.url == one.url).values(values))


def _link(row: Any) -> ExternalLink:
    return ExternalLink(
        row.url, row.host, Outcome(row.outcome), row.status, row.detail,
        moment(row.checked_at) if row.checked_at else None, moment(row.next_at) if row.next_at else None,
        moment(row.failing_since) if row.failing_since else None, row.failures,
    )  # fmt: skip
