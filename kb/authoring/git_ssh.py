"""Speaks with a Git server over ssh, by the OpenSSH client: with one key and one list of known hosts, no shell here,
and nothing of the machine's own configuration, agents or keys.

The host's key must be in the list (strict host key checking); one that is new or another one ends the connection before
anything is sent. What the program says is read to know what went wrong, and never shown.
"""

import re
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, BinaryIO, cast

from dulwich.client import SSHGitClient, SSHVendor
from dulwich.config import ConfigDict
from dulwich.protocol import Protocol

from kb.authoring.remote_address import Ssh

# For a connection, and of silence: a server may count objects for a while.
_CONNECT_SECONDS, _SILENT_SECONDS = 10, 30.0
_END_SECONDS = 2.0
_SAID_MOST = 8192
_CHUNK = 1 << 16
_HOST_KEY = re.compile(
    rb"Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED|host key is known", re.IGNORECASE
)
_NO_REPOSITORY = re.compile(rb"not appear to be a git repository|not found|could not be found|not exist", re.IGNORECASE)
_NOT_LET_IN = re.compile(rb"denied|read[ -]only|not allowed|not authori[sz]ed|UNPROTECTED", re.IGNORECASE)


class NoSsh(OSError):
    """There is no OpenSSH client on this machine."""


def command_of(program: str, host: str, port: int | None, user: str, key: Path, known_hosts: Path) -> list[str]:
    """The command line up to what is run there. `host` and `user` are checked by remote_address.py."""
    options = {
        "BatchMode": "yes", "StrictHostKeyChecking": "yes", "UserKnownHostsFile": _file(known_hosts),
        "GlobalKnownHostsFile": "/dev/null", "UpdateHostKeys": "no", "VerifyHostKeyDNS": "no", "CheckHostIP": "no",
        "IdentityFile": _file(key), "IdentitiesOnly": "yes", "IdentityAgent": "none",
        "PreferredAuthentications": "publickey", "PasswordAuthentication": "no", "KbdInteractiveAuthentication": "no",
        "ForwardAgent": "no", "ClearAllForwardings": "yes", "PermitLocalCommand": "no", "ControlMaster": "no",
        "ControlPath": "none", "ProxyCommand": "none", "CanonicalizeHostname": "no", "EscapeChar": "none",
        "ConnectTimeout": str(_CONNECT_SECONDS), "ConnectionAttempts": "1", "ServerAliveInterval": "10",
        "ServerAliveCountMax": "2", "LogLevel": "ERROR",
    }  # fmt: skip
    given = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    where = ["-p", str(port)] if port else []
    return [program, "-F", "none", "-a", "-x", "-T", *given, *where, "-l", user, "--", host]


def _file(path: Path) -> str:
    """A path as a value of OpenSSH's options, which knows marks for names, variables and several files."""
    text = str(path.absolute())
    if any(sign in text for sign in '"\\\n') or "${" in text:
        raise PermissionError(text)
    return '"' + text.replace("%", "%%") + '"'


class SshClient(SSHGitClient):
    """dulwich's client, which knows afterwards what went wrong."""

    def __init__(self, where: Ssh, key: Path, known_hosts: Path) -> None:
        """Raises OSError where the key cannot be read."""
        key.open("rb").close()
        self._vendor = _Vendor(key, known_hosts)
        self._protocols: list[Protocol] = []
        super().__init__(
            where.host, where.port, where.user, vendor=self._vendor, config=ConfigDict(), ssh_command="ssh", quiet=True
        )

    def trouble(self) -> str:
        """Why the last connection ended, as git_remote.TROUBLES name it."""
        said = self._vendor.connections[-1].said() if self._vendor.connections else b""
        if _HOST_KEY.search(said):
            return "host_key"
        if _NO_REPOSITORY.search(said):
            return "not_found"
        return "unauthorised" if _NOT_LET_IN.search(said) else "network"

    def close(self) -> None:
        for one in self._protocols:  # dulwich forgets those that failed early
            one.close()
        super().close()

    def _connect(self, *args: Any, **options: Any) -> Any:
        made = super()._connect(*args, **options)
        self._protocols.append(made[0])
        return made


class _Vendor(SSHVendor):
    """Connects as dulwich asks for it."""

    def __init__(self, key: Path, known_hosts: Path) -> None:
        self._key, self._known_hosts = key, known_hosts
        self.connections: list[_Connection] = []

    def run_command(  # type: ignore[override]
        self, host: str, command: bytes, username: str | None = None, port: int | None = None, **more: Any
    ) -> "_Connection":
        """Raises NoSsh."""
        program = shutil.which("ssh")
        if program is None:
            raise NoSsh
        line = command_of(program, host, port, username or "git", self._key, self._known_hosts)
        made = _Connection([*line, command.decode("utf-8", "surrogateescape")])
        self.connections.append(made)
        return made


class _Connection:
    """What dulwich reads and writes. Raises TimeoutError where the other side is silent for too long."""

    stderr = None  # it is read here

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - no shell; what strangers could have written was checked before
            command, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={"LC_ALL": "C"}, start_new_session=True,
        )  # fmt: skip
        pipes = self._process.stdin, self._process.stdout, self._process.stderr
        self._in, self._out, self._err = (cast("BinaryIO", pipe) for pipe in pipes)
        self._held, self._remarks = bytearray(), bytearray()
        self._listening = True
        self._closed = False

    def read(self, size: int) -> bytes:
        while len(self._held) < size and self._read_on():
            pass
        made = bytes(self._held[:size])
        del self._held[:size]
        return made

    def can_read(self) -> bool:
        return bool(self._held) or self._out in select.select([self._out], [], [], 0)[0]

    def write(self, data: bytes) -> int:
        rest = memoryview(data)
        while rest:  # a pipe takes what fits
            rest = rest[self._in.write(rest) :]
        return len(data)

    def said(self) -> bytes:
        """What the program and the server remarked, until their end or for a moment."""
        until = time.monotonic() + _END_SECONDS
        while self._listening and not self._closed and (left := until - time.monotonic()) > 0:
            if select.select([self._err], [], [], left)[0]:
                self._listen()
        return bytes(self._remarks)

    def close(self) -> None:
        if self._closed:
            return
        self._in.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self.said()
        self._closed = True
        self._out.close()
        self._err.close()

    def _read_on(self) -> bool:
        """Read what comes next; False at the end."""
        until = time.monotonic() + _SILENT_SECONDS
        while (left := until - time.monotonic()) > 0:
            ready = select.select([self._out, *([self._err] if self._listening else [])], [], [], left)[0]
            if self._err in ready:
                self._listen()
            if self._out in ready:
                chunk = self._out.read(_CHUNK)
                self._held += chunk
                return bool(chunk)
        self._process.kill()
        raise TimeoutError

    def _listen(self) -> None:
        chunk = self._err.read(_CHUNK)
        self._listening = bool(chunk)
        self._remarks += chunk[: max(0, _SAID_MOST - len(self._remarks))]
