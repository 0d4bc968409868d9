"""What happened, as an event of the ledger: its shape, the catalogue of names, and how one is read from a stranger.

An event is `id`, `at` (ISO 8601, UTC), `visit`, `person`, `site`, `where`, `lang`, `name`, `data`. The page
`docs/operate/insight.md` has the catalogue, and a test holds the two together.
"""

import json
import math
import re
import unicodedata
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from core.database.timestamps import iso
from core.texts.languages import UnknownLanguage, canonical
from insight.scrub import scrub

WHERE = ("portal", "widget", "api", "form", "mail", "desk")
VERDICTS = ("answer", "suggest", "ask_human")
LINE_MAX = 32_000
_TEXT_MAX = 300
_ID_MAX = 100
_SLUG_MAX = 200
_RESULTS_MAX = 50
_EXTRA_MAX = 20
_ID = re.compile(r"[\x21-\x7e]{1,100}")


class BadEvent(ValueError):
    """The reason why something is no event of the ledger."""


@dataclass(frozen=True)
class Kind:
    """A name of the catalogue: who reports it, what its data holds (name and kind of value), and what it means."""

    by: str
    data: Mapping[str, str]
    about: str
    required: tuple[str, ...] = ()


_ARTICLE = {"lang": "tag", "slug": "slug"}
KINDS: Mapping[str, Kind] = {
    "search": Kind(
        "server",
        {"query": "text", "verdict": "verdict", "confidence": "share", "degraded": "text", "results": "results"},
        "Somebody searched; words without addresses and numbers, and what was shown, best first.",
        ("query", "verdict"),
    ),
    "result_opened": Kind(
        "page",
        {**_ARTICLE, "rank": "count", "search": "text"},
        "A result was opened; `search` is the id of the search.",
        ("lang", "slug"),
    ),
    "article_read": Kind(
        "page", {**_ARTICLE, "seconds": "amount", "depth": "share"}, "An article was in view.", ("lang", "slug")
    ),
    "vote": Kind(
        "server", {**_ARTICLE, "helpful": "flag", "reason": "text"}, "Whether an article helped.",
        ("lang", "slug", "helpful"),
    ),
    "suggestions_shown": Kind(
        "server", {"query": "text", "verdict": "verdict", "results": "results"},
        "Articles were suggested, beside a message being written or on a page.",
    ),
    "suggestion_opened": Kind("page", _ARTICLE, "A suggestion was opened.", ("lang", "slug")),
    "suggestion_rejected": Kind(
        "server", {**_ARTICLE, "reason": "text"}, "A suggestion did not help.", ("lang", "slug")
    ),
    "suggestion_solved": Kind("server", _ARTICLE, "A suggestion solved it.", ("lang", "slug")),
    "contact_opened": Kind("server", {"form": "text"}, "The contact form was opened."),
    "channel_chosen": Kind("page", {"channel": "text"}, "Another way to reach the team was chosen.", ("channel",)),
    "ticket_sent": Kind("server", {"form": "text", "via": "text"}, "A ticket is stored."),
    "ticket_held": Kind(
        "server",
        {"form": "text", "via": "text"},
        "A ticket is stored and held back by the spam check; once released, `ticket_sent` follows with this moment. "
        "Counted nowhere.",
    ),
    "ticket_reopened": Kind("server", {}, "A customer wrote again in a closed ticket."),
    "contact_logged": Kind("server", {"channel": "text"}, "Staff wrote down a call or a visit.", ("channel",)),
    "rating": Kind("server", {"score": "count"}, "A customer rated how a ticket went."),
    # From before the ledger; stored for who reads the export, and counted nowhere.
    "search_shown": Kind("page", {}, "A page or widget showed results. Counted nowhere: `search` is."),
    "none_helped": Kind("page", {}, "Nothing that was suggested helped. Counted nowhere."),
    "widget_opened": Kind("page", {}, "The widget was opened. Counted nowhere."),
    "widget_closed": Kind("page", {}, "The widget was closed. Counted nowhere."),
}  # fmt: skip


@dataclass(frozen=True)
class Event:
    """One event, checked. `query` of a search and of suggestions stands beside `data`, since it is forgotten earlier;
    `category` is the topic of its article when it happened."""

    id: str
    at: datetime
    name: str
    visit: str = ""
    person: str = ""
    site: str = ""
    where: str = ""
    lang: str = ""
    query: str = ""
    category: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """In the shape that `event_of` reads."""
        data = {"query": self.query, **self.data} if "query" in KINDS[self.name].data else dict(self.data)
        return {
            "id": self.id, "at": iso(self.at).replace("+00:00", "Z"), "visit": self.visit, "person": self.person,
            "site": self.site, "where": self.where, "lang": self.lang, "name": self.name, "data": data,
        }  # fmt: skip


Scrub = Callable[[str], str]


def new_id() -> str:
    return uuid.uuid4().hex


def make(
    name: str,
    at: datetime,
    data: Mapping[str, Any],
    *,
    scrub: Scrub = scrub,
    id: str = "",
    visit: str = "",
    person: str = "",
    site: str = "",
    where: str = "",
    lang: str = "",
    category: str = "",
) -> Event:
    """An event from values that need be checked; raises BadEvent. Texts in `data` are scrubbed."""
    if name not in KINDS:
        raise BadEvent(f"name is {_shown(name)}, which is not in the catalogue")
    if where and where not in WHERE:
        raise BadEvent(f"where is {_shown(where)}, not one of {', '.join(WHERE)}")
    checked = _data(KINDS[name], data, scrub)
    query = checked.pop("query", "")
    if not category:
        given = checked.get("category")
        category = given if isinstance(given, str) else ""
    return Event(
        id=id or new_id(), at=at, name=name, visit=_opaque("visit", visit), person=_person(person),
        site=_plain("site", site, _ID_MAX), where=where, lang=_tag("lang", lang) if lang else "", query=query,
        category=category[:_ID_MAX], data=checked,
    )  # fmt: skip


def event_of(line: str, scrub: Scrub = scrub) -> Event:
    """The event in one line of JSON Lines. Raises BadEvent with the reason."""
    if len(line) > LINE_MAX:
        raise BadEvent(f"is longer than {LINE_MAX} characters")
    try:
        row = json.loads(line, parse_constant=_no_number, parse_int=_whole)
    except (ValueError, RecursionError):
        raise BadEvent("is not JSON") from None
    if not isinstance(row, dict):
        raise BadEvent("is not a JSON object")
    unknown = sorted(set(row) - {"id", "at", "visit", "person", "site", "where", "lang", "name", "data"})
    if unknown:
        raise BadEvent(f"has {_shown(unknown[0])}, which no event has")
    texts: dict[str, str] = {}
    for name in ("id", "at", "visit", "person", "site", "where", "lang", "name"):
        value = row.get(name)
        value = "" if value is None else value
        if not isinstance(value, str):
            raise BadEvent(f"{name} is not a text")
        texts[name] = value
    if not _ID.fullmatch(texts["id"]):
        raise BadEvent(f"id is not 1 to {_ID_MAX} visible ASCII characters")
    data = row.get("data")
    if data is not None and not isinstance(data, dict):
        raise BadEvent("data is not an object")
    return make(
        texts["name"], moment_of(texts["at"]), data or {}, scrub=scrub, id=texts["id"], visit=texts["visit"],
        person=texts["person"], site=texts["site"], where=texts["where"], lang=texts["lang"],
    )  # fmt: skip


def moment_of(text: str) -> datetime:
    """An ISO 8601 moment with its offset, as UTC. Raises BadEvent."""
    if len(text) > 40 or not text.isascii():
        raise BadEvent("at is no moment in ISO 8601")
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise BadEvent("at has no offset; write Z for UTC")
        moment = moment.astimezone(UTC)
    except BadEvent:
        raise
    except (ValueError, OverflowError):
        raise BadEvent("at is no moment in ISO 8601") from None
    if not 2000 <= moment.year < 2100:
        raise BadEvent("at is not between the years 2000 and 2099")
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _no_number(constant: str) -> None:
    raise ValueError(constant)


def _whole(digits: str) -> int:
    if len(digits) > 18:
        raise ValueError("a number of so many digits")
    return int(digits)


# Kept as null, so that what was written comes out again as it was: not degraded, and no calibration to be confident by.
_MAY_BE_NULL = frozenset({"degraded", "confidence"})


def _data(kind: Kind, data: Mapping[str, Any], scrub: Scrub) -> dict[str, Any]:
    checked: dict[str, Any] = {}
    for name in kind.required:
        if data.get(name) is None:
            raise BadEvent(f"data.{name} is missing")
    if sum(name not in kind.data for name in data) > _EXTRA_MAX:
        raise BadEvent(f"data has more than {_EXTRA_MAX} values that are not in the catalogue")
    for name, value in data.items():
        if value is None or (name == "degraded" and value is False):
            if name in _MAY_BE_NULL:
                checked[name] = None
            continue
        read = _KINDS_OF_VALUES[kind.data.get(name, "any")]
        if name not in kind.data:
            _plain("a name in data", name, 50)
        if name == "query":
            checked[name] = scrub(_text("data.query", value, LINE_MAX))
            continue
        found = read(f"data.{name}", value)
        if isinstance(found, str) and (name not in kind.data or name == "reason"):
            found = scrub(found)
        checked[name] = found
    return checked


def _shown(value: object) -> str:
    return "“" + "".join(sign if sign.isprintable() else "?" for sign in str(value)[:60]) + "”"


def _text(name: str, value: Any, most: int = _TEXT_MAX) -> str:
    if not isinstance(value, str):
        raise BadEvent(f"{name} is not a text")
    if len(value) > most:
        raise BadEvent(f"{name} is longer than {most} characters")
    # What is printable holds neither, and is told at once.
    if not value.isprintable() and ("\0" in value or any(0xD800 <= ord(sign) < 0xE000 for sign in value)):
        raise BadEvent(f"{name} holds what no text can hold")
    return value


def _plain(name: str, value: Any, most: int = _TEXT_MAX) -> str:
    text = _text(name, value, most)
    if not text.isprintable() and any(unicodedata.category(sign) == "Cc" for sign in text):
        raise BadEvent(f"{name} holds control characters")
    return text


def _opaque(name: str, value: str) -> str:
    if value and not _ID.fullmatch(value):
        raise BadEvent(f"{name} is not up to {_ID_MAX} visible ASCII characters")
    return value


def _person(value: str) -> str:
    if "@" in value:
        raise BadEvent("person is an address; it must be a keyed hash of one")
    return _opaque("person", value)


def _tag(name: str, value: Any) -> str:
    text = _text(name, value, _ID_MAX)
    try:
        return canonical(text) if text not in {"", "und"} else text
    except UnknownLanguage:
        raise BadEvent(f"{name} is {_shown(text)}, which is no language tag") from None


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise BadEvent(f"{name} is not a number")
    return value


def _share(name: str, value: Any) -> float:
    number = _number(name, value)
    if not 0 <= number <= 1:
        raise BadEvent(f"{name} is not between 0 and 1")
    return number


def _amount(name: str, value: Any) -> float:
    number = _number(name, value)
    if not 0 <= number <= 1_000_000:
        raise BadEvent(f"{name} is not between 0 and 1000000")
    return number


def _count(name: str, value: Any) -> int:
    number = _amount(name, value)
    if number != int(number):
        raise BadEvent(f"{name} is not a whole number")
    return int(number)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise BadEvent(f"{name} is not true or false")
    return value


def _verdict(name: str, value: Any) -> str:
    if value not in VERDICTS:
        raise BadEvent(f"{name} is not one of {', '.join(VERDICTS)}")
    return str(value)


def _results(name: str, value: Any) -> list[list[str]]:
    if not isinstance(value, list | tuple) or len(value) > _RESULTS_MAX:
        raise BadEvent(f"{name} is not a list of at most {_RESULTS_MAX} results")
    found = []
    for one in value:
        if not isinstance(one, list | tuple) or len(one) != 2:
            raise BadEvent(f"{name} holds what is not [language, slug]")
        found.append([_tag(name, one[0]), _slug(name, one[1])])
    return found


def _slug(name: str, value: Any) -> str:
    slug = _plain(name, value, _SLUG_MAX)
    if len(slug.encode()) > 3 * _SLUG_MAX:  # it stands in keys of indexes
        raise BadEvent(f"{name} is longer than {3 * _SLUG_MAX} bytes")
    return slug


def _any(name: str, value: Any) -> Any:
    if isinstance(value, str):
        return _text(name, value)
    if isinstance(value, bool):
        return value
    return _number(name, value)


_KINDS_OF_VALUES: Mapping[str, Callable[[str, Any], Any]] = {
    "text": _plain, "slug": _slug, "tag": _tag, "count": _count, "amount": _amount, "share": _share, "flag": _flag,
    "verdict": _verdict, "results": _results, "any": _any,
}  # fmt: skip


def results_of(refs: Sequence[tuple[str, str]]) -> list[list[str]]:
    """`data.results` of articles, best first."""
    return [[lang, slug] for lang, slug in refs][:_RESULTS_MAX]
