"""Names become what the DNS holds, by IDNA 2008."""

import pytest

from core.network.domain_names import a_labels, ascii_domain
from core.network.safe_http import SafeHttpClient
from support.email.inbound.imap_url import parse_imap_url
from support.email.smtp import parse_smtp_url


@pytest.mark.parametrize(
    ("name", "known_as"),
    [
        ("Example.ORG", "example.org"),
        ("faß.example", "xn--fa-hia.example"),
        ("fass.example", "fass.example"),
        ("βόλος.example", "xn--nxasmm1c.example"),
        ("MÜZIK.example", "xn--mzik-0ra.example"),
        ("例子。公司", "xn--fsqu00a.xn--55qx5d"),
        ("ｅｘａｍｐｌｅ.org", "example.org"),
        ("نامه\u200cای.example", "xn--mgba3gch31f060k.example"),
        ("localhost", "localhost"),
        ("under_score.example", "under_score.example"),
        ("[::1]", "[::1]"),
    ],
)
def test_a_name_has_one_form(name: str, known_as: str) -> None:
    assert a_labels(name) == ascii_domain(name) == known_as


def test_names_nobody_can_register_any_more_are_still_reached() -> None:
    with pytest.raises(ValueError, match="not allowed"):
        a_labels("i❤.ws")
    assert ascii_domain("i❤.ws") == "xn--i-7iq.ws"


def test_what_is_no_name_stays_itself() -> None:
    assert ascii_domain("x＠victim.example") == "x＠victim.example"
    assert ascii_domain("ü" * 300) == "ü" * 300


def test_servers_are_looked_up_under_their_own_name() -> None:
    assert parse_smtp_url("smtp://mail.faß.example").host == "mail.xn--fa-hia.example"
    assert parse_imap_url("imaps://a:b@mail.faß.example").host == "mail.xn--fa-hia.example"
    client = SafeHttpClient("https://faß.example:8443/hook")
    assert (client._host, client._netloc) == ("xn--fa-hia.example", "xn--fa-hia.example:8443")
