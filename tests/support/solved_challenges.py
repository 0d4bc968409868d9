"""What an honest browser brings along: a challenge that was asked for a while ago, and solved."""

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

from flask import Flask

from app.container import Services


def solve(challenge: dict[str, Any]) -> str:
    """The work itself, as the script of the form does it."""
    number = next(
        n
        for n in range(challenge["maxnumber"] + 1)
        if hashlib.sha256(f"{challenge['salt']}{n}".encode()).hexdigest() == challenge["challenge"]
    )
    return packed({**challenge, "number": number})


def packed(payload: dict[str, Any]) -> str:
    return base64.b64encode(json.dumps(payload).encode()).decode()


def solved(app: Flask, seconds: float = 30) -> str:
    """A solution of a challenge that was asked for `seconds` ago."""
    s: Services = app.extensions["signpost"]
    return solve(s.spam.challenges.issue(s.now() - timedelta(seconds=seconds)))
