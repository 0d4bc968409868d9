"""Signed identities: verifies the JSON Web Tokens by which an operator's servers vouch for their users.

A site signs for its own pages (`identity_secrets`, `identity_keys`), any other server of the operator with
`identity_secret`. Each algorithm is verified with keys of its own kind only, against algorithm confusion; a token
that names another algorithm, or none, is refused. Every token must expire, so that one that leaks in a URL or a log
becomes worthless.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from core.email_addresses import is_email
from support.intake.public_keys import read_public_key
from support.intake.sites import Site

if TYPE_CHECKING:
    from jwt.types import Options

LONGEST_LIFE_OF_A_SITES = timedelta(hours=1)  # made anew for each page
LONGEST_LIFE = timedelta(hours=24)  # also stands in links of pages that stay open over the day
LEEWAY = timedelta(seconds=60)  # allowed clock skew
LONGEST_TEXT = 200  # of a name or a number; what is longer is cut
_LONGEST_TOKEN = 4_096


class IdentityRefused(ValueError):
    """A token was refused: `reason` for programs, the text for the developers who issued it."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True)
class SignedIdentity:
    email: str
    name: str = ""
    external_id: str = ""


@dataclass(frozen=True)
class _Issuer:
    """An accepted issuer. `keys` by algorithm; `required` are the mandatory claims."""

    keys: Mapping[str, tuple[Any, ...]]
    audience: str
    required: tuple[str, ...]
    longest: timedelta


def read_identity(token: str, secret: str, base_url: str, now: datetime) -> SignedIdentity:
    """Whom a token signed with `identity_secret` names. Its `aud` may be missing, else it must be `base_url`.

    Raises IdentityRefused for one that is not ours, has run out, lives too long or names nobody.
    """
    if not secret:
        raise IdentityRefused("not_taken", "identity_secret is not set")
    return _read(token, _Issuer({"HS256": (secret,)}, base_url, ("exp",), LONGEST_LIFE), now)


def read_site_identity(token: str, site: Site, now: datetime) -> SignedIdentity:
    """Raises IdentityRefused for a token that is not the site's own, has run out, lives too long or names nobody."""
    if site.identity == "none":
        raise IdentityRefused("not_taken", "the site has no identity_secrets and no identity_keys")
    keys = {"HS256": site.identity_secrets, "EdDSA": tuple(read_public_key(text) for text in site.identity_keys)}
    return _read(token, _Issuer(keys, site.key, ("exp", "iat", "aud"), LONGEST_LIFE_OF_A_SITES), now)


def _read(token: str, issuer: _Issuer, now: datetime) -> SignedIdentity:
    claims = _verified(token, issuer)
    _check_times(claims, issuer, now)
    email = claims.get("email")
    if not isinstance(email, str) or not is_email(email.strip()):
        raise IdentityRefused("claims", "it names no e-mail address")
    return SignedIdentity(email.strip(), _text(claims, "name"), _text(claims, "id") or _text(claims, "sub"))


def _verified(token: str, issuer: _Issuer) -> dict[str, Any]:
    import jwt  # brings `cryptography`, 8 MB, for the few whose servers sign

    if len(token) > _LONGEST_TOKEN:
        raise IdentityRefused("malformed", "it is too long")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise IdentityRefused("malformed", "it is no JSON Web Token we can read") from None
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in issuer.keys:
        raise IdentityRefused("algorithm", f"it is not signed with {' or '.join(issuer.keys)}")
    # Times are checked below, by the clock that was passed in. PyJWT either demands an audience or refuses every token
    # that has one; of ours it may be missing.
    options: Options = {
        "require": list(issuer.required), "verify_exp": False, "verify_iat": False, "verify_nbf": False,
        "verify_aud": False,
    }  # fmt: skip
    for key in issuer.keys[algorithm]:
        try:
            claims: dict[str, Any] = jwt.decode(token, key, algorithms=[algorithm], options=options)
        except jwt.InvalidSignatureError:
            continue  # try the next: two keys are valid during key rotation
        except jwt.MissingRequiredClaimError as error:
            raise IdentityRefused("claims", f"it has no {error.claim}") from None
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            raise IdentityRefused("malformed", "it is no JSON Web Token we can read") from None
        _check_audience(claims, issuer)
        return claims
    raise IdentityRefused("signature", "its signature is by none of the keys in the settings")


def _check_audience(claims: Mapping[str, Any], issuer: _Issuer) -> None:
    if "aud" not in claims and "aud" not in issuer.required:
        return
    if not issuer.audience:
        raise IdentityRefused("audience", "it has an aud, and base_url is not set, so that nobody can tell whose it is")
    named = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if not any(isinstance(one, str) and one.rstrip("/") == issuer.audience for one in named):
        raise IdentityRefused("audience", f"its aud is not {issuer.audience}")


def _check_times(claims: dict[str, Any], issuer: _Issuer, now: datetime) -> None:
    clock, leeway, longest = now.timestamp(), LEEWAY.total_seconds(), issuer.longest.total_seconds()
    expires = _moment(claims, "exp")
    issued = _moment(claims, "iat") if "iat" in claims else None
    if expires + leeway <= clock:
        raise IdentityRefused("expired", "it has run out")
    if (issued is not None and issued - leeway > clock) or (
        "nbf" in claims and _moment(claims, "nbf") - leeway > clock
    ):
        raise IdentityRefused("not_yet", "it is from the future; compare the clocks of both servers")
    # Without `iat` the age of the token is unknown, only its remaining lifetime.
    lives = expires - issued if issued is not None else expires - clock - leeway
    if lives > longest or (issued is not None and lives <= 0):
        hours = round(longest / 3600)
        raise IdentityRefused("claims", f"it lives longer than {hours} hour{'s' * (hours > 1)}; make one for each page")


def _moment(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e12:
        raise IdentityRefused("claims", f"its {name} is no time in seconds")
    return float(value)


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name, "")
    return (
        str(value).replace("\0", "")[:LONGEST_TEXT]
        if isinstance(value, str | int) and not isinstance(value, bool)
        else ""
    )
