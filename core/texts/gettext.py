"""Interface texts (gettext) for code outside a request: emails, exports, helpdesk adapters.

English originals stand in the code; `core/translations/` holds the others. Pages use Flask-Babel on the same folder.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.support import NullTranslations, Translations

FOLDER = Path(__file__).parents[1] / "translations"

_ENGLISH = Locale("en", "GB")

# `gettext(original, **values)`: the translated text with its placeholders filled in.
Gettext = Callable[..., str]


def locale_of(lang: str) -> Locale:
    """Babel's locale of the interface texts that a reader of one of our tags gets, for the dates, times and numbers in
    and around them: English where there is no catalogue, as the texts are.

    English is British, as on the portal: day before month is right for readers everywhere but in the United States.
    """
    return _known(lang) if _is_english(lang) or has_texts(lang) else _ENGLISH


def has_texts(lang: str) -> bool:
    """Whether there is a catalogue of this language; English needs none."""
    return _is_english(lang) or isinstance(translations_of(lang), Translations)


@cache
def translations_of(lang: str) -> NullTranslations:
    """The catalogue of a language; an empty one (everything stays English) where there is none."""
    return Translations.load(str(FOLDER), [str(_known(lang))])


def _is_english(lang: str) -> bool:
    return lang.partition("-")[0].lower() == "en"


def _known(lang: str) -> Locale:
    """Babel's locale for a tag; English where Babel knows no such language."""
    try:
        return _ENGLISH if lang == "en" else Locale.parse(lang, sep="-")
    except (UnknownLocaleError, ValueError):
        return _ENGLISH


@cache
def gettext_of(lang: str) -> Gettext:
    """gettext in this language."""
    translations = translations_of(lang)

    def gettext(message: str, **values: Any) -> str:
        return str(translations.ugettext(message)) % values

    return gettext
