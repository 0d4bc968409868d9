"""Accounts of the desk: signing in and out, passwords, second factor, sessions.

Sessions are rows of the database, so that one can be ended from anywhere. The cookie holds 256 random bits.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from core.database.connection import writing
from core.email_addresses import is_email
from core.secret_keys import Keys
from kb.authoring.scopes import Scope
from support.agents import audit
from support.agents.models import BadAccount, FactorUnreadable, Role, Session, SignInThrottled, Step, User, WrongSignIn
from support.agents.sign_in import passwords, repository, second_factor, throttling
from support.agents.sign_in.common_passwords import is_common
from support.agents.sign_in.throttling import SignInAttempt
from support.agents.sign_in.totp_encryption import TotpEncryption

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
CODE_WITHIN = timedelta(minutes=5)
_SEEN_EVERY = timedelta(minutes=1)


class Accounts:
    """`key` gives the secret that hides addresses in the database; it is asked for when somebody signs in.
    `site_names` are names of this help centre, which nobody's password may be made of."""

    def __init__(self, engine: Engine, key: Callable[[], Keys | bytes], site_names: Sequence[str] = ()):
        self.engine = engine
        self._site_names = site_names
        self._key = key
        self._seal = TotpEncryption(key)

    # --- signing in ---

    def sign_in(self, login: str, password: str, address: str, device: str, now: datetime) -> tuple[str, Session]:
        """(the cookie's value, the session). Its step is CODE when the second factor is still to come.

        Raises WrongSignIn, or SignInThrottled without even looking at the password.
        """
        attempt = SignInAttempt(tidy(login), address, Keys.of(self._key()).current)
        with self.engine.connect() as connection:
            self._refuse_the_hasty(connection, attempt, now)
            user, stored = repository.credentials(connection, attempt.login) or (None, None)
        # Not inside a transaction: hashing takes a tenth of a second on purpose.
        right = passwords.matches(None if user is None or user.disabled else stored, password)
        with writing(self.engine) as connection:
            # Checked again: concurrent attempts must not pass on one check.
            self._refuse_the_hasty(connection, attempt, now)
            if not right or user is None or stored is None:
                throttling.record_failure(connection, attempt, now)
                audit.record(connection, attempt.login[:254], "sign_in_failed", now)
                wrong = True
            else:
                wrong = False
                if passwords.needs_rehash(stored):
                    repository.set_password_hash(connection, user.id, passwords.hash_password(password))
                token, session = self._open(connection, user, device, now)
                if session.step is Step.FULL:
                    self._record_sign_in(connection, attempt, session, now)
        if wrong:
            raise WrongSignIn("name and password do not belong together")
        return token, session

    def second_factor(self, token: str, code: str, address: str, now: datetime) -> tuple[str, Session]:
        """Complete a session with a TOTP or recovery code; the cookie changes (no session fixation).

        Raises as `sign_in`, and FactorUnreadable when codes of the app cannot be checked any more.
        """
        with writing(self.engine) as connection:
            session = self._session(connection, token, now)
            if session is None or session.step is not Step.CODE:
                raise WrongSignIn("this sign-in has run out")
            attempt = SignInAttempt(session.user.login, address, Keys.of(self._key()).current)
            self._refuse_the_hasty(connection, attempt, now)
            unreadable: FactorUnreadable | None = None
            try:
                how = second_factor.check(connection, self._seal, session.user, code, now)
            except FactorUnreadable as error:
                how, unreadable = "", error
            if how:
                repository.delete_session(connection, session.id)
                token, session = self._open(connection, session.user, session.device, now, Step.FULL)
                self._record_sign_in(connection, attempt, session, now, how)
            else:
                throttling.record_failure(connection, attempt, now)
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
                repository.set_seen(connection, session.id, now)
        return session

    def sign_out(self, session: Session, now: datetime) -> None:
        with writing(self.engine) as connection:
            repository.delete_session(connection, session.id)
            audit.record(connection, session.user.login, "signed_out", now)

    def sessions(self, user_id: int, now: datetime) -> tuple[Session, ...]:
        """Where this person is signed in, newest first."""
        with self.engine.connect() as connection:
            return tuple(s for s in repository.full_sessions(connection, user_id) if not _is_expired(s, now))

    def end_sessions(self, user: User, by: str, now: datetime, *, only: int = 0, but: int = 0) -> int:
        """End one session of a person, or all `but` one; how many."""
        with writing(self.engine) as connection:
            ended = repository.delete_sessions(connection, user.id, only=only, but=but)
            audit.record(connection, by, "sessions_ended", now, detail={"user": user.login, "count": str(ended)})
        return ended

    def sweep(self, now: datetime) -> int:
        """Remove ended sessions and old attempts; how many rows."""
        with writing(self.engine) as connection:
            gone = repository.delete_ended_sessions(
                connection, seen_before=now - IDLE, opened_before=now - LONGEST, code_before=now - CODE_WITHIN
            )
            return gone + throttling.forget(connection, now)

    # --- people ---

    def create(self, login: str, name: str, password: str, roles: Iterable[Role], by: str, now: datetime) -> User:
        """A new account. Raises BadAccount."""
        login, wanted = tidy(login), tuple(dict.fromkeys(roles))
        if not is_email(login):
            raise BadAccount("login")
        if not wanted:
            raise BadAccount("roles")
        self._check_new_password(password, login, name)
        made = passwords.hash_password(password)
        with writing(self.engine) as connection:
            name = " ".join(name.split())[:200] or login.partition("@")[0]
            user = repository.insert_user(connection, login, name, wanted, made, now)
            if user is None:
                raise BadAccount("taken")
            audit.record(connection, by, "user_created", now, detail={"user": login, "roles": ",".join(wanted)})
        return user

    def change(
        self, user: User, by: str, now: datetime, *, roles: Iterable[Role], disabled: bool,
        scopes: tuple[Scope, Scope] | None = None,
    ) -> User:  # fmt: skip
        """Change roles and where articles may be written and published (None leaves that), or disable the account and
        end its sessions. Raises BadAccount, also for the last admin."""
        wanted = tuple(dict.fromkeys(roles))
        if not wanted:
            raise BadAccount("roles")
        with writing(self.engine) as connection:
            last_admin = not repository.other_admins(connection, user.id)
            if last_admin and (disabled or Role.ADMIN not in wanted):
                raise BadAccount("last_admin")
            changed = repository.set_roles(connection, user.id, wanted, disabled=disabled)
            if disabled:
                repository.delete_sessions(connection, user.id)
            detail = {"user": user.login, "roles": ",".join(wanted), "disabled": "yes" if disabled else "no"}
            if scopes is not None and scopes != (user.writes, user.publishes):
                changed = repository.set_scopes(connection, user.id, *scopes)
                detail |= {"writes": _scope_words(scopes[0]), "publishes": _scope_words(scopes[1])}
            audit.record(connection, by, "user_changed", now, detail=detail)
        return changed

    def set_password(self, user: User, password: str, by: str, now: datetime, *, keep: int = 0) -> None:
        """A new password; ends all sessions but `keep`. Raises BadAccount."""
        self._check_new_password(password, user.login, user.name)
        made = passwords.hash_password(password)
        with writing(self.engine) as connection:
            repository.set_password_hash(connection, user.id, made)
            repository.delete_sessions(connection, user.id, but=keep)
            audit.record(connection, by, "password_changed", now, detail={"user": user.login})

    def check_password(self, user: User, password: str, address: str, now: datetime) -> None:
        """Whether it is this person's password, for what must not be done at an unattended screen.

        Raises WrongSignIn or SignInThrottled.
        """
        attempt = SignInAttempt(user.login, address, Keys.of(self._key()).current)
        with self.engine.connect() as connection:
            self._refuse_the_hasty(connection, attempt, now)
            _, stored = repository.credentials(connection, user.login) or (None, None)
        if not passwords.matches(stored, password):
            with writing(self.engine) as connection:
                throttling.record_failure(connection, attempt, now)
            raise WrongSignIn("this is not the password")

    def choose(self, user: User, *, lang: str | None = None, shortcuts: bool | None = None) -> None:
        """Store preferences of a user."""
        with writing(self.engine) as connection:
            repository.set_preferences(
                connection,
                user.id,
                lang=user.lang if lang is None else lang,
                shortcuts=user.shortcuts if shortcuts is None else shortcuts,
            )

    def all(self) -> tuple[User, ...]:
        with self.engine.connect() as connection:
            return repository.users(connection)

    def by_id(self, user_id: int) -> User | None:
        with self.engine.connect() as connection:
            return repository.user_of_id(connection, user_id)

    def by_login(self, login: str) -> User | None:
        with self.engine.connect() as connection:
            return repository.user_of_login(connection, tidy(login))

    # --- the second factor ---

    def begin_totp(self, user: User) -> str:
        """A secret for an authenticator app; it counts once a code of it was given to `confirm_totp`."""
        with writing(self.engine) as connection:
            return second_factor.begin(connection, self._seal, user)

    def pending_totp(self, user: User) -> str:
        with self.engine.connect() as connection:
            return second_factor.pending(connection, self._seal, user)

    def confirm_totp(self, user: User, code: str, now: datetime, *, keep: int = 0) -> tuple[str, ...]:
        """Switch the second factor on; the recovery codes, shown this once. Ends all sessions but `keep`: they were
        opened with the password alone. Raises WrongSignIn."""
        with writing(self.engine) as connection:
            codes = second_factor.confirm(connection, self._seal, user, code, now)
            ended = repository.delete_sessions(connection, user.id, but=keep)
            audit.record(connection, user.login, "second_factor_on", now, detail={"sessions_ended": str(ended)})
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
        """Encrypt with the current key what an earlier release or the key before left; how many accounts. One look
        when there is nothing to do."""
        with self.engine.connect() as connection:
            # Asked first, since to know the prefix is to load `cryptography`.
            if not repository.has_totp(connection) or not repository.has_unsealed_totp(connection, self._seal.prefix):
                return 0
        with writing(self.engine) as connection:
            return second_factor.seal_stored(connection, self._seal)

    # --- inside a transaction ---

    @staticmethod
    def _refuse_the_hasty(connection: Connection, attempt: SignInAttempt, now: datetime) -> None:
        wait = throttling.seconds_to_wait(connection, attempt, now)
        if wait:
            raise SignInThrottled(wait)

    @staticmethod
    def _open(
        connection: Connection, user: User, device: str, now: datetime, step: Step | None = None
    ) -> tuple[str, Session]:
        token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        step = step or (Step.CODE if user.has_totp else Step.FULL)
        return token, repository.insert_session(connection, _token_hash(token), user, step, csrf, device[:100], now)

    @staticmethod
    def _record_sign_in(
        connection: Connection, attempt: SignInAttempt, session: Session, now: datetime, how: str = ""
    ) -> None:
        throttling.record_success(connection, attempt, now)
        detail = {"device": session.device, **({"with": how} if how else {})}
        audit.record(connection, session.user.login, "signed_in", now, detail=detail)

    def _check_new_password(self, password: str, login: str, name: str) -> None:
        """Raises BadAccount."""
        if not passwords.is_usable(password):
            raise BadAccount("password")
        if is_common(password, login, name, "signpost", *self._site_names):
            raise BadAccount("common_password")

    @staticmethod
    def _session(connection: Connection, token: str, now: datetime) -> Session | None:
        session = repository.session_of_hash(connection, _token_hash(token))
        return None if session is None or session.user.disabled or _is_expired(session, now) else session


def _scope_words(scope: Scope) -> str:
    """For the audit log."""
    return "; ".join(",".join(some) for some in (scope.languages, scope.categories) if some) or "everywhere"


def tidy(login: str) -> str:
    return login.strip().lower()[:254]


def _token_hash(token: str) -> str:
    return hashlib.sha256(b"desk-session:" + token.encode()).hexdigest()


def _is_expired(session: Session, now: datetime) -> bool:
    if session.step is Step.CODE:
        return now - session.created_at > CODE_WITHIN
    return now - session.seen_at > IDLE or now - session.created_at > LONGEST
