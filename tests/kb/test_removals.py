"""What counts as taking too much away from readers."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from kb.models import Article, ArticleRef, Section, Status
from kb.removals import Before, Removals, removals, standing_of
from tests.kb.conftest import TODAY

TOMORROW = TODAY + timedelta(days=1)


def article(number: int, lang: str = "en", **changes: object) -> Article:
    made = Article(
        lang, f"a{number}", f"a{number}", "general", f"Title {number}", (Section("", "", 0, "Text"),),
        markdown=f"Text {number}.\n",
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def many(count: int, lang: str = "en") -> list[Article]:
    return [article(number, lang) for number in range(count)]


def lost(before: list[Article], after: list[Article]) -> Removals:
    """What goes from one set of articles to another."""
    by_ref = {one.ref: one for one in before}

    def bodies(refs: Collection[ArticleRef]) -> Mapping[ArticleRef, str]:
        return {ref: by_ref[ref].markdown for ref in refs}

    known = {one.ref: Before(one.title, standing_of(one, TODAY)) for one in before}
    return removals(known, after, TODAY, bodies)


@pytest.mark.parametrize(
    ("total", "gone", "too_many"),
    [(4, 3, False), (5, 4, True), (20, 4, False), (21, 4, False), (20, 5, True), (100, 20, False), (100, 21, True)],
)
def test_a_fifth_may_go_and_three_in_any_case(total: int, gone: int, too_many: bool) -> None:
    found = lost(many(total), many(total)[gone:])

    assert (len(found.lost), found.of, found.too_many) == (gone, total, too_many)


def test_the_last_article_of_a_language_is_the_whole_language() -> None:
    found = lost([*many(50), article(1, "tr")], many(50))

    assert found.languages == ("tr",) and found.too_many


def test_a_first_publish_and_one_that_only_adds_take_nothing_away() -> None:
    assert lost([], many(3)) == Removals(of=0)
    assert not lost(many(3), many(30)).lost


@pytest.mark.parametrize(
    "change",
    [{"status": Status.DRAFT}, {"expiry_date": TODAY}, {"publish_date": TOMORROW}],
    ids=["draft", "expired", "scheduled"],
)
def test_what_readers_can_no_longer_read_is_lost_although_its_file_is_there(change: dict[str, object]) -> None:
    found = lost(many(10), [article(number, **change) for number in range(10)])

    assert len(found.lost) == 10 and found.too_many


def test_what_nobody_could_read_is_not_missed() -> None:
    drafts = [article(number, status=Status.DRAFT) for number in range(10, 30)]
    expired = [article(number, expiry_date=TODAY) for number in range(30, 50)]

    assert not lost([*many(5), *drafts, *expired], many(5)).lost


def test_a_scheduled_article_is_missed_as_one_that_can_be_read_is() -> None:
    scheduled = [article(number, publish_date=TOMORROW) for number in range(10)]

    assert lost([*scheduled, article(11)], [article(11)]).too_many


def test_a_moved_article_is_known_by_its_text_or_by_its_title() -> None:
    moved = [article(number, slug=f"moved-{number}", title=f"New title {number}") for number in range(5)]
    edited = [article(number, slug=f"moved-{number}", markdown="Another text.\n") for number in range(5, 10)]

    assert not lost(many(10), [*moved, *edited]).lost


@pytest.mark.parametrize(
    "left", ["", " \n\n", "\0\0\0", "# Only the heading\n", "<!-- for\nauthors -->\n", "***\n\n---\n"]
)
def test_an_article_of_whose_text_nothing_is_left_is_lost(left: str) -> None:
    found = lost(many(10), [article(number, markdown=left) for number in range(10)])

    assert len(found.lost) == 10 and found.languages == ("en",)


@pytest.mark.parametrize("left", ["One word.", "![](plan.png)", "日本語。", "- [ ] x\n"])
def test_an_article_that_still_says_something_is_not_lost(left: str) -> None:
    assert not lost(many(10), [article(number, markdown=left) for number in range(10)]).lost


def test_an_article_that_never_had_a_text_is_not_missed() -> None:
    bare = [article(number, markdown="") for number in range(10)]

    assert not lost(bare, bare).lost
    assert not lost(bare, [replace(one, slug=f"new-{one.slug}") for one in bare]).lost


def test_a_new_page_without_text_stands_for_none_that_had_some() -> None:
    renamed = [article(number, slug=f"new-{number}", markdown="") for number in range(10)]

    assert len(lost(many(10), renamed).lost) == 10


def test_one_new_article_stands_for_one_that_went_and_no_more() -> None:
    same = [article(number, title="Contact", markdown="Write to us.\n") for number in range(10)]

    found = lost(same, [replace(same[0], slug="new")])

    assert len(found.lost) == 9


def test_a_translation_does_not_stand_for_the_original() -> None:
    assert lost(many(10), [replace(one, lang="tr") for one in many(10)]).languages == ("en",)


def test_twenty_are_named() -> None:
    assert len(lost(many(60), many(1)).named) == 20
