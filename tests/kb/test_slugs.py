"""Slugs: readable in every script, and each one once."""

import pytest

from kb.slugs import slugify, unique


@pytest.mark.parametrize(
    ("text", "slug"),
    [("Return an item", "return-an-item"), ("ÇĞİÖŞÜ çğıöşü", "cgiosu-cgiosu"), ("Straße", "strasse"),
     ("退貨 政策", "退貨-政策"),     ("한국어 질문", "한국어-질문"), ("a__b -- c", "a-b-c"), ("?!", "")],
)  # fmt: skip
def test_slugs_are_readable_in_every_script(text: str, slug: str) -> None:
    assert slugify(text) == slug


def test_a_taken_name_is_numbered_from_two() -> None:
    assert unique("a", {"a", "a-2"}) == "a-3"
