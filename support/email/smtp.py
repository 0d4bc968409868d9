"""Mail transport: to an SMTP server, or into a folder of `.eml` files where no server is set.

The server is one URL: `smtp://user:password@host:587`, `smtps://host:465`. For `smtp://`, `?starttls=` is `auto`
(the default: encrypt when the server offers it), `required` or `never`. A password is never sent unencrypted, except
with `never` or to this very machine.
"""

import os
import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.errors import MessageError
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from core.network.domain_names import ascii_domain
from core.network.errors import NotDelivered
from core.network.socket_timeout import cut_off
from support.email.headers import EncodedHeader, UnsafeHeader, check_serialized

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
        raw = serialized(mail)
        sender, recipients = _envelope(mail)
        # Only a server that announces SMTPUTF8 takes letters outside ASCII in an address (RFC 6531).
        options = () if f"{sender}{''.join(recipients)}".isascii() else ("SMTPUTF8", "BODY=8BITMIME")
        connection = self._unconnected()
        try:
            with cut_off(lambda: connection.sock, self._longest):
                self._greet(connection)
                connection.ehlo_or_helo_if_needed()
                if options and not connection.has_extn("smtputf8"):
                    raise smtplib.SMTPNotSupportedError("it takes no addresses with letters outside ASCII")
                connection.sendmail(sender, recipients, raw, options)
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

    def check(self) -> None:
        """Connect, encrypt and log in as for a mail, and send none. Raises NotDelivered."""
        self._session(lambda connection: connection.noop())

    def send_plain(self, mail: EmailMessage) -> None:
        """A mail of the doctor's, whose headers are no stranger's. Raises NotDelivered."""
        self._session(lambda connection: connection.send_message(mail))

    def _session(self, talk: Callable[[smtplib.SMTP], object]) -> None:
        connection = self._unconnected()
        try:
            with cut_off(lambda: connection.sock, self._longest):
                self._greet(connection)
                connection.ehlo_or_helo_if_needed()
                talk(connection)
        except (smtplib.SMTPException, OSError) as error:
            raise NotDelivered(f"{type(error).__name__}: {error}", channel_down=True) from error
        finally:
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
        raw = serialized(mail)
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self.path(uid)
            beside = path.with_suffix(".part")
            with beside.open("wb") as file:
                file.write(raw)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            raise NotDelivered(f"{type(error).__name__}: {error}") from error


def serialized(mail: EmailMessage) -> bytes:
    """The mail as it is sent, after the last check of its headers. Raises NotDelivered."""
    try:
        raw = mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))
        check_serialized(mail, raw)
    except (UnsafeHeader, MessageError) as error:
        raise NotDelivered(f"the mail was not sent: {error}", permanent=True) from error
    return raw


def _envelope(mail: EmailMessage) -> tuple[str, tuple[str, ...]]:
    """Sender and recipients, as they were handed over: no address is read out of a header again."""
    found: dict[str, tuple[str, ...]] = {}
    for name, value in mail.raw_items():
        if isinstance(value, EncodedHeader):
            found[name.lower()] = tuple(one.ascii_address for one in value.mailboxes)
    sender, recipients = found.get("from", ()), found.get("to", ())
    if not (sender and recipients):
        raise NotDelivered("the mail was not sent: it has no sender or no recipient", permanent=True)
    return sender[0], recipients


Transport = SmtpTransport | FolderTransport


def transport_for(smtp_url: str, data_dir: Path) -> Transport:
    """SMTP when a server is set, else the folder `mail` in the data folder. Raises BadMailSetting."""
    if smtp_url:
        return SmtpTransport(parse_smtp_url(smtp_url))
    return FolderTransport(data_dir / "mail")
