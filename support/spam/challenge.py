"""Proof of work for browsers, with the wire format of ALTCHA v1, so that its clients work with it too.

The challenge is the SHA-256 of a salt and a secret number below `maxnumber`; whoever finds the number has done the
work. The salt carries the expiry and ends with `&`, so that no digit of the number can be moved into it. A
challenge that came back unsolved still proves that somebody asked for it, and when.

The `altcha` package does the same; it compares signatures with `==` and asks its own clock, so it is not used.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs

from core.secret_keys import Keys, signed_by

LASTS = timedelta(hours=1)
_LONGEST = 2_048


class ProofOfWork(StrEnum):
    """Outcome of the proof of work in a submission."""

    NONE = "none"
    FORGED = "forged"  # not signed by us
    EXPIRED = "expired"
    UNSOLVED = "unsolved"
    WRONG = "wrong"  # signed by us, but the number does not solve it
    SOLVED = "solved"


@dataclass(frozen=True)
class ChallengeAnswer:
    """The answered challenge. `id` is for replay detection; '' when it is not signed by us."""

    proof: ProofOfWork
    id: str = ""
    issued_at: datetime | None = None
    expires_at: datetime | None = None


class Challenges:
    """Issues and verifies challenges. `secret` is the HMAC key, or several; `work` the largest number to try."""

    def __init__(self, secret: Keys | bytes, work: int):
        self._keys = Keys.of(secret)
        self._work = work

    def issue(self, now: datetime) -> dict[str, Any]:
        """A new challenge as JSON; stateless."""
        expires = int((now + LASTS).timestamp())
        salt = f"{secrets.token_hex(12)}?expires={expires}&issued={int(now.timestamp())}&"
        challenge = hashlib.sha256(f"{salt}{secrets.randbelow(self._work + 1)}".encode()).hexdigest()
        return {
            "algorithm": "SHA-256",
            "challenge": challenge,
            "maxnumber": self._work,
            "salt": salt,
            "signature": _signature(self._keys.current, challenge, salt),
        }

    def read(self, payload: str, now: datetime) -> ChallengeAnswer:
        """What `payload`, Base64 of JSON, proves. Never raises: a submission is not refused for it."""
        if not payload:
            return ChallengeAnswer(ProofOfWork.NONE)
        try:
            values = json.loads(base64.b64decode(payload[:_LONGEST], validate=True))
        except (ValueError, binascii.Error, RecursionError):
            return ChallengeAnswer(ProofOfWork.FORGED)
        if not isinstance(values, dict):
            return ChallengeAnswer(ProofOfWork.FORGED)
        challenge, salt, signature = (values.get(name) for name in ("challenge", "salt", "signature"))
        if not (isinstance(challenge, str) and isinstance(salt, str) and isinstance(signature, str)):
            return ChallengeAnswer(ProofOfWork.FORGED)
        # JSON may hold half a surrogate pair (`"\ud800"`), which strict UTF-8 refuses to encode.
        if not signed_by(self._keys, lambda key: _signature(key, challenge, salt), signature):
            return ChallengeAnswer(ProofOfWork.FORGED)
        # Signed by us, so the salt is one we made.
        told = parse_qs(salt.partition("?")[2])
        issued, expires = (datetime.fromtimestamp(int(told[name][0]), tz=now.tzinfo) for name in ("issued", "expires"))
        found = ChallengeAnswer(ProofOfWork.UNSOLVED, challenge[:32], issued, expires)
        if now >= expires:
            return ChallengeAnswer(ProofOfWork.EXPIRED, found.id, issued, expires)
        number = values.get("number")
        if number is None:
            return found
        solved = isinstance(number, int) and hashlib.sha256(f"{salt}{number}".encode()).hexdigest() == challenge
        return ChallengeAnswer(ProofOfWork.SOLVED if solved else ProofOfWork.WRONG, found.id, issued, expires)


def _signature(key: bytes, challenge: str, salt: str) -> str:
    return hmac.new(key, f"{challenge}\n{salt}".encode(errors="replace"), hashlib.sha256).hexdigest()
