"""What the history of articles is made of, and what became of a save."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kb.authoring.merge import Merged


class Kind(StrEnum):
    """How a text came to be the article's. SUGGESTED is one that never was, yet."""

    FOUND = "found"  # changed outside of the editor, as by Git
    CREATED = "created"
    SAVED = "saved"
    REVERTED = "reverted"
    SUGGESTED = "suggested"


@dataclass(frozen=True)
class Author:
    """Who saves. `may_publish`: also what visitors read."""

    login: str
    may_publish: bool
    name: str = ""


@dataclass(frozen=True)
class Version:
    """One text of an article, made of the one with the hash `base`. `settled` is of suggestions: '' while nobody has
    decided, then taken or declined."""

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
    editor."""

    parts: Merged
    version: str
    by: str
    at: datetime | None


Outcome = Saved | Suggested | ChangedMeanwhile
