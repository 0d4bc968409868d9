"""Emoji of danger are words beside a thing that can burn, and praise everywhere else."""

import pytest

from index.analysis import tokens
from index.query.danger_emoji import _things, with_danger_named


@pytest.mark.parametrize(
    ("typed", "lang", "read"),
    [
        ("my headphones are on 🔥🔥 help", "en", "my headphones are on fire help"),
        ("the battery is 🔥", "en", "the battery is on fire"),
        ("my battery 🔥🔥🔥", "en", "my battery on fire"),
        ("case 💥", "en", "case exploded"),
        ("🔋💥", "en", "battery exploded"),
        ("💥🔋", "tr", "pil patladı"),
        ("kulaklık 🔥\ufe0f", "tr", "kulaklık yanıyor"),
        ("bu pil 🔥", "tr", "bu pil yanıyor"),
        ("電池🔥", "zh-Hant", "電池着火"),
        ("电池💥", "zh-Hans", "电池爆炸"),
        ("Hi. the battery is 🔥! And now", "en", "Hi. the battery is on fire! And now"),
    ],
)
def test_a_thing_that_burns_is_said_to(typed: str, lang: str, read: str) -> None:
    assert " ".join(with_danger_named(typed, lang).split()) == read


@pytest.mark.parametrize(
    ("typed", "lang"),
    [
        ("these are 🔥", "en"), ("these are on 🔥", "en"), ("🔥🔥🔥", "en"), ("💥", "zh-Hant"), ("🔥 sale", "en"),
        ("these headphones are 🔥", "en"), ("my new headphones 🔥", "en"), ("headphones 🔥🔥", "en"),
        ("battery life is 🔥", "en"), ("the bass is 🔥", "en"), ("this album is on 🔥", "en"), ("💥 new case 💥", "en"),
        ("bu kulaklık 🔥", "tr"), ("ses kalitesi 🔥", "tr"), ("音質🔥", "zh-Hant"), ("耳機超讚🔥", "zh-Hant"),
        ("battery ❤️\u200d🔥", "en"), ("Akku 🔥", "de"), ("delivery 💨", "en"), ("Help. 🔋💥", "en"),
    ],
)  # fmt: skip
def test_praise_and_all_else_stay_as_typed(typed: str, lang: str) -> None:
    assert with_danger_named(typed, lang) == typed


@pytest.mark.parametrize("lang", ["en", "tr", "zh"])
def test_each_thing_says_something_in_each_language(lang: str) -> None:
    burning, every = _things(lang)
    assert len(burning) > 1 and len(every) > 20
    assert all(burning) and all(every.values()) and all(tokens(word, lang) for word in every)
