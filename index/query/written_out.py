"""Pure: short forms written out, so that their parts are words that articles have or that say little.

English contractions (`doesn't`, `doesnt`: `does not`; `they've`: `they have`), and colloquial Turkish verbs (see
`index.query.turkish`). Only the question is searched so; what is shown is as typed. Phrases and excluded words stay.
"""

import re

from index.analysis import family
from index.query.parser import operator_spans
from index.query.turkish import colloquial

_APOSTROPHE = "'’‘ʼ`"
_WORD = re.compile(rf"(?<![\w{_APOSTROPHE}@/.\-])[^\W\d_]+(?:[{_APOSTROPHE}][^\W\d_]+)*(?![\w{_APOSTROPHE}@/\-]|\.\w)")
_ANY_APOSTROPHE = re.compile(f"[{_APOSTROPHE}]")
_VERBS = "are could dare did does do had has have is may might must need ought should was were would"
# Letters of a negated verb alone -> written out.
NEGATED = {f"{verb}nt": f"{verb} not" for verb in _VERBS.split()} | {
    "cant": "can not", "cannot": "can not", "wont": "will not", "shant": "shall not", "aint": "is not",
}  # fmt: skip
# Without its apostrophe a word of its own.
_OTHER_WORDS = {"wont"}
_ENDINGS = {"re": "are", "ve": "have", "ll": "will", "m": "am"}
_WOULD = {"i", "you", "he", "she", "it", "we", "they", "who", "there", "that"}
# With a pronoun, where no other word is written so (`were`, `ill`, `shell`, `well`, `id` are).
_BARE = {f"{pronoun}{end}": f"{pronoun} {_ENDINGS[end]}" for pronoun, ends in {
    "i": ("m", "ve"), "you": ("re", "ve", "ll"), "they": ("re", "ve", "ll"), "we": ("ve",), "it": ("ll",),
    "that": ("ll",), "there": ("ll",),
}.items() for end in ends}  # fmt: skip


def written_out(text: str, lang: str) -> str:
    """A question with its short forms written out; as it is when it has none."""
    name = family(lang)
    if name not in ("en", "tr"):
        return text
    protected = operator_spans(text)

    def replace(match: re.Match[str]) -> str:
        word = match.group()
        if any(start <= match.start() < end for start, end in protected):
            return word
        found = contraction(word) if name == "en" else colloquial(word)
        return word if found is None else found.upper() if len(word) > 1 and word.isupper() else found

    return _WORD.sub(replace, text)


def is_short_form(word: str, lang: str) -> bool:
    """Whether a word is a short form, which is no mistake. Latin words in other languages are mostly English."""
    return (colloquial(word) if family(lang) == "tr" else contraction(word)) is not None


def contraction(word: str) -> str | None:
    """An English contraction written out in small letters, with any apostrophe or none; None for another word."""
    small = word.lower()
    letters = _ANY_APOSTROPHE.sub("", small)
    if letters in NEGATED and small not in _OTHER_WORDS:
        return NEGATED[letters]
    if small in _BARE:
        return _BARE[small]
    parts = _ANY_APOSTROPHE.split(small)
    if len(parts) == 2 and parts[0]:
        head, ending = parts
        if ending in _ENDINGS and (ending != "m" or head == "i"):
            return f"{head} {_ENDINGS[ending]}"
        if ending == "d" and head in _WOULD:
            return f"{head} would"
    return None
