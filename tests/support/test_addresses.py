"""What is an address, and when two are the same person's."""

import pytest

from core.email_addresses import email_key, is_email


@pytest.mark.parametrize(
    "text",
    [
        "ada@example.org", "ada+tag@example.org", "o'neil@example.org", "ADA@Example.ORG", "zoë@example.org",
        "用户@例子.公司", "ada@faß.example", "ada@xn--fa-hia.example", "a@b.c", f"{'x' * 64}@example.org",
        # Inside companies and on laptops:
        "ada@shop.example", "ada@shop.localhost", "ada@mail.local", "ada@mail.test", "ada@shop.invalid",
        "ada@host.onion", "ada@host.arpa",
        # In the DNS, whatever IDNA 2008 says of the letters:
        "ada@xn--i-7iq.ws", "ada@xn--mgba3gch31f060k.example",
    ],
)  # fmt: skip
def test_addresses(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "@", "ada", "ada@", "@example.org", "ada@localhost", "ada example@example.org", "ada@example.org\n",
        " ada@example.org", "ada@example.org\r\nBcc: eve@example.org", "Ada <ada@example.org>", '"a b"@example.org',
        "ada@[127.0.0.1]", "ada@127.0.0.1", "a..b@example.org", ".a@example.org", "a.@example.org", "ada@-x.org",
        "ada@x..org", "ada@x.org.", "ada@x_y.org", "ada@eve@example.org", "ada＠example.org", "a\u202eb@example.org",
        "ada@exam\u200bple.org", f"{'x' * 65}@example.org", f"ada@{'x' * 64}.org", "ada@" + "x." * 130 + "org",
        "a" * 100_000, "@" * 100_000,
    ],
)  # fmt: skip
def test_no_addresses(text: str) -> None:
    assert not is_email(text)


def test_an_operator_may_name_a_host_without_a_dot() -> None:
    assert is_email("team@localhost", dotless=True)
    assert is_email("team@mailhost", dotless=True)
    assert not is_email("team@", dotless=True)


def test_one_person_has_one_key() -> None:
    same = ("Ada@FAß.example", " ada@faß.example ", "ada@XN--FA-HIA.example", "ａｄａ@faß.example")
    assert {email_key(one) for one in same} == {"ada@xn--fa-hia.example"}
    assert email_key("zoë@example.org") == email_key("zoe\u0308@example.org")


def test_different_people_have_different_keys() -> None:
    assert email_key("ada@faß.example") != email_key("ada@fass.example")
    assert email_key("ada@βόλος.example") != email_key("ada@βόλοσ.example")
    assert email_key("straße@example.org") != email_key("strasse@example.org")
    assert email_key("eve@x＠example.org").rpartition("@")[2] != "example.org"


def test_what_has_no_domain_has_no_key() -> None:
    assert [email_key(text) for text in ("", "ada", "ada@", "@")] == [""] * 4


def test_the_key_of_a_key_is_itself() -> None:
    letters = (chr(code) for code in range(0x80, 0x2FFFF) if not 0xD800 <= code < 0xE000)
    keys = (email_key(f"{letter}x@example.org") for letter in letters)
    assert all(email_key(key) == key for key in keys)
