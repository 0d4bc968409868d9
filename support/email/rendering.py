"""Rendering messages as HTML and plain text. Only agents at the desk write Markdown; all else is shown as typed."""

import unicodedata
from collections.abc import Callable

from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from core.texts.languages import is_rtl
from kb.markup.message_markup import letter_html, letter_text
from support.tickets.models import Author, Message, MessageKind, Via

_RIGHT_TO_LEFT = {"R", "AL"}
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")


def is_markdown(message: Message) -> bool:
    """Whether it is Markdown, that is, written at the desk: customers mean asterisks and brackets literally."""
    at_desk = message.via == Via.DESK.value and not message.mail_id
    return at_desk and message.author is Author.TEAM and message.kind is MessageKind.MESSAGE


def html_of(message: Message) -> Markup | None:
    """Sanitised HTML of a Markdown message; None for one to be shown as plain text."""
    # Sanitised by kb/markup/message_markup.py; nothing else may be marked as safe here.
    return Markup(letter_html(message.text)) if is_markdown(message) else None  # noqa: S704


def greets(message: Message, name: str) -> bool:
    """Whether the message begins with the customer's name, so that no second greeting belongs above it."""
    first_line = message.text.strip().partition("\n")[0].casefold()
    return any(len(part) > 1 and part.casefold() in first_line for part in name.split())


def text_of(message: Message) -> str:
    """The message as plain text, for the text part of mails."""
    return letter_text(message.text) if is_markdown(message) else message.text


def isolated(lang: str) -> Callable[[EvalContext, object], str]:
    """The filter of the mails in this language that keeps a name, a number or an address together within a sentence
    that is written in the other direction: `<bdi>` in HTML, the isolates of Unicode in the text part.

    Text that runs the way of the language stays as it is. What would open or close a direction itself is taken out, so
    that it cannot turn around what stands behind it.
    """
    ours = is_rtl(lang)

    @pass_eval_context
    def isolate(context: EvalContext, value: object) -> str:
        text = str(value)
        plain = "".join(c for c in text if c not in _DIRECTIONS)
        mixed = any((unicodedata.bidirectional(c) in _RIGHT_TO_LEFT) is not ours for c in plain if _is_strong(c))
        if context.autoescape:
            return Markup("<bdi>{}</bdi>").format(plain) if mixed else escape(plain)
        return f"\u2068{plain}\u2069" if mixed else plain

    return isolate


def _is_strong(character: str) -> bool:
    return unicodedata.bidirectional(character) in {"L", "R", "AL", "EN"}
