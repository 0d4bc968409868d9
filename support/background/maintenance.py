"""Periodic maintenance, run by the delivery worker: every task is short and idempotent, also in two processes."""

from collections.abc import Callable
from datetime import date, datetime

from core.events import emit
from support.privacy.service import PrivacyService, PurgeReport
from support.routing.semantic_routing import SemanticRouting
from support.tickets.service import TicketService


class Maintenance:
    """Run about once a minute. `daily` is a further task for once a day."""

    def __init__(
        self,
        tickets: TicketService,
        semantic_routing: SemanticRouting,
        privacy: PrivacyService,
        daily: Callable[[datetime], object] = lambda now: None,
    ):
        self._tickets = tickets
        self._semantic_routing = semantic_routing
        self._privacy = privacy
        self._purged_on: date | None = None
        self._daily = daily

    def run(self, now: datetime) -> None:
        """Renew response targets that are about to be missed, embed answered tickets for routing; purge once a day."""
        with self._tickets.transaction() as connection:
            renewed = self._tickets.response_targets.renew_due(connection, now)
        if renewed:
            emit("promises_renewed", count=renewed)
        try:
            self._semantic_routing.remember(now)
        except Exception as error:  # without the model there is no semantic routing, and everything else goes on
            emit("meaning_unavailable", error=type(error).__name__)
        if self._purged_on != now.date():
            self._purged_on = now.date()
            done = self._privacy.purge(now)
            if done != PurgeReport():
                emit(
                    "purged",
                    tickets=done.tickets,
                    attachments=done.attachments,
                    events=done.events,
                    queries=done.queries,
                )
            self._daily(now)
