"""Tables for article feedback and usage events.

Times are ISO 8601 text in UTC with milliseconds (core/database/timestamps.py), so that text order is time order.
"""

from sqlalchemy import Column, Identity, Index, Integer, Table, Text

from core.database.connection import EMPTY, ID, METADATA

feedback = Table(
    "feedback",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("lang", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("helpful", Integer, nullable=False),
    Column("reason", Text, nullable=False, server_default=EMPTY),
    Column("comment", Text, nullable=False, server_default=EMPTY),
    Column("created_at", Text, nullable=False),
    Index("feedback_article", "lang", "slug"),
    sqlite_autoincrement=True,
    info={
        "about": "Votes on articles: helpful or not, the reason, a comment.",
        "personal": "what somebody wrote in a comment",
    },
)

client_event = Table(
    "client_event",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("lang", Text, nullable=False, server_default=EMPTY),
    Column("data", Text, nullable=False, server_default="{}"),
    Column("created_at", Text, nullable=False),
    Index("client_event_time", "name", "created_at"),
    sqlite_autoincrement=True,
    info={
        "about": "What pages and widgets reported about suggestions: shown, opened, rejected.",
        "personal": "what somebody wrote as a comment",
    },
)
