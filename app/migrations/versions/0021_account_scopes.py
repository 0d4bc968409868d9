"""Restrict accounts of the desk to languages and categories of articles."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0021_account_scopes"
down_revision = "0020_git_remote"


def upgrade() -> None:
    op.add_column("desk_user", Column("scopes", Text, nullable=False, server_default=""))
