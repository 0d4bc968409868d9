"""Incident pages and email subscriptions with double opt-in. All of it works without JavaScript."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Flask, Response, make_response, render_template, request
from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from app.container import Services
from app.current import services
from app.web import ratelimit
from app.web.errors import Problem
from app.web.i18n import current_lang, use_lang
from core.email_addresses import is_email
from support.incidents import service as incidents
from support.incidents.models import Incident, UnknownIncident
from support.intake.forms import EMAIL_MAX, one_line
from support.teams.response_targets import moment_words

bp = Blueprint("incidents", __name__)

_REMEMBERED_SECONDS = 5.0


@dataclass
class _Banner:
    """A cache of the open incidents, refreshed every few seconds at most, since the banner is on every page."""

    found: tuple[Incident, ...] = ()
    asked_at: float = field(default=float("-inf"))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self, s: Services) -> tuple[Incident, ...]:
        if time.monotonic() - self.asked_at < _REMEMBERED_SECONDS:
            return self.found
        if not self.lock.acquire(blocking=self.asked_at == float("-inf")):
            return self.found  # somebody asks already
        try:
            self.found = s.open_incidents()
        except SQLAlchemyError:
            pass  # pages must render without the database: the last known incidents are shown
        finally:
            self.asked_at = time.monotonic()
            self.lock.release()
        return self.found


def register(app: Flask) -> None:
    """Register the pages, and `open_incidents()` for every template."""
    banner = _Banner()
    app.extensions["signpost.incidents"] = banner
    app.register_blueprint(bp)

    @app.context_processor
    def _context() -> dict[str, Any]:
        return {"open_incidents": lambda: banner.now(services())}


@bp.get("/<lang>/incidents")
def overview(lang: str) -> Response:
    """Open incidents, and those resolved within thirty days."""
    return _overview()


@bp.post("/<lang>/incidents/<reference>/subscribe")
def subscribe(lang: str, reference: str) -> Response:
    """Subscribe to an incident: sends a confirmation link first (double opt-in)."""
    s = services()
    email = one_line(request.form.get("email", ""))[:EMAIL_MAX]
    if not is_email(email):
        return _overview(reference, email, _("This is not an e-mail address we can write to."), 422)
    try:
        ratelimit.check("subscribe")
        incidents.subscribe(s.engine, reference, email, current_lang(), s.settings.public_url, s.now())
    except UnknownIncident:
        raise _unknown() from None
    except Problem as limited:
        return _overview(reference, email, f"{limited.message} {limited.next_step}", limited.status)
    s.tickets.on_outbox()
    return _overview(reference, asked=email)


@bp.get("/incidents/confirm/<token>")
@bp.get("/incidents/stop/<token>")
def ask(token: str) -> Response:
    """The page of a link in an email: mail scanners open links, so only its POST button has an effect."""
    found = incidents.by_link(services().engine, token)
    if found is None:
        raise _unknown()
    subscriber, incident = found
    use_lang(subscriber.lang)
    stopping = (request.url_rule.rule if request.url_rule else "").startswith("/incidents/stop/")
    return _page("confirm.html", incident=incident, token=token, stopping=stopping, done=False)


@bp.post("/incidents/confirm/<token>")
def confirm(token: str) -> Response:
    """Confirm a subscription."""
    found = incidents.by_link(services().engine, token)
    if found is None:
        raise _unknown()
    use_lang(found[0].lang)
    incidents.confirm(services().engine, token, services().now())
    return _page("confirm.html", incident=found[1], token=token, stopping=False, done=True)


@bp.post("/incidents/stop/<token>")
def stop(token: str) -> Response:
    """Unsubscribe; also the target of one-click List-Unsubscribe-Post (RFC 8058)."""
    found = incidents.by_link(services().engine, token)
    if found is None:
        raise _unknown()
    use_lang(found[0].lang)
    incidents.unsubscribe(services().engine, token)
    return _page("confirm.html", incident=found[1], token=token, stopping=True, done=True)


def _overview(about: str = "", email: str = "", error: str = "", code: int = 200, asked: str = "") -> Response:
    s = services()
    found = s.recent_incidents()
    response = _page(
        "overview.html",
        incidents=found,
        about=about,
        email=email,
        error=error,
        asked=asked,
        stage_words=_stage_words(),
        moment=lambda at: moment_words(at.astimezone(s.settings.zone), current_lang()),
    )
    response.status_code = code
    return response


def _stage_words() -> dict[str, str]:
    return {
        "investigating": _("We are looking into it"),
        "identified": _("We know the cause"),
        "monitoring": _("It should work again; we are monitoring it"),
        "resolved": _("Fixed"),
    }


def _page(name: str, **values: Any) -> Response:
    response = make_response(render_template(f"incidents/{name}", **values))
    response.headers["Cache-Control"] = "no-store"
    return response


def _unknown() -> Problem:
    return Problem(
        404,
        "not_found",
        _("There is no incident with this link, or it is over."),
        _("See what is going on now on the page of incidents, or talk to a human."),
    )
