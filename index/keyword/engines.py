"""Which keyword engine a family has: Whoosh, or postings of our own where it would be too slow."""

from collections.abc import Sequence
from pathlib import Path

from index.keyword import postings, whoosh
from index.parts.lexicon import Lexicon
from index.protocols import KeywordIndex

# Whoosh's p95 grows with the number of articles (2 to 3 ms at 5,000, 14 to 16 at 24,000: docs/search.md); at this size
# it comes near the 10 ms that ADR 6 allows.
POSTINGS_FROM_ARTICLES = 12_000


def open_folder(folder: Path, lexicon: Lexicon) -> KeywordIndex:
    """The engine that was written to a folder. Raises ValueError or the engine's own errors when it is damaged."""
    return postings.PostingsIndex(folder, lexicon) if postings.is_written(folder) else whoosh.WhooshIndex(folder)


def write(folder: Path, lexicon: Lexicon) -> None:
    """Write the engine's folder for all articles of a lexicon."""
    if lexicon.articles.rows >= POSTINGS_FROM_ARTICLES:
        postings.write(folder, lexicon)
    else:
        whoosh.write(folder, [lexicon.document(row) for row in range(lexicon.articles.rows)])


def update(folder: Path, before: Path, sources: Sequence[int], lexicon: Lexicon) -> None:
    """Write a folder equal to `write`'s, reusing the folder `before` where the engine can; `sources` gives each row's
    row in `before` (-1: none)."""
    # A collection that shrinks a little keeps its engine: Whoosh writes some hundred documents a second.
    if lexicon.articles.rows >= POSTINGS_FROM_ARTICLES or postings.is_written(before):
        postings.write(folder, lexicon)
    else:
        whoosh.update(folder, before, sources, lexicon.document)


def is_worn(folder: Path) -> bool:
    """Whether writing it anew pays: reused parts slow searches down."""
    return not postings.is_written(folder) and whoosh.is_worn(folder)
