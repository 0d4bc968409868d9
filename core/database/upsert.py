"""INSERT … ON CONFLICT: SQLAlchemy has it in an `insert` of each dialect only, not in the general one."""

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_for(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that has `on_conflict_do_nothing`, `on_conflict_do_update` and `excluded`.

    Whether `on_conflict_do_nothing` inserted a row must be asked with RETURNING: the rowcount of an INSERT is not kept.
    """
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
