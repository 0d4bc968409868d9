"""Which brands there are, where they are addressed, and which cannot be served as their settings are.

What is wrong with one brand is told and leaves the others alone; what two would have in common is in `claims.py`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.ops.brands.claims import (
    Address,
    Claimant,
    Held,
    addresses_of,
    among_data,
    broken,
    claimant_of,
    judge,
    of_the_installation,
)
from app.settings import brands as of_brands
from app.settings.problems import BadSettings
from app.settings.schema import PREFIX, Settings, brand_table, brand_tables, common_values
from core.cluster.owners import NotOurs, check_folder

# Where one of them is another's, so are the others.
_OF_THE_DATA_FOLDER = frozenset({"data_dir", "database_url", "backup_dir"})


@dataclass(frozen=True)
class Brand:
    """One help centre. Without `settings` it cannot be served: `problems` says why. What the settings `misplaced` name
    is not its own, so that it keeps nobody from having it."""

    name: str
    addresses: tuple[Address, ...]
    base_url: str
    settings: Settings | None = field(default=None, repr=False)
    problems: tuple[str, ...] = ()
    misplaced: frozenset[str] = frozenset()


def brand_names(overrides: Mapping[str, Any], environ: Mapping[str, str]) -> list[str]:
    """The names of all brands besides `main`, of those as well that cannot be one."""
    tables, folder = brand_tables(common_values(overrides, environ), environ.get(PREFIX + "CONFIG", ""))
    return sorted({*of_brands.names_in(tables, folder), *of_brands.misnamed_in(tables, folder)})


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
    tables, folder = brand_tables(common_values(overrides, environ), environ.get(PREFIX + "CONFIG", ""))
    found = [_read(name, overrides, environ) for name in of_brands.names_in(tables, folder)]
    if found:
        found = _beside_one_another(common, [_in_its_place(common, one) for one in found])
    others = {address for one in found for address in one.addresses}
    if common.default_brand == of_brands.MAIN:
        others |= {*addresses_of(common.base_url, common.allowed_hosts)}
    given = of_brands.misnamed_tables(tables, folder)
    for name, problems in of_brands.misnamed_in(tables, folder).items():
        # Where its table names an address, nobody else is shown there.
        own = tuple(one for one in _given_addresses(given.get(name, {})) if one not in others)
        found.append(Brand(name, own, "", None, tuple(problems)))
    return sorted(found, key=lambda one: one.name)


def refused_beside_others(name: str) -> list[str]:
    """What keeps a brand from being served that its own settings do not show; nothing for `main`, and where those of
    all cannot be read."""
    if not name:
        return []
    try:
        brands = read_brands(Settings.load(brand=of_brands.MAIN))
    except BadSettings:
        return []
    return [problem for one in brands if one.name == name for problem in one.problems]


def _beside_one_another(common: Settings, brands: list[Brand]) -> list[Brand]:
    claimants = [_claimant(one) for one in brands]
    if common.default_brand == of_brands.MAIN:
        claimants.insert(0, claimant_of(common))
    verdicts = judge(claimants, Held(common.data_dir).read())
    found = []
    for one in brands:
        verdict = verdicts[one.name]
        kept = tuple(address for address in one.addresses if address not in verdict.lost)
        problems = (*one.problems, *verdict.problems)
        found.append(replace(one, addresses=kept, settings=None if problems else one.settings, problems=problems))
    return found


def _claimant(brand: Brand) -> Claimant:
    if brand.settings is None:
        return broken(brand.name, brand.addresses)
    claimant = claimant_of(brand.settings)
    return replace(claimant, claims=tuple(one for one in claimant.claims if one.setting not in brand.misplaced))


def _in_its_place(common: Settings, brand: Brand) -> Brand:
    """The brand, with what is wrong with its data folder by itself."""
    if brand.settings is None:
        return brand
    problems = of_the_installation(brand.name, brand.settings.data_dir, common.data_dir)
    try:
        check_folder(brand.settings.data_dir, brand.name)
    except NotOurs as reason:
        problems.append(str(reason))
    shown = among_data(brand.settings, common.data_dir)
    misplaced = frozenset(shown) | (_OF_THE_DATA_FOLDER if problems else frozenset())
    return replace(brand, problems=(*problems, *shown.values()), misplaced=misplaced)


def _read(name: str, overrides: Mapping[str, Any], environ: Mapping[str, str]) -> Brand:
    try:
        settings = Settings.load(overrides, environ, brand=name)
    except BadSettings as bad:
        # Its address is still known in most cases, and answers that it cannot be shown.
        table, _ = brand_table(name, common_values(overrides, environ), environ.get(PREFIX + "CONFIG", ""), [])
        return Brand(name, _given_addresses(table), str(table.get("base_url", "")), None, tuple(bad.problems))
    return Brand(name, addresses_of(settings.base_url, settings.allowed_hosts), settings.base_url, settings)


def _given_addresses(table: Mapping[str, Any]) -> tuple[Address, ...]:
    """The addresses that settings name which may be wrong in any way."""
    hosts = table.get("allowed_hosts", ())
    hosts = hosts.split(",") if isinstance(hosts, str) else hosts if isinstance(hosts, list | tuple) else ()
    try:
        return addresses_of(str(table.get("base_url", "")), [one for one in hosts if isinstance(one, str)])
    except ValueError:
        return ()
