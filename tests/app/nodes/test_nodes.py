"""Nodes on one PostgreSQL: who is elected, who has ended, who follows whom."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from app.container import Services
from app.desk.article_files import NotAdded, add_questions, write_article
from app.ops.node_agent import NodeAgent
from app.ops.publishing import publish_and_index, put_waiting_files, roll_back_and_index
from app.ops.setup import publish_articles
from core.cluster import nodes as cluster
from core.cluster.elections import Election
from core.cluster.nodes import DEAD_SECONDS, Heartbeats, Node, ended, holder_name
from core.database.connection import connect
from index.models import SearchQuery
from kb.authoring.models import Author
from kb.errors import ArticleExists
from kb.models import ArticleRef
from kb.publish import OnError, Refusal
from kb.revisions import How, Origin
from tests.app.nodes.conftest import AddNode

ROOT = Path(__file__).parents[3]
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
ARTICLE = "---\ntitle: {title}\n---\n\n{text}\n"


def services(app: object) -> Services:
    found: Services = app.extensions["signpost"]  # type: ignore[attr-defined]
    return found


def write(s: Services, name: str, title: str, text: str = "Hold the button for five seconds.") -> None:
    path = s.settings.kb_dir / "en" / "sound" / f"{name}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(ARTICLE.format(title=title, text=text))


def found(s: Services, words: str) -> list[str]:
    return [hit.ref.slug for hit in s.search.search(SearchQuery(words, "en", 5)).hits]


def by_itself(s: Services) -> Refusal | None:
    origin = Origin(How.WATCHER)
    return publish_and_index(s, on_error=OnError.KEEP, origin=origin).publish.refused


# --- elections ---


def test_one_of_all_is_elected_and_another_after_it_resigned(migrated_url: str, tmp_path: Path) -> None:
    engine = connect(migrated_url)
    first, second = (Election(engine, "publisher", tmp_path) for _ in range(2))
    other_chore = Election(engine, "mailbox", tmp_path)
    assert (first.held(), second.held(), other_chore.held(), first.held()) == (True, False, True, True)
    assert (first.elected, second.elected) == (True, False)
    first.resign()
    assert (second.held(), first.held()) == (True, False)
    for election in (first, second, other_chore):
        election.resign()
    engine.dispose()


def test_nobody_is_elected_where_the_data_folder_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    engine = connect(f"sqlite:///{tmp_path}/one.db")
    assert not Election(engine, "publisher", tmp_path / "file" / "elections").held()
    engine.dispose()


def test_whose_connection_the_server_took_away_is_elected_no_more(shared_url: str, tmp_path: Path) -> None:
    engine = connect(shared_url)
    first, second = (Election(engine, "publisher", tmp_path) for _ in range(2))
    assert first.held()
    with engine.begin() as connection:  # as idle_in_transaction_session_timeout does with one that is frozen
        connection.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))
    assert second.held()
    assert not first.held()
    second.resign()
    engine.dispose()


def test_one_that_could_not_ask_for_long_does_not_count_itself_as_elected(
    shared_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = connect(shared_url)
    election = Election(engine, "publisher", tmp_path)
    assert election.held() and election.elected
    monkeypatch.setattr("core.cluster.elections.SILENCE_SECONDS", 0)
    assert not election.elected
    election.resign()
    engine.dispose()


# --- who has ended ---


def test_a_container_of_the_same_host_name_has_not_ended_while_its_heart_beats(
    migrated_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = connect(migrated_url)
    elsewhere = Node(engine, tmp_path, ("worker",), "1")
    with monkeypatch.context() as there:
        there.setattr(cluster, "place", lambda: "elsewhere")
        there.setattr(os, "getpid", lambda: 2**31 - 2)  # no process has this number here
        holder = holder_name(elsewhere.id)
    moment = 0.0
    watch = Heartbeats(engine, lambda: moment)
    from tests.support.conftest import NOW

    for _ in range(4):
        elsewhere.beat(0, NOW)  # its clock may stand still: beats are counted
        assert ended([holder], watch) == set()
        moment += DEAD_SECONDS * 0.9
    assert ended([holder], watch) == set()
    moment += DEAD_SECONDS * 0.2
    assert ended([holder], watch) == {holder}
    engine.dispose()


def test_a_process_here_that_died_has_ended_at_once(migrated_url: str) -> None:
    engine = connect(migrated_url)
    child = subprocess.Popen(["true"])
    child.wait()
    mine = holder_name("")
    dead = mine.replace(f":{os.getpid()}:", f":{child.pid}:")
    of_an_earlier_release = f"host:{child.pid}:abcd"
    assert ended([mine, dead, of_an_earlier_release], Heartbeats(engine)) == {dead}
    engine.dispose()


def test_a_forked_child_has_connections_of_its_own(shared_url: str) -> None:
    script = """
import os, sys
from sqlalchemy import text
from core.database.connection import connect
engine = connect(sys.argv[1])
ask = lambda: engine.connect().execute(text("SELECT pg_backend_pid()")).scalar()
with engine.connect() as connection:
    mine = connection.execute(text("SELECT pg_backend_pid()")).scalar()
child = os.fork()
if not child:
    with engine.connect() as connection:
        its = connection.execute(text("SELECT pg_backend_pid()")).scalar()
    os._exit(0 if its != mine else 1)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
with engine.connect() as connection:
    assert connection.execute(text("SELECT pg_backend_pid()")).scalar() == mine
sys.exit(code)
"""
    subprocess.run([sys.executable, "-c", script, shared_url], cwd=ROOT, check=True)


# --- one publisher, and the others follow ---


def test_what_one_node_published_another_finds_and_says_so(add_node: AddNode) -> None:
    one, two = add_node("one"), add_node("two")
    first, second = services(one), services(two)
    agent = NodeAgent(second)
    agent.follow()  # nodes start in any order, also on an empty database
    write(first, "pairing", "Pairing the headphones")
    publish_and_index(first)
    assert found(second, "pairing headphones") == []
    assert agent.follow()
    assert not agent.follow()
    assert found(second, "pairing headphones") == ["pairing"]
    told = two.test_client().get("/readyz").json
    assert told and (told["revision"], told["published_revision"], told["node"]) == (1, 1, second.node.id)
    write(first, "charging", "Charging the case")
    publish_and_index(first)
    told = two.test_client().get("/readyz").json
    assert told and (told["revision"], told["published_revision"]) == (1, 2)


def test_files_of_articles_go_along_with_them(add_node: AddNode) -> None:
    one, two = add_node("one"), add_node("two", roles="web,worker")
    first, second = services(one), services(two)
    write(first, "pairing", "Pairing the headphones", "![A button](button.png)")
    folder = first.settings.kb_dir / "en" / "sound"
    (folder / "button.png").write_bytes(PNG)
    (folder / "_secret.png").write_bytes(PNG)
    (first.settings.kb_dir / "en" / "_synonyms.yml").write_text("- {typed: buds, means: headphones}\n")
    write(second, "stale", "An older article")
    (second.settings.kb_dir / "en" / "sound" / "stale.png").write_bytes(PNG)
    publish_and_index(first)
    agent = NodeAgent(second)
    agent.follow()
    client = two.test_client()

    def get(path: str) -> tuple[int, bytes]:
        with client.get(f"/kb-files/en/sound/{path}") as response:
            return response.status_code, response.data

    for path, status in (("button.png", 200), ("_secret.png", 404), ("stale.png", 404), ("../_synonyms.yml", 404)):
        assert get(path)[0] == status, path
    assert get("button.png")[1] == PNG
    assert second.search._engine._current_hints().synonyms["en"], "synonyms are followed, too"
    (kept,) = [path for path in (second.settings.data_dir / "published").glob("??/*") if path.read_bytes() == PNG]
    kept.write_bytes(b"damaged")
    assert get("button.png")[1] == PNG, "what does not match its hash is fetched anew"
    (folder / "button.png").write_bytes(PNG + b"newer")
    publish_and_index(first)
    assert get("button.png")[1] == PNG + b"newer"


def test_a_rollback_brings_the_files_of_its_revision_back_until_the_folder_changes(add_node: AddNode) -> None:
    one, two = add_node("one"), add_node("two", roles="web")
    first, second = services(one), services(two)
    folder, synonyms = first.settings.kb_dir / "en" / "sound", first.settings.kb_dir / "en" / "_synonyms.yml"
    write(first, "pairing", "Pairing the headphones", "![A button](button.png)")
    (folder / "button.png").write_bytes(PNG)
    (folder / "old.png").write_bytes(PNG + b"old")
    synonyms.write_text("- {typed: buds, means: headphones}\n")
    publish_and_index(first)
    write(first, "pairing", "Pairing anew", "![A button](button.png)")
    (folder / "button.png").write_bytes(PNG + b"newer")
    (folder / "old.png").unlink()
    (folder / "new.png").write_bytes(PNG + b"new")
    synonyms.write_text("- {typed: cans, means: headphones}\n")
    publish_and_index(first)

    def seen(app: Flask) -> tuple[dict[str, bytes], list[str]]:
        NodeAgent(services(app)).follow()
        services(app).own_folder._ask()
        client, files = app.test_client(), {}
        for name in ("button.png", "old.png", "new.png"):
            with client.get(f"/kb-files/en/sound/{name}") as response:
                if response.status_code == 200:
                    files[name] = response.data
        services(app).search._engine._hints._checked_at = 0.0
        return files, [one.typed for one in services(app).search._engine._current_hints().synonyms["en"]]

    before = {"button.png": PNG, "old.png": PNG + b"old"}, ["buds"]
    after = {"button.png": PNG + b"newer", "new.png": PNG + b"new"}, ["cans"]
    assert seen(one) == seen(two) == after
    rolled = roll_back_and_index(second, 1)  # wherever it is said
    assert rolled.files == 4
    assert seen(two) == seen(one) == before
    assert by_itself(first) is None
    assert seen(two) == seen(one) == before, "the folder has not changed since"
    (folder / "new.png").write_bytes(PNG + b"newest")
    assert by_itself(first) is None
    assert seen(two)[0] == {**before[0], "new.png": PNG + b"newest"}
    publish_and_index(first)  # by a person
    assert seen(two) == seen(one) == ({"button.png": PNG + b"newer", "new.png": PNG + b"newest"}, ["cans"])


def test_what_is_begun_on_a_node_without_the_folder_is_put_there_by_the_publisher(add_node: AddNode) -> None:
    one, two = add_node("one"), add_node("two", roles="web")
    first, second = services(one), services(two)
    write(first, "pairing", "Pairing the headphones")
    publish_and_index(first)
    kb_dir = second.settings.kb_dir
    path, by = first.settings.kb_dir / "en" / "sound" / "pairing.md", Author("ada", may_publish=True)
    with two.test_request_context():
        article = second.articles.get(ArticleRef("en", "pairing"))
        assert article is not None
        assert write_article(kb_dir / "en" / "sound" / "silent.md", "a draft", by) == "en/sound/silent.md"
        with pytest.raises(NotAdded):  # there is nobody here who could decide about a suggestion
            add_questions(article, ["Why?"], Author("bo", may_publish=False))
        assert not add_questions(article, ["Why is the left one silent?"], by)
        for taken in ("silent", "pairing"):
            with pytest.raises(ArticleExists):
                write_article(kb_dir / "en" / "sound" / f"{taken}.md", "another", by)
        write_article(kb_dir / "en" / "sound" / "there.md", "another", by)
        assert not (kb_dir / "en").exists()
    (first.settings.kb_dir / "en" / "sound" / "there.md").write_text("written meanwhile")
    put_waiting_files(first)
    assert (first.settings.kb_dir / "en" / "sound" / "silent.md").read_text() == "a draft"
    assert "Why is the left one silent?" in path.read_text()
    assert (first.settings.kb_dir / "en" / "sound" / "there.md").read_text() == "written meanwhile"
    (left,) = second.waiting_files.waiting()
    assert (left.path, left.problem) == ("en/sound/there.md", "there is another file of this name")


def test_a_node_with_an_older_folder_unpublishes_nothing(add_node: AddNode, tmp_path: Path) -> None:
    first, second = services(add_node("one")), services(add_node("two"))
    for s in (first, second):
        write(s, "pairing", "Pairing the headphones")
    write(first, "charging", "Charging the case")
    publish_and_index(first, origin=Origin(How.SETUP))
    first.node.beat(1, first.now())
    elected = Election(first.engine, "publisher", tmp_path)
    assert elected.held()
    publish_articles(second)  # as `make run` does beside a publisher at work
    elected.resign()  # and then that one dies
    assert by_itself(second) is Refusal.OTHER_FOLDER
    assert first.articles.count() == 2
    write(second, "charging", "Charging the case")
    assert by_itself(second) is None, "the folders are the same now"
    write(second, "charging", "Charging the case quickly")
    assert by_itself(second) is None
    assert [article.title for article in first.articles.all() if article.slug == "charging"] == [
        "Charging the case quickly"
    ]


def test_a_node_that_was_made_the_publisher_by_its_roles_publishes(add_node: AddNode) -> None:
    first, second = services(add_node("one")), services(add_node("two", roles="publisher"))
    write(first, "pairing", "Pairing the headphones")
    publish_and_index(first, origin=Origin(How.SETUP))
    first.node.beat(1, first.now())
    write(second, "pairing", "Pairing anew")
    assert by_itself(second) is None
    assert [article.title for article in first.articles.all()] == ["Pairing anew"]


def test_who_is_no_publisher_publishes_nothing(add_node: AddNode) -> None:
    web = add_node("web", roles="web")
    write(services(web), "pairing", "Pairing the headphones")
    publish_articles(services(web))
    refused = web.test_cli_runner().invoke(args=["kb", "publish"])
    assert refused.exit_code == 1 and "no publisher" in refused.output
    assert services(web).articles.count() == 0


def test_a_worker_answers_health_checks_only(add_node: AddNode) -> None:
    client = add_node("worker", roles="worker").test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").json["roles"] == ["worker"]
    assert client.get("/en/").status_code == 503


def test_an_application_under_another_server_does_its_chores_in_each_process(add_node: AddNode) -> None:
    from app.ops.embedded import Embedded

    app = add_node("one")
    embedded = Embedded(app)
    app.wsgi_app = embedded  # type: ignore[method-assign]
    assert cluster.nodes(services(app).engine) == ()
    app.test_client().get("/healthz")
    (row,) = cluster.nodes(services(app).engine)
    assert (row.id, row.roles) == (services(app).node.id, ("web", "worker", "publisher"))
    embedded.stop()
    assert cluster.nodes(services(app).engine) == ()
