"""Pure: which language a question is in, from its script, its letters and its small words.

The reader's own language decides where the text does not: `wifi` is in whatever language the reader reads.
"""

import re

from core.languages import is_chinese
from index.analysis import STOP, to_simplified, to_traditional, words

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3040-\u30ff]")
_HANGUL = re.compile("[\uac00-\ud7af]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_TURKISH_ONLY = re.compile("[ğĞışŞİ]")
_SCRIPTS = {
    "ar": re.compile("[\u0600-\u06ff]"),
    "he": re.compile("[\u0590-\u05ff]"),
    "ru": re.compile("[\u0400-\u04ff]"),
    "el": re.compile("[\u0370-\u03ff]"),
    "th": re.compile("[\u0e00-\u0e7f]"),
    "hi": re.compile("[\u0900-\u097f]"),
}
# Languages other than Turkish that are written with letters of _TURKISH_ONLY.
_SHARED_LETTERS = {"az", "tt", "ro", "ku", "crh", "kk"}


def detect(text: str, reader: str | None) -> str:
    """The canonical tag of the question's language; `reader` (the reader's own) when the text does not tell."""
    home = reader or "en"
    if _KANA.search(text):
        return "ja"
    if _HANGUL.search(text):
        return "ko"
    if _HAN.search(text):
        return "ja" if home == "ja" else _chinese(text, home)
    latin = len(_LATIN.findall(text))
    for tag, script in _SCRIPTS.items():
        # A product's Latin name does not make an Arabic or Russian question English.
        if len(script.findall(text)) > latin:
            return home if script.search(_SAMPLE.get(home.split("-")[0], "")) else tag
    if home.split("-")[0] not in _SHARED_LETTERS and _TURKISH_ONLY.search(text):
        return "tr"
    return _latin(text, home)


# One letter of each non-Latin script that more than one language is written in, for readers of those languages.
_SAMPLE = {
    "fa": "\u0627", "ur": "\u0627", "ps": "\u0627", "ar": "\u0627", "uk": "\u0430", "bg": "\u0430", "sr": "\u0430",
    "be": "\u0430", "ru": "\u0430", "mr": "\u0905", "ne": "\u0905", "hi": "\u0905", "yi": "\u05d0", "he": "\u05d0",
    "el": "\u03b1", "th": "\u0e01",
}  # fmt: skip


def _chinese(text: str, home: str) -> str:
    simple = to_simplified(text)
    if simple != text:
        return "zh-Hant"
    if home == "zh-Hant" and to_traditional(text) == text:
        return "zh-Hant"  # only characters that both scripts share: the reader's own
    return "zh-Hans"


def _latin(text: str, home: str) -> str:
    small = [w.casefold() for w in words(text)]
    english = sum(w in STOP["en"] for w in small)
    turkish = sum(w in STOP["tr"] for w in small)
    if home in ("en", "tr") or is_chinese(home):
        if english > turkish:
            return "en"
        if turkish > english:
            return "tr"
        return "en" if is_chinese(home) else home
    return "en" if english >= 2 and english >= len(small) / 3 else home
