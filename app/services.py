"""The composition root: every long-lived object, built once, handed to views by `services()`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from flask import current_app
from sqlalchemy import Engine

from app import migrations
from app.config import Settings
from app.events import emit
from app.feedback import EventLog, FeedbackStore
from kb.database import connect, migrate
from kb.types import ArticleRef


def _optional(module: str, name: str) -> Any:
    import importlib

    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        return None


@dataclass
class Services:
    """What views and commands work with. Building it is cheap: the model is loaded on first use, or by `warm`."""

    settings: Settings
    engine: Engine
    articles: Any
    live: Any
    search: Any
    tickets: Any
    events: EventLog
    feedback: FeedbackStore
    _embedder: Any = None

    @classmethod
    def build(cls, settings: Settings) -> "Services":
        """Open the database, bring it up to date, and build the rest on it."""
        engine = connect(settings.database)
        all_migrations = []
        for found in (_optional("kb.migrations", "MIGRATIONS"), migrations.MIGRATIONS, _optional("app.support.migrations", "MIGRATIONS")):
            all_migrations += list(found or ())
        names = migrate(engine, all_migrations)
        if names:
            emit("migrated", names=names)
        store_class = _optional("kb.store", "ArticleStore")
        live_class = _optional("index.live", "LiveIndex")
        search_class = _optional("index.search", "Search")
        tickets_class = _optional("app.support.service", "TicketService")
        articles = store_class(engine) if store_class else None
        live = live_class(settings.index_dir) if live_class else None
        built = cls(settings, engine, articles, live, None, None, EventLog(engine), FeedbackStore(engine))
        if search_class and articles and live:
            built.search = search_class(live, built.embedder, built.visible, settings.search_budget_ms)
        if tickets_class:
            built.tickets = tickets_class(engine, settings)
        return built

    def visible(self, refs: Iterable[ArticleRef]) -> set[ArticleRef]:
        """Which of these a visitor may see today: the store is the authority, not the index."""
        return cast(set[ArticleRef], self.articles.visible(refs, self.today()))

    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self) -> Any:
        return datetime.now(self.settings.zone).date()

    def embedder(self) -> Any:
        """The embedder, loaded on first use."""
        if self._embedder is None:
            open_embedder = _optional("index.embed", "open_embedder")
            s = self.settings
            self._embedder = open_embedder(
                model=s.model, precision=s.precision, model_dir=s.model_dir, kind=s.embedder, cache_dir=s.cache_dir
            )
        return self._embedder

    def warm(self) -> None:
        """Load the model now and answer one question, so that the first visitor does not wait for it."""
        self.embedder().encode_queries(["warm up"])


def services() -> Services:
    """The Services of the app that answers this request."""
    return cast(Services, current_app.extensions["signpost"])
