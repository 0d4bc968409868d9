"""Clauses of mood are no part of a question, however they are put; a word of the product's makes them one."""

import pytest

from index.query.feelings import LANGUAGES, without_feelings
from index.query.noise import without_noise
from index.query.normalize import normalize

QUESTIONS = {
    "en": "where is my invoice", "tr": "faturam nerede", "de": "wo finde ich meine Rechnung",
    "fr": "où trouver ma facture",
    "es": "dónde encuentro la factura", "it": "dove trovo la fattura", "nl": "waar vind ik mijn factuur",
    "pt": "onde encontro a fatura", "ru": "где найти счёт", "ar": "أين أجد الفاتورة", "zh": "發票在哪裡",
}  # fmt: skip
MOODS = {
    "en": [
        "this website drives me insane", "you are all useless", "I am really fed up with your company", "what a joke",
        "my wife is furious with me", "two weeks now and still nothing this is disgraceful",
        "worst support I have ever seen",
        "I hope you can help me", "I don't understand any of this",
    ],
    "tr": [
        "bu nasıl bir rezalet", "artık delireceğim", "üç gündür uğraşıyorum bıktım",
        "siteniz berbat", "umarım yardımcı olursunuz",
        "çok sinirliyim size",
    ],
    "de": [
        "das ist doch lächerlich", "ich bin stinksauer auf euch", "euer Service ist eine Frechheit",
        "ich verzweifle langsam",
        "ich hoffe mir kann hier jemand helfen",
    ],
    "fr": [
        "j'en ai marre", "votre service est nul", "c'est vraiment frustrant", "quelle honte",
        "j'espère que vous pouvez m'aider",
    ],
    "es": ["estoy harta de vosotros", "qué vergüenza de empresa", "esto es ridículo", "estoy desesperado"],
    "it": ["siete una vergogna", "sono furiosa", "che schifo di servizio", "sono stufo di aspettare"],
    "nl": ["jullie service is waardeloos", "ik word hier gek van", "ik ben het zat", "wat een schande"],
    "pt": ["vocês são uma vergonha", "estou farta disto", "que lixo de serviço", "isso é ridículo"],
    "ru": ["это просто ужас", "вы меня достали", "ваш сервис отстой", "я в отчаянии"],
    "ar": ["خدمتكم سيئة جدا", "أنا غاضب جدا", "هذا مستفز"],
    "zh": ["你們真的太離譜了", "我快要崩潰", "等了兩天氣死我了", "什麼爛客服", "希望有人能幫我"],
}  # fmt: skip


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_what_tells_of_nothing_but_a_mood_is_no_part_of_the_question(lang: str) -> None:
    asked = QUESTIONS[lang]
    comma, stop = (",", "!") if lang != "zh" else ("，", "！")
    for mood in MOODS[lang]:
        for typed in (
            f"{mood}{comma} {asked}",
            f"{asked}{comma} {mood}",
            f"{mood}{stop}{stop} {asked}?",
            f"{asked} - {mood}",
        ):
            left = without_noise(normalize(typed), lang).rstrip("?,! ")
            assert left == normalize(asked), typed


@pytest.mark.parametrize(
    ("lang", "typed"),
    [
        ("en", "my invoice is wrong and I am so done with this"),
        ("en", "I am losing my mind because my invoice is wrong"),
        ("tr", "faturam yanlış ve artık bıktım"),
        ("de", "meine Rechnung ist falsch und ich bin genervt"),
        ("es", "la factura está mal y estoy harto"),
    ],
)
def test_so_is_one_that_is_joined_to_it(lang: str, typed: str) -> None:
    left = without_noise(typed, lang)
    assert len(left) < len(typed) and {"en": "invoice", "tr": "fatura", "de": "Rechnung", "es": "factura"}[lang] in left


@pytest.mark.parametrize(
    ("lang", "typed"),
    [
        ("en", "the bass is terrible"),
        ("en", "your app sucks"),  # nothing else would be left
        ("en", "charger, I lost it"),
        ("en", "where the hell is my stuff, ordered ages ago"),
        ("en", "when the hell is it here, bought it last week"),
        ("tr", "nerede bu lanet şey, geçen hafta aldım"),
        ("de", "wo zum Teufel ist es, letzte Woche bestellt"),
        ("en", "it crashes all the time, the camera is useless"),
        ("en", "can I cancel, the delivery takes ages"),
        ("tr", "kamera berbat, nasıl düzeltirim"),
        ("de", "der Akku ist furchtbar, gibt es Ersatz"),
        ("zh", "垃圾郵件，怎麼刪除"),
        ("zh", "鏡頭很爛，怎麼退"),
        ("ja", "最悪です、返品したい"),
    ],
)
def test_what_says_something_of_the_product_stays(lang: str, typed: str) -> None:
    assert without_feelings(typed, lang) == typed


@pytest.mark.parametrize("lang", sorted(LANGUAGES))
def test_every_list_has_words_of_mood_and_words_around_them(lang: str) -> None:
    assert without_feelings(" ".join(["x"] * 500), lang)
    assert MOODS[lang]
