"""What authors tell search beside the articles, and what lint says of it."""

from pathlib import Path

import pytest

from kb.findings import Severity
from kb.lint import lint
from kb.models import ArticleRef
from kb.source.folder_reader import read_folder
from kb.source.search_hints import Pin, Synonym, read_hints
from tests.kb.conftest import TODAY, WriteFile


def codes(folder: Path) -> list[tuple[str, str, int]]:
    return [(p.code, p.path, p.line) for p in read_hints(folder).problems]


def test_each_word_of_a_group_means_the_others(folder: Path, write: WriteFile) -> None:
    write("en/_synonyms.yml", "- [parcel, package,  big   box]\n")
    assert read_hints(folder).synonyms["en"] == (
        Synonym("parcel", ("package", "big box")),
        Synonym("package", ("parcel", "big box")),
        Synonym("big box", ("parcel", "package")),
    )


def test_one_way_only_the_typed_word_means_the_other(folder: Path, write: WriteFile) -> None:
    write("tr/_synonyms.yml", "- {typed: [fiş, slip], means: fatura}\n")
    assert read_hints(folder).synonyms["tr"] == (Synonym("fiş", ("fatura",)), Synonym("slip", ("fatura",)))


def test_pins_name_an_article_of_their_language(folder: Path, write: WriteFile) -> None:
    write("zh-TW/_pins.yml", "- article: refund\n  queries: [退款, 退錢]\n  starts_with: 我要退\n")
    assert read_hints(folder).pins["zh-Hant"] == (
        Pin(ArticleRef("zh-Hant", "refund"), ("退款", "退錢"), ("我要退",), (), "zh-TW/_pins.yml", 1),
    )


def test_without_language_folders_they_are_for_the_default_language(folder: Path, write: WriteFile) -> None:
    write("_synonyms.yml", "- [a1, b1]\n")
    assert list(read_hints(folder, "tr").synonyms) == ["tr"]


def test_numbers_and_empty_files_are_read(folder: Path, write: WriteFile) -> None:
    write("en/_synonyms.yml", "- [2fa, 2041]\n")
    write("en/_pins.yml", "# nothing yet\n")
    hints = read_hints(folder)
    assert (hints.synonyms["en"][0], hints.pins, hints.problems) == (Synonym("2fa", ("2041",)), {}, ())


@pytest.mark.parametrize(
    ("name", "text", "code", "line"),
    [
        ("_synonyms.yml", "- [parcel, package]\n- [broken\n", "hints-yaml", 3),
        ("_synonyms.yml", "parcel: package\n", "hints-yaml", 1),
        ("_synonyms.yml", "- [parcel, package]\n- [alone]\n", "synonyms-entry", 2),
        ("_synonyms.yml", "- [parcel, package]\n\n- {typed: cans}\n", "synonyms-entry", 3),
        ("_synonyms.yml", "- [[a, b], c]\n", "synonyms-entry", 1),
        ("_synonyms.yml", "- {typed: a, means: b, more: c}\n", "synonyms-entry", 1),
        ("_pins.yml", "- queries: [refund]\n", "pins-entry", 1),
        ("_pins.yml", "- article: one\n- article: one\n  queries: [a]\n", "pins-entry", 1),
        ("_pins.yml", "- article: one\n  queries: [a]\n  until: tomorrow\n", "pins-unknown", 1),
        ("_pins.yml", "- {article: one, queries: A b}\n- {article: two, queries: [a  B]}\n", "pin-twice", 2),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    folder: Path, write: WriteFile, name: str, text: str, code: str, line: int
) -> None:
    write(f"en/{name}", text)
    assert codes(folder) == [(code, f"en/{name}", line)]


def test_one_broken_entry_leaves_the_others(folder: Path, write: WriteFile) -> None:
    write("en/_synonyms.yml", "- [alone]\n- [parcel, package]\n")
    assert len(read_hints(folder).synonyms["en"]) == 2


def test_lint_finds_pins_whose_article_is_gone_or_hidden(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "---\nstatus: draft\n---\n# One\n\nText.\n")
    write("en/a/two.md", "---\nsearch: {exclude: true}\n---\n# Two\n\nText.\n")
    write("en/_pins.yml", "".join(f"- article: {slug}\n  queries: [{slug}]\n" for slug in ("one", "two", "three")))
    found = [f for f in lint(read_folder(folder), TODAY) if f.path == "en/_pins.yml"]
    assert [(f.code, f.line, f.severity) for f in found] == [
        ("pin-hidden", 1, Severity.WARNING),
        ("pin-hidden", 3, Severity.WARNING),
        ("pin-missing", 5, Severity.ERROR),
    ]


def test_files_of_hints_are_no_articles(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "# One\n\nText.\n")
    write("en/_pins.yml", "- {article: one, queries: one}\n")
    reading = read_folder(folder)
    assert [a.slug for a in reading.articles] == ["one"]
    assert reading.problems == ()
