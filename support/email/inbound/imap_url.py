"""The mailbox as one URL: `imaps://user:password@host/INBOX`, `imap://…?starttls=required` or `never`."""

from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from core.network.domain_names import ascii_domain


class BadImapSetting(ValueError):
    """SIGNPOST_IMAP_URL cannot be used; `str(error)` says why, without the password."""


@dataclass(frozen=True)
class ImapServer:
    host: str
    port: int
    user: str
    password: str
    folder: str
    tls: str  # "immediate", "required" or "never"


def parse_imap_url(url: str) -> ImapServer:
    """Raises BadImapSetting."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadImapSetting("SIGNPOST_IMAP_URL: the port is not a number") from error
    if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username:
        raise BadImapSetting("SIGNPOST_IMAP_URL must look like imaps://user:password@host/INBOX")
    starttls = parse_qs(parts.query).get("starttls", ["required"])[0]
    if starttls not in {"required", "never"}:
        raise BadImapSetting("SIGNPOST_IMAP_URL: must have required or never as starttls")
    tls = "immediate" if parts.scheme == "imaps" else starttls
    return ImapServer(
        host=ascii_domain(parts.hostname),
        port=port or (993 if tls == "immediate" else 143),
        user=unquote(parts.username),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        tls=tls,
    )
