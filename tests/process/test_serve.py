"""The process of `make run`: it starts fast, ends cleanly, ends with its parent, and starts again after the worst."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import text

from app.ops.connections import BoundedChannel, create_server
from app.ops.handover import inherited
from core.database.connection import connect
from tests import articles
from tests.databases import PostgresServer
from tests.process.server import ROOT, Server, environment, free_port, status


def run(arguments: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly_when_asked(tmp_path: Path, how: signal.Signals) -> None:
    with Server(tmp_path) as server:
        server.wait()

        code, output = server.end(how)

    assert code == 0
    assert "Traceback" not in output
    assert output.rstrip().endswith("Stopped.")


def test_it_says_where_to_look_and_how_to_stop(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.wait()
        time.sleep(0.5)
        _, output = server.end(signal.SIGINT)

    assert f"Signpost is at http://127.0.0.1:{server.port}  (press Ctrl-C to stop)" in output


def test_it_publishes_indexes_and_becomes_ready(tmp_path: Path) -> None:
    articles.write_demo(tmp_path / "articles")

    with Server(tmp_path) as server:
        server.wait("/readyz")

        assert status(server.port, "/en/a/refund") == 200


def test_it_starts_again_at_once_after_a_kill(tmp_path: Path) -> None:
    articles.write_demo(tmp_path / "articles")
    with Server(tmp_path) as first:
        first.wait("/readyz")
        first.end(signal.SIGKILL)

        with Server(tmp_path, first.port) as second:
            assert second.wait("/readyz") < 20


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    port = free_port()
    starter = (
        "import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-m', 'app.ops.serve'])\ntime.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", starter],
        cwd=ROOT,
        env=environment(tmp_path, port) | {"MAKELEVEL": "1"},  # also when the tests themselves run under nohup
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 30
        while status(port, "/healthz") != 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        parent.kill()
        parent.wait()

    deadline = time.monotonic() + 15
    while status(port, "/healthz") is not None:
        assert time.monotonic() < deadline, "the server outlived its parent"
        time.sleep(0.05)


def test_a_taken_port_is_one_sentence_before_anything_else_is_done(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(["app/ops/bootstrap.py", "run"], environment(tmp_path, port))

    assert done.returncode == 1
    assert re.fullmatch(rf"Port {port} is in use .*\n", done.stderr)
    assert done.stdout == ""


def test_a_port_taken_meanwhile_is_one_sentence_too(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run(["-m", "app.ops.serve"], environment(tmp_path, taken.getsockname()[1]))

    assert done.returncode == 1
    assert "is in use" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("module", ["app.ops.serve", "app.ops.setup"])
def test_wrong_settings_are_all_named_and_nothing_starts(tmp_path: Path, module: str) -> None:
    wrong = environment(tmp_path, free_port(), SIGNPOST_THREADS="none", SIGNPOST_TIME_ZONE="Nowhere")

    done = run(["-m", module], wrong)

    assert done.returncode == 1
    assert "SIGNPOST_THREADS" in done.stderr
    assert "SIGNPOST_TIME_ZONE" in done.stderr
    assert "Traceback" not in done.stderr


def test_set_up_done_twice_embeds_nothing_again(tmp_path: Path) -> None:
    articles.write_demo(tmp_path / "articles")
    env = environment(tmp_path, free_port())

    first = run(["-m", "app.ops.setup"], env)
    before = sorted((tmp_path / "data" / "index" / "generations").iterdir())
    second = run(["-m", "app.ops.setup"], env)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert sorted((tmp_path / "data" / "index" / "generations").iterdir()) == before


def test_articles_with_errors_are_named_and_do_not_stop_the_start(tmp_path: Path) -> None:
    articles.write_demo(tmp_path / "articles")
    (tmp_path / "articles" / "en" / "orders" / "broken.md").write_text("---\ntitle: [\n---\n\ntext\n")

    done = run(["-m", "app.ops.setup"], environment(tmp_path, free_port()))

    assert done.returncode == 0
    assert "en/orders/broken.md:" in done.stdout


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the data folder should be")

    done = run(["-m", "app.ops.setup"], environment(tmp_path, free_port()))

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "SIGNPOST_DATA_DIR" in done.stderr


@pytest.mark.parametrize("module", ["app.ops.serve", "app.ops.setup"])
def test_a_database_that_cannot_be_reached_is_one_sentence(tmp_path: Path, module: str) -> None:
    away = f"postgresql://signpost:hidden-word@127.0.0.1:{free_port()}/signpost"

    done = run(["-m", module], environment(tmp_path, free_port(), SIGNPOST_DATABASE_URL=away))

    assert done.returncode == 1
    assert "The database cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hidden-word" not in done.stderr + done.stdout


def test_the_serving_process_imports_no_pytorch() -> None:
    """It costs ten seconds and 400 MB; only set-up and other models need it."""
    heavy = ["torch", "transformers", "sentence_transformers", "optimum", "sklearn", "onnx"]
    program = (
        "import sys, app.ops.serve, app.container, app.api, app.portal, app.contact.views, app.ops.publishing\n"
        "import index.embed.onnx, index.search, index.storage.build\n"
        f"print(sorted(set({heavy}) & set(sys.modules)))"
    )

    done = run(["-c", program], dict(os.environ))

    assert done.stdout.strip() == "[]", done.stderr


def test_what_few_help_centres_use_is_imported_when_it_is_used(tmp_path: Path) -> None:
    """Git, second factors and signed identities, pasted pages, encrypted backups and the commands take 30 MB."""
    seldom = [
        "dulwich",
        "cryptography",
        "jwt",
        "bs4",
        "lxml",
        "markdownify",
        "pyrage",
        "puremagic",
        "PIL",
    ]
    seldom += ["alembic", "boto3", "app.cli.commands", "app.doctor", "kb.transfer.registry"]
    seldom += ["email_validator", "latex2mathml", "protego", "pyotp", "segno"]
    program = (
        "import sys, app.ops.serve\n"
        "app.create_app(app.settings.schema.Settings.load({}))\n"
        f"print(sorted(set({seldom}) & set(sys.modules)))"
    )
    settings = environment(tmp_path, free_port())
    assert run(["-m", "app.ops.setup"], settings).returncode == 0, "the database is there, and needs no migration"

    done = run(["-c", program], settings)

    assert done.stdout.strip().splitlines()[-1] == "[]", done.stderr


def test_garbage_is_looked_for_once_the_app_is_made_and_not_before(tmp_path: Path) -> None:
    """Looking for it while thousands of objects that stay are imported takes a fifth of the start."""
    program = (
        "import gc, runpy, app, app.ops.serve\n"
        "print(gc.isenabled())\n"
        "def made(*_):\n"
        "    print(gc.isenabled())\n"
        "    return made\n"
        "def stop(*_):\n"
        "    print(gc.isenabled(), gc.get_freeze_count() > 100_000)\n"
        "    raise SystemExit\n"
        "made.extensions = {'signpost': None}\n"
        "app.create_app, app.ops.bootstrap.check_port = made, stop\n"
        "runpy.run_module('app.ops.serve', run_name='__main__')"
    )

    done = run(["-W", "ignore", "-c", program], environment(tmp_path, free_port()))

    assert done.stdout.split() == ["True", "False", "True", "True"], done.stderr


def wait_for(true: Callable[[], bool]) -> None:
    """With a minute of patience."""
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it never came true")


def test_after_sigterm_an_upload_is_finished_and_a_balancer_is_told(tmp_path: Path) -> None:
    # Two addresses, as a name such as localhost often has: what holds for one holds for each.
    several = {"HOST": "127.0.0.1, 127.0.0.2", "SIGNPOST_DRAIN_SECONDS": "1"}
    with Server(tmp_path, **several) as server, socket.socket() as upload:
        server.wait()
        upload.settimeout(20)
        upload.connect(("127.0.0.2", server.port))
        body = b'{"message": "It is silent.", "email": "ada@example.org", "consent": true}'
        head = "POST /api/v1/tickets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        head += f"Content-Length: {len(body)}\r\n\r\n"
        upload.sendall(head.encode() + body[:20])
        wait_for(lambda: status(server.port, "/healthz") == 200)
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        wait_for(lambda: status(server.port, "/readyz") == 503)
        assert status(server.port, "/healthz") == 200
        assert server.process.poll() is None
        upload.sendall(body[20:])
        assert b" 201 " in upload.recv(65_536).split(b"\r\n")[0]
        upload.close()
        assert server.process.wait(20) == 0


def test_of_several_addresses_each_has_what_one_would_have() -> None:
    server = create_server(lambda _environ, _start: [], listen="127.0.0.1:0 127.0.0.2:0", threads=1)

    class Bounded(BoundedChannel):
        pass

    server.channel_class = Bounded
    server.draining = True
    assert not server.busy
    each = [one for one in server.map.values() if hasattr(one, "effective_port")]
    assert [(one.channel_class, one.draining, one.accepting) for one in each] == [(Bounded, True, True)] * 2
    numbers = [os.dup(one.fileno()) for one in server.listeners]
    reads, writes = os.pipe()
    left = inherited({"SERVE_ON_FD": ",".join(map(str, numbers)), "SERVING_FD": str(writes)})
    assert [one.getsockname() for one in left.listeners] == [one.getsockname() for one in server.listeners]
    server.stop_accepting()
    assert not any(one.accepting for one in each)
    server.close()
    for one in left.listeners:
        one.close()
    os.close(reads)
    os.close(writes)


def test_a_frozen_database_leaves_the_health_check_alone(tmp_path: Path, postgres: PostgresServer) -> None:
    with postgres.database(tables=True) as url:
        engine = connect(url)
        with Server(tmp_path, SIGNPOST_DATABASE_URL=url, SIGNPOST_THREADS="2", SIGNPOST_ROLES="web") as server:
            server.wait()
            with engine.begin() as connection:  # whoever reads articles waits, as for a server that stands still
                connection.execute(text("LOCK TABLE article, category, published_set IN ACCESS EXCLUSIVE MODE"))
                waiting = [Thread(target=status, args=(server.port, "/en/"), daemon=True) for _ in range(4)]
                for one in waiting:
                    one.start()
                for _ in range(5):
                    assert status(server.port, "/healthz") == 200
            for one in waiting:
                one.join(20)
        engine.dispose()


ACTIVATED = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, "-m", "app.ops.serve"])
"""


def test_neither_a_successor_nor_a_restart_on_systemds_socket_refuses_a_connection(tmp_path: Path) -> None:
    articles.write_demo(tmp_path / "articles")
    failed: list[str] = []
    asked, done = [0], threading.Event()

    def ask(port: int) -> None:
        kept = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while not done.is_set():
            try:
                kept.request("GET", "/api/v1/search?q=refund&lang=en")
                answer = kept.getresponse()
                answer.read()
                if answer.status != 200:
                    failed.append(str(answer.status))
                if asked[0] % 3 == 0:
                    kept.close()
            except Exception as error:
                failed.append(repr(error))
                kept.close()
            asked[0] += 1
            done.wait(0.01)
        kept.close()

    with socket.create_server(("127.0.0.1", free_port()), backlog=128) as listener:
        port = listener.getsockname()[1]
        env = environment(tmp_path, port, SIGNPOST_RATE_LIMITS="off", SIGNPOST_ENVIRONMENT="development")

        def start() -> subprocess.Popen[bytes]:
            return subprocess.Popen(
                [sys.executable, "-c", ACTIVATED, str(listener.fileno())], cwd=ROOT, env=env,
                pass_fds=(listener.fileno(),), start_new_session=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip

        def node() -> str:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz?for=reading", timeout=30) as response:
                return str(json.load(response)["node"])

        first = start()
        until = time.monotonic() + 30
        while status(port, "/readyz") != 200 and time.monotonic() < until:
            time.sleep(0.1)
        load = [Thread(target=ask, args=(port,)) for _ in range(2)]
        for one in load:
            one.start()
        before = node()
        first.send_signal(signal.SIGUSR2)
        assert first.wait(60) == 0
        after = node()
        os.killpg(first.pid, signal.SIGTERM)  # the successor is of its session
        second = start()
        restarted = node()
        done.set()
        for one in load:
            one.join()
        second.terminate()
        assert second.wait(30) == 0
    assert len({before, after, restarted}) == 3
    assert (failed, asked[0] > 20) == ([], True)
