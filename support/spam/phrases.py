"""Spam phrases: the words of phrases.toml, matched in a text."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


def trades(text: str) -> tuple[str, ...]:
    """The kinds of spam offers (trades) this text matches."""
    return tuple(name for name, words in read().trades.items() if words.search(text))


def calls(text: str) -> int:
    """How many different calls to action the text has."""
    return len({found.group().casefold() for found in read().calls.finditer(text)})


@dataclass(frozen=True)
class Phrases:
    """phrases.toml, compiled."""

    calls: re.Pattern[str]
    trades: Mapping[str, re.Pattern[str]]
    shorteners: frozenset[str]
    shared_hosts: frozenset[str]


@cache
def read() -> Phrases:
    with (Path(__file__).parent / "phrases.toml").open("rb") as file:
        table = tomllib.load(file)
    return Phrases(
        _any(table["calls"]),
        {name: _any(words) for name, words in table["trades"].items()},
        frozenset(table["shorteners"]),
        frozenset(table["shared_hosts"]),
    )


def _any(words: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE)
