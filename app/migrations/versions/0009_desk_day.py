"""An agent's day: tags, related and merged tickets, incidents of tickets, saved views, macros, search by words.

Search is made anew by whoever searches next (support/agents/ticket_search.py).
"""

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Integer, Text
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "0009_desk_day"
down_revision = "0008_trees_addresses"
contracts = True  # code of before writes the words of tickets another way

# Kept by triggers, also where a foreign key deletes: nothing that writes has to know of the index.
_FULL_TEXT = (
    "CREATE VIRTUAL TABLE desk_words USING fts5(words, content='desk_text', content_rowid='ticket_id',"
    " tokenize='unicode61 remove_diacritics 0', prefix='2 3')",
    "CREATE TRIGGER desk_text_added AFTER INSERT ON desk_text BEGIN"
    " INSERT INTO desk_words(rowid, words) VALUES (new.ticket_id, new.words); END",
    "CREATE TRIGGER desk_text_removed AFTER DELETE ON desk_text BEGIN"
    " INSERT INTO desk_words(desk_words, rowid, words) VALUES ('delete', old.ticket_id, old.words); END",
    "CREATE TRIGGER desk_text_changed AFTER UPDATE ON desk_text BEGIN"
    " INSERT INTO desk_words(desk_words, rowid, words) VALUES ('delete', old.ticket_id, old.words);"
    " INSERT INTO desk_words(rowid, words) VALUES (new.ticket_id, new.words); END",
)


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    op.drop_table("desk_text")
    op.create_table(
        "desk_text",
        Column(
            "ticket_id", BigInteger, ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        Column("messages", BigInteger, nullable=False),
        Column("words", Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
    )
    if on_sqlite:
        for statement in _FULL_TEXT:
            op.execute(statement)
    else:
        op.create_index("desk_text_words", "desk_text", ["words"], postgresql_using="gin")
    op.add_column("ticket", Column("incident", Text, nullable=False, server_default=""))
    op.add_column("desk_canned", Column("actions", Text, nullable=False, server_default=""))
    op.create_table(
        "ticket_tag",
        Column("ticket_id", BigInteger, ForeignKey("ticket.id"), primary_key=True, autoincrement=False),
        Column("tag", Text, primary_key=True),
    )
    op.create_index("ticket_tag_name", "ticket_tag", ["tag"])
    op.create_table(
        "ticket_relation",
        Column("ticket_id", BigInteger, ForeignKey("ticket.id"), primary_key=True, autoincrement=False),
        Column("other_id", BigInteger, ForeignKey("ticket.id"), primary_key=True, autoincrement=False),
        Column("kind", Text, nullable=False),
        Column("stage", Text, nullable=False, server_default=""),
        Column("at", Text, nullable=False),
    )
    op.create_index("ticket_relation_other", "ticket_relation", ["other_id"])
    op.create_table(
        "desk_view",
        Column("id", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
        Column("user_id", BigInteger, ForeignKey("desk_user.id", ondelete="CASCADE"), nullable=False),
        Column("name", Text, nullable=False),
        Column("query", Text, nullable=False),
        Column("shared", Integer, nullable=False, server_default="0"),
        Column("created_at", Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("desk_view_user", "desk_view", ["user_id"])
