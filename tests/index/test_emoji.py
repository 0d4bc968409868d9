"""Emoji that name a thing are read as its word, faces are not."""

import re

import pytest

from index.query.emoji import names, with_emoji_named
from index.query.noise import without_noise
from index.reading import read_query


def test_every_named_emoji_has_a_word_in_each_language() -> None:
    assert len(names()) > 80
    for sign, own in names().items():
        assert len(sign) == 1 and sign > "\u2000", sign
        assert set(own) == {"en", "tr", "zh"} and all(own.values()), sign
        for lang, word in own.items():
            assert with_emoji_named(sign, lang) == word
            assert with_emoji_named(f"{sign}\ufe0f", lang) == word


@pytest.mark.parametrize(
    ("typed", "lang", "read"),
    [
        ("🔋 dead after 3h 😡", "en", "battery dead after 3 hours"),
        ("my 🎧broke 😭😭", "en", "my headphones broke"),
        ("📦 parcel is late", "en", "parcel is late"),
        ("🔋🔋🔋 empty", "en", "battery empty"),
        ("🔋 bitiyo", "tr", "pil bitiyor"),
        ("🔋充不進去", "zh-Hant", "電池充不進去"),
        ("🔋充不进去😭", "zh-Hans", "电池充不进去"),
        ("🎁", "en", "gift"),
        ("das 📦 fehlt", "de", "das fehlt"),
    ],
)
def test_things_are_named_and_faces_dropped(typed: str, lang: str, read: str) -> None:
    assert read_query(typed, lang).text == read


def test_no_face_hand_or_heart_has_a_name() -> None:
    felt = [chr(c) for c in (*range(0x1F600, 0x1F650), *range(0x1F910, 0x1F930), *range(0x1F44A, 0x1F450), 0x2764)]
    assert not names().keys() & set(felt)
    assert without_noise(f"late {''.join(felt)}", "en") == "late"
    assert read_query("late 👍🏽👩\u200d💻❤️", "en").text == "late"


def test_what_is_quoted_stays() -> None:
    assert with_emoji_named('"🎁 card" code', "en") == '"🎁 card" code'
    assert not re.search("gift", with_emoji_named('"🎁 card" code', "en"))
