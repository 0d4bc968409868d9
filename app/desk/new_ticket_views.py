"""A ticket that somebody of the team writes for a customer who phoned, chatted, visited or wrote elsewhere."""

from dataclasses import replace

from flask import make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.current import services
from app.desk.access import me, needs
from app.desk.blueprint import bp
from app.desk.ticket_page import team_choices
from app.web.i18n import site_languages
from app.web.security import one_time_key
from core.email_addresses import is_email
from support.agents.models import Right
from support.agents.service import staff
from support.intake.forms import MESSAGE_MAX, NAME_MAX, SUBJECT_MAX, is_phone, many_lines, one_line
from support.tickets.models import CONTACT_WAYS, Channel, Identity, NewTicket, Priority, Via


@bp.get("/new")
@needs(Right.ANSWER)
def open_ticket() -> Response:
    return _form(dict(request.args.items()), {})


@bp.post("/new")
@needs(Right.ANSWER)
def create_ticket() -> Response:
    """Create a ticket on behalf of a customer who phoned, chatted, visited or wrote elsewhere."""
    s = services()
    values = {name: value for name, value in request.form.items() if name != "csrf"}
    name, subject = one_line(values.get("name", "")), one_line(values.get("subject", ""))
    email, phone = values.get("email", "").strip(), one_line(values.get("phone", ""))
    body = many_lines(values.get("text", ""))
    wants = values.get("preferred_channel", "")
    errors: dict[str, str] = {}
    if not body or len(body) > MESSAGE_MAX:
        errors["text"] = _("Please write what they asked, in their words.")
    if email and not is_email(email):
        errors["email"] = _("This does not look like an e-mail address. Write it like name@example.com.")
    if phone and not is_phone(phone):
        errors["phone"] = _("This does not look like a phone number. Use digits, spaces and + only.")
    if wants == Channel.PHONE and not phone:
        errors["phone"] = _("A call needs a phone number.")
    elif wants != Channel.PHONE and not email:
        errors["email"] = _("An answer by e-mail needs an address.")
    if len(name) > NAME_MAX or len(subject) > SUBJECT_MAX:
        errors["subject"] = _("This is too long: at most %(most)s characters, please.", most=SUBJECT_MAX)
    if errors:
        return _form(values, errors)
    lang = values.get("lang", "")
    new = NewTicket(
        message=body,
        lang=lang if lang in site_languages() else site_languages()[0],
        site_url=s.settings.public_url,
        name=name,
        email=email,
        phone=phone,
        preferred_channel=Channel.PHONE if wants == Channel.PHONE else Channel.EMAIL,
        subject=subject,
        source="staff",
        identity=Identity.STAFF,
        via=Via(values["via"]) if values.get("via") in set(Via) else Via.PHONE,
        staff=staff(me()),
        priority=Priority(values["priority"]) if values.get("priority") in set(Priority) else Priority.NORMAL,
    )
    if values.get("team") in dict(team_choices()):
        new = replace(new, team=values["team"], routed_by=f"desk: {me().name}")
    opened = s.desk.open_for(me(), s.router.assign_team(new), values.get("key", ""), s.now())
    return redirect(url_for("desk.ticket", reference=opened.reference, done="opened", _anchor="main"), 303)


def _form(values: dict[str, str], errors: dict[str, str]) -> Response:
    page = render_template(
        "desk/new.html",
        typed=values,
        errors=errors,
        ways=CONTACT_WAYS,
        langs=site_languages(),
        teams=team_choices(),
        priorities=Priority,
        key=values.get("key") or one_time_key(),
        message_max=MESSAGE_MAX,
    )
    return make_response(page, 422 if errors else 200)
