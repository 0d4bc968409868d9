"""A query's filters as a mask over articles, so that they hold before anything is retrieved.

Applied afterwards, a filter that few articles pass would find hardly any: of the true thirty, a third are among 800
passages where one in eighty passes (docs/search.md).
"""

import numpy as np
from numpy.typing import NDArray

from index.models import SearchQuery
from index.storage.generation import Generation, IndexedArticle

Mask = NDArray[np.bool_]

# Masks kept of one generation: a byte an article each.
_KEPT = 64


def passes(article: IndexedArticle, query: SearchQuery) -> bool:
    """Whether an article passes a query's filters."""
    return (
        (query.category is None or f"{article.category}/".startswith(f"{query.category}/"))
        and (query.audience is None or article.audience in (query.audience, "everyone"))
        and (query.language is None or article.lang == query.language)
    )


def searched_rows(generation: Generation, query: SearchQuery) -> Mask | None:
    """The article rows to search: those that pass the filters, and their translations; None without a filter.

    Translations are searched too, since what is retrieved in one language may be shown in another.
    """
    wanted = query.category, query.audience, query.language
    if not any(wanted):
        return None
    masks = generation.filter_masks
    if wanted not in masks:
        passing = {a.key for a in generation.articles if passes(a, query)}
        if len(masks) >= _KEPT:
            masks.clear()
        masks[wanted] = np.array([a.key in passing for a in generation.articles], bool)
    return masks[wanted]
