"""The boards of insight: figures lead to events, CSV cannot be run, and only authors and admins see them."""

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from markupsafe import escape

from bench.insight import FIRST, month
from core.database.connection import writing
from insight import aggregates, ledger
from insight.events import make
from insight.scrub import scrub
from support.agents.models import Role
from tests.app.desk.test_agents_day import Join

BOARDS = ("overview", "queries", "articles", "audience")
PERIOD = "from=2026-09-01&to=2026-10-04"


@pytest.fixture
def filled(desk_app: Flask) -> Flask:
    made = month(120, seed=3)
    s = desk_app.extensions["signpost"]
    lines = "\n".join(made.lines())
    ledger.import_file(s.engine, io.BytesIO(lines.encode()), scrub, lambda lang, slug: "orders" if slug else "")
    aggregates.update(s.engine, datetime.now(UTC))
    return desk_app


@pytest.mark.parametrize("board", BOARDS)
def test_a_board_is_drawn_with_its_table_and_csv_empty_and_full(filled: Flask, member: Join, board: str) -> None:
    author = member(Role.AUTHOR)
    empty = author.get(f"/desk/insight/{board}?from=2020-01-01&to=2020-01-02")
    page = author.get(f"/desk/insight/{board}?{PERIOD}").get_data(as_text=True)

    assert empty.status_code == 200
    assert "Nothing was recorded" in empty.get_data(as_text=True)
    assert "Nothing was recorded" not in page
    assert page.count('<svg class="chart"') == page.count('role="img"') > 0
    assert " style=" not in page.partition("<main")[2]
    for address in set(re.findall(r'href="(/desk/insight/[^"]+)"', page)):
        if ".csv" in address or "events" not in address:
            assert author.get(address.replace("&amp;", "&")).status_code == 200, address


@pytest.mark.parametrize("board", BOARDS)
def test_every_number_leads_to_the_events_behind_it(filled: Flask, member: Join, board: str) -> None:
    admin = member(Role.ADMIN)
    page = admin.get(f"/desk/insight/{board}?from=2026-09-16&to=2026-09-30").get_data(as_text=True)
    checked = 0
    for section in page.split('<section class="stack" aria-labelledby="')[1:]:
        # Stages count visits and readings once a visit: more events than that are behind them.
        exact = section.partition("-title")[0] not in {"funnel", "articles"}
        links = re.findall(r'<a href="(/desk/insight/events[^"]+)"><bdi[^>]*>(\d+)</bdi>', section)
        assert links or not re.search(r"<td><bdi>[1-9]", section), section[:60]
        for address, number in links[:40]:
            rows = admin.get(address.replace("&amp;", "&")).get_data(as_text=True).count("<time datetime")
            assert rows == min(int(number), 100) if exact else rows > 0, (address, number, rows)
            checked += 1
    assert checked > 10


def test_the_events_of_a_visit_and_older_ones(filled: Flask, member: Join) -> None:
    author = member(Role.AUTHOR)
    first = author.get(f"/desk/insight/events?{PERIOD}").get_data(as_text=True)
    assert first.count("<time datetime") == 100
    (older,) = re.findall(r'href="(/desk/insight/events[^"]+after[^"]+)"', first)
    second = author.get(older.replace("&amp;", "&")).get_data(as_text=True)
    assert second.count("<time datetime") == 100
    visit = re.findall(r'href="(/desk/insight/events\?visit[^"]+)"', first)[0]
    assert 0 < author.get(visit.replace("&amp;", "&")).get_data(as_text=True).count("<time datetime") < 20
    for odd in (
        "after=x",
        "after=2026-09-10+99999999999999999999",
        "slug=%25",
        "outcome=nothing",
        "from=x&to=9999-99-99",
    ):
        assert author.get(f"/desk/insight/events?{odd}").status_code == 200


def test_a_query_is_text_on_the_page_and_in_the_csv(desk_app: Flask, member: Join) -> None:
    s, author = desk_app.extensions["signpost"], member(Role.AUTHOR)
    evil = "=cmd|' /c calc'!a1 <script>"
    with writing(s.engine) as connection:
        asked = {"query": evil, "verdict": "ask_human"}
        ledger.add(connection, [make("search", FIRST, asked, visit="v", lang="en", where="portal")])
    aggregates.update(s.engine, datetime.now(UTC))

    page = author.get(f"/desk/insight/queries?{PERIOD}").get_data(as_text=True)
    assert str(escape(evil)) in page and "<script>" not in page.partition("<main")[2]
    got = author.get(f"/desk/insight/queries/top.csv?{PERIOD}")
    rows = list(csv.reader(io.StringIO(got.get_data(as_text=True).removeprefix("\ufeff"))))
    assert rows[1][0] == "'" + evil
    assert author.get("/desk/insight/queries/nothing.csv").status_code == 404
    assert author.get("/desk/insight/nothing").status_code == 404


def test_agents_and_strangers_do_not_see_it(desk_app: Flask, member: Join) -> None:
    assert member(Role.AGENT).get("/desk/insight").status_code == 403
    assert desk_app.test_client().get("/desk/insight").status_code == 302
