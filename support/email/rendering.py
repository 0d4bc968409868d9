"""What a message looks like to readers. Staff write Markdown at the desk; all else is shown as it was typed."""

from markupsafe import Markup

from kb.markup.message_markup import letter_html, letter_text
from support.tickets.models import Author, Message, MessageKind, Via


def is_markdown(message: Message) -> bool:
    """Whether it was written at the desk: customers and mails mean their stars and brackets as they are."""
    at_desk = message.via == Via.DESK.value and not message.mail_id
    return at_desk and message.author is Author.TEAM and message.kind is MessageKind.MESSAGE


def html_of(message: Message) -> Markup | None:
    """Safe HTML of a message in Markdown, None for one to be shown as text."""
    # Sanitised by kb/markup/message_markup.py; nothing else may be marked as safe here.
    return Markup(letter_html(message.text)) if is_markdown(message) else None  # noqa: S704


def greets(message: Message, name: str) -> bool:
    """Whether the message begins with the customer's name, so that no second greeting belongs above it."""
    first_line = message.text.strip().partition("\n")[0].casefold()
    return any(len(part) > 1 and part.casefold() in first_line for part in name.split())


def text_of(message: Message) -> str:
    """The message in plain text, for the text part of mails."""
    return letter_text(message.text) if is_markdown(message) else message.text
