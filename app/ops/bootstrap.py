"""Bootstrap from a fresh clone to a running service: what must happen before any package of ours can be imported.

Run by the Makefile as a file, with whatever Python the machine has, so it uses the standard library only and must be
readable by older Pythons: they get one clear sentence instead of a syntax error.

    python3 app/ops/bootstrap.py run | setup | tools | browser | node

`tools` is what tests and lint need; `browser` makes sure there is one for the browser tests, `node` that there is what
builds, checks and tests JavaScript.
"""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
# The pinned packages have wheels for these.
WANTED, NEWEST = (3, 11), (3, 13)
_PACKAGES = ("app", "core", "index", "insight", "kb", "support", "widget")
_GIB = 1024**3
_SPACE_CPU, _SPACE_CUDA, _SPACE_READY = 4 * _GIB, 12 * _GIB, _GIB // 4


class CannotGoOn(Exception):
    """Setup cannot continue; the message is one sentence that says what to do."""


class Progress:
    """One line on a terminal that is rewritten, or a line now and then in a log: what is done, and the time left."""

    def __init__(self, what: str, every: float = 5.0, stream: TextIO | None = None) -> None:
        self._what = what
        self._stream = stream or sys.stdout
        self._terminal = self._stream.isatty()
        self._every = 0.2 if self._terminal else every
        self._began = time.monotonic()
        self._written_at = 0.0
        self._width = 0

    def at(self, done: float, total: float, note: str = "") -> None:
        """Report that `done` of `total` is finished. Throttled, so it may be called often."""
        now = time.monotonic()
        if now - self._written_at < self._every or total <= 0:
            return
        self._written_at = now
        share = min(1.0, done / total)
        text = f"{self._what}: {share:4.0%}"
        elapsed = now - self._began
        if share > 0.02 and elapsed > 2:
            text += f", about {_duration(elapsed * (1 - share) / share)} left"
        self._write(text + (f" ({note})" if note else ""))

    def done(self, note: str = "") -> None:
        """Finish the step; prints one line with its duration."""
        text = f"{self._what}: done in {_duration(time.monotonic() - self._began)}"
        self._write(text + (f", {note}" if note else ""))
        if self._terminal:
            self._stream.write("\n")
            self._stream.flush()

    def _write(self, text: str) -> None:
        if self._terminal:
            room = shutil.get_terminal_size().columns - 1
            text = text[:room]
            self._stream.write("\r" + text.ljust(min(self._width, room)))
            self._width = len(text)
        else:
            self._stream.write(text + "\n")
        self._stream.flush()


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"


def end_with_parent() -> None:
    """Ask the kernel to stop this process when the one that started it is gone, however it ended (Linux only).

    Whoever says `nohup signpost serve &` wants it to outlive the shell. Make is no such shell: it waits for us.
    """
    if not sys.platform.startswith("linux"):
        return
    if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN and "MAKELEVEL" not in os.environ:
        return
    parent = os.getppid()
    set_parent_death_signal = 1
    ctypes.CDLL(None, use_errno=True).prctl(set_parent_death_signal, signal.SIGTERM)
    if os.getppid() != parent:  # it ended between the two calls
        os.kill(os.getpid(), signal.SIGTERM)


def address(environ: Mapping[str, str]) -> tuple[str, int]:
    """HOST (several with commas between) and PORT of the environment. Raises CannotGoOn for an invalid port."""
    text = environ.get("PORT", "") or "8000"
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536):
        raise CannotGoOn(f"PORT is “{text}”, which is not a port; use a number from 1 to 65535, like PORT=8000.")
    hosts = [one.strip() for one in environ.get("HOST", "").split(",")]
    return ",".join(filter(None, hosts)) or "127.0.0.1", int(text)


def check_port(host: str, port: int) -> None:
    """Raises CannotGoOn when one of the addresses cannot be bound now."""
    for one in host.split(","):
        try:
            # A name may have several addresses, and the server takes them all.
            for family, kind, protocol, _, where in socket.getaddrinfo(one, port, type=socket.SOCK_STREAM):
                with socket.socket(family, kind, protocol) as probe:
                    # Like the server: connections in TIME_WAIT of a stopped server are no obstacle.
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    probe.bind(where)
                    probe.listen(1)
        except OSError as error:
            raise CannotGoOn(_port_sentence(error, one, port)) from None


def _port_sentence(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by another program; stop it, or choose another port: make run PORT={port + 1}"
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"This user may not listen on port {port}; choose one above 1023: make run PORT=8000"
    return f"Nothing can listen on {host} port {port} ({error.strerror}); set HOST to an address of this machine."


def python_warning(version: tuple[int, ...]) -> str:
    """What to say of a Python whose email library writes line breaks into headers (CVE-2024-6923); '' of others.

    Our mails are made in another way (support/email/headers.py); the warning is for what else may use that library.
    """
    patched = {(3, 11): (3, 11, 10), (3, 12): (3, 12, 4)}.get((version[0], version[1]))
    if patched is None or tuple(version[:3]) >= patched:
        return ""
    found, wanted = (".".join(str(part) for part in one) for one in (version[:3], patched))
    return (
        f"Warning: Python {found} has known security bugs in its email library, mended in {wanted}; Signpost does not"
        " rely on the part that is broken, but update Python when you can."
    )


def _check_python() -> None:
    if not WANTED <= tuple(sys.version_info[:2]) <= NEWEST:
        versions = (WANTED, NEWEST, sys.version_info)
        wanted, newest, found = (".".join(str(part) for part in version[:2]) for version in versions)
        raise CannotGoOn(
            f"Signpost needs Python {wanted} to {newest}, and {sys.executable} is {found}; install python{wanted}, or"
            f" name it: make run PYTHON=/usr/bin/python{wanted}"
        )
    warning = python_warning(sys.version_info[:3])
    if warning:
        print(warning, file=sys.stderr)
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise CannotGoOn(
            "This Python cannot make virtual environments; install that part: apt-get install python3-venv"
        ) from None


def _check_space(needed: int) -> None:
    free = shutil.disk_usage(ROOT).free
    if free < needed:
        raise CannotGoOn(
            f"Set-up needs {needed / _GIB:.1f} GB of free disk at {ROOT}, and there are {free / _GIB:.1f} GB;"
            " make room and run it again."
        )


def _stamp(name: str) -> tuple[Path, str]:
    """The stamp file of installed requirements, and the digest it must contain."""
    return VENV / f"installed-{Path(name).stem}", hashlib.sha256((ROOT / name).read_bytes()).hexdigest()


def _installed(name: str) -> bool:
    path, wanted = _stamp(name)
    return _venv_works() and path.is_file() and path.read_text() == wanted


def _venv_works() -> bool:
    python = VENV / "bin" / "python"
    # A moved or incomplete environment has no working interpreter or names another folder.
    config = VENV / "pyvenv.cfg"
    return python.exists() and config.is_file() and (VENV / "bin" / "pip").exists() and _venv_is_here()


def _venv_is_here() -> bool:
    with (VENV / "bin" / "pip").open(encoding="utf-8", errors="replace") as script:
        return str(VENV) in script.readline()


def prepare(tools: bool = False) -> None:
    """The virtual environment with the pinned packages, and the test tools if asked for. Quick when all is there."""
    wanted = ["requirements.txt", _TORCH] + (["requirements-dev.txt"] if tools else [])
    missing = [name for name in wanted if not _installed(name)]
    if not missing:
        _check_space(_SPACE_READY)
        return
    _check_python()
    _check_space(_SPACE_CPU if "requirements.txt" in missing else _SPACE_READY)
    if not _venv_works():
        print("Making a virtual environment in .venv ...", flush=True)
        shutil.rmtree(VENV, ignore_errors=True)
        _quietly([sys.executable, "-m", "venv", str(VENV)], "The virtual environment could not be made")
    for name in missing:
        _install(name)


# Without hashes, as it comes in several builds; the file says so. Installed after all it needs is there.
_TORCH = "requirements-torch.txt"
_NAMES = {"requirements.txt": "Installing packages", _TORCH: "Installing PyTorch"}


def _install(name: str) -> None:
    if name == "requirements.txt":
        _announce_download()
    pins = [line for line in (ROOT / name).read_text().splitlines() if "==" in line]
    progress = Progress(_NAMES.get(name, "Installing test tools"))
    before = _distributions()
    log = VENV / "setup.log"
    command = [
        str(VENV / "bin" / "pip"), "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off",
        "-r", str(ROOT / name),
    ]  # fmt: skip
    if name != _TORCH:
        # The files name everything there is to install, so nothing comes that has no hash there.
        command += ["--require-hashes", "--no-deps"]
    collected, note, errors = 0, "", []
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    with log.open("a", encoding="utf-8") as kept, started as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            kept.write(line)
            if line.startswith(("Collecting ", "Requirement already")):
                collected += 1
            found = re.search(r"Downloading (?:\S*/)?([A-Za-z0-9_.]+)-\d\S* \(([\d.]+ [kMG]B)\)", line)
            if found:
                note = f"{found.group(1)}, {found.group(2)}"
            if line.startswith("ERROR"):
                errors.append(line[len("ERROR:") :].strip())
            if line.startswith("Installing collected"):
                break
            progress.at(collected, 2 * len(pins), note)
        # pip prints no progress while it unpacks, so installed files are counted instead.
        while pip.poll() is None:
            progress.at(len(pins) + max(0, _distributions() - before), 2 * len(pins), "unpacking")
            time.sleep(0.2)
        for line in pip.stdout:
            kept.write(line)
            if line.startswith("ERROR"):
                errors.append(line[len("ERROR:") :].strip())
    if pip.returncode:
        if sys.stdout.isatty():
            print()
        why = errors[-1] if errors else f"pip ended with {pip.returncode}"
        raise CannotGoOn(
            f"The packages could not be downloaded or installed ({why.rstrip('.')}); check the network and pip's"
            f" settings and run it again, what was downloaded is kept. All of pip's words are in {log}"
        )
    progress.done()
    path, text = _stamp(name)
    path.write_text(text)


def _distributions() -> int:
    return sum(1 for _ in VENV.glob("lib/python*/site-packages/*.dist-info"))


def _announce_download() -> None:
    """Print the download size. The PyTorch build is chosen by the machine's pip configuration."""
    pin = next(line for line in (ROOT / _TORCH).read_text().splitlines() if line.startswith("torch=="))
    version = pin.split("==")[1]
    listed = subprocess.run(
        [str(VENV / "bin" / "pip"), "index", "versions", "torch", "--disable-pip-version-check"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    if f"{version}+cpu" in listed.stdout:
        print(
            "Set-up downloads about 450 MB of packages (190 MB of it is PyTorch's CPU build), less what pip has kept"
            " from before, and takes about 2.5 GB of disk. Nothing is downloaded after that.",
            flush=True,
        )
        return
    print(
        "Set-up downloads several GB of packages: pip finds PyTorch only with CUDA here. With PyTorch's CPU wheel\n"
        "among pip's find-links or indexes it would be about 450 MB. It needs about 9 GB of disk.",
        flush=True,
    )
    _check_space(_SPACE_CUDA)


def _quietly(command: list[str], failure: str, environ: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env=environ)
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise CannotGoOn(f"{failure}: {words[-1] if words else 'no reason given'}")


# Chromium without windows of its own: the same engine at half the processor time (accessibility tests: 28 s, not 58).
_HEADLESS = "chromium-headless-shell"


def find_browser(*, with_windows: bool = False) -> str | None:
    """The path of this machine's Chromium: the headless shell where it is installed, unless its windows matter."""
    shell = None if with_windows else shutil.which(_HEADLESS)
    return shell or shutil.which("chromium") or shutil.which("chromium-browser")


# Chromium for all of them, the others for a smoke test that says so where they are not.
_BROWSERS = ("chromium", "fonts-noto-cjk", "firefox-esr", "webkit2gtk-driver", "xvfb")
_PROGRAMS = ("firefox-esr", "WebKitWebDriver", "Xvfb")


def _provide_browser() -> None:
    _provide_engines()
    if not shutil.which(_HEADLESS) and os.geteuid() == 0 and shutil.which("apt-get"):
        try:
            # Not worth waiting for: what answers at all answers within seconds.
            _install_by_apt((_HEADLESS,), "", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=15")
        except CannotGoOn:
            print("The headless shell of Chromium is not to be had here; the tests take Chromium itself.", flush=True)


def _provide_engines() -> None:
    """Chromium, which the tests need, and the other engines where they can be installed."""
    if find_browser() and all(map(shutil.which, _PROGRAMS)):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        if find_browser():
            return
        raise CannotGoOn(f"The browser tests need Chromium; install it: sudo apt-get install {' '.join(_BROWSERS)}")
    print("Installing the browsers of the tests ...", flush=True)
    _install_by_apt(_BROWSERS, "The browsers could not be installed by apt-get")


_NODE = ("nodejs", "npm")
# The bundler and the linter; the front-ends of other people that the widget is tested on, and those its package is for.
_NODE_PACKAGES = ("widget", "tests/browser/widget/packages", "tests/packages")


def _provide_node() -> None:
    """Node.js, and the packages that building and testing JavaScript takes. Serving needs neither."""
    if not (shutil.which("node") and shutil.which("npm")):
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise CannotGoOn(
                "The linter and the tests of JavaScript need Node.js 18 or newer, with npm; install them:"
                f" sudo apt-get install {' '.join(_NODE)}"
            )
        print("Installing Node.js for the tests of JavaScript ...", flush=True)
        _install_by_apt(_NODE, "Node.js could not be installed by apt-get")
    for folder in _NODE_PACKAGES:
        _install_by_npm(ROOT / folder)


def _install_by_npm(folder: Path) -> None:
    stamp = folder / "node_modules" / ".installed"
    wanted = hashlib.sha256((folder / "package-lock.json").read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    print(f"Installing the JavaScript packages of {folder.relative_to(ROOT)} ...", flush=True)
    # No package's own scripts: what is installed here works without them.
    command = ["npm", "ci", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        lines = [re.sub(r"^npm (error|ERR!)", "", line) for line in done.stderr.splitlines()]
        why = " ".join(" ".join(line for line in lines if "complete log" not in line).split())[:300]
        raise CannotGoOn(
            f"The tools for JavaScript could not be installed by npm ({why or 'no reason given'}); check the network"
            " and npm's settings and run it again."
        )
    stamp.write_text(wanted)


def _install_by_apt(packages: tuple[str, ...], failure: str, *options: str) -> None:
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for command in (
        ["apt-get", *options, "update", "-qq"],
        ["apt-get", *options, "install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        _quietly(command, failure, quiet)


def _compile(*packages: str) -> None:
    """The bytecode of our own modules. Where the environment or the folder's rights keep Python from writing it (as
    PYTHONDONTWRITEBYTECODE does), every process would compile them anew, for one to two seconds each."""
    command = [str(VENV / "bin" / "python"), "-m", "compileall", "-q", "-x", "node_modules", *packages]
    subprocess.run(command, cwd=str(ROOT), capture_output=True)  # a folder that cannot be written to does without


def _run_module(name: str, *arguments: str) -> int:
    return subprocess.call([str(VENV / "bin" / "python"), "-m", name, *arguments], cwd=str(ROOT))


def main(verb: str) -> int:
    try:
        end_with_parent()
        os.chdir(ROOT)
        if verb == "run":
            check_port(*address(os.environ))
        if verb == "browser":
            _provide_browser()
            return 0
        if verb == "node":
            _provide_node()
            return 0
        prepare(tools=verb == "tools")
        _compile(*_PACKAGES, *(("bench", "tests") if verb == "tools" else ()))
        # Tests bring their own articles; of the set-up they need translations and model only.
        # The server embeds what a run leaves to it, with its port open already.
        how = {"tools": ["--without-articles"], "run": ["--words-first"]}.get(verb, [])
        code = _run_module("app.ops.setup", *how)
        if code or verb != "run":
            return code
        # exec: this process becomes the server, so that signals from make reach it.
        sys.stdout.flush()
        python = str(VENV / "bin" / "python")
        os.execv(python, [python, "-m", "app.ops.serve"])
    except CannotGoOn as reason:
        sys.stdout.flush()
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run it again to go on where it was.")
        return 0 if verb == "run" else 130


if __name__ == "__main__":
    sys.path.pop(0)  # this file's own folder: its modules must not stand in for the standard library's
    if len(sys.argv) != 2 or sys.argv[1] not in ("run", "setup", "tools", "browser", "node"):
        sys.exit("usage: python3 app/ops/bootstrap.py run | setup | tools | browser | node")
    sys.exit(main(sys.argv[1]))
