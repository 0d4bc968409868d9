"""Pure: the plain data that a JavaScript file exports, such as a sidebar. Code is never run."""

import re
from collections.abc import Mapping
from typing import Any

_EXPORT = re.compile(
    r"(?m)(?:module\.exports\s{0,20}=|export\s{1,20}default|\b(?:const|let|var)\s{1,20}sidebars\b[^=\n]{0,80}=)\s{0,20}(?=[\[{])"
)


def data_of_script(text: str) -> Any:
    """The object a JavaScript file exports, if it is plain data: literals, lists, objects. Raises ValueError."""
    found = _EXPORT.search(text)
    if found is None:
        raise ValueError("it exports no plain object")
    value, _ = _Script(text, found.end()).value(0)
    return value


class _Script:
    """A reader of JavaScript's object literals; anything that has to be run is a ValueError."""

    _SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*[\s\S]*?\*/)*")
    _NAME = re.compile(r"[A-Za-z_$][\w$]*")
    _NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
    _STRING = re.compile(r"'((?:[^'\\\n]|\\.)*)'|\"((?:[^\"\\\n]|\\.)*)\"|`((?:[^`\\$]|\\.|\$(?!\{))*)`")
    _WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None, "undefined": None}

    def __init__(self, text: str, at: int) -> None:
        self.text, self.at = text, at

    def _skip(self) -> str:
        found = self._SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def _wrong(self) -> ValueError:
        return ValueError(f"line {self.text.count(chr(10), 0, self.at) + 1} is code rather than data")

    def value(self, depth: int) -> tuple[Any, int]:
        if depth > 40:
            raise ValueError("it is nested too deeply")
        mark = self._skip()
        if mark == "{":
            return self._object(depth), self.at
        if mark == "[":
            return self._list(depth), self.at
        if found := self._STRING.match(self.text, self.at):
            self.at = found.end()
            inner = next(part for part in found.groups() if part is not None)
            return re.sub(r"\\(.)", r"\1", inner), self.at
        if found := self._NUMBER.match(self.text, self.at):
            self.at = found.end()
            return float(found[0]), self.at
        found = self._NAME.match(self.text, self.at)
        if found and found[0] in self._WORDS:
            self.at = found.end()
            return self._WORDS[found[0]], self.at
        raise self._wrong()

    def _object(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        self.at += 1
        while (mark := self._skip()) != "}":
            if found := self._STRING.match(self.text, self.at):
                key = next(part for part in found.groups() if part is not None)
            elif found := self._NAME.match(self.text, self.at):
                key = found[0]
            else:
                raise self._wrong()
            self.at = found.end()
            if self._skip() != ":":
                raise self._wrong()
            self.at += 1
            made[key], _ = self.value(depth + 1)
            mark = self._skip()
            if mark == ",":
                self.at += 1
            elif mark != "}":
                raise self._wrong()
        self.at += 1
        return made

    def _list(self, depth: int) -> list[Any]:
        made: list[Any] = []
        self.at += 1
        while (mark := self._skip()) != "]":
            made.append(self.value(depth + 1)[0])
            mark = self._skip()
            if mark == ",":
                self.at += 1
            elif mark != "]":
                raise self._wrong()
        self.at += 1
        return made
