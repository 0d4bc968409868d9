"""Each kind of source: it is recognised by its files, and what it says arrives as clean articles."""

# ruff: noqa: E501 - lines as the tools write them

from pathlib import Path
from typing import Any

import pytest

from kb.models import Article, Status
from kb.source.folder_reader import FolderReading, read_folder
from kb.transfer.registry import kind_of
from tests.kb.transfer import sources
from tests.kb.transfer.sources import bring_in, text_of, tree_of, write_files


def imported(tmp_path: Path, files: dict[str, Any]) -> tuple[Path, dict[str, Any], FolderReading]:
    source, folder = write_files(tmp_path / "source", files), tmp_path / "articles"
    report = bring_in(source, folder)
    return folder, report, read_folder(folder)


def article(reading: FolderReading, slug: str, lang: str = "en") -> Article:
    return next(a for a in reading.articles if (a.lang, a.slug) == (lang, slug))


@pytest.mark.parametrize("name", sources.ALL)
def test_every_kind_is_recognised_by_its_files(tmp_path: Path, name: str) -> None:
    assert kind_of(write_files(tmp_path, sources.ALL[name])).name == name


@pytest.mark.parametrize("name", sources.ALL)
def test_what_is_written_has_no_error_and_no_broken_link(tmp_path: Path, name: str) -> None:
    _, report, reading = imported(tmp_path, sources.ALL[name])

    assert report["problems"] == [] and [f for f in reading.problems if f.severity == "error"] == []
    links = [link for source in reading.sources for link in source.page.links]
    pictures = [image for source in reading.sources for image in source.page.images]
    assert [link.target for link in links if link.href is None] == []
    assert [image.target for image in pictures if image.href is None or image.remote] == []


@pytest.mark.parametrize("name", sources.ALL)
def test_a_second_run_changes_no_byte(tmp_path: Path, name: str) -> None:
    folder, _, _ = imported(tmp_path, sources.ALL[name])
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    report = bring_in(tmp_path / "source", folder)

    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert set(report["changes"]) == {"unchanged"}


def test_docusaurus_keeps_sidebar_boxes_drafts_and_translations(tmp_path: Path) -> None:
    folder, _, reading = imported(tmp_path, sources.DOCUSAURUS)

    launch = article(reading, "launch")
    assert (launch.title, launch.tags, str(launch.updated)) == ("Launch", ("wind",), "2024-05-01")
    assert launch.aliases == ("/docs/flying/launch",)
    assert "!!! tip" in text_of(folder, "en/flying-a-kite/launch.md")
    assert "import Tabs" not in text_of(folder, "en/flying-a-kite/launch.md")
    assert article(reading, "land").status is Status.DRAFT
    assert article(reading, "launch", "tr").key == launch.key
    assert [path for path in tree_of(folder) if path.endswith(".png")] == ["files/img/kite.png"]
    assert "flying-a-kite/launch.md#wind" in text_of(folder, "en/intro.md")
    assert launch.position < article(reading, "land").position


def test_a_sidebar_that_is_a_program_is_reported_and_paths_give_the_order(tmp_path: Path) -> None:
    files = {**sources.DOCUSAURUS, "sidebars.js": "module.exports = {main: require('./generated')};"}

    _, report, reading = imported(tmp_path, files)

    assert [row["code"] for row in report["dropped"]].count("sidebar-not-read") == 1
    assert len(reading.articles) == 4


def test_mkdocs_keeps_nav_redirects_and_tags_it_does_not_know(tmp_path: Path) -> None:
    folder, _, reading = imported(tmp_path, sources.MKDOCS)

    knead = article(reading, "knead")
    assert knead.aliases == ("/book/baking/knead", "/old/kneading") and knead.category == "baking"
    assert "(rest.md#how-long)" in text_of(folder, "en/baking/knead.md")
    assert text_of(folder, "en/baking/_category_.yml").startswith("title: Baking\n")


def test_several_mkdocs_folders_side_by_side_are_languages(tmp_path: Path) -> None:
    english = {f"docs/en/{path}": text for path, text in sources.MKDOCS.items()}
    turkish = {"docs/tr/docs/baking/knead.md": "# Yoğurma\n\nOn dakika.\n"}

    _, _, reading = imported(tmp_path, {**english, **turkish})

    assert article(reading, "knead", "tr").key == article(reading, "knead").key
    assert article(reading, "knead", "tr").category == article(reading, "knead").category


@pytest.mark.parametrize("name", sources.ALL)
def test_what_lies_beside_the_source_is_not_read(tmp_path: Path, name: str) -> None:
    alone = write_files(tmp_path / "alone", sources.ALL[name])
    english = write_files(tmp_path / "docs" / "en", sources.ALL[name])
    write_files(tmp_path / "docs" / "tr", sources.ALL[name])

    reports = [bring_in(source, tmp_path / f"into-{source.name}") for source in (alone, english)]

    assert reports[0]["articles"] == reports[1]["articles"] > 0
    assert reports[0]["languages"] == reports[1]["languages"]


def test_a_mkdocs_section_without_a_title_has_that_of_its_first_page(tmp_path: Path) -> None:
    nav = "nav:\n  - index.md\n  - '':\n      - baking/rest.md\n      - baking/knead.md\n"

    folder, _, _ = imported(tmp_path, {**sources.MKDOCS, "mkdocs.yml": nav})

    assert "title: Let it rest" in text_of(folder, "en/let-it-rest/_category_.yml")


def test_links_into_what_mkdocs_makes_from_source_code_lead_to_its_page(tmp_path: Path) -> None:
    files = {
        "mkdocs.yml": "nav:\n  - 'The&nbsp<samp>api</samp>': api.md\n  - use.md\n",
        "docs/api.md": "## By hand\n\nText.\n\n::: oven.Oven\n    options: {}\n",
        "docs/use.md": "# Use\n\n[made](api.md#oven.Oven.heat) and [by hand](api.md#by-hand), see [here](README.md#a).\n",
    }

    folder, report, reading = imported(tmp_path, files)

    assert article(reading, "api").title == "The api"
    assert "[made](api.md) and [by hand](api.md#by-hand), see [here](README.md#a)" in text_of(folder, "en/use.md")
    assert [row["code"] for row in report["links"]] == ["link-to-generated", "link-missing"]


def test_hugo_reads_toml_weights_and_aliases(tmp_path: Path) -> None:
    folder, _, reading = imported(tmp_path, sources.HUGO)

    brew = article(reading, "brew")
    assert "/old/brew" in brew.aliases and str(brew.publish_date) == "2023-02-03"
    assert article(reading, "steep").position < brew.position
    assert "{{<" not in text_of(folder, "en/guides/brew.md")
    assert "title: Guides" in text_of(folder, "en/guides/_category_.yml")


def test_jekyll_reads_collections_posts_and_its_navigation(tmp_path: Path) -> None:
    folder, _, reading = imported(tmp_path, sources.JEKYLL)

    assert article(reading, "feeding").category == "care" and "/feed" in article(reading, "feeding").aliases
    assert "For Hive 3." in text_of(folder, "en/care/feeding.md")
    swarm = article(reading, "swarm")
    assert swarm.status is Status.DRAFT and str(swarm.publish_date) == "2022-03-04"


def test_gitbook_reads_its_summary_hints_and_assets(tmp_path: Path) -> None:
    folder, _, reading = imported(tmp_path, sources.GITBOOK)

    assert "!!! warning" in text_of(folder, "en/boats/sails/sails.md")
    assert article(reading, "hello").summary == "A book on boats"


def test_mintlify_reads_navigation_components_and_redirects(tmp_path: Path) -> None:
    folder, _, reading = imported(tmp_path, sources.MINTLIFY)

    start = article(reading, "start")
    assert start.aliases == ("/start", "/begin") and start.summary == "The first steps"
    assert "!!! note" in text_of(folder, "en/guides/start/start.md")


def test_obsidian_links_by_name(tmp_path: Path) -> None:
    folder, _, reading = imported(tmp_path, sources.OBSIDIAN)

    assert "(pruning.md)" in text_of(folder, "en/garden/roses.md")
    assert article(reading, "pruning").status is Status.DRAFT


def test_pages_that_only_lead_elsewhere_are_no_articles(tmp_path: Path) -> None:
    _, report, reading = imported(tmp_path, sources.ELEVENTY)

    assert {a.slug for a in reading.articles} == {"home", "tents"}
    assert "redirect" in {row["code"] for row in report["dropped"]}


def test_github_docs_words_that_recur_are_put_in(tmp_path: Path) -> None:
    folder, _, _ = imported(tmp_path, sources.GITHUB_DOCS)

    text = text_of(folder, "en/get-going/account.md")
    assert "Press **Sign in**." in text and "Open Widgets." in text


def test_zendesk_keeps_sections_labels_dates_authors_pictures_and_translations(tmp_path: Path) -> None:
    folder, _, reading = imported(tmp_path, sources.ZENDESK)

    shoes = article(reading, "clean-your-shoes")
    assert (shoes.tags, str(shoes.publish_date), str(shoes.updated)) == (("care",), "2021-01-02", "2022-06-07")
    assert "/hc/en-us/articles/101-Clean-your-shoes" in shoes.aliases
    text = text_of(folder, "en/shoes/care/clean-your-shoes.md")
    assert "author: Ada L." in text and "(laces/tie-laces.md)" in text and "9001-brush.png" in text
    assert article(reading, "clean-your-shoes", "tr").title == "Ayakkabı temizliği"
    assert article(reading, "tie-laces").status is Status.DRAFT
    assert "1. Cross\n   - left over right\n2. Pull" in text_of(folder, "en/shoes/care/laces/tie-laces.md")


@pytest.mark.parametrize("whose", [{"user_segment_id": 55}, {"user_segment_ids": [55]}])
def test_a_zendesk_article_for_signed_in_people_is_a_draft(tmp_path: Path, whose: dict[str, Any]) -> None:
    files = dict(sources.ZENDESK)
    row = {**files["articles.json"]["articles"][0], **whose}
    files["articles.json"] = {"articles": [row]}

    _, report, reading = imported(tmp_path, files)

    assert article(reading, "clean-your-shoes").status is Status.DRAFT
    assert "not-for-everyone" in {found["code"] for found in report["dropped"]}


def test_intercom_keeps_collections_states_and_languages(tmp_path: Path) -> None:
    folder, _, reading = imported(tmp_path, sources.INTERCOM)

    tent = article(reading, "mend-a-tent")
    assert tent.category == "repairs" and "/en/articles/39" in tent.aliases and str(tent.publish_date) == "2023-11-14"
    assert "!!! note\n    Dry it first." in text_of(folder, "en/repairs/mend-a-tent.md")
    assert article(reading, "mend-a-tent", "tr").status is Status.DRAFT


def test_helpscout_keeps_callouts_categories_and_keywords(tmp_path: Path) -> None:
    folder, _, reading = imported(tmp_path, sources.HELPSCOUT)

    bulb = article(reading, "change-the-bulb")
    assert bulb.tags == ("bulb",) and bulb.category == "lamps" and "/article/12-change-the-bulb" in bulb.aliases
    assert "!!! warning" in text_of(folder, "en/lamps/change-the-bulb.md")


def test_freshdesk_keeps_folders_and_hides_what_was_not_for_all(tmp_path: Path) -> None:
    folder, report, reading = imported(tmp_path, sources.FRESHDESK)

    brakes = article(reading, "adjust-brakes")
    assert brakes.summary == "Brakes that grip" and brakes.tags == ("pads",)
    assert article(reading, "prices-we-pay").status is Status.DRAFT
    assert (folder / "en/bikes/brakes/adjust-brakes.md").is_file()
    assert "not-for-everyone" in {found["code"] for found in report["dropped"]}


def test_wordpress_keeps_both_editors_tags_and_uploads(tmp_path: Path) -> None:
    folder, _, reading = imported(tmp_path, sources.WORDPRESS)

    glaze = article(reading, "mix-glaze")
    assert glaze.tags == ("Clay",) and glaze.aliases == ("/2020/mix-glaze",) and glaze.summary == "How to stir"
    text = text_of(folder, "en/glaze/mix-glaze.md")
    assert "files/uploads/2020/01/bowl.png" in text and "wp:paragraph" not in text and "[caption" not in text
    assert "One line.\n\nAnother **line**." in text_of(folder, "en/notes.md")


def test_confluence_xml_keeps_macros_code_links_labels_and_attachments(tmp_path: Path) -> None:
    folder, _, reading = imported(tmp_path, sources.CONFLUENCE_XML)

    text = text_of(folder, "en/looms/thread-a-loom.md")
    assert '!!! danger "Fingers"\n    Mind them.' in text and '```python\nprint("a < b")\n```' in text
    assert "[Looms](looms.md)" in text and "files/attachments/12/yarn.png" in text
    assert article(reading, "thread-a-loom").tags == ("weaving",)
    assert len(reading.articles) == 3, "earlier versions of a page are not articles"


def test_confluence_html_keeps_the_tree_of_the_index(tmp_path: Path) -> None:
    source = write_files(tmp_path / "source", sources.CONFLUENCE_HTML)
    assert kind_of(source).name == "confluence"

    folder, _, reading = imported(tmp_path, sources.CONFLUENCE_HTML)

    thread = article(reading, "thread")
    assert thread.category.endswith("looms") and str(thread.updated) == "2023-03-04"
    assert "!!! tip\n    Breathe." in text_of(folder, "en/looms/thread.md")


def test_html_pages_lose_what_surrounds_them(tmp_path: Path) -> None:
    folder, _, reading = imported(tmp_path, sources.HTML)

    wash = article(reading, "wash")
    assert wash.title == "Wash wool" and wash.summary == "How to wash" and "/care/wash" in wash.aliases
    text = text_of(folder, "en/care/wash.md")
    assert "Menu" not in text and "Imprint" not in text and "```sh\nwash --cold\n```" in text


def test_a_plain_folder_keeps_our_own_fields_and_code(tmp_path: Path) -> None:
    folder, _, reading = imported(tmp_path, sources.FOLDER)

    assert article(reading, "plant").questions == ("how deep",)
    assert "`[not](a-link.md)`" in text_of(folder, "en/garden/water.md")
    assert article(reading, "plant", "tr").key == article(reading, "plant").key


def test_what_is_missing_or_elsewhere_is_reported_with_its_line(tmp_path: Path) -> None:
    page = (
        "---\ntitle: Gaps\nweird: 1\n---\n\nText\n\n![](gone.png) ![](https://pics.example/a.png)\n\n[x](nowhere.md)\n"
    )

    _, report, _ = imported(tmp_path, {"guide/gaps.md": page})

    assert [(row["path"], row["line"]) for row in report["pictures_missing"]] == [("guide/gaps.md", 8)]
    assert [row["line"] for row in report["pictures_remote"]] == [8]
    assert [row["line"] for row in report["links"]] == [10]
    assert [row["code"] for row in report["dropped"]] == ["header-field"]


@pytest.mark.parametrize("name", sources.ALL)
def test_every_kind_has_a_page_that_says_how_to_move(name: str) -> None:
    docs = Path(__file__).parents[3] / "docs/authors"

    text = (docs / f"moving-from-{name}.md").read_text(encoding="utf-8")
    assert f"--from {name}" in text and f"(moving-from-{name}.md)" in (docs / "moving-in.md").read_text(
        encoding="utf-8"
    )


def test_names_of_headings_that_ours_cannot_have_are_changed_with_the_links_to_them(tmp_path: Path) -> None:
    page = (
        "---\ntitle: Names\n---\n\n[a](#crew-\\(tlc\\)) [b](#set.one) [c](##wanted)\n\n"
        "## Crew {#crew-(tlc)}\n\n## One {#set.one}\n\n## Wanted {##wanted}\n\n## Plain {#plain_one}\n"
    )

    folder, _, reading = imported(tmp_path, {"guide/names.md": page})

    links = [link.fragment for source in reading.sources for link in source.page.links]
    assert links == [section.anchor for section in reading.articles[0].sections if section.anchor][:3]
    assert "{#plain_one}" in text_of(folder, "en/guide/names.md")


def test_anchors_with_a_hyphen_for_an_apostrophe_lead_to_the_heading(tmp_path: Path) -> None:
    page = (
        "# Names\n\n[a](#other-people-s-parcels) [b](#returns-and-refunds)\n\n"
        "## Other people's parcels\n\nA.\n\n## Returns & refunds\n\nB.\n"
    )

    _, _, reading = imported(tmp_path, {"guide/names.md": page})

    anchors = [section.anchor for section in reading.articles[0].sections if section.anchor]
    assert [link.fragment for source in reading.sources for link in source.page.links] == anchors


def test_a_freshdesk_folder_is_placed_by_what_it_says_it_is_in(tmp_path: Path) -> None:
    category = {"id": 1, "name": "Shop", "description": None}
    above = [{"level": 0, "type": "category", "data": {"id": 1, "name": "Shop", "language": "en"}}]
    inner = [*above, {"level": 1, "type": "folder", "data": {"id": 2, "name": "Orders", "language": "en"}}]
    folder = {"name": "Orders", "visibility": 1, "parent_folder_id": None, "id": 2, "hierarchy": above}
    below = {"name": "Parcels", "visibility": 1, "parent_folder_id": 2, "id": 3, "hierarchy": inner}
    article = {"id": 9, "title": "Track", "description": "<p>Words.</p>", "folder_id": 3, "status": 2, "type": 1}

    folder_made, _, _ = imported(
        tmp_path, {"categories.json": [category], "folders.json": [below, folder], "articles.json": [article]}
    )

    assert [path.relative_to(folder_made).as_posix() for path in folder_made.rglob("track.md")] == [
        "en/shop/orders/parcels/track.md"
    ]


def test_parameters_and_plain_shortcodes_of_a_hugo_site_arrive_as_their_values(tmp_path: Path) -> None:
    folder, _, _ = imported(tmp_path, {
        "hugo.toml": 'baseURL = "https://tea.example/"\ntitle = "Tea"\n[params]\nversion = "2.1"\n[params.links]\nchat = "#tea"\n',
        "config/_default/params.toml": 'email = "tea@example.org"\n',
        "layouts/shortcodes/latest.html": "{{- /* the newest */ -}}\n{{- .Site.Params.version -}}\n",
        "layouts/shortcodes/shop.html": "The Tea Shop",
        "layouts/shortcodes/fancy.html": "<b>{{ .Get 0 }}</b>",
        "content/brew.md": "---\ntitle: Brew\nharvest: May\n---\n\n"
        'Version {{< latest >}} of {{< shop >}}, {{< param "links.chat" >}}, {{< param harvest >}}, {{< param email >}}.\n',
    })  # fmt: skip

    assert "Version 2.1 of The Tea Shop, #tea, May, tea@example.org." in text_of(folder, "en/brew.md")


# The shape of what Confluence exports, as public converters and their samples describe it; the words are our own.


def test_a_confluence_page_of_the_newer_editor_loses_nothing_and_says_nothing_twice(tmp_path: Path) -> None:
    def page(number: int, title: str, more: str = "") -> str:
        return (
            f'<object class="Page" package="com.atlassian.confluence.pages"><id name="id">{number}</id>'
            '<property name="hibernateVersion">7</property>'
            f'<property name="title"><![CDATA[{title}]]></property><collection name="adfContentBodies"></collection>'
            '<property name="creator" class="ConfluenceUserImpl" package="com.atlassian.confluence.user">'
            '<id name="key"><![CDATA[5adea1817b296356232d9267]]></id></property><property name="agentCreatorAaid"/>'
            f'<property name="contentStatus"><![CDATA[current]]></property>{more}</object>'
        )

    body = (
        '<ac:layout><ac:layout-section ac:type="fixed-width"><ac:layout-cell><h1>Warp</h1><p>Due <time datetime="2024-05-06" /></p>'
        '<ac:adf-extension><ac:adf-node type="panel"><ac:adf-attribute key="panel-type">warning</ac:adf-attribute>'
        "<ac:adf-content><p>Mind the reed.</p></ac:adf-content></ac:adf-node><ac:adf-fallback><div class='panel'><p>Mind the"
        " reed.</p></div></ac:adf-fallback></ac:adf-extension>"
        '<ac:image ac:width="760"><ri:attachment ri:filename="warp.png" ri:version-at-save="1" /><ac:caption><p>Forty ends</p>'
        "</ac:caption></ac:image><ac:task-list><ac:task><ac:task-id>12</ac:task-id><ac:task-status>complete</ac:task-status>"
        "<ac:task-body><span>Wind it</span></ac:task-body></ac:task></ac:task-list>"
        '<ac:structured-macro ac:name="view-file" ac:schema-version="1"><ac:parameter ac:name="name">'
        '<ri:attachment ri:filename="plan.pdf" /></ac:parameter></ac:structured-macro>'
        '<p><ac:structured-macro ac:name="jira"><ac:parameter ac:name="key">LOOM-7</ac:parameter></ac:structured-macro> '
        '<ac:inline-comment-marker ac:ref="1">kept</ac:inline-comment-marker></p></ac:layout-cell></ac:layout-section></ac:layout>'
    )
    attached = "".join(
        f'<object class="Attachment"><id name="id">{number}</id><property name="title"><![CDATA[{name}]]></property>'
        '<property name="originalVersionId"/><property name="containerContent" class="Page"><id name="id">12</id></property></object>'
        for number, name in ((77, "warp.png"), (78, "plan.pdf"))
    )  # fmt: skip
    _, _, reading = imported(tmp_path, {
        "entities.xml": '<?xml version="1.0" encoding="UTF-8"?><hibernate-generic datetime="2026-09-01 10:52:46.614">'
        + page(12, "Warp a loom", '<property name="originalVersionId"/>')
        + page(11, "Warp a loom, as it was", '<property name="originalVersionId">12</property>')
        + '<object class="ConfluenceUserImpl"><id name="key"><![CDATA[5adea1817b296356232d9267]]></id>'
        '<property name="name"><![CDATA[5adea1817b296356232d9267]]></property></object>'
        f'<object class="BodyContent"><id name="id">5</id><property name="body"><![CDATA[{body}]]></property>'
        f'<property name="content" class="Page"><id name="id">12</id></property></object>{attached}</hibernate-generic>',
        "exportDescriptor.properties": "source=cloud\n",
        "attachments/12/77/1": sources.PNG, "attachments/12/78/1": b"%PDF-1.4",
    })  # fmt: skip

    only = reading.articles[0]
    assert [a.title for a in reading.articles] == ["Warp a loom"] and "5adea18" not in only.markdown
    assert only.markdown.count("Mind the reed.") == 1 and "!!! warning\n    Mind the reed." in only.markdown
    for words in ("Due 2024-05-06", "*Forty ends*", "[x] Wind it", "LOOM-7 kept", "[plan.pdf]("):
        assert words in only.markdown, only.markdown
    assert "panel-type" not in only.markdown and [s.page.links[0].href is not None for s in reading.sources] == [True]


def test_a_confluence_page_as_html_comes_without_its_frame(tmp_path: Path) -> None:
    def page(title: str, main: str) -> str:
        return (
            f'<!DOCTYPE html><html><head><title>Weaving : {title}</title></head><body class="theme-default aui-theme-default">'
            '<div id="page"><div id="main" class="aui-page-panel"><div id="main-header"><div id="breadcrumb-section">'
            '<ol id="breadcrumbs"><li class="first"><span><a href="index.html">Weaving</a></span></li></ol></div>'
            f'<h1 id="title-heading" class="pagetitle"><span id="title-text">Weaving : {title}</span></h1></div>'
            '<div id="content" class="view"><div class="page-metadata">Created by <span class="author"> Ada L.</span>, last'
            f' modified on 26 Mar, 2021</div><div id="main-content" class="wiki-content group">{main}</div>'
            '<div class="pageSection group"><div class="pageSectionHeader"><h2 id="attachments" class="pageSectionTitle">'
            'Attachments:</h2></div><div class="greybox"><img src="images/icons/bullet_blue.gif"/> <a href="attachments/12/77.png">'
            'warp.png</a> (image/png)</div></div></div></div><div id="footer"><section class="footer-body"><p>Document generated by'
            " Confluence on Mar 26, 2021 11:14</p></section></div></div></body></html>"
        )

    warp = (
        '<div class="toc-macro client-side-toc-macro"></div><h2 id="Warp-Endsand picks">Ends and picks</h2>'
        '<div class="columnLayout two-equal"><div class="cell normal"><div class="innerCell"><p>Left.</p></div></div></div>'
        '<div id="expander-1" class="expand-container"><div class="expand-control"><span class="expand-control-icon"></span>'
        '<span class="expand-control-text">Why forty</span></div><div class="expand-content"><p>It fits.</p></div></div>'
        '<div class="expand-container"><div class="expand-control">Click here</div><div class="expand-content"><p>More of it.</p></div></div>'
        '<div class="code panel pdl" style="border-width: 1px;"><div class="codeContent panelContent pdl">'
        '<pre class="syntaxhighlighter-pre" data-syntaxhighlighter-params="brush: bash; gutter: false">warp --ends 40</pre></div></div>'
        '<p><span class="confluence-embedded-file-wrapper"><img class="confluence-embedded-image" src="attachments/12/77.png?width=340"'
        ' data-image-src="attachments/12/77.png" alt="Warp"></span> <span class="status-macro aui-lozenge">READY</span></p>'
        '<ul class="inline-task-list"><li class="checked" data-inline-task-id="1">Wound</li><li data-inline-task-id="2">Cut</li></ul>'
    )
    folder, _, reading = imported(tmp_path, {
        "index.html": '<html><body><div class="pageSection"><h2>Space Details:</h2><table class="confluenceTable"><tr><th>Key</th>'
        '<td>WEAVE</td></tr></table></div><div class="pageSection"><h2>Available Pages:</h2><ul><li><a href="Home_10.html">Home</a>'
        '<img src="images/icons/contenttypes/home_page_16.png"/><ul><li><a href="Warp_12.html">Warp</a></li><li><a href="13.html">織</a>'
        "</li></ul></li></ul></div></body></html>",
        "Home_10.html": page("Home", '<p>Begin with <a href="Warp_12.html#Warp-Endsand picks">the ends</a> or <a href="13.html">織</a>.</p>'),
        "Warp_12.html": page("Warp", warp),
        "13.html": page("織", "<p>Weaving, in one sign.</p>"),
        "attachments/12/77.png": sources.PNG,
    })  # fmt: skip

    text = text_of(folder, "en/warp.md")
    for words in ("## Ends and picks {#", '??? note "Why forty"', "It fits.", "More of it.", "```bash\nwarp --ends 40\n```", "READY",
                  "[x] Wound", "[ ] Cut", "author: Ada L.", "2021-03-26"):  # fmt: skip
        assert words in text, text
    assert "Attachments" not in text and "generated by" not in text and "Created by" not in text
    links = [link for source in reading.sources for link in source.page.links]
    assert len(reading.articles) == 3 and [link.href for link in links if link.href is None] == []
    assert any(link.fragment and link.fragment in article(reading, "warp").html for link in links)


def test_contacts_in_the_header_stand_below_an_eleventy_page_where_links_lead(tmp_path: Path) -> None:
    folder, _, reading = imported(tmp_path, {
        "eleventy.config.js": "module.exports = () => ({ dir: { input: 'pages' } });",
        "pages/camp.md": "---\ntitle: Camp\nquestions:\n  - tents\n  - camp@example.org\n  - text: Office hours\n    url: https://cal.example/x\n---\n\nPegs.\n",
        "pages/faq.md": "---\ntitle: FAQ\nquestions:\n  - How many pegs are there?\n---\n\nAsk [us](/camp/#questions).\n",
    })  # fmt: skip

    assert text_of(folder, "en/camp.md").endswith(
        "Pegs.\n\n## Questions\n\n- \\#tents\n- <camp@example.org>\n- [Office hours](https://cal.example/x)\n"
    )
    assert "## Questions" not in text_of(folder, "en/faq.md")
    assert [link.fragment for s in reading.sources for link in s.page.links if link.fragment] == ["questions"]


@pytest.mark.parametrize("settings", ["eleventy.config.js", "_config.yml"])
def test_what_templates_show_as_written_is_shown_so_in_code(settings: str, tmp_path: Path) -> None:
    code = '```\n{% raw %}{% image "tent.png" %}\n{{ tents }}{% endraw %}\n```\n\nWrite `{%- raw -%}{{ tents }}{% endraw %}`.\n'
    folder, _, _ = imported(tmp_path, {settings: "", "camp.md": f"---\ntitle: Camp\n---\n\nPegs.\n\n{code}"})
    written = text_of(folder, "en/camp.md")
    assert '```\n{% image "tent.png" %}\n{{ tents }}\n```' in written
    assert "`{{ tents }}`" in written


def test_a_page_of_abbreviations_only_is_no_article(tmp_path: Path) -> None:
    _, _, reading = imported(tmp_path, {
        "mkdocs.yml": "site_name: Bread\n", "docs/index.md": "# Bread\n\nWith HTML.\n",
        "docs/abbreviations.md": "*[HTML]: Hyper Text\n*[CSS]: Style\n",
    })  # fmt: skip
    assert [a.title for a in reading.articles] == ["Bread"]
