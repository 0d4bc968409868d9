"""What the named migrations lead to (core/database/migrations.py): nothing is changed, Alembic's count begins."""

revision = "0001_baseline"
down_revision = None


def upgrade() -> None:
    pass
