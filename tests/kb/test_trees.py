"""Folders as other tools lay them out: nested, numbered, with pages of folders and files that say the order."""

import json
from pathlib import Path

import pytest

from kb.lint import lint
from kb.models import Status
from kb.source.folder_reader import FolderReading, read_folder
from kb.source.navigation import key_of
from kb.source.paths import place_of, without_number
from tests.kb.conftest import TODAY, WriteFile


def addresses(reading: FolderReading) -> dict[str, str]:
    return {a.source: f"{a.lang}/{a.category}/{a.slug}" for a in reading.articles}


def titles(reading: FolderReading, lang: str = "en") -> dict[str, str]:
    return {c.slug: c.title for c in reading.categories if c.lang == lang}


def findings(folder: Path, code: str) -> list[str]:
    return [f"{f.path}:{f.line} {f.message}" for f in lint(read_folder(folder), TODAY) if f.code == code]


def in_order(reading: FolderReading) -> list[str]:
    return [a.slug for a in sorted(reading.articles, key=lambda a: (a.position, a.title))]


def test_mdx_is_read_as_an_article(folder: Path, write: WriteFile) -> None:
    write("en/a/one.mdx", "---\ntitle: One\n---\nText and a [link](two).\n")
    write("en/a/two.mdx", "# Two\n\nText.\n")
    reading = read_folder(folder)
    assert addresses(reading) == {"en/a/one.mdx": "en/a/one", "en/a/two.mdx": "en/a/two"}
    assert 'href="/en/a/two"' in reading.articles[0].html


def test_folders_of_any_depth_are_nested_categories(folder: Path, write: WriteFile) -> None:
    write("en/setup/network/wifi/_category_.yml", "title: Wireless\nposition: 3\n")
    write("en/setup/_category_.yml", "title: Setting up\n")
    write("en/setup/network/wifi/join.md", "# Join\n\nText.\n")
    reading = read_folder(folder)
    assert addresses(reading) == {"en/setup/network/wifi/join.md": "en/setup/network/wifi/join"}
    assert titles(reading) == {"setup": "Setting up", "setup/network": "Network", "setup/network/wifi": "Wireless"}


def test_a_subfolders_title_never_replaces_its_parents(folder: Path, write: WriteFile) -> None:
    write("en/returns/_category_.yml", "title: Returns\n")
    write("en/returns/abroad/_category_.yml", "title: From abroad\n")
    write("en/returns/a.md", "# A\n\nText.\n")
    write("en/returns/abroad/b.md", "# B\n\nText.\n")
    assert titles(read_folder(folder)) == {"returns": "Returns", "returns/abroad": "From abroad"}


@pytest.mark.parametrize("name", ["index.md", "README.md", "readme.md", "index.mdx", "_index.md"])
def test_the_page_of_a_folder_is_an_article_of_it(folder: Path, write: WriteFile, name: str) -> None:
    write(f"en/setup/{name}", "---\ntitle: Setting up\nsummary: All of it.\n---\nText of the page.\n")
    write("en/setup/other.md", "# Other\n\n[Up](./)\n")
    reading = read_folder(folder)
    assert addresses(reading)[f"en/setup/{name}"] == "en/setup/setup"
    (category,) = reading.categories
    assert (category.title, category.description, category.page) == ("Setting up", "All of it.", "setup")
    assert 'href="/en/a/setup"' in next(a.html for a in reading.articles if a.slug == "other")
    assert in_order(reading) == ["setup", "other"]


def test_a_page_beside_its_folder_is_the_page_of_it(folder: Path, write: WriteFile) -> None:
    write("en/cli.mdx", "# The command line\n\nText.\n")
    write("en/cli/commands/all.mdx", "# Commands\n\nText.\n")
    write("en/other.md", "# Other\n\nText.\n")
    reading = read_folder(folder)
    assert addresses(reading)["en/cli.mdx"] == "en/cli/cli"
    assert addresses(reading)["en/other.md"] == "en/general/other"
    assert titles(reading)["cli"] == "The command line"


def test_an_index_without_text_only_describes_its_category(folder: Path, write: WriteFile) -> None:
    write("en/setup/_index.md", "---\ntitle: Setting up\nweight: 4\n---\n")
    write("en/setup/other.md", "# Other\n\nText.\n")
    reading = read_folder(folder)
    assert list(addresses(reading)) == ["en/setup/other.md"]
    (category,) = reading.categories
    assert (category.title, category.position, category.page) == ("Setting up", 4, "")


def test_a_readme_beside_an_index_and_one_at_the_top_are_about_the_project(folder: Path, write: WriteFile) -> None:
    for path in ("README.md", "en/a/README.md", "en/a/index.md", "LICENSE", "en/CHANGELOG.md"):
        write(path, "# A\n\nText.\n")
    assert list(addresses(read_folder(folder))) == ["en/a/index.md"]
    told = " ".join(findings(folder, "not-read"))
    assert all(name in told for name in ("LICENSE", "README.md", "en/a/README.md", "en/CHANGELOG.md"))


def test_numbers_are_off_the_address_and_in_the_order(folder: Path, write: WriteFile) -> None:
    write("en/2. Setup/02-second.md", "# B\n\nText.\n")
    write("en/2. Setup/01-first.md", "# Z\n\n[Next](02-second.md)\n")
    write("en/1. Start/a.md", "# A\n\nText.\n")
    reading = read_folder(folder)
    assert set(addresses(reading).values()) == {"en/setup/first", "en/setup/second", "en/start/a"}
    assert [c.title for c in reading.categories] == ["Start", "Setup"]
    assert in_order(reading) == ["first", "second", "a"]


@pytest.mark.parametrize(
    ("name", "title", "kept"),
    [
        ("01-intro", "", "intro"),
        ("2. Setup", "", "Setup"),
        ("3_more", "", "more"),
        ("10) Ten", "", "Ten"),
        ("2-step-verification", "", "2-step-verification"),
        ("14-day-returns", "", "14-day-returns"),
        ("3-d-secure", "", "3-d-secure"),
        ("404-not-found", "", "404-not-found"),
        ("7-eleven-pickup", "7-Eleven pickup", "7-eleven-pickup"),
        ("2024-11-plan", "", "2024-11-plan"),
        ("24-7", "", "24-7"),
        ("2fa", "", "2fa"),
        ("1-setup", "1. Setup", "setup"),
    ],
)
def test_a_number_that_belongs_to_the_name_stays(name: str, title: str, kept: str) -> None:
    assert without_number(name, title)[0] == kept
    assert place_of(f"en/a/{name}.md", title).name == kept


def test_what_is_not_read_is_counted_one_finding_a_kind(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", "# One\n\nText.\n")
    for number in range(3):
        write(f"en/a/{number}.rst", "One\n===\n")
    write("vendor/gem/README.md", "# Gem\n")
    write("node_modules/x/index.md", "# X\n")
    write("_partials/part.md", "Part\n")
    write(".github/pull.md", "Pull\n")
    write("en/a/photo.tiff", "x")
    told = findings(folder, "not-read")
    assert len(told) == 5
    assert any("3 .rst files" in one for one in told)
    assert any("node_modules/ (tool folder), vendor/ (tool folder)" in one for one in told)
    assert any("_partials/" in one for one in told) and any(".github/" in one for one in told)
    assert any("1 .tiff" in one for one in told)


def test_what_articles_include_is_read(folder: Path, write: WriteFile) -> None:
    write("en/a/one.md", '# One\n\n--8<-- "_parts/part.md"\n')
    write("_parts/part.md", "The part.\n")
    reading = read_folder(folder)
    assert "The part." in reading.articles[0].html
    assert findings(folder, "not-read") == []


def test_a_category_file_without_a_language_folder_is_in_the_default_language(folder: Path, write: WriteFile) -> None:
    write("returns/_category_.yml", "title: İadeler\n")
    write("returns/a.md", "# A\n\nMetin.\n")
    assert titles(read_folder(folder, "tr"), "tr") == {"returns": "İadeler"}


def test_a_category_file_without_a_language_holds_where_a_language_has_none(folder: Path, write: WriteFile) -> None:
    write("returns/_category_.yml", "title: Returns\nposition: 2\n")
    write("en/returns/a.md", "# A\n\nText.\n")
    write("tr/returns/_category_.yml", "title: İadeler\n")
    write("tr/returns/a.md", "# A\n\nMetin.\n")
    reading = read_folder(folder)
    assert (titles(reading), titles(reading, "tr")) == ({"returns": "Returns"}, {"returns": "İadeler"})


NAVIGATION = {
    "mkdocs.yml": "nav:\n  - Home: last.md\n  - Setting up:\n    - guide/zeta.md\n    - 'Alpha!': guide/alpha.md\n"
    "markdown_extensions:\n  - x: !!python/name:os.system\n",
    "sidebars.json": json.dumps(
        {"docs": ["last", {"type": "category", "label": "Setting up", "items": ["guide/zeta", "guide/alpha"]}]}
    ),
    "sidebars.js": "// @ts-check\nmodule.exports = {\n  docs: [\n    'last', // first\n    {type: 'category',"
    " label: 'Setting up', items: ['guide/zeta', 'guide/alpha',]},\n  ],\n};\n",
    "docs.json": json.dumps(
        {"navigation": {"tabs": [{"tab": "Docs", "groups": [
            {"group": "Home", "pages": ["last"]}, {"group": "Setting up", "pages": ["guide/zeta", "guide/alpha"]},
        ]}]}}
    ),
    "mint.json": json.dumps(
        {"navigation": [
            {"group": "X", "pages": ["last"]}, {"group": "Setting up", "pages": ["guide/zeta", "guide/alpha"]},
        ]}
    ),
    "SUMMARY.md": "# Summary\n\n* [Home](last.md)\n* Setting up\n"
    "  * [Zeta](guide/zeta.md)\n  * [Alpha](guide/alpha.md)\n",
    "_sidebar.yml": "- last\n- title: Setting up\n  items: [guide/zeta, guide/alpha]\n",
    "toc.yml": "- name: Home\n  href: last.md\n- name: Setting up\n  items:\n  - {name: Z, href: guide/zeta.md}\n"
    "  - {name: A, href: guide/alpha.md}\n",
}  # fmt: skip


@pytest.mark.parametrize("name", NAVIGATION)
def test_the_order_of_other_tools_is_read_where_it_is_data(folder: Path, write: WriteFile, name: str) -> None:
    write("guide/alpha.md", "# Alpha\n\nText.\n")
    write("guide/zeta.md", "# Zeta\n\nText.\n")
    write("last.md", "# Last\n\nText.\n")
    write("unlisted.md", "# Aaa\n\nText.\n")
    write(name, NAVIGATION[name])
    reading = read_folder(folder)
    assert reading.problems == ()
    assert in_order(reading) == ["last", "zeta", "alpha", "unlisted"]
    assert titles(reading)["guide"] == "Setting up"


def test_the_order_of_a_folder_is_read(folder: Path, write: WriteFile) -> None:
    for name in ("a", "b", "c"):
        write(f"en/one/{name}.md", f"# {name}\n\nText.\n")
        write(f"en/two/{name}x.md", f"# {name}\n\nText.\n")
    write("en/one/.pages", "title: The one\nnav:\n  - c.md\n  - a.md\n  - ...\n")
    write("en/two/_meta.json", '{"bx": "B", "ax": {"title": "A"}}')
    write("en/_meta.json", '{"two": "Second", "one": "First"}')
    reading = read_folder(folder)
    assert [s for s in in_order(reading) if "x" not in s] == ["c", "a", "b"]
    assert [s for s in in_order(reading) if "x" in s] == ["bx", "ax", "cx"]
    assert [c.slug for c in reading.categories] == ["two", "one"]
    assert titles(reading)["two"] == "Second"


def test_order_that_is_code_is_told_and_never_run(folder: Path, write: WriteFile) -> None:
    write("a/one.md", "# One\n\nText.\n")
    write("sidebars.js", "module.exports = require('./made');\n")
    assert [f.code for f in read_folder(folder).problems] == ["navigation-unread"]


def test_the_navigation_names_pages_without_a_title(folder: Path, write: WriteFile) -> None:
    write("a/one.md", "Text.\n")
    write("mkdocs.yml", "nav:\n  - 'The &nbsp;<b>first</b> one': a/one.md\n")
    reading = read_folder(folder)
    assert [a.title for a in reading.articles] == ["The first one"]
    assert reading.problems == ()


def test_a_configuration_above_orders_the_folder_it_names(tmp_path: Path) -> None:
    docs = tmp_path / "project" / "docs"
    docs.mkdir(parents=True)
    for name in ("a", "b"):
        (docs / f"{name}.md").write_text(f"# {name}\n\nText.\n")
    (docs.parent / "mkdocs.yml").write_text("nav: [b.md, a.md]\n")
    assert in_order(read_folder(docs)) == ["b", "a"]


def test_keys_are_without_language_numbers_and_suffix() -> None:
    assert key_of("tr/02-Setup/index.md") == key_of("setup") == "setup"
    assert key_of("guide/01_intro.mdx") == "guide/intro"


@pytest.mark.parametrize(
    "line",
    ["published: false", "draft: true", "unlisted: true", "hidden: true", "publish: false", "permalink: false"],
)
def test_what_other_tools_hide_is_never_public(folder: Path, write: WriteFile, line: str) -> None:
    write("en/a/x.md", f"---\ntitle: X\n{line}\n---\nText.\n")
    (article,) = read_folder(folder).articles
    assert article.status is Status.DRAFT


def test_a_draft_in_toml_is_a_draft(folder: Path, write: WriteFile) -> None:
    write("en/a/x.md", "+++\ntitle = 'X'\ndraft = true\nweight = 2\naliases = ['/old']\n+++\nText.\n")
    reading = read_folder(folder)
    (article,) = reading.articles
    assert (article.status, article.title, article.position, article.aliases) == (Status.DRAFT, "X", 2, ("/old",))
    assert [f.code for f in reading.problems] == ["front-matter-toml"]


@pytest.mark.parametrize("line", ["status: new", "slug: /", "nav_order: many", "redirect_from: {a: b}"])
def test_values_of_other_tools_are_warned_about_and_do_not_unpublish(folder: Path, write: WriteFile, line: str) -> None:
    write("en/a/intro.md", f"---\ntitle: X\n{line}\n---\nText.\n")
    reading = read_folder(folder)
    assert [(a.slug, a.status) for a in reading.articles] == [("intro", Status.PUBLISHED)]
    assert [(str(f.severity), f.line) for f in reading.problems] == [("warning", 3)]


def test_addresses_of_other_tools_redirect(folder: Path, write: WriteFile) -> None:
    head = "redirect_from:\n  - /one/\n  - /two/index.html\npermalink: /three/\naliases: [/four]\nurl: /five/x/"
    write("en/a/x.md", f"---\ntitle: X\n{head}\n---\nText.\n")
    (article,) = read_folder(folder).articles
    assert set(article.aliases) == {"/one", "/two", "/three", "/four", "/five/x"}


@pytest.mark.parametrize(
    "line", ["permalink: leaves/green", "permalink: /leaves/green/", "redirect_from: leaves/green"]
)
def test_addresses_of_other_tools_are_from_the_top_of_the_site(folder: Path, write: WriteFile, line: str) -> None:
    write("en/a/x.md", f"---\ntitle: X\n{line}\n---\nText.\n")
    assert read_folder(folder).articles[0].aliases == ("/leaves/green",)


def test_links_from_the_top_are_found_by_place_by_alias_and_in_the_static_folder(
    folder: Path, write: WriteFile, tmp_path: Path
) -> None:
    static = tmp_path / "static"
    (static / "img").mkdir(parents=True)
    (static / "img/a.png").write_bytes(b"x")
    (static / "guide.pdf").write_bytes(b"x")
    write(".gitbook/assets/b.png", "x")
    write("en/setup/x.md", "---\ntitle: X\naliases: [/help/x]\n---\nText.\n")
    write(
        "en/a/y.md",
        "# Y\n\n![A](/img/a.png) ![B](../../.gitbook/assets/b.png) [1](/setup/x) [2](/docs/setup/x/#z) [3](/help/x)"
        " [4](/guide.pdf) [5](/en/contact) [6](/gone)\n\n![C](/gone.png)\n",
    )
    reading = read_folder(folder, static=static)
    html = next(a.html for a in reading.articles if a.slug == "y")
    assert 'src="/kb-static/img/a.png"' in html and 'src="/kb-files/.gitbook/assets/b.png"' in html
    assert html.count('href="/en/a/x') == 3 and 'href="/kb-static/guide.pdf"' in html
    assert 'href="/en/contact"' in html and 'href="/gone"' in html
    told = [(f.code, f.line) for f in lint(reading, TODAY)]
    assert told == [("broken-anchor", 3), ("broken-link", 3), ("missing-image", 5)]


def test_pictures_and_files_are_found_from_the_top_as_templates_name_them(folder: Path, write: WriteFile) -> None:
    write("_img/tools/a.png", "x")
    write("_img/notes.md", "# No article\n")
    write("_private/b.png", "x")
    write("downloads/form.docx", "x")
    write("a/b/x.md", "---\ntitle: X\nredirect_from: [/old-x/]\n---\nText.\n")
    write(
        "a/b/y.md", "# Y\n\n![A](_img/tools/a.png) ![B](_private/b.png) [1](downloads/form.docx) [2](old-x/)\n\n[3]()\n"
    )
    reading = read_folder(folder)
    assert list(addresses(reading)) == ["a/b/x.md", "a/b/y.md"]
    html = next(a.html for a in reading.articles if a.slug == "y")
    assert 'src="/kb-files/_img/tools/a.png"' in html and "_private" not in html
    assert 'href="/kb-files/downloads/form.docx"' in html and 'href="/en/a/x"' in html
    assert [(f.code, f.line) for f in lint(reading, TODAY) if f.path.endswith("y.md")] == [
        ("missing-image", 3),
        ("broken-link", 5),
    ]


def test_pages_nobody_translated_are_linked_in_the_default_language(folder: Path, write: WriteFile) -> None:
    write("en/docs/a/only.md", "# Only\n\nText.\n")
    write("en/docs/img/p.png", "x")
    write("tr/docs/a/page.md", "# Sayfa\n\n[Only](only.md) ![P](/img/p.png) ![Q](../img/p.png)\n")
    reading = read_folder(folder)
    html = next(a.html for a in reading.articles if a.lang == "tr")
    assert 'href="/en/a/only"' in html and html.count("/kb-files/en/docs/img/p.png") == 2


def test_a_moved_files_header_category_is_a_finding(folder: Path, write: WriteFile) -> None:
    write("en/new/x.md", "---\ntitle: X\ncategory: old\n---\nText.\n")
    write("en/new/y.md", "# Y\n\nText.\n")
    write("en/loose/z.md", "---\ntitle: Z\ncategory: Anything\n---\nText.\n")  # folders mean nothing here
    (told,) = findings(folder, "category-differs")
    assert told.startswith("en/new/x.md:3 ")


def test_drafts_do_not_make_a_language(folder: Path, write: WriteFile) -> None:
    write("en/a/x.md", "# X\n\nText.\n")
    write("fr/a/x.md", "---\ntitle: X\nstatus: draft\n---\nTexte.\n")
    write("en/a/y.md", "# Y\n\nText.\n")
    assert findings(folder, "translation-missing") == []


LINES = """# X

```md
[A](gone.md) ![B](gone.png)
```

[one][ref] and [two](gone.md) and [text
over lines](gone.md)

| a | b |
|---|---|
| ![B](gone.png) | [![C](gone2.png)](gone3.md) |

<img src="gone.png" alt="B">

[ref]: gone4.md "Title"
[five](<with space.md>)
"""


def test_findings_are_on_the_lines_where_targets_are_written(folder: Path, write: WriteFile) -> None:
    write("en/a/x.md", LINES)
    found = [(f.line, f.message.split(" leads")[0].rsplit(" (", 1)[0]) for f in lint(read_folder(folder), TODAY)]
    lines = {message: [line for line, other in found if other == message] for _, message in found}
    assert lines["The link to gone.md"] == [7, 8]
    assert lines["The link to gone4.md"] == [16]
    assert lines["The link to gone3.md"] == [12]
    assert lines["There is no picture gone.png"] == [12, 14]
    assert lines["There is no picture gone2.png"] == [12]


def test_docusaurus_translations_and_versions_are_not_read_as_pages_of_their_own(
    folder: Path, write: WriteFile
) -> None:
    write("docs/intro.md", "# Intro\n\nText.\n")
    write("i18n/fr/docusaurus-plugin-content-docs/current/intro.md", "# Intro\n\nTexte.\n")
    write("versioned_docs/version-1.0/old.md", "# Old\n\nText.\n")

    assert [a.source for a in read_folder(folder).articles] == ["docs/intro.md"]
    assert any("i18n/" in told for told in findings(folder, "not-read"))


def test_a_folder_named_i18n_that_is_no_tools_is_a_topic(folder: Path, write: WriteFile) -> None:
    write("i18n/dates.md", "# Dates\n\nText.\n")

    assert [a.source for a in read_folder(folder).articles] == ["i18n/dates.md"]
