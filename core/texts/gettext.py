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

# `gettext(original, **values)`: the translated text with its placeholders filled in.
Gettext = Callable[..., str]


def locale_of(lang: str) -> Locale:
    """Babel's locale for one of our tags; English where Babel knows no such language.

    English is British, as on the portal: day before month is right for readers everywhere but in the United States.
    """
    try:
        return Locale("en", "GB") if lang == "en" else Locale.parse(lang, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en", "GB")


@cache
def translations_of(lang: str) -> NullTranslations:
    """The catalogue of a language; an empty one (everything stays English) where there is none."""
    return Translations.load(str(FOLDER), [str(locale_of(lang))])


@cache
def gettext_of(lang: str) -> Gettext:
    """gettext in this language."""
    translations = translations_of(lang)

    def gettext(message: str, **values: Any) -> str:
        return str(translations.ugettext(message)) % values

    return gettext
