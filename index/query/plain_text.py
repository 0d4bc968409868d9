"""Pure: texts as they are compared: without case and diacritics, Chinese in one script."""

import re
import unicodedata

from index.analysis import fold, to_simplified

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_ANY_CJK = re.compile(f"[{CJK}]")
# Case and diacritics folding of Latin letters, with one kind of i.
_LATIN = {c: fold(chr(c).lower()) for first, last in ((0x41, 0x250), (0x1E00, 0x1F00)) for c in range(first, last)}


def plain(text: str) -> str:
    """Text normalised for matching: lower case without diacritics, Chinese as Simplified."""
    text = unicodedata.normalize("NFKC", text).translate(_LATIN)
    if text.isascii():
        return text
    return (to_simplified(text) if _ANY_CJK.search(text) else text).lower()
