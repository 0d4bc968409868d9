"""What a source says, before it is written as articles: drafts, groups and files, whatever tool they came from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kb.errors import KbError
from kb.findings import Finding, warning
from kb.source.failures import described


class TransferError(KbError):
    """An import or export that cannot begin. `str(error)` says what to do next."""


@dataclass(frozen=True)
class Draft:
    """One article in one language as its source has it; links and pictures are still those of the source.

    `id` is what the source knows it by and stays the same over runs. `path` and `line` say where the text is, for
    findings and for relative links. `folders` are the slugs of its categories, outermost first. Drafts with one `key`
    are translations of each other. `address` is its path on the old site ('' if unknown), `old` further ones.
    `header` holds fields of our front matter. `upstream` is a digest of what the source says. `numbers` are the lines
    of the source's text that the lines of the body come from, where they are not the same.
    """

    id: str
    path: str
    lang: str
    slug: str
    title: str
    body: str
    key: str = ""
    line: int = 1
    folders: tuple[str, ...] = ()
    header: Mapping[str, Any] = field(default_factory=dict)
    address: str = ""
    old: tuple[str, ...] = ()
    order: float | None = None
    upstream: str = ""
    numbers: tuple[int, ...] = ()
    # The address the page itself says, without slashes around it; and whether it says what it is a translation of.
    permalink: str = ""
    has_own_key: bool = False

    def line_of(self, number: int) -> int:
        """The line of the source's file that a line of the body (the first is 0) comes from."""
        return self.line + (self.numbers[number] - 1 if number < len(self.numbers) else number)


@dataclass(frozen=True)
class Group:
    """A category as its source describes it. `lang` '' is every language that has no description of its own."""

    folders: tuple[str, ...]
    title: str
    lang: str = ""
    description: str = ""
    order: float | None = None
    icon: str = ""


@dataclass
class Material:
    """All that was read from a source.

    `files` are what may be copied, by path below the source; `file_addresses` further names of theirs. `static` are
    folders whose contents stood at the root of the old site, `content` those of the pages; `ordered` says that the
    order of the drafts is one somebody chose. `hosts` are its names, `base` its address ('' if unknown).
    `verbatim` are files that are taken as they are, by where they go.
    """

    kind: str
    drafts: list[Draft] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)
    file_addresses: dict[str, str] = field(default_factory=dict)
    # Articles by a part of an address's query (`p=12`), categories by path or by kind and number (`sections/20`).
    queries: dict[str, str] = field(default_factory=dict)
    categories: dict[str, tuple[str, ...]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    static: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    ordered: bool = False
    # The drafts that this order names; others stand after them, by their own numbers.
    placed: frozenset[str] = frozenset()
    # The language of what says none, such as the labels of a navigation.
    lang: str = "en"
    hosts: frozenset[str] = frozenset()
    base: str = ""
    prefix: str = ""
    # What the folder of the source is called: links may begin with it.
    names_of_root: tuple[str, ...] = ()
    verbatim: dict[str, Path] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    files_read: int = 0
    # The `#fragments` that links anywhere in the source lead to: what has such an id keeps it.
    fragments: frozenset[str] = frozenset()
    # Articles of which a part that is made from source code did not come along, by id.
    generated: set[str] = field(default_factory=set)
    # Titles by which articles may be linked to (wiki links, Confluence), to the id.
    names: dict[str, str] = field(default_factory=dict)
    # The ids of pages that are there and could not be read this time.
    unread: set[str] = field(default_factory=set)

    def dropped(self, path: str, line: int, what: str, message: str) -> None:
        """Note what was not taken over: `what` is the kind the report counts by."""
        self.findings.append(warning(path, line, what, message))

    def failed(self, path: str, failure: Exception, id: str = "") -> None:
        """Note that the program failed at one page (its id is its path, if none is given), which must not keep the
        others from being read."""
        message = (
            f"The program failed at this page ({described(failure)}), and it was left out. Report it with the page."
        )
        self.dropped(path, 1, "not-converted", message)
        self.unread.add(id or path)


@dataclass(frozen=True)
class Reading:
    """What a kind's reader is given. `root` is the source as a folder; `name` its own name, for findings."""

    root: Path
    default_lang: str = "en"


@dataclass(frozen=True)
class Kind:
    """A tool articles come from. `recognise` returns whether a folder looks like its; the first that does is taken."""

    name: str
    title: str
    recognise: Callable[[Path], bool]
    read: Callable[[Reading], Material]


def digest_of(parts: Iterable[object]) -> str:
    import hashlib

    return hashlib.blake2b("\0".join(map(str, parts)).encode("utf-8", "replace"), digest_size=12).hexdigest()
