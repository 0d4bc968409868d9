"""What is pasted from Word, Google Docs and web pages as Markdown: words and structure, nothing of their look.

The conversion is that of imports (`kb/transfer/html_markdown.py`). Here stands what those programs put on the clipboard
in place of elements: bold as a style, lists as paragraphs, lists beside the item they belong to.
"""

import re
from dataclasses import dataclass
from itertools import islice

from bs4 import BeautifulSoup, Tag
from bs4.element import Comment, NavigableString, PageElement, PreformattedString

from kb.transfer.html_markdown import is_costly, to_markdown

_MOST = 600_000
_DEEPEST_LIST = 9
_MARKER_WITHIN = 60  # elements and texts from the beginning of an item
_LIST = re.compile(r"(?i)\bl(\d{1,5}) level(\d)(?: lfo(\d{1,5}))?")
# A number, one of an outline (1.2), a letter or a Roman number, in the ways of several languages; not a bullet's `o`.
_NUMBER = re.compile(r"\s{0,9}[(（]?(?:\d{1,4}(?:\.\d{1,4}){1,4}\b|(?:\d{1,4}|[^\W\d_]{1,6})[.)．、）])")
_COUNT = re.compile(r"\s{0,9}[(（]?(\d{1,4})[.)．、）]")
_ELSEWHERE = re.compile(r"(?i)\s{0,9}(?:https?:)?//")
_BLOCKS = ["p", "div", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "section"]
_MAY_BE_ITEMS = frozenset({"p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6"})
# Between two lists that are not one: without it Markdown counts on in the first.
_APART, _APART_WORD = "<!-- -->", "SIGNPOSTLISTSAPART"


def pasted(html: str) -> str:
    """HTML of a clipboard as Markdown. Raises TookTooLong for one that is made to take long."""
    html = html[:_MOST].encode("utf-8", "replace").decode()
    if "<" not in html:
        return html.strip() + "\n"  # no markup, whatever was said of it
    if not is_costly(html):
        soup = BeautifulSoup(html, "html.parser")
        _hidden(soup)
        _paragraph_lists(soup)
        _plain(soup)
        _nested_lists(soup)
        html = str(soup)
    return to_markdown(html).markdown.replace(_APART_WORD, _APART).strip() + "\n"


def _is_gone(tag: Tag) -> bool:
    """Whether it was decomposed. `tag.decomposed` looks for an element of that name where it was not."""
    return "_decomposed" in tag.__dict__


def _style(tag: Tag) -> dict[str, str]:
    """The declarations of an element by property: `mso-bidi-font-weight` is another one than `font-weight`."""
    found = {}
    for one in str(tag.get("style") or "").split(";"):
        name, colon, value = one.partition(":")
        if colon:
            found[name.strip().lower()] = " ".join(value.split()).lower()
    return found


def _hidden(soup: BeautifulSoup) -> None:
    """What the other program did not show, or shows and nobody else can; spaces that are a browser's."""
    for tag in soup.find_all(style=True):
        if _is_gone(tag):
            continue
        style = _style(tag)
        if style.get("display") == "none" or style.get("mso-hide") == "all":
            tag.decompose()
        elif style.get("mso-spacerun") == "yes":
            tag.replace_with(" ")
    for tag in soup.find_all("span", class_="Apple-converted-space"):
        tag.replace_with(" ")
    for tag in soup.find_all("img"):
        if not _ELSEWHERE.match(str(tag.get("src") or "")):
            tag.decompose()  # of the clipboard or another computer's disk


def _plain(soup: BeautifulSoup) -> None:
    """Styles that are elements, each once."""
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    inside: dict[int, tuple[bool, bool]] = {}  # whether an element is in bold, in italic text
    for tag in soup.find_all(True):
        bold, italic = inside.get(id(tag.parent), (False, False))
        inside[id(tag)] = (bold, italic)
        style = _style(tag)
        if tag.name == "h1" or (tag.name == "p" and "MsoTitle" in (tag.get("class") or ())):
            tag.name = "h2"  # the title is the header's
        elif tag.name == "p" and tag.get("role") == "heading":
            tag.name = f"h{min(max(_whole(tag.get('aria-level')), 2), 6)}"
        elif tag.name in {"b", "strong", "i", "em"}:
            wanted = tag.name in {"b", "strong"}
            if (bold if wanted else italic) or (_is_light(style) if wanted else style.get("font-style") == "normal"):
                tag.unwrap()
            else:
                inside[id(tag)] = (bold or wanted, italic or not wanted)
        elif tag.name in {"span", "font"}:
            marks = [
                *(["strong"] if _is_bold(style) and not bold else ()),
                *(["em"] if style.get("font-style") == "italic" and not italic else ()),
                *(["s"] if "line-through" in style.get("text-decoration", "") + style.get("text-decoration-line", "")
                  else ()),
                *({"super": ["sup"], "sub": ["sub"]}.get(style.get("vertical-align", ""), ())),
            ]  # fmt: skip
            for name in marks[1:]:
                tag.wrap(soup.new_tag(name))
            if marks:
                tag.name = marks[0]
            inside[id(tag)] = (bold or "strong" in marks, italic or "em" in marks)
    _joined(soup)


def _is_bold(style: dict[str, str]) -> bool:
    weight = style.get("font-weight", "")
    return weight in {"bold", "bolder"} or (weight.isdecimal() and int(weight[:5]) >= 600)


def _is_light(style: dict[str, str]) -> bool:
    weight = style.get("font-weight", "")
    return weight in {"normal", "lighter"} or (weight.isdecimal() and int(weight[:5]) < 600)


def _joined(soup: BeautifulSoup) -> None:
    """One mark for words that follow one another, and none around blocks: `**a****b**` is no Markdown."""
    for tag in soup.find_all(["b", "strong", "i", "em"]):
        if tag.parent is None:
            continue
        if tag.find(_BLOCKS):
            tag.unwrap()
            continue
        kind = {"b": "strong", "i": "em"}
        while isinstance(after := tag.next_sibling, Tag) and kind.get(after.name, after.name) == kind.get(
            tag.name, tag.name
        ):
            if after.find(_BLOCKS):
                break
            tag.extend(list(after.contents))
            after.extract()


@dataclass
class _Open:
    """A list that items may still come to."""

    level: int
    named: tuple[str, ...]
    tag: Tag


def _paragraph_lists(soup: BeautifulSoup) -> None:
    """Lists of Word, which writes items as paragraphs that name their list and level, and of Word for the web, which
    writes each item as a list of its own."""
    lists: list[_Open] = []
    item: Tag | None = None
    within: set[int] = set()  # of an item: what stands in it is no other, whatever it says
    for tag in soup.find_all(True):
        if id(tag.parent) in within:
            within.add(id(tag))
            continue
        if tag.name not in _MAY_BE_ITEMS:
            continue
        found = _item_of(tag)
        if found is not None:
            within.add(id(tag))
        if found is None:
            if item is not None and _goes_on(tag, lists):
                if tag.get_text(strip=True):
                    item.append(tag.extract())
                else:
                    tag.decompose()
            continue
        level, named, number = found
        marker = _without_marker(tag)
        if tag.name[0] == "h":
            continue  # a heading that has a number
        if number is None:
            number = bool(_NUMBER.match(marker))
        place = _place(tag)
        if not lists or _before(place) is not lists[0].tag:
            lists = []
        while lists and lists[-1].level > level and len(lists) > 1:
            lists.pop()
        kind = "ol" if number else "ul"
        if lists and lists[-1].level == level and (lists[-1].named != named or lists[-1].tag.name != kind):
            lists.pop()
        if not lists or lists[-1].level < level:
            made = soup.new_tag(kind)
            start = _COUNT.match(marker)
            if number and start is not None and int(start[1]) > 1:
                made["start"] = start[1]
            if lists and item is not None:
                item.append(made)
            else:
                place.insert_before(made)
            lists.append(_Open(level, named, made))
        item = soup.new_tag("li")
        item.extend(list(tag.contents))
        lists[-1].tag.append(item)
        place.extract()


def _item_of(tag: Tag) -> tuple[int, tuple[str, ...], bool | None] | None:
    """Level and name of the list whose item this is, and whether that is known to be a numbered one."""
    if tag.name == "li":
        if tag.get("data-aria-level") is None or tag.parent is None or tag.parent.name not in {"ul", "ol"}:
            return None
        level = min(max(_whole(tag.get("data-aria-level")), 1), _DEEPEST_LIST)
        return level, (str(tag.get("data-listid") or ""),), tag.parent.name == "ol"
    found = _LIST.search(_style(tag).get("mso-list", ""))
    return (max(int(found[2]), 1), (found[1], found[3] or ""), None) if found else None


def _goes_on(tag: Tag, lists: list[_Open]) -> bool:
    """Whether this is another paragraph of the item before it, which Word gives the looks of one."""
    names = tag.get("class") or ()
    return (
        bool(lists) and any(str(name).startswith("MsoListParagraph") for name in names)
        and _before(tag) is lists[0].tag
    )  # fmt: skip


def _place(tag: Tag) -> Tag:
    """What goes away with an item: itself, or what holds nothing else."""
    place = tag
    for _ in range(3):
        outer = place.parent
        if tag.name != "li" or outer is None or outer.name not in {"ul", "ol", "div"}:
            break
        if any(isinstance(one, Tag) or str(one).strip() for one in outer.contents if one is not place):
            break
        place = outer
    return place


def _before(place: Tag) -> PageElement | None:
    """The element before, with nothing but space between."""
    one = place.previous_sibling
    while one is not None and not isinstance(one, Tag):
        if not isinstance(one, PreformattedString) and str(one).strip():
            return None
        one = one.previous_sibling
    return one


def _without_marker(tag: Tag) -> str:
    """What was written for the bullet or number, which is taken out: it is marked, or stands in brackets of its own."""
    first = list(islice(tag.descendants, _MARKER_WITHIN))
    marker = ""
    for span in first:
        if isinstance(span, Tag) and not _is_gone(span) and _style(span).get("mso-list") == "ignore":
            marker = marker or span.get_text()
            span.decompose()
    begin = next((one for one in first if isinstance(one, PreformattedString) and "!supportLists" in one), None)
    if begin is None:
        return marker
    for one in list(islice(begin.next_siblings, _MARKER_WITHIN)):
        if isinstance(one, PreformattedString) and "endif" in one:
            break
        marker = marker or one.get_text()
        one.extract()
    return marker


def _nested_lists(soup: BeautifulSoup) -> None:
    """A list that stands among the items of another one belongs to the item before it (Google Docs, Pages); so does
    what follows an item that is empty (LibreOffice). Two lists in a row are two."""
    for outer in soup.find_all(["ul", "ol"]):
        item: Tag | None = None
        for child in list(outer.contents):
            if isinstance(child, Tag) and child.name == "li":
                item = child
            elif isinstance(child, Tag) and child.name in {"ul", "ol"} and item is None:
                outer.name = child.name
                items = (one for one in reversed(child.contents) if isinstance(one, Tag) and one.name == "li")
                item = next(items, None)
                child.unwrap()
            elif item is not None and (isinstance(child, Tag) or str(child).strip()):
                item.append(child.extract())
    for item in soup.find_all("li"):
        within = [one for one in islice(item.children, _MARKER_WITHIN) if isinstance(one, Tag) or str(one).strip()]
        paragraphs = [one for one in within if isinstance(one, Tag) and one.name == "p"]
        if len(paragraphs) == 1 and paragraphs[0] is within[0]:
            paragraphs[0].unwrap()  # an item of one paragraph is a line
    for tag in soup.find_all(["ul", "ol"]):
        before = _before(tag)
        if isinstance(before, Tag) and before.name == tag.name and tag.parent is not None and tag.parent.name != "li":
            made = soup.new_tag("p")
            made.append(NavigableString(_APART_WORD))
            tag.insert_before(made)


def _whole(value: object) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else 0
