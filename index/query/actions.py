"""Pure: which actions a text names (turn off, add, cancel), in the shipped languages, and which are opposites.

Headings and questions name an action by many verbs (`turn off`, `disable`, `kapat`, `devre dışı bırak`, `停用`), and
meaning tells opposite ones apart badly: the vectors of `enable` and `disable` are near each other. The verbs stand in
index/data/actions.txt.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from index.analysis import fold, to_simplified

_FILE = Path(__file__).parents[1] / "data" / "actions.txt"
_WIDE = re.compile("[\u2e80-\uffef]")
_OBJECT = re.compile(r"\(([^()]*)\)")
_WRITTEN = {
    "*": r"\w*",
    "~": r"(?:m[ae]\w*|y?[iu]n(?:iz)?|[iu]?[ln][iu]\w*|[aeiu]?r\w*|y?[ae]\w*|[iu]yor\w*|y?[iu]p|s[ae]m)?",
    " … ": r"(?:\s+[\w'’-]+){0,4}?\s+",
    " ": r"\s+",
    ".": r"(?=\s*(?:[?!.,;:]|$))",
}
# What was done to something, is done by itself, or while something else happened (`an error when installing`), is not
# asked for.
_NOT_ASKED = "(?<![被已])(?<!自动)"
_WHILE = re.compile(r"\b(?:when|while|after|before|during|since|by|for|without)\s+(?:\w+\s+)?$")

_REFUSED = re.compile(
    r"(?:\b(?:not|cannot|cant|wont|doesnt|unable to|fail\w* to)|n['’]t)\s+(?:\w+\s+){0,2}$"
    r"|(?:无法|不能|没办法|没法|不给)\w{0,4}$"
)
_CANNOT = re.compile(r"[ae]m[iu]yor")
_REFUSED_BEHIND = re.compile("\\w?(?:不了|不上|不到|失败|できない)")


@dataclass(frozen=True)
class Actions:
    """The actions that a text names, and the text without their verbs. `is_refused`: what cannot be done is said
    (`it won't let me sign in`), which another section answers than how it is done."""

    named: frozenset[str]
    rest: str
    is_refused: bool = False

    def crosses(self, asked: "Actions") -> bool:
        """Whether it names the opposite of an action that is asked for, and none that is."""
        if not asked.named or not self.named or self.named & asked.named:
            return False
        opposites = _table().opposites
        return any(not opposites.get(one, frozenset()).isdisjoint(self.named) for one in asked.named)


_NONE: frozenset[str] = frozenset()


@lru_cache(maxsize=8192)
def actions_in(text: str) -> Actions:
    """The actions of a question or a heading."""
    table, named = _table(), set()
    folded = fold(to_simplified(text).casefold())
    rest, last, is_refused = "", 0, False
    for start in table.starts.finditer(folded):
        if start.start() < last or _WHILE.search(folded, max(0, start.start() - 30), start.start()):
            continue
        verb = table.verbs[start[0]].match(folded, start.start())
        if verb is not None:
            named.add(table.of_group[start[0]][verb.lastindex or 0])
            rest += f"{folded[last : start.start()]} {' '.join(table.objects.findall(verb[0]))} "
            last = verb.end()
            is_refused |= bool(
                _REFUSED.search(folded, max(0, start.start() - 30), start.start())
                or _CANNOT.search(verb[0])
                or _REFUSED_BEHIND.match(folded, last)
            )
    return Actions(frozenset(named), rest + folded[last:], is_refused) if named else Actions(_NONE, text)


@dataclass(frozen=True)
class _Table:
    """`verbs` and the actions of their groups (`of_group`) by the letter that they begin with; `starts` are these.
    `objects` are words of verbs that say what is acted on (`close my account`)."""

    starts: re.Pattern[str]
    verbs: dict[str, re.Pattern[str]]
    of_group: dict[str, tuple[str, ...]]
    objects: re.Pattern[str]
    opposites: dict[str, frozenset[str]]


@lru_cache(maxsize=1)
def _table() -> _Table:
    by_letter: dict[str, list[tuple[str, str]]] = {}
    objects: set[str] = set()
    opposites: dict[str, frozenset[str]] = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        if "<>" in line:
            one, other = (name.strip() for name in line.split("<>"))
            opposites[one] = opposites.get(one, _NONE) | {other}
            opposites[other] = opposites.get(other, _NONE) | {one}
            continue
        action, _, verbs = line.partition(" = ")
        for written in verbs.split(","):
            objects.update(map(_pattern, _OBJECT.findall(written)))
            verb = _OBJECT.sub(r"\1", written.strip())
            by_letter.setdefault(fold(verb)[0], []).append((action, verb))
    wide = "".join(letter for letter in by_letter if _WIDE.match(letter))
    narrow = "".join(letter for letter in by_letter if not _WIDE.match(letter))
    return _Table(
        re.compile(rf"\b[{narrow}]|[{wide}]"),
        {
            letter: re.compile("|".join(f"({_pattern(verb)})" for _, verb in verbs))
            for letter, verbs in by_letter.items()
        },
        {letter: ("", *(action for action, _ in verbs)) for letter, verbs in by_letter.items()},
        re.compile("|".join(sorted(objects))),
        opposites,
    )


def _pattern(verb: str) -> str:
    if _WIDE.search(verb):
        return _NOT_ASKED + re.escape(fold(verb))
    pieces = re.split("( … |[*~ .])", verb)
    return rf"{''.join(_WRITTEN.get(piece, re.escape(piece)) for piece in pieces)}\b"
