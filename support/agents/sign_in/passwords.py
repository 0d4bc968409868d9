"""Passwords and one-time codes: argon2id, RFC 6238, and recovery codes that work once."""

import hashlib
import hmac
import secrets
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 1_000
RECOVERY_CODES = 10
_ALPHABET = "34679CDFGHJKMNPQRTWXY"
_STEP_SECONDS = 30


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # argon2id with the library's parameters, which follow RFC 9106's second choice


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_hex(16))


def hash_password(password: str) -> str:
    return _hasher().hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password matches the hash. Without a hash it takes as long and is False, against user enumeration by
    timing."""
    try:
        return _hasher().verify(stored or _nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher().check_needs_rehash(stored)


def is_usable(password: str) -> bool:
    """Long enough to be a pass phrase, and not one character over and over."""
    return SHORTEST <= len(password) <= LONGEST and len(set(password)) > 4


def new_totp_secret() -> str:
    import pyotp

    return pyotp.random_base32()


def totp_address(secret: str, login: str, site: str) -> str:
    """The otpauth:// URI in the QR code for authenticator apps."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=site)


def totp_step(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """The time step the code belongs to, None when it is wrong or its step was used before.

    One step of clock drift either way is accepted.
    """
    import pyotp

    code = "".join(ch for ch in code if ch in "0123456789")
    totp = pyotp.TOTP(secret)
    here = int(now.timestamp()) // _STEP_SECONDS
    for step in (here, here - 1, here + 1):
        if step > last_step and hmac.compare_digest(totp.at(step * _STEP_SECONDS), code):
            return step
    return None


def new_recovery_codes() -> tuple[str, ...]:
    """Codes of 70 random bits, in groups that can be read out."""
    return tuple(
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4)) for _ in range(RECOVERY_CODES)
    )


def code_hash(code: str) -> str:
    """How a recovery code is stored. Its own randomness is what protects it, so a fast hash will do."""
    tidy = "".join(ch for ch in code.upper() if ch in _ALPHABET)
    return hashlib.sha256(b"desk-recovery:" + tidy.encode()).hexdigest()
