"""Where the Git remote is: its address as it may be shown, and apart from it what signs in there.

Credentials come with the address or from a file, in the form of Git's credential store (`https://user:token@host`) or
as `user:token`, and are never part of anything that is shown, stored or logged. Over ssh a key file signs in.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# As Git writes it for ssh: user@host:path.
_SCP = re.compile(r"([^@/:]+)@([^@/:]+):(?!//)(\S.*)")
# Nothing that a program could take for an option of its own.
_HOST = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]*|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")
_USER = re.compile(r"[0-9A-Za-z_][\w.+-]*", re.ASCII)


@dataclass(frozen=True)
class Ssh:
    """Where a server is that is spoken with over ssh. `path` is as the server gets it; `key` signs in, and
    `known_hosts` says by which key the server is known."""

    host: str
    path: str
    user: str = "git"
    port: int | None = None
    key: Path | None = None
    known_hosts: Path | None = None


@dataclass(frozen=True)
class RemoteAddress:
    """`url` has no credentials; `branch` is '' for that of the same name as the one checked out here."""

    url: str
    branch: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    credentials: Path | None = None
    ssh: Ssh | None = None

    @property
    def is_folder(self) -> bool:
        return self.url.startswith("/")

    def signed_in(self) -> tuple[str, str]:
        """User name and password, '' for none; the file is read anew, since tokens are renewed. Raises OSError."""
        if self.credentials is None:
            return self.username, self.password
        lines = self.credentials.read_text("utf-8", "replace").splitlines()
        return _credentials_for(self.url, [one for line in lines if (one := line.strip()) and not one.startswith("#")])


def remote_address(
    url: str, branch: str = "", credentials: Path | None = None, key: Path | None = None,
    known_hosts: Path | None = None,
) -> RemoteAddress | None:  # fmt: skip
    """The address of a setting; None where it is empty. Raises ValueError with a sentence, the credentials left out."""
    if not url:
        return None
    if os.path.isabs(url):  # noqa: PTH117 - an address and no path until here
        return RemoteAddress(url, branch)
    short = _SCP.fullmatch(url)
    if short:
        return _over_ssh(url, branch, Ssh(short[2], short[3], short[1], None, key, known_hosts))
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or ""), parts.port
    except ValueError:
        raise ValueError("is no address of a Git repository") from None
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return RemoteAddress(unquote(parts.path), branch)
    if parts.scheme == "ssh" and host:
        if parts.password is not None or parts.query or parts.fragment:
            raise ValueError("must be ssh://user@host/path, without a password: a key signs in")
        path = unquote(parts.path)
        path = path.removeprefix("/") if path.startswith("/~") else path
        return _over_ssh(url, branch, Ssh(host, path, unquote(parts.username or "git"), port, key, known_hosts))
    if parts.scheme not in {"https", "http"} or not host:
        raise ValueError("must be an https:// or ssh:// address, or a folder")
    if parts.scheme == "http" and host not in _LOOPBACK and "." in host:
        raise ValueError("must begin with https://: what is sent there includes the credentials")
    if parts.query or parts.fragment:
        raise ValueError("must have no ? and no #")
    shown = f"[{host}]" if ":" in host else host
    netloc = f"{shown}:{port}" if port else shown
    return RemoteAddress(
        urlunsplit((parts.scheme, netloc, parts.path, "", "")), branch, unquote(parts.username or ""),
        unquote(parts.password or ""), credentials,
    )  # fmt: skip


def _over_ssh(url: str, branch: str, where: Ssh) -> RemoteAddress:
    if not _HOST.fullmatch(where.host) or not _USER.fullmatch(where.user):
        raise ValueError("must be ssh://user@host/path, or user@host:path")
    if not where.path.strip("/") or not where.path.isprintable():
        raise ValueError("must name a repository: ssh://user@host/path, or user@host:path")
    return RemoteAddress(url, branch, ssh=where)


def _credentials_for(url: str, lines: list[str]) -> tuple[str, str]:
    for line in lines:
        if "://" not in line:
            name, _colon, secret = line.partition(":")
            return (name, secret) if secret else ("git", name)
        try:
            parts, here = urlsplit(line), urlsplit(url)
            if (parts.scheme, parts.hostname, parts.port) == (here.scheme, here.hostname, here.port):
                return unquote(parts.username or ""), unquote(parts.password or "")
        except ValueError:
            continue
    return "", ""
