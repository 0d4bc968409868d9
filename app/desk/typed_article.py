"""What stands in the editor, as a request has it."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request

from app.current import services
from core.numbers import whole_number
from kb.authoring import header_form
from kb.authoring.article_files import plain
from kb.authoring.service import REASON_MOST
from kb.translations.models import Weight
from support.intake.forms import one_line

# What is to become of a text: save it, or keep it as a suggestion, for a time still to come or not.
_WANTED = frozenset({"save", "suggest", "schedule"})


@dataclass(frozen=True)
class Typed:
    """What stands in the editor: a text and the values of the form beside it."""

    parts: header_form.Parts
    form: Mapping[str, str]
    base: str
    reason: str = ""
    suggestion: int = 0
    weight: str = ""
    wanted: str = "save"

    @classmethod
    def of_text(
        cls, text: str, base: str, reason: str = "", suggestion: int = 0, weight: str = "", wanted: str = "save"
    ) -> "Typed":
        return cls(header_form.split(text), header_form.form_of(text), base, reason, suggestion, weight, wanted)

    def with_text(self, text: str, base: str) -> "Typed":
        """Another text with what else was said about the change."""
        return self.of_text(text, base, self.reason, self.suggestion, self.weight, self.wanted)

    @classmethod
    def of_request(cls) -> "Typed":
        """As it was sent, so that it can be given back whatever is wrong with it."""
        given = request.form
        head, body = _lines(given.get("head", "")), _lines(given.get("body", ""))
        head = head.rstrip("\n") + "\n" if head.strip() else ""
        form = {name: _lines(given[name])[:20_000] for name in header_form.NAMES if name in given}
        if len(form) < len(header_form.NAMES):  # a page of an older release, or a request without all: as it is
            form = header_form.form_of(head + body) | form
        return cls(header_form.Parts(head, body), form, one_line(given.get("base", ""))[:64], *cls._said())

    @classmethod
    def of_merge(cls, text: str, base: str) -> "Typed":
        """A text that was put together, with what the request says about the change."""
        return cls.of_text(text, base, *cls._said())

    @staticmethod
    def _said() -> tuple[str, int, str, str]:
        given = request.form
        wanted = given.get("action", "") or given.get("wanted", "")
        weight = given.get("weight", "")
        return (
            one_line(given.get("reason", ""))[:REASON_MOST], whole_number(given.get("suggestion", "")) or 0,
            weight if weight in set(Weight) else "", wanted if wanted in _WANTED else "save",
        )  # fmt: skip

    def text(self, path: str) -> str:
        """The file it would be. Raises HeaderKept or CannotEdit."""
        whole = plain(header_form.joined(self.parts.head, self.parts.body))
        began_from = services().authoring.text_with(path, self.base)
        was = header_form.form_of(self.parts.head + self.parts.body if began_from is None else began_from)
        return header_form.with_form(whole, was, self.form)


def _lines(text: str) -> str:
    """A text field with line feeds."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
