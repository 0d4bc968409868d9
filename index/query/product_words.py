"""Words for the product in authors' examples of danger: `kettle` in `the kettle smokes` and `my kettle is on fire`.

Whatever names the product is near all such examples, so it is compared with harmless sentences that name it as well.
The product is what several examples name and a near miss, or a shop, names too; never a word of danger, nor one that an
author looks for by itself. It is counted over all examples, and over those of each kind of danger.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from core.texts.languages import is_chinese
from index.analysis import family, tokens, words
from index.query.harmless import harmless_sentences, harmless_things
from index.query.ordinary import names_harm
from kb.source.urgent_messages import UrgentEntry

# So many examples of a language or a kind name it, and this share of them; and the most words that are taken of each.
_EXAMPLES, _SHARE, _MOST = 2, 0.2, 4
_LETTERS, _CHINESE_LETTERS = 3, 2
# Of a plural or a case, in languages without an analyzer: Laptops, Drohnen, drones.
_ENDING = re.compile(r"(?<=\w{4})(?:e[nrs]|[ens])$")


def product_words(entries: Sequence[UrgentEntry]) -> list[tuple[str, str]]:
    """Such words with their languages, those of most examples first."""
    return [found for some in _by_language(entries) for found in _of(some, some)]


def words_of_kinds(entries: Sequence[UrgentEntry]) -> list[tuple[str, str]]:
    """The same of each kind of danger by itself, but for what is counted over all kinds: whoever tells of a second kind
    names the product in no more examples."""
    every = set(product_words(entries))
    found = (
        product
        for some in _by_language(entries)
        if len({entry.name for entry in some}) > 1
        for entry in some
        for product in _of([entry], some)
        if not _is_told(product, entry, some)
    )
    return [product for product in dict.fromkeys(found) if product not in every]


def _is_told(product: tuple[str, str], entry: UrgentEntry, everything: Sequence[UrgentEntry]) -> bool:
    """Whether near misses say themselves what is harmless about a product: as many name it as examples of a kind do."""
    misses = sum(names(text, product) for other in everything for text in other.near_misses)
    return misses >= sum(names(text, product) for text in entry.examples)


def names(text: str, product: tuple[str, str]) -> bool:
    """Whether a text has such a word, in any form."""
    lang, word = product
    return _said(word, lang) <= _said(text, lang)


@lru_cache(maxsize=4096)
def _said(text: str, lang: str) -> frozenset[str]:
    return frozenset(token for token, _ in _named(text, lang))


def _by_language(entries: Sequence[UrgentEntry]) -> Iterable[list[UrgentEntry]]:
    own: dict[str, list[UrgentEntry]] = {}
    for entry in entries:
        own.setdefault(spoken(entry.lang), []).append(entry)
    return own.values()


def spoken(lang: str) -> str:
    """The language of a tag, Chinese in either script, without its region: what everyday sentences are filed under."""
    return "zh" if is_chinese(lang) else lang.split("-")[0]


def _of(entries: Sequence[UrgentEntry], everything: Sequence[UrgentEntry]) -> Iterator[tuple[str, str]]:
    """What the examples of some entries name, of all entries of their language."""
    lang = entries[0].lang
    written: dict[str, tuple[str, str]] = {}
    counts: Counter[str] = Counter()
    examples = [(entry.lang, text) for entry in entries for text in entry.examples]
    for tag, text in examples:
        named = dict(_named(text, tag))
        counts.update(named.keys())
        for token, word in named.items():
            written.setdefault(token, (tag, word))
    told = {token for entry in everything for text in entry.near_misses for token, _ in _named(text, entry.lang)}
    alone = {
        token for entry in everything for phrase in entry.words
        for token in _tokens_of(phrase.replace("*", ""), entry.lang) if len(phrase.split()) == 1
    }  # fmt: skip
    things, everyday = _things(spoken(lang)), _everyday(spoken(lang))
    least = max(_EXAMPLES, _SHARE * len(examples))
    found = [
        token
        for token, count in counts.most_common()
        if count >= least
        and token in told | things
        and token not in alone
        and (token in things or token not in everyday)
        and not names_harm(written[token][1])
    ]
    return iter(_joined([written[token] for token in found[:_MOST]], [text for _, text in examples], least))


def _joined(found: list[tuple[str, str]], examples: Sequence[str], least: float) -> list[tuple[str, str]]:
    """Words that stand side by side in so many examples as one name: `hair dryer`."""
    for lang, first in found:
        for _, second in found:
            name = f"{first} {second}"
            if first != second and sum(name.casefold() in text.casefold() for text in examples) >= least:
                rest = [one for one in found if one[1] not in (first, second)]
                return [(lang, name), *_joined(rest, examples, least)]
    return found


def _named(text: str, lang: str) -> Iterable[tuple[str, str]]:
    """The tokens of a text that may name something, each with its word; of Chinese, pairs of characters."""
    if is_chinese(lang):
        return [(token, token) for token in tokens(text, lang) if len(token) >= _CHINESE_LETTERS]
    return [(token, word) for word in words(text) if len(word) >= _LETTERS for token in _tokens_of(word, lang)]


def _tokens_of(text: str, lang: str) -> list[str]:
    """The tokens of a text; in languages without an analyzer of their own without the ending of most plurals."""
    found = tokens(text, lang)
    return [_ENDING.sub("", token) for token in found] if family(lang) == "und" else list(found)


@lru_cache(maxsize=16)
def _things(name: str) -> frozenset[str]:
    return _tokens((lang, text) for lang, text in harmless_things() if spoken(lang) == name)


@lru_cache(maxsize=16)
def _everyday(name: str) -> frozenset[str]:
    """Words that everybody uses: of these only the names of things are taken."""
    return _tokens((lang, text) for lang, text in harmless_sentences() if spoken(lang) == name)


def _tokens(texts: Iterable[tuple[str, str]]) -> frozenset[str]:
    return frozenset(token for lang, text in texts for token, _ in _named(text, lang))
