"""Pure: what is a Turkish word, and colloquial verb forms written out (`geliyo`, `alcam`: `geliyor`, `alacağım`).

A word is a root with suffixes. Roots and suffixes are data (index/data/turkish.txt.gz) in plain form (see
`index.query.parser.plain`), so words typed without Turkish letters are words as well.
"""

import gzip
import re
from collections.abc import Container, Iterator
from functools import lru_cache
from pathlib import Path

from index.parts.word_table import KnownWords, lines
from index.query.plain_text import plain

_ROOTS = Path(__file__).parents[1] / "data" / "turkish.txt.gz"
_VOWELS = "aeiou"
_LONG_ENDING = 5
# Letters of a word at most. The longest in use have some 40.
_LONGEST = 60
# A stem found in the articles, rather than among the roots, is longer than this.
_SHORT_STEM = 4
_LOWER = str.maketrans({"İ": "i", "I": "ı"})

# Words of place without the vowel in the middle: `nerde`, `burdan`, `nerdesiniz`.
_PLACES = {"nerde": "nerede", "burda": "burada", "orda": "orada", "şurda": "şurada"}
_PLACE = re.compile(rf"({'|'.join(_PLACES)})(n|nd[iı]\w*|y?d[iı]\w*|[ys][iı][mnz]|s[iı]n[iı]z|l[ae]r|ki\w*|)")
# The present tense without its last consonant: `geliyo`, `geliyom`, `geliyonuz`, `geliyodu`.
_PRESENT = re.compile(r"([^\W\d_]+[ıiuü])yo(|m|n|z|nuz|sun|sunuz|lar|ken|du\w*|muş\w*|mus\w*|sa\w*)")
# Roots that change before it: de-, ye-.
_CHANGED = ("di", "yi")
_PRESENT_PERSONS = {"m": "um", "n": "sun", "z": "uz", "nuz": "sunuz"}
# The future tense without its first vowel: `alcam`, `gelcez`, `başlıycak`.
_FUTURE = re.compile(r"(.+[^\W\d_])c(?:a(m|n|k|z|nız|niz|ksın|ksin|ksınız|ksiniz|klar)"
                     r"|e(m|n|k|z|niz|ksin|ksiniz|kler))")  # fmt: skip
_FUTURE_PERSONS = {
    "a": {"m": "ğım", "n": "ksın", "z": "ğız", "nız": "ksınız", "niz": "ksınız"},
    "e": {"m": "ğim", "n": "ksin", "z": "ğiz", "niz": "ksiniz"},
}
_HIGH = {"ı": "a", "i": "e", "u": "u", "ü": "ü"}


def is_word(form: str, own: Container[str] = ()) -> bool:
    """Whether a plain form is a Turkish root, or one of `own` (words of the articles), with suffixes."""
    roots, endings = turkish()
    if form in roots:
        return True
    if len(form) > _LONGEST:  # each place may be where the stem ends
        return False
    for end in range(2, len(form)):
        stem, ending = form[:end], form[end:]
        if stem[-1] in _VOWELS and ending[0] in _VOWELS:  # Turkish puts a buffer letter between two vowels
            continue
        if (stem in roots or (end > _SHORT_STEM and stem in own)) and _is_ending(ending, endings):
            return True
    return False


def _is_ending(ending: str, endings: KnownWords) -> bool:
    """One suffix of the list, or two longer ones in sequence: `-lerimdeki-ler`."""
    return ending in endings or any(
        ending[:cut] in endings and ending[cut:] in endings
        for cut in range(_LONG_ENDING, len(ending) - 2)
        if ending[cut - 1] not in _VOWELS or ending[cut] not in _VOWELS
    )


@lru_cache(maxsize=1)
def turkish() -> tuple[KnownWords, KnownWords]:
    """Plain forms of Turkish roots (softened forms included), and of suffixes that may follow them."""
    roots, endings = gzip.decompress(_ROOTS.read_bytes()).decode().split("\n\n")
    return KnownWords(lines(roots)), KnownWords(lines(endings))


@lru_cache(maxsize=4096)
def colloquial(word: str) -> str | None:
    """A colloquial verb form or word of place written out, in small letters; None for any other word.

    What is a word as it stands, or a noun with `-m` (`hocam`, `güvencem`), is none.
    """
    small = word.translate(_LOWER).lower()
    if match := _PLACE.fullmatch(small):
        return f"{_PLACES[match[1]]}{match[2]}"
    if match := _PRESENT.fullmatch(small):
        stem, person = match.groups()
        out = f"{stem}yor{_PRESENT_PERSONS.get(person, person)}"
        return out if not is_word(plain(small)) and (stem in _CHANGED or is_word(plain(out))) else None
    if match := _FUTURE.fullmatch(small):
        stem, back, front = match.groups()
        vowel, person = ("a", back) if back else ("e", front)
        if _is_noun(small, person):
            return None
        ending = f"c{vowel}{_FUTURE_PERSONS[vowel].get(person, person)}"
        return next((out for out in _futures(stem, vowel, ending) if is_word(plain(out))), None)
    return None


def _is_noun(small: str, person: str) -> bool:
    """Whether a word that looks like a future tense is a word with another ending, as far as the roots say."""
    form, (roots, _) = plain(small), turkish()
    # `-cam`, `-cem` are suffixes of the list as well, so that it does not tell them from the future tense.
    return form in roots or form[: -len(person)] in roots or (person not in ("m", "z") and is_word(form))


def _futures(stem: str, vowel: str, ending: str) -> Iterator[str]:
    """The ways in which a shortened stem may be written out, the likelier first."""
    if stem[-1] == "y" and len(stem) > 1 and stem[-2] in _HIGH:  # `istiy-`, `okuy-`
        yield f"{stem[:-2]}{_HIGH[stem[-2]]}y{vowel}{ending}"
        yield f"{stem}{vowel}{ending}"
    elif stem[-1] in _HIGH:  # `alı-`, `yapmı-`
        if stem[-2:-1] == "m":
            yield f"{stem[:-1]}{_HIGH[stem[-1]]}y{vowel}{ending}"
        yield f"{stem[:-1]}{vowel}{ending}"
        yield f"{stem}y{vowel}{ending}"
    elif stem[-1] == vowel:  # `yapa-`
        yield f"{stem}{ending}"
    else:
        if stem == "git" or stem.endswith("et"):  # softened before a vowel: `etcem` is `edeceğim`
            yield f"{stem[:-1]}d{vowel}{ending}"
        yield f"{stem}{vowel}{ending}"
