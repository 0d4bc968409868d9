"""A large library that nothing is published of is published in growing parts while it is read, so that the first
articles are found within seconds. A part only ever adds (`published_set.replace`): what is published stays untouched
until the whole folder has been read, and the guards against removals stand before that publish as before any other.
"""

from collections.abc import Callable, Sequence

from kb.models import Article, Category

# A smaller library is read before a part of it would be worth the writing.
_LARGE = 400
_FIRST = 50
# Each part is so many times the one before, so that all of them together cost little more than the whole.
_GROWTH = 4
_NEARLY_ALL = 0.8


class GrowingParts:
    """Publishes what has been read of a folder so far, now and then."""

    def __init__(self, publish: Callable[[Sequence[Article], Sequence[Category]], None]) -> None:
        self._publish = publish
        self._next = _FIRST

    def is_due(self, read: int, total: int) -> bool:
        """Whether `read` articles of a folder with `total` files are worth a part."""
        return total >= _LARGE and self._next <= read < total * _NEARLY_ALL

    def publish(self, articles: Sequence[Article], categories: Sequence[Category]) -> None:
        self._next = len(articles) * _GROWTH
        self._publish(articles, categories)
