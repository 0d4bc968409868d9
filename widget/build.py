"""Builds the widget's release: `python -m widget.build`.

`widget/bundle.js` makes the files of `widget/built` of the sources in `widget/src`; they are in the repository, so this
needs no Node. What is served stands in `widget/dist`: a loader that pages name, and beside it, in a folder named after
the contents of the release, files that never change.
"""

import gzip
import json
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
BUILT = HERE / "built"
DIST = HERE / "dist"


@dataclass(frozen=True)
class WidgetBuild:
    """All served files. `version` is the content hash that names the folder of immutable files."""

    version: str
    loader: str
    module: str
    body: str
    more: str
    own: str
    strings: dict[str, str]

    def sizes(self) -> dict[str, int]:
        """Transfer sizes in bytes, gzipped: before the widget is opened, and in total. `more` and `own` come besides,
        where a page has messages, or a visitor who is signed in."""
        loader, body = _gzipped(self.loader), _gzipped(self.body)
        words = max(_gzipped(text) for text in self.strings.values())
        return {
            "loader": loader,
            "module": _gzipped(self.module),
            "body": body,
            "words": words,
            "all": loader + body + words,
            "more": _gzipped(self.more),
            "own": _gzipped(self.own),
        }


def read_build(folder: Path = BUILT) -> WidgetBuild:
    """What `widget/bundle.js` left in `folder`."""
    return WidgetBuild(
        version=json.loads(_read(folder / "manifest.json"))["version"],
        loader=_read(folder / "loader.js"),
        module=_read(folder / "loader.mjs"),
        body=_read(folder / "body.js"),
        more=_read(folder / "more.js"),
        own=_read(folder / "own.js"),
        strings={path.stem: _read(path) for path in sorted((folder / "strings").glob("*.json"))},
    )


def build(folder: Path = DIST) -> str:
    """Write what is served into `folder` and return its version. Each file is replaced whole."""
    made = read_build()
    _write(folder / made.version / "body.js", made.body)
    _write(folder / made.version / "more.js", made.more)
    _write(folder / made.version / "own.js", made.own)
    _write(folder / made.version / "loader.js", made.loader)
    _write(folder / made.version / "loader.mjs", made.module)
    for lang, text in made.strings.items():
        _write(folder / "strings" / f"{lang}.json", text)
    _write(folder / "widget.d.ts", _read(HERE / "widget.d.ts"))
    _write(folder / "widget.mjs", made.module)
    _write(folder / "widget.js", made.loader)
    _write(folder / "manifest.json", json.dumps({"version": made.version}) + "\n")
    return made.version


def _gzipped(text: str) -> int:
    return len(gzip.compress(text.encode(), 9, mtime=0))


def _read(path: Path) -> str:
    # Byte for byte: the loader vouches for the body by a hash.
    return path.read_bytes().decode()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.write_bytes(text.encode())
    draft.replace(path)


if __name__ == "__main__":
    version = build()
    figures = ", ".join(f"{name} {size:,} bytes" for name, size in read_build().sizes().items())
    sys.stdout.write(f"widget/dist has version {version}; gzipped: {figures}\n")
