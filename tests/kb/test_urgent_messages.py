"""What authors write in `_urgent.yml`, and what lint says of it."""

from pathlib import Path

import pytest

from kb.findings import Severity
from kb.lint import ContactForms, lint
from kb.models import ArticleRef
from kb.source.folder_reader import read_folder
from kb.source.search_hints import read_hints
from kb.source.urgent_messages import UrgentEntry
from tests.kb.conftest import TODAY, WriteFile

ENTRY = """
- name: battery
  title: Move away
  text: Call us.
  article: talk
  team: safety
  examples: [it smokes]
  words: [on fire]
  not: [smoke grey]
"""
ARTICLE = "---\ntitle: Talk\nslug: talk\nstatus: published\npublish_date: 2026-01-01\n---\nCall us.\n"
FORMS = ContactForms("https://help.example", {"": ()}, {"form", "urgent"}, {"default", "safety"})


def found(folder: Path, forms: ContactForms = FORMS) -> list[tuple[str, str, int, Severity]]:
    findings = lint(read_folder(folder), TODAY, forms=forms)
    return [(f.code, f.path, f.line, f.severity) for f in findings if f.code.startswith("urgent")]


def test_an_entry_has_all_its_fields_and_the_urgent_channel_if_none_is_named(folder: Path, write: WriteFile) -> None:
    write("zh-TW/_urgent.yml", ENTRY)
    assert read_hints(folder).urgent["zh-Hant"] == (
        UrgentEntry(
            "battery", "zh-Hant", "Move away", "Call us.", ("it smokes",), ("on fire",), ("smoke grey",),
            ArticleRef("zh-Hant", "talk"), "urgent", "safety", "zh-TW/_urgent.yml", 2,
        ),
    )  # fmt: skip


def test_its_words_are_no_misspellings(folder: Path, write: WriteFile) -> None:
    write("en/_urgent.yml", ENTRY)
    assert {"smokes", "fire"} <= read_hints(folder).words


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("- title: a\n  text: b\n  words: [c]\n", "urgent-entry", 1),
        ("- name: a\n  title: a\n  text: b\n", "urgent-entry", 1),
        ("- name: a\n  title: [a, b]\n  text: b\n  words: [c]\n", "urgent-entry", 1),
        ("- name: a\n  title: a\n  text: b\n  words: [[c], d]\n", "urgent-entry", 1),
        ("- title: a\n  name: Fire!\n  text: b\n  words: [c]\n", "urgent-entry", 2),
        ("- just text\n", "urgent-entry", 1),
        ("name: a\n", "hints-yaml", 1),
        ("- name: a\n  title: a\n  text: b\n  words: [c]\n  phone: 112\n", "urgent-unknown", 1),
        ("- name: a\n  title: a\n  words: [c]\n  text: " + "b" * 700 + "\n", "urgent-long", 4),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(
    folder: Path, write: WriteFile, text: str, code: str, line: int
) -> None:
    write("en/_urgent.yml", text)
    assert [(p.code, p.line) for p in read_hints(folder).problems] == [(code, line)]


def test_lint_has_nothing_to_say_of_a_complete_one(folder: Path, write: WriteFile) -> None:
    for lang in ("en", "tr"):
        write(f"{lang}/help/talk.md", ARTICLE)
        write(f"{lang}/_urgent.yml", ENTRY)
    assert found(folder) == []


def test_lint_names_articles_channels_teams_and_languages_that_are_not_there(folder: Path, write: WriteFile) -> None:
    write("en/help/talk.md", ARTICLE)
    write("tr/help/talk.md", ARTICLE)
    write("en/_urgent.yml", ENTRY.replace("talk", "gone").replace("safety", "nobody") + "  channel: phone\n")
    assert {code for code, path, line, severity in found(folder) if severity is Severity.ERROR} == {
        "urgent-article", "urgent-channel", "urgent-team", "urgent-language",
    }  # fmt: skip
    assert {(code, path, line) for code, path, line, _ in found(folder)} == {
        ("urgent-language", "en/_urgent.yml", 2), ("urgent-article", "en/_urgent.yml", 5),
        ("urgent-team", "en/_urgent.yml", 6), ("urgent-channel", "en/_urgent.yml", 10),
    }  # fmt: skip


def test_lint_warns_of_an_article_that_is_not_shown_and_of_what_stands_twice(folder: Path, write: WriteFile) -> None:
    write("en/help/talk.md", ARTICLE.replace("status: published", "status: draft"))
    write("en/_urgent.yml", ENTRY + ENTRY.replace("smoke grey", "it smokes"))
    codes = [code for code, *_ in found(folder)]
    assert sorted(codes) == ["urgent-article", "urgent-article", "urgent-both", "urgent-twice"]
