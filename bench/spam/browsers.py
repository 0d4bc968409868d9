"""HTTP header sets of real browsers and HTTP clients, and simulated senders that use them."""

import http.client
import re
import time
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode

_AGAIN = 5
_FETCH = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
_PHONE = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)"
_APPLE = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
_HTML = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Encoding": "gzip, deflate, br",
}

CHROME = {
    "User-Agent": f"{_WINDOWS} Chrome/131.0.0.0 Safari/537.36",
    "Sec-CH-UA": '"Google Chrome";v="131", "Chromium";v="131", "Not_A Brand";v="24"', "Sec-CH-UA-Mobile": "?0",
    "Sec-CH-UA-Platform": '"Windows"', **_HTML, **_FETCH,
}  # fmt: skip
ANDROID = {
    **CHROME,
    "User-Agent": f"{_PHONE} Chrome/130.0.0.0 Mobile Safari/537.36",
    "Sec-CH-UA-Mobile": "?1",
    "Sec-CH-UA-Platform": '"Android"',
}
FIREFOX = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", **_HTML, **_FETCH,
    "Sec-GPC": "1", "DNT": "1",
}  # fmt: skip
IPHONE = {
    "User-Agent": f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {_APPLE} Version/18.1 Safari/604.1",
    **_HTML, **_FETCH,
}  # fmt: skip
OLD_IPAD = {
    "User-Agent": f"Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) {_APPLE} Version/12.1.2 Safari/604.1",
    **_HTML,
}  # fmt: skip
TEXT_BROWSER = {"User-Agent": "Lynx/2.9.0dev.12 libwww-FM/2.14", "Accept": "text/html, text/plain, */*;q=0.01"}
OLD_CHROME = {
    "User-Agent": "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 Chrome/69.0.3497.100 Safari/537.36",
    **_HTML,
}
PEOPLE = (CHROME, ANDROID, FIREFOX, IPHONE, CHROME, ANDROID, OLD_IPAD, OLD_CHROME)

REQUESTS = {"User-Agent": "python-requests/2.32.3", "Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
CURL = {"User-Agent": "curl/8.5.0", "Accept": "*/*"}
GO = {"User-Agent": "Go-http-client/1.1", "Accept-Encoding": "gzip"}
FAKE = {"User-Agent": CHROME["User-Agent"], "Accept": "*/*"}
PROGRAMS = (REQUESTS, CURL, GO, FAKE, {**CHROME, "Accept-Language": "en-US,en;q=0.9"})

_LANGUAGES = {
    "en": "en-GB,en;q=0.9", "tr": "tr-TR,tr;q=0.9,en;q=0.6", "zh-Hant": "zh-TW,zh;q=0.9,en;q=0.6",
    "zh-Hans": "zh-CN,zh;q=0.9,en;q=0.6",
}  # fmt: skip
_FIELD = re.compile(r'<input type="hidden" name="(started|key|altcha)" value="([^"]*)"')


@dataclass(frozen=True)
class Answer:
    """`token` is that of the status page; '' when there is none."""

    status: int
    token: str = ""
    body: bytes = b""


@dataclass
class Sender:
    """Somebody at one address with one browser, or a program that plays one."""

    port: int
    address: str
    headers: dict[str, str]
    lang: str = "en"
    sent: list[Answer] = field(default_factory=list)

    @property
    def form(self) -> str:
        # Whoever writes in a language that the site does not have uses the English form.
        return f"/{self.lang if self.lang in _LANGUAGES else 'en'}/contact"

    def open_form(self) -> dict[str, str]:
        """The hidden fields, as a person's browser gets them with the page."""
        page = self._ask("GET", self.form).body.decode("utf-8", errors="replace")
        return {name: unescape(value) for name, value in _FIELD.findall(page)}

    def challenge(self) -> bytes:
        return self._ask("GET", "/api/v1/challenge").body

    def send_form(self, values: dict[str, str]) -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", self.form, urlencode(values).encode(), headers)

    def send_json(self, body: bytes) -> Answer:
        return self._ask("POST", "/api/v1/tickets", body, {"Content-Type": "application/json"})

    def _ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
        """One request, retried after a 503, as the page asks."""
        answer = self._once(method, path, body, headers or {})
        for _again in range(_AGAIN):
            if answer.status != 503:
                break
            time.sleep(3)
            answer = self._once(method, path, body, headers or {})
        return answer

    def _once(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        own = dict(self.headers)
        if self.headers not in (REQUESTS, CURL, GO, FAKE):
            own.setdefault("Accept-Language", _LANGUAGES.get(self.lang, f"{self.lang},en;q=0.8"))
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body or None, {**own, **headers, "X-Forwarded-For": self.address})
            response = connection.getresponse()
            data = response.read()
            token = re.search(rb"/t/([A-Za-z0-9_-]{20,64})", (response.getheader("Location") or "").encode() or data)
            found = token[1].decode() if token and response.status in {201, 303} else ""
            return Answer(response.status, found, data)
        finally:
            connection.close()
