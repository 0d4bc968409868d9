"""The composition root: builds every long-lived object once. `app/current.py` hands them to views."""

import math
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from concurrent.futures import Executor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

import core.cluster.personal_data
import core.database.migrations
import insight.personal_data
import kb.authoring.personal_data
import kb.external_links.personal_data
import kb.personal_data
import kb.translations.personal_data
import support.agents.personal_data
import support.delivery.personal_data
import support.email.personal_data
import support.incidents.personal_data
import support.routing.personal_data
import support.spam.personal_data
import support.tickets.personal_data
from app.migrations import migrate
from app.settings.brands import MAIN
from app.settings.schema import Settings
from core.cluster.key_fingerprints import check_keys
from core.cluster.nodes import Node
from core.cluster.owners import check_database, check_folder, claim
from core.database.connection import connect, for_readers, watch_of
from core.database.personal_data import PersonalData
from core.database.pooler import check_pooler
from core.database.remembered import Remembered
from core.database.timestamps import iso
from core.database.watch import DatabaseWatch
from core.database.watches import Watches
from core.events import emit
from core.network.domain_names import host_of
from core.private_files import private_folder
from core.roles import PUBLISHER
from core.secret_keys import Keys
from index.database.live import DatabaseLive
from index.database.node import SearchDatabase
from index.database.store import NoVectorStore
from index.embed.loader import EmbedderLoader, load_embedder
from index.protocols import Embedder
from index.query.hints import LiveHints
from index.ranking.twins import TwinFinder
from index.search import Search
from index.service import SearchService
from index.storage.live import LiveIndex
from insight.feedback import FeedbackRepository
from insight.findability.service import FindabilityService
from insight.findability.trial import Trials
from insight.scrub import patterns_of, scrub
from insight.tickets import TicketEvents
from insight.topics.models import Subject
from insight.topics.service import TopicService
from insight.writer import LedgerWriter
from kb.authoring.flow import FlowService
from kb.authoring.git_types import Signature
from kb.authoring.remote_address import remote_address
from kb.authoring.scheduled_changes import ScheduledChanges
from kb.authoring.service import AuthoringService
from kb.authoring.shelf import Shelf
from kb.external_links.models import Policy
from kb.external_links.service import ExternalLinks
from kb.models import ArticleRef
from kb.publish_state import PublishState
from kb.published_files import PublishedFiles
from kb.repository import FEED_ENTRIES, ArticleRepository
from kb.revisions import RevisionRepository
from kb.translations.exchange import Exchange
from kb.translations.machine import Machine
from kb.translations.service import TranslationService
from kb.unpublished_files import UnpublishedFiles
from kb.waiting_files import WaitingFiles
from support.agents.service import DeskService
from support.background.maintenance import Maintenance
from support.email.inbound import spool
from support.email.inbound.imap import MailboxWorker
from support.email.inbound.imap_url import parse_imap_url
from support.email.inbound.ingest import Ingester
from support.email.suggested_articles import suggested_articles
from support.incidents import service as incidents
from support.incidents.models import Incident
from support.intake.submission import SubmissionService
from support.privacy.service import PrivacyService, Retention
from support.routing.router import Router
from support.routing.semantic_routing import SemanticRouting
from support.spam.service import SpamService
from support.tickets.agent_actions import AgentActions
from support.tickets.customer_actions import CustomerActions
from support.tickets.email_tokens import EmailTokens
from support.tickets.service import TicketService

if TYPE_CHECKING:
    from kb.authoring.remote_sync import RemoteSync


def personal_data(tickets: TicketService, insight_keys: Keys) -> tuple[PersonalData, ...]:
    """What every package holds about customers. Rows that refer to others are erased before these: tickets last."""
    data_dir = tickets.data_dir
    mails_removed = partial(support.email.personal_data.mails_removed, data_dir)
    return (
        support.agents.personal_data.PERSONAL_DATA,
        support.email.personal_data.personal_data(data_dir, tickets.files.bucket),
        support.incidents.personal_data.personal_data(mails_removed),
        support.delivery.personal_data.personal_data(mails_removed),
        support.routing.personal_data.PERSONAL_DATA,
        support.spam.personal_data.PERSONAL_DATA,
        insight.personal_data.personal_data(insight_keys),
        kb.personal_data.PERSONAL_DATA,
        kb.authoring.personal_data.PERSONAL_DATA,
        kb.external_links.personal_data.PERSONAL_DATA,
        kb.translations.personal_data.PERSONAL_DATA,
        core.database.migrations.PERSONAL_DATA,
        core.cluster.personal_data.PERSONAL_DATA,
        support.tickets.personal_data.personal_data(tickets.engine, tickets.files),
    )


# How long the examples of urgent messages wait for the model to be loaded.
_MODEL_SECONDS = 60.0
# Brands that are opened together are prepared one after the other, so that searches have a processor.
_preparing = threading.Lock()


@dataclass
class Following:
    """The published revision this process serves, search included; None where nothing follows, as on one box: then it
    is the database's."""

    revision: int | None = None


@dataclass(frozen=True)
class Shared:
    """What the brands of one process have in common: nothing that knows anything of them."""

    model: EmbedderLoader
    pool: Executor
    watches: Watches = field(default_factory=Watches)


@dataclass
class Services:
    """The service container for views and commands. Building it is cheap: the model is loaded lazily, or by `warm`."""

    settings: Settings
    engine: Engine
    articles: ArticleRepository
    revisions: RevisionRepository
    publish_state: PublishState
    unpublished: UnpublishedFiles
    live: "LiveIndex | DatabaseLive"
    built: LiveIndex
    search_database: SearchDatabase | None
    search: SearchService
    tickets: TicketService
    spam: SpamService
    submissions: SubmissionService
    agent_actions: AgentActions
    desk: DeskService
    customer_actions: CustomerActions
    privacy: PrivacyService
    router: Router
    maintenance: Maintenance
    ledger: LedgerWriter
    feedback: FeedbackRepository
    model: EmbedderLoader
    node: Node
    following: Following
    published_files: PublishedFiles
    own_folder: "_OwnFolder"
    authoring: AuthoringService
    flow: FlowService
    shelf: Shelf
    translations: TranslationService
    external_links: ExternalLinks
    twins: TwinFinder
    waiting_files: WaitingFiles
    readers: Engine
    remembered: Remembered
    hints: LiveHints
    watch_is_shared: bool = False
    draining: bool = False
    closed: threading.Event = field(default_factory=threading.Event)
    prepared: threading.Event = field(default_factory=threading.Event)
    _preparation: threading.Thread | None = None
    _categories: tuple[Hashable, dict[tuple[str, str], str]] | None = None

    @classmethod
    def build(
        cls, settings: Settings, *, indexing: bool = False, client: Callable[[], str] = lambda: "",
        shared: Shared | None = None, watch: DatabaseWatch | None = None,
    ) -> "Services":  # fmt: skip
        """Open and migrate the database, and build all services. `client` says whose searches are counted.

        `indexing` is for a short-lived process that embeds many articles: its model uses every processor. `shared` is
        what brands of one process have in common, `watch` that of a database which several of them are in; whoever
        gives it stops it. Raises NotOurs for a data folder or database of another brand.
        """
        check_folder(settings.data_dir, settings.brand or MAIN)
        private_folder(settings.data_dir)
        engine = _opened(settings, watch)
        readers = for_readers(engine)
        remembered = Remembered(watch_of(engine))
        articles = ArticleRepository(engine, readers, remembered)
        built = LiveIndex(settings.index_dir)
        database = _search_database(settings, engine)
        live: LiveIndex | DatabaseLive = database.live if database else built
        model = shared.model if shared else EmbedderLoader(partial(embedder_of, settings, indexing=indexing))
        visible = partial(_visible, articles, settings)
        published_files = PublishedFiles(engine, settings.data_dir / "published", readers, remembered)
        node = Node(engine, settings.data_dir, settings.roles, "0.1.0")
        publish_state = PublishState(engine)
        own_folder = _OwnFolder(engine, settings, PublishState(readers), node, published_files)
        hints = LiveHints(
            lambda: settings.kb_dir if own_folder.served() else published_files.hints_folder, settings.default_lang
        )
        search = Search(
            live, model.get, visible, settings.search_budget_ms, settings.calibration_file, hints,
            visibility=partial(_visibility, articles, settings), pool=shared.pool if shared else None,
        )  # fmt: skip
        tickets = TicketService(engine, settings)
        tickets.happened = TicketEvents(settings.keys.get("insight").current, on=settings.insight == "on")
        agent_actions = AgentActions(tickets)
        semantic_routing = SemanticRouting(engine, model.get)
        kept = Retention(
            settings.keep_tickets_days,
            settings.keep_attachments_days,
            settings.keep_events_days,
            settings.keep_held_days,
            settings.keep_queries_days,
        )
        privacy = PrivacyService(engine, personal_data(tickets, settings.keys.get("insight")), kept)
        desk = DeskService(
            engine, tickets, agent_actions, privacy, model, partial(_keys, settings, "desk"),
            tuple(text for one in settings.channels for text in (one.value, one.url) if text),
            (settings.site_name, host_of(urlsplit(settings.base_url).netloc)),
        )  # fmt: skip
        desk.accounts.seal_stored()
        spam = SpamService(settings, settings.keys.get("guard"))
        searching = SearchService(search, client)
        router = Router(
            settings,
            partial(_handoffs, articles, settings),
            semantic_routing,
            partial(searching.urgent, where="ticket"),
        )
        tickets.urgent = router.urgent
        tickets.suggested = partial(suggested_articles, searching)
        return cls(
            settings=settings,
            engine=engine,
            articles=articles,
            revisions=RevisionRepository(engine),
            publish_state=publish_state,
            unpublished=UnpublishedFiles(settings.kb_dir, publish_state.folder_followed, lambda: datetime.now(UTC)),
            live=live,
            built=built,
            search_database=database,
            search=searching,
            tickets=tickets,
            spam=spam,
            submissions=SubmissionService(tickets, spam, router.assign_team),
            agent_actions=agent_actions,
            desk=desk,
            customer_actions=CustomerActions(tickets, EmailTokens(settings.keys.get("links"))),
            privacy=privacy,
            router=router,
            maintenance=Maintenance(tickets, semantic_routing, privacy, desk.sweep),
            ledger=LedgerWriter(engine),
            feedback=FeedbackRepository(engine, readers),
            model=model,
            node=node,
            following=Following(),
            published_files=published_files,
            own_folder=own_folder,
            authoring=AuthoringService(
                engine,
                settings.kb_dir,
                commits=settings.kb_commits == "on",
                remote=_remote(settings, engine),
                default_lang=settings.default_lang,
            ),
            flow=FlowService(engine),
            shelf=Shelf(
                settings.kb_dir, settings.default_lang, settings.video_hosts, articles.sources, settings.kb_static_dir
            ),
            translations=TranslationService(engine, settings.default_lang, readers, remembered),
            external_links=ExternalLinks(
                engine,
                Policy(settings.check_links in {"http", "internal"}, settings.check_links == "internal"),
                settings.base_url,
            ),
            twins=TwinFinder(live.current),
            waiting_files=WaitingFiles(engine),
            readers=readers,
            remembered=remembered,
            hints=hints,
            watch_is_shared=watch is not None,
        )

    @property
    def watch(self) -> DatabaseWatch:
        """Whether the database answers."""
        return watch_of(self.engine)

    @property
    def machine(self) -> Machine:
        """The translation service an operator named, if any."""
        own = self.settings
        return Machine(own.translation_url, own.translation_key, allow_private=own.allow_private_webhooks)

    @property
    def exchange(self) -> Exchange:
        """Work for translators, out and back."""
        return Exchange(self.authoring, self.translations, self.settings.default_lang)

    @property
    def scheduled_changes(self) -> ScheduledChanges:
        """Changes of published articles that wait for their time."""
        return ScheduledChanges(self.engine, self.authoring)

    @property
    def has_own_index(self) -> bool:
        """Whether this node makes an index in its data folder: for itself, or as a publisher for all who search in the
        database."""
        return self.search_database is None or PUBLISHER in self.settings.roles

    @property
    def serves_own_folder(self) -> bool:
        """Whether files of articles are served from this node's folder, and not as the publisher kept them."""
        return self.own_folder.served()

    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self) -> date:
        """Today in the operator's time zone, on which publish and expiry dates are based."""
        return datetime.now(self.settings.zone).date()

    def embedder(self) -> Embedder:
        """The embedder, loaded on first use. Raises ModelNotReady while it is loading in the background."""
        return self.model.get()

    def for_indexing(self) -> "Services":
        """The same, for a command that embeds many articles and ends: its model uses every processor."""
        return replace(self, model=EmbedderLoader(partial(embedder_of, self.settings, indexing=True)))

    def backlog(self, now: datetime) -> dict[str, int]:
        """What /readyz shows: `TicketService.backlog`, and incoming mails that need an agent's review, are held or were
        set aside within a day."""
        mails = spool.to_look_at(self.engine, now, timedelta(minutes=15))
        held, set_aside = spool.counts(self.engine, now - timedelta(days=1))
        incoming = {"mail_to_look_at": len(mails), "mail_held": held, "mail_set_aside": set_aside}
        return {**self.tickets.backlog(now), **incoming}

    def warm(self) -> None:
        """Load the model in the background and embed the examples of urgent messages, so that no visitor waits."""
        self.model.warm()
        self.prepare_soon()

    def prepare_soon(self) -> None:
        """Do in the background what the first searches would wait for, once the model is loaded."""
        # Of a parent process the thread is there and does not run.
        if self._preparation is None or not self._preparation.is_alive():
            self._preparation = threading.Thread(
                target=copy_context().run, args=(self._prepare,), name="examples", daemon=True
            )
            self._preparation.start()

    def is_prepared(self, seconds: float) -> bool:
        """Whether the first search waits for nothing that comes once: the examples of urgent messages are embedded, so
        that danger is looked for by meaning. Begun where it is not, and waited for so long."""
        if not self.prepared.is_set():
            self.prepare_soon()
        return self.prepared.wait(seconds)

    def _prepare(self) -> None:
        self.model.wait(_MODEL_SECONDS)
        with _preparing:
            if self.closed.is_set():
                return
            self.search.prepare()
            if self.model.fingerprint:  # else it is tried again by whoever asks
                self.prepared.set()
            if self.closed.is_set():  # meanwhile: what was opened once more
                self.readers.dispose()
                self.engine.dispose()

    def ingester(self) -> Ingester:
        """The service that ingests inbound mail."""
        return Ingester(self.settings, self.tickets, self.agent_actions, self.router.assign_team)

    def mailbox_worker(self, elected: Callable[[], bool] = lambda: True) -> MailboxWorker:
        """Reads the mailbox of `imap_url`, while this process is elected to."""
        server = parse_imap_url(self.settings.imap_url)
        return MailboxWorker(server, self.settings.imap_done, self.ingester(), elected=elected)

    def forked(self) -> None:
        """In a new child process: be a node of its own."""
        self.node = self.node.again()

    @cached_property
    def scrub(self) -> Callable[[str], str]:
        """Takes addresses and numbers out of what customers type, order numbers by the patterns of forms among them."""
        fields = [*self.settings.ticket_fields, *(one for form in self.settings.forms for one in form.fields)]
        return partial(scrub, patterns=patterns_of(one.pattern for one in fields if one.pattern is not None))

    @cached_property
    def topics(self) -> TopicService:
        """What customers asked in vain, by topic."""
        return TopicService(
            self.engine, self.embedder, partial(self.search.search, where="insight"), self.articles.summaries,
            self._subjects, self.settings.keep_queries_days,
        )  # fmt: skip

    @cached_property
    def findability(self) -> FindabilityService:
        """Whether articles are found by their questions, and what publishes changed in that."""
        return FindabilityService(
            self.engine, self.embedder, self.articles.published, self.articles.contents,
            self.settings.index_dir / "vectors", self.hints,
        )  # fmt: skip

    @cached_property
    def trials(self) -> Trials:
        """Where the questions of an article would find it, with a text that is not saved."""
        from index.embed.loader import ModelNotReady
        from index.embed.model import ModelUnavailable
        from index.tools.findability import NotMeasured

        return Trials(
            lambda article: self.findability.try_article(article, self.today(), self.articles.get_many),
            (ModelNotReady, ModelUnavailable, NotMeasured),
        )

    def _subjects(self, first: date, last: date) -> Iterable[Subject]:
        """The subjects of tickets that arrived from one day (UTC) to another, scrubbed."""
        for one in self.tickets.subjects(first, last):
            yield Subject(one.ticket_id, one.created_at.date(), one.lang, self.scrub(one.subject))

    def topics_of_articles(self) -> Mapping[tuple[str, str], str]:
        """The topic of every published article by language and slug, read from the database once per publish."""
        revision = self.articles.visibility(self.today())
        if self._categories is None or self._categories[0] != revision:
            known = {(one.lang, one.slug): one.category for one in self.articles.summaries(self.today())}
            self._categories = revision, known
        return self._categories[1]

    def category_of(self) -> Callable[[str, str], str]:
        """Says the topic of an article, '' of one that is not published."""
        topics = self.topics_of_articles()
        return lambda lang, slug: topics.get((lang, slug), "")

    def open_incidents(self) -> tuple[Incident, ...]:
        return self.remembered.ask("open incidents", lambda: incidents.open_incidents(self.readers))

    def recent_incidents(self) -> tuple[Incident, ...]:
        """Open ones, and those resolved a while ago."""
        since = self.now() - incidents.RECENT
        return self.remembered.ask("recent incidents", lambda: incidents.recent_incidents(self.readers, since))

    def read_first(self) -> None:
        """Read what pages of all visitors show, so that a process just started has it too when the database goes."""
        today = self.today()
        there = self.articles.languages()
        self.articles.visible((), today)
        for lang in dict.fromkeys((self.settings.default_lang, *self.settings.languages, *there)):
            self.articles.categories(lang)
            if lang in there:
                self.articles.list(lang, today)
                self.articles.changes(lang, FEED_ENTRIES, today)
        self.open_incidents()
        self.recent_incidents()

    def close(self) -> None:
        """Store the events that wait, and close the database engine."""
        self.closed.set()
        self.ledger.close()
        self.shelf.close()
        if not self.watch_is_shared:
            self.watch.stop()
        if self.search_database:
            self.search_database.close()
        self.readers.dispose()
        self.engine.dispose()


def _opened(settings: Settings, watch: DatabaseWatch | None) -> Engine:
    """The database, migrated, that is ours and whose keys are ours. Raises PoolerUntold, NotOurs, UnknownRevision or
    KeysRefused."""
    name, now = settings.brand or MAIN, iso(datetime.now(UTC))
    engine = connect(settings.database, watch)
    try:
        check_pooler(engine)
        check_database(engine, name)
        names = migrate(engine)
        if names:
            emit("migrated", names=names)
        check_keys(engine, settings.keys, now)
        claim(engine, settings.data_dir, name, now)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _search_database(settings: Settings, engine: Engine) -> SearchDatabase | None:
    """Search in the database, where the setting says so and the database can."""
    if settings.search_store != "database":
        return None
    try:
        return SearchDatabase(engine, settings.search_standby_url)
    except NoVectorStore as reason:
        emit("search_in_files", reason=str(reason))
        return None


class _OwnFolder:
    """Whether the articles folder of this node is the published one: always on one box, else on whoever published it.
    Asked of the database at most once a second, in the background after the first time: searches ask, too."""

    def __init__(
        self, engine: Engine, settings: Settings, state: PublishState, node: Node, files: PublishedFiles
    ) -> None:
        self._asks = engine.dialect.name == "postgresql" and PUBLISHER in settings.roles
        self._published = PUBLISHER in settings.roles or engine.dialect.name == "sqlite"
        self._held = False
        self._state, self._node, self._files = state, node, files
        self._asked_at = -math.inf

    def served(self) -> bool:
        """Whether files of articles are served from it: not while a rollback holds others."""
        return self.is_published() and not self._held

    def is_published(self) -> bool:
        now = time.monotonic()
        if self._asks and now - self._asked_at > 1.0:
            first, self._asked_at = self._asked_at == -math.inf, now
            if first:
                self._ask()
            else:
                threading.Thread(target=self._ask, name="own folder", daemon=True).start()
        return self._published

    def _ask(self) -> None:
        try:
            self._published = self._state.publisher() in {"", self._node.home}
            self._held = self._files.held()
        except SQLAlchemyError:
            pass  # the last answer stays


def embedder_of(settings: Settings, *, indexing: bool) -> Embedder:
    """The embedder the settings name; `indexing` as in `Services.build`."""
    return load_embedder(settings.model, settings.precision, settings.model_dir, settings.embedder, indexing=indexing)


def _remote(settings: Settings, engine: Engine) -> "RemoteSync | None":
    """What keeps the articles and their Git remote together; None where none is set."""
    address = remote_address(
        settings.kb_remote, settings.kb_remote_branch, settings.kb_remote_credentials, settings.kb_remote_key,
        settings.kb_remote_known_hosts,
    )  # fmt: skip
    if address is None:
        return None
    from kb.authoring.remote_sync import RemoteSync  # see kb/authoring/git_types.py

    host = host_of(urlsplit(settings.base_url).netloc) or "localhost"
    return RemoteSync(
        engine, settings.kb_dir, address, settings.data_dir, Signature(settings.site_name, f"signpost@{host}"),
        timedelta(seconds=settings.kb_remote_seconds), lambda: datetime.now(UTC),
    )  # fmt: skip


def _keys(settings: Settings, purpose: str) -> Keys:
    return settings.keys.get(purpose)


def _visible(articles: ArticleRepository, settings: Settings, refs: Iterable[ArticleRef]) -> set[ArticleRef]:
    """Which of these are visible today: the store is the authority, not the index."""
    return articles.visible(refs, datetime.now(settings.zone).date())


def _visibility(articles: ArticleRepository, settings: Settings) -> Hashable:
    """What changes whenever `_visible` may give another answer."""
    return articles.visibility(datetime.now(settings.zone).date())


def _handoffs(
    articles: ArticleRepository, settings: Settings, viewed_articles: Iterable[tuple[str, str]]
) -> Iterable[str]:
    """The teams these articles hand off to, in the given order."""
    today = datetime.now(settings.zone).date()
    for lang, slug in viewed_articles:
        article = articles.best((lang,), slug, today)
        if article is not None and article.handoff:
            yield article.handoff
