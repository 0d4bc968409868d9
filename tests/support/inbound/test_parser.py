"""What is read out of a mail, and what somebody wrote in it."""

import pytest

from support.email.inbound.html import words_of
from support.email.inbound.parser import read
from support.email.inbound.quotes import Reading, fold
from support.email.inbound.sent_text import SentText
from support.email.inbound.signatures import names_of

# What we sent, for programs that do not mark a quotation.
_SENT = SentText(["Hello\nTry it", "Merhaba", "您好", "Have you tried to turn it off and on again?"])

_QUOTED = {
    "gmail": ("It works now.", "On Mon, Nov 23, 2026 at 10:00 AM Help <help@x.example> wrote:\n\n> Hello\n> try this"),
    "gmail, Turkish": (
        "Hâlâ çalışmıyor.",
        "Tonfell <help@x.example>, 23 Kas 2026 Pzt, 10:00 tarihinde şunu yazdı:\n\n> Merhaba",
    ),
    "gmail, Traditional Chinese": (
        "還是沒有聲音。",
        "Tonfell <help@x.example> 於 2026年11月23日 週一 上午10:00寫道：\n\n> 您好",
    ),
    "gmail, Simplified Chinese": (
        "还是没有声音。",
        "Tonfell <help@x.example> 于2026年11月23日周一 10:00写道：\n\n> 您好",
    ),
    "outlook": (
        "Thanks, it helped.",
        f"{'_' * 32}\nFrom: Help <help@x>\nSent: Monday\nTo: Ada\nSubject: Re: x\n\nHello\nTry it",
    ),
    "outlook, Turkish": ("Oldu.", "Kimden: Help <h@x>\nGönderilen: Pazartesi\nKime: Ada\nKonu: x\n\nMerhaba"),
    "outlook, Chinese": ("好了", "寄件者: Help <h@x>\n寄件日期: 2026年\n收件者: Ada\n主旨: x\n\n您好"),
    "german": ("Geht nicht.", "Am 23.11.2026 um 10:00 schrieb Help <h@x>:\n> Hallo"),
    "no header": ("Fine.", "> Have you tried to turn\n> it off and on again?"),
}


@pytest.mark.parametrize("name", _QUOTED)
def test_what_is_quoted_is_left_out(name: str) -> None:
    words, quoted = _QUOTED[name]
    read = fold(f"{words}\n\n{quoted}\n", _SENT)
    assert read.words == words
    assert read.whole == f"{words}\n\n{quoted}"
    assert read.folded == sum(1 for line in quoted.split("\n") if line.strip())


@pytest.mark.parametrize("name", [name for name in _QUOTED if "outlook" in name or name == "no header"])
def test_what_only_looks_like_a_quotation_stays(name: str) -> None:
    words, quoted = _QUOTED[name]
    assert fold(f"{words}\n\n{quoted}\n").words == f"{words}\n\n{quoted}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It broke again.\n\n-- \nAda Lovelace\nAnalyst", "It broke again."),
        ("Bozuldu.\n\nSaygılarımla,\nAyşe", "Bozuldu."),
        ("壞了。\n\n敬上\n小明", "壞了。"),
        ("Still broken.\n\nSent from my iPhone", "Still broken."),
        ("It is broken.\n\nBest regards,\nAda", "It is broken."),
        ("It is broken.\n\nBest regards,\nAda Lovelace\nTel. +90 212 555 01 02\nwww.example.org", "It is broken."),
        ("Thanks,\nthat was quick. One more question:\nwhy is it red?", None),
        ("It is broken.\n\nThanks,\nserial 4411", None),
        ("Bozuk.\n\nTeşekkürler,\nsol kanal da bozuk", None),
        ("壞了。\n\n謝謝\n左邊也有雜音，序號 4411", None),
        ("One.\n-- \nDoes the other one hum, too?", None),
        ("Print this:\n\nBest regards,\nyour team", None),
        ("Best regards,\nAda\n\nPS: the serial is 4411", None),
        ("Steps:\n- one\n- two\n- three", None),
        ("2026年的訂單還沒到\n請幫忙", None),
        ("> only\n> a quotation", None),
    ],
)
def test_signatures_go_and_nothing_else_does(text: str, words: str | None) -> None:
    assert fold(text).words == (text.replace("-- \n", "--\n") if words is None else words)


def test_a_card_that_is_dictated_is_no_signature_of_somebody_else() -> None:
    text = "Please print:\n\nBest regards,\nGrace Hopper"
    assert fold(text, names=names_of("Ada Lovelace", "ada@example.org")).words == text
    assert fold(text, names=names_of("Grace Hopper", "g@example.org")).words == "Please print:"


def test_answers_between_and_below_quoted_lines_are_kept() -> None:
    between = "See below.\n\nOn Mon, 23 Nov 2026 Help wrote:\n> What colour?\nRed.\n> Since when?\nMonday."
    assert fold(between).words == between
    below = "On Mon, 23 Nov 2026 at 10:00 Help <h@x> wrote:\n> What colour?\n\nIt is red."
    assert fold(below).words == "It is red."


def test_a_marked_header_of_our_own_mail_is_folded_with_it_and_that_of_another_mail_is_not() -> None:
    header = (
        "> Subject: Test\n> From: {0}\n> To: a@example.org; b@example.org\n> Date: Mon, 2 Apr 2012 17:44:22 +0400\n>"
    )
    ours = "> Have you tried to turn it off\n> and on again?"
    assert fold(f"It is red.\n\n{header.format('help@tonfell.example')}\n{ours}", _SENT).words == "It is red."
    theirs = f"Is this mail yours?\n{header.format('bank@evil.example')}\n> Pay 400 at once."
    assert fold(theirs, _SENT) == Reading(theirs)
    only = f"I got this header:\n{header.format('bank@evil.example')}"
    assert fold(only, _SENT).words.startswith("I got this header:\n> Subject: Test")


@pytest.mark.parametrize(
    "piece", ["\n", "\n\n\r", "\xa0\n", "> a\n\n", "On a wrote:", "From: x\nSent: ", "* ", "-- \n"]
)
def test_no_mail_keeps_it_busy(piece: str) -> None:
    fold(piece * (20_000 // len(piece)))  # minutes and hours, before blank lines and long ones were dealt with


def test_html_becomes_the_words_one_reads() -> None:
    markup = (
        "<html><head><style>p {}</style><title>t</title></head><body><p>Hello&nbsp;<b>Ada</b>,<br>it broke.</p>"
        "<ul><li>one</li><li>two</li></ul><script>alert(1)</script><blockquote>old<br>words</blockquote></body></html>"
    )
    assert words_of(markup) == "Hello Ada,\nit broke.\n\n- one\n- two\n\n> old\n> words"


def test_a_mail_of_html_only_is_read_and_its_quotation_left_out() -> None:
    raw = (
        b"From: Ada <ada@example.org>\r\nTo: help@x.example\r\nContent-Type: text/html; charset=iso-8859-9\r\n\r\n"
        b"<div>Olmad\xfd.</div><div>On Mon, Nov 23, 2026 at 10:00 Help wrote:<blockquote>Merhaba</blockquote></div>"
    )
    assert fold(read(raw).text).words == "Olmadı."


def test_of_two_versions_the_plain_one_is_read_and_pictures_are_files() -> None:
    raw = (
        b"From: =?utf-8?B?546L5bCP5piO?= <wang@example.org>\r\n"
        b"Subject: =?utf-8?Q?Ka=C3=A7?= =?utf-8?Q?_g=C3=BCn=3F?=\r\n"
        b'Content-Type: multipart/related; boundary="r"\r\n\r\n--r\r\n'
        b'Content-Type: multipart/alternative; boundary="a"\r\n\r\n--a\r\n'
        b"Content-Type: text/plain\r\n\r\nIt broke again.\r\n"
        b"--a\r\nContent-Type: text/html\r\n\r\n<p>It broke again.</p>\r\n--a--\r\n--r\r\n"
        b"Content-Type: image/gif\r\nContent-ID: <logo>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"R0lGODlhAQABAAAAACw=\r\n"
        b"--r--\r\n"
    )
    letter = read(raw)
    assert (letter.text, letter.sender_name, letter.subject) == ("It broke again.", "王小明", "Kaç gün?")
    assert [file.data[:3] for file in letter.files] == [b"GIF"]


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"\x00" * 100, b"no headers at all", b"From: \xff\xfe\r\n\r\n\xff"])
def test_anything_can_be_read(raw: bytes) -> None:
    letter = read(raw)
    letter.text.encode("utf-8")
    assert letter.bulk
