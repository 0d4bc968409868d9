"""Signed JSON webhook: the whole pack, as docs/operate/webhooks.md describes.

Options: `url`, and `secret` (`whsec_…`; two separated by a space during key rotation).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

from pydantic import PlainValidator

from core.database.timestamps import iso
from core.settings_types import SettingsTable
from support.delivery.adapters.context import Adapter, AdapterContext, AdapterOptions, WebAddress
from support.delivery.webhook_signing import BadWebhookSetting, Webhook, check_secrets


def _secret(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    try:
        if value:
            check_secrets(value)
    except BadWebhookSetting as error:
        raise ValueError(str(error).removeprefix("webhook_secret ")) from None
    return value


@dataclass(frozen=True)
class Options(SettingsTable):
    url: WebAddress
    secret: Annotated[str, PlainValidator(_secret)] = field(default="", repr=False)


def build(options: Options, adapter_options: AdapterOptions) -> Adapter:
    """Raises BadWebhookSetting."""
    return SignedWebhook(
        Webhook(options.url, options.secret or adapter_options.secret(), allow_private=adapter_options.allow_private)
    )


class SignedWebhook:
    def __init__(self, webhook: Webhook):
        self._webhook = webhook

    def send(self, context: AdapterContext) -> str:
        payload = {
            "type": "ticket.created" if context.first else "ticket.message",
            "timestamp": iso(context.written_at),
            "data": {**context.pack, "message_id": context.message.id},
        }
        return str(self._webhook.send(context.uid, payload, context.now).status)

    def test(self, uid: str, now: datetime) -> str:
        payload = {"type": "signpost.test", "timestamp": iso(now), "data": {"text": "A test from Signpost."}}
        return str(self._webhook.send(uid, payload, now).status)
