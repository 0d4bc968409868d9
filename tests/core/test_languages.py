"""Language tags as browsers and programs write them."""

import pytest

from core.texts.file_sizes import file_size
from core.texts.languages import UnknownLanguage, canonical, nearest


@pytest.mark.parametrize(
    ("given", "tag"),
    [
        ("en-US-u-ca-buddhist", "en"),
        ("zh-u-nu-hanidec", "zh-Hans"),
        ("zh-TW-u-co-stroke", "zh-Hant"),
        ("zh-x-tw", "zh-Hans"),
        ("sr-Latn-RS-x-latn-a", "sr-Latn"),
        ("zh-cmn-Hant-TW", "zh-Hant"),
        ("tr_TR", "tr"),
    ],
)
def test_what_follows_a_single_letter_says_nothing_of_the_language(given: str, tag: str) -> None:
    assert canonical(given) == tag


@pytest.mark.parametrize(
    "given", ["", "e", "en-", "en--us", "en;q=1", "x-private", "abcdefghi", "en-" + "a-" * 40 + "b"]
)
def test_what_cannot_be_a_tag_is_refused(given: str) -> None:
    with pytest.raises(UnknownLanguage):
        canonical(given)


@pytest.mark.parametrize(
    ("count", "lang", "words"),
    [
        (23, "en", "23 bytes"),
        (1_500_000, "en", "1.5 MB"),
        (1_500_000, "tr", "1,5 MB"),
        (1_500_000, "ar", "1.5 م.ب"),
        (999_600, "zh-Hant", "1 MB"),
        (24_300, "xx", "24 kB"),
    ],
)
def test_sizes_of_files_are_written_as_the_language_writes_numbers(count: int, lang: str, words: str) -> None:
    assert file_size(count, lang) == words


@pytest.mark.parametrize(
    ("reader", "there", "then", "found"),
    [
        ("de", "en de tr", "tr", "de"), ("zh-Hans", "en zh-Hant", "en", "zh-Hant"),
        ("sr-Latn", "en sr-Cyrl sr", "en", "sr"), ("sr", "en sr-Cyrl", "en", "sr-Cyrl"), ("fr", "en tr", "tr en", "tr"),
        ("fr", "zh-Hant en", "zh-Hans en", "zh-Hant"), ("fr", "zh-Hant tr", "en", "zh-Hant"), ("fr", "", "en", None),
    ],
)  # fmt: skip
def test_the_nearest_language_is_the_readers_then_the_next_in_order_then_any(
    reader: str, there: str, then: str, found: str | None
) -> None:
    assert nearest(reader, there.split(), then.split()) == found
