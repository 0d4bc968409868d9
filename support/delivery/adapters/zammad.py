"""Zammad helpdesk: one Zammad ticket for each ticket, one Zammad article for each message, files and pack attached.

Options: `url` (https://help.example), `token` (an access token with the right ticket.agent), `group` (the name of the
group tickets go to), and `customer` (an address for customers who left none).

Zammad has no idempotency keys. So every article carries our delivery id in its text, and from the second attempt on
it is looked up before it is created.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from pydantic import PlainValidator

from core.network.errors import NotDelivered
from core.network.safe_http import Answer, SafeHttpClient, check_accepted
from core.settings_types import SettingsTable, Text
from support.delivery.adapters import summary
from support.delivery.adapters.context import Adapter, AdapterContext, AdapterOptions, NeededText, WebAddress
from support.tickets.models import Channel

_FILES_AT_MOST = 20 * 1024 * 1024


def _token(value: Any) -> str:
    if not isinstance(value, str) or not value or "\n" in value or not value.isascii():
        raise ValueError("must be the access token, and nothing else")
    return value


@dataclass(frozen=True)
class Options(SettingsTable):
    url: WebAddress
    token: Annotated[str, PlainValidator(_token)] = field(repr=False)
    group: NeededText
    customer: Text = ""


def build(options: Options, adapter_options: AdapterOptions) -> Adapter:
    """Raises BadAddress."""
    server = SafeHttpClient(options.url, allow_private=adapter_options.allow_private, what="url")
    base = urlsplit(options.url).path.rstrip("/")
    return Zammad(server, base, options.token, options.group, options.customer)


class Zammad:
    def __init__(self, server: SafeHttpClient, base: str, token: str, group: str, customer: str):
        self._server = server
        self._base = base
        self._token = token
        self._group = group
        self._customer = customer

    def send(self, context: AdapterContext) -> str:
        their_id = context.their_id or (self._find(context) if context.attempt > 1 or not context.first else "")
        if not their_id:
            answer = check_accepted(self._call("POST", "/tickets", self._ticket(context)))
            context.keep(_id_of(answer))
            return str(answer.status)
        if not context.their_id:
            context.keep(their_id)
        if context.attempt > 1 and self._has(their_id, context.uid):
            return "200"
        answer = self._call("POST", "/ticket_articles", {"ticket_id": int(their_id), **self._article(context)})
        if answer.status == 404:
            # Somebody deleted it there. What the customer wrote still has to reach them.
            answer = check_accepted(self._call("POST", "/tickets", self._ticket(context)))
            context.keep(_id_of(answer))
        return str(check_accepted(answer).status)

    def test(self, uid: str, now: datetime) -> str:
        return str(check_accepted(self._call("GET", "/users/me")).status)

    def _ticket(self, context: AdapterContext) -> dict[str, Any]:
        ticket = context.ticket
        heading = ticket.subject or ticket.messages[0].text.split("\n")[0][:70]
        email = ticket.email or self._customer
        if not email:
            raise NotDelivered("the customer left no e-mail address, and the channel has no `customer` to put instead")
        return {
            # With the reference first: `_find` knows it by that.
            "title": f"[{ticket.reference}] {': '.join([*summary.urgent(context), heading])}",
            "group": self._group,
            "customer_id": f"guess:{email}",
            "article": self._article(context),
        }

    def _article(self, context: AdapterContext) -> dict[str, Any]:
        _ = context.gettext
        lines = [summary.reach(context), *(f"{label}: {value}" for label, value in summary.facts(context)), ""]
        lines.append(context.message.text)
        tried = summary.journey(context) if context.first else []
        if tried:
            lines += ["", _("Before writing, the customer"), *(f"- {line}" for line in tried)]
        lines += ["", f"{_('Status page')}: {context.ticket.status_url}", f"Signpost {context.uid}"]
        data = json.dumps(context.pack, ensure_ascii=False, indent=2).encode()
        files = [_file(f"{context.ticket.reference}.json", data, "application/json")]
        room = _FILES_AT_MOST
        for attachment in context.message.attachments:
            if attachment.size <= room:
                room -= attachment.size
                data = context.file_path(attachment.sha256).read_bytes()
                files.append(_file(attachment.name, data, attachment.kind))
            else:
                lines.append(f"{attachment.name}: {context.ticket.status_url}/files/{attachment.id}")
        return {
            "subject": context.ticket.subject or context.ticket.reference,
            "body": "\n".join(lines),
            "content_type": "text/plain",
            "type": "phone" if context.ticket.preferred_channel is Channel.PHONE else "web",
            "sender": "Customer",
            "internal": False,
            "attachments": files,
        }

    def _find(self, context: AdapterContext) -> str:
        """Zammad's id of this ticket if an earlier attempt created it without our hearing of it; '' if none did."""
        # Plain, because without a search engine behind it Zammad looks for these very characters in titles.
        query = quote(context.ticket.reference, safe="")
        answer = self._call("GET", f"/tickets/search?query={query}&limit=10&expand=true")
        if answer.status == 404:
            return ""
        found = check_accepted(answer).json()
        # Expanded it is a list; some versions give ids, and the tickets beside them.
        tickets = found if isinstance(found, list) else list(found.get("assets", {}).get("Ticket", {}).values())
        mark = f"[{context.ticket.reference}]"
        return next((str(t["id"]) for t in tickets if str(t.get("title", "")).startswith(mark)), "")

    def _has(self, their_id: str, uid: str) -> bool:
        answer = self._call("GET", f"/ticket_articles/by_ticket/{their_id}")
        if answer.status == 404:
            return False
        articles = check_accepted(answer).json()
        return any(f"Signpost {uid}" in str(article.get("body", "")) for article in articles)

    def _call(self, method: str, path: str, content: Mapping[str, Any] | None = None) -> Answer:
        headers = {"Authorization": f"Token token={self._token}", "Accept": "application/json"}
        body = b""
        if content is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(content, ensure_ascii=False).encode()
        return self._server.call(method, f"{self._base}/api/v1{path}", headers, body)


def _file(name: str, data: bytes, kind: str) -> dict[str, str]:
    return {"filename": name, "data": base64.b64encode(data).decode(), "mime-type": kind}


def _id_of(answer: Answer) -> str:
    found = answer.json()
    if not isinstance(found, dict) or not isinstance(found.get("id"), int):
        raise NotDelivered("Zammad's answer has no id", channel_down=True)
    return str(found["id"])
