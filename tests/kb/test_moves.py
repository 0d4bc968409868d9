"""Addresses stay: whoever is added, renamed or moved, in the folder and in the database."""

from datetime import timedelta
from pathlib import Path

import pytest

from kb.models import ArticleRef
from kb.publish import publish
from kb.repository import ArticleRepository
from kb.revisions import Origin
from kb.source.folder_reader import read_folder
from tests.kb.conftest import NOW, TODAY, WriteFile

TEXT = (
    "Open the settings and choose the account. Then type the new address twice, and confirm it with the code that we"
    " send to the old one. It takes effect at once, and the old address no longer works for signing in.\n"
)
OTHER = "A parcel is late after five working days. Look at the tracking page first, then ask us to look for it.\n"


def slugs(store: ArticleRepository) -> dict[str, str]:
    return {source: ref.slug for ref, source in store.sources().items()}


def moved(store: ArticleRepository, lang: str, slug: str) -> str | None:
    ref = store.moved(ArticleRef(lang, slug), TODAY)
    return ref.slug if ref else None


def test_an_address_does_not_change_because_another_file_is_added_or_removed(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    write("en/m/setup/install.md", "# M\n\nText.\n")
    publish(folder, sqlite_store, NOW)
    write("en/a/install.md", "# A\n\nText.\n")
    write("en/z/install.md", "# Z\n\nText.\n")
    publish(folder, sqlite_store, NOW)
    given = slugs(sqlite_store)
    assert given == {
        "en/m/setup/install.md": "install", "en/a/install.md": "install-a", "en/z/install.md": "install-z",
    }  # fmt: skip
    (folder / "en/m/setup/install.md").unlink()
    publish(folder, sqlite_store, NOW)
    assert slugs(sqlite_store) == {path: slug for path, slug in given.items() if "/m/" not in path}


def test_nothing_published_gives_the_same_addresses_every_time(folder: Path, write: WriteFile) -> None:
    for path in ("b/x/faq.md", "a/faq.md", "c/x/faq.md", "c/faq.md", "a/x/faq.md"):
        write(f"en/{path}", "# F\n\nText.\n")
        write(f"tr/{path}", "# F\n\nMetin.\n")
    first = {a.source: a.slug for a in read_folder(folder).articles}
    assert first == {a.source: a.slug for a in read_folder(folder).articles}
    assert len({slug for path, slug in first.items() if path.startswith("en/")}) == 5
    assert {path[3:]: slug for path, slug in first.items() if path.startswith("en/")} == {
        path[3:]: slug for path, slug in first.items() if path.startswith("tr/")
    }


def test_files_of_one_name_in_one_folder_of_each_language_are_translations_whatever_else_has_the_slug(
    folder: Path, write: WriteFile
) -> None:
    write("en/a/install.md", "# A\n\nText.\n")
    write("en/b/install.md", "# B\n\nText.\n")
    write("tr/b/install.md", "# B\n\nMetin.\n")
    published = {ArticleRef("tr", "install"): "tr/b/install.md"}  # from before there were two in English
    for known in ({}, published):
        articles = {a.source: a for a in read_folder(folder, published=lambda known=known: known).articles}
        assert articles["tr/b/install.md"].key == articles["en/b/install.md"].key
        assert articles["en/a/install.md"].key != articles["en/b/install.md"].key


def test_an_article_published_with_its_number_keeps_that_address(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    write("en/a/01-intro.md", "# Intro\n\nText.\n")
    before = {ArticleRef("en", "01-intro"): "en/a/01-intro.md"}
    assert [a.slug for a in read_folder(folder, published=lambda: before).articles] == ["01-intro"]


@pytest.mark.parametrize(
    ("new_path", "new_text"),
    [
        ("en/account/change-address.md", f"# Change your address\n\n{TEXT}"),  # renamed
        ("en/other/change-address.md", f"# A new name\n\n{TEXT}"),  # moved, with another title
        ("en/account/change-address.md", f"# Change your address\n\n{TEXT.replace('twice', 'once')}\nOne line more.\n"),
        ("en/account/change-mail.md", f"---\nslug: change-address\n---\n# X\n\n{OTHER}"),  # the same file
    ],
)
def test_a_renamed_or_moved_article_keeps_its_old_address_as_a_redirect(
    folder: Path, write: WriteFile, store: ArticleRepository, new_path: str, new_text: str
) -> None:
    old = write("en/account/change-mail.md", f"# Change your address\n\n{TEXT}")
    write("en/orders/late.md", f"# Late\n\n{OTHER}")
    publish(folder, store, NOW)
    old.unlink()
    write(new_path, new_text)
    publish(folder, store, NOW)
    assert moved(store, "en", "change-mail") == "change-address"
    found = store.best(("en",), "change-mail", TODAY)
    assert found is not None and found.slug == "change-address"


def test_a_file_that_comes_back_under_another_name_with_a_later_save_is_recognised(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    old = write("en/a/old.md", f"# Old\n\n{TEXT}")
    write("en/a/other.md", f"# Other\n\n{OTHER}")
    publish(folder, sqlite_store, NOW)
    old.unlink()
    publish(folder, sqlite_store, NOW)
    assert moved(sqlite_store, "en", "old") is None
    write("en/a/new.md", f"# New\n\n{TEXT}")
    publish(folder, sqlite_store, NOW + timedelta(hours=1))
    assert moved(sqlite_store, "en", "old") == "new"
    (folder / "en/a/new.md").rename(folder / "en/a/newest.md")
    publish(folder, sqlite_store, NOW + timedelta(hours=2))
    assert (moved(sqlite_store, "en", "old"), moved(sqlite_store, "en", "new")) == ("newest", "newest")


def test_translations_stay_together_when_one_of_them_is_renamed(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    old = write("en/a/refund.md", f"# Refund\n\n{TEXT}")
    write("tr/a/refund.md", "# İade\n\nParanız beş iş günü içinde gelir.\n")
    publish(folder, sqlite_store, NOW)
    old.rename(folder / "en/a/refund-status.md")
    publish(folder, sqlite_store, NOW)
    keys = {a.lang: a.key for a in sqlite_store.all()}
    assert keys["en"] == keys["tr"]
    assert moved(sqlite_store, "en", "refund") == "refund-status"
    assert moved(sqlite_store, "tr", "refund") is None
    found = sqlite_store.best(("en", "tr"), "refund", TODAY)
    assert found is not None and found.ref == ArticleRef("en", "refund-status")


def test_a_translation_written_anew_follows_the_move_of_the_others(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    for lang, text in (("en", TEXT), ("tr", "Ayarları açın ve hesabı seçin.\n")):
        write(f"{lang}/a/refund.md", f"# R\n\n{text}")
    publish(folder, sqlite_store, NOW)
    for lang in ("en", "tr"):
        (folder / f"{lang}/a/refund.md").unlink()
    write("en/a/refund-status.md", f"# R\n\n{TEXT}")
    write("tr/a/refund-status.md", "# Yeni başlık\n\nBaştan sona başka bir metin yazıldı.\n")
    publish(folder, sqlite_store, NOW)
    assert (moved(sqlite_store, "en", "refund"), moved(sqlite_store, "tr", "refund")) == ("refund-status",) * 2


def test_what_has_nothing_in_common_is_no_move(folder: Path, write: WriteFile, sqlite_store: ArticleRepository) -> None:
    old = write("en/a/old.md", f"# Old\n\n{TEXT}")
    publish(folder, sqlite_store, NOW)
    old.unlink()
    write("en/a/new.md", f"# New\n\n{OTHER}")
    publish(folder, sqlite_store, NOW)
    assert moved(sqlite_store, "en", "old") is None


def test_an_address_that_is_an_articles_again_no_longer_redirects(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    write("en/a/old.md", f"# Old\n\n{TEXT}")
    publish(folder, sqlite_store, NOW)
    (folder / "en/a/old.md").rename(folder / "en/a/new.md")
    publish(folder, sqlite_store, NOW)
    write("en/a/old.md", f"# Another\n\n{OTHER}")
    publish(folder, sqlite_store, NOW)
    found = sqlite_store.best(("en",), "old", TODAY)
    assert found is not None and found.title == "Another"


def test_a_dry_run_remembers_nothing(folder: Path, write: WriteFile, sqlite_store: ArticleRepository) -> None:
    write("en/a/old.md", f"# Old\n\n{TEXT}")
    publish(folder, sqlite_store, NOW)
    (folder / "en/a/old.md").rename(folder / "en/a/new.md")
    publish(folder, sqlite_store, NOW, dry_run=True)
    assert moved(sqlite_store, "en", "old") is None


def test_a_category_is_known_by_where_its_articles_went(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    for name in ("deep/a", "deep/b", "deep/one/two/c", "stays/d"):
        write(f"en/{name}.md", f"# {name}\n\n{TEXT} {name}\n")
    publish(folder, sqlite_store, NOW)
    (folder / "en/deep").rename(folder / "en/depth")
    publish(folder, sqlite_store, NOW)
    now = sqlite_store.moved_category
    assert (now("en", "deep"), now("en", "deep/one"), now("en", "deep/one/two")) == (
        "depth",
        "depth/one",
        "depth/one/two",
    )
    assert (now("en", "stays"), now("en", "depth"), now("tr", "deep"), now("en", "never")) == ("", "", "", "")

    (folder / "en/depth/one").rename(folder / "en/stays/one")
    publish(folder, sqlite_store, NOW)
    (folder / "en/depth/b.md").rename(folder / "en/depth/renamed.md")
    (folder / "en/depth").rename(folder / "en/bottom")
    publish(folder, sqlite_store, NOW)
    assert (now("en", "deep"), now("en", "deep/one/two")) == ("bottom", "stays/one/two")

    (folder / "en/bottom").rename(folder / "en/deep")
    publish(folder, sqlite_store, NOW)
    assert (now("en", "deep"), now("en", "bottom"), now("en", "depth")) == ("", "deep", "deep")


def test_of_two_files_of_one_name_the_one_that_lies_higher_has_the_name_to_itself(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    write("en/a/deep/deeper/install.md", "# Deepest\n\nText.\n")
    write("en/b/deep/install.md", "# Deep\n\nText.\n")
    write("en/z/install.md", "# High\n\nText.\n")
    write("en/a/deep/setup.md", "# Set up deep\n\nText.\n")
    write("en/z/setup/index.md", "# Set up as a folder of z\n\nText.\n")

    def slugs() -> dict[str, str]:
        publish(folder, sqlite_store, NOW)
        return {article.title: article.slug for article in sqlite_store.all()}

    fresh = slugs()
    assert (fresh["High"], fresh["Deep"], fresh["Deepest"]) == ("install", "install-deep", "install-deeper")
    assert fresh["Set up as a folder of z"] == "setup" and fresh["Set up deep"] != "setup"

    # What is published stays, also where it came by another rule.
    write("en/install.md", "# Highest\n\nText.\n")
    assert slugs() | fresh == slugs() and slugs()["Highest"] != "install"


def test_every_address_that_only_redirects_is_known_with_where_it_leads_in_the_end(
    folder: Path, write: WriteFile, sqlite_store: ArticleRepository
) -> None:
    text = "# Title\n\nThese are enough words of one text to know it again by, wherever its file may lie.\n"
    write("en/a/first.md", text)
    publish(folder, sqlite_store, NOW)
    for old, new in (("first", "second"), ("second", "third")):
        (folder / f"en/a/{old}.md").unlink()
        write(f"en/a/{new}.md", text)
        publish(folder, sqlite_store, NOW, origin=Origin(removals_allowed=True))

    third = ArticleRef("en", "third")
    assert sqlite_store.all_moved() == {ArticleRef("en", "first"): third, ArticleRef("en", "second"): third}
    write("en/a/first.md", "# Another\n\nNothing of it was here before, and it has the address now.\n")
    publish(folder, sqlite_store, NOW)
    assert sqlite_store.all_moved() == {ArticleRef("en", "second"): third}
