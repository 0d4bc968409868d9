"""Pure: language detection by script, language-specific letters and stop words.

The reader's own language decides where the text does not: `wifi` is taken to be in the reader's language.
"""

import re

from core.texts.languages import is_chinese
from index.analysis import STOP, to_simplified, words
from index.traditional import to_traditional

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
    """The canonical tag of the query's language; `reader` (the reader's own) when the text does not tell."""
    reader_lang = reader or "en"
    if _KANA.search(text):
        return "ja"
    if _HANGUL.search(text):
        return "ko"
    if _HAN.search(text):
        return "ja" if reader_lang == "ja" else _chinese(text, reader_lang)
    latin = len(_LATIN.findall(text))
    for tag, script in _SCRIPTS.items():
        # A product's Latin name does not make an Arabic or Russian query English.
        if len(script.findall(text)) > latin:
            return reader_lang if script.search(_SAMPLE.get(reader_lang.split("-")[0], "")) else tag
    if reader_lang.split("-")[0] not in _SHARED_LETTERS and _TURKISH_ONLY.search(text):
        return "tr"
    return _latin(text, reader_lang)


# One letter of each non-Latin script that more than one language is written in, for readers of those languages.
_SAMPLE = {
    "fa": "\u0627", "ur": "\u0627", "ps": "\u0627", "ar": "\u0627", "uk": "\u0430", "bg": "\u0430", "sr": "\u0430",
    "be": "\u0430", "ru": "\u0430", "mr": "\u0905", "ne": "\u0905", "hi": "\u0905", "yi": "\u05d0", "he": "\u05d0",
    "el": "\u03b1", "th": "\u0e01",
}  # fmt: skip


def _chinese(text: str, reader_lang: str) -> str:
    simplified = to_simplified(text)
    if simplified != text.replace("帐", "账"):  # both are Simplified, of which one is folded into the other
        return "zh-Hant"
    if reader_lang == "zh-Hant" and to_traditional(text) == text:
        return "zh-Hant"  # only characters that both scripts share: the reader's own
    return "zh-Hans"


def _latin(text: str, reader_lang: str) -> str:
    lowered = [w.casefold() for w in words(text)]
    english = sum(w in STOP["en"] for w in lowered)
    turkish = sum(w in STOP["tr"] for w in lowered)
    if reader_lang in ("en", "tr") or is_chinese(reader_lang):
        if english > turkish:
            return "en"
        if turkish > english:
            return "tr"
        return "en" if is_chinese(reader_lang) else reader_lang
    return "en" if english >= 2 and english >= len(lowered) / 3 else reader_lang
