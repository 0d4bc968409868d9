"""Answers in Markdown: what a customer sees of them, and what nobody can smuggle in."""

import re

import pytest

from kb.markup.message_markup import letter_html, letter_text, quoted_literally

_PLAIN = re.findall(r"\w+", "a blockquote br code del em hr li ol p pre strong table tbody td th thead tr ul")


def test_an_answer_keeps_its_lines_and_gets_its_marks() -> None:
    html = letter_html("Hello **Ada**,\nthank you.\n\n1. Open it\n2. See [Returns](https://help.example/en/returns)")

    assert "<p>Hello <strong>Ada</strong>,<br>\nthank you.</p>" in html
    assert "<li>Open it</li>" in html
    assert '<a href="https://help.example/en/returns" rel="noopener noreferrer nofollow">Returns</a>' in html


def test_words_that_only_look_like_markdown_stay_words() -> None:
    text = "#1234 is on its way.\n2 * 3 * 4, snake_case_name, a < b\n    indented\nAda\n---"
    html = letter_html(text)

    for words in ("#1234 is on its way.", "2 * 3 * 4, snake_case_name, a &lt; b"):
        assert words in html
    assert "<h" not in html.replace("<hr>", "")
    assert "<pre>" not in html


def test_a_bare_address_is_a_link() -> None:
    assert '<a href="https://help.example/a?b=1&amp;c=2"' in letter_html("See https://help.example/a?b=1&c=2.")


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<!--><script>alert(1)</script>-->",
        "[a](javascript:alert(1))",
        "[a](JaVaScRiPt&#58;alert(1))",
        "[a](data:text/html;base64,PHNjcmlwdD4=)",
        "[a][b]\n\n[b]: javascript:alert(1)",
        "<javascript:alert(1)>",
        '[a](https://x.example "on" onmouseover=alert(1))',
        '[a](https://x.example/"onmouseover="alert(1))',
        "![pixel](https://evil.example/pixel.png)",
        "![p][q]\n\n[q]: https://evil.example/x.png",
        "<iframe src=https://evil.example></iframe>",
        "<form action=https://evil.example><input name=password></form>",
        "```html onload=alert(1)\n<script>alert(1)</script>\n```",
        "`<script>alert(1)</script>`",
        "| a | b |\n| - | - |\n| <script>alert(1)</script> | style=x |",
        "a{: onclick=alert(1) }\n\n{: style=position:fixed }",
        "[a](//evil.example) [b](/desk/sign-out)",
        "<<script>script>alert(1)<</script>/script>",
    ],
)
def test_nothing_but_plain_marks_comes_out(attack: str) -> None:
    html = letter_html(f"before\n\n{attack}\n\nafter")

    for name, attributes in re.findall(r"<(\w+)([^>]*)>", html):
        assert name in _PLAIN
        for found in re.findall(r"([\w-]+)=", re.sub(r'"[^"]*"', '""', attributes)):
            assert found in {"href", "rel", "start", "align"}
        for address in re.findall(r'href="([^"]*)"', attributes):
            assert re.match(r"(https?|mailto|tel):", address)
    assert "before" in html
    assert "after" in html


def test_quotations_in_quotations_break_nothing() -> None:
    for text in (">" * 5_000 + " deep", "> " * 40 + "deep", "- " * 2_000 + "deep", "*" * 5_000 + "deep", "[" * 5_000):
        assert len(letter_html(text)) >= 4
        assert letter_html("one\ntwo").rstrip() == "<p>one<br>\ntwo</p>", "what broke leaves nothing behind"


def test_the_plain_text_spells_links_out_and_leaves_the_rest_readable() -> None:
    text = "Hello **Ada**,\nsee [Returns](https://help.example/r) and 2\\*3.\n\n`[x](y)`\n```\n[x](y)\n```"

    assert letter_text(text) == (
        "Hello **Ada**,\nsee Returns (https://help.example/r) and 2*3.\n\n`[x](y)`\n```\n[x](y)\n```"
    )


@pytest.mark.parametrize("name", ["[click](https://evil.example)", "**Ada** `x`", "_Ada_", "a\\*b", "Ada <b>"])
def test_a_customers_words_are_taken_literally_in_an_answer(name: str) -> None:
    html = letter_html(f"Hello {quoted_literally(name)},")

    assert re.search(r"<(?!/?(?:p|a href=\"https://evil)|/a)", html) is None
    assert ">click<" not in html
    assert letter_text(f"Hello {quoted_literally(name)},") == f"Hello {name},"
