"""Incidents: what is broken for many, said once where everybody sees it, and to those who want to hear of it by mail.

Titles and news are kept by language; a reader gets their own, or else English, or else the first there is. Somebody
who asks for mails confirms the address first, so that nobody can have them sent to somebody else.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, text

from core.database import writing
from core.localized_text import LocalizedText
from core.timestamps import iso, moment
from support.delivery import outbox
from support.email.addresses import email_key
from support.tickets.models import Delivery, OutboxRow

_UNCONFIRMED_KEPT = timedelta(days=7)
_CONFIRM_AGAIN = timedelta(minutes=10)


class IncidentStage(StrEnum):
    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class UnknownIncident(Exception):
    """No incident has this reference; or it is over, where only one that goes on would do."""


@dataclass(frozen=True)
class News:
    stage: IncidentStage
    texts: Mapping[str, str]
    at: datetime
    id: int = 0

    def text(self, lang: str) -> str:
        return LocalizedText(self.texts).in_language(lang)


@dataclass(frozen=True)
class Incident:
    """`news` is the newest first."""

    id: int
    reference: str
    stage: IncidentStage
    titles: Mapping[str, str]
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    news: tuple[News, ...]

    def title(self, lang: str) -> str:
        return LocalizedText(self.titles).in_language(lang)

    def as_dict(self, lang: str) -> dict[str, Any]:
        """For the API, in one language."""
        return {
            "reference": self.reference,
            "stage": self.stage.value,
            "title": self.title(lang),
            "opened_at": iso(self.opened_at),
            "updated_at": iso(self.updated_at),
            "closed_at": iso(self.closed_at) if self.closed_at else None,
            "news": [{"stage": n.stage.value, "text": n.text(lang), "at": iso(n.at)} for n in self.news],
        }


@dataclass(frozen=True)
class Subscriber:
    id: int
    incident_id: int
    email: str
    lang: str
    site_url: str
    token: str
    confirmed: bool


def open_incident(engine: Engine, titles: Mapping[str, str], texts: Mapping[str, str], now: datetime) -> Incident:
    """Say on every page that something is broken."""
    with writing(engine) as connection:
        while True:  # ends: a taken reference is drawn again
            reference = "INC-" + "".join(secrets.choice("34679CDFGHJKMNPQRTWXY") for _ in range(4))
            incident_id = connection.execute(
                text(
                    "INSERT INTO incident (reference, stage, titles, opened_at, updated_at)"
                    " VALUES (:reference, :stage, :titles, :now, :now) ON CONFLICT (reference) DO NOTHING RETURNING id"
                ),
                {
                    "reference": reference,
                    "stage": IncidentStage.INVESTIGATING.value,
                    "titles": _json(titles),
                    "now": iso(now),
                },
            ).scalar()
            if incident_id is not None:
                break
        _add_news(connection, int(incident_id), IncidentStage.INVESTIGATING, texts, now)
        return _one(connection, reference)


def update_incident(
    engine: Engine, reference: str, stage: IncidentStage, texts: Mapping[str, str], now: datetime
) -> Incident:
    """News of an incident that goes on; RESOLVED ends it. Everybody who asked is mailed. Raises UnknownIncident."""
    with writing(engine) as connection:
        incident = _one(connection, reference)
        if incident.closed_at is not None:
            raise UnknownIncident(f"{incident.reference} is over; open another one")
        news_id = _add_news(connection, incident.id, stage, texts, now)
        connection.execute(
            text("UPDATE incident SET stage = :stage, updated_at = :now, closed_at = :closed WHERE id = :id"),
            {
                "stage": stage.value,
                "now": iso(now),
                "closed": iso(now) if stage is IncidentStage.RESOLVED else "",
                "id": incident.id,
            },
        )
        for subscriber in _subscribers(connection, incident.id):
            payload = {"subscriber": subscriber.id, "news": news_id}
            outbox.enqueue(connection, None, None, Delivery.INCIDENT_MAIL, now, payload=payload)
        return _one(connection, reference)


def close_incident(engine: Engine, reference: str, texts: Mapping[str, str], now: datetime) -> Incident:
    """It is over. Raises UnknownIncident."""
    return update_incident(engine, reference, IncidentStage.RESOLVED, texts, now)


def _add_news(
    connection: Connection, incident_id: int, stage: IncidentStage, texts: Mapping[str, str], now: datetime
) -> int:
    return int(
        connection.execute(
            text(
                "INSERT INTO incident_update (incident_id, stage, texts, at) VALUES (:incident, :stage, :texts, :now)"
                " RETURNING id"
            ),
            {"incident": incident_id, "stage": stage.value, "texts": _json(texts), "now": iso(now)},
        ).scalar_one()
    )


def open_incidents(engine: Engine) -> tuple[Incident, ...]:
    """Those that go on, the newest first."""
    with engine.connect() as connection:
        return listed(connection, "closed_at = ''", {})


def recent_incidents(engine: Engine, since: datetime) -> tuple[Incident, ...]:
    """Those that go on and those that ended since then, the newest first."""
    with engine.connect() as connection:
        return listed(connection, "closed_at = '' OR closed_at >= :since", {"since": iso(since)})


def by_reference(engine: Engine, reference: str) -> Incident:
    """Raises UnknownIncident."""
    with engine.connect() as connection:
        return _one(connection, reference)


def listed(connection: Connection, where: str, values: Mapping[str, Any]) -> tuple[Incident, ...]:
    rows = connection.execute(
        text(f"SELECT * FROM incident WHERE {where} ORDER BY id DESC"),  # noqa: S608 - our own conditions
        dict(values),
    ).all()
    found = []
    for row in rows:
        news = connection.execute(
            text("SELECT * FROM incident_update WHERE incident_id = :id ORDER BY id DESC"), {"id": row.id}
        )
        found.append(
            Incident(
                id=row.id,
                reference=row.reference,
                stage=IncidentStage(row.stage),
                titles=json.loads(row.titles),
                opened_at=moment(row.opened_at),
                updated_at=moment(row.updated_at),
                closed_at=moment(row.closed_at) if row.closed_at else None,
                news=tuple(News(IncidentStage(n.stage), json.loads(n.texts), moment(n.at), n.id) for n in news),
            )
        )
    return tuple(found)


def _one(connection: Connection, reference: str) -> Incident:
    found = listed(connection, "reference = :reference", {"reference": reference.strip().upper()})
    if not found:
        raise UnknownIncident(f"no incident has the reference {reference}")
    return found[0]


def subscribe(engine: Engine, reference: str, email: str, lang: str, site_url: str, now: datetime) -> None:
    """Ask this address whether it wants to hear of the incident. Somebody who confirmed already is not asked again.
    Raises UnknownIncident."""
    with writing(engine) as connection:
        incident = _one(connection, reference)
        if incident.closed_at is not None:
            raise UnknownIncident(f"{incident.reference} is over")
        key = {"incident": incident.id, "email": email_key(email)}
        known = connection.execute(
            text("SELECT * FROM incident_subscriber WHERE incident_id = :incident AND email = :email"), key
        ).first()
        if known is not None:
            # Anybody may press the button; it must not fill somebody's mailbox.
            if known.confirmed_at or now - moment(known.created_at) < _CONFIRM_AGAIN:
                return
            connection.execute(
                text("UPDATE incident_subscriber SET created_at = :now WHERE id = :id"),
                {"now": iso(now), "id": known.id},
            )
            subscriber_id = int(known.id)
        else:
            subscriber_id = int(
                connection.execute(
                    text(
                        "INSERT INTO incident_subscriber (incident_id, email, lang, site_url, token, created_at)"
                        " VALUES (:incident, :email, :lang, :site_url, :token, :now) RETURNING id"
                    ),
                    {**key, "lang": lang, "site_url": site_url, "token": secrets.token_urlsafe(24), "now": iso(now)},
                ).scalar_one()
            )
        outbox.enqueue(
            connection, None, None, Delivery.INCIDENT_CONFIRM, now, payload={"subscriber": subscriber_id, "news": 0}
        )


def confirm(engine: Engine, token: str, now: datetime) -> Incident | None:
    """The address said yes; the incident, or None for a link nobody has."""
    with writing(engine) as connection:
        found = _subscriber(connection, "token = :which", token)
        if found is None:
            return None
        connection.execute(
            text("UPDATE incident_subscriber SET confirmed_at = :now WHERE id = :id AND confirmed_at = ''"),
            {"now": iso(now), "id": found.id},
        )
        return listed(connection, "id = :id", {"id": found.incident_id})[0]


def unsubscribe(engine: Engine, token: str) -> bool:
    """No more mails, and the address is forgotten; False for a link nobody has."""
    with writing(engine) as connection:
        statement = text("DELETE FROM incident_subscriber WHERE token = :token")
        return bool(connection.execute(statement, {"token": token}).rowcount)


def by_link(engine: Engine, token: str) -> tuple[Subscriber, Incident] | None:
    """Whose link this is, and about what."""
    with engine.connect() as connection:
        found = _subscriber(connection, "token = :which", token)
        return None if found is None else (found, listed(connection, "id = :id", {"id": found.incident_id})[0])


def of_delivery(connection: Connection, row: OutboxRow) -> tuple[Subscriber, Incident, News] | None:
    """What a mail about an incident is to say and to whom; None when it is no longer wanted."""
    found = _subscriber(connection, "id = :which", row.payload["subscriber"])
    if found is None or (row.kind is Delivery.INCIDENT_MAIL and not found.confirmed):
        return None
    incident = listed(connection, "id = :id", {"id": found.incident_id})[0]
    news = next((n for n in incident.news if n.id == row.payload["news"]), incident.news[0])
    return found, incident, news


def forget_subscribers(connection: Connection, now: datetime) -> int:
    """Remove addresses that never confirmed, and those of incidents that are over; how many."""
    return connection.execute(
        text(
            "DELETE FROM incident_subscriber WHERE (confirmed_at = '' AND created_at < :old)"
            " OR incident_id IN (SELECT id FROM incident WHERE closed_at <> '' AND closed_at < :old)"
        ),
        {"old": iso(now - _UNCONFIRMED_KEPT)},
    ).rowcount


def _subscribers(connection: Connection, incident_id: int) -> list[Subscriber]:
    statement = text("SELECT * FROM incident_subscriber WHERE incident_id = :id AND confirmed_at <> '' ORDER BY id")
    return [_read(row) for row in connection.execute(statement, {"id": incident_id})]


def _subscriber(connection: Connection, where: str, which: int | str) -> Subscriber | None:
    statement = text(f"SELECT * FROM incident_subscriber WHERE {where}")  # noqa: S608 - one of two conditions
    row = connection.execute(statement, {"which": which}).first()
    return None if row is None else _read(row)


def _read(row: Any) -> Subscriber:
    return Subscriber(row.id, row.incident_id, row.email, row.lang, row.site_url, row.token, bool(row.confirmed_at))


def _json(texts: Mapping[str, str]) -> str:
    return json.dumps(dict(texts), ensure_ascii=False)
