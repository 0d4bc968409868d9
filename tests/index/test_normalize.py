"""The query as it is searched."""

import pytest

from index.query.normalize import MAX_CHARACTERS, normalize


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("  my \t order\r\n\n is late ", "my order is late"),
        ("ＷＨ－１０００", "WH-1000"),
        ("退款\u3000申請", "退款 申請"),
        ("nul\x00l", "null"),
        ("bell\x07", "bell"),
        ("zero\u200bwidth \ufeffmark", "zerowidth mark"),
        ("Rück\u00adsendung", "Rücksendung"),
        ("\u202eright\u202c to left\u2066", "right to left"),
        ("half\ud800 a pair", "half a pair"),
        ("İade ışık", "İade ışık"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d💻", "👩\u200d💻"),
        ("e\u0301", "é"),
        ("\x00\x01\u200b", ""),
        ("", ""),
    ],
)
def test_what_cannot_be_seen_is_removed_and_the_rest_kept(typed: str, searched: str) -> None:
    assert normalize(typed) == searched


def test_a_very_long_question_is_cut() -> None:
    assert len(normalize("word " * 100_000)) <= MAX_CHARACTERS


def test_a_character_that_expands_does_not_pass_the_limit() -> None:
    assert len(normalize("\ufdfa" * MAX_CHARACTERS)) <= MAX_CHARACTERS


def test_normalizing_twice_changes_nothing() -> None:
    once = normalize("  Ａ\u00ad b\u202e\x00 c  ")
    assert normalize(once) == once
