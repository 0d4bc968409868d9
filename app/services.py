"""The composition root: every long-lived object, built once, handed to views by `services()`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, cast

from flask import current_app
from sqlalchemy import Engine

from app import migrations
from app.config import Settings
from app.events import emit
from app.feedback import EventLog, FeedbackStore
from app.model import Model
from app.searching import SearchService
from index.protocols import Embedder
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
    search: SearchService
    tickets: Any
    events: EventLog
    feedback: FeedbackStore
    model: Model

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
        model = Model(partial(_open_embedder, settings))
        built = cls(settings, engine, articles, live, None, None, EventLog(engine), FeedbackStore(engine), model)
        if search_class and articles and live:
            built.search = SearchService(search_class(live, model.get, built.visible, settings.search_budget_ms))
        if tickets_class:
            built.tickets = tickets_class(engine, settings)
        return built

    def visible(self, refs: Iterable[ArticleRef]) -> set[ArticleRef]:
        """Which of these a visitor may see today: the store is the authority, not the index."""
        return cast(set[ArticleRef], self.articles.visible(refs, self.today()))

    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self) -> date:
        return datetime.now(self.settings.zone).date()

    def embedder(self) -> Embedder:
        """The embedder, loaded on first use."""
        return self.model.get()

    def warm(self) -> None:
        """Load the model in the background and let it answer once, so that no visitor waits for it."""
        self.model.warm()


def _open_embedder(settings: Settings) -> Embedder:
    open_embedder = _optional("index.embed", "open_embedder")
    return cast(
        Embedder,
        open_embedder(
            model=settings.model,
            precision=settings.precision,
            model_dir=settings.model_dir,
            kind=settings.embedder,
            cache_dir=settings.cache_dir,
        ),
    )


def services() -> Services:
    """The Services of the app that answers this request."""
    return cast(Services, current_app.extensions["signpost"])
