"""Pure: clauses that tell of nothing but the writer's mood (`your app sucks`, `I am losing my mind`) are taken out of a
question before it is searched: people put that in more ways than a list of phrases has.

Such a clause stands between signs, or is joined by `and` and the like. Each of its words is listed
(index/data/feelings/), one at least as a word of mood; a word of the product's makes it part of the question. So does a
word that asks: `where the hell is it`.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from index.analysis import to_simplified
from index.query.plain_text import CJK, plain

_FOLDER = Path(__file__).parents[1] / "data" / "feelings"
LANGUAGES = frozenset(file.stem for file in _FOLDER.glob("*.txt"))
# Chinese goes on without a space, also where its signs have been made ordinary ones.
_SIGNS = re.compile(rf"([,;:.!?…\n—–،؛؟]+(?=[\s{CJK}]|$)|[，。、；：！？…]+|(?<=\s)-(?=\s))")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_JOINING = {
    "en": "and|but|because|so|or", "tr": "ve|ama|fakat|çünkü", "de": "und|aber|weil|denn", "fr": "et|mais|car",
    "es": "y|pero|porque", "pt": "e|mas|porque", "it": "e|ma|perché", "nl": "en|maar|want", "ru": "и|но|а",
    "ar": "و|لكن",
}  # fmt: skip
_LONGEST_CLAUSE = 200
_CHINESE = re.compile(f"[{CJK}]")


def without_feelings(text: str, lang: str) -> str:
    """The text without its clauses of mood; as it is where no other clause is left."""
    name = lang.partition("-")[0]
    if name not in LANGUAGES:
        return text
    pieces = _SIGNS.split(text)  # clause, sign, clause, …
    clauses = pieces[::2]
    left = [_without_joined(clause, name) for clause in clauses]
    if left == clauses or not any(clause and clause.strip() for clause in left):
        return text
    signs = [*pieces[1::2], ""]
    return "".join(f"{own}{sign}" for own, sign in zip(left, signs, strict=True) if own is not None).strip(" -–—")


def _without_joined(clause: str, name: str) -> str | None:
    """A clause without those of mood that are joined to it; None where it is one itself."""
    if not clause.strip() or len(clause) > _LONGEST_CLAUSE:
        return clause
    if _is_mood(clause, name):
        return None
    if name not in _JOINING:
        return clause
    parts = _joining(name).split(clause)  # part, joining word, part, …
    # The longest end that is one, and the longest beginning: `and` also joins words of mood.
    ends = (at - 1 for at in range(2, len(parts), 2) if _is_mood("".join(parts[at:]), name))
    parts = parts[: next(ends, None)]
    beginnings = (at + 1 for at in range(len(parts) - 2, 0, -2) if _is_mood("".join(parts[:at]), name))
    return "".join(parts[next(beginnings, 0) :])


def _is_mood(clause: str, name: str) -> bool:
    if name == "zh":
        return _is_chinese_mood(clause)
    moods, around, together = _lists(name)
    forms = [plain(word).replace("’", "'") for word in _WORD.findall(clause)]
    found = False
    for form in forms:
        if moods.has(form):
            found = True
        elif not around.has(form):
            return False
    return found or any(all(any(map(one.has, forms)) for one in some) for some in together)


class _Words:
    """Words as they are listed: `*` stands for whatever they go on with."""

    def __init__(self, words: Iterable[str]) -> None:
        listed = list(words)
        self._words = frozenset(plain(word) for word in listed if not word.endswith("*"))
        self._beginnings = tuple(plain(word[:-1]) for word in listed if word.endswith("*"))

    def has(self, form: str) -> bool:
        return form in self._words or form.startswith(self._beginnings)


@lru_cache(maxsize=16)
def _joining(name: str) -> re.Pattern[str]:
    return re.compile(rf"(\s+(?:{_JOINING[name]})\s+)", re.IGNORECASE)


@lru_cache(maxsize=16)
def _lists(name: str) -> tuple[_Words, _Words, tuple[tuple[_Words, ...], ...]]:
    """The words of mood of a language, those that may stand around them, and those that tell of it together."""
    moods: list[str] = []
    around: list[str] = []
    for line in (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("\n"):
        if line.startswith("!"):
            moods += line[1:].split()
        elif not line.startswith("#"):
            around += line.split()
    together = [word.split("+") for word in moods if "+" in word]
    around += [word for some in together for word in some] + _JOINING.get(name, "").split("|")
    return (
        _Words(word for word in moods if "+" not in word),
        _Words(around),
        tuple(tuple(_Words([word]) for word in some) for some in together),
    )


@lru_cache(maxsize=1)
def _chinese() -> tuple[frozenset[str], frozenset[str], int]:
    lines = (_FOLDER / "zh.txt").read_text(encoding="utf-8").split("\n")
    moods = frozenset(to_simplified(w) for line in lines if line.startswith("!") for w in line[1:].split())
    around = frozenset(to_simplified(w) for line in lines if line[:1] not in {"!", "#"} for w in line.split())
    return moods, around, max(map(len, moods | around))


def _is_chinese_mood(clause: str) -> bool:
    """Whether a clause is listed words from end to end, one of mood among them: the longest that fits goes first."""
    moods, around, longest = _chinese()
    text = "".join(to_simplified(clause).split())
    if not _CHINESE.search(text):
        return False
    at, found = 0, False
    while at < len(text):
        for size in range(min(longest, len(text) - at), 0, -1):
            word = text[at : at + size]
            if word in moods or word in around:
                found = found or word in moods
                at += size
                break
        else:
            return False
    return found
