"""Replaces the published set: the one writer of published articles, inside a transaction of its caller.

It refuses to take away much of what readers find (`kb/removals.py`), and each replacement that changes something is a
numbered revision (`kb/revisions.py`).
"""

import dataclasses
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, tuple_

from kb import publish_state, revisions, schema
from kb.documents import document_of
from kb.models import Article, ArticleRef, Category, Status
from kb.publish_state import Held, RollbackHold, fact
from kb.removals import (
    WINDOW,
    Before,
    Bodies,
    Removals,
    Standing,
    has_text,
    removals,
    standing,
    standing_of,
    together,
)
from kb.revisions import Origin

_CHUNK = 300  # two parameters each, well below what either database takes in one statement
_PUBLISHER_LOCK = 5_710_021  # any number no other advisory lock of ours has
_DIGEST = "revision"


@dataclass(frozen=True)
class Changes:
    """What one publish changed in the store, or would have. `removals` is what readers lose by it; when that is too
    much and nobody allowed it, it is `refused`. `revision` is its number, 0 where nothing changed or was written.
    `digest` is that of the set which is now published, '' where these articles are not."""

    added: tuple[ArticleRef, ...] = ()
    changed: tuple[ArticleRef, ...] = ()
    removed: tuple[ArticleRef, ...] = ()
    unchanged: tuple[ArticleRef, ...] = ()
    removals: Removals = field(default_factory=Removals)
    refused: bool = False
    revision: int = 0
    digest: str = ""


@dataclass(frozen=True)
class PublishedSet:
    """A set as it was published. It is still what the database holds while `digest` is the one there: that is written
    with the articles, and is of all their content hashes."""

    digest: str
    articles: Mapping[ArticleRef, Article]
    hashes: Mapping[ArticleRef, str]

    def is_of(self, connection: Connection) -> bool:
        """Whether this is what the database holds."""
        return bool(self.digest) and self.digest == read_digest(connection)


NOTHING = PublishedSet("", {}, {})


def compare(
    connection: Connection,
    wanted: Mapping[ArticleRef, Article],
    hashes: Mapping[ArticleRef, str],
    now: datetime,
    day: date,
    origin: Origin,
    known: PublishedSet = NOTHING,
) -> Changes:
    """What `replace` would change, and whether it would refuse. `known` spares reading what is published, if it is
    that."""
    stored = known.hashes if known.is_of(connection) else stored_hashes(connection)
    pairs = [(ref, stored.get(ref), digest) for ref, digest in hashes.items()]
    changes = Changes(
        added=_sorted(ref for ref, before, _ in pairs if before is None),
        changed=_sorted(ref for ref, before, digest in pairs if before is not None and before != digest),
        removed=_sorted(stored.keys() - wanted.keys()),
        unchanged=_sorted(ref for ref, before, digest in pairs if before == digest),
    )
    lost = _removals(connection, wanted, hashes, changes, stored, now, day)
    return dataclasses.replace(changes, removals=lost, refused=lost.too_many and not origin.removals_allowed)


def replace(
    connection: Connection,
    wanted: Mapping[ArticleRef, Article],
    hashes: Mapping[ArticleRef, str],
    categories: Sequence[Category],
    now: datetime,
    day: date,
    origin: Origin,
    *,
    hold: RollbackHold | None = None,
    keep_days: int = 0,
    only_adding: bool = False,
    moved: Mapping[ArticleRef, ArticleRef] | None = None,
    known: PublishedSet = NOTHING,
) -> Changes:
    """Replace the published set; unchanged rows are not written. `moved` says what became of articles that are gone,
    `known` is what may be published.

    Nothing is replaced when it would take too much away and `origin` does not allow that: it is noted as held. `day` is
    today for readers. `hold` is what an earlier rollback keeps from now on; a rollback itself makes its own. Revisions
    older than `keep_days` are forgotten, 0 keeps all. With `only_adding` these are a part of what is to be published:
    nothing is done where more than new articles would come of it.
    """
    _one_publisher(connection)
    changes = compare(connection, wanted, hashes, now, day, origin, known)
    if only_adding and (changes.refused or changes.removed or changes.changed):
        return Changes()
    if changes.refused:
        publish_state.write_held(connection, Held.by(changes.removals, now))
        return changes
    if origin.rollback_of is not None:
        hold = _rollback_hold(connection, origin.rollback_of, now, changes, wanted, categories)
    ended, written = (*changes.removed, *changes.changed), (*changes.added, *changes.changed)
    revisions.keep_documents(connection, ended)
    _delete(connection, ended)
    if written:
        connection.execute(insert(schema.article), [_row(wanted[ref], hashes[ref], now) for ref in written])
    _replace_aliases(connection, wanted, moved or {})
    _replace_categories(connection, categories)
    publish_state.write_partial(connection, only_adding)
    if not only_adding:
        publish_state.write_held(connection, None)
        publish_state.write_hold(connection, hold)
    digest = _digest(hashes, categories)
    changes = dataclasses.replace(changes, digest=digest)
    if digest == read_digest(connection):
        return changes
    publish_state.set_fact(connection, _DIGEST, digest)
    counts = {
        "articles": sum(article.status is Status.PUBLISHED for article in wanted.values()),
        "added": len(changes.added),
        "changed": len(changes.changed),
        "removed": len(changes.removed),
    }
    new = {ref: hashes[ref] for ref in written}
    number = revisions.record(
        connection, origin, now, digest, written=new, ended=ended, counts=counts, categories=categories
    )
    if keep_days:
        revisions.forget_old(connection, now - timedelta(days=keep_days), number)
    return dataclasses.replace(changes, revision=number)


def read_digest(connection: Connection) -> str:
    """A digest of the whole set; '' before the first publish."""
    return fact(connection, _DIGEST)


def stored_hashes(connection: Connection) -> dict[ArticleRef, str]:
    rows = connection.execute(select(schema.article.c.lang, schema.article.c.slug, schema.article.c.hash))
    return {ArticleRef(lang, slug): digest for lang, slug, digest in rows}


def _sorted(refs: Iterable[ArticleRef]) -> tuple[ArticleRef, ...]:
    """In their own order, of which a key costs less than comparing thousands of them with each other."""
    return tuple(sorted(refs, key=attrgetter("lang", "slug")))


def _one_publisher(connection: Connection) -> None:
    """Wait until no other process publishes; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.set_config("lock_timeout", "60s", True)))
        connection.execute(select(func.pg_advisory_xact_lock(_PUBLISHER_LOCK)))


def _removals(
    connection: Connection,
    wanted: Mapping[ArticleRef, Article],
    hashes: Mapping[ArticleRef, str],
    changes: Changes,
    stored: Mapping[ArticleRef, str],
    now: datetime,
    day: date,
) -> Removals:
    """What readers would lose of the articles published now, and of those that went within the last hour."""
    hidden = any(standing_of(wanted[ref], day) < Standing.VISIBLE for ref in changes.changed)
    if not changes.removed and not hidden and all(has_text(wanted[ref].markdown) for ref in changes.changed):
        return Removals()
    less = {ref for ref, article in wanted.items() if standing_of(article, day) < Standing.VISIBLE}
    columns = schema.article.c
    rows = connection.execute(
        select(columns.lang, columns.slug, columns.title, columns.status, columns.publish_date, columns.expiry_date)
    )
    today = {
        ArticleRef(row.lang, row.slug): Before(
            row.title, standing(row.status, _date(row.publish_date), _date(row.expiry_date), day)
        )
        for row in rows
    }
    since = revisions.baseline(connection, now, WINDOW)
    earlier = revisions.contents_at(connection, since)
    edited = {ref for ref, digest in earlier.items() if hashes.get(ref, digest) != digest}
    less |= {ref for ref in edited if not has_text(wanted[ref].markdown)}
    # Only what may be lost is read; of the others it is enough that they were there.
    before = {ref: today[ref] for ref in earlier if ref in today}
    gone = {
        ref: digest
        for ref, digest in earlier.items()
        if stored.get(ref) != digest and (ref in less or ref not in wanted)
    }
    before |= {
        ref: Before(article.title, standing_of(article, day))
        for ref, article in revisions.documents(connection, gone).items()
    }

    def said(contents: Mapping[ArticleRef, str]) -> Bodies:
        def body_of(refs: Collection[ArticleRef]) -> dict[ArticleRef, str]:
            read = revisions.documents(connection, {ref: contents[ref] for ref in refs})
            return {ref: article.markdown for ref, article in read.items()}

        return body_of

    def first(refs: Collection[ArticleRef]) -> dict[ArticleRef, tuple[str, str]]:
        contents = revisions.first_contents(connection, refs, since)
        contents = {ref: digest for ref, digest in contents.items() if digest != hashes[ref]}
        read = revisions.documents(connection, contents)
        return {ref: (article.title, article.markdown) for ref, article in read.items()}

    articles, bodies = wanted.values(), (said(stored), said(earlier))
    lost, lost_since = removals(today, articles, day, bodies[0]), removals(before, articles, day, bodies[1], first)
    return together(lost, lost_since, today, before, bodies)


def _rollback_hold(
    connection: Connection,
    revision: int,
    now: datetime,
    changes: Changes,
    wanted: Mapping[ArticleRef, Article],
    categories: Sequence[Category],
) -> RollbackHold:
    earlier = publish_state.read_hold(connection)
    refs = {*changes.added, *changes.changed, *changes.removed, *(earlier.articles if earlier else ())}
    stored = stored_hashes(connection)
    was = revisions.documents(connection, {ref: stored[ref] for ref in refs if ref in stored})
    becomes = {ref: wanted[ref] for ref in refs if ref in wanted}
    return publish_state.hold_after_rollback(
        earlier, revision, now, (was, _categories(connection)), (becomes, categories)
    )


def _replace_aliases(
    connection: Connection, every: Mapping[ArticleRef, Article], moved: Mapping[ArticleRef, ArticleRef]
) -> None:
    """An old address once published leads to its article as long as that is there: also after the line is gone from
    the file, as when an import or another tool wrote it anew. Another article that claims it gets it."""
    wanted: dict[str, ArticleRef] = {}
    articles = [article for article in every.values() if article.aliases]
    # Of translations with the same alias the original gets it; a draft never wins over a published article.
    for a in sorted(articles, key=lambda a: (a.status is Status.DRAFT, a.slug != a.key, a.lang, a.slug)):
        for path in a.aliases:
            wanted.setdefault(path, a.ref)
    aliases = select(schema.article_alias.c.path, schema.article_alias.c.lang, schema.article_alias.c.slug)
    stored = {row.path: ArticleRef(row.lang, row.slug) for row in connection.execute(aliases)}
    for path, ref in stored.items():
        now_at = moved.get(ref, ref)
        if now_at in every:
            wanted.setdefault(path, now_at)
    if stored == wanted:
        return
    connection.execute(delete(schema.article_alias))
    if wanted:
        rows = [{"path": path, "lang": ref.lang, "slug": ref.slug} for path, ref in wanted.items()]
        connection.execute(insert(schema.article_alias), rows)


def _replace_categories(connection: Connection, categories: Sequence[Category]) -> None:
    connection.execute(delete(schema.category))
    if categories:
        connection.execute(insert(schema.category), [vars(c) for c in categories])


def _categories(connection: Connection) -> list[Category]:
    return [Category(**row) for row in connection.execute(select(schema.category)).mappings()]


def _row(article: Article, digest: str, now: datetime) -> dict[str, Any]:
    return {
        "lang": article.lang,
        "slug": article.slug,
        "article_key": article.key,
        "category": article.category,
        "title": article.title,
        "summary": article.summary,
        "status": article.status.value,
        "audience": article.audience,
        "position": article.position,
        "publish_date": article.publish_date.isoformat() if article.publish_date else None,
        "expiry_date": article.expiry_date.isoformat() if article.expiry_date else None,
        "updated": (article.updated or now.date()).isoformat(),
        "source": article.source,
        "hash": digest,
        "document": document_of(article),
    }


def _digest(hashes: Mapping[ArticleRef, str], categories: Sequence[Category]) -> str:
    payload = json.dumps([sorted(hashes.values()), sorted(map(repr, categories))])
    return hashlib.sha256(payload.encode()).hexdigest()[:16]


def _delete(connection: Connection, refs: Sequence[ArticleRef]) -> None:
    for start in range(0, len(refs), _CHUNK):
        pairs = [(ref.lang, ref.slug) for ref in refs[start : start + _CHUNK]]
        these = tuple_(schema.article.c.lang, schema.article.c.slug).in_(pairs)
        connection.execute(delete(schema.article).where(these))


def _date(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored else None
