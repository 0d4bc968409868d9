"""Two brands beside the help centre of the common settings, each with a word in all it stores that no other has."""

import io
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from argon2 import PasswordHasher
from flask import Flask
from werkzeug.test import Client, TestResponse

from app import create_app
from app.container import Services
from app.ops.brands.hosting import Hosted, hosted
from app.ops.brands.rounds import Rounds
from app.settings.schema import Settings
from support.agents.models import Role
from support.agents.sign_in import passwords
from support.background.worker import OutboxProcessor, sender_of
from support.incidents import service as incidents
from tests import articles
from tests.databases import migrated_sqlite, with_tables

PASSWORD = "correct horse battery"
CANARY = {"main": "zebrafinch", "alpha": "wallcreeper", "beta": "nightjar"}
HOST = {"main": "localhost", "alpha": "alpha.example", "beta": "beta.example"}
BASE = {"main": "http://localhost", "alpha": "http://alpha.example", "beta": "http://beta.example/help"}
_WORDS = "The parcel that the {} brings is late after five working days."


@dataclass
class World:
    """What serves all of them, and what of each a stranger would want to have."""

    common: Settings
    main: Flask
    hosted: Hosted
    ids: dict[str, dict[str, str]]

    def client(self) -> Client:
        return Client(self.hosted.wsgi)

    def ask(self, name: str, path: str, client: Client | None = None, **more: Any) -> TestResponse:
        """A request to a brand; `path` is below its own."""
        prefix = "/help" if name == "beta" else ""
        return (client or self.client()).open(prefix + path, base_url=f"http://{HOST[name]}", **more)

    def services(self, name: str) -> Services:
        if name == "main":
            found: Services = self.main.extensions["signpost"]
            return found
        opened = self.hosted.containers.every[name].services
        assert opened is not None
        return opened


def brand_settings(folder: Path, name: str, **more: object) -> dict[str, object]:
    return {
        "base_url": BASE[name], "kb_dir": str(folder / "kb" / name), "site_name": f"{CANARY[name]} help",
        "mail_from": f"{name} <help@{name}.example>", "team_email": f"team@{name}.example", "webhook_secret": "",
        "identity_secret": f"{name}-" * 12,
        "channels": [{"kind": "form"}, {"kind": "email", "value": f"{CANARY[name]}@x.example"}],
        "sites": [{"key": f"{name}-site", "origins": [f"https://{name}-shop.example"]}],
        **more,
    }  # fmt: skip


def overrides_of(folder: Path, **more: object) -> dict[str, object]:
    common = {
        "data_dir": folder / "data", "kb_dir": folder / "kb" / "main", "embedder": "hashing", "watch": True,
        "rate_limits": "off", "challenge": "off", "site_name": f"{CANARY['main']} help", **articles.UNHURRIED,
        "identity_secret": "main-" * 12,
    }  # fmt: skip
    return {**common, "brands": {name: brand_settings(folder, name) for name in ("alpha", "beta")}, **more}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        passwords._nobody.cache_clear()
        made = make_world(tmp_path_factory.mktemp("brands"), {})
        yield made
        close(made)


def make_world(folder: Path, more: Mapping[str, object], *, tables: bool = True) -> World:
    for name, word in CANARY.items():
        kb = folder / "kb" / name
        articles.write(kb, "en", "late-parcel", f"Late parcel {word}", f"## {word} steps\n\n{_WORDS.format(word)}")
        articles.write(kb, "en", f"only-{name}", f"Only here {word}", f"## A {word}\n\n{_WORDS.format(word)}")
        (kb / "en" / "orders" / f"{name}.txt").write_text(word, encoding="utf-8")
    overrides = overrides_of(folder, **more)
    common = Settings.load(overrides, environ={})
    if tables:
        with_tables(common)
        for name in ("alpha", "beta"):
            migrated_sqlite(folder / "data" / "brands" / name / "signpost.db")
    main = create_app(common)
    served = hosted(common, main, overrides)
    assert served is not None
    assert [one.problems for one in served.brands if one.problems] == []
    world = World(common, main, served, {})
    articles.publish(main.extensions["signpost"])
    rounds = Rounds(served.containers, common.roles, common.database, folder / "data" / "elections")
    rounds.stand()
    for name in ("alpha", "beta"):
        assert rounds.turn(name)  # publishes
    rounds.stop()
    for name in CANARY:
        world.ask(name, "/en/")
        world.ids[name] = _fill(world, name)
    return world


def close(world: World) -> None:
    world.hosted.stop()
    world.main.extensions["signpost"].close()


def _fill(world: World, name: str) -> dict[str, str]:
    """Put something of every kind into a brand, and say what it is called there."""
    word, s = CANARY[name], world.services(name)
    now = datetime.now(UTC)
    made = world.ask(
        name, "/api/v1/tickets", method="POST",
        data={"subject": f"My {word}", "message": f"The {word} is late, and I wait.", "email": f"jo@{word}.example",
              "consent": "true", "attachments": (io.BytesIO(word.encode()), f"{word}.txt")},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    ticket = s.tickets.by_reference(made.json["reference"])
    s.agent_actions.reply(ticket.reference, f"Here is the {word}.", now)
    s.desk.accounts.create(f"ada@{name}.example", f"Ada {word}", PASSWORD, [Role.ADMIN], "test", now)
    client = world.client()
    signed_in = world.ask(
        name, "/desk/sign-in", client, method="POST", data={"login": f"ada@{name}.example", "password": PASSWORD}
    )
    assert signed_in.status_code == 303
    incident = incidents.open_incident(s.engine, {"en": f"{word} is down"}, {"en": f"We look at the {word}."}, now)
    incidents.subscribe(s.engine, incident.reference, f"jo@{word}.example", "en", BASE[name], now)
    OutboxProcessor(s.tickets, sender_of(s.settings, s.tickets)).deliver_due(
        lambda: datetime.now(UTC), threading.Event()
    )
    form = world.ask(name, "/api/v1/forms/").json
    identity = {"sub": "7", "email": f"jo@{word}.example", "name": word, "iat": now, "exp": now.timestamp() + 600}
    return {
        "slug": f"only-{name}", "category": "orders", "lang": "en", "path": f"en/orders/{name}.txt",
        "reference": ticket.reference, "token": ticket.token, "attachment_id": str(ticket.attachments[0].id),
        "number": "1", "mail_id": "1", "user_id": "1", "uid": "1", "key": f"{name}-site", "name": f"{name}-site",
        "section": "searches", "form_name": f"{name}-form", "tag": "en", "version": "0" * 16, "filename": "site.css",
        "incident": incident.reference, "cookie": client.get_cookie("signpost_desk", HOST[name]).value  # type: ignore[union-attr]
        if name != "beta" else client.get_cookie("signpost_desk", HOST[name], "/help").value,  # type: ignore[union-attr]
        "started": form["started"], "identity": jwt.encode(identity, f"{name}-" * 12, "HS256"),
        "receipt": ticket.token,
    }  # fmt: skip
