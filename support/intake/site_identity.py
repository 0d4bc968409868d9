"""Who somebody is, on the word of the site whose page they are on.

The site's server signs a JSON Web Token of at most an hour for this site alone (`aud` is its key), with a secret both
sides have (HS256) or a key only it has (EdDSA). Each kind of signature is checked with keys of its own kind only, so
that nobody can pass off a public key as a secret; a token that names another kind, or none, is refused unread.
"""

from datetime import datetime, timedelta
from typing import Any

import jwt

from support.email.addresses import is_email
from support.intake.identity import BadIdentity, SignedIdentity
from support.intake.public_keys import read_public_key
from support.intake.sites import Site

LONGEST_LIFE = timedelta(hours=1)
LEEWAY = timedelta(seconds=60)  # between the clocks of two servers
_LONGEST = 4_096
# The times are checked here, by the clock that was passed in.
_OPTIONS: Any = {"require": ["exp", "iat", "aud"], "verify_exp": False, "verify_iat": False, "verify_nbf": False}


class IdentityRefused(BadIdentity):
    """Why a token is not believed: `reason` for programs, the text for the people who made it."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


def read_site_identity(token: str, site: Site, now: datetime) -> SignedIdentity:
    """Raises IdentityRefused for a token that is not the site's own, has run out, lives too long or names nobody."""
    if site.identity == "none":
        raise IdentityRefused("not_taken", "the site has no identity_secrets and no identity_keys")
    claims = _verified(token, site)
    _check_times(claims, now)
    email = claims.get("email")
    if not isinstance(email, str) or not is_email(email.strip()):
        raise IdentityRefused("claims", "it names no e-mail address")
    return SignedIdentity(email.strip(), _text(claims, "name"), _text(claims, "id") or _text(claims, "sub"))


def _verified(token: str, site: Site) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(token) if len(token) <= _LONGEST else {}
    except jwt.PyJWTError:
        header = {}
    keys = _keys(header.get("alg"), site)
    for key in keys:
        try:
            claims: dict[str, Any] = jwt.decode(
                token, key, algorithms=[header["alg"]], audience=site.key, options=_OPTIONS
            )
        except jwt.InvalidSignatureError:
            continue  # the next may be the one: two are valid while one replaces the other
        except jwt.MissingRequiredClaimError as error:
            raise IdentityRefused("claims", f"it has no {error.claim}") from None
        except jwt.InvalidAudienceError:
            raise IdentityRefused("audience", f"its aud is not {site.key}") from None
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            raise IdentityRefused("malformed", "it is no JSON Web Token we can read") from None
        return claims
    raise IdentityRefused("signature", "its signature is by none of the site's keys")


def _keys(algorithm: Any, site: Site) -> tuple[Any, ...]:
    """The keys a token of that algorithm may be signed with."""
    if algorithm == "HS256":
        return site.identity_secrets
    if algorithm == "EdDSA":
        return tuple(read_public_key(text) for text in site.identity_keys)
    raise IdentityRefused("algorithm", "it is signed with neither HS256 nor EdDSA")


def _check_times(claims: dict[str, Any], now: datetime) -> None:
    expires, issued = _moment(claims, "exp"), _moment(claims, "iat")
    clock, leeway = now.timestamp(), LEEWAY.total_seconds()
    if expires + leeway <= clock:
        raise IdentityRefused("expired", "it has run out")
    if issued - leeway > clock or ("nbf" in claims and _moment(claims, "nbf") - leeway > clock):
        raise IdentityRefused("not_yet", "it is from the future; compare the clocks of both servers")
    if not 0 < expires - issued <= LONGEST_LIFE.total_seconds():
        raise IdentityRefused("claims", "it lives longer than an hour; make one for each page")


def _moment(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
        raise IdentityRefused("claims", f"its {name} is no time in seconds")
    return float(value)


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name, "")
    return str(value).replace("\0", "")[:200] if isinstance(value, str | int) and not isinstance(value, bool) else ""
