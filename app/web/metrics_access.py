"""Who may read /metrics: whoever has the token, or asks from a network of the settings."""

import hmac
import ipaddress

from werkzeug.wrappers import Request

from app.settings.schema import Settings


def may_read(settings: Settings, request: Request) -> bool | None:
    """Whether this request may; None where nobody may."""
    token, networks = settings.metrics_token, settings.metrics_networks
    if not token and not networks:
        return None
    given = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    try:
        address = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(network) for network in networks)
