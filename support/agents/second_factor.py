"""The second factor of an account: a secret in an authenticator app, and recovery codes that work once.

Every function takes the connection of a transaction the caller owns.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, text

from core.timestamps import iso
from support.agents import passwords
from support.agents.models import FactorUnreadable, User, WrongSignIn
from support.agents.totp_encryption import CannotOpen, TotpEncryption


def begin(connection: Connection, seal: TotpEncryption, user: User) -> str:
    """A new secret, shown once as a picture; it counts once a code of it was given to `confirm`."""
    secret = passwords.new_totp_secret()
    connection.execute(
        text("UPDATE desk_user SET totp_pending = :secret WHERE id = :id"),
        {"secret": seal.seal(secret, user.id), "id": user.id},
    )
    return secret


def pending(connection: Connection, seal: TotpEncryption, user: User) -> str:
    """The secret that waits for its first code; '' for none, and for one that can no longer be read."""
    stored = connection.execute(text("SELECT totp_pending FROM desk_user WHERE id = :id"), {"id": user.id}).scalar()
    try:
        return seal.open(str(stored or ""), user.id)
    except CannotOpen:
        return ""


def confirm(connection: Connection, seal: TotpEncryption, user: User, code: str, now: datetime) -> tuple[str, ...]:
    """Switch the second factor on; the recovery codes. Raises WrongSignIn."""
    secret = pending(connection, seal, user)
    step = passwords.totp_step(secret, code, now, 0) if secret else None
    if step is None:
        raise WrongSignIn("the code does not belong to this secret")
    connection.execute(
        text("UPDATE desk_user SET totp_secret = :secret, totp_pending = '', totp_step = :step WHERE id = :id"),
        {"secret": seal.seal(secret, user.id), "step": step, "id": user.id},
    )
    codes = passwords.new_recovery_codes()
    _put_codes(connection, user.id, codes)
    return codes


def drop(connection: Connection, user: User) -> None:
    connection.execute(
        text("UPDATE desk_user SET totp_secret = '', totp_pending = '', totp_step = 0 WHERE id = :id"), {"id": user.id}
    )
    _put_codes(connection, user.id, ())


def check(connection: Connection, seal: TotpEncryption, user: User, code: str, now: datetime) -> str:
    """`app`, `recovery code`, or '' when it is neither. Raises FactorUnreadable when codes of the app cannot be
    checked any more and it is no recovery code."""
    row = connection.execute(text("SELECT totp_secret, totp_step FROM desk_user WHERE id = :id"), {"id": user.id}).one()
    unreadable = False
    step = None
    try:
        secret = seal.open(row.totp_secret, user.id)
        step = passwords.totp_step(secret, code, now, row.totp_step) if secret else None
    except CannotOpen:
        unreadable = True
    if step is not None:
        # The step is part of the condition: the same code at the same moment opens one session, not two.
        used = connection.execute(
            text("UPDATE desk_user SET totp_step = :step WHERE id = :id AND totp_step < :step"),
            {"step": step, "id": user.id},
        )
        return "app" if used.rowcount else ""
    used = connection.execute(
        text("UPDATE desk_recovery_code SET used_at = :now WHERE user_id = :id AND hash = :hash AND used_at = ''"),
        {"now": iso(now), "id": user.id, "hash": passwords.code_hash(code)},
    )
    if used.rowcount:
        return "recovery code"
    if unreadable:
        raise FactorUnreadable("the key of this site was changed since the second factor was set up")
    return ""


def codes_left(connection: Connection, user: User) -> int:
    left = text("SELECT COUNT(*) FROM desk_recovery_code WHERE user_id = :id AND used_at = ''")
    return int(connection.execute(left, {"id": user.id}).scalar_one())


def unreadable(connection: Connection, seal: TotpEncryption) -> tuple[int, ...]:
    """The ids of accounts whose secret cannot be opened with the present key."""
    found = []
    for row in connection.execute(text("SELECT id, totp_secret FROM desk_user WHERE totp_secret <> ''")):
        try:
            seal.open(row.totp_secret, row.id)
        except CannotOpen:
            found.append(int(row.id))
    return tuple(found)


def seal_stored(connection: Connection, seal: TotpEncryption) -> int:
    """Seal what an earlier release stored as it was; how many accounts."""
    rows = connection.execute(
        text("SELECT id, totp_secret, totp_pending FROM desk_user WHERE totp_secret <> '' OR totp_pending <> ''")
    ).all()
    changed = 0
    for row in rows:
        values = {
            name: seal.seal(stored, row.id) if stored and not seal.is_sealed(stored) else stored
            for name, stored in (("totp_secret", row.totp_secret), ("totp_pending", row.totp_pending))
        }
        if values != {"totp_secret": row.totp_secret, "totp_pending": row.totp_pending}:
            connection.execute(
                text("UPDATE desk_user SET totp_secret = :totp_secret, totp_pending = :totp_pending WHERE id = :id"),
                {**values, "id": row.id},
            )
            changed += 1
    return changed


def _put_codes(connection: Connection, user_id: int, codes: Iterable[str]) -> None:
    connection.execute(text("DELETE FROM desk_recovery_code WHERE user_id = :id"), {"id": user_id})
    for code in codes:
        connection.execute(
            text("INSERT INTO desk_recovery_code (user_id, hash) VALUES (:user, :hash)"),
            {"user": user_id, "hash": passwords.code_hash(code)},
        )
