"""Pure: a formula in LaTeX as MathML, which browsers draw, screen readers read and printers print without a script.

`latex2mathml` writes text into its markup unescaped and knows `\\href`; so its tree is taken and written out here, with
the elements of MathML Core and none of its attributes that hold an address.
"""

import re
import xml.etree.ElementTree as etree
from functools import lru_cache
from html import escape, unescape

_LONGEST = 1_000
_ELEMENT_NAMES = """
    math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle merror mpadded mphantom msub msup msubsup munder mover
    munderover mmultiscripts mprescripts none mtable mtr mtd menclose
"""
_ELEMENTS = frozenset(_ELEMENT_NAMES.split())
_ATTRIBUTE_NAMES = """
    display stretchy fence separator form lspace rspace movablelimits accent accentunder linethickness mathvariant
    displaystyle scriptlevel width height depth columnalign rowspacing columnspacing minsize maxsize symmetric largeop
"""
_ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-% ")


_WRITTEN = re.compile(r'<math alttext="([^"<>]{0,8000})"[^<>]{0,200}>')


@lru_cache(maxsize=512)
def mathml(formula: str, block: bool = False) -> str:
    """The formula as MathML, with what its author wrote as `alttext`; '' for one that cannot be read."""
    if not formula.strip() or len(formula) > _LONGEST:
        return ""
    from latex2mathml.converter import convert_to_element  # few articles hold a formula

    try:
        element = convert_to_element(formula, display="block" if block else "inline")
        written = _written(element, 0)
    except Exception:  # whatever half a formula raises in the library, its source is shown
        return ""
    if "\\" in "".join(element.itertext()):  # a command it does not know
        return ""
    return written.replace("<math", f'<math alttext="{escape(formula)}"', 1)


def _written(element: etree.Element, depth: int) -> str:
    if depth > 100:
        raise ValueError
    inner = escape(unescape(element.text or ""), quote=False)
    inner += "".join(_written(child, depth + 1) for child in element)
    tail = escape(unescape(element.tail or ""), quote=False) if depth else ""
    if element.tag not in _ELEMENTS:
        return inner + tail
    attributes = "".join(
        f' {name}="{value}"' for name, value in element.attrib.items() if name in _ATTRIBUTES and set(value) <= _SAFE
    )
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>{tail}"


def with_written_formulas(html: str) -> str:
    """A page's HTML with each formula as its author wrote it, which is the text that is searched."""
    if "<math" not in html:
        return html
    out: list[str] = []
    at, end = 0, html.rfind("</math>")
    found = _WRITTEN.search(html)
    while found and found.start() < end:
        out += [html[at : found.start()], f"<code>{found[1]}</code>"]
        at = html.index("</math>", found.end()) + len("</math>")
        found = _WRITTEN.search(html, at)
    return "".join([*out, html[at:]])
