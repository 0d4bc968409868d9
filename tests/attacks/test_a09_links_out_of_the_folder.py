"""Attack: a file of the articles folder that is really another file of the machine."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask

from app import create_app
from app.ops import preview
from app.ops.publishing import publish_and_index
from kb.lint import lint
from kb.publish import OnError
from kb.source.folder_reader import read_folder
from kb.source.new_article import BadArticleName, new_article
from tests.databases import migrated_sqlite
from tests.support.conftest import NOW

SECRET = "root:x:0:0:the words of another file"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture
def place(tmp_path: Path) -> SimpleNamespace:
    """An articles folder with one good article, and a folder beside it that is nobody's business."""
    outside, folder = tmp_path / "outside", tmp_path / "articles"
    outside.mkdir()
    (outside / "passwd").write_text(SECRET)
    (outside / "picture.png").write_bytes(PNG)
    (outside / "page.md").write_text(f"# Page\n\n{SECRET}")
    (outside / "_category_.yml").write_text(f'title: "{SECRET}"')
    (outside / "_synonyms.yml").write_text(f'- ["{SECRET}", b]')
    (folder / "en" / "orders").mkdir(parents=True)
    (folder / "en" / "orders" / "good.md").write_text("# Good\n\nText. ![a](picture.png)")
    (folder / "en" / "orders" / "picture.png").write_bytes(PNG)
    return SimpleNamespace(outside=outside, folder=folder, orders=folder / "en" / "orders")


def codes(folder: Path) -> set[tuple[str, str]]:
    reading = read_folder(folder)
    assert SECRET not in repr(reading.articles) + repr(reading.categories) + repr(reading.hints)
    return {(finding.path, finding.code) for finding in lint(reading, NOW.date()) if finding.severity == "error"}


def test_an_article_that_is_a_link_to_another_file_is_refused_by_name(place: SimpleNamespace) -> None:
    (place.orders / "passwd.md").symlink_to(place.outside / "passwd")
    (place.orders / "relative.md").symlink_to("../../../outside/page.md")

    assert codes(place.folder) == {
        ("en/orders/passwd.md", "outside-folder"),
        ("en/orders/relative.md", "outside-folder"),
    }


def test_a_folder_that_is_a_link_is_refused_by_name(place: SimpleNamespace) -> None:
    (place.folder / "tr").symlink_to(place.outside)

    assert ("tr", "outside-folder") in codes(place.folder)


def test_a_link_by_way_of_a_link_inside_is_refused(place: SimpleNamespace) -> None:
    (place.folder / "_shared").symlink_to(place.outside)
    (place.orders / "page.md").symlink_to("../../_shared/page.md")

    assert ("en/orders/page.md", "outside-folder") in codes(place.folder)


@pytest.mark.parametrize("name", ["picture2.png", "list.csv", "form.pdf", "film.mp4"])
def test_a_picture_or_file_that_is_a_link_is_refused_by_name(place: SimpleNamespace, name: str) -> None:
    (place.orders / name).symlink_to(place.outside / "picture.png")

    assert (f"en/orders/{name}", "outside-folder") in codes(place.folder)


@pytest.mark.parametrize("name", ["_category_.yml", "_index.md"])
def test_a_category_that_is_a_link_is_refused_by_name(place: SimpleNamespace, name: str) -> None:
    (place.orders / name).symlink_to(place.outside / "_category_.yml")

    assert codes(place.folder) == {(f"en/orders/{name}", "outside-folder")}


def test_synonyms_that_are_a_link_are_refused_by_name(place: SimpleNamespace) -> None:
    (place.folder / "_synonyms.yml").symlink_to(place.outside / "_synonyms.yml")

    assert codes(place.folder) == {("_synonyms.yml", "outside-folder")}


def test_a_hidden_file_is_not_published_under_another_name(place: SimpleNamespace) -> None:
    (place.folder / ".git").mkdir()
    (place.folder / ".git" / "config").write_text(SECRET)
    (place.orders / "config.md").symlink_to("../../.git/config")

    assert codes(place.folder) == {("en/orders/config.md", "outside-folder")}


def test_a_pipe_does_not_keep_the_reader_waiting(place: SimpleNamespace) -> None:
    os.mkfifo(place.orders / "pipe.md")

    assert codes(place.folder) == {("en/orders/pipe.md", "outside-folder")}


def test_a_link_that_leads_to_itself_breaks_nothing(place: SimpleNamespace) -> None:
    (place.orders / "loop.md").symlink_to("loop.md")

    assert [article.title for article in read_folder(place.folder).articles] == ["Good"]


def test_links_inside_the_folder_work_as_a_volume_of_kubernetes_lays_them(tmp_path: Path) -> None:
    data = tmp_path / "articles" / "..2026_03_01"
    data.mkdir(parents=True)
    (data / "refund.md").write_text("# Refund\n\nText.")
    (tmp_path / "articles" / "..data").symlink_to("..2026_03_01")
    (tmp_path / "articles" / "refund.md").symlink_to("..data/refund.md")
    (tmp_path / "current").symlink_to("articles")

    assert [article.title for article in read_folder(tmp_path / "current").articles] == ["Refund"]


@pytest.fixture
def app(place: SimpleNamespace, tmp_path: Path) -> Iterator[Flask]:
    migrated_sqlite(tmp_path / "data" / "signpost.db")
    app = create_app({"data_dir": tmp_path / "data", "kb_dir": place.folder, "embedder": "hashing"})
    yield app
    app.extensions["signpost"].close()


@pytest.mark.parametrize("on_error", list(OnError))
def test_it_is_not_published_whoever_publishes(app: Flask, place: SimpleNamespace, on_error: OnError) -> None:
    services = app.extensions["signpost"]
    article = place.orders / "page.md"
    article.write_text("# Page\n\nWhat was there before.")
    publish_and_index(services, index=False)
    article.unlink()
    article.symlink_to(place.outside / "page.md")

    report = publish_and_index(services, on_error=on_error, index=False)

    assert [(error.path, error.code) for error in report.publish.errors] == [("en/orders/page.md", "outside-folder")]
    assert SECRET not in repr(services.articles.all())


def test_what_an_earlier_version_published_goes(app: Flask, place: SimpleNamespace) -> None:
    services = app.extensions["signpost"]
    (place.orders / "page.md").write_text(f"# Page\n\n{SECRET}")
    publish_and_index(services, index=False)
    (place.orders / "page.md").unlink()
    (place.orders / "page.md").symlink_to(place.outside / "page.md")

    publish_and_index(services, on_error=OnError.KEEP, index=False)

    assert [article.title for article in services.articles.all()] == ["Good"]


@pytest.mark.parametrize(
    "path", ["en/orders/linked.png", "linked/picture.png", "../outside/picture.png", "%2e%2e/outside/picture.png"]
)
def test_it_is_served_by_no_address(app: Flask, place: SimpleNamespace, path: str) -> None:
    (place.orders / "linked.png").symlink_to(place.outside / "picture.png")
    (place.folder / "linked").symlink_to(place.outside)
    desk = preview.Preview(place.folder, "en", (), lambda: NOW.date())
    previewed = preview.create_preview(desk, "Help").test_client()

    assert app.test_client().get(f"/kb-files/{path}").status_code == 404
    assert previewed.get(f"/kb-files/{path}").status_code == 404
    with app.test_client().get("/kb-files/en/orders/picture.png") as shown:
        assert shown.status_code == 200


@pytest.mark.parametrize("linked", ["tr", "tr/orders"])
def test_a_new_article_is_not_written_elsewhere(place: SimpleNamespace, linked: str) -> None:
    (place.folder / linked).parent.mkdir(exist_ok=True)
    (place.folder / linked).symlink_to(place.outside)

    with pytest.raises(BadArticleName, match="leads out of the articles folder"):
        new_article(place.folder, "tr/orders/iade", "", "", NOW.date())


@pytest.mark.parametrize("name", ["en/../../outside", "../outside/x", "en/orders/../../../x", "en/..%2f/x"])
def test_a_name_does_not_lead_out(place: SimpleNamespace, name: str) -> None:
    try:
        path, _text = new_article(place.folder, name, "", "", NOW.date())
    except BadArticleName:
        return
    assert path.resolve().is_relative_to(place.folder.resolve())
