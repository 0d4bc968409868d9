"""Keeps an eye on the links of published articles to other sites, politely: at most one request a second to a host,
seldom while all is well, and back-off where it is not."""

import dataclasses
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from html import unescape
from itertools import zip_longest
from urllib.parse import urldefrag, urlsplit

from sqlalchemy import Engine

from core.database.connection import writing
from kb.external_links import repository
from kb.external_links.asking import Asker
from kb.external_links.models import ExternalLink, Outcome, Policy, Result
from kb.models import Article

HOST_SECONDS = 1.0
_AT_ONCE = 40
_WELL = timedelta(days=7)
_AGAIN = (timedelta(hours=6), timedelta(days=1), timedelta(days=2), timedelta(days=4))
_ELSE = timedelta(days=14)
# So many hosts that all fail at once: most likely it is this machine that reaches nobody.
_HOSTS = 3
_HREF = re.compile(r'<a\b[^<>]{0,2000}?\shref="(https?://[^"<>]{1,2000})"')


def links_in(html: str) -> list[str]:
    """The addresses on other sites that published HTML links to, without fragments, each once."""
    return list(dict.fromkeys(urldefrag(unescape(url)).url for url in _HREF.findall(html)))


class ExternalLinks:
    """Cheap to create; `step` is for one process at a time."""

    def __init__(self, engine: Engine, policy: Policy, base_url: str) -> None:
        self._engine, self._policy, self._base_url = engine, policy, base_url
        self._seen: object = None
        self._asked: dict[str, float] = {}

    def every(self) -> dict[str, ExternalLink]:
        with self._engine.connect() as connection:
            return repository.every(connection)

    def bring_up_to_date(self, revision: object, articles: Callable[[], Iterable[Article]], now: datetime) -> None:
        """Take the links of what is published now; nothing where that is the revision seen last."""
        if revision == self._seen:
            return
        ours = self._base_url.rstrip("/")
        urls: dict[str, str] = {}
        for article in articles():
            for url in links_in(article.html):
                if not ours or not f"{url}/".startswith(f"{ours}/"):
                    urls[url] = host_of(url)
        with writing(self._engine) as connection:
            repository.bring_up_to_date(connection, {url: host for url, host in urls.items() if host}, now)
        self._seen = revision

    def step(
        self, now: datetime, stop: Callable[[], bool] = lambda: False, pause: Callable[[float], object] = time.sleep
    ) -> tuple[int, int]:
        """Ask what is due, some of it; how many were asked, and how many of them are broken now."""
        with self._engine.connect() as connection:
            due = repository.due(connection, now, _AT_ONCE)
        asker = Asker(self._policy, self._base_url, lambda host: self._wait(host, pause))
        results: list[tuple[ExternalLink, Result]] = []
        for one in in_turns(due):
            if stop():
                break
            results.append((one, asker.ask(one.url)))
        failed = {one.host for one, result in results if result.outcome is Outcome.FAILED and not result.status}
        if len(failed) >= _HOSTS and failed == {one.host for one, _result in results}:
            after = [dataclasses.replace(one, next_at=now + _AGAIN[0]) for one, _result in results]
        else:
            after = [after_asking(one, result, now) for one, result in results]
        with writing(self._engine) as connection:
            repository.store(connection, after)
        return len(after), sum(one.broken for one in after)

    def _wait(self, host: str, pause: Callable[[float], object]) -> None:
        rest = self._asked.get(host, 0.0) + HOST_SECONDS - time.monotonic()
        if rest > 0:
            pause(rest)
        if len(self._asked) > 1000:
            self._asked.clear()
        self._asked[host] = time.monotonic()


def host_of(url: str) -> str:
    """The host of an address with its port; '' for what is none."""
    try:
        return urlsplit(url).netloc.lower() if urlsplit(url).hostname else ""
    except ValueError:
        return ""


def in_turns(links: Sequence[ExternalLink]) -> Iterator[ExternalLink]:
    """One of each host after the other, so that waiting for one host is no waiting."""
    by_host: dict[str, list[ExternalLink]] = defaultdict(list)
    for one in links:
        by_host[one.host].append(one)
    for some in zip_longest(*by_host.values()):
        yield from (one for one in some if one is not None)


def after_asking(link: ExternalLink, result: Result, now: datetime) -> ExternalLink:
    """Pure: what is known of a link once it was asked, and when it is asked again."""
    known = dataclasses.replace(
        link, outcome=result.outcome, status=result.status, detail=result.detail, checked_at=now
    )  # fmt: skip
    if result.outcome in {Outcome.GONE, Outcome.FAILED}:
        failures = link.failures + 1
        wait = max(_AGAIN[min(failures, len(_AGAIN)) - 1], result.after or timedelta())
        since = link.failing_since or now
        return dataclasses.replace(known, failures=failures, failing_since=since, next_at=now + wait)
    wait = _WELL if result.outcome is Outcome.OK else max(_ELSE, result.after or timedelta())
    return dataclasses.replace(known, failures=0, failing_since=None, next_at=now + wait)
