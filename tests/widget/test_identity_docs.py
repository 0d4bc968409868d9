"""The helpers in docs/embed/identity.md make tokens we believe."""

import json
import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.intake.identity import IdentityRefused, read_site_identity
from tests.widget.test_identity import SECRET, site

PAGE = (Path(__file__).parents[2] / "docs/embed/identity.md").read_text(encoding="utf-8")
USER = {"id": 17, "email": "zoë@example.org", "name": "Zoë 陳"}


def snippet(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def believed(token: str) -> tuple[str, str, str]:
    found = read_site_identity(token, site(), datetime.now(UTC))
    return found.email, found.name, found.external_id


def test_the_python_helper() -> None:
    names: dict[str, Any] = {}
    exec(compile(snippet("python"), "identity.md", "exec"), names)

    token = names["signpost_identity"](SimpleNamespace(**USER), SECRET)

    assert believed(token) == ("zoë@example.org", "Zoë 陳", "17")


@pytest.mark.parametrize(
    ("program", "language", "code"),
    [
        ("node", "js", "process.stdout.write(signpostIdentity(JSON.parse(process.argv[1]), process.argv[2]));"),
        ("php", "php", "echo signpost_identity(json_decode($argv[1], true), $argv[2]);"),
    ],
)
def test_the_helpers_in_other_languages(program: str, language: str, code: str) -> None:
    found = shutil.which(program)
    if found is None:
        # Not on every machine: then at least what it says is there to be signed is what we ask for.
        assert all(f"'{claim}'" in snippet(language) or f"{claim}:" in snippet(language) for claim in ("aud", "iat"))
        return
    flag = "-e" if program == "node" else "-r"
    asked = [found, flag, snippet(language) + code, "--", json.dumps(USER), SECRET]
    token = subprocess.run(asked, capture_output=True, text=True, timeout=120, check=True).stdout

    assert believed(token) == ("zoë@example.org", "Zoë 陳", "17")


def test_every_reason_for_a_refusal_is_explained() -> None:
    source = (Path(__file__).parents[2] / "support/intake/identity.py").read_text(encoding="utf-8")
    source += (Path(__file__).parents[2] / "app/api/site_tickets.py").read_text(encoding="utf-8")
    reasons = set(re.findall(r'IdentityRefused\("([a-z_]+)"', source))

    assert issubclass(IdentityRefused, ValueError)
    assert reasons == set(re.findall(r"^\| `([a-z_]+)` \| (?!yes|no)", PAGE, re.MULTILINE)) - {"name"}
