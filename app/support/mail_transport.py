"""Sending a finished mail: to an SMTP server, or into a folder of `.eml` files where no server is set.

The server is one URL: `smtp://user:password@host:587`, `smtps://host:465`. For `smtp://`, `?starttls=` is `auto`
(the default: encrypt when the server offers it), `required` or `never`. A password is never sent unencrypted, except
with `never` or to this very machine.
"""

import os
import re
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

_TIMEOUT_SECONDS = 20
_LOCAL = {"localhost", "127.0.0.1", "::1"}


class NotDelivered(Exception):
    """It was not sent. `permanent` when trying again cannot help. The text may hold an address: never log it."""

    def __init__(self, reason: str, *, permanent: bool = False):
        super().__init__(reason)
        self.permanent = permanent


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
    return SmtpServer(
        parts.hostname, port or default_port, unquote(parts.username or ""), unquote(parts.password or ""), tls
    )


class SmtpTransport:
    """Sends each mail over a connection of its own, so that a broken one never spoils the next."""

    def __init__(self, server: SmtpServer):
        self._server = server

    def send(self, mail: EmailMessage, uid: str) -> None:
        """Returns when the server has taken responsibility for the mail; raises NotDelivered."""
        try:
            with self._connect() as connection:
                connection.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise NotDelivered(f"recipient refused: {error}", permanent=all(c >= 500 for c in codes)) from error
        except smtplib.SMTPNotSupportedError as error:
            raise NotDelivered(f"the server cannot take this mail: {error}", permanent=True) from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotDelivered(f"{type(error).__name__}: {error}") from error

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.tls == "immediate":
            context = ssl.create_default_context()
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=_TIMEOUT_SECONDS, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=_TIMEOUT_SECONDS)
        try:
            encrypted = server.tls == "immediate"
            if not encrypted and server.tls != "never":
                connection.ehlo()
                if connection.has_extn("starttls"):
                    context = ssl.create_default_context()
                    if server.host in _LOCAL:
                        # Nobody signs a certificate for this machine's own server, and nobody listens in between.
                        context.check_hostname = False
                        context.verify_mode = ssl.CERT_NONE
                    connection.starttls(context=context)
                    encrypted = True
                elif server.tls == "required":
                    raise NotDelivered("the server does not offer STARTTLS, and SIGNPOST_SMTP_URL requires it")
            if server.user:
                if not encrypted and server.tls != "never" and server.host not in _LOCAL:
                    raise NotDelivered(
                        "the server offers no encryption, so the password was not sent;"
                        " add ?starttls=never to SIGNPOST_SMTP_URL to allow that"
                    )
                connection.login(server.user, server.password)
        except BaseException:
            connection.close()
            raise
        return connection


class FolderTransport:
    """Writes each mail as `<uid>.eml` into a folder: for development, where one opens them in a mail client."""

    def __init__(self, folder: Path):
        self._folder = folder

    def send(self, mail: EmailMessage, uid: str) -> None:
        """The same uid again overwrites its file, so a repeated delivery shows once."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = self._folder / f"{re.sub(r'[^A-Za-z0-9_-]', '_', uid)}.eml"
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


POLICY = SMTPUTF8.clone(utf8=False)
