"""What somebody typed, taken apart."""

import pytest

from index.query.parser import Code, code_pattern, codes, operator_spans, parse, phrase_pattern
from index.query.plain_text import plain


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ('"gift card" balance', ("gift card",)),
        ("“gift card”", ("gift card",)),
        ("„gift card“", ("gift card",)),
        ("«gift card»", ("gift card",)),
        ("「優惠碼」怎麼用", ("優惠碼",)),
        ("『優惠碼』", ("優惠碼",)),
        ('我想"退款"嗎', ("退款",)),
        ('"one" and "two"', ("one", "two")),
        ('"  gift   card "', ("gift card",)),
        ('"E-17"\'yi', ("E-17",)),
        ('refund "', ()),
        ('"" refund', ()),
        ('"!!!"', ()),
        ('a 6" cable and a 7"screen', ()),
        ("it's my phone's", ()),
    ],
)
def test_phrases_stand_in_quotation_marks(text: str, phrases: tuple[str, ...]) -> None:
    assert parse(text).phrases == phrases


@pytest.mark.parametrize(
    ("text", "excluded", "rest"),
    [
        ("iade -kargo", ("kargo",), "iade"),
        ("-kargo iade", ("kargo",), "iade"),
        ("a -two b -three", ("two", "three"), "a b"),
        ("配對 -電腦", ("電腦",), "配對"),
        ("refund -e-mail", ("e-mail",), "refund"),
        ("e-posta", (), "e-posta"),
        ("E-17", (), "E-17"),
        ("10 -12 mm", (), "10 -12 mm"),
        ("at -5 degrees", (), "at -5 degrees"),
        ("wi-fi - drops", (), "wi-fi - drops"),
        ("drop --table", (), "drop --table"),
        ("ls -l", (), "ls -l"),
        ("-refund", (), "-refund"),
        ('"a -b c"', (), '"a -b c"'),
    ],
)
def test_a_dash_before_a_word_leaves_it_out(text: str, excluded: tuple[str, ...], rest: str) -> None:
    asked = parse(text)
    assert (asked.excluded, asked.text) == (excluded, rest)


def test_a_question_without_operators_stays_as_it_is() -> None:
    text = "How do I   return this? (my phone's broken)"
    assert parse(text).text == text


def test_quotation_marks_and_dashes_in_a_letter_mean_nothing() -> None:
    letter = 'They said "in transit" and -really- nothing else. ' * 6
    asked = parse(letter)
    assert (asked.text, asked.phrases, asked.excluded, asked.codes) == (letter, (), (), ())
    assert operator_spans(letter) == []


@pytest.mark.parametrize(
    "typed", ["ERR_2041", "err_2041", "E-17", "e-17", "E–17", "E17", "WH-1000XM4", "wh1000xm4", "TF-O700", "v2.10"]
)
def test_codes_are_known_by_their_form(typed: str) -> None:
    assert codes(f"what is {typed}?") == (Code(typed, True),) or Code(typed, True) in codes(f"what is {typed}?")


@pytest.mark.parametrize("typed", ["err2041", "E 17", "WH 1000 XM4"])
def test_what_may_be_a_code_is_not_insisted_on(typed: str) -> None:
    assert Code(typed, False) in codes(typed)


@pytest.mark.parametrize(
    "text",
    ["30 days", "2nd pair", "5ghz wifi", "iphone15", "windows11", "USB3", "mp3", "A4", "covid-19", "ada99@example.com",
     "https://example.com/a-12b", "10-12", "2026-11-22", "+31 10 555 0199"],
)  # fmt: skip
def test_numbers_measures_and_well_known_names_are_no_sure_codes(text: str) -> None:
    assert [code for code in codes(text) if code.sure] == []


@pytest.mark.parametrize(
    "text",
    [
        "for 100", "sold something for 100 how much do i get", "paid 80 got 60", "only 1 left", "since 2019", "at 9 pm",
        "i am 17 can i sell", "size 42 too small", "3 of 4 came", "page has 404 words", "limit is 99", "gate 22",
        "bana 50 kesildi", "en az 18 mi", "mayıs 5 te", "ücret 12 mi", "ilk 3 ay", "beden 42 küçük",
        "ab 50 versandkostenfrei", "für 100 verkauft", "von 8 bis 5", "die 4 lampen", "ich bin 17", "nach 22 uhr",
        "paguei 40", "menos de 100", "e 5 fotos", "dia 5 de maio", "vendi por 100", "vendu pour 100", "costa 99",
        "賣了 100 我拿多少", "滿 500 免運", "賣 3 件 app 扣 20",
    ],
)  # fmt: skip
def test_words_with_a_number_are_no_code(text: str) -> None:
    assert codes(text) == ()


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("E 17 amber", "E 17"), ("error 1602 on update", "error 1602"), ("err 77", "err 77"), ("wh 1000 xm4", None),
        ("order 12345", "order 12345"), ("invoice 5521", "invoice 5521"), ("RMA 20331", "RMA 20331"),
        ("Fehler 1602", "Fehler 1602"), ("hata 17 verdi", "hata 17"), ("pedido 10023", "pedido 10023"),
        ("model X 200", "model X 200"), ("the MX 500 is off", "MX 500"), ("我的 TX 9000 壞了", "TX 9000"),
    ],
)  # fmt: skip
def test_a_code_in_two_words_is_one(text: str, typed: str | None) -> None:
    assert (typed or text) in {code.typed for code in codes(text)}


def test_a_question_may_be_nothing_but_codes() -> None:
    asked = parse("WH 1000 XM4?")
    assert asked.is_only(asked.codes)
    assert not parse("WH 1000 XM4 pairing").is_only([Code("WH 1000 XM4", False)])
    assert not parse("pairing").is_only(())


@pytest.mark.parametrize("written", ["WH-1000XM4", "wh1000xm4", "WH 1000 XM4", "WH-1000-XM4", "(WH1000XM4)"])
def test_a_code_is_found_however_it_is_joined(written: str) -> None:
    assert code_pattern(Code("wh-1000xm4", True)).search(plain(f"The {written} pairs."))


@pytest.mark.parametrize("written", ["WH-1000XM45", "AWH-1000XM4", "E-170"])
def test_a_code_is_not_found_inside_a_longer_one(written: str) -> None:
    for code in ("WH-1000XM4", "E-17"):
        assert not code_pattern(Code(code, True)).search(plain(written))


@pytest.mark.parametrize(
    ("phrase", "text", "stands"),
    [
        ("gift card", "Your Gift-Card.", True),
        ("gift card", "a gift  card", True),
        ("gift card", "gift cards", False),
        ("gift card", "card gift", False),
        ("hediye kartı", "HEDİYE KARTI'nı girin", True),
        ("sifremi unuttum", "Şifremi unuttum", True),
        ("忘记密码", "點「忘記密碼」", True),
        ("iPhone", "用iPhone連線", True),
        ("phone", "用iPhone連線", False),
        ("Ｅ－１７", "E-17", True),
    ],
)
def test_a_phrase_stands_in_a_text_word_by_word(phrase: str, text: str, stands: bool) -> None:
    pattern = phrase_pattern(phrase)
    assert pattern is not None
    assert bool(pattern.search(plain(text))) is stands


def test_a_phrase_without_words_is_none() -> None:
    assert phrase_pattern("?!") is None
