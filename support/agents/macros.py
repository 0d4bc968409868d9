"""Macros: what a canned reply does besides its text, such as setting status, priority and tags.

Kept as JSON with the reply, read leniently: what an operator has taken away since, such as a team, is passed over.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from support.agents.models import CaseChanges
from support.tickets.models import Priority, Stage

SNOOZES = ("hours", "tomorrow", "monday", "week")
TAG_MAX, TAGS_MAX = 40, 20
_BETWEEN = re.compile(r"[,;\n、，；]+")


@dataclass(frozen=True)
class MacroActions:
    """What a macro changes; an empty value leaves things as they are. `assign` is `me`, `nobody` or ''."""

    stage: str = ""
    priority: str = ""
    team: str = ""
    assign: str = ""
    snooze: str = ""
    tags: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != MacroActions()

    @classmethod
    def of_form(cls, values: Mapping[str, str], teams: Mapping[str, str]) -> "MacroActions":
        """From the fields of a form; what is none of the choices is passed over."""

        def one(name: str, allowed: object) -> str:
            value = values.get(name, "")
            return value if value in set(allowed) else ""  # type: ignore[call-overload]

        return cls(
            stage=one("stage", Stage),
            priority=one("priority", Priority),
            team=one("team", teams),
            assign=one("assign", ("me", "nobody")),
            snooze=one("snooze", SNOOZES),
            tags=tags_in(values.get("tags", "")),
        )

    def as_json(self) -> str:
        """'' for none."""
        kept = {name: value for name, value in vars(self).items() if value}
        return json.dumps(kept, ensure_ascii=False) if kept else ""

    def changes(self, me: int, until: Callable[[str], datetime | None]) -> CaseChanges:
        """What is to be changed when `me` uses it now; `until` says when a snooze ends."""
        return CaseChanges(
            stage=Stage(self.stage) if self.stage else None,
            priority=Priority(self.priority) if self.priority else None,
            team=self.team,
            assignee={"me": me, "nobody": 0}.get(self.assign),
            snooze=until(self.snooze) if self.snooze else None,
            add_tags=self.tags,
        )


def read_actions(stored: str, teams: Mapping[str, str]) -> MacroActions:
    """What `as_json` wrote."""
    try:
        values = json.loads(stored or "{}")
        fields = {name: value for name, value in values.items() if isinstance(value, str)}
        return MacroActions.of_form({**fields, "tags": ",".join(values.get("tags", ()))}, teams)
    except (ValueError, TypeError, AttributeError):
        return MacroActions()


def tags_in(text: str) -> tuple[str, ...]:
    """The tags in a text with commas between them: small letters, one space between words, each once."""
    found = (
        "".join(c for c in " ".join(part.split()) if c.isprintable()).casefold().strip("#")[:TAG_MAX].strip()
        for part in _BETWEEN.split(text[:2_000])
    )
    return tuple(dict.fromkeys(tag for tag in found if tag))[:TAGS_MAX]
