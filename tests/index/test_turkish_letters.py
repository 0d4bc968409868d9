"""Turkish typed without its letters, as the model is to read it."""

import pytest

from index.query.spelling import Vocabulary
from index.query.turkish_letters import with_letters

WORDS = Vocabulary.of(
    [("tr", "Şifrenizi sıfırlama, şifre. Siparişiniz nerede? Ürünü açın. Bluetooth LDAC kablo kablosu.")]
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("sifre", "şifre"),
        ("siparisim nerede", "siparişim nerede"),  # as far as an article's word goes
        ("sifirlarim", "sıfırlarim"),
        ("urunu acin", "ürünü açın"),
        ("kablom", "kablom"),
        ("acik", "acik"),  # three letters of a word say nothing
        ("şifre urunu", "şifre urunu"),  # whoever types one letter can type them all
        ("LDAC-2 sifre?", "ldac-2 şifre?"),
        ("", ""),
    ],
)
def test_words_are_spelt_as_the_articles_spell_them(typed: str, meant: str) -> None:
    assert with_letters(typed, WORDS) == meant


def test_without_turkish_articles_a_question_stays_as_it_is() -> None:
    assert with_letters("siparisim nerede", Vocabulary((), ())) == "siparisim nerede"
