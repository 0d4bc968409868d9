"""The customer's journey: what was searched, shown, opened and rejected before asking a person.

It is stored with the ticket and handed over unchanged, so nobody asks twice. The schema is in
docs/operate/journey.md. `parse` is strict (for the API); `parse_leniently` is for a form field,
where a broken journey must never stop a customer from sending.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

VERSION = 1
MAX_BYTES = 32_768
MAX_QUERIES = 20
MAX_SUGGESTIONS = 30
_MAX_TEXT = 500
_MAX_URL = 2_000

VERDICTS = ("answer", "suggest", "ask_human", "")
DEVICES = ("phone", "tablet", "desktop", "")


class Rejection(StrEnum):
    """Why a suggestion did not help. OTHER comes with a comment."""

    NOT_RELATED = "not_related"
    DID_NOT_ANSWER = "did_not_answer"
    WRONG_LANGUAGE = "wrong_language"
    OTHER = "other"


class BadJourney(ValueError):
    """The journey does not follow the schema; `str(error)` says where and how."""


@dataclass(frozen=True)
class Query:
    text: str
    verdict: str = ""
    at: str = ""


@dataclass(frozen=True)
class Suggestion:
    """An article the customer was shown. `seconds_read` is 0 when it is not known."""

    slug: str
    lang: str
    title: str = ""
    opened: bool = False
    seconds_read: int = 0
    rejected: str = ""
    comment: str = ""
    solved: bool = False


@dataclass(frozen=True)
class Journey:
    """`page` is where the customer came from, and `product` what it is about, `lang` the language of the interface,
    `device` its class."""

    page: str = ""
    product: str = ""
    lang: str = ""
    device: str = ""
    reason: str = ""
    queries: tuple[Query, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()

    def with_query(self, text: str, verdict: str, at: str = "") -> "Journey":
        """The same question asked again replaces its last entry, so that typing does not fill the list."""
        text = " ".join(text.split())[:_MAX_TEXT]
        if not text:
            return self
        kept = tuple(q for q in self.queries if q.text != text)
        return replace(self, queries=(*kept, Query(text, verdict, at))[-MAX_QUERIES:])

    def with_suggestion(self, slug: str, lang: str, **changes: Any) -> "Journey":
        """Record an interaction with one article, merged with earlier ones. The list stays within its limit."""
        for position, known in enumerate(self.suggestions):
            if (known.slug, known.lang) == (slug, lang):
                updated = replace(known, **changes)
                return replace(
                    self, suggestions=(*self.suggestions[:position], updated, *self.suggestions[position + 1 :])
                )
        if len(self.suggestions) >= MAX_SUGGESTIONS:
            return self
        return replace(self, suggestions=(*self.suggestions, Suggestion(slug=slug, lang=lang, **changes)))

    def rejected(self) -> set[tuple[str, str]]:
        """(lang, slug) of what the customer said does not help, so that it is not offered again."""
        return {(s.lang, s.slug) for s in self.suggestions if s.rejected}

    def without(self, parts: Collection[str]) -> "Journey":
        """Less what the customer took out: `page`, `product`, `lang`, `device`, `reason`, `query:<text>`,
        `article:<lang>/<slug>`, or `everything`."""
        if "everything" in parts:
            return Journey()
        return replace(
            self,
            **{name: "" for name in ("page", "product", "lang", "device", "reason") if name in parts},
            queries=tuple(q for q in self.queries if f"query:{q.text}" not in parts),
            suggestions=tuple(s for s in self.suggestions if f"article:{s.lang}/{s.slug}" not in parts),
        )

    def as_dict(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "page": self.page,
            "product": self.product,
            "lang": self.lang,
            "device": self.device,
            "reason": self.reason,
            "queries": [{"text": q.text, "verdict": q.verdict, "at": q.at} for q in self.queries],
            "suggestions": [
                {
                    "slug": s.slug,
                    "lang": s.lang,
                    "title": s.title,
                    "opened": s.opened,
                    "seconds_read": s.seconds_read,
                    "rejected": s.rejected,
                    "comment": s.comment,
                    "solved": s.solved,
                }
                for s in self.suggestions
            ],
        }

    def to_json(self) -> str:
        return json.dumps(self.as_dict(), ensure_ascii=False, separators=(",", ":"))


def parse(value: Any) -> Journey:
    """A Journey from decoded JSON. Raises BadJourney for anything the schema does not have."""
    if not isinstance(value, Mapping):
        raise BadJourney("journey must be an object")
    _only(value, "journey", {"version", "page", "product", "lang", "device", "reason", "queries", "suggestions"})
    if len(json.dumps(value, ensure_ascii=True)) > MAX_BYTES:
        raise BadJourney(f"journey must be at most {MAX_BYTES} bytes")
    version = value.get("version", VERSION)
    if isinstance(version, bool) or version != VERSION:
        raise BadJourney(f"journey.version must be {VERSION}")
    return Journey(
        page=_text(value, "page", "journey", _MAX_URL),
        product=_text(value, "product", "journey", 200),
        lang=_text(value, "lang", "journey", 35),
        device=_choice(value, "device", "journey", DEVICES),
        reason=_text(value, "reason", "journey", 100),
        queries=tuple(
            _query(item, f"journey.queries[{i}]") for i, item in enumerate(_list(value, "queries", MAX_QUERIES))
        ),
        suggestions=tuple(
            _suggestion(item, f"journey.suggestions[{i}]")
            for i, item in enumerate(_list(value, "suggestions", MAX_SUGGESTIONS))
        ),
    )


def parse_leniently(raw: str) -> Journey:
    """A Journey from a form field; an empty one when the field is broken, since sending matters more."""
    if not raw or len(raw) > 4 * MAX_BYTES:
        return Journey()
    try:
        return parse(json.loads(raw))
    except (ValueError, RecursionError):
        return Journey()


def from_stored(raw: str) -> Journey:
    """What `to_json` wrote."""
    return parse_leniently(raw)


def _only(value: Mapping[str, Any], where: str, allowed: set[str]) -> None:
    unknown = sorted(str(key) for key in value if key not in allowed)
    if unknown:
        raise BadJourney(f"{where} has unknown fields: {', '.join(unknown[:5])[:100]}")


def _text(value: Mapping[str, Any], name: str, where: str, longest: int = _MAX_TEXT, required: bool = False) -> str:
    text = value.get(name, "")
    if text is None and not required:
        return ""
    if not isinstance(text, str):
        raise BadJourney(f"{where}.{name} must be a text")
    if required and not text.strip():
        raise BadJourney(f"{where}.{name} is missing")
    if len(text) > longest:
        raise BadJourney(f"{where}.{name} must be at most {longest} characters")
    if not storable(text):
        raise BadJourney(f"{where}.{name} has characters that cannot be stored")
    return text


def _choice(value: Mapping[str, Any], name: str, where: str, allowed: tuple[str, ...]) -> str:
    text = _text(value, name, where)
    if text not in allowed:
        raise BadJourney(f"{where}.{name} must be one of {', '.join(a for a in allowed if a)}")
    return text


def _list(value: Mapping[str, Any], name: str, longest: int) -> list[Any]:
    items = value.get(name, [])
    if not isinstance(items, list):
        raise BadJourney(f"journey.{name} must be a list")
    if len(items) > longest:
        raise BadJourney(f"journey.{name} must have at most {longest} entries")
    return items


def _flag(value: Mapping[str, Any], name: str, where: str) -> bool:
    flag = value.get(name, False)
    if not isinstance(flag, bool):
        raise BadJourney(f"{where}.{name} must be true or false")
    return flag


def _query(value: Any, where: str) -> Query:
    if not isinstance(value, Mapping):
        raise BadJourney(f"{where} must be an object")
    _only(value, where, {"text", "verdict", "at"})
    return Query(
        text=_text(value, "text", where, required=True),
        verdict=_choice(value, "verdict", where, VERDICTS),
        at=_text(value, "at", where, 40),
    )


def _suggestion(value: Any, where: str) -> Suggestion:
    if not isinstance(value, Mapping):
        raise BadJourney(f"{where} must be an object")
    _only(value, where, {"slug", "lang", "title", "opened", "seconds_read", "rejected", "comment", "solved"})
    seconds = value.get("seconds_read", 0)
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds <= 86_400:
        raise BadJourney(f"{where}.seconds_read must be a whole number from 0 to 86400")
    return Suggestion(
        slug=_text(value, "slug", where, 200, required=True),
        lang=_text(value, "lang", where, 35, required=True),
        title=_text(value, "title", where),
        opened=_flag(value, "opened", where),
        seconds_read=seconds,
        rejected=_choice(value, "rejected", where, ("", *(r.value for r in Rejection))),
        comment=_text(value, "comment", where),
        solved=_flag(value, "solved", where),
    )


def storable(text: str) -> bool:
    """Whether a database and a mail can hold this text: no NUL and nothing that is not Unicode."""
    if "\x00" in text:
        return False
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
