"""What many visitors use at a time gives each of them what it gives one alone."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index import analysis
from index.keyword import whoosh

STARTS = ("connect", "relation", "nation", "general", "organiz", "refund", "deliver", "happi")
WORDS = [start + end for start in STARTS for end in ("ing", "ed", "ness", "al", "ations", "ability", "s", "ment")]
CHINESE = ["請問如何更換送貨地址與電話號碼", "退款需要幾天才會退回信用卡", "耳機連線後沒有聲音怎麼辦"]


@pytest.fixture(autouse=True)
def threads_change_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def test_words_are_stemmed_alike_in_every_thread() -> None:
    def stems(letter: str) -> list[list[str]]:
        return [analysis.tokens(f"{word}{letter}{word}", "en") for word in WORDS]

    alone = [stems(letter) for letter in "aeio"]
    analysis._spaced_tokens.cache_clear()  # or all would come from memory
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(stems, "aeio" * 4))

    assert together == alone * 4


def test_chinese_is_converted_alike_in_every_thread() -> None:
    alone = [analysis.to_simplified(text) for text in CHINESE]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(analysis.to_simplified, CHINESE * 50)) == alone * 50


def test_the_keyword_engine_answers_alike_in_every_thread(tmp_path: Path) -> None:
    documents = [[WORDS[(row * step) % len(WORDS)] for step in range(1, 30)] for row in range(60)]
    whoosh.write(tmp_path, documents)
    questions = [WORDS[i : i + 4] for i in range(len(WORDS) - 4)]
    opened = whoosh.WhooshIndex(tmp_path)
    alone = [opened.search(question, 10) for question in questions]
    fresh = whoosh.WhooshIndex(tmp_path)

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda question: fresh.search(question, 10), questions * 4))

    assert together == alone * 4
