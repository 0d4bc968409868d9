"""The pack: everything a person needs to answer, in one JSON shape; see docs/operate/journey.md."""

import json
from pathlib import Path
from typing import Any

from core.database.timestamps import iso
from support.tickets.models import Message, Ticket

VERSION = 1
SCHEMA_FILE = Path(__file__).with_name("handoff.schema.json")


def schema() -> dict[str, Any]:
    """The JSON Schema every pack follows; it is served at /api/v1/schemas/pack.json."""
    found: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return found


def pack(ticket: Ticket) -> dict[str, Any]:
    """The ticket with its whole conversation and journey, as JSON values."""
    return {
        "version": VERSION,
        "reference": ticket.reference,
        "status": ticket.state.value,
        "stage": ticket.stage.value,
        "status_url": ticket.status_url,
        "created_at": iso(ticket.created_at),
        "updated_at": iso(ticket.updated_at),
        "lang": ticket.lang,
        "subject": ticket.subject,
        "category": ticket.category,
        "form": ticket.form,
        "team": ticket.team,
        "priority": ticket.priority.value,
        "product": ticket.product,
        "time_zone": ticket.time_zone,
        "promise": _last_target(ticket),
        "customer": {
            "name": ticket.name,
            "email": ticket.email,
            "phone": ticket.phone,
            "preferred_channel": ticket.preferred_channel.value,
            "identity": ticket.identity.value,
        },
        "fields": dict(ticket.fields),
        "consent": {"given": bool(ticket.consent_text), "text": ticket.consent_text},
        "consents": [{"name": consent.name, "text": consent.text} for consent in ticket.consents],
        "source": ticket.source,
        "site": ticket.site,
        "attributes": dict(ticket.attributes),
        "tags": list(ticket.page_tags),
        "journey": ticket.journey.as_dict(),
        "messages": [_message(ticket, message) for message in ticket.messages],
    }


def _last_target(ticket: Ticket) -> dict[str, str | None] | None:
    """The current response target, or the last one."""
    last = next((p for p in reversed(ticket.response_targets) if p.replaced_at is None), None)
    if last is None:
        return None
    return {
        "promised_at": iso(last.promised_at),
        "due_at": iso(last.due_at),
        "kept_at": iso(last.kept_at) if last.kept_at else None,
    }


def _message(ticket: Ticket, message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "from": message.author.value,
        "via": message.via,
        "text": message.text,
        "at": iso(message.created_at),
        "unproven": message.unproven,
        "attachments": [
            {
                "name": a.name,
                "type": a.kind,
                "size": a.size,
                "sha256": a.sha256,
                "field": a.field,
                "removed": a.purged_at is not None,
                "url": f"{ticket.status_url}/files/{a.id}",
            }
            for a in message.attachments
        ],
    }
