"""Dates, times and numbers are in the language of the texts around them, also where those fall back to English."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.texts.file_sizes import file_size
from core.texts.gettext import FOLDER, gettext_of, has_texts, locale_of
from support.teams.response_targets import ResponseTarget, sentence

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted(path.name.replace("_", "-") for path in FOLDER.iterdir() if path.is_dir())
WITHOUT = ("de", "de-AT", "fr", "ja", "ko", "fa", "pt-BR", "ru", "el", "zh-xx", "xx", "not a tag")


@pytest.mark.parametrize("lang", CATALOGUES)
def test_a_language_with_a_catalogue_has_its_own_locale(lang: str) -> None:
    assert has_texts(lang) and locale_of(lang).language == lang.partition("-")[0]


@pytest.mark.parametrize("lang", WITHOUT)
def test_a_language_without_one_has_that_of_english(lang: str) -> None:
    assert not has_texts(lang) and str(locale_of(lang)) == "en_GB"


def test_english_of_another_country_stays_what_it_is() -> None:
    assert has_texts("en-US") and str(locale_of("en-US")) == "en_US"


@pytest.mark.parametrize("lang", WITHOUT)
def test_sentences_with_a_time_or_a_size_are_of_one_language(lang: str) -> None:
    by = datetime(2026, 12, 1, 11, tzinfo=UTC)
    made = ResponseTarget(by, by, 4, straight=False)

    assert sentence(made, lang, gettext_of(lang)) == sentence(made, "en", gettext_of("en"))
    assert "Tuesday 1 December, 11:00" in sentence(made, lang, gettext_of(lang))
    assert file_size(1_500_000, lang) == file_size(1_500_000, "en")


# What names languages in themselves, and reads tags.
_OF_TAGS = {"core/texts/gettext.py", "app/web/i18n.py", "support/email/digest_emails.py"}


def test_no_module_takes_a_locale_from_a_tag_by_itself() -> None:
    sources = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
               for layer in ("app", "core", "insight", "support") for path in (ROOT / layer).rglob("*.py")}  # fmt: skip

    assert {path for path, text in sources.items() if "Locale.parse" in text or "Locale(" in text} == _OF_TAGS
    formats = re.compile(r"(?<!\w)format_(?:datetime|date|time|skeleton|timedelta|unit|decimal|percent)\(")
    babel = {path for path, text in sources.items() if re.search(r"from babel\.(?:dates|numbers|units)", text)}
    own = {path for path in babel if formats.search(sources[path])}
    assert len(own) >= 5
    assert [path for path in own if not re.search(r"locale_of|_select_locale", sources[path])] == []
