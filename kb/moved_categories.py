"""Remembers where categories went whose folders were renamed or moved, so that their old addresses redirect.

A category is known by its articles: where most of those went that were in it, there it is now. Nothing is told of a
category that is there (again), and none is forgotten for another reason.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from kb.models import ArticleRef
from kb.publish_state import fact, set_fact

_MOVED = "moved_categories"
_MOST_MOVES = 20


def remember(
    connection: Connection,
    before: Mapping[ArticleRef, str],
    after: Mapping[ArticleRef, str],
    moved_to: Mapping[ArticleRef, str],
) -> None:
    """Note the categories that went, given the category of every article. `moved_to` has new slugs of articles."""
    stored = _read(connection)
    live = _all_levels(after)
    went: dict[str, Counter[str]] = defaultdict(Counter)
    for ref, old in before.items() if _all_levels(before) - live else ():
        new = after.get(ref) or after.get(ArticleRef(ref.lang, moved_to.get(ref, "")))
        if not new or new == old:
            continue
        for level in _levels(old):
            if f"{ref.lang}/{level}" not in live:
                below = old.removeprefix(level)
                went[f"{ref.lang}/{level}"][new.removesuffix(below) or new] += 1
    found = {name: min(places, key=lambda slug: (-places[slug], slug)) for name, places in went.items()}
    now_known = {name: slug for name, slug in (stored | found).items() if name not in live}
    if now_known != stored:
        set_fact(connection, _MOVED, json.dumps(now_known, ensure_ascii=False, sort_keys=True) if now_known else "")


def now(connection: Connection, lang: str, slug: str) -> str:
    """Where this category is now, by every move since; '' if it never moved."""
    stored = _read(connection)
    found = ""
    for _step in range(_MOST_MOVES):
        slug = stored.get(f"{lang}/{slug}", "")
        if not slug:
            break
        found = slug
    return found


def _read(connection: Connection) -> dict[str, str]:
    return dict(json.loads(fact(connection, _MOVED) or "{}"))


def _all_levels(categories: Mapping[ArticleRef, str]) -> set[str]:
    """Every category with an article in it or below it."""
    used = {(ref.lang, slug) for ref, slug in categories.items()}
    return {f"{lang}/{level}" for lang, slug in used for level in _levels(slug)}


def _levels(slug: str) -> Iterator[str]:
    """A category and those it is in."""
    while slug:
        yield slug
        slug = slug.rpartition("/")[0]
