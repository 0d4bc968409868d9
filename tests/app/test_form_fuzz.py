"""Forms filled in as no browser would: none is answered with an error of ours, and no message is lost on the way.

Every address that takes a form is sent fields of all forms, with what is right, wrong and hostile; the pages that
show what was stored are read in between. `make test` sends 400 forms, `make faults` 10,000: the variable FORMS says
how many.
"""

import functools
import html
import io
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from app import create_app
from app.settings.schema import Settings
from support.agents.models import Role
from support.agents.sign_in import passwords
from support.incidents import service as incidents
from support.intake.forms import MESSAGE_MAX
from support.tickets.models import UnknownTicket
from tests import articles
from tests.app.desk.conftest import PASSWORD, sign_in
from tests.databases import with_tables
from tests.support.conftest import new_ticket

FORMS = int(os.environ.get("FORMS", "400"))
_SEED = 20261128
_ROOT = Path(__file__).parents[2] / "app"
_LONG = "x" * 70_000

# What a person could mean, by what the field is called; a name that is not here is given anything of `_STRANGE`.
_USUAL: dict[str, tuple[str, ...]] = {
    "email": ("ada@example.com", "ayşe@örnek.example", "not an address"),
    "message": ("My left earbud is silent.", "Kulaklığım çalışmıyor.", "左邊沒有聲音"),
    "login": ("ada1@example.org", "nobody@example.org"),
    "password": (PASSWORD, "wrong"),
    "roles": tuple(Role),
    "status": ("open", "pending", "solved", "spam"),
    "score": ("1", "5"),
    "sure": ("yes",),
    "channel": ("email", "phone", "web"),
    "helpful": ("yes", "no"),
    "lang": ("en", "tr", "zh-Hant"),
}
_STRANGE = (
    "", " ", "\0", "a\0b", "\ud800", "\u202e", "\ufeff", "é" * 300, "👩‍👩‍👧‍👦" * 50, _LONG,
    "\r\nBcc: eve@example.net", "=?utf-8?Q?=0d=0a?=",
    "<script>alert(1)</script>", "'\"><img src=x onerror=alert(1)>", "{{ 7 * 7 }}", "%s%n%00", "' OR 1=1 --",
    "../../etc/passwd",
    "-1", "0", "1", "9" * 30, "²", "١٢٣", "1e309", "NaN", "0x10", "1.5", "true", "null", "[]", "{}", '{"a":',
    "[" * 5_000,
    "2026-02-30", "9999-12-31T23:59:59", "0000-00-00", "24:61", "http://[", "//evil.example", "javascript:alert(1)",
    "a@b", "@", "a" * 300 + "@example.com", "a@" + "b" * 300, "en_US", "zh-Hant-TW-x-y", "cancel:", ":",
    "remove:9", "send:x",
)  # fmt: skip
_FILES = ("a.png", "", "../../x.png", "a\0b.txt", "x" * 400 + ".pdf", "é\u202egnp.exe", "con", ".", "a.svg")


def _field_names() -> list[str]:
    """The fields that views read and templates have."""
    names: set[str] = set()
    for file in _ROOT.rglob("*.py"):
        names |= set(re.findall(r"(?:form|values|files)\.get(?:list)?\(\s*\"([\w.-]+)\"", file.read_text("utf-8")))
    for file in _ROOT.rglob("*.html"):
        names |= set(re.findall(r"<(?:input|select|textarea|button)[^>]*? name=\"([\w.-]+)\"", file.read_text("utf-8")))
    return sorted(names - {"csrf"})


def _values_in_templates() -> dict[str, tuple[str, ...]]:
    """What fields with fixed choices may hold, such as the actions of buttons."""
    found: dict[str, set[str]] = {}
    for file in _ROOT.rglob("*.html"):
        for tag in re.findall(r"<(?:input|button|option)[^>]*>", file.read_text("utf-8")):
            name, value = re.search(r' name="([\w.-]+)"', tag), re.search(r' value="([\w:.-]+)"', tag)
            if name and value:
                found.setdefault(name[1], set()).add(value[1])
    return {name: tuple(sorted(values)) for name, values in found.items()}


class _Site:
    """A help centre with something of everything, and somebody signed in at its desk."""

    def __init__(self, app: Flask) -> None:
        self.app, self.s = app, app.extensions["signpost"]
        self.desk, self.customer = app.test_client(), app.test_client()
        self.accounts = 0
        self.reached: set[str] = set()  # the views that really ran: neither refused before, nor without a page
        for endpoint, view in app.view_functions.items():
            app.view_functions[endpoint] = self.recorded(endpoint, view)
        self.incident = incidents.open_incident(
            self.s.engine, {"en": "Mail is late"}, {"en": "We look into it."}, self.s.now()
        )
        self.renew()

    def recorded(self, endpoint: str, view: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(view)
        def run(*given: Any, **named: Any) -> Any:
            self.reached.add(endpoint)
            return view(*given, **named)

        return run

    def renew(self) -> None:
        """A fresh ticket, and signed in again: some forms erase the one and end the other."""
        self.ticket = self.s.tickets.create(new_ticket(), None, self.s.now())
        self.accounts += 1
        login = f"ada{self.accounts}@example.org"
        self.s.desk.accounts.create(login, "Ada", PASSWORD, [Role.ADMIN], "test", self.s.now())
        self.desk = self.app.test_client()
        self.desk.environ_base["REMOTE_ADDR"] = f"192.0.2.{self.accounts % 250}"  # attempts are counted by address
        assert sign_in(self.desk, login).status_code == 303

    def is_ticket_gone(self) -> bool:
        try:
            return not self.s.tickets.by_token(self.ticket.token).messages
        except UnknownTicket:
            return True

    def csrf(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.desk.get("/desk/account").text)
        if found is None:
            self.renew()
            return self.csrf()
        return found[1]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[_Site]:
    monkeypatch.setattr(passwords, "_hasher", lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    values = {
        "data_dir": tmp_path / "data",
        "kb_dir": tmp_path / "articles",
        "embedder": "hashing",
        "rate_limits": "off",
    }
    articles.write_demo(tmp_path / "articles")
    application = create_app(with_tables(Settings.load({**values, **articles.UNHURRIED}, environ={})))
    articles.publish(application.extensions["signpost"])
    yield _Site(application)
    application.extensions["signpost"].close()


def _path(rule: Any, site: _Site, chance: random.Random) -> str:
    own = {
        "lang": chance.choice(("en", "tr", "zh-Hant", "ar", "xx")),
        "token": site.ticket.token,
        "reference": site.incident.reference if "incidents" in rule.rule else site.ticket.reference,
        "slug": "reset-password",
        "form_name": "bug",
        "user_id": "1",
        "uid": "1",
    }
    wrong = ("0", "9" * 30, "x" * 300, "%00", "%2e%2e", "²", "-1", "é")
    adapter = rule.rule
    for name in rule.arguments:
        value = own.get(name, "1") if chance.random() < 0.9 else chance.choice(wrong)
        adapter = re.sub(rf"<(?:[^<>]*:)?{name}>", lambda _: value, adapter)  # noqa: B023
    return str(adapter)


def _filled_in(names: list[str], fixed: dict[str, tuple[str, ...]], chance: random.Random) -> MultiDict[str, Any]:
    fields: MultiDict[str, Any] = MultiDict()
    for name in names:
        if chance.random() < 0.35:
            continue
        for _ in range(1 if chance.random() < 0.95 else 40):
            usual = fixed.get(name, ()) + _USUAL.get(name, ())
            text = chance.choice(usual if usual and chance.random() < 0.6 else _STRANGE)
            fields.add(name, text.encode("utf-8", "surrogatepass").decode("utf-8", "replace"))
    if chance.random() < 0.2:
        data = chance.choice(
            (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8" + b"\xff" * 2_000, b"%PDF-1.4", b"MZ\0\0", b"text")
        )
        fields.add("files", (io.BytesIO(data), chance.choice(_FILES)))
    return fields


def _pages(site: _Site) -> list[tuple[FlaskClient, str]]:
    """Where what was stored is shown."""
    ticket = site.ticket
    desk = ("/desk", "/desk/quarantine", "/desk/canned", "/desk/users", "/desk/incidents", "/desk/mail", "/desk/audit")
    own = (
        f"/t/{ticket.token}",
        f"/t/{ticket.token}/live",
        f"/t/{ticket.token}/privacy",
        "/en/incidents",
        "/en/contact",
    )
    return [*((site.desk, path) for path in (*desk, f"/desk/t/{ticket.reference}")), *((site.customer, p) for p in own)]


def test_a_number_no_database_can_hold_is_an_address_that_is_not_there(site: _Site) -> None:
    rules = [r for r in site.app.url_map.iter_rules() if "<int:" in r.rule and "GET" in (r.methods or ())]
    assert len(rules) >= 6
    for rule in rules:
        client = site.desk if rule.rule.startswith("/desk") else site.customer
        path = _path(rule, site, random.Random(0))
        for number in (2**53, 2**63, 10**30):
            assert client.get(re.sub(r"(?<=/)1(?=/|\.eml$|$)", str(number), path)).status_code == 404, rule.rule


def test_forms_filled_in_wrongly_are_refused_and_never_break_a_page(site: _Site) -> None:
    chance = random.Random(_SEED)
    names, fixed = _field_names(), _values_in_templates()
    rules = [r for r in site.app.url_map.iter_rules() if "POST" in (r.methods or ()) and not r.rule.startswith("/api/")]
    assert len(rules) > 35 and len(names) > 60
    outcomes: Counter[tuple[str, int]] = Counter()
    failures: list[str] = []
    for number in range(FORMS):
        rule = rules[number % len(rules)]
        client = site.desk if rule.rule.startswith("/desk") else site.customer
        fields = _filled_in(names, fixed, chance)
        if rule.rule.startswith("/desk"):
            fields["csrf"] = site.csrf()
            client = site.desk
        kind = "multipart/form-data" if chance.random() < 0.5 else "application/x-www-form-urlencoded"
        if kind != "multipart/form-data":
            fields.poplist("files")
        path = _path(rule, site, chance)
        answer = client.post(path, data=fields, content_type=kind)
        answer.request.environ["wsgi.input"].close()  # the test client leaves a large body's temporary file open
        outcomes[rule.endpoint, answer.status_code] += 1
        if answer.status_code >= 500:
            failures.append(f"form {number}: POST {path}: {answer.status_code}")
        if number % 25 == 24:
            for reader, page in _pages(site):
                shown = reader.get(page).status_code
                if shown >= 500:
                    failures.append(f"form {number}: GET {page}: {shown}")
        if site.is_ticket_gone():
            site.renew()
    assert not failures, "\n".join(failures)
    assert {r.endpoint for r in rules} - site.reached == set()
    print(f"{FORMS} forms: {dict(Counter(status for (_, status) in outcomes.elements()))}")  # noqa: T201


@pytest.mark.parametrize("other", ["email", "name", "subject", "category", "journey", "started", "time_zone", "altcha"])
def test_a_message_is_stored_or_still_in_the_form_whatever_stands_beside_it(site: _Site, other: str) -> None:
    """Accepted is stored; refused is shown again with all that was typed, up to the longest message there is."""
    message = "The <left> earbud & its case are “silent”."
    accepted = 0
    for value in random.Random(other).sample(_STRANGE, len(_STRANGE) if FORMS > 400 else 10):
        field = value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
        form = {"email": "ada@example.com", "message": message, "consent": "yes", other: field}
        answer = site.customer.post("/en/contact", data=form)
        if answer.status_code == 303:
            accepted += 1
            newest = site.customer.get(answer.headers["Location"])
            assert html.escape(message, quote=False) in newest.text or message in html.unescape(newest.text), repr(
                value[:40]
            )
        else:
            assert answer.status_code < 500
            assert message in html.unescape(answer.text), (answer.status_code, repr(value[:40]))
    assert accepted > 0 or other == "email"  # hardly any of these is an address


def test_the_longest_message_is_stored_whole(site: _Site) -> None:
    message = ("word " * MESSAGE_MAX)[: MESSAGE_MAX - 1] + "."
    answer = site.customer.post("/en/contact", data={"email": "ada@example.com", "message": message, "consent": "yes"})

    assert answer.status_code == 303
    token = answer.headers["Location"].split("/t/")[1].split("?")[0].split("/")[0]
    assert site.s.tickets.by_token(token).messages[0].text == message
