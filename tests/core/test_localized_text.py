"""A text by language is shown in the language nearest to the reader's."""

import pytest

from core.texts.localized_text import NO_TEXT, LocalizedText

TEXT = LocalizedText({"de": "Frage", "en": "Question", "zh-Hant": "問題", "tr": ""})


@pytest.mark.parametrize(
    ("lang", "shown"),
    [("de", "Frage"), ("zh-Hans", "問題"), ("tr", "Question"), ("fr", "Question"), ("de-Latn", "Frage")],
)
def test_a_reader_gets_the_nearest_language_that_has_words(lang: str, shown: str) -> None:
    assert TEXT.in_language(lang) == shown


def test_other_languages_may_be_tried_before_english() -> None:
    assert TEXT.in_language("fr", then=("de", "en")) == "Frage"
    assert LocalizedText({"de": "Frage"}).in_language("fr") == "Frage"


def test_a_plain_text_is_in_every_language_and_an_empty_one_is_no_text_at_all() -> None:
    plain = LocalizedText.plain("Mastodon")

    assert (plain.in_language("tr"), plain.written_in("tr")) == ("Mastodon", True)
    assert not TEXT.written_in("fr")
    assert not LocalizedText.plain("")
    assert LocalizedText.plain("") != NO_TEXT
