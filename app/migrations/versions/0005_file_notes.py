"""Attachments have a note for staff, as that the metadata of a picture could not be removed."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0005_file_notes"
down_revision = "0004_mail_senders"


def upgrade() -> None:
    op.add_column("attachment", Column("note", Text, nullable=False, server_default=""))
