"""The repository of published articles: the authority on what exists and on what is visible today.

One `publish` is one transaction (`kb/published_set.py`), so that a reader sees the set before it or the set after it.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Select,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
)

from core.database.connection import writing
from core.database.remembered import Remembered
from core.database.timestamps import iso
from kb import moved_categories, published_set, schema
from kb.documents import article_of, document_of
from kb.models import Article, ArticleRef, Category, Status
from kb.moves import FormerArticle, former, moves, rejoined
from kb.publish_state import RollbackHold
from kb.published_set import NOTHING, Changes, PublishedSet, read_digest
from kb.revisions import Origin, content_hash

_LISTED = (
    schema.article.c.lang,
    schema.article.c.slug,
    schema.article.c.article_key,
    schema.article.c.category,
    schema.article.c.title,
    schema.article.c.summary,
    schema.article.c.updated,
    schema.article.c.position,
)
_REFS = select(schema.article.c.lang, schema.article.c.slug)
_COUNT = select(func.count()).select_from(schema.article)
_MOST_MOVES = 20
P = ParamSpec("P")
R = TypeVar("R")
_LARGE = frozenset({"_best", "by_key"})  # whole articles
_CHUNK = 300  # two parameters each, well below what either database takes in one statement


@dataclass(frozen=True)
class ArticleSummary:
    """An article's data for lists. `updated` is the author's date, or else the day its text last changed here."""

    lang: str
    slug: str
    key: str
    title: str
    summary: str
    category: str
    updated: date

    @property
    def ref(self) -> ArticleRef:
        return ArticleRef(self.lang, self.slug)


# The entries of a feed, for which `changes` is asked.
FEED_ENTRIES = 50


def _for_visitors(
    method: Callable[Concatenate["ArticleRepository", P], R],
) -> Callable[Concatenate["ArticleRepository", P], R]:
    """Answered by what was true a moment ago where the database does not answer."""

    @wraps(method)
    def asked(self: "ArticleRepository", /, *args: P.args, **named: P.kwargs) -> R:
        def read() -> R:
            return method(self, *args, **named)

        if self._remembered is None:
            return read()
        # Not the day: at midnight yesterday's answer is better than none. Nor what is left out, said or not.
        question = tuple(one for one in (*args, *named.values()) if one is not None and not isinstance(one, date))
        return self._remembered.ask((method.__name__, question), read, large=method.__name__ in _LARGE)

    return asked


class ArticleRepository:
    """Reads and replaces the published set. Cheap to create; thread-safe."""

    def __init__(self, engine: Engine, readers: Engine | None = None, remembered: Remembered | None = None) -> None:
        """`readers` is the database for what visitors see, which is answered by what is `remembered` where the
        database is not."""
        self._engine = engine
        self._readers = readers or engine
        self._remembered = remembered
        self._kept: dict[tuple[str, str], tuple[ArticleRef, Article, str]] = {}
        self._published = NOTHING
        self._derived: tuple[tuple[str, date], dict[Hashable, Any]] = (("", date.min), {})

    @property
    def engine(self) -> Engine:
        """The database the articles are in, for what else is stored about publishing."""
        return self._engine

    # Writing

    def replace_all(
        self,
        articles: Sequence[Article],
        categories: Sequence[Category],
        now: datetime,
        *,
        dry_run: bool = False,
        origin: Origin = Origin(),  # noqa: B008 - frozen
        day: date | None = None,
        hold: RollbackHold | None = None,
        keep_days: int = 0,
        only_adding: bool = False,
    ) -> Changes:
        """Replace the published set in one transaction; unchanged rows are not written. See `published_set.replace`.

        With `dry_run`, only say what would change. With `only_adding`, nothing is done where more than new articles
        would come of it, or where one that vanished may be an article that is not among these yet.

        Two articles with one ref are a caller's bug: ValueError.
        """
        if len({(a.lang, a.slug) for a in articles}) != len(articles):
            raise ValueError("two articles share one language and slug")
        with self._engine.begin() as connection:
            if only_adding and connection.execute(_COUNT).scalar_one() > len(articles):
                return Changes()  # before thousands of articles that it leaves out are looked up
            if self._published.is_of(connection):
                shelves = {ref: article.category for ref, article in self._published.articles.items()}
            else:
                shelves = _shelves(connection)
            gone = _gone(connection, articles, shelves)
        if only_adding and gone:
            return Changes()
        articles = rejoined(articles, {one.ref: one.moved_to for one in gone if one.moved_to})
        self._kept = self._with_hashes(articles)
        wanted = {ref: article for ref, article, _ in self._kept.values()}
        hashes = {ref: digest for ref, _, digest in self._kept.values()}
        day = day or now.date()
        if dry_run:
            with self._engine.begin() as connection:
                return published_set.compare(connection, wanted, hashes, now, day, origin, self._published)
        moved_to = {one.ref: one.moved_to for one in gone if one.moved_to}
        moved = {ref: ArticleRef(ref.lang, slug) for ref, slug in moved_to.items()}
        with writing(self._engine) as connection:
            changes = published_set.replace(
                connection, wanted, hashes, categories, now, day, origin, hold=hold, keep_days=keep_days,
                only_adding=only_adding, moved=moved, known=self._published,
            )  # fmt: skip
            if not changes.refused:
                _remember(connection, gone, now)
                now_in = {ref: article.category for ref, article in wanted.items()}
                moved_categories.remember(connection, shelves, now_in, moved_to)
        if changes.digest:
            self._published = PublishedSet(changes.digest, wanted, hashes)
        return changes

    def _with_hashes(self, articles: Sequence[Article]) -> dict[tuple[str, str], tuple[ArticleRef, Article, str]]:
        """Each article with its content hash, kept by identity: of thousands compared at a publish few have changed."""
        made = {}
        for article in articles:
            address = article.lang, article.slug
            known = self._kept.get(address)
            if known is None or known[1] is not article:
                known = article.ref, article, self._hash(article)
            made[address] = known
        return made

    def _hash(self, article: Article) -> str:
        # One document at a time, to bound memory: together they are as large as the database.
        return content_hash(document_of(article))

    # One article

    @_for_visitors
    def moved(self, ref: ArticleRef, day: date) -> ArticleRef | None:
        """Where the article that once had this address is now; None if it has one, or nothing visible came of it."""
        with self._readers.begin() as connection:
            for _step in range(_MOST_MOVES):
                row = connection.execute(
                    select(schema.former_address.c.moved_to).where(
                        schema.former_address.c.lang == ref.lang, schema.former_address.c.slug == ref.slug
                    )
                ).first()
                if row is None or not row.moved_to:
                    return None
                ref = ArticleRef(ref.lang, row.moved_to)
                this = and_(schema.article.c.lang == ref.lang, schema.article.c.slug == ref.slug)
                if connection.execute(select(schema.article.c.slug).where(this, _shown_on(day))).first():
                    return ref
        return None

    def all_moved(self) -> dict[ArticleRef, ArticleRef]:
        """Every address that only redirects, with the one it leads to in the end."""
        table = schema.former_address.c
        rows = select(table.lang, table.slug, table.moved_to).where(table.moved_to != "")
        with self._engine.begin() as connection:
            step = {ArticleRef(r.lang, r.slug): ArticleRef(r.lang, r.moved_to) for r in connection.execute(rows)}
            there = {ArticleRef(r.lang, r.slug) for r in connection.execute(_REFS)} if step else set()
        found = {}
        for old in step.keys() - there:
            ref = old
            for _step in range(_MOST_MOVES):
                ref = step.get(ref, ref)
                if ref in there:
                    found[old] = ref
                    break
        return found

    @_for_visitors
    def moved_category(self, lang: str, slug: str) -> str:
        """The slug that a former category has now, known by where its articles went; '' if unknown."""
        with self._readers.begin() as connection:
            return moved_categories.now(connection, lang, slug)

    def get(self, ref: ArticleRef) -> Article | None:
        """The article, whatever its status and dates; None when there is none."""
        this = and_(schema.article.c.lang == ref.lang, schema.article.c.slug == ref.slug)
        return next(iter(self._articles(this)), None)

    @_for_visitors
    def by_key(self, key: str, day: date) -> tuple[Article, ...]:
        """All visible translations of one article, by language."""
        return tuple(a for a in self._articles(schema.article.c.article_key == key) if a.visible_on(day))

    @_for_visitors
    def by_alias(self, path: str) -> ArticleRef | None:
        """The article that an alias (old URL path) now leads to; a trailing slash is ignored."""
        target = select(schema.article_alias.c.lang, schema.article_alias.c.slug)
        with self._readers.begin() as connection:
            row = connection.execute(target.where(schema.article_alias.c.path == "/" + path.strip("/"))).first()
        return ArticleRef(row.lang, row.slug) if row else None

    def best(self, langs: Iterable[str], slug: str, day: date) -> Article | None:
        """The visible article a reader of `langs` (best first) means by `slug`.

        Translations may have slugs of their own: an article with this slug in a language the reader did not ask for
        leads to its translation; and an article that was renamed is found by its former slug. None when no language of
        `langs` has it.
        """
        order = tuple(langs)
        found = self._best(order, slug, day)
        if order and (found is None or found.ref != ArticleRef(order[0], slug)):
            for lang in order[: 1 if found else None]:
                if (now := self.moved(ArticleRef(lang, slug), day)) is not None:
                    return self.get(now)
        return found

    @_for_visitors
    def _best(self, order: tuple[str, ...], slug: str, day: date) -> Article | None:
        keys = select(schema.article.c.article_key).where(schema.article.c.slug == slug)
        found = self._articles(or_(schema.article.c.slug == slug, schema.article.c.article_key.in_(keys)))
        visible = [a for a in found if a.visible_on(day) and a.lang in order]
        return min(visible, key=lambda a: (order.index(a.lang), a.slug != slug, a.slug), default=None)

    # Many articles

    def visible(self, refs: Iterable[ArticleRef], day: date, audience: str | None = None) -> set[ArticleRef]:
        """Which of these are visible on `day`. With an audience: those for it or for everyone.

        Called by every search, so the visible set is cached until the published set or the day changes.
        """
        shown = self._shown(day)
        allowed = None if audience is None else {"everyone", audience}
        return {ref for ref in refs if ref in shown and (allowed is None or shown[ref] in allowed)}

    def visible_count(self, day: date) -> int:
        """How many articles readers can read on `day`."""
        return len(self._shown(day))

    @_for_visitors
    def visibility(self, day: date) -> Hashable:
        """A value that changes whenever `visible` may give another answer."""
        with self._readers.begin() as connection:
            return read_digest(connection), day

    @_for_visitors
    def _shown(self, day: date) -> Mapping[ArticleRef, str]:
        """Every visible article with its audience."""
        columns = (schema.article.c.lang, schema.article.c.slug, schema.article.c.audience)
        query = select(*columns).where(_shown_on(day))

        def read(connection: Connection) -> Mapping[ArticleRef, str]:
            return {ArticleRef(lang, slug): audience for lang, slug, audience in connection.execute(query)}

        return self._until_published("shown", day, read)

    def _until_published(self, question: Hashable, day: date, read: Callable[[Connection], R]) -> R:
        """What `read` returns, kept while the published set and the day stay the same: every page asks for it, and of
        thousands of articles it takes longer than the page. What is empty is not kept."""
        with self._readers.begin() as connection:
            state = (read_digest(connection), day)
            kept = self._derived
            if kept[0] == state and question in kept[1]:
                return cast(R, kept[1][question])
            answer = read(connection)
        if kept[0] != state:
            kept = self._derived = (state, {})
        if answer:
            kept[1][question] = answer
        return answer

    @_for_visitors
    def list(self, lang: str, day: date, category: str | None = None) -> tuple[ArticleSummary, ...]:
        """Visible articles of a language (and category, with those in it), by position and title."""
        query = select(*_LISTED).where(schema.article.c.lang == lang, _shown_on(day))
        if category is not None:
            column = schema.article.c.category
            query = query.where(or_(column == category, column.startswith(f"{category}/", autoescape=True)))

        def read(connection: Connection) -> tuple[ArticleSummary, ...]:
            rows = connection.execute(query).mappings().all()
            return tuple(map(_summary, sorted(rows, key=lambda r: (r["position"], r["title"].casefold()))))

        if category is None:
            return self._until_published(("list", lang), day, read)
        with self._readers.begin() as connection:
            return read(connection)

    def summaries(self, day: date) -> Iterator[ArticleSummary]:
        """Every visible article of all languages, without its text."""
        return (one for lang in self.languages() for one in self.list(lang, day))

    @_for_visitors
    def changes(self, lang: str, limit: int, day: date | None = None) -> tuple[ArticleSummary, ...]:
        """The latest changed articles of a language, newest first; with `day`, only those shown on it."""
        shown = _shown_on(day) if day else schema.article.c.status == Status.PUBLISHED.value
        query = select(*_LISTED).where(schema.article.c.lang == lang, shown)
        query = query.order_by(schema.article.c.updated.desc(), schema.article.c.slug).limit(limit)
        return tuple(map(_summary, self._rows(query)))

    def published(self, day: date) -> tuple[Article, ...]:
        """Every visible article, for indexing."""
        return tuple(a for a in self._articles(_shown_on(day), patiently=True))

    def contents(self, day: date) -> Mapping[ArticleRef, str]:
        """Every visible article with its content digest."""
        columns = (schema.article.c.lang, schema.article.c.slug, schema.article.c.hash)
        known = self._published
        with self._engine.begin() as connection:
            if known.is_of(connection):
                return {ref: known.hashes[ref] for ref, article in known.articles.items() if article.visible_on(day)}
            rows = connection.execute(select(*columns).where(_shown_on(day))).all()
        return {ArticleRef(lang, slug): digest for lang, slug, digest in rows}

    def get_many(self, refs: Iterable[ArticleRef]) -> tuple[Article, ...]:
        """Those of these articles that exist, in no particular order."""
        wanted = [(ref.lang, ref.slug) for ref in refs]
        key = tuple_(schema.article.c.lang, schema.article.c.slug)
        return tuple(
            article
            for start in range(0, len(wanted), _CHUNK)
            for article in self._articles(key.in_(wanted[start : start + _CHUNK]), patiently=True)
        )

    def in_turn(self, day: date) -> Iterator[Article]:
        """Every visible article, some at a time: all texts of thousands at once take more memory than a small machine
        has left."""
        refs = sorted(self._shown(day))
        for start in range(0, len(refs), _CHUNK):
            yield from self.get_many(refs[start : start + _CHUNK])

    def all(self) -> tuple[Article, ...]:
        """Every article, drafts and expired ones too."""
        return tuple(self._articles(None, patiently=True))

    def sources(self) -> Mapping[ArticleRef, str]:
        """The file each article came from, as a path below the articles folder."""
        query = select(schema.article.c.lang, schema.article.c.slug, schema.article.c.source)
        known = self._published
        with self._engine.begin() as connection:
            if known.is_of(connection):
                return {ref: article.source for ref, article in known.articles.items()}
            return {ArticleRef(lang, slug): source for lang, slug, source in connection.execute(query)}

    # The set

    @_for_visitors
    def categories(self, lang: str) -> tuple[Category, ...]:
        """The categories of a language in their order, those without a visible article included."""
        category = schema.category.c
        query = select(
            category.lang, category.slug, category.title, category.description, category.position, category.icon,
            category.page,
        )  # fmt: skip
        query = query.where(category.lang == lang).order_by(category.position, category.title)
        return tuple(Category(**row) for row in self._rows(query))

    @_for_visitors
    def category_languages(self) -> tuple[str, ...]:
        """Languages that have a category, whether or not an article of it is published."""
        rows = self._rows(select(schema.category.c.lang).distinct())
        return tuple(sorted(row["lang"] for row in rows))

    @_for_visitors
    def languages(self) -> tuple[str, ...]:
        """Languages that have a published article."""
        query = select(schema.article.c.lang).where(schema.article.c.status == Status.PUBLISHED.value).distinct()
        return tuple(sorted(row["lang"] for row in self._rows(query)))

    def count(self) -> int:
        """How many articles there are, drafts included."""
        with self._engine.begin() as connection:
            return int(connection.execute(_COUNT).scalar_one())

    @_for_visitors
    def revision(self) -> str:
        """A revision that changes whenever the published set does; '' before the first publish. Usable as an ETag."""
        with self._readers.begin() as connection:
            return read_digest(connection)

    def _rows(self, query: Select[Any], *, patiently: bool = False) -> Sequence[RowMapping]:
        with (self._engine if patiently else self._readers).begin() as connection:
            return connection.execute(query).mappings().all()

    def _articles(self, condition: ColumnElement[bool] | None, *, patiently: bool = False) -> Iterator[Article]:
        query = select(schema.article.c.document).order_by(schema.article.c.lang, schema.article.c.slug)
        for row in self._rows(query if condition is None else query.where(condition), patiently=patiently):
            yield article_of(row["document"])


def _shown_on(day: date) -> ColumnElement[bool]:
    """Article.visible_on, in SQL. Dates are ISO text, so that they compare as text."""
    today, columns = day.isoformat(), schema.article.c
    return and_(
        columns.status == Status.PUBLISHED.value,
        or_(columns.publish_date.is_(None), columns.publish_date <= today),
        or_(columns.expiry_date.is_(None), columns.expiry_date > today),
    )


def _summary(row: RowMapping) -> ArticleSummary:
    return ArticleSummary(
        row["lang"], row["slug"], row["article_key"], row["title"], row["summary"], row["category"],
        date.fromisoformat(row["updated"]),
    )  # fmt: skip


def _shelves(connection: Connection) -> dict[ArticleRef, str]:
    """The category of each published article."""
    columns = schema.article.c
    rows = connection.execute(select(columns.lang, columns.slug, columns.category))
    return {ArticleRef(lang, slug): category for lang, slug, category in rows}


def _gone(connection: Connection, articles: Sequence[Article], stored: Collection[ArticleRef]) -> list[FormerArticle]:
    """Every address that no longer is an article's once these are published, with what is known of where it moved.
    `stored` are those of published articles."""
    columns = schema.former_address.c
    kept = {
        ArticleRef(row.lang, row.slug): FormerArticle(
            ArticleRef(row.lang, row.slug), row.article_key, row.source, row.title, row.digest,
            tuple(map(int, row.sketch.split())), row.moved_to,
        )
        for row in connection.execute(select(*columns))
    }  # fmt: skip
    # Tuples, which cost a fifth of what references do in a set: nearly always both are the same.
    after, before = {(a.lang, a.slug) for a in articles}, {(ref.lang, ref.slug) for ref in stored}
    added = {ArticleRef(*address) for address in after - before}
    vanished = [ArticleRef(*address) for address in sorted(before - after)]
    for start in range(0, len(vanished), _CHUNK):
        some = [(ref.lang, ref.slug) for ref in vanished[start : start + _CHUNK]]
        these = tuple_(schema.article.c.lang, schema.article.c.slug).in_(some)
        for row in connection.execute(select(schema.article.c.document).where(these)):
            article = article_of(row.document)
            kept[article.ref] = former(article)
    lost = [
        one for ref, one in kept.items() if (ref.lang, ref.slug) not in after and (ref.lang, one.moved_to) not in after
    ]
    found = moves(lost, articles, added) if lost and (added or vanished) else {}
    return [replace(one, moved_to=found.get(ref, one.moved_to)) for ref, one in sorted(kept.items())]


def _remember(connection: Connection, gone: Sequence[FormerArticle], now: datetime) -> None:
    """Write what changed about former addresses. None is ever removed."""
    table = schema.former_address
    known = {(r.lang, r.slug): (r.moved_to, r.digest) for r in connection.execute(
        select(table.c.lang, table.c.slug, table.c.moved_to, table.c.digest))}  # fmt: skip
    for one in gone:
        key = (one.ref.lang, one.ref.slug)
        if known.get(key) == (one.moved_to, one.digest):
            continue
        row = {
            "lang": one.ref.lang, "slug": one.ref.slug, "moved_to": one.moved_to, "article_key": one.key,
            "source": one.source, "title": one.title, "digest": one.digest,
            "sketch": " ".join(map(str, one.sketch)), "since": iso(now),
        }  # fmt: skip
        connection.execute(delete(table).where(table.c.lang == one.ref.lang, table.c.slug == one.ref.slug))
        connection.execute(insert(table), row)
