"""Data classes of the desk: users, roles, permissions, sessions, and its errors."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kb.authoring.scopes import EVERYWHERE, Scope
from support.tickets.models import Priority, Stage


class Right(StrEnum):
    """A permission at the desk."""

    READ = "read"  # tickets, notes, people
    NOTE = "note"  # internal notes
    ANSWER = "answer"  # reply, call, assign, snooze, close, open for somebody, release, retry
    WRITE = "write"  # article drafts and canned replies
    PUBLISH = "publish"  # articles that visitors read
    MANAGE = "manage"  # users, audit log, export, deleting


class Role(StrEnum):
    """A role at the desk; a user may have several."""

    AGENT = "agent"
    AUTHOR = "author"
    EDITOR = "editor"
    ADMIN = "admin"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.AGENT: frozenset({Right.READ, Right.NOTE, Right.ANSWER}),
    Role.AUTHOR: frozenset({Right.READ, Right.NOTE, Right.WRITE}),
    Role.EDITOR: frozenset({Right.READ, Right.NOTE, Right.WRITE, Right.PUBLISH}),
    Role.ADMIN: frozenset(Right),
}


@dataclass(frozen=True)
class User:
    """An account of the desk. `lang` is '' until they chose one."""

    id: int
    login: str
    name: str
    roles: tuple[Role, ...]
    disabled: bool
    has_totp: bool
    lang: str
    shortcuts: bool
    created_at: datetime
    # Where the rights to write and to publish articles hold. Of admins everywhere, since they could lift it themselves.
    writes: Scope = EVERYWHERE
    publishes: Scope = EVERYWHERE

    def may(self, right: Right) -> bool:
        return any(right in RIGHTS[role] for role in self.roles)


class Step(StrEnum):
    """Authentication step of a session: CODE has the right password and still needs the second factor."""

    CODE = "code"
    FULL = "full"


@dataclass(frozen=True)
class Session:
    """One signed-in browser. The cookie's value is never stored, only its hash."""

    id: int
    user: User
    step: Step
    csrf: str
    device: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True)
class CaseChanges:
    """What is to be changed of a ticket at once; None and '' leave things as they are. `assignee` 0 is nobody."""

    stage: Stage | None = None
    priority: Priority | None = None
    team: str = ""
    assignee: int | None = None
    snooze: datetime | None = None
    wake: bool = False
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    incident: str | None = None

    def __bool__(self) -> bool:
        return self != CaseChanges()


@dataclass(frozen=True)
class SavedView:
    """A saved view of the queue: `query` are its filters as a query string."""

    id: int
    user_id: int
    name: str
    query: str
    shared: bool


@dataclass(frozen=True)
class AuditEntry:
    at: datetime
    login: str
    action: str
    reference: str
    detail: dict[str, str]


class DeskError(Exception):
    """Base of the desk's errors; `code` is stable."""

    code = "desk_error"


class WrongSignIn(DeskError):
    """Name and password, or the code, do not belong together. It does not say which was wrong."""

    code = "wrong_sign_in"


class FactorUnreadable(DeskError):
    """The encryption key has changed: TOTP codes cannot be checked, recovery codes can."""

    code = "factor_unreadable"


class SignInThrottled(DeskError):
    """Throttled after too many failed attempts; the next is allowed in `seconds`."""

    code = "must_wait"

    def __init__(self, seconds: int):
        super().__init__(f"wait {seconds} seconds")
        self.seconds = seconds


class BadAccount(DeskError):
    """What was given for an account cannot be used; `code` says what: login, taken, password,
    common_password, roles, last_admin."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code
