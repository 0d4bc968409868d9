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


VAULT: dict[str, Any] = {
    ".obsidian/app.json": "{}",
    "en/Tea/Green tea.md": "---\npermalink: green\n---\n\nSteep it.\n",
    "en/Tea/Cups.md": "---\npermalink: tea/cups\n---\n\nWarm [one](/green) first.\n",
    "en/Tea/Mugs.md": "---\npermalink: 2cups\n---\n\nWarm [one](/tea/cups).\n",
    "ar/شاي/أخضر.md": "---\npermalink: green\n---\n\nانقعه.\n",
    "tr/Çay/Fincan.md": "---\npermalink: tea/cups\n---\n\nÖnce ısıtın.\n",
    "tr/Çay/Tepsi.md": "---\npermalink: tray\n---\n\nTaşıyın.\n",
}
ELEVENTY: dict[str, Any] = {
    "eleventy.config.js": "module.exports = () => ({ dir: { input: 'pages' } });",
    "pages/tea/green.md": "---\ntitle: Green\npermalink: green/index.html\n---\n\nSteep it.\n",
    "pages/tea/cups.md": "---\ntitle: Cups\npermalink: /tea/all-cups/\n---\n\nWarm [one](/green/).\n",
}
HUGO_URLS: dict[str, Any] = {
    "hugo.toml": "baseURL = 'https://tea.example/'\n",
    "content/tea/green.md": "---\ntitle: Green\nurl: green\n---\n\nSteep it.\n",
    "content/tea/cups.md": "---\ntitle: Cups\nurl: /all/cups/\n---\n\nWarm [one](/green).\n",
}
JEKYLL: dict[str, Any] = {
    "_config.yml": "title: Tea\n",
    "green.md": "---\ntitle: Green\npermalink: leaves/green\n---\n\nSteep it.\n",
    "cups.md": "---\ntitle: Cups\npermalink: pretty\n---\n\nWarm [one](/leaves/green).\n",
}


@pytest.mark.parametrize(
    ("files", "addresses"),
    [
        (VAULT, {"green-tea": ["/green", "/Tea/Green tea"], "cups": ["/tea/cups"], "mugs": ["/2cups"]}),
        (ELEVENTY, {"green": ["/green"], "cups": ["/tea/all-cups"]}),
        (HUGO_URLS, {"green": ["/green"], "cups": ["/all/cups"]}),
        (JEKYLL, {"green": ["/leaves/green"]}),
    ],
    ids=["obsidian", "eleventy", "hugo", "jekyll"],
)
def test_the_address_a_page_says_leads_to_it_with_or_without_a_slash(
    tmp_path: Path, files: dict[str, Any], addresses: dict[str, list[str]]
) -> None:
    bring_in(write_files(tmp_path / "source", files), tmp_path / "articles")

    reading = read_folder(tmp_path / "articles")
    have = {a.slug: a.aliases for a in reading.articles if a.lang == "en"}
    assert {slug: sorted(set(wanted) - set(have[slug])) for slug, wanted in addresses.items()} == {
        slug: [] for slug in addresses
    }
    links = [link for source in reading.sources for link in source.page.links]
    assert links and all(link.ref for link in links)
    assert not [alias for a in reading.articles for alias in a.aliases if alias.strip("/") in {"pretty", "date"}]


def test_pages_of_one_permalink_are_translations_where_nothing_says_otherwise(tmp_path: Path) -> None:
    bring_in(write_files(tmp_path / "source", VAULT), tmp_path / "articles")

    articles = read_folder(tmp_path / "articles").articles
    keys: dict[str, set[str]] = {}
    for one in articles:
        keys.setdefault(one.key, set()).add(one.lang)
    assert sorted(map(sorted, keys.values())) == [["ar", "en"], ["en"], ["en", "tr"], ["tr"]]
    # The address goes to the page in the source's language, whatever comes first by its path.
    assert [a.lang for a in articles if "/green" in a.aliases] == ["en"]


def test_pages_of_one_permalink_that_say_what_they_translate_are_left_alone(tmp_path: Path) -> None:
    files = {
        ".obsidian/app.json": "{}",
        "en/green.md": "---\npermalink: green\n---\n\nSteep it.\n",
        "tr/green.md": "---\npermalink: cay\n---\n\nDemleyin.\n",
        "tr/yesil.md": "---\npermalink: green\n---\n\nYeşil.\n",
        "en/cups.md": "---\npermalink: cups\n---\n\nWarm.\n",
        "tr/fincan.md": "---\npermalink: cups\ntranslation_of: other\n---\n\nFincan.\n",
    }
    report = bring_in(write_files(tmp_path / "source", files), tmp_path / "articles")

    articles = read_folder(tmp_path / "articles").articles
    pairs = [{(b.lang, b.slug) for b in articles if b.key == a.key} for a in articles]
    assert [pair for pair in pairs if len(pair) > 1] == [{("en", "green"), ("tr", "green")}] * 2
    assert [row["path"] for row in report["dropped"] if row["code"] == "address-taken"] == [
        "tr/fincan.md", "tr/yesil.md",
    ]  # fmt: skip


def test_translations_by_permalink_stay_where_they_were_brought_in(tmp_path: Path) -> None:
    source, folder = write_files(tmp_path / "source", VAULT), tmp_path / "articles"
    bring_in(source, folder)
    before = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.md"))
    bring_in(source, folder)
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.md")) == before
