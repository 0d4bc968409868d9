"""Where the parts of incoming mail are put together."""

from typing import TYPE_CHECKING

from app.support.inbound.imap_url import parse_imap_url
from app.support.inbound.ingest import Ingester
from app.support.inbound.mailbox import MailboxWorker

if TYPE_CHECKING:
    from app.services import Services


def ingester(services: "Services") -> Ingester:
    return Ingester(services.settings, services.tickets, services.casework, services.router.routed)


def mailbox_worker(services: "Services") -> MailboxWorker:
    settings = services.settings
    return MailboxWorker(parse_imap_url(settings.imap_url), settings.imap_done, ingester(services))
