"""Canned replies: Markdown with placeholders that are filled in for each ticket. With actions, one is a macro
(support/agents/macros.py)."""

import re
from dataclasses import dataclass
from datetime import datetime

from kb.markup.message_markup import quoted_literally
from support.tickets.models import Ticket

WORDS = ("name", "reference", "subject", "agent", "status_url")
_WORD = re.compile(r"\{(" + "|".join(WORDS) + r")\}")
NAME_MAX, TEXT_MAX = 100, 10_000


@dataclass(frozen=True)
class CannedReply:
    """`lang` is '' for one that fits any language."""

    id: int
    name: str
    lang: str
    text: str
    updated_at: datetime
    updated_by: str
    actions: str = ""

    def fill_placeholders(self, ticket: Ticket, agent: str) -> str:
        """The text with its placeholders filled in. Unknown values become empty; those of customers are escaped,
        so that they are neither placeholders nor Markdown."""
        values = {
            "name": quoted_literally(ticket.name),
            "reference": ticket.reference,
            "subject": quoted_literally(ticket.subject),
            "agent": agent,
            "status_url": ticket.status_url,
        }
        return _WORD.sub(lambda found: values[found[1]], self.text)


def for_language(found: list[CannedReply], lang: str) -> list[CannedReply]:
    """All canned replies: those in the customer's language first, then those for any, then the rest."""
    main = lang.split("-")[0]
    return sorted(found, key=lambda c: (c.lang != lang, c.lang.split("-")[0] != main, bool(c.lang), c.name))
