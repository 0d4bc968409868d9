"""Tickets are found by what the page said of them, and 帳戶 as 账户: their words are made anew by whoever searches next."""

from alembic import op

revision = "0011_eyes14_search_words"
down_revision = "0010_package_ticket_attributes"


def upgrade() -> None:
    op.execute("DELETE FROM desk_text")
