"""What holds publishing back, as every process and the desk can read it: stored with the published set.

`Held` is a publish that was not done, because it would have removed too much or there was no folder. `RollbackHold`
keeps what a rollback brought back from being overwritten by the folder, which still holds what was rolled back from:
an article stays as rolled back until its file says something else than it did then.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select

from core.database.connection import writing
from core.database.timestamps import iso, moment
from kb import schema
from kb.documents import source_hash, text_hash
from kb.models import Article, ArticleRef, Category
from kb.removals import Lost, Removals

_HELD, _ROLLBACK, _PARTIAL, _PUBLISHER, _FOLLOWED = "held", "rollback", "partial", "publisher", "folder_followed"
_FAILED = "failed"
_ERROR_MOST = 300


class HeldBecause(StrEnum):
    REMOVALS = "removals"
    FOLDER_MISSING = "folder_missing"


@dataclass(frozen=True)
class Held:
    """A publish that was not done. `removals` names what it would have taken away, at most twenty by name; `count` is
    how many they are."""

    because: HeldBecause
    since: datetime
    count: int = 0
    of: int = 0
    languages: tuple[str, ...] = ()
    named: tuple[Lost, ...] = ()

    @staticmethod
    def by(removals: Removals, now: datetime) -> "Held":
        return Held(
            HeldBecause.REMOVALS, now, len(removals.lost), removals.of, removals.languages, removals.named
        )  # fmt: skip

    def same_as(self, other: "Held | None") -> bool:
        """Whether it tells the same, whenever that began."""
        return other is not None and replace(other, since=self.since) == self


@dataclass(frozen=True)
class Failure:
    """A publish that ended with an error of the program, the disk or the database; `error` names it."""

    error: str
    since: datetime


@dataclass(frozen=True)
class RollbackHold:
    """What a rollback to `revision` keeps. Digests are of what the folder said when it was rolled back, '' for nothing;
    articles by reference, categories by `lang/slug`. `texts` has for articles what stays when the file is moved, and
    where it was."""

    revision: int
    since: datetime
    articles: Mapping[ArticleRef, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[ArticleRef, tuple[str, str]] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return bool(self.articles or self.categories)


class PublishState:
    """Reads the state, and notes that there is no folder. Cheap to create; thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def read(self) -> tuple[Held | None, RollbackHold | None]:
        with self._engine.begin() as connection:
            return read_held(connection), read_hold(connection)

    def publisher(self) -> str:
        """The home (`core/cluster/nodes.py`) that published a folder last; '' where nobody said."""
        with self._engine.connect() as connection:
            return fact(connection, _PUBLISHER)

    def published_by(self, home: str) -> None:
        """Note whose folder is published."""
        with self._engine.connect() as connection:
            if fact(connection, _PUBLISHER) == home:
                return
        with writing(self._engine) as connection:
            set_fact(connection, _PUBLISHER, home)

    def folder_followed(self) -> datetime | None:
        """When the last publish of the whole folder began; of what an earlier version published, when that was. None
        before the first."""
        with self._engine.connect() as connection:
            latest = select(func.max(schema.publish_revision.c.at))
            text = fact(connection, _FOLLOWED) or connection.execute(latest).scalar()
        return moment(text) if text else None

    def followed(self, began: datetime) -> None:
        """Note that a publish which began then has followed the folder."""
        with writing(self._engine) as connection:
            set_fact(connection, _FOLLOWED, iso(began))

    def failure(self) -> Failure | None:
        """The error the last publish ended with; None where it ended well."""
        with self._engine.connect() as connection:
            text = fact(connection, _FAILED)
        if not text:
            return None
        stored = json.loads(text)
        return Failure(stored["error"], moment(stored["since"]))

    def failed(self, error: str, now: datetime) -> None:
        """Note that a publish ended with an error. It lasts since the first that did, whatever that one's was."""
        before, error = self.failure(), error[:_ERROR_MOST]
        if before is not None and before.error == error:
            return
        stored = {"error": error, "since": iso(before.since if before is not None else now)}
        with writing(self._engine) as connection:
            set_fact(connection, _FAILED, json.dumps(stored, ensure_ascii=False))

    def worked(self) -> None:
        """Note that a publish ended well."""
        if self.failure() is not None:
            with writing(self._engine) as connection:
                set_fact(connection, _FAILED, "")

    def is_partial(self) -> bool:
        """Whether a part of a large library is published, and the rest is not read yet (`kb/growing.py`)."""
        with self._engine.begin() as connection:
            return fact(connection, _PARTIAL) == "1"

    def folder_missing(self, now: datetime) -> None:
        """Note that a publish found no folder, although articles are published."""
        held = Held(HeldBecause.FOLDER_MISSING, now)
        with self._engine.begin() as connection:
            if held.same_as(read_held(connection)):
                return
        with writing(self._engine) as connection:
            write_held(connection, held)


# Every search asks for one: made once.
_FACT = select(schema.published_set.c.value).where(schema.published_set.c.name == bindparam("fact"))


def fact(connection: Connection, name: str) -> str:
    """One fact about the published set; '' when it is not stored."""
    return str(connection.execute(_FACT, {"fact": name}).scalar() or "")


def set_fact(connection: Connection, name: str, value: str) -> None:
    """Store it, '' removes it; nothing is written where nothing changes."""
    if fact(connection, name) == value:
        return
    connection.execute(delete(schema.published_set).where(schema.published_set.c.name == name))
    if value:
        connection.execute(insert(schema.published_set), {"name": name, "value": value})


def write_partial(connection: Connection, partial: bool) -> None:
    set_fact(connection, _PARTIAL, "1" if partial else "")


def read_held(connection: Connection) -> Held | None:
    text = fact(connection, _HELD)
    if not text:
        return None
    stored = json.loads(text)
    named = tuple(Lost(ArticleRef(lang, slug), title) for lang, slug, title in stored["named"])
    return Held(
        HeldBecause(stored["because"]), moment(stored["since"]), stored["count"], stored["of"],
        tuple(stored["languages"]), named,
    )  # fmt: skip


def write_held(connection: Connection, held: Held | None) -> None:
    """Store what holds a publish back; what was stored already keeps its time."""
    if held is None:
        set_fact(connection, _HELD, "")
        return
    before = read_held(connection)
    if held.same_as(before):
        return
    since = before.since if before is not None and before.because is held.because else held.since
    named = [(one.ref.lang, one.ref.slug, one.title) for one in held.named]
    stored = {
        "because": held.because, "since": iso(since), "count": held.count, "of": held.of,
        "languages": held.languages, "named": named,
    }  # fmt: skip
    set_fact(connection, _HELD, json.dumps(stored, ensure_ascii=False))


def read_hold(connection: Connection) -> RollbackHold | None:
    text = fact(connection, _ROLLBACK)
    if not text:
        return None
    stored = json.loads(text)
    articles = {ArticleRef(lang, slug): digest for lang, slug, digest in stored["articles"]}
    # Nothing of them in a hold that an earlier version wrote.
    texts = {ArticleRef(lang, slug): (text, source) for lang, slug, text, source in stored.get("texts", ())}
    return RollbackHold(stored["revision"], moment(stored["since"]), articles, stored["categories"], texts)


def write_hold(connection: Connection, hold: RollbackHold | None) -> None:
    if hold is None or not hold.holds:
        set_fact(connection, _ROLLBACK, "")
        return
    articles = [(ref.lang, ref.slug, digest) for ref, digest in sorted(hold.articles.items())]
    texts = [(ref.lang, ref.slug, *text) for ref, text in sorted(hold.texts.items()) if ref in hold.articles]
    stored = {
        "revision": hold.revision, "since": iso(hold.since), "articles": articles, "categories": hold.categories,
        "texts": texts,
    }  # fmt: skip
    set_fact(connection, _ROLLBACK, json.dumps(stored, ensure_ascii=False, sort_keys=True))


def hold_after_rollback(
    before: RollbackHold | None,
    revision: int,
    now: datetime,
    was: tuple[Mapping[ArticleRef, Article], Sequence[Category]],
    becomes: tuple[Mapping[ArticleRef, Article], Sequence[Category]],
) -> RollbackHold:
    """What a rollback must keep. The folder says what was published (`was`), except where an earlier rollback holds:
    there it says what it said then. `was` and `becomes` may leave out articles that are in both and in no hold."""
    folder = {ref: source_hash(article) for ref, article in was[0].items()} | dict(before.articles if before else {})
    target = {ref: source_hash(article) for ref, article in becomes[0].items()}
    categories = _categories(was[1]) | dict(before.categories if before else {})
    wanted = _categories(becomes[1])
    return RollbackHold(
        revision,
        now,
        {
            ref: folder.get(ref, "")
            for ref in sorted(folder.keys() | target.keys())
            if folder.get(ref, "") != target.get(ref, "")
        },
        {
            name: categories.get(name, "")
            for name in sorted(categories.keys() | wanted.keys())
            if categories.get(name, "") != wanted.get(name, "")
        },
        {ref: _text(article) for ref, article in was[0].items()} | dict(before.texts if before else {}),
    )


def keep_rolled_back(
    hold: RollbackHold,
    folder: tuple[Sequence[Article], Sequence[Category]],
    published: tuple[Mapping[ArticleRef, Article], Mapping[str, Category]],
    unreadable: Callable[[ArticleRef], bool],
    known: Collection[ArticleRef],
) -> tuple[list[Article], list[Category], RollbackHold]:
    """The folder's articles and categories with those that a rollback holds, and what it holds from now on.

    An article is held while its file says what it said then, also when the file was moved or renamed; `unreadable`
    files say nothing. `known` are all articles that are published: none of them is another one moved.
    """
    articles = {article.ref: article for article in folder[0]}
    categories = {f"{one.lang}/{one.slug}": one for one in folder[1]}
    moved = _moved(hold, articles, known)
    still: dict[ArticleRef, str] = {}
    texts: dict[ArticleRef, tuple[str, str]] = {}
    for ref, then in hold.articles.items():
        fresh = articles.get(moved.get(ref, ref))
        if ref not in moved and not unreadable(ref) and (source_hash(fresh) if fresh else "") != then:
            continue
        if ref in moved and fresh is not None:
            still[fresh.ref], texts[fresh.ref] = source_hash(fresh), _text(fresh)
            del articles[fresh.ref]
            if ref in published[0]:
                articles[fresh.ref] = _in_place_of(fresh, published[0][ref])
            continue
        still[ref] = then
        if ref in hold.texts:
            texts[ref] = hold.texts[ref]
        articles.pop(ref, None)
        if ref in published[0]:
            articles[ref] = published[0][ref]
    still_categories = {}
    digests = _categories(folder[1])
    for name, then in hold.categories.items():
        now = name
        if then and name not in digests:
            now = _renamed(name, then, folder[1], published[1])
        if now != name:
            still_categories[now] = digests[now]
            slug = categories.pop(now).slug
            if name in published[1]:
                categories[now] = replace(published[1][name], slug=slug)
            continue
        if digests.get(name, "") != then:
            continue
        still_categories[name] = then
        categories.pop(name, None)
        if name in published[1]:
            categories[name] = published[1][name]
    # A category is there as long as an article is in it.
    for article in articles.values():
        name = f"{article.lang}/{article.category}"
        if name not in categories and name in published[1]:
            categories[name] = published[1][name]
    return (
        [articles[ref] for ref in sorted(articles)],
        [categories[name] for name in sorted(categories)],
        replace(hold, articles=still, categories=still_categories, texts=texts),
    )


def _moved(
    hold: RollbackHold, articles: Mapping[ArticleRef, Article], known: Collection[ArticleRef]
) -> dict[ArticleRef, ArticleRef]:
    """Where those that are held lie now, of those whose file lies elsewhere and still says the same."""
    found: dict[ArticleRef, ArticleRef] = {}
    new: dict[tuple[str, str], list[ArticleRef]] = {}
    if any(ref not in articles for ref in hold.texts):
        for ref, article in sorted(articles.items(), reverse=True):
            if ref not in known and ref not in hold.articles:
                new.setdefault((ref.lang, text_hash(article)), []).append(ref)
    for ref, (text, source) in sorted(hold.texts.items()):
        fresh = articles.get(ref)
        if fresh is not None:
            if fresh.source != source and text_hash(fresh) == text:
                found[ref] = ref
        elif candidates := new.get((ref.lang, text)):
            found[ref] = candidates.pop()
    return found


def _in_place_of(fresh: Article, rolled_back: Article) -> Article:
    """What was rolled back to, at the place where its file is now."""
    return replace(
        rolled_back.whole(), slug=fresh.slug, key=fresh.key, category=fresh.category, source=fresh.source,
        position=fresh.position,
    )  # fmt: skip


def _renamed(name: str, then: str, folder: Sequence[Category], published: Mapping[str, Category]) -> str:
    """The name of the new category that says what this one said; `name` if there is none."""
    lang, _, slug = name.partition("/")
    for one in folder:
        now = f"{one.lang}/{one.slug}"
        if one.lang == lang and now not in published and repr(replace(one, slug=slug)) == then:
            return now
    return name


def _text(article: Article) -> tuple[str, str]:
    return text_hash(article), article.source


def _categories(categories: Sequence[Category]) -> dict[str, str]:
    return {f"{one.lang}/{one.slug}": repr(one) for one in categories}
