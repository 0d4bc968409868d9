"""Store the whole text of a mail of which a message shows less, and how many lines were folded away."""

from alembic import op
from sqlalchemy import Column, Integer, Text

revision = "0003_mailread_whole_mail"
down_revision = "0002_person_keys"


def upgrade() -> None:
    op.add_column("message", Column("whole", Text, nullable=False, server_default=""))
    op.add_column("message", Column("folded", Integer, nullable=False, server_default="0"))
