"""Whether a database can hold search, and making its tables there."""

from dataclasses import dataclass

from sqlalchemy import DDL, Connection, Engine, Text, cast, column, func, inspect, select, table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import ExecutableDDLElement

from index.database.schema import SEARCH_TABLES

# The first release whose half-precision vectors are used here; races with vacuum were mended up to 0.8.4.
_LEAST = (0, 8)
_EXTENSION = table("pg_extension", column("extname"), column("extversion"), column("extnamespace"))
_SCHEMA = table("pg_namespace", column("oid"), column("nspname"))
_CREATE: ExecutableDDLElement = DDL("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")  # type: ignore[no-untyped-call]


class NoVectorStore(Exception):
    """Search cannot be in this database; the message says why, and what to do."""


@dataclass(frozen=True)
class SearchTables:
    """The tables, and where pgvector is."""

    engine: Engine
    vector_schema: str


def check(engine: Engine) -> None:
    """Whether the database has what search needs. Changes nothing. Raises NoVectorStore."""
    if engine.dialect.name != "postgresql":
        raise NoVectorStore("search_store = database needs PostgreSQL: set database_url, or leave search in files.")
    if _installed(engine) is None:
        raise NoVectorStore("The database has no pgvector. Until it has, search is in files.")


def are_made(connection: Connection) -> bool:
    """Whether all tables are there."""
    own = connection.execute(select(func.current_schema())).scalar_one()
    return set(SEARCH_TABLES.tables) <= set(inspect(connection).get_table_names(own))


def prepare(engine: Engine) -> SearchTables:
    """Make what is missing of the tables. Raises NoVectorStore."""
    if engine.dialect.name != "postgresql":
        check(engine)
    schema = _vector_schema(engine)
    with engine.begin() as connection:
        own = connection.execute(select(func.current_schema())).scalar_one()
        # `halfvec` must be found while the tables are made; that a brand's schema comes first stays.
        connection.execute(select(func.set_config("search_path", f'"{own}","{schema}"', True)))
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(own), _LOCK)))
        there = set(inspect(connection).get_table_names(own))
        missing = [one for one in SEARCH_TABLES.sorted_tables if one.name not in there]
        if missing:
            SEARCH_TABLES.create_all(connection, missing, checkfirst=False)
    return SearchTables(engine, schema)


_LOCK = 20_260_014


def _vector_schema(engine: Engine) -> str:
    found = _installed(engine)
    if found is None:
        try:
            with engine.begin() as connection:
                connection.execute(_CREATE)
        except DBAPIError as error:
            raise NoVectorStore(
                "The database has no pgvector, and this role may not add it: have `CREATE EXTENSION vector` run by who"
                f" may ({_reason(error)}). Until then search is in files."
            ) from error
        found = _installed(engine)
    assert found is not None  # noqa: S101 - it was made a moment ago
    schema, version = found
    if tuple(int(part) for part in version.split(".")[:2]) < _LEAST:
        raise NoVectorStore(
            f"pgvector {version} is too old: 0.8 or newer is needed (`ALTER EXTENSION vector UPDATE`). Until then"
            " search is in files."
        )
    return schema


def _installed(engine: Engine) -> tuple[str, str] | None:
    extension = _EXTENSION.c
    with engine.connect() as connection:
        row = connection.execute(
            select(cast(_SCHEMA.c.nspname, Text), extension.extversion)
            .select_from(_EXTENSION.join(_SCHEMA, _SCHEMA.c.oid == extension.extnamespace))
            .where(extension.extname == "vector")
        ).first()
    return (row[0], row[1]) if row else None


def _reason(error: DBAPIError) -> str:
    told = error.orig.args[0] if error.orig is not None and error.orig.args else ""
    return str(told.get("M", "")) if isinstance(told, dict) else type(error).__name__
