"""Words typed without the letters of their language, as the articles spell them."""

import pytest

from index.analysis import tokens
from index.query.spelling import Vocabulary
from index.query.typed_letters import with_own_letters

ARTICLES = {
    "de": "Nachricht löschen, wurde gelöscht. Die Verschlüsselung prüfen, Geräte, Straße, schließen, für neue Steuer",
    "sv": "lösenord hörlurar återbetalning köpa får",
    "da": "høretelefoner nøgle ændre spørgsmål låse",
    "es": "contraseña garantía devolución información teléfono esta está",
    "fr": "réparation sécurité reçu écouteurs désactivé",
    "pt": "devolução configurações opções não português",
    "pl": "hasło płatność zwrócić słuchawki",
    "cs": "přihlášení dobíjení záruka",
    "ro": "reparație căști înlocuire",
    "hu": "készülék jelszó garanciális",
    "el": "κωδικός σύνδεση ακουστικά",
    "ru": "удалённый счёт подключён",
    "ar": "إلغاء مستوى بطارية أسئلة",
    "hr": "uređaj plaćanje",
}


def spelt(text: str, lang: str) -> str:
    return with_own_letters(text, lang, Vocabulary.of([(lang, ARTICLES[lang])]))


@pytest.mark.parametrize(
    ("lang", "typed", "meant"),
    [
        ("de", "nachricht loeschen fuer alle", "nachricht löschen für alle"),
        ("de", "Verschluesselung PRUEFEN", "Verschlüsselung PRÜFEN"),
        ("de", "verschluesselungen, geraete und strasse", "verschlüsselungen, geräte und straße"),
        ("sv", "losenord horlurar aaterbetalning", "lösenord hörlurar återbetalning"),
        ("da", "hoeretelefoner noegle sporgsmal laase", "høretelefoner nøgle spørgsmål låse"),
        ("es", "contrasena garantia devolucion", "contraseña garantía devolución"),
        ("fr", "reparation securite recu", "réparation sécurité reçu"),
        ("pt", "devolucao opcoes nao", "devolução opções não"),
        ("pl", "haslo platnosc sluchawki", "hasło płatność słuchawki"),
        ("cs", "prihlaseni zaruka", "přihlášení záruka"),
        ("ro", "reparatie casti", "reparație căști"),
        ("hu", "keszulek jelszo", "készülék jelszó"),
        ("el", "κωδικος συνδεση", "κωδικός σύνδεση"),
        ("ru", "удаленный счет", "удалённый счёт"),
        ("ar", "الغاء بطاريه اسئله", "إلغاء بطارية أسئلة"),
        ("hr", "uredjaj placanje", "uređaj plaćanje"),
    ],
)
def test_words_typed_without_letters_are_spelt_as_the_articles_spell_them(lang: str, typed: str, meant: str) -> None:
    assert spelt(typed, lang) == meant


@pytest.mark.parametrize(
    ("lang", "typed"),
    [
        ("de", "neue Steuer, wurde"),  # as the articles have it
        ("de", "wurden, schon, losen"),  # without a mark it is another word
        ("de", "löschen fuer"),  # whoever types one letter can type them all
        ("es", "esta está"),
        ("es", "garantia2 www.garantia.es garantia@garantia.es"),
        ("fr", "bonjour"),
        ("de", ""),
    ],
)
def test_what_is_right_or_no_word_stays(lang: str, typed: str) -> None:
    assert spelt(typed, lang) == typed


def test_the_commonest_words_are_known_without_articles() -> None:
    assert with_own_letters("koennen fuer", "de", Vocabulary((), ())) == "können für"


@pytest.mark.parametrize(
    ("lang", "one", "other"),
    [
        ("de", "Video", "Videos"), ("de", "App", "Apps"), ("de", "Menü", "Menüs"), ("de", "Haus", "Häuser"),
        ("nl", "foto", "foto's"), ("nl", "video's", "videos"), ("pt", "conexão", "conexões"), ("pt", "papel", "papéis"),
        ("pt", "imagem", "imagens"), ("pl", "hasło", "hasła"), ("cs", "heslo", "hesla"), ("sk", "heslo", "hesla"),
        ("hr", "lozinka", "lozinke"), ("fa", "رمز", "رمزها"), ("fa", "کتاب", "كتاب"), ("is", "lykilorð", "lykilord"),
        ("az", "şifrə", "sifre"), ("uk", "ґанок", "ганок"),
    ],
)  # fmt: skip
def test_forms_of_a_word_have_one_token(lang: str, one: str, other: str) -> None:
    assert tokens(one, lang) == tokens(other, lang)
