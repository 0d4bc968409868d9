"""Asks one address on another site whether it still leads somewhere: HEAD, and GET where that says nothing.

Every step goes through `core/network/safe_http.py`, redirects too, so no link of an article makes this machine ask
one of its own network. What robots.txt closes to machines is not asked.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urldefrag, urljoin, urlsplit

from core.network.errors import NotDelivered
from core.network.safe_http import Answer, BadAddress, PrivateAddress, SafeHttpClient
from core.numbers import whole_number
from kb.external_links.models import Outcome, Policy, Result

if TYPE_CHECKING:
    from protego import Protego

AGENT = "Signpost-link-check"
_REDIRECTS = 5
_BODY = 16 * 1024
_ROBOTS = 500 * 1024
_PATIENCE, _LONGEST = 10.0, 20.0
_LONGEST_AFTER = timedelta(days=7)
_MOVED = {301, 302, 303, 307, 308}
_GONE = {404, 410}
_REFUSED = {401, 402, 403, 405, 406, 407, 418, 429, 451, 999}

# Called with the host before each request: it waits until the host may be asked again.
Pace = Callable[[str], None]


class Asker:
    """Asks addresses for a while and remembers each host's robots.txt meanwhile. Not thread-safe."""

    def __init__(self, policy: Policy, contact: str, pace: Pace) -> None:
        """`contact` is the help centre's address, which a site's operator finds in the name of the client."""
        self._policy = policy
        self._pace = pace
        self._agent = f"{AGENT}/1.0 (+{contact})" if contact.isascii() and contact.isprintable() else AGENT
        self._robots: dict[str, Protego | None] = {}

    def ask(self, url: str) -> Result:
        """What came of it; never raises for what another site does."""
        try:
            return self._followed(url)
        except PrivateAddress:
            return Result(Outcome.SKIPPED, detail="private address")
        except BadAddress as wrong:
            return Result(Outcome.SKIPPED, detail=str(wrong))
        except NotDelivered as failure:
            return Result(Outcome.FAILED, detail=str(failure)[:200])
        except ValueError as wrong:  # an address that is none
            return Result(Outcome.FAILED, detail=str(wrong)[:200])

    def _followed(self, url: str) -> Result:
        url = urldefrag(url).url
        for _step in range(_REDIRECTS + 1):
            if not self._may_ask(url):
                return Result(Outcome.ROBOTS)
            answer = self._request("HEAD", url)
            if not answer.good and answer.status not in _MOVED and answer.status != 429:
                answer = self._request("GET", url)
            location = answer.headers.get("location", "")
            if answer.status not in _MOVED or not location:
                return _result(answer)
            url = urldefrag(urljoin(url, location)).url
        return Result(Outcome.FAILED, answer.status, "too many redirects")

    def _request(self, method: str, url: str, most: int = _BODY) -> Answer:
        client = SafeHttpClient(
            url, allow_private=self._policy.private, allow_http=self._policy.http, patience=_PATIENCE,
            longest=_LONGEST, most=most,
        )  # fmt: skip
        self._pace(_parts(url).netloc)
        return client.call(method, _encoded(client.path), {"User-Agent": self._agent, "Accept": "*/*"})

    def _may_ask(self, url: str) -> bool:
        parts = _parts(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._robots:
            self._robots[site] = self._rules(site)
        rules = self._robots[site]
        return rules is None or bool(rules.can_fetch(url, AGENT))

    def _rules(self, site: str) -> "Protego | None":
        """None where there are none. A server that fails here fails at the link itself, too."""
        try:
            url = f"{site}/robots.txt"
            for _step in range(_REDIRECTS):
                answer = self._request("GET", url, _ROBOTS)
                if answer.status not in _MOVED or "location" not in answer.headers:
                    break
                url = urljoin(url, answer.headers["location"])
        except (PrivateAddress, BadAddress):
            raise
        except NotDelivered:
            return None
        from protego import Protego

        return Protego.parse(answer.body.decode("utf-8", "replace")) if answer.good else None


def _parts(url: str) -> SplitResult:
    """An address in its parts. Raises BadAddress."""
    try:
        return urlsplit(url)
    except ValueError as wrong:
        raise BadAddress(str(wrong)) from None


def _result(answer: Answer) -> Result:
    status = answer.status
    if answer.good or status in _MOVED or status == 304:
        return Result(Outcome.OK, status)
    if status in _GONE:
        return Result(Outcome.GONE, status)
    after = _after(answer.headers) if status in {429, 503} else None
    if status in _REFUSED:
        return Result(Outcome.REFUSED, status, after=after)
    return Result(Outcome.FAILED, status, after=after)


def _after(headers: Mapping[str, str]) -> timedelta | None:
    seconds = whole_number(headers.get("retry-after", ""))
    return min(timedelta(seconds=seconds), _LONGEST_AFTER) if seconds and seconds > 0 else None


def _encoded(path: str) -> str:
    """A path that may hold letters of any script, as a request line has it."""
    return "".join(char if "!" <= char <= "~" else "".join(f"%{byte:02X}" for byte in char.encode()) for char in path)
