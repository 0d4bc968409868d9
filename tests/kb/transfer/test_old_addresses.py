"""Links by number, to categories and within the old site lead to what was brought in, or are in the report."""

from pathlib import Path
from typing import Any

from kb.source.folder_reader import read_folder
from tests.kb.transfer import sources
from tests.kb.transfer.sources import bring_in, write_files


def text_after(tmp_path: Path, files: dict[str, Any], name: str) -> tuple[str, dict[str, Any]]:
    report = bring_in(write_files(tmp_path / "source", files), tmp_path / "articles")
    return next((tmp_path / "articles").rglob(name)).read_text("utf-8"), report


def test_wordpress_in_its_language_with_links_by_number_and_to_categories(tmp_path: Path) -> None:
    export = sources.WORDPRESS["export.xml"]
    export = export.replace("<channel>", "<channel><language>de-DE</language>")
    export = export.replace("Stir.", 'Stir, <a href="https://pots.example/?p=22">noted</a>, '
                            '<a href="https://pots.example/category/glaze/">all</a>, '
                            '<a href="https://pots.example/?p=99">lost</a>.')  # fmt: skip

    text, report = text_after(tmp_path, {**sources.WORDPRESS, "export.xml": export}, "mix-glaze.md")

    assert "[noted](../notes.md), [all](./), [lost](https://pots.example/?p=99)" in text
    assert {a.lang for a in read_folder(tmp_path / "articles").articles} == {"de"}
    assert [row["code"] for row in report["links"]] == ["link-to-old-site"]


def test_zendesk_links_to_sections_lead_to_categories(tmp_path: Path) -> None:
    files = dict(sources.ZENDESK)
    row = dict(files["articles.json"]["articles"][0])
    host = "https://help.shoes.example/hc/en-us"
    row["body"] += f'<p><a href="{host}/sections/12-Laces">L</a> <a href="{host}/categories/1">S</a> <a href="{host}/sections/77">N</a></p>'
    files["articles.json"] = {"articles": [row, files["articles.json"]["articles"][1]]}

    text, report = text_after(tmp_path, files, "clean-your-shoes.md")

    assert "[L](laces/) [S](../)" in text
    assert ["sections/77" in found["message"] for found in report["links"]] == [True]
    links = [link for s in read_folder(tmp_path / "articles").sources for link in s.page.links if not link.external]
    assert [link.target for link in links if link.href is None] == []


def test_films_that_pages_play_are_no_pictures_to_save(tmp_path: Path) -> None:
    body = "# Film\n\n![Tour](https://www.youtube.com/watch?v=dQw4w9WgXcQ)\n\n![Map](https://maps.example/a.png)\n"

    _, report = text_after(tmp_path, {"a/film.md": body}, "film.md")

    assert ["maps.example" in row["message"] for row in report["pictures_remote"]] == [True]
