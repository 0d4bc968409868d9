"""Nouns of work that is handed out: the units of some articles, and what is translated of them into one language."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kb.errors import KbError
from kb.translations.units import Unit

# Of a file that comes back, in bytes. The units of a thousand articles have about five megabytes.
MOST_BYTES = 10 * 1024 * 1024
MOST_UNITS = 200_000


class PackageError(KbError):
    """The file cannot be taken; `str(error)` says why and what to do."""


@dataclass(frozen=True)
class Work:
    """One article: its file, a digest of the source it was handed out with, and what is translated already, by unit;
    units whose source has changed since have no target."""

    path: str
    digest: str
    units: tuple[Unit, ...]
    targets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Package:
    source_lang: str
    target_lang: str
    work: tuple[Work, ...]


@dataclass(frozen=True)
class Returned:
    """What came back for one article: targets by unit, and the source each was made from, as the file says."""

    path: str
    digest: str
    targets: Mapping[str, str]


@dataclass(frozen=True)
class Delivery:
    source_lang: str
    target_lang: str
    articles: tuple[Returned, ...]
