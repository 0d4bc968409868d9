import os
from datetime import date
from pathlib import Path
from random import Random

import pytest
from PIL import Image

from kb.errors import FolderNotFound
from kb.models import Article, ArticleRef, Status
from kb.source.folder_reader import FolderReading, ReadingCache, read_folder
from tests.kb.conftest import WriteFile


def only(reading: FolderReading) -> Article:
    (article,) = reading.articles
    return article


def test_a_missing_folder_says_which_setting_names_it(tmp_path: Path) -> None:
    with pytest.raises(FolderNotFound, match="SIGNPOST_KB_DIR"):
        read_folder(tmp_path / "none")


def test_language_category_and_slug_come_from_the_path(folder: Path, write: WriteFile) -> None:
    write("zh-TW/returns/return-an-item.md", "# 退貨\n\n步驟。\n")
    found = only(read_folder(folder))
    assert (found.lang, found.category, found.slug, found.title) == ("zh-Hant", "returns", "return-an-item", "退貨")
    assert found.key == "return-an-item"
    assert found.status is Status.PUBLISHED
    assert found.source == "zh-TW/returns/return-an-item.md"


def test_a_folder_without_languages_is_in_the_default_one(folder: Path, write: WriteFile) -> None:
    write("apps/desktop-app.md", "# Desktop app\n\nText.\n")
    write("faq/first.md", "# First\n\nText.\n")
    found = read_folder(folder, "tr").articles
    assert [(a.lang, a.category, a.slug) for a in found] == [
        ("tr", "apps", "desktop-app"),
        ("tr", "faq", "first"),
    ]


def test_a_file_below_the_language_has_the_general_category(folder: Path, write: WriteFile) -> None:
    write("tr/hesap.md", "# Hesap\n\nMetin.\n")
    reading = read_folder(folder)
    assert only(reading).category == "general"
    assert [c.title for c in reading.categories] == ["Genel"]


def test_a_language_in_the_file_name_is_understood(folder: Path, write: WriteFile) -> None:
    write("returns/refund.tr.md", "# İade\n\nMetin.\n")
    found = only(read_folder(folder))
    assert (found.lang, found.slug) == ("tr", "refund")


def test_a_category_written_as_words_gets_an_address_and_keeps_its_words(folder: Path, write: WriteFile) -> None:
    write("en/x/a.md", "---\ncategory: Bots & integrations\n---\n# A\n\nText.\n")
    reading = read_folder(folder)
    assert only(reading).category == "bots-integrations"
    assert [(c.slug, c.title) for c in reading.categories] == [("bots-integrations", "Bots & integrations")]


def test_categories_are_described_by_a_file(folder: Path, write: WriteFile) -> None:
    write("en/returns/_category_.yml", "title: Returns\ndescription: Send it back.\nposition: 2\nicon: box\n")
    write("en/account/_category_.json", '{"label": "Account", "position": 1, "link": {"description": "You."}}')
    write("en/returns/a.md", "# A\n\nText.\n")
    write("en/account/b.md", "# B\n\nText.\n")
    account, returns = read_folder(folder).categories
    assert (account.title, account.description, account.position) == ("Account", "You.", 1)
    assert (returns.title, returns.icon, returns.position) == ("Returns", "box", 2)


def test_a_broken_category_file_is_an_error_with_its_line(folder: Path, write: WriteFile) -> None:
    write("en/returns/_category_.yml", "title: Returns\nposition: [\n")
    write("en/returns/a.md", "# A\n\nText.\n")
    (found,) = read_folder(folder).problems
    assert (found.path, found.code) == ("en/returns/_category_.yml", "category-yaml")


def test_a_broken_file_is_told_and_the_others_are_read(folder: Path, write: WriteFile) -> None:
    write("en/a/bad.md", "---\ntitle: [\n---\nText.\n")
    write("en/a/good.md", "# Good\n\n[Bad](bad.md)\n")
    reading = read_folder(folder)
    assert [a.slug for a in reading.articles] == ["good"]
    assert reading.broken == {"en/a/bad.md"}
    # A link to an article that is broken today is not a broken link.
    assert 'href="/en/a/bad"' in reading.articles[0].html


def test_a_file_that_is_not_utf_8_is_told_with_its_line(folder: Path, write: WriteFile) -> None:
    write("en/a/latin.md", "x").write_bytes("# A\n\nİade bölümü\n".encode("iso-8859-9"))
    (found,) = read_folder(folder).problems
    assert (found.code, found.line) == ("not-utf-8", 3)


def test_files_that_are_no_articles_are_left_alone(folder: Path, write: WriteFile) -> None:
    for path in ("README.md", "en/a/_draft.md", "_partials/x.md", ".git/x.md", "en/a/notes.txt", "NOTICE"):
        write(path, "# X\n")
    assert read_folder(folder).articles == ()


def test_translations_share_the_key_of_the_original(folder: Path, write: WriteFile) -> None:
    write("en/a/refund.md", "# Refund\n\nText.\n")
    write("tr/a/iade.md", "---\ntranslation_of: refund\n---\n# İade\n\nMetin.\n")
    write("zh-Hant/a/tuikuan.md", "---\ntranslation_of: iade\n---\n# 退款\n\n文字。\n")
    assert {a.key for a in read_folder(folder).articles} == {"refund"}


def test_translations_may_share_a_key_that_is_nobodys_slug(folder: Path, write: WriteFile) -> None:
    write("en/a/refund.md", "---\ntranslationKey: k-17\n---\n# Refund\n\nText.\n")
    write("tr/a/iade.md", "---\ntranslationKey: k-17\n---\n# İade\n\nMetin.\n")
    assert {a.key for a in read_folder(folder).articles} == {"k-17"}


def test_translations_that_name_each_other_do_not_hang(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "---\ntranslation_of: two\n---\n# 1\n\nText.\n")
    write("tr/a/two.md", "---\ntranslation_of: one\n---\n# 2\n\nText.\n")
    assert len(read_folder(folder).articles) == 2


def test_two_files_with_one_address_are_an_error_and_both_are_kept(folder: Path, write: WriteFile) -> None:
    write("en/australia/addresses.md", "# A\n\nText.\n")
    write("en/new-zealand/addresses.md", "---\ntitle: B\nslug: addresses\n---\nText.\n")
    reading = read_folder(folder)
    assert [a.slug for a in reading.articles] == ["addresses", "addresses-new-zealand"]
    (found,) = reading.problems
    assert (found.path, found.line, found.code) == ("en/new-zealand/addresses.md", 3, "duplicate-slug")
    assert "en/australia/addresses.md" in found.message


def test_of_two_files_with_one_address_the_published_one_keeps_it(folder: Path, write: WriteFile) -> None:
    write("en/australia/addresses.md", "# A\n\nText.\n")
    write("en/new-zealand/addresses.md", "# B\n\nText.\n")
    published = {ArticleRef("en", "addresses"): "en/new-zealand/addresses.md"}
    slugs = {a.source: a.slug for a in read_folder(folder, published=lambda: published).articles}
    assert slugs["en/new-zealand/addresses.md"] == "addresses"
    assert slugs["en/australia/addresses.md"] == "addresses-australia"


def test_the_same_slug_in_two_languages_is_no_problem(folder: Path, write: WriteFile) -> None:
    write("en/a/refund.md", "# A\n\nText.\n")
    write("tr/a/refund.md", "# B\n\nText.\n")
    assert read_folder(folder).problems == ()


def test_old_addresses_are_paths(folder: Path, write: WriteFile) -> None:
    header = "url: /help/refunds/\naliases: [old-refund, 'https://old.example/kb/12?x=1', /en/a/refunds]"
    write("en/a/refund.md", f"---\n{header}\n---\n# A\n\nText.\n")
    found = only(read_folder(folder))
    assert found.slug == "refunds"
    assert found.aliases == ("/en/a/old-refund", "/kb/12", "/help/refunds")


def test_without_a_summary_the_text_begins_it(folder: Path, write: WriteFile) -> None:
    write("en/a/x.md", "# A\n\n" + "Words that go on and on. " * 20)
    summary = only(read_folder(folder)).summary
    assert summary.startswith("Words that go on") and summary.endswith("…")
    assert len(summary) <= 160


def test_without_any_title_the_file_name_is_it_and_lint_is_told(folder: Path, write: WriteFile) -> None:
    write("en/a/reset-your-phone.md", "Text.\n")
    reading = read_folder(folder)
    assert only(reading).title == "Reset your phone"
    assert [f.code for f in reading.problems] == ["no-title"]


def test_dates_and_lists_arrive_typed(folder: Path, write: WriteFile) -> None:
    write("en/a/x.md", "---\ntitle: X\nupdated: 2026-10-02\nquestions: [Why?]\nweight: 3\n---\nText.\n")
    found = only(read_folder(folder))
    assert (found.updated, found.questions, found.position) == (date(2026, 10, 2), ("Why?",), 3)


def test_a_second_reading_with_a_cache_equals_the_first_without(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "# One\n\n[Two](two.md) ![x](x.png)\n")
    write("en/a/two.md", "# Two\n\nText.\n")
    cache = ReadingCache()
    read_folder(folder, cache=cache)
    write("en/a/two.md", "---\nslug: second\n---\n# Two\n\nMore.\n")
    write("en/a/x.png", "not really a picture")
    again = read_folder(folder, cache=cache)
    assert again.articles == read_folder(folder).articles
    assert 'href="/en/a/second"' in again.articles[0].html
    assert "/kb-files/en/a/x.png" in again.articles[0].html


def test_a_new_file_makes_only_those_pages_anew_that_asked_for_it(folder: Path, write: WriteFile) -> None:
    write("en/help/plain.md", "# Plain\n\nNothing is linked here.\n")
    write("en/help/linking.md", "# Linking\n\nSee [the new one](new.md).\n")
    cache = ReadingCache()
    read_folder(folder, cache=cache)
    before = {path: page for path, (_, _, page) in cache.pages.items()}

    write("en/help/new.md", "# New\n\nText.\n")
    reading = read_folder(folder, cache=cache)

    after = {path: page for path, (_, _, page) in cache.pages.items()}
    assert after["en/help/plain.md"] is before["en/help/plain.md"]
    assert after["en/help/linking.md"] is not before["en/help/linking.md"]
    assert "/en/a/new" in next(a.html for a in reading.articles if a.slug == "linking")


@pytest.fixture
def read_long_ago(folder: Path, write: WriteFile) -> tuple[Path, ReadingCache]:
    """A file that was written and read a while ago."""
    path = write("en/orders/track.md", "# Track\n\nOne.\n")
    cache = ReadingCache()
    read_folder(folder, cache=cache)
    stamp = path.stat()
    cache.files["en/orders/track.md"] = (stamp.st_mtime_ns, stamp.st_ctime_ns, stamp.st_size, stamp.st_ino)
    return path, cache


def test_a_file_is_read_again_when_it_was_written_with_the_same_size_and_time(
    folder: Path, read_long_ago: tuple[Path, ReadingCache]
) -> None:
    path, cache = read_long_ago
    before = path.stat()
    # The kernel's clock ticks every few milliseconds.
    while path.stat().st_ctime_ns == before.st_ctime_ns:
        path.write_text("# Track\n\nTwo.\n", encoding="utf-8")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert only(read_folder(folder, cache=cache)).sections[0].text == "Two."


def test_a_file_that_was_not_written_is_not_read_again(
    folder: Path, read_long_ago: tuple[Path, ReadingCache], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, cache = read_long_ago

    def refuse(path: Path) -> bytes:
        raise AssertionError(f"{path} was read")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert only(read_folder(folder, cache=cache)).sections[0].text == "One."


def test_links_inside_the_folder_are_named_for_what_they_are(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "# One\n\nText.\n")
    for link, target in {
        "en/a/dangling.md": "nowhere.md",
        "en/a/picture.png": "nowhere.png",
        "en/b": "../gone/a",
        "en/itself": "itself",
        "loop": ".",
        "en/a/up": "..",
        "en/c": "a",
    }.items():
        (folder / link).symlink_to(target)

    found = {(f.path, f.code, f.severity.value) for f in read_folder(folder).problems if "link" in f.code}

    assert found == {
        ("en/a/dangling.md", "dangling-link", "error"), ("en/a/picture.png", "dangling-link", "warning"),
        ("en/b", "dangling-link", "warning"), ("en/itself", "dangling-link", "warning"),
        ("loop", "linked-folder", "warning"), ("en/a/up", "linked-folder", "warning"),
        ("en/c", "linked-folder", "warning"),
    }  # fmt: skip


def test_a_readme_beside_the_index_is_not_read_for_that_reason(folder: Path, write: WriteFile) -> None:
    write("en/guide/index.md", "# Guide\n\nText.\n")
    write("en/guide/README.md", "# Read me\n\nText.\n")

    (found,) = (f for f in read_folder(folder).problems if f.code == "not-read")
    assert "en/guide/README.md: the page of its folder is the index beside it" in found.message


def test_a_link_is_looked_up_again_after_its_page_was_passed_over(folder: Path, write: WriteFile) -> None:
    linked, cache = "# One\n\n[Two](two.md)\n", ReadingCache()
    write("en/a/two.md", "# Two\n\nText.\n")
    write("en/a/one.md", linked)
    page = {a.slug: a.html for a in read_folder(folder, cache=cache).articles}
    assert 'href="/en/a/two"' in page["one"]
    # While the page cannot be read, what it links to goes; then it is again what it was.
    write("en/a/one.md", "---\nstatus: [\n---\n" + linked)
    (folder / "en/a/two.md").unlink()
    assert read_folder(folder, cache=cache).broken == {"en/a/one.md"}
    write("en/a/one.md", linked)
    again = read_folder(folder, cache=cache)
    assert [(a.slug, a.html) for a in again.articles] == [(a.slug, a.html) for a in read_folder(folder).articles]
    assert 'href="/en/a/two"' not in again.articles[0].html


def test_a_link_follows_its_page_while_thousands_are_not_looked_at(folder: Path, write: WriteFile) -> None:
    cache = ReadingCache()
    write("en/a/one.md", "# One\n\n[Two](two.md) ![p](p.png)\n")
    write("en/a/two.md", "# Two\n\nText.\n")
    for change in (
        lambda: write("en/a/two.md", "---\nslug: zwei\n---\n# Two\n\nText.\n"),
        lambda: write("en/a/p.png", "no picture"),
        (folder / "en/a/two.md").unlink,
    ):
        read_folder(folder, cache=cache)
        change()
        again, fresh = read_folder(folder, cache=cache), read_folder(folder)
        assert [a.html for a in again.articles] == [a.html for a in fresh.articles]
        assert again.problems == fresh.problems


def _edits(choose: Random, folder: Path) -> None:
    """One change somebody may make to a folder: a text, a header, a name, a place, a picture, what texts take in."""
    files = sorted(path for path in folder.rglob("*.md") if not path.name.startswith("_"))
    some = choose.choice(files)
    new = folder / choose.choice(("en", "tr")) / choose.choice(("a", "b", "b/c")) / f"{choose.choice('nopq')}.md"
    word = f"w{choose.randrange(1000)}"
    match choose.randrange(12):
        case 0 | 1 | 2:
            some.write_text(f"{some.read_text()}\nAnd {word}.\n")
        case 3:
            some.write_text(f"---\ntitle: A {word}\nslug: {choose.choice(('s', 't', word))}\n---\n\nText.\n")
        case 4:
            some.write_text(f"# {word}\n\n[x]({choose.choice('nopq')}.md) ![p](p.png) {{{{ name }}}} [[n]]\n")
        case 5:
            some.write_text(f"---\naliases: [/old-{word}]\ncategory: {choose.choice(('a', 'z'))}\n---\n# {word}\n")
        case 6:
            some.write_text(f"---\ntranslation_of: {choose.choice('nopq')}\n---\n# {word}\n\n[y](/old-{word})\n")
        case 7:
            some.write_text(f"---\nstatus: [\n---\n# {word}\n")
        case 8:
            new.parent.mkdir(parents=True, exist_ok=True)
            some.rename(new)
        case 9 if len(files) > 3:
            some.unlink()
        case 10:
            (folder / choose.choice(("_variables.yml", "tr/_variables.yml"))).write_text(f"name: {word}\n")
        case 11:
            Image.new("L", (choose.randrange(1, 9), 5)).save(some.parent / "p.png")
        case _:
            some.write_text(f'# Page\n\n--8<-- "{choose.choice("nopq")}.md"\n')


@pytest.mark.parametrize("seed", range(12))
def test_whatever_changes_a_kept_reading_equals_one_anew(folder: Path, write: WriteFile, seed: int) -> None:
    """Of twenty changes in a row, with the addresses that the reading before would have published."""
    for lang in ("en", "tr"):
        for name in "nopq":
            write(f"{lang}/a/{name}.md", f"# {name}\n\nSee [the other](../b/{name}.md) and {{{{ name }}}}.\n")
        write(f"{lang}/b/n.md", "# Another\n\n![p](p.png)\n")
    choose, cache = Random(seed), ReadingCache(compact=True)
    published: dict[ArticleRef, str] = {}
    for _ in range(20):
        read_folder(folder, cache=cache, published=published.copy)
        _edits(choose, folder)
        kept = read_folder(folder, cache=cache, published=published.copy)
        anew = read_folder(folder, published=published.copy)
        assert kept.articles == anew.articles
        assert (kept.categories, kept.problems, kept.broken) == (anew.categories, anew.problems, anew.broken)
        published = {a.ref: a.source for a in anew.articles}


def test_an_article_follows_what_its_original_becomes(folder: Path, write: WriteFile) -> None:
    cache = ReadingCache()
    write("en/a/one.md", "# One\n")
    write("tr/a/iki.md", "---\ntranslation_of: one\n---\n# İki\n")
    write("zh-Hant/a/san.md", "---\ntranslation_of: iki\n---\n# 三\n")
    write("en/a/other.md", "# Other\n")
    for original in ("one", "other", "one"):
        write("tr/a/iki.md", f"---\ntranslation_of: {original}\n---\n# İki\n")
        found = {a.slug: a.key for a in read_folder(folder, cache=cache).articles}
        assert (found["iki"], found["san"]) == (original, original)


def test_a_title_follows_the_file_it_names(folder: Path, write: WriteFile) -> None:
    cache = ReadingCache()
    write("en/a/one.md", "---\ntitle: About [[guide]]\n---\nText.\n")
    for change in (lambda: write("en/a/guide.md", "# The guide\n"), lambda: write("en/a/x.md", "# X\n")):
        read_folder(folder, cache=cache)
        change()
        kept, anew = read_folder(folder, cache=cache), read_folder(folder)
        assert kept.articles == anew.articles
        assert kept.problems == anew.problems
