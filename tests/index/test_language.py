"""Which language a question is in."""

import pytest

from index.analysis import is_stop_word, tokens
from index.parts.lexicon import Lexicon
from index.query.language import detect
from index.query.other_languages import listed_words


@pytest.mark.parametrize(
    ("text", "reader", "lang"),
    [
        ("Where is my order?", "tr", "en"),
        ("Where is my order?", "zh-Hant", "en"),
        ("siparişim nerede", "en", "tr"),
        ("iade için ne kadar beklerim", "en", "tr"),
        ("iade ne kadar", None, "tr"),
        ("耳機無法配對", "en", "zh-Hant"),
        ("耳机无法配对", "en", "zh-Hans"),
        ("耳机无法配对", "zh-Hant", "zh-Hans"),
        ("耳機無法配對", "zh-Hans", "zh-Hant"),
        ("我的帐户无法登录", "en", "zh-Hans"),
        ("イヤホンが壊れた", "en", "ja"),
        ("이어폰이 고장났어요", "en", "ko"),
        ("أين طلبي", "en", "ar"),
        ("איפה ההזמנה שלי", "en", "he"),
        ("где мой заказ", "en", "ru"),
        ("πού είναι", "en", "el"),
        ("สินค้าอยู่ที่ไหน", "en", "th"),
        ("मेरा पार्सल कहाँ है", "en", "hi"),
    ],
)
def test_a_question_tells_its_own_language(text: str, reader: str | None, lang: str) -> None:
    assert detect(text, reader) == lang


@pytest.mark.parametrize(
    ("text", "reader", "lang"),
    [
        ("wifi", "tr", "tr"),
        ("wifi", "de", "de"),
        ("wifi", None, "en"),
        ("", "tr", "tr"),
        ("🙂", "zh-Hant", "en"),
        ("退回", "zh-Hant", "zh-Hant"),
        ("退回", "zh-Hans", "zh-Hans"),
        ("返品", "ja", "ja"),
        ("де моє замовлення", "uk", "uk"),
        ("سفارش من کجاست", "fa", "fa"),
        ("Où est mon colis", "fr", "fr"),
        ("mənim şifrəm", "az", "az"),
    ],
)
def test_where_the_text_does_not_tell_the_reader_decides(text: str, reader: str | None, lang: str) -> None:
    assert detect(text, reader) == lang


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("لا تعمل السماعة مع WiFi", "ar"),
        ("Как подключить WH-1000XM4 к телефону", "ru"),
        ("WH-1000XM4 無法配對", "zh-Hant"),
    ],
)
def test_a_latin_product_name_does_not_hide_the_language(text: str, lang: str) -> None:
    assert detect(text, "en") == lang


@pytest.mark.parametrize("text", ["garanti neleri kapsar be", "on gün oldu", "her gün"])
def test_words_that_english_has_too_are_turkish_for_a_turkish_reader(text: str) -> None:
    assert detect(text, "tr") == "tr"


def test_a_german_reader_may_ask_in_english() -> None:
    assert detect("how do I return this", "de") == "en"


TURKISH_ARTICLES = [
    "Şifrenizi unuttuysanız yenileyin. Siparişinizi takip edin, iade edin.",
    "Kargonuz nerede? Garanti süresi.",
]
ENGLISH_ARTICLES = ["Reset your password. Return an item. Pay by card online. Track your order at any time."]


def both() -> dict[str, Lexicon]:
    documents = {"tr": [tokens(t, "tr") for t in TURKISH_ARTICLES], "en": [tokens(t, "en") for t in ENGLISH_ARTICLES]}
    return {name: Lexicon.of(some, some) for name, some in documents.items()}


@pytest.mark.parametrize("reader", ["en", "zh-Hant", "de"])
@pytest.mark.parametrize(
    "text", ["sifremi unuttum", "iade etmek istiyorum", "kargom nerede", "garanti suresi", "siparis"]
)
def test_turkish_without_its_letters_is_known_by_the_articles(text: str, reader: str) -> None:
    assert detect(text, reader, both()) == "tr"


@pytest.mark.parametrize(
    "text",
    [
        "card online",
        "picture album time",
        "order status",
        "reset firmware",
        "hotline",
        "open file",
        "sign in",
        "her card",
    ],
)
def test_english_words_that_look_turkish_stay_english(text: str) -> None:
    assert detect(text, "en", both()) == "en"


@pytest.mark.parametrize("text", ["password", "reset password", "track parcel", "pair headphones", "Password  RESET?"])
def test_a_few_english_words_on_a_turkish_site_are_english(text: str) -> None:
    assert detect(text, "tr", both()) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "sifre",
        "garanti",
        "card",
        "password yenile",
        "online kargo",
        "time",
        "LDAC",
        "iade",
        "at",
        "password reset nerede kaldi",
    ],
)
def test_turkish_words_and_names_on_a_turkish_site_are_turkish(text: str) -> None:
    assert detect(text, "tr", both()) == "tr"


def test_without_turkish_articles_nothing_is_taken_for_turkish() -> None:
    assert detect("kargom nerede", "en", {"en": both()["en"]}) == "en"


ENGLISH_ARTICLES = [
    "Track your parcel. Reset your password. Pair your headphones with Bluetooth; if links die, charge them.",
    "Where the package is, and how long delivery takes. You can return it for a refund, no questions asked.",
]


def english() -> dict[str, Lexicon]:
    documents = [tokens(text, "en") for text in ENGLISH_ARTICLES]
    return {"en": Lexicon.of(documents, documents)}


@pytest.mark.parametrize("reader", ["en", "tr", "zh-Hant", None])
@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Wo ist mein Paket?", "de"),
        ("Passwort vergessen", "de"),
        ("Bluetooth verbindet sich nicht", "de"),
        ("ZAHLUNG ABGELEHNT", "de"),
        ("où est mon colis", "fr"),
        ("mot de passe oublié", "fr"),
        ("¿dónde está mi pedido?", "es"),
        ("olvidé mi contraseña", "es"),
        ("ho dimenticato la password", "it"),
        ("esqueci minha senha", "pt"),
        ("waar is mijn pakket", "nl"),
        ("gdzie jest moja paczka", "pl"),
        ("kde je moje zásilka", "cs"),
        ("hol van a csomagom", "hu"),
        ("đơn hàng của tôi ở đâu", "vi"),
    ],
)
def test_a_question_in_a_language_without_articles_is_not_in_the_readers(
    text: str, lang: str, reader: str | None
) -> None:
    assert detect(text, reader, english()) == lang


@pytest.mark.parametrize(
    "text",
    [
        "my headphones die", "headphones die quickly", "I want a refund por favor", "does it work with my Volkswagen",
        "pair with Mac mini", "LDAC", "no", "iPhone", "playstation xbox", "usb c",
    ],
)  # fmt: skip
def test_a_word_of_another_language_does_not_make_a_question_one_of_it(text: str) -> None:
    assert detect(text, "en", english()) == "en"


def test_no_list_of_another_language_has_a_small_word_of_english() -> None:
    # Those that a language shares with English would make an English question one of it.
    assert [word for word in listed_words() if is_stop_word(word, "en")] == []


TURKISH_AND_ENGLISH = {
    "tr": ["Garanti süresi iki yıldır. Paketiniz, adresiniz, telefonunuz. Karta iade edilir.", *TURKISH_ARTICLES],
    "en": ["The warranty lasts two years. Your parcel, your address, your phone.", *ENGLISH_ARTICLES],
}


def turkish_and_english() -> dict[str, Lexicon]:
    documents = {lang: [tokens(text, lang) for text in texts] for lang, texts in TURKISH_AND_ENGLISH.items()}
    return {name: Lexicon.of(some, some) for name, some in documents.items()}


@pytest.mark.parametrize(
    ("text", "reader"),
    [
        ("Garantie", "de"), ("Telefon", "de"), ("Paket", "de"), ("Mein Paket ist immer noch nicht da", "de"),
        ("Reklamation", "de"), ("garantie", "fr"), ("mon adresse", "fr"), ("garantia", "es"), ("garantia", "pt"),
        ("garanzia", "it"), ("indirizzo", "it"), ("garantie", "nl"), ("adres", "pl"), ("karta", "cs"),
        ("garanti", "sv"), ("adresse", "da"), ("adresse", "no"), ("garancia", "hu"), ("paket", "id"), ("adresa", "ro"),
        ("takuu", "fi"), ("meu telefone", "pt"), ("adreça", "ca"),
    ],
)  # fmt: skip
def test_words_that_turkish_has_too_are_the_readers_own(text: str, reader: str) -> None:
    assert detect(text, reader, turkish_and_english()) == reader


@pytest.mark.parametrize("text", ["garanti suresi", "adresimi degistirmek istiyorum", "siparis", "telefonum nerede"])
def test_turkish_is_known_to_readers_of_any_language_by_what_only_turkish_has(text: str) -> None:
    assert detect(text, "de", turkish_and_english()) == "tr"


@pytest.mark.parametrize(
    ("text", "reader", "lang"),
    [
        ("Mein Paket ist immer noch nicht da", "pt", "de"), ("où est mon colis", "de", "fr"),
        ("onde está o meu pedido", "fr", "pt"), ("¿dónde está mi pedido?", "pt", "es"),
        ("waar is mijn pakket", "fr", "nl"),
    ],
)  # fmt: skip
def test_a_reader_of_another_language_may_ask_in_a_third(text: str, reader: str, lang: str) -> None:
    assert detect(text, reader, turkish_and_english()) == lang
