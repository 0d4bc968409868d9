"""The hint at a mistyped e-mail domain."""

import json
from pathlib import Path

import pytest

from core.email_typos import KNOWN_DOMAINS, likely_address
from tests.node import run_node

TYPED = {
    "ada@gmial.com": "ada@gmail.com",
    "ada@gmai.com": "ada@gmail.com",
    "ada@gmail.con": "ada@gmail.com",
    "Ada.L@GMAIL.CO": "Ada.L@gmail.com",
    "ada@hotmial.con": "ada@hotmail.com",
    "ada@outlok.com": "ada@outlook.com",
    "ada@yaho.com.tw": "ada@yahoo.com.tw",
    "ada@tonfell.con": "ada@tonfell.com",
    "ada@gmail.com": "",
    "ada@mail.com": "",  # one letter from another, and there
    "ada@ymail.com": "",
    "ada@tonfell.example": "",
    "王@例子.example": "",
    "ada": "",
    "@gmial.com": "",
    "": "",
    "ada@" + "g" * 300 + ".com": "",
}


@pytest.mark.parametrize(("typed", "meant"), TYPED.items())
def test_what_was_meant_is_guessed_only_where_it_is_near(typed: str, meant: str) -> None:
    assert likely_address(typed) == meant


def test_nobody_at_a_known_provider_is_corrected() -> None:
    assert [d for d in KNOWN_DOMAINS if likely_address(f"ada@{d}")] == []


def test_the_script_guesses_as_the_server_does() -> None:
    module = (Path(__file__).parents[2] / "app" / "static" / "email-hint.js").as_uri()
    code = (
        f"import {{ likelyAddress }} from {json.dumps(module)};"
        f"const domains = {json.dumps(KNOWN_DOMAINS)};"
        f"console.log(JSON.stringify({json.dumps(list(TYPED))}.map((one) => likelyAddress(one, domains))));"
    )
    done = run_node("--input-type=module", "-e", code)
    assert done.returncode == 0, done.stderr
    assert dict(zip(TYPED, json.loads(done.stdout), strict=True)) == TYPED
