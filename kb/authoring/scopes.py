"""Pure: where a right to write or publish holds, and where an article stands. The one rule that every change of an
article's file is held to (`service.py`)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kb.errors import KbError
from kb.source import frontmatter
from kb.source.paths import GENERAL, category_slug, place_of


@dataclass(frozen=True)
class Spot:
    """The language and category an article stands in."""

    lang: str
    category: str


@dataclass(frozen=True)
class Scope:
    """Languages and categories a right is restricted to, () for all of them. A category holds those in it."""

    languages: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()

    def covers(self, spot: Spot) -> bool:
        return (not self.languages or spot.lang in self.languages) and (
            not self.categories
            or any(spot.category == one or spot.category.startswith(f"{one}/") for one in self.categories)
        )

    def __bool__(self) -> bool:
        return bool(self.languages or self.categories)


EVERYWHERE = Scope()


class NotAllowed(KbError):
    """The account may not change articles in this language or category."""


def spot_of(path: str, text: str, default_lang: str) -> Spot:
    """Where a file with this text stands, as the reader of the folder decides it."""
    fields = frontmatter.read(text, "").fields
    place = place_of(path, fields.title)
    return Spot(fields.lang or place.lang or default_lang, category_slug(fields.category) or place.category or GENERAL)


def covers_all(scope: Scope, spots: Iterable[Spot]) -> bool:
    return all(scope.covers(one) for one in spots)


def scope_of(languages: Sequence[str], categories: Sequence[str]) -> Scope:
    """A scope of what somebody typed or chose, empty and repeated entries left out."""
    cleaned = [tuple(dict.fromkeys(one.strip().strip("/") for one in some if one.strip().strip("/")))
               for some in (languages, categories)]  # fmt: skip
    return Scope(*cleaned)
