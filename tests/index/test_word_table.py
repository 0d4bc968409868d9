"""Words that are only looked up are those that were given, and no others."""

import string

import pytest
from hypothesis import example, given
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


def same_memory(word: str) -> set[str]:
    """The word, and what has the same bytes where Python keeps a character in one, two or four."""
    widest = max(map(ord, word))
    data = word.encode("latin-1" if widest < 256 else "utf-16-le" if widest < 65536 else "utf-32-le", "surrogatepass")
    same = {word}
    for encoding in ("latin-1", "utf-16-le", "utf-32-le"):
        try:
            same.add(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    return same


@given(st.lists(st.text(max_size=6).filter(bool), max_size=20))
@example(["of", "eu", "kb", "design", "\u4e00\u0002", "é!"])
def test_words_that_look_alike_in_memory_are_told_apart(words: list[str]) -> None:
    """Python gives them the same hash: `of` and 景."""
    alike = list(dict.fromkeys(other for word in words for other in sorted(same_memory(word))))
    table, known = WordNumbers(alike), KnownWords(words)
    assert [table.get(word) for word in alike] == list(range(len(alike)))
    assert [word in known for word in alike] == [word in words for word in alike]


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
