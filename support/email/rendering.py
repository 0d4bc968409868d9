"""Rendering messages as HTML and plain text. Only agents at the desk write Markdown; all else is shown as typed."""

import re
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

_FIRST_LINE = 200
_WORDS = re.compile(r"[^\W\d_]+")
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
# How letters begin, without accents and capitals.
_GREETING = re.compile(
    r"[\s*_]{0,8}(?:(?:hello|hi|hey|dear|greetings|good (?:morning|afternoon|evening|day)|merhaba(?:lar)?"
    r"|selam(?:lar)?|sayin|degerli|sevgili|gunaydin|iyi (?:gunler|aksamlar)|hallo|liebe[rs]?|sehr geehrter?"
    r"|guten (?:tag|morgen|abend)|bonjour|bonsoir|chere?|hola|buen[oa]s (?:dias|tardes|noches)|estimad[oa]s?"
    r"|querid[oa]|ciao|buongiorno|gentile|ola|prezad[oa]|beste|geachte|hej|czesc|dzien dobry|здравствуите|привет"
    r"|добрыи (?:день|вечер)|уважаем(?:ыи|ая)|xin chao|مرحبا|اهلا|السلام عليكم|عزيزي|عزيزتي|تحية|שלום|היי|הי)\b"
    r"|.{0,12}(?:您好|你好)|嗨|哈囉|哈啰|親愛的|亲爱的|尊敬的|敬愛的|早安|午安|早上好|下午好|こんにちは|안녕하세요)"
)


def is_markdown(message: Message) -> bool:
    """Whether it is Markdown, that is, written at the desk: customers mean asterisks and brackets literally."""
    at_desk = message.via == Via.DESK.value and not message.mail_id
    return at_desk and message.author is Author.TEAM and message.kind is MessageKind.MESSAGE


def html_of(message: Message) -> Markup | None:
    """Sanitised HTML of a Markdown message; None for one to be shown as plain text."""
    # Sanitised by kb/markup/message_markup.py; nothing else may be marked as safe here.
    return Markup(letter_html(message.text)) if is_markdown(message) else None  # noqa: S704


def greets(message: Message, name: str) -> bool:
    """Whether the message begins with a greeting or the customer's name: then no second greeting belongs above it."""
    first_line = _fold(message.text.strip()[:_FIRST_LINE].partition("\n")[0])
    if _GREETING.match(first_line):
        return True
    spoken = set(_WORDS.findall(first_line))
    return any(
        part in (first_line if _UNSPACED.search(part) else spoken)
        for part in _WORDS.findall(_fold(name))
        if len(part) > 1
    )


def text_of(message: Message) -> str:
    """The message as plain text, for the text part of mails."""
    return letter_text(message.text) if is_markdown(message) else message.text


def isolated(lang: str) -> Callable[..., str]:
    """The filter of the mails in this language that keeps a name, a number or an address together within a sentence
    that is written in the other direction: `<bdi>` in HTML, the isolates of Unicode in the text part.

    Text that runs the way of the language stays as it is. What would open or close a direction itself is taken out, so
    that it cannot turn around what stands behind it. `within` is the language of what stands around it, where that may
    be another than the mail's.
    """

    @pass_eval_context
    def isolate(context: EvalContext, value: object, within: str = "") -> str:
        text = str(value)
        plain = "".join(c for c in text if c not in _DIRECTIONS)
        around = {is_rtl(lang), is_rtl(within or lang)}
        mixed = any({unicodedata.bidirectional(c) in _RIGHT_TO_LEFT} != around for c in plain if _is_strong(c))
        if context.autoescape:
            return Markup("<bdi>{}</bdi>").format(plain) if mixed else escape(plain)
        return f"\u2068{plain}\u2069" if mixed else plain

    return isolate


def _is_strong(character: str) -> bool:
    return unicodedata.bidirectional(character) in {"L", "R", "AL", "EN"}


def _fold(text: str) -> str:
    """Without accents, vowel signs and capitals; the dotless i is an i."""
    decomposed = unicodedata.normalize("NFKD", text.casefold()).replace("ı", "i")
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if unicodedata.category(c) != "Mn"))
