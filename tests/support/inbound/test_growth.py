"""Every reader of foreign mail is linear: when its input doubles, its time may not grow as a power above 1.3."""

import time
from collections.abc import Callable
from functools import partial

import pytest

from support.email.inbound import quote_headers
from support.email.inbound.charsets import base64_text, meta_charset, text_of
from support.email.inbound.html import words_of
from support.email.inbound.parser import read
from support.email.inbound.quotes import fold
from support.email.inbound.sent_text import SentText
from support.email.inbound.signatures import without_end

_MOST = 1.3
_SMALLEST = 0.02  # seconds: below that a measurement says nothing
_SHORTEST, _LONGEST = 15_000, 60_000
_SENT = SentText(["Hello Ada,\n\nplease press the button. " * 200, "您好，請按按鈕。" * 200], ["help.example"])

_MARKUP = (
    "<a ",
    "<a href=",
    '<a href="',
    "<a href='",
    "<div>",
    "<b>",
    "<b x=1>",
    "<a href=x><div>",
    "<table><tr><td>x",
    "<blockquote>",
    "<blockquote>x",
    "<p>",
    "&",
    "&#9",
    "&#x9",
    "&amp",
    "<!--",
    "<!-- -- >",
    "<![x",
    "</",
    "</p",
    "<",
    "<<a>",
    "<style>",
    "<style>}",
    "<script>",
    "<title>",
    "<title>x</titl",
    "<style>a{}</style",
    "<ul><li>x",
    "<ol>",
    "<pre>\n",
    "<s>x",
    "<img alt='x",
    "<a title='<p>\"",
    "<a x=\"'>",
    '<font face="Arial>',
    "x\n",
    " ",
    "\xa0",
    "x ",
    "<span style='white-space:pre'>",
    "<span style='text-decoration:",
    "</style>",
    "<td>x</td>",
    "<br>",
    "<hr>",
    "<a href=x>y</a>",
    "<ada@example.org>",
)
_TEXT = (
    "\n",
    "\n\n\r",
    "\xa0\n",
    "> a\n\n",
    "> a\nb\n",
    "On a wrote:\n",
    "On 1 May 2026 a@b.c wrote:\n",
    "From: x\nSent: ",
    "From: x\nSent: 2026\nTo: y\nSubject: z\n\n",
    "* ",
    "-- \n",
    "--\nAda\n",
    "Thanks,\n",
    "_____\n",
    "a@",
    "@",
    "a@b.c:",
    ":",
    "1.1.",
    "hello ada please press ",
    "please press the button ",
    "您好，請按按鈕。",
    "您好\n",
    "> 您好，請按按鈕。\n",
    "h",
    "wrote ",
    "https://help.example/",
    "www.",
    "[cid:",
    "Sent from my iPhone\n",
    "This e-mail is confidential\n\n",
    "> ",
    ">",
    "|",
    "\u202b",
    "Mit freundlichen Grüßen\nAda\n",
    "- ",
    "-",
    "x" * 80 + "\n",
    "2026 10:00 ",
)
_BYTES = (
    b"\xff",
    b"\xc3",
    b"a",
    b"\x1b$B",
    b"\x1b$B\x29\x21",
    b"\x8e",
    b"\xa3\xe1",
    b"<meta ",
    b"<meta charset",
    b"=\n",
    b"A",
    b"AA\n",
    b"AA-",
    b"\x1b(B",
    b"\x80",
    b"\x81\x30",
)


def _seconds(reader: Callable[[], object], runs: int = 1) -> float:
    best = 60.0
    for _ in range(runs):
        began = time.process_time()
        reader()
        best = min(best, time.process_time() - began)
    return best


def assert_linear(reader: Callable[[int], Callable[[], object]]) -> None:
    """`reader(size)` prepares a run with that much input."""
    size, before, grown = _SHORTEST, _seconds(reader(_SHORTEST)), []
    while size < _LONGEST:
        size *= 2
        now = _seconds(reader(size))
        if before > _SMALLEST and now > before * 2**_MOST:  # or the machine was busy
            before, now = _seconds(reader(size // 2), 3), _seconds(reader(size), 3)
        grown.append(round(now / before, 2) if before > _SMALLEST else 1.0)
        assert now < 10, f"{now:.1f} s for {size}"
        before = now
    # One doubling may fall on a step of memory; two in a row do not.
    assert not all(factor > 2**_MOST for factor in grown[-2:]), grown


def _times(piece: str, size: int) -> str:
    return piece * (size // len(piece))


def _runs(piece: str, reader: Callable[[str], object]) -> Callable[[int], Callable[[], object]]:
    return lambda size: partial(reader, _times(piece, size))


@pytest.mark.parametrize("piece", _MARKUP)
def test_html_to_text_is_linear(piece: str) -> None:
    assert_linear(_runs(piece, lambda text: words_of(text)))


@pytest.mark.parametrize("piece", _TEXT)
def test_folding_is_linear(piece: str) -> None:
    assert_linear(_runs(piece, lambda text: fold(text, _SENT, frozenset({"ada"}), public=_SENT)))


@pytest.mark.parametrize("piece", _TEXT)
def test_what_was_sent_is_indexed_in_linear_time(piece: str) -> None:
    assert_linear(_runs(piece, lambda text: list(SentText([text]).read([piece] * 100))))


@pytest.mark.parametrize("piece", _TEXT)
def test_signatures_and_headers_are_looked_for_in_linear_time(piece: str) -> None:
    def prepared(size: int) -> Callable[[], object]:
        lines = _times(piece, size).split("\n")

        def run() -> None:
            without_end(lines, frozenset({"ada"}))
            for at in range(len(lines)):
                quote_headers.label_block(lines, at)
                quote_headers.attribution_lines(lines, at)
                quote_headers.is_rule(lines[at])

        return run

    assert_linear(prepared)


@pytest.mark.parametrize("label", ["utf-8", "gb2312", "big5", "iso-2022-jp", "euc-jp", "ks_c_5601-1987", "utf-7", None])
@pytest.mark.parametrize("piece", _BYTES)
def test_decoding_is_linear(piece: bytes, label: str | None) -> None:
    def prepared(size: int) -> Callable[[], object]:
        data = piece * (size // len(piece))
        return lambda: (text_of(data, label), meta_charset(data), base64_text(data))

    assert_linear(prepared)


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (b"Content-Type: text/html\r\n\r\n", b"<p>a <b>b</b></p>\r\n"),
        (b"Content-Type: text/plain; charset=big5\r\n\r\n", b"\xa3\xe1\xff"),
        (b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n", b"xZ5h\r\n-\r\n"),
        (b"Subject: ", b"=?utf-8?Q?=C5?= "),
        (b"Subject: ", b"\xc5\x9f "),
        (b"To: ", b"a@b.example, "),
        (b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nplain\r\n--b\r\n"
         b"Content-Type: text/html\r\n\r\n", b"<p>other words</p>"),
    ],
)  # fmt: skip
def test_a_mail_is_read_in_linear_time(head: bytes, piece: bytes) -> None:
    def prepared(size: int) -> Callable[[], object]:
        raw = b"From: Ada <ada@example.org>\r\n" + head + piece * (size // len(piece))
        return lambda: read(raw)

    assert_linear(prepared)
