"""Whether the tables of search hold what the epoch that serves says. They can be made anew, so that somebody may well
drop some (an extension that is dropped takes the columns of its types along); no search works then.

`problems` looks, cheaply or at every row's count; `Soundness` is what one process knows of it.
"""

import threading
import time
from collections.abc import Callable
from threading import Thread

from sqlalchemy import Connection, Engine, Table, Text, case, cast, column, exists, func, literal, select, table
from sqlalchemy.exc import SQLAlchemyError

from core.database.connection import schema_of, unpooled
from core.events import emit
from index.database import repository
from index.database.rows import WORDS, EpochRow
from index.database.schema import (
    SEARCH_TABLES,
    search_article,
    search_bag,
    search_passage,
    search_posting,
    search_term,
    search_text,
    search_title,
    search_window,
)
from index.storage.generation import FORMAT

_COLUMNS = table(
    "columns", column("table_schema"), column("table_name"), column("column_name"), schema="information_schema"
)
# For how long the server may say nothing: counting a large collection takes some seconds.
_SILENCE_SECONDS = 60.0
# How often who asks for the state has the tables looked at (one connection): of each of many brands more seldom; sooner
# where they are damaged, or a search failed.
_LOOK_SECONDS, _LOOK_AT_A_BRAND_SECONDS, _DAMAGED_SECONDS, _SUSPECTED_SECONDS = 60.0, 600.0, 3.0, 2.0
# A look counts all rows once this many times the seconds have passed that counting took: half a percent of the time.
_COUNT_AGAIN = 200


def broken_tables(connection: Connection) -> dict[str, list[str]]:
    """Tables that are not there or not whole, with the columns they lack."""
    own = _COLUMNS.c
    rows = connection.execute(
        select(cast(own.table_name, Text), cast(own.column_name, Text)).where(
            own.table_schema == func.current_schema(), own.table_name.in_(list(SEARCH_TABLES.tables))
        )
    )
    there: dict[str, set[str]] = {}
    for name, its_column in rows:
        there.setdefault(name, set()).add(its_column)
    found = {}
    for one in SEARCH_TABLES.sorted_tables:
        lost = [each.name for each in one.columns if each.name not in there.get(one.name, ())]
        if lost:
            found[one.name] = lost
    return found


def problems(connection: Connection, *, whole: bool) -> list[str]:
    """What is wrong, each in a few words; nothing where nothing was published. `whole` counts all rows of the epoch
    that serves, else it is seen only whether there are any. The transaction has to see one moment."""
    broken = broken_tables(connection)
    if broken:
        return [_said(name, lost) for name, lost in broken.items()]
    now = repository.serving(connection)
    if now is None:
        return ["search_collection is empty, search_epoch is not"] * bool(repository.epochs(connection))
    row = repository.epoch_row(connection, now.epoch)
    if row is None:
        return [f"search_epoch has no row of epoch {now.epoch}, which serves"]
    if row.manifest["format"] != FORMAT:
        return []  # another release's, which it can judge
    return _miscounted(connection, row) if whole else _emptied(connection, row)


def examined(engine: Engine) -> list[str]:
    """`problems` of a database, all rows counted. Changes nothing."""
    return _look(engine, whole=True)


def _look(engine: Engine, *, whole: bool) -> list[str]:
    opened = unpooled(engine, _SILENCE_SECONDS, one_moment=True)
    try:
        with opened.connect() as connection:
            return problems(connection, whole=whole)
    finally:
        opened.dispose()


def _said(name: str, lost: list[str]) -> str:
    if len(lost) == len(SEARCH_TABLES.tables[name].columns):
        return f"{name} is missing"
    return f"{name} has no column {' and '.join(lost)}"


def _emptied(connection: Connection, row: EpochRow) -> list[str]:
    told, words = row.manifest, search_bag.c
    wanted: dict[Table, bool] = {
        search_article: told["articles"] > 0, search_title: told["titles"] > 0,
        **dict.fromkeys((search_passage, search_text, search_window, search_bag), told["passages"] > 0),
    }  # fmt: skip
    has_words = exists().where(words.epoch == row.epoch, func.octet_length(words.words) > 0)
    tables = (*wanted, search_term, search_posting)
    seen = connection.execute(
        select(has_words, *(exists().where(one.c.epoch == row.epoch) for one in tables))
    ).one()  # fmt: skip
    needed = (*wanted.values(), seen[0], seen[0])
    return [
        f"{one.name} has no rows of epoch {row.epoch}"
        for one, needs, there in zip(tables, needed, seen[1:], strict=True)
        if needs and not there
    ]


def _miscounted(connection: Connection, row: EpochRow) -> list[str]:
    told, article, term = row.manifest, search_article.c, search_term.c
    articles, passages, titles = connection.execute(
        select(
            func.count(), func.coalesce(func.sum(func.octet_length(article.passages)), 0),
            func.coalesce(func.sum(func.octet_length(article.titles)), 0),
        ).where(article.epoch == row.epoch)
    ).one()  # fmt: skip
    # An article's row says how many passages and titles it has.
    found = [
        f"search_article has {there} {name} of {told[name]}"
        for name, there in (("articles", articles), ("passages", passages), ("titles", titles))
        if there != told[name]
    ]
    kinds = connection.execute(
        select(
            func.count(), func.max(term.number) + 1,
            func.sum(case((term.kind == WORDS, term.frequency), else_=literal(0))),
        ).where(term.epoch == row.epoch).group_by(term.kind, term.family)
    ).all()  # fmt: skip
    wanted: dict[Table, int] = {
        search_passage: told["passages"], search_text: told["passages"], search_title: told["titles"],
        search_bag: told["passages"] + told["articles"],
        # Words are numbered without a gap, and each is in as many articles as its figures say.
        search_term: sum(numbers for _, numbers, _ in kinds), search_posting: sum(total for *_, total in kinds),
    }  # fmt: skip
    if "windows" in told:
        wanted[search_window] = told["windows"]
    for one, expected in wanted.items():
        there = connection.execute(select(func.count()).select_from(one).where(one.c.epoch == row.epoch)).scalar_one()
        if there != expected:
            found.append(f"{one.name} has {there} rows of {expected}")
    return found or _emptied(connection, row)


class Soundness:
    """What this process knows of the tables. Looked at in the background, since who asks cannot wait. Thread-safe."""

    def __init__(
        self, engine: Engine, looked: Callable[[], object] = lambda: None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._engine, self._looked, self._clock = engine, looked, clock
        self._pause = _LOOK_AT_A_BRAND_SECONDS if schema_of(engine) else _LOOK_SECONDS
        self._lock = threading.Lock()
        self._looking = False
        self._looked_at = self._count_at = float("-inf")
        self._whole = False
        self._damage = ""

    def damage(self) -> str:
        """What was found wrong when it was last looked; '' for nothing. Has it looked at again where that is due."""
        self._look_after(_DAMAGED_SECONDS if self._damage else self._pause, whole=self._whole)
        return self._damage

    def suspect(self) -> None:
        """A search failed: have all rows counted."""
        self._look_after(_SUSPECTED_SECONDS, whole=True)

    def look(self, *, whole: bool = False) -> str:
        """Look now; the same as `damage`. What was known stays where the database cannot be asked."""
        began = self._clock()
        whole = whole or began >= self._count_at
        try:
            found = "; ".join(_look(self._engine, whole=whole))
            if whole:
                self._count_at = self._clock() + _COUNT_AGAIN * (self._clock() - began)
            self._looked()
        except SQLAlchemyError:
            return self._damage
        before, self._damage, self._whole = self._damage, found, whole and bool(found)
        if found and found != before:
            emit("search_damaged", reason=found)
        elif before and not found:
            emit("search_mended")
        return found

    def _look_after(self, seconds: float, *, whole: bool) -> None:
        with self._lock:
            now = self._clock()
            if self._looking or now - self._looked_at < seconds:
                return
            self._looking, self._looked_at = True, now
        Thread(target=self._look_and_end, args=(whole,), name="search tables", daemon=True).start()

    def _look_and_end(self, whole: bool) -> None:
        try:
            self.look(whole=whole)
        finally:
            self._looking = False
