"""How informative a word is in the general language, whatever the articles say: `please` says little, `firmware` much.

An everyday word that no article contains would otherwise count as the most telling of all. Frequencies are those of the
default model's own vocabulary (about 100 languages, index/data/common.txt.gz), but for everyday words that it has in
pieces (index/data/common_more.txt).
"""

import gzip
from functools import lru_cache
from pathlib import Path

from index.parts.word_table import WordNumbers
from index.query.plain_text import plain

_COMMON = Path(__file__).parents[1] / "data" / "common.txt.gz"
_MORE = _COMMON.with_name("common_more.txt")
_LEAST = 0.1


@lru_cache(maxsize=1)
def _hundredths() -> WordNumbers:
    flat = gzip.decompress(_COMMON.read_bytes()).decode().split()  # no word has a space in it
    known = dict(zip(flat[::2], map(int, flat[1::2]), strict=True))
    for line in _MORE.read_text(encoding="utf-8").splitlines():
        number, *words = line.split()
        if number != "#":
            known |= {form: min(int(number), known.get(form, 100)) for form in map(plain, words)}
    return WordNumbers(known, known.values())


@lru_cache(maxsize=20_000)
def informativeness(word: str) -> float:
    """From 0.1 for the commonest words to 1 for rare ones."""
    hundredths = _hundredths().get(plain(word))
    return 1.0 if hundredths is None else max(_LEAST, hundredths / 100)
