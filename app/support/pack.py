"""The pack: everything a person needs to answer, in one JSON shape; see docs/operate/journey.md."""

from typing import Any

from app.support.store import iso
from app.support.types import Message, Ticket


def pack(ticket: Ticket) -> dict[str, Any]:
    """The ticket with its whole conversation and journey, as JSON values."""
    return {
        "reference": ticket.reference,
        "status": ticket.state.value,
        "status_url": ticket.status_url,
        "created_at": iso(ticket.created_at),
        "updated_at": iso(ticket.updated_at),
        "lang": ticket.lang,
        "subject": ticket.subject,
        "category": ticket.category,
        "customer": {
            "name": ticket.name,
            "email": ticket.email,
            "phone": ticket.phone,
            "preferred_channel": ticket.preferred_channel.value,
        },
        "fields": dict(ticket.fields),
        "consent": {"given": bool(ticket.consent_text), "text": ticket.consent_text},
        "source": ticket.source,
        "journey": ticket.journey.as_dict(),
        "messages": [_message(ticket, message) for message in ticket.messages],
    }


def _message(ticket: Ticket, message: Message) -> dict[str, Any]:
    return {
        "id": message.id,
        "from": message.author.value,
        "text": message.text,
        "at": iso(message.created_at),
        "attachments": [
            {
                "name": a.name,
                "type": a.kind,
                "size": a.size,
                "sha256": a.sha256,
                "url": f"{ticket.status_url}/files/{a.id}",
            }
            for a in message.attachments
        ],
    }
