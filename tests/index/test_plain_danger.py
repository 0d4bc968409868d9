"""Plain statements of danger, without a model."""

import pytest

from index.query import plain_danger
from index.query.apostrophes import otherwise
from index.query.plain_danger import is_of, spoken_of, statements


def kinds(text: str, lang: str) -> list[tuple[str, bool]]:
    return [(one.kind, one.sure) for one in statements(text, lang)]


@pytest.mark.parametrize(
    ("text", "lang", "kind"),
    [
        ("please help, my kettle is burning", "en", "fire"),
        ("the charger is swollen", "en", "swelling"),
        ("sparks", "en", "sparks"),
        ("pilden duman çıkıyor", "tr", "smoke"),
        ("SCOOTER'IM ALEV ALDI", "tr", "fire"),
        ("電池冒煙了怎麼辦", "zh-Hant", "smoke"),
        ("der E-Bike-Akku ist explodiert", "de", "explosion"),
        ("l'ordinateur est en feu", "fr", "fire"),
        ("batarya patladı", "en", "explosion"),
    ],
)
def test_a_thing_and_a_word_of_danger_say_it_plainly(text: str, lang: str, kind: str) -> None:
    assert (kind, True) in kinds(text, lang)


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("the price exploded", "en"), ("smoke case", "en"), ("what if the battery exploded", "en"),
        ("the lamp burned", "en"), ("the charger is not burning", "en"), ("the kettle leaks", "en"),
        ("ışık yanıyor", "tr"), ("pil yanmıyor", "tr"),
        ("電池會爆炸嗎", "zh-Hant"), ("die Lampe brennt", "de"), ("je fume", "fr"), ("電池が爆発しますか", "ja"),
    ],
)  # fmt: skip
def test_figures_questions_denials_colours_and_what_is_lit_are_none(text: str, lang: str) -> None:
    assert kinds(text, lang) == []


def test_an_unknown_thing_before_it_makes_it_doubtful_and_only_in_its_own_language() -> None:
    assert kinds("der Gabelstapler qualmt", "de") == [("smoke", False)]
    assert kinds("der Gabelstapler qualmt", "en") == []
    assert kinds("qualmt der Gabelstapler", "de") == []


def test_what_authors_speak_of_is_read_by_the_same_phrases() -> None:
    assert spoken_of("the battery pack is smoking", "en") == {"smoke"}
    assert spoken_of("şiş*", "tr") == set() and spoken_of("pil patladı", "tr") == {"explosion"}
    assert spoken_of("your data was leaked", "en") == set() == spoken_of("x", "xx")
    assert is_of("fire", "smoke") and not is_of("shock", "smoke") and not is_of("fire", "shock")


def test_a_phrase_in_each_file_is_of_a_known_kind_and_no_word_is_small_and_a_thing() -> None:
    for lang in plain_danger._languages():
        known = plain_danger._words_of(lang)
        assert {phrase.kind for phrase in known.phrases} >= {"fire", "smoke", "explosion", "swelling", "sparks"}, lang
        if isinstance(known, plain_danger._Words):
            assert known.small.isdisjoint(known.no_things | known.lit | known.batteries), lang
        others = {
            "shining", "of lights", "empty", "of batteries", "small", "asking", "lit", "batteries", "things", "who",
            "body", "no things", "joining", "figures",
        }  # fmt: skip
        assert set(plain_danger._sections(lang)) <= {*plain_danger.KINDS, *others}, lang
        assert all(plain_danger._beside(section, lang) for section in ("of lights", "of batteries")), lang


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("the red light blinks", "en"), ("LED stays on", "en"), ("the candle burns", "en"),
        ("kırmızı ışık hızlı yanıp sönüyor", "tr"), ("sarı lamba sürekli yanıyor", "tr"),
        ("die grüne Lampe leuchtet", "de"), ("la luz azul parpadea rápido", "es"), ("le voyant rouge est allumé", "fr"),
        ("la luce rossa lampeggia", "it"), ("a luz vermelha pisca", "pt"), ("het rode lampje knippert", "nl"),
        ("czerwona dioda miga", "pl"), ("красный индикатор мигает", "ru"), ("الضوء الأحمر يومض", "ar"),
        ("האור האדום מהבהב", "he"), ("紅燈一直閃", "zh-Hant"), ("红灯常亮", "zh-Hans"), ("赤いランプが点滅", "ja"),
        ("빨간 램프가 깜빡여요", "ko"),
    ],
)  # fmt: skip
def test_what_lights_do_is_no_danger(text: str, lang: str) -> None:
    assert plain_danger.says_what_lights_do(text, lang) and kinds(text, lang) == []


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("the light is on and the case smokes", "en"), ("the lamp exploded", "en"), ("the lamp burned my hand", "en"),
        ("the red light is on and it is hot", "en"), ("lamba yanıyor, pil şişti", "tr"), ("ışık elimi yaktı", "tr"),
        ("die Lampe blinkt und riecht komisch", "de"), ("紅燈一直閃還冒煙", "zh-Hant"), ("red light", "en"),
        ("the charger burns", "en"), ("der Ofen tickt", "de"), ("la batería parpadea", "es"), ("x", "xx"),
    ],
)  # fmt: skip
def test_what_else_is_said_beside_a_light_or_of_other_things_may_be(text: str, lang: str) -> None:
    assert not plain_danger.says_what_lights_do(text, lang)


def test_apostrophes_are_restored_or_made_straight_or_dropped_where_they_say_whose() -> None:
    assert otherwise("i cant see somebodys bill") == "i can't see somebody's bill"
    assert otherwise("CANT BREATHE") == "CAN'T BREATHE" and otherwise("Dont") == "Don't"
    assert otherwise("people’s orders") == "people's orders" and otherwise("people's orders") == "peoples orders"
    for text in ("it can't connect", "strangers", "its lid", "were here", "iPhone'um"):
        assert otherwise(text) is None, text


@pytest.mark.parametrize(
    ("text", "lang", "is_figure"),
    [
        ("the beat explodes", "en", True), ("smoked cheese", "en", True), ("prices are on fire", "en", True),
        ("hacked together a mount", "en", True), ("a hack for my case", "en", True),
        ("the bass speaker exploded", "en", False),
        ("it exploded", "en", False), ("the case exploded", "en", False), ("my account was hacked", "en", False),
        ("fiyatlar patladı", "tr", True), ("sinirden patladım", "tr", True), ("kulaklık patladı", "tr", False),
        ("低音爆炸", "zh-Hant", True), ("低音耳機爆炸", "zh-Hant", False), ("電池爆炸", "zh-Hant", False),
        ("die Preise explodieren", "de", True), ("der Akku explodiert", "de", False),
        ("explotan las ofertas", "es", True),
        ("les prix explosent", "fr", True), ("ceny wybuchły", "pl", True), ("цены взорвались", "ru", True),
        ("انفجرت الأسعار", "ar", True), ("המחירים", "he", False), ("מחירים מתפוצצים", "he", True), ("x", "xx", False),
    ],
)  # fmt: skip
def test_what_explodes_in_no_other_way_is_a_figure_of_speech(text: str, lang: str, is_figure: bool) -> None:
    assert plain_danger.speaks_in_a_figure(text, text, lang) is is_figure


@pytest.mark.parametrize(
    ("text", "lang", "is_empty"),
    [
        ("the battery is flat again", "en", True), ("battery dead after a fall into the bath", "en", False),
        ("the battery drains too fast", "en", True), ("the battery is hot", "en", False),
        ("battery empty and it smokes", "en", False), ("the battery is empty and my hand hurts", "en", False),
        ("pil çabuk bitiyor", "tr", True), ("pil bitti ve şişti", "tr", False), ("der Akku ist schon leer", "de", True),
        ("der Akku ist aufgeplatzt", "de", False), ("der Akku wird heiß", "de", False), ("Finger leer", "de", False),
        ("la batería está vacía", "es", True), ("la batterie est à plat", "fr", True),
        ("la batteria è scarica", "it", True),
        ("a bateria acabou", "pt", True), ("de batterij is leeg", "nl", True), ("bateria jest rozładowana", "pl", True),
        ("батарея села", "ru", True), ("البطارية فارغة", "ar", True), ("הסוללה ריקה", "he", True),
        ("電池沒電了", "zh-Hant", True), ("电池用完了", "zh-Hans", True), ("電池很燙", "zh-Hant", False),
        ("バッテリーが切れた", "ja", True), ("배터리가 방전됐어요", "ko", True), ("x", "xx", False),
    ],
)  # fmt: skip
def test_an_empty_battery_is_no_danger(text: str, lang: str, is_empty: bool) -> None:
    assert plain_danger.says_that_a_battery_is_empty(text, lang) is is_empty
