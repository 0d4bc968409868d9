"""The tables `teams`, `forms` and `routes` of the settings file: what may stand in them.

Each reader returns plain, tidy tables, or raises BadTable with one sentence. That names in one table exist in another
is checked by `cross_check`, when all settings are known.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from core.languages import UnknownLanguage, canonical
from support.delivery.destinations import BadChannel, read_channel

FIELD_TYPES = ("text", "number", "date", "choice", "file")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_FIELD_KEYS = frozenset({"name", "label", "hint", "error", "type", "required", "pattern", "options"})
_FORM_KEYS = frozenset({"name", "title", "intro", "fields", "consents", "categories", "team", "routes"})
_TEAM_KEYS = frozenset(
    {"name", "label", "description", "channels", "opening_hours", "time_zone", "holidays", "first_reply_hours"}
)
ROUTE_CONDITIONS = (
    "form",
    "category",
    "lang",
    "page",
    "product",
    "fields",
    "article",
    "handoff",
    "keywords",
    "meaning",
)


class BadTable(ValueError):
    """What is wrong, as the end of a sentence that begins with the name of the setting."""


def read_fields(rows: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Fields a form asks for besides the usual ones."""
    found = tuple(_field(dict(row)) for row in rows)
    _no_twins("field", [row["name"] for row in found])
    return found


def read_holidays(value: Any) -> tuple[str, ...]:
    """`2026-12-25` is one day, `12-25` the day of every year."""
    if not isinstance(value, list | tuple):
        raise BadTable('must be a list of days, like ["12-25", "2026-04-27"]')
    for day in value:
        try:
            date.fromisoformat(day if len(day) > 5 else f"2024-{day}")
        except (TypeError, ValueError):
            raise BadTable(f"has the day “{day}”; write 2026-12-25, or 12-25 for every year") from None
    return tuple(value)


def read_teams(rows: Iterable[dict[str, Any]], hours: Callable[[Any], Any]) -> tuple[dict[str, Any], ...]:
    """`hours` reads a week of opening hours."""
    found = []
    for row in rows:
        name = _named("team", row)
        _only(f"team {name}", row, _TEAM_KEYS)
        _words(f"team {name}: label", row.setdefault("label", name))
        if not isinstance(row.setdefault("description", ""), str):
            raise BadTable(f"team {name}: description must be a text")
        if "channels" in row:
            if not _is_tables(row["channels"]) or not row["channels"]:
                raise BadTable(f"team {name} needs at least one channel, or none of its own at all")
            for number, table in enumerate(row["channels"], 1):
                try:
                    read_channel(f"{name}/{number}", table)
                except BadChannel as error:
                    raise BadTable(f"team {name}: channel {number} {error}") from None
        if "opening_hours" in row:
            row["opening_hours"] = hours(row["opening_hours"])
        if "time_zone" in row and row["time_zone"] not in available_timezones():
            raise BadTable(f"team {name}: time_zone must be one of the IANA list, not “{row['time_zone']}”")
        if "holidays" in row:
            row["holidays"] = read_holidays(row["holidays"])
        start = row.get("first_reply_hours", 1)
        if isinstance(start, bool) or not isinstance(start, int) or not 1 <= start <= 1000:
            raise BadTable(f"team {name}: first_reply_hours must be a whole number from 1 to 1000")
        found.append(row)
    _no_twins("team", [row["name"] for row in found])
    return tuple(found)


def read_servers(rows: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Programs that may send tickets. Two secrets at a time, so that one can take the other's place."""
    found = []
    for row in rows:
        name = _named("server", row)
        _only(f"server {name}", row, {"name", "secrets"})
        secrets = _list(f"server {name}: secrets", row.get("secrets"))
        if len(secrets) > 2:
            raise BadTable(f"server {name} has {len(secrets)} secrets; there can be the one in use and the next")
        if any(len(secret) < 32 or not secret.isascii() for secret in secrets):
            raise BadTable(f"server {name}: each secret must have at least 32 ASCII characters")
        found.append({"name": name, "secrets": secrets})
    _no_twins("server", [str(row["name"]) for row in found])
    return tuple(found)


def read_forms(rows: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    found = []
    for row in rows:
        name = _named("form", row)
        _only(f"form {name}", row, _FORM_KEYS)
        _words(f"form {name}: title", row.setdefault("title", name))
        _words(f"form {name}: intro", row.setdefault("intro", ""))
        row["fields"] = read_fields(_tables_in(row, "fields", f"form {name}"))
        row["consents"] = tuple(_consent(name, dict(one)) for one in _tables_in(row, "consents", f"form {name}"))
        _no_twins(f"consent of form {name}", [one["name"] for one in row["consents"]])
        row["categories"] = _options(f"form {name}: categories", row.get("categories", ()))
        row["routes"] = read_routes(_tables_in(row, "routes", f"form {name}"), form=name)
        found.append(row)
    _no_twins("form", [row["name"] for row in found])
    return tuple(found)


def read_routes(rows: Iterable[dict[str, Any]], form: str = "") -> tuple[dict[str, Any], ...]:
    """The routes of a form have that form as a condition."""
    found = []
    for number, given in enumerate(rows, 1):
        row = {"form": form, **given} if form else dict(given)
        where = f"route {number}" + (f" of form {form}" if form else "")
        _only(where, row, {"team", *ROUTE_CONDITIONS})
        if not isinstance(row.get("team"), str) and not (row.get("meaning") or row.get("handoff") is True):
            raise BadTable(f"{where} names no team")
        if not any(condition in row for condition in ROUTE_CONDITIONS):
            raise BadTable(f"{where} has no condition; conditions are {', '.join(ROUTE_CONDITIONS)}")
        for key in ("form", "category", "lang", "page", "product", "article", "keywords"):
            if key in row:
                row[key] = _list(f"{where}: {key}", row[key])
        if "lang" in row:
            row["lang"] = tuple(_language(where, tag) for tag in row["lang"])
        if "handoff" in row and row["handoff"] is not True:
            row["handoff"] = _list(f"{where}: handoff", row["handoff"])
        if "fields" in row:
            row["fields"] = _field_conditions(where, row["fields"])
        if "meaning" in row and row["meaning"] is not True:
            raise BadTable(f"{where}: meaning can only be true")
        found.append(row)
    return tuple(found)


def cross_check(
    teams: Iterable[Mapping[str, Any]], forms: Iterable[Mapping[str, Any]], routes: Iterable[Mapping[str, Any]]
) -> list[str]:
    """Sentences about teams and forms that are named and do not exist."""
    forms = tuple(forms)
    known_teams = {"default", *(team["name"] for team in teams)}
    known_forms = {form["name"] for form in forms} or {"contact"}
    problems = [
        f"forms: form {form['name']} names the team {form['team']}, which teams does not have"
        for form in forms
        if form.get("team", "default") not in known_teams
    ]
    for route in (*(route for form in forms for route in form["routes"]), *routes):
        if route.get("team", "default") not in known_teams:
            problems.append(f"routes: a route names the team {route['team']}, which teams does not have")
        problems += [
            f"routes: a route names the form {name}, which forms does not have"
            for name in route.get("form", ())
            if name not in known_forms
        ]
    return problems


def _field(row: dict[str, Any]) -> dict[str, Any]:
    name = row.get("name")
    if not (isinstance(name, str) and name.isidentifier() and len(name) <= 40):
        raise BadTable(f"has a field named “{name}”; names are letters, digits and _")
    _only(name, row, _FIELD_KEYS)
    if row.setdefault("type", "text") not in FIELD_TYPES:
        raise BadTable(f"{name} has the type “{row['type']}”; types are {', '.join(FIELD_TYPES)}")
    if not isinstance(row.setdefault("required", False), bool):
        raise BadTable(f"{name}: required must be true or false")
    _words(f"{name}: label", row.setdefault("label", name.replace("_", " ").capitalize()))
    for key in ("hint", "error"):
        if key in row:
            _words(f"{name}: {key}", row[key])
    if row["type"] == "choice" and not row.get("options"):
        raise BadTable(f"{name} is a choice without options")
    if "pattern" in row:
        try:
            re.compile(row["pattern"])
        except (re.error, TypeError) as error:
            raise BadTable(f"{name} has a pattern that is no regular expression: {error}") from None
    return row


def _consent(form: str, row: dict[str, Any]) -> dict[str, Any]:
    name = row.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadTable(f"form {form} has a consent named “{name}”; names are small letters, digits, - and _")
    _only(f"form {form}: consent {name}", row, {"name", "text", "required"})
    _words(f"form {form}: consent {name}: text", row.get("text"))
    if not isinstance(row.setdefault("required", True), bool):
        raise BadTable(f"form {form}: consent {name}: required must be true or false")
    return row


def _options(where: str, value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise BadTable(f"{where} must be a list")
    for option in value:
        if isinstance(option, Mapping):
            _only(where, option, {"value", "label"})
            _words(f"{where}: label", option.get("label"))
        elif not isinstance(option, str):
            raise BadTable(f"{where} must be texts, or tables with value and label")
    return tuple(value)


def _field_conditions(where: str, value: Any) -> dict[str, re.Pattern[str]]:
    if not isinstance(value, Mapping):
        raise BadTable(f'{where}: fields must be a table like {{order_number = "TF-.*"}}')
    try:
        return {str(name): re.compile(pattern, re.IGNORECASE) for name, pattern in value.items()}
    except (re.error, TypeError) as error:
        raise BadTable(f"{where}: fields has a pattern that is no regular expression: {error}") from None


def _named(what: str, row: Mapping[str, Any]) -> str:
    name = row.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise BadTable(f"has a {what} named “{name}”; names are small letters, digits, - and _")
    return name


def _only(where: str, row: Mapping[str, Any], allowed: Iterable[str]) -> None:
    if unknown := sorted(set(row) - set(allowed)):
        raise BadTable(f"{where} has unknown keys: {', '.join(unknown)}")


def _words(where: str, value: Any) -> None:
    good = isinstance(value, str) or (isinstance(value, Mapping) and all(isinstance(v, str) for v in value.values()))
    if not good:
        raise BadTable(f"{where} must be a text, or a table of texts by language")


def _list(where: str, value: Any) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple) or not items or not all(isinstance(item, str) and item for item in items):
        raise BadTable(f"{where} must be a text or a list of texts")
    return tuple(items)


def _language(where: str, tag: str) -> str:
    try:
        return canonical(tag)
    except UnknownLanguage as error:
        raise BadTable(f"{where}: lang {error}") from None


def _tables_in(row: Mapping[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    value = row.get(key, ())
    if not _is_tables(value):
        raise BadTable(f"{where}: {key} must be a list of tables")
    return [dict(one) for one in value]


def _is_tables(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, Mapping) for one in value)


def _no_twins(what: str, names: list[str]) -> None:
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise BadTable(f"has more than one {what} named {', '.join(twins)}")
