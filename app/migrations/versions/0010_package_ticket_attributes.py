"""What the page said of a ticket, whose it is at the embedding site, and what its customer has read."""

from alembic import op
from sqlalchemy import BigInteger, Column, Text

revision = "0010_package_ticket_attributes"
down_revision = "0009_desk_day"


def upgrade() -> None:
    op.add_column("ticket", Column("attributes", Text, nullable=False, server_default="{}"))
    op.add_column("ticket", Column("page_tags", Text, nullable=False, server_default="[]"))
    op.add_column("ticket", Column("external_id", Text, nullable=False, server_default=""))
    op.add_column("ticket", Column("read_message_id", BigInteger, nullable=False, server_default="0"))
    op.create_index("ticket_external", "ticket", ["external_id", "site"])
