"""What makes the pages an operator's own: colours of the settings, and files of the folder in `looks_dir`.

A file is used by its name (`logo.svg`, `text.woff2`, …) and is otherwise not looked at; each may be missing. All of it
is served from here, so that the content security policy stays as strict as it is.
"""

import hashlib
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, g, request, send_from_directory, url_for

from app.settings.schema import Settings
from app.web import i18n

bp = Blueprint("looks", __name__, url_prefix="/looks")

_PICTURES = {
    "logo": ("logo.svg", "logo.png", "logo.webp"),
    "favicon": ("favicon.svg", "favicon.png", "favicon.ico"),
    "share": ("share.png", "share.jpg"),
}
_OURS = {"logo": "logo.svg", "favicon": "logo.svg", "share": "share.png"}
# The file, and the weights it is for.
_FONTS = {"text.woff2": "400", "text-bold.woff2": "500 700", "heading.woff2": "400 700"}
_OWN_CSS, _CSS = "looks.css", "generated.css"
_NAMES = frozenset({name for names in _PICTURES.values() for name in names} | _FONTS.keys())
_FALLBACK = 'system-ui, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif'


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.context_processor(lambda: {"look": look, "look_kind": look_kind, "looks_css": looks_css})


def look(picture: str) -> str:
    """The address of a picture: the operator's, else ours."""
    name = _found(picture)
    if not name:
        return i18n.asset(_OURS[picture])
    return url_for("looks.file", name=name, v=_files()[name])


def look_kind(picture: str) -> str:
    return mimetypes.guess_type(_found(picture) or _OURS[picture])[0] or "image/x-icon"


def looks_css() -> str:
    """The address of the style sheet with colours and fonts; '' where nothing is set."""
    css = _css()
    version = hashlib.blake2b(css.encode(), digest_size=6).hexdigest()
    return url_for("looks.file", name=_CSS, v=version) if css else ""


@bp.get("/<name>")
def file(name: str) -> Response:
    """A file of the folder under one of the names that mean something, or the style sheet made of it."""
    if name == _CSS:
        css = _css()
        if not css:
            abort(404)
        response = Response(css, content_type="text/css; charset=utf-8")
    else:
        folder = _settings().looks_dir
        if folder is None or name not in _NAMES or name not in _files():
            abort(404)
        response = send_from_directory(folder, name)
        # An SVG opened by itself is a document: it may not run anything or fetch anything.
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    lasting = "public, max-age=31536000, immutable" if request.args.get("v") else "public, max-age=300"
    response.headers["Cache-Control"] = lasting
    return response


def stylesheet(colours: Mapping[str, str], files: Mapping[str, str], address: Any, own: str = "") -> str:
    """The style sheet of these colours, fonts (`address` says where one is) and an operator's own lines at the end."""
    light = _declarations({name: one for name, one in colours.items() if not name.startswith("dark-")})
    dark = _declarations({name[5:]: one for name, one in colours.items() if name.startswith("dark-")})
    parts = []
    for name, weight in _FONTS.items():
        if name in files:
            family = f"looks {name.partition('.')[0].partition('-')[0]}"
            parts.append(
                f'@font-face {{ font-family: "{family}"; src: url("{address(name)}") format("woff2");'
                f" font-weight: {weight}; font-display: swap; }}"
            )
    if "text.woff2" in files:
        light += f' --font: "looks text", {_FALLBACK};'
    if light:
        parts.append(f":root {{{light} }}")
    if dark:
        parts.append(f':root[data-theme="dark"] {{{dark} }}')
        parts.append(f'@media (prefers-color-scheme: dark) {{ :root:not([data-theme="light"]) {{{dark} }} }}')
    if "heading.woff2" in files:
        parts.append('h1, h2, h3, .brand__name { font-family: "looks heading", var(--font); }')
    return "\n".join([*parts, own]).strip()


def _declarations(colours: Mapping[str, str]) -> str:
    return "".join(f" --{name}: {colour};" for name, colour in colours.items())


def _css() -> str:
    settings, files = _settings(), _files()
    own = ""
    if settings.looks_dir is not None and _OWN_CSS in files:
        own = (settings.looks_dir / _OWN_CSS).read_text(encoding="utf-8", errors="replace")
    return stylesheet(dict(settings.colours), files, lambda name: url_for("looks.file", name=name, v=files[name]), own)


def _found(picture: str) -> str:
    return next((name for name in _PICTURES[picture] if name in _files()), "")


def _files() -> dict[str, str]:
    """The files of the folder that mean something, each with a version for its address."""
    if "looks" not in g:
        g.looks = _listed(_settings().looks_dir)
    found: dict[str, str] = g.looks
    return found


def _listed(folder: Path | None) -> dict[str, str]:
    found = {}
    if folder is not None:
        for name in sorted(_NAMES | {_OWN_CSS}):
            try:
                state = (folder / name).stat()
            except OSError:
                continue
            found[name] = f"{state.st_mtime_ns:x}{state.st_size:x}"
    return found


def _settings() -> Settings:
    settings: Settings = current_app.extensions["signpost"].settings
    return settings
