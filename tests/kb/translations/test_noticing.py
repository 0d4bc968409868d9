"""What the files of a source and its translation say of how the translation stands, whoever changed them."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from kb.authoring.differences import Kind
from kb.authoring.sections import beside, changed_headings, parts_of
from kb.translations import noticing
from kb.translations.models import Basis, Content, How, Weight
from kb.translations.weights import guessed

NOW = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
BODY = "Before.\n\n## One\n\nFirst text of the page.\n\n## Two\n\nSecond text of the page.\n"
SOURCE = Content("Title", "Sum", BODY, date(2026, 1, 1))
OWN = Content("Başlık", "", "Önce.\n\n## Bir\n\nBir.\n\n## İki\n\nİki.\n", date(2026, 1, 2))


def look(known: Basis, own: Content = OWN, source: Content = SOURCE) -> Basis:
    return noticing.noticed(known, own, "en/a.md", source, lambda: SOURCE, NOW)


@pytest.fixture
def known() -> Basis:
    return noticing.first_seen("tr/a.md", OWN, "en/a.md", SOURCE, NOW)


def test_a_translation_seen_first_counts_as_made_from_the_source_unless_its_date_is_older(known: Basis) -> None:
    assert (known.how, known.outdated) == (How.SEEN, False)
    older = noticing.first_seen("tr/a.md", replace(OWN, updated=date(2025, 1, 1)), "en/a.md", SOURCE, NOW)
    assert (older.how, older.outdated, older.digest) == (How.UNKNOWN, True, "")
    assert look(known) is known


def test_a_source_changed_outside_of_the_desk_is_noticed_with_the_headings(known: Basis) -> None:
    changed = replace(SOURCE, body=BODY.replace("Second text", "Wait 14 days, then read the second text"))
    behind = look(known, source=changed)
    assert (behind.outdated, behind.weight, behind.changed) == (True, Weight.MAJOR, ("Two",))
    assert look(behind, source=changed) is behind
    # A comma in the translation says nothing; a newer date of update does; so does going back.
    touched = replace(OWN, body=OWN.body.replace("Bir.", "Bir!"))
    assert look(behind, touched, changed).outdated
    renewed = look(behind, replace(touched, updated=date(2026, 3, 1)), changed)
    assert (renewed.outdated, renewed.weight, renewed.digest) == (False, None, noticing.digest_of(changed))
    assert not look(behind).outdated


def test_a_typing_error_is_no_reason_and_what_a_person_says_holds(known: Basis) -> None:
    typo = replace(SOURCE, body=BODY.replace("Second", "Secnd"))
    noted = look(known, source=typo)
    assert (noted.weight, noted.outdated) == (Weight.TYPO, False)
    said = noticing.after_edit(known, typo, SOURCE, Weight.MAJOR, NOW)
    assert said.outdated and look(said, source=typo) == said
    more = replace(typo, body=typo.body + "\nMore of the same.\n")
    assert noticing.after_edit(said, more, SOURCE, Weight.TYPO, NOW).weight is Weight.MAJOR


@pytest.mark.parametrize(
    ("old", "new", "weight"),
    [
        ("It takes serveral days.", "It takes several days.", Weight.TYPO),
        ("It takes days", "It takes days.", Weight.TYPO),
        ("Wait 3 days.", "Wait 5 days.", Weight.MAJOR),
        ("See [this](a.md).", "See [this](b.md), please.", Weight.MAJOR),
        ("You can do it at home or at work if you like.", "You may do it at home if you like.", Weight.MINOR),
        ("Do not open it.", "Do open it.", Weight.MINOR),
        ("等待三天後再試一次。", "等待五天後再試一次。", Weight.MINOR),
        ("One short line.", "Something else altogether that has been written anew by somebody today.", Weight.MAJOR),
    ],
)  # fmt: skip
def test_the_guess_at_a_weight(old: str, new: str, weight: Weight) -> None:
    assert guessed(old, new) is weight


def test_parts_make_the_text_up_again_and_code_has_no_headings() -> None:
    text = BODY + "\n```\n# no heading\n```\n\n### Three {#three}\n\nThird.\n"
    parts = parts_of(text)
    assert "".join(part.text for part in parts) == text
    assert [part.heading for part in parts] == ["", "One", "Two", "Three"]


def test_source_and_translation_stand_side_by_side_also_with_a_part_too_many() -> None:
    new = BODY.replace("## Two", "## New\n\nNew text.\n\n## Two").replace("First text", "First words")
    rows = beside(BODY, new, OWN.body)
    pairs = [(row.source and row.source.heading, row.translation and row.translation.heading) for row in rows]
    assert (pairs[:2] == [("", ""), ("One", "Bir")] and ("New", "İki") in pairs) or ("Two", "İki") in pairs
    assert [row.source.heading for row in rows if row.pieces and row.source] == ["One", "New"]
    assert any(piece.kind is Kind.IN and "words" in piece.text for piece in rows[1].pieces)
    assert changed_headings(BODY, new) == ("One", "New")
    gone = beside(BODY, BODY[: BODY.index("## Two")], OWN.body)
    assert gone[-1].source and gone[-1].source.heading == "Two" and gone[-1].pieces[0].kind is Kind.OUT
