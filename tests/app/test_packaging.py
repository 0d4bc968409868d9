"""`pip install .` gives a whole `signpost`; images, units and compose files say what the code does."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from app.settings.schema import SETTINGS
from app.version import VERSION

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGES = ("app", "core", "index", "insight", "kb", "support", "widget")
# Not needed to run: the demo's articles, and what the widget is made of.
NOT_INSTALLED = re.compile(r"^(kb/articles/|widget/(?!built/|\w+\.py$|widget\.d\.ts$)|core/translations/.*\.mo$)")


def tracked() -> list[str]:
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file())
    names = (path.relative_to(ROOT).as_posix() for path in found)
    made = ("__pycache__/", "node_modules/", "widget/dist/")
    return [name for name in names if not any(part in name for part in made) and not NOT_INSTALLED.search(name)]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing is left in the working copy."""
    source, out = tmp_path_factory.mktemp("source") / "signpost", tmp_path_factory.mktemp("wheel")
    unwanted = shutil.ignore_patterns("__pycache__", "node_modules", "dist", "*.mo", "articles")
    source.mkdir()
    for name in PACKAGES:
        shutil.copytree(ROOT / name, source / name, ignore=unwanted)
    for name in ("pyproject.toml", "setup.py", "wsgi.py", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source / name)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--no-index", "-w", out, "."],
        cwd=source, check=True, capture_output=True, text=True,
    )  # fmt: skip
    (made,) = out.glob("*.whl")
    return made


def test_the_wheel_holds_everything_that_is_needed_to_run(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())

    assert set(tracked()) - names == set()
    assert "core/translations/zh_Hant/LC_MESSAGES/messages.mo" in names
    assert any(name.startswith("widget/dist/") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "bench/", "kb/articles/"))]


def test_signpost_runs_from_a_fresh_environment_in_any_folder(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    (site,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    install = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True, capture_output=True)
    ours = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "others.pth").write_text(f"{ours}\n")  # what pip would install besides; --no-deps keeps it quick
    env = {"PATH": os.environ["PATH"], "SIGNPOST_DATA_DIR": str(tmp_path / "data"), "SIGNPOST_EMBEDDER": "hashing"}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        signpost = tmp_path / "venv" / "bin" / "signpost"
        return subprocess.run(
            [signpost, *arguments], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )

    told = run("--help")
    assert told.returncode == 0 and told.stderr == ""
    assert {"serve", "setup", "backup", "doctor", "kb", "desk", "move"} <= set(
        re.findall(r"^  (\w+)", told.stdout, re.M)
    )
    assert run("backup", "list").returncode == 0 and not (tmp_path / "data").exists()
    page = (
        "import wsgi; c = wsgi.app.test_client(); p = c.get('/tr/'); assert p.status_code == 200, p.status;"
        "assert c.get('/static/site.css').status_code == 200; assert 'Ara' in p.text; print(wsgi.__file__)"
    )
    shown = subprocess.run([python, "-c", page], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stderr
    assert str(site) in shown.stdout


def test_the_package_names_what_the_requirements_do() -> None:
    lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()

    assert PROJECT["dependencies"] == [line for line in lines if line and not line.startswith(("#", "-"))]
    assert PROJECT["version"] == VERSION


def settings_named() -> Iterator[tuple[str, str]]:
    for path in sorted(DEPLOY.rglob("*")):
        if path.is_file():
            for name in re.findall(r"SIGNPOST_[A-Z_]+", path.read_text(encoding="utf-8")):
                yield path.name, name


def test_every_setting_of_a_deployment_is_one() -> None:
    known = {setting.variable for setting in SETTINGS} | {"SIGNPOST_CONFIG"}

    assert [pair for pair in settings_named() if pair[1] not in known] == []


def test_the_compose_file_has_every_role_and_no_open_root() -> None:
    compose = yaml.safe_load((DEPLOY / "container" / "compose.yml").read_text(encoding="utf-8"))
    services = compose["services"]
    ours = {name: one for name, one in services.items() if one.get("image") == "signpost"}

    assert set(services) == {"web1", "web2", "worker", "publisher", "backup", "database", "proxy"}
    assert {one["environment"].get("SIGNPOST_ROLES") for one in ours.values()} == {"web", "worker", "publisher", None}
    for one in ours.values():
        assert one["read_only"] and one["cap_drop"] == ["ALL"]
    for name, one in services.items():
        assert ("ports" in one) == (name == "proxy")


def test_the_image_runs_as_nobody_and_downloads_nothing() -> None:
    text = (DEPLOY / "container" / "Containerfile").read_text(encoding="utf-8")
    last = text.rpartition("\nFROM ")[2]

    assert "USER 10001:10001" in last and "HF_HUB_OFFLINE=1" in last and "pip install" not in last
    assert "--require-hashes" in text
    for name in re.findall(r"^COPY (?:--chmod=\d+ )?((?!--from|\.)[^\n]+) \S+$", text, re.M):
        for path in name.split():
            assert (ROOT / path).exists(), path


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze on this machine")
def test_the_image_has_a_pg_dump_that_does_not_refuse_the_compose_files_database() -> None:
    image = (DEPLOY / "container" / "Containerfile").read_text(encoding="utf-8")
    compose = (DEPLOY / "container" / "compose.yml").read_text(encoding="utf-8")
    release, server = re.search(r"^ARG PYTHON=.*slim-(\w+)$", image, re.M), re.search(r"pgvector:pg(\d+)", compose)
    assert release and server
    client_of = {"bookworm": 15, "trixie": 17}  # postgresql-client of each Debian release
    assert client_of[release[1]] >= int(server[1])


def test_the_units_are_read_by_systemd(tmp_path: Path) -> None:
    units = []
    for path in sorted((DEPLOY / "systemd").iterdir()):
        # The program and the user are of the machine it will run on.
        text = path.read_text(encoding="utf-8").replace("/opt/signpost/.venv/bin/python", sys.executable)
        text = re.sub(r"^(User|Group|WorkingDirectory|Documentation)=.*\n", "", text, flags=re.M)
        units.append(tmp_path / path.name)
        units[-1].write_text(text)
    told = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)

    ours = [line for line in told.stderr.splitlines() if "signpost" in line]
    assert ours == [] and told.returncode == 0, told.stderr
