"""Words that are only looked up are those that were given, and no others."""

import string

from hypothesis import given
from hypothesis import strategies as st

from index.query.word_table import KnownWords, WordNumbers, lines

WORDS = st.text(string.ascii_lowercase + "çğış 怎么", max_size=4)


@given(st.lists(WORDS), st.lists(WORDS))
def test_the_words_that_were_given_are_known(given_words: list[str], asked: list[str]) -> None:
    known = KnownWords(given_words)
    assert len(known) == len(set(given_words))
    assert [word in known for word in (*given_words, *asked)] == [
        word in set(given_words) for word in (*given_words, *asked)
    ]


@given(st.dictionaries(WORDS, st.integers(0, 255)), st.lists(WORDS))
def test_each_word_has_its_number(numbers: dict[str, int], asked: list[str]) -> None:
    table = WordNumbers(numbers.items())
    assert [table.get(word, 300) for word in (*numbers, *asked)] == [
        numbers.get(word, 300) for word in (*numbers, *asked)
    ]


@given(st.text("ab\n"))
def test_lines_are_those_between_line_feeds(text: str) -> None:
    assert list(lines(text)) == text.split("\n")
