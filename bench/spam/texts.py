"""The texts of the run, from the files in `texts/`. Robots fill in templates; honest people write for themselves."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PARTS = ("tuned", "held_out")
_FOLDER = Path(__file__).parent / "texts"
_CHOICE = re.compile(r"\{([^{}]*)\}")
_COLUMN = re.compile(r"\s\|(?=\s)")
_NAMES = (
    "Anna Berg",
    "Mehmet Kaya",
    "Li Wei",
    "John Carter",
    "Sofia Rossi",
    "王美玲",
    "Tom",
    "Ayşe",
    "D. Novak",
    "Priya S.",
)
_HOSTS = ("grow", "profit", "best", "smart", "prime", "easy", "rapid", "north", "media", "gold")
_ENDINGS = ("com", "net", "online", "top", "io", "shop", "xyz", "info")


@dataclass(frozen=True)
class Text:
    lang: str
    subject: str
    message: str


def rolling(seed: int | str) -> random.Random:
    """Dice that fall the same every time."""
    return random.Random(seed)  # noqa: S311 - no secret


def honest(part: str) -> list[Text]:
    """Every message once."""
    return _read(f"honest.{part}.txt")


def templates(part: str) -> list[Text]:
    return _read(f"spam.{part}.txt")


def spun(template: Text, dice: random.Random, lead: str = "") -> Text:
    """One filling of a template. With a `lead` all fillings lead to the same site and handle."""
    fixed = rolling(lead) if lead else dice
    host = f"{fixed.choice(_HOSTS)}-{fixed.choice(_HOSTS)}{fixed.randrange(100)}.{fixed.choice(_ENDINGS)}"
    handle = f"{fixed.choice(_HOSTS)}{fixed.randrange(10_000)}"
    known = {"host": lambda: host, "handle": lambda: handle, "who": lambda: dice.choice(_NAMES)}

    def fill(found: re.Match[str]) -> str:
        word = found[1]
        if word == "n":
            return str(dice.randrange(3, 990))
        return known[word]() if word in known else dice.choice(word.split("|"))

    return Text(template.lang, _CHOICE.sub(fill, template.subject), _CHOICE.sub(fill, template.message))


def many(part: str, count: int, dice: random.Random, chosen: Sequence[Text] = ()) -> list[Text]:
    """`count` fillings of all templates in turn, each with a lead of its own."""
    sources = chosen or templates(part)
    return [spun(sources[number % len(sources)], dice) for number in range(count)]


def _read(name: str) -> list[Text]:
    lines = (_FOLDER / name).read_text(encoding="utf-8").splitlines()
    found = []
    for line in lines:
        if line and not line.startswith("#"):
            lang, subject, message = (piece.strip() for piece in _COLUMN.split(line, 2))
            found.append(Text(lang, subject, message.replace("\\n", "\n")))
    return found
