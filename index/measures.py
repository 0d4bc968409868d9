"""Units of measure, sizes, large numbers and times, by the ways they are typed.

What is asked is put in one form (index/query/units.py): `4 × 6`, `1400`, `10 minutes`. An article's words are indexed
as they stand, and beside them what `other_words` says, so that no form of a question misses any form of an article.
"""

import re
from functools import lru_cache

# What is typed -> how it is written.
UNITS = {
    "w": "W", "watt": "W", "watts": "W", "kw": "kW", "kilowatt": "kW", "kilowatts": "kW",
    "v": "V", "volt": "V", "volts": "V", "a": "A", "amp": "A", "amps": "A", "mah": "mAh", "ma": "mA",
    "hz": "Hz", "hertz": "Hz", "khz": "kHz", "kilohertz": "kHz", "mhz": "MHz", "megahertz": "MHz",
    "ghz": "GHz", "gigahertz": "GHz",
    "mm": "mm", "millimetre": "mm", "millimetres": "mm", "millimeter": "mm", "millimeters": "mm", "milimetre": "mm",
    "cm": "cm", "centimetre": "cm", "centimetres": "cm", "centimeter": "cm", "centimeters": "cm", "santim": "cm",
    "km": "km", "kilometre": "km", "kilometres": "km", "kilometers": "km",
    "kg": "kg", "kilogram": "kg", "kilograms": "kg", "kilo": "kg", "kilos": "kg", "gr": "g", "gram": "g", "grams": "g",
    "ml": "ml", "millilitres": "ml", "db": "dB", "decibel": "dB", "decibels": "dB", "desibel": "dB",
    "kb": "KB", "mb": "MB", "megabyte": "MB", "megabytes": "MB", "gb": "GB", "gigabyte": "GB", "gigabytes": "GB",
    "tb": "TB", "terabyte": "TB", "terabytes": "TB", "mbps": "Mbps", "gbps": "Gbps",
    "ohm": "ohm", "ohms": "ohm", "px": "px", "dpi": "dpi",
    "瓦": "W", "瓦特": "W",
    "公釐": "mm", "毫米": "mm", "公分": "cm", "厘米": "cm", "公斤": "kg", "分貝": "dB", "分贝": "dB",
}  # fmt: skip

# Short forms of times after a number -> the word in full, by language. `m`, `s` and `d` mean too much else.
_EN = {
    "sec": "seconds", "secs": "seconds", "min": "minutes", "mins": "minutes", "h": "hours", "hr": "hours",
    "hrs": "hours", "wk": "weeks", "wks": "weeks", "mth": "months", "mths": "months", "mos": "months", "yr": "years",
    "yrs": "years",
}  # fmt: skip
TIMES = {
    "en": _EN,
    "tr": {"sn": "saniye", "sec": "saniye", "dk": "dakika", "dak": "dakika", "min": "dakika", "sa": "saat"},
    "de": {
        "sek": "Sekunden", "sec": "Sekunden", "min": "Minuten", "mins": "Minuten", "std": "Stunden", "h": "Stunden",
        "tg": "Tage", "wo": "Wochen", "mon": "Monate",
    },
    "fr": {"sec": "secondes", "min": "minutes", "mins": "minutes", "mn": "minutes", "h": "heures", "j": "jours"},
    "es": {"seg": "segundos", "sec": "segundos", "min": "minutos", "mins": "minutos", "h": "horas", "hrs": "horas"},
    "pt": {"seg": "segundos", "sec": "segundos", "min": "minutos", "mins": "minutos", "h": "horas", "hrs": "horas"},
    "it": {"sec": "secondi", "min": "minuti", "mins": "minuti", "h": "ore"},
    "nl": {"sec": "seconden", "min": "minuten", "h": "uur", "wk": "weken", "mnd": "maanden", "jr": "jaar"},
    "pl": {"sek": "sekund", "min": "minut", "h": "godzin", "godz": "godzin", "mies": "miesięcy"},
    "ru": {"сек": "секунд", "мин": "минут", "ч": "часов", "час": "часов", "дн": "дней", "нед": "недель",
           "мес": "месяцев"},
    "sv": {"sek": "sekunder", "min": "minuter", "h": "timmar", "tim": "timmar"},
    "zh-Hant": {"sec": "秒", "secs": "秒", "min": "分鐘", "mins": "分鐘", "hr": "小時", "hrs": "小時", "h": "小時"},
    "zh-Hans": {"sec": "秒", "secs": "秒", "min": "分钟", "mins": "分钟", "hr": "小时", "hrs": "小时", "h": "小时"},
}  # fmt: skip

# Letters and digits of scripts that put spaces between words: Chinese may stand beside a number.
_WORDY = r"A-Za-z0-9_\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u052f"
_CROSS = "[x×*✕✖⨯\u0445]"
_UNITS = sorted((re.escape(unit) for unit in UNITS if unit.isascii()), key=len, reverse=True)
_SIZE_UNIT = "|".join((*_UNITS, "inch(?:es)?", "in", "ft", "m", "p", '["”″]'))
_SIDE = rf"\d{{1,5}}(?:[.,]\d{{1,3}})?(?: ?(?:{_SIZE_UNIT}))?"
# Not the hexadecimal 0x10.
SIZE = re.compile(
    rf"(?<![{_WORDY}.,/\-])(?!0x)(?:{_SIDE} ?{_CROSS} ?){{1,3}}{_SIDE}(?![{_WORDY}]|[.,/\-]\d)", re.IGNORECASE
)
_GLUED = re.compile(r"\S[x\u0445]|[x\u0445]\S", re.IGNORECASE)
CROSS = re.compile(rf" ?{_CROSS} ?(?=\d)", re.IGNORECASE)

# Groups of three digits (in India of two before them): 1,400 and 1.400 and 1'400, with what follows the decimal sign;
# never what begins with a nought or has four groups with points, which is an address.
_GROUPED = re.compile(
    rf"(?<![{_WORDY}.,'’:/])(?<![A-Za-z]-)(?<![vV] )(?!\d+(?:\.\d+){{3}})"
    r"([1-9]\d{0,2}(?:([,.'’\u00a0\u2009\u202f])\d{3}(?:\2\d{3})*)|\d{1,2}(?:,\d{2})+,\d{3})"
    r"((?!\2)[.,]\d{1,2})?(?!\d|[.,'’:/]\d)"
)
# With spaces, and nothing before or behind that makes it a telephone number.
_SPACED = re.compile(
    rf"(?<![{_WORDY}.,'’:/+\-(])(?<!\d )(?<!\) )([1-9]\d{{0,2}}(?: \d{{3}})+)()((?:[.,]\d{{1,2}})?)(?! ?\d|[.,:/\-]\d)"
)
# Languages that write a space there.
_WITH_SPACES = frozenset(
    ("bg", "cs", "da", "et", "fi", "fr", "hu", "lt", "lv", "nb", "nl", "no", "pl", "pt", "ru", "sk", "sv", "uk")
)
_DIGIT = re.compile("[0-9]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


def grouped(text: str, *, spaced: bool) -> list[tuple[int, int, str]]:
    """Numbers written in groups of digits: (start, end) and each as one, without `.00`. With `spaced`, those with
    spaces between the groups too."""
    found = []
    for pattern in (_GROUPED, _SPACED) if spaced else (_GROUPED,):
        for match in pattern.finditer(text):
            rest = (match[3] or "").replace(",", ".")
            whole = "".join(_DIGIT.findall(match[1]))
            found.append((match.start(), match.end(), whole if not rest.strip(".0") else whole + rest))
    return found


def times_of(lang: str) -> dict[str, str]:
    """The short forms of times in a language, with the words that they stand for."""
    return TIMES.get(lang) or TIMES.get(lang.split("-")[0], TIMES["zh-Hans"] if lang.startswith("zh") else {})


@lru_cache(maxsize=32)
def short_times(lang: str) -> re.Pattern[str] | None:
    """A number with the short form of a time, as groups of their own; None where a language has none."""
    forms = sorted(times_of(lang), key=len, reverse=True)
    if not forms:
        return None
    number = rf"(?<![{_WORDY}.,:])(\d+(?:[.,]\d+)?)"
    return re.compile(rf"{number}[ \u00a0\-]?({'|'.join(forms)})(?![{_WORDY}])\.?(?=\W|$|[^{_WORDY}])", re.IGNORECASE)


def other_words(text: str, lang: str) -> list[str]:
    """What questions call the numbers of an article in a language, beside the words that it has."""
    if not _DIGIT.search(text):
        return []
    found = [number for _, _, number in grouped(text, spaced=lang.split("-")[0] in _WITH_SPACES)]
    for size in SIZE.finditer(text):
        if _GLUED.search(size[0]):
            found += [side.replace(",", ".") for side in _NUMBER.findall(size[0])]
    pattern = short_times(lang)
    if pattern is not None:
        for match in pattern.finditer(text):
            found += [match[1]] if match.end(1) == match.start(2) else []
            found.append(times_of(lang)[match[2].lower()])
    return found
