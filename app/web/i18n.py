"""Language negotiation, localised URLs and template helpers.

The language is in the path (`/tr/...`); without one, `?lang=`, then what the browser asks for, then the default.
No cookie is needed. Pages in a language without an interface translation keep their own `lang` and direction
and show English labels.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import flask_babel
from babel import Locale, UnknownLocaleError
from babel.numbers import format_decimal, format_percent
from flask import Flask, abort, current_app, g, has_request_context, redirect, request, url_for
from flask_babel import Babel
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response

from app.web.addresses import here, within
from core.texts import languages
from core.texts.file_sizes import file_size
from core.texts.gettext import FOLDER, has_texts, locale_of
from core.texts.said import Said

# Babel's own name of zh-Hant is "中文 (繁體)"; readers look for these.
_OWN_NAMES = {"en": "English", "tr": "Türkçe", "zh-Hant": "繁體中文", "zh-Hans": "简体中文"}


def reworded(text: str) -> str:
    """A text that was said where nobody knew who reads it, in the language of the page; any other as it is."""
    if not isinstance(text, Said):
        return text
    values = {name: reworded(value) if isinstance(value, str) else value for name, value in text.values.items()}
    # With no values, gettext leaves percent signs as they are.
    return flask_babel.gettext(text.template) % values


class TagConverter(BaseConverter):
    """`<tag:lang>` in a route: only what looks like a language tag, so that `/contact` never reads as one."""

    regex = r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*"


@dataclass(frozen=True)
class LanguageChoice:
    """One entry of the language switch: `url` is this page, or the nearest there is to it, in that language."""

    tag: str
    name: str
    url: str
    current: bool


def init_app(app: Flask) -> None:
    """Switch on translations, and give every template `lang`, `dir`, `asset` and the rest of `_template_context`."""
    app.url_map.converters["tag"] = TagConverter
    app.before_request(_one_address_a_language)
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(FOLDER)
    Babel(app, locale_selector=_select_locale, timezone_selector=_select_time_zone)
    app.context_processor(_template_context)
    app.jinja_env.filters["filesizeformat"] = lambda count: file_size(count, current_lang())


def site_languages() -> tuple[str, ...]:
    """Canonical tags of the languages this site is offered in, the default first."""
    settings = _settings()
    tags = [languages.canonical(tag) for tag in (settings.default_lang, *settings.languages)]
    return tuple(dict.fromkeys(tags))


def current_lang() -> str:
    """The canonical tag this request is answered in. Always one of `site_languages()`."""
    if not has_request_context():
        return site_languages()[0]
    if "lang" not in g:
        g.lang = _requested_lang()
    return str(g.lang)


def use_lang(tag: str) -> None:
    """Override the negotiated language of this request, such as with a ticket's language on its status page."""
    tag = languages.canonical(tag)
    if tag in site_languages():
        g.lang = tag
        flask_babel.refresh()


def _requested_lang() -> str:
    offered = site_languages()
    first_segment = request.path.split("/", 2)[1]
    for text in (first_segment, request.args.get("lang", "")):
        try:
            if text and (tag := languages.canonical(text)) in offered:
                return tag
        except languages.UnknownLanguage:
            continue
    return negotiate([tag for tag, quality in request.accept_languages if quality > 0], offered)


def negotiate(wanted: Iterable[str], offered: tuple[str, ...]) -> str:
    """The first of the `wanted` tags, best first, that is offered itself or in the other Chinese script."""
    for text in wanted:
        try:
            tag = languages.canonical(text)
        except languages.UnknownLanguage:
            continue
        for candidate in (*languages.fallbacks(tag), tag.split("-")[0]):
            if candidate in offered:
                return candidate
    return offered[0]


def url_for_lang(lang: str) -> str:
    """This page in another language.

    A view that knows better (an article whose translation has another slug) puts `{lang: url}` in `g.translations`.
    """
    known: Mapping[str, str] = g.get("translations", {})
    if lang in known:
        return known[lang]
    if request.endpoint and request.url_rule and request.method in {"GET", "HEAD"}:
        carried = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
        arguments = dict(request.view_args or {})
        if "lang" in request.url_rule.arguments:
            arguments["lang"] = lang
        else:
            carried.append(("lang", lang))
        # The query is appended by hand: as keyword arguments, `?endpoint=` or `?_external=` would reach url_for.
        path = url_for(request.endpoint, **arguments)
        return f"{path}?{urlencode(carried)}" if carried else path
    # An error page of an unknown address: the same address below the other language, if it had one.
    parts = request.path.split("/", 2)
    if len(parts) == 3 and parts[1] in site_languages():
        return within(f"/{lang}/{parts[2]}")
    return within(f"/{lang}/")


def language_choices() -> tuple[LanguageChoice, ...]:
    current = current_lang()
    return tuple(LanguageChoice(tag, language_name(tag), url_for_lang(tag), tag == current) for tag in site_languages())


@lru_cache(maxsize=64)
def language_name(tag: str) -> str:
    """A language's name in that language: `tr` -> `Türkçe`. The tag itself if the name is unknown."""
    if tag in _OWN_NAMES:
        return _OWN_NAMES[tag]
    try:
        name = Locale.parse(tag, sep="-").get_display_name()
    except (UnknownLocaleError, ValueError):
        return tag
    return name[:1].upper() + name[1:] if name else tag


def texts_lang() -> str:
    """The language that the interface's texts are in: English where there are none in that of the request."""
    lang = current_lang()
    return lang if has_texts(lang) else "en"


def text_direction(tag: str) -> str:
    return "rtl" if languages.is_rtl(tag) else "ltr"


def listed(words: Iterable[str]) -> str:
    """Words in a row, with the comma of the reader's language between them."""
    return languages.list_separator(texts_lang()).join(words)


def decimal(number: float) -> str:
    """A number with one decimal at most, as the reader's language writes it."""
    return format_decimal(round(number, 1), locale=_select_locale())


def percent(share: float) -> str:
    """A share of one as percent, with one decimal at most: `45.2%`, in Turkish `%45,2`."""
    return format_percent(round(share, 3), locale=_select_locale(), decimal_quantization=False)


def format_date(day: date | datetime | str | None) -> str:
    """A day written out in the reader's language; '' for None. Accepts ISO text, as the database stores it."""
    if not day:
        return ""
    if isinstance(day, str):
        day = datetime.fromisoformat(day) if "T" in day else date.fromisoformat(day)
    return str(flask_babel.format_date(day, format="long"))


def asset(name: str) -> str:
    """The URL of a static file with a content version, so that it can be cached indefinitely."""
    known: dict[str, str] = g.setdefault("assets", {})  # a long list asks for its drawings hundreds of times
    if name not in known:
        path = Path(current_app.static_folder or "") / name
        try:
            version = _version(path, path.stat().st_mtime_ns)
        except OSError:
            version = "0"
        known[name] = url_for("static", filename=name, v=version)
    return known[name]


@lru_cache(maxsize=256)
def _version(path: Path, _changed: int) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=6).hexdigest()


def contact_url(**carried: Any) -> str:
    """The URL of the contact page, with the known context: `q`, `slug`, `reason`."""
    carried = {name: value for name, value in carried.items() if value}
    return url_for("support.contact", lang=current_lang(), **carried)


def _one_address_a_language() -> Response | None:
    """Canonical URLs: `/zh-TW/...` redirects to `/zh-Hant/...`; a first segment that is no site language is a 404."""
    given = (request.view_args or {}).get("lang")
    if given is None or request.blueprint in {None, "api"}:
        return None
    try:
        tag = languages.canonical(given)
    except languages.UnknownLanguage:
        abort(404)
    if tag == given and tag in site_languages():
        return None
    if tag not in site_languages():
        tag = negotiate([given], site_languages()) if tag.split("-")[0] == "zh" else tag
    if tag not in site_languages():
        abort(404)
    if request.method not in {"GET", "HEAD"}:
        (request.view_args or {})["lang"] = tag
        return None
    path = url_for(request.endpoint or "", **{**(request.view_args or {}), "lang": tag})
    query = request.query_string.decode("ascii", "replace")
    return redirect(f"{path}?{query}" if query else path, 301)


def _settings() -> Any:
    return current_app.extensions["signpost"].settings


def _select_locale() -> str:
    return locale_name(current_lang() if has_request_context() else site_languages()[0])


def locale_name(tag: str) -> str:
    """What Babel calls the locale of the texts that readers of a language get; English where there are none."""
    return str(locale_of(tag))


def _select_time_zone() -> str:
    return str(_settings().time_zone)


def _template_context() -> dict[str, Any]:
    lang = current_lang()
    return {
        "lang": lang,
        "dir": text_direction(lang),
        "gap": languages.sentence_gap(lang),
        "comma": languages.list_separator(texts_lang()),
        "full_stop": "。" if languages.is_chinese(lang) else ".",
        "settings": _settings(),
        "ui_languages": language_choices,
        "language_name": language_name,
        "text_direction": text_direction,
        "url_for_lang": url_for_lang,
        "contact_url": contact_url,
        "here": here,
        "asset": asset,
        "format_date": format_date,
        "decimal": decimal,
        "percent": percent,
    }
