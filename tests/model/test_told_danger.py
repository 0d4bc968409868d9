"""Danger that is told as a story, with a hedge, or of a part that was swallowed is heard, as its own kind; and whatever
neutral words stand beside a sentence, the same is heard of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from index.query.urgent_matcher import UrgentMatcher
from index.search import Search
from kb.source.search_hints import Hints
from kb.source.urgent_messages import UrgentEntry
from tests.model.danger import DANGEROUS, FIGURES_OF_SPEECH, FRESH_HARMLESS, SHORT_DANGEROUS, SHORT_HARMLESS

TOLD = Path(__file__).with_name("told")
BESIDE = {
    "en": ("Question\n{}", "Refund\n{}", "Order TF-20418837\n{}", "Hello.\n{}", "{}\n\nThanks", "{}\nOrder 4471-22"),
    "tr": ("Soru\n{}", "İade\n{}", "Sipariş TF-20418837\n{}", "Merhaba.\n{}", "{}\n\nTeşekkürler"),
    "zh-Hant": ("問題\n{}", "退款\n{}", "訂單 TF-20418837\n{}", "您好。\n{}", "{}\n\n謝謝"),
    "de": ("Frage\n{}", "Bestellung 4711\n{}", "Hallo.\n{}", "{}\n\nDanke"),
    "es": ("Pregunta\n{}", "Pedido 4711\n{}", "Hola.\n{}", "{}\n\nGracias"),
}


def told() -> Iterator[tuple[str, str, str]]:
    """Language, kind of danger (`-` where it is none), and text."""
    for file in sorted(TOLD.glob("*.txt")):
        for line in file.read_text("utf-8").splitlines():
            if not line.startswith("#"):
                kind, _, text = line.partition(" | ")
                yield file.stem, kind, text


def heard(search: Search, text: str, lang: str) -> str:
    found = search.urgent(text, lang)
    return found.name if found is not None else "-"


def test_what_is_told_is_heard_as_its_own_kind(search: Search) -> None:
    dangerous = [one for one in told() if one[1] != "-"]
    missed = [(one, found) for one in dangerous if (found := heard(search, one[2], one[0])) != one[1]]
    assert len(missed) <= 0.07 * len(dangerous), missed


def test_what_sounds_like_it_is_let_be(search: Search) -> None:
    calm = [(text, lang) for lang, kind, text in told() if kind == "-"]
    alarms = [text for text, lang in calm if heard(search, text, lang) != "-"]
    assert len(alarms) <= 0.15 * len(calm), alarms


@pytest.mark.parametrize("lang", BESIDE)
def test_neutral_words_beside_a_sentence_change_nothing(search: Search, lang: str) -> None:
    some: list[Sequence[str]] = [
        texts.get(lang, ())[::4]
        for texts in (DANGEROUS, SHORT_DANGEROUS, SHORT_HARMLESS, FIGURES_OF_SPEECH, FRESH_HARMLESS)
    ]
    texts = [*(text for one in some for text in one), *(text for tag, _, text in told() if tag == lang)]
    assert len(texts) >= 10
    beside = [(text, pattern.format(text)) for text in texts for pattern in BESIDE[lang]]
    changed = [whole for text, whole in beside if heard(search, text, lang) != heard(search, whole, lang)]
    assert len(changed) <= 0.02 * len(beside), changed


@pytest.mark.parametrize(
    ("lang", "text"),
    [("en", "my dog ate the receipt"), ("en", "we ate at home with the case open"), ("de", "Der Akku läuft super"),
     ("tr", "köpeğim faturayı yedi"), ("tr", "oğlum yedi yaşında"), ("ko", "아이가 밥을 먹었어요"),
     ("ru", "собака съела чек"), ("fr", "mon chien a mangé la facture"), ("ja", "ご飯を食べた後に電話してください"),
     ("he", "הנורה נשרפה"), ("it", "sembra che la luce sia fusa"), ("en", "fuse"), ("en", "fond"), ("en", "inch")],
)  # fmt: skip
def test_what_is_eaten_or_lit_and_words_of_other_languages_are_no_plain_danger(
    search: Search, lang: str, text: str
) -> None:
    found = search.urgent(text, lang)
    assert found is None or "plain words" not in found.why


def test_who_speaks_of_swallowed_parts_in_one_language_hears_of_them_in_all() -> None:
    written = UrgentEntry("child", "en", "Get help", "Now.", words=("swallowed",), examples=("swallowed parts",))
    hints, matcher = Hints(urgent={"en": (written,)}), UrgentMatcher()
    for lang, text in (
        ("ja", "娘がイヤーチップを飲み込みました"),
        ("ko", "아기가 실리콘을 삼켰어요"),
        ("de", "Unser Hund hat einen Ohrstöpsel verschluckt"),
    ):
        found = matcher.words.plainly(text, lang, lang, hints)
        assert found is not None and found.certain, text
    assert matcher.words.plainly("Der Automat hat die Karte verschluckt", "de", "de", hints) is None
