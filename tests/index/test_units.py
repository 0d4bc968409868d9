"""Numbers and units are the same question however they are typed."""

import pytest

from index.analysis import spans, tokens
from index.query.parser import codes
from index.query.units import with_numbers_apart, with_numbers_joined, with_spaced_units


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("2.4GHz", "2.4 GHz"),
        ("2.4 ghz", "2.4 GHz"),
        ("3,5 mm", "3.5 mm"),
        ("6.35mm plug", "6.35 mm plug"),
        ("100 watts", "100 W"),
        ("100W charger", "100 W charger"),
        ("v2.10", "v 2.10"),
        ("60 公分", "60 cm"),
        ("30days return", "30 days return"),
        ("2Years, 48hours", "2 Years, 48 hours"),
        ("14gün içinde", "14 gün içinde"),
        ("2yıl, 3aylık, 50TL", "2 yıl, 3 aylık, 50 TL"),
        ("Bluetooth5.3", "Bluetooth 5.3"),
    ],
)
def test_numbers_and_units_are_apart(typed: str, read: str) -> None:
    assert with_spaced_units(typed) == read


@pytest.mark.parametrize(
    "typed",
    [
        "WH-1000XM4",
        "E-17",
        "10-12 days",
        "iso 9001",
        "version 2",
        "3 articles",
        "mp3",
        "4K",
        "30x",
        "E17days",
        "5g",
        "2fa",
        "iphone15",
        "1.2.3days",
        "web3.js",
    ],
)
def test_codes_and_bare_numbers_stay(typed: str) -> None:
    assert with_spaced_units(typed) == typed


def test_an_identifier_is_found_by_its_parts() -> None:
    assert tokens("getUserName", "en") == ["getusernam", "get", "user", "name"]


@pytest.mark.parametrize("name", ["iPhone", "GitHub", "YouTube"])
def test_a_brand_is_one_word(name: str) -> None:
    assert len(tokens(name, "en")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "want 30 pairs", "dead after 3h", "within 30 days", "no reply within 48 hours", "in 30 working days",
        "ordered 20min ago", "paid 40 euros", "about 50 % off", "after 10 to 12 days", "within 3 - 5 days",
        "son 2 hafta", "okula 25 tane alcaz", "içinde 3 gün", "kargo 5 iş günü", "telefon 3saatte bitiyor",
    ],
)  # fmt: skip
def test_a_number_that_counts_something_makes_no_code_of_the_words_beside_it(text: str) -> None:
    assert codes(text) == ()


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("err 2041", "err 2041"), ("E 17 amber", "E 17"), ("WH 1000 XM4", "WH 1000 XM4"), ("model 3 days late", None),
        ("error 17 after 3 days", "error 17"), ("TF-20418837 late 2 weeks", "TF-20418837"),
    ],
)  # fmt: skip
def test_codes_beside_quantities_stay_codes(text: str, typed: str | None) -> None:
    assert typed in {code.typed for code in codes(text)} if typed else not codes(text)


KNOWN = {"error", "macos", "ios", "windows", "devices", "cihaz", "port", "oauth2", "mp3", "password", "utf"}


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("error1602", "error 1602"),
        ("on macOS12 and iOS15.4", "on macOS 12 and iOS 15.4"),
        ("Windows7?", "Windows 7?"),
        ("我的iOS15.4無法連線", "我的iOS 15.4無法連線"),
        ("5devices, 5cihaz", "5 devices, 5 cihaz"),
        ("utf8", "utf 8"),
        # What the articles write so, do not know at all, or may be a model's name, an address or a part of either.
        ("oauth2 and mp3", "oauth2 and mp3"),
        ("oneui6", "oneui6"),
        ("S23 PS5 E1602", "S23 PS5 E1602"),
        ("error1602x", "error1602x"),
        ("port25.example.org", "port25.example.org"),
        ("ab-error1602", "ab-error1602"),
        ("error1602-b", "error1602-b"),
        ("/port25/", "/port25/"),
        ("error160212", "error160212"),
    ],
)
def test_a_number_is_apart_from_a_word_the_articles_know(typed: str, read: str) -> None:
    assert with_numbers_apart(typed, KNOWN.__contains__) == read


_FORMS = [
    ("100MB", "100mb", "100 MB", "100 megabytes", "100Megabyte"),
    ("65W", "65w", "65 W", "65 watts", "65watt"),
    ("2.4GHz", "2.4 GHz", "2.4ghz", "2.4 gigahertz"),
    ("3.5mm", "3.5 mm", "3.5 millimetres"),
    ("330ml", "330 ml", "330ML"),
    ("30days", "30 days"),
    ("12hours", "12 hours"),
]


@pytest.mark.parametrize("forms", _FORMS, ids=lambda forms: forms[0])
@pytest.mark.parametrize(
    ("lang", "around"),
    [("en", "up to {} each"), ("tr", "en çok {}'dir"), ("zh-Hant", "最大為{}。"), ("de", "bis zu {}-Datei")],
)
def test_what_an_article_says_of_a_measure_is_found_however_either_is_typed(
    forms: tuple[str, ...], lang: str, around: str
) -> None:
    for written in forms:
        article = set(tokens(around.format(written), lang))
        for typed in forms:
            asked = tokens(with_spaced_units(typed), lang, query=True)
            # What is no unit has its plural in English only.
            assert set(asked) <= article or (lang != "en" and forms[0][2:] in {"days", "hours"}), (written, typed)
            assert article & {token for token in asked if token[0].isdigit()}


@pytest.mark.parametrize("written", ["Windows11", "iOS15", "USB3.0", "Bluetooth5.3", "Android14-"])
def test_a_word_and_its_number_are_found_apart(written: str) -> None:
    name = written.rstrip("-.0123456789")
    number = written.removeprefix(name).rstrip("-")
    assert set(tokens(f"{name} {number}", "en", query=True)) <= set(tokens(f"on {written}", "en"))


@pytest.mark.parametrize("written", ["E-17", "mp3", "h264", "1080p", "TF-20418837", "XR20", "A4"])
def test_a_name_with_a_number_stays_one_word(written: str) -> None:
    assert tokens(written, "en") == tokens(written, "en", query=True)


def _is_any_number(_: str) -> bool:
    return True


_NUMBERS = [
    ("16x11x2", "16 x 11 x 2", "16 × 11 × 2", "16*11*2", "16X11X2", "16×11×2"),
    ("4x6", "4 x 6", "4×6", "4 × 6", "4*6", "4х6", '4"x6"', '4" x 6"'),
    ("30cmx40cm", "30 x 40 cm", "30×40cm", "30 cm × 40 cm"),
    ("1920x1080px", "1920 × 1080 px", "1920 x 1080 pixels"),
    ("2.5x7", "2.5 × 7"),
    ("1400", "1,400", "1.400", "1'400", "1’400", "1400+", "1,400+", "1\u00a0400", "1\u202f400"),
    ("25000", "25,000", "25.000", "25 000", "25'000", "25.000,00", "25,000.00"),
    ("1000000", "1,000,000", "1.000.000", "1'000'000"),
    ("150000", "1,50,000", "150,000"),
]


@pytest.mark.parametrize("forms", _NUMBERS, ids=lambda forms: forms[0])
@pytest.mark.parametrize(
    ("lang", "around"),
    [("en", "at most {} here"), ("pt-BR", "até {} por vez"), ("pl", "do {}, nie więcej"), ("zh-Hant", "最大為{}。")],
)
def test_sizes_and_large_numbers_meet_however_they_are_written(forms: tuple[str, ...], lang: str, around: str) -> None:
    for written in (one for one in forms if lang == "pl" or " 000" not in one):
        article = set(tokens(around.format(written), lang))
        for typed in forms:
            read = with_spaced_units(with_numbers_joined(typed.replace("\u202f", " "), _is_any_number), lang)
            # An inch or centimetre may be left out of either.
            assert {t for t in tokens(read, lang, query=True) if t[0].isdigit()} <= article, (written, typed)


_TIMES = {
    "en": [("600sec", "600 secs", "600 seconds"), ("10min", "10 mins.", "10-min", "10 minutes"),
           ("2hrs", "2 hr", "2h", "2hours", "2 hours"), ("3wks", "3 weeks"), ("5yrs", "5 yr", "5 years")],
    "tr": [("10dk", "10 dk.", "10 dakika"), ("30sn", "30 saniye")],
    "de": [("10min", "10 Min.", "10 Minuten"), ("24h", "24 Std.", "24 Stunden")],
    "pt-BR": [("10min", "10 minutos"), ("48h", "48hrs", "48 horas")],
    "fr": [("10mn", "10 min", "10 minutes"), ("48h", "48 heures")],
    "ru": [("10мин", "10 мин.", "10 минут")],
    "zh-Hant": [("5min", "5分鐘", "5 分鐘", "5 mins"), ("2hr", "2小時")],
    "zh-Hans": [("5min", "5分钟", "5分鐘")],
}  # fmt: skip


@pytest.mark.parametrize(("lang", "forms"), [(lang, forms) for lang, some in _TIMES.items() for forms in some])
def test_times_meet_however_they_are_shortened(lang: str, forms: tuple[str, ...]) -> None:
    for written in forms:
        article = set(tokens(f"x {written} y", lang))
        for typed in forms:
            assert set(tokens(with_spaced_units(typed, lang), lang, query=True)) <= article, (written, typed)


@pytest.mark.parametrize(
    "typed",
    [
        "0x10", "192.168.100.200", "v 2.100", "+31 10 555 0199", "0212 555 123", "555 123 45 67", "(555) 123 456",
        "2026-11-22", "12.11.2026", "22/11/2026", "0,125", "0.125", "1,40", "10:300", "iPhone 2026", "WH-1000XM4",
        "24/7", "3x faster", "x264", "1,2345", "E-17 200", "3d printer", "the 90s", "5m", "SKU-1,400-2", "A1,400",
    ],
)  # fmt: skip
def test_no_number_is_joined_or_taken_apart_that_is_none(typed: str) -> None:
    assert with_spaced_units(with_numbers_joined(typed, _is_any_number), "en") == typed


def test_what_may_be_two_numbers_is_one_only_where_the_articles_have_it() -> None:
    assert with_numbers_joined("ports 80,443 on iPhone 15 128 GB", {"1400"}.__contains__) == (
        "ports 80,443 on iPhone 15 128 GB"
    )
    assert with_numbers_joined("$1,400.00 or 1 400", {"1400"}.__contains__) == "$1400 or 1400"


def test_a_number_is_marked_however_it_is_written() -> None:
    text = "With 1,400+ viewers or 1.400, boxes of 16x11x2."
    assert [text[start:end] for start, end in spans(text, "en", frozenset(("1400", "16", "11", "2")))] == [
        "1,400", "1.400", "16x11x2",
    ]  # fmt: skip
