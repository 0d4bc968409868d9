"""Passwords that are guessed first: those of published breaches, and what is made of them by the usual tricks.

The list comes with us (NOTICE says from where), so nothing of a password is asked of anybody on the network.
"""

import gzip
import re
import unicodedata
from functools import cache
from pathlib import Path

_LIST = Path(__file__).with_name("common_passwords.txt.gz")
_LEET = str.maketrans("013457@$!", "oieastasi")
_SHIFTED = str.maketrans('!@#$%^&*()"', "12345678902")  # the digits that share a key with these signs
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "012345678901234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "1q2w3e4r5t6y7u8i9o0p",
)
_LEAST_OWN = 6  # characters that must be left when what everybody knows is taken out


def is_common(password: str, *known: str) -> bool:
    """Whether it is one of the list, or one with numbers and signs around it, letters replaced by look-alikes, said
    twice, or a walk over the keyboard, with Shift or without; or nothing but what is `known` of the person, such as the
    address."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    forms = {plain, plain.translate(_LEET)}
    forms |= {re.sub(r"^[\W\d_]+|[\W\d_]+$", "", form) for form in tuple(forms)}
    forms |= {_unit(form) for form in (*forms, *(re.sub(r"[\W_]+", "", form) for form in forms))}
    forms.discard("")
    if (
        not forms
        or any(form in _common() or len(form) < 4 or _is_walk(form) for form in forms)
        or _is_walk(plain.translate(_SHIFTED))
    ):
        return True
    rest = plain
    for word in (part for name in known for part in re.split(r"[^\w]+", name.casefold()) if len(part) > 2):
        rest = rest.replace(word, "")
    return len(re.sub(r"[\W\d_]", "", rest)) < _LEAST_OWN and rest != plain


@cache
def _common() -> frozenset[str]:
    with gzip.open(_LIST, "rt", encoding="utf-8") as file:
        return frozenset(file.read().split("\n")) - {""}


def _unit(text: str) -> str:
    """`abc` of `abcabcabc`."""
    return text[: (text + text).find(text, 1)] if text else ""


def _is_walk(text: str) -> bool:
    """Whether it is pieces of four or more neighbours of a row of keys, or of the alphabet, either way."""
    while text:
        length = max(_walk_length(text, row) for row in (*_ROWS, *(row[::-1] for row in _ROWS)))
        if length < 4:
            return False
        text = text[length:]
    return True


def _walk_length(text: str, row: str) -> int:
    longest = 0
    for start in (place for place, key in enumerate(row) if key == text[0]):
        length = 0
        while length < len(text) and start + length < len(row) and row[start + length] == text[length]:
            length += 1
        longest = max(longest, length)
    return longest
