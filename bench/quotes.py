"""How well search results quote articles: every passage of a folder as a result would show it, and its faults by kind.

    python -m bench.quotes FOLDER... [--samples N] [--json OUT]

Each passage is shown whole, and cut to the length of a row of results with each of its sentences marked. What is shown
is read as a browser reads it and held against its article. A fault counts once a passage. The exit code is 1 if there
is any.
"""

import argparse
import json
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

from app.web.quotation import SHORT
from index.parts.passages import IndexedPassage
from index.shown_passage import is_beginning, leads_to
from kb.markup.excerpt import (
    LEFT_OUT,
    SentencePlace,
    announces,
    excerpt,
    sentence_places,
    with_announced,
    with_links,
    with_section,
)
from kb.markup.maths import with_written_formulas
from kb.markup.quote import Quote, quotes_of, squeezed
from kb.models import Article, Passage, PassageKind
from kb.passages import passages_of
from kb.source.folder_reader import FolderReading, read_folder

_VOID = frozenset({"br", "hr", "img", "input", "col", "wbr", "source", "track"})
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "s", "samp",
     "small", "span", "strong", "sub", "sup", "time", "u", "var"}
)  # fmt: skip
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_MAY_BE_EMPTY = _VOID | {"td", "th", "span"}
_TITLES = frozenset({"admonition-title", "tabbed-title", "quote-title"})
_WARNINGS = frozenset({"warning", "caution", "attention", "danger"})
_COLONS = (":", "：")
# A pause announces a code block only, which begins so where an article's texts are told.
_PAUSES, _CODE = (",", "，", "、"), "\0"
# Letters of a mark that covers more than one sentence says, and of a sentence that is told from another.
_LONGEST_MARK, _TOLD_APART = 700, 40
_SENTENCE = re.compile(rf"[^.!?。！？]{{{_TOLD_APART},}}[.!?。！？]")
_WIDE = re.compile("[\u2e80-\uffef]")
_EM = re.compile(r"<em>([^<]*)</em>")
_STRUCK = re.compile(r"<(del|s)>.*?</\1>", re.S)
_SIGNS = re.compile(r"[\^_()\u2212-]")
_MARK = re.compile(r"^\s*(?:\d+\.|-) ")
_WORD = re.compile(r"\w")
_RAW = re.compile(
    r"\*\*\S|\{\{|\{%|^:::|^!!! |^\?\?\? |^=== \"|</?[A-Z]\w+[ />]|</?(?:div|span|p|br|img|a|table|details)\b[^>]*>"
    r"|!\[[^\]]*\]\(|\]\((?:https?:|\.|/|#)|\[\[\w|^#{2,6} \S|^```|\{: ?[.#]|\{#[\w-]+\}|^\|.*\|$|\[!\w+\]",
    re.M,
)


@dataclass(eq=False)
class Element:
    """An element as a browser has it; a text has no tag."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list["Element"] = field(default_factory=list)
    parent: "Element | None" = None

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(self.attributes.get("class", "").split())

    def all(self, *tags: str) -> Iterator["Element"]:
        for child in self.children:
            if child.tag and (not tags or child.tag in tags):
                yield child
            yield from child.all(*tags)

    def inside(self, test: Callable[["Element"], bool]) -> bool:
        above = self.parent
        while above is not None and not test(above):
            above = above.parent
        return above is not None

    @cached_property
    def words(self) -> str:
        """Its text, with the blocks in it apart."""
        if not self.tag and self.parent is not None:
            return self.text
        if self.tag == "br":
            return "\n"
        inside = "".join(child.words for child in self.children)
        return inside if self.tag in _INLINE else f"\n{inside}\n"

    @property
    def runs(self) -> Iterator[str]:
        """Its texts between the borders of blocks."""
        return (run.strip() for run in self.words.split("\n") if run.strip())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.top = Element("")
        self.path = [self.top]
        self.unbalanced: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        one = Element(tag, {name: value or "" for name, value in attrs}, parent=self.path[-1])
        self.path[-1].children.append(one)
        if tag not in _VOID:
            self.path.append(one)

    def handle_endtag(self, tag: str) -> None:
        if self.path[-1].tag != tag:
            self.unbalanced.append(f"</{tag}> in <{self.path[-1].tag}>")
        if tag in {one.tag for one in self.path[1:]}:
            while self.path.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.path[-1].children.append(Element("", text=data, parent=self.path[-1]))


def read(html: str) -> tuple[Element, list[str]]:
    """HTML as elements, and what is not balanced in it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.top, [*reader.unbalanced, *(f"<{one.tag}> is open" for one in reader.path[1:])]


class Source:
    """What an article has, for holding its quotations against it."""

    def __init__(self, article: Article) -> None:
        self.article = article
        top, _ = read(with_written_formulas(article.html))
        self.top = top
        said = "\n".join((article.title, article.summary, *(section.text for section in article.sections), top.words))
        self.letters = squeezed(said)
        # What is announced is text: not a picture, nor what is missing.
        told = list(_told(top))
        self.announcing = frozenset(
            squeezed(one)
            for one, after in pairwise(told)
            if (one.endswith(_COLONS) and not (after or ":").endswith(_COLONS))
            or (one.endswith(_PAUSES) and after.startswith(_CODE))
        )
        self.titles = _plainly("".join(title.words for title in _titles_of(top)))
        self.names = {one.attributes.get("alt", "").strip() for one in top.all("img")}
        self.words = frozenset(said.split())
        self.hrefs = frozenset(one.attributes.get("href", "") for one in top.all("a"))
        self.code = frozenset(line.rstrip() for one in top.all("pre") for line in _code_of(one).split("\n"))
        self.numbers: dict[int, list[str]] = defaultdict(list)
        for listed in top.all("ol"):
            for number, item in _numbered(listed):
                self.numbers[number].append(squeezed(item.words))
        self.boxed = [
            squeezed(run)
            for box in top.all()
            if "admonition" in box.classes
            for child in box.children
            if not child.classes & _TITLES
            for run in child.runs
        ]
        self.unboxed = squeezed("".join(one.words for one in _outside_boxes(top)))
        self.ids = frozenset(one.attributes.get("id", "") for one in top.all())


@dataclass(frozen=True)
class Shown:
    """A quotation as it is shown; `whole` is the text that all of it has to have, '' where it is cut."""

    html: str
    whole: str
    top: Element
    unbalanced: Sequence[str]
    pages: frozenset[str]


def _code_of(one: Element) -> str:
    return one.text if not one.tag else "\n" if one.tag == "br" else "".join(map(_code_of, one.children))


def _numbered(listed: Element) -> Iterator[tuple[int, Element]]:
    number = int(listed.attributes.get("start") or 1)
    for item in listed.children:
        if item.tag == "li":
            yield number, item
            number += 1


def _told(one: Element) -> Iterator[str]:
    """An element's texts between the borders of blocks, '' for each picture, heading and warning between them."""
    pending = ""
    for child in one.children:
        if not child.tag or child.tag in _INLINE:
            pending += child.words
            if any(child.all("img")) and pending.strip():
                yield from (pending.strip(), "")
                pending = ""
            continue
        if child.tag == "br":
            pending += " "
            continue
        if pending.strip():
            yield pending.strip()
        pending = ""
        if child.tag in _HEADINGS | {"img", "video", "iframe"} or child.classes & _WARNINGS:
            yield ""
        elif child.tag == "pre":
            yield _CODE + child.words.strip()
        else:
            yield from _told(child)
    if pending.strip():
        yield pending.strip()


def _titles_of(one: Element) -> Iterator[Element]:
    yield from (child for child in one.all() if child.tag in {"thead", "summary"} or child.classes & _TITLES)


def _outside_boxes(one: Element) -> Iterator[Element]:
    for child in one.children:
        if "admonition" in child.classes:
            continue
        if any("admonition" in below.classes for below in child.all()):
            yield from _outside_boxes(child)
        else:
            yield child


# Faults: each kind yields what is wrong with a quotation


def _unbalanced(_source: Source, shown: Shown) -> Iterator[str]:
    yield from shown.unbalanced


def _empty(_source: Source, shown: Shown) -> Iterator[str]:
    for one in shown.top.all():
        if one.tag not in _MAY_BE_EMPTY and not one.words.strip():
            yield f"<{one.tag}>"


def _numbers(source: Source, shown: Shown) -> Iterator[str]:
    for listed in shown.top.all("ol"):
        for number, item in _numbered(listed):
            begin = squeezed(next(item.runs, ""))
            if not any(begin in one for one in source.numbers[number]):
                yield f"{number}. {begin[:60]}"


def _announcing(source: Source, shown: Shown) -> Iterator[str]:
    last = next((run for run in reversed(list(shown.top.runs))), "")
    in_code = any(one.words.rstrip().endswith(last) for one in shown.top.all("pre"))
    if last.endswith(_COLONS + _PAUSES) and not in_code and squeezed(last) in source.announcing:
        yield last[-60:]


def _tables(_source: Source, shown: Shown) -> Iterator[str]:
    for table in shown.top.all("table"):
        cells = [one for one in table.all("td") if one.words.strip() or any(one.all("img"))]
        rows = [row for row in table.all("tr") if not row.inside(lambda above: above.tag == "thead")]
        if not cells and not (rows and any(row.words.strip() for row in rows)):
            yield table.words.strip()[:60]


def _titles(_source: Source, shown: Shown) -> Iterator[str]:
    for one in shown.top.all():
        is_title = one.tag in {"summary", "dt", "figcaption", "caption"} or one.classes & _TITLES
        above = one.parent
        if one.tag in _HEADINGS or (is_title and above is not None and not _after(above, one)):
            yield f"<{one.tag}> {one.words.strip()[:60]}"


def _after(above: Element, title: Element) -> bool:
    at = above.children.index(title)
    others = above.children[at + 1 :] if title.tag == "dt" else [*above.children[:at], *above.children[at + 1 :]]
    return any(one.words.strip() or any(one.all("img")) for one in others)


def _boxes(source: Source, shown: Shown) -> Iterator[str]:
    for one in shown.top.all():
        if "admonition-title" in one.classes and not (one.parent and "admonition" in one.parent.classes):
            yield one.words.strip()[:60]
    if not source.boxed:
        return
    outside = squeezed("".join(one.words for one in _outside_boxes(shown.top)))
    for run in source.boxed:
        if len(run) >= _TOLD_APART and run in outside and run not in source.unboxed:
            yield run[:60]


def _links(source: Source, shown: Shown) -> Iterator[str]:
    own = f"/{source.article.lang}/a/{source.article.slug}"
    for one in shown.top.all("a"):
        href = one.attributes.get("href", "")
        page, _, anchor = href.partition("#")
        if not href:
            yield f"without an address: {one.words.strip()[:60]}"
        elif href.startswith("/") and page not in shown.pages and href not in source.hrefs:
            yield f"no such page: {href}"
        elif page == own and anchor and unquote(anchor) not in source.ids and f"#{anchor}" not in source.hrefs:
            yield f"no such heading: {href}"


def _code(source: Source, shown: Shown) -> Iterator[str]:
    for one in shown.top.all("pre"):
        for line in _code_of(one).split("\n"):
            if line.rstrip() not in source.code:
                yield line[:80]


def _foreign(source: Source, shown: Shown) -> Iterator[str]:
    for run in _unnamed(source, shown).runs:
        said = squeezed(run)
        # The sign that something above is left out; authors write it as well.
        if said not in source.letters and said.removeprefix(LEFT_OUT) not in source.letters:
            yield run[:120]


def _unnamed(source: Source, shown: Shown, without: re.Pattern[str] | None = None) -> Element:
    """What is shown without the names of pictures, and without what else is given."""
    html = without.sub("", shown.html) if without else shown.html
    return read(_EM.sub(lambda found: "" if unescape(found[1]) in source.names else found[0], html))[0]


def _plainly(text: str) -> str:
    """Letters that are the same whether some of them are raised or not."""
    return squeezed(_SIGNS.sub("", unicodedata.normalize("NFKC", text)))


def _glued(source: Source, shown: Shown) -> Iterator[str]:
    for run in shown.top.runs:
        if squeezed(run) in source.letters:
            yield from (
                word
                for word in run.split()
                if word not in source.words and _WORD.search(word) and not _WIDE.search(word)
            )


def _marks(_source: Source, shown: Shown) -> Iterator[str]:
    for one in shown.top.all("mark"):
        if any(inner.tag not in _INLINE | _VOID for inner in one.all()):
            yield f"around blocks: {one.words.strip()[:60]}"
        elif "\n" in _code_of(one).strip() and one.inside(lambda above: above.tag == "pre"):
            yield f"a block of code: {one.words.strip()[:60]}"
        elif len(one.words) > _LONGEST_MARK:
            yield f"{len(one.words)} letters: {one.words.strip()[:60]}"


def _twice(source: Source, shown: Shown) -> Iterator[str]:
    seen: set[str] = set()
    for run in shown.top.runs:
        for said in _SENTENCE.findall(run):
            letters = squeezed(said)
            if letters in seen and squeezed(source.top.words).count(letters) < 2:
                yield said.strip()[:60]
            seen.add(letters)


def _raw(_source: Source, shown: Shown) -> Iterator[str]:
    said = "".join(_prose(shown.top))
    for found in _RAW.finditer(said):
        yield said[max(0, found.start() - 20) : found.end() + 30].replace("\n", " ")


def _prose(one: Element) -> Iterator[str]:
    """The text that is no code."""
    if not one.tag and one.parent is not None:
        yield one.text
        return
    border = "" if one.tag in _INLINE else "\n"
    yield border
    for child in one.children:
        if child.tag in {"code", "pre", "kbd", "samp"}:
            yield " "
        else:
            yield from _prose(child)
    yield border


def _marks_alone(_source: Source, shown: Shown) -> Iterator[str]:
    for listed in shown.top.all("ul"):
        for item in listed.children:
            inside = [one for one in item.children if one.words.strip()] if item.tag == "li" else []
            if len(inside) == 1 and inside[0].tag == "ul":
                yield item.words.strip()[:60]


def _missing(source: Source, shown: Shown) -> Iterator[str]:
    letters = _plainly(_unnamed(source, shown, _STRUCK).words) if shown.whole else ""
    for line in shown.whole.split("\n"):
        for cell in _MARK.sub("", line).split(" | "):
            said = _plainly(cell).strip("|")
            if said not in letters and said not in source.titles and not said.endswith(_COLONS):
                yield cell[:80]


def _as_text(source: Source, shown: Shown) -> Iterator[str]:
    for one in shown.top.all("p"):
        mark = _MARK.match(one.words.strip())
        if mark and one.words.strip() not in source.top.words:
            yield one.words.strip()[:60]


KINDS: dict[str, Callable[[Source, Shown], Iterator[str]]] = {
    "not balanced": _unbalanced,
    "an empty element": _empty,
    "a wrong number": _numbers,
    "a mark of a list without words": _marks_alone,
    "ends before what it announces": _announcing,
    "a table without rows": _tables,
    "a title without text": _titles,
    "a box's text without its box": _boxes,
    "a link that leads nowhere": _links,
    "code cut in mid-line": _code,
    "text that the article has not": _foreign,
    "text that is left out": _missing,
    "a list as plain text": _as_text,
    "words run together": _glued,
    "a mark over more than a sentence": _marks,
    "a sentence twice": _twice,
    "markup left visible": _raw,
}


def pages_of(reading: FolderReading) -> frozenset[str]:
    """The addresses that a folder's site has."""
    pages = {"/"}
    for article in reading.articles:
        pages |= {f"/{article.lang}/a/{article.slug}", f"/{article.lang}", f"/{article.lang}/"}
        pages |= {f"/{article.lang}/contact", f"/{article.lang}/status", f"/{article.lang}/search"}
    pages |= {f"/{one.lang}/c/{one.slug}" for one in reading.categories}
    return frozenset(pages)


def shown_of(article: Article, pages: frozenset[str]) -> Iterator[list[Shown]]:
    """Every passage of an article in each way that it is shown."""
    body = [one for one in passages_of(article) if one.kind is PassageKind.BODY]
    quotes = quotes_of(article, body)
    begin = 1 if article.summary and len(body) > 1 and is_beginning(body[0].text, body[1].text) else 0
    for place in range(begin, len(quotes)):
        quote = quotes[place]
        html = quote.html
        if place + 1 < len(quotes) and announces(html) and _same_section(body[place], body[place + 1]):
            html = with_announced(html, quotes[place + 1].html)
        if place and place + 1 < len(quotes) and leads_to(*(_indexed(body[n], quotes[n]) for n in (place, place + 1))):
            html = with_section(html, body[place + 1].heading, quotes[place + 1].html)
        # No code block is ever marked (index/marking.py).
        may_be = [n for n, at in enumerate(sentence_places(quote.html)) if at is not SentencePlace.CODE]
        ways = {(None, SHORT), *((number, SHORT) for number in may_be)}
        found = {excerpt(html, number, limit).html: "" for number, limit in ways}
        found[excerpt(html).html] = body[place].text
        url = f"/{article.lang}/a/{article.slug}"
        yield [Shown((own := with_links(one, url)), whole, *read(own), pages) for one, whole in found.items()]


def _indexed(passage: Passage, quote: Quote) -> IndexedPassage:
    sentences = tuple((start, end, 0) for start, end in quote.sentences)
    return IndexedPassage(0, passage.anchor, passage.heading, passage.text, quote.html, sentences)


def _same_section(one: Passage, other: Passage) -> bool:
    return (one.anchor, one.heading) == (other.anchor, other.heading)


def faults(reading: FolderReading, step: int = 1) -> tuple[int, dict[str, list[str]]]:
    """How many passages every `step`th article has, and one sample for each that has a fault of a kind."""
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    pages, count = pages_of(reading), 0
    for packed in reading.articles[::step]:
        article = packed.whole()
        source = Source(article)
        for ways in shown_of(article, pages):
            count += 1
            for kind, fault in KINDS.items():
                sample = next((wrong for shown in ways for wrong in fault(source, shown)), None)
                if sample is not None:
                    found[kind].append(f"{article.source}: {sample}")
    return count, found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.quotes", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="+", help="a folder of articles")
    parser.add_argument("--samples", type=int, default=0, help="print so many passages of each kind")
    parser.add_argument("--kind", default="", help="only kinds that have this in their name")
    parser.add_argument("--json", type=Path, help="write all findings to this file")
    given = parser.parse_args(arguments)
    everything: dict[str, dict[str, list[str]]] = {}
    for folder in given.folder:
        count, found = faults(read_folder(folder))
        everything[str(folder)] = found
        print(f"{folder}: {count} passages")
        for kind, samples in found.items():
            if samples and given.kind in kind:
                print(f"  {len(samples):5} {kind}")
                step = max(1, len(samples) // given.samples) if given.samples else 1
                for sample in samples[::step][: given.samples]:
                    print(f"          {sample}")
        sys.stdout.flush()
    if given.json:
        given.json.write_text(json.dumps(everything, ensure_ascii=False, indent=1), encoding="utf-8")
    return 1 if any(samples for found in everything.values() for samples in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
