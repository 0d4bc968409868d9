"""Rendering messages as HTML and plain text. Only agents at the desk write Markdown; all else is shown as typed."""

from markupsafe import Markup

from kb.markup.message_markup import letter_html, letter_text
from support.tickets.models import Author, Message, MessageKind, Via


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
