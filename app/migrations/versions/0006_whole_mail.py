"""Store the whole text of a mail of which a message shows less, and how many lines were folded away."""

from alembic import op
from sqlalchemy import Column, Integer, Text

revision = "0006_whole_mail"
down_revision = "0005_file_notes"


def upgrade() -> None:
    op.add_column("message", Column("whole", Text, nullable=False, server_default=""))
    op.add_column("message", Column("folded", Integer, nullable=False, server_default="0"))
