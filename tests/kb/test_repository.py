"""The store, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from kb.documents import article_of, document_of
from kb.models import Article, ArticleRef, Category, Section, Status
from kb.repository import ArticleRepository
from kb.revisions import Origin
from tests.kb.conftest import NOW, TODAY

REFUND = Article(
    lang="en",
    slug="refund",
    key="refund",
    category="returns",
    title="Refund status",
    sections=(Section("", "", 0, "Wait five days."), Section("bank", "Your bank", 2, "Up to 5 more.")),
    html="<p>Wait five days.</p>",
    markdown="Wait five days.\n",
    summary="Five days.",
    tags=("refund",),
    questions=("Where is my money?",),
    aliases=("/old/refund",),
    publish_date=date(2026, 3, 1),
    updated=date(2026, 10, 2),
    source="en/returns/refund.md",
)
IADE = replace(REFUND, lang="tr", slug="iade", title="İade durumu", aliases=("/old/refund", "/eski"), source="tr/x.md")
CATEGORY = Category("en", "returns", "Returns", "Send it back.", 2, "return")


def fill(store: ArticleRepository, *articles: Article) -> None:
    store.replace_all(articles, [CATEGORY], NOW, origin=Origin(removals_allowed=True))


def test_an_article_comes_back_as_it_went_in(store: ArticleRepository) -> None:
    fill(store, REFUND, IADE)
    assert store.get(REFUND.ref) == REFUND
    assert store.get(ArticleRef("en", "none")) is None


def test_every_kind_of_value_survives_the_document() -> None:
    article = replace(
        REFUND, status=Status.DRAFT, review_by=date(2027, 1, 1), boost=2.5, exclude=True, title="退款 \u2028 x"
    )
    assert article_of(document_of(article)) == article


def test_a_field_of_a_later_version_is_passed_over() -> None:
    document = document_of(REFUND).replace('"title"', '"mood": "calm", "title"')
    assert article_of(document) == REFUND


def test_replacing_says_what_was_added_changed_removed_and_left_alone(store: ArticleRepository) -> None:
    other = replace(REFUND, slug="other", key="other", aliases=())
    fill(store, REFUND, other)
    third = replace(REFUND, slug="third", key="third", aliases=())
    changes = store.replace_all([replace(REFUND, title="New"), third], [CATEGORY], NOW)
    assert changes.added == (third.ref,)
    assert changes.changed == (REFUND.ref,)
    assert changes.removed == (other.ref,)
    assert changes.unchanged == ()
    again = store.replace_all([replace(REFUND, title="New"), third], [CATEGORY], NOW)
    assert again.unchanged == (REFUND.ref, third.ref)


def test_what_another_process_published_is_read_although_this_one_published_before(store: ArticleRepository) -> None:
    other = ArticleRepository(store.engine)
    draft = replace(REFUND, slug="draft", key="draft", aliases=(), source="en/returns/draft.md", status=Status.DRAFT)
    fill(store, REFUND, draft)
    assert dict(store.sources()) == dict(other.sources()) == {REFUND.ref: REFUND.source, draft.ref: draft.source}
    assert dict(store.contents(TODAY)) == dict(other.contents(TODAY))
    assert [*store.contents(TODAY)] == [REFUND.ref]
    moved = replace(REFUND, title="New", source="en/returns/renamed.md")
    fill(other, moved)
    assert dict(store.sources()) == {REFUND.ref: moved.source}
    assert dict(store.contents(TODAY)) == dict(other.contents(TODAY))
    # Back to what this process published last: the others' articles are compared with, and nothing is taken for there.
    again = store.replace_all([REFUND, draft], [CATEGORY], NOW, origin=Origin(removals_allowed=True))
    assert (again.added, again.changed, again.unchanged) == ((draft.ref,), (REFUND.ref,), ())
    assert store.get(REFUND.ref) == REFUND


def test_what_was_refused_or_tried_is_not_taken_for_published(store: ArticleRepository) -> None:
    many = [replace(REFUND, slug=f"a{n}", key=f"a{n}", aliases=(), source=f"en/returns/a{n}.md") for n in range(30)]
    fill(store, *many)
    assert store.replace_all(many[:2], [CATEGORY], NOW).refused
    assert store.replace_all(many[:3], [CATEGORY], NOW, dry_run=True).removed
    assert len(store.sources()) == len(store.contents(TODAY)) == 30


def test_what_a_day_shows_is_asked_of_that_day(store: ArticleRepository) -> None:
    fill(store, replace(REFUND, publish_date=TODAY, expiry_date=TODAY + timedelta(days=2)))
    days = [TODAY + timedelta(days=n) for n in range(-1, 4)]
    assert [len(store.contents(day)) for day in days] == [0, 1, 1, 0, 0]
    assert [len(ArticleRepository(store.engine).contents(day)) for day in days] == [0, 1, 1, 0, 0]


def test_a_dry_run_writes_nothing(store: ArticleRepository) -> None:
    changes = store.replace_all([REFUND], [CATEGORY], NOW, dry_run=True)
    assert changes.added == (REFUND.ref,)
    assert store.count() == 0


def test_the_revision_changes_with_the_set_and_only_then(store: ArticleRepository) -> None:
    assert store.revision() == ""
    fill(store, REFUND)
    before = store.revision()
    fill(store, REFUND)
    assert store.revision() == before
    fill(store, replace(REFUND, title="New"))
    assert store.revision() != before


def test_two_articles_with_one_address_are_refused(store: ArticleRepository) -> None:
    with pytest.raises(ValueError, match="two articles"):
        fill(store, REFUND, REFUND)
    assert store.count() == 0


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({}, True),
        ({"status": Status.DRAFT}, False),
        ({"publish_date": TODAY}, True),
        ({"publish_date": TODAY + timedelta(days=1)}, False),
        ({"expiry_date": TODAY}, False),
        ({"expiry_date": TODAY + timedelta(days=1)}, True),
    ],
)
def test_what_may_be_shown_today_is_one_rule_everywhere(
    store: ArticleRepository, change: dict[str, object], shown: bool
) -> None:
    article = replace(REFUND, **change)  # type: ignore[arg-type]
    fill(store, article)
    assert article.visible_on(TODAY) is shown
    assert bool(store.visible([article.ref], TODAY)) is shown
    assert bool(store.list("en", TODAY)) is shown
    assert bool(store.published(TODAY)) is shown
    assert bool(store.changes("en", 5, TODAY)) is shown
    assert bool(store.by_key("refund", TODAY)) is shown
    assert (store.best(("en",), "refund", TODAY) is not None) is shown


def test_an_audience_sees_what_is_for_it_and_for_everyone(store: ArticleRepository) -> None:
    business = replace(REFUND, slug="bulk", key="bulk", audience="business", aliases=())
    fill(store, REFUND, business)
    refs = {REFUND.ref, business.ref}
    assert store.visible(refs, TODAY) == refs
    assert store.visible(refs, TODAY, "business") == refs
    assert store.visible(refs, TODAY, "everyone") == {REFUND.ref}


def test_visible_takes_more_refs_than_a_statement_has_room_for(store: ArticleRepository) -> None:
    fill(store, REFUND)
    many = [ArticleRef("en", f"none-{i}") for i in range(1500)]
    assert store.visible([*many, REFUND.ref], TODAY) == {REFUND.ref}
    assert store.visible([], TODAY) == set()


def test_the_best_article_is_in_the_first_language_that_has_it(store: ArticleRepository) -> None:
    fill(store, REFUND, IADE)
    assert store.best(("tr", "en"), "iade", TODAY) == IADE
    # The English slug, asked for by a Turkish reader, leads to the Turkish translation.
    assert store.best(("tr", "en"), "refund", TODAY) == IADE
    assert store.best(("zh-Hant", "en"), "refund", TODAY) == REFUND
    assert store.best(("zh-Hant",), "refund", TODAY) is None


def test_translations_of_an_article_are_found_by_its_key(store: ArticleRepository) -> None:
    fill(store, REFUND, IADE)
    assert [a.lang for a in store.by_key("refund", TODAY)] == ["en", "tr"]


def test_an_old_address_leads_to_the_original_when_translations_claim_it_too(store: ArticleRepository) -> None:
    fill(store, IADE, REFUND)
    assert store.by_alias("/old/refund/") == REFUND.ref
    assert store.by_alias("/eski") == IADE.ref
    assert store.by_alias("/none") is None
    fill(store, REFUND)
    assert store.by_alias("/eski") is None


def test_lists_are_in_the_order_authors_gave(store: ArticleRepository) -> None:
    last = replace(REFUND, slug="a", key="a", title="A", position=2000, aliases=())
    first = replace(REFUND, slug="z", key="z", title="Z", position=1, category="account", aliases=())
    fill(store, REFUND, last, first)
    assert [s.slug for s in store.list("en", TODAY)] == ["z", "refund", "a"]
    assert [s.slug for s in store.list("en", TODAY, "account")] == ["z"]


def test_changes_are_newest_first_and_an_article_without_a_date_has_the_day_it_changed(
    store: ArticleRepository,
) -> None:
    undated = replace(REFUND, slug="undated", key="undated", updated=None, aliases=())
    fill(store, REFUND, undated)
    newest, older = store.changes("en", 5)
    assert (newest.slug, newest.updated) == ("undated", NOW.date())
    assert (older.slug, older.updated) == ("refund", date(2026, 10, 2))
    assert len(store.changes("en", 1)) == 1


def test_languages_and_categories_of_the_set(store: ArticleRepository) -> None:
    fill(store, REFUND, replace(IADE, status=Status.DRAFT))
    assert store.languages() == ("en",)
    assert store.categories("en") == (CATEGORY,)
    assert store.categories("tr") == ()


def test_a_slug_in_any_script_is_an_address(store: ArticleRepository) -> None:
    chinese = replace(REFUND, lang="zh-Hant", slug="退款'進度", key="x", aliases=())
    fill(store, chinese)
    assert store.visible([chinese.ref], TODAY) == {chinese.ref}


def plain(lang: str, slug: str) -> Article:
    return Article(lang=lang, slug=slug, key=slug, category="returns", title=slug, sections=())


def test_summaries_and_articles_in_turn_are_all_that_readers_see(
    store: ArticleRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.repository._CHUNK", 2)
    shown = [plain(lang, slug) for lang in ("en", "tr") for slug in ("a", "b", "c")]
    fill(store, *shown, replace(plain("en", "draft"), status=Status.DRAFT))
    wanted = {one.ref for one in shown}
    assert {one.ref for one in store.summaries(TODAY)} == {one.ref for one in store.in_turn(TODAY)} == wanted


def test_a_list_is_read_once_a_publish_and_a_day(store: ArticleRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store, plain("en", "a"), replace(plain("en", "later"), publish_date=TODAY + timedelta(days=1)))
    assert [one.slug for one in store.list("en", TODAY)] == ["a"]
    assert len(store.list("en", TODAY + timedelta(days=1))) == 2
    fill(store, plain("en", "a"), plain("en", "b"))
    assert [one.slug for one in store.list("en", TODAY)] == ["a", "b"]
    monkeypatch.setattr("kb.repository._summary", lambda _: pytest.fail("read again"))
    assert len(store.list("en", TODAY)) == 2
