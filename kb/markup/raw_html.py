"""Pure: HTML inside Markdown, so that no tag of it can swallow, hide or rearrange the text around it.

Tags that no page knows (`<your-name>`) and tags after which a browser reads no markup (`<title>`) become text. This is
about words, not safety: whatever comes out is still sanitised (kb/markup/markdown.py).
"""

import re
from html import escape

# All elements of HTML, those of old included: the sanitiser drops those that are not its own, and keeps their text.
_ELEMENT_NAMES = """
    a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote body br
    button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed
    fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe
    img input ins kbd label legend li link main map mark marquee math menu menuitem meta meter nav nobr noscript object
    ol optgroup option output p param picture pre progress q rb rp rt rtc ruby s samp script search section select slot
    small source span strike strong style sub summary sup svg table tbody td template tfoot th thead time tr track tt u
    ul var video wbr
"""
ELEMENTS = frozenset(_ELEMENT_NAMES.split())
# What these hold is no text of the article. One that is never closed would take the rest of the page with it.
REMOVED_WITH_CONTENT = frozenset({"script", "style", "svg", "math", "object", "embed", "template", "noscript"})
_ONE_WORD = {"embed"}  # has no content, and no closing tag

# What HTML does not show, by how it begins and ends. What never ends is shown (kb/markup/comments.py does the same).
HIDDEN = {"<!--": "-->", "<?": "?>", "<![CDATA[": "]]>"}

_TOKEN = re.compile(
    r"<!--|<\?|<!\[CDATA\[|<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9:._-]*)(?P<rest>(?:[^<>\"']|\"[^\"]*\"|'[^']*'){0,4000})>"
    r"|<",
    re.S,
)
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
_ANY_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)(?:[^<>\"']|\"[^\"]*\"|'[^']*'){0,2000}>")
_NAME_OR_ID = re.compile(r"\s(?:name|id)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))", re.I)
_HREF = re.compile(r"\shref\s*=", re.I)
_TAG_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9:._-]*)")


def tag_name(tag: str) -> str:
    """The lower-case name of an opening or closing tag; '' for what is neither."""
    found = _TAG_NAME.match(tag)
    return found[1].lower() if found else ""


def is_element(tag: str) -> bool:
    """Whether a tag is one of HTML's own that holds markup; all others are shown as text."""
    return tag_name(tag) in ELEMENTS


def opened_by(line: str) -> int:
    """How many elements a line of HTML opens that it does not close; less than 0 if it closes more."""
    depth = 0
    for found in _ANY_TAG.finditer(line):
        if found[2].lower() not in VOID and not found[0].endswith("/>"):
            depth += -1 if found[1] else 1
    return depth


def mended(html: str) -> str:
    """A block of HTML as written, less its comments, with everything that is no tag of HTML as text."""
    if "<" not in html:
        return html
    out: list[str] = []
    at = 0
    last_closing = _last_closings(html)
    last = {end: html.rfind(end) for end in HIDDEN.values()}
    while found := _TOKEN.search(html, at):
        out.append(html[at : found.start()])
        at = found.end()
        name = (found["name"] or "").lower()
        if not name:
            end = HIDDEN.get(found[0], "")
            inside = found.start() + 2 if end == "-->" else found.end()  # `<!-->` is a comment as well
            if end and last[end] >= inside:
                at = html.index(end, inside) + len(end)
            else:
                out.append("&lt;" + found[0][1:])
        elif found["close"] or name not in REMOVED_WITH_CONTENT or name in _ONE_WORD:
            out.append(tag(found[0]))
        elif last_closing.get(name, -1) > found.start():
            closing = re.compile(rf"</{name}(?=[\s/>])[^>]*>?", re.I).search(html, at)
            at = closing.end() if closing else at
        else:
            out.append(escape(found[0], quote=False))
    out.append(html[at:])
    return "".join(out)


def tag(written: str) -> str:
    """One tag as it goes to the sanitiser: as it is, as text, or with its own end."""
    name = tag_name(written)
    if name not in ELEMENTS or (name in REMOVED_WITH_CONTENT and name not in _ONE_WORD):
        return escape(written, quote=False)
    if written.startswith("</"):
        return "" if name == "iframe" else written
    if name == "iframe":  # what stands in it would be raw text to the end of the page
        return written + "</iframe>"
    if name == "a" and not _HREF.search(written):
        anchor = _NAME_OR_ID.search(written)
        if anchor:
            return f'<a id="{escape(anchor[1] or anchor[2] or anchor[3] or "")}"></a>'
    return written


def _last_closings(html: str) -> dict[str, int]:
    low = html.lower()
    return {name: low.rfind(f"</{name}") for name in REMOVED_WITH_CONTENT if f"<{name}" in low}
