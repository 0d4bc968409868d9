"""The findability board: questions with their places, publishes, rivals, and customers' words for an article's file."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.ops.findability_worker import FindabilityWorker
from core.database.connection import writing
from insight import aggregates, ledger
from insight.events import make
from kb.source.frontmatter import read
from support.agents.models import Role
from tests.app.desk.conftest import Member
from tests.articles import publish, write

Join = Callable[..., Member]
QUESTION = "when is my <refund> paid"


@pytest.fixture
def measured(desk_app: Flask) -> Flask:
    """Two publishes: the second takes the words of the first article's question away from it."""
    s = desk_app.extensions["signpost"]
    folder = s.settings.kb_dir
    write(folder, "en", "late-parcel", "Late parcels", "A parcel is late after five days.", category="orders")
    head = f'owner: Ada\nquestions: ["{QUESTION}"]'
    write(folder, "en", "refund-time", "When a refund is paid", "A refund is paid in five days.", category="returns",
          head=head)  # fmt: skip
    publish(s)
    worker = FindabilityWorker(s)
    assert not worker.measure_if_due()  # another publish may follow at once
    assert worker.measure_if_due() and not worker.measure_if_due()
    write(folder, "en", "refund-time", "Money", "Five days.", category="returns", head=head)
    for name in "abc":
        write(folder, "en", f"paid-{name}", f"When is my refund paid {name}", "My refund is paid.", category="returns")
    return desk_app


def publish_again(app: Flask) -> None:
    s = app.extensions["signpost"]
    publish(s)
    worker = FindabilityWorker(s)
    worker.measure_if_due()
    assert worker.measure_if_due()


def test_a_dry_run_says_what_a_publish_would_break(measured: Flask) -> None:
    runner = measured.test_cli_runner()
    told = runner.invoke(args=["kb", "publish", "--dry-run"])
    assert told.exit_code == 0, told.output
    line = next(one for one in told.stdout.splitlines() if one.startswith("broken"))
    assert "en/refund-time" in line and QUESTION in line and "place 1" in line and "en/paid-" in line
    assert "1 of 1 now, 0 of 1 then; 1 would no longer be found" in told.stdout
    assert runner.invoke(args=["kb", "publish", "--dry-run", "--strict"]).exit_code == 3
    assert runner.invoke(args=["kb", "publish", "--json"]).exit_code == 2
    found = runner.invoke(args=["kb", "publish", "--dry-run", "--strict", "--json"])
    assert found.exit_code == 3
    questions = json.loads(found.stdout)["questions"]
    assert (questions["broken"], questions["mended"], questions["found"]) == (1, 0, {"before": 1, "after": 0})
    assert questions["changes"][0]["was"]["rank"] == 1 and questions["changes"][0]["now"]["rank"] != 1
    untried = runner.invoke(args=["kb", "publish", "--dry-run", "--strict", "--json", "--no-questions"])
    assert untried.exit_code == 0 and json.loads(untried.stdout)["questions"] is None
    assert measured.extensions["signpost"].revisions.latest().number == 1


def test_the_board_shows_places_rivals_and_what_a_publish_broke(measured: Flask, member: Join) -> None:
    publish_again(measured)
    author = member(Role.AUTHOR)

    page = author.get("/desk/insight/findability").text

    assert "when is my &lt;refund&gt; paid" in page and "<refund>" not in page
    assert "en/paid-" in page and page.count('<svg class="chart"') == 1
    for address in set(re.findall(r'href="(/desk/insight/[^"]+)"', page)):
        assert author.get(address.replace("&amp;", "&")).status_code == 200, address
    followed = 0
    for address, number in re.findall(r'<a href="(/desk/insight/findability[^"#]*)">(?:<bdi>)?([0-9]+)<', page):
        shown = author.get(address.replace("&amp;", "&")).text
        _before, _heading, section = shown.partition('id="questions-title"')
        rows_shown = (section or shown).partition("</section>")[0].partition("<tbody>")[2].count("<tr>")
        assert rows_shown == int(number), address
        followed += 1
    assert followed > 3
    broken = author.get("/desk/insight/findability?show=broken&owner=Ada&lang_of=en&category=returns").text
    assert "&lt;refund&gt;" in broken
    for nothing in ("show=mended", "lang_of=tr", "category=orders", "owner=Bo"):
        assert "&lt;refund&gt;" not in author.get(f"/desk/insight/findability?{nothing}").text, nothing
    assert author.get("/desk/insight/findability?show=%25&lang_of=%25&page=-1").status_code == 200
    rows = list(
        csv.reader(io.StringIO(author.get("/desk/insight/findability/history.csv").text.removeprefix("\ufeff")))
    )
    assert [row[0] for row in rows[1:]] == ["2", "1"] and rows[1][4] == "1"
    article = author.get("/desk/insight/findability/en/refund-time").text
    assert "Broken" in article and "1 · " in article
    assert author.get("/desk/insight/findability/en/nothing").status_code == 404
    assert author.get("/desk/insight/findability/nothing.csv").status_code == 404
    assert member(Role.AGENT, login="b@example.org").get("/desk/insight/findability").status_code == 403
    told = measured.test_cli_runner().invoke(args=["insight", "findability", "--json"])
    assert json.loads(told.stdout)["runs"][0]["broken"] == 1, told.output


def test_customers_words_go_to_the_file_of_the_article_they_found(measured: Flask, member: Join) -> None:
    publish_again(measured)
    s, about = measured.extensions["signpost"], {"lang": "en", "slug": "refund-time"}
    for visit in ("one", "two"):
        steps = (
            ("search", {"query": "cash back please", "verdict": "suggest", "results": [["en", "refund-time"]]}),
            ("result_opened", about), ("article_read", {**about, "seconds": 60, "depth": 1}),
        )  # fmt: skip
        at = s.now() - timedelta(hours=1)
        with writing(s.engine) as connection:
            ledger.add(connection, [make(name, at, data, visit=visit, lang="en") for name, data in steps])
    aggregates.update(s.engine, s.now())
    author, address = member(Role.EDITOR), "/desk/insight/findability/en/refund-time"

    assert "cash back please" in author.get("/desk/insight/findability").text
    assert author.post(address, address, words="never offered").status_code == 422
    sent = author.post(address, address, words="cash back please")

    assert sent.status_code == 303 and "The questions were added" in author.get(sent.headers["Location"]).text
    file = s.settings.kb_dir / "en/returns/refund-time.md"
    assert read(file.read_text(encoding="utf-8"), "").fields.questions == (QUESTION, "cash back please")
