"""A word of a list (synonyms, everyday words) stands for its own forms, and for no other word that begins alike."""

import pytest

from index.analysis import tokens
from index.parts.lexicon import Lexicon
from index.query.everyday import everyday_expansions
from index.query.word_forms import listed_words, places


def found(listed: str, asked: str, lang: str = "tr") -> bool:
    return bool(places(listed_words(listed, lang), listed_words(asked, lang), lang))


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        ("kurye", "kuryem gelmedi"), ("kargocu", "kargocunun telefonu"), ("iade", "iademi istiyorum"),
        ("kulaklık", "KULAKLIĞIMI kaybettim"), ("siparişler", "siparişim nerede"), ("e-posta", "e-postam"),
        ("geri göndermek", "geri gönderiyorum"), ("indirim kodu", "indirim kodunu nereye"),
        ("dekont", "dekontumu indir"), ("kitap", "kitabım"), ("şifre", "sifremi"), ("kargo", "kargo'm"),
    ],
)  # fmt: skip
def test_turkish_forms_are_found(listed: str, asked: str) -> None:
    assert found(listed, asked)


@pytest.mark.parametrize(
    ("listed", "asked"),
    [
        ("kargocu", "kargom nerde"), ("kargocu", "kargo"), ("çalmışlar", "çalışmıyor"), ("çalındı", "çalışıyor"),
        ("siparişçi", "siparişim"), ("kulaklıkçı", "kulaklığım"), ("pin", "pinti"), ("garantör", "garanti"),
    ],
)  # fmt: skip
def test_other_turkish_words_that_begin_alike_are_not(listed: str, asked: str) -> None:
    assert not found(listed, asked)


@pytest.mark.parametrize(
    ("listed", "asked", "lang"),
    [("gift card", "gift cards", "en"), ("can't log in", "cannot log in", "en"), ("鐵盒", "我的铁盒", "zh-Hans")],
)
def test_elsewhere_tokens_are_compared(listed: str, asked: str, lang: str) -> None:
    assert found(listed, asked, lang)


@pytest.mark.parametrize("asked", ["hesabım çalındı", "hesabımı çalmışlar", "hesabımı çaldılar", "hesap çalınmış"])
def test_what_was_stolen_is_found_in_each_form(asked: str) -> None:
    articles = [tokens("hesap güvenliği, şifre yenileme", "tr")]
    expansions = everyday_expansions(asked, "tr", {"tr": Lexicon.of(articles, articles)})
    assert [word for e in expansions for word in e.means] == ["hesap güvenliği", "şifre yenileme"]
