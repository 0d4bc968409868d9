"""Simplified Chinese becomes Traditional exactly as OpenCC converts it, from a table made of its dictionaries."""

import random
from functools import cache
from pathlib import Path

import numpy as np
import opencc
import pytest

from bench import traditional as maker
from index.analysis import in_script
from index.traditional import PATH, to_traditional

# Every character that is Chinese, stands for one (compatibility, radicals), selects a variant or describes one.
BLOCKS = (
    (0x2E80, 0x3400),
    (0x3400, 0xA000),
    (0xF900, 0xFB00),
    (0xFE00, 0xFE10),
    (0x20000, 0x32400),
    (0xE0100, 0xE01F0),
)
DESCRIPTIONS = "".join(map(chr, range(0x2FF0, 0x3000)))
BETWEEN = ["，", "。", " ", "\n", "SQL", "é", "\0", "\ufe00", "\U000e0100", "\uf900", "\U0002f81a"]


@cache
def converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


@cache
def phrases() -> list[str]:
    return sorted(set().union(*(maker._read(name) for name in maker._PHRASES)))


def differing(texts: list[str]) -> list[tuple[str, str, str]]:
    both = ((text, to_traditional(text), converter().convert(text)) for text in texts)
    return [(text, ours, theirs) for text, ours, theirs in both if ours != theirs][:5]


def test_the_file_is_that_of_the_installed_version(tmp_path: Path) -> None:
    assert maker.main(["--out", str(tmp_path / "made.npz")]) == 0
    with np.load(tmp_path / "made.npz") as made, np.load(PATH) as shipped:
        assert set(made) == set(shipped)
        differ = [name for name in made if not np.array_equal(made[name], shipped[name])]
    assert not differ, "The dictionaries of OpenCC changed. Run: python -m bench.traditional"


def test_every_phrase_converts_as_in_opencc_whole_and_cut_short() -> None:
    assert len(phrases()) > 40_000
    assert differing(phrases()) == []
    assert differing([phrase[:-1] + phrase for phrase in phrases()[::7]]) == []


def test_every_character_converts_as_in_opencc() -> None:
    letters = [chr(code) for first, end in BLOCKS for code in range(first, end)]
    assert sum(to_traditional(letter) != letter for letter in letters) > 4_000
    assert differing(letters) == []


@pytest.mark.parametrize("described", [False, True])
def test_texts_of_phrases_and_characters_convert_as_in_opencc(described: bool) -> None:
    chance = random.Random(f"described {described}")
    letters = [chr(code) for code in range(0x4E00, 0x9FA6)]
    kinds = [phrases(), phrases(), letters, BETWEEN, list(DESCRIPTIONS) if described else letters]

    def part() -> str:
        text = chance.choice(chance.choice(kinds))
        return text[: chance.randint(1, len(text))] if chance.random() < 0.3 else text

    assert differing(["".join(part() for _ in range(chance.randint(1, 12))) for _ in range(8_000)]) == []


@pytest.mark.parametrize("operator", ["\u2ff0", "\u2ff2", "\u2ffe"])
def test_descriptions_of_any_depth_are_left_alone_as_in_opencc(operator: str) -> None:
    sizes = range(70)
    nested = [
        f"头发{operator * size}{'发' * parts}头发后" for size in sizes for parts in (size, size + 1, 2 * size + 1)
    ]
    tails = [f"{(operator + '软') * size}发头发" for size in sizes]
    assert differing(nested + tails) == []
    assert to_traditional("⿰车发发") == "⿰车发發"


def test_what_is_not_chinese_is_left_as_it_is() -> None:
    kept = ["", "plain", "İade", "\ud800", "𠮷野家", "頭髮"]
    assert [to_traditional(text) for text in kept] == kept


def test_a_text_in_the_script_of_a_reader() -> None:
    assert in_script("头发发展得后来居上", "zh-Hant") == "頭髮發展得後來居上"
