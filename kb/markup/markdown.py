"""Markdown to sanitised HTML. The output never contains scripts, styles, forms or foreign frames.

The sanitiser works on an allow-list (nh3), after Python-Markdown has run, so that neither raw HTML nor attribute
lists nor a bug in an extension can bring in what is not on the list. Addresses are still as the author wrote them;
`kb.markup.page` resolves them.
"""

import re
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import markdown as python_markdown
import nh3

from core import ended_process
from kb.markup import media, unclosed
from kb.markup.commonmark import CommonMark, StrictAttributes
from kb.markup.cost import is_costly, with_fewer_blank_lines

_EXTENSIONS = ("footnotes", "abbr", "pymdownx.tasklist")
_CONFIGS: dict[str, dict[str, Any]] = {"footnotes": {"UNIQUE_IDS": False}}

_PATIENCE_SECONDS = 20.0
_TAG_NAMES = """
    a abbr b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure
    h1 h2 h3 h4 h5 h6 hr i iframe img input ins kbd li mark ol p pre q rp rt ruby s samp small source span strike strong
    sub summary sup table tbody td tfoot th thead time tr track u ul var video wbr
"""
_TAGS = set(_TAG_NAMES.split())
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"id", "class", "lang", "dir", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "iframe": {"src"},
    "video": {"src", "poster", "width", "height"},
    "source": {"src", "type"},
    "track": {"src", "kind", "srclang", "label"},
    "input": {"type", "checked", "disabled"},
    "ol": {"start", "type"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "details": {"open"},
    "time": {"datetime"},
}
_SCHEMES = {"http", "https", "mailto", "tel", "sms"}
_DROPPED_WITH_CONTENT = {"script", "style", "svg", "math", "object", "embed", "template", "noscript", "xmp", "title"}

_SAFE_ID = re.compile(r"^[\w:.-]{1,120}$")
_NUMBER = re.compile(r"^\d{1,4}$")
_ALIGNMENTS = {"left", "right", "center"}
# Classes are an allow-list as well: an article must not be able to imitate the page's own buttons and notices.
_CLASS_NAMES = """
    admonition admonition-title note info tip hint important caution warning danger error success question example
    quote abstract bug failure seealso attention footnote footnote-ref footnote-backref highlight highlighttable
    linenos linenodiv code task-list task-list-item task-list-control task-list-indicator wide narrow figure center
    steps screenshot keys diagram tabbed-set tabbed-block tabbed-title maths
"""
_CLASSES = frozenset(_CLASS_NAMES.split())
_TOKEN_CLASS = re.compile(r"^[a-z]{1,2}[a-z0-9]?$|^language-[\w+#-]{1,30}$")

_BOX_TITLES = {
    "tr": {"note": "Not", "info": "Bilgi", "tip": "İpucu", "hint": "İpucu", "important": "Önemli", "warning": "Uyarı",
           "caution": "Dikkat", "danger": "Tehlike", "example": "Örnek", "success": "Tamam", "error": "Hata"},
    "zh-Hant": {"note": "請注意", "info": "資訊", "tip": "小提示", "hint": "小提示", "important": "重要",
                "warning": "警告", "caution": "小心", "danger": "危險", "example": "範例", "success": "完成",
                "error": "錯誤"},
    "zh-Hans": {"note": "请注意", "info": "信息", "tip": "小提示", "hint": "小提示", "important": "重要",
                "warning": "警告", "caution": "小心", "danger": "危险", "example": "示例", "success": "完成",
                "error": "错误"},
}  # fmt: skip


class Converter:
    """Converts article bodies to HTML. Create one and reuse it: setting up Python-Markdown is slow. Thread-safe."""

    def __init__(self, isolated: Callable[..., str] | None = None) -> None:
        """`isolated` is how a costly text is converted: that of a KeptProcess, or else `ended_process.call`."""
        self._isolated = isolated
        self._reading = CommonMark(box_titles=_BOX_TITLES)
        self._markdown = python_markdown.Markdown(
            extensions=[self._reading, StrictAttributes(), *_EXTENSIONS], extension_configs=_CONFIGS
        )
        self._one_at_a_time = threading.Lock()  # a Markdown object keeps the state of the text it is reading

    def html(self, text: str, lang: str = "en") -> str:
        """The body as sanitised HTML. `lang` is the language of boxes the author gave no title (“Note”).

        Raises TookTooLong for a text that is made to take long.
        """
        text = with_fewer_blank_lines(text)
        if is_costly(text):
            call = self._isolated or ended_process.call
            return call("kb.markup.markdown:_converted", text, lang, seconds=_PATIENCE_SECONDS)
        return self._html(text, lang)

    def _html(self, text: str, lang: str) -> str:
        with self._one_at_a_time:
            self._reading.lang = lang
            html = self._markdown.reset().convert(text)
        return sanitise(unclosed.with_ends(html) if unclosed.may_be(text) else html)


def _converted(text: str, lang: str) -> str:
    """What `Converter.html` returns, however long it takes."""
    return _own_converter()._html(text, lang)


@cache
def _own_converter() -> Converter:
    return Converter()


def sanitise(html: str) -> str:
    """Sanitise HTML by allow-list. Text is kept, except inside script, style and the like."""
    return nh3.clean(
        html,
        tags=_TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=_allowed,
        url_schemes=_SCHEMES,
        link_rel=None,
    )


def _allowed(tag: str, name: str, value: str) -> str | None:
    if name == "class":
        kept = [c for c in value.split() if c in _CLASSES or (tag in {"span", "code", "div"} and _TOKEN_CLASS.match(c))]
        return " ".join(kept) or None
    if name == "id":
        return value if _SAFE_ID.match(value) else None
    if name in {"width", "height", "start", "colspan", "rowspan"}:
        return value if _NUMBER.match(value) else None
    if name == "align":
        return value if value in _ALIGNMENTS else None
    if tag == "iframe" and name == "src":
        return value if media.video_of(value) else None
    if tag == "input" and name == "type":
        return value if value == "checkbox" else None
    if name in {"src", "poster"} and value.lstrip().startswith("//"):
        return None
    return value
