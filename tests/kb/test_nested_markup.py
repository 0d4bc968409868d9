"""Every block in every other, two and three deep, with and without text below it: nothing raises, no word is lost."""

import itertools
from collections.abc import Callable

import pytest

from kb.markup.dialects.reader import read_dialects
from kb.markup.markdown import Converter

Wrap = Callable[[str], str]


def indented(text: str, columns: int, *, first: bool = False) -> str:
    lines = text.split("\n")
    return "\n".join(" " * columns + line if line and (first or at) else line for at, line in enumerate(lines))


def quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


BLOCKS: dict[str, Wrap] = {
    "item": lambda text: "- " + indented(text, 2),
    "wide item": lambda text: "-   " + indented(text, 4),
    "loose item": lambda text: "- first\n\n- " + indented(text, 2),
    "numbered": lambda text: "1. " + indented(text, 3),
    "task": lambda text: "- [ ] " + indented(text, 2),
    "definition": lambda text: "Term\n:   " + indented(text, 4),
    "loose definition": lambda text: "Term\n\n:   " + indented(text, 4),
    "second definition": lambda text: "Term\n: one\n:   " + indented(text, 4),
    "quotation": quoted,
    "alert": lambda text: "> [!NOTE]\n" + quoted(text),
    "folded alert": lambda text: "> [!NOTE]- Title\n" + quoted(text),
    "box": lambda text: '!!! note "Title"\n' + indented(text, 4, first=True),
    "folded box": lambda text: "??? note\n\n" + indented(text, 4, first=True),
    "open box": lambda text: '???+ note "Title"\n' + indented(text, 4, first=True),
    "tab": lambda text: '=== "Title"\n' + indented(text, 4, first=True),
    "colons": lambda text: f"::: note\n{text}\n:::",
    "slashes": lambda text: f"/// note\n{text}\n///",
    "component": lambda text: f"<Note>\n{text}\n</Note>",
    "hint": lambda text: f"{{% hint %}}\n{text}\n{{% endhint %}}",
    "details": lambda text: f'<details markdown="1">\n<summary>S</summary>\n\n{text}\n\n</details>',
    "div": lambda text: f"<div>\n{text}\n</div>",
    "html cell": lambda text: f"<table><tr><td>\n\n{text}\n\n</td></tr></table>",
    "footnote": lambda text: f"Word[^{len(text)}]\n\n[^{len(text)}]: {indented(text, 4)}",
    # A row keeps as many cells as the table has columns.
    "cell": lambda text: "| a | b |\n|---|---|\n| " + text.replace("\n", " ").replace("|", "/") + " | x |",
    "fence": lambda text: f"```\n{text}\n```",
}
LEAVES = {
    "words": "deepest", "heading": "# deepest", "underlined": "deepest\n====", "code": "    deepest",
    "table": "| deepest | b |\n|---|---|\n| c | d |", "rule": "deepest\n\n---", "html": "<b>deepest</b>",
    "picture": "deepest ![a](b.png)", "empty box": '!!! note "deepest"', "empty tab": '=== "deepest"',
    "empty alert": "> [!NOTE] deepest", "terms": "deepest\n: words", "reference": "deepest\n\n[a]: /b",
    "abbreviation": "deepest\n\n*[HTML]: Hypertext",
}  # fmt: skip
AFTER = ("", "\n\nAfter.", "\n# After", "\nlazy")


@pytest.fixture(scope="module")
def converter() -> Converter:
    return Converter()


def made(blocks: tuple[str, ...], leaf: str) -> str:
    text = LEAVES[leaf]
    for name in reversed(blocks):
        text = BLOCKS[name](text)
    return text


def wrong(converter: Converter, text: str) -> str:
    """What is wrong with how it is read; '' if nothing."""
    try:
        html = converter.html(read_dialects(text).text)
    except Exception as failure:
        return repr(failure)
    return "" if "deepest" in html else f"lost in {html}"


@pytest.mark.parametrize("outer", BLOCKS)
def test_each_block_may_stand_in_each_other(converter: Converter, outer: str) -> None:
    found = {}
    shapes = [*((leaf, AFTER[1]) for leaf in LEAVES), *(("words", after) for after in AFTER)]
    for inner, (leaf, after) in itertools.product(BLOCKS, shapes):
        text = made((outer, inner), leaf) + after
        if problem := wrong(converter, text):
            found[text] = problem
    assert not found


def test_blocks_stand_in_blocks_of_blocks(converter: Converter) -> None:
    found = {}
    # One of each kind; of three, those that keep state of their own while they are read.
    outer = ("item", "definition", "quotation", "box", "footnote", "colons")
    for blocks in itertools.product(outer, outer, BLOCKS):
        text = made(blocks, "words") + "\n\nAfter."
        if problem := wrong(converter, text):
            found[text] = problem
    assert not found


def test_a_box_that_a_definition_begins_with_is_a_box(converter: Converter) -> None:
    html = converter.html('Gate\n:   !!! note "N"\n        Inside.\n\nAfter.')

    assert '<div class="admonition note">' in html and "<p>Inside.</p>" in html and html.endswith("<p>After.</p>")
