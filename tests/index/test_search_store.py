"""Where a database cannot hold search, one sentence says why and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from core.database.connection import connect
from index.database.node import described
from index.database.store import NoVectorStore, check, prepare
from tests.databases import PostgresServer

ROLE = "plain_of_search"


@contextmanager
def opened(url: str, user: str = "") -> Iterator[Engine]:
    parsed = make_url(url)
    engine = connect((parsed.set(username=user) if user else parsed).render_as_string(hide_password=False))
    try:
        yield engine
    finally:
        engine.dispose()


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_pgvector_in_a_schema_that_the_role_may_not_use(postgres: PostgresServer) -> None:
    with postgres.database(tables=False) as url, opened(url) as admin:
        run(admin, f"CREATE ROLE {ROLE} LOGIN", f"GRANT CREATE ON SCHEMA public TO {ROLE}")
        try:
            run(admin, "CREATE SCHEMA extensions", "CREATE EXTENSION vector SCHEMA extensions")
            with opened(url, ROLE) as engine:
                for ask in (check, prepare, described):
                    with pytest.raises(NoVectorStore) as told:
                        ask(engine)  # type: ignore[operator]
                    assert f'GRANT USAGE ON SCHEMA "extensions" TO "{ROLE}"' in str(told.value)
                run(admin, f"GRANT USAGE ON SCHEMA extensions TO {ROLE}")
                assert prepare(engine).vector_schema == "extensions"
                assert described(engine).problems == ()
        finally:
            run(admin, f"DROP OWNED BY {ROLE}", f"DROP ROLE {ROLE}")


def test_a_role_that_may_make_no_tables(postgres: PostgresServer) -> None:
    with postgres.database(tables=False) as url, opened(url) as admin:
        run(admin, f"CREATE ROLE {ROLE} LOGIN", "CREATE EXTENSION vector", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        try:
            with opened(url, ROLE) as engine, pytest.raises(NoVectorStore) as told:
                prepare(engine)
            assert "cannot be made (permission denied for schema public). Let the role" in str(told.value)
        finally:
            run(admin, f"DROP OWNED BY {ROLE}", f"DROP ROLE {ROLE}")
