"""Incidents: announced on every page, and mailed to their subscribers.

Titles and updates are kept by language; a reader gets their own, or else English, or else the first. Subscriptions need
double opt-in, so that nobody can subscribe somebody else.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from core.database.connection import writing
from core.email_addresses import email_key
from support.delivery import outbox
from support.incidents import repository
from support.incidents.models import Incident, IncidentStage, IncidentUpdate, Subscriber, UnknownIncident
from support.tickets.models import Delivery, OutboxRow

RECENT = timedelta(days=30)  # for so long resolved ones are shown
_UNCONFIRMED_KEPT = timedelta(days=7)
_CONFIRM_AGAIN = timedelta(minutes=10)


def open_incident(engine: Engine, titles: Mapping[str, str], texts: Mapping[str, str], now: datetime) -> Incident:
    """Open an incident: it is announced on every page."""
    with writing(engine) as connection:
        incident = repository.insert_incident(connection, titles, now)
        repository.insert_news(connection, incident.id, incident.stage, texts, now)
        return repository.by_id(connection, incident.id)


def update_incident(
    engine: Engine, reference: str, stage: IncidentStage, texts: Mapping[str, str], now: datetime
) -> Incident:
    """Post an update of an open incident, mailed to all subscribers; RESOLVED closes it. Raises UnknownIncident."""
    with writing(engine) as connection:
        incident = _known(connection, reference)
        if incident.closed_at is not None:
            raise UnknownIncident(f"{incident.reference} is over; open another one")
        news_id = repository.insert_news(connection, incident.id, stage, texts, now)
        repository.set_stage(connection, incident.id, stage, now)
        for subscriber in repository.confirmed_subscribers(connection, incident.id):
            payload = {"subscriber": subscriber.id, "news": news_id}
            outbox.enqueue(connection, None, None, Delivery.INCIDENT_MAIL, now, payload=payload)
        return repository.by_id(connection, incident.id)


def close_incident(engine: Engine, reference: str, texts: Mapping[str, str], now: datetime) -> Incident:
    """Close the incident. Raises UnknownIncident."""
    return update_incident(engine, reference, IncidentStage.RESOLVED, texts, now)


def open_incidents(engine: Engine) -> tuple[Incident, ...]:
    """Open incidents, newest first."""
    with engine.connect() as connection:
        return repository.not_closed(connection)


def recent_incidents(engine: Engine, since: datetime) -> tuple[Incident, ...]:
    """Open incidents and those closed since then, newest first."""
    with engine.connect() as connection:
        return repository.not_closed_before(connection, since)


def by_reference(engine: Engine, reference: str) -> Incident:
    """Raises UnknownIncident."""
    with engine.connect() as connection:
        return _known(connection, reference)


def _known(connection: Connection, reference: str) -> Incident:
    found = repository.by_reference(connection, reference.strip().upper())
    if found is None:
        raise UnknownIncident(f"no incident has the reference {reference}")
    return found


def subscribe(engine: Engine, reference: str, email: str, lang: str, site_url: str, now: datetime) -> None:
    """Ask this address whether it wants to hear of the incident. Somebody who confirmed already is not asked again.
    Raises UnknownIncident."""
    with writing(engine) as connection:
        incident = _known(connection, reference)
        if incident.closed_at is not None:
            raise UnknownIncident(f"{incident.reference} is over")
        known = repository.subscriber_of_email(connection, incident.id, email_key(email))
        if known is None:
            subscriber_id = repository.insert_subscriber(connection, incident.id, email_key(email), lang, site_url, now)
        elif known.confirmed or now - known.asked_at < _CONFIRM_AGAIN:
            return  # Rate limit against mail bombing: anybody may press the button.
        else:
            subscriber_id = known.id
            repository.set_asked(connection, subscriber_id, now)
        outbox.enqueue(
            connection, None, None, Delivery.INCIDENT_CONFIRM, now, payload={"subscriber": subscriber_id, "news": 0}
        )


def confirm(engine: Engine, token: str, now: datetime) -> Incident | None:
    """Confirm a subscription (double opt-in); its incident, or None for an unknown token."""
    with writing(engine) as connection:
        found = repository.subscriber_of_token(connection, token)
        if found is None:
            return None
        repository.set_confirmed(connection, found.id, now)
        return repository.by_id(connection, found.incident_id)


def unsubscribe(engine: Engine, token: str) -> bool:
    """Unsubscribe and delete the address; False for an unknown token."""
    with writing(engine) as connection:
        return repository.delete_subscriber(connection, token)


def by_link(engine: Engine, token: str) -> tuple[Subscriber, Incident] | None:
    """The subscriber of a token, and the incident."""
    with engine.connect() as connection:
        found = repository.subscriber_of_token(connection, token)
        return None if found is None else (found, repository.by_id(connection, found.incident_id))


def of_delivery(connection: Connection, row: OutboxRow) -> tuple[Subscriber, Incident, IncidentUpdate] | None:
    """Content and subscriber of a mail about an incident; None when it is no longer wanted."""
    found = repository.subscriber_of_id(connection, row.payload["subscriber"])
    if found is None or (row.kind is Delivery.INCIDENT_MAIL and not found.confirmed):
        return None
    incident = repository.by_id(connection, found.incident_id)
    news = next((n for n in incident.news if n.id == row.payload["news"]), incident.news[0])
    return found, incident, news


def forget_subscribers(connection: Connection, now: datetime) -> int:
    """Delete unconfirmed subscribers, and those of closed incidents; how many."""
    return repository.delete_subscribers(connection, now - _UNCONFIRMED_KEPT)
