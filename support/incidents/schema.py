"""Tables of incidents and their subscribers.

Times are ISO 8601 text in UTC with milliseconds (core/database/timestamps.py), so that text order is time order.
"""

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Table, Text, UniqueConstraint

from core.database.connection import EMPTY, ID, METADATA

incident = Table(
    "incident",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("reference", Text, unique=True, nullable=False),
    Column("stage", Text, nullable=False),
    Column("titles", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    Column("updated_at", Text, nullable=False),
    Column("closed_at", Text, nullable=False, server_default=EMPTY),
    sqlite_autoincrement=True,
    info={"about": "What is broken for many: stage, and titles by language.", "personal": ""},
)

incident_update = Table(
    "incident_update",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("incident_id", BigInteger, ForeignKey("incident.id"), nullable=False),
    Column("stage", Text, nullable=False),
    Column("texts", Text, nullable=False),
    Column("at", Text, nullable=False),
    Index("incident_update_incident", "incident_id"),
    sqlite_autoincrement=True,
    info={"about": "What was said about an incident, by language, and when.", "personal": ""},
)

incident_subscriber = Table(
    "incident_subscriber",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("incident_id", BigInteger, ForeignKey("incident.id"), nullable=False),
    Column("email", Text, nullable=False),
    Column("lang", Text, nullable=False),
    Column("site_url", Text, nullable=False),
    Column("token", Text, unique=True, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("confirmed_at", Text, nullable=False, server_default=EMPTY),
    UniqueConstraint("incident_id", "email"),
    sqlite_autoincrement=True,
    info={"about": "Who wants a mail about an incident, once the address is confirmed.", "personal": "e-mail address"},
)
