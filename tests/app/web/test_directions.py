"""Templates keep what may run the other way than the page apart: numbers, and texts in the language of an article."""

import re
from collections.abc import Iterator
from pathlib import Path

import app

_TEMPLATES = Path(app.__file__).parent / "templates"
_OUTPUT = re.compile(r"\{\{(?:(?!\}\}).)*?(?<![\w.])(?:channel\.(?:value|short)|\w+\.phone)\b(?:(?!\}\}).)*\}\}")
_APART = re.compile(r"(?:<bdi[^<>]*>|\sdir=\"(?:ltr|auto)\"[^<>]*>)$")
_IN_ATTRIBUTE = re.compile(r"=\"(?:[^\"<>]|->)*$")
# An opening tag with all of its attributes, in which an output may hold anything.
_TAG = re.compile(r"<(\w+)((?:\{\{.*?\}\}|\{%.*?%\}|[^<>{])*)>(?=(.{0,200}))", re.S)
_LANGUAGE = re.compile(r"\slang=\"\{\{\s*[\w.]+\.lang\b")
# What an article, an urgent message or a topic says of itself, as the first thing in the element.
_WRITTEN = re.compile(
    r"(?:\{\{ icon\([^}]*\}\})?\{\{ [\w.]+\.(?:\w+_)?(?:title|heading|summary|lead|text|label|name)\b"
)


def _templates() -> Iterator[tuple[str, str]]:
    for path in sorted(_TEMPLATES.rglob("*.html")):
        yield path.relative_to(_TEMPLATES).as_posix(), path.read_text("utf-8")


def _bare_numbers(text: str) -> list[str]:
    return [
        match.group()
        for match in _OUTPUT.finditer(text)
        if not _APART.search(text[: match.start()])
        and not _IN_ATTRIBUTE.search(text[max(0, match.start() - 300) : match.start()])
        and "<bdi>" not in match.group()
    ]


def _undirected(text: str) -> list[str]:
    return [
        match.group()[:160]
        for match in _TAG.finditer(text)
        if match.group(1) != "bdi"
        and _LANGUAGE.search(match.group(2))
        and " dir=" not in match.group(2)
        and _WRITTEN.match(match.group(3))
    ]


def test_a_number_on_a_page_is_isolated() -> None:
    assert _bare_numbers("<p>{{ ticket.phone }}</p><p>{{ _('Call %(phone)s', phone=ticket.phone) }}</p>")
    assert not _bare_numbers(
        '<bdi>{{ channel.value }}</bdi><a href="tel:{{ ticket.phone }}" dir="ltr">{{ ticket.phone }}'
    )
    seen, bare = 0, []
    for name, text in _templates():
        seen += len(_OUTPUT.findall(text))
        bare += [f"{name}: {one}" for one in _bare_numbers(text)]
    assert bare == [], 'put it into <bdi>, or give its element dir="ltr"'
    assert seen > 10


def test_a_text_in_the_language_of_an_article_has_a_direction_of_its_own() -> None:
    assert _undirected('<a href="{{ row.url }}" lang="{{ row.lang }}" class="x">{{ row.title }}</a>')
    assert not _undirected('<a lang="{{ row.lang }}" dir="auto">{{ row.title }}</a>')
    assert not _undirected('<a lang="{{ row.lang }}"><bdi>{{ row.title }}</bdi></a>')
    seen, bare = 0, []
    for name, text in _templates():
        seen += len(_LANGUAGE.findall(text))
        bare += [f"{name}: {one}" for one in _undirected(text)]
    assert bare == [], 'give the element dir="auto", or put the text into <bdi>'
    assert seen > 20
