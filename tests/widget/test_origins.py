"""Which origins a site's settings mean: nothing that merely looks like one of them."""

import pytest

from support.intake.origins import BadOrigin, Origins, read_origin

SHOP = Origins(
    tuple(
        read_origin(text)
        for text in (
            "https://shop.example.com",
            "https://*.example.org",
            "https://exact.example:8443",
            "http://Bücher.example/",
            "http://localhost:*",
            "http://*.localhost:*",
            "http://[::1]:*",
            "capacitor://localhost",
        )
    )
)


@pytest.mark.parametrize(
    "sent",
    [
        "https://shop.example.com",
        "https://shop.example.com:443",
        "HTTPS://Shop.Example.COM",
        "https://a.example.org",
        "https://a.b.example.org",
        "https://exact.example:8443",
        "http://xn--bcher-kva.example",
        "http://localhost",
        "http://localhost:5173",
        "http://shop.localhost:8001",
        "http://[::1]:3000",
        "capacitor://localhost",
    ],
)
def test_an_origin_of_the_site_is_admitted(sent: str) -> None:
    assert SHOP.admit(sent)


@pytest.mark.parametrize(
    "sent",
    [
        "http://shop.example.com",  # another scheme
        "https://shop.example.com:8443",  # another port
        "https://shop.example.com.evil.example",
        "https://evil.shop.example.com",  # exact means exact
        "https://shop-example.com",
        "https://shopXexample.com",
        "https://shop.example.com.",  # a host of its own to a browser
        "https://example.org",  # subdomains only
        "https://evil-example.org",
        "https://evilexample.org",
        "https://example.org.evil.example",
        "https://a.example.org:444",
        "https://.example.org",
        "https://a..example.org",
        "https://exact.example",
        "http://xn--bcher-kva.example:8080",
        "http://bücher.example",  # no browser sends it so
        "http://bucher.example",
        "http://localhost.evil.example",
        "http://evil-localhost",
        "https://localhost",
        "http://127.0.0.1",
        "http://localhost:99999",
        "http://localhost:abc",
        "capacitor://evil",
        "ionic://localhost",
        "null",
        "NULL",
        "file://",
        "",
        " ",
        "*",
        "https://",
        "https://*.example.org",
        "https://shop.example.com/",
        "https://shop.example.com/path",
        "https://shop.example.com?x",
        "https://shop.example.com#x",
        "https://shop.example.com@evil.example",
        "https://evil.example\\@shop.example.com",
        "https://shop.example.com https://evil.example",
        "https://shop.example.com, https://evil.example",
        "https://shop.example.com\t",
        "javascript://shop.example.com",
        "https:shop.example.com",
        "https://" + "a" * 400 + ".example.org",
    ],
)
def test_what_only_looks_like_one_is_not(sent: str) -> None:
    assert not SHOP.admit(sent)


def test_pages_without_an_origin_are_admitted_only_where_webviews_are_meant() -> None:
    assert Origins((), null_origin=True).admit("null")
    assert Origins((), null_origin=True).admit("file://")
    assert not Origins((), null_origin=True).admit("https://shop.example.com")
    assert not Origins((read_origin("https://shop.example.com"),)).admit("null")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("null", "webviews = true"),
        ("shop.example.com", "does not begin with https://"),
        ("https://shop.example.com/help", "more than a scheme"),
        ("https://user@shop.example.com", "more than a scheme"),
        ("https://shop.example.com:port", "port"),
        ("https://shop.example.com:0", "port"),
        ("https://shop.example.com:70000", "port"),
        ("https://*", r"a \* in a place"),
        ("https://shop.*.com", r"a \* in a place"),
        ("https://*shop.example.com", r"a \* in a place"),
        ("https://*.com", "every site there is"),
        ("https://*.127.0.0.1", "before a number"),
        ("https://sh op.example", "more than a scheme"),
        ("https://-shop.example", "host name"),
        ("https://❌.example", "cannot be"),
    ],
)
def test_an_entry_that_means_nothing_or_too_much_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadOrigin, match=says):
        read_origin(text)
