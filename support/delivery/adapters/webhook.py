"""Any receiver of signed JSON: the whole pack, as docs/operate/webhooks.md describes.

Options: `url`, and `secret` (`whsec_…`; two with a space between while one replaces the other).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.timestamps import iso
from support.delivery.adapters.context import Adapter, AdapterContext, AdapterOptions, BadChannel, check_options
from support.delivery.destinations import Destination
from support.delivery.webhook_signing import BadWebhookSetting, Webhook, check_secrets


def check(options: Mapping[str, Any]) -> None:
    """Raises BadChannel."""
    check_options("webhook", options, {"url": True, "secret": False})
    try:
        if options.get("secret"):
            check_secrets(str(options["secret"]))
    except BadWebhookSetting as error:
        raise BadChannel(f"(webhook): {error}") from None


def build(spec: Destination, around: AdapterOptions) -> Adapter:
    """Raises BadWebhookSetting."""
    secret = str(spec.options.get("secret") or around.secret())
    return SignedWebhook(Webhook(str(spec.options["url"]), secret, allow_private=around.allow_private))


class SignedWebhook:
    def __init__(self, webhook: Webhook):
        self._webhook = webhook

    def send(self, parcel: AdapterContext) -> str:
        payload = {
            "type": "ticket.created" if parcel.first else "ticket.message",
            "timestamp": iso(parcel.written_at),
            "data": {**parcel.pack, "message_id": parcel.message.id},
        }
        return str(self._webhook.send(parcel.uid, payload, parcel.now).status)

    def test(self, uid: str, now: datetime) -> str:
        payload = {"type": "signpost.test", "timestamp": iso(now), "data": {"text": "A test from Signpost."}}
        return str(self._webhook.send(uid, payload, now).status)
