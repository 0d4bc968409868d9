"""Stored response targets: set with each waiting message, met by a reply, renewed before they would be missed."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine

from core.database.timestamps import iso
from support.delivery import outbox
from support.teams.response_targets import ResponseTarget, target_in_business_hours
from support.teams.settings import SettingsForTeams
from support.teams.teams import DEFAULT, Team, teams
from support.tickets import repository, stored_targets
from support.tickets.models import Channel, Delivery, StoredTarget, Ticket
from support.tickets.reply_times import ReplyTimeStatistics

# A target is renewed this long before it would be missed, while the team is still there.
_AHEAD = timedelta(minutes=30)
_RENEWED_MOST = 3


class ResponseTargets:
    """Response targets of teams, now and for stored tickets."""

    def __init__(self, engine: Engine, settings: SettingsForTeams):
        self._teams = teams(settings)
        self._times = ReplyTimeStatistics(engine)

    def team(self, name: str) -> Team:
        """The team of this name; the default one when the settings no longer have it."""
        return self._teams.get(name) or self._teams[DEFAULT]

    def for_team(self, name: str, now: datetime) -> ResponseTarget:
        """The response target for somebody who writes to this team now."""
        team = self.team(name)
        return target_in_business_hours(now, self._times.hours(team, now), team.opening)

    def give(self, connection: Connection, ticket_id: int, team: str, kind: str, now: datetime) -> None:
        """Set the response target of a new message."""
        made = self.for_team(team, now)
        stored_targets.promise(connection, ticket_id, team, kind, made.hours * 60, now, made.by)

    def current(self, ticket: Ticket) -> ResponseTarget | None:
        """The open response target of a ticket, in its team's time zone; None when there is none."""
        last = next((p for p in reversed(ticket.response_targets) if p.replaced_at is None), None)
        return self.of(last) if last else None

    def of(self, stored: StoredTarget) -> ResponseTarget:
        """A stored target as a ResponseTarget."""
        team = self.team(stored.team)
        made = target_in_business_hours(stored.promised_at, max(1, stored.minutes // 60), team.opening)
        if made.by == stored.due_at:
            return made
        return replace(made, by=stored.due_at.astimezone(team.opening.zone), straight=False)

    def renew_due(self, connection: Connection, now: datetime) -> int:
        """Renew the targets that are about to be missed, and tell the customers; how many.

        After three renewals no more are made: then the status page says that we are late.
        """
        renewed = 0
        for ticket_id, due, times in stored_targets.to_renew(connection, now, now + _AHEAD):
            if times >= _RENEWED_MOST:
                continue
            ticket = repository.load_ticket(connection, ticket_id)
            # Counted from when the old one ends: a later moment, even while the team is away.
            made = self.for_team(ticket.team, due)
            stored_targets.promise(connection, ticket.id, ticket.team, "renewed", made.hours * 60, now, made.by)
            repository.insert_event(connection, ticket.id, "promise_renewed", now, {"due": iso(made.by)})
            if ticket.email and ticket.preferred_channel is Channel.EMAIL and not ticket.quiet:
                outbox.enqueue(connection, ticket.id, ticket.messages[0].id, Delivery.TARGET_RENEWED_MAIL, now)
            renewed += 1
        return renewed
