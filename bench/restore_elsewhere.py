"""A backup taken under load, restored on a bare machine: a clean folder and a clean copy of the program, another user.

    python -m bench.restore_elsewhere [--database sqlite,postgresql] [--tickets N] [--json OUT]

A service with brands takes tickets with files, while `flask brands each backup create` runs. Its folder is then closed
to everybody else, and another user (as root: `nobody`) with nothing but the archives, the operator's key and a clone of
the program follows docs/operate/backup.md: restores, starts the service, and is asked for all that was acknowledged
before the backup began: tickets by their old links, files by their hashes, counts, articles, looks. A reply to an old
ticket is taken in, and a new ticket is written. Ends with 1 when anything is missing.

Not as root, the same user restores, while the old folder is out of reach.
"""

import argparse
import hashlib
import http.client
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from sqlalchemy import DDL

from app.backups.archive import opened as opened_archive
from app.backups.folders import files_named
from bench.postgres import Postgres, tools
from bench.server import ROOT, CannotMeasure, Machine
from core.database import snapshots
from core.database.connection import connect

USER = "nobody"
_PATIENCE = 90.0
_LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="{}"/></svg>'
# Of what the doctor says on a machine that was restored a moment ago, what is not wrong there.
_EXPECTED = frozenset({"backups", "index", "mail out", "mail in"})
BRANDS = {"main": "help.example", "radio": "radio.example", "loud": "help.example/loud"}


class UserOfMachine:
    """A folder that belongs to one user, who runs our commands there with an environment of its own."""

    def __init__(self, folder: Path, program: Path, user: str | None, umask: int) -> None:
        self.folder, self.program, self.user, self._umask = folder, program, user, umask
        self._python, packages = interpreter(user)
        self.environment = {
            **({"PYTHONPATH": packages} if packages else {}),
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(folder), "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1", "FLASK_APP": "wsgi",
        }  # fmt: skip

    def give(self, *paths: Path) -> None:
        """Make these, and all below them, this user's."""
        if self.user is not None:
            entry = pwd.getpwnam(self.user)
            for path in (one for top in paths for one in (top, *top.rglob("*"))):
                os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)

    def start(self, *command: str, log: Path, **more: str) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            return subprocess.Popen(
                [self._python, "-m", *command], cwd=self.program, env={**self.environment, **more}, stdout=output,
                stderr=subprocess.STDOUT, umask=self._umask, **as_user(self.user),
            )  # fmt: skip

    def run(self, *command: str, stdin: bytes = b"", fine: Sequence[int] = (0,), **more: str) -> str:
        """What a command printed. Raises CannotMeasure when it ended otherwise than with one of `fine`."""
        done = subprocess.run(
            [self._python, "-m", *command], cwd=self.program, env={**self.environment, **more}, input=stdin,
            capture_output=True, umask=self._umask, check=False, **as_user(self.user),
        )  # fmt: skip
        told = done.stdout.decode(errors="replace")
        if done.returncode not in fine:
            reason = (told + done.stderr.decode(errors="replace"))[-1500:]
            raise CannotMeasure(f"{' '.join(command)} ended with {done.returncode}: {reason}")
        return told


def as_user(user: str | None) -> dict[str, Any]:
    return {} if user is None else {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def interpreter(user: str | None) -> tuple[str, str]:
    """A Python that this user may run, and where it finds our packages: '' where it does by itself."""
    system = shutil.which(f"python3.{sys.version_info.minor}", path="/usr/bin:/usr/local/bin")
    for program, packages in ((sys.executable, ""), (system, sysconfig.get_path("purelib"))):
        with suppress(OSError):
            done = subprocess.run(
                [str(program), "-c", "import flask, sqlalchemy"], env={"PYTHONPATH": packages}, capture_output=True,
                cwd="/", check=False, **as_user(user),
            )  # fmt: skip
            if done.returncode == 0:
                return str(program), packages
    raise CannotMeasure(f"{user} may run no Python that has our packages; install one that all users may.")


class Service:
    """The service on one machine, and its visitors."""

    def __init__(self, machine: UserOfMachine, **more: str) -> None:
        self._machine, self._more, self._port = machine, more, _free_port()
        self._log = machine.folder / "service.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Service":
        self._process = self._machine.start(
            "app.ops.serve", log=self._log, HOST="127.0.0.1", PORT=str(self._port), **self._more
        )
        for name in BRANDS:
            self.wait(name)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def ask(
        self, brand: str, method: str, path: str, body: bytes | None = None, kind: str = "application/json"
    ) -> tuple[int, bytes]:
        host, _, below = BRANDS[brand].partition("/")
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            headers = {"Host": host, "Content-Type": kind}
            connection.request(method, f"/{below}{path}" if below else path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def wait(self, brand: str) -> None:
        began = time.monotonic()
        while time.monotonic() - began < _PATIENCE:
            if self._process is not None and self._process.poll() is not None:
                break
            with suppress(OSError, http.client.HTTPException):
                if b"parcel" in self.ask(brand, "GET", "/api/v1/search?q=parcel&lang=en")[1]:
                    return
            time.sleep(0.1)
        told = self._log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise CannotMeasure(f"{brand} does not serve its articles: {told}")

    def write(self, brand: str, words: str) -> tuple[str, str]:
        """A ticket with a file: its reference and the path of its page below the brand's. Raises OSError."""
        mark = secrets.token_hex(8)
        fields = {"message": words, "email": "ada@example.org", "lang": "en", "consent": "true"}
        parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in fields.items()]
        file = 'Content-Disposition: form-data; name="attachments"; filename="note.txt"\r\nContent-Type: text/plain'
        parts.append(f"{file}\r\n\r\nWhat I saw: {words}")
        body = "".join(f"--{mark}\r\n{part}\r\n" for part in parts) + f"--{mark}--\r\n"
        kind = f"multipart/form-data; boundary={mark}"
        status, answer = self.ask(brand, "POST", "/api/v1/tickets", body.encode(), kind)
        if status != 201:
            raise OSError(f"a ticket was not taken: {status} {answer[:300]!r}")
        stored = json.loads(answer)
        return stored["reference"], "/t/" + stored["status_url"].split("/t/")[1]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _write_old(folder: Path, database: str, secret_file: bool, recipient: str) -> Path:
    """Settings, articles and looks of an installation with brands; the settings' file."""
    for name in BRANDS:
        article = folder / "kb" / name / "en" / "orders" / f"late-{name}.md"
        article.parent.mkdir(parents=True)
        article.write_text(f"---\ntitle: My parcel is late ({name})\n---\n\nThe parcel of {name} comes.\n", "utf-8")
        looks = folder / "looks" / name
        looks.mkdir(parents=True)
        (looks / "logo.svg").write_text(_LOGO.format(len(name)), "ascii")
    settings = folder / "etc" / "settings.toml"
    (folder / "etc" / "brands").mkdir(parents=True)

    def brand(name: str) -> str:
        return (
            f'base_url = "http://{BRANDS[name]}"\nkb_dir = "{folder}/kb/{name}"\nlooks_dir = "{folder}/looks/{name}"\n'
            f'mail_from = "{name} <help@{name}.example>"\nteam_email = "team@{name}.example"\n'
            f'inbound_email = "help@{name}.example"\nsite_name = "{name} help"\n'
        )

    common = [
        f'data_dir = "{folder}/data"', f'backup_dir = "{folder}/backups"', f'backup_recipient = "{recipient}"',
        'embedder = "hashing"', 'rate_limits = "off"', 'challenge = "off"', f'postgresql_tools = "{tools()}"',
        "search_budget_ms = 5000",
    ]  # fmt: skip
    if database:
        common.append(f'database_url = "{database}"')
    if secret_file:
        (folder / "etc" / "secret").write_text(secrets.token_hex(32), "ascii")
        (folder / "etc" / "secret").chmod(0o400)
        common.append(f'secret_key_file = "{folder}/etc/secret"')
    settings.write_text("\n".join(common) + "\n" + brand("main") + "\n[brands.radio]\n" + brand("radio"), "utf-8")
    (folder / "etc" / "brands" / "loud.toml").write_text(brand("loud"), "utf-8")
    return settings


class Rehearsal:
    """One kind of database, from the first ticket to the reply."""

    def __init__(self, folder: Path, kind: str, tickets: int) -> None:
        self._folder, self._kind, self._tickets = folder, kind, tickets
        user = USER if os.geteuid() == 0 else None
        folder.chmod(0o755)
        for name in ("old", "new"):
            (folder / name).mkdir(mode=0o700)
        self._old = UserOfMachine(folder / "old", ROOT, None, 0o022)
        program = folder / "new" / "program"
        _clone(program)
        self._new = UserOfMachine(folder / "new", program, user, 0o077)
        self._server = Postgres(folder / "server") if kind == "postgresql" else None
        self.figures: dict[str, Any] = {"database": kind, "another_user": user or "", "problems": []}

    def run(self) -> dict[str, Any]:
        if self._server is not None:
            self._server.make()
            self._server.start()
            _make_databases(self._server.url(), "old", "new")
        try:
            self._all()
        finally:
            if self._server is not None:
                self._server.remove()
        return self.figures

    def _all(self) -> None:
        old = self._folder / "old"
        recipient = self._old.run("flask", "backup", "new-key", str(old / "identity")).strip()
        database = self._server.url("old") if self._server else ""
        settings = _write_old(old, database, self._server is not None, recipient)
        with Service(self._old, SIGNPOST_CONFIG=str(settings)) as service:
            before = {
                name: [service.write(name, f"{name} before {n}") for n in range(self._tickets)] for name in BRANDS
            }
            with _load(service) as written:
                began = time.monotonic()
                self._old.run("flask", "brands", "each", "backup", "create", SIGNPOST_CONFIG=str(settings))
                self.figures["backups_seconds"] = round(time.monotonic() - began, 1)
            self.figures["tickets_before"] = sum(map(len, before.values()))
            self.figures["tickets_meanwhile"] = len(written)
        sound = {sha: path.read_bytes() for sha, path in _attachments(old / "data")}
        archives = {name: max(self._backups(name).glob("*.zip")) for name in BRANDS}
        for name, path in archives.items():
            shutil.copy(path, self._folder / "new" / f"{name}.zip")
        shutil.copy(old / "identity", self._folder / "new" / "identity")
        self._new.give(self._folder / "new")
        with _out_of_reach(old):
            began = time.monotonic()
            config = self._restore()
            self.figures["restore_seconds"] = round(time.monotonic() - began, 1)
            self._compare_at_rest(config, sound)
            self._new.run("app.ops.setup", "--without-articles", **config)
            self._examine(config)
            with Service(self._new, **config) as service:
                self.figures["serving_after_seconds"] = round(time.monotonic() - began, 1)
                self._compare_served(service, config, before)
            self._look_at_files()

    def _backups(self, name: str) -> Path:
        return self._folder / "old" / "backups" / ("" if name == "main" else f"brands/{name}")

    def _problem(self, text: str) -> None:
        self.figures["problems"].append(text)

    def _restore(self) -> dict[str, str]:
        """As docs/operate/backup.md says: the common help centre first, its settings with other folders, the brands."""
        new, old = self._folder / "new", self._folder / "old"
        where = {
            "SIGNPOST_DATA_DIR": f"{new}/data", "SIGNPOST_KB_DIR": f"{new}/kb/main", "SIGNPOST_EMBEDDER": "hashing",
            "SIGNPOST_LOOKS_DIR": f"{new}/looks/main", "SIGNPOST_POSTGRESQL_TOOLS": str(tools()),
        }  # fmt: skip
        if self._server:
            where["SIGNPOST_DATABASE_URL"] = self._server.url("new")
        identity = ["--identity", str(new / "identity")]
        self._new.run("flask", "backup", "restore", str(new / "main.zip"), *identity, **where)
        kept = new / "data" / "restored"
        (new / "etc" / "brands").mkdir(parents=True)
        for path in (kept / "settings.toml", *(kept / "brands").glob("*.toml")):
            text = path.read_text("utf-8").replace(str(old), str(new))
            text = re.sub(
                r"(?m)^database_url = .*$", f'database_url = "{where.get("SIGNPOST_DATABASE_URL", "")}"', text
            )
            text = re.sub(r"(?m)^secret_key_file = .*\n", "", text)
            target = new / "etc" / ("" if path.parent == kept else "brands") / path.name
            target.write_text(text, "utf-8")
        self._new.give(new / "etc")
        lines = (kept / "environment").read_text("utf-8").splitlines() if (kept / "environment").is_file() else []
        found = dict(line.split("=", 1) for line in lines)
        config = {"SIGNPOST_CONFIG": str(new / "etc" / "settings.toml")}
        if "SIGNPOST_SECRET_KEY" in found:
            config["SIGNPOST_SECRET_KEY"] = found["SIGNPOST_SECRET_KEY"].strip("'")
        for name in BRANDS:
            if name != "main":
                self._new.run("flask", "backup", "restore", f"{new}/{name}.zip", *identity, "--brand", name, **config)
        return config

    def _compare_at_rest(self, config: Mapping[str, str], sound: Mapping[str, bytes]) -> None:
        """Counts and hashes, before anything of the service has run."""
        rows = files = 0
        for name in BRANDS:
            with opened_archive(self._folder / "new" / f"{name}.zip") as reader:
                manifest = reader.manifest
            data = self._folder / "new" / "data" / ("" if name == "main" else f"brands/{name}")
            counts, named = self._stored(name, data)
            rows += sum(counts.values())
            for table in counts.keys() | manifest.tables.keys():
                if counts.get(table) != manifest.tables.get(table):
                    self._problem(f"{name}: {table} has {counts.get(table)} rows of {manifest.tables.get(table)}")
            if not manifest.tables.get("ticket"):
                self._problem(f"{name}: no tickets")
            for sha, path in _attachments(data, deep=False):
                files += 1
                content = path.read_bytes()
                if hashlib.sha256(content).hexdigest() != sha or content != sound.get(sha):
                    self._problem(f"{name}: {sha} is not what it was")
            there = {sha for sha, _path in _attachments(data, deep=False)}
            for sha in named - there:
                self._problem(f"{name}: {sha} is named by a ticket and not there")
        self.figures |= {"rows": rows, "files": files}

    def _stored(self, name: str, data: Path) -> tuple[dict[str, int], set[str]]:
        """Rows by table, and the hashes of files that tickets name."""
        if self._server is None:
            with snapshots.opened(data / "signpost.db") as connection:
                return snapshots.row_counts(connection), set(files_named(connection))
        schema = "" if name == "main" else f"?schema=brand_{name}"
        engine = connect(self._server.url("new") + schema)
        with engine.connect() as connection:
            found = snapshots.row_counts(connection), set(files_named(connection))
        engine.dispose()
        return found

    def _examine(self, config: Mapping[str, str]) -> None:
        for name in BRANDS:
            told = self._new.run("flask", "doctor", "--json", "--brand", name, fine=(0, 1), **config)
            for one in json.loads(told)["findings"]:
                tests = "is off, which is for tests only" in one["message"]
                if one["level"] == "error" and one["check"] not in _EXPECTED and not tests:
                    self._problem(f"{name}: doctor: {one['check']}: {one['message']}")

    def _compare_served(
        self, service: Service, config: Mapping[str, str], before: Mapping[str, Sequence[tuple[str, str]]]
    ) -> None:
        links = 0
        for name, sent in before.items():
            for number, (reference, path) in enumerate(sent):
                status, page = service.ask(name, "GET", path)
                links += 1
                if status != 200 or reference.encode() not in page or f"{name} before {number}".encode() not in page:
                    self._problem(f"{name}: the link of {reference} answers {status}")
                    continue
                file = re.search(rb'href="[^"]*(/t/[^"]+/files/\d+)[^"]*"', page)
                shown = service.ask(name, "GET", file[1].decode()) if file else (0, b"")
                if shown[1] != f"What I saw: {name} before {number}".encode():
                    self._problem(f"{name}: the file of {reference} answers {shown[0]}")
            logo = service.ask(name, "GET", "/looks/logo.svg")
            if logo != (200, _LOGO.format(len(name)).encode()):
                self._problem(f"{name}: the logo answers {logo[0]}")
            reference, path = sent[0]
            told = self._new.run("flask", "tickets", "ingest", "--brand", name, stdin=_reply(name, reference), **config)
            if "message" not in told or b"It still happens" not in service.ask(name, "GET", path)[1]:
                self._problem(f"{name}: a reply to {reference} did not arrive: {told.strip()}")
            try:
                service.write(name, "written afterwards")
            except OSError as refused:
                self._problem(f"{name}: {refused}")
        self.figures["links"] = links

    def _look_at_files(self) -> None:
        """All of the new data folder is its user's, nobody else reads it, and nothing in it knows the old place."""
        uid = pwd.getpwnam(self._new.user).pw_uid if self._new.user else os.geteuid()
        old, data = str(self._folder / "old").encode(), self._folder / "new" / "data"
        for path in (data, *data.rglob("*")):
            found = path.lstat()
            if found.st_uid != uid:
                self._problem(f"{path} belongs to {found.st_uid}")
            private = path == data or path.name.startswith("signpost.db") or "secrets" in path.parts
            if private and found.st_mode & 0o077:
                self._problem(f"{path} can be read by others")
            if path.is_file() and "restored" not in path.parts and old in path.read_bytes():
                self._problem(f"{path} names the old machine's folder")


def _attachments(data: Path, *, deep: bool = True) -> Iterator[tuple[str, Path]]:
    """(hash, path) of the files of tickets; `deep` includes those of brands below this data folder."""
    for path in data.glob("**/attachments/??/*" if deep else "attachments/??/*"):
        yield path.name, path


def _reply(brand: str, reference: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = (
        "ada@example.org",
        f"help@{brand}.example",
        f"Re: No sound [{reference}]",
    )
    mail["Message-ID"] = f"<{secrets.token_hex(8)}@example.org>"
    mail.set_content("It still happens.")
    return mail.as_bytes()


@contextmanager
def _load(service: Service) -> Iterator[list[str]]:
    """Tickets of all brands, one after the other, as fast as they are taken."""
    written: list[str] = []
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            for name in BRANDS:
                with suppress(OSError, http.client.HTTPException):
                    written.append(service.write(name, f"{name} meanwhile {len(written)}")[0])
                stop.wait(0.05)

    writer = threading.Thread(target=write)
    writer.start()
    while len(written) < len(BRANDS) and writer.is_alive():
        time.sleep(0.02)
    try:
        yield written
    finally:
        stop.set()
        writer.join()


@contextmanager
def _out_of_reach(folder: Path) -> Iterator[None]:
    """Nobody finds the old machine's folder, whatever still names it."""
    away = folder.with_name("away")
    folder.rename(away)
    away.chmod(0)
    try:
        yield
    finally:
        away.chmod(0o700)


def _clone(program: Path) -> None:
    """The program as a clone of this tree has it: nothing that was made here. Raises CannotMeasure without Git."""
    git = [shutil.which("git") or "/usr/bin/git", "-c", "safe.directory=*"]
    listed = subprocess.run(
        [*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        raise CannotMeasure("The program is copied as Git has it, and this is no checkout.")
    for name in filter(None, listed.stdout.decode().split("\0")):
        if not name.startswith(("tests/", "docs/")) and (ROOT / name).is_file():
            (program / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, program / name)


def _make_databases(url: str, *names: str) -> None:
    engine = connect(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in names:
            connection.execute(DDL('CREATE DATABASE "%(name)s"', context={"name": name}))
    engine.dispose()


def rehearse(kind: str, tickets: int = 5, keep: bool = False) -> dict[str, Any]:
    """The figures of one rehearsal; `problems` is empty where all of it held. Raises CannotMeasure."""
    folder = Path(tempfile.mkdtemp(prefix="signpost-elsewhere-"))
    try:
        return Rehearsal(folder, kind, tickets).run()
    finally:
        if keep:
            print(f"All of it is in {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--database", default="sqlite,postgresql", help="Of sqlite and postgresql, with commas.")
    parser.add_argument("--tickets", type=int, default=5, help="Of each brand, before the backup.")
    parser.add_argument("--keep", action="store_true", help="Leave the folder.")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left running
    try:
        kinds = options.database.split(",")
        rehearsals = [rehearse(kind, options.tickets, options.keep) for kind in kinds]
        figures: dict[str, Any] = {"machine": str(Machine.now()), "rehearsals": rehearsals}
    except (CannotMeasure, zipfile.BadZipFile) as reason:
        print(reason, file=sys.stderr)
        return 1
    print(json.dumps(figures, indent=1))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 1 if any(one["problems"] for one in figures["rehearsals"]) else 0


if __name__ == "__main__":
    sys.exit(main())
