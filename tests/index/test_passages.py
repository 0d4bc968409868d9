"""Sections become passages that fit the model, stay below one heading, and are known by a hash."""

from dataclasses import replace

import pytest

from kb.models import Article, PassageKind, Section
from kb.passages import BUDGET, cost, passages_of, split


def article(*texts: str, questions: tuple[str, ...] = ()) -> Article:
    sections = tuple(Section(f"part-{i}", f"Part {i}", 2, text) for i, text in enumerate(texts))
    return Article("en", "late", "late", "orders", "My parcel is late", sections, questions=questions)


def body(a: Article) -> list[str]:
    return [p.text for p in passages_of(a) if p.kind is PassageKind.BODY]


def test_a_short_text_is_one_passage() -> None:
    assert split("  One sentence.  ") == ["One sentence."]


def test_nothing_gives_nothing() -> None:
    assert split(" \n ") == []


@pytest.mark.parametrize(
    "text",
    [
        "A sentence of some words. " * 200,
        "A paragraph of a few words.\n\n" * 200,
        "1. Do this\n2. Then that\n" * 100,
        "一句話，有幾個字。" * 300,
        "沒有標點的長句子" * 300,
        "endless words without an end " * 300,
        "x" * 5000,
        "混合 mixed 文字 text。" * 200,
    ],
)
def test_every_piece_fits_the_budget(text: str) -> None:
    assert max(cost(piece) for piece in split(text)) <= BUDGET + 2


@pytest.mark.parametrize(
    "text",
    ["A sentence of some words. " * 200, "一句話，有幾個字。" * 300, "x" * 5000, "1. Do this\n2. Then that\n" * 100],
)
def test_no_letter_is_lost_or_doubled(text: str) -> None:
    def bare(s: str) -> str:
        return "".join(s.split())

    assert bare("".join(split(text))) == bare(text)


def test_a_wide_character_costs_more() -> None:
    assert cost("退款") == pytest.approx(3.6)


def test_paragraphs_are_the_first_border() -> None:
    one, two = "First. " * 8, "Second. " * 8
    assert split(f"{one}\n\n{two}", 80) == [one.strip(), two.strip()]


def test_sentences_are_the_next_border() -> None:
    assert split("One two three. Four five six. Seven eight nine.", 32) == [
        "One two three. Four five six.",
        "Seven eight nine.",
    ]


def test_chinese_sentences_are_joined_without_a_space() -> None:
    assert split("第一句話。第二句話。第三句話。", 20) == ["第一句話。第二句話。", "第三句話。"]


def test_a_decimal_point_does_not_end_a_sentence() -> None:
    assert split("Version 2.4 is out. Update now to get it.", 25) == ["Version 2.4 is out.", "Update now to get it."]


def test_words_are_the_last_border() -> None:
    assert split("alpha beta gamma delta", 11) == ["alpha beta", "gamma delta"]


def test_small_pieces_are_packed_together() -> None:
    assert len(split("Short one.\n\n" * 60)) == 1


def test_a_passage_never_crosses_a_heading() -> None:
    assert body(article("Short.", "Also short.")) == ["Short.", "Also short."]


def test_a_passage_keeps_the_anchor_of_its_heading() -> None:
    assert [(p.anchor, p.heading) for p in passages_of(article("A.", "B."))[:2]] == [
        ("part-0", "Part 0"),
        ("part-1", "Part 1"),
    ]


def test_title_and_heading_stand_on_top_of_what_is_embedded_but_not_of_what_is_shown() -> None:
    first = passages_of(article("Click Save."))[0]
    assert (first.embed_text, first.text) == ("My parcel is late\nPart 0\nClick Save.", "Click Save.")


def test_titles_and_questions_are_passages_of_their_own() -> None:
    made = passages_of(article("A.", questions=("Where is it?", "Is it lost?")))
    assert [(p.kind, p.text) for p in made[1:]] == [
        (PassageKind.TITLE, "My parcel is late"),
        (PassageKind.QUESTION, "Where is it?"),
        (PassageKind.QUESTION, "Is it lost?"),
    ]


def test_an_article_without_text_is_found_by_its_summary() -> None:
    assert body(replace(article(), summary="What to do")) == ["What to do"]


def test_an_article_with_empty_sections_is_found_by_its_title() -> None:
    assert body(article("", " ")) == ["My parcel is late"]


def test_ids_are_unique() -> None:
    made = passages_of(article("Long sentence here. " * 300, "B.", questions=("One?", "Two?")))
    assert len({p.id for p in made}) == len(made)


def test_equal_texts_have_equal_hashes_in_any_article() -> None:
    assert passages_of(article("A."))[0].hash == passages_of(replace(article("A."), slug="other"))[0].hash


@pytest.mark.parametrize("changed", [article("B."), replace(article("A."), title="Other")])
def test_what_is_embedded_decides_the_hash(changed: Article) -> None:
    assert passages_of(article("A."))[0].hash != passages_of(changed)[0].hash


def test_a_title_and_a_question_of_the_same_words_have_different_hashes() -> None:
    made = passages_of(article("A.", questions=("My parcel is late",)))
    assert made[1].hash != made[2].hash


def test_changing_one_section_leaves_the_other_hashes_alone() -> None:
    before, after = passages_of(article("A.", "B.")), passages_of(article("A.", "C."))
    assert [a.hash == b.hash for a, b in zip(before, after, strict=True)] == [True, False, True]
