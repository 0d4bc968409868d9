"""How large a file is, in words of a language: `1.5 MB` in English is `1,5 MB` in Turkish."""

from babel.units import format_unit

from core.texts.gettext import locale_of

_BYTE = "digital-byte"
_UNITS = ("digital-kilobyte", "digital-megabyte", "digital-gigabyte")


def file_size(count: int, lang: str) -> str:
    """Bytes in the largest unit that has a whole one, in steps of a thousand, with one decimal below ten."""
    if count < 1000:
        # Written out, which knows a plural; Babel gives the unit's own name back where CLDR has no words for it.
        words = format_unit(count, _BYTE, "long", locale=locale_of(lang))
        return format_unit(count, _BYTE, "short", locale=locale_of(lang)) if _BYTE in words else words
    size, at = count / 1000, 0
    while size >= 999.5 and at < len(_UNITS) - 1:
        size, at = size / 1000, at + 1
    pattern = "#,##0.#" if size < 9.95 else "#,##0"
    return format_unit(size, _UNITS[at], "short", format=pattern, locale=locale_of(lang))
