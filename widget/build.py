"""The widget as pages load it, made from `widget/src`: `python -m widget.build`.

The sources are ES modules that only ever import from one another, so putting them one after the other in the order of
the lists below is all the bundling there is. What is served stands in `widget/dist`: a loader that pages name, and
beside it, in a folder named after their contents, files that never change.
"""

import base64
import gzip
import hashlib
import json
import re
import secrets
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import ascii_letters

import rjsmin  # type: ignore[import-untyped]

from widget.shorten import shorten

HERE = Path(__file__).parent
SOURCES = HERE / "src"
DIST = HERE / "dist"
# How the classic loader ends. The server puts what it knows of its sites there (`app/widget/launcher_config.py`).
NO_SITES = "([]);\n"

LOADER = ("base", "colours", "request", "settings", "words", "events", "host", "basic", "launcher", "loader")
BODY = (
    "text", "page", "latest", "icons", "clothes", "markup", "memory", "journey", "client", "results", "article",
    "fields", "sending", "work", "contact", "requests", "trouble", "inline", "panel", "body",
)  # fmt: skip

# Browsers that know it (Chrome from 136 on, v8.dev/blog/explicit-compile-hints) compile everything while it arrives, in
# another thread, instead of each function on the page's own when it is called first: 3.5 ms of script instead of 5.3.
HINT = "//# allFunctionsCalledOnLoad\n"
# The words that are needed when nothing but the loader is there.
FIRST = ("launcher", "close", "down_title", "down_text", "loading", "contact_page", "email", "phone")

_IMPORT = re.compile(r'^import\s[^;]*?\sfrom\s"\.[^"]*";\n', re.MULTILINE | re.DOTALL)
_FROM_LOADER = re.compile(r'^import \{([^}]*)\} from "\.\./loader/', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.MULTILINE)
_NAME = re.compile(r"^(?:export )?(?:async )?(?:function\*?|class|const|let) (\w+)", re.MULTILINE)
_PROPERTY = re.compile(r"(?<![\w-])--(?!signpost)[a-z]+(?:-[a-z]+)*\b")
_STYLE = re.compile(r'style\("(\w+)"\)')


class BadSource(Exception):
    """What is wrong with a source, and in which file."""


@dataclass(frozen=True)
class Built:
    """Everything that is served. `version` is the name of the folder of the files that never change."""

    version: str
    loader: str
    module: str
    body: str
    strings: dict[str, str]

    def sizes(self) -> dict[str, int]:
        """Bytes that travel, gzipped: before anything is opened, and all of it."""
        loader, body = _gzipped(self.loader), _gzipped(self.body)
        words = max(_gzipped(text) for text in self.strings.values())
        return {
            "loader": loader,
            "module": _gzipped(self.module),
            "body": body,
            "words": words,
            "all": loader + body + words,
        }


def compile_sources() -> Built:
    """The loader in its two forms and the body, minified. Raises BadSource."""
    lent = ", ".join(_lent())
    body = _joined("body", BODY)
    # What the body uses of the loader is not sent twice: the loader hands it over.
    body = HINT + _minified(
        f"let {lent};\n{body}\nexport default (core) => {{ ({{ {lent} }} = core.lent); return openBody(core); }};"
    )
    loader = (
        _joined("loader", LOADER).replace("__LENT__", f"{{ {lent} }}").replace("__BODY_INTEGRITY__", _integrity(body))
    )
    words = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted((SOURCES / "strings").glob("*.json"))}
    loader = loader.replace("__FIRST_WORDS__", _first_words(words))
    strings = {lang: _compact(_without_first(lang, texts)) for lang, texts in words.items()}
    classic = loader.replace("__OWN_ADDRESS__", '(document.currentScript || {}).src || ""')
    classic = f'{HINT}(function(){{"use strict";{_minified(classic + " install(arguments[0]);")}}}){NO_SITES}'
    module = HINT + _minified(loader.replace("__OWN_ADDRESS__", "import.meta.url") + "\nexport default begin();\n")
    version = hashlib.sha256("\0".join((classic, module, body, *strings.values())).encode()).hexdigest()[:16]
    return Built(
        version=version,
        loader=classic.replace("__VERSION__", version),
        module=module.replace("__VERSION__", version),
        body=body,
        strings=strings,
    )


def build(folder: Path = DIST) -> str:
    """Write what is served into `folder` and return its version. Each file is replaced whole."""
    made = compile_sources()
    _write(folder / made.version / "body.js", made.body)
    _write(folder / made.version / "loader.js", made.loader)
    _write(folder / made.version / "loader.mjs", made.module)
    for lang, text in made.strings.items():
        _write(folder / "strings" / f"{lang}.json", text)
    _write(folder / "widget.d.ts", (HERE / "widget.d.ts").read_text("utf-8"))
    _write(folder / "widget.mjs", made.module)
    _write(folder / "widget.js", made.loader)
    _write(folder / "manifest.json", json.dumps({"version": made.version}) + "\n")
    return made.version


def _joined(part: str, names: Iterable[str]) -> str:
    texts = {name: (SOURCES / part / f"{name}.js").read_text("utf-8") for name in names}
    declared = Counter(name for text in texts.values() for name in _NAME.findall(text))
    twice = sorted(name for name, times in declared.items() if times > 1)
    if twice:
        raise BadSource(f"{part}: declared in more than one file: {', '.join(twice)}")
    strange = {path.stem for path in (SOURCES / part).glob("*.js")} - set(texts)
    if strange:
        raise BadSource(f"{part}: not in the list of widget/build.py: {', '.join(sorted(strange))}")
    joined = "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts.values())
    return _STYLE.sub(lambda match: json.dumps(_styles(match[1]), ensure_ascii=False), joined)


def _lent() -> list[str]:
    """The names the body imports from the loader."""
    texts = [(SOURCES / "body" / f"{name}.js").read_text("utf-8") for name in BODY]
    found = [names for text in texts for names in _FROM_LOADER.findall(text)]
    return sorted({name.strip() for names in found for name in names.split(",")})


def _styles(name: str) -> str:
    text = (SOURCES / "style" / f"{name}.css").read_text("utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    # A space before a colon or a bracket can mean “any descendant”: only spaces that mean nothing go.
    return re.sub(r" ?([{};,]) ?", r"\1", text).replace(": ", ":").replace(";}", "}").strip()


def _minified(text: str) -> str:
    short = _own_properties()
    text = _PROPERTY.sub(lambda match: short.get(match[0], match[0]), text)
    return str(rjsmin.jsmin(shorten(text))) + "\n"


@cache
def _own_properties() -> dict[str, str]:
    """A letter for each custom property that only our own rules know. Those of `--signpost-` belong to the pages."""
    texts = [path.read_text("utf-8") for path in sorted((SOURCES / "style").glob("*.css"))]
    names = Counter(name for text in texts for name in _PROPERTY.findall(text))
    return {name: f"--{letter}" for (name, _), letter in zip(names.most_common(), ascii_letters, strict=False)}


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _first_words(words: dict[str, dict[str, str]]) -> str:
    """The names of the words the loader has itself, and for each language the words in that order."""
    return f"[{_compact(FIRST)}, {_compact({lang: [texts[name] for name in FIRST] for lang, texts in words.items()})}]"


def _without_first(lang: str, words: dict[str, str]) -> dict[str, str]:
    """The English words stay whole: whoever translates begins with them."""
    return words if lang == "en" else {name: text for name, text in words.items() if name not in FIRST}


def _integrity(text: str) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(text.encode()).digest()).decode()


def _gzipped(text: str) -> int:
    return len(gzip.compress(text.encode(), 9, mtime=0))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.write_bytes(text.encode())
    draft.replace(path)


if __name__ == "__main__":
    version = build()
    figures = ", ".join(f"{name} {size:,} bytes" for name, size in compile_sources().sizes().items())
    sys.stdout.write(f"widget/dist has version {version}; gzipped: {figures}\n")
