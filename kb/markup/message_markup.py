"""Renders staff replies: a Markdown subset to sanitised HTML for pages and email, and to plain text for email.

Much less than articles may have (kb/markup/markdown.py): raw HTML is escaped; no images or frames, which would let a
third party track who reads when; no classes or ids. A line break stays a line break, because people who write a reply
do not think of Markdown.
"""

import re
import threading
from functools import cache
from html import escape

import markdown
import nh3

from core import ended_process
from core.numbers import whole_number
from kb.markup.commonmark import CommonMark
from kb.markup.cost import is_costly, with_fewer_blank_lines

_TAG_NAMES = "a blockquote br code del em hr li ol p pre strong table tbody td th thead tr ul"
_TAGS = set(_TAG_NAMES.split())
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "td": {"align"}, "th": {"align"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_ADDRESS = re.compile(r"(?:https?|mailto|tel):", re.I)
_DEEPEST = 12  # quotations in quotations: each level costs the library a few frames of Python's stack

_PATIENCE_SECONDS = 5.0  # somebody waits for the page

_CODE = re.compile(r"((?<!\\)```.*?```|(?<!\\)`[^`\n]*`)", re.S)
_LINK = re.compile(r"(?<!\\)!?\[((?:\\.|[^\[\]\\\n])+)\]\(\s*<?([^()\s<>]+)>?(?:\s+\"[^\"\n]*\")?\s*\)")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])")
_SPECIAL = re.compile(r"([\\`*_\[\]])")


def letter_html(text: str) -> str:
    """The text as HTML that is safe on pages and in email whatever was typed. Links are limited to safe schemes."""
    if re.search(r"(?m)^[ \t]*(?:>[ \t]*){%d}" % _DEEPEST, text):  # noqa: UP031 - braces of the pattern
        return _as_typed(text)
    text = with_fewer_blank_lines(text)
    if is_costly(text):
        try:
            return ended_process.call("kb.markup.message_markup:_converted", text, seconds=_PATIENCE_SECONDS)
        except ended_process.TookTooLong:
            return _as_typed(text)
    return _converted(text)


def _converted(text: str) -> str:
    try:
        with _one_at_a_time:
            html = _converter().reset().convert(text)
    except RecursionError:
        _converter.cache_clear()  # it gave up in the middle of its own state, which the next text must not inherit
        return _as_typed(text)
    return nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, attribute_filter=_allowed, url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )  # fmt: skip


def letter_text(text: str) -> str:
    """The text as plain text: links as `words (address)`, nothing escaped, the rest as typed."""
    parts = _CODE.split(text)
    parts[::2] = [_ESCAPED.sub(r"\1", _LINK.sub(_spelt_out, part)) for part in parts[::2]]
    return "".join(parts)


def quoted_literally(value: str) -> str:
    """Escape a foreign value for insertion into Markdown, so that it cannot create links or emphasis."""
    return _SPECIAL.sub(r"\\\1", value)


_one_at_a_time = threading.Lock()  # a Markdown object keeps the state of the text it is reading


@cache
def _converter() -> markdown.Markdown:
    return markdown.Markdown(extensions=[CommonMark(letter=True)])


def _spelt_out(found: re.Match[str]) -> str:
    words, address = found[1], found[2]
    return address if words == address else f"{words} ({address})"


def _as_typed(text: str) -> str:
    return "<p>" + escape(text).replace("\n", "<br>\n") + "</p>"


def _allowed(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if _ADDRESS.match(value) else None
    if name == "start":
        return value if whole_number(value, most=9_999) is not None else None
    if name == "rel":
        return value  # ours: nh3 has put it there
    return value if value in {"left", "right", "center"} else None
