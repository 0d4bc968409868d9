"""Everyday words for what help centres call otherwise (`instalments`, `taksit`, `藍芽`), as synonyms of the product's.

They come from index/data/everyday/, with Chinese words of one region for those of another (`保修`, `保固`), and are
used only for words that no article has, so that a help centre's own words, and its authors' synonyms, go first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from index.analysis import family, tokens
from index.parts.lexicon import Lexicon
from index.query.commonness import informativeness
from index.query.spelling import Vocabulary
from index.query.synonyms import Expansion
from index.query.word_forms import Word, listed_words, places

_FOLDER = Path(__file__).parents[1] / "data" / "everyday"
_FILES = {"en": ("en",), "tr": ("tr",), "zh": ("zh-Hant", "zh-Hans")}
_LONG_TEXT = 120
# What such a word stands for depends on what else is said: it counts in short questions only.
_VAGUE, _SHORT = "~", 3
# Below this a word (`the`, `my`) says nothing of what is asked.
_INFORMATIVE = 0.3


@dataclass(frozen=True)
class _Entry:
    """Listed words and what they mean. `is_guess`: in most shops, but not in each."""

    listed: tuple[Word, ...]
    means: tuple[str, ...]
    is_vague: bool
    is_guess: bool


@lru_cache(maxsize=4)
def _entries(name: str) -> Mapping[str, Sequence[_Entry]]:
    """(listed words, meanings) by the first token, in Turkish by its first letter: a form of a word begins with it."""
    found: dict[str, list[_Entry]] = {}
    for file in _FILES.get(name, ()):
        for line in (_FOLDER / f"{file}.txt").read_text(encoding="utf-8").split("\n"):
            typed_part, equals, means_part = line.partition("=")
            if not equals or line.startswith("#"):
                continue
            means = tuple(w.strip() for w in means_part.split(","))
            for word in typed_part.removeprefix(_VAGUE).split(","):
                _add(found, word.strip(), means, name, is_vague=line.startswith(_VAGUE))
    if name == "zh":
        for group in regional_words():
            for word in group:
                _add(found, word, tuple(other for other in group if other != word), name, is_guess=False)
    return found


def _add(
    found: dict[str, list[_Entry]],
    word: str,
    means: tuple[str, ...],
    name: str,
    *,
    is_vague: bool = False,
    is_guess: bool = True,
) -> None:
    listed = listed_words(word, name)
    if listed:
        found.setdefault(_begin(listed[0], name), []).append(_Entry(listed, means, is_vague, is_guess))


def _begin(word: Word, name: str) -> str:
    return word.token[0] if name == "tr" else word.token


@lru_cache(maxsize=1)
def regional_words() -> tuple[tuple[str, ...], ...]:
    """Groups of Chinese words of the mainland and of Taiwan for the same thing, as Simplified."""
    text = (_FOLDER / "zh-regions.txt").read_text(encoding="utf-8")
    return tuple(tuple(line.split()) for line in text.split("\n") if line and not line.startswith("#"))


def everyday_expansions(
    text: str,
    lang: str,
    lexicons: Mapping[str, Lexicon],
    known: Sequence[Expansion] = (),
    vocabulary: Vocabulary | None = None,
) -> tuple[Expansion, ...]:
    """The expansions of everyday words of a query that no article in its language has. By their tokens alone
    `instalments` would stand in an article that says `install`, so the `vocabulary` of its language is asked, too."""
    name = family(lang)
    lexicon = lexicons.get(name)
    entries = _entries(name)
    if not entries or lexicon is None or len(text) > _LONG_TEXT:
        return ()
    query = listed_words(text, name)
    taken = {expansion.typed for expansion in known}
    found: dict[tuple[str, ...], Expansion] = {}
    for at, first in enumerate(query):
        for entry in entries.get(_begin(first, name), ()):
            if entry.is_vague and len(query) > _SHORT:
                continue
            listed = entry.listed
            asked = query[at : at + len(listed)]
            typed = tuple(word.token for word in asked)
            if typed in taken or typed in found or not places(listed, asked, name):
                continue
            if all(t in lexicon.ids for t in typed) and not (vocabulary and _is_unwritten(asked, vocabulary)):
                continue
            usable = tuple(
                word for word in entry.means
                if (own := tokens(word, name, query=True)) and all(t in lexicon.ids for t in own)
            )  # fmt: skip
            if usable:
                found[typed] = Expansion(typed, usable, entry.is_guess)
    return tuple(found.values())


def is_only_guessed(words: Sequence[tuple[str, str]], expansions: Sequence[Expansion]) -> bool:
    """Whether all that a query says, (token, word) each, is words that were taken for others by a guess: of `opt out`
    only what it may mean here was searched."""
    guessed = {token for expansion in expansions if expansion.is_guess for token in expansion.typed}
    telling = [token for token, word in words if token in guessed or informativeness(word) >= _INFORMATIVE]
    return bool(telling) and guessed.issuperset(telling)


def _is_unwritten(asked: Sequence[Word], vocabulary: Vocabulary) -> bool:
    """Whether no word of the articles is a form of one of these."""
    return any(word.form and not vocabulary.has_form_of(word.form) for word in asked)
