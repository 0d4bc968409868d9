"""`flask move`: the databases of the settings and of the command line, opened, checked and handed to the move."""

from collections.abc import Callable

from app.migrations import FOLDER, migrate
from app.settings.brands import MAIN
from app.settings.schema import Settings
from core.cluster.owners import NotOurs, check_owner
from core.database import moving, snapshots
from core.database.connection import connect, sqlite_file
from core.database.migrations import revisions
from core.database.moving import Moved
from core.database.moving import MoveFailed as MoveFailed


def move_to(settings: Settings, url: str, say: Callable[[str, int], object] = lambda _name, _rows: None) -> Moved:
    """Move the settings' SQLite database to this address, or count what would be moved when it is ''.

    Raises MoveFailed.
    """
    file = sqlite_file(settings.database)
    wanted = revisions(FOLDER)[-1]
    if file is not None:
        if not file.is_file():
            raise MoveFailed(f"there is no database at {file}")
        problems = snapshots.sqlite_problems(file)
        if problems:
            raise MoveFailed(f"the SQLite database is damaged ({problems[0]}); a backup may have it whole")
    source = connect(settings.database)
    try:
        check_owner(source, settings.data_dir, settings.brand or MAIN)
        if not url:
            return moving.count(source, wanted)
        target = connect(url)
        try:
            return moving.move(source, target, wanted, migrate, say)
        finally:
            target.dispose()
    except NotOurs as reason:
        raise MoveFailed(str(reason)) from None
    finally:
        source.dispose()
