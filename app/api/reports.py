"""POST endpoints for article feedback and usage events of pages and widgets."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify

from app.api.articles import visible_article
from app.api.blueprint import bp
from app.current import services
from app.web import request_input, visits
from app.web.ratelimit import limit
from core.events import emit
from core.texts.languages import UnknownLanguage, canonical
from insight.feedback import COMMENT_MAX, Reason
from support.tickets.journey import Rejection

# What a page may report. What it says of a search or a ticket is known here, and not taken from it.
EVENT_NAMES = (
    "search_shown",
    "result_opened",
    "suggestions_shown",
    "suggestion_opened",
    "suggestion_rejected",
    "suggestion_solved",
    "none_helped",
    "contact_opened",
    "channel_chosen",
    "article_read",
    "widget_opened",
    "widget_closed",
)
_EVENTS_MAX = 50
_DATA_KEYS_MAX = 20
_DATA_TEXT_MAX = 300


@bp.post("/feedback")
@limit("feedback")
def feedback() -> tuple[Response, int]:
    body = request_input.json_body()
    lang = request_input.language(request_input.text_field(body, "lang", 100, required=True))
    slug = request_input.text_field(body, "slug", 200, required=True)
    helpful = request_input.flag_field(body, "helpful")
    reason = request_input.choice_field(body, "reason", [str(r) for r in Reason if r])
    comment = request_input.text_field(body, "comment", COMMENT_MAX)
    article = visible_article(lang, slug)
    told = {"lang": article.lang, "slug": article.slug, "helpful": helpful, "reason": reason}
    visits.record("vote", told, lang=lang, category=article.category, visit=_visit(body))
    services().feedback.record(article.ref, helpful, services().now(), Reason(reason), comment)
    emit("feedback_received", lang=article.lang, slug=article.slug, helpful=helpful)
    return jsonify({"recorded": True}), 201


@bp.post("/events")
@limit("events")
def events() -> tuple[Response, int]:
    """Accept one event, or up to fifty under `events`; those that can be counted are stored. `visit` names the visit
    of them, and of what was recorded for the page before (`claim`)."""
    body = request_input.json_body()
    claimed = body.get("claim", [])
    if not isinstance(claimed, list) or len(claimed) > _EVENTS_MAX or not all(isinstance(one, str) for one in claimed):
        raise request_input.bad_value("claim", f"must be a list of at most {_EVENTS_MAX} texts")
    rows: Any = body.get("events", [] if claimed and "name" not in body else [body])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise request_input.bad_value("events", "must be a list of objects")
    if not (claimed or rows) or len(rows) > _EVENTS_MAX:
        raise request_input.bad_value("events", f"must be between 1 and {_EVENTS_MAX}")
    visit = _visit(body)
    checked = [_event(row) for row in rows]
    for place, (name, _lang, data) in enumerate(checked):
        _must_be_known(name, data, f"events[{place}].data" if "events" in body else "data")
    visits.claim(claimed, visit)
    topics = services().topics_of_articles() if any("slug" in data for _name, _lang, data in checked) else {}
    for name, lang, data in checked:
        article = _canonical(str(data.get("lang", ""))), str(data.get("slug", ""))
        # Whoever likes may report anything: of an article that there is not, nothing is counted.
        if "slug" not in data or article in topics:
            visits.record(name, data, lang=lang, category=topics.get(article, ""), visit=visit)
    names = [name for name, _lang, _data in checked]
    for name in sorted(set(names)):
        emit("client_event", name=name, count=names.count(name))
    return jsonify({"accepted": len(checked)}), 202


def _must_be_known(name: str, data: Mapping[str, Any], where: str) -> None:
    """Refuse a channel, form or reason that there is not: whoever likes may report, and boards name them."""
    s = services().settings
    value, known = {
        "channel_chosen": ("channel", sorted({one.kind for one in s.channels})),
        "contact_opened": ("form", [one.name for one in s.forms]),
        "suggestion_rejected": ("reason", [str(one) for one in Rejection]),
    }.get(name, ("", []))
    if not value or (name != "channel_chosen" and data.get(value) in (None, "")):
        return
    if data.get(value) not in known:
        raise request_input.bad_value(f"{where}.{value}", f"must be one of {', '.join(known)}")


def _canonical(tag: str) -> str:
    try:
        return canonical(tag)
    except UnknownLanguage:
        return tag


def _visit(body: Mapping[str, Any]) -> str:
    given = body.get("visit")
    if given not in (None, "") and not visits.is_visit(given):
        raise request_input.bad_value("visit", "must be 8 to 64 letters, digits, - and _")
    return str(given or "") or visits.visit_id()


def _event(row: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Its name, language and data; `lang` of the data is the article's, which pages report as `article_lang`."""
    name = request_input.choice_field(row, "name", list(EVENT_NAMES), required=True)
    lang = request_input.language_field(row) or ""
    data = row.get("data")
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise request_input.bad_value("data", "must be an object")
    if len(data) > _DATA_KEYS_MAX:
        raise request_input.too_large("data", _DATA_KEYS_MAX)
    for key, value in data.items():
        if not request_input.is_clean(key):
            raise request_input.bad_encoding()
        if len(key) > 50:
            raise request_input.too_large("data", 50)
        if isinstance(value, str):
            request_input.text_field(data, key, _DATA_TEXT_MAX)
        elif not (value is None or isinstance(value, bool | int | float)) or abs(value or 0) > 2**53:
            raise request_input.bad_value(f"data.{key}", "must be a text, a number, true, false or null")
    told = {key: value for key, value in data.items() if key != "article_lang"}
    if "article_lang" in data:
        told["lang"] = data["article_lang"]
    return name, lang, told
