"""Pure: a word that somebody has not finished typing, and the words of the articles that it may become.

The results page reads it the same way, so that what is suggested while typing is always found there.
"""

import re
from collections.abc import Mapping

from index.analysis import family, to_simplified, tokens
from index.models import ArticleHit, SearchResult, Verdict
from index.parts.lexicon import Lexicon
from index.query.parser import CJK, SPACED, insisted, plain
from index.query.spelling import Vocabulary, common_words
from index.query.synonyms import Expansion

_LAST = re.compile(rf"(?<!{SPACED})[^\W\d_{CJK}]{{2,}}$")
_WORDS = re.compile(rf"[{CJK}]+|{SPACED}+")
_MOST = 6
# From so many letters on, a word that articles have only longer is more likely begun than meant.
_SURE = 4


def unfinished(
    text: str, lang: str, vocabularies: Mapping[str, Vocabulary], lexicons: Mapping[str, Lexicon]
) -> tuple[Expansion, ...]:
    """What the last word of a question may become, when no article holds it in any form.

    A short word that everybody uses is finished (`rent a car` means no card), unless it is all there is.
    """
    match = _LAST.search(text)
    if match is None or any(start < match.end() <= end for start, end in insisted(text)):
        return ()
    form = plain(match.group())
    typed = tuple(tokens(match.group(), lang, query=True))
    own = lexicons.get(family(lang))
    if any(form in v.by_plain for v in vocabularies.values()) or (own and all(t in own.ids for t in typed)):
        return ()
    if text[: match.start()].strip() and len(form) < _SURE and form in common_words():
        return ()
    # Its own language's words; where Latin letters are a name, as in Chinese, those of all.
    spoken = [name for name in vocabularies if name == family(lang)] if family(lang) != "zh" else list(vocabularies)
    found: dict[tuple[str, ...], str] = {}
    for name in spoken:
        for word in vocabularies[name].beginning(form, 4 * _MOST):
            found.setdefault(tuple(tokens(word, lang, query=True)), word)
    means = [word for kept, word in found.items() if kept and kept != typed][:_MOST]
    return (Expansion(typed, tuple(means)),) if means else ()


def suggested(result: SearchResult, limit: int) -> tuple[ArticleHit, ...]:
    """What to suggest of a result while its question is being typed: its first hits.

    Where the page would offer a person first, only articles whose title has what was typed, which is no claim that
    they answer it.
    """
    if result.verdict is not Verdict.ASK_HUMAN:
        return result.hits[:limit]
    return tuple(hit for hit in result.hits if begins(result.query, hit.title, hit.ref.lang))[:limit]


def begins(typed: str, title: str, lang: str) -> bool:
    """Whether a title has all of the words typed, each as it stands, in another form, or only begun."""
    said = _WORDS.findall(plain(to_simplified(title)))
    kept = set(tokens(title, lang))
    whole = " ".join(said)
    words = _WORDS.findall(plain(to_simplified(typed)))
    return bool(words) and all(
        word in whole if re.match(f"[{CJK}]", word) else _has(word, said, kept, lang) for word in words
    )


def _has(word: str, said: list[str], kept: set[str], lang: str) -> bool:
    own = tokens(word, lang, query=True)
    return any(other.startswith(word) for other in said) or (bool(own) and kept.issuperset(own))
