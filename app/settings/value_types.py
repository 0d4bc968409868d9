"""Types of single settings: paths, addresses, lists written with commas, and tables that come as JSON.

As in core/settings_types.py, an error is the end of a sentence that begins with the name of the setting.
"""

import ipaddress
import json
import re
from collections.abc import Callable, Mapping
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainValidator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from core.database.postgresql import is_postgresql, read_address
from core.email_addresses import is_email
from core.network.domain_names import ascii_domain, is_ip_address
from core.object_store import parse_bucket_url
from core.roles import ROLES
from core.secret_keys import read_bundle
from core.settings_types import Localized, address, check_address, languages, one_of
from core.texts.localized_text import LocalizedText
from kb.authoring.remote_address import remote_address
from support.delivery.webhook_signing import check_secrets
from support.email.inbound.imap_url import parse_imap_url
from support.email.smtp import parse_smtp_url
from support.intake.sites import COLOUR

_HOST = re.compile(r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")


def _on_or_off(value: Any) -> Any:
    # TOML authors write `off` as false; the meaning is plain, so it is taken.
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value


def _path(value: Any) -> Path:
    if not isinstance(value, str | Path) or not str(value).strip():
        raise ValueError("must be the path of a folder")
    return Path(value).expanduser().absolute()


def _path_or_none(value: Any) -> Path | None:
    return None if value is None or value == "" else _path(value)


def _networks(value: Any) -> tuple[str, ...]:
    found = _comma_separated(value, "networks")
    try:
        return tuple(str(ipaddress.ip_network(one, strict=False)) for one in found)
    except ValueError:
        raise ValueError("must be a list of networks, such as 10.0.0.0/8") from None


def _base_url(value: Any) -> str:
    return check_address(_stripped(value), "http", "https").rstrip("/")


def _stripped(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    return value.strip()


def _comma_separated(value: Any, example: str) -> list[str]:
    """A list, or a comma-separated text."""
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise ValueError(f"must be a list of {example}")
    return [item.strip().lower() for item in items if item.strip()]


def _offered(value: Any) -> tuple[str, ...]:
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not items:
        raise ValueError("must be a list of language tags, like en,tr,zh-Hant")
    return languages(items)


def _hosts(value: Any) -> tuple[str, ...]:
    hosts = tuple(dict.fromkeys(_comma_separated(value, "host names, like video.example.org")))
    for host in hosts:
        if not _HOST.match(host):
            raise ValueError(f"has “{host}”, which is no host name; write video.example.org, without https://")
    return hosts


def _host_names(value: Any) -> tuple[str, ...]:
    hosts = []
    for given in _comma_separated(value, "host names, like help.example.org"):
        host = ascii_domain(given.strip("[]").rstrip("."))
        if not _HOST.match(host) and not is_ip_address(host):
            raise ValueError(
                f"has “{given}”, which is no host name; write help.example.org, without https:// or a port"
            )
        hosts.append(host)
    return tuple(dict.fromkeys(hosts))


def _senders(value: Any) -> tuple[str, ...]:
    found = _comma_separated(value, "mail addresses and domains, like ada@example.org, example.org")
    return tuple(dict.fromkeys(item.lstrip("@") for item in found))


def _security_contact(value: Any) -> str:
    text = _stripped(value)
    if not text or is_email(text):
        return f"mailto:{text}" if text else ""
    if text.startswith("mailto:") and is_email(text.removeprefix("mailto:")):
        return text
    try:
        return check_address(text, "https")
    except ValueError:
        raise ValueError("must be a mail address, or an address that begins with https://") from None


def _endings(value: Any) -> tuple[str, ...]:
    found = _comma_separated(value, "endings of files, like exe, jar")
    return tuple(dict.fromkeys(item.lstrip(".").lower() for item in found))


def _database(value: Any) -> str:
    text = _stripped(value)
    try:
        if is_postgresql(text):
            read_address(text)
            return text
    except ArgumentError:
        raise ValueError("must be like postgresql://user:password@host/name") from None
    try:
        backend = make_url(text).get_backend_name() if text else "sqlite"
    except (ArgumentError, ValueError):
        backend = ""
    if backend not in {"sqlite", "postgresql", "postgres"}:
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return text


def _standby(value: Any) -> str:
    text = _stripped(value)
    if text and not is_postgresql(text):
        raise ValueError("must begin with postgresql://")
    return _database(text)


def _mail_address(value: Any) -> str:
    text = _stripped(value)
    if not is_email(parseaddr(text)[1], dotless=True) or any(c in text for c in "\r\n"):
        raise ValueError("must be a mail address")
    return text


def _no_or_mail_address(value: Any) -> str:
    return _mail_address(value) if _stripped(value) else ""


def _long_secret(value: Any) -> str:
    text = _stripped(value)
    if text and len(text) < 32:
        raise ValueError("must have at least 32 characters")
    return text


def _secret_keys(value: Any) -> tuple[str, ...]:
    """One value, or two with white space between while a key is replaced."""
    found = tuple(_stripped(" ".join(value) if isinstance(value, list | tuple) else value).split())
    if len(found) > 2:
        raise ValueError("must be one value, or the new and the old one with a space between")
    for one in found:
        if len(one) < 32:
            raise ValueError("must have at least 32 characters, without spaces; `openssl rand -hex 32` makes some")
        read_bundle(one)
    return found


def _roles(value: Any) -> tuple[str, ...]:
    found = _comma_separated(value, "roles, like web,worker,publisher")
    if not found or not set(found) <= set(ROLES):
        raise ValueError(f"must be one or more of {', '.join(ROLES)}, with commas between")
    return tuple(role for role in ROLES if role in found)


def _parsable_by(parse: Callable[[str], object], called: str) -> PlainValidator:
    """A text that whoever will use it can read; '' is no setting at all. `called` is how `parse` begins its errors."""

    def read(value: Any) -> str:
        text = _stripped(value)
        try:
            if text:
                parse(text)
        except ValueError as error:
            raise ValueError(str(error).removeprefix(called).lstrip(": ")) from None
        return text

    return PlainValidator(read)


def _smtp(text: str) -> object:
    check_address(text, "smtp", "smtps", "smtp+starttls")
    return parse_smtp_url(text)


def _from_json(value: Any) -> Any:
    """A table or list of tables is given as such in TOML and as JSON in the environment."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            raise ValueError("must be JSON when it is given in the environment") from None
    return value


def _no_text_or_table(value: Any) -> Any:
    value = {} if value == "" else _from_json(value)
    if not isinstance(value, Mapping | LocalizedText):
        raise ValueError("must be a table of texts by language")
    return value


# Those of app/static/site.css that may be set.
_COLOURS = (
    "paper", "surface", "sunken", "ink", "ink-soft", "line", "line-strong", "brand", "brand-strong", "on-brand",
    "brand-soft", "brand-line", "amber", "amber-strong", "on-amber", "amber-soft", "amber-line", "amber-ink", "mark",
    "hero", "hero-ink", "hero-soft", "focus",
)  # fmt: skip


def _colours(value: Any) -> tuple[tuple[str, str], ...]:
    if isinstance(value, tuple):
        return value
    if not isinstance(value, Mapping):
        raise ValueError('must be a table of colours, such as brand = "#0c5a52"')
    for name, colour in value.items():
        if str(name).removeprefix("dark-") not in _COLOURS:
            raise ValueError(f"has a colour that is none of {', '.join(_COLOURS)}, or one of them after dark-")
        if not isinstance(colour, str) or not COLOUR.fullmatch(colour):
            raise ValueError(f"must have a colour such as #0c5a52 for {name}")
    return tuple(value.items())


Folder = Annotated[Path, PlainValidator(_path)]
NoOrFolder = Annotated[Path | None, PlainValidator(_path_or_none)]
WebAddress = Annotated[str, address("http", "https")]
BaseUrl = Annotated[str, PlainValidator(_base_url)]
Database = Annotated[str, PlainValidator(_database)]
Standby = Annotated[str, PlainValidator(_standby)]
OfferedLanguages = Annotated[tuple[str, ...], PlainValidator(_offered)]
Networks = Annotated[tuple[str, ...], PlainValidator(_networks)]
Hosts = Annotated[tuple[str, ...], PlainValidator(_hosts)]
Senders = Annotated[tuple[str, ...], PlainValidator(_senders)]
Endings = Annotated[tuple[str, ...], PlainValidator(_endings)]
HostNames = Annotated[tuple[str, ...], PlainValidator(_host_names)]
MailAddress = Annotated[str, PlainValidator(_mail_address)]
NoOrMailAddress = Annotated[str, PlainValidator(_no_or_mail_address)]
SecurityContact = Annotated[str, PlainValidator(_security_contact)]
NoOrFile = Annotated[Path | None, PlainValidator(_path_or_none)]
SecretKeys = Annotated[tuple[str, ...], PlainValidator(_secret_keys)]
Roles = Annotated[tuple[str, ...], PlainValidator(_roles)]
LongSecret = Annotated[str, PlainValidator(_long_secret)]
SmtpAddress = Annotated[str, _parsable_by(_smtp, "SIGNPOST_SMTP_URL")]
FilesAddress = Annotated[str, _parsable_by(parse_bucket_url, "SIGNPOST_FILES_URL")]
ImapAddress = Annotated[str, _parsable_by(parse_imap_url, "SIGNPOST_IMAP_URL")]
RemoteRepository = Annotated[str, _parsable_by(remote_address, "SIGNPOST_KB_REMOTE")]
WebhookSecret = Annotated[str, _parsable_by(check_secrets, "webhook_secret")]
TextByLanguage = Annotated[Localized, BeforeValidator(_no_text_or_table)]
FROM_JSON = BeforeValidator(_from_json)
Colours = Annotated[tuple[tuple[str, str], ...], PlainValidator(_colours)]
Switch = Annotated[str, one_of("on", "off"), BeforeValidator(_on_or_off)]
