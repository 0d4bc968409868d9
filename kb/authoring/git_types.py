"""Who commits, why nothing was committed, and what is chosen in a conflict.

Apart from what works with Git, whose library takes 5 MB: that is imported where there is a repository.
"""

from dataclasses import dataclass

# Why nothing was committed. A merge or rebase is not finished; no branch is checked out; another program writes;
# `.gitignore` has the file; it has a filter, which would run a program; the repository cannot be read.
REASONS = frozenset({"under_way", "detached", "locked", "ignored", "filter", "failed"})

# What a person said of a conflict: the file of theirs they saw ('' for none), and whether ours or theirs is kept.
Choice = tuple[str, str]


class NotCommitted(Exception):
    """`code` is one of REASONS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Signature:
    """Who a commit is by."""

    name: str
    email: str

    def __bytes__(self) -> bytes:
        return f"{_clean(self.name) or _clean(self.email)} <{_clean(self.email)}>".encode()


def _clean(text: str) -> str:
    return " ".join("".join(" " if c in "<>\n\0" else c for c in text).split())
