"""After somebody's data is erased, nothing of theirs is found in any table or file, and others lose nothing."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, inspect, text

from app import create_app
from app.container import Services
from app.settings.schema import Settings
from core.database.connection import writing
from insight import ledger
from insight.events import make
from insight.origin import person_of
from support.agents.models import Role, User, WrongSignIn
from support.background.worker import OutboxProcessor, OutboxSender
from support.email.inbound.ingest import Ingester
from support.incidents import service as incidents
from support.tickets.journey import Journey
from support.tickets.models import CheckedFile, Stage, Upload
from tests.support.conftest import NOW, new_ticket
from tests.support.inbound.conftest import INBOX, letter

ADDRESS, NAME, PHONE = "zerrin.oztuna@lonely.example", "Zerrin Öztuna", "+31 20 555 4242"
# Words of hers that stand nowhere else, one for each place she can write in.
WORDS = (
    "marmalade", "thunderclap", "hedgehog", "quicksilver", "buttonhole", "dragonfly", "parchment", "cobblestone",
    "nightingale", "wheelbarrow", "periwinkle", "saffron",
)  # fmt: skip
OTHER = "bo@example.org"


@pytest.fixture
def app(make_settings: Callable[..., Settings], migrated_url: str) -> Iterator[Flask]:
    settings = make_settings(
        database_url=migrated_url, inbound_email=INBOX, mail_from=INBOX, base_url="https://help.example"
    )
    made = create_app(settings)
    yield made
    made.extensions["signpost"].close()


def _everything(s: Services, admin: User) -> None:
    """One of all that a person can leave, and somebody else beside."""
    settings = s.settings
    ingester = Ingester(settings, s.tickets, s.agent_actions)
    processor = OutboxProcessor(s.tickets, OutboxSender(settings, s.tickets.files.path, s.tickets.response_targets))

    def file(name: str, content: str) -> tuple[CheckedFile, ...]:
        return (s.tickets.files.save(Upload(name, content.encode())),)

    journey = Journey(page="https://shop.example/marmalade", lang="en").with_query("thunderclap", "suggest")
    first = s.tickets.create(
        new_ticket(
            name=NAME, email=ADDRESS, phone=PHONE, subject="hedgehog", message="quicksilver", journey=journey,
            attachments=file("buttonhole.txt", "dragonfly"), fields={"order_number": "parchment"},
        ),
        "one", NOW,
    )  # fmt: skip
    s.desk.reply(admin, first.reference, f"Dear {NAME}, cobblestone", NOW, seen=first.messages[-1].id)
    s.desk.note(admin, first.reference, f"{NAME} phoned: cobblestone", NOW)
    s.desk.note_file(admin, first.reference, "buttonhole.txt", NOW)
    s.desk.note_draft(admin, first.reference, "en/hedgehog.md", "downloaded", NOW)
    s.desk.set_stage(admin, first.reference, Stage.CLOSED, NOW)
    s.customer_actions.rate(first.token, 2, "nightingale", NOW)
    sender = f"{NAME} <{ADDRESS}>"
    assert ingester.ingest(letter("wheelbarrow", sender=sender).as_bytes(), NOW).outcome.value == "ticket"
    with writing(s.engine) as connection:  # one that became no ticket
        held = ingester._folder.save(letter("periwinkle", sender=sender).as_bytes())
        connection.execute(
            text(
                "INSERT INTO inbound_mail (digest, mail_id, sender, subject, state, why, file, size, received_at,"
                " handled_at) VALUES ('d', '<periwinkle@x>', :sender, 'periwinkle', 'held', '', :file, 1, :at, '')"
            ),
            {"sender": ADDRESS, "file": held, "at": NOW.isoformat()},
        )
    incident = incidents.open_incident(s.engine, {"en": "Sound fails"}, {"en": "We look into it"}, NOW)
    incidents.subscribe(s.engine, incident.reference, ADDRESS, "en", "https://help.example", NOW)
    person = person_of(s.settings.keys.get("insight").current, ADDRESS)
    searched = {"query": f"saffron {ADDRESS}", "verdict": "answer"}
    with writing(s.engine) as connection:
        ledger.add(connection, [make("search", NOW, searched, person=person, visit="hers", lang="en")])
    with pytest.raises(WrongSignIn):  # took the desk for the place to sign in
        s.desk.accounts.sign_in(ADDRESS, "not a member of staff", "192.0.2.7", "", NOW)
    s.tickets.create(new_ticket(email=OTHER, name="Bo", message="Bo's words"), "other", NOW)
    processor.deliver_due(lambda: NOW + timedelta(minutes=1))
    s.desk.sweep(NOW)


def _rows_with(engine: Engine, needle: str) -> list[str]:
    found = []
    with engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f"SELECT * FROM {table}")):
                values: list[Any] = [
                    bytes(v).decode("utf-8", "replace") if isinstance(v, bytes | memoryview) else v for v in row
                ]
                if needle.casefold() in " ".join(map(str, values)).casefold():
                    found.append(table)
    return found


def _files_with(folder: Path, needle: str) -> list[str]:
    looked_for = needle.casefold().encode()
    return [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and (looked_for in path.read_bytes().lower() or needle.casefold() in path.name.casefold())
    ]


@pytest.fixture
def site(app: Flask) -> Services:
    s: Services = app.extensions["signpost"]
    admin = s.desk.accounts.create("ada@example.org", "Ada", "correct horse battery", [Role.ADMIN], "test", NOW)
    _everything(s, admin)
    return s


def test_nothing_of_a_person_is_left_in_any_table_or_file(site: Services, app: Flask) -> None:
    for word in (ADDRESS, NAME, PHONE, *WORDS):
        assert _rows_with(site.engine, word) or _files_with(site.settings.data_dir, word), f"{word} was never there"
    erased = app.test_cli_runner().invoke(args=["privacy", "erase", ADDRESS.upper(), "--yes"])
    assert erased.exit_code == 0, erased.output

    for word in (ADDRESS, NAME, "Öztuna", PHONE, *WORDS):
        assert _rows_with(site.engine, word) == [], word
        assert _files_with(site.settings.data_dir, word) == [], word


def test_what_others_wrote_and_what_staff_did_stays(site: Services) -> None:
    with site.engine.connect() as connection:
        before = connection.execute(text("SELECT login, action, at FROM desk_audit ORDER BY id")).all()
    site.privacy.erase(site.privacy.find(ADDRESS), ADDRESS)

    (left,) = site.tickets.newest()
    assert site.tickets.by_id(left.id).messages[0].text == "Bo's words"
    assert _files_with(site.settings.mail_dir, OTHER), "Bo's mail is still there"
    with site.engine.connect() as connection:
        after = connection.execute(
            text("SELECT login, action, at, reference, detail FROM desk_audit ORDER BY id")
        ).all()
    assert [(row.action, row.at) for row in after] == [(row.action, row.at) for row in before]
    assert {row.login for row in after} == {"test", "ada@example.org", ""}
    assert {row.reference for row in after} == {""}


def test_an_address_without_tickets_can_be_erased_too(site: Services, app: Flask) -> None:
    site.privacy.erase(site.privacy.find(ADDRESS))
    assert site.privacy.left_by(ADDRESS) == 3
    assert app.test_cli_runner().invoke(args=["privacy", "erase", ADDRESS, "--yes"]).exit_code == 0
    assert site.privacy.left_by(ADDRESS) == 0
    assert app.test_cli_runner().invoke(args=["privacy", "erase", ADDRESS, "--yes"]).exit_code == 1
