"""Sends the weekly digest of insight: to authors and admins of the desk in their language, all of it; to the mailbox of
each team that owns articles (`owner` in the front matter), what concerns its own. On Mondays, of the week before."""

from collections import defaultdict
from datetime import date, datetime, timedelta

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
    for article in s.articles.published(s.today()):
        if article.owner:
            owned[article.owner].add((article.lang, article.slug))
    for spec in destinations(s.settings):
        articles = owned.get(spec.name.partition("/")[0])
        if spec.mail_address and articles:
            found.setdefault(
                spec.mail_address.lower(), (spec.mail_address, s.settings.default_lang, frozenset(articles))
            )
    return list(found.values())


def send_if_due(s: Services, now: datetime) -> int:
    """Put the digests of last week into the outbox, once; how many. A week in which nothing happened has none."""
    here = now.astimezone(s.settings.zone)
    if here.weekday() == 0 and here.hour < _HOUR:
        return 0
    monday = here.date() - timedelta(days=here.weekday())
    week = Filters(monday - timedelta(days=7), monday - timedelta(days=1))
    return send(s, week, now)


def send(s: Services, week: Filters, now: datetime) -> int:
    key = s.settings.keys.get("insight").current
    sent = 0
    asked, gone = recipients(s), digest.stopped(s.engine)
    with s.tickets.transaction() as connection:
        if not digest.take_week(connection, _name(week.first)):
            return 0
        for address, lang, articles in asked:
            token = digest.token_of(key, address)
            if token in gone:
                continue
            figures = digest.figures(connection, week, now, articles)
            if not (figures["articles"] if articles is not None else figures["searches"] or figures["visits"]):
                continue
            payload = {
                "to": address, "lang": lang, "token": token, "figures": figures, "first": week.first.isoformat(),
                "last": week.last.isoformat(),
            }  # fmt: skip
            outbox.enqueue(connection, None, None, Delivery.DIGEST_MAIL, now, payload=payload)
            sent += 1
    return sent


def stop(s: Services, token: str, now: datetime) -> bool:
    """End it for who has this token; False where nobody has it."""
    key = s.settings.keys.get("insight").current
    known = digest.stopped(s.engine)
    if token not in known and all(digest.token_of(key, address) != token for address, _lang, _some in recipients(s)):
        return False
    digest.stop(s.engine, token, now)
    return True


def _name(first: date) -> str:
    return first.isoformat()
