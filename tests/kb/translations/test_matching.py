"""Translations that are there, of real articles: handed out whole, and left as they are but for what was changed."""

import tarfile
from pathlib import Path

import pytest

from kb.authoring.header_form import split
from kb.translations.gettext_po import read_gettext, write_gettext
from kb.translations.matching import matched, unplaced, with_own_links, written_back
from kb.translations.packages import Package, Work
from kb.translations.units import has_words, problem_with, units_of
from kb.translations.xliff import read_xliff, write_xliff

ROOT = Path(__file__).parents[3]
REAL = ROOT.parent / "shared" / "real-kb.tar.gz"
_REAL_MOST = 40


def demo() -> list[tuple[str, str]]:
    folder = ROOT / "kb" / "articles"
    sources = sorted((folder / "en").rglob("*.md"))
    there = [(one, folder / lang / one.relative_to(folder / "en")) for one in sources for lang in ("tr", "zh-Hant")]
    return [(one.read_text("utf-8"), other.read_text("utf-8")) for one, other in there if other.exists()]


def real() -> list[tuple[str, str]]:
    """Of the real trees, pages with a translation of somebody's beside them."""
    if not REAL.exists():
        pytest.skip("the real documentation trees are not beside the project (../shared/real-kb.tar.gz)")
    texts: dict[tuple[str, str], str] = {}
    with tarfile.open(REAL) as packed:
        for one in packed:
            _tree, _mark, inside = one.name.partition("fastapi/docs/")
            lang, _mark, page = inside.partition("/docs/")
            if page.endswith(".md") and one.isfile() and len(texts) < 1_000:
                file = packed.extractfile(one)
                texts[lang, page] = file.read().decode() if file else ""
    pairs = [
        (texts["en", page], text) for (lang, page), text in texts.items() if lang != "en" and ("en", page) in texts
    ]
    assert pairs
    return pairs[:: -(-len(pairs) // _REAL_MOST)]


@pytest.mark.parametrize("pairs", [demo, real])
def test_nothing_changed_changes_nothing_and_one_word_changes_one_unit(pairs) -> None:  # type: ignore[no-untyped-def]
    aligned = 0
    for source, translation in pairs():
        units = units_of(source)
        found = matched(source, translation, units)
        wanted = tuple(unit for unit in units if has_words(unit))
        handed = {name: own.handed for name, own in found.items() if name in {unit.id for unit in wanted}}
        package = Package("en", "tr", (Work("a.md", "d", wanted, handed),))
        for write, read in ((write_xliff, read_xliff), (write_gettext, read_gettext)):
            (back,) = read(write(package), lambda _path, units=units: {unit.id: unit for unit in units}).articles
            taken = {name: words for name, words in back.targets.items() if not found[name].says(words)}
            assert set(back.targets) == {name for name, text in handed.items() if text.strip()} and taken == {}
        assert written_back(source, source, translation, {}, found) == split(translation).body
        of_body = [unit for unit in wanted if unit.id in found and unit.start >= 0]
        if not of_body:
            continue
        aligned += 1
        own_body = split(translation).body
        for unit in (of_body[0], of_body[-1]):
            own = found[unit.id]
            words = own.restored(f"{own.handed} žluť")
            made = written_back(source, source, translation, {unit.id: words}, found)
            before, after = own_body[: own.unit.start], own_body[own.unit.end :]
            assert made.startswith(before) and made.endswith(after)
            assert not problem_with(own.unit, words) and "žluť" in made[len(before) : len(made) - len(after)]
    assert aligned > len(pairs()) // 2


SOURCE = """---
title: A
---

See [it](b.md), `Save`, [it](b.md#x) and ![One](pic.svg).

```
code
```

![Two](two.svg)

End.
"""
OWN = """---
title: "A"
---

Bkz. [bu](../../en/a/b.md), `Kaydet`, [şu](b.md#y) ve ![Bir](../../en/a/pic.svg).

```
kod
```

![İki](../tr-two.svg)

Son.
"""


def test_a_translation_keeps_its_own_paths_words_in_code_and_blocks_of_code() -> None:
    units = units_of(SOURCE)
    found = matched(SOURCE, OWN, units)
    first = found[units[1].id]
    assert first.handed == "Bkz. [bu](b.md), `Save`, [şu](b.md#x) ve ![Bir](pic.svg)."
    assert first.says(first.handed) and first.says(first.unit.text) and first.restored(first.handed) == first.unit.text
    assert found[units[2].id].handed == "![İki](two.svg)"
    # The last paragraph changed, and only that is changed in the translation.
    assert written_back(SOURCE, SOURCE, OWN, {units[3].id: "Bitti."}, found) == split(OWN).body.replace("Son", "Bitti")

    # The source was built anew: a picture and a link in a new place are those of the translation.
    new = SOURCE.replace("End.", "End. ![One](pic.svg)\n\nMore [it](../z/other.md).").replace("See", "Look at")
    units = units_of(new)
    found = matched(SOURCE, OWN, units)
    words = {
        units[1].id: "Bakın [bu](b.md), `Save`, [şu](b.md#x) ve ![Bir](pic.svg).",
        units[3].id: "Son. ![Bir](pic.svg)",
    }
    words = {name: with_own_links(text, found, OWN) for name, text in words.items()}
    assert written_back(SOURCE, new, OWN, words, found) == (
        "\nBakın [bu](../../en/a/b.md), `Save`, [şu](b.md#y) ve ![Bir](../../en/a/pic.svg).\n\n```\nkod\n```\n\n"
        "![İki](../tr-two.svg)\n\nSon. ![Bir](../../en/a/pic.svg)\n\nMore [it](../z/other.md).\n"
    )


def test_what_has_no_place_in_a_translation_that_is_built_otherwise_is_not_put_anywhere() -> None:
    source, own = "One.\n\n## Two\n\nThree.\n", "Bir.\n\nBir buçuk.\n\n## İki\n\nÜç.\n"
    units = units_of(source)
    found = matched(source, own, units)
    assert [unit.text for unit in units if unit.id in found] == ["Two", "Three."]
    assert unplaced(source, source, own, [units[0].id, units[2].id], found) == {units[0].id}
    assert written_back(source, source, own, {units[2].id: "Dört."}, found) == own.replace("Üç", "Dört")
    everything = {unit.id: unit.text.upper() for unit in units}
    assert not unplaced(source, source, own, everything, found)
    assert written_back(source, source, own, everything, found) == source.upper()
