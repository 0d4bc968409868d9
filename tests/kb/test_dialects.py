"""Articles as authors of other tools write them are read as this renderer's Markdown; nothing of their text is lost."""

import re
import tarfile
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kb.findings import Severity
from kb.markup.dialects.context import Context
from kb.markup.dialects.figures import with_figures
from kb.markup.dialects.reader import clean_words, read_dialects
from kb.markup.links import LinkTargets, Resolver
from kb.markup.markdown import Converter
from kb.markup.page import read_page
from kb.markup.quote import quotes_of
from kb.models import PassageKind
from kb.passages import passages_of
from kb.source import frontmatter
from kb.source.folder_reader import ReadingCache, read_folder
from tests.kb.conftest import WriteFile
from tests.kb.test_sanitising import PAYLOADS
from tests.kb.test_sanitising import _Auditor as Auditor

MDX = Context("guide/page.mdx")
PLAIN = Context()


def lines_of(text: str, context: Context = PLAIN) -> list[str]:
    """The lines that are read from a text, without blank ones."""
    return [line for line in read_dialects(text, context).text.split("\n") if line.strip()]


def kinds(text: str, context: Context = PLAIN) -> list[tuple[str, str, int, int]]:
    return [(note.code, note.kind, note.line, note.count) for note in read_dialects(text, context).notes]


# --- boxes ---

BOXES = {
    ":::note\nMind the lid.\n:::": "!!! note",
    ":::note[Hot water]\nMind the lid.\n:::": '!!! note "Hot water"',
    ":::warning Hot water\nMind the lid.\n:::": '!!! warning "Hot water"',
    "::: tip\nMind the lid.\n:::": "!!! tip",
    ":::{note} Hot water\nMind the lid.\n:::": '!!! note "Hot water"',
    ":::tip[Say \"hot\"]{#id .x}\nMind the lid.\n:::": '!!! tip "Say “hot”"',
    "/// note | Hot water\nMind the lid.\n///": '!!! note "Hot water"',
    "/// danger\nMind the lid.\n///": "!!! danger",
    "/// admonition | Hot water\n    type: warning\n\nMind the lid.\n///": '!!! warning "Hot water"',
    '{% hint style="info" %}\nMind the lid.\n{% endhint %}': "!!! info",
    "{% hint style='danger' %}Mind the lid.{% endhint %}": "!!! danger",
    '{% alert "Hot water", "warning" %}\nMind the lid.\n{% endalert %}': '!!! warning "Hot water"',
    "{% note %}\nMind the lid.\n{% endnote %}": "!!! note",
    "{{< hint warning >}}\nMind the lid.\n{{< /hint >}}": "!!! warning",
    '{{% notice tip "Hot water" %}}\nMind the lid.\n{{% /notice %}}': '!!! tip "Hot water"',
    '{{< callout type="error" >}}\nMind the lid.\n{{< /callout >}}': "!!! error",
    "<Note>\nMind the lid.\n</Note>": "!!! note",
    "<Warning>Mind the lid.</Warning>": "!!! warning",
    "<Check>\n  Mind the lid.\n</Check>": "!!! success",
    '<Callout type="warning" title="Hot water">\n    Mind the lid.\n</Callout>': '!!! warning "Hot water"',
    '<Accordion title="Hot water">\n  Mind the lid.\n</Accordion>': '??? "Hot water"',
    '<Expandable title="Hot water" defaultOpen>\nMind the lid.\n</Expandable>': '???+ "Hot water"',
    ":::details Hot water\nMind the lid.\n:::": '??? "Hot water"',
    "/// details | Hot water\n    open: True\nMind the lid.\n///": '???+ "Hot water"',
    '{{< details "Hot water" >}}\nMind the lid.\n{{< /details >}}': '??? "Hot water"',
    '<Tab title="Hot water">Mind the lid.</Tab>': '=== "Hot water"',
    "{: .warning }\nMind the lid.": "!!! warning",
    "{: .note-title }\n> Hot water\n>\n> Mind the lid.": '!!! note "Hot water"',
    '{% alert %}Mind the lid.{% endalert %}': "!!! info",
}  # fmt: skip


@pytest.mark.parametrize("written", BOXES)
def test_a_box_of_another_tool_is_a_box(written: str) -> None:
    assert lines_of(f"Before.\n\n{written}\n\nAfter.") == ["Before.", BOXES[written], "    Mind the lid.", "After."]
    assert kinds(written) == []


def test_boxes_stand_in_boxes_in_lists_and_in_quotations() -> None:
    nested = "::::note Outer\nOne.\n\n:::tip\nTwo.\n:::\n\nThree.\n::::\n\nFour."
    assert lines_of(nested) == [
        '!!! note "Outer"', "    One.", "    !!! tip", "        Two.", "    Three.", "Four.",
    ]  # fmt: skip
    in_list = "1. Fill it\n   <Note>\n   Cold water only.\n   </Note>\n2. Close it"
    assert lines_of(in_list) == ["1. Fill it", "   !!! note", "       Cold water only.", "2. Close it"]
    assert lines_of("- <Tip>Shake it</Tip>\n- Stir it") == ["- !!! tip", "      Shake it", "- Stir it"]
    quoted = "> :::note\n> Cold water only.\n> :::"
    assert lines_of(quoted)[:1] == ["> !!! note"]
    assert ">     Cold water only." in lines_of(quoted)


@pytest.mark.parametrize(
    "written",
    [
        ":::note\nKept",
        "<Note>Kept",
        "{% hint %}Kept",
        "{{< notice >}}Kept",
        "/// note\nKept",
        ":::\nKept",
        "</Note>Kept",
    ],
)
def test_what_is_never_closed_or_never_opened_keeps_its_text(written: str) -> None:
    assert "Kept" in read_dialects(written).text


# --- tabs, steps, cards ---


@pytest.mark.parametrize(
    "written",
    [
        '<Tabs>\n  <Tab title="Kettle">\n    Boil.\n  </Tab>\n  <Tab title="Pot">\n    Heat.\n  </Tab>\n</Tabs>',
        '<Tabs>\n<TabItem value="a" label="Kettle">\n\nBoil.\n\n</TabItem>\n'
        '<TabItem value="Pot">Heat.</TabItem>\n</Tabs>',
        '{% tabs %}\n{% tab title="Kettle" %}\nBoil.\n{% endtab %}\n\n'
        '{% tab title="Pot" %}\nHeat.\n{% endtab %}\n{% endtabs %}',
        '{{< tabs >}}\n{{< tab "Kettle" >}}Boil.{{< /tab >}}\n{{< tab "Pot" >}}Heat.{{< /tab >}}\n{{< /tabs >}}',
        '{{< tabs items="Kettle, Pot" >}}\n{{< tab >}}Boil.{{< /tab >}}\n{{< tab >}}Heat.{{< /tab >}}\n{{< /tabs >}}',
        "//// tab | Kettle\n\nBoil.\n\n////\n\n//// tab | Pot\n\nHeat.\n\n////",
    ],
)
def test_tabs_of_another_tool_are_tabs(written: str) -> None:
    assert lines_of(written) == ['=== "Kettle"', "    Boil.", '=== "Pot"', "    Heat."]
    assert kinds(written) == []


def test_code_blocks_of_a_group_are_tabs_named_as_their_author_did() -> None:
    group = (
        '<CodeGroup>\n```bash npm\nnpm i\n```\n\n```bash title="yarn"\nyarn\n```\n\n```toml\na = 1\n```\n</CodeGroup>'
    )
    found = lines_of(group)
    assert [line for line in found if line.startswith("===")] == ['=== "npm"', '=== "yarn"', '=== "toml"']
    assert "    npm i" in found


def test_code_in_a_component_is_code_where_it_can_be_told() -> None:
    block = "<CodeBlock language=\"html\">{`<a>\n  <b>`}</CodeBlock>\n\n<CodeBlock>{load('x')}</CodeBlock>"
    assert lines_of(block, MDX) == ["```html", "<a>", "  <b>", "```"]
    assert kinds(block, MDX) == [("removed-markup", "MDX expression {…}", 4, 1)]
    assert lines_of("{% highlight ruby %}\nputs {{ a }} `b`\n{% endhighlight %}") == [
        "```ruby", "puts {{ a }} `b`", "```",
    ]  # fmt: skip


def test_steps_are_numbered_and_keep_what_belongs_to_them() -> None:
    steps = (
        '<Steps>\n  <Step title="Fill it">\n    With water.\n\n    ```\n      code\n    ```\n  </Step>\n'
        '  <Step title="Close it">\n    <Warning>Hot.</Warning>\n  </Step>\n</Steps>'
    )
    assert lines_of(steps) == [
        "1. **Fill it**", "    With water.", "    ```", "      code", "    ```",
        "2. **Close it**", "    !!! warning", "        Hot.",
    ]  # fmt: skip


def test_cards_are_a_list_of_links() -> None:
    cards = (
        '<CardGroup cols={2}>\n  <Card title="Brew" icon="cup" href="/brew">\n    Ten steps.\n  </Card>\n'
        '  <Card title="Clean"/>\n</CardGroup>'
    )
    assert lines_of(cards) == ["- **[Brew](/brew)**", "    Ten steps.", "- **Clean**"]


def test_fields_say_what_they_are_called_and_whether_they_are_required() -> None:
    field = '<ParamField path="cup" type="string" required default="big">\n  Its size.\n</ParamField>'
    assert lines_of(field) == ["- **`cup`** (string, required, default `big`)", "    Its size."]
    assert "zorunlu" in read_dialects(field, Context(lang="tr")).text


def test_a_frame_keeps_its_picture_and_caption_and_a_tooltip_its_tip() -> None:
    frame = '<Frame caption="The lid">\n  <img src="lid.png" alt="Lid" />\n</Frame>'
    assert lines_of(frame) == ['<img src="lid.png" alt="Lid" />', "*The lid*"]
    assert lines_of('A <Tooltip tip="the upper half">lid</Tooltip> of steel. <Icon icon="cup" />') == [
        "A lid (the upper half) of steel. "
    ]


# --- templates and MDX ---


def test_mdx_is_taken_out_and_its_text_is_kept() -> None:
    page = (
        "import Promo from '@site/src/Promo';\nimport {\n  A,\n  B,\n} from './parts';\n\n"
        "export const size = 'big';\n\n# Cups\n\nA {size} cup, {props.count} left.{/* internal */}\n\n"
        '<Promo\n  title="Buy"\n  onClick={() => { go(1) }}\n/>\n\n<Layout wide>\n    Inside, **bold**.\n</Layout>\n\n'
        '<img alt="Cup" src={useBaseUrl(\'img/cup.png\')} style={{width: 20}} className="wide" />\n'
    )
    text = read_dialects(page, MDX).text
    assert [line for line in text.split("\n") if line] == [
        "# Cups", "A big cup,  left.", "**Buy**", "Inside, **bold**.",
        '<img alt="Cup" src="/img/cup.png" class="wide">',
    ]  # fmt: skip
    assert kinds(page, MDX) == [
        ("removed-markup", "MDX import", 1, 2),
        ("removed-markup", "MDX export", 7, 1),
        ("removed-markup", "MDX expression {…}", 11, 1),
        ("removed-markup", "<Promo>", 13, 1),
        ("removed-markup", "<Layout>", 18, 1),
    ]


def test_markdown_in_and_below_elements_of_mdx_is_read() -> None:
    page = (
        '* One\n<div class="wide"><img src={cup} alt="Cup" /></div>\n* Two\n\n'
        "<table>\n  <tr>\n    <td>\n      See `x` and [tea](tea.md)\n    </td>\n    <td>Use **it**</td>\n"
        "    <td><b>Plain</b></td>\n  </tr>\n</table>\n\n"
        "<div>\n    Text:\n\n    ```\n      code\n    ```\n</div>\nAfter\n"
    )
    html = Converter().html(read_dialects(page, MDX).text)
    assert html.count("<li>") == 2
    assert '<a href="tea.md">tea</a>' in html and "<strong>it</strong>" in html and "<td><b>Plain</b></td>" in html
    assert "  code" in html and "<p>After</p>" in html and html.count("<pre>") == 1


def test_template_code_is_taken_out_and_its_text_is_kept() -> None:
    page = (
        "{% assign cup = 1 %}\n{% if cup %}Fill **it**{% else %}Leave it{% endif %}.\n\n"
        "{% comment %}never shown{% endcomment %}{# nor this #}\n"
        'Ask {% channel "kitchen" %} or [read]({% page "/tea/green" %}), {{ site.title }}.\n\n'
        "{% for cup in cups %}\n- {{ cup.name }}: full\n{% endfor %}\n"
        "{% raw %}Write {{ cup }} yourself.{% endraw %}"
    )
    text = read_dialects(page).text
    assert [line for line in text.split("\n") if line.strip()] == [
        "Fill **it** / Leave it.", "Ask kitchen or [read](/tea/green), .", r"Write \{{ cup }} yourself.",
    ]  # fmt: skip
    found = {kind for _code, kind, _line, _count in kinds(page)}
    assert found == {"{% assign %}", "{% if %}", "{% else %}", "{% channel %}", "{{ … }}", "{% for %}",
                     "{% for %} with what it repeats"}  # fmt: skip


def test_shortcodes_within_a_text_become_what_they_show() -> None:
    page = (
        '[Tea]({{< ref "tea/green.md" >}}) {{< figure src="cup.png" alt="A cup" caption="Ours" >}}\n\n'
        '{{< youtube abcdefghijk >}}\n\n{{% embed url="https://example.org/x" %}}\n\n'
        '{% embed url="https://www.youtube.com/watch?v=abcdefghijk" %}\n\n{{</* hint */>}}\n'
    )
    assert lines_of(page) == [
        "[Tea](tea/green.md) ![A cup](cup.png)", "![](https://www.youtube.com/watch?v=abcdefghijk)",
        "[x](https://example.org/x)", "![](https://www.youtube.com/watch?v=abcdefghijk)", r"\{{< hint >}}",
    ]  # fmt: skip


def test_anchors_with_other_signs_are_anchors() -> None:
    assert lines_of("## Cups {#cups.big}\n\n## Lids {#lids-(all)}\n\n## Tea {#tea}\n\nA {#b.c}") == [
        '## Cups { id="cups.big" }', '## Lids { id="lids-all" }', "## Tea {#tea}", "A {#b.c}",
    ]  # fmt: skip


def test_more_tools_are_read() -> None:
    assert lines_of('{% callout type="warning" title="T" %}\nx\n{% /callout %}\n\n{% img src="a.png" /%}') == [
        '!!! warning "T"', "    x", "![](a.png)",
    ]  # fmt: skip
    assert lines_of(':::image type="content" source="a.png" alt-text="A":::\n\n:::row:::\nx\n:::row-end:::') == [
        "![A](a.png)", "x",
    ]  # fmt: skip
    assert lines_of('{{< glossary text="pods" id="pod" >}} run') == ["pods run"]
    tabs = "<Tabs items={['npm', 'yarn']}>\n<Tabs.Tab>a</Tabs.Tab>\n<Tabs.Tab>b</Tabs.Tab>\n</Tabs>"
    assert lines_of(tabs, MDX) == ['=== "npm"', "    a", '=== "yarn"', "    b"]
    assert lines_of("# A\n{: .no_toc }\n\n* TOC\n{:toc}\n\nText\n{: .wide }") == ["# A", "Text", "{: .wide }"]
    assert lines_of(":material-check: Yes :octicons-x-16:{ .big }, at 10:30") == [" Yes , at 10:30"]
    assert lines_of("a %%secret%% b\n\n%%\nmore\n%%\n\n100%% and 5%%\n\n%%\nlast") == [
        "a  b", "100%% and 5%%", "%%", "last",
    ]  # fmt: skip


def test_small_marks_keep_what_they_say() -> None:
    page = (
        'import { Required } from \'./x\';\n\n**Cup** <Required />\n\n{% octicon "gear" aria-label="Settings" %} here'
    )
    assert lines_of(page) == ["**Cup** (required)", "Settings here"]


def test_a_tag_over_several_lines_is_one_tag_and_later_lines_keep_their_numbers() -> None:
    reading = read_dialects('One\n\n{% include "bar.html"\n   size:2\n   wide:1 %}\n\n{% unknown %} end\n')
    assert [(note.kind, note.line) for note in reading.notes] == [("include", 3), ("{% unknown %}", 7)]
    assert dict(zip(reading.text.split("\n"), reading.numbers, strict=True))[" end"] == 7


# --- code and ordinary text ---

UNTOUCHED = [
    "```jinja\n{% if a %}{{ b }}{% endif %} <Note>x</Note>\n:::note\n[[page]]\n```",
    "~~~\n{{< hint >}}\n~~~",
    "Type `{{ name }}` or ``{% raw %} ` `` or `[[page]]` there, `++ctrl++` and `==x==`.",
    "A span `over\ntwo {{ lines }} of` text.",
    "Text\n\n    {{ code }} <Note>x</Note>\n\n    :::note\n\nText",
    "1. Item\n\n        {{ code in an item }}\n",
    "!!! note\n    Text\n\n        {% code in a box %}\n",
    "> ```\n> {{ code }}\n> ```",
    "- ```\n  {{ code }}\n  :::note\n  ```",
    "<pre>\n{{ a }} <Note>\n</pre>\n\n<code>{% b %}</code>",
    "Enter <Your name> and <Card> number, then {placeholder} and {account_id}.",
    '{"a": {"b": 1}} and p { margin: 0 } and ${HOME} and a{1,2}',
    "Salary: ~5 to ~10, x^2 and y^3, a == b == c, C++ and C++17, i++, 2**3, ~/a and ~/b.",
    "[[ -f file ]] and a[[1]] and [[1]](#one) and \\{% a %}",
    "Prices: $5 and $$ each. \\(optional\\) and \\[also\\].",
    "### Heading {#anchor}\n\n### Other { #other }\n\n[Link](a.md){.button}\n{: .wide }",
    "import the file, then export the list.\n\nexport your data first\n",
    "Note: a :: b ::: c. See http://example.org/// and //comment.",
    "| a | b |\n|---|---|\n| {x} | <Key> |",
    "<!-- {% hidden %} <Note> -->\n\nText",
    "<details>\n<summary>More</summary>\n\nText\n\n</details>",
    "!!! note \"Title\"\n    Text\n\n=== \"Tab\"\n\n    Text\n\n> [!NOTE]\n> Text",
]  # fmt: skip


@pytest.mark.parametrize("text", UNTOUCHED)
def test_code_and_ordinary_text_are_left_alone(text: str) -> None:
    reading = read_dialects(text)
    assert reading.text == text
    assert reading.notes == ()
    assert with_figures(text) == text


def test_a_value_nobody_defined_is_told_and_shown_where_no_template_language_is_used() -> None:
    assert kinds("Write {{ customer.name }} into it.") == [("foreign-markup", "{{ customer.name }}", 1, 1)]
    assert lines_of("Write {{ customer.name }} into it.") == ["Write {{ customer.name }} into it."]


@pytest.mark.parametrize("text", [*BOXES, *UNTOUCHED])
def test_what_was_read_is_read_as_itself(text: str) -> None:
    once = read_dialects(text).text
    assert read_dialects(once).text == once


def test_private_characters_of_a_text_are_kept() -> None:
    text = "A \ue0000\ue001 and \ue0020\ue003 in `code`\n\n:::note\n\ue0005\ue001\n:::"
    assert "A \ue0000\ue001 and \ue0020\ue003 in `code`" in read_dialects(text).text
    assert "\ue0005\ue001" in read_dialects(text).text


# --- inline marks ---


def test_keys_marks_and_small_signs() -> None:
    text = 'Press ++ctrl+shift+p++ or ++"Zoom"++, ==look here==, H~2~O, 10^6^ and 1^st^.'
    assert read_dialects(text).text == (
        "Press <kbd>Ctrl</kbd>+<kbd>Shift</kbd>+<kbd>P</kbd> or <kbd>Zoom</kbd>, <mark>look here</mark>, "
        "H<sub>2</sub>O, 10<sup>6</sup> and 1<sup>st</sup>."
    )


# --- includes, variables, wiki links ---


def holding(files: dict[str, str], path: str = "a/page.md") -> Context:
    names = {Path(name).stem.casefold(): name for name in files} | {Path(name).name.casefold(): name for name in files}
    return Context(
        path, "en", {"shop": "Lumen", "phone.number": "555"}, files.get, lambda name: names.get(name.casefold())
    )


@pytest.mark.parametrize(
    "written",
    [
        '--8<-- "part.md"',
        '{% include "part.md" %}',
        '{% include-markdown "part.md" %}',
        '{{< include "part.md" >}}',
        "{!part.md!}",
        "[!INCLUDE [a part](part.md)]",
        '<Snippet file="part.md" />',
        "import Part from './part.md'\n\n<Part />",
        "![[part]]",
    ],
)
def test_a_file_of_the_folder_is_included(written: str) -> None:
    context = holding({"a/part.md": "---\ntitle: Part\n---\nBring **{{ shop }}** a cup.\n"})
    assert lines_of(written, context) == ["Bring **Lumen** a cup."]


def test_an_include_keeps_its_column_and_its_own_includes() -> None:
    context = holding({"a/x.md": 'One\n\n--8<-- "y.md"\n', "a/y.md": "```\n two {{ x }}\n```"})
    assert lines_of('- Item\n\n    --8<-- "x.md"', context) == [
        "- Item",
        "    One",
        "    ```",
        "     two {{ x }}",
        "    ```",
    ]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "../../../a.md", "missing.md", "a\0b.md"])
def test_nothing_outside_of_the_folder_is_asked_for(name: str) -> None:
    asked: list[str] = []

    def read(path: str) -> None:
        asked.append(path)

    context = Context("a/page.md", read=read)
    reading = read_dialects(f'Before\n\n--8<-- "{name}"\n\nAfter', context)
    assert "Before" in reading.text and "After" in reading.text
    assert not [path for path in asked if path.startswith(("/", "..")) or "\0" in path]


def test_files_that_include_each_other_end() -> None:
    context = holding({"a/x.md": 'X\n\n--8<-- "y.md"', "a/y.md": 'Y\n\n--8<-- "x.md"'})
    assert lines_of('--8<-- "x.md"', context) == ["X", "Y"]
    assert kinds('--8<-- "x.md"', context) == [("removed-markup", "include in itself", 1, 1)]


def test_what_many_includes_may_add_is_bounded() -> None:
    context = holding({"a/x.md": "x" * 100_000})
    reading = read_dialects('--8<-- "x.md"\n' * 40, context)
    assert len(reading.text) < 600_000
    assert ("include beyond what one page may hold", 6) in [(note.kind, note.line) for note in reading.notes]
    doubling = holding({f"a/{n}.md": f'--8<-- "{n + 1}.md"\n' * 3 for n in range(30)})
    assert len(read_dialects('--8<-- "0.md"', doubling).text) < 10_000


def test_variables_stand_in_texts_addresses_and_titles() -> None:
    context = holding({})
    text = 'Call {{ shop }} at [{{ variables.phone.number }}](tel:{{phone.number}}), {{< param "shop" >}}.'
    assert lines_of(text, context) == ["Call Lumen at [555](tel:555), Lumen."]
    assert clean_words("Ask {{ shop }}{% if x %}!{% endif %}", context)[0] == "Ask Lumen!"
    assert lines_of("`{{ shop }}`", context) == ["`{{ shop }}`"]


def test_wiki_links_lead_to_files_that_exist() -> None:
    context = holding({"a/Green tea.md": "", "b/black.md": "", "img/cup.png": ""})
    text = "[[Green tea]], [[black|the other]], [[black#Hot water]], ![[cup.png|300]], [[#Here]], [[nobody]]"
    assert lines_of(text, context) == [
        "[Green tea](Green%20tea.md), [the other](../b/black.md), [black: Hot water](../b/black.md#hot-water), "
        "![cup](../img/cup.png), [Here](#here), nobody"
    ]
    assert kinds(text, context) == [("foreign-markup", "[[…]] that names no file here", 1, 1)]


# --- in a folder ---


def test_a_page_follows_its_includes_and_variables(folder: Path, write: WriteFile) -> None:
    write("_variables.yml", "shop: Lumen\nphone:\n  number: 555 01\n")
    write("tr/_variables.yml", "shop: Lümen\n")
    write(
        "en/tea/green.md",
        '---\ntitle: "{{ shop }} tea"\ndescription: From {{ shop }}{% now %}.\n---\n'
        '{{ phone.number }}\n\n--8<-- "part.md"\n',
    )
    write("tr/tea/yesil.md", "---\ntitle: Çay\n---\n{{ shop }}\n")
    cache = ReadingCache()

    def texts() -> list[str]:
        return [f"{a.title}: {a.summary}: {a.sections[0].text}" for a in read_folder(folder, cache=cache).articles]

    assert texts() == ["Lumen tea: From Lumen.: 555 01", "Çay: Lümen: Lümen"]
    write("en/tea/part.md", "Steep it.")
    assert "555 01\n\nSteep it." in read_folder(folder, cache=cache).articles[0].sections[0].text
    write("en/tea/part.md", "Steep it well.")
    assert "Steep it well." in read_folder(folder, cache=cache).articles[0].sections[0].text
    write("_variables.yml", "shop: Lux\nphone:\n  number: 555 02\n")
    assert "Lux tea" in texts()[0] and "555 02" in texts()[0]


def test_findings_name_kind_line_and_count(folder: Path, write: WriteFile) -> None:
    write("en/tea/green.md", "---\ntitle: Tea\n---\n\n{% x 1 %} a\n\n{% x 2 %} b [[nobody]]\n")
    found = [(f.line, f.code, f.message) for f in read_folder(folder).problems if "markup" in f.code]
    assert found == [
        (5, "removed-markup", "{% x %} was taken out; the text in it was kept (2 times, first here)."),
        (7, "foreign-markup", "[[nobody]] names no file here, so readers see its words without a link."),
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Open the [[Teapots#How to warm one|warm pot]] now.", "Open the warm pot now."),
        ("Open [[Kitchen/Teapots#^lid]] now.", "Open Teapots now."),
        ("Open [[Teapots|]] and [[Teapots.md]].", "Open Teapots and Teapots."),
        ("請看[[茶壺#蓋子]]。", "請看茶壺。"),
        ("See ![[lid.svg#icon]] here.", "See here."),
        ("See ![[lid.png|300]] and ![[lid.png|The lid|300x20]].", "See and The lid."),
        ("- ![[lid.heic]]\n- Steep it.", "- Steep it."),
        ("| a | b |\n|---|---|\n| [[Pots\\|pot]] | ![[lid.png\\|40]] |", "a | b\npot"),
        ("![[Teapots]]", "Teapots"),
        ("The [pot](pots.md), the [pot](<the pots.md#lid>) and [pot][p].\n\n[p]: pots.md", "The pot, the pot and pot."),
        ('The <a href="pots.md">pot</a>.', "The pot."),
        ("The [pot]({% link pots.md %}) and [pot]({% post_url 2020-01-01-pots %}).", "The pot and pot."),
        ('The [pot]({{< relref "pots" >}}) and [pot]({{< ref path="pots#lid" >}}).', "The pot and pot."),
        ("The {doc}`pot <pots>`, {doc}`pots` and {ref}`lid <the-lid>`.", "The pot, pots and lid."),
        ("The :doc:`pot <../pots>`, :doc:`kitchen/pots` and :ref:`lid <the-lid>`.", "The pot, pots and lid."),
        ("The [pot](xref:pots), <xref:pots?text=pot> and xref:kitchen:pots.adoc#lid[pot].", "The pot, pots and pot."),
        ('{% content-ref url="pots.md" %}\n[Pots](pots.md)\n{% endcontent-ref %}', "Pots"),
    ],
)
def test_of_links_to_what_is_not_there_readers_see_the_words(
    folder: Path, write: WriteFile, written: str, read: str
) -> None:
    write("en/tea/green.md", f"---\ntitle: Tea\n---\n\n{written}\n")
    reading = read_folder(folder)
    text, html = reading.articles[0].sections[0].text, reading.sources[0].page.html
    assert re.sub(r" +", " ", text).strip() == read
    assert "<a " not in html and "<img" not in html and not re.search(r"\[\[|\]\]|\.(?:svg|png)|#|xref|:doc|\{", html)


@pytest.mark.parametrize("written", ["[[Teapots|pot]]", "![[lid.png]]", "{{ x }} [[Kitchen/Teapots]]"])
def test_a_wiki_link_to_nothing_is_a_warning_with_its_name(folder: Path, write: WriteFile, written: str) -> None:
    write("en/tea/green.md", f"---\ntitle: Tea\n---\n\nText\n\n{written}\n")
    found = [f for f in read_folder(folder).problems if "names no" in f.message]
    name = re.search(r"\[\[([^|\]]+)", written)
    assert [(f.code, f.line, f.severity) for f in found] == [("foreign-markup", 7, Severity.WARNING)]
    assert name and name[1] in found[0].message


@pytest.mark.parametrize(
    "written", ["rows[[index]]", "`[[x]]`", r"\[[x]]", "[[ -f file ]]", "[[1]]", "[[a b]]\n\n[A b]: /url"]
)
def test_brackets_that_are_no_link_stay_as_they_are(written: str) -> None:
    assert read_dialects(written).text == written


def test_a_link_to_a_note_by_sphinx_and_antora_leads_there(folder: Path, write: WriteFile) -> None:
    write(
        "en/tea/green.md", "---\ntitle: Green\n---\n\n{doc}`the pot <../pots>`, :doc:`/pots`, xref:black.adoc[Black]\n"
    )
    write("en/tea/black.md", "---\ntitle: Black\n---\n\nText\n")
    write("en/pots.md", "---\ntitle: Pots\n---\n\nText\n")
    page = next(s.page for s in read_folder(folder).sources if s.article.slug == "green")
    assert re.findall(r'href="([^"]+)">([^<]+)', page.html) == [
        ("/en/a/pots", "the pot"), ("/en/a/pots", "pots"), ("/en/a/black", "Black"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("請==熱==壺。", "請<mark>熱</mark>壺。"),
        ("お茶==熱い==です", "お茶<mark>熱い</mark>です"),
        ("차==뜨거운==물", "차<mark>뜨거운</mark>물"),
        ("見「==熱==」，a ==b== c", "見「<mark>熱</mark>」，a <mark>b</mark> c"),
        ("按++ctrl+s++儲存", "按<kbd>Ctrl</kbd>+<kbd>S</kbd>儲存"),
        ("熱%%備註%%壺", "熱壺"),
        ("見:doc:`words <pots>`吧", "見[words](pots)吧"),
        ("a==b==c, x == y == z, x==1", "a==b==c, x == y == z, x==1"),
        ("c++ and a++b++c, 100%%x%%y", "c++ and a++b++c, 100%%x%%y"),
        ("變數x==1且y==2", "變數x==1且y==2"),
    ],
)
def test_marks_beside_words_that_have_no_space_around_them(written: str, read: str) -> None:
    assert read_dialects(written).text == read


UNCLOSED = [
    # What is written, what stands in the box, and what after it.
    (":::note\nWarm it.\n\n## Pour\n\nNow.", ["Warm it."], ["Pour", "Now."]),
    ("## Warm\n\n:::tip[Lid]\nOff.\n\n### Why\n\nHot.\n\n## Pour\n\nNow.", ["Off.", "Why", "Hot."], ["Pour", "Now."]),
    ("### Warm\n\n::: warning\nHot.\n\n## Pour\n\n:::note\nSlow.\n:::\n\nNow.", ["Hot."], ["Pour", "Slow.", "Now."]),
    (":::note\nWarm it.\n\nPour\n----\n\nNow.", ["Warm it."], ["Pour", "Now."]),
    (":::note\nWarm.\n\n```\n# a comment\n```\n\n# Pour\n\nNow.", ["Warm.", "a comment"], ["Now."]),
    ("1. Warm\n\n   :::note\n   Hot.\n\n2. Pour\n\nNow.", ["Hot."], ["Pour", "Now."]),
    ("> :::note\n> Hot.\n\nNow.", ["Hot."], ["Now."]),
    ("::::note\nWarm.\n:::tip\nLid.\n::::\n\nNow.", ["Warm.", "Lid."], ["Now."]),
    ("::: details More\nWarm.\n\n## Pour\n\nNow.", ["Warm."], ["Pour", "Now."]),
    (":::提示\n熱。\n\n## 倒\n\n好。", ["熱。"], ["倒", "好。"]),
]


def _first_box(html: str) -> tuple[str, str]:
    """The first box, and what stands after it."""
    found = re.search(r'<div class="admonition|<details', html)
    assert found
    depth = 0
    for tag in re.finditer(r"<(/?)(?:div|details)\b", html[found.start() :]):
        depth += -1 if tag[1] else 1
        if not depth:
            end = found.start() + tag.end()
            return html[found.start() : end], html[end:]
    raise AssertionError(html)


@pytest.mark.parametrize(("written", "inside", "after"), UNCLOSED)
def test_a_container_that_nothing_closes_ends_before_the_next_heading(
    written: str, inside: list[str], after: list[str]
) -> None:
    html = published(written)
    box, rest = _first_box(html)
    assert all(word in box for word in inside) and all(word in rest for word in after)
    assert not [word for word in after if word in box]
    (note,) = [note for note in read_dialects(written).notes if note.code == "unclosed-box"]
    opener = next(n for n, line in enumerate(written.split("\n"), 1) if ":::" in line and "::::" not in line)
    assert note.line == opener


@pytest.mark.parametrize(
    "written",
    [
        ":::note\nWarm it.\n:::\n\n## Pour",
        ":::note\nWarm it.\n\n## Pour\n\nSlowly.\n:::",
        "::::note\n:::tip\nLid.\n:::\n::::\n\n## Pour",
        ":::note\n1. Warm it.\n2. Pour. :::\n\nNow.\n\n:::tip\nLid.\n:::",
        ":::note Warm it.:::\n\n## Pour",
        "```\n:::note\n```",
    ],
)
def test_a_container_that_is_closed_is_no_finding(written: str) -> None:
    assert [note for note in read_dialects(written).notes if note.code != "removed-markup"] == []


def test_colons_at_the_end_of_an_item_close_the_box_it_stands_in() -> None:
    written = "Now:\n:::note\nSigns:\n\n1. <Icon a /> - full\n2. <Icon b /> - empty :::\n\nPour.\n\n:::tip\nLid.\n:::"
    html = published(written)
    assert html.count('class="admonition ') == 2 and ":::" not in html
    assert re.search(r"<li>full</li>\s*<li>empty</li>\s*</ol>\s*</div>\s*<p>Pour\.</p>", html)


def test_variables_that_are_no_yaml_are_an_error_and_links_out_are_refused(folder: Path, write: WriteFile) -> None:
    write("en/tea/green.md", "---\ntitle: Tea\n---\nText\n")
    write("_variables.yml", "a: b: c\n")
    assert [f.code for f in read_folder(folder).problems] == ["variables-yaml"]
    outside = folder.parent / "secret.yml"
    outside.write_text("shop: secret")
    (folder / "_variables.yml").unlink()
    (folder / "_variables.yml").symlink_to(outside)
    (folder / "en/tea/part.md").symlink_to(outside)
    write("en/tea/green.md", '---\ntitle: Tea\n---\n{{ shop }}\n\n--8<-- "part.md"\n')
    reading = read_folder(folder)
    assert "secret" not in "".join(article.html for article in reading.articles)
    assert "outside-folder" in [f.code for f in reading.problems]


# --- maths and diagrams ---


def published(markdown: str) -> str:
    html = Converter().html(with_figures(read_dialects(markdown).text))
    return read_page(html, "", Resolver("a.md", LinkTargets({}, frozenset(), lambda path: None))).html


def test_maths_is_drawn_by_the_browser_and_found_as_it_was_written() -> None:
    text = "Area \\(a^2_1 * b\\) and:\n\n$$\n\\frac{1}{2} < x\n$$\n\n```math\n\\sqrt{x}\n```\n"
    html = Converter().html(with_figures(text))
    page = read_page(html, "", Resolver("a.md", LinkTargets({}, frozenset(), lambda path: None)))
    assert page.html.count("<math") == 3
    assert "<mfrac>" in page.html and "<msqrt>" in page.html
    assert "a^2_1 * b" in page.sections[0].text and "\\frac{1}{2} < x" in page.sections[0].text


def test_a_passage_with_a_formula_is_quoted_as_it_is(folder: Path, write: WriteFile) -> None:
    write("en/tea/area.md", "---\ntitle: Area\n---\n1. Take **\\(a_1 < \\frac{1}{2}\\)**.\n2. Add.\n\n$$\nx^2\n$$\n")
    article = read_folder(folder).articles[0]
    quotes = quotes_of(article, [p for p in passages_of(article) if p.kind is PassageKind.BODY])
    assert "<ol>" in quotes[-1].html and "<code>a_1 &lt; \\frac{1}{2}</code>" in quotes[-1].html


@pytest.mark.parametrize(
    "formula",
    ["\\href{javascript:alert(1)}{x}", "\\text{<img src=x onerror=alert(1)>}", "</math><script>alert(1)</script>",
     "\\style{color:red}{x}", "\\class{button}{x}", "\\begin{matrix}", "\\frac{", "{" * 900, "\\unknowncommand"],
)  # fmt: skip
def test_a_formula_brings_no_script_and_no_error(formula: str) -> None:
    html = published(f"$${formula}$$")
    assert not re.search(r"<(?:script|img)|href=|style=|class=\"(?!maths)|onerror=[^<]*<img", html)


def test_html_of_authors_is_still_without_mathml() -> None:
    assert "<math" not in published("<math><mi>x</mi></math>")


def test_the_source_of_a_diagram_is_code_that_is_named() -> None:
    assert "<em>Diagram (Mermaid)</em>" in published("```mermaid\ngraph TD\n```")


# --- nothing script-like ---

SLY = [
    ":::note[<img src=x onerror=alert(1)>]\nx\n:::",
    "/// note | \"><script>alert(1)</script>\nx\n///",
    '<Card title="<script>alert(1)</script>" href="javascript:alert(1)">x</Card>',
    '<Tooltip tip="<img src=x onerror=alert(1)>">x</Tooltip>',
    '<Link to="javascript:alert(1)">x</Link>',
    '<Frame caption="<script>alert(1)</script>"><img src="x" onerror={alert(1)} onError="alert(1)" /></Frame>',
    '{% embed url="javascript:alert(1)" %}',
    '{% image "x.png\\" onerror=alert(1)" "<script>alert(1)</script>" %}',
    '{{< figure src="javascript:alert(1)" caption="<script>alert(1)</script>" >}}',
    "{{< youtube \"><script>alert(1)</script>\" >}}",
    "<Tabs><Tab title='<script>alert(1)</script>'>x</Tab></Tabs>",
    "import X from './x.js'\n\n<div style={{a: 1}} onClick={f} dangerouslySetInnerHTML={{__html: '<script>'}}>x</div>",
    "[[x|<script>alert(1)</script>]] ++\"<img>\"++ ==<script>alert(1)</script>==",
    "<scr{% x %}ipt>alert(1)</scr{% x %}ipt>",
    "<img src=x on{{ page.x }}error=alert(1)>",
    "[x](java{# a #}script:alert(1))",
    "{% raw %}<script>alert(1)</script>{% endraw %}",
    "{{ '<script>alert(1)</script>' }}",
    '<span class="maths"><img src=x onerror=alert(1)></span>',
    "{{ sly }} [x]({{ slyurl }})",
]  # fmt: skip


@pytest.mark.parametrize("payload", [*PAYLOADS, *SLY])
@pytest.mark.parametrize(
    "frame", ["{}", "<Note>\n  {}\n</Note>", ":::tip {}\nx\n:::", "- {{% hint %}}{}{{% endhint %}}"]
)
def test_no_dialect_brings_a_script(payload: str, frame: str) -> None:
    variables = {"sly": "<script>alert(1)</script>", "slyurl": "javascript:alert(1)"}
    for path in ("a.md", "a.mdx"):
        context = Context(path, "en", variables, lambda path: None, lambda name: "a.md")
        html = Converter().html(with_figures(read_dialects(frame.format(payload), context).text))
        page = read_page(html, "", Resolver("a.md", LinkTargets({}, frozenset(), lambda path: None)))
        auditor = Auditor()
        auditor.feed(page.html)
        assert auditor.wrong == []


# --- real trees ---

REAL = Path(__file__).parents[3] / "shared" / "real-kb.tar.gz"
TREES = {"chatwoot": "chatwoot", "fastapi": "fastapi/docs", "h18f": "h18f/pages", "pihole": "pihole/docs",
         "plausible": "plausible/docs"}  # fmt: skip
_RAW = re.compile(
    r"(?m)^\s*(?:::::?|///|!!!\s|\?\?\?\+?\s|===\s*[\"“])|\{%|%\}|\{\{|\}\}|\{\*|\{!|8<-|=\{|\{/\*|\[\[[^\]]+\]\]"
    r"|:::\w|///\s*\w+\s*\||</?[A-Z][A-Za-z.]*(?:\s+[\w-]+=[^>]*)?/?>|^\s*(?:import\s.+from\s|export\s+(?:default|const))"
)


class _Visible(HTMLParser):
    """What of a page is seen outside of code."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.code = "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.code += tag in {"code", "pre"}
        self.text += "\n" if tag in {"p", "div", "li", "td", "br", "h2", "h3"} else ""

    def handle_endtag(self, tag: str) -> None:
        self.code -= tag in {"code", "pre"}

    def handle_data(self, data: str) -> None:
        self.text += "" if self.code else data


def _words(markdown: str) -> Counter[str]:
    """The words of a page, without those of tags, statements and comments."""
    text = re.sub(r"(?ms)^import .*?from .*?$|^export .*?^$|\{%\s*comment\s*%\}.*?\{%\s*endcomment\s*%\}", "", markdown)
    text = re.sub(r"(?s)\{%.*?%\}|\{\{.*?\}\}|<[^<>]*>|\{\*.*?\*\}|\{/\*.*?\*/\}", " ", text)
    text = re.sub(r"(?m)^\s*:::+\s*\w*|^\s*/{3,}\s*\w*|^ {4}(?:type|open):.*$", "", text)
    return Counter(re.findall(r"\w{3,}", text))


@pytest.mark.parametrize("tree", TREES)
def test_real_pages_show_no_raw_markup(tree: str, tmp_path: Path) -> None:
    if not REAL.is_file():
        pytest.skip("the real documentation trees are not beside the project (../shared/real-kb.tar.gz)")
    with tarfile.open(REAL) as archive:
        archive.extractall(tmp_path, filter="data", members=[m for m in archive if m.name.endswith((".md", ".mdx"))])
    base = next(tmp_path.rglob(TREES[tree]))
    pages = sorted(path for path in base.rglob("*.md*") if not path.name.startswith("_"))
    # A sample of the largest tree: its four languages have the same pages.
    pages = pages[::4] if len(pages) > 300 else pages
    converter, raw, lost, every = Converter(), [], 0, 0
    for path in pages:
        header = frontmatter.read(path.read_text(encoding="utf-8"), path.name)
        reading = read_dialects(header.body, Context(path.relative_to(base).as_posix()))
        seen = _Visible()
        seen.feed(converter.html(reading.text))
        raw += [(path.name, found[0]) for found in [_RAW.search(seen.text)] if found]
        before, after = _words(header.body), _words(reading.text)
        lost, every = lost + (before - after).total(), every + before.total()
        if before - after:
            assert "removed-markup" in {note.code for note in reading.notes}, (path, before - after)
        assert read_dialects(reading.text).text == reading.text, path
    assert len(pages) > 50
    # What is lost are the names of things in source code that another tool would have described.
    assert lost <= every / 300
    assert len(raw) <= len(pages) / 100, raw


# --- no word of a container is lost, on how many lines it may stand ---

NAMES = ("note", "tip", "warning", "danger", "caution", "important", "details", "spoiler", "tab", "step", "card", "row",
         "center", "caption", "code-group", "foo", "callout-tip", "ipucu", "uyarı", "警告", "提示", "תחזית", "تحذير",
         "別的")  # fmt: skip
CONTAINERS = (
    "::: {n} alpha beta, gamma. :::", ":::{n} alpha beta gamma:::", "::::{n} alpha beta gamma ::::",
    ":::{n}[alpha] beta gamma :::", ":::{n}[alpha beta gamma]:::", ":::{{{n}}} alpha beta gamma :::",
    "::: {{.{n}}} alpha beta gamma :::", ":::{n}{{.wide}} alpha beta gamma :::",
    "::: {{.{n} title=\"alpha\"}} beta gamma :::", "> ::: {n} alpha beta gamma :::", "- ::: {n} alpha beta gamma :::",
    "- x\n  ::: {n} alpha beta gamma :::\n- y", "::: {n} :::\n\nalpha beta gamma", "::: {n} **alpha** `beta` gamma :::",
    "::: {n} alpha\nbeta gamma\n:::", "::: {n}\nalpha beta gamma\n:::", "::: {n}\nalpha beta gamma :::",
    "::: {n} alpha beta\n\ngamma :::", ":::{n}[alpha]\nbeta gamma\n:::", "::: {n}\n::: note alpha beta :::\ngamma\n:::",
    "::: {n} alpha beta gamma", "::: {n}\nalpha beta gamma", "/// {n} | alpha\nbeta gamma\n///",
    "/// {n} alpha beta gamma ///", '!!! {n} "alpha"\n    beta gamma', "!!! {n} alpha beta gamma",
    "{{% {n} %}} alpha beta gamma {{% end{n} %}}", "{{{{< {n} >}}}} alpha beta gamma {{{{< /{n} >}}}}",
    "<{n}> alpha beta gamma </{n}>", "> [!{n}] alpha\n> beta gamma", "> [!{n}] alpha beta gamma",
)  # fmt: skip


@pytest.mark.parametrize("form", CONTAINERS)
def test_no_container_loses_a_word(form: str) -> None:
    converter, lost = Converter(), {}
    for name in NAMES:
        written = form.format(n=name)
        reading = read_dialects(written + "\n\nAfter it.")
        seen = re.sub(r"<[^>]*>", " ", converter.html(reading.text))
        missing = [word for word in ("alpha", "beta", "gamma", "After it") if word not in seen]
        if missing:
            lost[written] = missing
    assert not lost


def test_a_warning_on_one_line_is_a_box() -> None:
    for written, kind in {
        "::: warning Never touch it, it kills. :::": "warning", ":::danger Never touch it, it kills.:::": "danger",
        "::: 警告 Never touch it, it kills. :::": "warning", "::: uyarı Never touch it, it kills. :::": "warning",
        "::: תחזית Never touch it, it kills. :::": "note",
    }.items():  # fmt: skip
        html = Converter().html(read_dialects(written + "\n\nAfter.").text)
        assert f'<div class="admonition {kind}">' in html and "Never touch it, it kills." in html
        assert html.endswith("</div>\n<p>After.</p>") and kinds(written) == []


# In Markdown that is no MDX: what is written, and what is left of it.
COMPONENTS = {
    "<OnlyWeb>\n\n**Lids** on.\n\n</OnlyWeb>": ["**Lids** on."],
    "<Panels>\nLids on.\n</Panels>": ["Lids on."],
    "> <OnlyWeb>\n> Lids on.\n> </OnlyWeb>": ["> Lids on."],
    "<OnlyWeb>Lids\non.</OnlyWeb>": ["Lids", "on."],
    "Put <OnlyWeb>the lid</OnlyWeb> on.": ["Put the lid on."],
    "<Teapot>\n\nA\n\n</Teapot>\n\nPut <Teapot>the lid</Teapot> on.": ["A", "Put the lid on."],
    '<Image alt="A lid" width="1" />': [],
    '<Image\n  alt="A lid"\n  srcLight="/a.png"\n  srcDark="/b.png"\n/>': ["![A lid](/a.png)"],
    "<Pot lid={() => <b>on</b>}>Boil.</Pot>": ["Boil."],
    "<Pot lid={() => { return <b>on</b> }}>\n\nBoil.\n\n</Pot>": ["Boil."],
    "| Lid |\n| --- |\n| <Tick size={18} /> |": ["| Lid |", "| --- |", "|  |"],
    '<Fix\n  title="Lid"\n  href="/lid"\n  steps={[\n    { text: \'if (lid) {\' },\n  ]}\n/>': ["**[Lid](/lid)**"],
    "<Grid3>\n<Fix title='A' />\n</Grid3>": ["**A**"],
    "export const lid = {\n  on: [1,\n\n    2],\n}\n\nBoil.": ["Boil."],
    "export const Lid = ({ on }) => (\n  <b>{on}</b>\n)\nBoil.": ["Boil."],
    "export default function Lid() {\n  return '}'\n}\n\nBoil.": ["Boil."],
    "export const lid = {\n  never: closed\n\nBoil.": ["Boil."],
}


@pytest.mark.parametrize("written", COMPONENTS)
def test_components_of_plain_markdown_are_taken_out_and_their_text_kept(written: str) -> None:
    for context in (PLAIN, MDX):
        assert [line for line in lines_of(written, context) if line != ">"] == COMPONENTS[written]
    if "<Image" not in written and "<Tick" not in written:
        assert [code for code, *_ in kinds(written)][:1] == ["removed-markup"]


@pytest.mark.parametrize(
    "written",
    (
        "Hello <Your name>, welcome.", "<Your name>", "<Name>", "Press <Enter> to go on.", "<Enter>\n\nto go on.",
        "Set <Title>of page</Title> here.", "A `<OnlyWeb>` tag.\n\n```\n<OnlyWeb>\n</OnlyWeb>\n```",
        "List<String> and Map<String, List<Pot>>", "- <Image />\n- <Link />", "## <Image />", "\\<Image />",
        "export const is how a name leaves a file.", "export PATH=/bin", "export default is a word",
    ),
)  # fmt: skip
def test_words_between_angle_brackets_stay_text(written: str) -> None:
    assert read_dialects(written).text == written
    assert kinds(written) == []
    assert clean_words("The <Image /> tag") == ("The <Image /> tag", ())


@pytest.mark.parametrize(
    "written",
    (r"\{{ lid }}", r"\{% if %}", r"\==lid==", r"\++k++", r"H\~2~", r"x\^2^", r"\:::note", r"\/// note", r"\%%lid%%",
     r"\<Note>lid\</Note>", r"\[[lid]]", r"\:material-home:", r"\{{< lid >}}"),
)  # fmt: skip
def test_what_a_backslash_escapes_begins_nothing(written: str) -> None:
    assert read_dialects(written).text == written
    assert "\ue000" not in read_dialects(written).text
    assert read_dialects("\\\\" + "==lid==").text == "\\\\<mark>lid</mark>"


OF_TEMPLATES = {
    "Be {% if a %}quick{% else %}slow{% endif %}.": "Be quick / slow.",
    "{% if a %}{% else %}Slow{% endif %}": "Slow",
    "{% if a %}x{% endif %}${{ secrets.KEY }}": r"x$\{{ secrets.KEY }}",
    "{% if a %}x{% endif %}{{{site.raw}}}.": "x.",
    "{{</* lid */>}} on": r"\{{< lid >}} on",
    "{% raw %}{{ lid }}{% endraw %}": r"\{{ lid }}",
    '{{< button relref="/lid" >}}Go{{< /button >}}': "[Go](/lid)",
    "A\n\n<--->\n\nB": "A\n\n\nB",
    '{% @mermaid/diagram content="graph TD" %}': "```mermaid\ngraph TD\n```",
}


@pytest.mark.parametrize("written", OF_TEMPLATES)
def test_templates_leave_text_that_can_be_read_again(written: str) -> None:
    once = read_dialects(written).text
    assert once == OF_TEMPLATES[written]
    assert read_dialects(once).text == once


@pytest.mark.parametrize("written", ("<<< @/pot/lid.js", "::video[Lid]{#abc}", "See {guilabel}`lid`.", "(lid)="))
def test_what_stays_as_written_is_told(written: str) -> None:
    reading = read_dialects(f"A\n\n{written}")
    assert reading.text == f"A\n\n{written}"
    assert [(note.code, note.line) for note in reading.notes] == [("foreign-markup", 3)]


Reader = Callable[[str], object]
HOSTILE = (
    ":::note a :::\n", "::: 警告\n", "a :::\n", ":::note[a", ":::a ", ":::note {",
    "<A1>\n", "</A1>\n", "<AbCd>x", "<A b={'{'} />", "<A x={1} /> ", "export const a = {\n", "export const a = 1\n",
    "='{", "\\{",
    "{% a ", "{% a %}", "{% if a %}", "{{ a", "{{a}}", "{{< a >}}", "<A a={", "<Tab>", "</Tab>\n",
    "<Tabs><Tab title='a'>\n", ":::note\n", ":::\n", "[[a", "/// note\n", "///\n", "$$", "\\(", "==a", "++a",
    "import {\n", "{`", "<pre>", "{% raw %}", "{*\n", "--8<-- a\n", "> :::note\n", "    a\n\n", "- a\n\n    ",
)  # fmt: skip


@pytest.mark.parametrize("reader", (read_dialects, lambda text: read_dialects(text, MDX), with_figures, clean_words))
def test_what_is_opened_again_and_again_is_read_in_linear_time(reader: Reader) -> None:
    from tests.contracts.test_growth import too_steep

    assert too_steep(reader, units=HOSTILE) == {}


# Obsidian's names of blocks, mdBook's preprocessors, Hugo's parameters


def test_names_of_blocks_are_anchors_that_links_and_embeds_find() -> None:
    files = {
        "idea.md": "First.\n\nA thought\nof two lines. ^one-idea\n\n- a\n- the second ^a1b2c3\n- c\n\n"
        "| t |\n|---|\n| 1 |\n\n^grid\n"
    }
    page = Context(
        "en/page.md",
        "en",
        {},
        lambda path: files.get(path.lstrip("/")),
        lambda name: "idea.md" if name == "idea" else None,
    )

    own = read_dialects(files["idea.md"] + "\n[[#^one-idea]] [[#^grid|table]]\n")
    assert 'of two lines.<a id="one-idea"></a>' in own.text and '- the second<a id="a1b2c3"></a>' in own.text
    assert '\n<a id="grid"></a>\n' in own.text and "[one idea](#one-idea) [table](#grid)" in own.text
    assert not own.notes and "^" not in own.text

    assert read_dialects("![[idea#^one-idea]]", page).text == "A thought\nof two lines."
    assert read_dialects("![[idea#^a1b2c3]]", page).text == "- the second"
    assert read_dialects("![[idea#^grid]]", page).text == "| t |\n|---|\n| 1 |"
    assert read_dialects("[[idea#^a1b2c3]] [[idea#^one-idea|x]]", page).text == (
        "[idea](../idea.md#a1b2c3) [x](../idea.md#one-idea)"
    )


@pytest.mark.parametrize(
    "text", ["It is 2^10 of them", "costs x ^2", "x^2^ and a ^b in between", "`code ^name`", "[^1]: a note ^1"]
)
def test_what_only_looks_like_a_name_stays(text: str) -> None:
    assert "<a id" not in read_dialects(text).text


def test_a_name_nobody_links_to_is_told() -> None:
    reading = read_dialects("A sentence that ends. ^somehow")
    assert [(note.code, note.kind, note.line) for note in reading.notes] == [
        ("removed-markup", "^name (of a block)", 1)
    ]


def test_tabs_and_includes_of_mdbook() -> None:
    page = Context("en/page.md", "en", {}, lambda path: "One.\nTwo.\n" if path == "en/other.md" else None)
    reading = read_dialects(
        '{{#title A page}}\n\n{{#tabs }}\n{{#tab name="Linux" }}\nRun **it**.\n{{#endtab }}\n'
        '{{#tab name="Mac" }}\nOpen it.\n'
        "{{#endtab }}\n{{#endtabs }}\n\n{{#include other.md:2}}\n\n{{#include none.md}}\n", page,
    )  # fmt: skip
    assert '=== "Linux"\n\n    Run **it**.' in reading.text and '=== "Mac"\n\n    Open it.' in reading.text
    assert "Two." in reading.text and "One." not in reading.text and "{{" not in reading.text
    assert {note.kind for note in reading.notes} == {"{% title %}", "include"}


def test_parameters_of_a_hugo_site_are_variables() -> None:
    page = Context("en/page.md", "en", {"version": "2.1", "page.version": "3", "shortcode.latest": "v9"})
    text = '{{< param "version" >}} {{ .Site.Params.version }} {{ site.Params.Version }} {{< latest >}}'
    assert read_dialects(text, page).text == "3 2.1 2.1 v9"

    unknown = read_dialects("a {{ .Site.Params.nothing }} b {{ $.Site.Title }} c {{< param nothing >}} d")
    assert "{" not in unknown.text and {note.code for note in unknown.notes} == {"removed-markup"}
    assert read_dialects("Write {{ .Values.image }} there").text == "Write {{ .Values.image }} there"


def test_a_generated_reference_is_taken_out_with_its_options() -> None:
    reading = read_dialects(
        "Before.\n\n::: mkdocs-click\n    :module: loom.cli\n    :command: loom\n    :depth: 0\n\nAfter.\n"
    )
    assert lines_of(reading.text) == ["Before.", "After."]
    assert [note.code for note in reading.notes] == ["removed-markup"]


@pytest.mark.parametrize("mark", ['<div class="termy">', "<!-- termynal -->"])
def test_tags_that_colour_a_terminal_are_taken_out_of_it_and_of_no_other_code(mark: str) -> None:
    end = "</div>" if mark.startswith("<div") else ""
    code = '```console\n$ run <name>\n<font color="#A6E22E">INFO</font>:  <b>up</b>\n```\n'
    reading = read_dialects(f"{mark}\n\n{code}\n{end}\n\nThen:\n\n{code}")

    first, second = reading.text.split("Then:")
    assert "$ run <name>\nINFO:  up\n" in first and '<font color="#A6E22E">INFO</font>' in second
    assert [(note.code, note.count) for note in reading.notes] == [("removed-markup", 1)]
