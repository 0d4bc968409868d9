"""Attack: a request whose address, headers or fields are too many to read; and what was to stay among authors."""

import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.ops.publishing import publish_and_index
from app.settings.schema import BadSettings, Settings
from kb.markup.comments import without_comments
from tests.databases import migrated_sqlite
from tests.process.server import Server

ARTICLE = """---
title: Return a parcel
slug: return-a-parcel
---
Send it back. <!-- SECRET-1: the warehouse code is 4711 -->

<!--
SECRET-2: ask Bob before you change this
-->

[//]: # (SECRET-3)
[comment]: <> "SECRET-4"

```html
<!-- shown in code -->
```

Write `<!-- shown in a span -->` there. <!-- SECRET-5 --> Done.
"""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "return.md").write_text(ARTICLE)
    migrated_sqlite(tmp_path / "data" / "signpost.db")
    app = create_app(
        {
            "data_dir": tmp_path / "data", "kb_dir": tmp_path / "articles", "embedder": "hashing",
            "base_url": "https://help.example.org", "security_contact": "security@example.org",
            "security_policy": "https://example.org/security",
        }
    )  # fmt: skip
    publish_and_index(app.extensions["signpost"])
    yield app
    app.extensions["signpost"].close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


# --- bounds ---


@pytest.mark.parametrize("path", ["/en/contact", "/contact", "/en/search", "/api/v1/search", "/nothing", "/en/"])
@pytest.mark.parametrize(
    "query", ["&".join(f"a{n}=b" for n in range(2_000)), "q=" + "a" * 900_000, "&".join(["a"] * 450_000)]
)
def test_a_query_without_end_is_refused_unread(client: FlaskClient, path: str, query: str) -> None:
    answer = client.get(path, query_string=query)

    assert answer.status_code == 414
    assert len(answer.data) < 40_000


def test_a_path_without_end_is_refused(client: FlaskClient) -> None:
    assert client.get("/en/" + "a" * 100_000).status_code == 414


def test_the_longest_question_fits(client: FlaskClient) -> None:
    query = urlencode({"q": "問" * 2_000, "lang": "zh-Hant"})

    assert client.get("/api/v1/search", query_string=query).status_code == 200


@pytest.mark.parametrize(
    "headers", [[(f"X-A{n}", "b") for n in range(500)], [("X-A", "b" * 100_000)]], ids=["many", "large"]
)
def test_headers_without_end_are_refused(client: FlaskClient, headers: list[tuple[str, str]]) -> None:
    assert client.get("/en/", headers=headers).status_code == 431


def test_a_form_of_half_a_million_fields_is_refused_unread(client: FlaskClient) -> None:
    body = "&".join(["a=b"] * 200_000)

    answer = client.post("/en/contact", data=body, content_type="application/x-www-form-urlencoded")

    assert answer.status_code == 413


def test_a_form_of_many_megabytes_is_refused_unread(client: FlaskClient) -> None:
    answer = client.post(
        "/en/contact", data="message=" + "a" * 5_000_000, content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == 413


def test_an_ordinary_form_is_read(client: FlaskClient) -> None:
    answer = client.post("/en/contact", data={"message": "Where is it?", "email": "ada@example.org"})

    assert answer.status_code in {303, 422}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("requests")) as running:
        running.wait()
        yield running


@pytest.mark.parametrize(
    "fields",
    [b"".join(b"X-A%d: b\r\n" % n for n in range(20_000)), b"X-A: b\r\n" * 50_000, b"X-A: " + b"b" * 500_000 + b"\r\n"],
    ids=["names", "the same", "long"],
)
def test_the_server_does_not_parse_headers_without_end(server: Server, fields: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        try:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + fields + b"\r\n")
            answer = connection.recv(200)
        except ConnectionError:  # it closed while more was still being sent
            answer = b"HTTP/1.1 431"

    assert re.match(rb"HTTP/1\.[01] 4(31|00)", answer)


# --- comments ---


def test_comments_of_authors_are_in_no_answer(client: FlaskClient) -> None:
    for path in (
        "/en/a/return-a-parcel.md",
        "/en/a/return-a-parcel",
        "/api/v1/articles/en/return-a-parcel",
        "/llms.txt",
    ):
        text = client.get(path, follow_redirects=True).get_data(as_text=True)
        assert "SECRET" not in text, path
    text = client.get("/en/a/return-a-parcel.md").get_data(as_text=True)
    assert "<!-- shown in code -->" in text
    assert "`<!-- shown in a span -->` there.  Done." in text


def test_what_never_ends_is_no_comment() -> None:
    assert without_comments("a <!-- b\n\nc") == "a <!-- b\n\nc"


# --- security.txt ---


def test_security_txt_names_whom_to_tell(client: FlaskClient) -> None:
    answer = client.get("/.well-known/security.txt")
    fields = dict(line.split(": ", 1) for line in answer.get_data(as_text=True).splitlines())
    expires = datetime.fromisoformat(fields.pop("Expires"))

    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert fields == {
        "Contact": "mailto:security@example.org",
        "Preferred-Languages": "en, tr, zh-Hant, zh-Hans",
        "Canonical": "https://help.example.org/.well-known/security.txt",
        "Policy": "https://example.org/security",
    }
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=365)
    assert client.get("/security.txt").headers["Location"].endswith("/.well-known/security.txt")


def test_without_a_contact_there_is_none(tmp_path: Path) -> None:
    app = create_app({"data_dir": tmp_path / "d", "embedder": "hashing"})

    assert app.test_client().get("/.well-known/security.txt").status_code == 404
    app.extensions["signpost"].close()


@pytest.mark.parametrize(
    "value", ["somebody", "http://example.org/", "a@b\nContact: mailto:evil@example.org", "javascript:1"]
)
def test_a_contact_nobody_could_use_is_no_setting(value: str) -> None:
    with pytest.raises(BadSettings):
        Settings.load({"security_contact": value}, {})


def test_an_empty_comment_ends_where_it_begins() -> None:
    assert without_comments("a <!--> b <!---> c <!----> d <!-- e --> f") == "a  b  c  d  f"


def test_what_html_hides_in_other_ways_is_not_in_the_markdown_either() -> None:
    assert without_comments("a <? x ?> b <![CDATA[ y ]]>.") == "a  b ."
    assert without_comments("a\n<?php\nsecret\n?>\nb") == "a\nb"
    assert without_comments("<? a --> b ?>c") == "c"
    assert without_comments("`<? x ?>` and <? y") == "`<? x ?>` and <? y"
