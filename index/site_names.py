"""Names of the site's own product: words that nearly every article has, with a capital.

They tell no article from another. In a vector, though, a name is much of a short question: what says it is near every
title that says it too, in whatever language, and an unknown that names the product seems known. So questions are
embedded without them, and searched by their words with them.
"""

import re
from collections.abc import Iterator

from index.analysis import tokens
from index.query.spelling import common_words
from index.storage.generation import Generation

# In so many of a family's articles; below so many articles only what is no word of any language.
_SHARE, _MANY, _FEWEST = 0.7, 20, 3
# How often it has a capital within a sentence, of all times it stands in one, in the first passages of these articles.
_CAPITALS, _ARTICLES_READ, _TIMES = 0.8, 60, 3
_MOST_OTHERS = 5
# Not a part of a code, an address or a compound (`VPN-Verbindung`).
_BEFORE, _BEHIND = r"(?<![\w.@/\-])", r"(?!\w|[@/]|[.\-]\w)"
_WORD = re.compile(rf"{_BEFORE}[A-Za-z][A-Za-z]{{2,23}}(?:(?=['’])|{_BEHIND})")
_BEGINS = re.compile(r"(?:^|[\n.!?:;。！？：\"“«(*|\-])\s*$")
# What stands before a name, and leads nowhere without it.
_DANGLING = r"(?:\b(?:in|on|with|to|for|from|of|at|by|the|my|your|using|via|mit|in der|de|le|la)\s+)?"


def without_site_names(generation: Generation, text: str, lang: str) -> str:
    """A question to embed, without the names; as it is if it says nothing else, or much more."""
    found = {word for match in _WORD.finditer(text) if _is_name(generation, word := match[0])}
    if not found:
        return text
    listed = "|".join(map(re.escape, sorted(found, key=len, reverse=True)))
    left = re.sub(rf"{_DANGLING}{_BEFORE}(?:{listed})(?:['’]\w{{1,6}})?{_BEHIND}", " ", text)
    left = re.sub(r"\s+(?=[?!.,，。？！])", "", " ".join(left.split())).strip(" ,，-")
    return left if 0 < len(tokens(left, lang, query=True)) <= _MOST_OTHERS else text


def _is_name(generation: Generation, word: str) -> bool:
    form, known = word.lower(), generation.site_names
    if not _is_everywhere(generation, form):
        return False
    if form not in known:
        known[form] = _has_capitals(generation, form)
    return known[form]


def _is_everywhere(generation: Generation, form: str) -> bool:
    large = False
    for name, lexicon in generation.lexicons.items():
        rows = lexicon.articles.rows
        if rows < _FEWEST:
            continue
        ids = lexicon.lookup(tokens(form, name, query=True))
        if not ids or any(i is None or lexicon.articles.frequency[i] < _SHARE * rows for i in ids):
            return False
        large = large or rows >= _MANY
    return large or form not in common_words()


def _has_capitals(generation: Generation, form: str) -> bool:
    pattern = re.compile(rf"(?<!\w){re.escape(form)}(?!\w)", re.IGNORECASE)
    capitals = times = 0
    for text in _read(generation):
        for match in pattern.finditer(text):
            if not _BEGINS.search(text[: match.start()][-4:]):
                times += 1
                capitals += match[0][0].isupper()
    return times >= _TIMES and capitals >= _CAPITALS * times


def _read(generation: Generation) -> Iterator[str]:
    step = max(1, len(generation.articles) // _ARTICLES_READ)
    rows = [int(row) for row in generation.first_passage[:-1:step] if row < len(generation.passages)]
    generation.prepare_shown(rows)
    for row in rows:
        yield generation.passages[row].text
