"""Store the whole text of a mail of which a message shows less, and how many lines were folded away."""

import sqlalchemy as sa
from alembic import op

revision = "0003_mailread_whole_mail"
down_revision = "0002_person_keys"


def upgrade() -> None:
    op.add_column("message", sa.Column("whole", sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column("message", sa.Column("folded", sa.Integer, nullable=False, server_default=sa.text("0")))
