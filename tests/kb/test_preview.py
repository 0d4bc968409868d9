"""The author's preview: what it shows, and that it shows it to nobody else."""

import re
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.ops.preview import CannotPreview, Preview, create_preview, follow, make_preview_server
from kb.markup.media import DEFAULT_HOSTS
from tests.kb.conftest import TODAY, WriteFile


@pytest.fixture
def watched(folder: Path, write: WriteFile) -> Preview:
    write("en/returns/refund.md", "---\ntitle: Refunds\nmood: calm\n---\nText.\n\n## Bank\n\n[Gone](gone.md)\n")
    write("tr/returns/iade.md", "---\ntitle: İade\ntranslation_of: refund\ndraft: true\n---\nMetin.\n")
    write("en/returns/secret.env", "no")
    made = Preview(folder, "en", DEFAULT_HOSTS, lambda: TODAY)
    made.refresh()
    return made


@pytest.fixture
def preview(watched: Preview) -> FlaskClient:
    return create_preview(watched, "Tonfell Audio").test_client()


def test_all_articles_are_listed_drafts_too_with_what_is_wrong(preview: FlaskClient) -> None:
    page = preview.get("/").text
    assert "Refunds" in page and "İade" in page
    assert "draft" in page and "1 error" in page and "1 warning" in page


def test_the_margin_says_what_is_wrong_on_which_line_below_which_heading(preview: FlaskClient) -> None:
    page = preview.get("/en/a/refund").text
    assert "mood is not a field" in page and "line 3" in page
    assert re.search(r'line 9, <a href="#bank">Bank</a>', page)


def test_a_page_has_no_script_or_style_of_its_own(preview: FlaskClient) -> None:
    for path in ("/", "/en/a/refund", "/nothing"):
        answer = preview.get(path)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", answer.text)


def test_a_file_that_breaks_keeps_its_last_good_text_and_says_so(
    preview: FlaskClient, watched: Preview, write: WriteFile
) -> None:
    write("en/returns/refund.md", "---\ntitle: [\n---\nText.\n")
    watched.refresh()
    page = preview.get("/en/a/refund").text
    assert "last good text" in page and '<h2 id="bank">' in page
    assert "line 2" in page


def test_a_file_that_was_never_good_is_told_on_the_list(
    preview: FlaskClient, watched: Preview, write: WriteFile
) -> None:
    write("en/returns/new.md", "---\ntitle: [\n---\nText.\n")
    watched.refresh()
    assert "en/returns/new.md:2" in preview.get("/").text


def test_only_files_that_may_be_served_are(preview: FlaskClient) -> None:
    assert preview.get("/kb-files/en/returns/secret.env").status_code == 404
    assert preview.get("/kb-files/../x.png").status_code == 404


def test_no_other_host_name_is_answered(preview: FlaskClient) -> None:
    assert preview.get("/", headers={"Host": "evil.example"}).status_code == 403
    assert preview.get("/", headers={"Host": "127.0.0.1:8001"}).status_code == 200


@pytest.fixture
def followed(watched: Preview) -> Iterator[Preview]:
    stop = threading.Event()
    thread = threading.Thread(target=follow, args=(watched, stop), daemon=True)
    thread.start()
    time.sleep(0.3)  # the watcher of the file system says nothing when it has begun
    yield watched
    stop.set()
    thread.join(5)


def test_a_save_ends_the_wait_of_an_open_page(preview: FlaskClient, followed: Preview, write: WriteFile) -> None:
    known = followed.version
    write("en/returns/refund.md", "# Refunds\n\nNew text.\n")
    assert preview.get(f"/preview/version?known={known}").json != {"version": known}
    assert "New text." in preview.get("/en/a/refund").text


def test_the_server_listens_on_this_machine_only_and_says_when_a_port_is_taken(watched: Preview) -> None:
    server = make_preview_server(create_preview(watched, "Tonfell Audio"), 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        assert server.server_address[0] == "127.0.0.1"
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/") as answer:
            assert answer.status == 200
        with pytest.raises(CannotPreview, match="--port"):
            make_preview_server(create_preview(watched, "Tonfell Audio"), server.server_port)
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
