"""Pure: recognises articles that were renamed or moved, so that their old addresses redirect by themselves.

An article that vanished is the one that came of it when it has the same file, the same text, nearly the same text, or
when a translation of it made the same move. Nothing is removed on such a guess, and a redirect gives way as soon as an
article has that address again. A vanished article that nothing came of is remembered: its file may come back with the
next save.
"""

import hashlib
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kb.models import Article, ArticleRef

_WORD = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]|[^\W_]+")
_SHINGLE = 3
_SKETCH = 160
_FEWEST = 8  # shingles; shorter texts are alike by chance
_ALIKE = 0.5
_ALIKE_WITH_TITLE = 0.25
_LONGEST = 200_000


@dataclass(frozen=True)
class FormerArticle:
    """An article that is no longer at its address, by what it is recognised by. `moved_to` is a slug, '' if unknown."""

    ref: ArticleRef
    key: str
    source: str
    title: str
    digest: str
    sketch: tuple[int, ...]
    moved_to: str = ""


def former(article: Article) -> FormerArticle:
    """What is kept of an article that vanished."""
    text = " ".join(article.markdown.split())[:_LONGEST]
    digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest() if text else ""
    return FormerArticle(article.ref, article.key, article.source, article.title, digest, _sketch(text))


def moves(
    vanished: Sequence[FormerArticle], current: Sequence[Article], added: Iterable[ArticleRef]
) -> dict[ArticleRef, str]:
    """The slug each of the vanished articles has now, of those that are recognised. `added` of the current articles
    were not published before."""
    found: dict[ArticleRef, str] = {}
    new_refs = frozenset(added)
    new = [article for article in current if article.ref in new_refs]
    by_source = {(article.lang, article.source): article for article in current if article.source}
    by_digest: dict[tuple[str, str], list[FormerArticle]] = defaultdict(list)
    likeness = {article.ref: former(article) for article in new}
    for one in likeness.values():
        if one.digest:
            by_digest[one.ref.lang, one.digest].append(one)
    for gone in vanished:
        here = by_source.get((gone.ref.lang, gone.source))
        same = sorted(
            by_digest.get((gone.ref.lang, gone.digest), ()), key=lambda one: (one.title != gone.title, one.ref)
        )
        if here is not None and here.ref != gone.ref:
            found[gone.ref] = here.slug
        elif same:
            found[gone.ref] = same[0].ref.slug
    waiting = [gone for gone in vanished if gone.ref not in found]
    found |= _alike(waiting, [one for one in likeness.values() if one.ref.slug not in set(found.values())])
    keys = {(article.lang, article.key): article for article in new}
    came = {article.ref: article.key for article in current}
    new_key = {
        gone.key: came[ArticleRef(gone.ref.lang, found[gone.ref])]
        for gone in vanished
        if gone.ref in found and ArticleRef(gone.ref.lang, found[gone.ref]) in came
    }
    for gone in vanished:  # a translation whose text was written anew as well
        if gone.ref not in found and (there := keys.get((gone.ref.lang, new_key.get(gone.key, "")))):
            found[gone.ref] = there.slug
    return found


def rejoined(articles: Sequence[Article], moved: Mapping[ArticleRef, str]) -> list[Article]:
    """The articles with translations of a renamed article under its new key: they shared its slug, which it has no
    longer."""
    if not moved:
        return list(articles)
    current = {article.ref: article for article in articles}
    keys: dict[str, str] = {}
    for ref, slug in sorted(moved.items()):
        target = current.get(ArticleRef(ref.lang, slug))
        if ref not in current and target is not None and target.key != ref.slug:
            keys.setdefault(ref.slug, target.key)
    taken = {(article.lang, article.key) for article in articles}
    out = []
    for article in articles:
        key = keys.get(article.key)
        # Only one that has the key of its own slug; what `translation_of` says was said by its author.
        if key and article.key == article.slug and (article.lang, key) not in taken:
            article = replace(article, key=key)
        out.append(article)
    return out


def _alike(vanished: Sequence[FormerArticle], new: Sequence[FormerArticle]) -> dict[ArticleRef, str]:
    """The nearest of the new articles for each that vanished, the nearest pairs first, each new article once."""
    having: dict[tuple[str, int], list[int]] = defaultdict(list)
    for number, one in enumerate(new):
        for shingle in one.sketch:
            having[one.ref.lang, shingle].append(number)
    pairs = []
    for gone in vanished:
        shared: dict[int, int] = defaultdict(int)
        for shingle in gone.sketch:
            for number in having.get((gone.ref.lang, shingle), ()):
                shared[number] += 1
        for number in shared:
            one = new[number]
            likeness = _likeness(gone.sketch, one.sketch)
            enough = _ALIKE_WITH_TITLE if gone.title.casefold() == one.title.casefold() else _ALIKE
            if likeness >= enough and min(len(gone.sketch), len(one.sketch)) >= _FEWEST:
                pairs.append((-likeness, gone.ref, one.ref))
    found: dict[ArticleRef, str] = {}
    used: set[ArticleRef] = set()
    for _, gone_ref, ref in sorted(pairs):
        if gone_ref not in found and ref not in used:
            found[gone_ref] = ref.slug
            used.add(ref)
    return found


def _sketch(text: str) -> tuple[int, ...]:
    """The smallest hashes of the text's runs of three words: two sketches share what their texts share."""
    words = [word.casefold() for word in _WORD.findall(text)]
    runs = {" ".join(words[i : i + _SHINGLE]) for i in range(len(words) - _SHINGLE + 1)}
    return tuple(sorted(zlib.crc32(run.encode()) for run in runs)[:_SKETCH])


def _likeness(one: Sequence[int], other: Sequence[int]) -> float:
    """Estimated share of runs both texts have, of all they have."""
    lowest = sorted({*one, *other})[:_SKETCH]
    both = {*one} & {*other}
    return sum(value in both for value in lowest) / len(lowest) if lowest else 0.0
