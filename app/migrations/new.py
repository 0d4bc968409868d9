"""Write the next revision: what METADATA has and the revisions so far do not lead to.

    python -m app.migrations.new "Add a column for …"

Read it before you commit it: Alembic takes a renamed column for a dropped and an added one.
"""

import re
import sys
import tempfile
from pathlib import Path

from alembic import command

from app.migrations import FOLDER, migrate
from app.migrations.comparison import sqlite_read_exactly
from core.database.connection import connect
from core.database.migrations import alembic_config, revisions

_LONGEST = 32  # of the column Alembic keeps it in


def write_revision(message: str, folder: Path = FOLDER) -> Path:
    """The file of the new revision in `folder`. Raises ValueError for a message without letters."""
    words = re.findall(r"[a-z0-9]+", message.lower())
    if not words:
        raise ValueError("say in a few words what changes, such as “Add a column for the time zone”")
    name = f"{len(revisions(folder)) + 1:04}"
    for word in words:
        if len(name) + 1 + len(word) > _LONGEST:
            break
        name += f"_{word}"
    with tempfile.TemporaryDirectory() as made:
        engine = connect(f"sqlite:///{Path(made) / 'empty.db'}")
        migrate(engine, folder)
        with engine.connect() as connection, sqlite_read_exactly():
            config = alembic_config(connection, folder)
            config.set_main_option("file_template", "%%(rev)s")
            command.revision(config, message.rstrip("."), autogenerate=True, rev_id=name)
        engine.dispose()
    return folder / "versions" / f"{name}.py"


if __name__ == "__main__":
    print(write_revision(" ".join(sys.argv[1:])))  # noqa: T201 - the command's answer
