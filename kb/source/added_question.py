"""Adding a question to an article's file, with the rest of it left as its author wrote it.

Only the lines of `questions` are touched, and the result is read again: if anything but the questions came out
otherwise, nothing is changed. YAML has more ways to write a list than are worth knowing here.
"""

import json
import re
from dataclasses import replace

from kb.errors import KbError
from kb.source.frontmatter import read

_INLINE = re.compile(r"questions:[ \t]*\[(?P<items>[^\n]*)\](?P<rest>[ \t]*(?:#[^\n]*)?)")
_EMPTY = re.compile(r"questions:[ \t]*(?:#[^\n]*)?")
_ITEM = re.compile(r"(?P<indent>[ \t]*)-[ \t]")


class CannotAddQuestion(KbError):
    """The file's header is written in a way that is not changed here."""


def with_question(text: str, question: str) -> str:
    """The text of the file with the question as its last; unchanged when it is there. Raises CannotAddQuestion."""
    before = read(text, "")
    question = " ".join(question.split())
    if question.casefold() in {one.casefold() for one in before.fields.questions}:
        return text
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.split(newline)
    end = next((at for at, line in enumerate(lines) if at and line.rstrip() in {"---", "..."}), None)
    if lines[0].removeprefix("\ufeff").rstrip() != "---" or end is None:
        raise CannotAddQuestion("the file has no header between two --- lines")
    changed = newline.join(_changed(lines, end, json.dumps(question, ensure_ascii=False)))
    after = read(changed, "")
    wanted = replace(before.fields, questions=(*before.fields.questions, question))
    if after.fields != wanted or after.body != before.body:
        raise CannotAddQuestion("its list of questions is written in a way that is not changed here")
    return changed


def _changed(lines: list[str], end: int, quoted: str) -> list[str]:
    at = next((at for at in range(1, end) if lines[at].startswith("questions:")), None)
    if at is None:
        return [*lines[:end], f"questions: [{quoted}]", *lines[end:]]
    inline = _INLINE.fullmatch(lines[at])
    if inline:
        items = inline["items"].strip().rstrip(",")
        listed = f"questions: [{items}, {quoted}]" if items else f"questions: [{quoted}]"
        return [*lines[:at], listed + inline["rest"], *lines[at + 1 :]]
    if not _EMPTY.fullmatch(lines[at]):
        raise CannotAddQuestion("its list of questions is written in a way that is not changed here")
    last, indent = at, "  "
    for number in range(at + 1, end):
        item = _ITEM.match(lines[number])
        if item:
            last, indent = number, item["indent"]
        elif lines[number].strip() and not lines[number].startswith((" ", "\t", "#")):
            break
        elif lines[number].strip() and not lines[number].lstrip().startswith("#"):
            last = number  # an item that goes on
    return [*lines[: last + 1], f"{indent}- {quoted}", *lines[last + 1 :]]
