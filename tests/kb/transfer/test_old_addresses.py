"""Links by number, to categories and within the old site lead to what was brought in, or are in the report."""

from pathlib import Path
from typing import Any

import pytest

from kb.source.folder_reader import read_folder
from tests.kb.transfer import sources
from tests.kb.transfer.sources import bring_in, write_files


def text_after(tmp_path: Path, files: dict[str, Any], name: str) -> tuple[str, dict[str, Any]]:
    report = bring_in(write_files(tmp_path / "source", files), tmp_path / "articles")
    return min((tmp_path / "articles").rglob(name)).read_text("utf-8"), report


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
    row["body"] += (
        f'<p><a href="{host}/sections/12-Laces">L</a> <a href="{host}/categories/1">S</a> '
        f'<a href="{host}/sections/77">N</a></p>'
    )
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


HUGO = {
    "hugo.toml": "baseURL = 'https://tea.example/help/'\ndefaultContentLanguage = 'en'\n"
    "[languages.en]\nweight = 1\n[languages.fr]\nweight = 2\n[languages.tr]\ncontentDir = 'content.tr'\n",
    "content/pots/warm.md": "---\ntitle: Warm\n---\n\nSee [cold](../cold/).\n",
    "content/pots/cold.md": "---\ntitle: Cold\n---\n\nIce.\n",
    "content/pots/warm.fr.md": "---\ntitle: Chaud\n---\n\nVoir [le froid](/fr/pots/cold/).\n",
    "content/pots/cold.fr.md": "---\ntitle: Froid\nurl: /glace/\n---\n\nGlace.\n",
    "content.tr/pots/warm.md": "---\ntitle: Sıcak\n---\n\nIlık.\n",
}


@pytest.mark.parametrize(
    ("files", "old"),
    [
        (
            HUGO,
            {
                "Warm": "/help/pots/warm",
                "Chaud": "/help/fr/pots/warm",
                "Sıcak": "/help/tr/pots/warm",
                "Froid": "/help/glace",
            },
        ),
        (
            {
                "mkdocs.yml": "site_name: T\n",
                "docs/warm.md": "# Warm\n\nYes.\n",
                "docs/warm.fr.md": "# Chaud\n\nOui.\n",
            },
            {"Warm": "/warm", "Chaud": "/fr/warm"},
        ),
        (
            {"SUMMARY.md": "* [Warm](warm.md)\n", "warm.md": "# Warm\n\nYes.\n", "fr/warm.md": "# Chaud\n\nOui.\n"},
            {"Warm": "/warm", "Chaud": "/fr/warm"},
        ),
    ],
    ids=["hugo", "by suffix", "by folder"],
)
def test_translations_keep_their_own_addresses(tmp_path: Path, files: dict[str, Any], old: dict[str, str]) -> None:
    bring_in(write_files(tmp_path / "source", files), tmp_path / "articles")

    articles = {a.title: a for a in read_folder(tmp_path / "articles").articles}
    assert {title: articles[title].aliases[0] for title in old} == old


def test_a_file_that_gives_the_order_is_not_said_to_be_left_out(tmp_path: Path) -> None:
    report = bring_in(write_files(tmp_path / "source", sources.GITBOOK), tmp_path / "articles")

    assert "not-read" not in {row["code"] for row in report["dropped"]}


def test_intercom_without_workspace_and_translations_without_an_address(tmp_path: Path) -> None:
    row = {key: value for key, value in sources.INTERCOM["articles.json"]["data"][0].items() if key != "workspace_id"}
    french = {"type": "article_content", "title": "La tente", "body": "<p>Oui.</p>", "state": "draft"}
    row |= {"id": "x7", "translated_content": {"fr": french}}
    source = write_files(tmp_path / "source", {"articles.json": {"type": "list", "data": [row]}})

    assert bring_in(source, tmp_path / "articles")["kind"] == "intercom"

    articles = {a.lang: a for a in read_folder(tmp_path / "articles").articles}
    assert articles["fr"].aliases == () and articles["en"].aliases[0] == "/en/articles/39-mend-a-tent"
