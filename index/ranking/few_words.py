"""A search of one or two words, as most are: where an article has them, there is something to choose from.

The calibration is fitted to questions, most of them sentences, and a word alone is near to everything. Of words of
titles and authors' synonyms typed alone a quarter went to a person though their article was among the five
(docs/search.md). So a list is shown for a word that one of the five has, and for two that the first has. That makes
nothing an answer.
"""

from collections.abc import Sequence

from index.analysis import family
from index.query.commonness import informativeness
from index.query.everyday import is_only_guessed
from index.query.synonyms import Expansion
from index.ranking.first_place import contained, expanded_words
from index.ranking.retrievers import query_words
from index.storage.generation import Generation

# Words; in Chinese pairs of characters, of which two words have three.
_MOST, _MOST_PAIRS = 2, 3
# `over` and `any` are words of everything.
_INFORMATIVE = 0.3
_CODE_DIGITS = 3


def stand_in_an_article(
    generation: Generation, rows: Sequence[int], text: str, lang: str, expansions: Sequence[Expansion]
) -> bool:
    """Whether a query is an informative word, or a synonym of one, of any of these article rows, or two of the first's.
    `rows` are those that are shown, best first. Chinese articles have words in Latin letters as they are typed: `Visa`
    is taken for English there."""
    asked = family(lang)
    for place, row in enumerate(rows):
        name = str(generation.article_family[row])
        if name not in (asked, "zh"):
            continue
        pairs = query_words(generation, name, text, lang)
        if not 0 < len(pairs) <= (_MOST_PAIRS if asked == "zh" else _MOST) or (place and len(pairs) > 1):
            continue
        if not any(informativeness(word) >= _INFORMATIVE and not _is_small_number(word) for _, word in pairs):
            continue
        lexicon, own = generation.lexicons[name], int(generation.row_in_family[row])
        found = contained(lexicon.articles, own, lexicon.lookup([token for token, _ in pairs]))
        if not found.all() and expansions and name == asked:
            found = found | expanded_words(lexicon, own, pairs, expansions, name)
        if found.all():
            return True
    return False


def is_guessed(generation: Generation, text: str, lang: str, expansions: Sequence[Expansion]) -> bool:
    """Whether all that a query says is words that were taken for others by a guess."""
    if not any(expansion.is_guess for expansion in expansions):
        return False
    return is_only_guessed(query_words(generation, family(lang), text, lang), expansions)


def _is_small_number(word: str) -> bool:
    """A number of three digits and more may be an error code or an order."""
    return word.isdigit() and len(word) < _CODE_DIGITS
