"""Record where a mail went, and whether the sender of a message is proven."""

import sqlalchemy as sa
from alembic import op

revision = "0004_mail_senders"
down_revision = "0003_status_links"


def upgrade() -> None:
    op.add_column("message", sa.Column("unproven", sa.Integer(), server_default="0", nullable=False))
    op.add_column("outbox", sa.Column("recipient", sa.Text(), server_default="", nullable=False))
