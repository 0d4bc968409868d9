"""Which brands there are, where they are addressed, and which cannot be served as their settings are.

What is wrong with one brand is told and leaves the others alone. Two brands that would share an address, a place or a
mailbox are refused: the first in the order of the alphabet keeps it.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from app.settings import brands as of_brands
from app.settings.problems import BadSettings
from app.settings.schema import PREFIX, Settings, brand_table, brand_tables, common_values
from core.network.domain_names import host_of


@dataclass(frozen=True)
class Address:
    """A host as names are compared, and a path as WSGI has it: '' at the top."""

    host: str
    path: str


@dataclass(frozen=True)
class Brand:
    """One help centre. Without `settings` it cannot be served: `problems` says why."""

    name: str
    addresses: tuple[Address, ...]
    base_url: str
    settings: Settings | None = field(default=None, repr=False)
    problems: tuple[str, ...] = ()


def brand_names(overrides: Mapping[str, Any], environ: Mapping[str, str]) -> list[str]:
    """The names of all brands besides `main`."""
    tables, folder = brand_tables(common_values(overrides, environ), environ.get(PREFIX + "CONFIG", ""))
    return of_brands.names_in(tables, folder)


def inbound_addresses(overrides: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    """The address that each brand, `main` among them, takes mail in at: only what is given, not checked."""
    common, path = common_values(overrides, environ), environ.get(PREFIX + "CONFIG", "")
    tables = {name: brand_table(name, common, path, [])[0] for name in brand_names(overrides, environ)}
    if tables and common.get("default_brand", of_brands.MAIN) == of_brands.MAIN:
        tables[of_brands.MAIN] = common
    found = {name: table.get("inbound_email") for name, table in tables.items()}
    return {name: address for name, address in found.items() if address and isinstance(address, str)}


def read_brands(
    common: Settings, overrides: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None
) -> list[Brand]:
    """All brands besides `main`, whose settings are `common`; nothing where there are none."""
    environ = os.environ if environ is None else environ
    overrides = {} if overrides is None else overrides
    has_main = common.default_brand == of_brands.MAIN
    taken: dict[object, str] = dict.fromkeys(_claims(common), of_brands.MAIN) if has_main else {}
    folders = [(common.kb_dir.resolve(), of_brands.MAIN)] if has_main else []
    found = []
    for name in brand_names(overrides, environ):
        brand = _read(name, overrides, environ)
        settings = brand.settings
        if settings is not None:
            problems = _collisions(settings, taken, folders)
            if problems:
                brand = Brand(name, brand.addresses, brand.base_url, None, tuple(problems))
            else:
                taken |= dict.fromkeys(_claims(settings), name)
                folders.append((settings.kb_dir.resolve(), name))
        found.append(brand)
    return found


def addresses_of(base_url: str, hosts: Iterable[str]) -> tuple[Address, ...]:
    """Where a help centre is asked: the host of its `base_url` and its `allowed_hosts`, below the path."""
    parts = urlsplit(base_url)
    path = unquote_to_bytes(parts.path.rstrip("/")).decode("latin-1")
    names = dict.fromkeys(filter(None, (host_of(parts.netloc), *map(host_of, hosts))))
    return tuple(Address(host, path) for host in names)


def _read(name: str, overrides: Mapping[str, Any], environ: Mapping[str, str]) -> Brand:
    try:
        settings = Settings.load(overrides, environ, brand=name)
    except BadSettings as bad:
        # Its address is still known in most cases, and answers that it cannot be shown.
        table, _ = brand_table(name, common_values(overrides, environ), environ.get(PREFIX + "CONFIG", ""), [])
        base_url, hosts = str(table.get("base_url", "")), table.get("allowed_hosts", ())
        named = hosts.split(",") if isinstance(hosts, str) else [one for one in hosts if isinstance(one, str)]
        try:
            addresses = addresses_of(base_url, named)
        except ValueError:
            addresses = ()
        return Brand(name, addresses, base_url, None, tuple(bad.problems))
    return Brand(name, addresses_of(settings.base_url, settings.allowed_hosts), settings.base_url, settings)


def _claims(settings: Settings) -> Iterable[object]:
    """What no two help centres may have in common."""
    yield from addresses_of(settings.base_url, settings.allowed_hosts)
    yield "data_dir", settings.data_dir.resolve()
    yield "database_url", settings.database
    for name in ("inbound_email", "imap_url"):
        if getattr(settings, name):
            yield name, getattr(settings, name)


def _collisions(settings: Settings, taken: Mapping[object, str], folders: Iterable[tuple[Path, str]]) -> list[str]:
    found = []
    for claim in _claims(settings):
        if claim in taken:
            called = f"the address {claim.host}{claim.path}" if isinstance(claim, Address) else _called(claim)
            found.append(f"brands.{settings.brand} has {called} of {taken[claim]}; each needs its own")
    # Drafts are written into it, with customers' words.
    mine = settings.kb_dir.resolve()
    for other, name in folders:
        if mine.is_relative_to(other) or other.is_relative_to(mine):
            found.append(f"brands.{settings.brand}.kb_dir lies in that of {name}, or that in it; each needs its own")
    return found


def _called(claim: object) -> str:
    return f"the {claim[0]}" if isinstance(claim, tuple) else "something"
