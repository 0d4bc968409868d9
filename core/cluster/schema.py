"""Tables by which nodes of one installation know one another."""

from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table, Text

from core.database.connection import METADATA

key_fingerprint = Table(
    "key_fingerprint",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("purpose", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("since", Text, nullable=False),
    info={
        "about": "One-way fingerprints of the keys this database was used with, so that a node with other keys does not"
        " start.",
        "personal": "",
    },
)

brand_mark = Table(
    "brand_mark",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("brand", Text, nullable=False),
    Column("since", Text, nullable=False),
    info={
        "about": "Which brand this database belongs to, `main` or its name, in one row, so that another is refused it.",
        "personal": "",
    },
)

node = Table(
    "node",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("home", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("roles", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("beat", BigInteger, nullable=False),
    Column("seen_at", Text, nullable=False),
    info={
        "about": "Processes of this installation that are at work, each by a random id: their roles, the revision they"
        " serve, and a heartbeat.",
        "personal": "",
    },
)

rate_bucket = Table(
    "rate_bucket",
    METADATA,
    Column("action", Text, primary_key=True),
    Column("client", Text, primary_key=True),
    Column("tokens", Float, nullable=False),
    Column("seen", Float, nullable=False),
    Column("full_at", Float, nullable=False),
    Index("rate_bucket_by_full", "full_at"),
    info={
        "about": "Rate limits that several nodes share, under keyed hashes of clients, until each is used up no more.",
        "personal": "",
    },
)
