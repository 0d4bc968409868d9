"""Status links in a stolen database, readable data folders, digits that are none, guessable passwords, old sessions."""

import os
import re
import stat
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pyotp
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from app import create_app
from app.container import Services
from app.settings.schema import Settings
from core.database.connection import writing
from core.numbers import whole_number
from support.agents.models import BadAccount, Role
from support.agents.sign_in.common_passwords import is_common
from support.tickets import repository
from support.tickets.models import UnknownTicket
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket

ROOT = Path(__file__).parents[2]


# --- status links ---


def _stored(engine: Engine) -> str:
    with engine.connect() as connection:
        rows = [connection.execute(text(f"SELECT * FROM {name}")).all() for name in ("ticket", "ticket_link", "outbox")]
    return repr(rows)


def test_no_link_stands_in_the_database_and_every_mail_has_the_same(engine: Engine, tickets: TicketService) -> None:
    ticket = tickets.create(new_ticket(), None, NOW)
    assert ticket.token not in _stored(engine)
    assert ticket.token[16:] not in _stored(engine)
    assert tickets.by_token(ticket.token).id == ticket.id
    assert tickets.by_id(ticket.id).token == ticket.token
    for wrong in (ticket.token[:16] + "x" * 32, ticket.token[:-1], ticket.token[:16] + "x" * 4, "x" * 48):
        with pytest.raises(UnknownTicket):
            tickets.by_token(wrong)
    # What lies in the database is no link either.
    with engine.connect() as connection:
        row = connection.execute(text("SELECT token, link_nonce FROM ticket")).one()
    for stolen in (row.token, row.link_nonce, row.link_nonce * 3):
        with pytest.raises(UnknownTicket):
            tickets.by_token(stolen)


def _as_the_release_before(engine: Engine, links: dict[int, str], retired: str) -> None:
    """The database of before: links as they were sent. Then this release's migration of the rows, and no more."""
    with writing(engine) as connection:
        for ticket_id, token in links.items():
            connection.execute(
                text("UPDATE ticket SET token = :token, link_nonce = '' WHERE id = :id"),
                {"token": token, "id": ticket_id},
            )
        connection.execute(
            text("INSERT INTO ticket_link (token, ticket_id, retired_at) VALUES (:token, :id, :at)"),
            {"token": retired, "id": next(iter(links)), "at": "2026-01-01T00:00:00.000Z"},
        )
        for table in ("used_proof", "recipient_mail"):
            connection.execute(text(f"DROP TABLE {table}"))
        for statement in (
            "DROP INDEX ticket_nonce",
            "ALTER TABLE ticket DROP COLUMN link_nonce",
            "ALTER TABLE outbox DROP COLUMN hold",
        ):
            connection.execute(text(statement))
        with Operations.context(MigrationContext.configure(connection)):
            import_module("app.migrations.versions.0003_status_links").upgrade()


def test_links_that_were_sent_before_go_on_working(engine: Engine, tickets: TicketService) -> None:
    made = [tickets.create(new_ticket(), None, NOW) for _ in range(2)]
    links = {one.id: f"old-link-{number}_" + "A" * 23 for number, one in enumerate(made)}
    _as_the_release_before(engine, links, "retired-link-" + "B" * 19)
    for ticket_id, token in links.items():
        assert token not in _stored(engine)
        found = tickets.by_token(token)
        assert found.id == ticket_id
        # A later mail holds a new link; both open the ticket.
        assert found.token != token
        assert tickets.by_token(found.token).id == ticket_id
    found, current = tickets.by_any_token("retired-link-" + "B" * 19)
    assert (found.id, current) == (made[0].id, False)
    # When a fresh link is made, both of before have run out.
    with tickets.transaction() as connection:
        repository.replace_token(connection, tickets.by_id(made[0].id), NOW, NOW)
    for token in (links[made[0].id], found.token):
        assert tickets.by_any_token(token)[1] is False
    assert tickets.by_any_token(tickets.by_id(made[0].id).token)[1] is True


# --- the data folder ---


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_data_folder_is_the_services_own_from_the_first_start_and_is_mended_at_the_next(tmp_path: Path) -> None:
    values = {"data_dir": tmp_path / "new" / "data", "kb_dir": tmp_path, "embedder": "hashing", "watch": False}
    old = os.umask(0o000)
    try:
        for _start in range(2):
            app = create_app(values)
            app.extensions["signpost"].tickets.create(new_ticket(), None, NOW)
            folder: Path = values["data_dir"]  # type: ignore[assignment]
            files = list(folder.glob("signpost.db*"))
            assert folder / "signpost.db" in files
            assert _mode(folder) == 0o700
            assert {_mode(path) for path in files} == {0o600}
            app.extensions["signpost"].close()
            folder.chmod(0o755)
            for path in files:
                if path.exists():
                    path.chmod(0o644)
    finally:
        os.umask(old)


# --- digits ---


@pytest.mark.parametrize("written", ["²", "٣", "１", "1_0", " 1", "+1", "-1", "", "1" * 5000, "0x1", "1e3"])
def test_only_plain_digits_are_a_number(written: str) -> None:
    assert whole_number(written) is None


def test_no_number_of_a_stranger_is_read_by_isdigit_alone() -> None:
    found = []
    for folder in ("app", "core", "index", "insight", "kb", "support"):
        for path in (ROOT / folder).rglob("*.py"):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if re.search(r"\bint\(", line) and ".isdigit()" in line and ".isascii()" not in line:
                    found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == []


@pytest.fixture
def desk(app: Flask) -> Callable[..., FlaskClient]:
    s: Services = app.extensions["signpost"]

    def enter(login: str = "ada@example.org", password: str = "a long enough phrase 17") -> FlaskClient:
        client = app.test_client()
        if s.desk.accounts.by_login(login) is None:
            s.desk.accounts.create(login, "Ada", password, [Role.ADMIN], "test", s.now())
        answer = client.post("/desk/sign-in", data={"login": login, "password": password}, base_url="https://localhost")
        assert answer.status_code == 303
        return client

    return enter


def test_digits_that_are_none_are_no_error_of_ours(app: Flask, desk: Callable[..., FlaskClient]) -> None:
    s: Services = app.extensions["signpost"]
    ticket = s.tickets.create(new_ticket(), None, s.now())
    client = desk()
    page = client.get("/desk/account", base_url="https://localhost").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    sent = {"csrf": csrf[1], "session": "²", "assignee": "²", "action": "assign", "id": "²", "seen": "²", "text": "x"}
    at_ticket = f"/desk/t/{ticket.reference}"
    posted = ("/desk/account/sessions", f"{at_ticket}/change", "/desk/canned", f"{at_ticket}/reply")
    for path in (*posted, f"/desk/users/{10**30}"):
        assert client.post(path, data=sent, base_url="https://localhost").status_code < 500, path
    for path in (
        "/desk/audit?before=²",
        "/desk/?page=²",
        "/desk/?assignee=²",
        f"/desk/?page={'9' * 4400}",
        f"/desk/t/{ticket.reference}/live?seen=²",
    ):
        assert client.get(path, base_url="https://localhost").status_code < 500, path


# --- sign-in ---


def test_switching_the_second_factor_on_ends_every_other_session(app: Flask, desk: Callable[..., FlaskClient]) -> None:
    s: Services = app.extensions["signpost"]
    thief, mine = desk(), desk()
    user = s.desk.accounts.by_login("ada@example.org")
    assert user is not None
    secret = s.desk.accounts.begin_totp(user)
    page = mine.get("/desk/account", base_url="https://localhost").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    form = {"csrf": csrf[1], "step": "confirm", "code": pyotp.TOTP(secret).at(s.now())}
    assert mine.post("/desk/account/second-factor", data=form, base_url="https://localhost").status_code == 200
    assert mine.get("/desk/account", base_url="https://localhost").status_code == 200
    assert thief.get("/desk/account", base_url="https://localhost").status_code == 302


@pytest.mark.parametrize(
    "password",
    [
        "Password1234", "passwordpassword", "p@ssw0rd2026!", "qwertyuiop123", "1234567890123", "abcdefghijkl",
        "iloveyou2025!!", "Football!!!!!", "123football456", "ada@example.org", "adaexample2026",
        "0987654321098", "zxcvbnmasdfghjkl", "sunshinesunshine", "ＰＡＳＳＷＯＲＤ１２３４",
        "abcdabcdabcd", "signpost2026", "Tonfell-tonfell-26",
        "password password", "p4ssw0rd!p4ssw0rd", "!QAZ2wsx#EDC", "1qaz@WSX3edc",
    ],
)  # fmt: skip
def test_passwords_that_are_guessed_first_are_refused(app: Flask, password: str) -> None:
    s: Services = app.extensions["signpost"]
    with pytest.raises(BadAccount) as refused:
        s.desk.accounts.create("ada@example.org", "Ada", password, [Role.AGENT], "test", s.now())
    assert refused.value.code in {"common_password", "password"}


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "kahve içmeden güne başlamam",
        "一杯咖啡開始美好的一天吧朋友",
        "tR7#kL2!qZ9w",
        "three blue herons at dawn 7",
    ],
)
def test_good_pass_phrases_are_taken(password: str) -> None:
    assert not is_common(password, "ada@example.org", "Ada Lovelace", "signpost")


def test_the_list_of_common_passwords_ships_and_is_small(make_settings: Callable[..., Settings]) -> None:
    shipped = ROOT / "support" / "agents" / "sign_in" / "common_passwords.txt.gz"
    assert shipped.stat().st_size < 100_000
    assert shipped.name in (ROOT / "NOTICE").read_text(encoding="utf-8")
