"""Every setting, one row each: type, default, help.

A value comes from the TOML file named by `SIGNPOST_CONFIG`, then from the environment (`SIGNPOST_` and the name in
capitals; tables and lists of tables as JSON), then from overrides given to `create_app`. pydantic reads each into the
type of its row, and all problems are reported at once. `docs/operate/settings.md` is held true to this table by a test.
"""

import dataclasses
import json
import os
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, get_type_hints

from pydantic import PlainValidator, TypeAdapter, ValidationError

from app.settings import brands as of_brands
from app.settings import demo
from app.settings.problems import BadSettings, problem, sentences
from app.settings.references import NEEDS_BASE_URL, broken_references, missing_of_ssh, needing_base_url
from app.settings.value_types import (
    FROM_JSON,
    BaseUrl,
    Colours,
    Database,
    Endings,
    FilesAddress,
    Folder,
    HostNames,
    Hosts,
    ImapAddress,
    LongSecret,
    MailAddress,
    Networks,
    NoOrFile,
    NoOrFolder,
    NoOrMailAddress,
    OfferedLanguages,
    RemoteRepository,
    Roles,
    SecretKeys,
    SecurityContact,
    Senders,
    SmtpAddress,
    Standby,
    Switch,
    TextByLanguage,
    WebAddress,
    WebhookSecret,
)
from core.numbers import whole_number
from core.roles import ROLES
from core.settings_types import Holidays, Language, Text, TimeZone, WordyFlag, address, between, one_of
from core.texts.languages import FIRST_CLASS
from core.texts.localized_text import NO_TEXT
from kb.markup.media import DEFAULT_HOSTS
from support.intake.models import ChannelSettings, ContactChannels, FormFields, Forms, Options
from support.intake.sites import Sites
from support.settings import SupportSettings
from support.spam.trusted_servers import TrustedServers
from support.teams.business_hours import WeekHours
from support.teams.models import Route, Teams
from support.tickets.attachments import REFUSED_ENDINGS

__all__ = ["SETTINGS", "BadSettings", "Setting", "Settings"]

PREFIX = "SIGNPOST_"
# Of a file: when it was changed, its size and which it is; None where there is none.
Stamp = tuple[int, int, int] | None


@dataclass(frozen=True)
class Setting:
    """One row of the table. `kind` is the type in an operator's words; `secret` values are never shown."""

    name: str
    kind: str
    default: Any
    help: str
    secret: bool = False

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()

    def read(self, value: Any) -> Any:
        """The value in the type of the row. Raises pydantic's ValidationError."""
        return self._reader.validate_python(value)

    # Made when first needed: most installations set a few of the rows.
    @cached_property
    def _reader(self) -> TypeAdapter[Any]:
        return TypeAdapter(_types()[self.name])


def _row(kind: str, default: Any, help: str, *, secret: bool = False) -> Any:
    return dataclasses.field(default=default, metadata={"kind": kind, "help": help, "secret": secret})


@dataclass(frozen=True)
class Settings(SupportSettings):
    """The settings in force. Build with `Settings.load`; nothing here reads the environment later."""

    # fmt: off
    data_dir: Folder = _row("folder", Path("var"), "Where everything the service writes is kept: database, index, model, attachments, mail, secrets.")
    kb_dir: Folder = _row("folder", Path("kb/articles"), "The articles, as `<lang>/<category>/<slug>.md`.")
    kb_static_dir: NoOrFolder = _row("folder", None, "A folder whose files articles address from the top, as Docusaurus' `static`: `/img/a.png` is its `img/a.png`. Only pictures, films and files articles may link to are served from it. Empty: only the articles folder, and `static/` and `public/` in it.")
    database_url: Database = _row("database", "", "Empty: SQLite at `signpost.db` in the data folder. Else `postgresql://user:password@host/name`.", secret=True)
    files_url: FilesAddress = _row("address", "", "Where attachments, uploads and incoming mails are kept besides the data folder, for nodes that have no disk in common: `s3://key:secret@host/bucket/prefix?region=…`, or `s3+http://` without TLS. See [files](nodes.md#files).", secret=True)
    secret_key: SecretKeys = _row("text", (), "What the keys that sign and encrypt are derived of: at least 32 characters, the same on every node. Empty: keys are made on first run in `secrets/` of the data folder. Two with a space between, the new one first, while it is replaced; see [keys](nodes.md#keys).", secret=True)
    secret_key_file: NoOrFile = _row("file", None, "A file that holds the value of `secret_key` instead, as container platforms mount secrets.")
    roles: Roles = _row("list", ROLES, "What this process does: `web` answers requests, `worker` delivers, reads mail and keeps promises, `publisher` publishes the articles folder; see [several nodes](nodes.md).")
    base_url: BaseUrl = _row("address", "", "The address the public sees, without a slash at the end; every link in a mail begins with it. It may have a path, see [below a path](deploy.md#below-a-path). Production and mail that comes in need it. Empty: `http://localhost:8000`, with the port of `make run`.")
    allowed_hosts: HostNames = _row("hosts", (), "Other host names this service answers to, besides that of `base_url`; a request for any other gets 400. In development also `localhost`, names below it, addresses (127.0.0.1) and the machine's own name.")
    site_name: Text = _row("text", demo.SITE_NAME, "The name in the header, in titles and in mail.")
    default_lang: Language = _row("language", "en", "The language for a visitor who asks for none we have.")
    languages: OfferedLanguages = _row("languages", FIRST_CLASS, "The interface languages offered, separated by commas.")
    model: Text = _row("text", "", "A sentence-transformers model or folder. Empty: multilingual-e5-small from its package.")
    precision: Annotated[str, one_of("auto", "fp32", "int8")] = _row("choice", "auto", "`fp32`, `int8`, or `auto`: what was measured best for this machine.")
    search_store: Annotated[str, one_of("files", "database")] = _row("choice", "files", "Where search is: in `files` of each node, or in the `database` of all (PostgreSQL with pgvector). Where that cannot be, files.")
    search_standby_url: Standby = _row("database", "", "With `search_store = \"database\"`: a server that follows that of `database_url`, or several (`postgresql://user:password@one,two/name`), from which searches are read while it has what was published; see [nodes](nodes.md#searches-on-a-standby). Empty: from `database_url`.", secret=True)
    embedder: Annotated[str, one_of("model", "hashing")] = _row("choice", "model", "`model`, or `hashing`: no model at all, for tests and tiny machines; finds by shared words only.")
    search_budget_ms: Annotated[int, between(10, 60_000)] = _row("number", 400, "Milliseconds a search may take; what is late by then (the model, keywords, neighbours) is left out, and the result says so. A corrected spelling has as many again.")
    smtp_url: SmtpAddress = _row("address", "", "`smtp://user:password@host:587` or `smtps://…:465`. Empty: mails are `.eml` files in `mail/` of the data folder.", secret=True)
    mail_from: MailAddress = _row("mail address", "Signpost <help@localhost>", "The sender of every mail.")
    team_email: MailAddress = _row("mail address", "team@localhost", "Where new tickets and messages go.")
    inbound_email: NoOrMailAddress = _row("mail address", "", "The address answers by mail come in at, which must take `name+anything@`. Empty: mail that comes in is not read.")
    imap_url: ImapAddress = _row("address", "", "The mailbox to read it from: `imaps://user:password@host/INBOX`. Empty: mail only comes through `flask tickets ingest`.", secret=True)
    imap_done: Text = _row("text", "Signpost", "The folder of the mailbox that mail is moved to once it is stored.")
    unknown_senders: Annotated[str, one_of("ticket", "refuse")] = _row("choice", "ticket", "What mail that belongs to no ticket does: `ticket` opens one, `refuse` gives it back to the mail server.")
    team_senders: Senders = _row("list", (), "Addresses and domains (`example.org`) the team answers from by mail. Empty: the domains of the teams' addresses.")
    authserv_id: Text = _row("text", "", "The name (authserv-id) your mail server writes into `Authentication-Results`, such as `mx.example.org`. Then mail that fails DMARC or DKIM is held; see [forged senders](mail.md#forged-senders). Empty: such headers are not believed.")
    mails_per_hour: Annotated[int, between(0, 10_000)] = _row("number", 20, "Mails that may go to one mailbox within an hour, answers of the team and mails to the team aside; what is over waits in the outbox. 0 is no limit.")
    check_in_days: Annotated[int, between(0, 365)] = _row("number", 0, "Days after closing when the customer is asked once whether it still holds; 0 is never.")
    webhook_url: WebAddress = _row("address", "", "Where tickets are posted as signed JSON. Empty: nowhere.")
    webhook_secret: WebhookSecret = _row("text", "", "The key webhooks are signed with. Empty: one is made on first run, in `secrets/` of the data folder.", secret=True)
    allow_private_webhooks: WordyFlag = _row("true/false", False, "Whether a webhook may go to an address in a private network.")
    channels: Annotated[ContactChannels, FROM_JSON] = _row("list of tables", demo.CHANNELS, "The ways to reach a person, in the order shown; see below. `flask doctor` and the start tell of the demo's where they stand beside other articles or in production.")
    opening_hours: Annotated[WeekHours, FROM_JSON] = _row("table", demo.OPENING_HOURS, "When people answer, by day (`mon` to `sun`); a day left out is closed.")
    time_zone: TimeZone = _row("time zone", demo.TIME_ZONE, "The zone of the opening hours.")
    holidays: Annotated[Holidays, FROM_JSON] = _row("list of days", (), "Days nobody answers: `2026-12-25`, or `12-25` for every year.")
    first_reply_hours: Annotated[int, between(1, 1000)] = _row("number", 4, "Opening hours within which a first reply is promised, until there are enough replies to measure.")
    teams: Annotated[Teams, FROM_JSON] = _row("list of tables", (), "Who answers: see [teams](routing.md). Without any, one team made of the settings here.")
    forms: Annotated[Forms, FROM_JSON] = _row("list of tables", (), "The contact forms: see [forms](routing.md#forms). Without any, one form with `ticket_fields` and `ticket_topics`.")
    routes: Annotated[tuple[Route, ...], FROM_JSON] = _row("list of tables", (), "Which team gets what: see [routes](routing.md#routes).")
    sites: Annotated[Sites, FROM_JSON] = _row("list of tables", (), "The sites whose pages may use the widget: see [sites](../embed/server.md#sites). In development there is one more, `demo`, for pages on this machine.", secret=True)
    consent_required: WordyFlag = _row("true/false", True, "Whether the contact form asks for consent before sending.")
    consent_text: TextByLanguage = _row("table", NO_TEXT, "The consent text by language. Empty: the built-in text.")
    video_hosts: Hosts = _row("hosts", DEFAULT_HOSTS, "Hosts a video in an article may be framed from, PeerTube sites among them; videos of other hosts are links.")
    ticket_fields: Annotated[FormFields, FROM_JSON] = _row("list of tables", demo.TICKET_FIELDS, "Fields the contact form asks for besides the usual ones; see below.")
    ticket_topics: Annotated[Options, FROM_JSON] = _row("list", demo.TICKET_TOPICS, "What the contact form offers under “What is it about?”: texts, or tables with `value` and `label`. `[]`: it does not ask. The demo's are offered with the demo's articles only. Forms of `forms` have `categories` of their own.")
    identity_secret: LongSecret = _row("text", "", "What an embedding site signs its visitors' identity with, at least 32 characters. Empty: identities are not taken.", secret=True)
    keep_tickets_days: Annotated[int, between(0, 36500)] = _row("number", 1095, "Days a closed ticket is kept; 0 keeps it. See [privacy](privacy.md).")
    keep_held_days: Annotated[int, between(0, 36500)] = _row("number", 90, "Days a message that was held back, and never released, is kept; 0 keeps it as long as a closed ticket.")
    keep_attachments_days: Annotated[int, between(0, 36500)] = _row("number", 365, "Days the files of a closed ticket are kept; 0 keeps them as long as the ticket.")
    keep_events_days: Annotated[int, between(0, 36500)] = _row("number", 395, "Days the events of insight and the words beside votes are kept; then only counts by day stay. 0 keeps them.")
    kb_commits: Switch = _row("choice", "on", "Whether what is saved at the desk is committed, where the articles folder lies in a Git repository; see [the editor](../authors/editor.md#git). `off` leaves it as a change of the working copy.")
    check_links: Annotated[str, one_of("off", "https", "http", "internal")] = _row("choice", "https", "Whether links of articles to other sites are tried in the background, and which: `https` only, `http` too, `internal` also addresses in the own network; see [links to other sites](../authors/health.md#links-to-other-sites). `off` asks nobody.")
    translation_url: WebAddress = _row("address", "", "A service that translates, such as LibreTranslate's `https://…/translate`: then the desk offers a machine's draft of a translation, which nobody reads before somebody has; see [translations](../authors/translations.md#a-machines-draft). Empty: none. `allow_private_webhooks` allows one in the own network.")
    translation_key: Text = _row("text", "", "The key of that service, sent as `api_key`.", secret=True)
    kb_remote: RemoteRepository = _row("address", "", "The Git remote the articles are exchanged with: an `https://` address, which may hold a user name and a token, an `ssh://` address, or a folder. Empty: none. See [articles in Git](git-remote.md).", secret=True)
    kb_remote_branch: Text = _row("text", "", "The remote's branch. Empty: the one of the name of the branch that is checked out.")
    kb_remote_credentials: NoOrFile = _row("file", None, "A file with what signs in at the remote, as a line `https://user:token@host` or `user:token`; it is read at every exchange, so a token can be renewed. Empty: what `kb_remote` holds.")
    kb_remote_key: NoOrFile = _row("file", None, "For an `ssh://` address of `kb_remote`: the file with the private key that signs in there (deploy key), without a passphrase and readable by the service alone.")
    kb_remote_known_hosts: NoOrFile = _row("file", None, "For an `ssh://` address of `kb_remote`: the file with the server's keys, in the form of OpenSSH's `known_hosts`. A server with another key is not spoken with.")
    kb_remote_seconds: Annotated[int, between(10, 86400)] = _row("number", 60, "Seconds after which the remote is asked for what others pushed; every save asks, too.")
    insight: Switch = _row("choice", "on", "Whether searches, readings and contacts are recorded to be counted; see [insight](insight.md). `off` stores nothing of them.")
    insight_digest: Switch = _row("choice", "on", "Whether authors and teams get the weekly digest of insight by mail; see [insight](insight.md#weekly-digest). `off` mails it to nobody.")
    keep_queries_days: Annotated[int, between(0, 36500)] = _row("number", 180, "Days the words of a search are kept, without addresses and numbers; then it is only counted. 0 keeps them as long as events.")
    keep_revisions_days: Annotated[int, between(0, 36500)] = _row("number", 365, "Days an earlier revision of the articles is kept to go back to; the last hundred stay in any case, and 0 keeps all.")
    status_link_days: Annotated[int, between(1, 3650)] = _row("number", 90, "Days a status link works after it was last sent; a fresh one is mailed on request.")
    attachments_max: Annotated[int, between(0, 20)] = _row("number", 5, "Attachments a message may have.")
    attachment_max_mb: Annotated[int, between(1, 100)] = _row("number", 10, "Megabytes an attachment may have.")
    attachments_refused: Endings = _row("list", REFUSED_ENDINGS, "Endings of files that are not taken; programs are refused whatever they are called.")
    picture_metadata: Annotated[str, one_of("remove", "keep")] = _row("choice", "remove", "`remove` takes EXIF, GPS and the like out of customers' pictures and videos; `keep` leaves them in.")
    uploads_waiting_mb: Annotated[int, between(10, 1_000_000)] = _row("number", 1000, "Megabytes that files of forms not sent yet may take in all; the oldest go first.")
    rate_limits: Switch = _row("choice", "on", "`off` is for load tests only and is loudly logged; it switches `mails_per_hour` off, too.")
    challenge: Switch = _row("choice", "on", "The form's check against robots; `off` is for tests only and is loudly logged.")
    proof_of_work: Switch = _row("choice", "on", "Whether browsers solve a small computing task while a form is filled in; see [abuse](abuse.md).")
    proof_of_work_effort: Annotated[int, between(1_000, 10_000_000)] = _row("number", 50_000, "The most numbers a browser has to try for it; twice as many take twice as long.")
    spam_threshold: Annotated[int, between(0, 1_000)] = _row("number", 50, "Points from which a message is held back until somebody has looked; 0 holds nothing back.")
    held_acknowledgement: Annotated[str, one_of("page", "mail")] = _row("choice", "page", "How what is held back is acknowledged: `page`, on the screen only, or `mail`, also to the typed address.")
    servers: Annotated[TrustedServers, FROM_JSON] = _row("list of tables", (), "Servers that may send tickets for their visitors, by name and secrets: see [servers](abuse.md#servers).", secret=True)
    security_contact: SecurityContact = _row("address", "", "Who is told about weaknesses: a mail address, or a page at `https://…`. It stands in `/.well-known/security.txt`; empty: there is none.")
    security_policy: Annotated[str, address("https")] = _row("address", "", "The page that says how weaknesses are handled, for the same file.")
    log_format: Annotated[str, one_of("auto", "readable", "json")] = _row("choice", "auto", "`readable`, `json`, or `auto`: readable in development, JSON in production.")
    environment: Annotated[str, one_of("development", "production")] = _row("choice", "development", "`production` also insists on secure cookies and HTTPS headers.")
    trusted_proxies: Annotated[int, between(0, 5)] = _row("number", 0, "How many reverse proxies stand before the service; their X-Forwarded headers are believed.")
    drain_seconds: Annotated[int, between(0, 600)] = _row("number", 0, "Seconds that `make run` goes on answering after SIGTERM, with `/readyz` at 503, so that a balancer notices; what is under way is finished in any case.")
    threads: Annotated[int, between(1, 64)] = _row("number", 8, "Requests answered at a time.")
    backup_dir: NoOrFolder = _row("folder", None, "Where `flask backup create` puts backups. Empty: `backups/` of the data folder, which a lost disk takes along. See [backups](backup.md).")
    backup_recipient: Text = _row("text", "", "The public key (`age1…`) that keys and settings in backups are encrypted to; `flask backup new-key` makes one. Empty: a passphrase is asked for.")
    backup_keep: Annotated[int, between(1, 10_000)] = _row("number", 14, "Backups that are kept; when there is a new one that reads back well, older ones go.")
    backup_hours: Annotated[int, between(0, 8760)] = _row("number", 26, "Hours after which the newest backup is called too old by `flask doctor`, the desk and the metrics; 0 is never.")
    postgresql_tools: NoOrFolder = _row("folder", None, "The folder of `pg_dump` and `pg_restore`, of the server's version or newer. Empty: they are looked for on the PATH.")
    metrics_token: Text = _row("text", "", "The bearer token `/metrics` asks for, at least 16 characters. Empty, and no `metrics_networks`: there is no `/metrics`. See [monitoring](monitoring.md).", secret=True)
    metrics_networks: Networks = _row("networks", (), "Networks that may read `/metrics` without a token, such as `127.0.0.1/32,10.0.0.0/8`.")
    watch: WordyFlag = _row("true/false", True, "Whether `make run` republishes an article when its file is saved.")
    looks_dir: NoOrFolder = _row("folder", None, "A folder with what makes the pages yours: `logo.svg`, `favicon.svg`, `share.png`, `text.woff2`, `heading.woff2`, `looks.css`; each may be left out. See [looks](portal.md#looks).")
    colours: Annotated[Colours, FROM_JSON] = _row("table", (), "Colours of the pages, such as `brand = \"#0c5a52\"`; see [looks](portal.md#looks).")
    brands: Annotated[of_brands.Tables, PlainValidator(of_brands.read_tables), FROM_JSON] = _row("table of tables", (), "Further help centres in this installation, each with settings of its own: `[brands.NAME]`. See [brands](brands.md).", secret=True)
    brands_dir: NoOrFolder = _row("folder", None, "A folder with a file `NAME.toml` for each brand, besides those in `brands`. Empty: `brands/` beside the settings' file.")
    brands_open: Annotated[int, between(1, 10_000)] = _row("number", 64, "Brands that are kept open in memory at a time; of the others the one longest not asked for is closed first.")
    default_brand: Text = _row("text", of_brands.MAIN, "Who answers a host that is no brand's: `main`, the help centre of the common settings, or a brand. Empty: nobody, 404, and the common settings have no help centre of their own.")
    # fmt: on
    # Not settings: which brand these are of, '' for the help centre of the common settings, and their data folder.
    brand: str = ""
    common_dir: Path | None = None
    # Not a setting: the state of the files these were read of, see app/settings/live.py.
    files_read: tuple[Stamp, ...] = dataclasses.field(default=(), repr=False, compare=False)
    # Not a setting: where `make run` serves, for links while base_url is empty.
    local_url: str = "http://localhost:8000"

    @classmethod
    def load(
        cls,
        overrides: Mapping[str, Any] | None = None,
        environ: Mapping[str, str] | None = None,
        brand: str | None = None,
    ) -> "Settings":
        """The settings in force now: of `brand`, by default of the one that SIGNPOST_BRAND names. Raises BadSettings
        with every problem found, not the first."""
        environ = os.environ if environ is None else environ
        brand = environ.get(PREFIX + "BRAND", "") if brand is None else brand
        brand = "" if brand == of_brands.MAIN else brand
        problems: list[str] = []
        given: dict[str, _RawValue] = {}
        path = environ.get(PREFIX + "CONFIG", "")
        files_read = [stamp(Path(path) if path else None)]  # before it is read: a change meanwhile is seen later
        for name, value in read_toml(path, problems).items():
            given[name] = _RawValue((name, path), value)
        for variable, value in environ.items():
            if variable.startswith(PREFIX) and variable not in {PREFIX + "CONFIG", PREFIX + "BRAND"}:
                given[variable.removeprefix(PREFIX).lower()] = _RawValue((variable, ""), value)
        for name, value in (overrides or {}).items():
            given[name] = _RawValue((name, ""), value)
        rows = {row.name: row for row in SETTINGS}
        common = given
        if brand:
            unread = len(problems)
            file = brand_file(brand, {name: one.value for name, one in common.items()}, path)
            files_read.append(stamp(file))
            given = _of_brand(brand, common, path, problems)
            if len(problems) > unread and not given:  # there is no such brand, or its file cannot be read
                raise BadSettings(problems)
        values: dict[str, Any] = {}
        for name, one in given.items():
            if name not in rows:
                listed = "is not a setting; the settings are listed in docs/operate/settings.md"
                problems.append(problem(one.source, (), listed))
                continue
            try:
                values[name] = rows[name].read(one.value)
            except ValidationError as error:
                problems += [problem(one.source, place, message, one.tables) for place, message in sentences(error)]
        for name in ("data_dir", "kb_dir"):
            values.setdefault(name, rows[name].read(rows[name].default))
        if values["kb_dir"].resolve() != rows["kb_dir"].read(rows["kb_dir"].default).resolve():
            values.setdefault("ticket_topics", ())  # The demo's belong to its articles.
        _read_secret_key(values, rows["secret_key"], problems)
        if brand:
            row, folder = rows["data_dir"], common.get("data_dir")
            common_dir = row.read(row.default if folder is None else folder.value)
            _keep_apart(values, brand, {name for name in given if given[name] is not common.get(name)}, common_dir)
            for name in ("mail_from", "team_email") if values.get("environment") == "production" else ():
                if name not in given:
                    problems.append(f"brands.{brand} needs {name} of its own")
        local_url = f"http://localhost:{_port(environ)}"
        settings = cls(**values, local_url=local_url, files_read=tuple(files_read))
        if not brand and settings.default_brand not in {"", of_brands.MAIN}:
            names = of_brands.names_in(*brand_tables({name: one.value for name, one in common.items()}, path))
            if settings.default_brand not in names:
                problems.append(f"default_brand is {settings.default_brand}, which is no brand")
        if settings.default_lang not in settings.languages and not problems:
            problems.append(f"default_lang is {settings.default_lang}, which is not among languages")
        if settings.webhook_url.startswith("http:") and not settings.allow_private_webhooks:
            problems.append("webhook_url must begin with https:// unless allow_private_webhooks is set")
        if settings.metrics_token and len(settings.metrics_token) < 16:
            problems.append("metrics_token must have at least 16 characters")
        if settings.production and not settings.base_url and (brand or settings.default_brand == of_brands.MAIN):
            problems.append(problem(("environment=production", ""), (), NEEDS_BASE_URL))
        for name in missing_of_ssh(settings.kb_remote, settings.kb_remote_key, settings.kb_remote_known_hosts):
            problems.append(problem(given.get("kb_remote", _RawValue(("kb_remote", ""), None)).source, (), name))
        for name in needing_base_url(settings):
            one = given.get(name, _RawValue((name, ""), None))
            problems.append(problem(one.source, (), NEEDS_BASE_URL))
        for name, place, message in broken_references(settings):
            one = given.get(name, _RawValue((name, ""), None))
            problems.append(problem(one.source, place, message, one.tables))
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
        return (self.common_dir or self.data_dir) / "model"

    @property
    def calibration_file(self) -> Path:
        """Where `flask index calibrate` keeps what it measured on the operator's own articles."""
        return self.data_dir / "calibration.json"

    @property
    def backups(self) -> Path:
        """Where backups lie."""
        return self.backup_dir or self.data_dir / "backups"

    @property
    def mail_dir(self) -> Path:
        return self.data_dir / "mail"

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def demo_ways(self) -> tuple[str, ...]:
        """What `channels` have of the demo's numbers and addresses where it is not the demo that is served: in production,
        and with other articles."""
        folder = next(row for row in SETTINGS if row.name == "kb_dir")
        is_demo = not self.production and self.kb_dir.resolve() == folder.read(folder.default).resolve()
        return () if is_demo else demo.demo_ways(self.channels)

    @property
    def json_logs(self) -> bool:
        return self.log_format == "json" or (self.log_format == "auto" and self.production)


def _of_brand(brand: str, common: Mapping[str, "_RawValue"], path: str, problems: list[str]) -> dict[str, "_RawValue"]:
    """What is given for a brand: its own table over what it takes over; nothing where that cannot be read."""
    unread = len(problems)
    table, source = brand_table(brand, {name: one.value for name, one in common.items()}, path, problems)
    if len(problems) > unread and not table:
        return {}
    problems += of_brands.problems_of(brand, table)
    shares = table.get(of_brands.SHARES, ())
    kept = of_brands.inherited(common, shares if isinstance(shares, list | tuple) else ())
    if table.keys() & {"secret_key", "secret_key_file"}:
        kept -= {"secret_key", "secret_key_file"}
    given = {name: one for name, one in common.items() if name in kept}
    for name, value in table.items():
        if name != of_brands.SHARES and name not in of_brands.OF_THE_PROCESS:
            given[name] = _RawValue((f"brands.{brand}.{name}", source), value)
    return given


def _keep_apart(values: dict[str, Any], brand: str, own: Collection[str], common_dir: Path) -> None:
    """Give a brand places and keys of its own where its table (`own`) names none."""
    values["brand"], values["common_dir"] = brand, common_dir
    if "data_dir" not in own:
        values["data_dir"] = common_dir / "brands" / brand
    if "database_url" not in own:
        values["database_url"] = of_brands.database_of(values.get("database_url", ""), brand)
    if "search_standby_url" not in own and values.get("search_standby_url"):
        values["search_standby_url"] = of_brands.database_of(values["search_standby_url"], brand)
    if "files_url" not in own:
        values["files_url"] = of_brands.files_of(values.get("files_url", ""), brand)
    if not set(own) & {"secret_key", "secret_key_file"}:
        values["secret_key"] = of_brands.derived_keys(values.get("secret_key", ()), brand)
    if "backup_dir" not in own and values.get("backup_dir"):
        values["backup_dir"] = values["backup_dir"] / "brands" / brand
    # The demo's names and numbers are of its own help centre.
    values.setdefault("site_name", brand.replace("-", " ").title())
    values.setdefault("channels", (ChannelSettings("form"),))
    values.setdefault("ticket_fields", ())


def brand_table(brand: str, common: Mapping[str, Any], path: str, problems: list[str]) -> tuple[Mapping[str, Any], str]:
    """A brand's own table, from the settings' file or a file of its own, and that file."""
    tables, folder = brand_tables(common, path)
    file = of_brands.file_of(brand, folder)
    inline = dict(tables).get(brand)
    if not of_brands.is_name(brand) or (inline is None and file is None):
        problems.append(f"there is no brand {brand[:40]!r}; `flask brands list` lists them")
        return {}, ""
    if inline is not None and not isinstance(inline, Mapping):
        problems.append(f"brands.{brand} must be a table of settings: [brands.{brand}]")
        return {}, ""
    if inline is not None and file is not None:
        problems.append(f"brands.{brand} is in the settings and in {file}; keep one of them")
    return (inline, path) if inline is not None else (read_toml(str(file), problems, "brands_dir"), str(file))


def brand_file(brand: str, common: Mapping[str, Any], path: str) -> Path | None:
    """The file of a brand's own settings; None where they are in those of all."""
    return of_brands.file_of(brand, brand_tables(common, path)[1]) if of_brands.is_name(brand) else None


def stamp(path: Path | None) -> Stamp:
    """The state of a file, which another content has another of."""
    if path is None:
        return None
    try:
        now = path.stat()
    except OSError:
        return None
    return now.st_mtime_ns, now.st_size, now.st_ino


def common_values(overrides: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """What is given for all brands together, before anything is read: file, environment, overrides."""
    values = dict(read_toml(environ.get(PREFIX + "CONFIG", ""), []))
    for name in environ:
        if name.startswith(PREFIX) and name not in {PREFIX + "CONFIG", PREFIX + "BRAND"}:
            values[name.removeprefix(PREFIX).lower()] = environ[name]
    return {**values, **overrides}


def brand_tables(common: Mapping[str, Any], path: str) -> tuple[of_brands.Tables, Path | None]:
    """The tables of all brands in the settings' file or the environment, and the folder of the others."""
    rows = {row.name: row for row in SETTINGS}
    try:
        tables = rows["brands"].read(common.get("brands", ()))
        folder = rows["brands_dir"].read(common.get("brands_dir"))
    except ValidationError:  # it is told as a problem of the common settings
        return (), None
    return tables, folder or (Path(path).absolute().parent / "brands" if path else None)


def _port(environ: Mapping[str, str]) -> int:
    """PORT of `make run`; a wrong one is message when the server starts (app/ops/bootstrap.py)."""
    port = whole_number(environ.get("PORT", ""), most=65_535)
    return port or 8000


def _read_secret_key(values: dict[str, Any], row: Setting, problems: list[str]) -> None:
    """Put the content of `secret_key_file` in the place of `secret_key`."""
    path = values.get("secret_key_file")
    if path is None:
        return
    if values.get("secret_key"):
        problems.append("secret_key and secret_key_file are both set; take one out")
        return
    try:
        values["secret_key"] = row.read(path.read_text(encoding="utf-8"))
        if not values["secret_key"]:
            problems.append(f"secret_key_file names {path}, which is empty")
    except OSError as error:
        problems.append(f"secret_key_file names {path}, which cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        problems.append(f"secret_key_file names {path}, which is not a text")
    except ValidationError as error:
        problems += [problem(("secret_key_file", ""), place, message) for place, message in sentences(error)]


def read_toml(path: str, problems: list[str], named_by: str = PREFIX + "CONFIG") -> Mapping[str, Any]:
    """A file of settings, {} for none ('') or one that cannot be read, which is added to `problems`."""
    if not path:
        return {}
    try:
        return _parsed(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"{named_by} names {path}, which cannot be read: {error.strerror}")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{named_by} names {path}, which is not TOML: {error}")
    return {}


@lru_cache(maxsize=2)
def _parsed(text: str) -> Mapping[str, Any]:
    # Once for hundreds of brands whose tables are in one file.
    return MappingProxyType(tomllib.loads(text))


@dataclass(frozen=True)
class _RawValue:
    """A value before it is read, what the setting is called where it stands, and the file ('' for none)."""

    source: tuple[str, str]
    value: Any

    @property
    def tables(self) -> Any:
        """The value, out of its JSON if it is some."""
        try:
            return json.loads(self.value) if isinstance(self.value, str) else self.value
        except ValueError:
            return None


@cache
def _types() -> dict[str, Any]:
    return get_type_hints(Settings, include_extras=True)


SETTINGS = tuple(
    Setting(name=row.name, default=row.default, **row.metadata) for row in dataclasses.fields(Settings) if row.metadata
)
