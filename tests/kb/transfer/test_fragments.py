"""What links of other articles lead to keeps its id, in every kind whose articles are HTML."""

# ruff: noqa: E501 - lines as the tools write them

import json
from pathlib import Path
from typing import Any

import pytest

from kb.source.folder_reader import read_folder
from kb.transfer.fragments import fragments_of
from kb.transfer.html_markdown import to_markdown
from tests.kb.transfer.sources import bring_in, write_files

TARGET = (
    "<p>Before.</p><h2 id='part-7'>The <b>seventh</b> part</h2><p>Text.</p><p><a name='note_1'></a>A note.</p>"
    "<table><tr id='row'><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table><h2 id='unlinked'>Last</h2>"
)
LINKS = ("part-7", "note_1", "row")


def linking(address: str) -> str:
    return "<p>See " + ", ".join(f'<a href="{address}#{name}">{name}</a>' for name in LINKS) + ".</p>"


def _helpscout() -> dict[str, Any]:
    def article(number: str, text: str) -> dict[str, Any]:
        return {"article": {
            "id": number, "number": number[1:], "collectionId": "c1", "slug": f"slug-{number}", "status": "published",
            "name": f"Name {number}", "categories": [], "publicUrl": f"https://h.example/article/{number[1:]}-slug-{number}",
            "text": text}}  # fmt: skip

    return {
        "a.json": article("a1", TARGET), "b.json": article("a2", linking("https://h.example/article/1-slug-a1")),
        "collections.json": {"collections": {"items": [{"id": "c1", "name": "All", "visibility": "public"}]}},
    }  # fmt: skip


def _freshdesk() -> dict[str, Any]:
    row = {"type": 1, "status": 2, "folder_id": 2, "category_id": 1, "tags": []}
    return {
        "categories.json": [{"id": 1, "name": "One", "description": "", "visible_in_portals": []}],
        "folders.json": [{"id": 2, "name": "Two", "visibility": 1, "category_id": 1}],
        "articles.json": [
            {**row, "id": 900, "title": "Target", "description": TARGET},
            {**row, "id": 901, "title": "Linking", "description": linking("/support/solutions/articles/900-target")},
        ],
    }


def _wordpress() -> dict[str, Any]:
    def item(number: int, name: str, body: str) -> str:
        return (
            f"<item><title>{name}</title><link>https://w.example/{name}/</link><content:encoded><![CDATA[{body}]]>"
            f"</content:encoded><wp:post_id>{number}</wp:post_id><wp:post_name>{name}</wp:post_name>"
            "<wp:status>publish</wp:status><wp:post_type>page</wp:post_type></item>"
        )

    return {
        "export.xml": '<?xml version="1.0"?><rss xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:wp="http://wordpress.org/export/1.2/"><channel><wp:base_site_url>https://w.example</wp:base_site_url>'
        f"{item(1, 'target', TARGET)}{item(2, 'linking', linking('https://w.example/target/'))}</channel></rss>"
    }


def _html() -> dict[str, Any]:
    return {
        "a/target.html": f"<html><body><main><h1>Target</h1>{TARGET}</main></body></html>",
        "b/linking.html": f"<html><body><main><h1>Linking</h1>{linking('../a/target.html')}<p>And more.</p></main></body></html>",
    }


def _confluence() -> dict[str, Any]:
    def page(title: str, body: str) -> str:
        return (
            f'<html><body><span id="title-text">Space : {title}</span><div id="main-content" class="wiki-content">'
            f"{body}</div></body></html>"
        )

    return {
        "index.html": '<html><body><div class="wiki-content"><ul><li><a href="Target_1.html">Target</a></li>'
        '<li><a href="Linking_2.html">Linking</a></li></ul></div></body></html>',
        "Target_1.html": page("Target", TARGET),
        "Linking_2.html": page("Linking", linking("Target_1.html")),
    }


def _storage() -> dict[str, Any]:
    target = (
        '<h2><ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">part-7</ac:parameter>'
        "</ac:structured-macro>Seventh</h2><p>Text.</p>"
        '<p><ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">note_1</ac:parameter>'
        "</ac:structured-macro>A note.</p><p id='row'>Row</p>"
    )
    links = "".join(
        f'<p><ac:link ac:anchor="{name}"><ri:page ri:content-title="Target" /><ac:link-body>x</ac:link-body></ac:link></p>'
        for name in LINKS
    )
    pages = "".join(
        f'<object class="Page"><id name="id">{n}</id><property name="title"><![CDATA[{title}]]></property></object>'
        f'<object class="BodyContent"><id name="id">5{n}</id><property name="body"><![CDATA[{body}]]></property>'
        f'<property name="content" class="Page"><id name="id">{n}</id></property></object>'
        for n, title, body in ((1, "Target", target), (2, "Linking", links))
    )
    return {"entities.xml": f'<?xml version="1.0"?><hibernate-generic>{pages}</hibernate-generic>'}


@pytest.mark.parametrize("kind", ["helpscout", "freshdesk", "wordpress", "html", "confluence", "storage"])
def test_an_id_that_another_article_links_to_is_kept(tmp_path: Path, kind: str) -> None:
    source, folder = write_files(tmp_path / "source", globals()[f"_{kind}"]()), tmp_path / "articles"
    folder.mkdir()
    bring_in(source, folder)

    reading = read_folder(folder)
    links = [link for source in reading.sources for link in source.page.links if link.fragment]
    assert [link.fragment for link in links] == list(LINKS)
    target = next(a for a in reading.articles if "A note." in a.html)
    assert all(f'id="{name}"' in target.html for name in LINKS), target.html
    assert "unlinked" not in target.markdown


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ('<a href="/a/b.html?x=1#one">', {"one"}),
        ("<a class=x href='#two%20words'>", {"two words"}),
        (json.dumps('<a href="https://x.example/y#three">'), {"three"}),
        (json.dumps('<a href="https://x.example/y#vier-ä">').replace("/", "\\/").replace("<", "\\u003c"), {"vier-ä"}),
        ("&lt;a href=&quot;/y#five&quot;&gt;", {"five"}),
        ('<ac:link ac:anchor="six &amp; more">', {"six & more"}),
        ("[a](b.md#seven) [b](<c d.md#eight>)", {"seven", "eight"}),
        ('<a href="/no/fragment"> # <p id="x#y">', set()),
    ],
)
def test_fragments_are_found_in_every_form(written: str, named: set[str]) -> None:
    assert fragments_of(written) == named


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ('<section id="x"><h2>Part</h2></section>', "## Part {#x}\n"),
        ('<p><a name="x"></a></p><h3>After</h3>', "### After {#x}\n"),
        ('<h2 id="y"><a id="x"></a>Two</h2>', '<a id="x"></a>\n\n## Two {#y}\n'),
        ('<p>a <span id="x">word</span></p>', 'a <a id="x"></a>word\n'),
        ('<pre id="x">code</pre>', '<a id="x"></a>\n\n```\ncode\n```\n'),
        ('<h2 id="x">A</h2><h2 id="x">B</h2>', "## A {#x}\n\n## B\n"),
        ('<p id="&quot;><script>">a</p>', "a\n"),
        ('<p id="other">a</p>', "a\n"),
    ],
)
def test_an_id_stands_where_a_reader_would_look(html: str, markdown: str) -> None:
    assert to_markdown(html, {"x", "y", '"><script>'}).markdown.replace('<a id="script"></a>', "") == markdown


def test_items_with_boxes_to_tick_are_tasks() -> None:
    html = '<ul><li><input type="checkbox" checked disabled> Wound</li><li><p><input type="checkbox"> Cut</p></li><li>Plain</li></ul>'
    assert to_markdown(html).markdown.split() == ["-", "[x]", "Wound", "-", "[", "]", "Cut", "-", "Plain"]
