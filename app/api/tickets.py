"""POST /api/v1/tickets: create a ticket, from the widget or another program."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from app.api import site_tickets
from app.current import current_site, services
from app.web import request_input, visits
from app.web.addresses import public_base
from app.web.errors import Problem, not_stored
from app.web.i18n import current_lang
from app.web.request_facts import request_facts
from app.web.search_json import urgent_json
from app.web.sender_limits import check_sender
from app.web.uploads import Files, limit_upload, take_files
from core.events import emit
from core.texts.gettext import gettext_of
from core.texts.languages import sentence_gap
from support.email.composer import looked_at_words, mail_language, target_words
from support.intake import forms
from support.intake.identity import IdentityRefused, SignedIdentity, read_identity
from support.intake.kept_files import AttachedFiles
from support.intake.models import Form
from support.intake.sites import Site
from support.intake.submission import Sender
from support.teams.response_targets import advice_first, reader_zone
from support.tickets import journey as journeys
from support.tickets.attributes import AttributeValue, BadAttributes, parse_attributes, parse_tags, what_fits
from support.tickets.handoff import schema
from support.tickets.models import Channel, KeyReused, Ticket

tickets_bp = Blueprint("tickets_api", __name__, url_prefix="/api/v1")

_FIELDS = (
    "name", "email", "phone", "preferred_channel", "subject", "message", "lang", "category", "consent", "fields",
    "journey", "form", "consents", "product", "time_zone", "identity", "altcha", "idempotency_key", "started",
    "attributes", "tags",
)  # fmt: skip
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


@tickets_bp.post("/tickets")
def create_ticket() -> tuple[Response, int]:
    """Create a ticket. Repeating the same Idempotency-Key and body returns the same response and no second ticket."""
    s = services()
    server = _server()
    check_sender(server)
    if not server:
        limit_upload(drop_files=False)
    site = current_site()
    body, uploads = _body()
    key = _key(body)
    unknown = sorted(name for name in body if name not in _FIELDS)
    if unknown:
        raise request_input.bad_value(
            unknown[0][:100], f"is not a field of a ticket; the fields are {', '.join(_FIELDS)}"
        )
    lang = request_input.language_field(body)
    journey = site_tickets.with_page(_journey(body.get("journey")))
    form = _form(body, site)
    known = _identity(body, site)
    attributes, tags, left_out = _said_by_the_page(body, site)
    draft = _draft(body, form)
    if known is not None:
        draft = replace(draft, email=draft.email or known.email, name=draft.name or known.name)
    by_field = [name.removeprefix("fields.") for name, _upload in uploads if name != "attachments"]
    checked = forms.check(draft, form, current_lang(), by_field)
    if checked.errors:
        raise _refusal(checked)
    sender = Sender(
        lang=lang or current_lang(),
        source="widget" if site else "api",
        guessed_lang=lang is None,
        time_zone=request_input.text_field(body, "time_zone", 60),
        identity=known,
        site=site.key if site else "",
        site_hosts=site.hosts if site else (),
        server=server,
        form_token=request_input.text_field(body, "started", 200),
        payload=request_input.text_field(body, "altcha", 2048),
        attributes=attributes,
        tags=tags,
    )
    try:
        ticket = s.submissions.submit(
            form, checked, _files(uploads), journey, sender, request_facts(s.settings, request), s.now(), key=key
        )
    except KeyReused:
        raise Problem(
            409,
            "idempotency_conflict",
            _("This Idempotency-Key was used before, for another request."),
            _("Use a new key for a new request, and the same key only to repeat the same one."),
        ) from None
    except (SQLAlchemyError, OSError) as error:
        raise not_stored(error) from None
    answer: dict[str, Any] = {
        "reference": ticket.reference,
        "status_url": f"{public_base()}{ticket.status_path}",
        "promise": _target_words(ticket),
        "urgent": urgent_json(ticket.urgent, current_lang()),
    }
    if site:
        answer["status_token"] = site_tickets.receipt(ticket, site)
    if left_out:
        answer["left_out"] = list(left_out)
    return jsonify(answer), 201


def _target_words(ticket: Ticket) -> str:
    """The response target in words, as in the acknowledgement: the ticket's language, the customer's time zone. What is
    held has none yet, so nothing is promised that nobody keeps. Whoever is in danger is told first not to wait."""
    s = services()
    lang = mail_language(s.settings, ticket.lang)
    first = advice_first(ticket.urgent, gettext_of(lang))
    promise = looked_at_words(lang) if ticket.quarantine else _target(ticket, lang)
    return f"{first}{sentence_gap(lang)}{promise}" if first else promise


def _target(ticket: Ticket, lang: str) -> str:
    s = services()
    made = s.tickets.response_targets.current(ticket) or s.tickets.response_targets.for_team(
        ticket.team, ticket.created_at
    )
    return target_words(made.in_zone(reader_zone(ticket.time_zone, s.settings.zone)), lang, s.now())


@tickets_bp.get("/schemas/pack.json")
def pack_schema() -> Response:
    """The JSON Schema of the hand-off payload."""
    response = jsonify(schema())
    response.mimetype = "application/schema+json"
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _form(body: Mapping[str, Any], site: Site | None) -> Form:
    name = request_input.text_field(body, "form", 40) or (site.form if site else "")
    form = forms.form_named(services().settings, name)
    if form is None:
        known = ", ".join(one.name for one in forms.forms(services().settings))
        raise request_input.bad_value("form", f"is not one of {known}")
    return form


def _identity(body: Mapping[str, Any], site: Site | None) -> SignedIdentity | None:
    token = request_input.text_field(body, "identity", 4096)
    if site:
        return site_tickets.identity(token, site)
    if not token:
        return None
    s = services().settings
    try:
        known = read_identity(token, s.identity_secret, s.base_url, services().now())
        visits.recognised(known.email)
        return known
    except IdentityRefused as error:
        raise request_input.bad_value("identity", f"is not believed: {error}") from None


def _server() -> str:
    """The name of the authenticated server (bearer secret) that sends this; '' without one. A wrong secret is refused:
    its tickets would be scored as spam."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return ""
    name = services().spam.servers(secret.strip())
    if name is None:
        emit("server_refused")
        raise Problem(
            401,
            "unknown_server",
            _("No server has this secret."),
            _("Compare the secret with `servers` in the settings, or send without the header Authorization."),
        )
    return name


def _key(body: Mapping[str, Any]) -> str | None:
    """The idempotency key, from the header or from the body: a header would cause a CORS preflight on another site.
    Keys are scoped by site."""
    named = "Idempotency-Key" if "Idempotency-Key" in request.headers else "idempotency_key"
    key = request.headers.get("Idempotency-Key", request_input.text_field(body, "idempotency_key", 200) or None)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise request_input.bad_value(named, "must be 1 to 200 visible ASCII characters")
    site = current_site()
    return f"site {site.key}\n{key}" if site else f"api\n{key}"


def _body() -> tuple[Mapping[str, Any], list[tuple[str, FileStorage]]]:
    """The request's fields, and its files with the name of their multipart field."""
    if request.mimetype != "multipart/form-data":
        if not request_input.is_json():
            raise Problem(
                415,
                "unsupported_type",
                _("The body must be JSON, or multipart/form-data when there are attachments."),
                _("Send it with the header Content-Type: application/json."),
            )
        return request_input.json_body(), []
    try:
        values, files = request.form, request.files
    except RequestEntityTooLarge:
        raise request_input.too_large("body", request.max_content_length or 0) from None
    body: dict[str, Any] = {}
    if None in values or None in files:  # despite the type annotations a part may lack a name
        raise request_input.bad_value("body", "has a part without a name")
    for name in values:
        given = values.getlist(name)
        if len(given) > 1:
            raise request_input.bad_value(name[:100], "is given more than once")
        # Invalid UTF-8 was decoded to the replacement character.
        if "\ufffd" in given[0] or not request_input.is_clean(given[0]):
            raise request_input.bad_encoding()
        body[name] = _from_part(name, given[0])
    every = {f"fields.{name}" for form in forms.forms(services().settings) for name in form.file_fields}
    strange = [name for name in files if name != "attachments" and name not in every]
    if strange:
        raise request_input.bad_value(strange[0][:100], "is a file; files are sent as attachments")
    return body, [(name, file) for name in files for file in files.getlist(name) if file.filename]


def _from_part(name: str, text: str) -> Any:
    """A multipart field converted to its JSON type: consent as boolean, what is not a text decoded."""
    if name == "consent":
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    if name in {"attributes", "tags"} and not text:
        return None
    if name in {"fields", "journey", "consents", "attributes", "tags"} and text:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise request_input.bad_value(name, "must be JSON") from None
    return text


def _consents(body: Mapping[str, Any], form: Form) -> frozenset[str]:
    """Consents by name; a plain `consent` means all required ones."""
    named = body.get("consents")
    if named is not None and not (isinstance(named, list) and all(isinstance(name, str) for name in named)):
        raise request_input.bad_value("consents", "must be a list of names")
    if named is not None and body.get("consent") is None:
        return frozenset(named)
    every = {consent.name for consent in form.consents if consent.required}
    return frozenset(named or ()) | (every if request_input.flag_field(body, "consent") else set())


def _draft(body: Mapping[str, Any], form: Form) -> forms.Draft:
    fields = body.get("fields")
    if fields is None:
        fields = {}
    if not isinstance(fields, dict) or not all(isinstance(v, str) for v in fields.values()):
        raise request_input.bad_value("fields", "must be an object of texts")
    if not all(request_input.is_clean(text) for pair in fields.items() for text in pair):
        raise request_input.bad_encoding()
    return forms.Draft(
        name=request_input.text_field(body, "name", forms.NAME_MAX),
        email=request_input.text_field(body, "email", forms.EMAIL_MAX),
        phone=request_input.text_field(body, "phone", forms.PHONE_MAX),
        preferred_channel=request_input.choice_field(body, "preferred_channel", [c.value for c in Channel]),
        subject=request_input.text_field(body, "subject", forms.SUBJECT_MAX),
        message=request_input.text_field(body, "message", forms.MESSAGE_MAX, required=True),
        category=request_input.text_field(body, "category", 100),
        product=request_input.text_field(body, "product", forms.PRODUCT_MAX),
        consents=_consents(body, form),
        fields=fields,
    )


def _said_by_the_page(
    body: Mapping[str, Any], site: Site | None
) -> tuple[Mapping[str, AttributeValue], tuple[str, ...], tuple[str, ...]]:
    """Attributes, tags, and the names of those that were left out: a program is told what is wrong, a customer whose
    page says something wrong is not."""
    if site:
        return what_fits(body.get("attributes"), body.get("tags"))
    try:
        return parse_attributes(body.get("attributes")), parse_tags(body.get("tags")), ()
    except BadAttributes as error:
        raise request_input.bad_value(error.field, str(error)) from None


def _journey(value: Any) -> journeys.Journey:
    if value is None:
        return journeys.Journey()
    try:
        return journeys.parse(value)
    except (journeys.BadJourney, RecursionError) as error:
        raise Problem(
            400,
            "bad_value",
            str(error) or "journey is nested too deeply",
            _("Correct the value and send the request again."),
            details={"field": "journey"},
        ) from None


def _files(uploads: list[tuple[str, FileStorage]]) -> AttachedFiles:
    fields: dict[str, str] = {}
    taken = Files()
    try:
        for name, upload in uploads:
            before = taken.kept
            taken = take_files(services(), [upload], before)
            if taken.errors:
                break
            if name != "attachments":
                fields.update({f.sha256: name.removeprefix("fields.") for f in taken.kept if f not in before})
    except OSError as error:
        emit("not_storing", trace=type(error).__name__)
        raise Problem(
            503,
            "not_stored",
            _("We could not store your files just now. Nothing was sent."),
            _("Send the same request again in a minute, with the same Idempotency-Key."),
            retry_after=60,
        ) from None
    if taken.errors:
        raise Problem(
            400,
            "bad_value",
            taken.errors[0],
            _("Correct the value and send the request again."),
            details={"field": "attachments", "errors": list(taken.errors)},
        )
    return AttachedFiles(taken.kept, fields)


def _refusal(checked: forms.ValidatedDraft) -> Problem:
    name, first = next(iter(checked.errors.items()))
    return Problem(
        400,
        "missing_value" if first.missing else "bad_value",
        f"{name}: {first.text}",
        _("Correct the value and send the request again."),
        details={
            "field": name,
            "errors": [{"field": field, "message": error.text} for field, error in checked.errors.items()],
        },
    )
