"""The contact form and the status page. Both work without JavaScript; nothing typed is lost on any error."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, make_response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from app import ratelimit
from app.errors import Problem
from app.events import emit
from app.feedback import ClientEvent
from app.i18n import current_lang, use_lang
from app.services import services
from app.support import intake
from app.support import journey as journeys
from app.support.attachments import ENDINGS
from app.support.forms import (
    MESSAGE_MAX,
    Checked,
    Draft,
    FieldError,
    check,
    consent_text,
    in_language,
    many_lines,
    option_value,
)
from app.support.journey import Journey, Rejection
from app.support.promise import moment_words, promise, sentence
from app.support.types import Author, CheckedFile, State, Ticket, UnknownTicket, Upload
from index.types import ArticleHit
from kb import languages

bp = Blueprint("support", __name__)


@bp.get("/contact")
def contact_any_language() -> BaseResponse:
    """The contact page in the language the browser asks for."""
    query = urlencode(list(request.args.items(multi=True)))
    address = url_for("support.contact", lang=current_lang())
    return redirect(f"{address}?{query}" if query else address)


@dataclass(frozen=True)
class _Typed:
    """All a person has put into the form so far: what must still stand in it when it is shown again."""

    draft: Draft
    journey: Journey
    key: str
    started: str
    files: tuple[CheckedFile, ...] = ()
    file_errors: tuple[str, ...] = ()


@bp.get("/<lang>/contact")
def contact(lang: str) -> Response:
    """The ways to a person, and the form with what is known already."""
    draft = Draft(subject=" ".join(request.args.get("q", "").split())[:200])
    now = services().now()
    return _form(_Typed(draft, _arriving(lang), intake.one_time_key(), str(now.timestamp())))


def _arriving(lang: str) -> Journey:
    """The journey so far, told by the address: the question that found nothing, the article that did not help."""
    s = services()
    journey = Journey(lang=lang, page=_came_from(), reason=request.args.get("reason", "")[:100])
    text = request.args.get("q", "")[:500]
    if text.strip():
        _hits, journey = intake.suggestions(s, journey, text, "", lang, s.now())
    slug = request.args.get("slug", "")[:200]
    if slug:
        try:
            article = s.articles.best((lang, *languages.fallbacks(lang), "en"), slug, s.today())
        except SQLAlchemyError:
            article = None
        if article is not None:
            journey = journey.with_suggestion(article.slug, article.lang, title=article.title[:500], opened=True)
    return journey


def _came_from() -> str:
    referrer = request.headers.get("Referer", "")
    try:
        here = urlsplit(referrer).netloc == request.host
    except ValueError:
        return ""
    return referrer[:2000] if here else ""


@bp.post("/<lang>/contact")
def send(lang: str) -> BaseResponse:
    """Send the form, or with another button: look for answers first, say that one helped or did not."""
    s = services()
    try:
        values = request.form
    except RequestEntityTooLarge:
        raise Problem(
            413,
            "too_large",
            _("Your message and files together are larger than we can take."),
            _("Go back (your text is still there), choose fewer or smaller files, and send again."),
        ) from None
    draft = Draft(
        name=values.get("name", ""),
        email=values.get("email", ""),
        phone=values.get("phone", ""),
        preferred_channel=values.get("preferred_channel", ""),
        subject=values.get("subject", ""),
        message=values.get("message", ""),
        category=values.get("category", ""),
        consent=values.get("consent", "") == "yes",
        fields={f["name"]: values.get(f"fields.{f['name']}", "") for f in s.settings.ticket_fields},
    )
    kept = intake.KeptFiles(s.settings).read(values.getlist("kept"))
    action, _colon, about = values.get("action", "send").partition(":")
    typed = _Typed(
        draft,
        journeys.parse_leniently(values.get("journey", "")),
        values.get("key", "")[:100],
        values.get("started", "")[:40],
        tuple(f for f in kept if f.sha256 != about) if action == "remove" else kept,
    )
    try:
        taken = intake.take_files(s, _uploads(), typed.files)
    except OSError as error:
        emit("not_storing", trace=type(error).__name__)
        return _not_stored(typed)
    typed = replace(typed, files=taken.kept, file_errors=taken.errors)
    if action == "check":
        return _with_answers(typed, lang)
    if action in {"solved", "reject"}:
        return _judged(typed, lang, action, about)
    if action == "remove":
        return _form(typed)
    checked = check(draft, s.settings)
    if checked.errors or taken.errors:
        return _form(typed, errors=dict(checked.errors), status=422)
    try:
        ratelimit.check("ticket")
        ticket = intake.store(
            s,
            request,
            checked,
            typed.files,
            typed.journey,
            lang=lang,
            source="form",
            key=_form_key(typed.key, lang, checked, typed.files),
            quarantine=intake.suspicion(values.get("website", ""), typed.started, s.now(), s.settings),
        )
    except Problem as limited:
        response = _form(typed, problem=limited, status=limited.status)
        if limited.retry_after is not None:
            response.headers["Retry-After"] = str(limited.retry_after)
        return response
    except (SQLAlchemyError, OSError) as error:
        emit("not_storing", trace=type(error).__name__)
        return _not_stored(typed)
    return redirect(url_for("support.status", token=ticket.token, new=1), 303)


def _form_key(key: str, lang: str, checked: Checked, files: tuple[CheckedFile, ...]) -> str | None:
    """The form's own key and what was typed: a double click makes one ticket, while going back, changing the text and
    sending again makes another."""
    return f"form\n{key}\n{lang}\n{checked!r}\n{[f.sha256 for f in files]!r}" if key else None


def _uploads() -> list[Upload]:
    return intake.read_uploads(request.files.getlist("attachments"))


def _with_answers(typed: _Typed, lang: str, *, noted: bool = False) -> Response:
    """The form with articles that may answer what was typed."""
    s = services()
    hits, journey = intake.suggestions(s, typed.journey, typed.draft.subject, typed.draft.message, lang, s.now())
    return _form(replace(typed, journey=journey), hits=hits, looked=True, noted=noted)


def _judged(typed: _Typed, lang: str, action: str, about: str) -> Response:
    """Note that a suggestion solved it or did not, and show the form again, filled."""
    article_lang, _slash, slug = about.partition("/")
    if not slug or len(slug) > 200 or len(article_lang) > 35:
        return _form(typed)
    if action == "solved":
        _record("suggestion_solved", article_lang, slug)
        journey = typed.journey.with_suggestion(slug, article_lang, solved=True, opened=True)
        return _form(replace(typed, journey=journey), solved=True)
    reason = request.form.get(f"reason:{about}", "")
    comment = " ".join(request.form.get(f"comment:{about}", "").split())[:500]
    if reason not in set(Rejection):
        reason = Rejection.OTHER if comment else Rejection.NOT_RELATED
    _record("suggestion_rejected", article_lang, slug)
    journey = typed.journey.with_suggestion(slug, article_lang, rejected=str(reason), comment=comment)
    return _with_answers(replace(typed, journey=journey), lang, noted=True)


def _record(name: str, article_lang: str, slug: str) -> None:
    """For the people who improve the articles; a customer never waits for it or sees it fail."""
    try:
        event = ClientEvent(name=name, lang=current_lang(), data={"slug": slug, "article_lang": article_lang})
        services().events.record([event], services().now())
    except SQLAlchemyError as error:
        emit("not_storing", trace=type(error).__name__)


def _not_stored(typed: _Typed) -> Response:
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
    typed: _Typed,
    *,
    errors: Mapping[str, FieldError] | None = None,
    hits: tuple[ArticleHit, ...] = (),
    looked: bool = False,
    noted: bool = False,
    solved: bool = False,
    problem: Problem | None = None,
    status: int = 200,
) -> Response:
    s = services()
    lang = current_lang()
    kept = intake.KeptFiles(s.settings)
    made = promise(s.now(), s.settings.first_reply_hours, s.settings.opening_hours, s.settings.zone)
    page = render_template(
        "support/contact.html",
        draft=typed.draft,
        journey=typed.journey,
        errors=errors or {},
        kept=[(file, kept.token(file)) for file in typed.files],
        file_errors=typed.file_errors,
        hits=hits,
        looked=looked,
        noted=noted,
        solved=solved,
        problem=problem,
        key=typed.key,
        started=typed.started,
        promise=sentence(made, lang, _),
        consent_text=consent_text(s.settings, lang),
        ticket_fields=[
            {
                **spec,
                "label": in_language(spec["label"], lang),
                "options": [
                    (option_value(o), in_language(o["label"] if isinstance(o, dict) else o, lang))
                    for o in spec.get("options", ())
                ],
            }
            for spec in s.settings.ticket_fields
        ],
        endings=ENDINGS,
        message_max=MESSAGE_MAX,
    )
    response = make_response(page, status)
    # Not no-store: with that, browsers forget what was typed when one goes back.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@bp.get("/t/<token>")
def status(token: str) -> Response:
    """Where a ticket stands, for whoever holds its link."""
    return _status(_ticket(token))


@bp.post("/t/<token>/message")
def add_message(token: str) -> BaseResponse:
    """The customer adds something."""
    ticket = _ticket(token)
    s = services()
    try:
        text = request.form.get("message", "")
        key = request.form.get("key", "")[:100]
    except RequestEntityTooLarge:
        return _status(
            ticket, error=_("This is too long: at most %(most)s characters, please.", most=MESSAGE_MAX), code=413
        )
    body = many_lines(text)
    if not body:
        return _status(ticket, typed=text, error=_("Please write something first."), code=422)
    if len(body) > MESSAGE_MAX:
        too_long = _("This is too long: at most %(most)s characters, please.", most=MESSAGE_MAX)
        return _status(ticket, typed=text, error=too_long, code=422)
    try:
        ratelimit.check("message")
        s.tickets.add_message(token, body, key, s.now())
    except Problem as limited:
        return _status(ticket, typed=text, key=key, error=f"{limited.message} {limited.next_step}", code=limited.status)
    except SQLAlchemyError as error:
        emit("not_storing", trace=type(error).__name__)
        failed = _("We could not store your message just now. It is still below; please send it again in a minute.")
        return _status(ticket, typed=text, key=key, error=failed, code=503)
    emit("message_added", reference=ticket.reference, author=Author.CUSTOMER.value)
    return redirect(url_for("support.status", token=token, added=1) + "#conversation", 303)


@bp.get("/t/<token>/files/<int:attachment_id>")
def file(token: str, attachment_id: int) -> Response:
    """An attachment of this ticket, always as a download: a browser must never show or run what a stranger sent."""
    found = services().tickets.file(_ticket(token), attachment_id)
    if found is None or not found[1].is_file():
        raise _unknown()
    attachment, path = found
    response = send_file(path, mimetype=attachment.kind, as_attachment=True, download_name=attachment.name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return _secluded(response)


def _ticket(token: str) -> Ticket:
    try:
        ticket = services().tickets.by_token(token)
    except UnknownTicket:
        raise _unknown() from None
    if "lang" not in request.args:
        use_lang(ticket.lang)
    return ticket


def _unknown() -> Problem:
    return Problem(
        404,
        "not_found",
        _("There is no request with this link."),
        _("Check that the whole link from our e-mail was copied, or talk to a human."),
    )


def _status(ticket: Ticket, *, typed: str = "", key: str = "", error: str = "", code: int = 200) -> Response:
    s = services()
    lang = current_lang()
    waiting_since = next(m.created_at for m in reversed(ticket.messages) if m.author is Author.CUSTOMER)
    made = promise(waiting_since, s.settings.first_reply_hours, s.settings.opening_hours, s.settings.zone)
    overdue = ticket.state is State.WAITING and s.now() > made.by
    page = render_template(
        "support/status.html",
        ticket=ticket,
        new="new" in request.args,
        added="added" in request.args,
        promise="" if overdue else sentence(replace(made, opens=None), lang, _),
        overdue=overdue,
        typed=typed,
        key=key or intake.one_time_key(),
        error=error,
        states=State,
        authors=Author,
        moment=lambda at: moment_words(at.astimezone(s.settings.zone), lang, with_zone=False),
        zone_example=moment_words(s.now().astimezone(s.settings.zone), lang),
        field_labels={f["name"]: in_language(f["label"], lang) for f in s.settings.ticket_fields},
        message_max=MESSAGE_MAX,
    )
    return _secluded(make_response(page, code))


def _secluded(response: Response) -> Response:
    """Who has the address has the ticket: it is kept out of caches, search engines and other sites' logs."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    # Not no-referrer: then browsers say `Origin: null` when the message form is sent, as another site's page would.
    response.headers["Referrer-Policy"] = "same-origin"
    return response
