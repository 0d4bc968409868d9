"""What no two help centres may have in common, and which of two that claim one thing keeps it.

`main` keeps what it has. Of two brands, the one that had the thing when it was last served keeps it, so that a brand
which is added with a wrong setting takes nobody's place. Where that is not known, both are refused. It is remembered in
the data folder of all (`home/brands.json`); without that file, or where it cannot be read, it is not known.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path, PurePosixPath
from urllib.parse import unquote_to_bytes, urlsplit

from app.settings.brands import MAIN
from app.settings.schema import Settings
from core.atomic_files import replace
from core.database.connection import sqlite_file
from core.database.postgresql import is_postgresql, read_address
from core.file_lock import locked
from core.network.domain_names import host_of
from core.private_files import FILE, private_folder
from support.email.inbound.imap_url import BadImapSetting, parse_imap_url

# The first steps of the addresses that a help centre has itself, besides its languages.
PAGES = frozenset(
    {
        ".well-known", "a", "api", "contact", "desk", "healthz", "incidents", "kb-files", "kb-static", "llms.txt",
        "looks", "metrics", "readyz", "robots.txt", "security.txt", "sitemap.xml", "static", "t", "widget", "widget.js",
        "widget.mjs",
    }
)  # fmt: skip
# Drafts with customers' words are written into one, and everything else into the other.
_NESTED = frozenset({"kb_dir", "data_dir"})


@dataclass(frozen=True)
class Address:
    """A host as names are compared, and a path as WSGI has it: '' at the top."""

    host: str
    path: str


@dataclass(frozen=True)
class Claim:
    """One thing that one help centre has alone: the setting that names it, and what is compared, without passwords."""

    setting: str
    value: str

    @cached_property
    def mark(self) -> str:
        """What is remembered of it."""
        return hashlib.sha256(f"{self.setting}\n{self.value}".encode()).hexdigest()[:32]

    @property
    def called(self) -> str:
        return f"the address {self.value}" if self.setting == "base_url" else f"the {self.setting}"


@dataclass(frozen=True)
class Claimant:
    """A help centre and its claims. `languages` are those it has pages in; `broken`: its settings are not all known."""

    name: str
    claims: tuple[Claim, ...]
    addresses: tuple[Address, ...]
    languages: tuple[str, ...] = ()
    broken: bool = False


@dataclass
class Verdict:
    """What keeps a brand from being served, and which addresses are another's."""

    problems: list[str]
    lost: set[Address]


def addresses_of(base_url: str, hosts: Iterable[str]) -> tuple[Address, ...]:
    """Where a help centre is asked: the host of its `base_url` and its `allowed_hosts`, below the path."""
    parts = urlsplit(base_url)
    path = unquote_to_bytes(parts.path.rstrip("/")).decode("latin-1")
    names = dict.fromkeys(filter(None, (host_of(parts.netloc), *map(host_of, hosts))))
    return tuple(Address(host, path) for host in names)


def claims_of(settings: Settings) -> tuple[Claim, ...]:
    """What no other help centre may have as well."""
    found = [Claim("base_url", f"{one.host}{one.path}") for one in _addresses(settings)]
    found += [
        Claim("data_dir", str(settings.data_dir.resolve())),
        Claim("kb_dir", str(settings.kb_dir.resolve())),
        Claim("backup_dir", str(settings.backups.resolve())),
        Claim("database_url", _database(settings.database)),
    ]
    if settings.files_url:
        parts = urlsplit(settings.files_url)
        found.append(Claim("files_url", f"{parts.netloc.rpartition('@')[2].lower()}{parts.path.rstrip('/')}"))
    if settings.inbound_email:
        found.append(Claim("inbound_email", settings.inbound_email.lower()))
    if settings.imap_url:
        found.append(Claim("imap_url", _mailbox(settings.imap_url)))
    return tuple(found)


def claimant_of(settings: Settings) -> Claimant:
    languages = (*settings.languages, settings.default_lang)
    return Claimant(settings.brand or MAIN, claims_of(settings), _addresses(settings), languages)


def broken(name: str, addresses: tuple[Address, ...]) -> Claimant:
    """A brand of whose settings no more is known than where it is addressed."""
    claims = tuple(Claim("base_url", f"{one.host}{one.path}") for one in addresses)
    return Claimant(name, claims, addresses, broken=True)


def judge(claimants: Iterable[Claimant], held: Mapping[str, str]) -> dict[str, Verdict]:
    """What is wrong with each brand beside the others. `held` says by mark who had a thing when last served."""
    claimants = tuple(claimants)
    found = {one.name: Verdict([], set()) for one in claimants}
    for one, mine, other, theirs in _conflicts(claimants):
        first, second = _had(one, mine, held), _had(other, theirs, held)
        if first <= second:
            _refuse(found, one, mine, other.name, theirs, known=first < second)
        if second <= first:
            _refuse(found, other, theirs, one.name, mine, known=second < first)
    away = {one.name for one in claimants if one.broken}
    for one in claimants:
        for claim in one.claims:
            holder = held.get(claim.mark, "")
            if holder in away - {one.name} and not _claims(claimants, holder, claim):
                _refuse(found, one, claim, holder, claim, known=True)
    _refuse_hidden_pages(claimants, found)
    return found


def _conflicts(claimants: Iterable[Claimant]) -> Iterator[tuple[Claimant, Claim, Claimant, Claim]]:
    """Two help centres that claim one thing, or folders of which one lies in the other."""
    by_thing: dict[Claim, list[Claimant]] = {}
    for claimant in claimants:
        for claim in dict.fromkeys(claimant.claims):
            by_thing.setdefault(claim, []).append(claimant)
    for claim, those in by_thing.items():
        for one, other in combinations(those, 2):
            yield one, claim, other, claim
        for above in PurePosixPath(claim.value).parents if claim.setting in _NESTED else ():
            outer = Claim(claim.setting, str(above))
            for other in by_thing.get(outer, ()):
                # The data folder of all holds those of brands: `of_the_installation` says where.
                if other.name != MAIN or claim.setting != "data_dir":
                    for one in those:
                        yield one, claim, other, outer


def _had(claimant: Claimant, claim: Claim, held: Mapping[str, str]) -> int:
    """Whoever has more keeps it."""
    return 2 if claimant.name == MAIN else int(held.get(claim.mark) == claimant.name)


def _claims(claimants: Iterable[Claimant], name: str, claim: Claim) -> bool:
    return any(one.name == name and claim in one.claims for one in claimants)


def _refuse(
    found: Mapping[str, Verdict], loser: Claimant, claim: Claim, keeper: str, theirs: Claim, *, known: bool
) -> None:
    if loser.name == keeper:
        return
    verdict = found[loser.name]
    if claim != theirs:
        what = f"brands.{loser.name}.{claim.setting} lies in that of {keeper}, or that in it"
    else:
        what = f"brands.{loser.name} has {claim.called} of {keeper}"
    why = "" if known else "; it is not known which of them had it before, so neither is served"
    sentence = f"{what}; each needs its own{why}"
    if sentence not in verdict.problems:
        verdict.problems.append(sentence)
    if known and claim.setting == "base_url":
        verdict.lost |= {one for one in loser.addresses if f"{one.host}{one.path}" == claim.value}


def _refuse_hidden_pages(claimants: Iterable[Claimant], found: Mapping[str, Verdict]) -> None:
    """A brand below another on one host must leave it its pages."""
    by_host: dict[str, list[tuple[str, Claimant]]] = {}
    for claimant in claimants:
        for address in claimant.addresses:
            by_host.setdefault(address.host, []).append((address.path, claimant))
    for host, places in by_host.items():
        for path, claimant in places if len(places) > 1 else ():
            above = [(up, other) for up, other in places if path.startswith(f"{up}/") and other is not claimant]
            if not above or claimant.name == MAIN:
                continue
            up, other = max(above, key=lambda place: len(place[0]))
            step = path.removeprefix(f"{up}/").split("/")[0]
            if step in PAGES or step.lower() in {one.lower() for one in other.languages}:
                found[claimant.name].problems.append(
                    f"brands.{claimant.name}.base_url hides {up}/{step} of {other.name} on {host}; take another path"
                )
                found[claimant.name].lost.add(Address(host, path))


def of_the_installation(name: str, data_dir: Path, common_dir: Path) -> list[str]:
    """What is wrong with the place of a brand's data folder beside the one of all."""
    mine, common = data_dir.resolve(), common_dir.resolve()
    own = f"leave it out, and it is {common / 'brands' / name}"
    if mine in {common, common / "brands"} or mine in common.parents:
        return [f"brands.{name}.data_dir holds what is of the whole installation, or of other brands; {own}"]
    if common in mine.parents and common / "brands" not in mine.parents:
        return [f"brands.{name}.data_dir lies among the files of the whole installation; {own}"]
    return []


def among_data(settings: Settings, common_dir: Path) -> dict[str, str]:
    """What is wrong with folders of a brand that are shown or backed up as they are: data of others must not be in
    them. By the setting."""
    common = common_dir.resolve()
    places, found = common / "brands", dict[str, str]()
    for setting in ("kb_dir", "kb_static_dir", "looks_dir"):
        folder: Path | None = getattr(settings, setting)
        if folder is None:
            continue
        mine, name = folder.resolve(), f"brands.{settings.brand}.{setting}"
        if mine in {common, places} or mine in common.parents:
            found[setting] = f"{name} holds the data of the whole installation; name a folder beside it"
        elif places in mine.parents and mine.relative_to(places).parts[0] != settings.brand:
            found[setting] = f"{name} lies in the data of another brand; name a folder of its own"
    return found


class Held:
    """Who had what when last served, by mark, in a file of the data folder of all."""

    def __init__(self, common_dir: Path) -> None:
        self._path = common_dir / "home" / "brands.json"

    def read(self) -> dict[str, str]:
        """Nothing where the file is not there, or is damaged."""
        try:
            stored = json.loads(self._path.read_bytes())["held"]
            return {mark: name for mark, name in stored.items() if isinstance(name, str)}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def note(self, settings: Settings) -> None:
        """Remember what this brand has, since it is served. Where nothing can be written, nothing is remembered."""
        name, marks = settings.brand, {one.mark for one in claims_of(settings)}
        if {mark for mark, holder in self.read().items() if holder == name} == marks:
            return
        with suppress(OSError):
            private_folder(self._path.parent)
            with locked(self._path.with_suffix(".lock")):
                others = {mark: holder for mark, holder in self.read().items() if holder != name}
                text = json.dumps({"held": others | dict.fromkeys(sorted(marks), name)}, indent=0)
                replace(self._path, text.encode("ascii"))
                self._path.chmod(FILE)


def _addresses(settings: Settings) -> tuple[Address, ...]:
    return addresses_of(settings.base_url, settings.allowed_hosts)


def _database(url: str) -> str:
    """Which database it is, whoever signs in. Where no schema is named, it is the role's."""
    if not is_postgresql(url):
        file = sqlite_file(url)
        return str(file.resolve()) if file else url
    try:
        address = read_address(url)
    except ValueError:  # a certificate that went away
        return hashlib.sha256(url.encode()).hexdigest()
    hosts = sorted(f"{host.lower()}:{port}" for host, port in address.hosts) or [str(address.url.query.get("host", ""))]
    return f"{','.join(hosts)}/{address.url.database}?{address.schema or f'user={address.url.username}'}"


def _mailbox(url: str) -> str:
    try:
        server = parse_imap_url(url)
    except BadImapSetting:
        return hashlib.sha256(url.encode()).hexdigest()
    return f"{server.user}@{server.host.lower()}:{server.port}/{server.folder}"
