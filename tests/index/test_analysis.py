"""Text becomes tokens, alike at index and at query time, in every language."""

from itertools import pairwise
from random import Random

import pytest

from index.analysis import (
    _KEPT_PIECES,
    _WORD,
    _seen,
    family,
    fold,
    in_script,
    spans,
    to_simplified,
    tokens,
    words,
)


def marked(text: str, lang: str, query: str) -> list[str]:
    """The parts of `text` that a query would highlight."""
    wanted = frozenset(tokens(query, lang, query=True))
    return [text[start:end] for start, end in spans(text, lang, wanted)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("İade", "iade"),
        ("İADE", "iade"),
        ("IŞIK", "ışık"),
        ("ışık", "isik"),
        ("ŞARJ", "sarj"),
        ("Ücret", "ucret"),
        ("KULAKLIĞIM", "kulaklığım"),
        ("değişim", "degisim"),
        ("çalışmıyor", "calismiyor"),
        ("İstanbul'daki", "istanbul"),
        ("İstanbul’a", "ISTANBUL"),
        ("WIFI", "wifi"),
    ],
)
def test_turkish_is_found_however_it_is_typed(one: str, other: str) -> None:
    assert tokens(one, "tr") == tokens(other, "tr") != []


def test_turkish_suffixes_do_not_hide_a_word() -> None:
    assert tokens("kargom kargonuz kargo", "tr") == ["kargo", "kargo", "kargo"]


def test_small_words_are_left_out_with_or_without_turkish_letters() -> None:
    assert tokens("iade için ne kadar", "tr") == tokens("iade icin ne kadar", "tr") == ["iade"]


def test_english_words_lose_their_endings_and_small_words() -> None:
    assert (
        tokens("How do I return the headphones?", "en") == tokens("returned headphone", "en") == ["return", "headphon"]
    )


@pytest.mark.parametrize("word", ["customer's", "customer’s", "Customers"])
def test_an_english_possessive_is_the_word_itself(word: str) -> None:
    assert tokens(word, "en") == ["custom"]


def test_a_contraction_is_one_word_and_a_small_one() -> None:
    assert tokens("I don't", "en") == ["dont"]


def test_chinese_is_read_in_pairs_and_single_characters() -> None:
    assert tokens("退款", "zh-Hant") == ["退款", "退", "款"]


def test_a_chinese_question_is_read_in_pairs_only() -> None:
    assert tokens("退款申請", "zh-Hant", query=True) == ["退款", "款申", "申请"]


def test_a_single_chinese_character_is_asked_for_as_it_is() -> None:
    assert tokens("退", "zh-Hant", query=True) == ["退"]


def test_both_chinese_scripts_give_the_same_tokens() -> None:
    assert tokens("藍牙耳機無法配對", "zh-Hant") == tokens("蓝牙耳机无法配对", "zh-Hans")


def test_an_account_is_one_word_however_it_is_written() -> None:
    written = ("帳戶", "賬戶", "账户", "帐户")
    assert {tuple(tokens(word, "zh-Hant")) for word in written} == {tuple(tokens("账户", "zh-Hans"))}


def test_scripts_convert_both_ways() -> None:
    assert (to_simplified("耳機"), in_script("耳机", "zh-Hant"), in_script("耳機", "zh-Hans")) == (
        "耳机",
        "耳機",
        "耳机",
    )


def test_simplifying_keeps_the_length() -> None:
    text = "藍牙耳機無法配對，請聯絡我們：WH-1000XM4"
    assert len(to_simplified(text)) == len(text)


def test_latin_words_inside_chinese_are_words() -> None:
    assert tokens("用WiFi連線", "zh-Hant", query=True) == ["用", "wifi", "连线"]


@pytest.mark.parametrize("lang", ["en", "tr", "zh-Hant", "de"])
@pytest.mark.parametrize(
    ("typed", "token"),
    [("ERR_2041", "err2041"), ("E-17", "e17"), ("E\u201117", "e17"), ("WH-1000XM4", "wh1000xm4"), ("24/7", "247")],
)
def test_a_code_is_one_token_in_every_language(typed: str, token: str, lang: str) -> None:
    assert tokens(typed, lang)[0] == token


@pytest.mark.parametrize("typed", ["WH-1000XM4", "wh1000xm4", "WH1000XM4", "WH.1000XM4", "ＷＨ－１０００ＸＭ４"])
def test_a_part_number_is_found_however_it_is_joined(typed: str) -> None:
    assert "wh1000xm4" in tokens(typed, "en")


def test_the_parts_of_a_code_are_found_too() -> None:
    assert {"1000xm4", "wh"} <= set(tokens("WH-1000XM4", "en"))


def test_a_turkish_suffix_does_not_change_a_code() -> None:
    assert tokens("E-17'yi", "tr") == tokens("E-17", "tr")


def test_full_width_letters_are_ordinary_ones() -> None:
    assert tokens("Ｗｉｆｉ　ｅｒｒｏｒ", "en") == tokens("wifi error", "en")


@pytest.mark.parametrize(
    ("one", "other", "lang"),
    [
        ("Rücksendungen", "rucksendung", "de"),
        ("Größe", "grosse", "de"),
        ("écouteurs", "ecouteur", "fr"),
        ("cafe\u0301", "café", "fr"),
        ("наушники", "наушников", "ru"),
        ("المكتبة", "مكتبة", "ar"),
        ("شَحْن", "شحن", "ar"),
        ("שָׁלוֹם", "שלום", "he"),
        ("smørrebrød", "smorrebrod", "nb"),
        ("gwarancja", "GWARANCJA", "pl"),
    ],
)
def test_other_languages_are_found_with_and_without_endings_and_marks(one: str, other: str, lang: str) -> None:
    assert tokens(one, lang) == tokens(other, lang) != []


def test_hindi_words_stay_whole() -> None:
    assert list(words("मेरा पार्सल कहाँ है")) == ["मेरा", "पार्सल", "कहाँ", "है"]


@pytest.mark.parametrize(("text", "lang"), [("イヤホン", "ja"), ("สินค้า", "th"), ("반품", "ko")])
def test_other_scripts_without_spaces_are_read_in_pairs(text: str, lang: str) -> None:
    assert tokens(text, lang, query=True) == [text[i : i + 2] for i in range(len(text) - 1)]


@pytest.mark.parametrize("text", ["", "   ", "?!…", "🙂👍🏽", "❤️", "\u0301", "_", "'", "--"])
def test_text_without_words_has_no_tokens(text: str) -> None:
    assert tokens(text, "en") == []


def test_tokens_are_never_empty_and_never_endless() -> None:
    made = tokens("a'b ŉ5 '5 5' 9-a ..9 x" + "y" * 5000 + " " + "9" * 5000, "en")
    assert all(0 < len(token) <= 128 for token in made)


def test_long_text_is_read_in_time_proportional_to_its_length() -> None:
    assert len(tokens("a\u0335" * 20_000 + "!" + "b-" * 20_000, "en")) > 1


@pytest.mark.parametrize(
    ("lang", "name"),
    [("en", "en"), ("tr", "tr"), ("zh-Hant", "zh"), ("zh-Hans", "zh"), ("de", "und"), ("en-Latn", "en")],
)
def test_a_language_tag_names_its_analyzer(lang: str, name: str) -> None:
    assert family(lang) == name


def test_folding_removes_marks_only() -> None:
    assert fold("şğüöçıé Ωμέγα") == "sguocie Ωμεγα"


def test_highlights_are_the_words_as_written() -> None:
    text = "Returns are free. To return headphones, print the label."
    assert marked(text, "en", "returning a headphone") == ["Returns", "return", "headphones"]


def test_highlights_in_turkish_ignore_case_and_letters() -> None:
    assert marked("İADE için kargonuzu hazırlayın.", "tr", "iade kargo") == ["İADE", "kargonuzu"]


def test_neighbouring_pairs_are_one_highlight() -> None:
    assert marked("如果藍牙耳機無法配對，請重設。", "zh-Hant", "蓝牙耳机") == ["藍牙耳機"]


def test_single_chinese_characters_are_not_marked_where_the_question_has_pairs() -> None:
    assert marked("退回商品可退款", "zh-Hant", "退款") == ["退款"]


def test_a_single_chinese_character_is_marked_beside_a_latin_word() -> None:
    assert marked("線：用線連接 QC", "zh-Hant", "線 QC") == ["線", "線", "QC"]


def test_highlights_find_codes_and_full_width_letters() -> None:
    assert marked("出現 ＥＲＲ 或 E-17 時", "zh-Hant", "err e17") == ["ＥＲＲ", "E-17"]


def test_highlights_hold_after_characters_outside_the_basic_plane() -> None:
    assert marked("🎧🎧 退款 𠮷 refund", "zh-Hant", "退款 refund") == ["退款", "refund"]


def test_highlights_cover_decomposed_accents() -> None:
    assert marked("un cafe\u0301 noir", "fr", "café") == ["cafe\u0301"]


def test_highlights_are_in_order_and_never_overlap() -> None:
    text = "退款退款，退 款項退款"
    found = spans(text, "zh-Hant", frozenset(tokens("退款項", "zh-Hant", query=True)))
    assert all(a < b <= c < d for (a, b), (c, d) in pairwise(found))


def _one_word_at_a_time(text: str, lang: str, wanted: frozenset[str]) -> list[tuple[int, int]]:
    """What `spans` promises, said plainly, for text without Chinese."""
    return [m.span() for m in _WORD.finditer(text) if not wanted.isdisjoint(tokens(m.group(), lang))]


@pytest.mark.parametrize("lang", ["en", "tr", "de", "ar"])
def test_highlights_are_the_words_whose_tokens_are_wanted_wherever_they_stand(lang: str) -> None:
    random = Random(5)
    words_of_it = [
        "charge", "Charges,", "charged.charger", "(charge)", "re-charge", "ERR_2041", "err-2041's", "iade", "İADE",
        "İstanbul’a", "getUserName", "isChargedNow", "ｃｈａｒｇｅ", "cafe\u0301", "Größe",
        "شحن", "x", "charge\u00a0charge", "e\u0301tat",
    ]  # fmt: skip
    for _ in range(300):
        text = "".join(random.choice(words_of_it) + random.choice([" ", "  ", "\n", ", ", "\u2028"]) for _ in range(12))
        asked = " ".join(random.sample(words_of_it, 3))
        wanted = frozenset(tokens(asked, lang, query=True))
        assert spans(text, lang, wanted) == _one_word_at_a_time(text, lang, wanted)


def test_a_part_of_an_identifier_is_highlighted_whatever_it_begins_with() -> None:
    assert marked("Set userPrincipalName first.", "en", "name") == ["userPrincipalName"]


def test_pieces_of_passages_are_forgotten_before_they_fill_the_memory() -> None:
    wanted = frozenset({"charg"})
    for first in range(0, 3 * _KEPT_PIECES, 1000):
        spans(" ".join(f"word{number}" for number in range(first, first + 1000)), "en", wanted)
    assert len(_seen["en"]) <= _KEPT_PIECES + 1000
    assert spans("Charge it.", "en", wanted) == [(0, 6)]
