"""Fingerprints of the keys in the database, so that a node with other keys does not start.

With other keys it would hold honest messages as a robot's, refuse links that were mailed, and lock people of the desk
out; and keys that were lost would be replaced without a word. What is stored is a one-way fingerprint of each key that
was ever current. A node may start when the newest of each purpose is among the keys it has, current or previous.
"""

import hashlib
import hmac
from collections.abc import Sequence

from sqlalchemy import Connection, Engine, delete, func, insert, select

from core.cluster.schema import key_fingerprint
from core.database.connection import writing
from core.events import emit
from core.secret_keys import PURPOSES, KeyRing

_LOCK = 7_446_774  # any number no other advisory lock of ours has


class KeysRefused(Exception):
    """The keys are not those of this database. The message is a sentence for the operator."""


def fingerprint(key: bytes) -> str:
    """16 hexadecimal digits that tell nothing of the key."""
    return hmac.new(key, b"signpost fingerprint", hashlib.sha256).hexdigest()[:16]


def check_keys(engine: Engine, ring: KeyRing, now: str) -> None:
    """Make keys and their fingerprints where the database has none yet, and note a key that is new beside the one
    before it. Raises KeysRefused for keys that are other ones, or gone."""
    with engine.connect() as connection:
        known = _known(connection)
    lost = [purpose for purpose in PURPOSES if purpose in known and not ring.stored(purpose)]
    if lost:
        emit("keys_refused", purposes=lost, because="lost")
        raise KeysRefused(_LOST.format(names=", ".join(lost), source=ring.source))
    if _settled(known, ring):
        return
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
        known = _known(connection)  # another node may have been first
        refused = _refused(known, ring)
        if not refused:
            _note(connection, known, ring, now)
    if refused:
        emit("keys_refused", purposes=refused, because="other")
        raise KeysRefused(_OTHER.format(names=", ".join(refused), source=ring.source))


def accept_keys(engine: Engine, ring: KeyRing, now: str) -> list[str]:
    """Take the keys of this node for the ones of the database, whatever it knows; the purposes that changed."""
    with writing(engine) as connection:
        changed = _refused(_known(connection), ring)
        connection.execute(delete(key_fingerprint))
        _note(connection, {}, ring, now)
    emit("keys_accepted", purposes=changed)
    return changed


def key_states(engine: Engine, ring: KeyRing) -> dict[str, str]:
    """For each purpose `current`, `previous` (another node has a newer one), `other`, `lost` or `new`."""
    with engine.connect() as connection:
        known = _known(connection)
    return {purpose: _state(known.get(purpose, ()), ring, purpose) for purpose in PURPOSES}


def _state(known: Sequence[str], ring: KeyRing, purpose: str) -> str:
    if not ring.stored(purpose):
        return "lost" if known else "new"
    keys = ring.get(purpose)
    if not known:
        return "new"
    if known[-1] == fingerprint(keys.current):
        return "current"
    return "previous" if known[-1] in map(fingerprint, keys.all) else "other"


def _settled(known: dict[str, list[str]], ring: KeyRing) -> bool:
    """Whether nothing is to be written or refused."""
    return not _refused(known, ring) and all(
        fingerprint(ring.get(purpose).current) in known.get(purpose, ()) for purpose in PURPOSES
    )


def _refused(known: dict[str, list[str]], ring: KeyRing) -> list[str]:
    return [
        purpose
        for purpose in PURPOSES
        if known.get(purpose) and known[purpose][-1] not in map(fingerprint, ring.get(purpose).all)
    ]


def _known(connection: Connection) -> dict[str, list[str]]:
    """Fingerprints by purpose, the newest last."""
    columns = key_fingerprint.c
    found: dict[str, list[str]] = {}
    for row in connection.execute(select(columns.purpose, columns.fingerprint).order_by(columns.number)):
        found.setdefault(row.purpose, []).append(row.fingerprint)
    return found


def _note(connection: Connection, known: dict[str, list[str]], ring: KeyRing, now: str) -> None:
    number = 1 + (connection.execute(select(func.max(key_fingerprint.c.number))).scalar() or 0)
    rotated = []
    for purpose in PURPOSES:
        current = fingerprint(ring.get(purpose).current)
        # A node that still signs with the key before, while another signs with the new one, changes nothing.
        if current in known.get(purpose, ()):
            continue
        values = {"number": number, "purpose": purpose, "fingerprint": current, "since": now}
        connection.execute(insert(key_fingerprint).values(values))
        number += 1
        if known.get(purpose):
            rotated.append(purpose)
    if rotated:
        emit("keys_rotated", purposes=rotated)


_OTHER = (
    "The keys in {source} are not the ones this database was used with ({names}), so nothing was started: links in"
    " mails, open forms and second factors would not be believed. Set SIGNPOST_SECRET_KEY to that of the other nodes"
    " (`python -m app.ops.keys export` on one of them prints it), or copy their secrets/ folder here. To replace a key,"
    " write the new value and the old one, in this order and with a space between. If the old keys are lost for good,"
    " `python -m app.ops.keys accept` says what that costs and takes these."
)
_LOST = (
    "Keys are missing in {source} ({names}) that this database was used with, so nothing was started and none were made"
    " in their place. Bring them back from a backup of secrets/, or set SIGNPOST_SECRET_KEY to that of the other nodes"
    " (`python -m app.ops.keys export` on one of them prints it). If they are lost for good, `python -m app.ops.keys"
    " accept` says what that costs and makes new ones."
)
