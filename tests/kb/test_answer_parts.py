"""What of a quotation answers together: a row, a term with its definition; and below which titles it stands."""

import pytest

from kb.markup.answer_parts import Part, numbers_with, parts_of
from kb.markup.excerpt import excerpt
from kb.markup.quote_tree import text_of_html
from tests.kb.test_quote import quote

_TABLE = "Prices.\n\n| City | Per minute |\n|---|---|\n| Ghent | 0.25 EUR |\n| Izmir | 0.10 EUR. With a pass less. |\n"
_TERMS = "Rules.\n\nSlow zones\n:   At most 10 km/h.\n\nHelmet\n:   Not required. Wear one.\n"
_TABS = '=== "Windows"\n\n    Download it. Run it.\n\n=== "Linux"\n\n    Unpack it.\n'
_FOLDED = "<details><summary>How long does it take?</summary><p>Five days. At most.</p></details>"


def said(markdown: str) -> list[tuple[list[str], Part]]:
    """Each part of a quotation, with what its sentences say."""
    stored = quote(markdown)
    sentences = [text_of_html(one.partition("</sentence>")[0]) for one in stored.html.split("<sentence>")[1:]]
    found = [([sentences[number] for number in part.numbers], part) for part in parts_of(stored.html)]
    assert [number for _, part in found for number in part.numbers] == list(range(len(sentences)))
    return found


def test_a_row_is_one_part_below_the_headings_of_its_columns() -> None:
    (_, prose), (_, ghent), (izmir, other) = said(_TABLE)
    assert (prose.above, prose.row_of) == ((), None)
    assert izmir == ["Izmir", "0.10 EUR.", "With a pass less."]
    assert ghent.above == other.above == ("City", "Per minute")
    assert ghent.in_table and ghent.row_of == other.row_of is not None
    assert [one.members[-1].name for one in (ghent, other)] == ["Ghent", "Izmir"]


def test_a_term_is_one_part_with_what_is_said_of_it() -> None:
    _, (slow, _), (helmet, part) = said(_TERMS)
    assert slow == ["Slow zones", "At most 10 km/h."]
    assert helmet == ["Helmet", "Not required.", "Wear one."]
    assert not part.in_table and part.members[-1].name == "Helmet"


@pytest.mark.parametrize(
    ("markdown", "titles"), [(_TABS, ["Windows", "Windows", "Linux"]), (_FOLDED, ["How long does it take?"] * 2)]
)
def test_what_is_in_a_tab_or_folded_stands_below_its_title(markdown: str, titles: list[str]) -> None:
    parts = [part for _, part in said(markdown)]
    assert [part.above[-1] for part in parts] == titles
    assert [part.members[-1].name for part in parts if part.members] == (titles if markdown is _TABS else [])


def test_of_a_long_row_or_definition_each_sentence_is_a_part_below_its_name() -> None:
    long = "This is said at some length. " * 14
    rows = said(f"| A | B |\n|---|---|\n| Ghent | {long} |\n")
    assert len(rows) == 15 and rows[3][1].above == ("A", "B", "Ghent")
    terms = said(f"Helmet\n:   {long}\n")
    assert terms[0][1].label and len(terms) == 15 and terms[3][1].above == ("Helmet",)
    coded = said("Run it\n:   Like this:\n\n        run\n        stop\n")
    assert coded[0][1].label and [part.above for _, part in coded[1:]] == [("Run it",)] * 2


def test_headings_of_a_table_without_a_head_answer_nothing() -> None:
    head, row, caption = (part for _, part in said(
        "<table><tr><th>City</th><th>Cost</th></tr><tr><td>Ghent</td><td>1</td></tr></table>\n\nAnd a word.\n"
    ))  # fmt: skip
    assert head.label and row.above == ("City", "Cost") and not caption.above


@pytest.mark.parametrize("markdown", ["One. Two.\n\n1. Three\n", "!!! note\n    One. Two.\n"])
def test_elsewhere_each_sentence_is_its_own(markdown: str) -> None:
    html = quote(markdown).html
    assert parts_of(html) == ()
    assert numbers_with(html, 1) == (1,)


def test_all_of_a_row_or_a_definition_is_marked_whichever_of_its_sentences_answers() -> None:
    html = quote(_TABLE).html
    rows = {excerpt(html, number).html for number in (3, 4, 5)}
    assert len(rows) == 1
    (row,) = rows
    assert "<td><mark>Izmir</mark></td>" in row and row.count("<mark>") == 3
    assert "<mark>Slow zones</mark>" in excerpt(quote(_TERMS).html, 2).html
    # As much of it as is shown.
    assert excerpt(html, 4, 10).html.count("<mark>") >= 1
