"""The configured contact channels and opening hours, in the reader's language."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from babel.dates import get_day_names, get_timezone_location
from flask import current_app
from flask_babel import force_locale, get_locale
from flask_babel import gettext as _

from app.web import i18n
from core.texts.localized_text import LocalizedText
from support.intake.models import ChannelSettings, names_of_kinds
from support.teams.business_hours import ALWAYS, OpeningHours

_ICONS = {
    "form": "form", "email": "mail", "phone": "phone", "sms": "sms", "chat": "chat", "whatsapp": "chat",
    "wechat": "chat", "messaging": "chat", "social": "social", "video": "video", "community": "community",
    "in_person": "place", "urgent": "urgent",
}  # fmt: skip
_SAFE_SCHEMES = {"http", "https", "mailto", "tel", "sms"}


@dataclass(frozen=True)
class ContactChannel:
    """One contact channel. `href` is '' if it cannot be linked (a place, a WeChat name). `short` fits on a chip."""

    kind: str
    icon: str
    label: str
    short: str
    value: str
    href: str
    note: str
    hours: str


def channels(lang: str = "") -> tuple[ContactChannel, ...]:
    """The contact channels in the order of the settings, named in the language of the page or in `lang`; where they
    lead stays the page's."""
    rows = current_app.extensions["signpost"].settings.channels
    if not lang or lang == i18n.current_lang():
        return tuple(_channel(row, i18n.current_lang()) for row in rows)
    with force_locale(i18n.locale_name(lang)):
        return tuple(_channel(row, lang) for row in rows)


def opening_hours() -> str:
    """Business hours with the time zone: `Monday to Friday 09:00–18:00 (Europe/Amsterdam time)`. '' if not set."""
    settings = current_app.extensions["signpost"].settings
    spans = hours_text(settings.opening_hours)
    if not spans:
        return ""
    place = get_timezone_location(settings.zone, locale=get_locale() or "en", return_city=True)
    return str(_("We answer %(hours)s (%(place)s time)", hours=spans, place=place))


def hours_text(hours: OpeningHours) -> str:
    """Days with equal hours together, in the reader's language and the order of the week."""
    groups: list[tuple[int, int, str]] = []
    for number, spans in enumerate(hours.days):
        span = i18n.listed(map(str, spans))
        if not span:
            continue
        if groups and groups[-1][1] == number - 1 and groups[-1][2] == span:
            groups[-1] = (groups[-1][0], number, span)
        else:
            groups.append((number, number, span))
    if hours == ALWAYS:
        return str(_("day and night, every day"))
    names = get_day_names("abbreviated", locale=get_locale() or "en")
    parts = []
    for first, last, span in groups:
        days = names[first] if first == last else f"{names[first]}–{names[last]}"
        parts.append(f"{days} {span.replace('-', '–')}")
    return i18n.listed(parts)


def _channel(row: ChannelSettings, lang: str) -> ContactChannel:
    kind, value = row.kind, row.value
    label = _in_language(row.label, lang) or kind_names()[kind]
    href = _href(kind, value, row.url)
    shown = value or _host(row.url)
    return ContactChannel(
        kind=kind,
        icon=_ICONS[kind],
        label=label,
        short=value if kind in {"email", "phone"} else label,
        value="" if kind == "form" else shown,
        href=href,
        note=_in_language(row.note, lang) or _note(kind),
        hours=hours_text(row.hours) if row.hours else "",
    )


def kind_names() -> dict[str, str]:
    """What the kinds of channels are called, in the reader's language."""
    return names_of_kinds(_)


def _note(kind: str) -> str:
    notes = {
        "form": _("You get a reference number and a page where you can follow what happens."),
        "urgent": _("For emergencies only."),
    }
    return str(notes.get(kind, ""))


def _href(kind: str, value: str, url: str) -> str:
    if kind == "form":
        return i18n.contact_url() + "#form"
    if url:
        return url if urlsplit(url).scheme.lower() in _SAFE_SCHEMES else ""
    digits = re.sub(r"[^\d+]", "", value)
    if kind == "email":
        return f"mailto:{value}"
    if kind in {"phone", "urgent"}:
        return f"tel:{digits}"
    if kind == "sms":
        return f"sms:{digits}"
    if kind == "whatsapp":
        return f"https://wa.me/{digits.lstrip('+')}"
    return ""


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _in_language(text: LocalizedText, lang: str) -> str:
    return text.in_language(lang, then=i18n.site_languages())
