"""While it indexes: what visitors, monitors and whoever publishes see of it."""

import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.container import Services
from app.ops.index_worker import IndexWorker
from app.ops.publishing import publish_and_index
from app.settings.schema import Settings
from core.file_lock import locked
from index.models import SearchQuery
from index.storage.build import Steps, bring_up_to_date, serving_generation
from index.storage.status import BuildStep, write_status
from kb.revisions import Origin

LIBRARY = 120


def write_library(folder: Path, size: int = LIBRARY) -> None:
    (folder / "en" / "help").mkdir(parents=True, exist_ok=True)
    for number in range(size):
        text = f"# Article {number}\n\n## Part\n\nThe thing is called place{number:04}, and nothing else.\n"
        (folder / "en" / "help" / f"a{number:04}.md").write_text(text, encoding="utf-8")


def searched(client: FlaskClient, text: str) -> dict[str, object]:
    found: dict[str, object] = client.get("/api/v1/search", query_string={"q": text, "lang": "en"}).get_json()
    return found


def ready(client: FlaskClient) -> tuple[int, dict[str, object]]:
    client.application.extensions["signpost"].embedder()
    response = client.get("/readyz")
    return response.status_code, response.get_json()


def test_a_library_is_found_by_words_before_it_is_embedded_and_readyz_tells_how_far_it_is(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    services: Services = app.extensions["signpost"]
    write_library(settings.kb_dir)
    report = publish_and_index(services, embed=False)
    # A title, a passage and a summary each.
    assert report.index is not None and report.index.pending == 3 * LIBRARY

    found = searched(client, "place0077")
    assert found["results"][0]["slug"] == "a0077"  # type: ignore[index]
    assert (found["degraded"], found["verdict"]) == ("keyword_only", "suggest")
    status, body = ready(client)
    assert status == 200
    assert body["indexing"] == {"embedded": 0, "total": 3 * LIBRARY, "seconds_left": None}
    assert "indexing" in body["degraded"]  # type: ignore[operator]

    assert IndexWorker(services).embed_pending()
    assert searched(client, "place0077")["degraded"] is None
    status, body = ready(client)
    assert (status, body["indexing"]) == (200, None)
    assert "indexing" not in body["degraded"]  # type: ignore[operator]
    assert not IndexWorker(services).embed_pending()


def test_new_articles_beside_embedded_ones_say_indexing_and_a_page_says_nothing(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    services: Services = app.extensions["signpost"]
    write_library(settings.kb_dir, 10)
    publish_and_index(services)
    write_library(settings.kb_dir)
    publish_and_index(services, embed=False)
    found = searched(client, "place0077")
    assert found["results"][0]["slug"] == "a0077"  # type: ignore[index]
    assert (found["degraded"], found["verdict"]) == ("indexing", "suggest")
    assert found["degraded"] == searched(client, "place0003")["degraded"]
    page = client.get("/en/search", query_string={"q": "place0077"}).get_data(as_text=True)
    assert "simpler mode" not in page and "a0077" in page


def test_readyz_shows_the_progress_of_a_build_in_another_process(
    app: Flask, client: FlaskClient, settings: Settings
) -> None:
    write_library(settings.kb_dir, 3)
    publish_and_index(app.extensions["signpost"])
    with locked(settings.index_dir / "build.lock"):
        write_status(settings.index_dir, BuildStep.EMBEDDING, time.time(), 40, 100, 7)
        assert ready(client)[1]["indexing"] == {"embedded": 40, "total": 100, "seconds_left": 7}
        assert not IndexWorker(app.extensions["signpost"]).embed_pending()


HOLDER = """
import sys, time
from pathlib import Path
from core.file_lock import locked

with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_publish_says_which_process_it_waits_for(app: Flask, settings: Settings) -> None:
    write_library(settings.kb_dir, 2)
    settings.data_dir.mkdir(exist_ok=True)
    heard: list[str] = []
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(settings.data_dir / "publish.lock")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with holder:
        assert holder.stdout is not None and holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        publishing = threading.Thread(
            target=publish_and_index,
            args=(app.extensions["signpost"],),
            kwargs={"waiting": heard.append, "origin": Origin()},
        )
        publishing.start()
        until = time.monotonic() + 30
        while not heard and time.monotonic() < until:
            time.sleep(0.05)
        assert publishing.is_alive()
        holder.stdin.write("\n")
        holder.stdin.flush()
        publishing.join(60)
    assert not publishing.is_alive()
    assert heard[0].startswith(f"Waiting for another publish to end (process {holder.pid}, for ")


def test_a_build_says_how_far_the_one_is_that_it_waits_for(app: Flask, settings: Settings) -> None:
    services: Services = app.extensions["signpost"]
    write_library(settings.kb_dir, 2)
    publish_and_index(services, index=False)
    settings.index_dir.mkdir(exist_ok=True)
    heard: list[str] = []
    with locked(settings.index_dir / "build.lock"):
        write_status(settings.index_dir, BuildStep.EMBEDDING, time.time(), 40, 100, 7)
        building = threading.Thread(target=publish_and_index, args=(services,), kwargs={"waiting": heard.append})
        building.start()
        until = time.monotonic() + 30
        while not heard and time.monotonic() < until:
            time.sleep(0.05)
    building.join(60)
    expected = "Waiting for another build, which is embedding, 40 of 100 texts, about 7 s left (process "
    assert heard[0].startswith(expected)


def test_a_build_without_steps_embeds_all_before_it_serves(app: Flask, settings: Settings) -> None:
    services: Services = app.extensions["signpost"]
    write_library(settings.kb_dir)
    publish_and_index(services, index=False)
    served: list[int] = []
    bring_up_to_date(
        list(services.articles.published(services.today())), services.embedder(), settings.index_dir,
        serve=lambda generation: served.append(generation.manifest.pending), steps=Steps(),
    )  # fmt: skip
    assert served == [0]


def test_an_index_folder_that_is_removed_is_served_from_memory_and_built_anew(help_centre: FlaskClient) -> None:
    s: Services = help_centre.application.extensions["signpost"]
    query = SearchQuery("headphones", "en", 5)
    before = [hit.ref for hit in s.search.search(query).hits]
    shutil.rmtree(s.settings.index_dir)
    assert [hit.ref for hit in s.search.search(query).hits] == before != []
    assert s.live.lost
    IndexWorker(s).embed_pending()
    assert not s.live.lost
    assert [hit.ref for hit in s.search.search(query).hits] == before


def test_a_damaged_index_is_told_and_built_anew(app: Flask, client: FlaskClient, settings: Settings) -> None:
    services: Services = app.extensions["signpost"]
    write_library(settings.kb_dir, 3)
    publish_and_index(services)
    write_library(settings.kb_dir, 4)
    publish_and_index(services)
    serving = serving_generation(settings.index_dir)
    assert serving is not None
    harmed = serving / "articles.json"
    harmed.write_bytes(harmed.read_bytes().replace(b"Article 2", b"Article 9"))
    again = create_app(settings)
    started: Services = again.extensions["signpost"]

    assert searched(again.test_client(), "place0002")["results"]  # of the generation before
    assert "index_damaged" in ready(again.test_client())[1]["degraded"]  # type: ignore[operator]
    IndexWorker(started).embed_pending()
    assert "index_damaged" not in ready(again.test_client())[1]["degraded"]  # type: ignore[operator]
    assert searched(again.test_client(), "place0003")["results"]
    started.close()
