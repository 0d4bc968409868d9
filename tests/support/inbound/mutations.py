"""Mails as they should never be: each is made from a real one by a few seeded accidents."""

import base64
import random
from collections.abc import Callable

Mutation = Callable[[random.Random, bytes], bytes]


def _cut(chance: random.Random, raw: bytes) -> bytes:
    return raw[: chance.randrange(len(raw) + 1)]


def _flip(chance: random.Random, raw: bytes) -> bytes:
    data = bytearray(raw)
    for _ in range(chance.randint(1, 40)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def _drop_lines(chance: random.Random, raw: bytes) -> bytes:
    lines = raw.split(b"\r\n")
    return b"\r\n".join(line for line in lines if chance.random() > 0.15)


def _double_lines(chance: random.Random, raw: bytes) -> bytes:
    lines = raw.split(b"\r\n")
    return b"\r\n".join(line for line in lines for _ in range(2 if chance.random() < 0.1 else 1))


def _shuffle_head(chance: random.Random, raw: bytes) -> bytes:
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    chance.shuffle(lines)
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _strange_header(chance: random.Random, raw: bytes) -> bytes:
    headers = [
        b"Subject: =?utf-99?B?////?= =?utf-8?Q?=C3?= =?x",
        b"From: \xff\xfe <a@b@c>, undisclosed:;",
        b'To: "' + b"a" * 5_000 + b'" <x>',
        b"References: " + b"<a@b> " * 400,
        b"Content-Type: multipart/mixed; boundary=",
        b'Content-Type: text/plain; charset="\x00"',
        b"Content-Type: text/html; charset=utf-7",
        b"Content-Type: multipart/alternative; boundary*0=a; boundary*1*=utf-8''%00",
        b"Content-Transfer-Encoding: base64",
        b"Content-Transfer-Encoding: x-uuencode",
        b"Content-Disposition: attachment; filename*=nosuch''%ff%00..%2f..%2fetc",
        b"Date: never",
        b"Message-ID: <" + b"\xe9" * 30 + b"@x>",
        b"Message-ID:",
        b"Auto-Submitted: \x00",
        b"Reply-To: <>",
        b": nothing",
        b"\x00\x01\x02",
        b"X: " + b"y" * 20_000,
    ]
    return chance.choice(headers) + b"\r\n" + raw


def _line_ends(chance: random.Random, raw: bytes) -> bytes:
    return raw.replace(b"\r\n", chance.choice([b"\n", b"\r", b"\n\r", b"\r\r\n"]))


def _nest(chance: random.Random, raw: bytes) -> bytes:
    for depth in range(chance.choice([1, 2, 30, 400])):
        mark = f"b{depth}".encode()
        raw = (
            # Nobody's address: with the customer's, a stranger's mail would rightly be the customer's.
            b"From: Nest <nest@example.com>\r\nContent-Type: multipart/mixed; boundary=" + mark + b"\r\n\r\n--" + mark
            + b"\r\n" + raw + b"\r\n--" + mark + b"--\r\n"
        )  # fmt: skip
    return raw


def _wrong_encoding(chance: random.Random, raw: bytes) -> bytes:
    head, _, body = raw.partition(b"\r\n\r\n")
    kind = chance.choice([b"base64", b"quoted-printable", b"8bit", b"x-unknown"])
    if chance.random() < 0.5:
        body = base64.b64encode(body)[: chance.randrange(1, 200)]
    return head + b"\r\nContent-Transfer-Encoding: " + kind + b"\r\n\r\n" + body


def _garbage(chance: random.Random, raw: bytes) -> bytes:
    at = chance.randrange(len(raw) + 1)
    return raw[:at] + chance.randbytes(chance.randint(1, 3_000)) + raw[at:]


def _surrogates(chance: random.Random, raw: bytes) -> bytes:
    return raw.replace(
        b" ", chance.choice([b"\xed\xa0\x80", b"\x00", b"\xe2\x80\xae", b"\xf4\x90\x80\x80", b"\x1b[2J"]), 3
    )


MUTATIONS: tuple[Mutation, ...] = (
    _cut, _flip, _drop_lines, _double_lines, _shuffle_head, _strange_header, _line_ends, _nest, _wrong_encoding,
    _garbage, _surrogates,
)  # fmt: skip


def mutated(raw: bytes, seed: int) -> bytes:
    """The mail after one to four accidents; the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 4)):
        raw = chance.choice(MUTATIONS)(chance, raw) or b"\r\n"
    return raw[:300_000]
