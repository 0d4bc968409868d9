"""The tables of authoring. Times are ISO 8601 text in UTC with milliseconds, so that text order is time order."""

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, LargeBinary, Table, Text

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
    Column("moved_from", Text, nullable=False, server_default=EMPTY),
    Index("article_text_by_path", "path", "id"),
    Index("article_text_by_hash", "hash"),
    Index("article_text_by_kind", "kind", "settled"),
    sqlite_autoincrement=True,
    info={
        "about": "Every text an article file was saved with or found with, compressed, and changes that were suggested:"
        " who, when, why. `login` is '' for what was changed outside of the editor; `moved_from` is the path the file"
        " had until then, whose versions come before.",
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
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("ahead", Integer, nullable=False, server_default="0"),
    Column("more", Text, nullable=False, server_default=EMPTY),
    info={
        "about": "One row: how the last exchange with the Git remote of the articles ended, when the next one is due,"
        " and what people decided about conflicts.",
        "personal": "",
    },
)

article_comment = Table(
    "article_comment",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("path", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("login", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("answers", BigInteger, nullable=False, server_default="0"),
    Column("resolved_at", Text, nullable=False, server_default=EMPTY),
    Column("resolved_by", Text, nullable=False, server_default=EMPTY),
    Index("article_comment_by_path", "path", "id"),
    sqlite_autoincrement=True,
    info={
        "about": "What the team remarks on an article's text, at a line of the text with this hash, with answers.",
        "personal": "login, what was written (staff)",
    },
)

article_review = Table(
    "article_review",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("path", Text, nullable=False),
    Column("version", BigInteger, nullable=False, server_default="0"),
    Column("hash", Text, nullable=False),
    Column("asked_at", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_of", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=EMPTY),
    Column("answer", Text, nullable=False, server_default=EMPTY),
    Column("answered_at", Text, nullable=False, server_default=EMPTY),
    Column("answered_by", Text, nullable=False, server_default=EMPTY),
    Column("answer_note", Text, nullable=False, server_default=EMPTY),
    Index("article_review_by_path", "path", "id"),
    Index("article_review_by_answer", "answer"),
    sqlite_autoincrement=True,
    info={
        "about": "Who was asked to review which text of an article, and what they said.",
        "personal": "logins, notes (staff)",
    },
)

article_plan = Table(
    "article_plan",
    METADATA,
    Column("id", ID, Identity(), primary_key=True),
    Column("path", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("due", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("login", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=EMPTY),
    Column("weight", Text, nullable=False, server_default=EMPTY),
    Column("state", Text, nullable=False, server_default=EMPTY),
    Column("code", Text, nullable=False, server_default=EMPTY),
    Column("ended_at", Text, nullable=False, server_default=EMPTY),
    Index("article_plan_by_state", "state", "due"),
    Index("article_plan_by_path", "path", "id"),
    sqlite_autoincrement=True,
    info={
        "about": "Changes of published articles that wait for their time: which suggestion (a version of"
        " `article_text`) becomes the text, when by the operator's wall clock, who planned it and why, and what became"
        " of it.",
        "personal": "login (staff)",
    },
)
