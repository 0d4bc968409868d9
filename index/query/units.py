"""Pure: numbers and their units as one text, however they are typed: `2.4GHz`, `3,5 mm`, `100 watts`, `v2.10`, `4x6`,
`10min`, `1,400`."""

import re
from collections.abc import Callable
from functools import partial

from index.analysis import fold
from index.measures import CROSS, SIZE, UNITS, grouped, short_times, times_of

_UNITS = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_MEASURE = re.compile(rf"(?<![\w.,])(\d+(?:[.,]\d+)?)[ \u00a0-]?({_UNITS})(?![A-Za-z0-9_])", re.IGNORECASE)
_VERSION = re.compile(r"(?<![\w.])v\.? ?(?=\d+(?:\.\d+)+(?![\w]))", re.IGNORECASE)


# What is counted, besides measures: time, money, pieces, people. Turkish ones take suffixes (`saatte`, `günlük`).
_COUNTED = "|".join((
    "secs?|seconds?|mins?|minutes?|hrs?|hours?|days?|nights?|wks?|weeks?|months?|yrs?|years?|weekdays?|weekends?",
    "pairs?|pieces?|pcs|items?|units?|copies|copy|boxes|sets?|times|people|persons?|users?|seats?|percent|degrees?",
    "euros?|eur|usd|dollars?|gbp|pounds?|quid|cents?|bucks|tl|try",
    "inch|inches|ft|feet|foot|miles?|metres?|meters?|litres?|liters?|lbs?",
    "(?:saniye|dakika|saat|gun|hafta|yil|yas|kere|kez|defa|tane|adet|cift|kisi|parca|kutu|lira|kurus|dolar|metre)[a-z]*",
    "sn|dk|dak|ay|ayda|aylik|aydir|ayi",
))  # fmt: skip
_LONG_UNITS = "|".join(re.escape(unit) for unit in UNITS if len(unit) > 1 and unit.isascii())
# Between a number and what it counts: `30 working days`.
_KIND = r"(?:working|business|calendar|school|full|whole|more|is|tam)"
_NUMBERS = r"\d+(?:[.,]\d+)?(?: ?(?:-|\u2013|to|or|ila|veya) ?\d+)?"
_QUANTITY = re.compile(
    rf"(?<![\w.,\-]){_NUMBERS}(?:(?:[ \u00a0-](?:{_KIND} )?)?(?:{_COUNTED}|{_LONG_UNITS})|[hdwmsx]|[ ]?%)(?![a-z0-9_])"
)


# A number and what it counts in one word (`30days`, `14gün`); a word and its version (`Bluetooth5.3`).
_GLUED = re.compile(r"(?<![\w.,\-])(\d+(?:[.,]\d+)?)([^\W\d_]{2,})(?!\w)")
_GLUED_VERSION = re.compile(r"(?<!\w)([^\W\d_]{4,})(\d+(?:\.\d+)+)(?![\w.])")
_COUNTED_WORD = re.compile(_COUNTED)
# A word and its number (`error1602`, `iOS15.4`), and a number and what there are so many of (`5devices`). Latin letters
# begin a word beside Chinese ones. Two letters are as often the beginning of a model's name.
_LETTERS = r"A-Za-z\u00c0-\u024f\u0370-\u052f"
_NUMBERED = re.compile(
    rf"(?<![{_LETTERS}0-9_.,\-/])([{_LETTERS}]{{3,24}})(\d{{1,5}}(?:\.\d{{1,4}}){{0,3}})(?![{_LETTERS}0-9_]|[.\-/]\w)"
)
_NUMBER_FIRST = re.compile(r"(?<![\w.,\-/])(\d{1,4})([^\W\d_]{3,24})(?![\w\-/])")


def quantities(plain_text: str) -> list[tuple[int, int]]:
    """The (start, end) offsets of numbers with what they count, in plain text: `30 pairs`, `3h`, `48 saat`."""
    return [match.span() for match in _QUANTITY.finditer(plain_text)]


def with_spaced_units(text: str, lang: str = "") -> str:
    """Numbers apart from their units, with a point, and the unit's short form (`3.5 mm`, `100 W`), and from what they
    count (`30 days`); the sides of a size apart (`4 × 6`); `v 2.10`; and times in full, in the words of `lang`."""
    if not any(c.isdigit() for c in text):
        return text
    text = SIZE.sub(lambda m: CROSS.sub(" × ", m[0]), text)
    short = short_times(lang)
    if short is not None:
        text = short.sub(lambda m: f"{m[1]} {times_of(lang)[m[2].lower()]}", text)
    text = _MEASURE.sub(lambda m: f"{m[1].replace(',', '.')} {UNITS[m[2].lower()]}", text)
    text = _GLUED.sub(lambda m: f"{m[1]} {m[2]}" if _COUNTED_WORD.fullmatch(fold(m[2].lower())) else m[0], text)
    text = _GLUED_VERSION.sub(r"\1 \2", text)
    return _VERSION.sub("v ", text)


def with_numbers_joined(text: str, is_known: Callable[[str], bool]) -> str:
    """Numbers in groups of digits (`1,400`, `1 400`) as one, where the articles know it: `80,443` may be two."""
    if not any(c.isdigit() for c in text):
        return text
    for start, end, number in sorted(grouped(text, spaced=True), reverse=True):
        if is_known(number):
            text = f"{text[:start]}{number}{text[end:]}"
    return text


def with_numbers_apart(text: str, is_known: Callable[[str], bool]) -> str:
    """Numbers apart from the words they were typed with, where the articles know the word and not the two as one."""
    if not any(c.isdigit() for c in text):
        return text

    def apart(name: int, match: re.Match[str]) -> str:
        as_typed, word = fold(match[0].lower()), fold(match[name].lower())
        return f"{match[1]} {match[2]}" if is_known(word) and not is_known(as_typed) else match[0]

    return _NUMBER_FIRST.sub(partial(apart, 2), _NUMBERED.sub(partial(apart, 1), text))
