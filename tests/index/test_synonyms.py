"""Authors' synonyms at the time of the question."""

import pytest

from index.analysis import tokens
from index.parts.lexicon import Lexicon
from index.query.synonyms import WEIGHT, Expansion, expand_terms, expand_text, means_tokens, synonym_expansions
from kb.source.search_hints import Hints, Synonym

HINTS = Hints(
    synonyms={
        "en": (
            Synonym("cans", ("headphones",)),
            Synonym("gift card", ("voucher",)),
            Synonym("voucher", ("gift card",)),
            Synonym("the", ("a",)),
        ),
        "tr": (Synonym("dekont", ("fatura",)),),
        "zh-Hant": (Synonym("鐵盒", ("充電盒",)),),
    }
)


@pytest.mark.parametrize(
    ("text", "lang", "found"),
    [
        ("my cans are broken", "en", [Expansion(("can",), ("headphones",))]),
        ("CANS", "en", [Expansion(("can",), ("headphones",))]),
        ("use a gift card", "en", [Expansion(("gift", "card"), ("voucher",))]),
        ("card for a gift", "en", []),
        ("gift card or voucher", "en", [Expansion(("gift", "card"), ()), Expansion(("voucher",), ())]),
        ("dekontumu indir", "tr", [Expansion(("dekon",), ("fatura",))]),
        ("cans", "tr", []),
        ("鐵盒多少錢", "zh-Hant", [Expansion(("铁盒",), ("充電盒",))]),
        ("铁盒多少钱", "zh-Hans", [Expansion(("铁盒",), ("充電盒",))]),
        ("the parcel", "en", []),
    ],
)
def test_what_stands_in_a_question_brings_what_it_means(text: str, lang: str, found: list[Expansion]) -> None:
    assert list(synonym_expansions(text, lang, HINTS)) == found


def test_the_model_reads_what_is_meant_behind_the_question() -> None:
    assert expand_text("my cans", synonym_expansions("my cans", "en", HINTS)) == "my cans (headphones)"
    assert expand_text("my parcel", synonym_expansions("my parcel", "en", HINTS)) == "my parcel"
    letter = "my cans " * 40
    assert expand_text(letter, synonym_expansions(letter, "en", HINTS)) == letter


DOCUMENTS = [tokens(t, "en") for t in ("voucher code", "gift card code", "headphones", "parcel", "returns")]
LEXICON = Lexicon.of(DOCUMENTS, DOCUMENTS)


def weights(text: str) -> tuple[dict[str, float], float]:
    ids = LEXICON.lookup(tokens(text, "en", query=True))
    more = synonym_expansions(text, "en", HINTS)
    terms = expand_terms(LEXICON.articles.terms(ids), LEXICON.articles, LEXICON, more, "en")
    return {LEXICON.words[i]: float(w) for i, w in zip(terms.ids, terms.idf, strict=True)}, terms.mass


def test_a_word_that_is_only_meant_counts_less_than_one_that_was_typed() -> None:
    found, mass = weights("voucher")
    assert found["gift"] == found["card"] == pytest.approx(WEIGHT * found["voucher"] / 2)
    assert mass == pytest.approx(found["voucher"])


def test_what_a_word_nobody_wrote_means_takes_its_place() -> None:
    found, mass = weights("cans")
    assert mass == pytest.approx(found["headphon"])


def test_a_synonym_nobody_wrote_adds_nothing() -> None:
    hints = Hints(synonyms={"en": (Synonym("parcel", ("zeppelin",)),)})
    terms = LEXICON.articles.terms(LEXICON.lookup(["parcel"]))
    assert expand_terms(terms, LEXICON.articles, LEXICON, synonym_expansions("parcel", "en", hints), "en") is terms


def test_the_keyword_engine_is_asked_for_all_of_them() -> None:
    assert means_tokens(synonym_expansions("voucher for my cans", "en", HINTS), "en") == ["headphon", "gift", "card"]
