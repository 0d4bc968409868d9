"""The widget's build: its size, that nothing is lost by making names short, and that each language has every word."""

import json
import re
from pathlib import Path

import pytest

from widget.build import SOURCES, build, compile_sources
from widget.shorten import shorten

BEFORE_OPENING = 15_000
EVERYTHING = 30_000


def test_the_widget_keeps_to_its_budget_of_gzipped_bytes() -> None:
    sizes = compile_sources().sizes()
    assert sizes["loader"] <= BEFORE_OPENING
    assert sizes["module"] <= BEFORE_OPENING
    assert sizes["all"] <= EVERYTHING


def test_a_build_writes_what_is_served_and_the_same_sources_make_the_same_version(tmp_path: Path) -> None:
    version = build(tmp_path)
    assert build(tmp_path) == version
    assert json.loads((tmp_path / "manifest.json").read_text("utf-8")) == {"version": version}
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {
        "manifest.json", "widget.js", "widget.mjs", "widget.d.ts", f"{version}/loader.js", f"{version}/loader.mjs",
        f"{version}/body.js", "strings/en.json", "strings/tr.json", "strings/zh-Hans.json", "strings/zh-Hant.json",
    }  # fmt: skip
    assert version in (tmp_path / "widget.js").read_text("utf-8")


def test_nothing_in_it_turns_text_into_markup_or_code() -> None:
    for path in [*(SOURCES / "loader").glob("*.js"), *(SOURCES / "body").glob("*.js")]:
        code = re.sub(r"//[^\n]*", "", path.read_text("utf-8"))
        forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|\.srcdoc"
        assert not re.findall(forbidden, code), path.name
        assert not re.findall(r"setAttribute\(\"(?:on\w+|style)\"", code), path.name


def test_every_language_has_every_word_and_its_places() -> None:
    words = {path.stem: json.loads(path.read_text("utf-8")) for path in (SOURCES / "strings").glob("*.json")}
    places = {name: set(re.findall(r"\{(\w+)\}", text)) for name, text in words["en"].items()}
    for lang, texts in words.items():
        assert set(texts) == set(words["en"]), lang
        assert {name: set(re.findall(r"\{(\w+)\}", text)) for name, text in texts.items()} == places, lang


def test_every_word_that_is_used_exists_and_every_word_that_exists_is_used() -> None:
    known = set(json.loads((SOURCES / "strings" / "en.json").read_text("utf-8")))
    code = "".join(path.read_text("utf-8") for path in SOURCES.rglob("*.js"))
    used = set(re.findall(r'\bt\("(\w+)"', code))
    assert used <= known
    assert {name for name in known if f'"{name}"' not in code and f"words.{name}" not in code} == set()


@pytest.mark.parametrize(
    ("script", "short"),
    [
        ("function outer(first) { return first + 1; }", "function b(a) { return a + 1 }"),
        ("const thing = { first, other: first.other };", "let a = { first, other: first.other };"),
        (
            "function make(text) { return { text, say() { return text.text; } }; }",
            "function b(a) { return { text:a, say() { return a.text } } }",
        ),
        (
            "const pick = ({ name, other = 1 }) => `${name} ${other} /* text */`;",
            "let b = ({ name, other:a = 1 }) => `${name} ${a} /* text */`;",
        ),
        ("const found = /[/]name[^/]*/.test(name) ? 1 : 2;", "let a = /[/]name[^/]*/.test(name) ? 1 : 2;"),
        (
            "class Thing extends Error { constructor(status) { super(status); this.status = status; } }",
            "class a extends Error { constructor(status) { super(status); this.status = status } }",
        ),
        (
            "const later = (done, when = Date.now()) => { setTimeout(done, when); };",
            "let c = (a, b = Date.now()) => { setTimeout(a, b) };",
        ),
        ("ask().catch((failure) => { throw new Failure(failure); });", "ask().catch(a => { throw new Failure(a) });"),
        ("function wait(done) { while (!done()); }", "function b(a) { while (!a()); }"),
        ("function wait(done) { if (done()); }", "function b(a) { if (a()); }"),
    ],
)
def test_names_are_made_short_where_they_are_the_scripts_own(script: str, short: str) -> None:
    assert shorten(script) == short
