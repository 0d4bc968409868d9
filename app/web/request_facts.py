"""Request metadata: device class, network, headers, and the host that was asked."""

import re

from flask import Request

from app.settings.schema import Settings
from app.web.i18n import current_lang
from support.intake.submission import RequestFacts


def request_facts(settings: Settings, request: Request) -> RequestFacts:
    """Metadata for the spam score and the ticket: network, headers, and our host name in the request."""
    host = request.host.partition(":")[0]
    return RequestFacts(
        remote=request.remote_addr or "",
        headers=dict(request.headers),
        host=host,
        secure=request.is_secure or host in {"localhost", "127.0.0.1"},
        site_url=settings.public_url,
        lang=current_lang(),
        device=device_class(request),
    )


def device_class(request: Request) -> str:
    """`phone`, `tablet` or `desktop`, from the User-Agent; '' without one."""
    agent = request.headers.get("User-Agent", "")
    if re.search(r"iPad|Tablet|Android(?!.*Mobile)", agent):
        return "tablet"
    if request.headers.get("Sec-CH-UA-Mobile") == "?1" or re.search(r"Mobi|iPhone|Android", agent):
        return "phone"
    return "desktop" if re.search(r"Windows|Macintosh|X11|Linux|CrOS", agent) else ""
