"""Pure: autocomplete: an unfinished last word is completed from the articles' vocabulary.

The results page applies it too, so that it finds whatever was suggested while typing.
"""

import re
from collections.abc import Mapping

from index.analysis import family, to_simplified, tokens
from index.models import ArticleHit, SearchResult, Verdict
from index.parts.lexicon import Lexicon
from index.query.parser import SPACED, operator_spans
from index.query.plain_text import CJK, plain
from index.query.spelling import Vocabulary, common_words
from index.query.synonyms import Expansion

_LAST_WORD = re.compile(rf"(?<!{SPACED})[^\W\d_{CJK}]{{2,}}$")
_WORDS = re.compile(rf"[{CJK}]+|{SPACED}+")
_MAX_COMPLETIONS = 6
# From this many letters on, a word found only as a prefix is taken to be unfinished.
_PREFIX_LENGTH = 4


def completions(
    text: str, lang: str, vocabularies: Mapping[str, Vocabulary], lexicons: Mapping[str, Lexicon]
) -> tuple[Expansion, ...]:
    """Completions of a query's last word, when no article contains the word in any form.

    A short common word counts as finished (`rent a car` does not mean card), unless it is the whole query.
    """
    match = _LAST_WORD.search(text)
    if match is None or any(start < match.end() <= end for start, end in operator_spans(text)):
        return ()
    form = plain(match.group())
    typed = tuple(tokens(match.group(), lang, query=True))
    own = lexicons.get(family(lang))
    if any(form in v.by_plain for v in vocabularies.values()) or (own and all(t in own.ids for t in typed)):
        return ()
    if text[: match.start()].strip() and len(form) < _PREFIX_LENGTH and form in common_words():
        return ()
    # The query language's vocabulary; for Chinese all of them, since Latin letters are mostly a foreign name there.
    families = [name for name in vocabularies if name == family(lang)] if family(lang) != "zh" else list(vocabularies)
    found: dict[tuple[str, ...], str] = {}
    for name in families:
        for word in vocabularies[name].with_prefix(form, 4 * _MAX_COMPLETIONS):
            found.setdefault(tuple(tokens(word, lang, query=True)), word)
    means = [word for word_tokens, word in found.items() if word_tokens and word_tokens != typed][:_MAX_COMPLETIONS]
    return (Expansion(typed, tuple(means)),) if means else ()


def suggestions(result: SearchResult, limit: int) -> tuple[ArticleHit, ...]:
    """The hits to suggest while a query is being typed.

    Those that the results page shows without being asked for more, and articles whose title matches the typed words,
    which does not claim an answer. With the verdict ASK_HUMAN only the latter.
    """
    shown = 0 if result.verdict is Verdict.ASK_HUMAN else len(result.plausible_hits)
    return tuple(
        hit
        for place, hit in enumerate(result.hits)
        if place < shown or matches_title(result.query, hit.title, hit.ref.lang)
    )[:limit]


def matches_title(typed: str, title: str, lang: str) -> bool:
    """Whether a title contains all typed words, each as a whole word, in another form, or as a prefix."""
    title_words = _WORDS.findall(plain(to_simplified(title)))
    title_tokens = set(tokens(title, lang))
    joined_title = " ".join(title_words)
    words = _WORDS.findall(plain(to_simplified(typed)))
    return bool(words) and all(
        word in joined_title if re.match(f"[{CJK}]", word) else _matches(word, title_words, title_tokens, lang)
        for word in words
    )


def _matches(word: str, title_words: list[str], title_tokens: set[str], lang: str) -> bool:
    word_tokens = tokens(word, lang, query=True)
    return any(other.startswith(word) for other in title_words) or (
        bool(word_tokens) and title_tokens.issuperset(word_tokens)
    )
