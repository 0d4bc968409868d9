"""docs/glossary.md: its places in the code exist, and the interface really says what it says."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
# The languages of the interface, in the order of the column.
LANGUAGES = ("tr", "zh_Hant", "zh_Hans")
ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith(("| Word ", "| --- "))
]
WORDS = [row[0] for row in ROWS]


def catalogue(language: str) -> dict[str, str]:
    """Original and translation of each text of the interface."""
    path = ROOT / "core" / "translations" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        return {str(text.id): str(text.string) for text in read_po(file) if text.id and isinstance(text.id, str)}


CATALOGUES = {language: catalogue(language) for language in LANGUAGES}


def test_every_word_has_one_row_with_a_meaning_and_a_place() -> None:
    assert len(WORDS) == len(set(WORDS)) > 40
    assert [row[0] for row in ROWS if len(row) != 5 or not row[1] or not re.search(r"`[\w/]+\.py`", row[2])] == []


@pytest.mark.parametrize("row", ROWS, ids=WORDS)
def test_its_place_in_the_code_exists_and_holds_what_is_named(row: list[str]) -> None:
    paths = re.findall(r"`([\w/]+\.py)`", row[2])
    names = re.findall(r"`(\w+)`", row[2])

    assert [path for path in paths if not (ROOT / path).is_file()] == []
    sources = "".join((ROOT / path).read_text(encoding="utf-8") for path in paths)
    assert [name for name in names if not re.search(rf"\b(class|def) {name}\b", sources)] == []


@pytest.mark.parametrize("row", [row for row in ROWS if row[3] != "–"], ids=[row[0] for row in ROWS if row[3] != "–"])
def test_the_interface_says_it_so_in_every_language(row: list[str]) -> None:
    english, *others = row[3].split(" / ")

    assert {language: CATALOGUES[language].get(english) for language in LANGUAGES} == dict(
        zip(LANGUAGES, others, strict=True)
    )


def test_a_word_that_is_not_used_for_one_thing_is_not_the_word_for_another_without_saying_so() -> None:
    avoided = [(row[0], word.strip()) for row in ROWS for word in row[4].split(",") if word.strip()]

    assert [(word, other) for word, other in avoided if other in WORDS] == []
