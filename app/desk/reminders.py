"""Reminds owners of articles by mail, once a day at most and once of each thing: reviews, expiry, translations that are
behind their source, links to other sites that are broken. In their language; one POST ends it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from app.container import Services
from insight import digest
from kb import reminders
from kb.external_links.service import links_in
from kb.models import Article
from kb.upkeep import dates
from support.agents.models import Right
from support.delivery import outbox
from support.teams.teams import destinations
from support.tickets.models import Delivery

_HOUR = 7
_MOST = 40
_WHAT = "article reminders"


@dataclass(frozen=True)
class Thing:
    """Something an owner is to know. `about` tells it from the next one of its kind and article."""

    article: Article
    kind: str
    about: str
    owner: str
    url: str
    detail: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        return self.article.source, self.kind, self.about


def send_if_due(s: Services, now: datetime) -> int:
    """Put today's reminders into the outbox; how many."""
    here = now.astimezone(s.settings.zone)
    if here.hour < _HOUR:
        return 0
    if reminders.was_told(s.engine, "", "day", here.date().isoformat()):
        return 0
    return send(s, now)


def send(s: Services, now: datetime) -> int:
    """The mails of one day; nothing where this day's are sent."""
    day = now.astimezone(s.settings.zone).date()
    things = {one.key: one for one in things_of(s, now)}
    receivers, gone = _receivers(s), digest.stopped(s.engine)
    keys = s.settings.keys.get("insight")
    with s.tickets.transaction() as connection:
        if not reminders.take(connection, [("", "day", day.isoformat())], now):
            return 0
        new = [things[one] for one in reminders.take(connection, things, now)]
        by_address: dict[str, list[Thing]] = defaultdict(list)
        for one in new:
            for address in receivers.get(one.owner.casefold(), {}):
                by_address[address].append(one)
        languages = {address: lang for some in receivers.values() for address, lang in some.items()}
        sent = 0
        for address, some in by_address.items():
            tokens = digest.tokens_of(keys, address, _WHAT)
            if digest.keep_stopped(connection, gone, tokens, now):
                continue
            items = [
                {"title": one.article.title, "lang": one.article.lang, "kind": one.kind, "path": one.url,
                 "about": one.detail or one.about}
                for one in some[:_MOST]
            ]  # fmt: skip
            payload = {
                "about": "articles", "to": address, "lang": languages[address], "token": tokens[0], "items": items,
                "more": max(0, len(some) - _MOST),
            }  # fmt: skip
            outbox.enqueue(connection, None, None, Delivery.DIGEST_MAIL, now, payload=payload)
            sent += 1
    return sent


def is_known(s: Services, token: str) -> bool:
    """Whether a link with this token was mailed to somebody who gets them, or has ended them."""
    return token in digest.stopped(s.engine) or bool(_tokens(s, token))


def stop(s: Services, token: str, now: datetime) -> bool:
    """End them for who has this token; False where nobody has it."""
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
    """All tokens of the receiver who has this one."""
    keys = s.settings.keys.get("insight")
    addresses = {address for some in _receivers(s).values() for address in some}
    every = (digest.tokens_of(keys, address, _WHAT) for address in addresses)
    return next((tokens for tokens in every if token in tokens), [])


def things_of(s: Services, now: datetime) -> Iterator[Thing]:
    """All there is to remind of today, of articles that have an owner."""
    today = now.astimezone(s.settings.zone).date()
    articles = {one.source: one for one in s.articles.all()}
    for date in dates(articles.values(), today):
        if date.article.owner:
            about = date.day.isoformat()
            yield Thing(date.article, date.due.value, about, date.article.owner, _edit(date.article))
    for basis in s.translations.outdated():
        article, source = articles.get(basis.path), articles.get(basis.source)
        owner = (article.owner or (source.owner if source else "")) if article else ""
        if article and owner:
            url = f"/desk/translations/{quote(article.source)}"
            yield Thing(article, "translation", basis.seen_digest, owner, url, source.title if source else basis.source)
    broken = {url: one for url, one in s.external_links.every().items() if one.broken}
    for article in articles.values() if broken else ():
        if article.owner and article.visible_on(today):
            for url in links_in(article.html):
                if (link := broken.get(url)) and link.failing_since:
                    about = f"{url} {link.failing_since.date().isoformat()}"
                    yield Thing(article, "link", about, article.owner, _edit(article), url)


def _edit(article: Article) -> str:
    return f"/desk/articles/edit/{quote(article.source)}"


def _receivers(s: Services) -> dict[str, dict[str, str]]:
    """The addresses with their languages by what `owner` may name: a team, an account, or the name of one."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for spec in destinations(s.settings):
        if spec.mail_address:
            found[spec.name.partition("/")[0].casefold()][spec.mail_address] = s.settings.default_lang
    for user in s.desk.accounts.all():
        if not user.disabled and user.may(Right.WRITE) and "@" in user.login:
            for name in {user.login.casefold(), user.name.casefold()} - {""}:
                found[name][user.login] = user.lang or s.settings.default_lang
    return found
