"""The numbered revisions: every publish that changed something, kept, and what was published at each.

Articles are stored by content. What is published now stands in `article`; a content goes to `revision_content` when it
stops being published, compressed and once. So a revision costs a row for each article it changed, and what that article
said before.
"""

import hashlib
import json
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import Connection, Engine, Row, and_, delete, func, insert, or_, select, tuple_, update

from core.database.timestamps import iso, moment
from core.database.upsert import insert_for
from kb import schema
from kb.documents import article_of
from kb.errors import UnknownRevision
from kb.models import Article, ArticleRef, Category

# The last ones stay however old they are: on a site that rarely changes, all of them may be.
KEPT_AT_LEAST = 100
_CHUNK = 300
_T = TypeVar("_T")
_REVISION, _ARTICLE, _CONTENT = schema.publish_revision.c, schema.revision_article.c, schema.revision_content.c
_CATEGORY_FIELDS = frozenset(f.name for f in fields(Category))


class How(StrEnum):
    """By which way a revision was published."""

    COMMAND = "command"
    WATCHER = "watcher"
    SETUP = "setup"
    ROLLBACK = "rollback"
    MIGRATION = "migration"


@dataclass(frozen=True)
class Origin:
    """Who publishes, and what a person said along with it."""

    how: How = How.COMMAND
    reason: str = ""
    removals_allowed: bool = False
    rollback_of: int | None = None


@dataclass(frozen=True)
class Revision:
    """One publish that changed something. `articles` counts those with the status published, drafts are not counted."""

    number: int
    at: datetime
    how: How
    reason: str
    rollback_of: int | None
    articles: int
    added: int
    changed: int
    removed: int


class RevisionRepository:
    """Reads revisions. Cheap to create; thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def latest(self) -> Revision | None:
        """The revision that is published now; None before the first publish."""
        return next(iter(self.list(1)), None)

    def list(self, limit: int | None = None) -> tuple[Revision, ...]:
        """The newest first."""
        query = select(schema.publish_revision).order_by(_REVISION.number.desc()).limit(limit)
        with self._engine.begin() as connection:
            return tuple(_revision(row) for row in connection.execute(query))

    def contents(self, number: int) -> tuple[tuple[Article, ...], tuple[Category, ...]]:
        """Articles and categories as they were published at this revision. Raises UnknownRevision."""
        with self._engine.begin() as connection:
            stored = connection.execute(select(_REVISION.categories).where(_REVISION.number == number)).scalar()
            if stored is None:
                known = connection.execute(select(func.min(_REVISION.number), func.max(_REVISION.number))).one()
                raise UnknownRevision(number, *known)
            wanted = contents_at(connection, number)
            documents = dict(_documents(connection, wanted))
            categories = json.loads(dict(_bodies(connection, [stored]))[stored])
        known_fields = [{name: v for name, v in one.items() if name in _CATEGORY_FIELDS} for one in categories]
        return tuple(article_of(documents[ref]) for ref in wanted), tuple(Category(**one) for one in known_fields)


def _revision(row: Row[tuple[object, ...]]) -> Revision:
    return Revision(
        row.number, moment(row.at), How(row.how), row.reason, row.rollback_of,
        row.articles, row.added, row.changed, row.removed,
    )  # fmt: skip


def content_hash(document: str) -> str:
    return hashlib.sha256(document.encode()).hexdigest()[:32]


def contents_at(connection: Connection, number: int) -> dict[ArticleRef, str]:
    """Every article of a revision with its content's hash, in order."""
    rows = connection.execute(
        select(_ARTICLE.lang, _ARTICLE.slug, _ARTICLE.hash)
        .where(_ARTICLE.since <= number, or_(_ARTICLE.until.is_(None), _ARTICLE.until > number))
        .order_by(_ARTICLE.lang, _ARTICLE.slug)
    )
    return {ArticleRef(row.lang, row.slug): row.hash for row in rows}


def baseline(connection: Connection, now: datetime, window: timedelta) -> int:
    """The revision that was published `window` ago, or a later one whose removals a person allowed; 0 without any."""
    allowed = or_(_REVISION.at <= iso(now - window), _REVISION.removals_allowed == 1)
    number = connection.execute(select(func.max(_REVISION.number)).where(allowed)).scalar()
    return int(number or connection.execute(select(func.min(_REVISION.number))).scalar() or 0)


def first_contents(connection: Connection, refs: Collection[ArticleRef], number: int) -> dict[ArticleRef, str]:
    """The first content each of these articles was published with after a revision, of those that were."""
    found: dict[ArticleRef, str] = {}
    for part in _chunks(sorted(refs)):
        these = tuple_(_ARTICLE.lang, _ARTICLE.slug).in_([(ref.lang, ref.slug) for ref in part])
        query = select(_ARTICLE.lang, _ARTICLE.slug, _ARTICLE.hash).where(these, _ARTICLE.since > number)
        for row in connection.execute(query.order_by(_ARTICLE.since)):
            found.setdefault(ArticleRef(row.lang, row.slug), row.hash)
    return found


def documents(connection: Connection, contents: Mapping[ArticleRef, str]) -> dict[ArticleRef, Article]:
    """Articles by the hash of their content, wherever it is stored."""
    return {ref: article_of(document) for ref, document in _documents(connection, contents)}


def _documents(connection: Connection, contents: Mapping[ArticleRef, str]) -> Iterator[tuple[ArticleRef, str]]:
    left = dict(contents)
    for refs in _chunks(list(contents)):
        article = schema.article.c
        rows = connection.execute(
            select(article.lang, article.slug, article.hash, article.document).where(
                tuple_(article.lang, article.slug).in_([(ref.lang, ref.slug) for ref in refs])
            )
        )
        for row in rows:
            ref = ArticleRef(row.lang, row.slug)
            if left[ref] == row.hash:
                del left[ref]
                yield ref, row.document
    bodies = dict(_bodies(connection, set(left.values())))
    for ref, digest in left.items():
        yield ref, bodies[digest]


def _bodies(connection: Connection, hashes: Collection[str]) -> Iterator[tuple[str, str]]:
    for part in _chunks(sorted(hashes)):
        for row in connection.execute(select(_CONTENT.hash, _CONTENT.body).where(_CONTENT.hash.in_(part))):
            yield row.hash, zlib.decompress(row.body).decode()


def keep_documents(connection: Connection, refs: Collection[ArticleRef]) -> None:
    """Keep what these articles say now; call it before they are removed or replaced."""
    article = schema.article.c
    for part in _chunks(sorted(refs)):
        pairs = [(ref.lang, ref.slug) for ref in part]
        rows = connection.execute(
            select(article.hash, article.document).where(tuple_(article.lang, article.slug).in_(pairs))
        )
        _keep(connection, ((row.hash, row.document) for row in rows))


def _keep(connection: Connection, documents: Iterable[tuple[str, str]]) -> None:
    rows = [{"hash": digest, "body": zlib.compress(text.encode())} for digest, text in dict(documents).items()]
    if rows:
        statement = insert_for(connection, schema.revision_content).on_conflict_do_nothing()
        connection.execute(statement, rows)


def record(
    connection: Connection,
    origin: Origin,
    now: datetime,
    digest: str,
    *,
    written: Mapping[ArticleRef, str],
    ended: Sequence[ArticleRef],
    counts: Mapping[str, int],
    categories: Sequence[Category],
) -> int:
    """Write the next revision: contents that begin with it, articles whose content ended. Its number."""
    number = int(connection.execute(select(func.max(_REVISION.number))).scalar() or 0) + 1
    listed = json.dumps([vars(one) for one in sorted(categories, key=repr)], ensure_ascii=False, sort_keys=True)
    category_list = content_hash(listed)
    _keep(connection, [(category_list, listed)])
    connection.execute(
        insert(schema.publish_revision),
        {
            "number": number,
            "at": iso(now),
            "how": origin.how.value,
            "reason": origin.reason,
            "rollback_of": origin.rollback_of,
            "removals_allowed": int(origin.removals_allowed),
            "digest": digest,
            "categories": category_list,
            **counts,
        },
    )
    for part in _chunks(ended):
        pairs = [(ref.lang, ref.slug) for ref in part]
        these = tuple_(_ARTICLE.lang, _ARTICLE.slug).in_(pairs)
        connection.execute(update(schema.revision_article).where(_ARTICLE.until.is_(None), these).values(until=number))
    rows = [{"lang": ref.lang, "slug": ref.slug, "since": number, "hash": h} for ref, h in written.items()]
    if rows:
        connection.execute(insert(schema.revision_article), rows)
    return number


def forget_old(connection: Connection, before: datetime, newest: int) -> int:
    """Remove revisions older than `before`, except for the last hundred; how many."""
    old = and_(_REVISION.at < iso(before), _REVISION.number <= newest - KEPT_AT_LEAST)
    last = connection.execute(select(func.max(_REVISION.number)).where(old)).scalar()
    if last is None:
        return 0
    count = connection.execute(delete(schema.publish_revision).where(_REVISION.number <= last)).rowcount
    connection.execute(delete(schema.revision_article).where(_ARTICLE.until <= last + 1))
    connection.execute(delete(schema.revision_file).where(schema.revision_file.c.until <= last + 1))
    used = select(_ARTICLE.hash).where(_ARTICLE.until.is_not(None))
    lists = select(_REVISION.categories)
    connection.execute(delete(schema.revision_content).where(_CONTENT.hash.not_in(used), _CONTENT.hash.not_in(lists)))
    return count


def _chunks(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


def latest_number(connection: Connection) -> int:
    """The number of the revision that is published, 0 before the first."""
    return int(connection.execute(select(func.coalesce(func.max(_REVISION.number), 0))).scalar_one())
