"""Who owns a table owns its SQL: a table belongs to the package whose `schema.py` describes it.

No other package imports that module, so none can read its tables, and none writes them. SQL made of strings, which this
could not see, is refused by tests/core/test_no_sql_strings.py.
"""

import ast
import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import Table

from core.database.connection import METADATA
from index.database.schema import SEARCH_TABLES

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("app", "core", "index", "insight", "kb", "support")
_NO_TABLES = {"app/settings/schema.py"}  # of the settings

# Who reads tables of other packages all the same, and why. Nobody writes them.
READ_MODELS = {
    "support/agents/queue.py": "a page of the queue is one query over tickets, targets, agents and the search index",
    "support/agents/ticket_search.py": "the search index: what it lacks is found by comparing it with the messages",
    "support/routing/repository.py": "the vectors: which are missing is found by comparing them with the tickets",
}
# Who imports the modules to fill METADATA, without a word about a table.
WHOLE_SCHEMA = {"app/migrations/__init__.py": "what the migrations are compared with"}

# SQL stands in `repository.py`, in `personal_data.py` (erasing, export, retention) or here: in a module that is the
# repository of one table, and is named for what the table holds.
ONE_TABLE = {
    "index/database/write_repository.py": "what a publish writes; what is read is in repository.py",
    "index/database/soundness.py": "counts rows, to see whether tables of search hold what they should",
    "index/database/store.py": "makes the tables of search where the database can have them",
    "core/cluster/key_fingerprints.py": "which keys the database was used with",
    "core/cluster/nodes.py": "processes at work",
    "core/cluster/owners.py": "whose the database is",
    "core/cluster/rate_buckets.py": "limits that nodes share",
    "insight/aggregates.py": "counts by day, made from the ledger",
    "insight/behind.py": "reads the events behind a figure",
    "insight/digest.py": "who no longer wants the digest",
    "insight/feedback.py": "votes",
    "insight/ledger.py": "the ledger of events",
    "insight/persons.py": "whose a visit is",
    "insight/report.py": "reads the counts by day",
    "insight/tickets.py": "events of tickets, in their transaction",
    "insight/visit_reader.py": "reads the ledger by visits",
    "kb/authoring/comments.py": "comments on articles",
    "kb/authoring/plans.py": "changes of articles that wait for their time",
    "kb/authoring/remote_state.py": "what became of the exchange with the Git remote",
    "kb/authoring/reviews.py": "requests for a review",
    "kb/published_files.py": "files of what is published",
    "kb/publish_state.py": "what holds publishing back",
    "kb/published_set.py": "the published set, which is replaced as a whole",
    "kb/waiting_files.py": "what waits for the publisher's folder",
    "kb/reminders.py": "what owners of articles were reminded of",
    "kb/revisions.py": "revisions, and what was published at each",
    "support/agents/audit.py": "the audit log",
    "support/agents/presence.py": "who looks at a ticket now",
    "support/agents/sign_in/throttling.py": "the counters of failed sign-ins",
    "support/delivery/circuit_breaker.py": "circuits",
    "support/delivery/delivery_log.py": "attempts, and ids at the receiver",
    "support/delivery/outbox.py": "the outbox",
    "support/delivery/recipient_limit.py": "which mailbox got how many mails",
    "support/email/inbound/spool.py": "incoming mails, and their files",
    "support/spam/submission_history.py": "what is remembered of submissions",
    "support/tickets/relations.py": "links and merges between tickets",
    "support/tickets/statistics.py": "what teams are measured by",
    "support/tickets/stored_targets.py": "response targets that were promised",
    "support/tickets/tags.py": "tags of tickets",
}
_ROLES = ("/repository.py", "/personal_data.py", "/schema.py")
# The rooms of `app` that build and mend; all others ask a service or a function of the domain.
_OPENS_DATABASES = ("app/migrations/", "app/ops/", "app/backups/", "app/doctor.py", "app/container.py")

_WRITES = {"insert": 0, "update": 0, "delete": 0, "insert_for": 1}


def _schemas() -> dict[str, str]:
    """Package by the name of its schema module: `support.tickets.schema` is of `support/tickets`."""
    found = (path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("schema.py"))
    paths = [path for path in found if path.as_posix() not in _NO_TABLES]
    return {".".join(path.with_suffix("").parts): path.parent.as_posix() for path in paths}


def _tables(schemas: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Package by (module, name) of every table."""
    return {
        (module, name): package
        for module, package in schemas.items()
        for name, value in vars(importlib.import_module(module)).items()
        if isinstance(value, Table)
    }


SCHEMAS = _schemas()
TABLES = _tables(SCHEMAS)


def _imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """(line, schema module) of every import of one, however it is written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names if alias.name in SCHEMAS)
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from ((node.lineno, module) for module in (node.module, *whole) if module in SCHEMAS)


class _Names(ast.NodeVisitor):
    """Which packages' tables a name of this module may stand for."""

    def __init__(self) -> None:
        self.of: dict[str, set[str]] = {}
        self.modules: dict[str, str] = {}
        self.writers: dict[str, int] = {}

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.modules[alias.asname or alias.name] = alias.name

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            name, module = alias.asname or alias.name, node.module or ""
            if (module, alias.name) in TABLES:
                self.of.setdefault(name, set()).add(TABLES[module, alias.name])
            if f"{module}.{alias.name}" in SCHEMAS:
                self.modules[name] = f"{module}.{alias.name}"
            if alias.name in _WRITES and (module.startswith("sqlalchemy") or module == "core.database.upsert"):
                self.writers[name] = _WRITES[alias.name]

    def visit_For(self, node: ast.For) -> None:
        if isinstance(node.target, ast.Name) and isinstance(node.iter, ast.Tuple | ast.List):
            self._bind(node.target.id, node.iter.elts)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self._bind(target.id, [node.value])
        self.generic_visit(node)

    def _bind(self, name: str, values: list[ast.expr]) -> None:
        packages = [self.packages(value) for value in values]
        if all(packages):
            self.of.setdefault(name, set()).update(*packages)

    def packages(self, node: ast.expr) -> set[str]:
        """The packages whose tables this may be; none for what is no table, or cannot be told."""
        if isinstance(node, ast.Name):
            return self.of.get(node.id, set())
        if isinstance(node, ast.Attribute):
            module = self.modules.get(ast.unparse(node.value), "")
            return {TABLES[module, node.attr]} if (module, node.attr) in TABLES else set()
        return set()


def _written(tree: ast.Module) -> Iterator[tuple[int, set[str]]]:
    """(line, packages whose table it may be) of every insert, update and delete; no package when it cannot be told."""
    names = _Names()
    names.visit(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in names.writers:
            at = names.writers[node.func.id]
            yield node.lineno, names.packages(node.args[at]) if len(node.args) > at else set()
        elif isinstance(node.func, ast.Attribute) and node.func.attr in {"insert", "update", "delete"}:
            if packages := names.packages(node.func.value):
                yield node.lineno, packages
            elif names.modules.get(ast.unparse(node.func.value), "").startswith("sqlalchemy"):
                yield node.lineno, names.packages(node.args[0]) if node.args else set()


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _is_in(name: str, package: str) -> bool:
    return name.startswith(f"{package}/")


def test_every_table_has_one_owner() -> None:
    described = {name for _, name in TABLES}
    assert len(described) == len(TABLES)
    found = {getattr(importlib.import_module(module), name).name for module, name in TABLES}
    assert set(METADATA.tables) | set(SEARCH_TABLES.tables) == found, "a table is described outside of a schema.py"


def test_no_package_imports_the_tables_of_another() -> None:
    foreign = {
        f"{name}:{line} {module}"
        for name, tree in _trees()
        for line, module in _imported(tree)
        if not _is_in(name, SCHEMAS[module]) and name not in READ_MODELS | WHOLE_SCHEMA
    }
    assert foreign == set(), "ask the repository of the package that owns the table, or declare a read model"


def test_every_declared_read_model_still_is_one() -> None:
    reads = {name for name, tree in _trees() for _, module in _imported(tree) if not _is_in(name, SCHEMAS[module])}
    assert reads == READ_MODELS.keys() | WHOLE_SCHEMA.keys()


def test_no_package_writes_the_tables_of_another() -> None:
    foreign = [
        f"{name}:{line} {' or '.join(sorted(packages)) or 'which table is this?'}"
        for name, tree in _trees()
        # core writes tables it is handed by their owners; a migration writes the tables of its time.
        if not _is_in(name, "core") and not _is_in(name, "app/migrations")
        for line, packages in _written(tree)
        if not packages or not all(_is_in(name, package) for package in packages)
    ]
    assert foreign == []


def test_sql_stands_in_files_named_for_it() -> None:
    elsewhere = {
        name
        for name, tree in _trees()
        if any(_imported(tree)) and not name.endswith(_ROLES) and name not in READ_MODELS | WHOLE_SCHEMA
    }
    assert elsewhere - {"core/database/migrations.py"} == ONE_TABLE.keys(), (
        "put the SQL into the package's repository.py"
    )


def test_no_view_and_no_command_opens_a_connection() -> None:
    opened = [
        f"{name}:{node.lineno}"
        for name, tree in _trees()
        if _is_in(name, "app") and not name.startswith(_OPENS_DATABASES)
        for node in ast.walk(tree)
        if (isinstance(node, ast.alias) and node.name in {"writing", "connect"})
        or (isinstance(node, ast.Attribute) and node.attr in {"connect", "begin"})
    ]
    assert opened == [], "ask a service"


def test_nobody_reaches_a_table_by_its_name() -> None:
    reached = [
        f"{name}:{node.lineno}"
        for name, tree in _trees()
        if not _is_in(name, "app/migrations") and not _is_in(name, "core")
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id == "METADATA" and not name.endswith("/schema.py"))
        or (isinstance(node, ast.keyword) and node.arg in {"autoload_with", "autoload_replace"})
    ]
    assert reached == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from sqlalchemy import insert\nfrom support.tickets.schema import ticket\ninsert(ticket)", "support/tickets"),
        ("from sqlalchemy import delete as drop\nfrom kb.schema import article as a\ndrop(a)", "kb"),
        ("from core.database.upsert import insert_for\nfrom kb.schema import article\ninsert_for(c, article)", "kb"),
        ("import sqlalchemy as sa\nimport kb.schema\nsa.update(kb.schema.article)", "kb"),
        ("from kb import schema\nschema.article.delete()", "kb"),
        ("from sqlalchemy import update\nfrom kb.schema import article\none = article\nupdate(one)", "kb"),
        ("from sqlalchemy import delete\nfrom kb.schema import article\nfor t in (article,):\n    delete(t)", "kb"),
        ("from sqlalchemy import delete\ndelete(anything())", ""),
    ],
)
def test_a_write_is_recognised(source: str, found: str) -> None:
    ((_, packages),) = _written(ast.parse(source))
    assert packages == ({found} if found else set())


@pytest.mark.parametrize(
    "source",
    ["import kb.schema", "import kb.schema as k", "from kb import schema", "from kb.schema import article"],
)
def test_an_import_of_a_schema_is_recognised(source: str) -> None:
    assert [module for _, module in _imported(ast.parse(source))] == ["kb.schema"]
