"""The mails of `shared/cases` beside the project (small inputs on which the product failed) and their right readings.

They belong to no release, so these tests are skipped where the folder is not there.
"""

from pathlib import Path

import pytest

from support.email.inbound.parser import InboundEmail, read
from support.email.inbound.quotes import fold
from support.email.inbound.sent_text import SentText
from support.email.inbound.signatures import names_of

CASES = Path(__file__).resolve().parents[3] / ".." / "shared" / "cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="shared/cases is not beside the project")


def _case(name: str, mail: str) -> InboundEmail:
    (folder,) = CASES.glob(f"{name}-*")
    return read((folder / mail).read_bytes())


@pytest.mark.parametrize(
    ("mail", "text"),
    [
        ("mail.eml", "您好，我的功放左声道有噪音 – 请問怎麼辦？订单号 4411。"),
        ("hebrewmail.eml", "שלום, הרמקול לא עובד 4411"),
        ("japanesemail.eml", "①番のスピーカーが鳴りません。髙橋 4411"),
        ("koreanmail.eml", "안녕하세요, 똠방각하 스피커가 안 나와요 4411"),
        ("taiwanmail.eml", "你好，左聲道有雜音 碁 €20 訂單 4411"),
    ],
)
def test_01_labels_mean_what_programs_write_under_them(mail: str, text: str) -> None:
    assert _case("01", mail).text == text


def test_01_a_subject_in_gbk_is_read() -> None:
    assert _case("01", "mail.eml").subject == "功放有噪音 – 請問"


def test_03_one_bad_byte_costs_one_sign() -> None:
    assert _case("03", "mail.eml").text == "Şarj olmuyor, ışık yanmıyor. Müşteri no 4411 \ufffd teşekkürler"


def test_03_a_plain_footer_below_base64_spoils_nothing() -> None:
    text = _case("03", "footer.eml").text
    assert text == "Şarj olmuyor, ışık yanmıyor. No 4411\n\n-- \nDistributed by the office list"


def test_05_raw_utf_8_in_headers_is_read() -> None:
    found, international = _case("05", "mail.eml"), _case("05", "eai.eml")
    assert (found.subject, found.sender_name) == ("Şarj olmuyor, ışık yanmıyor", "Şule Yılmaz")
    assert (international.sender, international.subject) == ("josé@customer.example", "address with é")


def test_09_a_placeholder_does_not_beat_the_words() -> None:
    assert _case("09", "mail.eml").text == "My amplifier hums, serial 4411."


def test_10_nothing_of_html_is_lost_or_run_together() -> None:
    assert _case("10", "mail.eml").text == (
        "The page is here <https://shop.example/order/4411>.\n\nOrder | Serial\n1001 | 4411\n\nModel\nT2\n\n"
        "boot ok\nERR 42\n  line 7\n\n1. off\n2. on\n\nSend the ~~red~~ blue one. [front panel]"
    )


@pytest.mark.parametrize("mail", ["nohead.eml", "unclosed.eml"])
def test_10_what_is_never_closed_swallows_nothing(mail: str) -> None:
    assert _case("10", mail).text == "My amplifier hums, serial 4411"


@pytest.mark.parametrize("mail", [path.name for path in sorted(CASES.glob("17-*/*.eml"))])
def test_17_a_reply_keeps_every_word_and_loses_the_quotation(mail: str) -> None:
    email = _case("17", mail)
    names = names_of(email.sender_name, email.sender)
    own = email.text.partition("\n\nOn Mon, Jun 1, 2026")[0]
    for sent in (SentText(), SentText(["We have your message."])):
        reading = fold(email.text, sent, names)
        assert reading.words == own
        assert (reading.whole, reading.folded) == (email.text, 2)
