"""A question in capitals is searched as the same question in small letters."""

import pytest

from index.query.capitals import in_small_letters
from index.reading import read_query


@pytest.mark.parametrize(
    ("lang", "typed", "read"),
    [
        ("en", "WHERE IS MY PARCEL", "where is my parcel"),
        ("en", "CAN'T LOG IN!!!", "can't log in!!!"),
        ("en", "REFUND PLEASE", "refund please"),
        ("tr", "SİPARİŞİM NEREDE KALDI", "siparişim nerede kaldı"),
        ("tr", "WIFI BAĞLANMIYOR ARTIK", "wifi bağlanmıyor artık"),
        ("tr", "SIPARISIM NEREDE KALDI", "siparisim nerede kaldi"),
        ("de", "WO BLEIBT MEINE GRÖßE", "WO BLEIBT MEINE GRÖßE"),  # `ß` is a small letter
        ("ru", "ГДЕ МОЙ ЗАКАЗ", "где мой заказ"),
        # Codes, models, addresses and what is left out of the search stay as they are.
        ("en", "ERROR E17 ON THE WH1000XM4", "error E17 on the WH1000XM4"),
        ("en", "WHAT IS ERR_NAME_NOT_RESOLVED", "what is ERR_NAME_NOT_RESOLVED"),
        ("en", "IS EXAMPLE.ORG/HELP DOWN AGAIN", "is EXAMPLE.ORG/HELP down again"),
        # A name or two, a word that is stressed, a script without capitals.
        ("en", "USB HDMI", "USB HDMI"),
        ("en", "REFUND", "REFUND"),
        ("en", "WHY is it SO LATE", "WHY is it SO LATE"),
        ("zh-Hant", "我的 AIRPODS 連不上 WIFI", "我的 AIRPODS 連不上 WIFI"),
        ("he", "איפה החבילה שלי", "איפה החבילה שלי"),
    ],
)
def test_capitals_are_read_as_small_letters(lang: str, typed: str, read: str) -> None:
    assert in_small_letters(typed, lang) == read


def test_a_shouted_question_is_searched_as_the_calm_one() -> None:
    assert read_query("WHERE IS MY PARCEL", "en") == read_query("where is my parcel", "en")
    assert read_query("RETURN WITHOUT A RECEIPT -STORE", "en").excluded
