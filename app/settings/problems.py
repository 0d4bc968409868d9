"""Validation errors of the settings as sentences: the place, then the message of pydantic or of our own types."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

Place = Sequence[str | int]

# For the few errors that pydantic finds by itself; the others are raised as sentences by the types.
_SENTENCES = {
    "missing": "is missing",
    "dataclass_type": "must be a table",
    "tuple_type": "must be a list",
}


class BadSettings(Exception):
    """Some settings cannot be used; `problems` lists all of them, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("Signpost cannot start with these settings:\n" + "\n".join(f"  - {p}" for p in problems))
        self.problems = problems


def sentences(error: ValidationError) -> Iterator[tuple[Place, str]]:
    """Each problem of one setting, with its place below that setting. No value is repeated that a type did not choose
    to repeat: it may be a secret."""
    unknown: dict[tuple[int | str, ...], list[str]] = {}
    for found in error.errors(include_url=False, include_input=False):
        where, kind = found["loc"], found["type"]
        if kind == "unexpected_keyword_argument":
            unknown.setdefault(where[:-1], []).append(str(where[-1]))
        elif kind == "value_error":
            yield where, str(found["ctx"]["error"])
        else:
            yield where, _SENTENCES.get(kind) or found["msg"]
    for where, names in unknown.items():
        yield where, f"has unknown keys: {', '.join(sorted(names))}"


def problem(source: tuple[str, str], place: Place, sentence: str, value: Any = None) -> str:
    """`sites[0].identity_keys (shop) in signpost.toml must …`.

    `source` is what the setting is called where it stands, and the file, '' for none. `value` is the setting as it was
    given: the names of the tables on the way to `place` are looked up in it, because nobody counts tables.
    """
    called, file = source
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    names = ", ".join(_names(value, place))
    return f"{called}{path}{f' ({names})' if names else ''}{f' in {file}' if file else ''} {sentence}"


def _names(value: Any, place: Place) -> Iterator[str]:
    for step in place:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return
        if isinstance(value, dict):
            name = next((value[key] for key in ("name", "key", "kind") if key in value), None)
            if isinstance(name, str) and re.fullmatch(r"[\w -]{1,40}", name):
                yield name
