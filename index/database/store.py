"""Whether a database can hold search, and making its tables there."""

from dataclasses import dataclass

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Connection,
    Engine,
    Text,
    cast,
    column,
    func,
    inspect,
    literal,
    select,
    table,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import ExecutableDDLElement

from core.database.connection import not_now
from core.database.failures import reason_of
from index.database.schema import SEARCH_TABLES
from index.database.soundness import broken_tables

# The first release whose half-precision vectors are used here; races with vacuum were mended up to 0.8.4.
_LEAST = (0, 8)
_EXTENSION = table("pg_extension", column("oid"), column("extname"), column("extversion"), column("extnamespace"))
_SCHEMA = table("pg_namespace", column("oid"), column("nspname"))
_CREATE: ExecutableDDLElement = DDL("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")  # type: ignore[no-untyped-call]


class NoVectorStore(Exception):
    """Search cannot be in this database; the message says why, and what to do."""


@dataclass(frozen=True)
class SearchTables:
    """The tables, and where pgvector is; `extension` is another number once it was made again."""

    engine: Engine
    vector_schema: str
    extension: int = 0


def check(engine: Engine) -> None:
    """Whether the database has what search needs. Changes nothing. Raises NoVectorStore."""
    if engine.dialect.name != "postgresql":
        raise NoVectorStore("search_store = database needs PostgreSQL: set database_url, or leave search in files.")
    found = _installed(engine)
    if found is None:
        raise NoVectorStore("The database has no pgvector. Until it has, search is in files.")
    _check_installed(found)


def is_untouched(connection: Connection) -> bool:
    """Whether none of the tables is there."""
    own = connection.execute(select(func.current_schema())).scalar_one()
    return not set(SEARCH_TABLES.tables) & set(inspect(connection).get_table_names(own))


def prepare(engine: Engine, *, mend: bool = False) -> SearchTables:
    """Make what is missing of the tables; with `mend`, those anew that have lost columns, without their rows. Raises
    NoVectorStore."""
    if engine.dialect.name != "postgresql":
        check(engine)
    found = _made_extension(engine)
    try:
        with engine.begin() as connection:
            _make_tables(connection, found.schema, mend=mend)
    except DBAPIError as error:
        if not_now(error):
            raise
        raise NoVectorStore(
            f"The tables of search cannot be made ({reason_of(error)}). Let the role of database_url make tables in its"
            " schema. Until then search is in files."
        ) from error
    return SearchTables(engine, found.schema, found.number)


def _make_tables(connection: Connection, vector_schema: str, *, mend: bool) -> None:
    own = connection.execute(select(func.current_schema())).scalar_one()
    # `halfvec` must be found while the tables are made; that a brand's schema comes first stays.
    connection.execute(select(func.set_config("search_path", f'"{own}","{vector_schema}"', True)))
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(own), _LOCK)))
    there = set(inspect(connection).get_table_names(own))
    if mend:
        broken = [SEARCH_TABLES.tables[name] for name in broken_tables(connection) if name in there]
        SEARCH_TABLES.drop_all(connection, broken, checkfirst=False)
        there -= {one.name for one in broken}
    missing = [one for one in SEARCH_TABLES.sorted_tables if one.name not in there]
    if missing:
        SEARCH_TABLES.create_all(connection, missing, checkfirst=False)


_LOCK = 20_260_014


def vector_place(engine: Engine) -> tuple[str, int] | None:
    """`vector_schema` and `extension` of SearchTables, as they are now; None where there is no pgvector."""
    found = _installed(engine)
    return (found.schema, found.number) if found else None


def _made_extension(engine: Engine) -> "_Installed":
    found = _installed(engine)
    if found is None:
        try:
            with engine.begin() as connection:
                connection.execute(_CREATE)
        except DBAPIError as error:
            if not_now(error):
                raise
            raise NoVectorStore(
                "The database has no pgvector, and this role may not add it: have `CREATE EXTENSION vector` run by who"
                f" may ({reason_of(error)}). Until then search is in files."
            ) from error
        found = _installed(engine)
    assert found is not None  # noqa: S101 - it was made a moment ago
    _check_installed(found)
    return found


@dataclass(frozen=True)
class _Installed:
    """pgvector as a database has it, and whether `role`, which is ours, may use the schema it is in."""

    schema: str
    number: int
    version: str
    usable: bool
    role: str


def _check_installed(found: _Installed) -> None:
    if tuple(int(part) for part in found.version.split(".")[:2]) < _LEAST:
        raise NoVectorStore(
            f"pgvector {found.version} is too old: 0.8 or newer is needed (`ALTER EXTENSION vector UPDATE`). Until then"
            " search is in files."
        )
    if not found.usable:
        raise NoVectorStore(
            f"pgvector is in the schema {found.schema}, which this role may not use: have `GRANT USAGE ON SCHEMA"
            f' "{found.schema}" TO "{found.role}"` run by who may. Until then search is in files.'
        )


def _installed(engine: Engine) -> _Installed | None:
    extension, schema = _EXTENSION.c, _SCHEMA.c
    usable = func.has_schema_privilege(schema.oid, literal("USAGE"), type_=Boolean())
    with engine.connect() as connection:
        row = connection.execute(
            select(
                cast(schema.nspname, Text),
                cast(extension.oid, BigInteger),
                extension.extversion,
                usable,
                cast(func.current_user(), Text),
            )
            .select_from(_EXTENSION.join(_SCHEMA, schema.oid == extension.extnamespace))
            .where(extension.extname == "vector")
        ).first()
    return _Installed(*row) if row else None
