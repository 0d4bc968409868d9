"""HTML of other tools as Markdown in our words: callouts become boxes, folded parts folded boxes, films films.

The conversion is markdownify's; here stand the rules for what help centres write beyond plain HTML.
"""

import json
import re
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field
from html import escape
from typing import Any
from urllib.parse import unquote

from bs4 import BeautifulSoup, Tag
from bs4.element import CData, Comment, Doctype, PreformattedString
from markdownify import ATX, MarkdownConverter

from core import ended_process
from kb.markup.dialects.inline import safe_anchor
from kb.markup.media import FILE_SUFFIXES, video_of
from kb.markup.said import STRUCK

_DEEPEST = 120
# Beyond these an article is converted in a process that can be ended, which costs a second.
_ORDINARY, _UNCLOSED_MOST, _OPEN_MOST, _TAGS_MOST = 400_000, 20, 150, 6_000
_PATIENCE_SECONDS = 30.0
_MUCH_SPACE = re.compile(r"[ \t]{200}")
_VOID = re.compile(r"(?i)<(?:br|img|hr|col|wbr|input|source|track|embed)\b|<[^<>]*/>|<!")
_LONGEST = 4 * 1024 * 1024
_BOX_WORDS = {
    "note": "note", "info": "note", "information": "note", "notice": "note", "blue": "note", "secondary": "note",
    "tip": "tip", "success": "tip", "hint": "tip", "green": "tip", "check": "tip",
    "important": "important", "primary": "important",
    "warning": "warning", "warn": "warning", "caution": "warning", "alert": "warning", "yellow": "warning",
    "orange": "warning", "danger": "danger", "error": "danger", "red": "danger", "critical": "danger",
    "example": "example", "callout": "note", "callout-box": "note", "admonition": "note", "panel": "note",
}  # fmt: skip
_BOX_CLASS = re.compile(
    r"^(?:callout|admonition|alert|box|message|panel|note|tip|info|warning|danger|important|caution|notice"
    r"|intercom-interblocks-callout|confluence-information-macro|zd-callout|p-callout)(?:[-_]{1,2}([a-z]+))?$"
)
_NOT_TEXT = ("script", "style", "noscript", "template", "object", "embed", "applet", "form", "button", "input",
             "select", "textarea", "svg", "head", "link", "meta", "title", "canvas")  # fmt: skip
_KEPT_TAGS = ("kbd", "sub", "sup", "mark", "ins")
_AS_CODE = frozenset({"pre", "code", "samp", "tt"})
_LINE_START = re.compile(
    r"(?m)^([^\S\n]*)(#{1,6}(?=\s|$)|[-+](?=\s|$)|>|\d{1,9}(?=[.)](?:\s|$))|={3,}|-{3,}|!!!|\?\?\?|:(?=\s))"
)
# The identifiers that Zendesk and Intercom make: links of other articles name them.
_MADE_ID = re.compile(r"h_[0-9a-zA-Z]{4,}$")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# Elements in which an anchor may stand at the beginning; before others it is a paragraph of its own.
_HOLDS_ANCHOR = frozenset({"p", "li", "td", "th", "dt", "dd", "blockquote", "div", "section", "article", "label",
                           "figcaption", "main"})  # fmt: skip
_INLINE = frozenset({"a", "span", "strong", "em", "b", "i", "u", "code", "img", "sup", "sub", "font", "mark"})
_INLINE_WORDS = _INLINE | {"kbd", "samp", "var", "tt", "small", "big", "ins", "del", "s", "strike", "abbr", "cite", "q",
                           "dfn", "time", "bdi", "bdo", "wbr", "label"}  # fmt: skip
# Attributes with which a control names what it shows.
_REVEALS = ("aria-controls", "data-target", "data-bs-target", "data-toggle", "data-controls", "for", "href")
_STRUCK_STYLE = re.compile(r"(?i)(?:^|;)\s*text-decoration(?:-line)?\s*:[^;]*\bline-through\b")
_HIDDEN_STYLE = re.compile(r"(?i)(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)(?![\w-])")
_PANEL = re.compile(r"\b(?:tab-?panel|tab-?pane|tab-?content|accordion|collapse|collapsible|panel|details|expand\w*)\b")
_HEAD = re.compile(r"(?:#{1,6} )?")
_MARKED = re.compile(r"[-*+>|`!\[]|\d+[.)]|\?\?\?|===|.*[\[\]{}]")
_OWN_LINE = {"div", "li", "blockquote", "section", "article", "dd", "aside", "body", "[document]"}
_READ_ELSEWHERE = re.compile(
    r"\{(?=[{%*!/])|=(?==)|\+(?=\+)|\$(?=\$)|(?<=\$)\$|%(?=%)|:(?=::)|(?<!:)/(?=//)|(?<!/)~|\^|-(?=-?8<-)"
    r"|:(?=(?:material|fontawesome|octicons|simple)-)|(?<=\))=(?=\s*$)|(?<![^\n])(?:<(?=<<)|!(?=!!)|\?(?=\?\?))"
)
_STATEMENT = re.compile(
    r"(?m)^(import(?=[^\n]{1,500}[\"'])|export(?= (?:default|const|let|var|function|async|class|\{|\*))) "
)


@dataclass
class Converted:
    """`dropped` counts what could not be taken over, by kind."""

    markdown: str = ""
    dropped: dict[str, int] = field(default_factory=dict)


def to_markdown(html: str, fragments: Collection[str] = ()) -> Converted:
    """What cannot be converted is taken as its text alone; ids among `fragments`, or that the text links to, are kept.

    Raises TookTooLong for a text that is made to take long.
    """
    cut = html[:_LONGEST]
    if is_costly(cut):
        here = {name for name in fragments if name in cut}
        asked = json.dumps([cut, sorted(here)])
        read = json.loads(ended_process.call(f"{__name__}:_in_json", asked, seconds=_PATIENCE_SECONDS))
        found = Converted(read["markdown"], read["dropped"])
    else:
        found = _converted(cut, fragments)
    if len(cut) < len(html):
        found.dropped["too-long"] = 1
    return found


def is_costly(html: str) -> bool:
    """Whether the readers could take long: large, nested deeply, with much space, or with tags that never end."""
    begun, ended = html.count("<"), html.count("</")
    unclosed = begun - html.count(">") > _UNCLOSED_MOST or html.count("<!") > _UNCLOSED_MOST
    never_ended = begun - 2 * ended - sum(1 for _ in _VOID.finditer(html)) > _OPEN_MOST
    large = len(html) > _ORDINARY or ended > _TAGS_MOST
    return large or unclosed or never_ended or _MUCH_SPACE.search(html) is not None


def _in_json(asked: str) -> str:
    html, fragments = json.loads(asked)
    return json.dumps(asdict(_converted(html, frozenset(fragments))))


def _converted(html: str, fragments: Collection[str]) -> Converted:
    found = Converted()
    soup = BeautifulSoup(without_cdata(html), "html.parser")
    _clean(soup, found, fragments)
    if _too_deep(soup):
        found.dropped["nested-too-deeply"] = 1
        found.markdown = "\n\n".join(_escape(line) for line in soup.get_text("\n").split("\n") if line.strip()) + "\n"
        return found
    markdown = _Converter(heading_style=ATX, bullets="-", table_infer_header=True, wrap=False).convert_soup(soup)
    found.markdown = _tidy(markdown)
    return found


def without_cdata(html: str) -> str:
    """Sections of CDATA as plain text; in steps that only go on, for there may be thousands that never end."""
    parts, at = [], 0
    while (start := html.find("<![CDATA[", at)) >= 0 and (end := html.find("]]>", start)) >= 0:
        parts += [html[at:start], escape(html[start + 9 : end].replace("]] >", "]]>"), quote=False)]
        at = end + 3
    return "".join([*parts, html[at:]])


def _too_deep(soup: Tag) -> bool:
    stack = [(soup, 0)]
    while stack:
        node, depth = stack.pop()
        if depth > _DEEPEST:
            return True
        stack += [(child, depth + 1) for child in node.children if isinstance(child, Tag)]
    return False


def _clean(soup: Tag, found: Converted, fragments: Collection[str]) -> None:
    for node in soup.find_all(string=lambda text: isinstance(text, Comment | Doctype | PreformattedString)):
        if not isinstance(node, CData):
            node.extract()
    _without_hidden(soup, found)
    for box in soup.select("li > input[type=checkbox], li > p:first-child > input[type=checkbox]"):
        item = box.find_parent("li")
        if item is not None:
            item["data-task"] = "x" if box.has_attr("checked") else " "
    for name in _NOT_TEXT:
        for tag in soup.find_all(name):
            if tag.decomposed:
                continue
            if name in {"script", "style", "object", "embed", "applet", "form"}:
                found.dropped[name] = found.dropped.get(name, 0) + 1
            if name == "button":
                if isinstance(tag.next_sibling, Tag):
                    tag.insert_after(" ")
                tag.unwrap()
            elif name == "form":
                continue  # its text is kept
            else:
                tag.decompose()
    for tag in soup.find_all("a", href=True):
        if isinstance(after := tag.next_sibling, Tag) and after.name == "a" and after.has_attr("href"):
            tag.insert_after(" ")  # two links are two words
    for tag in soup.find_all("iframe"):
        source = str(tag.get("src") or tag.get("data-src") or "")
        source = f"https:{source}" if source.startswith("//") else source
        video = video_of(source)
        if video is None:
            found.dropped["iframe"] = found.dropped.get("iframe", 0) + 1
        if source.startswith(("http://", "https://")):
            _replace_by_link(tag, video.page if video else source, str(tag.get("title") or ""), film=video is not None)
        else:
            tag.decompose()
    for tag in soup.find_all(["video", "audio"]):
        inner = tag.find("source")
        source = str(tag.get("src") or (inner.get("src") if isinstance(inner, Tag) else "") or "")
        if source:
            film = any(source.lower().partition("?")[0].endswith(suffix) for suffix in FILE_SUFFIXES)
            _replace_by_link(tag, source, str(tag.get("title") or ""), film=film)
        else:
            tag.decompose()
    _strike_out(soup)
    linked = {unquote(str(tag["href"])[1:]) for tag in soup.find_all("a", href=True) if str(tag["href"])[:1] == "#"}
    _keep_ids(soup, lambda name: name in linked or name in fragments or _MADE_ID.match(name) is not None)
    if soup.find("h1"):
        for tag in reversed(soup.find_all(_HEADINGS)):
            tag.name = f"h{min(6, int(tag.name[1]) + 1)}"


def _without_hidden(soup: Tag, found: Converted) -> None:
    """Take out what browsers hide, but keep what a click shows, and variants of which a script shows one."""
    shown_by_click = {
        name.lstrip("#")
        for tag in soup.find_all(True)
        for attribute in _REVEALS
        for name in _values(tag.get(attribute))
    }
    decided: dict[int, bool] = {}  # by parent, each of which is looked at once: whether its children are variants
    for tag in soup.find_all(_is_hidden):
        if tag.decomposed or tag.parent is None or tag.get("id") in shown_by_click or _is_panel(tag):
            continue
        if id(tag.parent) not in decided:
            children = [child for child in tag.parent.children if _plain(child)]
            variants = [child for child in children if isinstance(child, Tag) and _is_hidden(child)]
            # One alone is a variant within a sentence, elsewhere most likely what a script shows later.
            enough = 1 if tag.parent.name in _INLINE else 2
            decided[id(tag.parent)] = len(variants) == len(children) >= enough
            if decided[id(tag.parent)]:
                _join(variants)
        if not decided[id(tag.parent)]:
            found.dropped["hidden"] = found.dropped.get("hidden", 0) + 1
            tag.decompose()
    texts: dict[int, str] = {}
    for tag in soup.find_all(lambda tag: tag.get("aria-hidden") == "true"):
        if tag.decomposed or tag.parent is None or tag.name in {"table", "pre"} or tag.find("img"):
            continue
        words = _plain(tag)
        whole = texts.setdefault(id(tag.parent), _plain(tag.parent))
        around = str(tag.parent.get("aria-label") or "") + whole.replace(words, "", 1)
        if words and (words in around or not re.search(r"\w", words)):
            texts[id(tag.parent)] = whole.replace(words, "", 1)
            tag.decompose()


def _strike_out(soup: Tag) -> None:
    """Say what is struck out by its elements: each run of a line, since none can stand around paragraphs or items."""
    if _too_deep(soup):
        return  # taken as its text alone
    struck = soup.find_all(lambda tag: tag.name in STRUCK or bool(_STRUCK_STYLE.search(str(tag.get("style") or ""))))
    known: set[int] = set()  # what is inside of one that is done
    for tag in struck:
        if tag.name == "pre" or id(tag) in known:
            continue
        for inner in tag.find_all(True):
            known.add(id(inner))
        for inner in tag.find_all(STRUCK):
            inner.unwrap()
        has_blocks = _has_blocks(tag)
        if tag.name in {"span", "font"} and not has_blocks:
            tag.name = "del"
        elif tag.name not in STRUCK or has_blocks:
            _strike_runs(tag)
            if tag.name in STRUCK:
                tag.unwrap()


def _strike_runs(tag: Tag) -> None:
    left = [tag]
    while left:
        run: list[Any] = []
        for child in [*left.pop().children, None]:
            is_block = isinstance(child, Tag) and (child.name not in _INLINE_WORDS or _has_blocks(child))
            if child is not None and not is_block:
                run.append(child)
                continue
            if any(_plain(one) for one in run):
                made = BeautifulSoup("", "html.parser").new_tag("del")
                run[0].insert_before(made)
                for one in run:
                    made.append(one)
            run = []
            if isinstance(child, Tag) and child.name not in {"pre", "br", "hr", "img"}:
                left.append(child)


def _has_blocks(tag: Tag) -> bool:
    return any(isinstance(inner, Tag) and inner.name not in _INLINE_WORDS for inner in tag.descendants)


def _join(variants: list[Tag]) -> None:
    """Show all variants, each once; those within a sentence with a stroke between them."""
    known: list[str] = []
    for tag in variants:
        for name in ("hidden", "style"):
            del tag[name]
        if (words := _plain(tag)) in known:
            tag.decompose()
            continue
        if known and tag.name in _INLINE:
            tag.insert_before(" / ")
        known.append(words)


def _values(value: Any) -> list[str]:
    return value if isinstance(value, list) else str(value or "").split()


def _plain(node: Any) -> str:
    text = node.get_text() if isinstance(node, Tag) else str(node)
    return "".join(text.split())


def _is_hidden(tag: Tag) -> bool:
    if tag.has_attr("hidden"):
        return str(tag.get("hidden")).lower() != "until-found"
    return bool(_HIDDEN_STYLE.search(str(tag.get("style") or "")))


def _is_panel(tag: Tag) -> bool:
    """Whether it is a part of tabs or the like, by its role or class."""
    marks = f"{tag.get('role') or ''} {' '.join(_values(tag.get('class')))} {tag.name}".lower()
    return bool(_PANEL.search(marks))


def _keep_ids(soup: Tag, is_kept: Callable[[str], bool]) -> None:
    """Note ids that links lead to: on the heading they belong to, or as an anchor where they stand."""
    kept: set[str] = set()
    for tag in soup.find_all(lambda tag: tag.has_attr("id") or (tag.name == "a" and tag.has_attr("name"))):
        name = str(tag.get("id") or tag.get("name") or "").strip()
        anchor = safe_anchor(name) if name and is_kept(name) else ""
        if not anchor or anchor in kept:
            continue
        kept.add(anchor)
        heading = _heading_of(tag)
        if heading is not None and not heading.has_attr("data-anchor"):
            heading["data-anchor"] = anchor
            continue
        made = BeautifulSoup("", "html.parser").new_tag("a")
        made["data-anchor"] = anchor
        outer = tag.find_parent("pre") or heading or tag
        cell = outer.find(["td", "th"]) if outer.name == "tr" else None
        if isinstance(cell, Tag) or outer.name in _HOLDS_ANCHOR:
            (cell or outer).insert(0, made)
        elif outer.name in _INLINE:
            outer.insert_before(made)
        else:
            paragraph = BeautifulSoup("", "html.parser").new_tag("p")
            paragraph.append(made)
            (outer.find_parent("table") or outer).insert_before(paragraph)


def _heading_of(tag: Tag) -> Tag | None:
    """The heading an id names: its own, or that of the part which begins with it, or which follows an empty anchor."""
    own = tag if tag.name in _HEADINGS else tag.find_parent(_HEADINGS)
    if own is not None:
        return own
    inner: Any = tag
    while isinstance(inner, Tag) and inner.name in {"div", "section", "article", "main", "header"}:
        inner = next((c for c in inner.children if isinstance(c, Tag) or str(c).strip()), None)
    if inner is tag and not tag.get_text(strip=True) and tag.name in {"a", "span", "p", "div"} and not tag.find("img"):
        at = (
            tag.parent
            if tag.parent is not None and tag.parent.name == "p" and not tag.parent.get_text(strip=True)
            else tag
        )
        inner = next((c for c in at.next_siblings if isinstance(c, Tag) or str(c).strip()), None)
    return inner if isinstance(inner, Tag) and inner.name in _HEADINGS else None


def _replace_by_link(tag: Tag, target: str, title: str, *, film: bool) -> None:
    made = BeautifulSoup("", "html.parser").new_tag("img" if film else "a")
    if film:
        made["src"], made["alt"] = target, title or "Video"
    else:
        made["href"] = target
        made.string = title or target
    paragraph = BeautifulSoup("", "html.parser").new_tag("p")
    paragraph.append(made)
    tag.replace_with(paragraph)


def box_kind(tag: Tag) -> str:
    """The kind of box an element's classes or data say it is; '' if it is none."""
    data = str(tag.get("data-callout") or tag.get("data-type") or "").lower()
    if data in _BOX_WORDS:
        return _BOX_WORDS[data]
    classes = [str(name).lower() for name in tag.get("class") or ()]
    named = [m for name in classes if (m := _BOX_CLASS.match(name)) and (not m[1] or m[1] in _BOX_WORDS)]
    if not named:
        return ""
    words = [m[1] for m in named if m[1]] + [m[0] for m in named] + classes
    return next((_BOX_WORDS[word] for word in words if _BOX_WORDS.get(word, "note") != "note"), "note")


def _escape(text: str) -> str:
    text = re.sub(r"([\\`*\[\]])", r"\\\1", text)
    text = re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", text)
    text = re.sub(r"&(?=#?\w+;)", "&amp;", text)
    text = re.sub(r"<(?=[A-Za-z/!?])", "&lt;", text)
    # What `kb/markup/dialects` would read; `\\(` begins a formula there, so its backslash becomes a reference.
    text = re.sub(r"\\\\(?=[()])", "&#92;", text)
    text = re.sub(r"\{(?=[#:.\s]|[\w-]{1,40}=)", "&#123;", text)  # attributes know no backslash
    text = _READ_ELSEWHERE.sub(r"\\\g<0>", text)
    return _STATEMENT.sub(r"\1&#32;", text)


def _target(address: str) -> str:
    address = address.strip().replace("\n", "")
    return f"<{address}>" if re.search(r"[\s()]", address) and not re.search("[<>]", address) else address


class _Converter(MarkdownConverter):
    def inherited(self, name: str, el: Tag, text: str, parent_tags: Any) -> str:
        """What markdownify makes of an element; its own methods are not declared."""
        base: Any = super()
        return str(getattr(base, f"convert_{name}")(el, text, parent_tags))

    def escape(self, text: str, parent_tags: Any = ()) -> str:
        del parent_tags
        return _escape(text) if text else ""

    def process_text(self, el: Any, parent_tags: Any = None) -> str:
        """Text that begins a line of its own begins nothing else there."""
        base: Any = super()
        if "kbd" in (parent_tags or ()) and not _AS_CODE & set(parent_tags):
            # markdownify takes keys for code, in which nothing is escaped: they stay HTML, and their text is Markdown.
            parent_tags = set(parent_tags) - {"_noformat"}
        made = str(base.process_text(el, parent_tags))
        # What of a line is in elements that leave no trace, or whose marks do not begin a line, begins it nevertheless.
        while el.previous_sibling is None and el.parent is not None and el.parent.name in _INLINE_WORDS:
            el = el.parent
        before = el.previous_sibling
        first = before is None or (isinstance(before, Tag) and before.name in {"br", "hr", "p", "div", "ul", "ol"})
        if not first or el.parent is None or el.parent.name not in _OWN_LINE:
            return made
        return _LINE_START.sub(_escaped_start, made, count=1)

    def convert_a(self, el: Tag, text: str, parent_tags: Any) -> str:
        del parent_tags
        if anchor := el.get("data-anchor"):
            return f'<a id="{anchor}"></a>{text}'
        before, inner, after = _edges(text)
        href = str(el.get("href") or "")
        if not inner:
            return ""
        if not href or href.lower().startswith(("javascript:", "data:")):
            return f"{before}{inner}{after}"
        if "\n\n" in inner:  # around blocks: the first of them is the link
            first, _, rest = inner.partition("\n")
            mark = _HEAD.match(first)[0]  # type: ignore[index]  # may be empty
            if _MARKED.match(first[len(mark) :]):
                return f"\n\n{inner}\n\n"
            return f"\n\n{mark}[{first[len(mark) :]}]({_target(href)})\n{rest}\n\n"
        return f"{before}[{' '.join(inner.split())}]({_target(href)}){after}"

    def convert_img(self, el: Tag, text: str, parent_tags: Any) -> str:
        del text, parent_tags
        source = str(el.get("src") or el.get("data-src") or "")
        alt = re.sub(r"([\[\]\\])", r"\\\1", " ".join(str(el.get("alt") or "").split()))
        if not source or source.startswith("data:"):
            return f"{alt}" if alt else ""
        return f"![{alt}]({_target(source)})"

    def convert_div(self, el: Tag, text: str, parent_tags: Any) -> str:
        kind = box_kind(el)
        inner = text.strip("\n")
        if not kind or not inner.strip() or "_inline" in parent_tags:
            return f"\n\n{inner}\n\n" if inner.strip() else "\n"
        title = el.find(
            class_=re.compile(r"^(title|admonition-title|admonition-heading|callout-title|alert-heading|panelHeader)\b")
        )
        words = " ".join(title.get_text(" ").split()) if isinstance(title, Tag) else ""
        if words and inner.lstrip().lstrip("*#_ ").startswith(words[:60]):
            first, _, rest = inner.lstrip().partition("\n")
            if first.strip("*#_ ") == words:
                inner = rest.strip("\n")
            elif kind:
                words = ""
        return _box("!!!", kind, words, inner)

    convert_aside = convert_div
    convert_section = convert_div

    def convert_blockquote(self, el: Tag, text: str, parent_tags: Any) -> str:
        if box_kind(el):
            return self.convert_div(el, text, parent_tags)
        return str(self.inherited("blockquote", el, text, parent_tags))

    def convert_details(self, el: Tag, text: str, parent_tags: Any) -> str:
        del parent_tags
        summary = el.find("summary")
        words = " ".join(summary.get_text(" ").split()) if isinstance(summary, Tag) else ""
        return _box("???", "note", words, text.strip("\n"))

    def convert_summary(self, el: Tag, text: str, parent_tags: Any) -> str:
        if el.parent is not None and el.parent.name == "details":
            return ""
        return self.convert_block(el, text, parent_tags)

    def convert_block(self, el: Tag, text: str, parent_tags: Any) -> str:
        """An element that browsers begin on a line of its own, and that says nothing else."""
        del el
        inner = text.strip("\n")
        if "_inline" in parent_tags:
            return f" {inner.strip()} " if inner.strip() else ""
        return f"\n\n{inner}\n\n" if inner.strip() else "\n"

    convert_address = convert_center = convert_fieldset = convert_legend = convert_main = convert_block
    convert_header = convert_footer = convert_nav = convert_hgroup = convert_search = convert_dialog = convert_block
    convert_form = convert_block

    def convert_pre(self, el: Tag, text: str, parent_tags: Any) -> str:
        del text
        code = el.get_text()
        if "td" in parent_tags or "th" in parent_tags:
            return "<br>".join(_code_span(line) for line in code.strip("\n").split("\n") if line.strip())
        fence = "`" * max(3, max((len(run) for run in re.findall(r"`+", code)), default=0) + 1)
        body = code.strip("\n")
        return f"\n\n{fence}{_language(el)}\n{body}\n{fence}\n\n"

    def convert_code(self, el: Tag, text: str, parent_tags: Any) -> str:
        if "pre" in parent_tags:
            return text
        return _code_span(" ".join(el.get_text().split()))

    def convert_del(self, el: Tag, text: str, parent_tags: Any) -> str:
        """Two tildes, or the element where they would be text."""
        before, inner, after = _edges(text)
        if not inner or "_noformat" in parent_tags:
            return text
        left, right = el.previous_sibling, el.next_sibling
        opens = inner[0].isalnum() or bool(before) or _ends_word(left, -1)
        closes = inner[-1].isalnum() or bool(after) or _ends_word(right, 0)
        is_apart = not isinstance(left, Tag) and not isinstance(right, Tag)
        made = f"~~{inner}~~" if opens and closes and is_apart and "://" not in inner else f"<del>{inner}</del>"
        return f"{before}{made}{after}"

    convert_s = convert_strike = convert_del
    convert_samp = convert_code
    convert_tt = convert_code

    def convert_li(self, el: Tag, text: str, parent_tags: Any) -> str:
        if "td" in parent_tags or "th" in parent_tags:
            return f"• {' '.join(text.split())}<br>"
        if (task := el.get("data-task")) is not None:
            text = f"[{task}] {text.lstrip()}"
        return str(self.inherited("li", el, text, parent_tags))

    def convert_p(self, el: Tag, text: str, parent_tags: Any) -> str:
        if ("td" in parent_tags or "th" in parent_tags) and el.find_next_sibling() is not None:
            return f"{text.strip()}<br>"
        if box_kind(el) and text.strip() and "_inline" not in parent_tags and "li" not in parent_tags:
            return _box("!!!", box_kind(el), "", text.strip())
        made = str(self.inherited("p", el, text, parent_tags))
        return _LINE_START.sub(_escaped_start, made) if "_inline" not in parent_tags else made

    def convert_td(self, el: Tag, text: str, parent_tags: Any) -> str:
        return str(self.inherited("td", el, _cell(text), parent_tags))

    def convert_th(self, el: Tag, text: str, parent_tags: Any) -> str:
        return str(self.inherited("th", el, _cell(text), parent_tags))

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: Any) -> str:
        inner = " ".join(text.split()).strip("*_ ") if text.strip().startswith("**") else " ".join(text.split())
        if not inner or "td" in parent_tags or "th" in parent_tags:
            return inner
        if "_inline" in parent_tags:
            return inner
        anchor = str(el.get("data-anchor") or "")
        return f"\n\n{'#' * min(6, max(1, n))} {inner}{f' {{#{anchor}}}' if anchor else ''}\n\n"


def _kept(name: str) -> Any:
    def convert(self: Any, el: Tag, text: str, parent_tags: Any) -> str:
        del self, el, parent_tags
        return f"<{name}>{text}</{name}>" if text.strip() else text

    return convert


for _name in _KEPT_TAGS:
    setattr(_Converter, f"convert_{_name}", _kept(_name))


def _ends_word(beside: Any, at: int) -> bool:
    """Whether nothing, or a space, stands beside an element."""
    return beside is None or (not isinstance(beside, Tag) and (not str(beside) or str(beside)[at].isspace()))


def _escaped_start(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2]}\\" if found[2].isdigit() else f"{found[1]}\\{found[2]}"


def _edges(text: str) -> tuple[str, str, str]:
    inner = text.strip()
    start = text[: len(text) - len(text.lstrip())]
    end = text[len(text.rstrip()) :] if inner else ""
    return (" " if start else ""), inner, (" " if end else "")


def _cell(text: str) -> str:
    text = re.sub(r"(?:<br>|\s)+$", "", text.strip())
    return re.sub(r"\s*\n\s*", " ", re.sub(r"(?<!\\)\|", r"\\|", text))


def _code_span(code: str) -> str:
    if not code.strip():
        return ""
    marks = "`" * (max((len(run) for run in re.findall(r"`+", code)), default=0) + 1)
    pad = " " if code.startswith("`") or code.endswith("`") else ""
    return f"{marks}{pad}{code}{pad}{marks}"


def _language(el: Tag) -> str:
    for tag in [el, *el.find_all("code", limit=1)]:
        for name in ("data-language", "data-lang", "lang", "language"):
            if re.fullmatch(r"[\w+#.-]{1,20}", value := str(tag.get(name) or "")):
                return value.lower()
        found = re.search(
            r"brush:\s*([\w+#-]+)", str(tag.get("data-syntaxhighlighter-params") or tag.get("class") or "")
        )
        if found:
            return "" if found[1].lower() in {"plain", "text", "none"} else found[1].lower()
        for cls in tag.get("class") or ():
            if found := re.fullmatch(r"(?:language|lang|highlight-source|code)-([\w+#.-]{1,20})", str(cls)):
                return found[1].lower()
    return ""


def _box(mark: str, kind: str, title: str, inner: str) -> str:
    words = title.replace("\\", "").replace('"', "”")
    head = f"{mark} {kind}" + (f' "{words}"' if words else "")
    lines = "\n".join(f"    {line}".rstrip() for line in inner.strip("\n").split("\n"))
    return f"\n\n{head}\n{lines}\n\n"


def _tidy(markdown: str) -> str:
    lines, fence, blank, out = markdown.replace("\xa0", " ").split("\n"), "", True, []
    for line in lines:
        found = re.match(r"\s*(`{3,})", line)
        if found and (not fence or (found[1].startswith(fence) and not line.strip("` "))):
            fence = "" if fence else found[1]
        text = line if fence else re.sub(r"(?<=\S) {3,}$|(?<! ) $|^\s+$", "", line)
        if text or fence or not blank:
            out.append(text)
        blank = not text and not fence
    return "\n".join(out).strip("\n") + "\n" if "".join(out).strip() else ""
