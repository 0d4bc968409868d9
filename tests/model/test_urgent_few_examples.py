"""A file of a few examples in one language: what is ordinary of the same thing is no danger, in whichever language, and
danger is heard as before."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from index.protocols import Embedder
from index.query.hints import LiveHints
from index.search import Search
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from kb.source.folder_reader import read_folder

Texts = Mapping[str, Sequence[str]]

MOWER = """
- name: injury
  title: Press stop
  text: Call us.
  examples: [the mower ran over my foot, my toe is caught in the blade, my hand was cut by the mower,
    the dog was hit by the mower, a child is lying under the mower, I am bleeding badly, somebody was hurt by the mower]
  words: [cut my, bleeding, hurt]
  not: [the mower cuts too short, the blade is blunt, how do I change the blade, the mower does not cut the edges]
- name: battery
  title: Leave it outside
  text: Call us.
  examples: [the battery is smoking, the battery is swollen, the charger caught fire, it smells burnt,
    the battery is too hot to touch, sparks come out of the station, I got an electric shock]
  words: [smoking, swollen, sparks, caught fire]
  not: [the battery is flat, how long does the battery last, the green light blinks, charging takes long]
"""
ORDINARY = {
    "en": (
        "sold my mower, how does the buyer register it", "mower stopped by mistake", "I named my mower wrong",
        "moved house with the mower", "forgot the pin of the mower", "the red light stays on", "battery is dead",
    ),
    "de": ("der Akku ist leer", "rotes Licht blinkt", "die Lampe leuchtet grün", "Akku schnell leer"),
    "es": ("la batería está agotada", "la luz roja parpadea", "luz verde encendida"),
    "fr": ("la batterie est à plat", "le voyant vert clignote", "voyant rouge allumé"),
    "tr": ("pil boş", "pil bitti", "kırmızı ışık yanıp sönüyor", "yeşil ışık yanıyor"),
    "zh-Hant": ("電池沒電", "電池用完了", "紅燈一直閃", "綠燈亮了"),
    "ru": ("батарея села", "аккумулятор разряжен", "красная лампа мигает"),
    "he": ("הסוללה ריקה", "האור האדום מהבהב"),
    "ar": ("البطارية فارغة", "الضوء الأحمر يومض"),
    "it": ("la batteria è scarica", "la luce rossa lampeggia"),
    "pl": ("bateria jest rozładowana", "czerwona dioda miga"),
}  # fmt: skip
DANGEROUS = {
    "en": ("the mower hit my ankle", "my son is stuck under the mower", "smoke comes from the battery"),
    "de": ("der Akku raucht", "der Akku ist aufgebläht", "der Mäher hat mir in den Fuß geschnitten"),
    "es": ("la batería echa humo", "la batería está hinchada"),
    "fr": ("la batterie fume", "la batterie est gonflée"),
    "tr": ("pil şişti", "pilden duman çıkıyor"),
    "zh-Hant": ("電池冒煙", "電池膨脹"),
    "ru": ("батарея дымится", "аккумулятор вздулся"),
    "he": ("הסוללה נפוחה", "יוצא עשן מהסוללה"),
    "ar": ("البطارية منتفخة", "يخرج دخان من البطارية"),
    "it": ("la batteria fuma", "la batteria è gonfia"),
    "pl": ("bateria dymi", "bateria jest spuchnięta"),
}  # fmt: skip


@pytest.fixture(scope="module")
def mowers(tmp_path_factory: pytest.TempPathFactory, serving: Embedder) -> Search:
    folder: Path = tmp_path_factory.mktemp("mowers")
    kb = folder / "kb" / "en"
    kb.mkdir(parents=True)
    (kb / "_urgent.yml").write_text(MOWER, encoding="utf-8")
    for number, title in enumerate(("How do I set the cutting height?", "Where does the station stand?")):
        (kb / f"a{number}.md").write_text(f"---\ntitle: {title}\n---\n\nText.\n", encoding="utf-8")
    bring_up_to_date(read_folder(kb.parent).articles, serving, folder / "index", cache_folder=folder / "vectors")
    return Search(LiveIndex(folder / "index"), serving, set, budget_ms=60_000, hints=LiveHints(kb.parent, "en"))


def test_what_is_ordinary_of_the_same_thing_is_no_danger_in_any_language(mowers: Search) -> None:
    said = [(text, mowers.urgent(text, lang)) for lang, some in ORDINARY.items() for text in some]
    alarms = {text: found.why for text, found in said if found is not None}
    assert len(alarms) <= 0.06 * len(said), alarms


def test_danger_is_heard_in_all_of_them(mowers: Search) -> None:
    missed = [text for lang, some in DANGEROUS.items() for text in some if mowers.urgent(text, lang) is None]
    assert missed == []


def test_an_author_whose_danger_is_an_empty_battery_hears_of_it(tmp_path: Path, serving: Embedder) -> None:
    kb = tmp_path / "kb" / "en"
    kb.mkdir(parents=True)
    examples = (
        "[the battery of my alarm is empty, the alarm battery died, my pendant does not answer, I fell and it is off]"
    )
    (kb / "_urgent.yml").write_text(
        f"- {{name: alarm, title: Use a telephone, text: Call us., examples: {examples}, not: [a new colour please]}}\n"
    )
    (kb / "a.md").write_text("---\ntitle: How do I wear it?\n---\n\nText.\n", encoding="utf-8")
    bring_up_to_date(read_folder(kb.parent).articles, serving, tmp_path / "index", cache_folder=tmp_path / "vectors")
    search = Search(LiveIndex(tmp_path / "index"), serving, set, budget_ms=60_000, hints=LiveHints(kb.parent, "en"))
    assert search.urgent("the battery of my alarm is flat", "en") is not None
