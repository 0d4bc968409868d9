"""DeskService: actions of agents at the desk, each one transaction with its entry in the audit log.

The rules of tickets are in support/tickets/agent_actions.py; here are the acting user, optimistic locking (did somebody
else write meanwhile) and the audit log.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, Engine

from core.database.connection import writing
from core.secret_keys import Keys
from index.embed.loader import EmbedderLoader
from support.agents import audit, presence, repository, ticket_search
from support.agents.canned import CannedReply
from support.agents.models import AuditEntry, CaseChanges, DeskError, SavedView, User
from support.agents.past_answers import PastAnswers
from support.agents.sign_in.accounts import Accounts
from support.delivery import outbox
from support.email.inbound import spool
from support.privacy.service import PrivacyService
from support.tickets import repository as tickets_repository
from support.tickets import tags as ticket_tags
from support.tickets.agent_actions import AgentActions
from support.tickets.models import CallOutcome, CheckedFile, Message, NewTicket, Priority, Staff, Stage, Ticket, Via
from support.tickets.service import TicketService


class ConcurrentUpdate(DeskError):
    """Optimistic locking failed: others wrote since the form was opened; `messages` are theirs."""

    code = "somebody_was_faster"

    def __init__(self, messages: tuple[Message, ...]):
        super().__init__(self.code)
        self.messages = messages


class CaseConflict(DeskError):
    """Somebody else changed the same of the ticket since the form was opened: `fields`."""

    code = "case_changed"

    def __init__(self, fields: tuple[str, ...]):
        super().__init__(", ".join(fields))
        self.fields = fields


class TicketNotQuarantined(DeskError):
    """Only a quarantined ticket can be deleted from the desk."""

    code = "not_held"


class DeskService:
    """Actions of agents. Those on a ticket raise UnknownTicket for an unknown reference."""

    def __init__(
        self,
        engine: Engine,
        tickets: TicketService,
        agent_actions: AgentActions,
        privacy: PrivacyService,
        model: EmbedderLoader,
        key: Callable[[], Keys | bytes],
        ours: Sequence[str] = (),
        site_names: Sequence[str] = (),
    ):
        """`ours` are our own addresses and numbers, which may stand in an answer that is offered again; `site_names`
        what this help centre is called, which may not stand in a password."""
        self.engine = engine
        self.accounts = Accounts(engine, key, site_names)
        self.answers = PastAnswers(engine, model, ours)
        self._tickets = tickets
        self._agent_actions = agent_actions
        self._privacy = privacy

    # --- a ticket ---

    def reply(
        self,
        user: User,
        reference: str,
        body: str,
        now: datetime,
        *,
        seen: int,
        files: tuple[CheckedFile, ...] = (),
        by_mail: bool | None = None,
        off_channel_reason: str = "",
        stage: Stage = Stage.PENDING,
        changes: CaseChanges | None = None,
    ) -> Ticket:
        """Answer the customer. `seen` is the newest message the writer had before their eyes; `changes` are made with
        it, in the same transaction.

        Raises ConcurrentUpdate when there is a newer public one, and ReplyChannelMismatch as AgentActions.reply does.
        """
        detail = {"by_mail": {None: "as chosen", True: "yes", False: "no"}[by_mail], "stage": stage.value}
        if off_channel_reason:
            detail["off_channel"] = "yes"
        with self._audited(user, "replied", reference, now, detail) as connection:
            ticket = tickets_repository.load_ticket(connection, self._tickets.id_of_reference(connection, reference))
            newer = tuple(m for m in ticket.messages if m.id > seen)
            if newer:
                raise ConcurrentUpdate(newer)
            presence.here(connection, ticket.id, user.id, now)
            answered = self._agent_actions.reply(
                reference, body, now, staff(user), files=files, by_mail=by_mail,
                off_channel_reason=off_channel_reason, stage=stage, connection=connection,
            )  # fmt: skip
            return self._change(connection, user, answered, changes, now) if changes else answered

    def note(self, user: User, reference: str, body: str, now: datetime, files: tuple[CheckedFile, ...] = ()) -> Ticket:
        with self._audited(user, "noted", reference, now) as connection:
            return self._agent_actions.add_note(reference, body, now, staff(user), files, connection=connection)

    def log_contact(
        self,
        user: User,
        reference: str,
        body: str,
        now: datetime,
        *,
        via: Via,
        outgoing: bool,
        outcome: CallOutcome,
        happened_at: datetime,
        off_channel_reason: str,
    ) -> Ticket:
        """Write down a call, chat or visit. Raises ReplyChannelMismatch as AgentActions.log_contact does."""
        detail = {"via": via.value, "direction": "out" if outgoing else "in", "outcome": outcome.value}
        with self._audited(user, "contact_logged", reference, now, detail) as connection:
            return self._agent_actions.log_contact(
                reference, body, now, staff(user), via=via, outgoing=outgoing, outcome=outcome,
                happened_at=happened_at, off_channel_reason=off_channel_reason, connection=connection,
            )  # fmt: skip

    def assign(self, user: User, reference: str, to: User | None, now: datetime) -> Ticket:
        with self._audited(user, "assigned", reference, now, {"to": to.login if to else ""}) as connection:
            return self._agent_actions.assign(
                reference, to.id if to else None, now, staff(user), name=to.name if to else "", connection=connection
            )

    def set_stage(self, user: User, reference: str, stage: Stage, now: datetime) -> Ticket:
        with self._audited(user, "stage", reference, now, {"to": stage.value}) as connection:
            return self._agent_actions.set_stage(reference, stage, now, staff(user), connection=connection)

    def set_priority(self, user: User, reference: str, priority: Priority, now: datetime) -> Ticket:
        with self._audited(user, "priority", reference, now, {"to": priority.value}) as connection:
            return self._agent_actions.set_priority(reference, priority, now, staff(user), connection=connection)

    def set_team(self, user: User, reference: str, team: str, now: datetime) -> Ticket:
        with self._audited(user, "team", reference, now, {"to": team}) as connection:
            return self._agent_actions.set_team(reference, team, now, staff(user), connection=connection)

    def snooze(self, user: User, reference: str, until: datetime | None, now: datetime) -> Ticket:
        detail = {"until": until.isoformat(timespec="minutes") if until else ""}
        with self._audited(user, "snoozed", reference, now, detail) as connection:
            return self._agent_actions.snooze(reference, until, now, staff(user), connection=connection)

    def save_case(
        self, user: User, reference: str, changes: CaseChanges, now: datetime, was: Mapping[str, str] | None = None
    ) -> Ticket:
        """Make all these changes, each with its line in the audit log, or none.

        `was` is what the form showed of `stage`, `priority`, `team` and `assignee` when it was opened. Raises
        CaseConflict where somebody else has changed the same to something else since.
        """
        with self._tickets.transaction() as connection:
            ticket = tickets_repository.load_ticket(connection, self._tickets.id_of_reference(connection, reference))
            _refuse_conflict(ticket, changes, was or {})
            return self._change(connection, user, ticket, changes, now)

    def _change(
        self, connection: Connection, user: User, ticket: Ticket, changes: CaseChanges, now: datetime
    ) -> Ticket:
        """The team first, since it takes the ticket from its assignee; the snooze last, since a new stage ends it."""
        who, reference, actions = staff(user), ticket.reference, self._agent_actions

        def noted(action: str, **detail: str) -> None:
            self._record(connection, user, action, reference, now, detail)

        if changes.team and changes.team != ticket.team:
            ticket = actions.set_team(reference, changes.team, now, who, connection=connection)
            noted("team", to=changes.team)
        if changes.assignee is not None and (changes.assignee or None) != ticket.assignee_id:
            to = self.accounts.by_id(changes.assignee) if changes.assignee else None
            ticket = actions.assign(
                reference, to.id if to else None, now, who, name=to.name if to else "", connection=connection
            )
            noted("assigned", to=to.login if to else "")
        if changes.priority is not None and changes.priority is not ticket.priority:
            ticket = actions.set_priority(reference, changes.priority, now, who, connection=connection)
            noted("priority", to=changes.priority.value)
        if changes.stage is not None and changes.stage is not ticket.stage:
            ticket = actions.set_stage(reference, changes.stage, now, who, connection=connection)
            noted("stage", to=changes.stage.value)
        if changes.add_tags or changes.remove_tags:
            ticket = actions.set_tags(
                reference, now, who, add=changes.add_tags, remove=changes.remove_tags, connection=connection
            )
            noted("tagged")
        if changes.incident is not None and changes.incident != ticket.incident:
            ticket = actions.set_incident(reference, changes.incident, now, who, connection=connection)
            noted("incident", to=changes.incident)
        if changes.snooze is not None or (changes.wake and ticket.snooze_until):
            ticket = actions.snooze(reference, changes.snooze, now, who, connection=connection)
            noted("snoozed", until=changes.snooze.isoformat(timespec="minutes") if changes.snooze else "")
        return ticket

    def merge(self, user: User, reference: str, into: str, now: datetime) -> Ticket:
        """Merge the ticket into another one of the same customer; that one. Raises CannotMerge."""
        with self._audited(user, "merged", reference, now, {"into": into.strip().upper()}) as connection:
            return self._agent_actions.merge(reference, into, now, staff(user), connection=connection)

    def relate(self, user: User, reference: str, other: str, now: datetime) -> Ticket:
        """Link two tickets. Raises CannotMerge where there is nothing to link."""
        with self._audited(user, "related", reference, now, {"to": other.strip().upper()}) as connection:
            return self._agent_actions.relate(reference, other, now, staff(user), connection=connection)

    def unrelate(self, user: User, reference: str, other: str, now: datetime) -> Ticket:
        """Take back a link or a merge."""
        with self._audited(user, "unrelated", reference, now, {"to": other.strip().upper()}) as connection:
            return self._agent_actions.unrelate(reference, other, now, staff(user), connection=connection)

    def release(self, user: User, reference: str, now: datetime) -> Ticket:
        """Release a quarantined ticket: it is genuine and gets delivered."""
        with self._audited(user, "released", reference, now) as connection:
            return self._tickets.release(reference, now, connection=connection)

    def reject(self, user: User, reference: str, now: datetime) -> Ticket:
        """Reject a quarantined ticket as spam: nothing is delivered, and retention deletes it."""
        with self._audited(user, "rejected", reference, now) as connection:
            return self._tickets.reject(reference, now, connection=connection)

    def delete_held(self, user: User, reference: str, now: datetime) -> None:
        """Delete a quarantined ticket at once. Raises TicketNotQuarantined for any other."""
        with self._audited(user, "deleted", reference, now) as connection:
            ticket = tickets_repository.load_ticket(connection, self._tickets.id_of_reference(connection, reference))
            if not ticket.quarantine:
                raise TicketNotQuarantined(ticket.reference)
        # Logged first: nothing is ever deleted without an entry in the audit log.
        self._privacy.erase([ticket.id])

    def change_delivery(self, user: User, uid: str, now: datetime, *, drop: bool = False) -> bool:
        """Retry one dead letter, or with `drop` cancel it; False when it is neither waiting nor dead."""
        with self._tickets.transaction() as connection:
            changed = outbox.cancel_uid(connection, uid, now) if drop else outbox.retry_uid(connection, uid, now)
            if changed:
                name = "delivery_dropped" if drop else "delivery_retried"
                audit.record(connection, user.login, name, now, detail={"delivery": uid})
            return bool(changed)

    def note_incident(self, user: User, reference: str, what: str, now: datetime) -> None:
        with writing(self.engine) as connection:
            audit.record(connection, user.login, f"incident_{what}", now, detail={"incident": reference})

    def open_for(self, user: User, new: NewTicket, key: str, now: datetime) -> Ticket:
        """A ticket for somebody who did not write one themselves; the same key twice opens one."""
        with self._tickets.transaction() as connection:
            ticket = self._tickets.create(new, f"desk\n{user.id}\n{key}", now, connection=connection)
            if ticket.created_at == ticket.updated_at and not self._is_in_audit_log(
                connection, "opened", ticket.reference
            ):
                self._record(connection, user, "opened", ticket.reference, now, {"via": new.via.value})
            return ticket

    # --- what leaves no change but is noted ---

    def note_seen(
        self, user: User, ticket: Ticket, now: datetime, *, is_writing: bool = False
    ) -> tuple[presence.AgentPresence, ...]:
        """Record that the user has the ticket open; who else has."""
        with writing(self.engine) as connection:
            presence.here(connection, ticket.id, user.id, now, writing=is_writing)
            return presence.others(connection, ticket.id, user.id, now)

    # --- canned replies ---

    def canned_replies(self) -> list[CannedReply]:
        """All of them, by name."""
        with self.engine.connect() as connection:
            return repository.canned_replies(connection)

    def save_canned(
        self, user: User, canned_id: int, name: str, lang: str, body: str, now: datetime, actions: str = ""
    ) -> None:
        """Update a canned reply; id 0 adds one. `actions` (of support/agents/macros.py) make a macro of it."""
        with writing(self.engine) as connection:
            repository.save_canned(connection, canned_id, name, lang, body, user.login, now, actions)
            audit.record(connection, user.login, "canned_saved", now, detail={"name": name})

    def delete_canned(self, user: User, canned_id: int, now: datetime) -> None:
        with writing(self.engine) as connection:
            repository.delete_canned(connection, canned_id)
            audit.record(connection, user.login, "canned_deleted", now, detail={"id": str(canned_id)})

    # --- saved views ---

    def views(self, user: User) -> list[SavedView]:
        """The user's own and shared views, by name."""
        with self.engine.connect() as connection:
            return repository.views(connection, user.id)

    def save_view(self, user: User, name: str, query: str, now: datetime, *, shared: bool = False) -> None:
        """Save a view; one's own of the same name is replaced."""
        with writing(self.engine) as connection:
            repository.save_view(connection, user.id, name, query, shared, now)
            audit.record(connection, user.login, "view_saved", now, detail={"name": name})

    def delete_view(self, user: User, view_id: int, now: datetime, *, any_owner: bool = False) -> None:
        """Delete one's own view; with `any_owner` a shared one of somebody else as well."""
        with writing(self.engine) as connection:
            if repository.delete_view(connection, view_id, None if any_owner else user.id):
                audit.record(connection, user.login, "view_deleted", now, detail={"id": str(view_id)})

    def tags(self, limit: int = 200) -> list[str]:
        """The tags there are, most used first."""
        with self.engine.connect() as connection:
            return ticket_tags.most_used(connection, limit)

    def first_words(self, ids: Sequence[int]) -> dict[int, str]:
        """The beginning of the first message of each of these tickets."""
        with self.engine.connect() as connection:
            return tickets_repository.first_words(connection, ids)

    # --- the audit log ---

    def audit_log(
        self, *, login: str = "", reference: str = "", action: str = "", before: int = 0, limit: int = 100
    ) -> tuple[list[tuple[int, AuditEntry]], list[str]]:
        """((id, entry), newest first, as `audit.entries`; the kinds of actions there are)."""
        with self.engine.connect() as connection:
            found = audit.entries(
                connection, login=login, reference=reference, action=action, before=before, limit=limit
            )
            return found, audit.actions(connection)

    def note_export(self, login: str, tickets: int, now: datetime) -> None:
        with writing(self.engine) as connection:
            audit.record(connection, login, "exported", now, detail={"tickets": str(tickets)})

    def note_draft(self, user: User, reference: str, path: str, how: str, now: datetime) -> None:
        with writing(self.engine) as connection:
            detail = {"file": path, "how": how}
            audit.record(connection, user.login, "article_drafted", now, reference=reference, detail=detail)

    def note_article(self, user: User, action: str, path: str, now: datetime) -> None:
        """Log what was done to an article's file. What was written is not in the log, but in the article's history."""
        with writing(self.engine) as connection:
            audit.record(connection, user.login, action, now, detail={"file": path})

    def note_mail(self, user: User, what: str, mail: int, reference: str, now: datetime) -> None:
        with writing(self.engine) as connection:
            audit.record(connection, user.login, what, now, reference=reference, detail={"mail": str(mail)})

    def note_file(self, user: User, reference: str, name: str, now: datetime) -> None:
        with writing(self.engine) as connection:
            audit.record(connection, user.login, "file_opened", now, reference=reference, detail={"file": name})

    def dead_letters(self) -> int:
        """The number of dead letters."""
        with self.engine.connect() as connection:
            return outbox.dead_count(connection)

    def held_mails(self) -> int:
        """The number of mails that a person must decide about."""
        with self.engine.connect() as connection:
            return spool.to_decide(connection)

    def mail_trouble(self, ticket: Ticket) -> tuple[int, bool]:
        """How many incoming mails to a ticket a person must decide about, and whether a mail to its customer did not
        arrive."""
        with self.engine.connect() as connection:
            return spool.held_for(connection, ticket.id), ticket.id in outbox.undelivered(connection, [ticket.id])

    def sweep(self, now: datetime) -> int:
        """Delete ended sessions, old sign-in attempts and presence, and update the ticket search; how many rows."""
        ticket_search.catch_up(self.engine)
        gone = self.accounts.sweep(now)
        with writing(self.engine) as connection:
            return gone + presence.forget(connection, now)

    @contextmanager
    def _audited(
        self, user: User, action: str, reference: str, now: datetime, detail: dict[str, str] | None = None
    ) -> Iterator[Connection]:
        with self._tickets.transaction() as connection:
            yield connection
            self._record(connection, user, action, reference, now, detail)

    @staticmethod
    def _record(
        connection: Connection, user: User, action: str, reference: str, now: datetime, detail: dict[str, str] | None
    ) -> None:
        audit.record(connection, user.login, action, now, reference=reference.strip().upper(), detail=detail)

    @staticmethod
    def _is_in_audit_log(connection: Connection, action: str, reference: str) -> bool:
        return bool(audit.entries(connection, action=action, reference=reference, limit=1))


def _refuse_conflict(ticket: Ticket, changes: CaseChanges, was: Mapping[str, str]) -> None:
    now_is = {
        "stage": ticket.stage.value,
        "priority": ticket.priority.value,
        "team": ticket.team,
        "assignee": str(ticket.assignee_id or ""),
    }
    wanted = {
        "stage": changes.stage.value if changes.stage else None,
        "priority": changes.priority.value if changes.priority else None,
        "team": changes.team or None,
        "assignee": None if changes.assignee is None else str(changes.assignee or ""),
    }
    fields = tuple(
        name
        for name, value in wanted.items()
        if value is not None and name in was and now_is[name] not in (was[name], value)
    )
    if fields:
        raise CaseConflict(fields)


def staff(user: User) -> Staff:
    """The person as tickets know them."""
    return Staff(user.id, user.name)
