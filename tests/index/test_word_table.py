"""Words that are only looked up are those that were given, and no others."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.parts.word_table import KnownWords, WordList, WordNumbers, lines

WORDS = st.text(string.ascii_lowercase + "çğış 怎么", max_size=4)


@given(st.lists(WORDS), st.lists(WORDS))
def test_the_words_that_were_given_are_known(given_words: list[str], asked: list[str]) -> None:
    known = KnownWords(given_words)
    assert len(known) == len(set(given_words))
    assert [word in known for word in (*given_words, *asked)] == [
        word in set(given_words) for word in (*given_words, *asked)
    ]


@given(st.dictionaries(WORDS, st.integers(0, 2**31 - 1)), st.lists(WORDS))
def test_each_word_has_its_number(numbers: dict[str, int], asked: list[str]) -> None:
    table = WordNumbers(numbers, numbers.values())
    places = WordNumbers(list(numbers))
    assert [places.get(word) for word in numbers] == list(range(len(numbers)))
    assert len(table) == len(numbers)
    assert [table.get(word) for word in (*numbers, *asked)] == [numbers.get(word) for word in (*numbers, *asked)]
    assert all((word in table) == (word in numbers) for word in asked)


@given(st.lists(WORDS.filter(bool)))
def test_a_list_of_words_is_read_as_it_was_written(words: list[str]) -> None:
    read = WordList("\n".join(words))
    assert len(read) == len(words) and list(read) == words and read[1:3] == words[1:3]
    assert [read[i] for i in range(-len(words), len(words))] == words * 2
    with pytest.raises(IndexError):
        read[len(words)]


@given(st.text("ab\n"))
def test_lines_are_those_between_line_feeds(text: str) -> None:
    assert list(lines(text)) == text.split("\n")
