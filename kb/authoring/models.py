"""What the history of articles is made of, and what became of a save."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kb.authoring.merge import Merged
from kb.authoring.scopes import EVERYWHERE, Scope, Spot, covers_all


class Kind(StrEnum):
    """How a text came to be the article's. SUGGESTED is one that never was, yet; REMOTE one that the Git remote has,
    and that was shown to somebody because both sides changed the same."""

    FOUND = "found"  # changed outside of the editor, as by Git
    CREATED = "created"
    SAVED = "saved"
    REVERTED = "reverted"
    SUGGESTED = "suggested"
    REMOTE = "remote"


@dataclass(frozen=True)
class Author:
    """Who saves. `may_publish`: also what visitors read. `writes` and `publishes` say where."""

    login: str
    may_publish: bool
    name: str = ""
    writes: Scope = EVERYWHERE
    publishes: Scope = EVERYWHERE

    def may_write_at(self, *spots: Spot) -> bool:
        return covers_all(self.writes, spots)

    def may_publish_at(self, *spots: Spot) -> bool:
        return self.may_publish and self.may_write_at(*spots) and covers_all(self.publishes, spots)


@dataclass(frozen=True)
class Version:
    """One text of an article, made of the one with the hash `base`. `settled` is of suggestions: '' while nobody has
    decided, then taken or declined. `moved_from` is the path the file had before, '' unless it was moved then."""

    id: int
    path: str
    at: datetime
    login: str
    kind: Kind
    reason: str
    hash: str
    base: str
    git_commit: str
    settled: str
    moved_from: str = ""


@dataclass(frozen=True)
class Saved:
    """The text is in the file. `changed` is false where it was there already. `not_committed` is why Git does not have
    it, as in git_commits.NotCommitted."""

    version: str
    changed: bool = True
    not_committed: str = ""


@dataclass(frozen=True)
class Suggested:
    """The author may not change what visitors read: the text waits for somebody who may."""

    id: int


@dataclass(frozen=True)
class ChangedMeanwhile:
    """The file is no longer what the author began from. Nothing was saved; `parts` are both changes brought together,
    `version` is what the file has now and who comes next begins from. `by` made the last change, '' outside of the
    editor. `remote`: the other text is that of the Git remote, where both changed the same; `base`
    is then the version both began from."""

    parts: Merged
    version: str
    by: str
    at: datetime | None
    remote: bool = False
    base: str = ""


Outcome = Saved | Suggested | ChangedMeanwhile
