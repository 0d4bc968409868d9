"""Pure: a question typed in capitals, as the model and the calibration know questions. A person who is angry, or whose
key is stuck, asks nothing else."""

import re

from index.analysis import family

# A word of letters; not a part of a code (`ERR-1602`, `NAME_NOT_RESOLVED`), an address or a model's name (`WH1000XM4`).
_WORD = re.compile(r"(?<![\w\-/.@])[^\W\d_]{2,}(?:['\u2019][^\W\d_]{1,5})?(?![\w\-/@]|\.\w)")
_FEWEST_WORDS, _LONG_WORD = 3, 5
# Who has these keys writes `I` for the letter without a dot.
_TURKISH_KEYS = re.compile("[ÇĞİÖŞÜ]")
_FOREIGN = re.compile("[QWX]")


def in_small_letters(text: str, lang: str) -> str:
    """The text in small letters where it has none; as it is where it has some, or says hardly more than names."""
    words = _WORD.findall(text)
    if text != text.upper() or text == text.lower() or len(words) < 2 or family(lang) == "zh":
        return text
    if len(text.split()) < _FEWEST_WORDS and max(map(len, words)) < _LONG_WORD:
        return text  # `USB HDMI`
    dotless = lang == "tr" and _TURKISH_KEYS.search(text)

    def small(match: re.Match[str]) -> str:
        word = match[0].replace("İ", "i")
        return (word.replace("I", "ı") if dotless and not _FOREIGN.search(word) else word).lower()

    return _WORD.sub(small, text)
