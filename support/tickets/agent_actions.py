"""Actions of agents on a ticket: reply, note, log a contact, assign, change stage or team, snooze, tag, merge, link.
Those of customers are in customer_actions.py.

Who answers a ticket that is nobody's has taken it. Merging moves no message: each stays on its own ticket and with its
own customer's link, the desk shows them together, and taking it back is all that undoing needs.

Every method is one transaction with its event, or joins the caller's when it is given its `connection`, and returns the
changed ticket. `staff` is the agent; TEAM stands for commands and the team as a whole. All raise UnknownTicket for an
unknown reference.
"""

from datetime import datetime

from sqlalchemy import Connection

from core.database.timestamps import iso
from support.delivery import outbox
from support.tickets import relations, repository, stored_targets, tags
from support.tickets.models import (
    TEAM,
    Author,
    CallOutcome,
    CannotMerge,
    Channel,
    CheckedFile,
    Delivery,
    MessageKind,
    Priority,
    RelationKind,
    ReplyChannelMismatch,
    Staff,
    Stage,
    State,
    Ticket,
    Via,
)
from support.tickets.service import TicketService


class AgentActions:
    """What agents do with tickets."""

    def __init__(self, tickets: TicketService):
        self._tickets = tickets

    def reply(
        self,
        reference: str,
        body: str,
        now: datetime,
        staff: Staff = TEAM,
        *,
        files: tuple[CheckedFile, ...] = (),
        via: Via = Via.DESK,
        by_mail: bool | None = None,
        off_channel_reason: str = "",
        stage: Stage = Stage.PENDING,
        mail_id: str = "",
        whole: str = "",
        folded: int = 0,
        connection: Connection | None = None,
    ) -> Ticket:
        """Answer: it stands on the status page, and is mailed when e-mail was chosen.

        `by_mail` True mails it whatever was chosen: then a reason is needed, or ReplyChannelMismatch is raised. `via`
        EMAIL means that the answer came by mail and already went to the customer: nothing is mailed. A held ticket is
        released.
        """
        with self._tickets.transaction(connection) as connection:
            # Whoever answers what was held has looked at it, for instance by mail after an alarm.
            self._tickets.release(reference, now, connection=connection)
            ticket = self._load(connection, reference)
            chosen = ticket.preferred_channel is Channel.EMAIL
            mailed = bool(ticket.email) and via is not Via.EMAIL and (chosen if by_mail is None else by_mail)
            if mailed and not chosen and not off_channel_reason:
                raise ReplyChannelMismatch("the customer chose the phone: an answer by e-mail needs a reason")
            message_id = repository.insert_message(
                connection, ticket.id, Author.TEAM, body, files, now,
                via=via.value, staff=staff, off_channel_reason=off_channel_reason, mail_id=mail_id,
                whole=whole, folded=folded,
            )  # fmt: skip
            self._record_answer(connection, ticket, stage, now)
            self._take(connection, ticket, staff, now)
            repository.insert_event(connection, ticket.id, "team_message", now, staff=staff)
            if stage.state is State.CLOSED:
                repository.insert_event(connection, ticket.id, stage.value, now, staff=staff)
            if mailed:
                self._tickets.renew_link(connection, ticket, now)
                outbox.enqueue(connection, ticket.id, message_id, Delivery.CUSTOMER_MAIL, now)
            return repository.load_ticket(connection, ticket.id)

    def add_note(
        self,
        reference: str,
        body: str,
        now: datetime,
        staff: Staff = TEAM,
        files: tuple[CheckedFile, ...] = (),
        *,
        connection: Connection | None = None,
    ) -> Ticket:
        """Add an internal note: neither shown nor sent to the customer."""
        with self._tickets.transaction(connection) as connection:
            ticket = self._load(connection, reference)
            repository.insert_message(
                connection, ticket.id, Author.TEAM, body, files, now,
                kind=MessageKind.NOTE, via=Via.DESK.value, staff=staff,
            )  # fmt: skip
            return repository.load_ticket(connection, ticket.id)

    def log_contact(
        self,
        reference: str,
        body: str,
        now: datetime,
        staff: Staff = TEAM,
        *,
        via: Via = Via.PHONE,
        outgoing: bool = True,
        outcome: CallOutcome = CallOutcome.REACHED,
        happened_at: datetime | None = None,
        off_channel_reason: str = "",
        connection: Connection | None = None,
    ) -> Ticket:
        """Write down a call, chat or visit. The words stay with the team; the customer's timeline says that and when.

        Who was reached has been answered. Contacting somebody on another channel than the chosen one needs a reason,
        or ReplyChannelMismatch is raised.
        """
        with self._tickets.transaction(connection) as connection:
            ticket = self._load(connection, reference)
            chosen = Via.PHONE if ticket.preferred_channel is Channel.PHONE else Via.EMAIL
            if outgoing and via is not chosen and not off_channel_reason:
                raise ReplyChannelMismatch(f"the customer chose {chosen.value}: contact by {via.value} needs a reason")
            when = happened_at or now
            message_id = repository.insert_message(
                connection, ticket.id, Author.TEAM, body, (), now,
                kind=MessageKind.CALL, via=via.value, direction="out" if outgoing else "in", staff=staff,
                outcome=outcome.value, off_channel_reason=off_channel_reason, happened_at=when,
            )  # fmt: skip
            detail = {
                "via": via.value,
                "direction": "out" if outgoing else "in",
                "outcome": outcome.value,
                "at": iso(when),
            }
            repository.insert_event(connection, ticket.id, "contact", now, detail, staff)
            if not outgoing:
                channel = {"channel": via.value}
                self._tickets.tell(connection, "contact_logged", "contact", ticket, when, channel, part=message_id)
            if outcome is CallOutcome.REACHED:
                self._record_answer(connection, ticket, Stage.PENDING, now)
                self._take(connection, ticket, staff, now)
            return repository.load_ticket(connection, ticket.id)

    def assign(
        self,
        reference: str,
        assignee: int | None,
        now: datetime,
        staff: Staff = TEAM,
        name: str = "",
        *,
        connection: Connection | None = None,
    ) -> Ticket:
        """Assign the ticket to a user of the desk, None unassigns. `name` is for the event."""
        with self._tickets.transaction(connection) as connection:
            ticket = self._load(connection, reference)
            repository.set_values(connection, ticket.id, now, assignee_id=assignee)
            repository.insert_event(connection, ticket.id, "assigned", now, {"to": name} if assignee else {}, staff)
            return repository.load_ticket(connection, ticket.id)

    def set_stage(
        self,
        reference: str,
        stage: Stage,
        now: datetime,
        staff: Staff = TEAM,
        *,
        connection: Connection | None = None,
    ) -> Ticket:
        """Change the stage. From an open to a finished one the ticket closes, the other way it reopens."""
        with self._tickets.transaction(connection) as connection:
            ticket = self._load(connection, reference)
            if ticket.stage is stage:
                return ticket
            repository.set_stage(connection, ticket.id, stage, now)
            if stage.state is State.CLOSED:
                stored_targets.meet(connection, ticket.id, now)
                repository.insert_event(connection, ticket.id, stage.value, now, {"said": "team"}, staff)
                self._tickets.say_closed(connection, ticket, now)
            elif ticket.state is State.CLOSED:
                repository.insert_event(connection, ticket.id, "reopened", now, {"said": "team"}, staff)
            else:
                repository.insert_event(connection, ticket.id, "stage", now, {"to": stage.value}, staff)
            return repository.load_ticket(connection, ticket.id)

    def close(self, reference: str, now: datetime, staff: Staff = TEAM) -> Ticket:
        return self.set_stage(reference, Stage.CLOSED, now, staff)

    def reopen(self, reference: str, now: datetime, staff: Staff = TEAM) -> Ticket:
        return self.set_stage(reference, Stage.OPEN, now, staff)

    def set_priority(
        self,
        reference: str,
        priority: Priority,
        now: datetime,
        staff: Staff = TEAM,
        *,
        connection: Connection | None = None,
    ) -> Ticket:
        with self._tickets.transaction(connection) as connection:
            ticket = self._load(connection, reference)
            repository.set_values(connection, ticket.id, now, priority=priority.value)
            repository.insert_event(connection, ticket.id, "priority", now, {"to": priority.value}, staff)
            return repository.load_ticket(connection, ticket.id)

    def set_team(
        self,
        reference: str,
        team: str,
        now: datetime,
        staff: Staff = TEAM,
        *,
        connection: Connection | None = None,
    ) -> Ticket:
        """Reassign the ticket to another team, whose destinations get it. The caller checks the name."""
        with self._tickets.transaction(connection) as connection:
            ticket = self._load(connection, reference)
            if ticket.team == team:
                return ticket
            repository.set_values(connection, ticket.id, now, team=team, assignee_id=None)
            repository.insert_event(connection, ticket.id, "team", now, {"from": ticket.team, "to": team}, staff)
            self._tickets.enqueue_for_team(
                connection, ticket.id, ticket.messages[-1].id, team, now, held=bool(ticket.quarantine)
            )
            return repository.load_ticket(connection, ticket.id)

    def snooze(
        self,
        reference: str,
        until: datetime | None,
        now: datetime,
        staff: Staff = TEAM,
        *,
        connection: Connection | None = None,
    ) -> Ticket:
        """Snooze: hide the ticket from the queue until then, or until something happens to it. None ends it."""
        with self._tickets.transaction(connection) as connection:
            ticket = self._load(connection, reference)
            repository.set_values(connection, ticket.id, now, snooze_until=iso(until) if until else "")
            detail = {"until": iso(until)} if until else {}
            repository.insert_event(connection, ticket.id, "snoozed", now, detail, staff)
            return repository.load_ticket(connection, ticket.id)

    def set_tags(
        self,
        reference: str,
        now: datetime,
        staff: Staff = TEAM,
        *,
        add: tuple[str, ...] = (),
        remove: tuple[str, ...] = (),
        connection: Connection | None = None,
    ) -> Ticket:
        with self._tickets.transaction(connection) as connection:
            ticket = self._load(connection, reference)
            added = [tag for tag in add if tag not in ticket.tags]
            removed = [tag for tag in remove if tag in ticket.tags and tag not in add]
            for tag in added:
                tags.add(connection, ticket.id, tag)
            for tag in removed:
                tags.remove(connection, ticket.id, tag)
            if added or removed:
                detail = {"added": ", ".join(added), "removed": ", ".join(removed)}
                repository.insert_event(connection, ticket.id, "tagged", now, detail, staff)
            return repository.load_ticket(connection, ticket.id)

    def set_incident(
        self,
        reference: str,
        incident: str,
        now: datetime,
        staff: Staff = TEAM,
        *,
        connection: Connection | None = None,
    ) -> Ticket:
        """Say which incident the ticket is about; '' for none. The caller checks the reference."""
        with self._tickets.transaction(connection) as connection:
            ticket = self._load(connection, reference)
            if ticket.incident != incident:
                repository.set_values(connection, ticket.id, now, incident=incident)
                repository.insert_event(connection, ticket.id, "incident", now, {"to": incident}, staff)
            return repository.load_ticket(connection, ticket.id)

    def relate(
        self, reference: str, other: str, now: datetime, staff: Staff = TEAM, *, connection: Connection | None = None
    ) -> Ticket:
        """Link two tickets. Raises CannotMerge ("itself", "merged") where there is nothing to link."""
        with self._tickets.transaction(connection) as connection:
            one, two = self._load(connection, reference), self._load(connection, other)
            if one.id == two.id:
                raise CannotMerge("itself")
            if any(r.ticket_id == two.id and r.kind is not RelationKind.RELATED for r in one.relations):
                raise CannotMerge("merged")
            relations.relate(connection, one.id, two.id, RelationKind.RELATED, now)
            for ticket, named in ((one, two), (two, one)):
                detail = {"ticket": named.reference}
                repository.insert_event(connection, ticket.id, "related", now, detail, staff)
            return repository.load_ticket(connection, one.id)

    def unrelate(
        self, reference: str, other: str, now: datetime, staff: Staff = TEAM, *, connection: Connection | None = None
    ) -> Ticket:
        """Take back a link or a merge. A merged ticket gets the stage it had, unless something happened to it since."""
        with self._tickets.transaction(connection) as connection:
            one, two = self._load(connection, reference), self._load(connection, other)
            relation = next((r for r in one.relations if r.ticket_id == two.id), None)
            if relation is None:
                return one  # somebody else was faster
            stage = relations.unrelate(connection, one.id, two.id)
            merged = {RelationKind.MERGED_INTO: one, RelationKind.MERGED_FROM: two}.get(relation.kind)
            if merged is not None and stage and merged.stage is Stage.CLOSED:
                repository.set_stage(connection, merged.id, Stage(stage), now)
            for ticket, named in ((one, two), (two, one)):
                detail = {"ticket": named.reference}
                kind = "unrelated" if merged is None else "unmerged"
                repository.insert_event(connection, ticket.id, kind, now, detail, staff)
            return repository.load_ticket(connection, one.id)

    def merge(
        self, reference: str, into: str, now: datetime, staff: Staff = TEAM, *, connection: Connection | None = None
    ) -> Ticket:
        """Close the ticket in favour of another one of the same customer, without a mail; the one it was merged into.

        Raises CannotMerge. Tickets of different customers cannot be merged: what the one wrote would be answered to
        the other.
        """
        with self._tickets.transaction(connection) as connection:
            one, two = self._load(connection, reference), self._load(connection, into)
            if one.id == two.id:
                raise CannotMerge("itself")
            if one.quarantine or two.quarantine:
                raise CannotMerge("held")
            has_parts = any(r.kind is RelationKind.MERGED_FROM for r in one.relations)
            if one.merged_into or two.merged_into or has_parts:
                raise CannotMerge("merged")
            if one.person_id is None or one.person_id != two.person_id:
                raise CannotMerge("person")
            relations.relate(connection, one.id, two.id, RelationKind.MERGED_INTO, now, one.stage.value)
            repository.set_stage(connection, one.id, Stage.CLOSED, now)
            stored_targets.withdraw(connection, one.id, now)
            if two.stage not in {Stage.NEW, Stage.OPEN} and one.stage in {Stage.NEW, Stage.OPEN}:
                repository.set_stage(connection, two.id, Stage.OPEN, now)
            for tag in one.tags:
                tags.add(connection, two.id, tag)
            repository.insert_event(connection, one.id, "merged", now, {"ticket": two.reference}, staff)
            repository.insert_event(connection, two.id, "merged_here", now, {"ticket": one.reference}, staff)
            return repository.load_ticket(connection, two.id)

    def others_of(self, ticket: Ticket) -> tuple[Ticket, ...]:
        """The person's other tickets, newest first, without messages. One whose `identity` is TYPED may be a
        stranger's who typed the same address: say so."""
        if ticket.person_id is None:
            return ()
        with self._tickets.engine.connect() as connection:
            return tuple(t for t in repository.tickets_of_person(connection, ticket.person_id) if t.id != ticket.id)

    def _take(self, connection: Connection, ticket: Ticket, staff: Staff, now: datetime) -> None:
        if staff.id is not None and ticket.assignee_id is None:
            repository.set_values(connection, ticket.id, now, assignee_id=staff.id)
            repository.insert_event(connection, ticket.id, "assigned", now, {"to": staff.name}, staff)

    def _record_answer(self, connection: Connection, ticket: Ticket, stage: Stage, now: datetime) -> None:
        repository.set_stage(connection, ticket.id, stage, now)
        stored_targets.meet(connection, ticket.id, now)
        if ticket.first_reply_at is None:
            repository.set_values(connection, ticket.id, now, first_reply_at=iso(now))

    def _load(self, connection: Connection, reference: str) -> Ticket:
        return repository.load_ticket(connection, self._tickets.id_of_reference(connection, reference))
