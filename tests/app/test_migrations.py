"""A database of any earlier release ends with the schema the code describes, on SQLite and PostgreSQL."""

import hashlib
import logging
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Connection,
    DefaultClause,
    Engine,
    ForeignKeyConstraint,
    MetaData,
    UniqueConstraint,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import OperationalError

from app.migrations import FOLDER, LEGACY, migrate
from app.migrations.comparison import options, sqlite_read_exactly
from app.migrations.new import write_revision
from app.ops.setup import CannotGoOn, plain_reasons
from app.settings.schema import Settings
from core.database.connection import METADATA, connect, writing
from core.database.migrations import UnknownRevision, alembic_config, migration, revisions
from kb.documents import document_of
from kb.models import Article, Category, Section, Status
from kb.publish import roll_back
from kb.repository import ArticleRepository
from kb.revisions import RevisionRepository, content_hash
from support.tickets.schema import message, ticket
from support.tickets.service import TicketService
from tests.named_migrations import apply_named
from tests.support.conftest import NOW, new_ticket

# Changed by nobody: databases out there remember these names, and what was done under them.
FROZEN = "a8fc685e87a36efa76d641aadc9e6f8e143f87cb8ff6186db8b8fe735fc04672"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An empty database."""
    opened = connect(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Our revisions, to add others to."""
    return Path(shutil.copytree(FOLDER, tmp_path / "migrations"))


def differences(engine: Engine, described: MetaData = METADATA) -> list[Any]:
    """What `described` and the database do not have in common."""
    with engine.connect() as connection, sqlite_read_exactly():
        context = MigrationContext.configure(
            connection, opts={**options(engine.dialect.name), "target_metadata": described}
        )
        return [*compare_metadata(context, described), *sorted(_keys(connection) ^ _described_keys(described))]


def _keys(connection: Connection) -> set[tuple[object, ...]]:
    """Foreign keys with ON DELETE, and unique constraints: Alembic sees neither on SQLite when they have no name."""
    found: set[tuple[object, ...]] = set()
    looked_at = inspect(connection)
    for table in looked_at.get_table_names():
        if table == "alembic_version":
            continue
        if connection.dialect.name == "sqlite":
            for row in connection.exec_driver_sql(f"PRAGMA foreign_key_list({table})"):
                found.add(("foreign key", table, row[3], row[2], row[4], row[6].replace("NO ACTION", "")))
        else:
            for key in looked_at.get_foreign_keys(table):
                (column,), (referred,) = key["constrained_columns"], key["referred_columns"]
                deleting = key["options"].get("ondelete", "")
                found.add(("foreign key", table, column, key["referred_table"], referred, deleting))
        for unique in looked_at.get_unique_constraints(table):
            found.add(("unique", table, *unique["column_names"]))
    return found


def _described_keys(described: MetaData) -> set[tuple[object, ...]]:
    found: set[tuple[object, ...]] = set()
    for table in described.tables.values():
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                found.add(("unique", table.name, *(column.name for column in constraint.columns)))
            if isinstance(constraint, ForeignKeyConstraint):
                (key,) = constraint.elements
                referred = key.column
                deleting = constraint.ondelete or ""
                found.add(("foreign key", table.name, key.parent.name, referred.table.name, referred.name, deleting))
    return found


# What was applied before is left out by its name, so that the ends and the middle stand for all.
@pytest.mark.parametrize("applied", sorted({0, 1, len(LEGACY) // 2, len(LEGACY) - 1, len(LEGACY)}))
def test_every_state_before_alembic_ends_in_the_schema_described(engine: Engine, applied: int) -> None:
    apply_named(engine, LEGACY[:applied])

    names = migrate(engine)

    assert names == [one.name for one in LEGACY[applied:]] + revisions(FOLDER)
    assert differences(engine) == []


@pytest.mark.parametrize("revision", revisions(FOLDER)[::8])
def test_every_revision_ends_in_the_schema_described(engine: Engine, revision: str) -> None:
    apply_named(engine, LEGACY)
    with writing(engine) as connection:
        command.upgrade(alembic_config(connection, FOLDER), revision)

    assert migrate(engine) == revisions(FOLDER)[revisions(FOLDER).index(revision) + 1 :]
    assert differences(engine) == []


def test_one_revision_after_the_other_ends_in_the_schema_described(engine: Engine) -> None:
    """Every release there was, each installed when the next one came."""
    apply_named(engine, LEGACY)
    for revision in revisions(FOLDER):
        with writing(engine) as connection:
            command.upgrade(alembic_config(connection, FOLDER), revision)

    assert migrate(engine) == []
    assert differences(engine) == []


def test_an_empty_database_goes_the_same_road_once(engine: Engine) -> None:
    assert migrate(engine) == [one.name for one in LEGACY] + revisions(FOLDER)
    assert differences(engine) == []
    assert migrate(engine) == []


def _drop_column(described: MetaData) -> None:
    table = described.tables["ticket"]
    table._columns.remove(table.c.page)


def _other_default(described: MetaData) -> None:
    described.tables["ticket"].c.identity.server_default = DefaultClause(text("'signed'"))


def _nullable(described: MetaData) -> None:
    described.tables["ticket"].c.subject.nullable = True


def _other_type(described: MetaData) -> None:
    described.tables["ticket"].c.quiet.type = described.tables["ticket"].c.name.type


def _no_index(described: MetaData) -> None:
    described.tables["message"].indexes.clear()


def _no_cascade(described: MetaData) -> None:
    for constraint in described.tables["reply_address"].foreign_key_constraints:
        constraint.ondelete = None


def _not_unique(described: MetaData) -> None:
    table = described.tables["rating"]
    table.constraints = {one for one in table.constraints if not isinstance(one, UniqueConstraint)}
    table.c.ticket_id.unique = None


def _copied() -> MetaData:
    described = MetaData()
    for table in METADATA.tables.values():
        table.to_metadata(described)
    return described


def test_the_comparison_notices(engine: Engine) -> None:
    migrate(engine)
    changes = (_drop_column, _other_default, _nullable, _other_type, _no_index, _no_cascade, _not_unique)
    assert differences(engine, _copied()) == []
    noticed = {}
    for change in changes:
        described = _copied()
        change(described)
        noticed[change] = differences(engine, described) != []

    assert noticed == dict.fromkeys(changes, True)


def test_names_and_statements_before_alembic_never_change() -> None:
    told = hashlib.sha256(repr([(one.name, one.statements) for one in LEGACY]).encode())

    assert told.hexdigest() == FROZEN


def test_revisions_are_one_line_and_named_as_their_files() -> None:
    with connect("sqlite://").connect() as connection:
        scripts = ScriptDirectory.from_config(alembic_config(connection, FOLDER))
        line = [script.revision for script in scripts.walk_revisions()][::-1]

    assert line == revisions(FOLDER)
    assert scripts.get_heads() == [line[-1]]
    assert [int(name[:4]) for name in line] == list(range(1, len(line) + 1))
    assert all(len(name) <= 32 for name in line), "PostgreSQL refuses longer ones"


def test_a_database_of_a_newer_release_is_refused_in_one_sentence(engine: Engine, settings: Settings) -> None:
    migrate(engine)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999_from_the_future'"))

    with pytest.raises(UnknownRevision, match=r"9999_from_the_future, which this release does not know.*newer"):
        migrate(engine)
    with pytest.raises(CannotGoOn, match="9999_from_the_future"), plain_reasons(settings):
        migrate(engine)


@pytest.mark.parametrize(
    ("reason", "what_to_do"),
    [
        ("unable to open database file", "mounted for writing"),
        ("attempt to write a readonly database", "mounted for writing"),
        ("database disk image is malformed", "sound backup"),
        ("file is not a database", "sound backup"),
        ("database or disk is full", "make room"),
        ("database is locked", "another program"),
    ],
)
def test_what_sqlite_says_at_the_start_comes_with_what_to_do(reason: str, what_to_do: str, settings: Settings) -> None:
    with pytest.raises(CannotGoOn, match=f"{reason}.*{what_to_do}"), plain_reasons(settings):
        raise OperationalError("", {}, Exception(reason))


_MIGRATE = """
import sys
from core.database.connection import connect
from app.migrations import migrate
sys.stdin.readline()
print(" ".join(migrate(connect(sys.argv[1]))))
print("alembic" in sys.modules)
"""


def _process(url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _MIGRATE, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_of_two_processes_at_once_each_migration_is_applied_by_one(database_url: str) -> None:
    both = [_process(database_url), _process(database_url)]
    answers = []
    for process in both:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    for process in both:
        answers.append(process.communicate(timeout=60)[0].splitlines()[0].split())
        assert process.returncode == 0

    assert sorted(answers, key=len) == [[], [one.name for one in LEGACY] + revisions(FOLDER)]


def test_alembic_is_not_even_loaded_where_nothing_is_to_be_done(engine: Engine, database_url: str) -> None:
    migrate(engine)

    assert _process(database_url).communicate("\n", timeout=60)[0].splitlines() == ["", "False"]


def test_migrating_leaves_logging_alone_and_prints_nothing(engine: Engine, capfd: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = (list(root.handlers), root.level, logging.getLogger("signpost").disabled)

    migrate(engine)

    assert (list(root.handlers), root.level, logging.getLogger("signpost").disabled) == before
    assert capfd.readouterr() == ("", "")


_REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "0002_next"
down_revision = {last!r}


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        assert op.get_bind().exec_driver_sql("SHOW lock_timeout").scalar() == "0"
        assert op.get_bind().exec_driver_sql("SHOW statement_timeout").scalar() == "0"
    with op.batch_alter_table("ticket", recreate="auto") as batch:
        batch.alter_column("subject", existing_type=sa.Text(), nullable=True)
    {then}
"""


def _add_revision(folder: Path, then: str = "") -> None:
    last = revisions(folder)[-1]
    text = _REVISION.format(last=last, then=then).replace("0002_next", f"{len(revisions(folder)) + 1:04}_next")
    (folder / "versions" / f"{len(revisions(folder)) + 1:04}_next.py").write_text(text, encoding="utf-8")


def test_a_table_made_anew_keeps_its_rows_and_what_refers_to_them(
    engine: Engine, folder: Path, settings: Settings
) -> None:
    migrate(engine)
    made = TicketService(engine, settings).create(new_ticket(), None, NOW)
    with writing(engine) as connection:  # ON DELETE CASCADE
        connection.execute(
            text("INSERT INTO reply_address (token, ticket_id, side) VALUES ('t', :id, 'team')"), {"id": made.id}
        )
    _add_revision(folder)

    assert migrate(engine, folder) == [revisions(folder)[-1]]

    with engine.connect() as connection:
        assert connection.execute(select(ticket.c.reference)).scalars().all() == [made.reference]
        assert connection.execute(select(message.c.ticket_id)).scalars().all() == [made.id]
        assert connection.execute(text("SELECT COUNT(*) FROM reply_address")).scalar() == 1
        nullable = {one["name"]: one["nullable"] for one in inspect(connection).get_columns("ticket")}
        assert nullable["subject"]
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


@pytest.mark.parametrize(
    "then", ["raise RuntimeError('power cut')", "op.execute('DELETE FROM ticket')"], ids=["error", "broken reference"]
)
def test_a_migration_that_fails_leaves_the_database_as_it_was(
    engine: Engine, folder: Path, settings: Settings, then: str
) -> None:
    migrate(engine)
    TicketService(engine, settings).create(new_ticket(), None, NOW)
    _add_revision(folder, then)

    with pytest.raises(Exception, match=r"power cut|refer to nothing|foreign key"):
        migrate(engine, folder)

    assert differences(engine) == []
    assert migrate(engine) == []
    with engine.connect() as connection:
        assert len(connection.execute(select(ticket.c.id)).all()) == 1


def test_a_new_revision_is_written_from_what_the_code_describes(engine: Engine, folder: Path) -> None:
    written = write_revision("Add a column for the time zone of whoever wrote the ticket", folder)

    assert written.stem == revisions(folder)[-1]
    assert written.stem.startswith(f"{len(revisions(FOLDER)) + 1:04}_add_a_column")
    assert migrate(engine, folder)[-1] == written.stem
    assert differences(engine) == [], "there was nothing to change"


def test_every_named_migration_is_recorded_under_its_own_name(engine: Engine) -> None:
    migrate(engine)

    with engine.connect() as connection:
        stored = set(connection.execute(select(migration.c.name)).scalars())
    assert stored == {one.name for one in LEGACY}
    assert len(stored) == len(LEGACY)


def test_what_was_published_before_revisions_is_the_first_one(engine: Engine) -> None:
    one = Article("en", "one", "one", "general", "One", (Section("", "", 0, "Text."),), status=Status.PUBLISHED)
    two = Article("tr", "iki", "iki", "general", "İki", (), status=Status.DRAFT)
    shown = Category("en", "general", "General", "What belongs nowhere", 3, "help")
    apply_named(engine, LEGACY)
    with writing(engine) as connection:
        command.upgrade(alembic_config(connection, FOLDER), "0006_whole_mail")
        for article in (one, two):
            document = document_of(article)
            connection.execute(
                text(
                    "INSERT INTO article (lang, slug, article_key, category, title, summary, status, audience,"
                    " position, updated, source, hash, document) VALUES (:lang, :slug, :slug, 'general', :title, '',"
                    " :status, 'everyone', 0, '2026-11-23', '', :hash, :document)"
                ),
                {
                    "lang": article.lang, "slug": article.slug, "title": article.title,
                    "status": article.status.value, "hash": content_hash(document), "document": document,
                },
            )  # fmt: skip
        connection.execute(
            text("INSERT INTO category VALUES ('en', 'general', 'General', 'What belongs nowhere', 3, 'help')")
        )
        connection.execute(text("INSERT INTO published_set VALUES ('revision', 'a digest')"))

    migrate(engine)

    kept, store = RevisionRepository(engine), ArticleRepository(engine)
    (first,) = kept.list()
    assert (first.number, first.how.value, first.articles, first.added) == (1, "migration", 1, 2)
    assert kept.contents(1) == ((one, two), (shown,))
    assert store.replace_all([one], [shown], NOW).revision == 2
    assert roll_back(1, store, NOW).revision == 3 and store.all() == (one, two)


def test_code_of_the_release_before_starts_on_a_newer_schema_until_something_was_taken_away(
    database_url: str, tmp_path: Path
) -> None:
    newer = tmp_path / "newer"
    shutil.copytree(FOLDER, newer, ignore=shutil.ignore_patterns("__pycache__"))
    last = revisions(FOLDER)[-1]

    def add(name: str, before: str, more: str = "") -> None:
        text = f'revision = "{name}"\ndown_revision = "{before}"\n{more}\n\ndef upgrade() -> None:\n    pass\n'
        (newer / "versions" / f"{name}.py").write_text(text)

    engine = connect(database_url)
    migrate(engine)
    add("9001_adds", last)
    assert migrate(engine, newer) == ["9001_adds"]
    assert migrate(engine) == [], "it serves beside the newer one"
    add("9002_takes_away", "9001_adds", "contracts = True\n")
    migrate(engine, newer)
    with pytest.raises(UnknownRevision, match="used by a newer one"):
        migrate(engine)
    engine.dispose()
