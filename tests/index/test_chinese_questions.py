"""Chinese questions: pairs of characters that are no words, and words of one region for those of another."""

import numpy as np
import pytest

from index.analysis import in_script, tokens
from index.parts.lexicon import Lexicon
from index.query.character_pairs import between_words
from index.query.everyday import everyday_expansions, regional_words


def ignored(question: str, known: str) -> set[str]:
    pairs = tokens(question, "zh-Hans", query=True)
    mask = between_words(pairs, np.array([pair in known.split() for pair in pairs]))
    return {pair for pair, is_between in zip(pairs, mask, strict=True) if is_between}


@pytest.mark.parametrize(
    ("question", "known", "between"),
    [
        ("可以分期嗎", "可以 分期", {"以分", "期吗"}),
        ("把帳號刪掉了", "账号 删掉", {"把账", "号删", "掉了"}),
        ("手滑了", "", {"滑了"}),
        ("耳机多少克", "耳机 多少", {"机多"}),
        ("我的蓝牙耳机", "蓝牙 耳机", {"我的", "的蓝", "牙耳"}),
        ("重量", "", set()),
        ("孕妇能戴吗", "", {"妇能"}),
        ("battery dead", "", set()),
    ],
)
def test_a_pair_between_two_words_is_no_word(question: str, known: str, between: set[str]) -> None:
    assert ignored(question, known) == between


def test_a_known_pair_is_never_between() -> None:
    pairs = tokens("把账号删掉", "zh-Hans", query=True)
    assert not between_words(pairs, np.ones(len(pairs), bool)).any()


@pytest.mark.parametrize("group", regional_words(), ids=" ".join)
def test_a_word_of_one_region_finds_that_of_another(group: tuple[str, ...]) -> None:
    for typed in group:
        for written in group:
            document = [tokens(in_script(written, "zh-Hant"), "zh-Hant")]
            for script in ("zh-Hans", "zh-Hant"):
                found = everyday_expansions(in_script(typed, script), script, {"zh": Lexicon.of(document, document)})
                means = {word for expansion in found for word in expansion.means}
                own = tokens(typed, "zh", query=True)
                assert written in means or set(own) <= set(document[0]), (typed, written)
