"""The words of insight's figures: outcomes, reasons, surfaces, and rates with their intervals."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _

from app.current import services
from app.desk.template_context import rejected_words, via_name
from app.web.channels import kind_names
from app.web.i18n import current_lang, decimal, language_name, listed, percent
from core.texts.languages import colon
from insight.behind import FIGURES
from insight.counting import STAGES
from insight.events import KINDS, VERDICTS, Event
from insight.outcomes import wilson
from insight.report import LEAST_CASES, NONE

OUTCOMES = ("confirmed", "probable", "abandoned", "failed", "pending")


def verdict_words() -> tuple[str, str, str]:
    return _("Answer shown"), _("Suggested"), _("Asked for a human")


def way_word(way: str) -> str:
    """The way a ticket came in, or a contact that staff wrote down."""
    words: Mapping[str, str] = {
        "form": _("Contact form"), "widget": _("Widget"), "api": "API", "mail": _("E-mail"), "portal": _("Help centre"),
    }  # fmt: skip
    return words.get(way) or via_name(way) or way or "–"


def channel_word(kind: str) -> str:
    """Another way to reach the team: of the settings, or one that staff wrote down."""
    return kind_names().get(kind) or way_word(kind)


def event_word(name: str) -> str:
    return {
        "search": _("Searched"), "result_opened": _("Opened a result"), "article_read": _("Read an article"),
        "vote": _("Voted on an article"), "suggestions_shown": _("Were suggested an article"),
        "suggestion_opened": _("Opened a suggestion"), "suggestion_rejected": _("Rejected a suggestion"),
        "suggestion_solved": _("Solved by a suggestion"), "contact_opened": _("Opened the contact form"),
        "channel_chosen": _("Chose another channel"), "ticket_sent": _("Sent a ticket"),
        "ticket_held": _("Ticket held as possible spam"), "ticket_reopened": _("Reopened a ticket"),
        "contact_logged": _("Call or visit written down"), "rating": _("Rated a ticket"),
        "search_shown": _("Results were shown"), "none_helped": _("Nothing suggested helped"),
        "widget_opened": _("Opened the widget"), "widget_closed": _("Closed the widget"),
    }[name]  # fmt: skip


def stage_word(stage: str) -> str:
    return {
        "visits": _("Visits with a search or a suggestion"), "searched": _("Searched"),
        "suggested": _("Were suggested an article"), "opened": _("Opened an article"), "read": _("Read an article"),
        "contact_opened": _("Opened the contact form"), "contacted": _("Got in touch"),
    }[stage]  # fmt: skip


def figure_word(figure: str) -> str:
    """What is counted of an article or of tickets."""
    return {
        "read": _("Reads"), "failed_after": _("Got in touch after it"), "next": _("What readers did next"),
        "helpful": _("Helpful"), "unhelpful": _("Not helpful"), "reason": _("Reasons"), "solved": _("Solved it"),
        "ticket": _("Tickets"), "ticket_searched": _("After a search"),
    }[figure]  # fmt: skip


def degraded_word(degraded: str) -> str:
    words: Mapping[str, str] = {
        "keyword_only": _("by words only"), "indexing": _("while articles were indexed"),
        "deadline": _("cut short for time"), "no_index": _("without an index"),
    }  # fmt: skip
    return words.get(degraded, degraded)


def _form_title(name: str) -> str:
    form = next((one for one in services().settings.forms if one.name == name), None)
    return (form.title.in_language(current_lang()) if form else "") or name


def details(event: Event) -> list[str]:
    """What an event says, in the reader's words; what the catalogue does not know, as it came."""
    data = event.as_json()["data"]
    parts = [f"“{event.query}”"] if event.query else []
    if "slug" in data:
        parts.append(f"{data.get('lang', '')}/{data['slug']}")
    for name, value in data.items():
        label, words = _detail(event.name, name, value)
        if words:
            parts.append(f"{label}{colon(current_lang())}{words}" if label else words)
    return parts


def _detail(event: str, name: str, value: Any) -> tuple[str, str]:
    """Its label and words; ("", "") for what is said already, or of no use to a reader."""
    if value is None or name in {"query", "lang", "slug", "search"}:
        return "", ""
    if name == "verdict":
        return "", dict(zip(VERDICTS, verdict_words(), strict=True)).get(value, str(value))
    if name == "results":
        return _("Results"), listed("/".join(one) for one in value[:5]) + (" …" if len(value) > 5 else "")
    if name == "helpful":
        return "", _("Helpful") if value else _("Not helpful")
    if name in {"confidence", "depth"} and isinstance(value, int | float):
        return _("Confidence") if name == "confidence" else _("Read"), percent(value)
    labels: Mapping[str, tuple[str, Callable[[str], str]]] = {
        "degraded": (_("Degraded"), degraded_word), "rank": (_("Place"), str), "seconds": (_("Seconds"), str),
        "reason": (_("Reason"), rejected_reason if event == "suggestion_rejected" else reason_word),
        "form": (_("Form"), _form_title), "via": (_("Way"), way_word), "channel": (_("Channel"), channel_word),
        "score": (_("Rating"), str),
    }  # fmt: skip
    label, word = labels.get(name, (name, str))
    return label, word(str(value)) if value != "" else ""


def rejected_reason(reason: str) -> str:
    return rejected_words(reason) or reason


def chosen(wanted: Mapping[str, str]) -> list[str]:
    """What a list of events is narrowed to, in words."""
    words: Mapping[str, Callable[[str], str]] = {
        "name": lambda names: listed(event_word(one) for one in names.split(",") if one in KINDS),
        "verdict": lambda value: dict(zip(VERDICTS, verdict_words(), strict=True)).get(value, value),
        "outcome": lambda value: outcome_word(value) if value in OUTCOMES else stage_word("visits"),
        "stage": lambda value: stage_word(value if value in STAGES else "visits"),
        "figure": lambda value: figure_word(value) if value in FIGURES else value,
        "key": lambda value: _key_words(wanted.get("figure", ""), value),
        "query": lambda value: f"“{value}”", "words": lambda value: f"“{value}”", "reason": reason_word,
        "channel": channel_word, "via": way_word,
        "helpful": lambda value: _("Helpful") if value == "yes" else _("Not helpful"),
        "score": lambda value: f"{_('Rating')}{colon(current_lang())}{value}", "hour": _hour_words,
        "no_click": lambda _value: _("Without a click"), "no_results": lambda _value: _("Without results"),
        "failed": lambda _value: _("Got in touch after it"), "late": lambda _value: _("False deflection"),
        "open_too": lambda _value: "", "after": lambda _value: "", "topic": lambda _value: "",
        "visit": lambda value: f"{_('Visit')}{colon(current_lang())}{value[:8]}", "article_lang": lambda _value: "",
        "slug": lambda value: "/".join(filter(None, (wanted.get("article_lang", ""), value))),
        "question": lambda value: f"“{value}”", "question_lang": language_name,
    }  # fmt: skip
    return [text for name, value in wanted.items() if value and name in words and (text := words[name](value))]


def _key_words(figure: str, key: str) -> str:
    if figure.startswith("ticket"):
        return way_word("" if key == NONE else key)
    article, _space, word = key.partition(" ")
    of = {"next": next_word, "reason": reason_word}.get(figure)
    return " · ".join(filter(None, (article, of(word) if of and word else word)))


def _hour_words(hour: str) -> str:
    weekday, _space, of_day = hour.partition(" ")
    if not (weekday.isascii() and weekday.isdigit() and int(weekday) < 7):
        return hour
    return f"{weekday_name(date(2024, 1, 1) + timedelta(days=int(weekday)))} {of_day}:00 UTC"


def url_text() -> str:
    return _("Figures")


def weekday_name(day: date, *, short: bool = False) -> str:
    return str(format_date(day, "ccc" if short else "EEEE"))


def outcome_word(name: str) -> str:
    return {
        "confirmed": _("Solved, as they said"), "probable": _("Probably solved"), "abandoned": _("Went away"),
        "failed": _("Got in touch"), "pending": _("Still open"),
    }[name]  # fmt: skip


def reason_word(name: str) -> str:
    words: Mapping[str, str] = {
        "unclear": _("It is hard to follow"), "incomplete": _("Something is missing"),
        "wrong": _("It did not work for me"), "outdated": _("It is out of date"),
        "other_question": _("It answers another question"), "other": _("Something else"),
    }  # fmt: skip
    return words.get(name, name)


def next_word(name: str) -> str:
    words: Mapping[str, str] = {
        "search": _("Searched"), "other_article": _("Opened an article"),
        "contact_opened": _("Opened the contact form"), "left": _("Went away"),
    }  # fmt: skip
    return words.get(name, _("Got in touch"))


def surface_word(name: str) -> str:
    words: Mapping[str, str] = {
        "portal": _("Help centre"), "widget": _("Widget"), "form": _("Form"), "mail": _("E-mail"), "desk": _("Desk"),
    }  # fmt: skip
    return words.get(name, name.upper() or "–")


def rate_words(cases: int, of: int) -> str:
    """Cases of how many; from 20 on with the share and its interval."""
    if of < LEAST_CASES:
        return _("%(kept)s of %(all)s", kept=cases, all=of) if of else "–"
    low, high = (decimal(one * 100) for one in wilson(cases, of))
    return f"{percent(cases / of)} ({low}–{high}) · " + _("%(kept)s of %(all)s", kept=cases, all=of)
