"""What an operator would look at when something is wrong, each with what to do: `flask doctor`, and the desk's page.

Every check has its own time, so that a database that hangs does not hide a full disk. A check reads; what it writes
(a probe of the data folder) it takes away again, and it never migrates, repairs or makes anything.
"""

import hashlib
import os
import pwd
import queue
import smtplib
import stat
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from enum import StrEnum
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from app.backups import keys, restoring
from app.backups.stored import backups_in
from app.migrations import FOLDER
from app.settings.brands import MAIN
from app.settings.schema import BadSettings, Settings
from core import atomic_files
from core.cluster.key_fingerprints import key_states
from core.cluster.nodes import nodes
from core.cluster.owners import owner_in, owner_of_folder
from core.database import snapshots
from core.database.connection import connect, for_searches_on_standby, sqlite_file, watch_of
from core.database.failures import reason_of
from core.database.migrations import revision_of, revisions
from core.database.pooler import PoolerUntold, check_pooler
from core.network.errors import NotDelivered
from core.roles import PUBLISHER
from core.secret_keys import SHORTEST, KeyRing
from index.database.node import SearchState, described
from index.database.store import NoVectorStore
from index.embed import contents
from index.embed.choose import fingerprint_of
from index.embed.model import what_is_wrong
from index.storage import build, verification
from index.storage.generation import BrokenGeneration, Generation
from kb.authoring import remote_state
from kb.publish_state import PublishState
from kb.source.search_hints import errors_of, is_about_danger, read_hints
from kb.unpublished_files import unpublished
from kb.waiting_files import WaitingFiles
from support.delivery import circuit_breaker, outbox
from support.email.inbound.imap import Mailbox, Unreachable
from support.email.inbound.imap_url import parse_imap_url
from support.email.smtp import SmtpTransport, parse_smtp_url
from support.tickets.repository import kept_files, newest_moment

PATIENCE = 20.0
_RELEASED = datetime(2026, 1, 1, tzinfo=UTC)  # no clock can be right that is before it
_LOW_BYTES, _VERY_LOW_BYTES = 2_000_000_000, 200_000_000
_HASHED = 200
_HINT_ERRORS = 5
_STALE = 3600
_NO_ANSWER = "Most likely the database's server, the disk or the network does not answer: ask each by itself."


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is, and what to do ('' for nothing)."""

    check: str
    level: Level
    message: str
    action: str = ""


def ok(check: str, message: str) -> Finding:
    return Finding(check, Level.OK, message)


def warning(check: str, message: str, action: str) -> Finding:
    return Finding(check, Level.WARNING, message, action)


def error(check: str, message: str, action: str) -> Finding:
    return Finding(check, Level.ERROR, message, action)


Check = Callable[[Settings, datetime], list[Finding]]


def examine(
    environ: Mapping[str, str] | None = None, *, round_trip: bool = False, full: bool = False,
    patience: float = PATIENCE, settings: Settings | None = None,
) -> list[Finding]:  # fmt: skip
    """All checks, one after another; each ends after `patience` seconds, whatever it waits for. `full` reads all of
    what is else sampled, and may take long."""
    try:
        settings = settings or Settings.load(environ=environ)
    except BadSettings as bad:
        return [error("settings", one, "See docs/operate/settings.md.") for one in bad.problems]
    found = []
    checks = dict(CHECKS)
    if round_trip:
        checks["mail round trip"] = mail_round_trip
    if full:
        checks |= {"files": partial(check_files, whole=True), "model": partial(check_model, whole=True)}
    for name, check in checks.items():
        long = 6 if check is mail_round_trip else 90 if isinstance(check, partial) else 1
        found += _bounded(name, check, settings, patience * long)
    return found


def _bounded(name: str, check: Check, settings: Settings, patience: float) -> list[Finding]:
    """A thread that is left behind when it takes too long: nothing interrupts a disk that does not answer."""
    answers: queue.Queue[list[Finding]] = queue.Queue()

    def run() -> None:
        try:
            answers.put(check(settings, datetime.now(UTC)))
        except PermissionError as problem:
            answers.put([error(name, *_not_ours(problem, settings))])
        except SQLAlchemyError:
            action = "See `database` above; when that is put right, ask again."
            answers.put([error(name, "could not be checked, since the database cannot be asked", action)])
        except Exception as problem:  # a check that breaks is a finding, and the others go on
            reason = " ".join(str(problem).split())[:200] or "no reason given"
            action = "Put right what the reason names; if it names nothing you can change, report it."
            answers.put([error(name, f"could not be checked: {reason} ({type(problem).__name__})", action)])

    threading.Thread(target=run, daemon=True, name=f"doctor {name}").start()
    try:
        return answers.get(timeout=patience)
    except queue.Empty:
        return [error(name, f"gave no answer within {patience:.0f} seconds", _NO_ANSWER)]


def _not_ours(problem: PermissionError, settings: Settings) -> tuple[str, str]:
    owner, own = _name_of(_owner(settings.data_dir)), _name_of(os.geteuid())
    return (
        f"could not be checked: {own} may not read {problem.filename or settings.data_dir}",
        f"Run it as the user of the service (sudo -u {owner} …), or give the data folder to {own} (chown -R).",
    )


def _owner(path: Path) -> int:
    try:
        return path.stat().st_uid
    except OSError:
        return os.geteuid()


def _name_of(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:  # containers often have numbers only
        return str(user)


def check_settings(s: Settings, _now: datetime) -> list[Finding]:
    found = []
    public = s.base_url and not s.base_url.startswith(("http://localhost", "http://127."))
    if public and not s.production:
        action = "Set environment=production."
        found.append(warning("settings", "base_url is public and environment is development", action))
    if s.production and s.base_url.startswith("http:"):
        found.append(warning("settings", "base_url has no TLS", "Put a proxy with TLS in front; use https://."))
    for name in ("rate_limits", "challenge"):
        if getattr(s, name) == "off":
            found.append(error("settings", f"{name} is off, which is for tests only", f"Remove {name}."))
    if s.demo_ways:
        message = f"channels are the demo's, such as {s.demo_ways[0]}: whoever is in danger calls nobody"
        level = error if s.production else warning
        found.append(level("settings", message, "Set channels to ways on which you can be reached."))
    return found or [ok("settings", "all settings can be used")]


def check_data_folder(s: Settings, now: datetime) -> list[Finding]:
    folder = s.data_dir
    if restoring.unfinished(folder):
        action = "Run `flask backup restore` again: it takes away what is there and starts over."
        return [error("data folder", "a restore was killed before it was finished", action)]
    if not folder.is_dir():
        return [error("data folder", f"{folder} is not there", "Start the service once, or restore a backup.")]
    found = []
    try:
        atomic_files.check(folder)
    except OSError as problem:
        action = "Make room, mount it for writing, or give it to this user; searches go on, tickets do not."
        found.append(error("data folder", f"{folder} cannot be written: {problem.strerror}", action))
    for path in (folder, s.secrets_dir, _database_file(s)):
        if path is not None and path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            found.append(warning("permissions", f"{path} can be read by others", f"chmod go= {path}"))
    found += _of_other_users(s)
    halves = [path for path in _half_written(s) if now.timestamp() - path.stat().st_mtime > _STALE]
    if halves:
        action = "They are of a process that was killed and can be deleted; no ticket names them."
        found.append(warning("data folder", f"{len(halves)} half-written files, such as {halves[0]}", action))
    return found or [ok("data folder", f"{folder} can be written, and by this user only")]


def _of_other_users(s: Settings) -> list[Finding]:
    """What `sudo flask …` leaves behind: files that the service may not write, or a folder that is not ours."""
    user = _owner(s.data_dir)
    owner = _name_of(user)
    if user != os.geteuid():
        message = f"{s.data_dir} belongs to {owner}, and this is {_name_of(os.geteuid())}"
        return [
            warning(
                "permissions", message, f"Run commands as {owner} (sudo -u {owner} …): what others make, it cannot use."
            )
        ]
    database = _database_file(s)
    looked_at = [*s.data_dir.iterdir(), *(s.secrets_dir.iterdir() if s.secrets_dir.is_dir() else ())]
    looked_at += [database] if database is not None and database.exists() else []
    foreign = sorted({path for path in looked_at if path.lstat().st_uid != user and path.name != "lost+found"})
    if not foreign:
        return []
    message = (
        f"{len(foreign)} files belong to others than {owner}, such as {foreign[0]} ({_name_of(_owner(foreign[0]))})"
    )
    return [error("permissions", message, f"chown -R {owner} {s.data_dir}, and run commands as {owner}.")]


def _database_file(s: Settings) -> Path | None:
    return sqlite_file(s.database)


def _half_written(s: Settings) -> list[Path]:
    return [
        path for name in ("attachments", "uploads", "mail", "inbound") for path in (s.data_dir / name).rglob("*.part")
    ]


def check_disk(s: Settings, _now: datetime) -> list[Finding]:
    found = []
    places = {"data": s.data_dir, "backups": s.backups}
    for name, path in places.items():
        if not path.exists():
            continue
        usage = os.statvfs(path)
        free, inodes = usage.f_bavail * usage.f_frsize, usage.f_favail
        if free < _VERY_LOW_BYTES or (usage.f_files and inodes < 1000):
            found.append(error("disk", f"{name}: {free // 1_000_000} MB and {inodes} inodes left", "Make room now."))
        elif free < _LOW_BYTES:
            found.append(warning("disk", f"{name}: {free // 1_000_000} MB left", "Make room soon."))
    return found or [ok("disk", "enough room")]


def check_keys(s: Settings, _now: datetime) -> list[Finding]:
    """The keys are those of the database; in files, each is 64 hexadecimal digits, or was cut off."""
    files = [path for path in s.secrets_dir.glob("[!.]*") if path.is_file()]
    short = [] if s.secret_key else [path.name for path in files if len(path.read_bytes().strip()) < SHORTEST]
    if short:
        action = "Restore secrets/ from a backup; without one, `python -m app.ops.keys accept` says what that costs."
        return [error("keys", f"{', '.join(sorted(short))}: empty or cut off", action)]
    others = _keys_of_others(s)
    if others:
        action = "Bring them back from a backup, or from another node; `python -m app.ops.keys status` says more."
        return [error("keys", f"not those this database was used with: {', '.join(others)}", action)]
    if not (s.secret_key or files):
        action = "Restore secrets/ from a backup, or links in mails sent before do not work."
        return [warning("keys", f"there are no keys in {s.secrets_dir}", action)]
    return [ok("keys", "derived of secret_key" if s.secret_key else f"{len(files)} keys")]


def _keys_of_others(s: Settings) -> list[str]:
    """Purposes whose keys are not the database's, or gone; none where it cannot be asked: another check says so."""
    file = _database_file(s)
    if file is not None and not file.is_file():
        return []
    try:
        with _reading(s) as engine:
            if not inspect(engine).has_table("key_fingerprint"):
                return []
            # Read anew: a running process keeps the keys it has read.
            states = key_states(engine, KeyRing(s.secrets_dir, s.secret_key))
    except SQLAlchemyError:
        return []
    return [purpose for purpose, state in states.items() if state in {"lost", "other"}]


def check_database(s: Settings, _now: datetime) -> list[Finding]:
    file = _database_file(s)
    if file is not None:
        if not file.is_file():
            return [error("database", f"{file} is not there", "Start the service once, or restore a backup.")]
        problems = snapshots.sqlite_problems(file)
        if problems:
            action = (
                "Stop the service, keep a copy of the data folder, restore the newest sound backup"
                " (`flask backup verify`). Searches go on meanwhile."
            )
            return [error("database", f"damaged: {problems[0]} ({len(problems)} findings)", action)]
    engine = connect(s.database)
    try:
        check_pooler(engine)
        with engine.connect() as connection:
            return [*_whose(s, connection), *_schema(connection)]
    except PoolerUntold as problem:
        action = "Until then this node harms the others of the pool; see “PostgreSQL” in docs/operate/nodes.md."
        return [error("database", str(problem), action)]
    except SQLAlchemyError as problem:
        reason = reason_of(problem)
        return [error("database", f"cannot be used: {reason}", "Check database_url, and that its server runs.")]
    finally:
        engine.dispose()


def _whose(s: Settings, connection: Connection) -> list[Finding]:
    name = s.brand or MAIN
    owners = {owner_of_folder(s.data_dir): "data folder", owner_in(connection): "database"}
    action = "Nothing is served with it. Set data_dir and database_url to its own; docs/operate/brands.md has the rest."
    return [
        error("database", f"the {what} belongs to {owner}, and this is {name}", action)
        for owner, what in owners.items()
        if owner not in {"", name}
    ]


def _schema(connection: Connection) -> list[Finding]:
    found, known = revision_of(connection), revisions(FOLDER)
    if found == known[-1]:
        return [ok("database", f"{connection.dialect.name} at {found}")]
    if found is None or found in known:
        action = "Make a backup, then start this release: it brings the database up to date."
        return [warning("database", f"is at {found or 'no revision'}, this release at {known[-1]}", action)]
    return [
        error("database", f"was changed by a newer release ({found})", "Start that release, or go back to a backup.")
    ]


def check_clock(s: Settings, now: datetime) -> list[Finding]:
    action = "Set the clock (`timedatectl set-ntp true`): promises, links and retention go by it."
    if now < _RELEASED:
        return [error("clock", f"says {now:%Y-%m-%d}, before this release was made", action)]
    engine = connect(s.database)
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                server = connection.execute(select(func.now())).scalar_one()
                apart = abs((server - datetime.now(UTC)).total_seconds())
                if apart > 30:
                    return [error("clock", f"{apart:.0f} seconds from the database server's", action)]
            newest = newest_moment(connection)
    finally:
        engine.dispose()
    if newest and newest > now + timedelta(minutes=5):
        then = f"{action} If it is right now and was ahead then, nothing has to be repaired."
        return [
            error("clock", f"it is {now:%Y-%m-%d %H:%M} UTC, and a ticket was written {newest:%Y-%m-%d %H:%M}", then)
        ]
    return [ok("clock", f"{now:%Y-%m-%d %H:%M} UTC")]


def check_files(s: Settings, _now: datetime, *, whole: bool = False) -> list[Finding]:
    """Every file a ticket names is there in its size; the newest (or the `whole`) are compared with their hash."""
    with _reading(s) as engine, engine.connect() as connection:
        wanted = kept_files(connection)
        apart = s.bucket is None and len({one.home for one in nodes(engine)}) > 1
    paths = {s.data_dir / "attachments" / sha[:2] / sha: size for sha, size in wanted.items()}
    missing, damaged = [], []
    for path, size in paths.items():
        try:
            if path.stat().st_size != size:
                damaged.append(path)
        except OSError:
            missing.append(path)
    newest = sorted((path for path in paths if path.exists()), key=lambda path: -path.stat().st_mtime)
    newest = newest if whole else newest[:_HASHED]
    damaged += [path for path in newest if path not in damaged and _hash(path) != path.name]
    if s.bucket is not None:  # each node has only what it has fetched
        missing = [path for path in missing if not s.bucket.has(f"attachments/{path.name}")]
    action = "Restore the files named by their hash from a backup into attachments/."
    found = []
    if missing:
        # Where each node has a folder of its own, what was sent to one is with that one.
        first = "Other nodes share this database and may have them: set files_url on each, or share attachments/. "
        what = f"{len(missing)} files of tickets are missing, such as {missing[0].name}"
        found.append(error("files", what, first * apart + action))
    if damaged:
        found.append(error("files", f"{len(damaged)} files of tickets are damaged, such as {damaged[0].name}", action))
    return found or [ok("files", f"{len(paths)} files of tickets")]


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _reading:
    """An engine for one check."""

    def __init__(self, s: Settings) -> None:
        self._engine = connect(s.database)

    def __enter__(self) -> Engine:
        return self._engine

    def __exit__(self, *_: object) -> None:
        self._engine.dispose()


def check_mail_out(s: Settings, _now: datetime) -> list[Finding]:
    if not s.smtp_url:
        if s.production:
            action = "Set smtp_url: nobody gets an acknowledgement or an answer by mail."
            return [error("mail out", "no mail server is set; mails are files in mail/", action)]
        return [warning("mail out", "no mail server is set; mails are files in mail/", "Set smtp_url in production.")]
    try:
        SmtpTransport(parse_smtp_url(s.smtp_url), patience=8, longest=15).check()
    except NotDelivered as problem:
        return [error("mail out", str(problem)[:300], "Check smtp_url: host, port, TLS, password.")]
    found = [ok("mail out", "the server takes our connection and password")]
    if s.mail_from.endswith(("@localhost", "@localhost>")):
        found.append(warning("mail out", "mail_from is the demo's", "Set mail_from to an address of yours."))
    return found


def check_mail_in(s: Settings, _now: datetime) -> list[Finding]:
    if not s.inbound_email:
        return [ok("mail in", "not set: answers by mail are not read")]
    if not s.imap_url:
        return [ok("mail in", "by `flask tickets ingest` only; no mailbox is set")]
    try:
        with Mailbox(parse_imap_url(s.imap_url), ""):
            return [ok("mail in", "the mailbox can be opened")]
    except Unreachable as problem:
        return [error("mail in", f"{type(problem).__name__}: {problem}"[:300], "Check imap_url: host, TLS, password.")]


def mail_round_trip(s: Settings, now: datetime) -> list[Finding]:
    """A mail from us to `inbound_email`, looked for in the mailbox and where mail is moved to. It opens no ticket."""
    if not (s.smtp_url and s.imap_url and s.inbound_email):
        return [warning("mail round trip", "needs smtp_url, imap_url and inbound_email", "Set them to try it.")]
    ident = make_msgid(domain="doctor.invalid")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = s.mail_from, s.inbound_email, "Signpost: does mail come back?"
    mail["Date"], mail["Message-ID"], mail["Auto-Submitted"] = now, ident, "auto-generated"
    mail.set_content("A test of this help centre's mail. Nobody has to answer it.\n")
    try:
        SmtpTransport(parse_smtp_url(s.smtp_url), patience=8, longest=30).send_plain(mail)
    except (NotDelivered, smtplib.SMTPException) as problem:
        return [error("mail round trip", str(problem)[:300], "See mail out.")]
    began, last = time.monotonic(), ""
    while time.monotonic() - began < 5 * PATIENCE:
        try:
            with Mailbox(parse_imap_url(s.imap_url), s.imap_done) as box:
                if box.remove(ident):
                    return [ok("mail round trip", f"came back within {time.monotonic() - began:.0f} seconds")]
        except Unreachable as problem:
            last = f" ({type(problem).__name__})"
        time.sleep(1)
    return [
        error("mail round trip", f"the mail did not come back{last}", "Does mail for inbound_email reach the mailbox?")
    ]


def check_channels(s: Settings, now: datetime) -> list[Finding]:
    with _reading(s) as engine, engine.connect() as connection:
        down = circuit_breaker.open_circuits(connection)
        counts, oldest = outbox.counts(connection), outbox.oldest_pending(connection)
    found = [
        error("channels", f"{one.channel} does not answer", "See the desk's Deliveries; it is tried again by itself.")
        for one in down
    ]
    if counts.get("dead", 0):
        action = "`flask tickets stuck` lists them; the desk's Deliveries retries or discards them."
        found.append(warning("channels", f"{counts['dead']} deliveries were given up", action))
    if oldest and now - oldest > timedelta(minutes=15):
        minutes = (now - oldest).total_seconds() / 60
        action = "Does `make run` or `flask tickets deliver` run?"
        found.append(error("channels", f"a delivery waits since {minutes:.0f} minutes", action))
    return found or [ok("channels", f"{counts.get('pending', 0)} deliveries wait, none late")]


def check_articles(s: Settings, now: datetime) -> list[Finding]:
    if PUBLISHER not in s.roles:
        return [ok("articles", "the publisher has the folder")]
    if not s.kb_dir.is_dir():
        return [error("articles", f"there is no folder {s.kb_dir}", "Mount it or set kb_dir; what is published stays.")]
    with _reading(s) as engine:
        state = PublishState(engine)
        held, _hold = state.read()
        failure = state.failure()
        changed = unpublished(s.kb_dir, state.folder_followed(), now)
        waiting = [one for one in WaitingFiles(engine).waiting() if now - one.since > timedelta(minutes=5)]
        with engine.connect() as connection:
            remote = remote_state.read(connection) if s.kb_remote else remote_state.RemoteState()
    found = _hint_errors(s)
    if remote.code:
        text = f"the Git remote: {remote.code}, {remote.ahead} commits are not pushed"
        found.append(warning("articles", text, "See “The Git remote” at the desk, and docs/operate/git-remote.md."))
    if waiting:
        text = f"{len(waiting)} files begun at the desk wait, such as {waiting[0].path}"
        text += f" ({waiting[0].problem})" if waiting[0].problem else ""
        found.append(
            warning("articles", text, "Let the publisher write to kb_dir, with `watch` on; or write the files there.")
        )
    if failure is not None:
        text = f"publishing fails since {failure.since:%Y-%m-%d %H:%M} UTC: {failure.error}"
        found.append(error("articles", text, "`flask kb publish` shows it; the publisher tries again by itself."))
    if held is not None:
        found.append(warning("articles", f"a publish is held ({held.because.value})", "See `publishing` in /readyz."))
    if changed is not None:
        text = f"{changed.count} files changed and not published, the first at {changed.since:%Y-%m-%d %H:%M} UTC"
        action = "Does the publisher run, with `watch` on? Its log says what ails it. `flask kb publish` publishes now."
        found.append(warning("articles", text, action))
    return found or [ok("articles", str(s.kb_dir))]


def _hint_errors(s: Settings) -> list[Finding]:
    """What is wrong in the files of urgent messages, synonyms and pins, the first few."""
    found = []
    for one in errors_of(read_hints(s.kb_dir, s.default_lang))[:_HINT_ERRORS]:
        text, danger = f"{one.path}, line {one.line}: {one.message}", is_about_danger(one)
        what = "somebody in danger may be told nothing" if danger else "what stands there has no effect"
        action = f"Correct that line; `flask kb lint` says the rest. Until then {what}."
        found.append(error("articles", text, action) if danger else warning("articles", text, action))
    return found


def check_model(s: Settings, _now: datetime, *, whole: bool = False) -> list[Finding]:
    """The model is unpacked, and its files are what they were then: by size and samples, or as a `whole`."""
    if s.embedder != "model":
        return [ok("model", f"none; search goes by shared words ({s.embedder})")]
    if s.model:  # a folder, or a name that sentence-transformers resolves
        return [ok("model", s.model)]
    wrong = what_is_wrong(s.model_dir, whole=whole)
    if wrong:
        remove = f"Remove {s.model_dir}, then run" if "damaged" in wrong else "Run"
        action = f"{remove} `make setup` or `signpost setup` as the user who runs the service. It needs no network."
        without = "no index is made, and no question understood"
        return [error("model", f"the one in {s.model_dir} {wrong}: {without}", action)]
    if not contents.is_noted(s.model_dir):
        return [
            ok("model", f"{s.model_dir}, unpacked by an earlier release; `signpost setup` notes what its files are")
        ]
    return [ok("model", f"{s.model_dir}, {'read as a whole' if whole else 'by size and samples'}")]


def check_index(s: Settings, _now: datetime) -> list[Finding]:
    if s.search_store == "files":
        return _index_in_files(s)
    found = _search_in_database(s)
    # Files are the publisher's alone.
    return found if build.serving_generation(s.index_dir) is None else [*found, *_index_in_files(s)]


def _index_in_files(s: Settings) -> list[Finding]:
    serving = build.serving_generation(s.index_dir)
    if serving is None:
        return [error("index", "no generation serves", "`flask index build`, or start the service.")]
    found = []
    for name in build.generations(s.index_dir):
        serves = name == serving.name
        try:
            verification.verify(s.index_dir / "generations" / name)
        except BrokenGeneration as problem:
            action = "`flask index build` makes a new one; the one before serves."
            if serves:
                found.append(error("index", str(problem)[:300], action))
            else:
                found.append(warning("index", str(problem)[:300], "It cannot be gone back to; nothing else is lost."))
        else:
            found += [ok("index", f"{name} is sound")] if serves else []
    with suppress(BrokenGeneration):  # told above
        built_by = Generation(serving).manifest.fingerprint
        if s.search_store == "files":  # else what is told of the database counts
            found += _of_another_model(s, built_by, "in files")
    return found


def _search_in_database(s: Settings) -> list[Finding]:
    try:
        with _reading(s) as engine:
            found = described(engine)
    except NoVectorStore as reason:
        return [error("index", str(reason), "See “Where search is” in docs/operate/nodes.md.")]
    if found.problems:
        action = (
            "The publisher makes what is missing and writes all of it anew, within a minute by itself or at once with"
            " `flask index build`. Until then searches fail, and visitors get the way to a person."
        )
        return [error("index", f"in the database: {'; '.join(found.problems)}"[:500], action)]
    if found.told:
        return [ok("index", found.told), *_of_another_model(s, found.model, "in the database"), *_standby(s, found)]
    return [error("index", "nothing was published to the database", "Start the publisher, or `flask index build`.")]


def _of_another_model(s: Settings, built_by: str, where: str) -> list[Finding]:
    own = fingerprint_of(model=s.model, precision=s.precision, model_dir=s.model_dir, kind=s.embedder)
    if own == built_by:
        return []
    action = (
        "Searches on this node go by words only. Give every node the publisher's model (settings `model`, `precision`"
        " and `embedder`); where this one is right, publish with it: `flask index build` on the publisher."
    )
    return [error("index", f"{where}: built by the model {built_by}, and this node's is {own}", action)]


def _standby(s: Settings, published: SearchState) -> list[Finding]:
    if not s.search_standby_url:
        return []
    with _reading(s) as primary:
        engine = for_searches_on_standby(s.search_standby_url, primary)
    try:
        check_pooler(engine, "search_standby_url")
        followed = described(engine)
    except PoolerUntold as problem:
        return [error("index", str(problem), "See “PostgreSQL” in docs/operate/nodes.md.")]
    except (SQLAlchemyError, NoVectorStore) as problem:
        reason = reason_of(problem)
        action = "Check search_standby_url and that its server runs. Searches are read from the primary."
        return [warning("index", f"the standby for searches cannot be read: {reason}", action)]
    finally:
        watch_of(engine).stop()
        engine.dispose()
    if followed != published:
        action = "Look at pg_stat_replication on the primary. Searches are read from there until it has caught up."
        there = followed.told or "; ".join(followed.problems) or "it has nothing"
        return [
            warning(
                "index",
                f"the standby for searches is behind: {there}",
                action,
            )
        ]
    return [ok("index", "the standby for searches has the same")]


def check_backups(s: Settings, now: datetime) -> list[Finding]:
    stored = backups_in(s.backups)
    schedule = "Run `flask backup create` by a timer; see docs/operate/backup.md."
    if not stored:
        return [warning("backups", f"there are none in {s.backups}", schedule)]
    found, hours = [], stored[-1].age_seconds(now) / 3600
    if s.backup_hours and hours > s.backup_hours:
        found.append(error("backups", f"the newest is {hours:.0f} hours old", schedule))
    if s.backups.resolve().is_relative_to(s.data_dir.resolve()):
        action = "Set backup_dir to another disk, or copy them away."
        found.append(warning("backups", "they lie on the disk they are of", action))
    if s.backup_recipient and not keys.is_recipient(s.backup_recipient):
        found.append(error("backups", "backup_recipient is no public key", "`flask backup new-key` makes one."))
    return found or [ok("backups", f"{len(stored)}, the newest {hours:.0f} hours old")]


def check_backup_tools(s: Settings, _now: datetime) -> list[Finding]:
    """A check of its own: the age of backups is told also while the database does not answer."""
    engine = connect(s.database)
    try:
        if engine.dialect.name != "postgresql":
            return [ok("backup tools", "SQLite needs none")]
        with engine.connect() as connection:
            snapshots.check_direct(s.database)
            snapshots.check_tools(connection, s.postgresql_tools)
    except snapshots.SnapshotFailed as problem:
        return [warning("backup tools", "no backup can be made here", f"{problem}.")]
    finally:
        engine.dispose()
    return [ok("backup tools", "pg_dump is of the server's version or newer")]


CHECKS: dict[str, Check] = {
    "settings": check_settings,
    "data folder": check_data_folder,
    "disk": check_disk,
    "keys": check_keys,
    "database": check_database,
    "clock": check_clock,
    "files": check_files,
    "mail out": check_mail_out,
    "mail in": check_mail_in,
    "channels": check_channels,
    "articles": check_articles,
    "model": check_model,
    "index": check_index,
    "backups": check_backups,
    "backup tools": check_backup_tools,
}
