"""Every setting, one row each: name, type, default, help.

A value comes from the TOML file named by `SIGNPOST_CONFIG`, then from the environment (`SIGNPOST_` and the name in
capitals; tables and lists of tables as JSON), then from overrides given to `create_app`. All problems are reported at
once. `docs/operate/settings.md` is held true to this table by a test.
"""

import dataclasses
import json
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.settings import demo
from app.settings import sites_schema as embed_table
from core.languages import FIRST_CLASS, UnknownLanguage, canonical
from kb.media import DEFAULT_HOSTS
from support.delivery.webhook_signing import check_secrets
from support.email.addresses import is_email
from support.email.inbound.imap_url import parse_imap_url
from support.email.smtp import parse_smtp_url
from support.intake import settings_schema as tables
from support.settings import SupportSettings

PREFIX = "SIGNPOST_"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CHANNEL_KINDS = (
    "form", "email", "phone", "sms", "chat", "whatsapp", "wechat", "messaging", "social", "video", "community",
    "in_person", "urgent",
)  # fmt: skip


_HOST = re.compile(r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")


class BadSettings(Exception):
    """Some settings cannot be used; `problems` lists all of them, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("Signpost cannot start with these settings:\n" + "\n".join(f"  - {p}" for p in problems))
        self.problems = problems


class _Bad(Exception):
    """What is wrong with one value, to be said after the setting's name."""


Reader = Callable[[Any], Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """One row of the table. `kind` is the type in an operator's words; `secret` values are never shown."""

    name: str
    kind: str
    default: Any
    help: str
    read: Reader
    secret: bool = False

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Bad("must be a text")
    return value.strip()


def _integer(low: int, high: int) -> Reader:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise _Bad("must be a whole number")
        try:
            number = int(value)
        except ValueError:
            raise _Bad(f"must be a whole number, not “{value}”") from None
        if not low <= number <= high:
            raise _Bad(f"must be between {low} and {high}, not {number}")
        return number

    return read


def _flag(value: Any) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise _Bad(f"must be true or false, not “{value}”")


def _choice(*allowed: str) -> Reader:
    def read(value: Any) -> str:
        # TOML authors write `off` as false; the meaning is plain, so it is taken.
        if isinstance(value, bool) and set(allowed) == {"on", "off"}:
            return "on" if value else "off"
        if value not in allowed:
            raise _Bad(f"must be one of {', '.join(allowed)}, not “{value}”")
        return str(value)

    return read


def _path(value: Any) -> Path:
    if not isinstance(value, str | Path) or not str(value).strip():
        raise _Bad("must be the path of a folder")
    return Path(value).expanduser().absolute()


def _language(value: Any) -> str:
    try:
        return canonical(_text(value))
    except UnknownLanguage as error:
        raise _Bad(f"is wrong: {error}") from None


def _languages(value: Any) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not items:
        raise _Bad("must be a list of language tags, like en,tr,zh-Hant")
    return tuple(dict.fromkeys(_language(item) for item in items))


def _hosts(value: Any) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise _Bad("must be a list of host names, like video.example.org")
    hosts = tuple(dict.fromkeys(item.strip().lower() for item in items if item.strip()))
    for host in hosts:
        if not _HOST.match(host):
            raise _Bad(f"has “{host}”, which is no host name; write video.example.org, without https://")
    return hosts


def _url(*schemes: str) -> Reader:
    def read(value: Any) -> str:
        text = _text(value)
        if not text:
            return ""
        try:
            parts = urlsplit(text)
            usable = parts.scheme in schemes and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError:
            usable = False
        if not usable:
            raise _Bad(f"must be an address that begins with {' or '.join(s + '://' for s in schemes)}")
        return text

    return read


def _base_url(value: Any) -> str:
    return str(_url("http", "https")(value)).rstrip("/")


def _database(value: Any) -> str:
    text = _text(value)
    if not text:
        return ""
    try:
        backend = make_url(text).get_backend_name()
    except (ArgumentError, ValueError):
        backend = ""
    if backend not in {"sqlite", "postgresql", "postgres"}:
        raise _Bad("must begin with sqlite:/// or postgresql://")
    return text


def _mail_address(value: Any) -> str:
    text = _text(value)
    if not is_email(parseaddr(text)[1], dotless=True) or any(c in text for c in "\r\n"):
        raise _Bad("must be a mail address")
    return text


def _no_or_mail_address(value: Any) -> str:
    return _mail_address(value) if _text(value) else ""


def _imap(value: Any) -> str:
    return _usable(_text(value), parse_imap_url)


def _senders(value: Any) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise _Bad("must be a list of mail addresses and domains, like ada@example.org, example.org")
    return tuple(dict.fromkeys(item.strip().lower().lstrip("@") for item in items if item.strip()))


def _zone(value: Any) -> str:
    text = _text(value)
    if text not in available_timezones():
        raise _Bad(f"must be a time zone of the IANA list, like Europe/Amsterdam, not “{text}”")
    return text


def _structure(value: Any) -> Any:
    """A table or list of tables, given as such in TOML and as JSON in the environment."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            raise _Bad("must be JSON when it is given in the environment") from None
    return value


def _translated(value: Any, what: str) -> None:
    if isinstance(value, str):
        return
    if not isinstance(value, Mapping) or not all(isinstance(v, str) for v in value.values()):
        raise _Bad(f"{what} must be a text, or a table of texts by language")


def _smtp(value: Any) -> str:
    text = _url("smtp", "smtps", "smtp+starttls")(value)
    return _usable(text, parse_smtp_url)


def _webhook_secret(value: Any) -> str:
    return _usable(_text(value), check_secrets)


def _long_secret(value: Any) -> str:
    text = _text(value)
    if text and len(text) < 32:
        raise _Bad("must have at least 32 characters")
    return text


def _usable(text: str, parse: Callable[[str], object]) -> str:
    """A text that whoever will use it can read; '' is no setting at all."""
    try:
        if text:
            parse(text)
    except ValueError as error:
        raise _Bad(
            str(error)
            .removeprefix("SIGNPOST_SMTP_URL")
            .removeprefix("SIGNPOST_IMAP_URL")
            .removeprefix("webhook_secret")
            .lstrip(": ")
        ) from None
    return text


def _text_by_language(value: Any) -> dict[str, str]:
    if value == "":
        return {}
    table = _structure(value)
    if not isinstance(table, Mapping):
        raise _Bad("must be a table of texts by language")
    _translated(table, "it")
    return {_language(tag): text for tag, text in table.items()}


def _hours(value: Any) -> dict[str, str]:
    table = _structure(value)
    if not isinstance(table, Mapping):
        raise _Bad('must be a table like {mon = "09:00-18:00"}')
    for day, span in table.items():
        if day not in DAYS:
            raise _Bad(f"names the day “{day}”; days are {', '.join(DAYS)}")
        for part in str(span).split(","):
            if not _is_span(part.strip()):
                raise _Bad(f"has “{span}” for {day}; write 09:00-18:00, or 09:00-12:00, 13:00-17:00")
    return {day: str(table[day]) for day in DAYS if day in table}


def _is_span(text: str) -> bool:
    start, _, end = text.partition("-")
    minutes = []
    for clock in (start, end):
        hour, _, minute = clock.partition(":")
        if not (hour.isdigit() and minute.isdigit() and len(hour) == len(minute) == 2 and int(minute) < 60):
            return False
        minutes.append(int(hour) * 60 + int(minute))
    return minutes[0] < minutes[1] <= 24 * 60


def _tables(value: Any, what: str) -> list[dict[str, Any]]:
    rows = _structure(value)
    if not isinstance(rows, list | tuple) or not all(isinstance(row, Mapping) for row in rows):
        raise _Bad(f"must be a list of tables, one for each {what}")
    return [dict(row) for row in rows]


def _channels(value: Any) -> tuple[Mapping[str, Any], ...]:
    rows = _tables(value, "channel")
    for number, row in enumerate(rows, 1):
        kind = row.get("kind")
        if kind not in CHANNEL_KINDS:
            raise _Bad(f"number {number} has the kind “{kind}”; kinds are {', '.join(CHANNEL_KINDS)}")
        unknown = set(row) - {"kind", "value", "url", "label", "note", "hours"}
        if unknown:
            raise _Bad(f"number {number} ({kind}) has unknown keys: {', '.join(sorted(unknown))}")
        if kind != "form" and not (row.get("value") or row.get("url")):
            raise _Bad(f"number {number} ({kind}) needs a value (a number, a name, a place) or a url")
        if row.get("url"):
            try:
                _url("https", "http", "mailto", "tel", "sms")(row["url"])
            except _Bad as error:
                raise _Bad(f"number {number} ({kind}): url {error}") from None
        for key in ("label", "note"):
            if key in row:
                _translated(row[key], f"number {number} ({kind}): {key}")
        if "hours" in row:
            row["hours"] = _hours(row["hours"])
    if not rows:
        raise _Bad("must not be empty: a person has to be reachable; the smallest is one channel of the kind form")
    return tuple(rows)


def _fields(value: Any) -> tuple[Mapping[str, Any], ...]:
    return _read(tables.read_fields, _tables(value, "field"))


def _teams(value: Any) -> tuple[Mapping[str, Any], ...]:
    return _read(partial(tables.read_teams, hours=_hours), _tables(value, "team"))


def _forms(value: Any) -> tuple[Mapping[str, Any], ...]:
    return _read(tables.read_forms, _tables(value, "form"))


def _sites(value: Any) -> tuple[Mapping[str, Any], ...]:
    return _read(partial(embed_table.read_sites, kinds=CHANNEL_KINDS), _tables(value, "site"))


def _routes(value: Any) -> tuple[Mapping[str, Any], ...]:
    return _read(tables.read_routes, _tables(value, "route"))


def _servers(value: Any) -> tuple[Mapping[str, Any], ...]:
    return _read(tables.read_servers, _tables(value, "server"))


def _holidays(value: Any) -> tuple[str, ...]:
    return _read(tables.read_holidays, _structure(value))


def _read(reader: Callable[[Any], T], value: Any) -> T:
    try:
        return reader(value)
    except tables.BadTable as error:
        raise _Bad(str(error)) from None


def _row(kind: str, default: Any, help: str, read: Reader, *, secret: bool = False) -> Any:
    metadata = {"kind": kind, "help": help, "read": read, "secret": secret}
    if isinstance(default, dict | list):
        return dataclasses.field(default_factory=lambda: read(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings(SupportSettings):
    """The settings in force. Build with `Settings.load`; nothing here reads the environment later."""

    # fmt: off
    data_dir: Path = _row("folder", Path("var"), "Where everything the service writes is kept: database, index, model, attachments, mail, secrets.", _path)
    kb_dir: Path = _row("folder", Path("kb/articles"), "The articles, as `<lang>/<category>/<slug>.md`.", _path)
    database_url: str = _row("database", "", "Empty: SQLite at `signpost.db` in the data folder. Else `postgresql://user:password@host/name`.", _database, secret=True)
    base_url: str = _row("address", "", "The address the public sees, without a slash at the end. Empty: taken from each request.", _base_url)
    site_name: str = _row("text", demo.SITE_NAME, "The name in the header, in titles and in mail.", _text)
    default_lang: str = _row("language", "en", "The language for a visitor who asks for none we have.", _language)
    languages: tuple[str, ...] = _row("languages", FIRST_CLASS, "The interface languages offered, separated by commas.", _languages)
    model: str = _row("text", "", "A sentence-transformers model or folder. Empty: multilingual-e5-small from its package.", _text)
    precision: str = _row("choice", "auto", "`fp32`, `int8`, or `auto`: what was measured best for this machine.", _choice("auto", "fp32", "int8"))
    embedder: str = _row("choice", "model", "`model`, or `hashing`: no model at all, for tests and tiny machines; finds by shared words only.", _choice("model", "hashing"))
    search_budget_ms: int = _row("number", 400, "Milliseconds a search may take; what is late by then (the model, keywords, neighbours) is left out, and the result says so.", _integer(10, 60_000))
    smtp_url: str = _row("address", "", "`smtp://user:password@host:587` or `smtps://…:465`. Empty: mails are `.eml` files in `mail/` of the data folder.", _smtp, secret=True)
    mail_from: str = _row("mail address", "Signpost <help@localhost>", "The sender of every mail.", _mail_address)
    team_email: str = _row("mail address", "team@localhost", "Where new tickets and messages go.", _mail_address)
    inbound_email: str = _row("mail address", "", "The address answers by mail come in at, which must take `name+anything@`. Empty: mail that comes in is not read.", _no_or_mail_address)
    imap_url: str = _row("address", "", "The mailbox to read it from: `imaps://user:password@host/INBOX`. Empty: mail only comes through `flask tickets ingest`.", _imap, secret=True)
    imap_done: str = _row("text", "Signpost", "The folder of the mailbox that mail is moved to once it is stored.", _text)
    unknown_senders: str = _row("choice", "ticket", "What mail that belongs to no ticket does: `ticket` opens one, `refuse` gives it back to the mail server.", _choice("ticket", "refuse"))
    team_senders: tuple[str, ...] = _row("list", (), "Addresses and domains (`example.org`) the team answers from by mail. Empty: the domains of the teams' addresses.", _senders)
    check_in_days: int = _row("number", 0, "Days after closing when the customer is asked once whether it still holds; 0 is never.", _integer(0, 365))
    webhook_url: str = _row("address", "", "Where tickets are posted as signed JSON. Empty: nowhere.", _url("http", "https"))
    webhook_secret: str = _row("text", "", "The key webhooks are signed with. Empty: one is made on first run, in `secrets/` of the data folder.", _webhook_secret, secret=True)
    allow_private_webhooks: bool = _row("true/false", False, "Whether a webhook may go to an address in a private network.", _flag)
    channels: tuple[Mapping[str, Any], ...] = _row("list of tables", demo.CHANNELS, "The ways to reach a person, in the order shown; see below.", _channels)
    opening_hours: Mapping[str, str] = _row("table", demo.OPENING_HOURS, "When people answer, by day (`mon` to `sun`); a day left out is closed.", _hours)
    time_zone: str = _row("time zone", demo.TIME_ZONE, "The zone of the opening hours.", _zone)
    holidays: tuple[str, ...] = _row("list of days", (), "Days nobody answers: `2026-12-25`, or `12-25` for every year.", _holidays)
    first_reply_hours: int = _row("number", 4, "Opening hours within which a first reply is promised, until there are enough replies to measure.", _integer(1, 1000))
    teams: tuple[Mapping[str, Any], ...] = _row("list of tables", (), "Who answers: see [teams](routing.md). Without any, one team made of the settings here.", _teams)
    forms: tuple[Mapping[str, Any], ...] = _row("list of tables", (), "The contact forms: see [forms](routing.md#forms). Without any, one form with `ticket_fields`.", _forms)
    routes: tuple[Mapping[str, Any], ...] = _row("list of tables", (), "Which team gets what: see [routes](routing.md#routes).", _routes)
    sites: tuple[Mapping[str, Any], ...] = _row("list of tables", (), "The sites whose pages may use the widget: see [sites](../embed/server.md#sites). In development there is one more, `demo`, for pages on this machine.", _sites, secret=True)
    consent_required: bool = _row("true/false", True, "Whether the contact form asks for consent before sending.", _flag)
    consent_text: Mapping[str, str] = _row("table", {}, "The consent text by language. Empty: the built-in text.", _text_by_language)
    video_hosts: tuple[str, ...] = _row("hosts", DEFAULT_HOSTS, "Hosts a video in an article may be framed from, PeerTube sites among them; videos of other hosts are links.", _hosts)
    ticket_fields: tuple[Mapping[str, Any], ...] = _row("list of tables", demo.TICKET_FIELDS, "Fields the contact form asks for besides the usual ones; see below.", _fields)
    identity_secret: str = _row("text", "", "What an embedding site signs its visitors' identity with, at least 32 characters. Empty: identities are not taken.", _long_secret, secret=True)
    keep_tickets_days: int = _row("number", 1095, "Days a closed ticket is kept; 0 keeps it. See [privacy](privacy.md).", _integer(0, 36500))
    keep_held_days: int = _row("number", 90, "Days a message that was held back, and never released, is kept; 0 keeps it as long as a closed ticket.", _integer(0, 36500))
    keep_attachments_days: int = _row("number", 365, "Days the files of a closed ticket are kept; 0 keeps them as long as the ticket.", _integer(0, 36500))
    keep_events_days: int = _row("number", 395, "Days what pages reported and the words beside votes are kept; 0 keeps them.", _integer(0, 36500))
    status_link_days: int = _row("number", 90, "Days a status link works after it was last sent; a fresh one is mailed on request.", _integer(1, 3650))
    attachments_max: int = _row("number", 5, "Attachments a message may have.", _integer(0, 20))
    attachment_max_mb: int = _row("number", 10, "Megabytes an attachment may have.", _integer(1, 100))
    rate_limits: str = _row("choice", "on", "`off` is for load tests only and is loudly logged.", _choice("on", "off"))
    challenge: str = _row("choice", "on", "The form's check against robots; `off` is for tests only and is loudly logged.", _choice("on", "off"))
    proof_of_work: str = _row("choice", "on", "Whether browsers solve a small computing task while a form is filled in; see [abuse](abuse.md).", _choice("on", "off"))
    proof_of_work_effort: int = _row("number", 50_000, "The most numbers a browser has to try for it; twice as many take twice as long.", _integer(1_000, 10_000_000))
    spam_threshold: int = _row("number", 50, "Points from which a message is held back until somebody has looked; 0 holds nothing back.", _integer(0, 1_000))
    held_acknowledgement: str = _row("choice", "page", "How what is held back is acknowledged: `page`, on the screen only, or `mail`, also to the typed address.", _choice("page", "mail"))
    servers: tuple[Mapping[str, Any], ...] = _row("list of tables", (), "Servers that may send tickets for their visitors, by name and secrets: see [servers](abuse.md#servers).", _servers, secret=True)
    log_format: str = _row("choice", "auto", "`readable`, `json`, or `auto`: readable in development, JSON in production.", _choice("auto", "readable", "json"))
    environment: str = _row("choice", "development", "`production` also insists on secure cookies and HTTPS headers.", _choice("development", "production"))
    trusted_proxies: int = _row("number", 0, "How many reverse proxies stand before the service; their X-Forwarded headers are believed.", _integer(0, 5))
    threads: int = _row("number", 8, "Requests answered at a time.", _integer(1, 64))
    watch: bool = _row("true/false", True, "Whether `make run` republishes an article when its file is saved.", _flag)
    # fmt: on

    @classmethod
    def load(cls, overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None) -> "Settings":
        """The settings in force now. Raises BadSettings with every problem found, not the first."""
        environ = os.environ if environ is None else environ
        problems: list[str] = []
        given: dict[str, tuple[str, Any]] = {}
        path = environ.get(PREFIX + "CONFIG", "")
        for name, value in _read_toml(path, problems).items():
            given[name] = (f"{name} in {path}", value)
        for variable, value in environ.items():
            if variable.startswith(PREFIX) and variable != PREFIX + "CONFIG":
                given[variable.removeprefix(PREFIX).lower()] = (variable, value)
        for name, value in (overrides or {}).items():
            given[name] = (name, value)
        rows = {row.name: row for row in SETTINGS}
        values: dict[str, Any] = {}
        for name, (where, value) in given.items():
            if name not in rows:
                problems.append(f"{where} is not a setting; the settings are listed in docs/operate/settings.md")
                continue
            try:
                values[name] = rows[name].read(value)
            except _Bad as bad:
                problems.append(f"{where} {bad}")
        for name in ("data_dir", "kb_dir"):
            values.setdefault(name, _path(rows[name].default))
        settings = cls(**values)
        if settings.default_lang not in settings.languages and not problems:
            problems.append(f"default_lang is {settings.default_lang}, which is not among languages")
        if settings.webhook_url.startswith("http:") and not settings.allow_private_webhooks:
            problems.append("webhook_url must begin with https:// unless allow_private_webhooks is set")
        problems += tables.cross_check(settings.teams, settings.forms, settings.routes)
        problems += embed_table.cross_check(settings.sites, settings.forms, settings.languages)
        if problems:
            raise BadSettings(problems)
        return settings

    @property
    def database(self) -> str:
        """The address of the database, the default one filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'signpost.db'}"

    @property
    def index_dir(self) -> Path:
        return self.data_dir / "index"

    @property
    def model_dir(self) -> Path:
        return self.data_dir / "model"

    @property
    def calibration_file(self) -> Path:
        """Where `flask index calibrate` keeps what it measured on the operator's own articles."""
        return self.data_dir / "calibration.json"

    @property
    def mail_dir(self) -> Path:
        return self.data_dir / "mail"

    @property
    def secrets_dir(self) -> Path:
        return self.data_dir / "secrets"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def json_logs(self) -> bool:
        return self.log_format == "json" or (self.log_format == "auto" and self.production)


def _read_toml(path: str, problems: list[str]) -> Mapping[str, Any]:
    if not path:
        return {}
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"SIGNPOST_CONFIG names {path}, which cannot be read: {error.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"SIGNPOST_CONFIG names {path}, which is not TOML: {error}")
    return {}


def _rows() -> tuple[Setting, ...]:
    found = []
    for row in dataclasses.fields(Settings):
        factory = row.default_factory
        default = row.default if factory is dataclasses.MISSING else factory()
        found.append(Setting(name=row.name, default=default, **row.metadata))
    return tuple(found)


SETTINGS = _rows()
