"""Tickets sent from an embedding site: signed identity, source page, and the receipt kept in the browser."""

from dataclasses import replace
from typing import cast

from flask import current_app, g
from flask_babel import gettext as _

from app.current import services
from app.web import visits
from app.web.errors import Problem
from core.events import emit
from support.intake.identity import IdentityRefused, SignedIdentity, read_site_identity
from support.intake.sites import Site
from support.tickets.journey import Journey
from support.tickets.models import Ticket
from support.tickets.receipts import Receipts


def identity(token: str, site: Site) -> SignedIdentity | None:
    """The identity signed by the site; None when it is neither required nor given. Else a 400 with the reason."""
    try:
        if token:
            known = read_site_identity(token, site, services().now())
            visits.recognised(known.email)
            return known
        if site.identity == "required":
            raise IdentityRefused("missing", "there is none, and this site takes requests of signed-in customers only")
    except IdentityRefused as refused:
        emit("identity_refused", reason=f"{site.key}: {refused}")
        raise Problem(
            400,
            "identity_refused",
            _("We could not confirm who you are."),
            _("Load the page again, or sign in there again; what you typed stays."),
            details={"field": "identity", "reason": refused.reason, "why": str(refused)},
        ) from None
    return None


def with_page(journey: Journey) -> Journey:
    """The journey with the request's Origin as its page, when it does not name a page itself."""
    origin = g.get("cors_origin", "")
    return journey if journey.page or not origin.startswith("http") else replace(journey, page=origin)


def receipt(ticket: Ticket, site: Site) -> str:
    """The receipt that the browser may store."""
    receipts = cast(Receipts, current_app.extensions["signpost.receipts"])
    return receipts.token(site.key, ticket.reference)
