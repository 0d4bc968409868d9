"""Pure: which language a question is in that neither the reader nor the articles speak, by its commonest words.

`wo ist mein Paket` on an English site would else be taken for English in words that no article has, which is what a
question without an answer looks like. Lists: index/data/other_languages.txt.
"""

from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from pathlib import Path

_LISTS = Path(__file__).parents[1] / "data" / "other_languages.txt"


def language_of(lowered: Sequence[str], is_small: Callable[[str], bool], is_known: Callable[[str], bool]) -> str | None:
    """The language that most of the listed words are of, where they are a third of all words, more than the small words
    of languages with articles (`is_small`) and no fewer than other words of the articles (`is_known`); else None.

    Words of both count for neither.
    """
    languages = _languages()
    if languages.keys().isdisjoint(lowered):
        return None
    counts: dict[str, int] = {}
    small = known = 0
    for word in lowered:
        own = languages.get(word, ())
        if is_small(word):
            small += not own
        elif is_known(word):
            known += not own
        else:
            for tag in own:
                counts[tag] = counts.get(tag, 0) + 1
    # Neighbours share words. Either of them is nearer than a language that the question is not in.
    best = max(counts, key=counts.__getitem__, default="")
    most = counts.get(best, 0)
    return best if most > small and most >= known and most * 3 >= len(lowered) else None


def counts(lowered: Sequence[str]) -> dict[str, int]:
    """How many words each language has among its listed ones; words of several count for each."""
    found: dict[str, int] = {}
    for word in lowered:
        for tag in _languages().get(word, ()):
            found[tag] = found.get(tag, 0) + 1
    return found


@lru_cache(maxsize=1)
def listed_languages() -> Collection[str]:
    return frozenset(tag for tags in _languages().values() for tag in tags)


def words_of(tag: str) -> Collection[str]:
    """The listed words of a language."""
    return frozenset(word for word, tags in _languages().items() if tag in tags)


def listed_words() -> Collection[str]:
    return _languages().keys()


@lru_cache(maxsize=1)
def _languages() -> dict[str, tuple[str, ...]]:
    """The languages of each listed word, in the order of the file."""
    found: dict[str, list[str]] = {}
    for line in _LISTS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        tag, *own = line.split()
        for word in dict.fromkeys(own):
            found.setdefault(word, []).append(tag)
    return {word: tuple(tags) for word, tags in found.items()}
