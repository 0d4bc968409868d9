"""Nodes that search in PostgreSQL: only the publisher has an index in files."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.api.metrics import _by_meaning
from app.container import Services
from app.doctor import Level, check_database, check_index
from app.ops.index_worker import IndexWorker
from app.ops.node_agent import NodeAgent
from app.ops.publishing import publish_and_index, publish_search
from core.database import pooler
from core.database.pooler import PoolerUntold
from index.database import store
from index.database.live import DatabaseLive
from index.embed.hashing import HashingEmbedder
from index.models import Degraded, SearchQuery, Verdict
from tests.app.nodes.conftest import AddNode
from tests.app.nodes.test_frozen_database import ANSWERED_WITHIN, Freezer
from tests.app.nodes.test_nodes import found, services, write

DATABASE = {"search_store": "database"}


def test_what_one_node_publishes_every_node_finds_without_an_index_of_its_own(
    add_node: AddNode, tmp_path: Path
) -> None:
    publisher, web = (services(add_node(name, roles=roles, **DATABASE)) for name, roles in (
        ("publisher", "publisher"), ("web", "web"),
    ))  # fmt: skip
    follower = NodeAgent(web)
    write(publisher, "pairing", "Pair the headphones")
    publish_and_index(publisher)
    assert found(web, "pair headphones") == ["pairing"]
    assert follower.follow()
    assert web.following.revision == 1
    write(publisher, "reset", "Reset the headphones", "Press both buttons for nine seconds.")
    publish_and_index(publisher)
    assert found(web, "nine seconds") == ["reset", "pairing"]
    (publisher.settings.kb_dir / "en" / "sound" / "pairing.md").unlink()
    publish_and_index(publisher)
    assert found(web, "pair headphones") == ["reset"]
    assert follower.follow()
    assert not IndexWorker(web).embed_pending()
    assert not (tmp_path / "web" / "data" / "index" / "generations").exists()
    assert web.live.available


def test_a_publisher_that_is_behind_takes_nothing_back(add_node: AddNode) -> None:
    first, second = (services(add_node(name, **DATABASE)) for name in ("first", "second"))
    write(first, "pairing", "Pair the headphones")
    publish_and_index(first)
    behind = first.built.current()
    write(first, "reset", "Reset the headphones", "Press both buttons for nine seconds.")
    publish_and_index(first)
    assert behind is not None
    assert second.search_database is not None
    assert second.search_database.publish(behind, 1) is None
    assert found(second, "nine seconds") == ["reset", "pairing"]


def test_a_node_that_is_no_publisher_leaves_the_search_of_all_alone(add_node: AddNode, tmp_path: Path) -> None:
    """Though its folder has an index from before it searched in the database, and an older one to go back to."""
    publisher = services(add_node("publisher", roles="publisher", **DATABASE))
    write(publisher, "pairing", "Pair the headphones")
    publish_and_index(publisher)
    in_files = services(add_node("web", roles="web"))
    for title in ("Pair the headphones", "Pair the headphones again"):
        write(publisher, "pairing", title)
        publish_and_index(publisher)
        assert NodeAgent(in_files).follow()
    app = add_node("web", roles="web", **DATABASE)
    web, runner = services(app), app.test_cli_runner()
    assert web.built.current() is not None, "an index from before"
    database = publisher.search_database
    assert database is not None
    before = database.live.current()
    assert before is not None

    for command in (["build"], ["build", "--anew"], ["build", "--dry-run"], ["rollback"], ["rollback", "--dry-run"]):
        refused = runner.invoke(args=["index", *command])
        assert refused.exit_code == 1 and "Run this on a publisher" in refused.output
    publish_search(web, anyway=True)
    write(publisher, "reset", "Reset the headphones")
    publish_and_index(publisher)
    assert runner.invoke(args=["kb", "rollback", "1"]).exit_code == 0
    verified = runner.invoke(args=["index", "verify"])
    assert verified.exit_code == 0 and "no index in files" in verified.output
    after = database.live.current()
    assert after is not None and after.manifest.articles == 2, "what the publisher published last"
    assert NodeAgent(publisher).follow(), "which follows the rollback"
    assert found(web, "headphones") == ["pairing"]


def test_a_follower_is_not_told_to_build_an_index(add_node: AddNode) -> None:
    runner = add_node("web", roles="web", **DATABASE).test_cli_runner()
    told = runner.invoke(args=["index", "status"])
    assert told.exit_code == 1 and "start a publisher" in told.output
    assert runner.invoke(args=["index", "verify"]).exit_code == 0


def test_the_page_of_a_node_shows_what_was_found(add_node: AddNode) -> None:
    app = add_node("one", **DATABASE)
    write(services(app), "pairing", "Pair the headphones")
    publish_and_index(services(app))
    client = app.test_client()
    assert "Pair the headphones" in client.get("/en/search?q=pair").get_data(as_text=True)
    assert client.get("/readyz").get_json()["index"] == "ok"


def test_an_earlier_generation_serves_again_for_all(add_node: AddNode) -> None:
    app = add_node("one", **DATABASE)
    s = services(app)
    write(s, "pairing", "Pair the headphones")
    publish_and_index(s)
    write(s, "reset", "Reset the headphones", "Press both buttons for nine seconds.")
    publish_and_index(s)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["index", "rollback"]).exit_code == 0
    assert found(s, "nine seconds") == ["pairing"]
    (finding,) = [one for one in check_index(s.settings, s.now()) if "database" in one.message]
    assert (finding.level, finding.message[:37]) == (Level.OK, "in the database: 1 articles, 2 passag")
    told = runner.invoke(args=["index", "status"]).output
    assert "Database: epoch" in told
    assert "1 articles, 2 passages, model hashing-1" in told
    # So few articles move the means: each publish was an epoch.
    assert "would serve on every node" in runner.invoke(args=["index", "rollback", "--epoch", "--dry-run"]).output
    assert found(s, "nine seconds") == ["pairing"]
    assert "serves on every node" in runner.invoke(args=["index", "rollback", "--epoch"]).output
    assert found(s, "nine seconds") == ["reset", "pairing"]
    assert "no earlier epoch" in runner.invoke(args=["index", "rollback", "--epoch"]).output


def test_where_the_database_cannot_search_is_in_files_and_the_log_says_why(
    add_node: AddNode, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(store, "_CREATE", store.DDL("CREATE EXTENSION no_such_thing"))
    s = services(add_node("one", **DATABASE))
    assert not isinstance(s.live, DatabaseLive)
    write(s, "pairing", "Pair the headphones")
    publish_and_index(s)
    assert found(s, "pair headphones") == ["pairing"]


def test_while_the_database_says_nothing_a_search_soon_ends_with_a_person(
    shared_url: str, add_node: AddNode, tmp_path: Path
) -> None:
    url = make_url(shared_url)
    folder = tmp_path / "s"
    folder.mkdir()
    freezer = Freezer(folder, Path(str(url.query["host"])) / ".s.PGSQL.5432")
    through = url.update_query_dict({"host": str(folder)}).render_as_string(hide_password=False)
    s = services(add_node("one", database_url=through, **DATABASE))
    write(s, "pairing", "Pair the headphones")
    publish_and_index(s)
    assert found(s, "pair headphones") == ["pairing"]
    with freezer.frozen():
        for _ in range(3):
            began = time.perf_counter()
            result = s.search.search(SearchQuery("pair the headphones please", "en"))
            assert time.perf_counter() - began < ANSWERED_WITHIN
            assert (result.verdict, result.degraded) == (Verdict.ASK_HUMAN, Degraded.NO_INDEX)
    ended = time.monotonic() + 60
    while found(s, "pair headphones") != ["pairing"]:
        assert time.monotonic() < ended
        time.sleep(0.1)
    freezer.close()


def lose(s: Services, *statements: str) -> None:
    with s.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    assert isinstance(s.live, DatabaseLive)
    s.live.soundness.look()


EVERYTHING_LOST = {
    "tables": ("DROP TABLE search_text, search_posting, search_window",),
    "columns": ("DROP EXTENSION vector CASCADE", "CREATE EXTENSION vector"),
    "rows": ("TRUNCATE search_text",),
}


@pytest.mark.parametrize("lost", EVERYTHING_LOST)
def test_damaged_tables_are_told_everywhere_and_a_build_mends_them(add_node: AddNode, lost: str) -> None:
    app, web = add_node("one", **DATABASE), add_node("web", roles="web", **DATABASE)
    s = services(app)
    write(s, "pairing", "Pair the headphones")
    publish_and_index(s)
    assert found(services(web), "pair headphones") == ["pairing"]
    runner, client = app.test_cli_runner(), web.test_client()
    assert "tables of search are sound" in runner.invoke(args=["index", "verify"]).output
    lose(services(web), *EVERYTHING_LOST[lost])
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json["index"]) == (503, "damaged")
    assert "index_damaged" in ready.json["degraded"]
    # Articles can be read, and no other node could search either.
    assert client.get("/readyz?for=reading").status_code == 200
    (finding,) = check_index(services(web).settings, s.now())
    assert finding.level is Level.ERROR
    assert "search_" in finding.message
    assert "flask index build" in finding.action
    for commands in (runner, web.test_cli_runner()):
        verified = commands.invoke(args=["index", "verify"])
        assert (verified.exit_code, "search_" in verified.output) == (1, True)
    built = runner.invoke(args=["index", "build"])
    assert "serves on every node, since it was damaged" in built.output
    assert runner.invoke(args=["index", "verify"]).exit_code == 0
    live = services(web).live
    assert isinstance(live, DatabaseLive)
    assert live.soundness.look() == ""
    assert found(services(web), "pair headphones") == ["pairing"]
    assert client.get("/readyz").json["index"] == "ok"


def test_the_publisher_mends_damaged_tables_by_itself(add_node: AddNode) -> None:
    s = services(add_node("one", **DATABASE))
    write(s, "pairing", "Pair the headphones")
    publish_and_index(s)
    assert not IndexWorker(s).embed_pending()
    lose(s, "TRUNCATE search_text")
    assert IndexWorker(s).embed_pending()
    assert found(s, "pair headphones") == ["pairing"]
    assert s.live.damage == ""
    assert not IndexWorker(s).embed_pending()


def test_a_build_anew_writes_all_of_it_to_the_database(add_node: AddNode) -> None:
    app = add_node("one", **DATABASE)
    write(services(app), "pairing", "Pair the headphones")
    publish_and_index(services(app))
    assert "epoch 2" not in app.test_cli_runner().invoke(args=["index", "build"]).output
    assert "epoch 2 serves" in app.test_cli_runner().invoke(args=["index", "build", "--anew"]).output


def test_a_pool_in_transaction_mode_that_is_not_named_is_refused_and_the_doctor_names_it(
    add_node: AddNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = services(add_node("one")).settings
    monkeypatch.setattr(pooler, "pools_transactions", lambda _: True)
    monkeypatch.setattr(pooler, "_in_order", set())
    with pytest.raises(PoolerUntold):
        add_node("two")
    (finding,) = check_database(settings, datetime.now(UTC))
    assert finding.level is Level.ERROR
    assert "Add pgbouncer=true" in finding.message


class OtherModel(HashingEmbedder):
    fingerprint = "other-1"


@pytest.mark.parametrize("store_", ["files", "database"])
def test_a_node_with_another_model_than_the_index_says_so(
    add_node: AddNode, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, store_: str
) -> None:
    app = add_node("one", search_store=store_)
    s = services(app)
    write(s, "pairing", "Pair the headphones")
    publish_and_index(s)
    s.model.get()
    ready = app.test_client().get("/readyz").json
    assert "keyword_only" not in ready["degraded"]
    assert _by_meaning(s)
    s.model._embedder = OtherModel()
    monkeypatch.setattr("index.embed.choose.HashingEmbedder", OtherModel)
    caplog.clear()
    for question in ("pair", "headphones", "hold the button"):
        assert s.search.search(SearchQuery(question, "en")).degraded is Degraded.KEYWORD_ONLY
    assert [one.message for one in caplog.records if "model_differs" in one.message] != []
    assert sum("model_differs" in one.getMessage() for one in caplog.records) == 1
    assert "keyword_only" in app.test_client().get("/readyz").json["degraded"]
    assert not _by_meaning(s)
    wrong = [one for one in check_index(s.settings, s.now()) if one.level is Level.ERROR]
    assert len(wrong) == 1
    assert "hashing-1" in wrong[0].message
    assert "other-1" in wrong[0].message
