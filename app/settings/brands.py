"""What a brand's settings are made of: its own table, over those of the common ones that brands may share.

Every brand is a help centre of its own (docs/adr/0021-a-brand-is-an-installation.md). What says whose a help centre is,
or where its tickets, mails and secrets go, is never taken from the common settings: a brand that leaves it out gets the
default, not somebody else's. What belongs to the process cannot differ by brand.
"""

import hashlib
import hmac
import re
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from core.database.postgresql import is_postgresql

MAIN = "main"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_NAME_RULE = "in small letters, digits and hyphens, 40 at most, beginning with a letter; not main"
NAMES = f"must be named {_NAME_RULE}"

# Never taken from the common settings, unless the brand lists them in `shares`.
OWN = frozenset(
    {
        "base_url", "allowed_hosts", "site_name", "kb_dir", "kb_static_dir", "kb_remote", "kb_remote_branch",
        "kb_remote_credentials", "kb_remote_key", "kb_remote_known_hosts", "looks_dir", "colours", "mail_from",
        "team_email", "inbound_email", "imap_url", "team_senders", "webhook_url", "webhook_secret", "channels", "teams",
        "forms", "routes", "sites", "servers", "ticket_fields", "ticket_topics", "consent_text", "identity_secret",
        "security_contact", "security_policy",
    }
)  # fmt: skip
# Of the whole process: a brand that sets one of them is told so.
OF_THE_PROCESS = frozenset(
    {
        "brands", "brands_dir", "brands_open", "default_brand", "roles", "model", "precision", "embedder", "log_format",
        "environment", "trusted_proxies", "drain_seconds", "threads", "metrics_token", "metrics_networks",
        "rate_limits", "challenge", "postgresql_tools",
    }
)  # fmt: skip
# What only the whole process has: not even taken over, or each brand would answer for all.
_NOT_TAKEN_OVER = frozenset(
    {"brands", "brands_dir", "brands_open", "default_brand", "metrics_token", "metrics_networks"}
)
SHARES = "shares"

Tables = tuple[tuple[str, Any], ...]


def read_tables(value: Any) -> Tables:
    """The type of the setting `brands`. What is wrong with one of them is not said here, since it must not stop the
    others."""
    if isinstance(value, tuple):
        return value
    if not isinstance(value, Mapping):
        raise ValueError("must be a table with a table for each brand: [brands.NAME]")
    return tuple(value.items())


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None and text != MAIN


def files_in(folder: Path | None) -> list[Path]:
    """What would be the file of a brand in `brands_dir`, whatever it is called, and whether or not it can be read.
    Raises OSError."""
    if folder is None or not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() == ".toml" and not path.name.startswith("."))


def file_of(name: str, folder: Path | None) -> Path | None:
    """The file of a brand in `brands_dir`, which may turn out not to be readable; None where there is none."""
    path = folder / f"{name}.toml" if folder else None
    return path if path is not None and (path.exists() or path.is_symlink()) else None


def names_in(tables: Tables, folder: Path | None) -> list[str]:
    """The names of all brands, in the order of the alphabet."""
    found = {name for name, _ in tables if is_name(name)}
    with suppress(OSError):  # which `misnamed_in` says
        found |= {path.stem for path in files_in(folder) if _is_named(path)}
    return sorted(found)


def misnamed_in(tables: Tables, folder: Path | None) -> dict[str, list[str]]:
    """What cannot be a brand for its name, by what it is called, with a sentence of what is wrong."""
    found: dict[str, list[str]] = {}
    for name, _ in tables:
        if not is_name(name):
            found.setdefault(_printable(name), []).append(f"brands.{_printable(name)} {NAMES}")
    try:
        files = files_in(folder)
    except OSError as error:
        return {**found, "brands_dir": [f"brands_dir names {folder}, which cannot be read: {error.strerror}"]}
    for path in files:
        if not _is_named(path):
            found.setdefault(_printable(path.name), []).append(
                f"{_printable(path.name)} in {folder}: a brand's file must be called NAME.toml, NAME {_NAME_RULE};"
                " rename it, or move it elsewhere"
            )
    return found


def misnamed_tables(tables: Tables, folder: Path | None) -> dict[str, Mapping[str, Any]]:
    """What stands in those that are misnamed, as far as it can be read, by what they are called."""
    found = {_printable(name): table for name, table in tables if not is_name(name) and isinstance(table, Mapping)}
    with suppress(OSError):
        for path in files_in(folder):
            if not _is_named(path):
                with suppress(OSError, ValueError):
                    found[_printable(path.name)] = tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def _is_named(path: Path) -> bool:
    return path.suffix == ".toml" and is_name(path.stem)


def _printable(text: str) -> str:
    """A name that is none, so that it can be shown and is taken for no brand's."""
    shown = text if text.isprintable() else ascii(text)
    shown = shown if len(shown) <= 60 else f"{shown[:60]}…"
    return f"brands.{shown}" if shown == MAIN else shown


def inherited(names: Iterable[str], shares: Iterable[str]) -> set[str]:
    """Which of the given common settings a brand takes over."""
    return set(names) - (OWN - set(shares)) - _NOT_TAKEN_OVER


def problems_of(name: str, table: Mapping[str, Any]) -> list[str]:
    """What is wrong with a brand's table by itself."""
    found = [
        f"brands.{name}.{one} is of the whole process; set it for all brands together"
        for one in sorted(table.keys() & OF_THE_PROCESS)
    ]
    found += [f"brands.{name} needs {one} of its own" for one in ("base_url", "kb_dir") if not table.get(one)]
    shares = table.get(SHARES, [])
    if not isinstance(shares, list | tuple) or not set(shares) <= OWN - {"base_url", "allowed_hosts", "kb_dir"}:
        allowed = ", ".join(sorted(OWN - {"base_url", "allowed_hosts", "kb_dir"}))
        found.append(f"brands.{name}.{SHARES} must be a list of some of {allowed}")
    return found


def derived_keys(secret_key: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The values of `secret_key` for a brand: of each one its own, so that what one signs another does not believe."""
    return tuple(
        hmac.new(text.encode(), b"signpost brand\n" + name.encode(), hashlib.sha256).hexdigest() for text in secret_key
    )


def database_of(common: str, name: str) -> str:
    """The address of a brand's database where it names none: a schema of the common PostgreSQL, else '' for a file of
    its own in its data folder."""
    if not is_postgresql(common):
        return ""
    return f"{common}{'&' if '?' in common else '?'}schema=brand_{name.replace('-', '_')}"


def files_of(common: str, name: str) -> str:
    """The bucket of the common settings, below a prefix of the brand."""
    if not common:
        return ""
    parts = urlsplit(common)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/brands/{name}"))
