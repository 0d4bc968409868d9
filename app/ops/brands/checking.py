"""What a brand needs beside its settings: its folders, and a database that answers and is its own. For `flask brands
check`, which changes nothing.
"""

import os
import time
from collections.abc import Iterable
from multiprocessing import TimeoutError as NotInTime
from multiprocessing.pool import ThreadPool
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from app.ops.brands.registry import Brand
from app.settings.brands import MAIN
from app.settings.schema import Settings
from core.cluster.owners import NotOurs, check_connection, check_database
from core.database import snapshots
from core.database.connection import connect, sqlite_file
from core.database.failures import reason_of
from core.roles import PUBLISHER

_AT_ONCE = 8
_PATIENCE = 10.0
_EACH_SECONDS = 0.1  # of hundreds in one database


def look(brands: Iterable[Brand], patience: float = _PATIENCE) -> dict[str, list[str]]:
    """By the name of each brand whose settings hold, what it lacks, as sentences."""
    every = [one.settings for one in brands if one.settings is not None]
    found = {one.brand: _folders(one) for one in every}
    # Threads of a pool are left behind where a server does not answer.
    pool = ThreadPool(_AT_ONCE)
    until = time.monotonic() + patience + _EACH_SECONDS * len(every)
    answers = [(one.brand, pool.apply_async(_database, (one,))) for one in every]
    pool.close()
    for name, answer in answers:
        try:
            found[name] += answer.get(max(0.0, until - time.monotonic()))
        except NotInTime:
            found[name].append(f"brands.{name}: its database did not answer within {patience:.0f} seconds")
    return found


def _folders(settings: Settings) -> list[str]:
    name, found = settings.brand, []
    # Who does not publish needs no articles; a remote repository is fetched.
    if PUBLISHER in settings.roles and not settings.kb_remote and (why := _unusable(settings.kb_dir)):
        found.append(f"brands.{name}.kb_dir names {settings.kb_dir}, which {why}: no article is published from there")
    for setting in ("kb_static_dir", "looks_dir"):
        folder = getattr(settings, setting)
        if folder is not None and (why := _unusable(folder)):
            found.append(f"brands.{name}.{setting} names {folder}, which {why}")
    place = settings.data_dir
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        found.append(f"brands.{name}.data_dir is {settings.data_dir}, and {place} cannot be written by this user")
    return found


def _unusable(folder: Path) -> str:
    if not folder.exists():
        return "is not there"
    if not folder.is_dir():
        return "is no folder"
    return "" if os.access(folder, os.R_OK | os.X_OK) else "cannot be read by this user"


def _database(settings: Settings) -> list[str]:
    name = settings.brand or MAIN
    file = sqlite_file(settings.database)
    try:
        if file is not None:
            if file.is_file():
                with snapshots.opened(file) as connection:
                    check_connection(connection, name)
            return []
        engine = connect(settings.database)
        try:
            check_database(engine, name)
        finally:
            engine.dispose()
    except NotOurs as reason:
        return [f"brands.{name}: {reason}"]
    except SQLAlchemyError as error:
        return [
            f"brands.{name}: its database cannot be used ({reason_of(error)}); check database_url, and that its server"
            " runs"
        ]
    return []
