"""Whose a data folder and a database are: each carries the name of the help centre it belongs to, and another one is
refused it.

Where there is no mark yet, and where none can be written or read, it is nobody's so far: nodes that share nothing, and
a folder that is read-only, are served as before.
"""

from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, inspect, select
from sqlalchemy.exc import DBAPIError

from core.atomic_files import replace
from core.cluster.schema import brand_mark
from core.database.connection import writing
from core.database.upsert import insert_for
from core.private_files import private_folder

_LONGEST = 200  # bytes of a mark: more was not written by us


class NotOurs(Exception):
    """A data folder or a database that belongs to another help centre. The message is a sentence for the operator."""

    def __init__(self, what: str, owner: str, name: str):
        super().__init__(
            f"{what} belongs to {owner}, so {name} does not get it. Give {name} one of its own; or, where {owner} was"
            f" renamed, or {name} is to have what was {owner}'s, run `flask brands hand-over {owner} {name}`."
        )
        self.owner = owner


def owner_of_folder(data_dir: Path) -> str:
    """The name in the mark of a data folder; '' where there is none, or none that can be read."""
    try:
        with _mark(data_dir).open("rb") as file:
            text = file.read(_LONGEST).decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return text if text.replace("-", "").isalnum() else ""


def owner_of_database(engine: Engine) -> str:
    """The name in the mark of a database; '' where there is none yet. Raises SQLAlchemyError."""
    with engine.connect() as connection:
        return owner_in(connection)


def owner_in(connection: Connection) -> str:
    """The same for a connection to it."""
    if not inspect(connection).has_table(brand_mark.name):
        return ""
    return connection.execute(select(brand_mark.c.brand)).scalar() or ""


def check_folder(data_dir: Path, name: str) -> None:
    """Raises NotOurs."""
    owner = owner_of_folder(data_dir)
    if owner not in {"", name}:
        raise NotOurs(f"The data folder {data_dir}", owner, name)


def check_database(engine: Engine, name: str) -> None:
    """Raises NotOurs, or SQLAlchemyError."""
    with engine.connect() as connection:
        check_connection(connection, name)


def check_connection(connection: Connection, name: str) -> None:
    """The same for a connection to it."""
    _refuse(owner_in(connection), name)


def check_owner(engine: Engine, data_dir: Path, name: str) -> None:
    """Both. Raises NotOurs, or SQLAlchemyError."""
    check_folder(data_dir, name)
    check_database(engine, name)


def claim(engine: Engine, data_dir: Path, name: str, now: str) -> None:
    """Mark both as this help centre's, where they are nobody's so far. The database is migrated. Raises NotOurs."""
    with engine.connect() as connection:
        owner = connection.execute(select(brand_mark.c.brand)).scalar()
    if owner is None:
        with suppress(DBAPIError):  # read-only: what can be served is served
            owner = _claimed(engine, name, now)
    _refuse(owner or "", name)
    if owner_of_folder(data_dir) != name:
        with suppress(OSError):
            mark_folder(data_dir, name)


def mark_folder(data_dir: Path, name: str) -> None:
    """Write whose a data folder is. Raises OSError."""
    path = _mark(data_dir)
    private_folder(path.parent)
    replace(path, f"{name}\n".encode("ascii"))


def mark_database(engine: Engine, name: str, now: str) -> None:
    """Write whose a database is, whatever it said; nothing where it has no place for it yet. Raises SQLAlchemyError."""
    with writing(engine) as connection:
        if not inspect(connection).has_table(brand_mark.name):
            return
        connection.execute(delete(brand_mark))
        connection.execute(insert_for(connection, brand_mark).values(number=1, brand=name, since=now))


def _claimed(engine: Engine, name: str, now: str) -> str:
    """The owner from now on: of two that come at once, the first."""
    with writing(engine) as connection:
        mine = insert_for(connection, brand_mark).values(number=1, brand=name, since=now)
        connection.execute(mine.on_conflict_do_nothing())
        return str(connection.execute(select(brand_mark.c.brand)).scalar_one())


def _refuse(owner: str, name: str) -> None:
    if owner not in {"", name}:
        raise NotOurs("The database", owner, name)


def _mark(data_dir: Path) -> Path:
    return data_dir / "home" / "brand"
