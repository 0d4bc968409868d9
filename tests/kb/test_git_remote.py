"""The Git remote of the articles: a bare repository of Git's own making, one clone used through Git, one through the
editor's service."""

import os
import pwd
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from dulwich.object_store import commit_tree_changes
from dulwich.objects import Blob
from dulwich.refs import Ref
from dulwich.repo import Repo
from dulwich.server import DictBackend, ReceivePackHandler
from dulwich.web import DEFAULT_HANDLERS, make_wsgi_chain
from sqlalchemy import Engine

from app.settings.schema import Settings
from core.database.connection import connect
from kb.authoring import git_remote
from kb.authoring.git_commits import commit_of
from kb.authoring.git_types import Signature
from kb.authoring.merge import text_of
from kb.authoring.models import Author, ChangedMeanwhile, Saved
from kb.authoring.remote_address import RemoteAddress, remote_address
from kb.authoring.remote_sync import RemoteSync
from kb.authoring.service import AuthoringService

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ADA, BY = Author("ada@example.org", may_publish=True, name="Ada"), Signature("Help", "help@example.org")
PATH = "en/a.md"
TEXT = "---\ntitle: A\nstatus: published\n---\n\nOne.\n\nTwo.\n\nThree.\n"

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="compares with Git itself, which is not installed")


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=Bo", "-c", "user.email=bo@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Both:
    """The bare repository, a clone for Git, and a clone whose `docs` are the editor's folder."""

    def __init__(self, place: Path, engine: Engine, address: RemoteAddress | None = None) -> None:
        self.bare, self.other, self.mine = place / "bare.git", place / "other", place / "mine"
        git(place, "init", "-q", "--bare", "-b", "main", self.bare.name)
        git(place, "clone", "-q", str(self.bare), self.other.name)
        git(self.other, "checkout", "-q", "-b", "main")
        self.there(PATH, TEXT)
        self.there("en/b.md", TEXT.replace("A", "B"))
        git(place, "clone", "-q", str(self.bare), self.mine.name)
        self.folder = self.mine / "docs"
        self.now, self.step = NOW, timedelta(seconds=40)
        address = address or RemoteAddress(str(self.bare))
        self.remote = RemoteSync(engine, self.folder, address, place / "var", BY, timedelta(minutes=1), self.clock)
        self.service = AuthoringService(engine, self.folder, remote=self.remote)
        self.remote.run()

    def clock(self) -> datetime:
        self.now += self.step
        return self.now

    def there(self, path: str, text: str | None, *, push: bool = True) -> None:
        """Somebody changes an article through Git, and pushes."""
        file = self.other / "docs" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            file.unlink()
        else:
            file.write_text(text, "utf-8")
        git(self.other, "add", "-A")
        git(self.other, "commit", "-q", "-m", f"by Git: {path}")
        if push:
            git(self.other, "push", "-q", "origin", "HEAD:main")

    def pull(self) -> None:
        git(self.other, "pull", "-q", "--no-rebase", "--no-edit", "origin", "main")

    def read(self, path: str = PATH) -> str:
        return (self.folder / path).read_text("utf-8")

    def save(self, change: Callable[[str], str], path: str = PATH, author: Author = ADA) -> Any:
        opened = self.service.open(path, NOW)
        outcome = self.service.save(path, change(opened.text), opened.version, author, "", NOW)
        self.settled()
        return outcome

    def settled(self) -> None:
        """Until nothing is under way."""
        running = self.remote._running
        if running is not None:
            assert running.wait(60)

    def write_here(self, change: Callable[[str], str], path: str = PATH) -> None:
        """A save while the network is away: a commit that is not pushed."""
        remote, self.service.remote = self.service.remote, None
        assert isinstance(self.save(change, path), Saved)
        self.service.remote = remote

    def check(self) -> None:
        """The two have come together, and nothing is left over."""
        assert git(self.mine, "rev-parse", "HEAD") == git(self.bare, "rev-parse", "main")
        assert git(self.mine, "status", "--porcelain") == ""
        assert git(self.mine, "fsck", "--strict", "--no-dangling") == git(self.bare, "fsck", "--no-dangling") == ""


@pytest.fixture
def both(tmp_path: Path, engine_here: Engine, monkeypatch: pytest.MonkeyPatch) -> Both:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("HOME", str(tmp_path))
    return Both(tmp_path, engine_here)


@pytest.fixture
def engine_here(settings: Settings) -> Iterator[Engine]:
    engine = connect(settings.database)
    yield engine
    engine.dispose()


def to(old: str, new: str) -> Callable[[str], str]:
    return lambda text: text.replace(old, new)


def test_a_save_is_pushed_and_what_others_pushed_comes_before_it(both: Both) -> None:
    assert isinstance(both.save(to("One.", "One, Ada.")), Saved)
    both.check()
    both.pull()
    both.there(PATH, both.read().replace("Three.", "Three, Bo."))

    # Opened before the other one was pulled: both changes are shown together, and nothing is written.
    opened = both.service.open(PATH, NOW)
    outcome = both.service.save(PATH, opened.text.replace("Two.", "Two, Ada."), opened.version, ADA, "", NOW)
    assert isinstance(outcome, ChangedMeanwhile) and "Three, Bo." in text_of(outcome.parts)
    assert "Three, Bo." in both.read() and "Two, Ada." not in both.read()
    again = both.service.save(PATH, text_of(outcome.parts), outcome.version, ADA, "both", NOW)
    assert isinstance(again, Saved)
    both.settled()
    both.check()
    assert git(both.bare, "log", "-1", "--format=%an|%s", "main") == "Ada|both"


def test_histories_that_parted_are_merged_by_paragraphs(both: Both) -> None:
    both.write_here(to("One.", "One, Ada."))
    both.write_here(to("Two.", "Two, Ada."), "en/b.md")
    (both.folder / "en" / "loose.md").write_text("not committed", "utf-8")
    both.there(PATH, TEXT.replace("Three.", "Three, Bo."))
    both.there("en/c.md", "new\n")

    state = both.remote.run()

    assert state.code == "" and state.ahead == 0
    assert both.read() == TEXT.replace("One.", "One, Ada.").replace("Three.", "Three, Bo.")
    assert both.read("en/c.md") == "new\n" and "Two, Ada." in both.read("en/b.md")
    assert git(both.mine, "status", "--porcelain") == "?? docs/en/loose.md"
    assert git(both.bare, "log", "-1", "--format=%P", "main").count(" ") == 1
    assert git(both.bare, "log", "-1", "--format=%s", "main").startswith("Merge branch 'main' of ")
    both.pull()
    assert (both.other / "docs" / PATH).read_text("utf-8") == both.read()


def test_the_same_paragraph_is_shown_to_who_saves_and_never_written_over(both: Both) -> None:
    both.write_here(to("One.", "One, Ada."))
    both.there(PATH, TEXT.replace("One.", "One, Bo."))
    both.there("en/c.md", "waits\n")

    state = both.remote.run()
    assert (state.code, state.paths, state.ahead) == ("conflict", ("docs/en/a.md",), 1)
    assert "One, Ada." in both.read() and git(both.mine, "status", "--porcelain") == ""
    assert "One, Bo." in git(both.bare, "show", "main:docs/en/a.md")
    # Another article can be saved meanwhile.
    assert isinstance(both.save(to("Two.", "2."), "en/b.md"), Saved)

    outcome = both.save(to("Three.", "Three, Ada."))
    assert isinstance(outcome, ChangedMeanwhile) and outcome.remote
    both_texts = text_of(outcome.parts)
    assert "One, Ada." in both_texts and "One, Bo." in both_texts and "Three, Ada." in both_texts
    assert both.service.text_with(PATH, outcome.version) is not None
    chosen = text_of(outcome.parts, ["mine"]).replace("One, Ada.", "One, both.")
    assert isinstance(both.service.save(PATH, chosen, outcome.version, ADA, "", NOW), Saved)
    both.settled()

    assert both.remote.state().code == ""
    both.check()
    assert "One, both." in git(both.bare, "show", "main:docs/en/a.md")
    assert both.read("en/c.md") == "waits\n" and "2." in git(both.bare, "show", "main:docs/en/b.md")


def test_a_file_that_one_side_removed_or_moved(both: Both) -> None:
    both.write_here(to("One.", "One, Ada."))
    both.write_here(to("One.", "One, Ada."), "en/b.md")
    git(both.other, "mv", "docs/en/a.md", "docs/en/moved.md")
    both.there("en/b.md", None)

    state = both.remote.run()
    assert (state.code, state.paths) == ("conflict", ("docs/en/b.md",))
    assert both.read("en/b.md")
    both.remote.choose("docs/en/b.md", "", "theirs")
    both.settled()

    assert both.remote.state().code == ""
    both.check()
    assert not (both.folder / "en" / "b.md").exists() and not (both.folder / PATH).exists()
    assert "One, Ada." in both.read("en/moved.md")
    both.write_here(to("Two.", "2."), "en/moved.md")
    both.pull()
    both.there("en/moved.md", None)
    assert both.remote.run().code == "conflict"
    both.remote.choose("docs/en/moved.md", "", "ours")
    both.settled()
    both.check()
    assert "2." in git(both.bare, "show", "main:docs/en/moved.md")


def test_changes_nobody_committed_are_kept(both: Both) -> None:
    file = both.folder / PATH
    file.write_text(TEXT.replace("Three.", "Three, typed."), "utf-8")
    both.there(PATH, TEXT.replace("One.", "One, Bo."))
    assert both.remote.run().code == ""
    assert both.read() == TEXT.replace("Three.", "Three, typed.").replace("One.", "One, Bo.")
    assert git(both.mine, "status", "--porcelain") == "M docs/en/a.md"

    file.write_text(both.read().replace("Two.", "Two, typed."), "utf-8")
    before, head = both.read(), git(both.mine, "rev-parse", "HEAD")
    both.there(PATH, TEXT.replace("One.", "One, Bo.").replace("Two.", "Two, Bo."))
    both.there("en/c.md", "new\n")
    (both.folder / "en" / "c.md").write_text("another\n", "utf-8")
    state = both.remote.run()
    assert (state.code, state.paths) == ("uncommitted", ("docs/en/a.md", "docs/en/c.md"))
    assert both.read() == before and git(both.mine, "rev-parse", "HEAD") == head
    assert both.read("en/c.md") == "another\n"


@pytest.mark.parametrize("how", ["take", "merge"])
def test_a_remote_that_was_rewritten_loses_nothing(both: Both, how: str) -> None:
    assert isinstance(both.save(to("One.", "One, Ada.")), Saved)
    both.write_here(to("Two.", "Two, not pushed."))
    git(both.other, "commit", "-q", "--amend", "-m", "rewritten")
    git(both.other, "push", "-q", "--force", "origin", "HEAD:main")
    tip, ours = git(both.bare, "rev-parse", "main"), git(both.mine, "rev-parse", "HEAD")

    for _ in range(2):
        state = both.remote.run()
        assert (state.code, state.detail) == ("rewritten", tip)
        assert git(both.mine, "rev-parse", "HEAD") == ours and git(both.bare, "rev-parse", "main") == tip
    assert isinstance(both.save(to("Three.", "Three, meanwhile.")), Saved)
    both.remote.decide(how, "0" * 40)  # of another tip: nothing is done
    both.settled()
    assert both.remote.state().code == "rewritten"
    both.remote.decide(how, tip)
    both.settled()

    state = both.remote.state()
    assert state.code == ""
    both.check()
    if how == "take":
        assert state.kept.startswith("kept-2026-03-01-")
        assert "Two, not pushed." in git(both.mine, "show", f"{state.kept}:docs/en/a.md")
        assert both.read() == TEXT and git(both.bare, "rev-parse", "main") == tip
    else:
        assert "Two, not pushed." in git(both.bare, "show", "main:docs/en/a.md")
        assert git(both.bare, "merge-base", tip, "main") == tip


def test_a_branch_that_is_gone_is_made_again_only_when_somebody_says_so(both: Both) -> None:
    git(both.other, "push", "-q", "origin", "HEAD:other")
    git(both.bare, "branch", "-q", "-D", "main")
    assert isinstance(both.save(to("One.", "One, Ada.")), Saved)
    assert both.remote.run().code == "gone" and git(both.bare, "branch", "--list", "main") == ""
    both.remote.decide("create", "")
    both.settled()
    assert both.remote.state().code == ""
    both.check()


@pytest.mark.parametrize("name", ["../out.md", ".GIT/hooks/post-commit", "docs/.git /config", "en/sub/x.md"])
def test_nothing_a_remote_holds_is_written_outside_of_the_folder(both: Both, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (both.mine / "en").mkdir()
    (both.mine / "en" / "sub").symlink_to(outside)
    with Repo(str(both.bare)) as repo:
        head = repo.refs[Ref(b"refs/heads/main")]
        blob = Blob.from_string(b"evil")
        repo.object_store.add_object(blob)
        tree = commit_tree_changes(repo.object_store, repo[head].tree, [(name.encode(), 0o100755, blob.id)])
        made = commit_of(tree, [head], BY, "evil", NOW)
        repo.object_store.add_object(made)
        repo.refs[Ref(b"refs/heads/main")] = made.id
    before = git(both.mine, "rev-parse", "HEAD")

    assert both.remote.run().code == "failed"

    assert list(outside.iterdir()) == [] and not (tmp_path / "out.md").exists()
    assert not (both.mine / ".git" / "hooks" / "post-commit").exists() and git(both.mine, "rev-parse", "HEAD") == before
    assert isinstance(both.save(to("One.", "1.")), Saved)


def test_an_empty_remote_is_filled_and_an_empty_clone_too(both: Both, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "empty.git")
    both.remote.address = RemoteAddress(str(tmp_path / "empty.git"), "articles")
    assert both.remote.run().code == ""
    assert git(tmp_path / "empty.git", "rev-parse", "articles") == git(both.mine, "rev-parse", "HEAD")
    git(tmp_path, "init", "-q", "-b", "main", "fresh")
    both.remote._folder = tmp_path / "fresh"
    both.remote.address = RemoteAddress(str(both.bare))
    assert both.remote.run().code == ""
    assert (tmp_path / "fresh" / "docs" / PATH).read_text("utf-8") == TEXT
    assert git(tmp_path / "fresh", "status", "--porcelain") == ""


class _Protected(ReceivePackHandler):
    """Takes nothing for a protected branch, as servers do, and says so."""

    def _apply_pack(self, refs: Any) -> Iterator[tuple[bytes, bytes]]:
        yield b"unpack", b"ok"
        for _old, _new, name in refs:
            yield name, b"protected branch hook declined: tok-1"


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def served(both: Both) -> Iterator[dict[str, Any]]:
    """The bare repository at an http address that asks for a user and a token; `said` is what became of requests."""
    told: dict[str, Any] = {"protected": False, "token": "tok-1", "asked": 0}
    handlers = {**DEFAULT_HANDLERS}

    def application(environ: dict[str, Any], start: Any) -> Any:
        import base64

        told["asked"] += 1
        if environ.get("HTTP_AUTHORIZATION") != "Basic " + base64.b64encode(f"bot:{told['token']}".encode()).decode():
            start("401 Unauthorized", [("WWW-Authenticate", "Basic")])
            return [b""]
        with Repo(str(both.bare)) as repo:
            taking = {b"git-receive-pack": _Protected} if told["protected"] else {}
            return list(make_wsgi_chain(DictBackend({"/": repo}), handlers={**handlers, **taking})(environ, start))

    server = make_server("127.0.0.1", 0, application, WSGIServer, _Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    told["url"] = f"http://127.0.0.1:{server.server_port}/"
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_refused_push_is_kept_said_and_tried_again(
    both: Both, served: dict[str, Any], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    file = tmp_path / "credentials"
    file.write_text("# none yet\nhttps://elsewhere.example:x@elsewhere.example\n", "utf-8")
    address = remote_address(served["url"], "main", file)
    assert address is not None
    both.remote.address = address
    assert isinstance(both.save(to("One.", "One, Ada.")), Saved)
    assert (both.remote.state().code, both.remote.state().ahead) == ("unauthorised", 1)
    first = both.remote.state()
    assert first.next_at is not None and first.tried_at is not None and first.next_at > first.tried_at

    file.write_text(f"http://bot:tok-1@127.0.0.1:{served['url'].split(':')[2].strip('/')}\n", "utf-8")
    served["protected"] = True
    state = both.remote.run()
    assert (state.code, state.detail) == ("refused", "protected branch hook declined: …")
    again = both.remote.run()
    assert again.tries == 2 and again.next_at and again.tried_at and state.next_at and state.tried_at
    assert again.next_at - again.tried_at > state.next_at - state.tried_at and again.since == state.since
    asked = served["asked"]
    both.now, both.step = again.tried_at, timedelta(0)
    both.remote.run_if_due()
    assert served["asked"] == asked  # not before its time
    served["protected"] = False
    both.now = again.next_at
    both.remote.run_if_due()
    both.step = timedelta(seconds=40)
    assert both.remote.state().code == "" and both.remote.state().tries == 0
    both.check()
    # The same over HTTP: others' work; and without a network.
    both.pull()
    both.there(PATH, both.read().replace("Two.", "Two, Bo."))
    assert both.remote.run().code == "" and "Two, Bo." in both.read()
    both.remote.address = replace(address, url="http://127.0.0.1:9/")
    assert isinstance(both.save(to("Three.", "3.")), Saved) and both.remote.state().code == "network"
    assert "tok-1" not in caplog.text and "tok-1" not in repr(both.remote.state()) + repr(address)


# Stands for ssh: notes its arguments, and runs here what was to be run there.
_PROGRAM = """#!/bin/sh
printf '%s\\n' "$@" > "$(dirname "$0")/asked"
for last; do :; done
[ -e "$(dirname "$0")/says" ] && { cat "$(dirname "$0")/says" >&2; exit 255; }
exec sh -c "$last"
"""


def keys(place: Path, *names: str) -> list[Path]:
    for name in names:
        line = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(place / name)]
        subprocess.run(line, check=True, capture_output=True)
    return [place / name for name in names]


def test_a_remote_over_ssh_is_asked_by_one_program_with_one_key(
    both: Both, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "a %h folder"
    place.mkdir()
    program, key, hosts = place / "ssh", place / "key", place / "hosts"
    program.write_text(_PROGRAM, "utf-8")
    program.chmod(0o755)
    key.write_text("", "utf-8")
    monkeypatch.setattr("kb.authoring.git_ssh.shutil.which", lambda _name: str(program))
    address = remote_address(f"ssh://bo@git.example:2222{both.bare}", "", None, key, hosts)
    assert address is not None
    both.remote.address = address

    assert isinstance(both.save(to("One.", "One, Ada.")), Saved) and both.remote.state().code == ""
    both.check()
    both.pull()
    both.there(PATH, both.read().replace("Two.", "Two, Bo."))
    assert both.remote.run().code == "" and "Two, Bo." in both.read()

    asked = (place / "asked").read_text("utf-8").splitlines()
    assert asked[:2] == ["-F", "none"]
    assert asked[-5:] == ["-l", "bo", "--", "git.example", f"git-upload-pack '{both.bare}'"]
    assert {"StrictHostKeyChecking=yes", "BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none"} <= set(asked)
    assert f'UserKnownHostsFile="{tmp_path}/a %%h folder/hosts"' in asked and "2222" in asked
    for said, code in (
        ("Host key verification failed.", "host_key"), ("git@x: Permission denied (publickey).", "unauthorised"),
        ("ERROR: Repository not found.", "not_found"), ("ssh: connect to host x: Connection refused", "network"),
    ):  # fmt: skip
        (place / "says").write_text(f"{said}\n" * 5000, "utf-8")
        assert both.remote.run().code == code and both.remote.state().detail == ""
    key.unlink()
    assert both.remote.run().code == "unauthorised"
    key.write_text("", "utf-8")
    monkeypatch.setattr("kb.authoring.git_ssh.shutil.which", lambda _name: None)
    assert both.remote.run().code == "no_ssh"


@pytest.fixture
def sshd(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A real server of this machine: its port, and the folder of its keys."""
    program = shutil.which("sshd") or "/usr/sbin/sshd"
    if not Path(program).exists() or shutil.which("ssh-keygen") is None:
        pytest.skip("needs OpenSSH's server; install it: apt-get install openssh-server")
    place = tmp_path / "ssh"
    place.mkdir(mode=0o700)
    host, mine, _other = keys(place, "host", "mine", "other")
    (place / "authorized").write_bytes(mine.with_suffix(".pub").read_bytes())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    (place / "config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {host}\nAuthorizedKeysFile {place}/authorized\nPidFile none\n"
        "UsePAM no\nStrictModes no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
        f"SetEnv GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=*\n",
        "utf-8",
    )
    if os.geteuid() == 0:  # where it gives up its rights
        Path("/run/sshd").mkdir(exist_ok=True)
    line = [program, "-D", "-e", "-f", str(place / "config")]
    with (place / "log").open("w") as log, subprocess.Popen(line, stderr=log) as server:
        for _try in range(200):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        yield port, place
        server.terminate()


def test_a_real_ssh_server_is_spoken_with_only_if_its_key_is_known(
    both: Both, sshd: tuple[int, Path], tmp_path: Path
) -> None:
    port, place = sshd
    user = pwd.getpwuid(os.geteuid()).pw_name
    known, stranger, none = place / "known", place / "stranger", place / "none"
    for file, key in ((known, "host"), (stranger, "other")):
        file.write_text(f"[127.0.0.1]:{port} {(place / key).with_suffix('.pub').read_text('utf-8')}", "utf-8")

    def reached(path: Path = both.bare, key: str = "mine", hosts: Path = known, at: int = port) -> str:
        found = remote_address(f"ssh://{user}@127.0.0.1:{at}{path}", "main", None, place / key, hosts)
        assert found is not None
        both.remote.address = found
        return both.remote.run().code

    both.write_here(to("One.", "One, Ada."))
    before = git(both.bare, "rev-parse", "main")
    for hosts in (stranger, none):
        assert reached(hosts=hosts) == "host_key" and git(both.bare, "rev-parse", "main") == before
    assert reached(key="other") == "unauthorised" and reached(tmp_path / "no.git") == "not_found"
    assert reached(at=9) == "network" and git(both.bare, "rev-parse", "main") == before
    assert reached() == "", (place / "log").read_text("utf-8")
    both.check()
    both.pull()
    both.there(PATH, both.read().replace("Two.", "Two, Bo."))
    assert reached() == "" and "Two, Bo." in both.read()
    both.there(PATH, TEXT, push=False)
    git(both.other, "push", "-q", "--force", "origin", "HEAD~2:main")
    assert reached() == "rewritten"


def test_what_others_push_in_between_is_fetched_again(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    both.write_here(to("One.", "One, Ada."))
    fetch, left = git_remote.Clone.fetch, [1]

    def with_somebody(clone: git_remote.Clone) -> Any:
        tip = fetch(clone)
        if left:
            left.pop()
            both.there("en/c.md", "in between\n")
        return tip

    monkeypatch.setattr(git_remote.Clone, "fetch", with_somebody)
    assert both.remote.run().code == "" and both.read("en/c.md") == "in between\n"
    both.check()


def test_a_save_does_not_wait_for_the_network(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    hangs = threading.Event()
    fetch = git_remote.Clone.fetch

    def never(clone: git_remote.Clone) -> Any:
        hangs.wait(60)
        return fetch(clone)

    monkeypatch.setattr(git_remote.Clone, "fetch", never)
    monkeypatch.setattr("kb.authoring.remote_sync.A_MOMENT", 0.05)
    opened = both.service.open(PATH, NOW)
    outcome = both.service.save(PATH, opened.text.replace("One.", "1."), opened.version, ADA, "", NOW)
    assert isinstance(outcome, Saved) and both.remote._running is not None and "1." in both.read()
    hangs.set()
    both.settled()
    both.check()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://bo:s%40crt@git.example/team/kb.git", "https://git.example/team/kb.git"),
        ("https://[::1]:8443/kb.git", "https://[::1]:8443/kb.git"), ("file:///srv/kb.git", "/srv/kb.git"),
        ("http://gitea:3000/kb.git", "http://gitea:3000/kb.git"), ("git@h.example:kb.git", "git@h.example:kb.git"),
        ("ssh://git@h.example:2222/~bo/kb.git", "ssh://git@h.example:2222/~bo/kb.git"),
    ],
)  # fmt: skip
def test_an_address_is_shown_without_what_signs_in_there(url: str, shown: str) -> None:
    found = remote_address(url)
    assert found is not None and found.url == shown and "s@crt" not in repr(found)
    if "bo:" in url:
        assert found.signed_in() == ("bo", "s@crt")


@pytest.mark.parametrize(
    "url",
    [
        "ssh://h.example/kb", "http://a.example/kb", "https:///x", "x", "-oProxyCommand=x@h:kb", "a@-oX=x:kb",
        "git@h.example:", "git@h.example:/",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_used_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(ValueError, match=r"^(must|is)") as caught:
        remote_address(url.replace("://", "://bo:secret@"))
    assert "secret" not in str(caught.value)
