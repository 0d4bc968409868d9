"""Attachments have a note for staff, as that the metadata of a picture could not be removed."""

from alembic import op
from sqlalchemy import Column, Text, text

revision = "0003_attach_file_notes"
down_revision = "0002_person_keys"


def upgrade() -> None:
    op.add_column("attachment", Column("note", Text, nullable=False, server_default=text("''")))
