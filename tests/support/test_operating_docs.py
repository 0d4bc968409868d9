"""docs/operate holds what the code does."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from app.settings.schema import Settings
from support.intake.forms import forms
from support.teams.models import ROUTE_CONDITIONS
from support.teams.teams import teams
from support.tickets.attachments import ENDINGS
from support.tickets.handoff import pack
from support.tickets.journey import Journey, parse
from support.tickets.models import Upload
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket

_DOCS = Path(__file__).resolve().parents[2] / "docs" / "operate"


def _examples(page: str) -> list[object]:
    return [json.loads(found) for found in re.findall(r"```json\n(.*?)```", (_DOCS / page).read_text("utf-8"), re.S)]


def test_the_documented_journey_is_one_and_names_every_field() -> None:
    example = _examples("journey.md")[0]
    assert parse(example).as_dict() == example
    full = Journey().with_query("x", "").with_suggestion("a", "en").as_dict()
    assert isinstance(example, dict)
    assert example.keys() == full.keys()
    assert example["suggestions"][0].keys() == full["suggestions"][0].keys()


def test_the_documented_pack_has_the_fields_of_a_real_one(tickets: TicketService) -> None:
    file = tickets.files.save(Upload("log.txt", b"log"))
    real = pack(tickets.create(new_ticket(attachments=(file,)), None, NOW))
    example = _examples("journey.md")[2]
    assert isinstance(example, dict)
    assert example.keys() == real.keys()
    assert example["customer"].keys() == real["customer"].keys()
    assert example["consent"].keys() == real["consent"].keys()
    assert example["messages"][0].keys() == real["messages"][0].keys()
    assert example["messages"][0]["attachments"][0].keys() == real["messages"][0]["attachments"][0].keys()


def test_the_documented_signature_check_accepts_what_we_sign() -> None:
    from support.delivery.webhook_signing import sign

    code = re.search(r"```python\n(.*?)```", (_DOCS / "webhooks.md").read_text("utf-8"), re.S)
    assert code is not None
    names: dict[str, object] = {}
    exec(code.group(1), names)
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = {"webhook-id": "msg_1", "webhook-timestamp": "5", "webhook-signature": sign(secret, "msg_1", 5, b"{}")}
    check = names["is_genuine"]
    assert callable(check)
    assert check(secret, headers, b"{}")
    assert not check(secret, headers, b"{} ")


def test_every_command_is_documented(app: Flask) -> None:
    page = (_DOCS / "tickets.md").read_text("utf-8")
    group = app.cli.commands["tickets"]
    for name in group.commands:  # type: ignore[attr-defined]
        assert f"flask tickets {name}" in page


def test_every_accepted_kind_of_file_is_documented() -> None:
    page = (_DOCS / "tickets.md").read_text("utf-8").lower()
    for ending in ENDINGS:
        if ending not in {"jpg", "heif", "m4v"}:
            assert ending in page


def test_the_documented_teams_forms_and_routes_can_be_used(make_settings: Callable[..., Settings]) -> None:
    page = (_DOCS / "routing.md").read_text("utf-8")
    declared = tomllib.loads("\n".join(re.findall(r"```toml\n(.*?)```", page, re.S)))
    declared["teams"].append({"name": "workshop"})
    settings = make_settings(**declared)
    assert [channel.name for channel in teams(settings)["billing"].channels] == ["billing/1"]
    assert [form.name for form in forms(settings)] == ["repair"]
    for condition in ROUTE_CONDITIONS:
        assert f"`{condition}`" in page


def test_every_privacy_command_is_documented(app: Flask) -> None:
    page = (_DOCS / "privacy.md").read_text("utf-8")
    for name in app.cli.commands["privacy"].commands:  # type: ignore[attr-defined]
        assert f"flask privacy {name}" in page
