"""Types that settings are made of. Their errors are ends of sentences that begin with the name of the setting.

A dataclass of settings names its keys and annotates them with these types; app/settings reads it with pydantic. A
value that is of its type already passes unchanged, so defaults and tests may hand in finished objects.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import is_dataclass
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, ConfigDict, PlainValidator

from core.texts.languages import UnknownLanguage, canonical
from core.texts.localized_text import LocalizedText


class SettingsTable:
    """Base of the dataclasses that stand for a table of the settings file. A key that is no field is an error."""

    __pydantic_config__ = ConfigDict(extra="forbid")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    return value.strip()


def _flag(value: Any) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise ValueError(f"must be true or false, not “{value}”")


def _strict_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one.strip() for one in value):
        raise ValueError("must be a list of texts")
    return tuple(value)


def _one_or_more_texts(value: Any) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not items or not all(isinstance(item, str) and item for item in items):
        raise ValueError("must be a text or a list of texts")
    return tuple(items)


def _language(value: Any) -> str:
    try:
        return canonical(_text(value))
    except UnknownLanguage as error:
        raise ValueError(f"is wrong: {error}") from None


def languages(value: Any) -> tuple[str, ...]:
    """Canonical tags, each once."""
    return tuple(dict.fromkeys(_language(one) for one in _texts(value)))


def _localized(value: Any) -> LocalizedText:
    if isinstance(value, LocalizedText):
        return value
    if isinstance(value, str):
        return LocalizedText.plain(value)
    if not isinstance(value, Mapping) or not all(isinstance(text, str) for text in value.values()):
        raise ValueError("must be a text, or a table of texts by language")
    return LocalizedText({_language(tag): text for tag, text in value.items()})


def _zone(value: Any) -> str:
    text = _text(value)
    if text not in available_timezones():
        raise ValueError(f"must be a time zone of the IANA list, like Europe/Amsterdam, not “{text}”")
    return text


def _holidays(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError('must be a list of days, like ["12-25", "2026-04-27"]')
    for day in value:
        try:
            date.fromisoformat(day if len(day) > 5 else f"2024-{day}")
        except (TypeError, ValueError):
            raise ValueError(f"has the day “{day}”; write 2026-12-25, or 12-25 for every year") from None
    return tuple(value)


def _pattern(value: Any) -> re.Pattern[str]:
    try:
        return re.compile(value)
    except (re.error, TypeError) as error:
        raise ValueError(f"is no regular expression: {error}") from None


_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(f"is “{value}”; names are small letters, digits, - and _, at most 40, a letter first")
    return value


Text = Annotated[str, PlainValidator(_text)]
Flag = Annotated[bool, PlainValidator(_strict_flag)]
WordyFlag = Annotated[bool, PlainValidator(_flag)]  # as people write it in the environment: 1, yes, on
Texts = Annotated[tuple[str, ...], PlainValidator(_texts)]
OneOrMoreTexts = Annotated[tuple[str, ...], PlainValidator(_one_or_more_texts)]
Language = Annotated[str, PlainValidator(_language)]
Languages = Annotated[tuple[str, ...], PlainValidator(languages)]
Localized = Annotated[LocalizedText, PlainValidator(_localized)]
TimeZone = Annotated[str, PlainValidator(_zone)]
Holidays = Annotated[tuple[str, ...], PlainValidator(_holidays)]
Pattern = Annotated[re.Pattern[str], PlainValidator(_pattern)]
Name = Annotated[str, PlainValidator(_name)]


def one_of(*allowed: str) -> PlainValidator:
    """A text that is one of these."""

    def read(value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}, not “{value}”")
        return str(value)

    return PlainValidator(read)


def between(low: int, high: int) -> PlainValidator:
    """A whole number from `low` to `high`; in the environment it is a text."""

    def read(value: Any) -> int:
        try:
            number = int(value) if isinstance(value, int | str) and not isinstance(value, bool) else None
        except ValueError:
            number = None
        if number is None:
            raise ValueError(f"must be a whole number from {low} to {high}, not “{value}”")
        if not low <= number <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, not {number}")
        return number

    return PlainValidator(read)


def address(*schemes: str) -> PlainValidator:
    """A URL with one of these schemes, and a host where the scheme has hosts; '' is none."""
    return PlainValidator(lambda value: check_address(_text(value), *schemes))


def check_address(text: str, *schemes: str) -> str:
    """The text, if it is such a URL. Raises ValueError."""
    try:
        parts = urlsplit(text)
        reachable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
        usable = parts.scheme in schemes and (reachable or (parts.scheme in _WITHOUT_HOST and bool(parts.path)))
    except ValueError:
        usable = False
    if text and not usable:
        raise ValueError(f"must be an address that begins with {' or '.join(map(_beginning, schemes))}")
    return text


_WITHOUT_HOST = frozenset({"mailto", "tel", "sms"})


def _beginning(scheme: str) -> str:
    return f"{scheme}:" if scheme in _WITHOUT_HOST else f"{scheme}://"


def table_like(example: str) -> BeforeValidator:
    """Says how the table is written when something else stands there."""

    def read(value: Any) -> Any:
        if not isinstance(value, Mapping) and not is_dataclass(value):
            raise ValueError(f"must be a table like {example}")
        return value

    return BeforeValidator(read)


def unique(what: str, name_of: Callable[[Any], str]) -> AfterValidator:
    """For a list whose entries are found by name."""

    def check(rows: Iterable[Any]) -> Any:
        names = [name_of(row) for row in rows]
        if twins := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"has more than one {what} {', '.join(twins)}")
        return rows

    return AfterValidator(check)
