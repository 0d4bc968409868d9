from datetime import date
from pathlib import Path

import pytest

from core.texts.said import Said
from kb.findings import Finding
from kb.lint import ContactForms, lint
from kb.source.folder_reader import read_folder
from tests.kb.conftest import TODAY, WriteFile


def found(folder: Path, day: date = TODAY) -> list[tuple[str, str, int]]:
    findings = lint(read_folder(folder), day)
    assert all(isinstance(one.message, Said) for one in findings)
    return [(f.code, f.path, f.line) for f in findings]


def first(folder: Path, code: str) -> Finding:
    return next(f for f in lint(read_folder(folder), TODAY) if f.code == code)


def test_a_good_folder_has_no_findings(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "# One\n\n[Two](two.md#how) and [here](#there).\n\n## There\n\nText.\n")
    write("en/a/two.md", "# Two\n\n## How\n\nText.\n")
    assert found(folder) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("[Gone](gone.md)", "broken-link"),
        ("[Out](../../../x.md)", "broken-link"),
        ("[Site](/en/a/gone)", "broken-link"),
        ("[Here](#nowhere)", "broken-anchor"),
        ("[There](two.md#nowhere)", "broken-anchor"),
        ("![Phone](none.png)", "missing-image"),
        ("![](two.png)", "no-alt"),
        ("![Phone](https://other.example/x.png)", "remote-image"),
        ("[Draft](draft.md)", "link-hidden"),
    ],
)
def test_what_leads_nowhere_is_found_on_its_line(folder: Path, write: WriteFile, body: str, code: str) -> None:
    write("en/a/one.md", f"---\ntitle: One\n---\nText.\n\nMore {body} text.\n")
    write("en/a/two.md", "# Two\n\nText.\n")
    write("en/a/two.png", "x")
    write("en/a/draft.md", "---\ntitle: D\ndraft: true\n---\nText.\n")
    assert found(folder) == [(code, "en/a/one.md", 6)]


FORMS = ContactForms("https://help.example", {"": {"business", "other"}, "repair": {"left"}})


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/en/contact?topic=business", ""),
        ("/contact?category=other&page=x", ""),
        ("/en/contact", ""),
        ("/zh-Hant/contact/repair?topic=left#form", ""),
        ("https://help.example/en/contact?topic=business", ""),
        ("https://elsewhere.example/en/contact?topic=business-lunch", ""),
        ("/en/contact?topic=Business", "form-choice-unknown"),
        ("/contact?category=none", "form-choice-unknown"),
        ("/en/contact/repair?topic=business", "form-choice-unknown"),
        ("/en/contact/repair?topic=left&topic=right", "form-choice-unknown"),
        ("https://help.example/en/contact?topic=none", "form-choice-unknown"),
        ("/en/contact/gone", "form-unknown"),
    ],
)
def test_a_link_to_a_choice_of_a_contact_form_that_does_not_exist_is_found(
    folder: Path, write: WriteFile, target: str, code: str
) -> None:
    write("en/a/one.md", f"# One\n\nChoose [this]({target}).\n")
    reading = read_folder(folder)
    assert [(f.code, f.line) for f in lint(reading, TODAY, forms=FORMS)] == ([(code, 3)] if code else [])
    assert lint(reading, TODAY) == ()  # who does not know the forms says nothing of them


def test_the_same_broken_link_twice_is_found_on_both_lines(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "# One\n\n[A](gone.md)\n\n[B](gone.md)\n")
    assert [line for _, _, line in found(folder)] == [3, 5]


def test_a_link_into_another_language_is_a_warning_when_there_is_a_translation(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "# One\n\nText.\n")
    write("tr/a/one.md", "# Bir\n\n[Two](../../en/a/two.md)\n")
    write("en/a/two.md", "# Two\n\nText.\n")
    write("tr/a/two.md", "# İki\n\nMetin.\n")
    assert found(folder) == [("link-language", "tr/a/one.md", 3)]


def test_titles_readers_cannot_tell_apart_are_found(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "---\ntitle: Refunds\n---\nText.\n")
    write("en/b/two.md", "---\ntitle: refunds\n---\nText.\n")
    write("tr/a/one.md", "---\ntitle: Refunds\n---\nMetin.\n")
    write("tr/b/two.md", "---\ntitle: Other\n---\nMetin.\n")
    assert found(folder) == [("duplicate-title", "en/b/two.md", 2)]


def test_headings_with_one_anchor_are_found(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "# One\n\n## A {#x}\n\nText.\n\n## B {#x}\n\nText.\n")
    assert [code for code, _, _ in found(folder)] == ["duplicate-anchor"]


def test_missing_translations_are_found_once_an_article(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "# One\n\nText.\n")
    write("tr/a/two.md", "# İki\n\nMetin.\n")
    write("en/a/two.md", "# Two\n\nText.\n")
    assert found(folder) == [("translation-missing", "en/a/one.md", 1)]
    assert "tr" in first(folder, "translation-missing").message


def test_a_translation_older_than_its_original_is_found(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "---\ntitle: One\nupdated: 2026-10-02\n---\nText.\n")
    write("tr/a/bir.md", "---\ntitle: Bir\ntranslation_of: one\nupdated: 2026-09-01\n---\nMetin.\n")
    assert found(folder) == [("translation-outdated", "tr/a/bir.md", 4)]


def test_a_translation_of_nothing_is_found(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "---\ntitle: One\ntranslation_of: onne\n---\nText.\n")
    assert found(folder) == [("translation-unknown", "en/a/one.md", 3)]


def test_two_translations_into_one_language_are_found(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "# One\n\nText.\n")
    write("tr/a/bir.md", "---\ntitle: Bir\ntranslation_of: one\n---\nMetin.\n")
    write("tr/a/tek.md", "---\ntitle: Tek\ntranslation_of: one\n---\nMetin.\n")
    assert [code for code, _, _ in found(folder)] == ["translation-twice"]


def test_a_review_that_is_due_is_found_until_the_article_is_a_draft(folder: Path, write: WriteFile) -> None:
    text = "---\ntitle: One\nreview_by: 2026-11-01\nowner: repairs\n---\nText.\n"
    write("en/a/one.md", text)
    assert found(folder) == [("review-due", "en/a/one.md", 3)]
    assert "repairs" in first(folder, "review-due").message
    assert found(folder, date(2026, 11, 1)) == []
    write("en/a/one.md", text.replace("title: One", "title: One\ndraft: true"))
    assert found(folder) == []


def test_an_expired_article_is_found(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "---\ntitle: One\nexpiry_date: 2026-11-01\n---\nText.\n")
    assert found(folder) == [("expired", "en/a/one.md", 3)]


def test_old_addresses_claimed_twice_are_found(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "---\ntitle: One\naliases: [/old]\n---\nText.\n")
    write("en/a/two.md", "---\ntitle: Two\naliases: [/old, one]\n---\nText.\n")
    assert found(folder) == [("alias-taken", "en/a/two.md", 3), ("duplicate-alias", "en/a/two.md", 3)]


@pytest.mark.parametrize(("lang", "severity"), [("tr", "warning"), ("en", "error")])
def test_a_permalink_of_two_languages_is_no_error(folder: Path, write: WriteFile, lang: str, severity: str) -> None:
    write("en/a/one.md", "---\ntitle: One\npermalink: old\n---\nText.\n")
    write(f"{lang}/a/two.md", "---\ntitle: Two\npermalink: old\n---\nText.\n")
    findings = [f for f in lint(read_folder(folder), date(2026, 11, 30)) if f.code == "duplicate-alias"]
    assert [str(f.severity) for f in findings] == [severity]


def test_an_article_without_text_is_found(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "---\ntitle: One\n---\n\n## \n")
    assert [code for code, _, _ in found(folder)] == ["empty"]


def test_findings_of_the_reading_are_among_those_of_lint(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "---\ntitel: One\ntitle: One\n---\nText.\n")
    assert found(folder) == [("front-matter-unknown", "en/a/one.md", 2)]


def test_a_picture_by_a_tools_function_is_found_on_its_line(folder: Path, write: WriteFile) -> None:
    write("en/a/one.mdx", "---\ntitle: A\n---\nFirst.\n\nSecond.\n\n<img src={useBaseUrl('img/a.png')} alt='A' />\n")

    assert ("missing-image", "en/a/one.mdx", 8) in found(folder)


def test_a_topic_with_the_name_of_a_language_is_told(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "# One\n\nText.\n")
    write("it/laptops.md", "# Laptops\n\nText.\n")
    assert ("language-folder", "it/laptops.md", 1) in found(folder)

    write("it/one.md", "# Uno\n\nTesto.\n")
    assert "language-folder" not in {code for code, _, _ in found(folder)}
