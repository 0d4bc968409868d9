"""The tables of authoring. Times are ISO 8601 text in UTC with milliseconds, so that text order is time order."""

from sqlalchemy import Column, Identity, Index, Integer, LargeBinary, Table, Text, text

from core.database.connection import EMPTY, ID, METADATA

article_text = Table(
    "article_text",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("path", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("login", Text, nullable=False, server_default=EMPTY),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=EMPTY),
    Column("hash", Text, nullable=False),
    Column("base", Text, nullable=False, server_default=EMPTY),
    Column("git_commit", Text, nullable=False, server_default=EMPTY),
    Column("settled", Text, nullable=False, server_default=EMPTY),
    Column("body", LargeBinary, nullable=False),
    Index("article_text_by_path", "path", "id"),
    Index("article_text_by_kind", "kind", "settled"),
    sqlite_autoincrement=True,
    info={
        "about": "Every text an article file was saved with or found with, compressed, and changes that were suggested:"
        " who, when, why. `login` is '' for what was changed outside of the editor.",
        "personal": "login (staff)",
    },
)

article_remote = Table(
    "article_remote",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("code", Text, nullable=False, server_default=EMPTY),
    Column("detail", Text, nullable=False, server_default=EMPTY),
    Column("since", Text, nullable=False, server_default=EMPTY),
    Column("tried_at", Text, nullable=False, server_default=EMPTY),
    Column("done_at", Text, nullable=False, server_default=EMPTY),
    Column("next_at", Text, nullable=False, server_default=EMPTY),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("ahead", Integer, nullable=False, server_default=text("0")),
    Column("more", Text, nullable=False, server_default=EMPTY),
    info={
        "about": "One row: how the last exchange with the Git remote of the articles ended, when the next one is due, and"
        " what people decided about conflicts.",
        "personal": "",
    },
)
