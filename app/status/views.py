"""The status page, authorised by its secret link alone. Every button is a plain form; with JavaScript the page also
updates itself."""

import hashlib
from dataclasses import dataclass, field
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, make_response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from app.current import services
from app.web import ratelimit
from app.web.errors import Problem
from app.web.i18n import current_lang, use_lang
from app.web.security import one_time_key
from app.web.uploads import claim, kept_files, limit_upload, read_kept, take_files
from app.web.urgent import urgent_box
from core.email_addresses import is_email
from core.events import emit
from index.models import UrgentMatch
from support.email import rendering
from support.intake.forms import MESSAGE_MAX, field_labels, is_phone, many_lines, one_line
from support.intake.kept_files import AttachedFiles
from support.teams.response_targets import advice_first, moment_words, reader_zone, sentence, zone_named
from support.tickets.attachments import ENDINGS
from support.tickets.customer_actions import RATINGS, ExpiredLink
from support.tickets.models import Author, Channel, Identity, State, Ticket, UnknownTicket
from support.tickets.timeline import TargetOutcome, outcome, timeline

bp = Blueprint("status", __name__, url_prefix="/t/<token>")

_COMMENT_MAX = 2_000
R = TypeVar("R", bound=BaseResponse)


@dataclass(frozen=True)
class _StatusFormState:
    """Rejected form input with its error, to fill the forms again."""

    message: str = ""
    key: str = ""
    error: str = ""
    chosen: AttachedFiles = field(default_factory=AttachedFiles)
    address: str = ""
    channel_error: str = ""
    proof: str = ""


@bp.app_errorhandler(ExpiredLink)
def expired(error: ExpiredLink) -> Response:
    """The page of an expired link: offers to send a new one to the ticket's address, and only there."""
    use_lang(error.ticket.lang)
    address = _mask_address(error.ticket.email)
    page = render_template("support/expired.html", token=(request.view_args or {}).get("token"), address=address)
    return with_private_headers(make_response(page, 410))


@bp.get("")
def show(token: str) -> BaseResponse:
    """The status page of a ticket."""
    ticket = open_ticket(token)
    proof = request.args.get("by", "")
    if proof:
        # Opening a link proves nothing: scanners of mail servers do it too. The page has a button for it.
        s = services()
        if ticket.identity is not Identity.TYPED or not s.customer_actions.may_prove(ticket, proof, s.now()):
            return with_private_headers(redirect(url_for("status.show", token=token), 303))
    return _page(ticket, _StatusFormState(proof=proof))


@bp.post("/prove")
def prove(token: str) -> BaseResponse:
    """The customer says that the address is theirs, by a link that only went there."""
    open_ticket(token)
    s = services()
    proven = s.customer_actions.prove(token, request.form.get("by", "")[:200], s.now())
    return _back(token, "proven" if proven else "not_proven")


@bp.get("/live")
def live(token: str) -> Response:
    """The changing part of the page, for the polling script; 304 while it is unchanged (ETag)."""
    ticket = open_ticket(token)
    response = with_private_headers(
        make_response(_page_text(ticket, _StatusFormState(), template="support/_live.html"))
    )
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    response.make_conditional(request)
    return response


@bp.post("/message")
def add_message(token: str) -> BaseResponse:
    """Add a customer message, optionally with files."""
    ticket = open_ticket(token)
    s = services()
    limit_upload()
    try:
        text = request.form.get("message", "")
        key = request.form.get("key", "")[:100]
    except RequestEntityTooLarge:
        too_large = _("Your message and files together are larger than we can take.")
        return _page(ticket, _StatusFormState(error=too_large), 413)
    action, _colon, about = request.form.get("action", "send").partition(":")
    kept, gone = read_kept(s, request.form.getlist("kept"), about if action == "remove" else "")
    form_state = _StatusFormState(text, key, " ".join(gone), kept)
    if action == "remove":
        return _page(ticket, form_state)
    try:
        taken = take_files(s, request.files.getlist("attachments"), kept.files, waiting=True)
        form_state = _StatusFormState(text, key, " ".join((*gone, *taken.errors)), AttachedFiles(taken.kept))
        if form_state.error:
            return _page(ticket, form_state, 422)
        body = many_lines(text)
        if not body and not taken.kept:
            return _page(ticket, _StatusFormState(text, key, _("Please write something first.")), 422)
        if len(body) > MESSAGE_MAX:
            too_long = _("This is too long: at most %(most)s characters, please.", most=MESSAGE_MAX)
            return _page(ticket, _StatusFormState(text, key, too_long, form_state.chosen), 422)
        ratelimit.check("message")
        chosen, gone = claim(s, form_state.chosen)
        if gone:
            return _page(ticket, _StatusFormState(text, key, " ".join(gone), chosen), 422)
        s.tickets.add_message(token, body, key, s.now(), chosen.files)
    except Problem as limited:
        return _page(
            ticket,
            _StatusFormState(text, key, f"{limited.message} {limited.next_step}", form_state.chosen),
            limited.status,
        )
    except (SQLAlchemyError, OSError) as error:
        emit("not_storing", trace=type(error).__name__)
        failed = _("We could not store your message just now. It is still below; please send it again in a minute.")
        return _page(ticket, _StatusFormState(text, key, failed, form_state.chosen), 503)
    emit("message_added", reference=ticket.reference, author=Author.CUSTOMER.value)
    return _back(token, "added", "conversation")


@bp.post("/solved")
def solved(token: str) -> BaseResponse:
    open_ticket(token)
    services().customer_actions.solved(token, services().now())
    return _back(token, "solved", "rating")


@bp.post("/reopen")
def reopen(token: str) -> BaseResponse:
    """Reopen the ticket, optionally with a message."""
    open_ticket(token)
    words = many_lines(request.form.get("message", ""))[:MESSAGE_MAX] or _("It is still not solved.")
    ratelimit.check("message")
    services().tickets.add_message(token, words, request.form.get("key", "")[:100], services().now())
    return _back(token, "added", "conversation")


@bp.post("/channel")
def switch_channel(token: str) -> BaseResponse:
    """Switch the preferred channel between email and phone."""
    ticket = open_ticket(token)
    wanted = request.form.get("channel", "")
    if wanted not in set(Channel):
        return _page(ticket, _StatusFormState(channel_error=_("Choose e-mail or phone.")), 422)
    channel = Channel(wanted)
    known = ticket.phone if channel is Channel.PHONE else ticket.email
    address = one_line(request.form.get("address", "")) or known
    if channel is Channel.PHONE and not is_phone(address):
        wrong = _("This does not look like a phone number. Use digits, spaces and + only.")
        return _page(ticket, _StatusFormState(address=address, channel_error=wrong), 422)
    if channel is Channel.EMAIL and not is_email(address):
        wrong = _("This does not look like an e-mail address. Write it like name@example.com.")
        return _page(ticket, _StatusFormState(address=address, channel_error=wrong), 422)
    ratelimit.check("message")
    services().customer_actions.switch_channel(token, channel, address, services().now())
    return _back(token, "switched")


@bp.post("/mails")
def mails(token: str) -> BaseResponse:
    """Turn status notification emails on or off."""
    open_ticket(token)
    services().customer_actions.set_quiet(token, request.form.get("quiet") == "yes", services().now())
    return _back(token, "mails")


@bp.post("/rating")
def rate(token: str) -> BaseResponse:
    ticket = open_ticket(token)
    score = request.form.get("score", "")
    if ticket.state is not State.CLOSED or score not in {str(one) for one in RATINGS}:
        return _back(token, "", "rating")
    comment = many_lines(request.form.get("comment", ""))[:_COMMENT_MAX]
    services().customer_actions.rate(token, int(score), comment, services().now())
    return _back(token, "rated", "rating")


@bp.post("/link")
def fresh_link(token: str) -> Response:
    """Email a new link to the ticket's address. The response is the same whether or not there is one."""
    ratelimit.check("message")
    try:
        services().customer_actions.send_fresh_link(token, services().now())
        use_lang(services().tickets.by_any_token(token)[0].lang)
    except UnknownTicket:
        raise unknown() from None
    return with_private_headers(
        make_response(render_template("support/expired.html", token=token, address="", sent=True))
    )


@bp.get("/files/<int:attachment_id>")
def file(token: str, attachment_id: int) -> Response:
    """An attachment of this ticket, always as a download: untrusted files must never be rendered inline."""
    found = services().tickets.file(open_ticket(token), attachment_id)
    if found is None or not found[1].is_file():
        raise unknown()
    attachment, path = found
    response = send_file(path, mimetype=attachment.kind, as_attachment=True, download_name=attachment.name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return with_private_headers(response)


def open_ticket(token: str) -> Ticket:
    """The ticket of this link. Raises ExpiredLink, or a Problem for a link nobody has."""
    try:
        ticket = services().customer_actions.open(token, services().now())
    except UnknownTicket:
        raise unknown() from None
    if "lang" not in request.args:
        use_lang(ticket.lang)
    return ticket


def unknown() -> Problem:
    return Problem(
        404,
        "not_found",
        _("There is no request with this link."),
        _("Check that the whole link from our e-mail was copied, or talk to a human."),
    )


def zone_of(ticket: Ticket) -> ZoneInfo:
    """The zone times are told in on this page, which says whose it is."""
    return reader_zone(ticket.time_zone, services().settings.zone)


def _page(ticket: Ticket, form_state: _StatusFormState | None = None, code: int = 200) -> Response:
    return with_private_headers(make_response(_page_text(ticket, form_state or _StatusFormState()), code))


def _page_text(ticket: Ticket, form_state: _StatusFormState, template: str = "support/status.html") -> str:
    s = services()
    lang, now, zone = current_lang(), s.now(), zone_of(ticket)
    targets = s.tickets.response_targets
    made = targets.current(ticket) or targets.for_team(ticket.team, ticket.created_at)
    broken = any(outcome(p, now) is TargetOutcome.BROKEN for p in ticket.response_targets)
    # Tickets of the first release have no stored promise: theirs is what the settings say of their age.
    overdue = ticket.state is State.WAITING and (broken or (not ticket.response_targets and now > made.by))
    kept = kept_files(s.settings)
    target_text = sentence(made.without_opening().in_zone(zone), lang, _, now)
    return render_template(
        template,
        ticket=ticket,
        entries=timeline(ticket, now, zone, lang, _),
        form_state=form_state,
        urgent=urgent_box(ticket.urgent or _unsent_danger(form_state.message, lang)),
        done=request.args.get("done", ""),
        new="new" in request.args,
        advice_first=advice_first(ticket.urgent, _),
        promise="" if overdue else target_text,
        overdue=overdue,
        key=form_state.key or one_time_key(),
        kept=[(file, kept.token(file)) for file in form_state.chosen.files],
        states=State,
        authors=Author,
        html_of=rendering.html_of,
        typed_identity=ticket.identity is Identity.TYPED,
        moment=lambda at: moment_words(at.astimezone(zone), lang, with_zone=False),
        zone_example=moment_words(now.astimezone(zone), lang),
        own_zone=zone_named(ticket.time_zone) is not None,
        field_labels=field_labels(s.settings, lang),
        ratings=RATINGS,
        endings=ENDINGS,
        message_max=MESSAGE_MAX,
    )


def _unsent_danger(text: str, lang: str) -> UrgentMatch | None:
    """The urgent message for an answer that was not taken, because there were too many, say."""
    return services().search.urgent_at_once(text, lang, where="status") if text.strip() else None


def _back(token: str, done: str, anchor: str = "") -> BaseResponse:
    address = url_for("status.show", token=token, done=done or None)
    return with_private_headers(redirect(address + (f"#{anchor}" if anchor else ""), 303))


def _mask_address(address: str) -> str:
    """A masked email address: `a•••@e•••.org`."""
    local, _at, domain = address.partition("@")
    name, _dot, ending = domain.rpartition(".")
    return f"{local[:1]}•••@{name[:1]}•••.{ending}" if name else ""


def with_private_headers(response: R) -> R:
    """Headers that keep a capability URL out of caches, search engines and other sites' Referer logs."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    # Not no-referrer: then browsers say `Origin: null` when the message form is sent, as another site's page would.
    response.headers["Referrer-Policy"] = "same-origin"
    return response
