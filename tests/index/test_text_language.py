"""The language of a mail: by what is written, of the languages that a site has; else as it is declared."""

import unicodedata

import pytest

from index.query.text_language import language_of_mail

MAILS = {
    "en": (
        "The battery is smoking, what should I do?", "my order is late", "Bonjour lamp\nI need a new cable for it",
        "Where is my order\nHi, I ordered two weeks ago and nothing came. Thanks",
    ),
    "pt": (
        "compra\nBom dia, recebi a encomenda e meu bebê engoliu a bateria do brinquedo. O que eu faço??\nRita",
        "Pedido 5512 vazando\nBom dia, o pacote que chegou hoje está vazando um líquido. Não sei o que fazer.",
        "cancelar\nBom dia, como cancelo um pedido? Obrigado, Rui",
    ),
    "es": (
        "Batería\nHola, la batería de mi bicicleta echa humo desde esta mañana, ¿qué hago? Gracias",
        "pedido\nDónde está mi pedido",
    ),
    "de": (
        "Akku\nGuten Tag, mein Akku raucht seit heute Morgen, was soll ich tun? Viele Grüße",
        "Rechnung\nich brauche eine Rechnung für meine Bestellung",
    ),
    "tr": (
        "Merhaba, fırından duman çıkıyor ne yapmalıyım", "firin\nmerhaba firindan duman cikiyor ne yapayim acil",
        "iade\nurunu iade etmek istiyorum",
    ),
    "zh-Hant": ("電池\n您好,我的電池冒煙了,請問該怎麼辦?", "Order\n我的訂單還沒有到"),
    "ar": ("بطارية\nمرحبا، البطارية تدخن منذ الصباح، ماذا أفعل؟", "Order\nأين طلبي؟ طلبته قبل أسبوعين ولم يصل"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("offered", "default"),
    [
        (("en", "pt"), "en"), (("pt", "en"), "pt"), (("de", "es", "en"), "de"), (("tr", "en"), "tr"),
        (("en", "tr", "zh-Hant"), "en"), (("en", "ar"), "en"), (("ar", "en", "tr"), "ar"), (tuple(MAILS), "en"),
    ],
)  # fmt: skip
def test_a_mail_is_in_the_language_of_the_site_that_its_words_are_of(offered: tuple[str, ...], default: str) -> None:
    for lang, mails in MAILS.items():
        if lang in offered:
            assert {mail: language_of_mail(mail, "", offered, default) for mail in mails} == dict.fromkeys(mails, lang)


def test_what_is_written_goes_before_what_is_declared_and_that_before_the_default() -> None:
    assert language_of_mail("Onde está meu pedido que não chegou", "en-US", ("en", "pt"), "en") == "pt"
    assert language_of_mail("5512", "pt-BR, en", ("en", "pt"), "en") == "pt"
    assert language_of_mail("5512", "fr;q=1, pt-BR", ("en", "pt"), "en") == "pt"
    assert language_of_mail("5512", "!!, ", ("en", "pt"), "en") == "en"
    assert language_of_mail("5512", "", ("en", "pt"), "pt") == "pt"
    assert language_of_mail("O número de série é K-4411, comprado em maio.", "", ("en", "tr"), "en") == "en"


def test_a_language_that_the_site_has_not_is_none_but_by_its_script() -> None:
    assert language_of_mail("Onde está meu pedido que não chegou", "", ("en", "de"), "en") == "en"
    assert language_of_mail("鼠标冒烟了", "", ("en", "zh-Hant"), "en") == "zh-Hant"
    assert language_of_mail("Привет, где мой заказ", "", ("en",), "en") == "ru"


@pytest.mark.parametrize(
    "mail",
    [
        "Kulaklık\nMerhaba,\n\ndün gece şarj ederken kutudan duman çıktı, perdem yandı. İadesini istiyorum.",
        "İade\nİyi günler, ürünü geri göndermek istiyorum.",
        "Sipariş\nİki hafta oldu, paket hâlâ gelmedi.",
        "Kargo\nMerhaba, paketim İstanbul'da kaldı, ne zaman gelir?",
        "İPTAL\nSİPARİŞİMİ İPTAL EDİN LÜTFEN",
        "Kulaklık\nŞarj olmuyor, ışığı yanmıyor. Ne yapmalıyım?",
    ],
)
def test_turkish_is_known_by_its_capitals_and_with_its_marks_apart(mail: str) -> None:
    for form in ("NFC", "NFD"):
        assert language_of_mail(unicodedata.normalize(form, mail), "", ("en", "tr", "zh-Hant"), "en") == "tr"
