"""What authors write in `_urgent.yml`, and what lint says of it."""

import time
from pathlib import Path

import pytest

from kb.findings import Severity
from kb.lint import ContactForms, lint
from kb.models import ArticleRef
from kb.source.folder_reader import read_folder
from kb.source.search_hints import errors_of, is_about_danger, read_hints
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


@pytest.mark.parametrize("slip", ["title: Danger: move away", 'title: "Danger', "title: [Danger", "\ttitle: Danger"])
def test_a_slip_in_one_entry_takes_no_other_away(folder: Path, write: WriteFile, slip: str) -> None:
    sound = ENTRY.strip()
    broken = sound.replace("name: battery", "name: injury").replace("title: Move away", slip)
    last = sound.replace("name: battery", "name: account")
    write("en/_urgent.yml", f"{sound}\n{broken}\n# the account\n{last}\n")
    hints = read_hints(folder)
    assert [(one.name, one.line) for one in hints.urgent["en"]] == [("battery", 1), ("account", 18)]
    assert hints.urgent["en"][1].line_of("examples", "it smokes") == 23
    assert [p.code for p in errors_of(hints)] == ["hints-yaml"] and is_about_danger(errors_of(hints)[0])
    assert all(8 < p.line <= 18 for p in hints.problems)


def test_many_entries_beside_a_slip_are_read_in_a_moment(folder: Path, write: WriteFile) -> None:
    write("en/_urgent.yml", "- a: b: c\n" + "- x\n" * 5_000)
    began = time.monotonic()
    assert {p.code for p in read_hints(folder).problems} == {"hints-yaml", "urgent-entry"}
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    ("file", "text", "code"),
    [
        ("en/_urgent.yml", ENTRY.strip() + "\n  words: [sparks]\n", "hints-repeated"),
        ("en/_urgent.yml", "- {name: a, title: a, text: b, words: [c c c], words: [d]}\n", "hints-repeated"),
        ("en/_synonyms.yml", "- typed: cans\n  means: tins\n  means: cups\n", "hints-repeated"),
        ("en/_pins.yml", "- article: a\n  queries: [b]\n  queries: [c]\n", "hints-repeated"),
        ("en/help/_category_.yml", "title: Help\nposition: 1\ntitle: Helping\n", "category-repeated"),
        ("_variables.yml", "name: a\nplace:\n  town: b\n  town: c\n", "variables-repeated"),
    ],
)
def test_a_key_that_stands_twice_is_an_error_with_both_lines(
    folder: Path, write: WriteFile, file: str, text: str, code: str
) -> None:
    write("en/help/talk.md", ARTICLE)
    write(file, text)
    said = [p for p in lint(read_folder(folder), TODAY, forms=FORMS) if p.code == code]
    lines = text.splitlines()
    assert [(p.path, p.line, p.severity) for p in said] == [(file, len(lines), Severity.ERROR)]
    key = lines[-1].split(":")[0].strip() if len(lines) > 1 else "words"
    first = next(number for number, line in enumerate(lines, 1) if key in line)
    assert said[0].message == f"{key} is written twice (first in line {first})."


def test_a_key_is_not_written_twice_because_it_stands_in_two_entries(folder: Path, write: WriteFile) -> None:
    write("en/_urgent.yml", f"{ENTRY}{ENTRY.replace('battery', 'injury')}")
    write("en/_synonyms.yml", "- &a [cans, tins]\n- *a\n")
    write("en/_pins.yml", "- &b {article: a, queries: [*b]}\n")  # names itself: must end all the same
    assert [p.code for p in read_hints(folder).problems] == ["pins-entry"]


@pytest.mark.parametrize(
    ("phrase", "kept"),
    [("*", False), ("a*", False), ("ab*", False), ("a* b*", False), ("battery *", False), ("1234*", False),
     ("冒*", False), ("* 冒煙", False), ("smo*", True), ("pil* ak*", True), ("pil* şiş*", True), ("冒煙*", True),
     ("on fire", True), ("煙", True)],
)  # fmt: skip
def test_a_star_with_hardly_a_letter_before_it_is_left_out_and_named(
    folder: Path, write: WriteFile, phrase: str, kept: bool
) -> None:
    write("en/_urgent.yml", ENTRY.replace("[on fire]", f"[sparks, '{phrase}']"))
    hints = read_hints(folder)
    assert [p.code for p in errors_of(hints)] == ([] if kept else ["urgent-star"])
    assert hints.urgent["en"][0].words == (("sparks", phrase) if kept else ("sparks",))
    assert kept or hints.problems[0].line == 8


@pytest.mark.parametrize("text", ["yes", "no", "on", "true", "12", "1e3", "2026-01-01", "~", "null", "0x10"])
def test_what_yaml_takes_for_something_else_is_read_as_the_text_that_stands_there(
    folder: Path, write: WriteFile, text: str
) -> None:
    write(
        "en/_urgent.yml",
        f"- {{name: {text if text.isalpha() else 'a'}, title: {text}, text: {text}, examples: [{text}, it smokes],"
        f" words: [{text}], not: [{text}]}}\n",
    )
    write("en/_synonyms.yml", f"- [{text}, other]\n")
    hints = read_hints(folder)
    only = hints.urgent["en"][0]
    assert (only.title, only.text, only.examples, only.words, only.near_misses) == (
        text, text, (text, "it smokes"), (text,), (text,),
    )  # fmt: skip
    assert hints.synonyms["en"][0].typed == text
