"""Nobody's mailbox is flooded by whoever types its address, and nothing that is over is lost."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Engine, text

from app import create_app
from app.settings.schema import Settings
from core.database.connection import connect
from core.email_addresses import mailbox_key
from support.background.worker import OutboxProcessor, OutboxSender
from support.incidents import service as incidents
from support.tickets.customer_actions import CustomerActions
from support.tickets.email_tokens import EmailTokens
from support.tickets.models import Channel, Delivery
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket

MOST = 5


class Post:
    """A service with a limit, a clock that is set by hand, and the mails it wrote."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.engine: Engine = connect(settings.database)
        self.tickets = TicketService(self.engine, settings)
        self.now: datetime = NOW
        self.processors = [
            OutboxProcessor(self.tickets, OutboxSender(settings, self.tickets.files.path)) for _ in range(2)
        ]

    def deliver(self, after: timedelta = timedelta()) -> int:
        """How many mails customers have got by now."""
        self.now += after
        for processor in self.processors:
            processor.deliver_due(lambda: self.now)
        with self.engine.connect() as connection:
            sent = text("SELECT COUNT(*) FROM outbox WHERE state = 'sent' AND kind NOT IN ('team_mail', 'webhook')")
            return int(connection.execute(sent).scalar_one())

    def states(self) -> dict[str, int]:
        with self.engine.connect() as connection:
            rows = connection.execute(
                text("SELECT state, COUNT(*) FROM outbox WHERE kind <> 'team_mail' GROUP BY state")
            )
            return {row[0]: row[1] for row in rows}


@pytest.fixture
def post(make_settings: Callable[..., Settings], migrated_url: str) -> Post:
    return Post(make_settings(database_url=migrated_url, mails_per_hour=MOST))


def test_what_is_over_is_held_seen_and_sent_later(post: Post) -> None:
    for _ in range(12):
        post.tickets.create(new_ticket(), None, NOW)
    assert post.deliver() == MOST
    assert post.states() == {"sent": MOST, "held": 12 - MOST}
    backlog = post.tickets.backlog(post.now)
    assert (backlog["mail_limited"], backlog["pending"]) == (12 - MOST, 0)
    stuck = post.tickets.stuck(post.now)
    assert len(stuck) == 12 - MOST
    assert "mails_per_hour" in stuck[0][1].last_error
    assert "example.org" not in stuck[0][1].last_error
    assert post.deliver(timedelta(minutes=59)) == MOST
    assert post.deliver(timedelta(minutes=2)) == 2 * MOST
    assert post.deliver(timedelta(minutes=61)) == 12
    assert post.tickets.backlog(post.now)["mail_limited"] == 0
    assert len(list((post.settings.data_dir / "mail").glob("*.eml"))) == 24, "each once, and the team's all"
    post.engine.dispose()


def test_all_ways_of_being_mailed_count_together(post: Post) -> None:
    actions = CustomerActions(post.tickets, EmailTokens(b"key"))
    first = post.tickets.create(new_ticket(), None, NOW)
    for spelling in ("ADA@example.org", "ada+1@example.org", "ada+2@EXAMPLE.org", "ａda@example.org"):
        post.tickets.create(new_ticket(email=spelling), None, NOW)
    for _ in range(3):
        actions.send_privacy_link(first, NOW)
    actions.send_fresh_link(first.token, NOW)
    actions.switch_channel(first.token, Channel.PHONE, "+31 20 555 0100", NOW)
    incident = incidents.open_incident(post.engine, {"en": "Down"}, {"en": "We look."}, NOW)
    incidents.subscribe(post.engine, incident.reference, "ada+x@example.org", "en", "", NOW)
    post.tickets.create(new_ticket(email="bo@example.org"), None, NOW)
    assert post.deliver() == MOST + 1, "somebody else still gets theirs"
    post.engine.dispose()


def test_a_ticket_that_was_erased_still_counts(post: Post, make_settings: Callable[..., Settings]) -> None:
    app: Flask = create_app(post.settings)
    for _ in range(3 * MOST):
        ticket = post.tickets.create(new_ticket(), None, NOW)
        post.deliver()
        app.extensions["signpost"].privacy.erase([ticket.id])
    with post.engine.connect() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM recipient_mail")).scalar() == MOST
    app.extensions["signpost"].close()
    post.engine.dispose()


def test_answers_of_the_team_and_mails_to_it_are_not_held(post: Post) -> None:
    from support.tickets.agent_actions import AgentActions

    tickets = [post.tickets.create(new_ticket(), None, NOW) for _ in range(MOST + 3)]
    post.deliver()
    AgentActions(post.tickets).reply(tickets[-1].reference, "Here is how.", NOW)
    post.deliver()
    with post.engine.connect() as connection:
        kinds = text("SELECT kind, COUNT(*) FROM outbox WHERE state = 'sent' GROUP BY kind")
        sent = {row[0]: row[1] for row in connection.execute(kinds)}
    assert sent[Delivery.CUSTOMER_MAIL.value] == 1
    assert sent[Delivery.TEAM_MAIL.value] >= MOST + 3
    post.engine.dispose()


def test_what_a_wrong_clock_counted_holds_nothing_back(post: Post) -> None:
    for _ in range(MOST + 2):
        post.tickets.create(new_ticket(), None, NOW)
    post.now = NOW + timedelta(days=400)
    assert post.deliver() == MOST
    post.now = NOW
    assert post.deliver() == MOST + 2
    post.engine.dispose()


def test_stuck_and_readyz_name_what_is_held(make_settings: Callable[..., Settings]) -> None:
    app = create_app(make_settings(mails_per_hour=1))
    s = app.extensions["signpost"]
    for _ in range(3):
        s.tickets.create(new_ticket(), None, s.now())
    runner = app.test_cli_runner()
    runner.invoke(args=["tickets", "deliver", "--once"])
    listed: Result = runner.invoke(args=["tickets", "stuck"])
    assert listed.exit_code == 1
    assert listed.output.count("acknowledgement  held") == 2
    assert app.test_client().get("/readyz").get_json()["mail_limited"] == 2
    s.close()


@pytest.mark.parametrize("off", [{"mails_per_hour": 0}, {"rate_limits": "off"}])
def test_the_limit_can_be_switched_off(make_settings: Callable[..., Settings], off: dict[str, object]) -> None:
    post = Post(make_settings(**{"mails_per_hour": 1, **off}))
    for _ in range(4):
        post.tickets.create(new_ticket(), None, NOW)
    assert post.deliver() == 4
    post.engine.dispose()


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("Ada.Lovelace+x@GoogleMail.com", "adalovelace@gmail.com"), ("a.b@example.org", "a.b@example.org"),
        ("+x@example.org", "+x@example.org"), ("ada@FAß.example", "ada@xn--fa-hia.example"),
    ],
)  # fmt: skip
def test_spellings_of_one_mailbox_are_one(address: str, key: str) -> None:
    assert mailbox_key(address) == key
