"""The contact form. It works without JavaScript; nothing typed is lost on any error."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from app.contact.suggestions import suggestions
from app.current import services
from app.web import visits
from app.web.errors import Problem
from app.web.i18n import current_lang
from app.web.quotation import on_page, quoted
from app.web.request_facts import request_facts
from app.web.security import one_time_key
from app.web.sender_limits import check_sender
from app.web.uploads import claim, kept_files, limit_upload, read_kept, take_files
from app.web.urgent import BLANK, urgent_box
from core.email_typos import KNOWN_DOMAINS, likely_address
from core.events import emit
from core.texts import languages
from index.models import ArticleHit, UrgentMatch
from support.intake.forms import (
    MESSAGE_MAX,
    PRODUCT_MAX,
    Draft,
    FieldError,
    ValidatedDraft,
    check,
    consent_field,
    consent_words,
    form_named,
    forms,
    many_lines,
)
from support.intake.identity import IdentityRefused, SignedIdentity, read_identity
from support.intake.kept_files import AttachedFiles
from support.intake.models import Form, Option
from support.intake.submission import Sender
from support.teams.response_targets import sentence
from support.tickets import journey as journeys
from support.tickets.attachments import ENDINGS
from support.tickets.journey import Journey, Rejection

bp = Blueprint("support", __name__)

_QUESTION_MAX = 2_000


@bp.get("/contact")
def contact_any_language() -> BaseResponse:
    """Redirect to the contact page in the negotiated language."""
    query = urlencode(list(request.args.items(multi=True)))
    address = url_for("support.contact", lang=current_lang())
    return redirect(f"{address}?{query}" if query else address)


@dataclass(frozen=True)
class _FormState:
    """The form's state: everything entered so far, with which it is filled when shown again.

    `removed` are the parts of the journey not to be sent; `identity` is the embedding site's signed token, `started` a
    signed time of when the form was opened, `altcha` the solved proof-of-work challenge.
    """

    form: Form
    draft: Draft
    journey: Journey
    key: str
    started: str
    chosen: AttachedFiles = field(default_factory=AttachedFiles)
    file_errors: tuple[str, ...] = ()
    removed: frozenset[str] = frozenset()
    identity: str = ""
    time_zone: str = ""
    altcha: str = ""


@bp.get("/<lang>/contact")
@bp.get("/<lang>/contact/<form_name>")
def contact(lang: str, form_name: str = "") -> Response:
    """The contact channels, and the prefilled form."""
    form = _form_of(form_name)
    token = request.args.get("identity", "")[:4096]
    known = _signed_identity(token)
    draft = Draft(
        message=many_lines(request.args.get("q", "")[:_QUESTION_MAX]),
        category=(request.args.get("category") or request.args.get("topic", ""))[:100],
        product=" ".join(request.args.get("product", "").split())[:PRODUCT_MAX],
        email=known.email if known else "",
        name=known.name if known else "",
    )
    now = services().now()
    started = services().spam.forms.issue(now)
    visits.record("contact_opened", {"form": form.name})
    return _form(
        _FormState(form, draft, _initial_journey(lang), one_time_key(), started, identity=token if known else "")
    )


def _signed_identity(token: str) -> SignedIdentity | None:
    """The verified identity of the token; None without a valid one: then the customer enters name and address."""
    if not token:
        return None
    s = services()
    try:
        known = read_identity(token, s.settings.identity_secret, s.settings.base_url, s.now())
        visits.recognised(known.email)
        return known
    except IdentityRefused as error:
        emit("identity_refused", reason=str(error))
        return None


def _form_of(name: str) -> Form:
    form = form_named(services().settings, name)
    if form is None:
        raise Problem(404, "not_found", _("There is no such form."), _("Use the contact page, or talk to a human."))
    return form


def _initial_journey(lang: str) -> Journey:
    """The journey from the query string: the unanswered query, the article that did not help."""
    s = services()
    journey = Journey(lang=lang, page=_source_page(), reason=request.args.get("reason", "")[:100])
    text = request.args.get("q", "")[:500]
    if text.strip():
        _hits, journey = suggestions(s.search, journey, text, "", lang, s.now())
    slug = request.args.get("slug", "")[:200]
    if slug:
        try:
            article = s.articles.best((lang, *languages.fallbacks(lang), "en"), slug, s.today())
        except SQLAlchemyError:
            article = None
        if article is not None:
            journey = journey.with_suggestion(article.slug, article.lang, title=article.title[:500], opened=True)
    return journey


def _source_page() -> str:
    """The source page: the parameter `page`, else a Referer of our own site."""
    named = request.args.get("page", "")[:2000]
    referrer = request.headers.get("Referer", "")
    try:
        if urlsplit(named).scheme in {"http", "https"} and journeys.storable(named):
            return named
        came_from = urlsplit(referrer)
    except ValueError:
        return ""
    here = came_from.netloc == request.host and came_from.path.startswith(f"{request.script_root}/")
    return referrer[:2000] if here else ""


@bp.post("/<lang>/contact")
@bp.post("/<lang>/contact/<form_name>")
def send(lang: str, form_name: str = "") -> BaseResponse:
    """Handle the form's buttons: submit, check for answers first, rate a suggestion, change form or language."""
    s = services()
    limit_upload()
    try:
        values = request.form
    except RequestEntityTooLarge:
        raise Problem(
            413,
            "too_large",
            _("Your message and files together are larger than we can take."),
            _("Go back (your text is still there), choose fewer or smaller files, and send again."),
        ) from None
    visits.visit_of_form()
    action, _colon, about = values.get("action", "send").partition(":")
    typed = _read_form(_form_of(form_name), action, about)
    try:
        typed = _with_uploads(typed)
    except OSError as error:
        emit("not_storing", trace=type(error).__name__)
        return _not_stored(typed)
    if action == "check":
        return _form_with_suggestions(typed, lang)
    if action in {"solved", "reject"}:
        return _rate_suggestion(typed, lang, action, about)
    if action == "form":
        return _form(replace(typed, form=_form_of(about)))
    if action in {"remove", "language"}:
        return _form(typed)
    own = {spec.name for spec in typed.form.fields}
    fields = {name: value for name, value in typed.draft.fields.items() if name in own}
    checked = check(replace(typed.draft, fields=fields), typed.form, lang, typed.chosen.filled)
    if checked.errors or typed.file_errors:
        return _form(typed, errors=dict(checked.errors), status=422)
    sender = Sender(
        lang=lang,
        source="form",
        time_zone=typed.time_zone,
        identity=_signed_identity(typed.identity),
        trap=bool(values.get("website")),
        form_token=typed.started,
        payload=typed.altcha,
    )
    try:
        check_sender()
        chosen, gone = claim(s, typed.chosen)
        if gone:
            return _form(replace(typed, chosen=chosen, file_errors=gone), status=422)
        ticket = s.submissions.submit(
            typed.form, checked, typed.chosen, typed.journey, sender, request_facts(s.settings, request), s.now(),
            key=_form_key(typed, lang, checked), removed=typed.removed,
        )  # fmt: skip
    except Problem as limited:
        response = _form(typed, problem=limited, status=limited.status)
        if limited.retry_after is not None:
            response.headers["Retry-After"] = str(limited.retry_after)
        return response
    except (SQLAlchemyError, OSError) as error:
        emit("not_storing", trace=type(error).__name__)
        return _not_stored(typed)
    return redirect(url_for("status.show", token=ticket.token, new=1), 303)


def _read_form(form: Form, action: str, about: str) -> _FormState:
    """The submitted values, unvalidated. Fields of other forms are kept too, so that switching forms loses nothing."""
    s = services()
    values = request.form
    kept, gone = read_kept(s, values.getlist("kept"), about if action == "remove" else "")
    every = {spec.name for form in forms(s.settings) for spec in form.fields if spec.type != "file"}
    return _FormState(
        form,
        Draft(
            name=values.get("name", ""),
            email=values.get("email", ""),
            phone=values.get("phone", ""),
            preferred_channel=values.get("preferred_channel", ""),
            subject=values.get("subject", ""),
            message=values.get("message", ""),
            category=values.get("category", ""),
            product=values.get("product", ""),
            consents=frozenset(
                consent.name
                for form in forms(s.settings)
                for consent in form.consents
                if values.get(consent_field(consent.name)) == "yes"
            ),
            fields={name: values[f"fields.{name}"] for name in sorted(every) if f"fields.{name}" in values},
        ),
        journeys.parse_leniently(values.get("journey", "")),
        values.get("key", "")[:100],
        values.get("started", "")[:200],
        kept,
        gone,
        removed=frozenset(part[:600] for part in values.getlist("removed")[:60]),
        identity=values.get("identity", "")[:4096],
        time_zone=values.get("time_zone", "")[:60],
        altcha=values.get("altcha", "")[:2048],
    )


def _with_uploads(typed: _FormState) -> _FormState:
    """The state with its uploads validated and stored. Raises OSError when they cannot be written."""
    s = services()
    taken = take_files(s, request.files.getlist("attachments"), typed.chosen.files, waiting=True)
    files, errors, fields = taken.kept, (*typed.file_errors, *taken.errors), dict(typed.chosen.fields)
    for name in typed.form.file_fields:
        more = take_files(s, request.files.getlist(f"fields.{name}"), files, waiting=True)
        fields.update({file.sha256: name for file in more.kept if file not in files})
        files, errors = more.kept, (*errors, *more.errors)
    return replace(typed, chosen=AttachedFiles(files, fields), file_errors=errors)


def _form_key(typed: _FormState, lang: str, checked: ValidatedDraft) -> str | None:
    """The idempotency key: the form's one-time key and a digest of its contents, so that a double click creates one
    ticket, while going back, changing the text and sending again creates another."""
    files = [file.sha256 for file in typed.chosen.files]
    consents = sorted(checked.draft.consents)
    content = replace(checked, draft=replace(checked.draft, consents=frozenset()))
    name = typed.form.name
    return f"form {name}\n{typed.key}\n{lang}\n{content!r}\n{consents!r}\n{files!r}" if typed.key else None


def _form_with_suggestions(typed: _FormState, lang: str, *, rated: bool = False) -> Response:
    """The form with suggested articles for the typed message."""
    s = services()
    hits, journey = suggestions(s.search, typed.journey, typed.draft.subject, typed.draft.message, lang, s.now())
    if not rated and journey.queries and journey.queries[-1].verdict:
        asked = journey.queries[-1]
        visits.record_search("suggestions_shown", asked.text, asked.verdict, hits)
    return _form(replace(typed, journey=journey), hits=hits, searched=True, rated=rated)


def _rate_suggestion(typed: _FormState, lang: str, action: str, about: str) -> Response:
    """Record that a suggestion solved it or did not, and show the form again, filled."""
    article_lang, _slash, slug = about.partition("/")
    if not slug or len(slug) > 200 or len(article_lang) > 35:
        return _form(typed)
    if action == "solved":
        visits.record("suggestion_solved", {"lang": article_lang, "slug": slug})
        journey = typed.journey.with_suggestion(slug, article_lang, solved=True, opened=True)
        return _form(replace(typed, journey=journey), solved=True)
    reason = request.form.get(f"reason:{about}", "")
    comment = " ".join(request.form.get(f"comment:{about}", "").split())[:500]
    if reason not in set(Rejection):
        reason = Rejection.OTHER if comment else Rejection.NOT_RELATED
    visits.record("suggestion_rejected", {"lang": article_lang, "slug": slug, "reason": str(reason)})
    journey = typed.journey.with_suggestion(slug, article_lang, rejected=str(reason), comment=comment)
    return _form_with_suggestions(replace(typed, journey=journey), lang, rated=True)


def _not_stored(typed: _FormState) -> Response:
    problem = Problem(
        503,
        "not_stored",
        _("We could not store your message just now. Nothing was sent."),
        _("What you typed is still below. Please send it again in a minute, or use one of the other ways to reach us."),
    )
    response = _form(typed, problem=problem, status=503)
    response.headers["Retry-After"] = "60"
    return response


def _form(
    typed: _FormState,
    *,
    errors: Mapping[str, FieldError] | None = None,
    hits: tuple[ArticleHit, ...] = (),
    searched: bool = False,
    rated: bool = False,
    solved: bool = False,
    problem: Problem | None = None,
    status: int = 200,
) -> Response:
    s = services()
    lang = current_lang()
    posted = request.method == "POST"
    promised = s.tickets.response_targets.for_team(typed.form.team, s.now()).in_zone(s.settings.zone)
    kept = kept_files(s.settings)
    chosen = [(f, kept.token(f, typed.chosen.fields.get(f.sha256, ""))) for f in typed.chosen.files]
    page = render_template(
        "support/contact.html",
        form=typed.form,
        posted=posted,
        form_action=url_for("support.send", lang=lang, form_name=typed.form.name if s.settings.forms else None),
        intro=typed.form.intro.in_language(lang),
        other_forms=[
            (other.name, other.title.in_language(lang)) for other in forms(s.settings) if other.name != typed.form.name
        ],
        form_title=typed.form.title.in_language(lang),
        draft=typed.draft,
        journey=typed.journey,
        removed=typed.removed,
        identity=typed.identity,
        errors=errors or {},
        kept=[(f, token) for f, token in chosen if typed.chosen.fields.get(f.sha256) not in typed.form.file_fields],
        kept_fields={typed.chosen.fields[f.sha256]: (f, t) for f, t in chosen if f.sha256 in typed.chosen.fields},
        other_fields={
            name: value
            for name, value in typed.draft.fields.items()
            if value and name not in {spec.name for spec in typed.form.fields}
        },
        file_errors=typed.file_errors,
        hits=hits,
        quote_of=lambda hit: on_page(
            quoted(hit, url_for("portal.article", lang=hit.ref.lang, slug=hit.ref.slug), 0).html
        ),
        searched=searched,
        rated=rated,
        solved=solved,
        problem=problem,
        key=typed.key,
        started=typed.started,
        altcha=typed.altcha,
        wants_work=s.spam.wants_work,
        promise=sentence(promised, lang, _, s.now()),
        consents=[
            (consent_field(one.name), consent_words(one, lang), one.required, one.name) for one in typed.form.consents
        ],
        categories=[_option(option, lang) for option in typed.form.categories],
        fields=[
            {
                "name": spec.name,
                "type": spec.type,
                "required": spec.required,
                "label": spec.label.in_language(lang),
                "hint": spec.hint.in_language(lang),
                "options": [_option(option, lang) for option in spec.options],
            }
            for spec in typed.form.fields
        ],
        endings=ENDINGS,
        message_max=MESSAGE_MAX,
        email_domains=" ".join(KNOWN_DOMAINS),
        email_hint=likely_address(typed.draft.email) if posted else "",
        urgent=urgent_box(_urgent(typed.draft, lang, limited=status == 429)),
        blank_urgent=BLANK,
    )
    response = make_response(page, status)
    # Not no-store: it would make browsers discard the typed text on going back.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _urgent(draft: Draft, lang: str, *, limited: bool) -> UrgentMatch | None:
    """What is shown above the form, for a message that was posted or came along in the address."""
    written, search = f"{draft.subject}\n{draft.message}".strip(), services().search
    if not written:
        return None
    return search.urgent_at_once(written, lang, "contact") if limited else search.urgent(written, lang, "contact")


def _option(option: Option, lang: str) -> tuple[str, str]:
    return option.value, option.label.in_language(lang)
