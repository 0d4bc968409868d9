"""Whether the titles of some articles find them, by words alone: a quick look at a library that was just brought in."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from index.analysis import family
from index.embed.hashing import HashingEmbedder
from index.ranking.retrievers import keyword_retriever
from index.storage.build import bring_up_to_date
from index.storage.live import LiveIndex
from kb.models import Article

TOP = 5


@dataclass(frozen=True)
class TitleReport:
    """`lost` are titles that do not find their own article among the first TOP."""

    found: int
    tried: int
    lost: tuple[str, ...] = ()


def titles_by_words(articles: Sequence[Article]) -> TitleReport:
    """Build a temporary index of these articles, and search every title in its language."""
    if not articles:
        return TitleReport(0, 0)
    with tempfile.TemporaryDirectory(prefix="signpost-titles-") as scratch:
        bring_up_to_date(articles, HashingEmbedder(8), Path(scratch))
        generation = LiveIndex(Path(scratch)).current()
        if generation is None:
            return TitleReport(0, 0)
        lost = []
        for article in articles:
            found = keyword_retriever(generation, article.title, article.lang, TOP * 4)
            ranked = found.get(f"keyword:{family(article.lang)}", [])
            keys = list(dict.fromkeys(generation.articles[row].key for row in ranked))[:TOP]
            if article.key not in keys:
                lost.append(article.title)
    return TitleReport(len(articles) - len(lost), len(articles), tuple(lost))
