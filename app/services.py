"""The composition root: every long-lived object, built once, handed to views by `services()`."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import cast

from flask import current_app
from sqlalchemy import Engine

import app.desk.migrations
import app.migrations
import app.support.migrations
import kb.migrations
from app import security
from app.config import Settings
from app.desk.service import Desk
from app.events import emit
from app.feedback import EventLog, FeedbackStore
from app.model import Model, load_embedder
from app.searching import SearchService
from app.support.abuse.guard import Guard
from app.support.casework import Casework
from app.support.chores import Chores
from app.support.customer import CustomerDesk
from app.support.meaning import Meaning
from app.support.privacy import Privacy, Retention
from app.support.proofs import Proofs
from app.support.routing import Router
from app.support.service import TicketService
from index.hints import LiveHints
from index.live import LiveIndex
from index.protocols import Embedder
from index.search import Search
from kb.database import connect, migrate
from kb.store import ArticleStore
from kb.types import ArticleRef

ALL_MIGRATIONS = (
    kb.migrations.MIGRATIONS
    + app.migrations.MIGRATIONS
    + app.support.migrations.MIGRATIONS
    + app.desk.migrations.MIGRATIONS
)


@dataclass
class Services:
    """What views and commands work with. Building it is cheap: the model is loaded on first use, or by `warm`."""

    settings: Settings
    engine: Engine
    articles: ArticleStore
    live: LiveIndex
    search: SearchService
    tickets: TicketService
    guard: Guard
    casework: Casework
    desk: Desk
    customer: CustomerDesk
    privacy: Privacy
    router: Router
    chores: Chores
    events: EventLog
    feedback: FeedbackStore
    model: Model

    @classmethod
    def build(cls, settings: Settings, *, indexing: bool = False) -> "Services":
        """Open the database, bring it up to date, and build the rest on it.

        `indexing` is for a process that embeds many articles and ends: its model uses every processor.
        """
        engine = connect(settings.database)
        names = migrate(engine, ALL_MIGRATIONS)
        if names:
            emit("migrated", names=names)
        articles = ArticleStore(engine)
        live = LiveIndex(settings.index_dir)
        model = Model(partial(load_embedder, settings, indexing=indexing))
        visible = partial(_visible, articles, settings)
        hints = LiveHints(settings.kb_dir, settings.default_lang)
        search = Search(live, model.get, visible, settings.search_budget_ms, settings.calibration_file, hints)
        tickets = TicketService(engine, settings)
        casework = Casework(tickets)
        meaning = Meaning(engine, model.get)
        kept = Retention(
            settings.keep_tickets_days,
            settings.keep_attachments_days,
            settings.keep_events_days,
            settings.keep_held_days,
        )
        privacy = Privacy(tickets, kept)
        desk = Desk(engine, tickets, casework, privacy, model, partial(security.secret, settings, "desk"))
        desk.accounts.seal_stored()
        return cls(
            settings=settings,
            engine=engine,
            articles=articles,
            live=live,
            search=SearchService(search),
            tickets=tickets,
            guard=Guard(settings, security.secret(settings, "guard")),
            casework=casework,
            desk=desk,
            customer=CustomerDesk(tickets, Proofs(security.secret(settings, "links"))),
            privacy=privacy,
            router=Router(settings, partial(_handoffs, articles, settings), meaning),
            chores=Chores(tickets, meaning, privacy, desk.sweep),
            events=EventLog(engine),
            feedback=FeedbackStore(engine),
            model=model,
        )

    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self) -> date:
        """The day by the operator's calendar: publish and expiry dates begin at midnight there."""
        return datetime.now(self.settings.zone).date()

    def embedder(self) -> Embedder:
        """The embedder, loaded on first use. Raises ModelNotReady while it is loading in the background."""
        return self.model.get()

    def for_indexing(self) -> "Services":
        """The same, for a command that embeds many articles and ends: its model uses every processor."""
        return replace(self, model=Model(partial(load_embedder, self.settings, indexing=True)))

    def warm(self) -> None:
        """Load the model in the background and let it answer once, so that no visitor waits for it."""
        self.model.warm()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def _visible(articles: ArticleStore, settings: Settings, refs: Iterable[ArticleRef]) -> set[ArticleRef]:
    """Which of these a visitor may see today: the store is the authority, not the index."""
    return articles.visible(refs, datetime.now(settings.zone).date())


def _handoffs(articles: ArticleStore, settings: Settings, looked_at: Iterable[tuple[str, str]]) -> Iterable[str]:
    """The teams these articles name, in the order given."""
    today = datetime.now(settings.zone).date()
    for lang, slug in looked_at:
        article = articles.best((lang,), slug, today)
        if article is not None and article.handoff:
            yield article.handoff


def services() -> Services:
    """The Services of the app that answers this request."""
    return cast(Services, current_app.extensions["signpost"])
