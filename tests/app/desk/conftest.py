"""The desk on a database of each kind, and a browser's cookies in a test client."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from app import create_app
from app.container import personal_data
from app.settings.schema import Settings
from core.database.connection import connect
from core.secret_keys import Keys
from index.embed.hashing import HashingEmbedder
from index.embed.loader import EmbedderLoader
from support.agents.models import Role, User
from support.agents.service import DeskService
from support.agents.sign_in import passwords
from support.privacy.service import PrivacyService, Retention
from support.tickets.agent_actions import AgentActions
from support.tickets.service import TicketService
from tests.databases import with_tables
from tests.support.conftest import NOW

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 with the least it takes: its slowness is not what these tests are about."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: quick)
    passwords._nobody.cache_clear()


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    opened = connect(migrated_url)
    yield opened
    opened.dispose()


@pytest.fixture
def tickets(engine: Engine, settings: Settings) -> TicketService:
    return TicketService(engine, settings)


@pytest.fixture
def agent_actions(tickets: TicketService) -> AgentActions:
    return AgentActions(tickets)


@pytest.fixture
def desk(engine: Engine, tickets: TicketService, agent_actions: AgentActions) -> DeskService:
    return DeskService(
        engine,
        tickets,
        agent_actions,
        PrivacyService(engine, personal_data(tickets, Keys(b"i" * 32)), Retention(0, 0, 0)),
        EmbedderLoader(HashingEmbedder),
        lambda: b"a key",
    )


@pytest.fixture
def ada(desk: DeskService) -> User:
    return desk.accounts.create("ada@example.org", "Ada", PASSWORD, [Role.ADMIN], "test", NOW)


@pytest.fixture
def bo(desk: DeskService) -> User:
    return desk.accounts.create("bo@example.org", "Bo", PASSWORD, [Role.AGENT], "test", NOW)


@dataclass
class Member:
    """Somebody signed in at the desk of an app."""

    client: FlaskClient
    user: User

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def post(self, path: str, _page: str = "/desk/account", **fields: object) -> TestResponse:
        """Send a form with the token of a page."""
        return self.client.post(path, data={"csrf": token_in(self.get(_page).text), **fields})


def token_in(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, "the page has no form with a token"
    return found[1]


@pytest.fixture
def desk_app(tmp_path: Path) -> Iterator[Flask]:
    articles = tmp_path / "articles"
    articles.mkdir()
    values = {"data_dir": tmp_path / "data", "kb_dir": articles, "embedder": "hashing", "watch": False}
    application = create_app(with_tables(Settings.load(values, environ={})))
    yield application
    application.extensions["signpost"].close()


@pytest.fixture
def member(desk_app: Flask) -> Callable[..., Member]:
    """Make an account with these roles and sign it in, through the form."""

    def make(*roles: Role, login: str = "") -> Member:
        s = desk_app.extensions["signpost"]
        login = login or f"{'-'.join(roles)}@example.org"
        user = s.desk.accounts.create(login, login.partition("@")[0].title(), PASSWORD, roles, "test", s.now())
        client = desk_app.test_client()
        assert sign_in(client, login).status_code == 303
        return Member(client, user)

    return make


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD, **more: str) -> TestResponse:
    return client.post("/desk/sign-in", data={"login": login, "password": password, **more})
