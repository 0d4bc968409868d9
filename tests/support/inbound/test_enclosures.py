"""Mails within mails: forwarded ones, Outlook's envelopes (TNEF) and S/MIME."""

import base64
import struct
import time
from email.message import EmailMessage
from pathlib import Path

import pytest
from asn1crypto import cms, core

from support.email.inbound.parser import InboundEmail, read
from support.email.inbound.smime import content_of
from support.email.inbound.tnef import BadTnef, read_tnef, unpacked_rtf
from tests.support.inbound.conftest import Site, letter


def forwarded(inner: bytes, words: str = "Please help.", headers: str = "") -> bytes:
    return (
        b"From: Dealer <dealer@example.org>\nSubject: Fwd\nMessage-ID: <f@x>\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: text/plain; charset=utf-8\n\n"
        + words.encode()
        + b"\n--B\nContent-Type: message/rfc822\n" + headers.encode() + b"\n" + inner + b"\n--B--\n"
    )  # fmt: skip


INNER = (
    b"From: Kunde <kunde@example.org>\nSubject: =?utf-8?q?kaputt_=C3=BC?=\nContent-Type: text/html\n\n"
    b"<p>Serial 4411</p>\n"
)


def test_a_forwarded_mail_is_read_with_who_wrote_it() -> None:
    mail = read(forwarded(INNER))
    assert mail.text == "Please help."
    assert "From: Kunde <kunde@example.org>\nSubject: kaputt ü\n\nSerial 4411" in mail.forwarded
    assert mail.files == ()


def test_cases_of_forwarded_mails_are_read() -> None:
    """Reads ../shared/cases/07-forwarded-as-attachment where it lies beside the project."""
    folder = Path(__file__).resolve().parents[4] / "shared" / "cases" / "07-forwarded-as-attachment"
    if not folder.is_dir():
        pytest.skip("the cases are not beside this project")
    for path in folder.glob("*.eml"):
        assert "serial 4411" in read(path.read_bytes()).forwarded


def test_the_words_of_a_forwarded_mail_reach_the_ticket_and_its_files_too(site: Site) -> None:
    inner = letter(
        "It hums.", sender="Kunde <k@example.org>", subject="Hum", files=(("a.pdf", "application/pdf", b"%PDF-1.4"),)
    )
    result = site.take(forwarded(inner.as_bytes()))
    ticket = site.tickets.by_reference(result.reference)
    assert "Please help." in ticket.messages[0].text
    assert "Subject: Hum\n\nIt hums." in ticket.messages[0].text
    assert [file.name for file in ticket.attachments] == ["a.pdf"]


def test_a_forwarded_mail_in_base64_is_read_all_the_same() -> None:
    mail = read(forwarded(base64.encodebytes(INNER), headers="Content-Transfer-Encoding: base64\n"))
    assert "Serial 4411" in mail.forwarded


def test_deep_and_many_forwards_end_and_what_is_not_opened_is_a_file() -> None:
    inner = INNER
    for depth in range(12):
        inner = (
            forwarded(inner, f"Level {depth}.")
            .replace(b"boundary=B", b"boundary=B%d" % depth)
            .replace(b"--B", b"--B%d" % depth)
        )
    mail = read(inner)
    assert "Level 11." in mail.text
    assert "Level 8." in mail.forwarded
    assert any(file.name.endswith(".eml") and b"Serial 4411" in file.data for file in mail.files)
    body = b"".join(b"\n--B\nContent-Type: message/rfc822\n\n" + INNER for _ in range(100))
    many = forwarded(INNER).replace(b"\n--B--\n", body + b"\n--B--\n")
    mail = read(many)
    assert mail.forwarded.count("Serial 4411") + sum(b"Serial 4411" in file.data for file in mail.files) == 101


def attribute(name: int, content: bytes, level: int = 1) -> bytes:
    return struct.pack("<BII", level, name, len(content)) + content + struct.pack("<H", sum(content) & 0xFFFF)


def prop(kind: int, name: int, value: bytes) -> bytes:
    if kind in (0x1E, 0x1F, 0x0D, 0x102):
        value = struct.pack("<II", 1, len(value)) + value + bytes(-len(value) % 4)
    return struct.pack("<HH", kind, name) + value


def tnef(words: str = "", name: str = "Übersicht 表.pdf", data: bytes = b"%PDF-1.4 x", inner: bytes = b"") -> bytes:
    found = b"\x78\x9f\x3e\x22\x01\x00" + attribute(0x00069007, struct.pack("<II", 1252, 0))
    if words:
        found += attribute(0x00069003, struct.pack("<I", 1) + prop(0x1F, 0x1000, words.encode("utf-16-le") + b"\0\0"))
    found += attribute(0x00069002, bytes(14), 2) + attribute(0x00018010, b"BERSI~1.PDF\0", 2)
    properties = [prop(0x1F, 0x3707, name.encode("utf-16-le") + b"\0\0")]
    if inner:
        properties.append(prop(0x0D, 0x3701, bytes(16) + inner))
    else:
        found += attribute(0x0006800F, data, 2)
    return found + attribute(0x00069005, struct.pack("<I", len(properties)) + b"".join(properties), 2)


def with_file(name: str, kind: str, data: bytes, words: str = "See the file.") -> InboundEmail:
    return read(letter(words, files=((name, kind, data),)).as_bytes())


def test_winmail_dat_is_opened() -> None:
    mail = with_file("winmail.dat", "application/ms-tnef", tnef("See the file."))
    assert [(file.name, file.data) for file in mail.files] == [("Übersicht 表.pdf", b"%PDF-1.4 x")]
    assert mail.text == "See the file."


def test_words_that_only_winmail_dat_has_are_not_lost() -> None:
    said = with_file("winmail.dat", "application/ms-tnef", tnef("The hum is back, serial 4411"))
    assert said.text == "See the file.\n\nThe hum is back, serial 4411"
    same = with_file("winmail.dat", "application/ms-tnef", tnef("SEE\r\nthe  file."))
    assert same.text == "See the file."


def test_the_words_of_winmail_dat_count_when_there_are_no_others() -> None:
    assert with_file("winmail.dat", "application/octet-stream", tnef("The hum is back."), words=" ").text == (
        "The hum is back."
    )


def test_a_mail_within_winmail_dat_is_a_forwarded_one() -> None:
    mail = with_file("winmail.dat", "application/ms-tnef", tnef(inner=tnef("Inner words")))
    assert "Inner words" in mail.forwarded
    assert [file.name for file in mail.files] == ["Übersicht 表.pdf"]


def test_a_broken_envelope_stays_a_file() -> None:
    whole = tnef("the file")
    for cut in range(4, len(whole), 7):
        mail = with_file("winmail.dat", "application/ms-tnef", whole[:cut])
        assert mail.text == "See the file."
    mail = with_file("winmail.dat", "application/ms-tnef", whole[:60])
    assert [file.name for file in mail.files] == ["winmail.dat"]


def test_compressed_rtf_is_unpacked() -> None:
    # The example of the specification [MS-OXRTFCP], section 3.1.
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af3206865 6c09002062770 5b06c647d0a800fa0".replace(
            " ", ""
        )
    )
    assert unpacked_rtf(packed) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


@pytest.mark.parametrize(
    "piece",
    [
        attribute(0x00069002, bytes(14), 2),
        attribute(0x00069003, struct.pack("<I", 2**32 - 1)),
        attribute(0x00069003, struct.pack("<I", 1) + struct.pack("<HHI", 0x101F, 0x1000, 2**31)),
        attribute(0x0001800C, b"x" * 50),
    ],
)
def test_no_envelope_keeps_it_busy(piece: bytes) -> None:
    began = time.process_time()
    try:
        read_tnef(b"\x78\x9f\x3e\x22\x01\x00" + piece * (1_000_000 // len(piece)))
    except BadTnef:
        pass
    assert time.process_time() - began < 1


def smime(content: bytes, kind: str = "signed_data") -> bytes:
    if kind == "enveloped_data":
        # Version, recipients, encrypted content: what stands in it does not matter, nobody here has the key.
        return cms.ContentInfo(
            {
                "content_type": "enveloped_data",
                "content": {
                    "version": "v0",
                    "recipient_infos": [],
                    "encrypted_content_info": {
                        "content_type": "data",
                        "content_encryption_algorithm": {"algorithm": "aes256_cbc", "parameters": bytes(16)},
                        "encrypted_content": content,
                    },
                },
            }
        ).dump()
    inner = {"content_type": "data", "content": core.OctetString(content)}
    signed = {"version": "v1", "digest_algorithms": [], "encap_content_info": inner, "signer_infos": []}
    return cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()


# The whole as OpenSSL streams it: lengths unknown beforehand, the content in pieces.
STREAMED = (
    b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x80\x00\x00"
    b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x80\x24\x80"
)


def opaque(data: bytes, kind: str) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = (
        "a@example.org",
        "help@tonfell.example",
        "S",
        "<s@x>",
    )
    mail.set_content(
        data, maintype="application", subtype="pkcs7-mime", params={"smime-type": kind}, filename="smime.p7m"
    )
    return mail.as_bytes()


def test_a_signed_mail_is_opened() -> None:
    inner = letter("Signed words.", files=(("a.txt", "text/plain", b"file"),)).as_bytes()
    mail = read(opaque(smime(inner), "signed-data"))
    assert mail.text == "Signed words."
    assert [file.name for file in mail.files] == ["a.txt"]


def test_a_signed_mail_that_was_streamed_is_opened() -> None:
    inner = letter("Signed words.").as_bytes()
    pieces = b"".join(b"\x04\x40" + inner[at : at + 64] for at in range(0, len(inner) - 64, 64))
    rest = inner[pieces.count(b"\x04\x40") * 64 :]
    nested = b"\x24" + bytes([2 + len(rest)]) + b"\x04" + bytes([len(rest)]) + rest
    mail = read(opaque(STREAMED + pieces + nested + b"\0\0" * 7, "signed-data"))
    assert mail.text == "Signed words."


@pytest.mark.parametrize("start", [b"", STREAMED[:22], STREAMED])
@pytest.mark.parametrize(
    "piece", [b"\xff", b"\x30\x80", b"\x24\x80", b"\x04\x00", b"\xa0\x84\xff\xff\xff\xff", b"\x06\x84"]
)
def test_no_signature_keeps_it_busy(start: bytes, piece: bytes) -> None:
    """Tags and object identifiers may have any length, and elements hold elements; a mail has up to 25 MB."""
    began = time.process_time()
    with pytest.raises(ValueError, match="S/MIME"):
        content_of(start + piece * (2_000_000 // len(piece)))
    assert time.process_time() - began < 2


def test_a_signed_document_is_kept_with_its_proof() -> None:
    mail = with_file("invoice.xml.p7m", "application/pkcs7-mime", smime(b"<?xml version='1.0'?><invoice/>"))
    assert [file.name for file in mail.files] == ["invoice.xml", "invoice.xml.p7m"]


def test_an_encrypted_mail_is_kept_and_says_so(site: Site) -> None:
    result = site.take(opaque(smime(b"hidden", "enveloped_data"), "enveloped-data"))
    ticket = site.tickets.by_reference(result.reference)
    assert "The mail is encrypted, and we have no key to it." in ticket.messages[0].text
    assert [file.name for file in ticket.attachments] == ["smime.p7m"]


def test_the_signature_of_a_readable_mail_is_no_file() -> None:
    mail = read(
        b"From: a@example.org\nMIME-Version: 1.0\nContent-Type: multipart/signed; boundary=B;"
        b' protocol="application/pkcs7-signature"\n\n--B\nContent-Type: text/plain\n\nHello.\n'
        b"--B\nContent-Type: application/pkcs7-signature; name=smime.p7s\n\nxxxx\n--B--\n"
    )
    assert (mail.text, mail.files) == ("Hello.", ())


def test_files_left_out_are_told_in_the_customers_language_and_in_the_acknowledgement(site: Site) -> None:
    result = site.take(
        letter(
            "Merhaba, kulaklığım çalışmıyor. Sipariş numaram ekte, lütfen yardım eder misiniz? Teşekkür ederim.",
            files=(("araç.exe", "application/x-dosexec", b"MZ\x00\x01"), ("boş.txt", "text/plain", b"")),
        )
    )
    ticket = site.tickets.by_reference(result.reference)
    for words in ("“araç.exe” bir program ya da kabul etmediğimiz başka bir dosya", "“boş.txt” boş."):
        assert words in ticket.messages[0].text
    to_customer = [mail for mail in site.deliver() if "ada@example.org" in str(mail["To"])]
    body = to_customer[0].get_body(("plain",))
    assert body is not None
    assert "araç.exe" in body.get_content()
