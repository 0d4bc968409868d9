"""The demo's urgent messages on what customers write: danger is recognised, and what sounds alike is let be."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from core.texts.languages import fallbacks, is_chinese
from index.analysis import in_script
from index.parts.language_centering import shipped_means
from index.protocols import Embedder
from index.query.harmless import harmless_sentences, shipped_vectors, texts_in_all_scripts
from index.query.hints import LiveHints
from index.query.urgent_matcher import UrgentMatcher
from index.search import Search
from index.tools.urgent_check import check_urgent
from kb.models import Article
from kb.source.search_hints import Hints, read_hints
from kb.source.urgent_messages import UrgentEntry
from tests.model.danger import (
    DANGEROUS,
    DESPAIRING,
    FIGURES_OF_SPEECH,
    FRESH_DANGEROUS,
    FRESH_HARMLESS,
    HARMLESS,
    HURRY,
    LAST_DANGEROUS,
    LAST_HARMLESS,
    LATER_DANGEROUS,
    LATER_HARMLESS,
    LATER_TYPED_DANGEROUS,
    LATER_TYPED_HARMLESS,
    NAMED_DANGEROUS,
    NO_FIGURES,
    NOT_DESPAIRING,
    SHORT_DANGEROUS,
    SHORT_HARMLESS,
    TYPED_ANYHOW,
    TYPED_DANGEROUS,
    TYPED_HARMLESS,
)
from tests.model.real import ROOT

RECALL, FALSE_ALARMS = 0.95, 0.05

Texts = dict[str, tuple[str, ...]]


def share(search: Search, texts: Texts) -> tuple[float, list[str]]:
    """The share of texts that are taken for danger; and which are, with why, and which are not."""
    said = [(text, search.urgent(text, lang)) for lang, some in texts.items() for text in some]
    told = [f"{text}: {found.why if found else 'nothing'}" for text, found in said]
    return sum(found is not None for _, found in said) / len(said), told


def test_no_text_of_the_test_stands_in_the_file() -> None:
    hints = read_hints(ROOT / "kb" / "articles")
    own = {t for some in hints.urgent.values() for entry in some for t in (*entry.examples, *entry.near_misses)}
    sets = (
        DANGEROUS,
        HARMLESS,
        LATER_DANGEROUS,
        LATER_HARMLESS,
        LAST_DANGEROUS,
        LAST_HARMLESS,
        FRESH_DANGEROUS,
        FRESH_HARMLESS,
        SHORT_DANGEROUS,
        SHORT_HARMLESS,
        DESPAIRING,
        NOT_DESPAIRING,
        FIGURES_OF_SPEECH,
        NO_FIGURES,
        TYPED_DANGEROUS,
        TYPED_HARMLESS,
        LATER_TYPED_DANGEROUS,
        LATER_TYPED_HARMLESS,
        HURRY,
    )
    texts = [t for some in sets for ts in some.values() for t in ts]
    assert own.isdisjoint(texts)
    assert {text.casefold() for _, text in harmless_sentences()}.isdisjoint(text.casefold() for text in texts)
    assert sum(map(len, DANGEROUS.values())) >= 60 and sum(map(len, HARMLESS.values())) >= 100


@pytest.mark.parametrize("texts", [DANGEROUS, LATER_DANGEROUS], ids=["first", "later"])
def test_danger_is_recognised(search: Search, texts: Texts) -> None:
    recall, told = share(search, texts)
    assert recall >= RECALL, told


@pytest.mark.parametrize(
    ("dangerous", "harmless", "most"),
    [(LAST_DANGEROUS, LAST_HARMLESS, FALSE_ALARMS), (FRESH_DANGEROUS, FRESH_HARMLESS, 0.15)],
    ids=["last", "fresh"],
)
def test_texts_the_file_was_not_written_for_are_told_apart_too(
    search: Search, dangerous: Texts, harmless: Texts, most: float
) -> None:
    recall, missed = share(search, dangerous)
    alarms, told = share(search, harmless)
    assert recall >= 0.92, missed
    assert alarms <= most, told


@pytest.mark.parametrize("texts", [HARMLESS, LATER_HARMLESS], ids=["first", "later"])
def test_what_sounds_like_danger_is_let_be(search: Search, texts: Texts) -> None:
    alarms, told = share(search, texts)
    assert alarms <= FALSE_ALARMS, told


def test_short_harmless_sentences_are_not_danger_because_they_are_short(search: Search) -> None:
    recall, missed = share(search, SHORT_DANGEROUS)
    alarms, told = share(search, SHORT_HARMLESS)
    assert recall >= 0.9, missed
    assert alarms <= FALSE_ALARMS, [one for one in told if not one.endswith("nothing")]


@pytest.mark.parametrize(
    ("dangerous", "harmless", "least"),
    [(TYPED_DANGEROUS, TYPED_HARMLESS, 0.95), (LATER_TYPED_DANGEROUS, LATER_TYPED_HARMLESS, 0.85)],
    ids=["first", "later"],
)
def test_a_word_out_of_an_example_is_no_danger_and_a_word_of_danger_is(
    search: Search, dangerous: Texts, harmless: Texts, least: float
) -> None:
    recall, missed = share(search, dangerous)
    alarms, told = share(search, harmless)
    assert recall >= least, missed
    assert alarms <= 0.03, [one for one in told if not one.endswith("nothing")]


def test_danger_is_heard_however_it_is_typed(search: Search) -> None:
    texts = {lang.removesuffix("-mixed"): some for lang, some in TYPED_ANYHOW.items() if lang != "en"}
    texts["en"] = (*TYPED_ANYHOW["en"], *TYPED_ANYHOW["en-mixed"])
    recall, missed = share(search, texts)
    assert recall >= 0.92, [one for one in missed if one.endswith("nothing")]


def test_what_is_wrong_with_a_thing_is_danger_though_the_thing_alone_is_none(search: Search) -> None:
    recall, missed = share(search, NAMED_DANGEROUS)
    assert recall >= 0.9, missed


def test_haste_and_feelings_alone_are_no_danger_wherever_they_stand(search: Search) -> None:
    assert share(search, HURRY)[0] == 0
    for text, lang in (
        ("Kargom gelmedi! Acil", "tr"),
        ("My parcel is late!! URGENT", "en"),
        ("包裹還沒到！急", "zh-Hant"),
    ):
        assert search.urgent(text, lang) is None, text


def test_fire_beside_a_thing_that_can_burn_is_danger_and_praise_is_not(search: Search) -> None:
    danger = {
        "en": ("my headphones are on 🔥", "the battery is 🔥", "case 💥", "🔋💥"),
        "tr": ("kulaklık 🔥", "pil 💥"), "zh-Hant": ("電池🔥",), "zh-Hans": ("电池🔥", "耳机💥"),
    }  # fmt: skip
    praise = {
        "en": ("these are 🔥", "🔥🔥🔥", "🔥", "these headphones are 🔥", "best headphones ever 💥", "🔥 sale"),
        "tr": ("bu kulaklık 🔥", "ses kalitesi 🔥"), "zh-Hant": ("音質🔥", "💥"),
    }  # fmt: skip
    assert share(search, danger)[0] == 1, share(search, danger)[1]
    assert share(search, praise)[0] == 0, share(search, praise)[1]


POTTERY = Hints(
    urgent={
        "en": (
            UrgentEntry(
                "shards",
                "en",
                "Stop using it",
                "Call us.",
                examples=(
                    "the bowl shattered in the oven",
                    "I cut myself on a broken dish",
                    "the glaze comes off into the food",
                ),
                near_misses=("is the bowl dishwasher safe",),
            ),
        )
    }
)
POTTERY_HARMLESS = (
    "oven", "dish", "bowl", "is it oven proof", "is it microwave safe", "plate", "glaze", "glaze colours",
    "broken dish", "food safe", "big bowl", "how much is a bowl", "oven dish", "salad bowl", "blue glaze",
    "teapot", "return a bowl",
    "set of six plates", "chipped mug", "workshop dates",
)  # fmt: skip
POTTERY_DANGEROUS = (
    "the bowl shattered", "dish exploded in the oven", "my hand is bleeding from the broken plate", "shattered",
    "glaze flakes in my soup", "cut by a shard", "it burst in the oven", "cut my finger", "glaze chips in food",
)  # fmt: skip


def test_a_file_of_three_examples_takes_none_of_their_words_for_danger(serving: Embedder) -> None:
    matcher, means = UrgentMatcher(), shipped_means(serving.fingerprint, serving.dimensions)

    def alarms(texts: Sequence[str]) -> list[str]:
        vectors = dict(zip(texts, matcher.embedded(texts, serving), strict=True))
        found = {t: matcher.by_meaning(v, "en", "en", POTTERY, serving, means, [t]) for t, v in vectors.items()}
        return [text for text, meaning in found.items() if meaning and meaning.match]

    assert alarms(POTTERY_HARMLESS) == []
    assert alarms(POTTERY_DANGEROUS) == list(POTTERY_DANGEROUS)


def test_who_is_in_despair_is_told_so_and_who_only_speaks_of_it_is_not(search: Search) -> None:
    recall, missed = share(search, DESPAIRING)
    alarms, told = share(search, NOT_DESPAIRING)
    assert recall >= 0.9, missed
    assert alarms <= 0.1, [one for one in told if not one.endswith("nothing")]


def test_the_vectors_of_everyday_sentences_are_those_of_the_model_and_none_is_missing(serving: Embedder) -> None:
    shipped = shipped_vectors(serving.fingerprint)
    texts = texts_in_all_scripts()
    assert set(texts) == set(shipped), "python -m bench.harmless"
    some = texts[::25]
    near = (serving.encode_queries(some) * np.stack([shipped[text] for text in some])).sum(axis=1)
    assert near.min() > 0.99, "python -m bench.harmless"


def test_figures_of_speech_need_meaning_too(search: Search) -> None:
    assert search.urgent("indirim patladı mı bu hafta", "tr") is None
    assert search.urgent("kutu patladı dün gece", "tr") is not None


def test_figures_of_speech_are_no_danger_and_danger_is_no_figure_of_speech(search: Search) -> None:
    recall, missed = share(search, NO_FIGURES)
    alarms, told = share(search, FIGURES_OF_SPEECH)
    assert recall >= 0.95, missed
    assert alarms <= 0.15, [one for one in told if not one.endswith("nothing")]


def test_questions_of_the_articles_raise_few_alarms(search: Search, demo: tuple[Article, ...]) -> None:
    texts: dict[str, tuple[str, ...]] = {}
    for article in demo:
        texts[article.lang] = (*texts.get(article.lang, ()), *article.questions)
    alarms, told = share(search, texts)
    assert alarms <= FALSE_ALARMS, [one for one in told if not one.endswith("nothing")]


# What people write in one breath around it, without a full stop or a comma.
AROUND = {
    "en": ("hello I bought the earbuds in march and have used them every day since then {} and now I want to know"
           " how I can send them back and how long the refund takes"),
    "tr": ("merhaba kulaklığı mart ayında aldım ve o günden beri her gün kullanıyorum {} ve şimdi nasıl iade"
           " edeceğimi ve paranın ne zaman yatacağını öğrenmek istiyorum"),
    "zh-Hant": "你好我三月在你們網站上買了耳機一直用到現在{}所以我想請問要怎麼申請退貨退款還有需要多久時間",
    "zh-Hans": "你好 我三月在你们网站上买了耳机一直用到现在 {} 所以我想请问要怎么申请退货退款 还有需要多久时间",
}  # fmt: skip


def test_words_of_danger_are_heard_in_a_run_without_punctuation(search: Search) -> None:
    hints, matcher = read_hints(ROOT / "kb" / "articles"), UrgentMatcher()
    runs = {
        lang: tuple(
            AROUND[lang].format(
                in_script(text.rstrip(".!?。！？"), lang) if is_chinese(lang) else text.rstrip(".!?。！？")
            )
            for some in (DANGEROUS, LAST_DANGEROUS)
            for text in some["zh-Hant" if lang == "zh-Hans" else lang]
            if matcher.words.by_words(text, lang, lang, hints) and search.urgent(text, lang)
        )
        for lang in AROUND
    }
    for lang, texts in runs.items():
        assert len(texts) >= 5, lang
        recall, told = share(search, {lang: texts})
        assert recall >= 0.9, (lang, [one for one in told if one.endswith("nothing")])
    for text, lang in (
        ("耳機盒起火了所以我想退款請問要怎麼申請", "zh-Hant"),
        ("你好我三月買了耳機上週充電的時候冒煙了我拔掉了現在想知道怎麼退貨", "zh-Hant"),
        ("請問如果充電盒漏液了要怎麼申請保固維修需要多久時間", "zh-Hant"),
    ):
        assert search.urgent(text, lang) is not None, text


ONE_BREATH = Path(__file__).with_name("one_breath")


def test_what_is_said_in_the_same_breath_hides_no_danger_in_a_language_without_words(search: Search) -> None:
    pairs: list[tuple[str, str, str]] = []
    calm: Texts = {}
    for file in sorted(ONE_BREATH.glob("*.txt")):
        lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
        pairs += [(file.stem, *line.split(" | ")) for line in lines if " | " in line]  # type: ignore[misc]
        calm[file.stem] = tuple(line for line in lines if " | " not in line)
    heard = [(lang, long) for lang, alone, long in pairs if search.urgent(alone, lang) is not None]
    lost = [(lang, long) for lang, long in heard if search.urgent(long, lang) is None]
    assert len(heard) >= 40
    assert len(lost) <= 0.12 * len(heard), lost
    assert sum(search.urgent(long, lang) is not None for lang, _, long in pairs) >= 0.75 * len(pairs)
    alarms, told = share(search, calm)
    assert alarms <= FALSE_ALARMS, [one for one in told if not one.endswith("nothing")]


def test_readers_of_any_language_are_told(search: Search) -> None:
    for reader, text in (("zh-Hans", "充电盒冒烟了"), ("en", "kutudan duman çıkıyor"), ("tr", "my case is smoking")):
        found = search.urgent(text, reader)
        assert found is not None and found.lang in fallbacks(reader), (reader, text)


def test_without_a_model_half_of_it_is_recognised_still(tmp_path: Path, search: Search) -> None:
    words_only = Search(search._live, None, set, hints=LiveHints(ROOT / "kb" / "articles"))
    assert share(words_only, DANGEROUS)[0] >= 0.6
    assert share(words_only, HARMLESS)[0] <= 0.02


def test_lint_finds_nothing_in_the_demos_file(serving: Embedder) -> None:
    assert [str(f) for f in check_urgent(read_hints(ROOT / "kb" / "articles"), serving)] == []
