"""Questions that tell of trouble, and headings of what helps then."""

import pytest

from index.query.trouble import is_about_trouble, tells_of_trouble


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("I left my keys card and now it's gone", "en"),
        ("it won’t open", "en"),
        ("the mail never arrives", "en"),
        ("sipariş gelmiyo", "tr"),
        ("Şifrem kabul edilmedi", "tr"),
        ("包裹沒有到", "zh-Hant"),
        ("登录失败", "zh-Hans"),
        ("Karte wurde abgelehnt", "de"),
        ("le code n'arrive pas", "fr"),
        ("perdí el teléfono", "es"),
        ("non funziona", "it"),
        ("o código não chega", "pt"),
        ("код не приходит", "ru"),
        ("لا يصل الرمز", "ar"),
        ("הקוד לא מגיע", "he"),
        ("届きません", "ja"),
    ],
)
def test_trouble_is_told_in_many_languages(text: str, lang: str) -> None:
    assert tells_of_trouble(text, lang)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("how do I set it up", "en"),
        ("notify me about note 20", "en"),
        ("ne zaman gelir", "tr"),  # which is no French `ne`
        ("能不能退", "zh-Hant"),
        ("wann kommt das Paket", "de"),
        ("anything", "xx"),
    ],
)
def test_a_plain_question_tells_of_none(text: str, lang: str) -> None:
    assert not tells_of_trouble(text, lang)


def test_a_heading_may_be_of_trouble_or_of_a_case() -> None:
    assert is_about_trouble("If a code is refused", "en")
    assert is_about_trouble("The e-mail does not come", "en")
    assert is_about_trouble("Kod kabul edilmiyorsa", "tr")
    assert is_about_trouble("手機和備用碼都沒有", "zh-Hant")
    assert not is_about_trouble("Turn it on", "en")
    assert not is_about_trouble("Nasıl açılır?", "tr")
