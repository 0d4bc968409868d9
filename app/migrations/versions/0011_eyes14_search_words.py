"""Make the words of tickets anew, by whoever searches next: they hold what the page said, and 帳戶 is 账户 in them."""

from alembic import op

revision = "0011_eyes14_search_words"
down_revision = "0010_package_ticket_attributes"


def upgrade() -> None:
    op.execute("DELETE FROM desk_text")
