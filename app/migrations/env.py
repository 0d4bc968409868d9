"""What Alembic runs: the revisions, on the connection and in the transaction of core/database/migrations.py.

No engine, no `alembic.ini`, and logging stays as it is.
"""

from alembic import context

from app.migrations.comparison import options
from core.database.connection import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite cannot change a column in place
    **options(connection.dialect.name),
)
context.run_migrations()
