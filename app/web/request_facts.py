"""What a request tells besides what was typed: the device, the address of this help centre, where it came from."""

import re

from flask import Request

from app.settings.schema import Settings
from app.web.i18n import current_lang
from support.intake.submission import RequestFacts


def request_facts(settings: Settings, request: Request) -> RequestFacts:
    """For the spam check and the ticket: the network, the headers, and under which name we were asked."""
    host = request.host.partition(":")[0]
    return RequestFacts(
        remote=request.remote_addr or "",
        headers=dict(request.headers),
        host=host,
        secure=request.is_secure or host in {"localhost", "127.0.0.1"},
        site_url=site_url(settings, request),
        lang=current_lang(),
        device=device_class(request),
    )


def device_class(request: Request) -> str:
    """`phone`, `tablet` or `desktop`, as the browser describes itself; '' when it says nothing."""
    agent = request.headers.get("User-Agent", "")
    if re.search(r"iPad|Tablet|Android(?!.*Mobile)", agent):
        return "tablet"
    if request.headers.get("Sec-CH-UA-Mobile") == "?1" or re.search(r"Mobi|iPhone|Android", agent):
        return "phone"
    return "desktop" if re.search(r"Windows|Macintosh|X11|Linux|CrOS", agent) else ""


def site_url(settings: Settings, request: Request) -> str:
    """Where status links live: the configured address, else the host that was asked."""
    return settings.base_url or request.host_url.rstrip("/")
