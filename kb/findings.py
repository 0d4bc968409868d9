"""Lint findings: what is wrong with an article, with path and line so that its author can correct it."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One problem. `path` is below the articles folder; `line` is 1 for what concerns the whole file.

    `code` is stable and is the heading of its explanation in docs/authors/lint.md. `message` is made by `said`, so
    that a page can say it in its reader's language.
    """

    severity: Severity
    path: str
    line: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.severity}: {self.message} [{self.code}]"


def error(path: str, line: int, code: str, message: str) -> Finding:
    return Finding(Severity.ERROR, path, line, code, message)


def warning(path: str, line: int, code: str, message: str) -> Finding:
    return Finding(Severity.WARNING, path, line, code, message)
