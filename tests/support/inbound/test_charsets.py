"""Bytes of real mail programs become the letters that were written."""

import pytest

from support.email.inbound.charsets import text_of
from support.email.inbound.parser import read

# (label, bytes, letters): the bytes are what the program that wrote the label puts below it.
LABELLED = [
    # Turkish: iso-8859-9 over windows-1254, with a typographic apostrophe and quotation marks.
    ("iso-8859-9", b"\xddstanbul\x92da \x93ka\xe7 g\xfcn\x94?", "İstanbul’da “kaç gün”?"),
    ("windows-1254", b"\xdeubat \x80 5", "Şubat € 5"),
    # Chinese: gb2312 over GBK (the 镕 of a name is not in GB 2312) and over GB 18030 (four bytes).
    ("gb2312", b"\xd6\xec\xe9F\xbb\xf9", "朱镕基"),
    ("GB2312", "\u3400字".encode("gb18030"), "\u3400字"),
    ("gb2312", b"\xc1\xaa\xcd\xa8", "联通"),  # would be UTF-8 as well
    ("big5", b"\xa7A\xa6n", "你好"),
    ("hz-gb-2312", b"~{Dc:C~}", "你好"),
    # Korean: ks_c_5601-1987 over cp949.
    ("ks_c_5601-1987", b"\x8cc\xb9\xe6\xb0\xa2\xc7\xcf", "똠방각하"),
    ("euc-kr", b"\xc7\xd1\xb1\xdb", "한글"),
    ("iso-2022-kr", b"\x1b$)C\x0eGQ1[\x0f", "한글"),
    # Signs of Windows that Python's tables lack: NEC's row 13 and IBM's rows, the euro of Taiwan and China.
    ("iso-2022-jp", b"\x1b$BF|\x2d\x21K\\\x1b(B", "日①本"),
    ("iso-2022-jp", b"\x1b(I6E\x1b(B", "ｶﾅ"),
    ("euc-jp", b"\xad\xa1\xc6\xfc \xad\xea", "①日 ㈱"),
    ("shift_jis", b"\x87@ \xfb\xfc", "① 髙"),
    ("big5", b"\xa3\xe120 \xf9\xd6", "€20 碁"),
    ("gb2312", b"\x80 5 \xd6\xd0", "€ 5 中"),
    # Russian.
    ("koi8-r", b"\xf0\xd2\xc9\xd7\xc5\xd4", "Привет"),
    ("windows-1251", b"\x93\xcf\xf0\xe8\xe2\xe5\xf2\x94 \xb9 5", "“Привет” № 5"),
    # Western: latin1 over windows-1252.
    ("iso-8859-1", b"it\x92s 5 \x80 \x96 na\xefve", "it’s 5 € – naïve"),
    ("latin1", b"\x84Gr\xfc\xdfe\x93", "„Grüße“"),
    ("us-ascii", b"na\xefve", "naïve"),
    ("us-ascii", b"na\xc3\xafve", "naïve"),
    ("unknown-8bit", b"na\xefve", "naïve"),
    ("unknown-8bit", b"na\xc3\xafve", "naïve"),
    ("utf-8", b"na\xefve", "naïve"),
    ("utf-8", b"\xef\xbb\xbfna\xc3\xafve", "naïve"),
    ("utf-16", b"\xfe\xff\x00n\x00a\x00\xef", "naï"),
    ("utf-7", b"na+AO8-ve", "naïve"),
    ("cp850", b"na\x8bve", "naïve"),
    (None, b"na\xc3\xafve", "naïve"),
    # A wrong label over plain UTF-8.
    ("gb2312", "中文".encode(), "中文"),
    ("ks_c_5601-1987", "한글".encode(), "한글"),
    # No charset at all.
    ("punycode", b"mnchen-3ya", "mnchen-3ya"),
    ("unicode_escape", b"\\x41", "\\x41"),
    ("hex", b"41", "41"),
    ("\x00", b"a", "a"),
    ("x" * 5_000, b"a", "a"),
]


@pytest.mark.parametrize(("label", "data", "letters"), LABELLED)
def test_a_label_means_what_programs_write_under_it(label: str | None, data: bytes, letters: str) -> None:
    assert text_of(data, label) == letters


@pytest.mark.parametrize(
    ("label", "data", "letters"),
    [
        ("utf-8", b"\xc3\xbc\xe7\xff \xc5\x9f", "ü\ufffd\ufffd ş"),
        ("gb2312", b"\xd6\xd0\xce\xc4\xff \xba\xdc\xba\xc3", "中文\ufffd 很好"),
        ("ks_c_5601-1987", b"\xc7\xd1\xff \xb1\xdb", "한\ufffd 글"),
        ("iso-2022-jp", b"\x1b$BF|\x29\x21K\\\x1b(B", "日\ufffd本"),
        ("big5", b"\xa7A\xff\xa6n", "你\ufffd好"),
        ("windows-1254", b"\xfe\x81\xfd", "ş\ufffdı"),
    ],
)
def test_a_bad_byte_is_one_sign_and_the_rest_stays(label: str, data: bytes, letters: str) -> None:
    assert text_of(data, label) == letters


def test_labels_count_in_parts_in_headers_and_in_names_of_files() -> None:
    raw = (
        b"From: =?ks_c_5601-1987?B?jGO55rCix88=?= <ada@example.org>\r\n"
        b"Subject: =?gb2312?B?1uzpRrv5?= =?iso-8859-9*tr?Q?=92da?=\r\n"
        b'Content-Type: multipart/mixed; boundary="m"\r\n\r\n--m\r\n'
        b"Content-Type: text/plain; charset=iso-8859-9\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"=DDstanbul=92da\r\n--m\r\n"
        b"Content-Type: text/csv\r\nContent-Disposition: attachment; filename*=gb2312''%D6%EC%E9F%BB%F9.csv\r\n\r\n"
        b"a\r\n--m--\r\n"
    )
    letter = read(raw)

    assert (letter.sender_name, letter.subject, letter.text) == ("똠방각하", "朱镕基’da", "İstanbul’da")
    assert [file.name for file in letter.files] == ["朱镕基.csv"]


@pytest.mark.parametrize("label", [None, "utf-8", "unknown-8bit"])
@pytest.mark.parametrize(
    ("codec", "letters"),
    [
        ("gbk", "您好，订单 4411 的功放左声道有噪音，请问怎么处理？"),
        ("big5", "你好，左聲道有雜音，請問怎麼辦？"),
        ("cp932", "スピーカーの音が出ません。よろしくお願いします。"),
        ("euc_jp", "スピーカーの音が出ません。よろしくお願いします。"),
        ("cp949", "안녕하세요, 스피커가 안 나와요"),
        ("cp1251", "Здравствуйте, мой усилитель гудит"),
        ("koi8_r", "Здравствуйте, мой усилитель гудит"),
        ("cp1255", "שלום, המגבר שלי מזמזם"),
        ("cp1252", "Grüße aus Köln, über äußerst höfliche Füße"),
    ],
)
def test_a_text_of_another_script_that_does_not_say_its_charset_is_read(
    label: str | None, codec: str, letters: str
) -> None:
    assert text_of(letters.encode(codec), label) == letters


def test_one_wrong_byte_is_not_taken_for_another_charset() -> None:
    assert text_of("Şarj olmuyor, ışık yanmıyor ".encode() + b"\xfe\xff", None) == "Şarj olmuyor, ışık yanmıyor ��"


def test_raw_bytes_of_a_header_are_read_in_the_charset_of_the_text() -> None:
    for letters, charset in (("功放", "gbk"), ("Işık", "iso-8859-9"), ("Işık", "utf-8")):
        raw = f"Subject: {letters}\r\nFrom: {letters} <a@b.example>\r\n".encode(charset)
        mail = read(raw + f"Content-Type: text/plain; charset={charset}\r\n\r\nx".encode())
        assert (mail.subject, mail.sender_name) == (letters, letters)
    mail = read("Subject: Işık\r\nContent-Type: text/plain; charset=gbk\r\n\r\n".encode() + "功放".encode("gbk"))
    assert (mail.subject, mail.text) == ("Işık", "功放")


@pytest.mark.parametrize("text", ["Merhaba, ışık yanmıyor. No 4411", "功放有噪音", "Hello, it hums.\nSerial 4411"])
def test_text_that_only_calls_itself_base64_is_read_as_it_stands(text: str) -> None:
    head = b"From: a@b.example\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    assert read(head + text.encode()).text == text


def test_enriched_and_markdown_text_are_text() -> None:
    head = "From: a@b.example\r\nContent-Type: {}; charset=utf-8\r\n\r\n"
    enriched = "<bold>It</bold> <color><param>red</param>hums</color>, 5 << 6"
    assert read((head.format("text/enriched") + enriched).encode()).text == "It hums, 5 < 6"
    assert read((head.format("text/markdown") + "It **hums**").encode()).text == "It **hums**"
