"""Misspelt words are put right; right ones, names and codes are left alone."""

import gzip
from pathlib import Path

import pytest

import index
from index.analysis import tokens
from index.parts.lexicon import Lexicon
from index.query.spelling import Correction, Vocabulary, common_words, correct
from index.query.turkish import turkish
from index.query.written_out import NEGATED

DATA = Path(index.__file__).parent / "data"
ENGLISH = [
    "Return an item and get a refund within 30 days. Pay for the parcel with a gift card.",
    "Reset your password. Headphones connect by Bluetooth. The parcel is late. Error E-17, ERR_2041.",
]
TURKISH = [
    "Siparişinizi takip edin. Kargo ücreti ve teslimat süresi. İade ve fatura.",
    "İSTANBUL'daki mağaza, kulaklık garantisi, şifrenizi değiştirmek. Hesabım sayfası. Sipariş, ödeme.",
]
CHINESE = ["用 Bluetooth 配對耳機。"]


def collection() -> tuple[dict[str, Vocabulary], dict[str, Lexicon]]:
    texts = {"en": ENGLISH, "tr": TURKISH, "zh": CHINESE}
    documents = {lang: [tokens(t, lang) for t in some] for lang, some in texts.items()}
    return (
        {lang: Vocabulary.of((lang, t) for t in some) for lang, some in texts.items()},
        {lang: Lexicon.of(some, some) for lang, some in documents.items()},
    )


VOCABULARIES, LEXICONS = collection()


def meant(text: str, lang: str = "en") -> str | None:
    return text_of(correct(text, lang, VOCABULARIES, LEXICONS))


def text_of(correction: Correction | None) -> str | None:
    return correction and correction.text


def test_a_vocabulary_holds_words_as_they_are_written_and_how_often() -> None:
    found = Vocabulary.of([("tr", "İade, IŞIK ve iade'nin E-17 kodu: x2y, on")])
    assert dict(zip(found.words, found.counts, strict=True)) == {"iade": 2, "ışık": 1, "kodu": 1}


def test_a_vocabulary_is_read_as_it_was_written(tmp_path: Path) -> None:
    VOCABULARIES["tr"].save(tmp_path / "tr")
    assert Vocabulary.load(tmp_path / "tr") == VOCABULARIES["tr"]


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("refnd", "refund"),
        ("refundd", "refund"),
        ("rafund", "refund"),
        ("retrun an itme", "return an item"),
        ("hedphons", "headphones"),
        ("REFNUD", "REFUND"),
        ("Refnud", "Refund"),
        ("where is my parcle?", "where is my parcel?"),
    ],
)
def test_english_words_are_put_right(typed: str, right: str) -> None:
    assert meant(typed) == right


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("kargmo nerede", "kargo nerede"),
        ("teslmiat süresi", "teslimat süresi"),
        ("sipraişimi iptal", "siparişimi iptal"),
        ("İAED", "İADE"),
        ("kulaklıgk", "kulaklık"),
        ("değişitrmek", "değiştirmek"),
    ],
)
def test_turkish_words_are_put_right(typed: str, right: str) -> None:
    assert meant(typed, "tr") == right


def test_latin_words_in_chinese_are_put_right() -> None:
    assert meant("Blutooth 配對", "zh-Hant") == "Bluetooth 配對"


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("return", "en"),
        ("world cup bread tap", "en"),
        ("siparis takibi", "tr"),  # without its letters
        ("siparişlerimdekiler", "tr"),  # never written so, but a root with its endings
        ("çorba tarifi", "tr"),
        ("parcel to Hans Retrun", "en"),  # a name, for all one knows
        ("E-71 ERR_2014 file.refnd /refnd refnd@example.com refnd2", "en"),
        ("退貨單", "zh-Hant"),
        ("refnd", "de"),  # a language whose words are not known
        ("re", "en"),
        ('"refnd" parcel', "en"),
        ("parcel -refnd", "en"),
        ("xqzjk", "en"),
        ("refnd " * 20, "en"),
        ("", "en"),
    ],
)
def test_what_is_right_or_meant_as_it_is_stays(text: str, lang: str) -> None:
    assert meant(text, lang) is None


def test_in_short_words_one_edit_at_the_beginning_makes_another_word() -> None:
    vocabulary = Vocabulary.of([("en", "card mail item")])
    assert vocabulary.nearest("bard", 1) is None
    assert vocabulary.nearest("crad", 1) == "card"


def test_of_several_the_commonest_is_meant() -> None:
    assert Vocabulary.of([("en", "parcels parcel parcel parcel")]).nearest("parcelz", 1) == "parcel"


def test_the_words_that_come_with_it_are_plain() -> None:
    roots, endings = turkish()
    assert all(word in common_words() for word in ("world", "bread", "headphones")) and "wrold" not in common_words()
    assert "siparis" in roots and "lerimizdeki" in endings and "lerimizdeki" not in roots
    for file, known in (("words.txt.gz", [common_words()]), ("turkish.txt.gz", [roots, endings])):
        lists = gzip.decompress((DATA / file).read_bytes()).decode().split("\n\n")
        for words, table in zip([words.split("\n") for words in lists], known, strict=True):
            assert len(table) == len(set(words)) and all(word in table for word in words)
            assert all(word.isascii() and word.isalpha() and word == word.lower() for word in words)


@pytest.mark.parametrize("mark", ["'", "’", ""])
@pytest.mark.parametrize("letters", [one for one in NEGATED if one.endswith("nt")])
def test_a_contraction_is_no_mistake(letters: str, mark: str) -> None:
    assert meant(f"it {letters[:-1]}{mark}t arrive") is None


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("havn't", "haven't"),
        ("dosen't", "doesn't"),
        ("dosent", "doesn't"),
        ("wern't", "weren't"),
        ("could't", "couldn't"),
    ],
)
def test_a_misspelt_contraction_is_put_right_as_a_whole(typed: str, right: str) -> None:
    assert meant(f"the parcel {typed} arrive") == f"the parcel {right} arrive"


# One edit away from words of the articles, each of them; what everybody writes, and names that no list has.
HABITS = (
    "The mind of songs. Delete a file with ink. Plus the list of steps: fan, msn, addon, asks, pics, video, sort, wide."
    " Text, talk, tyre, them, then, acre, cold, pump, boss, slim, tank, team, kit, grip, clip, frog, spelt, mail."
)
NEAR = Vocabulary.of([("en", HABITS), ("en", HABITS)])


@pytest.mark.parametrize(
    "word", ["pls", "plz", "mins", "thx", "idk", "fav", "msg", "tbh", "imo", "vids", "addr", "cuz"]
)
@pytest.mark.parametrize("text", ["deleted file {}", "{} where is the list", "{}"])
def test_what_everybody_writes_in_chats_is_no_mistake(word: str, text: str) -> None:
    assert correct(text.format(word), "en", {"en": NEAR}, {}) is None


@pytest.mark.parametrize("lang", ["en", "tr"])
def test_no_word_of_the_list_of_chat_words_or_of_what_is_said_around_a_question_is_put_right(lang: str) -> None:
    rows = [line.split() for line in (DATA / "chat_words.txt").read_text("utf-8").splitlines() if line[0] != "#"]
    noise = (DATA / "noise" / f"{lang}.txt").read_text("utf-8").splitlines()
    words = [word for first, *some in rows if first in {"en", lang} for word in some]
    words += [word for line in noise if not line.startswith("#") for word in line.split() if word.isalpha()]
    # With a letter more, each has a neighbour in the articles.
    near = {lang: Vocabulary.of([(lang, " ".join(f"{word}{letter}" for word in words for letter in "ae"))])}

    assert len(words) > 150
    assert [word for word in words if correct(word, lang, near, {})] == []


@pytest.mark.parametrize(
    "typed", ["sonos", "vimeo", "tbx", "wgt", "prt", "codec", "rsync", "qcode", "iCardss", "PayyPal"]
)
def test_a_name_that_is_near_a_word_by_accident_is_no_mistake(typed: str) -> None:
    words = "songs video tax wet port code codes sync cards icards paypal"

    assert Vocabulary.of([("en", words)]).nearest(typed.lower(), 1) is not None
    assert correct(f"connect {typed} to the parcel", "en", {"en": Vocabulary.of([("en", words)])}, LEXICONS) is None


@pytest.mark.parametrize(
    ("typed", "right"),
    [
        ("crad", "card"), ("itme", "item"), ("labl", "label"), ("csrd", "card"), ("carf", "card"), ("itam", "item"),
        ("carrd", "card"), ("retun", "return"), ("parsel", "parcel"), ("tha", None),
        ("payy", "pay"), ("smsl", None), ("wrng", "wrong"), ("ntml", None),
        ("labelk", "label"), ("ccard", "card"), ("labelm", None), ("mlabel", None),
    ],
)  # fmt: skip
def test_short_words_are_put_right_where_it_is_likely(typed: str, right: str | None) -> None:
    vocabulary = Vocabulary.of([("en", "card item label return parcel the pay small wrong ntmls")])

    found = text_of(correct(f"xyzzyx {typed}", "en", {"en": vocabulary}, {}))
    assert found == (right and f"xyzzyx {right}")


SOUNDS = {"en": Vocabulary.of([("en", "fine fine fine with with phone which quick kick knob nob wrong city kitty")])}


@pytest.mark.parametrize(
    ("typed", "right"), [("fone", "phone"), ("wich", "which"), ("kwick", "quick"), ("rong", "wrong"), ("sitty", "city")]
)
def test_of_words_as_near_the_one_that_sounds_the_same_is_meant(typed: str, right: str) -> None:
    assert SOUNDS["en"].nearest(typed, 1, by_sound=True) == right


@pytest.mark.parametrize("typed", ["giremiyom", "duymuyolar", "alcaz", "gelcem"])
def test_a_colloquial_turkish_verb_is_no_mistake(typed: str) -> None:
    assert meant(f"siparişi {typed}", "tr") is None


OTHERS = {
    "de": "Verschlüsselung, Profilbild und Firewall. Eine Benachrichtigung stumm schalten, Geräte wechseln, die Daten.",
    "fr": "Changer le mot de passe, la livraison et le remboursement des écouteurs.",
    "pl": "Zwrot pieniędzy, przesyłka i słuchawki.",
    "ru": "Замена наушников, возврат денег и доставка посылки.",
    "el": "Επιστροφή χρημάτων και ακουστικά.",
    "ar": "استبدال السماعة واسترجاع المبلغ.",
    "he": "החזרת אוזניות ומשלוח חבילה.",
}


def meant_in(text: str, lang: str, written: tuple[str, ...] | None = None) -> str | None:
    return text_of(correction_in(text, lang, written))


def correction_in(text: str, lang: str, written: tuple[str, ...] | None = None) -> Correction | None:
    own = OTHERS[lang]
    documents = [tokens(own, lang)]
    vocabularies, lexicons = {"und": Vocabulary.of([(lang, own)])}, {"und": Lexicon.of(documents, documents)}
    return correct(text, lang, vocabularies, lexicons, (), (lang,) if written is None else written)


@pytest.mark.parametrize(
    ("lang", "typed", "right"),
    [
        ("de", "verschlüselung", "verschlüsselung"),
        ("de", "Benachrichtgung stumm", "Benachrichtigung stumm"),
        ("de", "wo ist mein Profilbid", "wo ist mein Profilbild"),
        ("de", "firwall", "firewall"),
        ("fr", "remboursemnt", "remboursement"),
        ("fr", "ecouteuurs", "écouteurs"),
        ("pl", "słuchwaki", "słuchawki"),
        ("ru", "посыллки", "посылки"),
        ("el", "επιστορφή", "επιστροφή"),
        ("ar", "السمااعة", "السماعة"),
        ("he", "אוזנייות", "אוזניות"),
    ],
)
def test_other_languages_are_corrected_by_the_articles_own_words(lang: str, typed: str, right: str) -> None:
    assert meant_in(typed, lang) == right


@pytest.mark.parametrize(
    ("lang", "typed"),
    [
        ("de", "raten"),  # one letter for another makes another word: `daten`
        ("de", "Verschluesselung"),  # typed without its letters, and no mistake
        ("de", "Gerätes"),  # another form
        ("de", "Profilbilder"),
        ("de", "Firewallprogramm"),  # a compound
        ("de", "Einrichtung"),  # a frequent word that is in no article
        ("de", "Schalke"),  # what may be a name
        ("de", "bild"),
        ("fr", "avec Livraisonn"),  # a name
        ("fr", "livraisons"),
        ("ru", "доставки"),
        ("de", "firwall_2 www.firwall.de"),
    ],
)
def test_what_may_be_right_in_another_language_stays(lang: str, typed: str) -> None:
    assert meant_in(typed, lang) is None


def test_a_language_without_articles_is_not_corrected() -> None:
    assert meant_in("verschlüselung", "de", ("en", "fr")) is None


@pytest.mark.parametrize(
    ("lang", "typed", "sure"),
    [
        ("de", "Verschlüsslung", True),  # a letter left out
        ("fr", "rembursemet", False),  # two edits
        ("fr", "rembuorsement", True),  # exchanged
        ("fr", "remboursemment", True),  # twice
        ("pl", "słuchwaki", True),
        ("ru", "наушнников", True),
        ("fr", "rembourzement", False),  # another letter: may be another word
        ("fr", "remborusement livraizon", False),  # one is sure, one is not
        ("fr", "rembroursement", False),  # a letter more
    ],
)
def test_only_what_is_surely_no_word_is_replaced_where_no_list_tells(lang: str, typed: str, sure: bool) -> None:
    found = correction_in(typed, lang)
    assert found is not None and found.is_sure is sure


def test_what_a_list_does_not_know_is_surely_no_word() -> None:
    found = correct("rafund", "en", VOCABULARIES, LEXICONS)
    assert found == Correction("refund", True)
