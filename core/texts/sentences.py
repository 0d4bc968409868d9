"""Pure: sentence boundaries, in any script: where an excerpt may be cut, and what is marked as the answer.

A boundary too few makes an excerpt longer; one too many cuts "bkz. s. 4" in half. In doubt there is none.
"""

import re

# ruff: noqa: SIM905 - a list of quoted words is hard to read

# What ends a sentence by itself in scripts without spaces, and what does so only before a space.
_WIDE = "。！？｡"
_NARROW = ".!?…؟۔।॥"
_CLOSERS = "\"'”’»›)\\]）」』】》"
_BOUNDARY = re.compile(rf"[{_WIDE}]+[{_CLOSERS}]*\s*|[{_NARROW}]+[{_CLOSERS}]*\s+")
# Words whose full stop says that they are short, in the languages of the interface and those near them.
_ABBREVIATIONS = frozenset(
    """
    e.g i.e etc vs no nos nr fig approx incl min max dr mr mrs ms prof st inc ltd co cf ca al
    vb vs vd bkz örn yy sn s yrd doç av mah cad sok apt blv tel dk sa hz md ör krş çev ed
    z.b bzw usw ggf p.ej ej núm art pág env t.d с г т.е т.п т.д
    """.split()
)
_LONGEST_WORD = 40  # of those that are looked for before a full stop


def sentence_ends(text: str) -> list[int]:
    """The offset behind each sentence of `text`, spaces after it included; the last is the text's end."""
    begins = len(text) - len(text.lstrip())
    ends = [match.end() for match in _BOUNDARY.finditer(text) if match.end() < len(text) and _ends(text, match, begins)]
    return [*ends, len(text)] if text else ends


def _ends(text: str, match: re.Match[str], begins: int) -> bool:
    if text[match.start()] != ".":
        return text[match.start()] != "…" or not text[match.end()].islower()
    if text[match.end()].islower():  # "v2.1 ve üzeri", "3. gün", "approx. two"
        return False
    before = text[max(0, match.start() - _LONGEST_WORD) : match.start()]
    word = before.rsplit(None, 1)[-1] if before[-1:].strip() else ""
    if not word:
        return True
    last = word.lstrip("([{\"'“‘«")
    if last.lower() in _ABBREVIATIONS or (len(last) == 1 and last.isupper()):  # J. Doe
        return False
    return not (last.isdigit() and len(last) < 3 and match.start() - len(word) <= begins)  # "1. Open", typed by hand
