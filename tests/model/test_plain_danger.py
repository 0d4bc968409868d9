"""Danger that is plainly said is heard, in any language, whatever a file's near misses and articles speak of."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from index.protocols import Embedder
from index.query.hints import LiveHints
from index.search import Search
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from kb.source.folder_reader import read_folder
from tests.model.plain_danger import LARGER, LATER, LATER_ORDINARY, LATEST, ORDINARY, STATEMENTS

Texts = Mapping[str, Sequence[str]]

# A shop's file in one language, whose near misses have words of danger in them.
BIKES = """
- name: battery
  title: Get away from it
  text: Call the fire department.
  examples: [my ebike battery caught fire, the battery pack is smoking, sparks are flying from the charger,
    the battery is swollen, there is a burning plastic smell while charging, the battery gets too hot to touch,
    it exploded with a loud bang, the charger is melting, I got an electric shock]
  words: [caught fire, on fire, exploded, sparks, burning smell]
  not: [battery does not charge, how long does the battery last, how much is a new charger, how long does charging take,
    this bike is fire, how many calories do I burn, black or smoke grey frame, the battery light is burning red]
- name: crash
  title: Stop riding
  text: Call us.
  examples: [the brakes failed and I crashed, the fork snapped while I was riding, the frame cracked]
  words: [brakes failed, crashed]
  not: [the app crashed, the bike is too heavy, where do I find the frame number, my bike was stolen]
"""
SiteOf = Callable[[str], Search]


@pytest.fixture(scope="module")
def site_of(tmp_path_factory: pytest.TempPathFactory, serving: Embedder) -> SiteOf:
    def made(urgent: str) -> Search:
        folder: Path = tmp_path_factory.mktemp("site")
        kb = folder / "kb" / "en"
        kb.mkdir(parents=True)
        (kb / "_urgent.yml").write_text(urgent, encoding="utf-8")
        (kb / "frame.md").write_text("---\ntitle: Which frame size do I need?\n---\n\nMeasure.\n", encoding="utf-8")
        bring_up_to_date(read_folder(kb.parent).articles, serving, folder / "index", cache_folder=folder / "vectors")
        return Search(LiveIndex(folder / "index"), serving, set, budget_ms=60_000, hints=LiveHints(kb.parent, "en"))

    return made


@pytest.fixture(scope="module")
def bikes(site_of: SiteOf) -> Search:
    return site_of(BIKES)


def _alarms(search: Search, texts: Texts, by: str = "") -> list[str]:
    found = [(text, search.urgent(text, lang)) for lang, some in texts.items() for text in some]
    return [text for text, one in found if one is not None and by in one.why]


def _missed(search: Search, texts: Texts) -> list[str]:
    return [text for lang, some in texts.items() for text in some if search.urgent(text, lang) is None]


@pytest.mark.parametrize(
    "texts", [STATEMENTS, LARGER, LATER, LATEST], ids=["first", "other languages", "later", "latest"]
)
def test_what_is_plainly_said_is_heard_in_any_language(search: Search, bikes: Search, texts: Texts) -> None:
    most = 0.03 * sum(map(len, texts.values()))
    for one in (search, bikes):
        missed = _missed(one, texts)
        assert len(missed) <= most, missed


@pytest.mark.parametrize("texts", [ORDINARY, LATER_ORDINARY], ids=["first", "later"])
def test_questions_figures_of_speech_and_what_is_lit_are_no_plain_statements(
    search: Search, bikes: Search, texts: Texts
) -> None:
    for one in (search, bikes):
        assert len(_alarms(one, texts, by="plain words")) <= 1, _alarms(one, texts, by="plain words")


def test_a_plain_statement_goes_to_the_entry_that_speaks_most_of_it(search: Search, bikes: Search) -> None:
    named = {
        "my earbuds are burning": "battery",
        "my headphones started burning": "battery",
        "the case gave me an electric shock": "injury",
        "I cant breathe": "injury",
    }
    assert {text: found.name for text in named if (found := search.urgent(text, "en"))} == named
    assert (found := bikes.urgent("batarya patladı", "en")) is not None and found.name == "battery"


def test_a_near_miss_hides_what_says_the_same_and_no_danger_beside_it(bikes: Search) -> None:
    for text in ("this bike is fire", "black or smoke grey frame", "the battery light is burning red"):
        assert bikes.urgent(text, "en") is None, text
    for text in ("this bike is on fire", "my bike is burning", "the frame is smoking", "its smokin", "smoke"):
        assert bikes.urgent(text, "en") is not None, text


def test_where_authors_speak_of_no_such_danger_none_is_raised(site_of: SiteOf) -> None:
    leak = """
- name: leak
  title: Tell us
  text: Call us.
  examples: [your customer data was leaked, my account was hacked, I see other people's emails in my account]
  words: [data leak, hacked]
  not: [what is a DNS leak, I forgot my password, VPN is slow]
"""
    search = site_of(leak)
    assert _alarms(search, {"en": STATEMENTS["en"], "de": STATEMENTS["de"]}, by="plain words") == []


@pytest.mark.parametrize(
    "text",
    [
        "somebody's bank details are in my inbox",
        "I got a mail with someone else's order details",
        "other people's orders",
        "my child's ear won't stop bleeding",
        "I can't breathe since I wear them",
        "I don't want to live anymore",
    ],
)
def test_an_apostrophe_more_or_less_changes_nothing(search: Search, text: str) -> None:
    for typed in (text, text.replace("'", "’"), text.replace("'", "")):
        assert search.urgent(typed, "en") is not None, typed


def test_turkish_endings_behind_an_apostrophe_hide_no_danger(bikes: Search) -> None:
    for text in ("iPhone'um yanıyor", "iPhone’dan duman çıkıyor", "IPHONE'UM ALEV ALDI", "scooter'ın pili patladı"):
        assert bikes.urgent(text, "tr") is not None, text
