"""Which files of a source are pages, and that none is left out without a word."""

from pathlib import Path
from typing import Any

import pytest

from kb.models import Status
from kb.source.folder_reader import read_folder
from tests.kb.transfer.sources import bring_in, write_files


def brought(tmp_path: Path, files: dict[str, Any]) -> tuple[dict[str, Status], dict[str, Any]]:
    source = write_files(tmp_path / "source", files)
    report = bring_in(source, tmp_path / "articles")
    return {a.title: a.status for a in read_folder(tmp_path / "articles").articles}, report


NAV = "site_name: Boats\nnav:\n  - Home: index.md\n  - Help us: contributing.md\n"


def test_pages_named_as_files_about_a_project_are_read_where_nav_or_a_page_leads_to_them(tmp_path: Path) -> None:
    files = {
        "mkdocs.yml": NAV,
        "docs/index.md": "# Home\n\nWritten by [these](authors.md#all), see [safety](/security/).\n",
        "docs/contributing.md": "# How to help\n\nRow.\n",
        "docs/authors.md": "# Who wrote this\n\nAda.\n",
        "docs/security.md": "# Safe at sea\n\nWear a vest.\n",
        "docs/guides/license.md": "# Your licence\n\nFor boats.\n",
        "docs/changelog.md": "# Changes\n\nNone.\n",
    }

    articles, report = brought(tmp_path, files)

    assert set(articles) == {"Home", "How to help", "Who wrote this", "Safe at sea", "Your licence"}
    assert [row["path"] for row in report["dropped"] if row["code"] == "not-read"] == ["docs/changelog.md"]


@pytest.mark.parametrize(
    ("settings", "folder"), [("_config.yml", ""), ("hugo.toml", "content/"), ("eleventy.config.js", "pages/")]
)
def test_pages_of_html_with_a_header_are_pages(tmp_path: Path, settings: str, folder: str) -> None:
    files = {
        settings: "",
        f"{folder}first.md": "---\ntitle: First\n---\n\nSee [the second](second.html).\n",
        f"{folder}second.html": "---\ntitle: Second\n---\n<div>\n"
        '    <p>Pull the <b>rope</b>, <a href="first.md">then</a>.</p>\n</div>\n',
        f"{folder}third.html": "---\nlayout: page\n---\n<h1>The third</h1>\n<ul>\n  <li>One</li>\n</ul>\n",
        f"{folder}404.html": "---\ntitle: Lost\n---\n<p>Not here.</p>\n",
        f"{folder}plain.html": "<p>No header</p>",
        f"{folder}old.rst": "Old\n===\n",
    }

    articles, report = brought(tmp_path, files)

    assert set(articles) == {"First", "Second", "The third"}
    text = next((tmp_path / "articles").rglob("second.md")).read_text("utf-8")
    assert "Pull the **rope**, [then](first.md)." in text
    assert report["links"] == []
    not_read = [
        (row["path"], row["message"].split(" were")[0]) for row in report["dropped"] if row["code"] == "not-read"
    ]
    assert (f"{folder}404.html", "2 .html files") in not_read and f"{folder}old.rst" in dict(not_read)


@pytest.mark.parametrize("root", ("docs", "content", "src/content/docs", "website/docs", "src/pages"))
@pytest.mark.parametrize("suffix", ("md", "html"))
def test_languages_below_a_conventional_folder_are_found(tmp_path: Path, root: str, suffix: str) -> None:
    words = "Text of it, longer than a few words are."
    text = {"md": f"# {{}}\n\n{words}\n", "html": f"<html><body><h1>{{}}</h1><p>{words}</p></body></html>"}[suffix]
    pages = {"tr/kargo/takip": "Takip", "zh/shipping/track": "Track"}
    source = write_files(tmp_path / "source", {
        f"{root}/{page}.{suffix}": text.format(title) for page, title in pages.items()
    } | {"README.md" if suffix == "md" else "logo.txt": "About."})  # fmt: skip
    bring_in(source, tmp_path / "articles")
    bring_in(source / root, tmp_path / "inner")

    found, inner = (read_folder(tmp_path / name).articles for name in ("articles", "inner"))
    wanted = [("tr", "kargo", "Takip"), ("zh-Hans", "shipping", "Track")]
    assert [(a.lang, a.category, a.title) for a in found if a.title != "Source"] == wanted
    assert [(a.lang, a.category, a.title) for a in inner] == wanted


def test_a_topic_called_like_a_language_is_none(tmp_path: Path) -> None:
    pages = {"docs/it/servers.md": "# Servers\n\nOurs.\n", "docs/sales/leads.md": "# Leads\n\nYours.\n"}
    bring_in(write_files(tmp_path / "source", pages), tmp_path / "articles")
    assert {a.lang for a in read_folder(tmp_path / "articles").articles} == {"en"}


@pytest.mark.parametrize("above", ["", "articles/", "docs/guides/"])
def test_pages_called_like_their_language_are_one_article_with_the_folder_for_its_name(
    tmp_path: Path, above: str
) -> None:
    files = {
        f"{above}rowing/en.md": "# Rowing\n\nSee [knots](../knots/en.md).\n",
        f"{above}rowing/tr.md": "# Kürek\n\nBkz. [düğümler](../knots/tr.md).\n",
        f"{above}knots/en.md": "# Knots\n\nFor ropes.\n",
        f"{above}knots/tr.md": "# Düğümler\n\nHalat için.\n",
        f"{above}knots/zh-hant.md": "# 繩結\n\n用於繩索。\n",
        f"{above}mooring/pt-br.md": "# Atracar\n\nDevagar.\n",
    }
    source = write_files(tmp_path / "source", files)

    report = bring_in(source, tmp_path / "articles")

    found = read_folder(tmp_path / "articles").articles
    by_language = {(a.ref.lang, a.title) for a in found}
    assert by_language == {
        ("en", "Rowing"), ("tr", "Kürek"), ("en", "Knots"), ("tr", "Düğümler"), ("zh-Hant", "繩結"), ("pt", "Atracar"),
    }  # fmt: skip
    assert len({a.key for a in found}) == 3
    assert report["links"] == []


@pytest.mark.parametrize(
    "files",
    [
        # Countries that stand beside other pages, or in one folder.
        {"shipping/de.md": "# Germany\n\nTwo days.\n", "shipping/overview.md": "# Shipping\n\nEverywhere.\n"},
        {"shipping/de.md": "# Germany\n\nTwo days.\n", "shipping/fr.md": "# France\n\nThree days.\n"},
        # Few among many.
        {"a/is.md": "# Is it?\n\nIt is.\n", "b/no.md": "# No\n\nNever.\n"}
        | {f"guides/page-{n}.md": f"# Page {n}\n\nText.\n" for n in range(5)},
        # Below what holds pages itself, or folders of others.
        {"a/en/x.md": "# X\n\nText.\n", "a/en.md": "# English\n\nText.\n", "b/page.md": "# B\n\nText.\n"},
    ],
)
def test_pages_called_like_a_language_for_another_reason_are_pages_as_any(
    tmp_path: Path, files: dict[str, str]
) -> None:
    source = write_files(tmp_path / "source", files)

    bring_in(source, tmp_path / "articles")

    assert {a.ref.lang for a in read_folder(tmp_path / "articles").articles} == {"en"}
