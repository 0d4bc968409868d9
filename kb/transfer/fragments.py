"""Which `#fragments` the links of a source lead to, so that only ids that somebody links to are kept.

A link of one article may name an id in another one, so that they are looked for in the whole source before any of it is
read: in HTML, also inside of JSON and XML, in Confluence's storage format, and in Markdown.
"""

import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote

_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson", ".xml", ".html", ".htm", ".md", ".mdx", ".markdown"})
_FILE_MOST = 512 * 1024 * 1024
_PIECE = 8 * 1024 * 1024
_LONGEST = 4096
_QUOTE = r"(?:\\?[\"']|\\u0022|&quot;|&#34;)"
_LINK = re.compile(
    rf"\bhref\s{{0,5}}=\s{{0,5}}{_QUOTE}(?:[^\"'#<>\s\\]|\\/){{0,2000}}\#((?:[^\"'<>\\&]|&amp;|\\u[0-9a-f]{{4}}){{1,200}})"
    rf"|\bac:anchor\s{{0,5}}=\s{{0,5}}{_QUOTE}((?:[^\"'<>\\&]|&amp;){{1,200}})"
    r"|\]\((?:[^\s()<>#]{0,2000}\#([^\s()<>]{1,200})|<[^<>\n#]{0,2000}\#([^<>\n]{1,200}))",
    re.IGNORECASE,
)
_UNICODE = re.compile(r"\\u([0-9a-fA-F]{4})")


def fragments_below(root: Path) -> frozenset[str]:
    """The fragments named anywhere in the texts below the folder, as ids are written."""
    found: set[str] = set()
    for file in root.rglob("*"):
        if file.suffix.lower() not in _SUFFIXES or not file.is_file() or file.is_symlink():
            continue
        if file.stat().st_size > _FILE_MOST:
            continue
        with file.open(encoding="utf-8", errors="replace") as opened:
            kept = ""
            while piece := opened.read(_PIECE):
                found |= fragments_of(kept + piece)
                kept = piece[-_LONGEST:]
    return frozenset(found)


def fragments_of(text: str) -> set[str]:
    """The fragments that the links of a text name."""
    found = set()
    for link in _LINK.finditer(text) if "#" in text or "ac:anchor" in text else ():
        name = next(part for part in link.groups() if part is not None)
        name = _UNICODE.sub(lambda code: chr(int(code[1], 16)), name)
        found.add(unquote(unescape(name)).strip())
    return found
