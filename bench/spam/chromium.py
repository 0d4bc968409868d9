"""The strongest bot: a scripted real browser that lets the page solve its proof-of-work challenge."""

import random
from collections.abc import Sequence
from pathlib import Path

from bench.spam.browsers import Answer
from bench.spam.texts import Text

_BROWSERS = (
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/usr/bin/chromium-headless-shell",
)
_SOLVED = (
    "() => { try { return 'number' in JSON.parse(atob(document.querySelector('[name=altcha]').value)); }"
    " catch { return false; } }"
)


def send(port: int, texts: Sequence[Text], dice: random.Random, *, addresses: int = 25) -> list[Answer]:
    """One after the other, each from one of so many addresses, with the page's own script at work."""
    from playwright.sync_api import sync_playwright

    found = []
    with sync_playwright() as play:
        path = next((one for one in _BROWSERS if Path(one).exists()), None)
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        blank = browser.new_page()
        # Robots worth the name do not say that they are one.
        agent = str(blank.evaluate("navigator.userAgent")).replace("Headless", "")
        blank.close()
        for number, text in enumerate(texts):
            address = f"192.0.{200 + number % 20}.{dice.randrange(1, 1 + max(2, addresses // 2))}"
            context = browser.new_context(
                locale=text.lang, user_agent=agent, extra_http_headers={"X-Forwarded-For": address}
            )
            page = context.new_page()
            page.goto(f"http://127.0.0.1:{port}/{text.lang}/contact", wait_until="load")
            page.fill("#subject", text.subject)
            page.fill("#message", text.message)
            page.fill("#email", f"b{number}@mail.example")
            page.fill("#name", dice.choice(("Alex", "Kim", "Sam", "Robin")))
            page.check("#consent")
            page.wait_for_function(_SOLVED, timeout=120_000)
            page.wait_for_timeout(2_100)
            with page.expect_navigation(timeout=120_000) as navigation:
                page.click("[data-send]")
            token = page.url.rpartition("/t/")[2].partition("?")[0] if "/t/" in page.url else ""
            found.append(Answer(navigation.value.status if navigation.value else 0, token))
            context.close()
        browser.close()
    return found
