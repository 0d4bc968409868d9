"""What owners of articles were reminded of, so that each thing is told once: its table is `article_reminder`."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Engine, select

from core.database.timestamps import iso
from core.database.upsert import insert_for
from kb.schema import article_reminder


def take(connection: Connection, things: Iterable[tuple[str, str, str]], now: datetime) -> list[tuple[str, str, str]]:
    """Those of these that nobody was told of yet, as (path, kind, about); from now on they count as told."""
    new = []
    for path, kind, about in things:
        added = insert_for(connection, article_reminder).values(path=path, kind=kind, about=about, at=iso(now))
        done = added.on_conflict_do_nothing().returning(article_reminder.c.path)
        if connection.execute(done).first() is not None:
            new.append((path, kind, about))
    return new


def was_told(engine: Engine, path: str, kind: str, about: str) -> bool:
    """Whether somebody was told of this."""
    c = article_reminder.c
    this = select(c.path).where(c.path == path, c.kind == kind, c.about == about)
    with engine.connect() as connection:
        return connection.execute(this).first() is not None
