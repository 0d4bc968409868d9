"""Slack incoming webhooks, which Mattermost, Rocket.Chat and Zulip take too.

Options: `url`, the address of the incoming webhook. Chat rooms cannot deduplicate a repeated message, so the delivery
id stands in its footer.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.network.safe_http import SafeHttpClient
from core.settings_types import SettingsTable
from support.delivery.adapters import summary
from support.delivery.adapters.context import Adapter, AdapterContext, AdapterOptions, WebAddress

_LONGEST_MESSAGE = 3_000  # a room cuts longer ones itself, and not always at a character


@dataclass(frozen=True)
class Options(SettingsTable):
    url: WebAddress


def build(options: Options, adapter_options: AdapterOptions) -> Adapter:
    """Raises BadAddress."""
    return SlackAdapter(
        SafeHttpClient(options.url, allow_private=adapter_options.allow_private, what="url"), adapter_options.site_name
    )


class SlackAdapter:
    def __init__(self, receiver: SafeHttpClient, site_name: str):
        self._receiver = receiver
        self._site_name = site_name

    def send(self, context: AdapterContext) -> str:
        return self._post(note(context, self._site_name))

    def test(self, uid: str, now: datetime) -> str:
        return self._post({"text": f"{escaped(self._site_name)}: a test from Signpost ({uid})."})

    def _post(self, content: Mapping[str, Any]) -> str:
        body = json.dumps(content, ensure_ascii=False).encode()
        answer = self._receiver.post(self._receiver.path, {"Content-Type": "application/json"}, body)
        return str(answer.status)


def note(context: AdapterContext, site_name: str) -> dict[str, Any]:
    """The chat message: customer, text, journey, and the link to the ticket."""
    ticket, _ = context.ticket, context.gettext
    heading = ticket.subject or context.message.text.split("\n")[0][:70]
    before = [] if context.first else [_("New message")]
    title = ": ".join([*summary.urgent(context), f"[{ticket.reference}]", *before, heading])
    text = context.message.text[:_LONGEST_MESSAGE]
    if len(context.message.text) > _LONGEST_MESSAGE:
        text += " …"
    lines = [escaped(text)]
    tried = summary.journey(context) if context.first else []
    if tried:
        lines += ["", f"*{escaped(_('Before writing, the customer'))}*", *(f"• {escaped(line)}" for line in tried)]
    for file in context.message.attachments:
        lines.append(f"<{ticket.status_url}/files/{file.id}|{escaped(file.name)}>")
    return {
        "text": escaped(f"{title} – {summary.reach(context)}"),
        "attachments": [
            {
                "fallback": escaped(title),
                "title": escaped(title),
                "title_link": ticket.status_url,
                "text": "\n".join(lines),
                "mrkdwn_in": ["text"],
                "fields": [
                    {"title": escaped(label), "value": escaped(value), "short": len(value) < 40}
                    for label, value in summary.facts(context)
                ],
                "footer": f"{escaped(site_name)} · {context.uid}",
            }
        ],
    }


def escaped(text: str) -> str:
    """Text escaped for Slack: no links, no mentions such as @channel."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
