"""SQL of accounts, their sessions and their second factor. Every function takes the connection of a transaction the
caller owns."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, not_, or_, select, update

from core.database.timestamps import iso, moment
from core.database.upsert import insert_for
from kb.authoring.scopes import Scope, scope_of
from support.agents.models import Role, Session, Step, User
from support.agents.schema import desk_recovery_code, desk_session, desk_user

_USER = (
    desk_user.c.id,
    desk_user.c.login,
    desk_user.c.name,
    desk_user.c.roles,
    desk_user.c.disabled,
    desk_user.c.totp_secret,
    desk_user.c.lang,
    desk_user.c.shortcuts,
    desk_user.c.created_at,
    desk_user.c.scopes,
)
_SESSIONS = select(
    desk_session.c.id.label("session_id"),
    desk_session.c.step,
    desk_session.c.csrf,
    desk_session.c.device,
    desk_session.c.created_at.label("opened_at"),
    desk_session.c.seen_at,
    *_USER,
).join_from(desk_session, desk_user, desk_user.c.id == desk_session.c.user_id)


@dataclass(frozen=True)
class StoredTotp:
    """The secrets of one account as they lie in the database. `step` is the time step of the last used code."""

    user_id: int
    secret: str
    pending: str
    step: int


# --- users ---


def insert_user(
    connection: Connection, login: str, name: str, roles: Iterable[Role], password_hash: str, now: datetime
) -> User | None:
    """The new account; None when the login is taken."""
    new = insert_for(connection, desk_user).values(
        login=login, name=name, roles=",".join(roles), password_hash=password_hash, created_at=iso(now)
    )
    new = new.on_conflict_do_nothing(index_elements=[desk_user.c.login])
    row = connection.execute(new.returning(*_USER)).first()
    return None if row is None else _user(row)


def users(connection: Connection) -> tuple[User, ...]:
    """By name."""
    return tuple(map(_user, connection.execute(select(*_USER).order_by(desk_user.c.name, desk_user.c.login))))


def user_of_id(connection: Connection, user_id: int) -> User | None:
    return _one_user(connection, desk_user.c.id == user_id)


def user_of_login(connection: Connection, login: str) -> User | None:
    return _one_user(connection, desk_user.c.login == login)


def credentials(connection: Connection, login: str) -> tuple[User, str] | None:
    """The account and the hash of its password. One statement, so that an unknown login takes as
    long (against user enumeration by timing)."""
    row = connection.execute(select(*_USER, desk_user.c.password_hash).where(desk_user.c.login == login)).first()
    return None if row is None else (_user(row), row.password_hash)


def set_password_hash(connection: Connection, user_id: int, made: str) -> None:
    connection.execute(update(desk_user).where(desk_user.c.id == user_id).values(password_hash=made))


def set_roles(connection: Connection, user_id: int, roles: Iterable[Role], *, disabled: bool) -> User:
    """The account as it is then."""
    change = update(desk_user).where(desk_user.c.id == user_id).values(roles=",".join(roles), disabled=int(disabled))
    return _user(connection.execute(change.returning(*_USER)).one())


def set_scopes(connection: Connection, user_id: int, writes: Scope, publishes: Scope) -> User:
    """The account as it is then. Nothing is stored for an account that is not restricted."""
    told = {"write": [writes.languages, writes.categories], "publish": [publishes.languages, publishes.categories]}
    text = json.dumps(told, ensure_ascii=False) if writes or publishes else ""
    change = update(desk_user).where(desk_user.c.id == user_id).values(scopes=text)
    return _user(connection.execute(change.returning(*_USER)).one())


def set_preferences(connection: Connection, user_id: int, *, lang: str, shortcuts: bool) -> None:
    connection.execute(update(desk_user).where(desk_user.c.id == user_id).values(lang=lang, shortcuts=int(shortcuts)))


def other_admins(connection: Connection, user_id: int) -> int:
    """How many besides this one may manage the desk."""
    admins = select(func.count()).where(
        desk_user.c.id != user_id, desk_user.c.disabled == 0, desk_user.c.roles.contains(Role.ADMIN.value)
    )
    return int(connection.execute(admins).scalar_one())


# --- sessions ---


def insert_session(
    connection: Connection, token_hash: str, user: User, step: Step, csrf: str, device: str, now: datetime
) -> Session:
    new = insert(desk_session).values(
        hash=token_hash,
        user_id=user.id,
        step=step.value,
        csrf=csrf,
        device=device,
        created_at=iso(now),
        seen_at=iso(now),
    )
    session_id = connection.execute(new.returning(desk_session.c.id)).scalar_one()
    return Session(int(session_id), user, step, csrf, device, now, now)


def session_of_hash(connection: Connection, token_hash: str) -> Session | None:
    row = connection.execute(_SESSIONS.where(desk_session.c.hash == token_hash)).first()
    return None if row is None else _session(row)


def full_sessions(connection: Connection, user_id: int) -> tuple[Session, ...]:
    """Of one account, the one used last first; those that have run out too, until they are removed."""
    full = _SESSIONS.where(desk_session.c.user_id == user_id, desk_session.c.step == Step.FULL.value)
    return tuple(map(_session, connection.execute(full.order_by(desk_session.c.seen_at.desc()))))


def set_seen(connection: Connection, session_id: int, now: datetime) -> None:
    connection.execute(update(desk_session).where(desk_session.c.id == session_id).values(seen_at=iso(now)))


def delete_session(connection: Connection, session_id: int) -> None:
    connection.execute(delete(desk_session).where(desk_session.c.id == session_id))


def delete_sessions(connection: Connection, user_id: int, *, only: int = 0, but: int = 0) -> int:
    """All of one account, `only` one of them, or all `but` one; how many."""
    which = desk_session.c.id == only if only else desk_session.c.id != but
    return connection.execute(delete(desk_session).where(desk_session.c.user_id == user_id, which)).rowcount


def delete_ended_sessions(
    connection: Connection, *, seen_before: datetime, opened_before: datetime, code_before: datetime
) -> int:
    """Those not used since, opened before, or that still owed the second factor by then; how many."""
    ended = or_(
        desk_session.c.seen_at < iso(seen_before),
        desk_session.c.created_at < iso(opened_before),
        and_(desk_session.c.step == Step.CODE.value, desk_session.c.created_at < iso(code_before)),
    )
    return connection.execute(delete(desk_session).where(ended)).rowcount


# --- the second factor ---


def totp(connection: Connection, user_id: int) -> StoredTotp | None:
    return next(iter(_totps(connection, desk_user.c.id == user_id)), None)


def totps(connection: Connection) -> tuple[StoredTotp, ...]:
    """Of all accounts that have a secret, in use or waiting for its first code."""
    return _totps(connection, or_(desk_user.c.totp_secret != "", desk_user.c.totp_pending != ""))


def has_totp(connection: Connection) -> bool:
    """Whether any account has a second factor, or is setting one up."""
    found = select(desk_user.c.id).where(or_(desk_user.c.totp_secret != "", desk_user.c.totp_pending != ""))
    return connection.execute(found.limit(1)).first() is not None


def has_unsealed_totp(connection: Connection, prefix: str) -> bool:
    """Whether a secret lies there that does not begin as those do that the current key has sealed."""
    secret, pending = desk_user.c.totp_secret, desk_user.c.totp_pending
    unsealed = or_(
        and_(secret != "", not_(secret.startswith(prefix))),
        and_(pending != "", not_(pending.startswith(prefix))),
    )
    return connection.execute(select(desk_user.c.id).where(unsealed).limit(1)).first() is not None


def set_totp(
    connection: Connection,
    user_id: int,
    *,
    secret: str | None = None,
    pending: str | None = None,
    step: int | None = None,
) -> None:
    """Update the values that are not None."""
    given = {"totp_secret": secret, "totp_pending": pending, "totp_step": step}
    values = {name: value for name, value in given.items() if value is not None}
    connection.execute(update(desk_user).where(desk_user.c.id == user_id).values(values))


def use_totp_step(connection: Connection, user_id: int, step: int) -> bool:
    """Whether this step was not used before. It is part of the condition: the same code at the same moment opens one
    session, not two."""
    later = update(desk_user).where(desk_user.c.id == user_id, desk_user.c.totp_step < step).values(totp_step=step)
    return bool(connection.execute(later).rowcount)


def replace_recovery_codes(connection: Connection, user_id: int, hashes: Iterable[str]) -> None:
    connection.execute(delete(desk_recovery_code).where(desk_recovery_code.c.user_id == user_id))
    rows = [{"user_id": user_id, "hash": code_hash} for code_hash in hashes]
    if rows:
        connection.execute(insert(desk_recovery_code), rows)


def use_recovery_code(connection: Connection, user_id: int, code_hash: str, now: datetime) -> bool:
    """Whether it was one of this account that had not been used."""
    unused = and_(desk_recovery_code.c.user_id == user_id, desk_recovery_code.c.used_at == "")
    use = update(desk_recovery_code).where(unused, desk_recovery_code.c.hash == code_hash).values(used_at=iso(now))
    return bool(connection.execute(use).rowcount)


def recovery_codes_left(connection: Connection, user_id: int) -> int:
    unused = and_(desk_recovery_code.c.user_id == user_id, desk_recovery_code.c.used_at == "")
    return int(connection.execute(select(func.count()).where(unused)).scalar_one())


def _one_user(connection: Connection, which: ColumnElement[bool]) -> User | None:
    row = connection.execute(select(*_USER).where(which)).first()
    return None if row is None else _user(row)


def _user(row: Any) -> User:
    roles = tuple(Role(role) for role in row.roles.split(","))
    told = json.loads(row.scopes) if row.scopes and Role.ADMIN not in roles else {}
    return User(
        id=row.id,
        login=row.login,
        name=row.name,
        roles=roles,
        disabled=bool(row.disabled),
        has_totp=bool(row.totp_secret),
        lang=row.lang,
        shortcuts=bool(row.shortcuts),
        created_at=moment(row.created_at),
        writes=scope_of(*told.get("write", ((), ()))),
        publishes=scope_of(*told.get("publish", ((), ()))),
    )


def _session(row: Any) -> Session:
    return Session(
        id=row.session_id,
        user=_user(row),
        step=Step(row.step),
        csrf=row.csrf,
        device=row.device,
        created_at=moment(row.opened_at),
        seen_at=moment(row.seen_at),
    )


def _totps(connection: Connection, which: ColumnElement[bool]) -> tuple[StoredTotp, ...]:
    columns = (desk_user.c.id, desk_user.c.totp_secret, desk_user.c.totp_pending, desk_user.c.totp_step)
    rows = connection.execute(select(*columns).where(which)).all()
    return tuple(StoredTotp(row.id, row.totp_secret, row.totp_pending, row.totp_step) for row in rows)
