"""The questions an article must answer are asked of an index that does not hold them."""

import pytest

from index.embed.hashing import HashingEmbedder
from index.tools.findability import FindabilityFinding, _other_section, check
from kb.models import Article, Section
from tests.index.builders import article

LATE = article("late", "If the tracking page shows no new scan, we send a second parcel.", title="Late deliveries")
OTHERS = [
    article("refund", "Money returns to the card after five days.", title="Refunds"),
    article("pairing", "Hold the button until the light blinks blue.", title="Bluetooth"),
    article("warranty", "Two years from the day of purchase.", title="Warranty"),
    article("account", "Choose a password of twelve letters.", title="Account"),
]


def doubts(*questions: str, others: list[Article] = OTHERS) -> list[FindabilityFinding]:
    asked = article("late", LATE.sections[0].text, title=LATE.title, questions=questions)
    return check([asked, *others], HashingEmbedder(64))


def codes(found: list[FindabilityFinding]) -> list[tuple[str, str]]:
    return [(d.severity, d.code) for d in found]


def test_a_question_the_article_answers_is_no_doubt() -> None:
    assert doubts("The tracking page shows no new scan") == []


def test_a_question_that_finds_other_articles_is_an_error_that_says_what_to_do() -> None:
    found = doubts("Hold the blue button, money to the card, two years of purchase, a password of letters")
    assert codes(found) == [("error", "question-not-found")]
    assert (found[0].ref, found[0].path, found[0].field) == (LATE.ref, LATE.source, "questions")
    assert "among the first 3" in found[0].message


def test_a_question_cannot_find_its_article_by_itself() -> None:
    question = "zzz qqq button money password purchase blue card twelve years"
    assert ("error", "question-not-found") in codes(doubts(question))


def test_a_question_that_only_repeats_the_title_is_a_warning() -> None:
    assert codes(doubts("late delivery?")) == [("warning", "question-repeats-title")]


def test_each_article_is_judged_by_its_own_questions() -> None:
    far_off = "zzz blue button light two years of purchase password twelve tracking scan parcel"
    refund = article("refund", "Money returns to the card after five days.", title="Refunds", questions=(far_off,))
    found = doubts("The tracking page shows no new scan", others=[refund, *OTHERS[1:]])
    assert [d.ref.slug for d in found] == ["refund"]


def test_articles_that_say_nearly_the_same_are_a_warning() -> None:
    twin = article("later", LATE.sections[0].text, title=LATE.title)
    found = doubts("The tracking page shows no new scan", others=[twin, *OTHERS])
    assert codes(found) == [("warning", "near-twin")]
    assert "merge them" in found[0].message


@pytest.mark.parametrize("articles", [[], [LATE]])
def test_articles_without_questions_have_nothing_to_doubt(articles: list[Article]) -> None:
    assert check(articles, HashingEmbedder(16)) == []


def test_a_question_may_be_found_by_its_translation() -> None:
    question = "zzz qqq button money password"
    english = article("late", LATE.sections[0].text, title=LATE.title, questions=(question,))
    turkish = article(
        "gec", "Takip sayfasına bakın.", title="Geç kalan kargo", lang="tr", key="late", questions=(question,)
    )
    assert check([english, turkish, *OTHERS], HashingEmbedder(64)) == []


def _of_sections(*sections: tuple[str, str], questions: tuple[str, ...]) -> Article:
    own = tuple(Section(f"part-{n}", heading, 2, text) for n, (heading, text) in enumerate(sections))
    return Article("en", "late", "late", "help", "Late deliveries", own, questions=questions, source="en/help/late.md")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [("Sign in to the list", "Sign out of the list"), ("Sign out of the list", ""), ("More", "")],
)
def test_a_question_whose_answer_is_about_the_opposite_is_told(shown: str, expected: str) -> None:
    own = _of_sections(("Sign in to the list", "a"), ("Sign out of the list", "b"), ("More", "c"), questions=())
    assert _other_section(own, "how do I log out", shown) == expected


@pytest.mark.parametrize(
    ("question", "shown", "expected"),
    [
        ("parcel left with the neighbours", "Other", "A parcel that was left with neighbours"),
        ("parcel left with the neighbours", "Neighbours with a parcel", ""),
        ("parcel", "Other", ""),
        ("late deliveries", "Other", ""),
    ],
)
def test_a_question_that_is_the_heading_of_another_section_is_told(question: str, shown: str, expected: str) -> None:
    own = _of_sections(("A parcel that was left with neighbours", "a"), (shown, "b"), questions=(question,))
    assert _other_section(own, question, shown) == expected
