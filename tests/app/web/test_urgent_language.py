"""In which language somebody in danger is told so: one that they have, the same in every place."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.container import Services
from app.ops.translations import compile_all
from app.settings.schema import Settings
from app.web.ratelimit import RateLimiter
from core.texts.localized_text import LocalizedText
from support.intake.models import ChannelSettings
from tests.app.web.test_urgent import SHOP, SITES, Refusing, mails
from tests.articles import publish, write_demo
from tests.support.test_contact_form import fill
from tests.support.test_tickets_api import GOOD

ENTRY = "- name: battery\n  title: {title}\n  text: {text}\n  article: late-parcel\n"
# zh-Hant comes last in the folder and has the words that match, for readers of any language.
SAID = {
    "en": ("Move away", "Call us.", "Fire line", "My parcel is late"),
    "tr": ("Hemen uzaklaşın", "Bizi arayın.", "Yangın hattı", "Kargom gecikti"),
    "zh-Hant": ("立即遠離", "請撥打電話。", "火警專線", "包裹延遲了"),
}
LABELS = LocalizedText({lang: label for lang, (_, _, label, _) in SAID.items()})
WRITTEN = "電池冒煙了"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    compile_all()
    line = ChannelSettings("urgent", "+31 10 555 0199", label=LABELS)
    return replace(settings, default_lang="tr", languages=("tr", "en", "zh-Hant", "ar"), channels=(line,), sites=SITES)


@pytest.fixture
def site(app: Flask) -> FlaskClient:
    s: Services = app.extensions["signpost"]
    write_demo(s.settings.kb_dir)
    for lang, (title, text, _, _) in SAID.items():
        entry = ENTRY.format(title=title, text=text) + (
            "  words: [冒煙]\n" if lang == "zh-Hant" else "  words: [xyzzy]\n"
        )
        (s.settings.kb_dir / lang / "_urgent.yml").write_text(entry, "utf-8")
    publish(s)
    return app.test_client()


def _refused(ask: Callable[[FlaskClient, str], Any]) -> Callable[[FlaskClient, str], Any]:
    def asked(site: FlaskClient, reader: str) -> Any:
        site.application.extensions["signpost.ratelimiter"] = Refusing()
        try:
            return ask(site, reader).json["error"]["urgent"]
        finally:
            site.application.extensions["signpost.ratelimiter"] = RateLimiter()

    return asked


def _letter(reader: str) -> dict[str, Any]:
    """Of somebody else each time: the same sent again would be the same request."""
    return {**GOOD, "message": WRITTEN, "lang": reader, "email": f"{reader}@example.org"}


def _search(site: FlaskClient, reader: str, **more: Any) -> Any:
    return site.get("/api/v1/search", query_string={"q": WRITTEN, "lang": reader}, **more)


def _ticket(site: FlaskClient, reader: str) -> Any:
    return site.post("/api/v1/tickets", json=_letter(reader))


BY_PROGRAMS: dict[str, Callable[[FlaskClient, str], Any]] = {
    "search": lambda site, reader: _search(site, reader).json["urgent"],
    "search, as a browser asks": lambda site, reader: _search(
        site, reader, headers={"Accept-Language": "en,zh-TW;q=0.8"}
    ).json["urgent"],
    "while typing": lambda site, reader: site.get(
        "/api/v1/suggest", query_string={"q": WRITTEN, "lang": reader}
    ).json["urgent"],
    "a message": lambda site, reader: site.post(
        "/api/v1/suggest", json={"message": WRITTEN, "lang": reader}
    ).json["urgent"],
    "widget": lambda site, reader: site.get(
        "/api/v1/suggest", query_string={"q": WRITTEN, "lang": reader, "site": "shop"}, **SHOP
    ).json["urgent"],
    "widget, a message": lambda site, reader: site.post(
        "/api/v1/tickets?site=shop", data=json.dumps(_letter(reader)),
        content_type="text/plain", **SHOP,
    ).json["urgent"],
    "a request": lambda site, reader: _ticket(site, reader).json["urgent"],
    "refused": _refused(_search),
    "a request, refused": _refused(_ticket),
}  # fmt: skip
READERS = [
    ("de", "tr"), ("es", "tr"), ("ja", "tr"), ("ru", "tr"), ("pt-BR", "tr"), ("ar", "tr"),
    ("en-GB", "en"), ("zh-TW", "zh-Hant"), ("tr", "tr"),
]  # fmt: skip


@pytest.mark.parametrize("place", BY_PROGRAMS)
def test_programs_are_told_in_the_readers_language_or_the_sites_all_of_it(site: FlaskClient, place: str) -> None:
    for reader, lang in READERS:
        said = BY_PROGRAMS[place](site, reader)
        title, text, label, article = SAID[lang]
        assert (said["lang"], said["title"], said["text"]) == (lang, title, text), reader
        assert said["channel"]["label"] == label, reader
        assert (said["article"]["lang"], said["article"]["title"]) == (lang, article), reader
        assert f"/{lang}/a/" in said["article"]["url"], reader


PAGES: dict[str, Callable[[FlaskClient, str], Any]] = {
    "results": lambda site, lang: site.get(f"/{lang}/search", query_string={"q": WRITTEN}),
    "contact form": lambda site, lang: site.get(f"/{lang}/contact", query_string={"q": WRITTEN}),
    "contact form, posted": lambda site, lang: site.post(
        f"/{lang}/contact", data=fill(site, message=WRITTEN, email="no address")
    ),
    "status page": lambda site, lang: site.get(
        site.post(f"/{lang}/contact", data=fill(site, message=WRITTEN)).location
    ),
}


@pytest.mark.parametrize("place", PAGES)
@pytest.mark.parametrize(("reader", "lang"), [("ar", "tr"), ("en", "en"), ("zh-Hant", "zh-Hant")])
def test_pages_do_the_same(site: FlaskClient, place: str, reader: str, lang: str) -> None:
    page = PAGES[place](site, reader).text
    assert f'<html lang="{reader}"' in page
    box = page.partition("data-urgent-box")[2].partition("</section>")[0]
    for part in SAID[lang]:
        assert part in box
    assert f'<span data-part="label" lang="{lang}" dir="auto">{SAID[lang][2]}</span>' in box
    for other in set(SAID) - {lang}:
        assert not any(part in box for part in SAID[other])


@pytest.mark.parametrize(("reader", "lang"), [("ar", "tr"), ("en", "en"), ("zh-Hant", "zh-Hant")])
def test_so_does_the_acknowledgement(site: FlaskClient, app: Flask, reader: str, lang: str) -> None:
    site.post(f"/{reader}/contact", data=fill(site, message=WRITTEN))
    # What runs the other way than the mail is isolated.
    plain = [mail.translate(dict.fromkeys(map(ord, "\u2068\u2069"))) for mail in mails(app)]
    (mail,) = (mail for mail in plain if f"!!! {SAID[lang][0]}" in mail and "journey" not in mail)
    head = mail.partition("!!! ")[2].partition("\r\n\r\n")[0]
    colon = "：" if lang == "zh-Hant" else ": "
    assert f"{SAID[lang][2]}{colon}+31 10 555 0199" in head and f"/{lang}/a/late-parcel" in head


def test_a_channel_without_a_label_is_named_in_the_language_of_the_message(site: FlaskClient, app: Flask) -> None:
    s: Services = app.extensions["signpost"]
    object.__setattr__(s.settings, "channels", (ChannelSettings("urgent", "+31 10 555 0199"),))
    said = _search(site, "de").json["urgent"]
    assert (said["title"], said["channel"]["label"]) == ("Hemen uzaklaşın", "Acil hat")
    assert _search(site, "en").json["urgent"]["channel"]["label"] == "Urgent line"
