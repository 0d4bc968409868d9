"""Whom a site vouches for: only its own tokens, of an hour at most, signed in the way it said."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core.texts.localized_text import LocalizedText
from support.intake.identity import IdentityRefused, read_site_identity
from support.intake.sites import Site

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SECRET, NEXT_SECRET = "s" * 40, "t" * 40
PRIVATE = Ed25519PrivateKey.generate()
PEM = PRIVATE.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
RAW = base64.b64encode(PRIVATE.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def site(**changes: Any) -> Site:
    values: dict[str, Any] = {
        "key": "shop", "name": LocalizedText.plain("Shop"), "webviews": True, "form": "", "languages": ("en",),
        "default_language": "en", "identity": "optional", "identity_secrets": (SECRET, NEXT_SECRET),
        "identity_keys": (PEM,), **changes,
    }  # fmt: skip
    return Site(**values)


def claims(**changes: Any) -> dict[str, Any]:
    seconds = int(NOW.timestamp())
    values = {
        "aud": "shop", "iat": seconds, "exp": seconds + 600, "email": "ada@example.org", "name": "Ada", "id": "u-17",
        **changes,
    }  # fmt: skip
    return {name: value for name, value in values.items() if value is not ...}


def signed(key: Any = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm=algorithm)


def refusal(token: str, **changes: Any) -> str:
    with pytest.raises(IdentityRefused) as caught:
        read_site_identity(token, site(**changes), NOW)
    return caught.value.reason


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def test_a_token_of_the_site_says_who_it_is() -> None:
    for token in (signed(), signed(NEXT_SECRET), signed(PRIVATE, "EdDSA")):
        found = read_site_identity(token, site(), NOW)
        assert (found.email, found.name, found.external_id) == ("ada@example.org", "Ada", "u-17")


def test_a_public_key_may_be_given_as_pem_or_as_its_bytes() -> None:
    token = signed(PRIVATE, "EdDSA")

    for text in (PEM, RAW, RAW.replace("+", "-").replace("/", "_").rstrip("=")):
        assert read_site_identity(token, site(identity_keys=(text,)), NOW).email == "ada@example.org"


def test_a_secret_that_was_taken_out_counts_no_more() -> None:
    assert refusal(signed(), identity_secrets=(NEXT_SECRET,)) == "signature"


def test_a_token_without_a_signature_is_refused() -> None:
    bare = f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims())}."

    assert refusal(bare) == "algorithm"
    assert refusal(bare.replace(part({"alg": "none", "typ": "JWT"}), part({"alg": "None"}))) == "algorithm"
    assert refusal(bare.replace(part({"alg": "none", "typ": "JWT"}), part({"typ": "JWT"}))) == "algorithm"


def test_a_public_key_is_never_taken_for_a_secret() -> None:
    import hashlib
    import hmac

    head = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(claims())}"
    for public in (PEM.encode(), PEM.strip().encode(), base64.b64decode(RAW), RAW.encode()):
        mac = base64.urlsafe_b64encode(hmac.new(public, head.encode(), hashlib.sha256).digest()).decode().rstrip("=")
        assert refusal(f"{head}.{mac}") == "signature"
        assert refusal(f"{head}.{mac}", identity_secrets=()) == "signature"


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused_even_with_the_right_secret(algorithm: str) -> None:
    long = "s" * 80

    assert refusal(signed(long, algorithm), identity_secrets=(long,)) == "algorithm"


def test_a_key_a_token_brings_along_is_not_used() -> None:
    stranger = Ed25519PrivateKey.generate()
    raw = stranger.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": base64.urlsafe_b64encode(raw).decode().rstrip("=")}
    token = jwt.encode(claims(), stranger, algorithm="EdDSA", headers={"jwk": jwk, "kid": "shop"})

    assert refusal(token) == "signature"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "other"}, "audience"),
        ({"aud": ...}, "claims"),
        ({"aud": ["other", "else"]}, "audience"),
        ({"exp": ...}, "claims"),
        ({"iat": ...}, "claims"),
        ({"exp": "soon"}, "claims"),
        ({"exp": True}, "claims"),
        ({"exp": float("1e300")}, "claims"),
        ({"email": ...}, "claims"),
        ({"email": "ada"}, "claims"),
        ({"email": "ada@example.org\r\nBcc: eve@example.org"}, "claims"),
        ({"email": ["ada@example.org"]}, "claims"),
    ],
)
def test_a_claim_that_is_missing_or_wrong_is_named(changes: dict[str, Any], reason: str) -> None:
    assert refusal(signed(**changes)) == reason


@pytest.mark.parametrize(
    ("issued", "lasts", "reason"),
    [
        (timedelta(minutes=-10), timedelta(minutes=8), "expired"),
        (timedelta(minutes=-61), timedelta(minutes=60), "expired"),
        (timedelta(minutes=2), timedelta(minutes=10), "not_yet"),
        (timedelta(0), timedelta(minutes=61), "claims"),
        (timedelta(days=-400), timedelta(days=800), "claims"),
        (timedelta(0), timedelta(0), "claims"),
    ],
)
def test_a_token_out_of_its_time_is_refused(issued: timedelta, lasts: timedelta, reason: str) -> None:
    begin = NOW + issued

    assert refusal(signed(iat=int(begin.timestamp()), exp=int((begin + lasts).timestamp()))) == reason


@pytest.mark.parametrize(("issued", "lasts"), [(-630, 600), (50, 600), (0, 3600), (-3650, 3600)])
def test_clocks_may_differ_by_a_minute(issued: int, lasts: int) -> None:
    begin = int(NOW.timestamp()) + issued

    assert read_site_identity(signed(iat=begin, exp=begin + lasts), site(), NOW)


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "..", "é.é.é", "a" * 5000, f"{part({'alg': 'HS256'})}.x.x"])
def test_what_is_no_token_is_refused(token: str) -> None:
    assert refusal(token) in {"algorithm", "malformed", "signature"}


def test_a_site_that_takes_no_identities_takes_none() -> None:
    assert refusal(signed(), identity="none", identity_secrets=(), identity_keys=()) == "not_taken"
