"""The hint at a mistyped e-mail domain."""

import json
from pathlib import Path

import pytest

from core.email_typos import ENDINGS, KNOWN_DOMAINS, likely_address
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


@pytest.mark.parametrize(
    ("path", "function", "about"),
    [
        ("app/static/email-hint.js", "likelyAddress", KNOWN_DOMAINS),
        ("widget/src/body/email_typos.js", "likely", {"domains": KNOWN_DOMAINS, "endings": list(ENDINGS.items())}),
    ],
)
def test_the_scripts_of_page_and_widget_guess_as_the_server_does(path: str, function: str, about: object) -> None:
    module = (Path(__file__).parents[2] / path).as_uri()
    code = (
        f"import {{ {function} }} from {json.dumps(module)};"
        f"const about = {json.dumps(about)};"
        f"console.log(JSON.stringify({json.dumps(list(TYPED))}.map((one) => {function}(one, about))));"
    )
    done = run_node("--input-type=module", "-e", code)
    assert done.returncode == 0, done.stderr
    assert dict(zip(TYPED, json.loads(done.stdout), strict=True)) == TYPED
