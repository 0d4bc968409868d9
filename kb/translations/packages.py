"""Nouns of work that is handed out: the units of some articles, and what is translated of them into one language."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.texts.said import Said, said
from kb.errors import KbError
from kb.translations.units import Unit

# Of a file that comes back, in bytes. The units of a thousand articles have about five megabytes.
MOST_BYTES = 10 * 1024 * 1024
MOST_UNITS = 200_000
TOO_LARGE = said("The file is larger than %(number)s MB. Hand it back in parts.", number=MOST_BYTES // 1024 // 1024)
TOO_MANY = said("The file has more units than any help centre. Hand it back in parts.")


class PackageError(KbError):
    """The file cannot be taken; `why` says why and what to do."""

    def __init__(self, why: Said) -> None:
        super().__init__(why)
        self.why = why


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
    """What came back for one article: targets by unit, and the source each was made from, as the file says. `left` are
    the units that have words and are marked as not done, with why: as the code of a Damage."""

    path: str
    digest: str
    targets: Mapping[str, str]
    left: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Delivery:
    source_lang: str
    target_lang: str
    articles: tuple[Returned, ...]
