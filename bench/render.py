"""What the portal shows of Markdown: for comparing it with other renderers, and for timing it.

    python -m bench.render [--lang LANG] < IN > OUT

Reads a JSON string of Markdown a line, the body of one article each, and writes a JSON string of HTML a line, made by
the product's own renderer and sanitiser. Addresses of links and pictures stay as they are written, since there is no
folder to find them in. Headings keep their level and a first one is not left out: on a page the title stands above the
text, which is why a first `#` heading that repeats it is left out there and others become `##`. A line that is no JSON
string, or takes too long, gives an empty string, and a sentence on standard error; the next goes on.
"""

import argparse
import json
import posixpath
import sys
from typing import TextIO
from urllib.parse import urlsplit

from core.ended_process import TookTooLong
from kb.markup.dialects.context import Context
from kb.markup.dialects.figures import with_figures
from kb.markup.dialects.reader import read_dialects
from kb.markup.links import Image, Link, LinkTargets, Resolver
from kb.markup.markdown import Converter
from kb.markup.media import FILE_SUFFIXES
from kb.markup.page import read_body


class _AsWritten(Resolver):
    """Leaves every address as it is: there is no folder."""

    def __init__(self) -> None:
        super().__init__("article.md", LinkTargets({}, frozenset(), lambda path: None))

    def link(self, target: str) -> Link:
        try:
            parts = urlsplit(target)
        except ValueError:
            return Link(target, None)
        return Link(target, target, external=parts.scheme in {"http", "https"})

    def image(self, target: str, alt: str) -> Image:
        suffix = posixpath.splitext(target.partition("?")[0])[1].lower()
        return Image(target, target or None, alt, remote=True, is_video=suffix in FILE_SUFFIXES)


def render(text: str, converter: Converter, lang: str = "en") -> str:
    """The HTML of one article's body. Raises TookTooLong."""
    own = with_figures(read_dialects(text, Context("article.md", lang)).text, lang)
    return read_body(converter.html(own, lang), _AsWritten()).html


def run(lines: TextIO, out: TextIO, err: TextIO, lang: str) -> int:
    """Render line by line; returns how many could not be."""
    converter = Converter()
    failed = 0
    for number, line in enumerate(lines, start=1):
        html = ""
        try:
            text = json.loads(line)
            if not isinstance(text, str):
                raise TypeError(type(text).__name__)
            # JSON can hold halves of characters, which are none.
            html = render(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), converter, lang)
        except (ValueError, TypeError) as problem:
            failed += 1
            err.write(f"Line {number} is no JSON string of Markdown: {problem}\n")
        except TookTooLong:
            failed += 1
            err.write(f"Line {number} takes too long to convert; as an article it would be refused.\n")
        except Exception as problem:
            failed += 1
            err.write(f"Line {number} could not be rendered: {type(problem).__name__}: {problem}\n")
        out.write(json.dumps(html, ensure_ascii=False) + "\n")
        out.flush()
    return failed


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.render", description=__doc__.split("\n")[0])
    parser.add_argument("--lang", default="en", help="the language of the titles of boxes that have none (default en)")
    given = parser.parse_args(arguments)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr] # files, when run as a module
    run(sys.stdin, sys.stdout, sys.stderr, given.lang)
    return 0


if __name__ == "__main__":
    sys.exit(main())
