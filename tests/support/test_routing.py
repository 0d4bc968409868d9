"""Which team gets a request, and why."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine

from app import create_app
from app.container import Services
from app.settings.schema import BadSettings, Settings
from core.database.connection import connect
from index.embed.hashing import HashingEmbedder
from index.embed.loader import ModelNotReady
from index.protocols import Embedder
from support.routing.router import Router, RoutingFacts, has_word_prefix
from support.routing.semantic_routing import SemanticRouting
from support.teams.teams import destinations, teams
from support.tickets.agent_actions import AgentActions
from support.tickets.journey import Journey
from support.tickets.service import TicketService
from tests.support.conftest import NOW, new_ticket

TEAMS = [
    {"name": "billing", "description": "invoice refund payment money card charged twice"},
    {"name": "repair", "description": "broken earbud silent battery does not charge repair warranty"},
    {"name": "shop", "description": "stock colour order new delivery"},
]

HANDOFFS = {("en", "late-refund"): "billing", ("en", "lost"): "nobody"}


def _handoffs(looked_at: Iterable[tuple[str, str]]) -> list[str]:
    return [HANDOFFS[ref] for ref in looked_at if ref in HANDOFFS]


def _not_ready() -> Embedder:
    raise ModelNotReady("loading")


@pytest.fixture
def by_rules(make_settings: Callable[..., Settings], tmp_path: Path) -> Callable[..., Router]:
    """A router that has no model and needs no database."""

    def make(**settings: Any) -> Router:
        unused = connect(f"sqlite:///{tmp_path / 'unused.db'}")
        return Router(make_settings(**{"teams": TEAMS, **settings}), _handoffs, SemanticRouting(unused, _not_ready))

    return make


@pytest.fixture
def router(make_settings: Callable[..., Settings], engine: Engine) -> Callable[..., Router]:
    def make(embedder: Callable[[], Embedder] = HashingEmbedder, **settings: Any) -> Router:
        return Router(make_settings(**{"teams": TEAMS, **settings}), _handoffs, SemanticRouting(engine, embedder))

    return make


@pytest.mark.parametrize(
    ("route", "facts", "goes"),
    [
        ({"category": "money"}, RoutingFacts(category="money"), True),
        ({"category": ["money", "cash"]}, RoutingFacts(category="cash"), True),
        ({"category": "money"}, RoutingFacts(category="sound"), False),
        ({"lang": "zh-TW"}, RoutingFacts(lang="zh-Hant"), True),
        ({"lang": "tr"}, RoutingFacts(lang="en"), False),
        ({"page": "*/checkout*"}, RoutingFacts(page="https://shop.example/Checkout/2"), True),
        ({"page": "*/checkout*"}, RoutingFacts(page=""), False),
        ({"product": "earbuds*"}, RoutingFacts(product="Earbuds 2"), True),
        ({"fields": {"order_number": "TF-.*"}}, RoutingFacts(fields={"order_number": "tf-1"}), True),
        ({"fields": {"order_number": "TF-.*"}}, RoutingFacts(), False),
        ({"article": "late-refund"}, RoutingFacts(articles=("other", "late-refund")), True),
        ({"handoff": "billing"}, RoutingFacts(handoffs=("billing",)), True),
        ({"handoff": "billing"}, RoutingFacts(handoffs=("shop",)), False),
        ({"keywords": ["fatura", "退款"]}, RoutingFacts(text="FATURAM nerede"), True),
        ({"keywords": ["退款"]}, RoutingFacts(text="我要退款，謝謝"), True),
        ({"keywords": ["bill"]}, RoutingFacts(text="it is possible"), False),
        ({"keywords": "refund", "lang": "en"}, RoutingFacts(text="refund", lang="tr"), False),
        ({"form": "contact"}, RoutingFacts(form="contact"), True),
    ],
)
def test_a_route_is_taken_when_all_its_conditions_hold(
    by_rules: Callable[..., Router], route: dict[str, Any], facts: RoutingFacts, goes: bool
) -> None:
    decision = by_rules(routes=[{"team": "billing", **route}]).decide(replace(facts, handoffs=facts.handoffs))
    assert (decision.team == "billing") is goes


def test_the_first_match_wins_and_every_step_is_explained(by_rules: Callable[..., Router]) -> None:
    routes = [
        {"team": "shop", "lang": "tr"},
        {"team": "billing", "keywords": "refund"},
        {"team": "repair", "keywords": "refund"},
    ]
    decision = by_rules(routes=routes).decide(RoutingFacts(text="My refund", lang="en"))
    assert decision.team == "billing"
    assert [(step.rule, step.matched) for step in decision.steps] == [("route 1", False), ("route 2", True)]
    assert decision.steps[0].because == "lang is not tr"
    assert decision.by == "route 2: the text has “refund”"


def test_a_forms_own_routes_come_first_and_its_team_last(by_rules: Callable[..., Router]) -> None:
    forms = [
        {"name": "contact"},
        {"name": "money", "team": "billing", "routes": [{"team": "shop", "keywords": "voucher"}]},
    ]
    made = by_rules(forms=forms, routes=[{"team": "repair", "keywords": ["voucher", "broken"]}])
    assert made.decide(RoutingFacts(form="money", text="a voucher")).team == "shop"
    assert made.decide(RoutingFacts(form="contact", text="a voucher")).team == "repair"
    assert made.decide(RoutingFacts(form="money", text="hello")).team == "billing"
    assert made.decide(RoutingFacts(form="contact", text="hello")).by == "default: nothing else matched"


def test_an_article_that_did_not_help_hands_over(by_rules: Callable[..., Router]) -> None:
    made = by_rules()
    read = Journey().with_suggestion("late-refund", "en", opened=True)
    assert made.assign_team(new_ticket(journey=read)).team == "billing"
    solved = Journey().with_suggestion("late-refund", "en", opened=True, solved=True)
    assert made.assign_team(new_ticket(journey=solved)).team == "default"
    only_shown = Journey().with_suggestion("late-refund", "en")
    assert made.assign_team(new_ticket(journey=only_shown)).team == "default"
    unknown = made.decide(made.facts(new_ticket(journey=Journey().with_suggestion("lost", "en", rejected="other"))))
    assert unknown.team == "default"
    assert "which is no team here" in unknown.steps[0].because


def test_without_anything_there_is_a_default_team(by_rules: Callable[..., Router]) -> None:
    assert by_rules(teams=[]).assign_team(new_ticket()).team == "default"


def test_meaning_chooses_the_nearest_team(router: Callable[..., Router]) -> None:
    made = router(routes=[{"meaning": True}])
    decision = made.decide(RoutingFacts(text="my earbud is silent and the battery does not charge"))
    assert decision.team == "repair"
    assert "nearest in meaning (repair" in decision.by
    assert made.decide(RoutingFacts(text="refund of my payment, money charged twice")).team == "billing"


def test_without_the_model_meaning_is_passed_over_and_said_so(router: Callable[..., Router]) -> None:
    decision = router(_not_ready, routes=[{"meaning": True}]).decide(RoutingFacts(text="battery"))
    assert decision.team == "default"
    assert decision.steps[0].because == "meaning could not be compared (ModelNotReady)"


def test_what_a_team_answered_before_counts(
    router: Callable[..., Router], tickets: TicketService, engine: Engine
) -> None:
    text = "card refund yodelling stops"
    made = router(routes=[{"meaning": True}])
    before = made.decide(RoutingFacts(text=text))
    for _ in range(3):
        ticket = tickets.create(new_ticket(subject="", message=text, team="shop"), None, NOW)
        AgentActions(tickets).reply(ticket.reference, "Yodel on.", NOW)
    tickets.create(new_ticket(message="unanswered", team="billing"), None, NOW)
    semantic = SemanticRouting(engine, HashingEmbedder)
    assert semantic.remember(NOW) == 3
    assert semantic.remember(NOW) == 0
    assert before.team == "billing"
    assert made.decide(RoutingFacts(text=text)).team == "shop"


def test_vectors_of_another_model_are_not_compared(
    router: Callable[..., Router], tickets: TicketService, engine: Engine
) -> None:
    class AgentPresence(HashingEmbedder):
        fingerprint = "other"

        def encode_passages(self, texts: Any) -> Any:
            return np.ones((len(texts), 3), np.float32)

    for _ in range(3):
        ticket = tickets.create(new_ticket(team="shop"), None, NOW)
        AgentActions(tickets).reply(ticket.reference, "Done.", NOW)
    SemanticRouting(engine, AgentPresence).remember(NOW)
    assert router(routes=[{"meaning": True}]).decide(RoutingFacts(text="battery broken silent")).team == "repair"


def test_a_broken_route_never_loses_a_request(by_rules: Callable[..., Router]) -> None:
    made = by_rules(routes=[{"team": "billing", "keywords": "x"}])
    made.handoffs = lambda looked_at: 1 / 0  # type: ignore[assignment,return-value]
    routed = made.assign_team(new_ticket(journey=Journey().with_suggestion("a", "en", opened=True)))
    assert (routed.team, routed.routed_by) == ("default", "default: routes failed, see the log")


@pytest.mark.parametrize(
    ("text", "word", "found"),
    [
        ("İADE istiyorum", "iade", True),
        ("faturamı bekliyorum", "fatura", True),
        ("我的發票", "發票", True),
        ("disrefund", "refund", False),
        ("", "x", False),
        ("a refund.", "REFUND", True),
    ],
)
def test_a_keyword_is_found_at_the_beginning_of_a_word(text: str, word: str, found: bool) -> None:
    assert has_word_prefix(text, word) is found


def test_teams_channels_have_names_of_their_own(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(
        teams=[{"name": "billing", "channels": [{"kind": "email", "to": "b@x.example"}]}, {"name": "repair"}],
        webhook_url="https://hooks.example/x",
    )
    assert sorted(channel.name for channel in destinations(settings)) == [
        "billing/1", "default/email", "default/webhook", "repair/email", "repair/webhook",
    ]  # fmt: skip
    assert teams(settings)["repair"].opening.hours == settings.opening_hours


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"teams": [{"name": "a"}, {"name": "a"}]}, "more than one team named a"),
        ({"teams": [{"name": "Two Words"}]}, "names are small letters"),
        ({"teams": [{"name": "a", "channels": [{"kind": "email"}]}]}, "to .* is missing"),
        ({"teams": [{"name": "a", "channels": []}]}, "at least one channel"),
        ({"teams": [{"name": "a", "time_zone": "Mars/Base"}]}, "IANA"),
        ({"teams": [{"name": "a", "holidays": ["31.12."]}]}, "12-25"),
        ({"teams": [{"name": "a", "first_reply_hours": 0}]}, "from 1 to 1000"),
        ({"holidays": ["2026-02-30"]}, "12-25"),
        ({"routes": [{"team": "ghost", "lang": "en"}]}, "names the team ghost"),
        ({"routes": [{"team": "default"}]}, "has no condition"),
        ({"routes": [{"lang": "en"}]}, "names no team"),
        ({"routes": [{"team": "default", "colour": "red"}]}, "unknown keys: colour"),
        ({"routes": [{"team": "default", "form": "ghost"}]}, "names the form ghost"),
        ({"routes": [{"team": "default", "fields": {"a": "("}}]}, "no regular expression"),
        ({"forms": [{"name": "a", "team": "ghost"}]}, "names the team ghost"),
        ({"forms": [{"name": "a", "consents": [{"name": "x"}]}]}, "text .a, x. is missing"),
        ({"forms": [{"name": "a", "fields": [{"name": "x", "type": "choice"}]}]}, "without options"),
    ],
)
def test_a_wrong_table_is_refused_with_a_reason(
    make_settings: Callable[..., Settings], settings: dict[str, Any], says: str
) -> None:
    with pytest.raises(BadSettings, match=says):
        make_settings(**settings)


def test_the_command_explains_a_ticket_and_a_text(make_settings: Callable[..., Settings]) -> None:
    app = create_app(make_settings(teams=TEAMS, routes=[{"team": "billing", "keywords": "refund"}]))
    s: Services = app.extensions["signpost"]
    ticket = s.tickets.create(new_ticket(message="My refund, please."), None, s.now())
    runner = app.test_cli_runner()
    explained = runner.invoke(args=["tickets", "route", ticket.reference, "--explain"]).output
    assert "yes  route 1: the text has “refund”" in explained
    assert "to billing/email (email)" in explained
    assert "promised: 4 opening hours" in explained
    plain = runner.invoke(args=["tickets", "route", "--message", "hello", "--field", "a=b", "--article", "en/x"])
    assert (plain.exit_code, plain.output) == (0, "default  (default: nothing else matched)\n")
    for wrong in (["SP-XXXX-XX"], ["--field", "a"], ["--article", "x"]):
        assert runner.invoke(args=["tickets", "route", *wrong]).exit_code == 1
    s.close()
