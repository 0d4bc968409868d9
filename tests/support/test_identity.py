"""Whom a server of the operator vouches for, with `identity_secret`."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import pytest

from support.intake.identity import IdentityRefused, read_identity

NOW = datetime(2026, 11, 23, 9, 50, tzinfo=UTC)
SECRET, BASE_URL = "s" * 40, "https://help.example"
SECONDS = int(NOW.timestamp())
DAY = 86_400


def signed(key: str = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    claims = {"email": "ada@example.org", "name": "Ada", "id": "c-1", "exp": SECONDS + 600, **changes}
    return jwt.encode({name: value for name, value in claims.items() if value is not ...}, key, algorithm=algorithm)


def refusal(token: str, base_url: str = BASE_URL, secret: str = SECRET) -> str:
    with pytest.raises(IdentityRefused) as caught:
        read_identity(token, secret, base_url, NOW)
    return caught.value.reason


def test_the_example_of_the_docs_is_believed() -> None:
    page = (Path(__file__).parents[2] / "docs/operate/journey.md").read_text(encoding="utf-8")
    example = re.search(r'\{"email": "ada@example.org".*"exp": \d+\}', page)
    assert example is not None
    claims = json.loads(example[0])

    found = read_identity(jwt.encode(claims, SECRET, algorithm="HS256"), SECRET, BASE_URL, NOW)

    assert (found.email, found.name, found.external_id) == ("ada@example.org", "Ada", "customer-4711")


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": BASE_URL},
        {"aud": BASE_URL + "/"},
        {"aud": ["https://shop.example", BASE_URL]},
        {"exp": SECONDS + DAY},
        {"exp": SECONDS + DAY + 50},
        {"exp": SECONDS - 30},
        {"exp": SECONDS + 600.5},
        {"iat": SECONDS + 50},
        {"iat": SECONDS - DAY + 600},
    ],
)
def test_what_may_stand_in_a_token(changes: dict[str, Any]) -> None:
    assert read_identity(signed(**changes), SECRET, BASE_URL, NOW).email == "ada@example.org"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": "https://help.other.example"}, "audience"),
        ({"aud": ["https://help.other.example"]}, "audience"),
        ({"aud": ""}, "audience"),
        ({"aud": []}, "audience"),
        ({"aud": None}, "audience"),
        ({"aud": {"a": 1}}, "audience"),
        ({"exp": ...}, "claims"),
        ({"exp": None}, "claims"),
        ({"exp": True}, "claims"),
        ({"exp": 1e300}, "claims"),
        ({"exp": SECONDS + DAY + 61}, "claims"),
        ({"exp": SECONDS + 600, "iat": SECONDS - DAY}, "claims"),
        ({"exp": SECONDS - 60}, "expired"),
        ({"iat": SECONDS + 61}, "not_yet"),
        ({"nbf": SECONDS + 61}, "not_yet"),
        ({"email": ...}, "claims"),
        ({"email": "ada@"}, "claims"),
        ({"email": "ada@example.org\r\nBcc: eve@example.org"}, "claims"),
    ],
)
def test_what_may_not(changes: dict[str, Any], reason: str) -> None:
    assert refusal(signed(**changes)) == reason


def test_an_audience_nobody_can_check_is_refused() -> None:
    assert refusal(signed(aud="http://127.0.0.1:8000"), base_url="") == "audience"
    assert refusal(signed(aud=""), base_url="") == "audience"
    assert read_identity(signed(), SECRET, "", NOW).email == "ada@example.org"


def test_only_hs256_with_the_secret_counts() -> None:
    assert refusal(signed("t" * 40)) == "signature"
    assert refusal(signed("s" * 80, "HS512"), secret="s" * 80) == "algorithm"
    assert refusal(jwt.encode({"email": "ada@example.org"}, "", algorithm="none")) == "algorithm"
    assert refusal("a.b.c") == "malformed"
    assert refusal(signed(name="x" * 5_000)) == "malformed"


def test_without_a_secret_nobody_is_vouched_for() -> None:
    assert refusal(signed(), secret="") == "not_taken"
