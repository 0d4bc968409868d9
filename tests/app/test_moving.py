"""`flask move sqlite-to-postgresql`: every row, compared; or none."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, func, insert, select

from app import create_app
from app.ops.moving import move_to
from app.settings.schema import Settings
from core.database import moving
from core.database.connection import METADATA, connect, writing
from support.tickets.models import Upload
from support.tickets.schema import message, ticket
from tests import articles
from tests.databases import PostgresServer
from tests.support.conftest import NOW, make_settings, new_ticket

__all__ = ["make_settings"]


@pytest.fixture
def full(make_settings: Callable[..., Settings]) -> Settings:
    """An installation with something in most tables, and a gap at the end of the numbers."""
    settings = make_settings(rate_limits="off")
    articles.write_demo(settings.kb_dir)
    app = create_app(settings)
    s = app.extensions["signpost"]
    articles.publish(s)
    saved = s.tickets.files.save(Upload("note.txt", b"what I saw"))
    for n in range(3):
        s.tickets.create(new_ticket(message=f"İstanbul 台北 {n}", attachments=(saved,)), None, NOW)
    with writing(s.engine) as connection:
        orphan = connection.execute(insert(message).values(ticket_id=1, author="agent", text="x", created_at="2026"))
        connection.execute(delete(message).where(message.c.id == orphan.inserted_primary_key[0]))
    s.close()
    return settings


def test_every_row_is_moved_and_numbers_go_on(
    full: Settings, postgres: PostgresServer, make_settings: Callable[..., Settings]
) -> None:
    with postgres.database(tables=False) as url:
        runner = create_app(full).test_cli_runner(env={"SIGNPOST_DATA_DIR": str(full.data_dir)})
        counted = runner.invoke(args=["move", "sqlite-to-postgresql", "--dry-run"])
        assert counted.exit_code == 0 and "would be moved" in counted.output
        moved = runner.invoke(args=["move", "sqlite-to-postgresql", "--to", url])
        assert moved.exit_code == 0, moved.output

        source, target = connect(full.database), connect(url)
        with source.connect() as old, target.connect() as new:
            for one in moving.tables():
                query = select(func.count()).select_from(one)
                assert old.execute(query).scalar_one() == new.execute(query).scalar_one(), one.name
            last = old.execute(select(func.max(message.c.id))).scalar_one()
        again = runner.invoke(args=["move", "sqlite-to-postgresql", "--to", url])
        assert again.exit_code == 1 and "not empty" in again.output

        app = create_app(make_settings(rate_limits="off", database_url=url))
        s = app.extensions["signpost"]
        created = s.tickets.create(new_ticket(message="On the new one."), None, NOW)
        with s.engine.connect() as connection:
            number = connection.execute(select(func.max(message.c.id))).scalar_one()
        assert number == last + 2  # the deleted one's number is not given again
        assert created.id == 4
        for engine in (source, target, s.engine):
            engine.dispose()


def test_a_row_that_is_not_taken_leaves_the_new_database_empty(full: Settings, postgres: PostgresServer) -> None:
    source = connect(full.database)
    with writing(source) as connection:
        connection.execute(
            insert(message).values(ticket_id=1, author="agent", text="a nul \0 sign", created_at="2026-11-29")
        )
    with postgres.database(tables=False) as url:
        target = connect(url)
        with pytest.raises(moving.MoveFailed, match="NUL sign"):
            move_to(full, url)
        with target.connect() as connection:
            assert connection.execute(select(func.count()).select_from(ticket)).scalar_one() == 0
        with writing(source) as connection:
            connection.execute(delete(message).where(message.c.text.contains("nul")))
        assert move_to(full, url).tables["ticket"] == 3
        target.dispose()
    source.dispose()


def test_every_table_is_moved_but_what_is_made_anew() -> None:
    assert {one.name for one in METADATA.sorted_tables} - {one.name for one in moving.tables()} == moving._DERIVED
