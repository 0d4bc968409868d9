"""SQL of incidents and their subscribers. Every function takes the connection of a transaction the caller owns."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, update

from core.database.timestamps import iso, moment
from core.database.upsert import insert_for
from support.incidents.models import Incident, IncidentStage, IncidentUpdate, Subscriber
from support.incidents.schema import incident, incident_subscriber, incident_update

# No vowels (no words by chance) and nothing that is mistaken for something else.
_ALPHABET = "34679CDFGHJKMNPQRTWXY"
_SUBSCRIBERS = select(
    incident_subscriber.c.id,
    incident_subscriber.c.incident_id,
    incident_subscriber.c.email,
    incident_subscriber.c.lang,
    incident_subscriber.c.site_url,
    incident_subscriber.c.token,
    incident_subscriber.c.created_at,
    incident_subscriber.c.confirmed_at,
)


def insert_incident(connection: Connection, titles: Mapping[str, str], now: datetime) -> Incident:
    """Store an incident without news under a fresh reference."""
    new = insert_for(connection, incident).on_conflict_do_nothing(index_elements=[incident.c.reference])
    while True:  # ends: a taken reference is drawn again
        reference = "INC-" + "".join(secrets.choice(_ALPHABET) for _ in range(4))
        stored = new.values(
            reference=reference,
            stage=IncidentStage.INVESTIGATING.value,
            titles=_json(titles),
            opened_at=iso(now),
            updated_at=iso(now),
        )
        incident_id = connection.execute(stored.returning(incident.c.id)).scalar()
        if incident_id is not None:
            return Incident(int(incident_id), reference, IncidentStage.INVESTIGATING, titles, now, now, None, ())


def insert_news(
    connection: Connection, incident_id: int, stage: IncidentStage, texts: Mapping[str, str], now: datetime
) -> int:
    new = insert(incident_update).values(incident_id=incident_id, stage=stage.value, texts=_json(texts), at=iso(now))
    return int(connection.execute(new.returning(incident_update.c.id)).scalar_one())


def set_stage(connection: Connection, incident_id: int, stage: IncidentStage, now: datetime) -> None:
    """RESOLVED closes it."""
    closed = iso(now) if stage is IncidentStage.RESOLVED else ""
    connection.execute(
        update(incident)
        .where(incident.c.id == incident_id)
        .values(stage=stage.value, updated_at=iso(now), closed_at=closed)
    )


def not_closed(connection: Connection) -> tuple[Incident, ...]:
    """Open incidents, newest first."""
    return _incidents(connection, incident.c.closed_at == "")


def not_closed_before(connection: Connection, since: datetime) -> tuple[Incident, ...]:
    """Open incidents and those closed since then, newest first."""
    return _incidents(connection, or_(incident.c.closed_at == "", incident.c.closed_at >= iso(since)))


def by_reference(connection: Connection, reference: str) -> Incident | None:
    return next(iter(_incidents(connection, incident.c.reference == reference)), None)


def by_id(connection: Connection, incident_id: int) -> Incident:
    return _incidents(connection, incident.c.id == incident_id)[0]


def insert_subscriber(
    connection: Connection, incident_id: int, email: str, lang: str, site_url: str, now: datetime
) -> int:
    """Add an unconfirmed subscriber."""
    new = insert(incident_subscriber).values(
        incident_id=incident_id,
        email=email,
        lang=lang,
        site_url=site_url,
        token=secrets.token_urlsafe(24),
        created_at=iso(now),
    )
    return int(connection.execute(new.returning(incident_subscriber.c.id)).scalar_one())


def set_asked(connection: Connection, subscriber_id: int, now: datetime) -> None:
    """Record that the confirmation request was sent again."""
    connection.execute(
        update(incident_subscriber).where(incident_subscriber.c.id == subscriber_id).values(created_at=iso(now))
    )


def set_confirmed(connection: Connection, subscriber_id: int, now: datetime) -> None:
    """Confirm the subscriber; the first time counts."""
    connection.execute(
        update(incident_subscriber)
        .where(incident_subscriber.c.id == subscriber_id, incident_subscriber.c.confirmed_at == "")
        .values(confirmed_at=iso(now))
    )


def delete_subscriber(connection: Connection, token: str) -> bool:
    """Whether there was one."""
    return bool(connection.execute(delete(incident_subscriber).where(incident_subscriber.c.token == token)).rowcount)


def delete_subscribers(connection: Connection, before: datetime) -> int:
    """Delete those unconfirmed by then, and those of incidents closed by then; how many."""
    over = select(incident.c.id).where(incident.c.closed_at != "", incident.c.closed_at < iso(before))
    unconfirmed = and_(incident_subscriber.c.confirmed_at == "", incident_subscriber.c.created_at < iso(before))
    return connection.execute(
        delete(incident_subscriber).where(or_(unconfirmed, incident_subscriber.c.incident_id.in_(over)))
    ).rowcount


def confirmed_subscribers(connection: Connection, incident_id: int) -> tuple[Subscriber, ...]:
    confirmed = _SUBSCRIBERS.where(
        incident_subscriber.c.incident_id == incident_id, incident_subscriber.c.confirmed_at != ""
    )
    return tuple(_subscriber(row) for row in connection.execute(confirmed.order_by(incident_subscriber.c.id)))


def subscriber_of_email(connection: Connection, incident_id: int, email: str) -> Subscriber | None:
    this = and_(incident_subscriber.c.incident_id == incident_id, incident_subscriber.c.email == email)
    return _one_subscriber(connection, this)


def subscriber_of_token(connection: Connection, token: str) -> Subscriber | None:
    return _one_subscriber(connection, incident_subscriber.c.token == token)


def subscriber_of_id(connection: Connection, subscriber_id: int) -> Subscriber | None:
    return _one_subscriber(connection, incident_subscriber.c.id == subscriber_id)


def _incidents(connection: Connection, which: ColumnElement[bool]) -> tuple[Incident, ...]:
    newest = (
        select(
            incident.c.id,
            incident.c.reference,
            incident.c.stage,
            incident.c.titles,
            incident.c.opened_at,
            incident.c.updated_at,
            incident.c.closed_at,
        )
        .where(which)
        .order_by(incident.c.id.desc())
    )
    return tuple(
        Incident(
            id=row.id,
            reference=row.reference,
            stage=IncidentStage(row.stage),
            titles=json.loads(row.titles),
            opened_at=moment(row.opened_at),
            updated_at=moment(row.updated_at),
            closed_at=moment(row.closed_at) if row.closed_at else None,
            news=_news(connection, row.id),
        )
        for row in connection.execute(newest).all()
    )


def _news(connection: Connection, incident_id: int) -> tuple[IncidentUpdate, ...]:
    newest = (
        select(incident_update.c.id, incident_update.c.stage, incident_update.c.texts, incident_update.c.at)
        .where(incident_update.c.incident_id == incident_id)
        .order_by(incident_update.c.id.desc())
    )
    return tuple(
        IncidentUpdate(IncidentStage(row.stage), json.loads(row.texts), moment(row.at), row.id)
        for row in connection.execute(newest)
    )


def _one_subscriber(connection: Connection, which: ColumnElement[bool]) -> Subscriber | None:
    row = connection.execute(_SUBSCRIBERS.where(which)).first()
    return None if row is None else _subscriber(row)


def _subscriber(row: Any) -> Subscriber:
    return Subscriber(
        id=row.id,
        incident_id=row.incident_id,
        email=row.email,
        lang=row.lang,
        site_url=row.site_url,
        token=row.token,
        asked_at=moment(row.created_at),
        confirmed=bool(row.confirmed_at),
    )


def _json(texts: Mapping[str, str]) -> str:
    return json.dumps(dict(texts), ensure_ascii=False)
