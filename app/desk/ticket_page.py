"""The ticket page: collects everything an agent needs to answer, and renders it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Response, make_response, render_template, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from app.current import services
from app.desk.access import me
from app.web.addresses import unprefixed
from app.web.errors import Problem
from app.web.i18n import current_lang
from app.web.quotation import on_page, quoted
from app.web.security import one_time_key
from index.models import SearchQuery
from support.agents import canned
from support.agents.macros import read_actions
from support.agents.models import Right
from support.agents.past_answers import PastAnswer
from support.agents.queue import Filters, open_tickets
from support.agents.service import ConcurrentUpdate
from support.agents.similar import OpenTicket, similar
from support.email import rendering
from support.email.inbound import spool
from support.incidents import service as incidents
from support.intake.forms import MESSAGE_MAX, field_labels
from support.teams.teams import teams
from support.tickets.journey import Journey
from support.tickets.models import (
    CONTACT_WAYS,
    Author,
    CallOutcome,
    Channel,
    Identity,
    Message,
    MessageKind,
    Priority,
    RelationKind,
    Stage,
    Ticket,
    TicketEvent,
    UnknownTicket,
    first_line,
)

ARTICLES = 4
LIST_MAX = 600
_SHORT, _SHORT_SIGNS = 4, 40  # a search may well be words of the message; this long it is the message, being written
_MAILS_MOST = 200
_SHOWN_BY_THEIR_MESSAGE = {"customer_message", "team_message", "contact", "delivered"}


@dataclass(frozen=True)
class Turn:
    """One timeline entry: a message, a note, a call, or an event."""

    at: datetime
    message: Message | None = None
    event: TicketEvent | None = None
    of: Ticket | None = None  # where it is another ticket's, which was merged into this one


@dataclass(frozen=True)
class FormDraft:
    """Form input to restore when the page is rendered again. `gaps` are placeholders it was not sent with; `list` are
    the filters of the list it was opened from; `also` the other tickets the answer goes to."""

    text: str = ""
    note: str = ""
    reason: str = ""
    by_mail: str = ""
    stage: str = Stage.PENDING.value
    gaps: tuple[str, ...] = ()
    macro: str = ""
    list: str = ""
    next: bool = False
    also: tuple[str, ...] = ()
    other: str = ""
    contact: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SuggestedArticle:
    """A suggested article with an absolute URL, since it goes into emails."""

    lang: str
    slug: str
    title: str
    heading: str
    passage: Markup
    url: str
    shown: bool
    rejected: str


def ticket_of(reference: str) -> Ticket:
    """The ticket of a reference. Raises Problem 404."""
    try:
        return services().tickets.by_reference(reference)
    except UnknownTicket:
        raise Problem(
            404,
            "not_found",
            _("There is no ticket with this reference."),
            _("Check it for a typing error, or search the tickets."),
        ) from None


def timeline(ticket: Ticket) -> list[Turn]:
    """All timeline entries, oldest first."""
    turns = [Turn(m.happened_at or m.created_at, message=m) for m in (*ticket.messages, *ticket.internal)]
    turns += [Turn(e.at, event=e) for e in ticket.events if e.kind not in _SHOWN_BY_THEIR_MESSAGE]
    for relation in ticket.relations:
        if relation.kind is RelationKind.MERGED_FROM:
            part = services().tickets.by_id(relation.ticket_id)
            turns += [Turn(m.happened_at or m.created_at, message=m, of=part) for m in (*part.messages, *part.internal)]
    return sorted(turns, key=lambda turn: (turn.at, turn.message.id if turn.message else 0))


def raw_mails(ticket: Ticket) -> tuple[dict[int, spool.InboundMail], list[spool.InboundMail]]:
    """The mails that are still kept as they came: those that became messages by message, and the others."""
    s = services()
    folder = spool.folder_of(s.settings)
    messages: dict[str, list[int]] = {}  # oldest first; programs send other words under the same Message-ID
    for message in sorted((*ticket.messages, *ticket.internal), key=lambda m: m.id):
        if message.mail_id:
            messages.setdefault(message.mail_id, []).append(message.id)
    kept = [mail for mail in spool.of_ticket(s.engine, ticket.id)[-_MAILS_MOST:] if folder.has(mail.file)]
    by_message: dict[int, spool.InboundMail] = {}
    for mail in reversed(kept):  # from the newest: the raw mails of old messages are not kept any more
        if mail.outcome in spool.OF_MESSAGES and messages.get(mail.mail_id):
            by_message[messages[mail.mail_id].pop()] = mail
    shown = {mail.id for mail in by_message.values()}
    return by_message, [mail for mail in kept if mail.id not in shown]


def suggestions(ticket: Ticket) -> tuple[tuple[SuggestedArticle, ...], tuple[PastAnswer, ...]]:
    """Suggested articles and past answers for the customer's last message."""
    s = services()
    asked = next((m.text for m in reversed(ticket.messages) if m.author is Author.CUSTOMER), "")
    result = s.search.search(
        SearchQuery(text=f"{ticket.subject}\n{asked[:1_000]}".strip(), lang=ticket.lang, limit=ARTICLES), where="desk"
    )
    known = {(one.lang, one.slug): one for one in ticket.journey.suggestions}
    articles = tuple(
        SuggestedArticle(
            hit.ref.lang,
            hit.ref.slug,
            hit.title,
            hit.heading if hit.heading != hit.title else "",
            on_page(quoted(hit, url_for("portal.article", lang=hit.ref.lang, slug=hit.ref.slug)).html),
            article_url(ticket, hit.ref.lang, hit.ref.slug, hit.anchor),
            (hit.ref.lang, hit.ref.slug) in known,
            known[(hit.ref.lang, hit.ref.slug)].rejected if (hit.ref.lang, hit.ref.slug) in known else "",
        )
        for hit in result.plausible_hits
    )
    return articles, s.desk.answers.like(ticket.subject, asked, but=ticket.id)


def article_url(ticket: Ticket, lang: str, slug: str, anchor: str = "") -> str:
    """The article's absolute URL, on the same base URL as the customer's status page."""
    path = unprefixed(url_for("portal.article", lang=lang, slug=slug))
    return f"{ticket.site_url}{path}" + (f"#{anchor}" if anchor else "")


def show(
    ticket: Ticket,
    typed: FormDraft | None = None,
    *,
    problem: str = "",
    about: str = "",
    done: str = "",
    faster: ConcurrentUpdate | None = None,
    drafted: str = "",
    preview: Markup | None = None,
    code: int = 200,
) -> Response:
    """Render the page; `about` is the form a problem belongs to."""
    s = services()
    now = s.now()
    others = s.desk.note_seen(me(), ticket, now)
    articles, answers = suggestions(ticket)
    replies = canned.for_language(s.desk.canned_replies(), ticket.lang)
    held_for, undelivered = s.desk.mail_trouble(ticket)
    users = s.desk.accounts.all()
    by_message, others_kept = raw_mails(ticket)
    same_person = s.agent_actions.others_of(ticket)
    team_names = dict(team_choices())
    open_target = next((p for p in reversed(ticket.response_targets) if not p.kept_at and not p.replaced_at), None)
    values: dict[str, Any] = {
        "ticket": ticket,
        "typed": typed or FormDraft(),
        "held_for": held_for,
        "undelivered": undelivered,
        "bounced": {int(e.detail.get("message") or 0): e.detail for e in ticket.events if e.kind == "mail_bounced"},
        "turns": timeline(ticket),
        "raw_mails": by_message,
        "other_mails": others_kept,
        "seen": max((m.id for m in ticket.messages), default=0),
        "others": others,
        "articles": articles,
        "answers": answers,
        "canned": [
            (one, one.fill_placeholders(ticket, me().name), bool(read_actions(one.actions, team_names)))
            for one in replies
        ],
        "tried": tried(ticket),
        "similar": like_this(ticket),
        "open_incidents": open_incidents(),
        "known_tags": s.desk.tags(),
        "first_words": s.desk.first_words([one.id for one in same_person if not one.subject]),
        "relation_kinds": RelationKind,
        "first_line": first_line,
        "users": [user for user in users if user.may(Right.ANSWER) and not user.disabled],
        "names": {user.id: user.name for user in users},
        "same_person": same_person,
        "promise": open_target,
        "late": open_target is not None and open_target.due_at < now,
        "by_phone": ticket.preferred_channel is Channel.PHONE,
        "typed_only": ticket.identity is Identity.TYPED,
        "field_labels": field_labels(s.settings, current_lang()),
        "teams": list(team_names.items()),
        "stages": Stage,
        "priorities": Priority,
        "outcomes": CallOutcome,
        "ways": CONTACT_WAYS,
        "authors": Author,
        "kinds": MessageKind,
        "local_now": now.astimezone(s.settings.zone).strftime("%Y-%m-%dT%H:%M"),
        "message_max": MESSAGE_MAX,
        "problem": problem,
        "about": about,
        "done": done,
        "faster": faster,
        "drafted": drafted,
        "preview": preview,
        "html_of": rendering.html_of,
        "key": one_time_key(),
        "gaps_words": gaps_words,
    }
    return make_response(render_template("desk/ticket.html", **values), code)


def gaps_words(gaps: str) -> str:
    return str(_("Your answer still has placeholders: %(gaps)s. Fill them in, or send it as it is.", gaps=gaps))


def team_choices() -> list[tuple[str, str]]:
    """(name, label in the reader's language) of the teams a ticket can be transferred to."""
    found = teams(services().settings).values()
    return sorted((team.name, team.label.in_language(current_lang())) for team in found)


def snoozed_until(choice: str, day: str) -> datetime | None:
    zone = services().settings.zone
    here = services().now().astimezone(zone)
    morning = datetime.combine(here.date(), time(9), zone)
    days = {"tomorrow": 1, "monday": 7 - here.weekday(), "week": 7}
    if choice == "hours":
        return here + timedelta(hours=3)
    if choice in days:
        return morning + timedelta(days=days[choice])
    try:
        return datetime.combine(date.fromisoformat(day), time(9), zone)
    except ValueError:
        return None


def list_url(list_: str, **more: str) -> str:
    """The address of the queue with these filters, as a query string says them."""
    filters = Filters.read(dict(parse_qsl(list_[:LIST_MAX])), me().id)
    query = urlencode({**filters.address(), **more})
    return f"{url_for('desk.queue')}?{query}"


def open_incidents() -> dict[str, str]:
    """Reference to title of the incidents a ticket can be about, in the reader's language."""
    return {one.reference: one.title(current_lang()) for one in incidents.open_incidents(services().engine)}


def like_this(ticket: Ticket) -> tuple[OpenTicket, ...]:
    """Other open tickets that say nearly the same."""
    if ticket.quarantine or ticket.stage not in {Stage.NEW, Stage.OPEN}:
        return ()
    asked = next((m.text for m in ticket.messages if m.author is Author.CUSTOMER), "")
    s = services()
    others = [one for one in open_tickets(s.engine, s.now()) if one.id != ticket.id]
    return similar(ticket.id, f"{ticket.subject}\n{asked}", others)


def tried(ticket: Ticket) -> Journey:
    """The journey without noise: the message itself is no search, though the form looked for articles with it while it
    was written; and of the articles only what was opened, rejected or did help."""
    asked = next((m.text for m in ticket.messages if m.author is Author.CUSTOMER), "")
    own = [_plain(text) for text in (ticket.subject, asked, f"{ticket.subject} {asked}") if text.strip()]

    def is_message(query: str) -> bool:
        words = _plain(query)
        long = len(words.split()) > _SHORT or len(words) > _SHORT_SIGNS
        return any(words == one or (long and words in one) or (one in words) for one in own)

    journey = ticket.journey
    return replace(
        journey,
        queries=tuple(q for q in journey.queries if not is_message(q.text)),
        suggestions=tuple(one for one in journey.suggestions if one.opened or one.rejected or one.solved),
    )


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).strip(" .!?。！？")
