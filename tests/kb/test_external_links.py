"""Links to other sites: real servers on this machine, which only these tests allow."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from sqlalchemy import Engine

from core.database.connection import connect
from core.network import safe_http
from kb.external_links.asking import AGENT, Asker
from kb.external_links.models import ExternalLink, Outcome, Policy, Result
from kb.external_links.service import ExternalLinks, after_asking, in_turns, links_in
from kb.models import Article

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
HERE = Policy(http=True, private=True)


class Site(BaseHTTPRequestHandler):
    seen: ClassVar[list[tuple[str, str, str]]] = []
    robots: ClassVar[str] = ""

    def do_HEAD(self) -> None:
        self._answer(head=True)

    def do_GET(self) -> None:
        self._answer(head=False)

    def _answer(self, *, head: bool) -> None:
        self.seen.append((self.command, self.path, self.headers["User-Agent"]))
        status, headers = 200, dict[str, str]()
        name = self.path.strip("/")
        if self.path == "/robots.txt":
            status = 200 if self.robots else 404
        elif name == "no-head":
            status = 405 if head else 200
        elif name == "away":
            status, headers = 302, {"Location": "/there"}
        elif name == "round":
            status, headers = 301, {"Location": "/round"}
        elif name == "inside":
            status, headers = 302, {"Location": "http://169.254.169.254/secret"}
        elif name.isdigit():
            status, headers = int(name), {"Retry-After": "7200"}
        body = self.robots.encode() if self.path == "/robots.txt" else b"x" * (10_000_000 if name == "large" else 10)
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not head:
            try:
                self.wfile.write(body)
            except OSError:
                pass

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _fresh() -> None:
    Site.seen.clear()
    Site.robots = ""


def asker(policy: Policy = HERE, paced: list[str] | None = None) -> Asker:
    return Asker(policy, "https://help.example.org", lambda host: (paced if paced is not None else []).append(host))


def test_what_comes_of_asking(base: str) -> None:
    ask = asker().ask
    assert ask(f"{base}/page#part") == Result(Outcome.OK, 200)
    assert ask(f"{base}/away").outcome is Outcome.OK
    assert ask(f"{base}/404").outcome is Outcome.GONE
    assert ask(f"{base}/403").outcome is Outcome.REFUSED
    assert ask(f"{base}/429") == Result(Outcome.REFUSED, 429, after=timedelta(hours=2))
    assert ask(f"{base}/500").outcome is Outcome.FAILED
    assert ask(f"{base}/round").detail == "too many redirects"
    assert ask("http://127.0.0.1:9/").outcome is Outcome.FAILED
    assert ask("http://[::1/").outcome in {Outcome.FAILED, Outcome.SKIPPED}
    assert ask(f"{base}/日本 語").outcome is Outcome.OK
    assert all(path != "/page#part" for _method, path, _agent in Site.seen)
    assert {agent for _method, _path, agent in Site.seen} == {f"{AGENT}/1.0 (+https://help.example.org)"}


def test_get_is_asked_only_where_head_says_nothing_and_little_is_read(base: str) -> None:
    paced: list[str] = []
    ask = asker(paced=paced).ask
    assert ask(f"{base}/no-head").outcome is Outcome.OK
    assert [(method, path) for method, path, _agent in Site.seen] == [
        ("GET", "/robots.txt"), ("HEAD", "/no-head"), ("GET", "/no-head"),
    ]  # fmt: skip
    assert len(paced) == 3
    client = safe_http.SafeHttpClient(f"{base}/large", allow_private=True, most=1000)
    assert len(client.call("GET", "/large", {}).body) == 1000


def test_robots_txt_is_heeded(base: str) -> None:
    Site.robots = f"User-agent: *\nDisallow: /private/*/page$\n\nUser-agent: {AGENT}\nDisallow: /secret\n"
    ask = asker().ask
    assert ask(f"{base}/secret/a").outcome is Outcome.ROBOTS
    assert ask(f"{base}/open").outcome is Outcome.OK
    assert Counter(path for _m, path, _a in Site.seen)["/robots.txt"] == 1
    assert not any(path.startswith("/secret") for _m, path, _a in Site.seen)


@pytest.mark.parametrize("policy", [Policy(), Policy(http=True)])
def test_nothing_inside_the_own_network_is_asked_unless_allowed(base: str, policy: Policy) -> None:
    assert asker(policy).ask(f"{base}/page").outcome is Outcome.SKIPPED
    assert asker(policy).ask("https://127.0.0.1:1/").outcome is Outcome.SKIPPED
    assert asker(policy).ask("https://[::ffff:10.0.0.1]/").outcome is Outcome.SKIPPED
    assert Site.seen == []


def test_a_redirect_into_the_own_network_is_not_followed(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = safe_http.is_public
    monkeypatch.setattr(safe_http, "is_public", lambda address: address == "127.0.0.1" or real(address))
    assert asker(Policy(http=True)).ask(f"{base}/inside") == Result(Outcome.SKIPPED, detail="private address")
    assert asker(Policy()).ask(f"{base}/page").outcome is Outcome.SKIPPED  # not https


def test_only_what_fails_again_and_again_for_days_is_broken() -> None:
    link = ExternalLink("https://example.org/", "example.org")
    now, gone = NOW, Result(Outcome.GONE, 404)
    pauses = []
    for _ in range(5):
        link = after_asking(link, gone, now)
        assert link.next_at and link.failing_since == NOW
        pauses.append((link.next_at - now) / timedelta(hours=1))
        if link.broken:
            break
        now = link.next_at
    assert link.broken and link.failures == 4 and now - NOW >= timedelta(days=3)
    assert pauses == sorted(pauses)
    refused = after_asking(link, Result(Outcome.REFUSED, 429, after=timedelta(days=30)), now)
    assert not refused.broken and refused.next_at == now + timedelta(days=30)
    well = after_asking(link, Result(Outcome.OK, 200), now)
    assert (well.broken, well.failures, well.failing_since) == (False, 0, None)
    assert after_asking(well, gone, now).failing_since == now


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    opened = connect(migrated_url)
    yield opened
    opened.dispose()


def article(slug: str, *urls: str) -> Article:
    html = "".join(f'<p><a href="{url}" rel="noopener">x</a></p>' for url in urls)
    return Article("en", slug, slug, "c", slug, (), html=html)


def test_links_of_what_is_published_are_asked_when_they_are_due(base: str, engine: Engine) -> None:
    links = ExternalLinks(engine, HERE, "https://help.example.org")
    some = [article("a", f"{base}/one?a=1&amp;b=2#x", "https://help.example.org/en/a/b"), article("b", f"{base}/404")]
    links.bring_up_to_date(1, lambda: some, NOW)
    pauses: list[float] = []
    assert links.step(NOW, pause=pauses.append) == (2, 0)
    assert links.step(NOW, pause=pauses.append) == (0, 0)
    # robots.txt, one, 404 by HEAD and by GET: each but the first waits for its second.
    assert len(pauses) == 3 and all(0 < pause <= 1 for pause in pauses)
    known = links.every()
    assert known[f"{base}/one?a=1&b=2"].outcome is Outcome.OK and set(known) == {f"{base}/one?a=1&b=2", f"{base}/404"}
    broken = 0
    for day in range(1, 8):
        _asked, broken = links.step(NOW + timedelta(days=day), pause=lambda _s: None)
        if broken:
            break
    assert broken == 1 and day >= 3
    links.bring_up_to_date(1, lambda: [], NOW)
    assert len(links.every()) == 2  # the same revision
    links.bring_up_to_date(2, lambda: some[:1], NOW)
    assert set(links.every()) == {f"{base}/one?a=1&b=2"}


def test_where_nobody_can_be_reached_no_link_is_to_blame(engine: Engine) -> None:
    links = ExternalLinks(engine, HERE, "")
    urls = [f"http://127.0.0.{n}:9/" for n in range(1, 5)]
    links.bring_up_to_date(1, lambda: [article("a", *urls)], NOW)
    assert links.step(NOW, pause=lambda _s: None) == (4, 0)
    assert all(one.failures == 0 and one.next_at and one.next_at > NOW for one in links.every().values())


def test_hosts_take_turns() -> None:
    some = [ExternalLink(f"https://{host}/{n}", host) for host in ("a", "b") for n in range(2)]
    assert [one.url for one in in_turns(some)] == ["https://a/0", "https://b/0", "https://a/1", "https://b/1"]
    assert links_in('<a class="x" href="https://a/?b=1&amp;c#d">x</a><img src="https://b/"><a href="/c">') == [
        "https://a/?b=1&c"
    ]
