"""Two sides that write to each other: a service that takes mail in, and letters as people's programs write them."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.settings.schema import Settings
from core.database.connection import connect
from support.background.worker import OutboxProcessor, OutboxSender
from support.email.inbound.ingest import Ingester, IngestResult
from support.tickets.agent_actions import AgentActions
from support.tickets.service import TicketService
from tests.support.conftest import NOW, make_settings

__all__ = ["make_settings"]

INBOX = "help@tonfell.example"


class Site:
    """A service with its mail: what it sends lies in a folder, what it gets is handed to it."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.engine: Engine = connect(settings.database)
        self.tickets = TicketService(self.engine, settings)
        self.agent_actions = AgentActions(self.tickets)
        self.ingester = Ingester(settings, self.tickets, self.agent_actions)
        self.processor = OutboxProcessor(
            self.tickets, OutboxSender(settings, self.tickets.files.path, self.tickets.response_targets)
        )
        self._seen: set[Path] = set()

    def take(self, mail: EmailMessage | bytes, after: timedelta = timedelta()) -> IngestResult:
        raw = mail if isinstance(mail, bytes) else mail.as_bytes(policy=SMTP)
        return self.ingester.ingest(raw, NOW + after)

    def deliver(self, at: datetime = NOW) -> list[EmailMessage]:
        """What it sends now."""
        self.processor.deliver_due(lambda: at)
        found = set(self.settings.mail_dir.glob("*.eml")) - self._seen
        self._seen |= found
        in_order = sorted(found, key=lambda path: path.stat().st_mtime_ns)
        return [message_from_bytes(path.read_bytes(), policy=default) for path in in_order]  # type: ignore[misc]


@pytest.fixture
def make_site(make_settings: Callable[..., Settings]) -> Iterator[Callable[..., Site]]:
    made: list[Site] = []

    def make(**overrides: object) -> Site:
        base: dict[str, object] = {
            "inbound_email": f"Tonfell <{INBOX}>",
            "mail_from": f"Tonfell <{INBOX}>",
            "team_email": "team@tonfell.example",
            "base_url": "https://help.example",
        }
        made.append(Site(make_settings(**{**base, **overrides})))
        return made[-1]

    yield make
    for site in made:
        site.engine.dispose()


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    return make_site()


@pytest.fixture
def either_site(make_site: Callable[..., Site], migrated_url: str) -> Site:
    """On each kind of database."""
    return make_site(database_url=migrated_url)


def letter(
    text: str = "The left earbud is silent.",
    *,
    sender: str = "Ada <ada@example.org>",
    to: str = INBOX,
    subject: str = "No sound",
    files: tuple[tuple[str, str, bytes], ...] = (),
    **headers: str,
) -> EmailMessage:
    """A mail as a person's program sends it."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Message-ID"] = headers.pop("message_id", f"<{abs(hash((text, sender, subject)))}@mail.example.org>")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    for name, kind, data in files:
        maintype, subtype = kind.split("/")
        mail.add_attachment(data, maintype=maintype, subtype=subtype, filename=name)
    return mail


def answer(mail: EmailMessage, text: str, *, sender: str = "Ada <ada@example.org>", **headers: str) -> EmailMessage:
    """What somebody's program sends when they press Answer on this mail."""
    back = mail.get("Reply-To") or mail["From"]
    quoted = "\n".join(f"> {line}" for line in _plain(mail).split("\n"))
    return letter(
        f"{text}\n\nOn Mon, 23 Nov 2026 at 10:05 Tonfell <{INBOX}> wrote:\n{quoted}\n",
        sender=sender,
        to=str(back),
        subject=f"Re: {mail['Subject']}",
        In_Reply_To=str(mail["Message-ID"]),
        References=f"{mail.get('References', '')} {mail['Message-ID']}".strip(),
        **headers,
    )


def _plain(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""
