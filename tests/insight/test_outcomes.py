"""Deflection by its definition: what became of a visit, and every figure counted of it, on both databases.

Each case is a small history written by hand. What the report says of it is written down beside it, not computed.
"""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text

from core.database.connection import connect, writing
from core.secret_keys import Keys
from insight import aggregates, ledger
from insight.behind import FIGURES, EventFilter, events_of
from insight.events import BadEvent, make
from insight.outcomes import wilson
from insight.personal_data import personal_data
from insight.report import NONE, Filters, Report, report
from insight.schema import visit

START = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 1, tzinfo=UTC)
WHOLE = Filters(date(2026, 11, 1), date(2026, 11, 30))
HIT = {"lang": "en", "slug": "refund"}
SEARCH = {"query": "refund", "verdict": "answer", "results": [["en", "refund"]]}
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def engine(migrated_url: str) -> Iterator[Engine]:
    opened = connect(migrated_url)
    yield opened
    opened.dispose()


class History:
    """Adds events, each a minute after the one before unless told otherwise."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.at = START
        self.count = 0

    def add(self, name: str, data: dict[str, Any] | None = None, *, after: timedelta = MINUTE, **more: Any) -> str:
        self.at += after
        self.count += 1
        values = {"visit": "v1", "where": "portal", "lang": "en", "id": f"e{self.count}", **more}
        with writing(self.engine) as connection:
            ledger.add(connection, [make(name, self.at, data or {}, **values)])
        return str(values["id"])

    def report(self, filters: Filters = WHOLE, now: datetime = LATER) -> dict[str, Any]:
        aggregates.update(self.engine, now)
        return report(self.engine, filters, now)

    def outcome(self, now: datetime = LATER) -> str:
        """Of the only visit that counts."""
        outcomes = self.report(now=now)["outcomes"]
        (found,) = [name for name, count in outcomes.items() if count]
        assert outcomes[found] == 1
        return str(found)


@pytest.fixture
def history(engine: Engine) -> History:
    return History(engine)


def test_a_search_alone_is_abandoned_and_pending_for_72_hours(history: History) -> None:
    history.add("search", SEARCH)

    assert history.outcome(now=history.at + 72 * HOUR - MINUTE) == "pending"
    assert history.outcome(now=history.at + 72 * HOUR + MINUTE) == "abandoned"


@pytest.mark.parametrize(
    ("seconds", "depth", "outcome"), [(20, 0, "probable"), (19, 0.49, "abandoned"), (1, 0.5, "probable")]
)
def test_an_article_that_was_opened_and_read_is_probable(
    history: History, seconds: int, depth: float, outcome: str
) -> None:
    history.add("search", SEARCH)
    history.add("result_opened", {**HIT, "rank": 1, "search": "e1"})
    history.add("article_read", {**HIT, "seconds": seconds, "depth": depth})

    assert history.outcome() == outcome


def test_reading_what_nothing_led_to_deflects_nothing(history: History) -> None:
    history.add("search", SEARCH)
    history.add("article_read", {"lang": "en", "slug": "other", "seconds": 300, "depth": 1})

    assert history.outcome() == "abandoned"


@pytest.mark.parametrize("name", ["vote", "suggestion_solved"])
def test_who_says_so_is_confirmed(history: History, name: str) -> None:
    history.add("suggestions_shown", {"results": [["en", "refund"]]})
    history.add(name, HIT if name != "vote" else {**HIT, "helpful": True})

    assert history.outcome() == "confirmed"


def test_the_last_of_several_votes_counts(history: History) -> None:
    history.add("search", SEARCH)
    history.add("vote", {**HIT, "helpful": True})
    history.add("vote", {**HIT, "helpful": False, "reason": "wrong"})

    assert history.outcome() == "abandoned"
    (article,) = history.report()["articles"]
    assert (article["helpful"], article["unhelpful"]) == (0, 1)


@pytest.mark.parametrize(
    ("contact", "data"),
    [
        ("ticket_sent", {"via": "form"}),
        ("channel_chosen", {"channel": "phone"}),
        ("contact_logged", {"channel": "call"}),
    ],
)
def test_a_contact_in_the_visit_fails_it_whatever_was_read(
    history: History, contact: str, data: dict[str, Any]
) -> None:
    history.add("search", SEARCH)
    history.add("vote", {**HIT, "helpful": True})
    history.add(contact, data)

    assert history.outcome(now=history.at) == "failed"  # nothing can change that, so it is not pending
    assert history.report()["false_deflection"]["of"] == 0


@pytest.mark.parametrize(("hours", "outcome"), [(71, "failed"), (73, "confirmed")])
@pytest.mark.parametrize("known_by", ["visit", "person"])
def test_a_contact_within_72_hours_makes_it_false_deflection(
    history: History, known_by: str, hours: int, outcome: str
) -> None:
    person = "p1" if known_by == "person" else ""
    history.add("search", SEARCH, person=person)
    history.add("suggestion_solved", HIT)
    history.report()  # counted before the contact is known
    known = {"visit": "v1"} if known_by == "visit" else {"visit": "", "person": "p1"}
    history.add("ticket_sent", {"via": "email"}, after=hours * HOUR, where="mail", **known)

    assert history.outcome() == outcome
    false = history.report()["false_deflection"]
    assert (false["cases"], false["of"], false["rate"]) == (int(outcome == "failed"), 1, None)
    tickets = history.report()["tickets"]
    assert tickets == {"total": 1, "with_search": int(hours < 72), "by_channel": {"email": 1}}


@pytest.mark.parametrize(("quiet", "visits"), [(29, 1), (30, 2)])
def test_a_visit_ends_after_thirty_quiet_minutes(history: History, quiet: int, visits: int) -> None:
    history.add("search", SEARCH)
    history.add("search", SEARCH, after=quiet * MINUTE)

    assert history.report()["visits"] == visits


def test_a_visit_without_a_search_does_not_count(history: History) -> None:
    history.add("article_read", {**HIT, "seconds": 100})
    history.add("ticket_sent", {"via": "form"}, where="form")

    found = history.report()
    assert found["visits"] == 0
    assert found["tickets"] == {"total": 1, "with_search": 0, "by_channel": {"form": 1}}
    assert found["articles"] == [
        {"lang": "en", "slug": "refund", "reads": 1, "helpful": 0, "unhelpful": 0, "solved": 0, "failed_after": 1}
    ]


def test_clicks_are_counted_by_search_and_once(history: History) -> None:
    first = history.add("search", SEARCH)
    history.add("search", {**SEARCH, "verdict": "suggest"})
    history.add("search", {"query": "nothing", "verdict": "ask_human", "results": []})
    history.add("result_opened", {**HIT, "rank": 1, "search": first})
    history.add("result_opened", {**HIT, "rank": 1, "search": first})

    assert history.report()["searches"] == {"total": 3, "answer": 1, "suggest": 1, "ask_human": 1, "no_click": 2}


def test_a_click_that_names_no_search_is_of_the_last_that_showed_the_article(history: History) -> None:
    history.add("search", SEARCH)
    history.add("search", {"query": "nothing", "verdict": "ask_human", "results": []})
    history.add("suggestion_opened", HIT)

    assert history.report()["searches"]["no_click"] == 1


def test_events_without_a_visit_are_counted_but_make_none(history: History) -> None:
    history.add("search", SEARCH, visit="")
    history.add("vote", {**HIT, "helpful": True}, visit="")

    found = history.report()
    assert (found["visits"], found["searches"]["total"], found["articles"][0]["helpful"]) == (0, 1, 1)


def test_filters(history: History) -> None:
    history.add("search", SEARCH, category="money", site="shop")
    history.add("search", {**SEARCH, "verdict": "suggest"}, visit="v2", lang="tr", where="widget", category="parcels")

    def searches(**chosen: str) -> int:
        return int(history.report(Filters(WHOLE.first, WHOLE.last, **chosen))["searches"]["total"])

    assert searches() == 2
    assert [searches(lang="tr"), searches(lang="fr")] == [1, 0]
    assert [searches(site="shop"), searches(where="widget"), searches(category="money")] == [1, 1, 1]
    assert history.report(Filters(WHOLE.first, WHOLE.last, category="parcels"))["visits"] == 1
    assert history.report(Filters(date(2026, 11, 4), WHOLE.last))["searches"]["total"] == 0


@pytest.mark.parametrize("filters", [WHOLE, Filters(date(2026, 5, 1), date(2026, 11, 30))])
def test_words_used_once_come_after_those_used_often(history: History, filters: Filters) -> None:
    for words, times in (("late", 3), ("Gift?", 2), ("broken", 1), ("again", 1)):
        for time in range(times):
            history.add("search", {"query": words, "verdict": "ask_human", "results": []}, visit=f"{words}-{time}")
    history.add("search", {**SEARCH, "query": "late"}, visit="v0")
    history.report()

    def top(order: str, limit: int) -> list[tuple[str, int]]:
        return [(row["query"], row[order]) for row in found.queries(order, limit)]

    with history.engine.connect() as connection:
        found = Report(connection, filters, LATER)
        assert top("searches", 2) == [("late", 4), ("gift", 2)]
        assert top("searches", 3) == [("late", 4), ("gift", 2), ("again", 1)]
        assert top("ask_human", 9) == [("late", 3), ("gift", 2), ("again", 1), ("broken", 1)]
        assert top("answer", 9) == [("late", 1)]
        assert top("failed", 9) == []


def test_words_used_most_in_many_days_are_told_without_reading_all(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    filters, chance = Filters(date(2026, 8, 25), date(2026, 11, 5)), random.Random(4)
    words = [f"w{chance.randrange(12) ** 2}" for _search in range(450)]
    with writing(history.engine) as connection:
        data = {"verdict": "suggest", "results": [["en", "refund"]]}
        ledger.add(connection, [
            make("search", START + timedelta(hours=n // 220), {**data, "query": one}, visit=f"v{n}", lang="en")
            for n, one in enumerate(words)
        ])  # fmt: skip
    history.report()
    used = sorted(Counter(words).items(), key=lambda one: (-one[1], one[0]))

    with history.engine.connect() as connection:
        found = Report(connection, filters, LATER)
        # Three are ahead of the others by nothing; then of one day only, by all that could be used besides.
        assert [(row["query"], row["searches"]) for row in found.queries("searches", 3)] == used[:3]
        monkeypatch.setattr("insight.report._MANY_DAYS", 2)
        short = Report(connection, Filters(date(2026, 11, 3), date(2026, 11, 5)), LATER)
        assert list(short._told_by_bounds(["searches", "no_click", "failed"], 3)) == ["searches", "no_click"]
        for order in ("searches", "no_click"):
            assert [(row["query"], row[order]) for row in short.queries(order, 3)] == used[:3]


def test_the_first_events_of_visits_come_page_by_page(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("insight.behind.EVENTS_SHOWN", 2)
    for number in range(5):
        history.add("search", SEARCH, visit=f"v{number}", after=(number % 2) * MINUTE)
        history.add("contact_opened", visit=f"v{number}", after=timedelta())
    history.report()

    seen, pages, after = [], 0, ""
    while not pages or after:
        found, after = events_of(history.engine, WHOLE, EventFilter(outcome="abandoned", after=after), LATER)
        seen += [(one.visit, one.name) for one in found]
        pages += 1
    assert seen == [(f"v{number}", "search") for number in (4, 3, 2, 1, 0)]
    assert pages == 3
    opened = EventFilter(outcome="abandoned", name="contact_opened")
    assert {one.name for one in events_of(history.engine, WHOLE, opened, LATER)[0]} == {"contact_opened"}


def test_every_figure_has_as_many_events_behind_it_as_it_says(history: History) -> None:
    for visit_id, minutes in (("v1", 0), ("v2", 40)):
        own: dict[str, Any] = {"visit": visit_id, "site": "shop"}
        history.add("search", SEARCH, after=timedelta(minutes=minutes), **own)
        history.add("result_opened", HIT, **own)
        for name in ("article_read", "suggestion_solved"):
            for _time in range(2):
                history.add(name, HIT, **own)
        for helpful in (True, False):
            history.add("vote", {**HIT, "helpful": helpful, "reason": "" if helpful else "wrong"}, **own)
        history.add("vote", {"lang": "en", "slug": "other", "helpful": True}, **own)
        history.add("search", {"query": "Other", "verdict": "ask_human"}, **own)
        history.add("contact_opened", {"form": "contact"}, **own)
    history.add("ticket_sent", {"via": "form"}, visit="v2")
    history.add("ticket_sent", {}, visit="", where="mail")
    history.add("vote", {"lang": "en", "slug": "Refund", "helpful": False, "reason": "wrong"}, visit="")
    history.add("article_read", HIT, visit="v3")  # a visit that does not count
    aggregates.update(history.engine, LATER)

    def behind(wanted: EventFilter) -> int:
        return len(events_of(history.engine, WHOLE, wanted, LATER)[0])

    with history.engine.connect() as connection:
        counted = Report(connection, WHOLE, LATER).totals("funnel", "no_click", *FIGURES)
    for name, of in counted.items():
        for key, count in of.items():
            if name in FIGURES:
                assert behind(EventFilter(figure=name, key=key or NONE)) == count, (name, key)
            elif name == "funnel":
                assert behind(EventFilter(stage=key)) == count, key
            else:
                assert behind(EventFilter(name="search", no_click="1", verdict=key)) == count, key
    assert {name for name, of in counted.items() if of} == {"funnel", "no_click", *FIGURES}
    assert counted["read"] == {"en/refund": 3} and counted["unhelpful"] == {"en/refund": 2, "en/Refund": 1}


def test_the_longest_that_strangers_may_write_is_counted(history: History) -> None:
    """PostgreSQL has no room for long keys: one event would stop the counting of its day, and of all that follow."""
    chance = random.Random(5)

    def signs(most: int) -> str:  # four bytes a sign, and nothing to compress
        return "".join(chr(chance.randrange(0x20000, 0x2A6D0)) for _sign in range(most))

    article: dict[str, Any] = {"lang": "en", "slug": signs(150)}
    more: dict[str, Any] = {"site": signs(100), "category": signs(100)}
    history.add("search", {**SEARCH, "query": signs(500), "results": [["en", article["slug"]]]}, **more)
    history.add("result_opened", article, **more)
    history.add("article_read", article, **more)
    history.add("vote", {**article, "helpful": False, "reason": signs(300)}, **more)
    history.add("suggestion_rejected", {**article, "reason": signs(300)}, **more)
    history.add("channel_chosen", {"channel": signs(300)}, **more)
    history.add("ticket_sent", {"via": signs(300)}, **more)

    assert history.outcome() == "failed"
    assert history.report()["articles"][0]["unhelpful"] == 1
    assert aggregates.check(history.engine, LATER) == ""
    with pytest.raises(BadEvent):
        make("result_opened", START, {"lang": "en", "slug": signs(151)})


def test_what_crosses_midnight_is_one_visit(history: History) -> None:
    history.at = datetime(2026, 11, 3, 23, 50, tzinfo=UTC)
    search = history.add("search", SEARCH)
    history.report()
    history.add("result_opened", {**HIT, "search": search}, after=15 * MINUTE)
    history.add("article_read", {**HIT, "seconds": 30}, after=5 * MINUTE)
    history.add("search", SEARCH)

    assert history.outcome() == "probable"
    assert history.report(Filters(date(2026, 11, 3), date(2026, 11, 3)))["searches"]["no_click"] == 0
    assert history.report(Filters(date(2026, 11, 4), date(2026, 11, 4)))["visits"] == 0
    assert history.report(Filters(date(2026, 11, 4), date(2026, 11, 4)))["articles"][0]["reads"] == 1
    assert aggregates.check(history.engine, LATER) == ""


def test_events_out_of_order_join_two_visits(history: History) -> None:
    history.add("search", SEARCH)
    history.add("search", SEARCH, after=50 * MINUTE)
    assert history.report()["visits"] == 2
    history.add("search", SEARCH, after=-25 * MINUTE)

    assert history.report()["visits"] == 1
    assert aggregates.check(history.engine, LATER) == ""


@pytest.mark.parametrize("table", ["insight_day", "insight_query", "insight_visit"])
def test_the_check_ends_at_the_first_digit_that_differs(history: History, table: str) -> None:
    history.add("search", SEARCH)
    history.report()
    assert aggregates.check(history.engine, LATER) == ""
    changes = {
        "insight_day": "UPDATE insight_day SET count = count + 1 WHERE name = 'search'",
        "insight_query": "UPDATE insight_query SET searches = 7",
        "insight_visit": "UPDATE insight_visit SET outcome = 'failed'",
    }
    with writing(history.engine) as connection:
        connection.execute(text(changes[table]))

    assert table in aggregates.check(history.engine, LATER)
    aggregates.recompute(history.engine)
    assert aggregates.check(history.engine, LATER) == ""


def test_figures_that_depend_on_removed_events_stay_as_they_were(history: History) -> None:
    history.add("search", SEARCH, person="p1")
    history.add("ticket_sent", {"form": "contact", "via": "mail"}, after=48 * HOUR, visit="", person="p1")
    history.add("search", SEARCH, after=240 * HOUR, visit="v2")
    before = history.report()
    rule = personal_data(Keys.of(b"k" * 32)).rules[1]

    assert rule.remove(history.engine, START + timedelta(days=1), LATER) == 1

    assert before["tickets"]["with_search"] == 1
    assert aggregates.check(history.engine, LATER) == ""
    aggregates.recompute(history.engine)
    assert history.report()["tickets"] == before["tickets"]
    with history.engine.connect() as connection:  # what is newer is still computed again
        assert connection.execute(select(func.count()).select_from(visit)).scalar() == 1


def test_wilson() -> None:
    assert wilson(0, 0) == (0, 1)
    low, high = wilson(10, 40)  # 0.1419, 0.4019 by Newcombe (1998), method 3
    assert (round(low, 4), round(high, 4)) == (0.1419, 0.4019)
