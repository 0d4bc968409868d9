"""Before anything is installed: the port, the Python, the disk, and how progress is told."""

import ctypes
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from app.ops import bootstrap
from app.ops.bootstrap import CannotGoOn, Progress, address, check_port


def test_the_port_comes_from_the_environment() -> None:
    assert address({}) == ("127.0.0.1", 8000)
    assert address({"PORT": "9001", "HOST": "0.0.0.0"}) == ("0.0.0.0", 9001)
    assert address({"HOST": "127.0.0.1, ::1,"}) == ("127.0.0.1,::1", 8000)


@pytest.mark.parametrize("port", ["0", "70000", "http", "-1", "8000 "])
def test_what_is_no_port_is_refused_in_one_sentence(port: str) -> None:
    with pytest.raises(CannotGoOn, match="is not a port"):
        address({"PORT": port})


def test_a_port_in_use_is_named_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(CannotGoOn, match=f"Port {port} is in use.*PORT={port + 1}"):
            check_port("127.0.0.1", port)


@pytest.mark.parametrize(
    ("hangup", "by_make", "ends"),
    [(signal.SIG_DFL, False, True), (signal.SIG_IGN, False, False), (signal.SIG_IGN, True, True)],
)
def test_it_ends_with_what_started_it_unless_started_with_nohup(
    hangup: signal.Handlers, by_make: bool, ends: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: SimpleNamespace(prctl=lambda *_: asked.append("prctl")))
    monkeypatch.setattr(signal, "getsignal", lambda _: hangup)
    monkeypatch.setenv("MAKELEVEL", "1")
    if not by_make:
        monkeypatch.delenv("MAKELEVEL")
    bootstrap.end_with_parent()
    assert bool(asked) is ends


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CannotGoOn, match="set HOST"):
        check_port("192.0.2.1", 8000)


@pytest.mark.parametrize(("version", "told"), [((3, 9, 2), r"is 3\.9"), ((3, 14, 0), r"is 3\.14")])
def test_a_wrong_python_is_told_which_one_is_needed(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], told: str
) -> None:
    monkeypatch.setattr(sys, "version_info", version)

    with pytest.raises(CannotGoOn, match=rf"needs Python 3\.11 to 3\.13.* {told}"):
        bootstrap._check_python()


@pytest.mark.parametrize("version", [(3, 11, 10), (3, 12, 4), (3, 13, 0)])
def test_a_python_the_packages_have_wheels_for_is_taken(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...]
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    bootstrap._check_python()


def test_too_little_disk_is_told_with_both_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2 * 1024**3))

    with pytest.raises(CannotGoOn, match=r"4\.0 GB of free disk.*2\.0 GB"):
        bootstrap._check_space(4 * 1024**3)


def test_a_failed_download_is_one_sentence_with_pips_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    (tmp_path / "requirements-dev.txt").write_text(f"nothing-of-that-name==1.0 --hash=sha256:{'0' * 64}\n")
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / ".venv")], check=True)
    monkeypatch.setenv("PIP_NO_INDEX", "1")

    with pytest.raises(CannotGoOn, match=r"could not be downloaded.*nothing-of-that-name"):
        bootstrap._install("requirements-dev.txt")

    assert not bootstrap._installed("requirements-dev.txt")


def test_without_node_the_packages_to_install_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)

    with pytest.raises(CannotGoOn, match=r"Node\.js 18 or newer.*apt-get install nodejs npm"):
        bootstrap._provide_node()


def test_tools_for_javascript_that_cannot_be_installed_are_one_sentence_with_npms_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)  # a test installs no packages of the machine
    widget = tmp_path / "widget"
    widget.mkdir()
    (widget / "package.json").write_text('{"dependencies": {"nothing-of-that-name": "1.0.0"}}')
    (widget / "package-lock.json").write_text('{"lockfileVersion": 3, "packages": {}}')
    monkeypatch.setenv("npm_config_offline", "true")

    with pytest.raises(CannotGoOn, match=r"could not be installed by npm.*nothing-of-that-name"):
        bootstrap._provide_node()

    assert not (widget / "node_modules" / ".installed").exists()


def test_progress_in_a_log_is_lines_with_the_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 10.0, 11.0, 20.0, 40.0])
    monkeypatch.setattr(bootstrap.time, "monotonic", lambda: next(clock))
    progress = Progress("Indexing")

    progress.at(25, 100)
    progress.at(26, 100)  # a second later: not worth a line
    progress.at(50, 100)
    progress.done()

    assert capsys.readouterr().out.splitlines() == [
        "Indexing:  25%, about 30 s left",
        "Indexing:  50%, about 20 s left",
        "Indexing: done in 40 s",
    ]


def test_bytecode_is_there_also_where_python_is_kept_from_writing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", Path(sys.prefix))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    for folder in ("kb", "kb/node_modules"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.py").write_text("NUMBER = 1\n")

    bootstrap._compile("kb")

    assert [path.parent.parent.name for path in tmp_path.rglob("*.pyc")] == ["kb"]


def test_it_is_readable_by_older_pythons() -> None:
    source = Path(bootstrap.__file__).read_text(encoding="utf-8")

    compile(source, "bootstrap.py", "exec", dont_inherit=True)
    assert "match " not in source
    assert " := " not in source
