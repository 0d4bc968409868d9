"""One pass over an article's sanitised HTML: produces the published HTML, its sections as plain text, and its links.

Headings get their anchors, links and images their addresses on the site, videos their frames.
"""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

from core.numbers import whole_number
from kb.markup import media
from kb.markup.dialects.reader import Note
from kb.markup.emoji import with_signs
from kb.markup.links import Image, Link, Resolver
from kb.markup.maths import mathml
from kb.markup.said import BOXED, RAISED, STRUCK, raised, with_reading
from kb.models import Section
from kb.slugs import github_anchor, mkdocs_anchor, slugify, unique

_VOID = {"br", "hr", "img", "input", "col", "wbr", "source", "track"}
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS = {"p", "div", "blockquote", "ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "tr", "pre", "figure",
           "figcaption", "details", "summary", "hr", "br"}  # fmt: skip
_CLOSE_TOGETHER = {"li", "tr", "dt", "dd", "caption"}
_AS_WRITTEN = {"code", "pre", "kbd", "samp"}
_NOT_READ = {"footnote-ref", "footnote-backref"}
_EXPLICIT_ID = re.compile(r'<h[1-6][^>]*? id="([^"]+)"')
_ANY_ID = re.compile(r' id="([^"]+)"')
_CJK = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_CJK_BREAK = re.compile(rf"(?<=[{_CJK}])\s*\n\s*(?=[{_CJK}])")


@dataclass(frozen=True)
class Page:
    """`title` is the article's first heading of level 1 ('' without one); `repeated_ids` are duplicate explicit ids.

    `markdown` is the body as it was converted, `notes` what of other tools' markup is not in it or not understood."""

    html: str
    title: str
    sections: tuple[Section, ...]
    links: tuple[Link, ...]
    images: tuple[Image, ...]
    anchors: frozenset[str]
    repeated_ids: tuple[str, ...] = ()
    markdown: str = ""
    notes: tuple[Note, ...] = ()


def read_page(html: str, title: str, resolver: Resolver, video_hosts: Collection[str] = media.DEFAULT_HOSTS) -> Page:
    """Read sanitised HTML. A first heading that repeats `title` (or serves as a missing one) is left out.

    Other headings of level 1 become level 2: the page's only one is the article's title.
    """
    return _read(_Reader(html, title, resolver, video_hosts), html)


def read_body(html: str, resolver: Resolver) -> Page:
    """Read sanitised HTML as `read_page` does, but with all its headings, at the levels their author gave them."""
    reader = _Reader(html, "", resolver, media.DEFAULT_HOSTS)
    reader.highest = 1
    return _read(reader, html)


def _read(reader: "_Reader", html: str) -> Page:
    reader.feed(html)
    reader.close()
    return reader.page()


class _Reader(HTMLParser):
    def __init__(self, html: str, title: str, resolver: Resolver, video_hosts: Collection[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.resolver, self.video_hosts, self.wanted_title = resolver, video_hosts, title
        self.highest = 2  # the level of the highest headings there are
        self.out: list[str] = []
        self.first_title = ""
        self.taken: set[str] = set(_EXPLICIT_ID.findall(html))
        self.used: set[str] = set()
        self.repeated: list[str] = []
        self.links: list[Link] = []
        self.images: list[Image] = []
        self.other_ids = set(_ANY_ID.findall(html)) - self.taken
        self.sections: list[Section] = []
        self.heading: tuple[int, int, str] | None = None  # place in `out`, level, the attributes as HTML
        self.explicit_id = ""
        self.headings: list[tuple[int, str, bool]] = []  # place in `out`, words, whether its author chose the anchor
        self.text = _Text()
        self.current = ("", "", 0)  # anchor, heading, level of the section being read
        self.unlinked = False  # inside a link without an address, which is shown as the text that it holds
        self.unread = 0  # depth inside something that is shown but is no text of the article
        self.struck = 0  # depth inside what its author has struck out
        self.code = 0  # depth inside code, keys and the like, which are as they are written
        self.signs: dict[str, str] = {}  # the names of emoji in the heading that is being read
        self.formula: list[str] | None = None  # the text of the formula that is being read
        self.formula_tag = ""
        self.plain: list[bool] = []  # of each open link whether it is shown as text

    # Tags

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self.formula is not None:
            return  # a formula is text
        if given.get("class") == "maths" and tag in {"span", "div"}:
            self.formula, self.formula_tag = [], tag
            return
        if tag in _HEADINGS:
            self.explicit_id = given.pop("id", "")
            self.heading = (len(self.out), int(tag[1]), _attributes(given))
            self.text.close()
            self.text.hold()
            self.signs = {}
            return
        if tag == "img":
            self.image(given)
            return
        if tag == "iframe":
            video = media.video_of(given.get("src", ""))
            if video:
                self.out.append(media.video_html(video, given.get("title", ""), self.video_hosts))
            return
        if tag == "input":  # a check box nobody can tick is a form control without a label to a screen reader
            self.out.append(f'<span class="task-box">{"☑" if "checked" in given else "☐"}</span>')
            return
        if tag == "a":
            self.link(given)
            self.unlinked = not {"href", "id", "name"} & set(given)
            if self.unlinked:
                return
        if tag in {"video", "source", "track"}:
            self.own_video(tag, given)
        if tag == "pre":
            given["tabindex"] = "0"  # wide code scrolls, with the keyboard too
        if tag == "strike":
            tag = "s"  # the same, as HTML writes it today
        self.struck += tag in STRUCK
        self.code += tag in _AS_WRITTEN
        if self.unread or _NOT_READ & set(given.get("class", "").split()):
            self.unread += tag not in _VOID
        if tag in _BLOCKS:
            self.text.open(tag, given.get("start", ""))
        if tag in {"td", "th"}:
            self.text.cell()
        self.text.begin(tag)
        if tag == "a":
            self.plain.append(not {"href", "id"} & given.keys())
            if self.plain[-1]:
                return  # it leads nowhere, and nothing leads to it: its words are text
        self.out.append(f"<{tag}{_attributes(given)}>")

    def handle_endtag(self, tag: str) -> None:
        if self.formula is not None:
            if tag == self.formula_tag:
                self.end_formula()
            return
        if tag in _HEADINGS:
            self.end_heading()
            return
        if tag == "iframe" or tag in _VOID:
            return
        if tag == "a" and self.unlinked:
            self.unlinked = False
            return
        self.unread = max(0, self.unread - 1)
        self.struck = max(0, self.struck - (tag in STRUCK))
        self.code = max(0, self.code - (tag in _AS_WRITTEN))
        tag = "s" if tag == "strike" else tag
        if tag in _BLOCKS:
            self.text.end(tag)
        self.text.finish(tag)
        if tag == "a" and self.plain and self.plain.pop():
            return
        self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self.formula is not None:
            self.formula.append(data)
            return
        if ":" in data and not self.code:
            data, named = with_signs(data)
            self.signs |= named
        self.out.append(escape(data, quote=False))
        if not self.unread:
            self.text.add(data, struck=bool(self.struck))

    def end_formula(self) -> None:
        """A formula as MathML, or as code where it cannot be read; what is searched is how its author wrote it."""
        formula, block = "".join(self.formula or ()).strip(), self.formula_tag == "div"
        self.formula = None
        made = mathml(formula, block) or f"<code>{escape(formula, quote=False)}</code>"
        tag = self.formula_tag
        scrolls = ' tabindex="0"' if block else ""
        self.out.append(f'<{tag} class="maths"{scrolls}>{made}</{tag}>')
        if block:
            self.text.close()
        if not self.unread:
            self.text.add(formula, struck=bool(self.struck))
        if block:
            self.text.close()

    # Headings and sections

    def end_heading(self) -> None:
        if self.heading is None:
            return
        place, level, attributes = self.heading
        self.heading = None
        written, words = self.text.release()
        inside = "".join(self.out[place:])
        del self.out[place:]
        if (
            level == 1
            and self.highest > 1
            and not self.first_title
            and not self.sections
            and not "".join(self.out).strip()
        ):
            self.first_title = words
            if not self.wanted_title or slugify(self.wanted_title) in {slugify(written), slugify(words)}:
                return
        for sign, name in self.signs.items():  # anchors have the names of emoji, as they have elsewhere
            written = written.replace(sign, name)
        self.headings.append((len(self.out), written, bool(self.explicit_id)))
        anchor = self.anchor(written)
        level = max(self.highest, level)
        self.out.append(f'<h{level} id="{escape(anchor, quote=True)}"{attributes}>{inside}</h{level}>')
        self.end_section()
        self.current = (anchor, words, level)

    def anchor(self, words: str) -> str:
        if self.explicit_id:
            if self.explicit_id in self.used:
                self.repeated.append(self.explicit_id)
                chosen = unique(self.explicit_id, self.taken)
            else:
                chosen = self.explicit_id
        else:
            chosen = unique(slugify(words) or "section", self.taken | self.other_ids)
        self.used.add(chosen)
        self.taken.add(chosen)
        return chosen

    def accept_others(self) -> None:
        """Put the anchors that GitHub and MkDocs would make beside ours, so that links written for them lead here too.

        Last of all: none of them may take the name of a heading that comes later.
        """
        seen: Counter[str] = Counter()
        for place, words, chosen in self.headings:
            made = []
            for name, sign in ((github_anchor(words), "-"), (mkdocs_anchor(words), "_")):
                number = seen[sign + name]
                seen[sign + name] += 1
                made.append(f"{name}{sign}{number}" if number or (sign == "_" and not name) else name)
            free = (name for name in dict.fromkeys(made) if name not in self.used and name not in self.other_ids)
            fresh = [name for name in free if name]
            if chosen or not fresh:
                continue
            self.other_ids |= set(fresh)
            opening, rest = self.out[place].split(">", 1)
            spans = "".join(f'<span id="{escape(name, quote=True)}"></span>' for name in fresh)
            self.out[place] = f"{opening}>{spans}{rest}"

    def end_section(self) -> None:
        text = self.text.take()
        anchor, heading, level = self.current
        if text or heading:
            self.sections.append(Section(anchor, heading, level, text))

    # What points elsewhere

    def link(self, given: dict[str, str]) -> None:
        if "footnote-backref" in given.get("class", ""):
            given.pop("title", None)  # Python-Markdown's own English sentence, in an article of any language
        if "href" not in given:
            return
        link = self.resolver.link(given["href"])
        if not {"footnote-ref", "footnote-backref"} & set(given.get("class", "").split()):
            self.links.append(link)
        if link.href is None:
            del given["href"]  # a dead end is worse than plain text
        else:
            given["href"] = link.href
        if link.external:
            given["rel"] = "noopener noreferrer"

    def image(self, given: dict[str, str]) -> None:
        source, alt = given.get("src", ""), given.get("alt", "")
        video = media.video_of(source)
        if video:
            self.out.append(media.video_html(video, alt or given.get("title", ""), self.video_hosts))
            return
        image = self.resolver.image(source, alt)
        self.images.append(image)
        if image.href is None:
            self.out.append(f"<em>{escape(alt, quote=False)}</em>" if alt else "")
            return
        if image.is_video:
            label = f' aria-label="{escape(alt, quote=True)}"' if alt else ""
            self.out.append(
                f'<video controls preload="metadata" src="{escape(image.href, quote=True)}"{label}></video>'
            )
            return
        if image.size and "width" not in given and "height" not in given:
            given["width"], given["height"] = map(str, image.size)
        given |= {"src": image.href, "alt": alt, "loading": "lazy", "decoding": "async"}
        self.out.append(f"<img{_attributes(given)}>")

    def own_video(self, tag: str, given: dict[str, str]) -> None:
        for name in ("src", "poster"):
            if name in given:
                file = self.resolver.image(given[name], "video")
                self.images.append(file)
                if file.href is None:
                    del given[name]
                else:
                    given[name] = file.href
        if tag == "video":
            given |= {"controls": "", "preload": "metadata"}

    def page(self) -> Page:
        self.end_section()
        self.accept_others()
        return Page(
            html="".join(self.out).strip() + "\n",
            title=self.first_title,
            sections=tuple(self.sections),
            links=tuple(self.links),
            images=tuple(self.images),
            anchors=frozenset(self.used | self.other_ids),
            repeated_ids=tuple(self.repeated),
        )


class _Text:
    """Blocks of HTML as plain text: lists keep their marks, table rows their cells, code its lines."""

    def __init__(self) -> None:
        self.done = ""
        self.gap = ""
        self.run: list[str] = []
        self.held: list[str] | None = None
        self.written: list[str] = []  # a heading as it is written, which its anchor is made of
        self.units: list[tuple[str, list[str], list[str]]] = []  # tag, words, readings of what is raised or read aloud
        self.boxed = ""  # the key or the code that has just ended
        self.lists: list[int | None] = []
        self.mark = ""
        self.in_row = False
        self.pre = 0
        self.in_item = 0

    def add(self, data: str, *, struck: bool = False) -> None:
        if self.held is not None:
            self.written.append(data)
        if data:
            self.boxed = ""
        if not struck:
            self._said().append(data)

    def _said(self) -> list[str]:
        """Where text goes: what is raised is one thing, which its end makes."""
        if self.units:
            tag, words, readings = self.units[-1]
            return readings if tag == "rt" else [] if tag == "rp" else words
        return self.run if self.held is None else self.held

    def begin(self, tag: str) -> None:
        """An inline element begins."""
        if tag in RAISED | {"ruby"}:
            self.units.append((tag, [], []))
        elif tag in {"rt", "rp"} and self.units:
            _, words, readings = self.units[-1]
            self.units.append((tag, words, readings))
        elif tag in BOXED and self.boxed == tag:
            self._said().append(" ")
        self.boxed = ""

    def finish(self, tag: str) -> None:
        """An inline element ends."""
        self.boxed = tag if tag in BOXED and not self.pre else ""
        if not self.units or self.units[-1][0] != tag:
            return
        _, words, readings = self.units.pop()
        inside = "".join(words)
        if tag == "ruby":
            self._said().append(with_reading(inside, readings))
        elif tag in RAISED:
            said = self._said()
            said.append(raised(tag, inside, next((one for one in reversed(said) if one), "")))

    def hold(self) -> None:
        self.held, self.written = [], []

    def release(self) -> tuple[str, str]:
        """A heading as it is written, and what it says: all of it, where all of it is struck out."""
        self._end_units()
        written, said = _inline("".join(self.written)), _inline("".join(self.held or ()))
        self.held = None
        return written, said or written

    def _end_units(self) -> None:
        """What is raised ends with its block."""
        while self.units:
            self.finish(self.units[-1][0])

    def open(self, tag: str, start: str = "") -> None:
        if tag == "br":
            self.add("\n" if self.pre else " ")
            return
        self.close()
        if tag in {"ul", "ol"}:
            first = whole_number(start, most=999_999_999)
            self.lists.append(None if tag == "ul" else 1 if first is None else first)
        elif tag == "li" and self.lists:
            number = self.lists[-1]
            self.mark = "  " * (len(self.lists) - 1) + ("- " if number is None else f"{number}. ")
            if number is not None:
                self.lists[-1] = number + 1
            self.in_item += 1
            self.gap = self.gap and "\n"
        elif tag == "pre":
            self.pre += 1
        elif tag in _CLOSE_TOGETHER and tag != "dt":
            self.gap = self.gap and "\n"

    def end(self, tag: str) -> None:
        self.close(together=tag in _CLOSE_TOGETHER)
        if tag in {"ul", "ol"} and self.lists:
            self.lists.pop()
            self.gap = "\n\n" if self.done and not self.lists else self.gap
        elif tag == "li":
            self.in_item = max(0, self.in_item - 1)
            self.mark = ""
        elif tag == "pre":
            self.pre = max(0, self.pre - 1)
        elif tag in {"table", "dl"}:
            self.gap = "\n\n" if self.done else ""

    def cell(self) -> None:
        if "".join(self.run).strip():
            self.run.append(" | ")
            self.in_row = True

    def close(self, together: bool = False) -> None:
        self._end_units()
        raw = "".join(self.run)
        self.run = []
        words = raw.strip("\n") if self.pre else _inline(raw)
        if self.in_row:  # the border before an empty cell
            words, self.in_row = words.removesuffix(" |"), False
        if words.strip():
            self.done += (self.gap if self.done else "") + self.mark + words
            self.mark = ""
            self.gap = "\n" if together or self.in_item else "\n\n"

    def take(self) -> str:
        self.close()
        text, self.done, self.gap = self.done, "", ""
        return text.strip()


def _inline(raw: str) -> str:
    return " ".join(_CJK_BREAK.sub("", raw).split())


def _attributes(given: dict[str, str]) -> str:
    return "".join(f' {name}="{escape(value, quote=True)}"' if value else f' {name}=""' if name == "alt" else f" {name}"
                   for name, value in given.items())  # fmt: skip
