"""GET /api/v1/forms/<id>: a contact form's definition as JSON, in the reader's language."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, jsonify
from flask_babel import gettext as _

from app.current import current_site, services
from app.web import request_input
from app.web.errors import Problem
from app.web.i18n import current_lang
from app.web.ratelimit import limit
from app.widget.site_views import attachments, use_site_language
from core.email_typos import ENDINGS, KNOWN_DOMAINS
from support.intake import forms
from support.intake.models import Form, FormField, Option
from support.teams.response_targets import sentence
from support.tickets.models import Channel

bp = Blueprint("embed_forms", __name__, url_prefix="/api/v1/forms")


@bp.get("/", defaults={"name": ""})
@bp.get("/<name>")
@limit("suggest")
def form(name: str) -> Response:
    """The form of that name; without a name the first (default) form."""
    s, site = services(), current_site()
    lang = use_site_language(site) if site else _language()
    found = forms.form_named(s.settings, name)
    if found is None:
        raise Problem(404, "not_found", _("There is no such form."), _("Use the contact page, or talk to a human."))
    promised = s.tickets.response_targets.for_team(found.team, s.now()).in_zone(s.settings.zone)
    body = {
        "id": found.name,
        "lang": lang,
        "title": found.title.in_language(lang),
        "intro": found.intro.in_language(lang),
        "fields": _fields(found, lang),
        "consents": [
            {"name": consent.name, "text": forms.consent_words(consent, lang), "required": consent.required}
            for consent in found.consents
        ],
        "attachments": attachments(),
        "email_typos": {"domains": list(KNOWN_DOMAINS), "endings": list(ENDINGS.items())},
        "started": s.spam.forms.issue(s.now()),
        "promise": sentence(promised, lang, _, s.now()),
    }
    response = jsonify(body)
    response.headers["Cache-Control"] = "no-store"  # `started` is this visitor's own
    return response


def _language() -> str:
    tag = request_input.parameter("lang", 100)
    if tag:
        request_input.language(tag)  # what is no tag at all is refused, as everywhere
    return current_lang()


def _fields(found: Form, lang: str) -> list[dict[str, Any]]:
    """The form's fields in the order of the contact page. Email and phone are not marked as required: one of them is,
    depending on the preferred channel."""
    ways = [
        {"value": Channel.EMAIL.value, "label": _("By e-mail")},
        {"value": Channel.PHONE.value, "label": _("By phone")},
    ]
    categories = [_option(option, lang) for option in found.categories]
    return [
        _field("subject", "text", _("Subject"), forms.SUBJECT_MAX),
        _field("message", "textarea", _("What can we help you with?"), forms.MESSAGE_MAX, required=True),
        *([_field("category", "category", _("What is it about?"), 100, options=categories)] if categories else []),
        *(_own(spec, lang) for spec in found.fields),
        _field("preferred_channel", "channel", _("How shall we answer?"), 20, options=ways),
        _field("email", "email", _("E-mail"), forms.EMAIL_MAX),
        _field("phone", "tel", _("Phone"), forms.PHONE_MAX),
        _field("name", "text", _("Your name"), forms.NAME_MAX),
    ]


def _field(
    name: str, kind: str, label: str, most: int, *, required: bool = False, options: Sequence[dict[str, str]] = ()
) -> dict[str, Any]:
    return {
        "name": name,
        "type": kind,
        "label": label,
        "hint": "",
        "required": required,
        "options": list(options),
        "pattern": "",
        "max": most,
    }


def _own(spec: FormField, lang: str) -> dict[str, Any]:
    return {
        "name": f"fields.{spec.name}",
        "type": spec.type,
        "label": spec.label.in_language(lang),
        "hint": spec.hint.in_language(lang),
        "required": spec.required,
        "options": [_option(option, lang) for option in spec.options],
        "pattern": spec.pattern_text,
        "max": forms.FIELD_MAX,
    }


def _option(option: Option, lang: str) -> dict[str, str]:
    return {"value": option.value, "label": option.label.in_language(lang)}
