"""Mail transport: to an SMTP server, or into a folder of `.eml` files where no server is set.

The server is one URL: `smtp://user:password@host:587`, `smtps://host:465`. For `smtp://`, `?starttls=` is `auto`
(the default: encrypt when the server offers it), `required` or `never`. A password is never sent unencrypted, except
with `never` or to this very machine.
"""

import os
import re
import smtplib
import ssl
from dataclasses import dataclass
from email.header import Header
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.policy import SMTPUTF8, EmailPolicy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from core.network.domain_names import ascii_domain
from core.network.errors import NotDelivered
from core.network.socket_timeout import cut_off

_TIMEOUT_SECONDS = 20
_LONGEST_SECONDS = 480  # less than the lease, or another worker would send it too
_LOCAL = {"localhost", "127.0.0.1", "::1"}


class BadMailSetting(ValueError):
    """SIGNPOST_SMTP_URL cannot be used; `str(error)` says why, without the password."""


@dataclass(frozen=True)
class SmtpServer:
    host: str
    port: int
    user: str
    password: str
    tls: str  # "immediate", "auto", "required" or "never"


def parse_smtp_url(url: str) -> SmtpServer:
    """Raises BadMailSetting."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadMailSetting("SIGNPOST_SMTP_URL: the port is not a number") from error
    if parts.scheme not in {"smtp", "smtps", "smtp+starttls"} or not parts.hostname:
        raise BadMailSetting("SIGNPOST_SMTP_URL must look like smtp://user:password@host:587 or smtps://host:465")
    options = parse_qs(parts.query)
    starttls = options.get("starttls", ["required" if parts.scheme == "smtp+starttls" else "auto"])[0]
    if starttls not in {"auto", "required", "never"}:
        raise BadMailSetting("SIGNPOST_SMTP_URL: must have auto, required or never as starttls")
    tls = "immediate" if parts.scheme == "smtps" else starttls
    default_port = 465 if tls == "immediate" else (587 if parts.username else 25)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return SmtpServer(ascii_domain(parts.hostname), port or default_port, user, password, tls)


class SmtpTransport:
    """Sends each mail over a new connection, so that a broken one does not affect the next. `patience` is the timeout
    for one SMTP command, `longest` that of the whole session, in seconds."""

    def __init__(self, server: SmtpServer, patience: float = _TIMEOUT_SECONDS, longest: float = _LONGEST_SECONDS):
        self._server = server
        self._patience = patience
        self._longest = longest

    def send(self, mail: EmailMessage, uid: str) -> None:
        """Returns when the server has accepted the mail; raises NotDelivered."""
        connection = self._unconnected()
        try:
            with cut_off(lambda: connection.sock, self._longest):
                self._greet(connection)
                connection.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise NotDelivered(f"recipient refused: {error}", permanent=all(c >= 500 for c in codes)) from error
        except smtplib.SMTPNotSupportedError as error:
            raise NotDelivered(f"the server cannot take this mail: {error}", permanent=True) from error
        except smtplib.SMTPDataError as error:
            raise NotDelivered(f"the server refused the mail: {error}", channel_down=error.smtp_code == 421) from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotDelivered(f"{type(error).__name__}: {error}", channel_down=True) from error
        finally:
            # No QUIT: its response would not change whether the server has accepted the mail.
            connection.close()

    def _unconnected(self) -> smtplib.SMTP:
        server = self._server
        if server.tls == "immediate":
            context = ssl.create_default_context()
            connection: smtplib.SMTP = smtplib.SMTP_SSL(timeout=self._patience, context=context)
        else:
            connection = smtplib.SMTP(timeout=self._patience)
        connection._host = server.host  # type: ignore[attr-defined]  # what certificates are checked for
        return connection

    def _greet(self, connection: smtplib.SMTP) -> None:
        """Connect, use TLS as the URL says, and log in."""
        server = self._server
        code, reply = connection.connect(server.host, server.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, reply)
        encrypted = server.tls == "immediate"
        if not encrypted and server.tls != "never":
            connection.ehlo()
            if connection.has_extn("starttls"):
                context = ssl.create_default_context()
                if server.host in _LOCAL:
                    # No CA signs a certificate for localhost, and there is no network in between.
                    context.check_hostname = False
                    context.verify_mode = ssl.CERT_NONE
                connection.starttls(context=context)
                encrypted = True
            elif server.tls == "required":
                raise NotDelivered(
                    "the server does not offer STARTTLS, and SIGNPOST_SMTP_URL requires it", channel_down=True
                )
        if server.user:
            if not encrypted and server.tls != "never" and server.host not in _LOCAL:
                raise NotDelivered(
                    "the server offers no encryption, so the password was not sent;"
                    " add ?starttls=never to SIGNPOST_SMTP_URL to allow that",
                    channel_down=True,
                )
            connection.login(server.user, server.password)


class FolderTransport:
    """Writes each mail as `<uid>.eml` into a folder: for development, to open in a mail client."""

    def __init__(self, folder: Path):
        self._folder = folder

    def path(self, uid: str) -> Path:
        """The file of this delivery's mail."""
        return self._folder / f"{re.sub(r'[^A-Za-z0-9_-]', '_', uid)}.eml"

    def send(self, mail: EmailMessage, uid: str) -> None:
        """Idempotent: a repeated delivery overwrites its file."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self.path(uid)
            beside = path.with_suffix(".part")
            with beside.open("wb") as file:
                file.write(mail.as_bytes(policy=mail.policy.clone(linesep="\r\n")))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            raise NotDelivered(f"{type(error).__name__}: {error}") from error


Transport = SmtpTransport | FolderTransport


def transport_for(smtp_url: str, data_dir: Path) -> Transport:
    """SMTP when a server is set, else the folder `mail` in the data folder. Raises BadMailSetting."""
    if smtp_url:
        return SmtpTransport(parse_smtp_url(smtp_url))
    return FolderTransport(data_dir / "mail")


class _UnbrokenWordsPolicy(EmailPolicy):
    """Folds subjects and names that are not ASCII without losing the space where a line ends, which the library's
    own folding does (python/cpython issue 92081)."""

    def fold(self, name: str, value: Any) -> str:
        return self._whole(name, value) or super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self._whole(name, value).encode() or super().fold_binary(name, value)

    def _whole(self, name: str, value: Any) -> str:
        """The header as it is sent; '' for one that the library folds rightly."""
        if self.utf8 or str(value).isascii():
            return ""
        if name.lower() == "subject":
            return f"{name}: {self._encoded(name, str(value))}{self.linesep}"
        addresses = value.addresses if isinstance(value, AddressHeader) else ()
        if len(addresses) != 1 or not addresses[0].addr_spec.isascii():
            return ""
        shown = self._encoded(name, addresses[0].display_name)
        return f"{name}: {shown}{self.linesep} <{addresses[0].addr_spec}>{self.linesep}"

    def _encoded(self, name: str, text: str) -> str:
        return Header(text, "utf-8", header_name=name).encode(linesep=self.linesep)


POLICY = _UnbrokenWordsPolicy(linesep=SMTPUTF8.linesep)
