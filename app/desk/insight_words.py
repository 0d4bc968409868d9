"""The words of insight's figures: outcomes, reasons, surfaces, and rates with their intervals."""

from collections.abc import Mapping
from datetime import date

from flask_babel import format_date
from flask_babel import gettext as _

from app.web.i18n import decimal, percent
from insight.outcomes import wilson
from insight.report import LEAST_CASES


def verdict_words() -> tuple[str, str, str]:
    return _("Answer shown"), _("Suggested"), _("Asked for a human")


def way_word(way: str) -> str:
    """The way a ticket came in."""
    words: Mapping[str, str] = {
        "form": _("Contact form"), "widget": _("Widget"), "api": "API", "email": _("E-mail"), "desk": _("Desk"),
    }  # fmt: skip
    return words.get(way, way)


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
    return words.get(name, name.upper())


def rate_words(cases: int, of: int) -> str:
    """Cases of how many; from 20 on with the share and its interval."""
    if of < LEAST_CASES:
        return _("%(kept)s of %(all)s", kept=cases, all=of) if of else "–"
    low, high = (decimal(one * 100) for one in wilson(cases, of))
    return f"{percent(cases / of)} ({low}–{high}) · " + _("%(kept)s of %(all)s", kept=cases, all=of)
