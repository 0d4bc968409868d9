"""Who may work at the desk: signing in and out, passwords, the second factor, sessions.

Sessions are rows of the database, so that one can be ended from anywhere. The cookie holds 256 random bits.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, text

from core.database import writing
from core.timestamps import iso, moment
from support.agents import attempts, audit, passwords, second_factor
from support.agents.attempts import SignInAttempt
from support.agents.models import BadAccount, FactorUnreadable, MustWait, Role, Session, Step, User, WrongSignIn
from support.agents.totp_encryption import TotpEncryption
from support.email.addresses import is_email

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
CODE_WITHIN = timedelta(minutes=5)
_SEEN_EVERY = timedelta(minutes=1)


class Accounts:
    """`key` gives the secret that hides addresses in the database; it is asked for when somebody signs in."""

    def __init__(self, engine: Engine, key: Callable[[], bytes]):
        self.engine = engine
        self._key = key
        self._seal = TotpEncryption(key)

    # --- signing in ---

    def sign_in(self, login: str, password: str, address: str, device: str, now: datetime) -> tuple[str, Session]:
        """(the cookie's value, the session). Its step is CODE when the second factor is still to come.

        Raises WrongSignIn, or MustWait without even looking at the password.
        """
        attempt = SignInAttempt(tidy(login), address, self._key())
        with self.engine.connect() as connection:
            self._refuse_the_hasty(connection, attempt, now)
            row = self._row(connection, attempt.login)
        # Not inside a transaction: it takes a tenth of a second on purpose.
        right = passwords.matches(row.password_hash if row and not row.disabled else None, password)
        with writing(self.engine) as connection:
            # Looked at again: many at once must not get through on one look.
            self._refuse_the_hasty(connection, attempt, now)
            if not right or row is None:
                attempts.failed(connection, attempt, now)
                audit.record(connection, attempt.login[:254], "sign_in_failed", now)
                wrong = True
            else:
                wrong = False
                if passwords.outdated(row.password_hash):
                    self._set_hash(connection, row.id, passwords.hashed(password))
                token, session = self._open(connection, _user(row), device, now)
                if session.step is Step.FULL:
                    self._arrived(connection, attempt, session, now)
        if wrong:
            raise WrongSignIn("name and password do not belong together")
        return token, session

    def second_factor(self, token: str, code: str, address: str, now: datetime) -> tuple[str, Session]:
        """Complete a session with a code of the app or a recovery code; the cookie changes.

        Raises as `sign_in`, and FactorUnreadable when codes of the app cannot be checked any more.
        """
        with writing(self.engine) as connection:
            session = self._session(connection, token, now)
            if session is None or session.step is not Step.CODE:
                raise WrongSignIn("this sign-in has run out")
            attempt = SignInAttempt(session.user.login, address, self._key())
            self._refuse_the_hasty(connection, attempt, now)
            unreadable: FactorUnreadable | None = None
            try:
                how = second_factor.check(connection, self._seal, session.user, code, now)
            except FactorUnreadable as error:
                how, unreadable = "", error
            if how:
                connection.execute(text("DELETE FROM desk_session WHERE id = :id"), {"id": session.id})
                token, session = self._open(connection, session.user, session.device, now, Step.FULL)
                self._arrived(connection, attempt, session, now, how)
            else:
                attempts.failed(connection, attempt, now)
                audit.record(connection, session.user.login, "code_failed", now)
        if unreadable is not None:
            raise unreadable
        if not how:
            raise WrongSignIn("the code is wrong or was used before")
        return token, session

    def session(self, token: str, now: datetime) -> Session | None:
        """The session of a cookie, None when it has ended. Notes once a minute that it is in use."""
        with self.engine.connect() as connection:
            session = self._session(connection, token, now)
        if session is not None and now - session.seen_at > _SEEN_EVERY:
            with writing(self.engine) as connection:
                connection.execute(
                    text("UPDATE desk_session SET seen_at = :now WHERE id = :id"), {"now": iso(now), "id": session.id}
                )
        return session

    def sign_out(self, session: Session, now: datetime) -> None:
        with writing(self.engine) as connection:
            connection.execute(text("DELETE FROM desk_session WHERE id = :id"), {"id": session.id})
            audit.record(connection, session.user.login, "signed_out", now)

    def sessions(self, user_id: int, now: datetime) -> tuple[Session, ...]:
        """Where this person is signed in, newest first."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                text(f"{_SESSION} WHERE s.user_id = :id AND s.step = 'full' ORDER BY s.seen_at DESC"),
                {"id": user_id},
            )
            return tuple(s for s in map(_read_session, rows) if not _ended(s, now))

    def end_sessions(self, user: User, by: str, now: datetime, *, only: int = 0, but: int = 0) -> int:
        """End one session of a person, or all `but` one; how many."""
        clause = "AND id = :only" if only else "AND id <> :but"
        with writing(self.engine) as connection:
            ended = connection.execute(
                text(f"DELETE FROM desk_session WHERE user_id = :user {clause}"),  # noqa: S608 - one of two clauses
                {"user": user.id, "only": only, "but": but},
            ).rowcount
            audit.record(connection, by, "sessions_ended", now, detail={"user": user.login, "count": str(ended)})
        return ended

    def sweep(self, now: datetime) -> int:
        """Remove ended sessions and old attempts; how many rows."""
        with writing(self.engine) as connection:
            gone = connection.execute(
                text(
                    "DELETE FROM desk_session WHERE seen_at < :idle OR created_at < :longest"
                    " OR (step = 'code' AND created_at < :code)"
                ),
                {"idle": iso(now - IDLE), "longest": iso(now - LONGEST), "code": iso(now - CODE_WITHIN)},
            ).rowcount
            return gone + attempts.forget(connection, now)

    # --- people ---

    def create(self, login: str, name: str, password: str, roles: Iterable[Role], by: str, now: datetime) -> User:
        """A new account. Raises BadAccount."""
        login, wanted = tidy(login), tuple(dict.fromkeys(roles))
        if not is_email(login):
            raise BadAccount("login")
        if not wanted:
            raise BadAccount("roles")
        if not passwords.usable(password):
            raise BadAccount("password")
        made = passwords.hashed(password)
        with writing(self.engine) as connection:
            row = connection.execute(
                text(
                    "INSERT INTO desk_user (login, name, roles, password_hash, created_at)"
                    " VALUES (:login, :name, :roles, :hash, :now) ON CONFLICT (login) DO NOTHING RETURNING *"
                ),
                {
                    "login": login,
                    "name": " ".join(name.split())[:200] or login.partition("@")[0],
                    "roles": ",".join(wanted),
                    "hash": made,
                    "now": iso(now),
                },
            ).first()
            if row is None:
                raise BadAccount("taken")
            audit.record(connection, by, "user_created", now, detail={"user": login, "roles": ",".join(wanted)})
        return _user(row)

    def change(self, user: User, by: str, now: datetime, *, roles: Iterable[Role], disabled: bool) -> User:
        """Other roles, or shut the account out and end its sessions. Raises BadAccount, also for the last admin."""
        wanted = tuple(dict.fromkeys(roles))
        if not wanted:
            raise BadAccount("roles")
        with writing(self.engine) as connection:
            others = connection.execute(
                text("SELECT COUNT(*) FROM desk_user WHERE id <> :id AND disabled = 0 AND roles LIKE '%admin%'"),
                {"id": user.id},
            ).scalar_one()
            if not others and (disabled or Role.ADMIN not in wanted):
                raise BadAccount("last_admin")
            connection.execute(
                text("UPDATE desk_user SET roles = :roles, disabled = :disabled WHERE id = :id"),
                {"roles": ",".join(wanted), "disabled": int(disabled), "id": user.id},
            )
            if disabled:
                connection.execute(text("DELETE FROM desk_session WHERE user_id = :id"), {"id": user.id})
            detail = {"user": user.login, "roles": ",".join(wanted), "disabled": "yes" if disabled else "no"}
            audit.record(connection, by, "user_changed", now, detail=detail)
            return self._by_id(connection, user.id)

    def set_password(self, user: User, password: str, by: str, now: datetime, *, keep: int = 0) -> None:
        """A new password; ends all sessions but `keep`. Raises BadAccount."""
        if not passwords.usable(password):
            raise BadAccount("password")
        made = passwords.hashed(password)
        with writing(self.engine) as connection:
            self._set_hash(connection, user.id, made)
            connection.execute(
                text("DELETE FROM desk_session WHERE user_id = :id AND id <> :keep"), {"id": user.id, "keep": keep}
            )
            audit.record(connection, by, "password_changed", now, detail={"user": user.login})

    def check_password(self, user: User, password: str, address: str, now: datetime) -> None:
        """Whether it is this person's password, for what must not be done at an unattended screen.

        Raises WrongSignIn or MustWait.
        """
        attempt = SignInAttempt(user.login, address, self._key())
        with self.engine.connect() as connection:
            self._refuse_the_hasty(connection, attempt, now)
            row = self._row(connection, user.login)
        if row is None or not passwords.matches(row.password_hash, password):
            with writing(self.engine) as connection:
                attempts.failed(connection, attempt, now)
            raise WrongSignIn("this is not the password")

    def choose(self, user: User, *, lang: str | None = None, shortcuts: bool | None = None) -> None:
        """What somebody prefers."""
        with writing(self.engine) as connection:
            connection.execute(
                text("UPDATE desk_user SET lang = :lang, shortcuts = :shortcuts WHERE id = :id"),
                {
                    "lang": user.lang if lang is None else lang,
                    "shortcuts": int(user.shortcuts if shortcuts is None else shortcuts),
                    "id": user.id,
                },
            )

    def all(self) -> tuple[User, ...]:
        with self.engine.connect() as connection:
            return tuple(map(_user, connection.execute(text("SELECT * FROM desk_user ORDER BY name, login"))))

    def by_id(self, user_id: int) -> User | None:
        with self.engine.connect() as connection:
            row = connection.execute(text("SELECT * FROM desk_user WHERE id = :id"), {"id": user_id}).first()
        return None if row is None else _user(row)

    def by_login(self, login: str) -> User | None:
        with self.engine.connect() as connection:
            row = self._row(connection, tidy(login))
        return None if row is None else _user(row)

    # --- the second factor ---

    def begin_totp(self, user: User) -> str:
        """A secret for an authenticator app; it counts once a code of it was given to `confirm_totp`."""
        with writing(self.engine) as connection:
            return second_factor.begin(connection, self._seal, user)

    def pending_totp(self, user: User) -> str:
        with self.engine.connect() as connection:
            return second_factor.pending(connection, self._seal, user)

    def confirm_totp(self, user: User, code: str, now: datetime) -> tuple[str, ...]:
        """Switch the second factor on; the recovery codes, shown this once. Raises WrongSignIn."""
        with writing(self.engine) as connection:
            codes = second_factor.confirm(connection, self._seal, user, code, now)
            audit.record(connection, user.login, "second_factor_on", now)
        return codes

    def drop_totp(self, user: User, by: str, now: datetime) -> None:
        """Switch the second factor off, for oneself or for somebody who lost their device."""
        with writing(self.engine) as connection:
            second_factor.drop(connection, user)
            audit.record(connection, by, "second_factor_off", now, detail={"user": user.login})

    def recovery_codes_left(self, user: User) -> int:
        with self.engine.connect() as connection:
            return second_factor.codes_left(connection, user)

    def unreadable_totp(self) -> tuple[int, ...]:
        """The ids of accounts whose second factor was set up under another key of the site."""
        with self.engine.connect() as connection:
            return second_factor.unreadable(connection, self._seal)

    def seal_stored(self) -> int:
        """Encrypt secrets an earlier release stored as they were; how many accounts. Costs one look when all are."""
        with self.engine.connect() as connection:
            plain = text(
                "SELECT 1 FROM desk_user WHERE (totp_secret <> '' AND totp_secret NOT LIKE 'v1:%')"
                " OR (totp_pending <> '' AND totp_pending NOT LIKE 'v1:%') LIMIT 1"
            )
            if connection.execute(plain).first() is None:
                return 0
        with writing(self.engine) as connection:
            return second_factor.seal_stored(connection, self._seal)

    # --- inside a transaction ---

    @staticmethod
    def _refuse_the_hasty(connection: Connection, attempt: SignInAttempt, now: datetime) -> None:
        wait = attempts.seconds_to_wait(connection, attempt, now)
        if wait:
            raise MustWait(wait)

    @staticmethod
    def _row(connection: Connection, login: str) -> Any:
        return connection.execute(text("SELECT * FROM desk_user WHERE login = :login"), {"login": login}).first()

    @staticmethod
    def _by_id(connection: Connection, user_id: int) -> User:
        return _user(connection.execute(text("SELECT * FROM desk_user WHERE id = :id"), {"id": user_id}).one())

    @staticmethod
    def _set_hash(connection: Connection, user_id: int, made: str) -> None:
        connection.execute(
            text("UPDATE desk_user SET password_hash = :hash WHERE id = :id"), {"hash": made, "id": user_id}
        )

    @staticmethod
    def _open(
        connection: Connection, user: User, device: str, now: datetime, step: Step | None = None
    ) -> tuple[str, Session]:
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        step = step or (Step.CODE if user.has_totp else Step.FULL)
        session_id = connection.execute(
            text(
                "INSERT INTO desk_session (hash, user_id, step, csrf, device, created_at, seen_at)"
                " VALUES (:hash, :user, :step, :csrf, :device, :now, :now) RETURNING id"
            ),
            {
                "hash": _token_hash(token), "user": user.id, "step": step.value, "csrf": csrf,
                "device": device[:100], "now": iso(now),
            },
        ).scalar_one()  # fmt: skip
        return token, Session(int(session_id), user, step, csrf, device[:100], now, now)

    @staticmethod
    def _arrived(
        connection: Connection, attempt: SignInAttempt, session: Session, now: datetime, how: str = ""
    ) -> None:
        attempts.succeeded(connection, attempt, now)
        detail = {"device": session.device, **({"with": how} if how else {})}
        audit.record(connection, session.user.login, "signed_in", now, detail=detail)

    @staticmethod
    def _session(connection: Connection, token: str, now: datetime) -> Session | None:
        row = connection.execute(text(f"{_SESSION} WHERE s.hash = :hash"), {"hash": _token_hash(token)}).first()
        if row is None or row.disabled:
            return None
        session = _read_session(row)
        return None if _ended(session, now) else session


_SESSION = (
    "SELECT s.id AS session_id, s.step, s.csrf, s.device, s.created_at AS opened_at, s.seen_at, u.*"
    " FROM desk_session s JOIN desk_user u ON u.id = s.user_id"
)


def tidy(login: str) -> str:
    return login.strip().lower()[:254]


def _token_hash(token: str) -> str:
    return hashlib.sha256(b"desk-session:" + token.encode()).hexdigest()


def _ended(session: Session, now: datetime) -> bool:
    if session.step is Step.CODE:
        return now - session.created_at > CODE_WITHIN
    return now - session.seen_at > IDLE or now - session.created_at > LONGEST


def _user(row: Any) -> User:
    return User(
        id=row.id,
        login=row.login,
        name=row.name,
        roles=tuple(Role(role) for role in row.roles.split(",")),
        disabled=bool(row.disabled),
        has_totp=bool(row.totp_secret),
        lang=row.lang,
        shortcuts=bool(row.shortcuts),
        created_at=moment(row.created_at),
    )


def _read_session(row: Any) -> Session:
    return Session(
        id=row.session_id,
        user=_user(row),
        step=Step(row.step),
        csrf=row.csrf,
        device=row.device,
        created_at=moment(row.opened_at),
        seen_at=moment(row.seen_at),
    )
