"""Where the Git remote is: its address as it may be shown, and apart from it what signs in there.

Credentials come with the address or from a file, in the form of Git's credential store (`https://user:token@host`) or
as `user:token`, and are never part of anything that is shown, stored or logged.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class RemoteAddress:
    """`url` has no credentials; `branch` is '' for that of the same name as the one checked out here."""

    url: str
    branch: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    credentials: Path | None = None

    @property
    def is_folder(self) -> bool:
        return self.url.startswith("/")

    def signed_in(self) -> tuple[str, str]:
        """User name and password, '' for none; the file is read anew, since tokens are renewed. Raises OSError."""
        if self.credentials is None:
            return self.username, self.password
        lines = self.credentials.read_text("utf-8", "replace").splitlines()
        return _credentials_for(self.url, [one for line in lines if (one := line.strip()) and not one.startswith("#")])


def remote_address(url: str, branch: str = "", credentials: Path | None = None) -> RemoteAddress | None:
    """The address of a setting; None where it is empty. Raises ValueError with a sentence, the credentials left out."""
    if not url:
        return None
    if os.path.isabs(url):  # noqa: PTH117 - an address and no path until here
        return RemoteAddress(url, branch)
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or ""), parts.port
    except ValueError:
        raise ValueError("is no address of a Git repository") from None
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return RemoteAddress(unquote(parts.path), branch)
    if parts.scheme not in {"https", "http"} or not host:
        raise ValueError("must be an https:// address or a folder; for ssh, take the https:// address with a token")
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
