"""The schema of the whole product and its migrations; `core/database/migrations.py` applies them.

To change a table: change `schema.py` of the package that owns it, then write the revision with
`python -m app.migrations.new "Add …"`.
"""

from pathlib import Path

from sqlalchemy import Engine

import core.cluster.schema
import insight.schema
import kb.authoring.schema
import kb.external_links.schema
import kb.schema
import kb.translations.schema
import support.agents.schema
import support.delivery.schema
import support.email.schema
import support.incidents.schema
import support.routing.schema
import support.spam.schema
import support.tickets.schema
from core.database import migrations
from insight.legacy_migrations import MIGRATIONS as _INSIGHT
from kb.legacy_migrations import MIGRATIONS as _KB
from support.agents.legacy_migrations import MIGRATIONS as _AGENTS
from support.tickets.legacy_migrations import MIGRATIONS as _TICKETS

# A table is in METADATA once its module is imported.
SCHEMAS = (
    core.cluster.schema,
    kb.schema,
    kb.translations.schema,
    kb.authoring.schema,
    kb.external_links.schema,
    insight.schema,
    support.tickets.schema,
    support.routing.schema,
    support.delivery.schema,
    support.email.schema,
    support.incidents.schema,
    support.spam.schema,
    support.agents.schema,
)
# What there was before Alembic. Closed: nothing is added, nothing changed.
LEGACY = _KB + _INSIGHT + _TICKETS + _AGENTS
FOLDER = Path(__file__).parent


def migrate(engine: Engine, folder: Path = FOLDER) -> list[str]:
    """Bring this database up to date; the names of what was applied. See core/database/migrations.py."""
    return migrations.migrate(engine, LEGACY, folder)
