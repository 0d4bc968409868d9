"""Rate limiting of ticket submissions per sender. Excess requests must wait; every error names the other channels.

Similar browsers in one network share a small limit, one address (an office may be behind it) a large one. Only daily
hashes are counted, in memory, and no longer than until the bucket is full again.
"""

from flask import request
from flask_babel import gettext as _

from app.current import services
from app.web import ratelimit
from app.web.addresses import public_base
from app.web.channels import channels
from app.web.errors import Problem
from app.web.i18n import current_lang


def check_sender(server: str = "") -> None:
    """Count this request for its sender: `server` is the name of an embedding site's server, which has a limit of its
    own. Raises Problem 429 that names the alternatives."""
    s = services()
    try:
        if server:
            ratelimit.check_for("server", server)
            return
        seen = s.spam.client_fingerprint(request.remote_addr or "", dict(request.headers), False, s.now())
        ratelimit.check_for("ticket", seen.fingerprint)
        ratelimit.check_for("ticket_address", seen.address)
    except Problem as limited:
        raise Problem(
            429,
            limited.code,
            _("Many messages come from where you are just now, so this one was not sent yet."),
            _("Please send it again in %(seconds)s seconds, or use one of the other ways to reach us.",
              seconds=limited.retry_after or 0),
            details={"contact_url": f"{public_base()}/{current_lang()}/contact",
                     "channels": [
                         {"kind": one.kind, "label": one.label, "value": one.value, "url": one.href}
                         for one in channels() if one.kind != "form"
                     ]},
            retry_after=limited.retry_after,
        ) from None  # fmt: skip
