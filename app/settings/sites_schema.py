"""The table `sites` of the settings file: what may stand in it.

Like `support/intake/settings_schema.py`: plain tidy tables, or BadTable with one sentence.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from core.languages import UnknownLanguage, canonical
from support.intake.origins import BadOrigin, read_origin
from support.intake.public_keys import BadKey, read_public_key
from support.intake.settings_schema import BadTable

DEMO_KEY = "demo"
IDENTITY_MODES = ("none", "optional", "required")
MODES = ("auto", "light", "dark")
_SIDES = ("end", "start", "right", "left")
POSITIONS = tuple(f"{edge}-{side}" for edge in ("bottom", "top") for side in _SIDES)
ICONS = ("question", "chat", "person", "signpost", "none")
SECRET_LEAST = 32
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_KEYS = frozenset(
    {
        "key", "name", "origins", "form", "languages", "default_language", "theme", "channels", "identity",
        "identity_secrets", "identity_keys", "webviews", "requests_per_minute",
    }
)  # fmt: skip
COLOUR = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)


def read_sites(rows: Iterable[dict[str, Any]], kinds: Iterable[str]) -> tuple[dict[str, Any], ...]:
    """`kinds` are the kinds of channels there are."""
    found = tuple(_site(dict(row), tuple(kinds)) for row in rows)
    keys = [row["key"] for row in found]
    if twins := sorted({key for key in keys if keys.count(key) > 1}):
        raise BadTable(f"has more than one site with the key {', '.join(twins)}")
    return found


def cross_check(
    sites: Iterable[Mapping[str, Any]], forms: Iterable[Mapping[str, Any]], languages: Iterable[str]
) -> list[str]:
    """Sentences about forms and languages that sites name and that do not exist."""
    known_forms = [form["name"] for form in forms] or ["contact"]
    offered = tuple(languages)
    problems = []
    for site in sites:
        where = f"sites: site {site['key']}"
        if site["form"] and site["form"] not in known_forms:
            problems.append(f"{where} names the form {site['form']}, which forms does not have")
        if strange := [tag for tag in site["languages"] if tag not in offered]:
            problems.append(f"{where} has the language {strange[0]}, which languages does not have")
        default = site["default_language"]
        if default and default not in (site["languages"] or offered):
            problems.append(f"{where}: default_language is {default}, which is not among its languages")
    return problems


def _site(row: dict[str, Any], kinds: tuple[str, ...]) -> dict[str, Any]:
    key = row.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise BadTable(f"has a site with the key “{key}”; keys are small letters, digits, - and _, at most 40")
    where = f"site {key}"
    if unknown := sorted(set(row) - _KEYS):
        raise BadTable(f"{where} has unknown keys: {', '.join(unknown)}")
    row["origins"] = _origins(where, row.get("origins", ()), row)
    _words(f"{where}: name", row.setdefault("name", ""))
    if not isinstance(row.setdefault("form", ""), str):
        raise BadTable(f"{where}: form must be the name of a form")
    row["languages"] = tuple(
        dict.fromkeys(_language(where, tag) for tag in _texts(f"{where}: languages", row.get("languages", ())))
    )
    row["default_language"] = _language(where, row["default_language"]) if row.get("default_language") else ""
    row["theme"] = _theme(where, row.get("theme", {}))
    row["channels"] = _texts(f"{where}: channels", row.get("channels", ()))
    if strange := [kind for kind in row["channels"] if kind not in kinds]:
        raise BadTable(f"{where}: channels has “{strange[0]}”; kinds are {', '.join(kinds)}")
    _identity(where, row)
    most = row.setdefault("requests_per_minute", 6000)
    if isinstance(most, bool) or not isinstance(most, int) or not 10 <= most <= 1_000_000:
        raise BadTable(f"{where}: requests_per_minute must be a whole number from 10 to 1000000")
    return row


def _origins(where: str, value: Any, row: dict[str, Any]) -> tuple[str, ...]:
    if not isinstance(row.setdefault("webviews", False), bool):
        raise BadTable(f"{where}: webviews must be true or false")
    origins = _texts(f"{where}: origins", value)
    if not origins and not row["webviews"]:
        raise BadTable(f'{where} has no origins, so no page could use it; write origins = ["https://shop.example.com"]')
    for text in origins:
        if text.strip() == "*":
            raise BadTable(f"{where}: the origin * would let every page of the world use it; name the site's own")
        try:
            read_origin(text)
        except BadOrigin as error:
            raise BadTable(f"{where}: the origin “{text}” {error}") from None
    return origins


def _theme(where: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise BadTable(f'{where}: theme must be a table, like {{accent = "#0a6b5d", mode = "auto"}}')
    theme = dict(value)
    allowed = {
        "mode": MODES,
        "position": (*POSITIONS, *_SIDES),
        "launcher_icon": ICONS,
        "accent": None,
        "launcher_text": None,
        "offset": None,
        "z_index": None,
    }
    if unknown := sorted(set(theme) - set(allowed)):
        raise BadTable(f"{where}: theme has unknown keys: {', '.join(unknown)}")
    for name, choices in allowed.items():
        if choices and name in theme and theme[name] not in choices:
            raise BadTable(f"{where}: theme: {name} must be one of {', '.join(choices)}, not “{theme[name]}”")
    if "accent" in theme and not (isinstance(theme["accent"], str) and COLOUR.fullmatch(theme["accent"])):
        raise BadTable(f"{where}: theme: accent must be a colour like #0a6b5d, not “{theme['accent']}”")
    if "launcher_text" in theme:
        _words(f"{where}: theme: launcher_text", theme["launcher_text"])
    for name, low, high in (("offset", 0, 400), ("z_index", -1, 2_147_483_647)):
        number = theme.get(name, low)
        if isinstance(number, bool) or not isinstance(number, int) or not low <= number <= high:
            raise BadTable(f"{where}: theme: {name} must be a whole number from {low} to {high}")
    return theme


def _identity(where: str, row: dict[str, Any]) -> None:
    secrets = _texts(f"{where}: identity_secrets", row.get("identity_secrets", ()))
    keys = _texts(f"{where}: identity_keys", row.get("identity_keys", ()))
    if any(len(secret) < SECRET_LEAST for secret in secrets):
        raise BadTable(
            f"{where}: identity_secrets has one with fewer than {SECRET_LEAST} characters; make a longer one"
        )
    for text in keys:
        try:
            read_public_key(text)
        except BadKey as error:
            raise BadTable(f"{where}: identity_keys has a key that {error}") from None
    mode = row.setdefault("identity", "optional" if secrets or keys else "none")
    if mode not in IDENTITY_MODES:
        raise BadTable(f"{where}: identity must be one of {', '.join(IDENTITY_MODES)}, not “{mode}”")
    if mode != "none" and not (secrets or keys):
        raise BadTable(f"{where}: identity is {mode}, but there are neither identity_secrets nor identity_keys")
    row["identity_secrets"], row["identity_keys"] = secrets, keys


def _texts(where: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one.strip() for one in value):
        raise BadTable(f"{where} must be a list of texts")
    return tuple(value)


def _words(where: str, value: Any) -> None:
    good = isinstance(value, str) or (isinstance(value, Mapping) and all(isinstance(v, str) for v in value.values()))
    if not good:
        raise BadTable(f"{where} must be a text, or a table of texts by language")


def _language(where: str, tag: Any) -> str:
    try:
        return canonical(str(tag))
    except UnknownLanguage as error:
        raise BadTable(f"{where}: {error}") from None
