"""The second factor of an account: a secret in an authenticator app, and recovery codes that work once.

Every function takes the connection of a transaction the caller owns.
"""

from datetime import datetime

from sqlalchemy import Connection

from support.agents.models import FactorUnreadable, User, WrongSignIn
from support.agents.sign_in import passwords, repository
from support.agents.sign_in.totp_encryption import DecryptionFailed, TotpEncryption


def begin(connection: Connection, seal: TotpEncryption, user: User) -> str:
    """A new secret, shown once as a picture; it counts once a code of it was given to `confirm`."""
    secret = passwords.new_totp_secret()
    repository.set_totp(connection, user.id, pending=seal.seal(secret, user.id))
    return secret


def pending(connection: Connection, seal: TotpEncryption, user: User) -> str:
    """The secret that waits for its first code; '' for none, and for one that can no longer be read."""
    stored = repository.totp(connection, user.id)
    try:
        return seal.open(stored.pending if stored else "", user.id)
    except DecryptionFailed:
        return ""


def confirm(connection: Connection, seal: TotpEncryption, user: User, code: str, now: datetime) -> tuple[str, ...]:
    """Switch the second factor on; the recovery codes. Raises WrongSignIn."""
    secret = pending(connection, seal, user)
    step = passwords.totp_step(secret, code, now, 0) if secret else None
    if step is None:
        raise WrongSignIn("the code does not belong to this secret")
    repository.set_totp(connection, user.id, secret=seal.seal(secret, user.id), pending="", step=step)
    codes = passwords.new_recovery_codes()
    repository.replace_recovery_codes(connection, user.id, map(passwords.code_hash, codes))
    return codes


def drop(connection: Connection, user: User) -> None:
    repository.set_totp(connection, user.id, secret="", pending="", step=0)
    repository.replace_recovery_codes(connection, user.id, ())


def check(connection: Connection, seal: TotpEncryption, user: User, code: str, now: datetime) -> str:
    """`app`, `recovery code`, or '' when it is neither. Raises FactorUnreadable when codes of the app cannot be
    checked any more and it is no recovery code."""
    stored = repository.totp(connection, user.id)
    unreadable = False
    step = None
    try:
        secret = seal.open(stored.secret, user.id) if stored else ""
        step = passwords.totp_step(secret, code, now, stored.step) if stored and secret else None
    except DecryptionFailed:
        unreadable = True
    if step is not None:
        return "app" if repository.use_totp_step(connection, user.id, step) else ""
    if repository.use_recovery_code(connection, user.id, passwords.code_hash(code), now):
        return "recovery code"
    if unreadable:
        raise FactorUnreadable("the key of this site was changed since the second factor was set up")
    return ""


def codes_left(connection: Connection, user: User) -> int:
    return repository.recovery_codes_left(connection, user.id)


def unreadable(connection: Connection, seal: TotpEncryption) -> tuple[int, ...]:
    """The ids of accounts whose secret cannot be opened with the present key."""
    found = []
    for stored in repository.totps(connection):
        try:
            seal.open(stored.secret, stored.user_id)
        except DecryptionFailed:
            found.append(stored.user_id)
    return tuple(found)


def seal_stored(connection: Connection, seal: TotpEncryption) -> int:
    """Seal what an earlier release stored as it was, or the key before sealed; how many accounts."""
    changed = 0
    for stored in repository.totps(connection):
        secret, pending = (_sealed_now(seal, one, stored.user_id) for one in (stored.secret, stored.pending))
        if (secret, pending) != (stored.secret, stored.pending):
            repository.set_totp(connection, stored.user_id, secret=secret, pending=pending)
            changed += 1
    return changed


def _sealed_now(seal: TotpEncryption, stored: str, user_id: int) -> str:
    """Sealed with the current key; as it is when it cannot be opened."""
    if not stored or stored.startswith(seal.prefix):
        return stored
    try:
        return seal.seal(seal.open(stored, user_id), user_id)
    except DecryptionFailed:
        return stored
