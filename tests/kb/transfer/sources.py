"""Small sources in the shape each tool keeps or exports them; the words are our own."""

# ruff: noqa: E501 - lines as the tools write them

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kb.transfer.service import look

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc33"
    "0000000049454e44ae426082"
)


def write_files(root: Path, files: Mapping[str, str | bytes | object]) -> Path:
    """Each file below the folder: text, bytes, or anything else as JSON."""
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return root


def bring_in(source: Path, folder: Path, **options: Any) -> dict[str, Any]:
    """Import, and the report as JSON has it."""
    with look(source, folder, **options) as found:
        report = found.report.to_json()
        found.write()
    return report


def tree_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but what the import remembers."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.relative_to(folder).as_posix().startswith("_import/")
    }


def text_of(folder: Path, path: str) -> str:
    return (folder / path).read_text(encoding="utf-8")


DOCUSAURUS: dict[str, Any] = {
    "docusaurus.config.js": "module.exports = {url: 'https://kites.example', baseUrl: '/', presets: [['classic', {}]]};",
    "sidebars.js": """// order of the pages
module.exports = {
  main: ['intro', {type: 'category', label: 'Flying a kite', items: ['flying/launch', 'flying/land'],},],
};""",
    "docs/intro.md": "---\ntitle: Welcome\nslug: /\n---\n\nSee [how to launch](./flying/launch.md#wind) and [landing](/docs/flying/land).\n",
    "docs/flying/01-launch.mdx": (
        "---\ntitle: Launch\ntags: [wind]\nsidebar_label: Up\nlast_update: {date: 2024-05-01, author: Ada}\n---\n"
        "import Tabs from '@theme/Tabs';\n\n## Wind\n\n:::tip Good to know\n\nFrom behind.\n\n:::\n\n"
        "![A kite](/img/kite.png)\n"
    ),
    "docs/flying/02-land.md": "---\ntitle: Land\ndraft: true\n---\n\nSlowly.\n",
    "static/img/kite.png": PNG,
    "static/img/unused.png": PNG,
    "i18n/tr/docusaurus-plugin-content-docs/current/flying/01-launch.mdx": "---\ntitle: Havalandırma\n---\n\nRüzgâr arkadan.\n",
    "README.md": "# About this repository\n",
}
MKDOCS: dict[str, Any] = {
    "mkdocs.yml": (
        "site_name: Bread\nsite_url: https://bread.example/book/\n"
        "markdown_extensions:\n  - pymdownx.emoji:\n      emoji_index: !!python/name:material.extensions.emoji.twemoji\n"
        "nav:\n  - Home: index.md\n  - Baking:\n      - Knead: baking/knead.md\n      - baking/rest.md\n"
        "plugins:\n  - redirects:\n      redirect_maps:\n        'old/kneading.md': baking/knead.md\n"
    ),
    "docs/index.md": "# Bread at home\n\nBegin with [kneading](baking/knead.md).\n",
    "docs/baking/knead.md": "# Knead\n\n!!! note\n    Ten minutes.\n\n![Dough](../img/dough.png)\n\nThen [rest](rest.md#how-long).\n",
    "docs/baking/rest.md": "# Let it rest\n\n## How long\n\nAn hour.\n",
    "docs/img/dough.png": PNG,
}
HUGO: dict[str, Any] = {
    "hugo.toml": 'baseURL = "https://tea.example/"\n',
    "content/guides/_index.md": "+++\ntitle = 'Guides'\nweight = 3\n+++\n",
    "content/guides/brew.md": (
        '+++\ntitle = "Brew a pot"\ndate = 2023-02-03\nweight = 2\naliases = ["/old/brew"]\ntags = ["pot"]\n+++\n\n'
        "{{< hint info >}}\nWarm the pot.\n{{< /hint >}}\n\n![Pot](/img/pot.png)\n"
    ),
    "content/guides/steep.md": "---\ntitle: Steep\nweight: 1\n---\n\nAfter [brewing](../brew/).\n",
    "static/img/pot.png": PNG,
}
JEKYLL: dict[str, Any] = {
    "_config.yml": "title: Bees\nurl: https://bees.example\nproduct: Hive 3\ncollections:\n  docs:\n    output: true\n",
    "_data/navigation.yml": "docs:\n  - title: Care\n    children:\n      - title: Feeding\n        url: /docs/feeding/\n",
    "_docs/feeding.md": "---\ntitle: Feeding\npermalink: /docs/feeding/\nredirect_from:\n  - /feed/\n---\n\nFor {{ site.product }}.\n",
    "_posts/2022-03-04-swarm.md": "---\ntitle: A swarm\npublished: false\n---\n\nThey moved.\n",
}
GITBOOK: dict[str, Any] = {
    "SUMMARY.md": "# Table of contents\n\n* [Hello](README.md)\n\n## Boats\n\n* [Sails](boats/sails.md)\n  * [Jib](boats/jib.md)\n",
    "README.md": "---\ndescription: A book on boats\n---\n\n# Hello\n\nSee [sails](boats/sails.md).\n",
    "boats/sails.md": '# Sails\n\n{% hint style="warning" %}\nMind the boom.\n{% endhint %}\n\n![](../.gitbook/assets/sail.png)\n',
    "boats/jib.md": "# Jib\n\nIn front.\n",
    ".gitbook/assets/sail.png": PNG,
}
MINTLIFY: dict[str, Any] = {
    "docs.json": {
        "$schema": "https://mintlify.com/docs.json",
        "navigation": {"tabs": [{"tab": "Guides", "groups": [{"group": "Start", "pages": ["start", "more/second"]}]}]},
        "redirects": [{"source": "/begin", "destination": "/start"}],
    },
    "start.mdx": "---\ntitle: Start here\ndescription: The first steps\n---\n\n<Note>\n  Read this.\n</Note>\n\n[Next](/more/second)\n",
    "more/second.mdx": '---\ntitle: The second\n---\n\n<img src="/images/a.png" alt="A" />\n',
    "images/a.png": PNG,
}
OBSIDIAN: dict[str, Any] = {
    ".obsidian/app.json": "{}",
    "Garden/Roses.md": "---\ntags: [plants]\n---\n\nCut them as in [[Pruning]]. ![[rose.png]]\n",
    "Garden/Pruning.md": "---\npublish: false\n---\n\n> [!warning] Sharp\n> Wear gloves.\n",
    "files/rose.png": PNG,
}
ELEVENTY: dict[str, Any] = {
    "eleventy.config.js": "module.exports = () => ({ dir: { input: 'pages' } });",
    "pages/index.md": "---\ntitle: Home\n---\n\n[Tents]({{ '/camp/tents/' | url }})\n",
    "pages/camp/tents.md": "---\ntitle: Tents\nredirect_from: [/shelter/]\n---\n\n{% if x %}Pegs{% endif %} first.\n",
    "pages/camp/elsewhere.md": "---\ntitle: Elsewhere\nredirect_to: https://other.example/camp\n---\n",
}
GITHUB_DOCS: dict[str, Any] = {
    "content/index.md": "---\ntitle: Docs\nchildren:\n  - start\n---\n",
    "content/start/index.md": "---\ntitle: Get going\nchildren:\n  - /account\n---\n",
    "content/start/account.md": (
        "---\ntitle: Your account\nintro: 'How to sign in'\nredirect_from:\n  - /articles/account\n---\n\n"
        "{% data reusables.sign.in %}\n\nOpen {% data variables.product.name %}.\n"
    ),
    "data/reusables/sign/in.md": "Press **Sign in**.",
    "data/variables/product.yml": "name: Widgets\n",
}
ZENDESK: dict[str, Any] = {
    "articles.json": {"count": 2, "next_page": None, "articles": [
        {"id": 101, "html_url": "https://help.shoes.example/hc/en-us/articles/101-Clean-your-shoes", "author_id": 7,
         "draft": False, "promoted": False, "position": 2, "section_id": 11, "created_at": "2021-01-02T03:04:05Z",
         "updated_at": "2023-01-02T03:04:05Z", "edited_at": "2022-06-07T00:00:00Z", "title": "Clean your shoes",
         "name": "Clean your shoes", "source_locale": "en-us", "locale": "en-us", "label_names": ["care"],
         "user_segment_id": None,
         "body": "<p>Use a <strong>brush</strong>, see <a href=\"https://help.shoes.example/hc/en-us/articles/102\">laces</a>.</p>"
                 "<p><img src=\"https://help.shoes.example/hc/article_attachments/9001/brush.png\" alt=\"A brush\"></p>"},
        {"id": 102, "html_url": "https://help.shoes.example/hc/en-us/articles/102-Tie-laces", "draft": True, "position": 1,
         "section_id": 12, "title": "Tie laces", "locale": "en-us", "source_locale": "en-us", "label_names": [],
         "user_segment_id": None, "body": "<ol><li>Cross<ul><li>left over right</li></ul></li><li>Pull</li></ol>"},
    ]},
    "sections.json": {"sections": [
        {"id": 11, "name": "Care", "category_id": 1, "position": 1, "locale": "en-us", "description": "Keep them well"},
        {"id": 12, "name": "Laces", "category_id": 1, "parent_section_id": 11, "position": 0, "locale": "en-us"},
    ]},
    "categories.json": {"categories": [{"id": 1, "name": "Shoes", "position": 0, "locale": "en-us"}]},
    "translations-101.json": {"translations": [
        {"id": 5, "source_id": 101, "source_type": "Article", "locale": "tr", "title": "Ayakkabı temizliği",
         "body": "<p>Fırça kullanın.</p>", "draft": False, "hidden": False, "updated_at": "2023-02-03T00:00:00Z"},
    ]},
    "users.json": {"users": [{"id": 7, "name": "Ada L."}]},
    "article_attachments.json": {"article_attachments": [
        {"id": 9001, "article_id": 101, "file_name": "brush.png", "inline": True,
         "content_url": "https://help.shoes.example/hc/article_attachments/9001/brush.png"}]},
    "attachments/9001-brush.png": PNG,
}  # fmt: skip
INTERCOM: dict[str, Any] = {
    "articles.json": {"type": "list", "total_count": 1, "data": [
        {"id": "39", "type": "article", "workspace_id": "w1", "parent_id": 145, "parent_type": "collection", "author_id": 9,
         "title": "Mend a tent", "description": "With tape", "state": "published", "created_at": 1700000000,
         "updated_at": 1710000000, "url": "https://help.tents.example/en/articles/39-mend-a-tent", "default_locale": "en",
         "body": "<div class=\"intercom-interblocks-callout\"><p>Dry it first.</p></div><p>Press.</p>",
         "translated_content": {"type": "article_translated_content", "tr": {
             "type": "article_content", "title": "Çadır onarımı", "body": "<p>Bastırın.</p>", "state": "draft",
             "url": "https://help.tents.example/tr/articles/39-cadir"}}}]},
    "collections.json": {"type": "list", "data": [
        {"id": "145", "workspace_id": "w1", "type": "collection", "name": "Repairs", "order": 3, "description": "Mending"}]},
}  # fmt: skip
HELPSCOUT: dict[str, Any] = {
    "collections.json": {"collections": {"page": 1, "items": [
        {"id": "c1", "slug": "manual", "name": "Manual", "visibility": "public", "order": 1}]}},
    "categories.json": {"categories": {"page": 1, "items": [
        {"id": "k1", "slug": "lamps", "name": "Lamps", "collectionId": "c1", "order": 2, "description": "Light"}]}},
    "articles/a1.json": {"article": {
        "id": "a1", "number": 12, "collectionId": "c1", "slug": "change-the-bulb", "status": "published", "hasDraft": False,
        "name": "Change the bulb", "categories": ["k1"], "keywords": ["bulb"], "createdAt": "2020-05-06T00:00:00Z",
        "publicUrl": "https://lamps.helpscoutdocs.example/article/12-change-the-bulb",
        "text": "<section class=\"callout-yellow\"><p>Let it cool.</p></section><table><tr><td>Old</td><td>New</td></tr></table>"}},
}  # fmt: skip
FRESHDESK: dict[str, Any] = {
    "categories.json": [{"id": 1, "name": "Bikes", "description": "All of them", "visible_in_portals": [5]}],
    "folders.json": [{"id": 2, "name": "Brakes", "description": "Stop", "visibility": 1, "category_id": 1},
                     {"id": 3, "name": "Staff", "visibility": 3, "category_id": 1}],
    "articles.json": [
        {"id": 900, "type": 1, "status": 2, "folder_id": 2, "category_id": 1, "agent_id": 4, "title": "Adjust brakes",
         "tags": ["pads"], "description": "<p>Turn the <em>barrel</em>.</p>", "description_text": "Turn the barrel.",
         "created_at": "2019-01-01T10:00:00Z", "updated_at": "2020-01-01T10:00:00Z",
         "seo_data": {"meta_description": "Brakes that grip"}},
        {"id": 901, "type": 1, "status": 2, "folder_id": 3, "category_id": 1, "title": "Prices we pay",
         "description": "<p>Secret.</p>", "tags": []}],
}  # fmt: skip
WORDPRESS: dict[str, Any] = {
    "export.xml": """<?xml version="1.0" encoding="UTF-8" ?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:wp="http://wordpress.org/export/1.2/">
<channel><wp:wxr_version>1.2</wp:wxr_version><wp:base_site_url>https://pots.example</wp:base_site_url>
<wp:category><wp:category_nicename><![CDATA[glaze]]></wp:category_nicename><wp:cat_name><![CDATA[Glazing]]></wp:cat_name></wp:category>
<item><title>Mix &amp; glaze</title><link>https://pots.example/2020/mix-glaze/</link><dc:creator><![CDATA[ada]]></dc:creator>
<content:encoded><![CDATA[<!-- wp:paragraph -->
<p>Stir. <img src="https://pots.example/wp-content/uploads/2020/01/bowl.png" alt="Bowl"/></p>
<!-- /wp:paragraph -->
[caption id="x"]A bowl[/caption]]]></content:encoded><excerpt:encoded><![CDATA[How to stir]]></excerpt:encoded>
<wp:post_id>21</wp:post_id><wp:post_date>2020-02-03 10:00:00</wp:post_date><wp:post_modified>2021-02-03 10:00:00</wp:post_modified>
<wp:post_name>mix-glaze</wp:post_name><wp:status>publish</wp:status><wp:post_type>post</wp:post_type><wp:menu_order>0</wp:menu_order>
<category domain="category" nicename="glaze"><![CDATA[Glazing]]></category>
<category domain="post_tag" nicename="clay"><![CDATA[Clay]]></category></item>
<item><title>Notes</title><link>https://pots.example/?p=22</link><content:encoded><![CDATA[One line.

Another <b>line</b>.]]></content:encoded><wp:post_id>22</wp:post_id><wp:post_name></wp:post_name>
<wp:status>draft</wp:status><wp:post_type>post</wp:post_type></item>
<item><title>Menu</title><wp:post_id>23</wp:post_id><wp:status>publish</wp:status><wp:post_type>nav_menu_item</wp:post_type></item>
</channel></rss>""",
    "uploads/2020/01/bowl.png": PNG,
}
CONFLUENCE_XML: dict[str, Any] = {
    "entities.xml": """<?xml version="1.0" encoding="UTF-8"?>
<hibernate-generic datetime="2024-01-01 00:00:00">
<object class="Space" package="com.atlassian.confluence.spaces"><id name="id">1</id>
<property name="homePage" class="Page"><id name="id">10</id></property></object>
<object class="Page" package="com.atlassian.confluence.pages"><id name="id">10</id>
<property name="title"><![CDATA[Home]]></property><property name="contentStatus"><![CDATA[current]]></property></object>
<object class="Page" package="com.atlassian.confluence.pages"><id name="id">11</id>
<property name="title"><![CDATA[Looms]]></property><property name="position">1</property>
<property name="parent" class="Page"><id name="id">10</id></property><property name="contentStatus"><![CDATA[current]]></property></object>
<object class="Page" package="com.atlassian.confluence.pages"><id name="id">12</id>
<property name="title"><![CDATA[Thread a loom]]></property><property name="creationDate">2022-03-04 05:06:07.000</property>
<property name="lastModificationDate">2023-03-04 05:06:07.000</property>
<property name="parent" class="Page"><id name="id">11</id></property><property name="contentStatus"><![CDATA[current]]></property></object>
<object class="Page" package="com.atlassian.confluence.pages"><id name="id">13</id>
<property name="title"><![CDATA[Thread a loom]]></property><property name="originalVersion" class="Page"><id name="id">12</id></property></object>
<object class="BodyContent" package="com.atlassian.confluence.core"><id name="id">50</id>
<property name="body"><![CDATA[<p>Take the&nbsp;yarn, see <ac:link><ri:page ri:content-title="Looms" /></ac:link>.</p>
<ac:structured-macro ac:name="warning"><ac:parameter ac:name="title">Fingers</ac:parameter><ac:rich-text-body><p>Mind them.</p></ac:rich-text-body></ac:structured-macro>
<ac:structured-macro ac:name="code"><ac:parameter ac:name="language">python</ac:parameter><ac:plain-text-body><![CDATA[print("a < b")]]]]><![CDATA[></ac:plain-text-body></ac:structured-macro>
<ac:image ac:alt="Yarn"><ri:attachment ri:filename="yarn.png" /></ac:image>]]></property>
<property name="content" class="Page"><id name="id">12</id></property></object>
<object class="Attachment" package="com.atlassian.confluence.pages"><id name="id">77</id>
<property name="title"><![CDATA[yarn.png]]></property><property name="containerContent" class="Page"><id name="id">12</id></property></object>
<object class="Label" package="com.atlassian.confluence.labels"><id name="id">90</id><property name="name"><![CDATA[weaving]]></property></object>
<object class="Labelling" package="com.atlassian.confluence.labels"><id name="id">91</id>
<property name="label" class="Label"><id name="id">90</id></property><property name="content" class="Page"><id name="id">12</id></property></object>
</hibernate-generic>""",
    "attachments/12/77/1": PNG,
}
CONFLUENCE_HTML: dict[str, Any] = {
    "index.html": (
        '<html><head><title>Weaving</title></head><body><div class="wiki-content"><ul><li><a href="Home_10.html">Home</a><ul>'
        '<li><a href="Looms_11.html">Looms</a><ul><li><a href="Thread_12.html">Thread</a></li></ul></li></ul></li></ul></div>'
        "</body></html>"
    ),
    "Home_10.html": '<html><body><h1 id="title-heading"><span id="title-text">Weaving : Home</span></h1>'
    '<div id="main-content" class="wiki-content"><p>Hello there, weavers of the world.</p></div></body></html>',
    "Looms_11.html": '<html><body><span id="title-text">Weaving : Looms</span><div id="main-content" class="wiki-content">'
    "<p>All looms.</p></div></body></html>",
    "Thread_12.html": (
        '<html><body><span id="title-text">Weaving : Thread</span><div class="page-metadata">Created by <span class="author">'
        ' Ada</span>, last modified on Mar 04, 2023</div><div id="main-content" class="wiki-content"><p>See '
        '<a href="Looms_11.html">looms</a>.</p><div class="confluence-information-macro confluence-information-macro-tip">'
        '<div class="confluence-information-macro-body"><p>Breathe.</p></div></div>'
        '<img src="attachments/12/77.png?version=1" data-image-src="attachments/12/77.png?version=1" alt="Yarn"></div></body></html>'
    ),
    "attachments/12/77.png": PNG,
}
HTML: dict[str, Any] = {
    "en/care/wash.html": (
        '<!doctype html><html lang="en"><head><title>Wash | Shop</title><meta name="description" content="How to wash">'
        '<link rel="canonical" href="https://wool.example/care/wash"></head><body><nav>Menu</nav><main><h1>Wash wool</h1>'
        '<p>Cold water. See <a href="dry.html">drying</a> and <img src="../../img/tub.png" alt="Tub"></p>'
        '<pre><code class="language-sh">wash --cold</code></pre></main><footer>Imprint</footer></body></html>'
    ),
    "en/care/dry.html": '<html lang="en"><body><article><h1>Dry wool</h1><p>Lay it flat on a towel, never hang it up.</p></article></body></html>',
    "img/tub.png": PNG,
}
FOLDER: dict[str, Any] = {
    "en/garden/plant.md": "---\ntitle: Plant\nquestions: [how deep]\n---\n\n[Water](water.md) ![Seed](seed.png)\n",
    "en/garden/water.md": "# Water\n\nDaily, `[not](a-link.md)`.\n",
    "en/garden/seed.png": PNG,
    "tr/garden/plant.md": "---\ntitle: Ekim\n---\n\nDerine.\n",
}
ALL: dict[str, dict[str, Any]] = {
    "docusaurus": DOCUSAURUS, "mkdocs": MKDOCS, "hugo": HUGO, "jekyll": JEKYLL, "gitbook": GITBOOK, "mintlify": MINTLIFY,
    "obsidian": OBSIDIAN, "eleventy": ELEVENTY, "github-docs": GITHUB_DOCS, "zendesk": ZENDESK, "intercom": INTERCOM,
    "helpscout": HELPSCOUT, "freshdesk": FRESHDESK, "wordpress": WORDPRESS, "confluence": CONFLUENCE_XML, "html": HTML,
    "folder": FOLDER,
}  # fmt: skip
