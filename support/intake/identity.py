"""Who somebody is, on the word of the site that embeds us.

The site's server signs `{"email": …, "name": …, "id": …, "exp": …}` as a JSON Web Token with HS256 and the secret of
`identity_secret`. Nothing else is read of the token: any other algorithm is refused, and `exp` must be there.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_LONGEST = 4_096


class BadIdentity(ValueError):
    """Why a token is not believed."""


@dataclass(frozen=True)
class SignedIdentity:
    email: str
    name: str = ""
    external_id: str = ""


def read_identity(token: str, secret: str, now: datetime) -> SignedIdentity:
    """Raises BadIdentity for a token that is not ours, has run out, or names nobody."""
    if not secret:
        raise BadIdentity("identity_secret is not set")
    parts = token.split(".")
    if len(token) > _LONGEST or len(parts) != 3:
        raise BadIdentity("it is no JSON Web Token")
    expected = hmac.new(secret.encode(), f"{parts[0]}.{parts[1]}".encode(), hashlib.sha256).digest()
    if _json(parts[0]).get("alg") != "HS256":
        raise BadIdentity("it is not signed with HS256")
    if not hmac.compare_digest(expected, _decoded(parts[2])):
        raise BadIdentity("its signature is wrong")
    claims = _json(parts[1])
    expires = claims.get("exp")
    if isinstance(expires, bool) or not isinstance(expires, int | float) or expires <= now.timestamp():
        raise BadIdentity("it has run out")
    email = claims.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise BadIdentity("it names no address")
    return SignedIdentity(email.strip(), _text(claims, "name"), _text(claims, "id"))


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name, "")
    return str(value).replace("\0", "")[:200] if isinstance(value, str | int) else ""


def _json(part: str) -> dict[str, Any]:
    try:
        value = json.loads(_decoded(part))
    except (ValueError, RecursionError):
        raise BadIdentity("it is no JSON Web Token") from None
    if not isinstance(value, dict):
        raise BadIdentity("it is no JSON Web Token")
    return value


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raise BadIdentity("it is no JSON Web Token") from None
