"""Pure: emoji of danger beside a thing that can burn (`battery 🔥`, `🔋💥`) as words, for urgent messages only.

Alone, or as what a thing is said to be (`these headphones are 🔥`), they are praise: they are read where a sentence has
nothing but the thing, with small words only for a battery or charger; and English `on 🔥` where it has such a thing.
The things are data (index/data/burnable.txt).
"""

import re
from functools import lru_cache
from pathlib import Path

from index.analysis import family, fold, in_script, to_simplified, tokens, words
from index.query.emoji import with_emoji_named

_FILE = Path(__file__).parents[1] / "data" / "burnable.txt"
_LANGUAGES = ("en", "tr", "zh")
_SAYS = {"🔥": ("on fire", "yanıyor", "着火"), "💥": ("exploded", "patladı", "爆炸")}
_SIGN = re.compile("(?<!\u200d)([🔥💥])\ufe0f?")
_ON_FIRE = re.compile(r"\b(on)\s*(?:🔥\ufe0f?\s*)+", re.I)
_SENTENCE = re.compile(r"[^.!?。！？；;…\n\r]+")


def with_danger_named(text: str, lang: str) -> str:
    """A text with emoji of danger as words, in the sentences in which they mean it."""
    name = family(lang)
    if name not in _LANGUAGES or not _SIGN.search(text):
        return text
    # A sentence of emoji only is none for who counts them (index/query/danger_sentences.py), unless it is all there is.
    spoken = any(words(text))

    def replace(match: re.Match[str]) -> str:
        sentence = match.group()
        signs = _SIGN.findall(sentence)
        return sentence if not signs or (spoken and not any(words(sentence))) else _named(sentence, signs, name, lang)

    return _SENTENCE.sub(replace, text)


def _named(sentence: str, signs: list[str], name: str, lang: str) -> str:
    rest = with_emoji_named(_SIGN.sub(" ", sentence), lang).strip()
    plain, burning, all_things = _plain(rest), *_things(name)
    said = frozenset(tokens(rest, lang))
    if name == "en" and _ON_FIRE.search(sentence) and any(thing <= said for thing in all_things.values()):
        return _ON_FIRE.sub(r"\1 fire ", sentence)
    # Twice or more it is applause, but for what burns most.
    if said not in burning and not (plain in all_things and len(signs) == 1):
        return sentence
    says = _SAYS[signs[0]][_LANGUAGES.index(name)]
    return rest + in_script(says, lang) if name == "zh" else f" {rest} {says}"


def _plain(text: str) -> str:
    return fold(" ".join(words(to_simplified(text.casefold()))))


@lru_cache(maxsize=4)
def _things(name: str) -> tuple[frozenset[frozenset[str]], dict[str, frozenset[str]]]:
    """The tokens of what burns most, and all things as written with their tokens."""
    lines = [line for line in _FILE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    own = [line.split("|")[_LANGUAGES.index(name)].strip() if "|" in line else "" for line in lines]
    every = {_plain(word): frozenset(tokens(word, name)) for word in own if word}
    return frozenset(every[_plain(word)] for word in own[: own.index("")]), every
