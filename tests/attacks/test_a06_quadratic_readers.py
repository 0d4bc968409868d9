"""Attack: a few kilobytes that keep a reader busy for minutes. `tests/contracts/test_growth.py` finds the kind; these
are the samples, at a size that hung what was there before."""

import io
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from core import ended_process
from core.image_size import HiddenSize, image_size
from index.query.parser import parse
from kb.markup.markdown import Converter
from kb.markup.message_markup import letter_html
from kb.source.folder_reader import read_folder
from support.agents.redaction import Known, redacted
from support.email.inbound.html import words_of
from support.email.inbound.parser import read


class Hung(Exception):
    pass


@pytest.fixture(autouse=True)
def a_minute_of_processor_time() -> Iterator[None]:
    def end(_signal: int, _frame: FrameType | None) -> None:
        raise Hung

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, 60)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("unit", ["<a ", "<a b='", "<!--", "<", "<![CDATA[", "</a "])
def test_a_megabyte_of_markup_that_never_ends(unit: str) -> None:
    words_of(unit * (1_000_000 // len(unit)) + ">")


def test_text_beside_broken_markup_is_read() -> None:
    assert words_of("<p>Good day,</p><p>my order a < b is late <b>again") == "Good day,\n\nmy order a < b is late again"
    assert words_of("Hello <a href='x>y'>there</a> <a 'Where is it?") == "Hello there <x>y> <a 'Where is it?"


def test_a_megabyte_of_subject_and_of_addresses() -> None:
    read(b"Subject: " + b"=?utf-8?q?a" * 90_000 + b"\nFrom: " + b'"a" <' * 200_000 + b"\n\nHello")


def test_a_mail_of_addresses_in_an_article_draft() -> None:
    nobody = Known()
    redacted("a.b" * 300_000 + "&", nobody)
    redacted("http://" * 150_000, nobody)
    assert redacted("write to ada@example.org, please", nobody) == "write to [e-mail], please"


def test_a_jpeg_of_nothing_but_markers() -> None:
    for data in (b"\xff" * 5_000_000, b"\xff\xd8" + b"\xff\xe1\x00\x02" * 1_000_000):
        try:
            assert image_size(io.BytesIO(data)) is None
        except HiddenSize:
            continue


def test_a_question_of_signs() -> None:
    parse("<" * 1_000_000)


@pytest.mark.parametrize("unit", ["[", "![a](", "<a ", "<![CDATA[", "> ", "--\n"])
def test_an_answer_that_markdown_would_take_minutes_for(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.markup.message_markup._PATIENCE_SECONDS", 2.0)

    assert letter_html(unit * 10_000)


def test_an_article_that_would_take_minutes_is_named_and_the_others_are_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No text is known any more that takes long, so the patience is what ends the one that looks as if it would.
    monkeypatch.setattr("kb.markup.markdown._PATIENCE_SECONDS", 0.001)
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "bomb.md").write_text("# Bomb\n\n" + "[" * 30_000)
    (tmp_path / "en" / "good.md").write_text("# Good\n\nText.")

    reading = read_folder(tmp_path)

    assert [article.title for article in reading.articles] == ["Good"]
    assert [(f.path, f.code) for f in reading.problems] == [("en/bomb.md", "too-complex")]


def test_what_only_looks_costly_is_converted_all_the_same() -> None:
    row = "| [a](https://example.org/a) | **b** | `c` |\n"
    text = "| x | y | z |\n| --- | --- | --- |\n" + row * 100

    assert Converter().html(text).count("<tr>") == 101


@pytest.mark.parametrize("header", ["tags: " + "[" * 60_000, "tags: " + "- " * 30_000, "a: " + "{a: " * 15_000])
def test_a_header_nested_as_none_is(tmp_path: Path, header: str) -> None:
    (tmp_path / "a.md").write_text(f"---\n{header}\n---\nText")
    (tmp_path / "en" / "x").mkdir(parents=True)
    (tmp_path / "en" / "x" / "_category_.yml").write_text(header)
    (tmp_path / "_synonyms.yml").write_text(header)

    found = {finding.path for finding in read_folder(tmp_path).problems}

    assert {"a.md", "en/x/_category_.yml", "_synonyms.yml"} <= found


def test_a_process_is_ended_when_its_time_is_over() -> None:
    with pytest.raises(ended_process.TookTooLong):
        ended_process.call("time:sleep", 60, seconds=0.5)
