"""Written abbreviations are searched as the word they stand for, unless the articles know better."""

from pathlib import Path

import pytest

from index.query import abbreviations
from index.query.abbreviations import abbreviations_written_out as written

WORDS = {"number", "account", "address", "password", "nummer", "konto", "numara", "sifre", "adres"}


@pytest.mark.parametrize(
    ("lang", "typed", "meant"),
    [
        ("en", "tracking nr not working", "tracking number not working"),
        ("en", "Acct nr. wrong", "account number wrong"),
        ("en", "change addr", "change address"), ("en-GB", "forgot PW", "forgot password"),
        ("de", "welche nr hat mein kto", "welche nummer hat mein konto"),
        ("tr", "takip nr nerede", "takip numara nerede"),
        ("tr", "şfr unuttum", "şifre unuttum"),
    ],
)  # fmt: skip
def test_they_are_written_out(lang: str, typed: str, meant: str) -> None:
    assert written(typed, lang, WORDS.__contains__) == meant


@pytest.mark.parametrize("text", ["nr-7", "acct/addr", "pw@example.org", "addr.local", '"acct nr"', "qty", "no sound"])
def test_names_phrases_and_words_of_no_article_stay(text: str) -> None:
    assert written(text, "en", WORDS.__contains__) == text


def test_articles_that_write_so_and_other_languages_are_left_alone() -> None:
    assert written("acct nr", "en", {*WORDS, "acct"}.__contains__) == "acct number"
    assert written("acct nr", "fr", WORDS.__contains__) == "acct nr"
    assert written("帳號 nr", "zh-Hant", WORDS.__contains__) == "帳號 nr"


def test_each_has_one_meaning() -> None:
    text = Path(abbreviations.__file__).parents[1].joinpath("data/abbreviations.txt").read_text(encoding="utf-8")
    for lang in ("en", "tr", "de"):
        shorts = [
            s for line in text.splitlines() if line.startswith(f"{lang} ") for s in line.partition(" = ")[2].split()
        ]
        assert shorts and len(shorts) == len(set(shorts))
