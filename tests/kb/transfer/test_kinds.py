"""Each kind of source: it is recognised by its files, and what it says arrives as clean articles."""

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


def test_a_mkdocs_section_without_a_title_has_that_of_its_first_page(tmp_path: Path) -> None:
    nav = "nav:\n  - index.md\n  - '':\n      - baking/rest.md\n      - baking/knead.md\n"

    folder, _, _ = imported(tmp_path, {**sources.MKDOCS, "mkdocs.yml": nav})

    assert "title: Let it rest" in text_of(folder, "en/let-it-rest/_category_.yml")


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
