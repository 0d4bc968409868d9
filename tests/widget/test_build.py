"""The widget's build: that it is what the sources make, its size, and that each language has every word."""

import base64
import hashlib
import json
import re
from pathlib import Path

from app.widget.asset_releases import Releases, with_looks
from tests.node import run_node
from widget.build import BUILT, HERE, build, read_build

SOURCES = HERE / "src"
BEFORE_OPENING = 12_000
EVERYTHING = 34_000
BESIDES = {"more": 3_100, "own": 2_500}  # only where a page has messages, or a visitor who is signed in


def test_the_committed_build_is_what_the_sources_make(tmp_path: Path) -> None:
    done = run_node("widget/bundle.js", str(tmp_path))
    assert done.returncode == 0, done.stderr
    made, committed = (
        {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (tmp_path, BUILT)
    )
    other = sorted(name for name in made.keys() | committed.keys() if made.get(name) != committed.get(name))
    assert not other, f"widget/built is not what widget/src makes; run make widget and commit it: {', '.join(other)}"


def test_the_loader_vouches_for_what_it_asks_for() -> None:
    made = read_build()
    for loader in (made.loader, made.module):
        for part in (made.body, made.more):
            assert f'"sha256-{base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()}"' in loader
        assert f'"{made.version}"' in loader


def test_the_body_vouches_for_what_it_asks_for() -> None:
    made = read_build()
    assert f'"sha256-{base64.b64encode(hashlib.sha256(made.own.encode()).digest()).decode()}"' in made.body


def test_the_server_finds_where_the_loader_takes_what_it_knows_of_the_sites(tmp_path: Path) -> None:
    build(tmp_path / "dist")
    loader = Releases(tmp_path / "kept", tmp_path / "dist").plain("widget.js")
    assert loader is not None
    assert loader.data.startswith(b"//# allFunctionsCalledOnLoad\n(function(")
    assert with_looks(loader, '[{"at":[1]}]').data.endswith(b'})([{"at":[1]}]);\n')


def test_the_widget_keeps_to_its_budget_of_gzipped_bytes() -> None:
    sizes = read_build().sizes()
    assert sizes["loader"] <= BEFORE_OPENING
    assert sizes["module"] <= BEFORE_OPENING
    assert sizes["all"] <= EVERYTHING
    assert sizes["more"] <= BESIDES["more"]
    assert sizes["own"] <= BESIDES["own"]


def test_the_sources_use_no_method_that_old_libraries_take_from_a_page() -> None:
    """`tests/browser/pages/assets/polluted.js` is such a page; not all that it takes is reached by a browser's test."""
    page = (HERE.parent / "tests" / "browser" / "pages" / "assets" / "polluted.js").read_text("utf-8")
    taken = re.findall(r"prototype\.(\w+) = (?=[^;]*undefined;)", page)
    assert set(taken) >= {"flat", "flatMap"}
    used = re.compile(rf"\.(?:{'|'.join(taken)})\(")
    found = [f"{path.name}: {line}" for path in SOURCES.rglob("*.js") for line in path.read_text("utf-8").splitlines()
             if used.search(line)]  # fmt: skip
    assert not found


def test_a_build_writes_what_is_served_and_the_same_sources_make_the_same_version(tmp_path: Path) -> None:
    version = build(tmp_path)
    assert build(tmp_path) == version
    assert json.loads((tmp_path / "manifest.json").read_text("utf-8")) == {"version": version}
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {
        "manifest.json", "widget.js", "widget.mjs", "widget.d.ts", f"{version}/loader.js", f"{version}/loader.mjs",
        f"{version}/body.js", f"{version}/more.js", f"{version}/own.js", "strings/ar.json", "strings/en.json",
        "strings/he.json", "strings/tr.json",
        "strings/zh-Hans.json", "strings/zh-Hant.json",
    }  # fmt: skip
    assert version in (tmp_path / "widget.js").read_text("utf-8")


def test_nothing_in_it_turns_text_into_markup_or_code() -> None:
    for path in SOURCES.rglob("*.js"):
        code = re.sub(r"//[^\n]*", "", path.read_text("utf-8"))
        forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|\.srcdoc"
        assert not re.findall(forbidden, code), path.name
        assert not re.findall(r"setAttribute\(\"(?:on\w+|style)\"", code), path.name


def test_no_optional_call_spreads_arguments_before_others() -> None:
    """Chrome before 91 fails there (v8.dev/issue/11558), and `bundle.js` has esbuild leave `?.` as it is."""
    for path in SOURCES.rglob("*.js"):
        code = path.read_text("utf-8")
        assert not re.findall(r"\?\.[\w.]*\([^()]*\.\.\.[^()]*,", code), path.name


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


def test_the_tools_are_pinned_by_hash_and_come_from_whatever_registry_the_machine_uses() -> None:
    packages = json.loads((HERE / "package-lock.json").read_text("utf-8"))["packages"]
    installed = {name: package for name, package in packages.items() if name}
    assert {"node_modules/esbuild", "node_modules/@biomejs/biome"} <= installed.keys()
    assert [name for name, package in installed.items() if "integrity" not in package or "resolved" in package] == []
