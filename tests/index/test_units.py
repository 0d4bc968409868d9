"""Numbers and units are the same question however they are typed."""

import pytest

from index.analysis import tokens
from index.query.units import with_spaced_units


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("2.4GHz", "2.4 GHz"),
        ("2.4 ghz", "2.4 GHz"),
        ("3,5 mm", "3.5 mm"),
        ("6.35mm plug", "6.35 mm plug"),
        ("100 watts", "100 W"),
        ("100W charger", "100 W charger"),
        ("v2.10", "v 2.10"),
        ("60 公分", "60 cm"),
    ],
)
def test_numbers_and_units_are_apart(typed: str, read: str) -> None:
    assert with_spaced_units(typed) == read


@pytest.mark.parametrize(
    "typed", ["WH-1000XM4", "E-17", "10-12 days", "iso 9001", "version 2", "3 articles", "mp3", "4K"]
)
def test_codes_and_bare_numbers_stay(typed: str) -> None:
    assert with_spaced_units(typed) == typed


def test_an_identifier_is_found_by_its_parts() -> None:
    assert tokens("getUserName", "en") == ["getusernam", "get", "user", "name"]


@pytest.mark.parametrize("name", ["iPhone", "GitHub", "YouTube"])
def test_a_brand_is_one_word(name: str) -> None:
    assert len(tokens(name, "en")) == 1
