"""Settings of teams and of routes, the routing rules that lead to them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainValidator

from core.settings_types import (
    Holidays,
    Languages,
    Localized,
    Name,
    OneOrMoreTexts,
    SettingsTable,
    Text,
    TimeZone,
    between,
    unique,
)
from core.texts.localized_text import NO_TEXT, LocalizedText
from support.delivery.destinations import TeamChannels
from support.teams.business_hours import WeekHours


@dataclass(frozen=True)
class TeamSettings(SettingsTable):
    """A team in the settings. None falls back to the settings outside of `teams`."""

    name: Name
    label: Localized = NO_TEXT
    description: Text = ""
    channels: TeamChannels | None = None
    opening_hours: WeekHours | None = None
    time_zone: TimeZone | None = None
    holidays: Holidays | None = None
    first_reply_hours: Annotated[int, between(1, 1000)] | None = None

    def __post_init__(self) -> None:
        if self.label == NO_TEXT:
            object.__setattr__(self, "label", LocalizedText.plain(self.name))


Teams = Annotated[tuple[TeamSettings, ...], unique("team named", lambda team: team.name)]


@dataclass(frozen=True)
class FieldPattern:
    """Regular expression for the whole value of a field, case-insensitive."""

    field: str
    pattern: re.Pattern[str]


def _field_patterns(value: Any) -> tuple[FieldPattern, ...]:
    if not isinstance(value, Mapping) or not value:
        raise ValueError('must be a table like {order_number = "TF-.*"}')
    try:
        return tuple(FieldPattern(str(name), re.compile(text, re.IGNORECASE)) for name, text in value.items())
    except (re.error, TypeError) as error:
        raise ValueError(f"has a pattern that is no regular expression: {error}") from None


def _handoff(value: Any) -> bool | tuple[str, ...]:
    if value is True:
        return True
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list | tuple) or not texts or not all(isinstance(one, str) and one for one in texts):
        raise ValueError("must be true, or names of teams")
    return tuple(texts)


def _only_true(value: Any) -> bool:
    if value is not True:
        raise ValueError("can only be true")
    return True


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


@dataclass(frozen=True)
class Route(SettingsTable):
    """A routing rule: a team and conditions that must all hold; an empty one is ignored. `handoff` matches any team
    an article names; with that or `meaning`, `team` may be left out."""

    team: Text = ""
    form: OneOrMoreTexts = ()
    category: OneOrMoreTexts = ()
    lang: Annotated[Languages, BeforeValidator(_as_list)] = ()
    page: OneOrMoreTexts = ()
    product: OneOrMoreTexts = ()
    fields: Annotated[tuple[FieldPattern, ...], PlainValidator(_field_patterns)] = ()
    article: OneOrMoreTexts = ()
    handoff: Annotated[bool | tuple[str, ...], PlainValidator(_handoff)] = ()
    keywords: OneOrMoreTexts = ()
    meaning: Annotated[bool, PlainValidator(_only_true)] = False

    def __post_init__(self) -> None:
        if not self.team and not self.meaning and self.handoff is not True:
            raise ValueError("names no team")
        if not any(getattr(self, name) for name in ROUTE_CONDITIONS):
            raise ValueError(f"has no condition; conditions are {', '.join(ROUTE_CONDITIONS)}")


ROUTE_CONDITIONS = tuple(one.name for one in fields(Route) if one.name != "team")
