"""Pure: query parsing: splits a query into plain text, required phrases, excluded words and codes.

- `"two words"` (also “ ”, „ “, « », 「 」, 『 』): a phrase the article must contain.
- `-word` at the beginning of a word: articles with that word are excluded. `e-posta`, `E-17` and `10 -12` are none.
- `ERR_2041`, `WH-1000XM4`, `wh 1000 xm4`: codes, matched however their parts are joined.

In a long text quotation marks and dashes are ordinary punctuation, not operators.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from index.query.commonness import informativeness
from index.query.plain_text import CJK, plain
from index.query.units import quantities

# Beyond this a text is a message, not a query with operators.
_MAX_LENGTH_WITH_OPERATORS = 200
# A letter or digit of a script that puts spaces between words.
SPACED = rf"[^\W_{CJK}]"
_QUOTED = re.compile(
    rf"(?<!{SPACED})(?:\"(?P<ascii>[^\"]+)\"|[“„](?P<curly>[^“”„]+)[”“]|«(?P<angle>[^«»]+)»|「(?P<corner>[^「」]+)」"
    rf"|『(?P<hollow>[^『』]+)』)(?!{SPACED})"
)
_EXCLUDED = re.compile(rf"(?:(?<=\s)|^)-(?P<word>[^\W\d_](?:[\w'’\-]*[^\W_])+|[{CJK}]+)(?=[\s,.;!?。，！？]|$)")
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|(?<!\S)\S+@\S+", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_PIECES = re.compile(r"[a-z]+|[0-9]+")
_JOINTS = "\\-_./\u2010-\u2013\u2212"
_CODE = re.compile(rf"(?<![A-Za-z0-9])[A-Za-z0-9]+(?:[{_JOINTS}][A-Za-z0-9]+)*(?![A-Za-z0-9])")
# Chinese may stand beside one, other letters may not: the end of `mayıs` is none.
_WORDS = re.compile(rf"(?<!{SPACED})[A-Za-z0-9]{{1,8}}(?!{SPACED})")
# What is said before the number of a code, of at most eight letters without marks.
_NAMES_CODES = frozenset((
    "code", "error", "err", "ref", "case", "ticket", "order", "invoice", "model", "part", "serial", "status", "http",
    "hata", "kod", "kodu", "siparis", "fatura", "fehler", "auftrag", "rechnung", "modell", "erro", "codigo", "pedido",
    "nota", "caso", "modelo", "factura", "erreur", "commande", "facture", "modele", "errore", "codice", "ordine",
    "fattura", "modello", "fout", "factuur", "blad",
))  # fmt: skip
# A part of a code has so many capitals or small letters at most, and small ones no word that is common.
_CAPITALS, _SMALL, _RARE = 4, 3, 0.85
# Numbers with a unit, ordinals, and names everybody has: they tell no product from another.
_NO_CODE = re.compile(r"\d+[a-z]{1,4}|[a-z]+\d|(?:ios|usb|mp|win|windows|android|iphone|ipad|covid|top)\d+")
# The most words a code may be split into: `WH 1000 XM4`.
_CODE_WORDS = 3


@dataclass(frozen=True)
class Code:
    """A code or part number as typed. `sure` is False for ambiguous ones, such as `err2041` or `E 17`.

    An unmatched code is reported to the reader if it is sure; any other only boosts the articles that contain it.
    """

    typed: str
    sure: bool

    @property
    def compact(self) -> str:
        """Letters and digits alone, in small letters: `wh1000xm4`."""
        return "".join(_PIECES.findall(self.typed.casefold()))

    @property
    def pieces(self) -> tuple[str, ...]:
        """Runs of letters and of digits: `wh`, `1000`, `xm`, `4`."""
        return tuple(_PIECES.findall(self.typed.casefold()))


@dataclass(frozen=True)
class ParsedQuery:
    """`text` is the query without its operators; articles must contain `phrases` and must not contain `excluded`."""

    text: str
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    codes: tuple[Code, ...] = ()

    def is_only(self, codes: Sequence[Code]) -> bool:
        """Whether the query consists of these codes only."""
        rest = self.text
        for code in sorted(codes, key=lambda c: -len(c.typed)):
            rest = rest.replace(code.typed, " ")
        return bool(codes) and not re.search(r"\w", rest)


def parse(text: str) -> ParsedQuery:
    """Parse a normalised query. Without operators, `text` is returned unchanged."""
    if len(text) > _MAX_LENGTH_WITH_OPERATORS:
        return ParsedQuery(text)
    phrases = tuple(p for m in _QUOTED.finditer(text) if re.search(r"\w", p := _phrase_text(m)))
    outside = _QUOTED.sub(lambda m: " " * len(m.group()), text)
    excluded = list(_EXCLUDED.finditer(outside))
    remaining = text
    for match in reversed(excluded):
        remaining = remaining[: match.start()] + remaining[match.end() :]
    if not re.search(r"\w", remaining):  # only exclusions: there would be nothing left to look for
        return ParsedQuery(text, phrases, (), codes(text))
    words = tuple(m.group("word") for m in excluded)
    return ParsedQuery(" ".join(remaining.split()) if words else text, phrases, words, codes(remaining))


def operator_spans(text: str) -> list[tuple[int, int]]:
    """The (start, end) offsets of the phrases and excluded words in `text`."""
    if len(text) > _MAX_LENGTH_WITH_OPERATORS:
        return []
    return [m.span() for pattern in (_QUOTED, _EXCLUDED) for m in pattern.finditer(text)]


def _phrase_text(match: re.Match[str]) -> str:
    return " ".join(next(g for g in match.groups() if g is not None).split())


def codes(text: str) -> tuple[Code, ...]:
    """The distinct codes and part numbers in a query. URLs and email addresses are none."""
    if not any(map(str.isdigit, text)):  # most questions, before any pattern is tried
        return ()
    text = _ADDRESS.sub(" ", text)
    found: dict[str, Code] = {}
    counted = _counted(text)
    for match in _CODE.finditer(text):
        typed = match.group()
        if match.start() in counted:
            continue
        if _has_letters_and_digits(typed):
            code = Code(typed, _is_unambiguous(typed))
            if not _NO_CODE.fullmatch(code.compact) or code.sure:
                found.setdefault(code.compact, code)
    for typed in _spaced_codes(text, counted):
        code = Code(typed, False)
        if not _NO_CODE.fullmatch(code.compact):
            found.setdefault(code.compact, code)
    return tuple(found.values())


def _counted(text: str) -> frozenset[int]:
    """Where numbers that count something begin (`within 30 days`, `3h`): no part of a code."""
    form = plain(text)
    if len(form) != len(text):
        return frozenset()
    return frozenset(m.start() for start, end in quantities(form) for m in _NUMBER.finditer(form, start, end))


def _spaced_codes(text: str, counted: Collection[int]) -> list[str]:
    """Adjacent short words that together may be a code: `E 17`, `err 2041`, `WH 1000 XM4`."""
    words = list(_WORDS.finditer(text))
    found = []
    for first in range(len(words)):
        for last in range(first + 1, min(first + _CODE_WORDS, len(words))):
            if words[last].start() in counted:
                break
            typed = text[words[first].start() : words[last].end()]
            if not re.fullmatch(rf"[A-Za-z0-9 {_JOINTS}]+", typed):
                break
            parts = [word.group() for word in words[first : last + 1]]
            named = parts[0].casefold() in _NAMES_CODES
            if (
                " " in typed
                and typed[0].isalpha()
                and _has_letters_and_digits(typed)
                and (named or all(map(_is_part_of_code, parts)))
                and all(map(_is_part_of_code, parts[1:]))
            ):
                found.append(typed)
    return found


def _is_part_of_code(word: str) -> bool:
    """Whether a word may be a part of a code: it has a digit, capitals only, or a few letters that are no common word
    (`for 100`, `only 3 left`)."""
    if any(map(str.isdigit, word)):
        return True
    if len(word) == 1:
        # A small vowel is a word in some language: `e 5`, `a 100`.
        return word not in "aeiouyI"
    if word.isupper():
        return len(word) <= _CAPITALS
    return len(word) <= _SMALL and informativeness(word) >= _RARE


def _has_letters_and_digits(typed: str) -> bool:
    digits = sum(c.isdigit() for c in typed)
    return 0 < digits < sum(c.isalnum() for c in typed)


def _is_unambiguous(typed: str) -> bool:
    """Two digits at least, and parts joined by a sign, capitals, or letters and digits in turn (`wh1000xm4`)."""
    letters = [c for c in typed if c.isalpha()]
    digits = sum(c.isdigit() for c in typed)
    pieces = _PIECES.findall(typed.casefold())
    if not typed[0].isalpha() or digits < 2:
        return False
    if _NO_CODE.fullmatch("".join(pieces)):
        return False
    joined = any(not c.isalnum() for c in typed)
    return joined or len(pieces) >= 4 or all(c.isupper() for c in letters)


def code_pattern(code: Code) -> re.Pattern[str]:
    """Matches the code in plain text (see `plain`), however its parts are joined, never inside a longer code."""
    joined = rf"[\s{_JOINTS}]?".join(map(re.escape, code.pieces))
    return re.compile(rf"(?<![a-z0-9]){joined}(?![a-z0-9])")


def phrase_pattern(phrase: str) -> re.Pattern[str] | None:
    """Matches the phrase in plain text, with any punctuation and spaces between words; None without words."""
    parts = re.findall(rf"[{CJK}]+|{SPACED}+", plain(phrase))
    if not parts:
        return None
    # Chinese has no word boundaries; elsewhere a phrase begins and ends at one.
    before = rf"(?<!{SPACED})" if re.match(SPACED, parts[0]) else ""
    after = rf"(?!{SPACED})" if re.match(SPACED, parts[-1]) else ""
    return re.compile(before + r"[\W_]{0,3}".join(map(re.escape, parts)) + after)
