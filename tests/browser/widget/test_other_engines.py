"""A smoke test of the gallery in the other two engines: Firefox's, and WebKit, which is Safari's."""

from collections.abc import Iterator

import pytest

from tests.browser.gallery import gallery, served
from tests.browser.widget.conftest import Site
from tests.browser.widget.drivers import Driven, firefox, webkit

ENGINES = {
    "firefox": (firefox, "Firefox is not here; install it: apt-get install firefox-esr"),
    "webkit": (webkit, "WebKit's driver is not here; install it: apt-get install webkit2gtk-driver xvfb"),
}
# Pages without a launcher of their own; the frame is looked into by nobody.
_OTHERWISE = {"blocked", "element", "form", "modal", "mute", "sandboxed"}
PAGES = [name for name in gallery() if not name.startswith("_") and name not in _OTHERWISE]

_LIBRARY = """
const until = (seen) => new Promise((done, fail) => {
  const began = Date.now();
  const look = () => {
    const found = seen();
    if (found) done(found);
    else if (Date.now() - began > 15000) fail(new Error(`waited for ${seen}`));
    else setTimeout(look, 50);
  };
  look();
});
const root = () => document.querySelector("signpost-widget")?.shadowRoot;
const part = (selector) => until(() => root()?.querySelector(selector));
const write = (node, value) => { node.value = value; node.dispatchEvent(new InputEvent("input", { bubbles: true })); };
"""
_FIND_AND_READ = """
  (await part(".launcher")).click();
  await part(".hit");
  write(await part("input[type=search]"), "when do I get my refund");
  (await until(() => [...root().querySelectorAll(".hit")].find((one) => /refund/i.test(one.textContent)))).click();
  return (await part(".prose p")).textContent;
"""
_WRITE_AND_SEND = """
  (await part(".foot button")).click();
  write(await part("textarea[name=message]"), "The left earbud is silent.");
  write(await part("input[name=email]"), "ada@example.org");
  for (const box of root().querySelectorAll(".field.check input")) box.click();
  (await part("form button[type=submit]")).click();
  return (await part(".reference strong")).textContent;
"""


def script(steps: str) -> str:
    return f"(async () => {{ {_LIBRARY} {steps} }})()"


@pytest.fixture(scope="module", params=list(ENGINES))
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driven]:
    begin, missing = ENGINES[request.param]
    with begin(tmp_path_factory.mktemp("profile")) as found:
        if found is None:
            pytest.skip(missing)
        yield found


@pytest.fixture(scope="module")
def pages(help_centre: Site) -> Iterator[str]:
    """The gallery under a number: only Chromium and Firefox know that names below localhost are this machine."""
    with served(help_centre.url.replace("help.localhost", "127.0.0.1")) as url:
        yield url.replace("shop.localhost", "127.0.0.1")


@pytest.mark.parametrize("page", PAGES)
def test_an_answer_is_found_and_read_on_every_page(engine: Driven, pages: str, page: str) -> None:
    engine.goto(f"{pages}/{page}")
    assert engine.run(script(_FIND_AND_READ))


def test_a_message_is_sent(engine: Driven, pages: str) -> None:
    engine.goto(f"{pages}/strict")
    engine.run(script(_FIND_AND_READ))
    assert engine.run(script(_WRITE_AND_SEND)).startswith("SP-")


def test_where_its_questions_are_forbidden_the_ways_the_page_names_are_there(engine: Driven, pages: str) -> None:
    engine.goto(f"{pages}/mute")
    found = engine.run(script('(await part(".launcher")).click(); return (await part(".way")).textContent;'))
    assert found
    engine.goto(f"{pages}/blocked")
    assert engine.run("typeof (window.Signpost && Signpost.version)") == "undefined"
