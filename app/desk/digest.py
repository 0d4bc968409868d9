"""Sends the weekly digest of insight: to authors and admins of the desk in their language, all of it; to the mailbox of
each team that owns articles (`owner` in the front matter), what concerns its own. On Mondays, of the week before."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from app.container import Services
from insight import digest
from insight.report import Filters
from support.agents.models import Right
from support.delivery import outbox
from support.teams.teams import destinations
from support.tickets.models import Delivery

_HOUR = 7

Recipient = tuple[str, str, frozenset[tuple[str, str]] | None]


def recipients(s: Services) -> list[Recipient]:
    """Address, language, and which articles: None for all."""
    found: dict[str, Recipient] = {}
    for user in s.desk.accounts.all():
        if not user.disabled and user.may(Right.WRITE) and "@" in user.login:
            found[user.login.lower()] = (user.login, user.lang or s.settings.default_lang, None)
    owned: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for article in s.articles.in_turn(s.today()):
        if article.owner:
            owned[article.owner].add((article.lang, article.slug))
    for spec in destinations(s.settings):
        articles = owned.get(spec.name.partition("/")[0])
        if spec.mail_address and articles:
            found.setdefault(
                spec.mail_address.lower(), (spec.mail_address, s.settings.default_lang, frozenset(articles))
            )
    return list(found.values())


@dataclass(frozen=True)
class Planned:
    """A digest as it would be mailed. `why_not` is empty, or the reason why it is not."""

    address: str
    lang: str
    payload: Mapping[str, Any]
    why_not: str = ""


def last_week(day: date) -> Filters:
    """The whole week, Monday to Sunday, before the one of this day."""
    monday = day - timedelta(days=day.weekday())
    return Filters(monday - timedelta(days=7), monday - timedelta(days=1))


def send_if_due(s: Services, now: datetime) -> int:
    """Put the digests of last week into the outbox, once; how many. A week in which nothing happened has none."""
    here = now.astimezone(s.settings.zone)
    if s.settings.insight_digest == "off" or (here.weekday() == 0 and here.hour < _HOUR):
        return 0
    return send(s, last_week(here.date()), now)


def send(s: Services, week: Filters, now: datetime) -> int:
    """The digests of this week, unless they were sent."""
    if not digest.is_due(s.engine, _name(week.first)):
        return 0  # asked each minute: before thousands of articles are read
    asked = recipients(s)
    with s.tickets.transaction() as connection:
        if not digest.take_week(connection, _name(week.first)):
            return 0
        return _enqueue(connection, _planned(s, connection, week, now, asked), now)


def send_to(s: Services, week: Filters, now: datetime, address: str) -> int:
    """The digest of this week to one of its recipients, whether or not it was sent; how many, which is 0 for nobody."""
    asked = [one for one in recipients(s) if one[0].casefold() == address.casefold()]
    with s.tickets.transaction() as connection:
        return _enqueue(connection, _planned(s, connection, week, now, asked), now)


def planned(s: Services, week: Filters, now: datetime) -> list[Planned]:
    """Who would get what."""
    asked = recipients(s)
    with s.tickets.transaction() as connection:
        return _planned(s, connection, week, now, asked)


def _planned(
    s: Services, connection: Connection, week: Filters, now: datetime, asked: Sequence[Recipient]
) -> list[Planned]:
    keys, gone, found = s.settings.keys.get("insight"), digest.stopped(s.engine), []
    titles = {(one.lang, one.slug): one.title for one in s.articles.summaries(s.today())} if asked else {}
    for address, lang, articles in asked:
        tokens = digest.tokens_of(keys, address)
        figures = digest.figures(connection, week, now, articles)
        for row in figures["articles"]:
            row["title"] = titles.get((row["lang"], row["slug"]), row["name"])
        payload = {
            "to": address, "lang": lang, "token": tokens[0], "figures": figures, "first": week.first.isoformat(),
            "last": week.last.isoformat(),
        }  # fmt: skip
        why_not = ""
        if digest.keep_stopped(connection, gone, tokens, now):
            why_not = "unsubscribed"
        elif not (figures["articles"] if articles is not None else figures["searches"] or figures["visits"]):
            why_not = "nothing happened"
        found.append(Planned(address, lang, payload, why_not))
    return found


def _enqueue(connection: Connection, mails: Sequence[Planned], now: datetime) -> int:
    wanted = [one for one in mails if not one.why_not]
    for one in wanted:
        outbox.enqueue(connection, None, None, Delivery.DIGEST_MAIL, now, payload=one.payload)
    return len(wanted)


def is_known(s: Services, token: str) -> bool:
    """Whether a link with this token is of somebody of the desk or a team, or of who has ended it."""
    return token in digest.stopped(s.engine) or bool(_tokens(s, token))


def stop(s: Services, token: str, now: datetime) -> bool:
    """End it for who has this token; False where nobody has it."""
    if not is_known(s, token):
        return False
    digest.stop(s.engine, token, now)
    return True


def resume(s: Services, token: str) -> bool:
    """Take that back."""
    if not is_known(s, token):
        return False
    digest.resume(s.engine, {token, *_tokens(s, token)})
    return True


def _tokens(s: Services, token: str) -> list[str]:
    """All tokens of the address that has this one: of the desk's accounts and teams, whether or not they get a digest
    now. Strangers may ask, so no article is read for it."""
    keys = s.settings.keys.get("insight")
    addresses = {user.login for user in s.desk.accounts.all() if "@" in user.login}
    addresses |= {spec.mail_address for spec in destinations(s.settings) if spec.mail_address}
    every = (digest.tokens_of(keys, address) for address in addresses)
    return next((tokens for tokens in every if token in tokens), [])


def _name(first: date) -> str:
    return first.isoformat()
