"""A passage is quoted as its article has it: numbers, rows, boxes and links, cut where a reader would."""

import re
import time
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kb.markup.answer_parts import numbers_with
from kb.markup.excerpt import announces, excerpt, joined, sentence_places, with_announced, with_links, with_section
from kb.markup.links import LinkTargets, Resolver
from kb.markup.markdown import Converter
from kb.markup.page import read_page
from kb.markup.quote import Quote, quote_of_text, quotes_of, squeezed
from kb.markup.quote_pictures import name_pictures
from kb.markup.quote_tree import html_of, length_of_html, tree_of
from kb.models import Article, ArticleRef, Passage, PassageKind
from kb.passages import passages_of
from kb.source.folder_reader import read_folder

_CONVERTER = Converter()


def article(markdown: str, lang: str = "en", summary: str = "") -> Article:
    places = LinkTargets({"en/returns.md": ArticleRef("en", "returns")}, frozenset(), lambda _path: None)
    page = read_page(_CONVERTER.html(markdown, lang), "Title", Resolver("en/this.md", places))
    return Article(lang, "this", "this", "help", "Title", page.sections, html=page.html, summary=summary)


def body(of: Article) -> tuple[Passage, ...]:
    return tuple(p for p in passages_of(of) if p.kind is PassageKind.BODY)


def quote(markdown: str, lang: str = "en") -> Quote:
    found = article(markdown, lang)
    return quotes_of(found, body(found))[0]


def quoted_html(html: str) -> str:
    """The quotation of a page's HTML, without what delimits its sentences."""
    page = read_page(html, "Title", Resolver("en/this.md", LinkTargets({}, frozenset(), lambda _path: None)))
    found = Article("en", "this", "this", "help", "Title", page.sections, html=html)
    return re.sub("</?sentence>", "", quotes_of(found, body(found))[0].html)


def text_of(html: str) -> str:
    return re.sub(r"<[^>]*>", "", html).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, attrs))


STEPS = "\n".join(f"{n}. Press button {n} and wait for the light. Then let it go." for n in range(1, 9))
TABLE = "| Where | Cost |\n|---|---|\n" + "\n".join(f"| Country {n} | {n} EUR |" for n in range(1, 30))


def test_steps_stay_steps() -> None:
    html = excerpt(quote("1. Open **it**.\n2. Close it.\n").html).html
    assert squeezed(html) == squeezed("<ol><li>Open <strong>it</strong>.</li><li>Close it.</li></ol>")


@pytest.mark.parametrize("marked", [0, 4, 9, 15])
def test_steps_that_are_cut_keep_their_numbers(marked: int) -> None:
    found = excerpt(quote(STEPS).html, marked, 200)
    step = marked // 2 + 1
    start = int((re.search(r'<ol start="(\d+)"', found.html) or [0, "1"])[1])
    shown = re.findall(r"button (\d)", found.html)
    assert found.cut
    assert str(step) in shown
    assert shown == [str(start + i) for i in range(len(shown))]
    assert found.html.count("<mark>") == 1


def test_a_list_that_begins_later_and_one_inside_a_step_keep_their_numbers() -> None:
    long = "word " * 60
    html = quote(f"4. Four {long}.\n5. Five:\n    1. One {long}.\n    2. Two.\n6. Six.\n").html
    assert '<ol start="4">' in excerpt(html).html
    found = excerpt(html, 3, 60).html
    assert '<ol start="5">' in found
    assert '<ol start="2">' in found


def test_a_second_passage_goes_on_counting() -> None:
    found = article("\n".join(f"{n}. {'Press and hold it, then wait. ' * 8}" for n in range(1, 9)))
    quotes = quotes_of(found, body(found))
    assert len(quotes) > 1
    first = quotes[0].html.count("<li>")
    assert quotes[1].html.startswith(f'<ol start="{first + 1}">')


def test_rows_stand_below_their_headings_wherever_a_table_is_cut() -> None:
    stored = quote(TABLE)
    row = next(i for i, (a, b) in enumerate(stored.sentences) if b - a == len("Country 20") and i > 38)
    found = excerpt(stored.html, row, 100)
    assert "<thead><tr><th>Where</th><th>Cost</th></tr></thead>" in re.sub(r"\s*\n\s*", "", found.html)
    assert re.findall(r"<td>(?:<mark>)?Country (\d+)(?:</mark>)?</td>\s*<td>\1 EUR</td>", found.html)
    assert found.html.count("<tr>") == found.html.count("</tr>")


def test_an_empty_cell_keeps_its_column() -> None:
    html = excerpt(quote("| A | B | C |\n|---|---|---|\n| 1 |  | 3 |\n|  | 2 |  |\n").html).html
    assert html.count("<td>") == 6


def test_a_term_stands_with_what_is_said_of_it() -> None:
    stored = quote("\n\n".join(f"Term {n}\n:   It means something. And more." for n in range(6)))
    for marked in range(18):
        html = excerpt(stored.html, marked, 90).html.removeprefix("<p>…</p>")
        assert html.count("<dt>") == html.count("<dd>") > 0
        assert html.startswith("<dl>\n<dt>") or html.startswith("<dl><dt>")


def test_a_box_keeps_its_look_and_its_title_when_it_is_cut() -> None:
    stored = quote('!!! danger "Careful"\n    Never open it. ' + "It may burn. " * 30 + "Call us.\n")
    found = excerpt(stored.html, len(stored.sentences) - 1, 60)
    assert found.cut
    assert found.html.startswith('<div class="admonition danger">')
    assert '<p class="admonition-title">Careful</p>' in found.html
    assert "<mark>Call us.</mark>" in found.html


WARNED = 'Press the button. Wait a minute.\n\n!!! {} "Careful"\n    Never open it. Call us.\n\nThen it works again.'
SENTENCES = ["Press the button.", "Wait a minute.", "Never open it.", "Call us.", "Then it works again."]


@pytest.mark.parametrize("kind", ["warning", "danger", "caution"])
@pytest.mark.parametrize("budget", [0, 45, 30])
def test_a_warning_stands_first_in_its_passage_whatever_is_cut(kind: str, budget: int) -> None:
    stored = quote(WARNED.format(kind))
    assert len(stored.sentences) == len(SENTENCES)
    for number, sentence in enumerate(SENTENCES):
        found = excerpt(stored.html, number, budget)
        assert found.html.startswith(f'<div class="admonition {kind}">')
        assert number == 3 or "Never open it." in text_of(found.html)
        (marked,) = re.findall("<mark>(.*?)</mark>", found.html)
        assert marked == sentence
        assert found.cut == bool(budget)
    assert [text_of(excerpt(stored.html, None, 0).html).count(s) for s in ("Press", "Never", "Then")] == [1, 1, 1]


_RUN = "```\nrun --all --now\n```\n"
_BOXED = (
    '!!! warning "Careful"\n    This is what most people write to us about. {announces}\n\n'
    "    ```\n    run --all --now\n    ```\n\n"
    "    Or do it by hand, which takes a good while longer.\n"
)


@pytest.mark.parametrize(
    "announces", ["Run this in the terminal:", "或在终端中运行以下命令，", "Or run this,", "Run this"]
)
@pytest.mark.parametrize("boxed", [True, False])
def test_what_announces_code_is_not_shown_without_it(announces: str, boxed: bool) -> None:
    code = _BOXED.format(announces=announces) if boxed else f"This is what most write about. {announces}\n\n{_RUN}"
    stored = quote(f"Before it all.\n\n{code}\nAnd after it all.\n").html
    numbers = range(stored.count("<sentence>"))
    for marked in (None, *numbers):
        for budget in range(10, 200, 10):
            html = excerpt(stored, marked, budget).html
            assert (announces in text_of(html)) == ("run --all" in html), (marked, budget, html)


@pytest.mark.parametrize("marked", [1, 2])
def test_nothing_follows_a_warning_that_is_cut_off(marked: int) -> None:
    stored = quote(f"Before it all.\n\n{_BOXED.format(announces='Run this:')}").html
    assert "Before" not in excerpt(stored, marked, 60).html
    assert "Before" in excerpt(stored, marked, 0).html
    assert excerpt(stored, 0, 60).html.endswith("<p><mark>Before it all.</mark></p>")


def test_items_that_end_in_a_comma_announce_nothing() -> None:
    stored = quote("- apples, many of them,\n- pears, more of them,\n- figs\n").html
    assert text_of(excerpt(stored, 0, 26).html).strip() == "apples, many of them,"
    assert not announces(quote(f"Done.\n\n{_RUN}").html)
    following = quote("- pears\n").html
    first = quote("Apples,\n").html
    assert with_announced(first, following) == first
    assert "run --all" in with_announced(first, quote(_RUN).html)


def test_what_does_not_warn_stays_where_it_is_and_so_does_a_warning_in_a_step() -> None:
    assert excerpt(quote(WARNED.format("note")).html, 0).html.startswith("<p><mark>Press the button.</mark>")
    steps = quote("1. Switch it off.\n2. Open it.\n\n    !!! warning\n        Not with a knife.\n3. Close it.\n").html
    assert excerpt(steps, 0).html.startswith("<ol>")


@pytest.mark.parametrize(
    ("text", "lang", "sentence"),
    [
        ("İade 30 gün sürer, bkz. Ek 2. Ayın 3. gününde ödenir. " * 8, "tr", r"Ek 2\.|ödenir\."),
        ("請先登入您的帳戶，接著打開訂單。選擇要退回的商品，再列印標籤。" * 8, "zh-Hant", "。"),
        ("افتح الطلب أولًا. هل ليست لديك طابعة؟ اطلب رمزًا بدلًا منه. " * 8, "ar", r"\.|؟"),
    ],
)
def test_a_cut_is_at_the_end_of_a_sentence(text: str, lang: str, sentence: str) -> None:
    found = excerpt(quote(text, lang).html, 0, 120)
    assert found.cut
    assert re.search(f"(?:{sentence})(?:</mark>)?</p>$", found.html)


def test_a_sentence_with_elements_inside_is_marked_once_and_whole() -> None:
    html = excerpt(quote("See `a.b` first. Open **My. Orders** at [returns](returns.md#x). Done.").html, 1).html
    assert '<mark>Open <strong>My. Orders</strong> at <a href="/en/a/returns#x">returns</a>.</mark> Done.' in html


def test_an_authors_own_mark_is_no_answer() -> None:
    html = excerpt(quote("One <mark>bright</mark> word. Two.").html, 1).html
    assert html == "<p>One <strong>bright</strong> word. <mark>Two.</mark></p>"


def test_what_a_sentence_says_of_itself_is_where_it_stands_in_the_passage() -> None:
    found = article(f"Begin.\n\n{STEPS}\n\n{TABLE}\n\n- a & b <c>\n- d\n", summary="What it is about.")
    for passage, stored in zip(body(found), quotes_of(found, body(found)), strict=True):
        for number, (start, end) in enumerate(stored.sentences):
            marked = re.findall(r"<mark>(.*?)</mark>", excerpt(stored.html, number).html, re.DOTALL)
            own = [stored.sentences[one] for one in numbers_with(stored.html, number)]
            assert (start, end) in own
            assert [squeezed(text_of(one)) for one in marked] == [squeezed(passage.text[a:b]) for a, b in own]


def test_nothing_that_loads_or_leads_nowhere_is_quoted() -> None:
    html = quote(
        "Press ![the gear](https://x.example/gear.png) and wait[^1].\n\n"
        "![](https://www.youtube.com/watch?v=dQw4w9WgXcQ)\n\n- [x] done\n\n[^1]: A note.\n"
    ).html
    assert "Press the gear and wait" in text_of(html)
    assert not re.search("<(img|iframe|video|input)| id=|footnote-", html)


@pytest.mark.parametrize(
    "hostile",
    [
        "<sentence>x</sentence> <mark>y</mark>", "a <b onclick=alert(1)>b</b>", "`<script>alert(1)</script>`",
        "[x](javascript:alert(1))", '<a href="x" title="&quot;><img src=x onerror=alert(1)>">x</a>', "\0 \x01 <",
    ],
)  # fmt: skip
def test_hostile_text_stays_text(hostile: str) -> None:
    stored = quote(f"Before. {hostile} After. " + "More words here. " * 30)
    for budget in (0, 60):
        html = excerpt(stored.html, 0, budget).html
        found = Elements()
        found.feed(html)
        assert not {"script", "img", "sentence"} & {tag for tag, _ in found.seen}
        assert not [a for _, a in found.seen if any(n.startswith("on") or "javascript:" in (v or "") for n, v in a)]
        assert html.count("<mark>") == html.count("</mark>") == 1


def test_links_work_from_elsewhere() -> None:
    html = '<a href="#x">a</a><a href="/en/a/b">b</a><a href="https://c.example/">c</a>'
    assert with_links(html, "https://h.example/en/a/me#top", "https://h.example") == (
        '<a href="https://h.example/en/a/me#x">a</a><a href="https://h.example/en/a/b">b</a>'
        '<a href="https://c.example/">c</a>'
    )


def test_a_text_without_html_is_quoted_as_paragraphs() -> None:
    stored = quote_of_text("One <b>. Two.\n\nThree.")
    assert excerpt(stored.html, 1).html == "<p>One &lt;b&gt;. <mark>Two.</mark></p><p>Three.</p>"
    assert stored.sentences == ((0, 8), (9, 13), (15, 21))


def test_an_article_whose_html_is_another_than_its_text_is_quoted_as_text() -> None:
    found = article("Some text. More of it.")
    other = Article(**{**vars(found), "html": "<p>Something else.</p>"})
    assert text_of(quotes_of(other, body(other))[0].html) == "Some text. More of it."


def test_every_passage_of_the_demo_is_quoted_whole() -> None:
    for found in read_folder(Path(__file__).parents[2] / "kb" / "articles").articles:
        for passage, stored in zip(body(found), quotes_of(found, body(found)), strict=True):
            marks = re.compile(r"(?m)^\s*(\d+\.|-) |\|")
            quoted = squeezed(text_of(stored.html)).replace("|", "")
            assert squeezed(marks.sub("", passage.text)) in quoted
            # A warning is shown first, so only the letters are the same.
            assert sorted(squeezed(text_of(excerpt(stored.html).html)).replace("|", "")) == sorted(quoted)


# Quotations that end where a reader would


_CODE = "```\n{}\n```\n"
ANNOUNCED = {
    "one command": _CODE.format("server update"),
    "a long code block": _CODE.format("\n".join(f"setting_{n}: a value of its own" for n in range(60))),
    "steps": "\n".join(f"{n}. Press button {n} and wait for the light to go out." for n in range(1, 30)),
    "a list": "\n".join(f"- One of the things that it is about, number {n}." for n in range(1, 30)),
    "a table": TABLE,
    "paragraphs": "It is what follows here. " * 3 + "\n\n" + "And more of that. " * 40,
}
_CODE_ONLY = f"<pre><sentence><code>{'server --run ' * 40}\n</code></sentence></pre>"
PROSE = "Nothing of that kind is said here, which is to be long. "


def ends_in(html: str) -> str:
    """The last of what is shown, as one reads it."""
    return text_of(html).rstrip()[-40:]


@pytest.mark.parametrize("colon", [":", "："])
@pytest.mark.parametrize("before", [0, 1, 5, 9])
@pytest.mark.parametrize("follows", list(ANNOUNCED))
def test_what_a_sentence_announces_stands_below_it_wherever_is_cut(follows: str, before: int, colon: str) -> None:
    found = article(f"{PROSE * before}Do it like this{colon}\n\n{ANNOUNCED[follows]}\n\n{PROSE * 4}")
    quotes = [one.html for one in quotes_of(found, body(found))]
    # As search joins them (index/presentation.py).
    place = next(n for n, html in enumerate(quotes) if "Do it like this" in html)
    stored = with_announced(*quotes[place : place + 2]) if announces(quotes[place]) else quotes[place]
    sentences = stored.split("<sentence>")[1:]
    announcing = next(n for n, words in enumerate(sentences) if words.startswith("Do it like this"))
    for marked in (None, *range(min(announcing + 1, 3)), announcing, len(sentences) - 1):
        for budget in (60, 120, 320, 0):
            html = excerpt(stored, marked, budget).html
            assert not ends_in(html).endswith(colon), (marked, budget, html)
            if marked == announcing:
                below = html.partition(f"like this{colon}</mark>")[2]
                assert text_of(below).strip(), (budget, html)


def test_a_long_code_block_is_shown_by_its_first_lines_with_every_element_closed() -> None:
    lines = "\n".join(f"<span>setting_{n}</span>: <b>a value</b> of its own" for n in range(60))
    html = f"<p><sentence>Write:</sentence></p><pre><sentence><code><span></span>{lines}</code></sentence></pre>"
    found = excerpt(html, 0, 320)
    assert found.cut
    assert "setting_0" in found.html
    assert "setting_59" not in found.html
    assert found.html.endswith("of its own</code></pre>")
    assert found.html.count("<b>") == found.html.count("</b>")
    assert excerpt(html, 0).html.count("setting_") == 60


@pytest.mark.parametrize("wanted", [0, 3, 17, 40, 59])
@pytest.mark.parametrize("budget", [60, 320])
def test_of_a_long_code_block_the_line_with_the_words_looked_for_is_shown(wanted: int, budget: int) -> None:
    lines = "\n".join(
        f"<span>setting_{n}</span>: <b>a value</b> of <i>" + ("Exactly ThisOne" if n == wanted else "its own") + "</i>"
        for n in range(60)
    )
    code = f"<pre><sentence><code><span></span>{lines}</code></sentence></pre>"
    html = f"<p><sentence>Write:</sentence></p>{code}<p><sentence>Then wait.</sentence></p>"
    found = excerpt(html, 0, budget, frozenset({"thisone", "exactly", "setting"}))
    assert found.cut
    assert "Exactly ThisOne" in found.html
    assert found.html.count("setting_") < 12
    for tag in ("b", "i", "span", "code"):
        assert found.html.count(f"<{tag}>") == found.html.count(f"</{tag}>")
    # What is left out above it is said to be, in a line of its own.
    shown = text_of(found.html.partition("<pre>")[2]).split("\n")
    assert (shown[0] == "…") == ("setting_0:" not in shown[0])
    assert all(line.startswith("setting_") for line in shown[1:] if "value" in line)


def test_a_long_line_of_code_is_shown_whole() -> None:
    stored = quote(f"{PROSE * 3}\n\n{_CODE.format('server --run ' * 40)}").html
    found = excerpt(stored, 3, 120)
    assert found.html.count("--run") == 40
    assert excerpt(_CODE_ONLY, None, 120).cut is False


def test_what_announces_nothing_that_can_be_shown_is_left_out_or_said_to_be_cut() -> None:
    stored = quote("Press the button. See how it works:\n\n![](video.mp4)\n").html
    assert text_of(excerpt(stored).html) == "Press the button."
    assert excerpt(stored).cut
    assert excerpt(stored, 1).cut  # the marked one stays


@pytest.mark.parametrize("follows", list(ANNOUNCED))
def test_a_passage_that_ends_in_what_it_announces_goes_on_with_the_next(follows: str) -> None:
    before, after = quote(f"{PROSE}Do it like this:\n").html, quote(ANNOUNCED[follows]).html
    assert announces(before)
    assert not announces(after)
    html = excerpt(with_announced(before, after), 1, 320).html
    assert html.startswith("<p>" + PROSE.strip())
    below = html.partition("like this:</mark></p>")[2]
    assert 0 < len(text_of(below)) < 400
    assert below.count("<") == below.count(">")


TABS = """=== "Debian"

    ```
    apt install server
    ```

=== "Fedora"

    {more}
"""


@pytest.mark.parametrize("budget", [20, 60, 320, 0])
@pytest.mark.parametrize("more", ["", "dnf install server. " * 50])
def test_a_title_is_never_shown_without_what_it_stands_above_and_never_marked(more: str, budget: int) -> None:
    boxed = f'!!! note "Careful"\n    {PROSE * 20}\n\n??? note "Details"\n    {PROSE * 20}\n\n{TABLE}'
    found = article(f"{PROSE * 14}\n\n{TABS.format(more=more)}\n\n{boxed}")
    for stored in quotes_of(found, body(found)):
        for marked in range(len(stored.sentences)):
            html = re.sub(r">\s+<", "><", excerpt(stored.html, marked, budget).html)
            assert not re.search(r'(?:-title"|<summary|<th[^>]*)><mark>', html)
            assert not re.search(
                r'-title">[^<]*</p></div>|</summary></details>|</thead>(<tbody></tbody>)?</table>', html
            )


def test_where_sentences_stand_is_known_for_each() -> None:
    lines = _CODE.format("two\nlines")
    stored = quote(
        f'One. Two.\n\n!!! danger "Careful"\n    Never. Ever.\n\n{_CODE.format("one line")}\n{lines}\n\n'
        "- In a step.\n\n    ```\n    two\n    lines\n    ```\n"
    )
    places = "".join(place[0] for place in sentence_places(stored.html))
    assert (places, len(stored.sentences)) == ("ttwwtctc", 8)


@pytest.mark.parametrize("budget", [20, 40, 80, 200])
@pytest.mark.parametrize("marked", [0, 1, 2])
def test_a_section_below_an_introduction_is_never_shown_without_its_heading(marked: int, budget: int) -> None:
    below = quote("1. Press the first one.\n2. Press the second one, and wait for the light.\n")
    html = excerpt(with_section(quote("Locked out? Do this.").html, "Steps & all", below.html), marked, budget).html
    assert ("<strong>Steps &amp; all</strong></p>" in html) is ("<li>" in html or "<ol" in html)
    assert html.count("<mark>") == 1


# Pictures


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<p>Click <img src="/a" alt="gear" height="20"> and wait.</p>', "<p>Click <em>gear</em> and wait.</p>"),
        ('<p>Click<img src="/a" alt="gear">and wait.</p>', "<p>Click <em>gear</em> and wait.</p>"),
        ('<p>Click the <img src="/a" alt="gear">.</p>', "<p>Click the <em>gear</em>.</p>"),
        ('<p>點選<b><img src="/a" alt="齒輪"></b>，再等一下。</p>', "<p>點選 <b><em>齒輪</em></b>，再等一下。</p>"),
        ('<p>Click it. <img src="/a" alt="A gear"> Then wait.</p>', "<p>Click it.  Then wait.</p>"),
        ('<p>Click it\n<img src="/a" alt="A gear">\nand wait.</p>', "<p>Click it\n\nand wait.</p>"),
        ('<p>Click it<br><img src="/a" alt="A gear"><br>and wait.</p>', "<p>Click it<br><br>and wait.</p>"),
        ('<p>Click <img src="/a" alt="All settings" height="300"> and wait.</p>', "<p>Click  and wait.</p>"),
        (f'<p>Click <img src="/a" alt="{"A gear. " * 9}"> and wait.</p>', "<p>Click  and wait.</p>"),
        ('<p>Click it. <a href="/b"><img src="/a" alt="A gear"></a></p>', "<p>Click it. </p>"),
        ('<p>Click it.</p><p><img src="/a" alt="A gear"></p>', "<p>Click it.</p>"),
        ('<p>Click <img src="/a" alt=""> it.</p>', "<p>Click  it.</p>"),
    ],
)  # fmt: skip
def test_of_pictures_only_small_ones_amid_a_sentence_are_named(html: str, expected: str) -> None:
    assert quoted_html(html) == expected


def test_a_line_of_many_pictures_takes_no_time() -> None:
    tree = tree_of("<p>" + 'Click <img alt="x"> it and ' * 20_000 + "wait.</p>")
    begin = time.process_time()
    name_pictures(tree)
    assert time.process_time() - begin < 5
    assert html_of(tree).count("<em>x</em>") == 20_000


def test_a_table_of_pictures_is_left_out_and_one_with_small_ones_in_its_cells_is_not() -> None:
    head = "<table><thead><tr><th>Before</th><th>After</th></tr></thead><tbody>"
    shots = (
        f'{head}<tr><td><img src="/a" alt="Old" height="300"></td><td><img src="/b" alt="New" height="300"></td></tr>'
    )
    assert quoted_html(f"<p>It changes.</p>{shots}</tbody></table>") == "<p>It changes.</p>"
    icons = f'{head}<tr><td>Colour</td><td><img src="/b" alt="yes" height="16"></td></tr></tbody></table>'
    assert "<td>Colour</td><td><em>yes</em></td>" in quoted_html(icons)


def test_a_step_that_is_only_a_picture_leaves_the_others_their_numbers() -> None:
    stored = quote("1. First.\n2. ![](x.png)\n3. Third. More of it.\n4. Fourth.\n").html
    assert re.findall(r"<li[^>]*>", stored) == ["<li>", '<li value="3">', "<li>"]
    later = excerpt(stored, 3, 8).html
    assert re.findall(r"<[ol][li][^>]*>", later) == ['<ol start="4">', "<li>"]
    assert re.findall(r"<[ol][li][^>]*>", excerpt(stored, 1, 5).html) == ['<ol start="3">', "<li>"]


# What is left where something is left out


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<p>See <a>the notes</a> and <a id="x"></a>more.</p>', "<p>See the notes and more.</p>"),
        ('<p>Said<sup><a class="footnote-ref" href="#fn1">1</a></sup>.</p>', "<p>Said.</p>"),
        ("<p>One.</p><div><div>\n</div></div><p>Two.</p>", "<p>One.</p><p>Two.</p>"),
        ("<p>One.<b> </b>Two.</p>", "<p>One. Two.</p>"),
        ("<ul><li>One.</li><li> </li><li>Two.</li></ul>", "<ul><li>One.</li><li>Two.</li></ul>"),
    ],
)
def test_nothing_empty_is_quoted_and_no_link_without_an_address(html: str, expected: str) -> None:
    assert quoted_html(html) == expected


NESTED = (
    "- One thing to know.\n    - Something below it.\n        - And below that. And more.\n- Another thing to know.\n"
)


@pytest.mark.parametrize(
    ("marked", "budget", "expected"),
    [
        (2, 12, "<ul><li>And below that.</li></ul>"),
        (1, 36, "<ul><li>One thing to know.<ul><li>Something below it.</li></ul></li></ul>"),
        (3, 28, "<ul><li>And below that.And more.</li></ul>"),
        (0, 36, "<ul><li>One thing to know.</li></ul>"),
    ],
)
def test_no_item_of_a_list_is_a_mark_alone(marked: int, budget: int, expected: str) -> None:
    html = excerpt(quote(NESTED).html, marked, budget).html.removeprefix("<p>…</p>")
    assert re.sub(r"\s*</?mark>|(?<=>)\s+|\s+(?=<)", "", html) == expected


LINES = [f"{'    ' * (n % 3)}setting_{n} = a value of its own  # and why it is this one" for n in range(60)]


@pytest.mark.parametrize("before", range(0, 60, 7))
def test_a_line_of_code_is_never_cut_and_keeps_its_indent(before: int) -> None:
    # Lines end wherever the passages before them do.
    found = article(f"{'x' * before} {PROSE * 8}\n\n{_CODE.format(chr(10).join(LINES))}")
    quotes = quotes_of(found, body(found))
    shown = [re.findall(r"<pre[^>]*>(.*?)</pre>", text, re.S) for text in (one.html for one in quotes)]
    blocks = [text_of(block) for one in shown for block in one]
    assert len(blocks) > 3
    assert {line for block in blocks for line in block.strip("\n").split("\n")} == set(LINES)
    for passage, one in zip(body(found), quotes, strict=True):
        assert all(0 <= start < end <= len(passage.text) for start, end in one.sentences)


def test_what_is_announced_below_a_warning_is_shown_below_its_sentence() -> None:
    stored = quote(
        f"Do it like this:\n\n!!! warning\n    Never in the rain.\n\n{_CODE.format('update')}\n\n{PROSE * 9}"
    ).html
    html = excerpt(stored, 0, 60).html
    assert " ".join(text_of(html.replace("<", " <")).split()) == "Warning Never in the rain. Do it like this: update"


@pytest.mark.parametrize("tag", ["div", "span", "em", "b", "blockquote", "details", "ul", "a"])
def test_however_deeply_elements_are_nested_all_words_are_quoted(tag: str) -> None:
    begin, end = {"ul": ("<ul><li>", "</li></ul>"), "a": ('<a href="/x"><b>', "</b></a>")}.get(
        tag, (f"<{tag}>", f"</{tag}>")
    )
    found = quote(f"Above it.\n\n{begin * 3000}Inside it.{end * 3000}\n\nBelow it.")
    for budget in (0, 12):
        shown = re.sub("<(?!/?mark>)[^>]*>", "", excerpt(found.html, 1, budget).html)
        assert "<mark>Inside it.</mark>" in shown
    assert "Above it." in found.html and "Below it." in found.html


def _box(title: str, words: str, kind: str = "warning") -> str:
    head = f'<p class="admonition-title">{title}</p>'
    return f'<div class="admonition {kind}">{head}\n<p><sentence>{words}</sentence></p></div>'


def test_a_box_that_goes_on_in_the_next_part_is_one_box() -> None:
    above, below = f"<p><sentence>A.</sentence></p>{_box('Hot', 'B.')}", _box("Hot", "C.")
    html = joined(above, f"{below}<p><sentence>D.</sentence></p>")
    assert html.count('class="admonition warning"') == html.count("admonition-title") == 1
    assert re.findall(r"<sentence>(\w)", html) == ["A", "B", "C", "D"]


@pytest.mark.parametrize(
    ("above", "below"),
    [
        (_box("Hot", "B."), _box("Cold", "C.")),
        (_box("Hot", "B."), _box("Hot", "C.", "note")),
        (f"{_box('Hot', 'B.')}<p>x</p>", _box("Hot", "C.")),
        ("<p>x</p>", _box("Hot", "C.")),
        (_box("Hot", "B."), f"<p>x</p>{_box('Hot', 'C.')}"),
    ],
)
def test_other_boxes_stay_boxes_of_their_own(above: str, below: str) -> None:
    assert joined(above, below) == above + below


# What stands above the sentence that answers

ROWS = "| Size | Weight |\n|---|---|\n" + "".join(f"| Size no. {n:02} | {n} kilograms |\n" for n in range(40))
ABOVE = {
    "rows": ROWS,
    "items": "".join(f"- Item no. {n:02} of the list.\n" for n in range(20)),
    "en": "".join(f"Number {n} can tell you what to do about it. " for n in range(20)),
    "tr": "".join(f"Bunu nasıl yapacağınızı {n} numara söyler. " for n in range(20)),
    "zh": "".join(f"第{n}位会告诉你该怎么办。" for n in range(20)),
}


@pytest.mark.parametrize("kind", list(ABOVE))
def test_what_stands_above_the_answer_is_kept_and_what_stands_below_it_cut(kind: str) -> None:
    stored, budget = quote(ABOVE[kind]).html, 120
    sizes = [length_of_html(one.partition("</sentence>")[0]) for one in stored.split("<sentence>")[1:]]
    assert sum(sizes) > 3 * budget
    for marked in range(len(sizes)):
        found = excerpt(stored, marked, budget)
        is_whole = "…" not in found.html
        # From the beginning, or behind a sign.
        assert is_whole == squeezed(text_of(found.html)).startswith(squeezed(text_of(stored))[:24])
        end = marked + 1 if kind != "rows" else marked // 2 * 2 + 2  # a row is two cells
        assert is_whole == (sum(sizes[:end]) <= 2 * budget)
        assert "<mark>" in found.html and found.cut


def test_rows_that_are_left_out_above_are_said_to_be_in_their_table() -> None:
    stored = quote(ROWS).html
    last = stored.count("<sentence>") - 1
    html = re.sub(r"\s*\n\s*", "", excerpt(stored, last, 90).html)
    assert '<th>Weight</th></tr></thead><tbody><tr><td colspan="2">…</td></tr><tr><td>' in html
    assert html.count("…") == 1


def test_in_a_paragraph_and_above_a_list_an_ellipsis_says_what_is_left_out() -> None:
    assert excerpt(quote("First of all. Then this. And that.").html, 2, 9).html == "<p>… <mark>And that.</mark></p>"
    listed = excerpt(quote("First of all, do it.\n\n1. Then this.\n2. And that.").html, 2, 9).html
    assert re.sub(r"\s*\n\s*", "", listed) == '<p>…</p><ol start="2"><li><mark>And that.</mark></li></ol>'


QUESTIONS = [
    "**What if it is refused?** Then it comes back.",
    "**What if it is refused?**\n\nThen it comes back.",
    "**In another country**\n\nThen it comes back.",
    "What if it is refused?\n\nThen it comes back.",
    "**Peki ya geri gelirse?**\n\nThen it comes back.",
    "**E se o pacote voltar?** Then it comes back.",
    "**如果被退回怎么办？**\n\nThen it comes back.",
    "**ماذا لو رُفض؟** Then it comes back.",
    "- **What if it is refused?** Then it comes back.",
    "<dl><dt>What if it is refused?</dt><dd>Then it comes back.</dd></dl>",
]


@pytest.mark.parametrize("asked", QUESTIONS)
def test_a_question_or_a_title_is_not_shown_without_what_answers_it(asked: str) -> None:
    stored = quote(f"It is sent in a day.\n\n{asked}\n\nAll of it is free. Nothing more is asked.").html
    question = squeezed(text_of(quote(asked.partition("Then")[0].strip() or asked).html))[:12]
    for marked in range(stored.count("<sentence>")):
        for budget in range(10, 120, 7):
            said = squeezed(text_of(excerpt(stored, marked, budget).html))
            assert question not in said or "Thenitcomesback." in said
            assert "Thenitcomesback." not in said or question in said


def test_items_and_names_that_nothing_answers_stay() -> None:
    listed = quote("- Is it charged?\n- Is it on?\n- Is it near?\n").html
    assert text_of(excerpt(listed, 0, 20).html).split() == ["Is", "it", "charged?"]
    names = quote("- **Red**\n- **Green**\n- **Blue**\n").html
    assert text_of(excerpt(names, 0, 4).html).split() == ["Red"]
    assert "Still there?" in text_of(excerpt(quote("It goes away. Still there?").html, 0).html)


def test_a_passage_that_ends_in_a_title_goes_on_with_the_next() -> None:
    before = quote("It is sent.\n\n**What if it is refused?**").html
    assert announces(before)
    assert "<p>Then it comes back.</p>" in excerpt(with_announced(before, quote("Then it comes back.").html)).html
    assert text_of(excerpt(before).html) == "It is sent."
    assert not announces(quote("It is **sent**").html) and not announces(quote("- **Red**").html)
