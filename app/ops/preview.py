"""`flask kb preview`: a live preview of articles with lint findings in the margin, reloaded on each save.

A tool for authors on their own machine: it listens on the loopback address only, answers no other host name, shows
drafts, and never touches the database or the index. Like the other commands it speaks English.
"""

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from flask import Flask, Response, abort, jsonify, redirect, render_template, request, send_from_directory, url_for
from markupsafe import Markup
from watchfiles import watch
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from core.texts.languages import is_rtl
from kb.errors import FolderNotFound
from kb.findings import Finding
from kb.lint import ContactForms, lint
from kb.markup import media
from kb.markup.links import SERVED_SUFFIXES
from kb.models import ArticleRef
from kb.source.folder_reader import FolderReading, ReadingCache, Source, read_folder
from kb.source.inside import is_hidden, may_be_read

_LOOPBACK = "127.0.0.1"
_OWN_NAMES = {"127.0.0.1", "localhost", "[::1]"}
_WAIT_SECONDS = 20.0
_ATX_HEADING = re.compile(r"^#{1,6}\s+\S")
_FENCE = re.compile(r"^\s*(```|~~~)")


class CannotPreview(Exception):
    """The preview cannot start; `str(error)` says what to do."""


@dataclass(frozen=True)
class Note:
    """A lint finding in the margin of its article, and its section's anchor ('' for front matter or the beginning)."""

    finding: Finding
    anchor: str = ""
    heading: str = ""


@dataclass
class Preview:
    """The preview's state: the last reading, and the last good article of files that are broken now. Thread-safe."""

    folder: Path
    default_lang: str
    video_hosts: Sequence[str]
    today: Callable[[], date]
    forms: ContactForms | None = None
    static: Path | None = None
    version: int = 0
    reading: FolderReading = field(default_factory=lambda: FolderReading((), (), ()))
    findings: Mapping[str, Sequence[Finding]] = field(default_factory=dict)
    last_good: dict[str, Source] = field(default_factory=dict)
    _cache: ReadingCache = field(default_factory=ReadingCache)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def refresh(self) -> None:
        """Read the folder again and notify waiting pages. Raises FolderNotFound."""
        reading = read_folder(self.folder, self.default_lang, self._cache, self.video_hosts, static=self.static)
        by_path: dict[str, list[Finding]] = defaultdict(list)
        for finding in lint(reading, self.today(), forms=self.forms):
            by_path[finding.path].append(finding)
        good = {s.article.source: s for s in reading.sources}
        kept = {path: source for path, source in self.last_good.items() if path in reading.broken}
        with self._changed:
            self.reading, self.findings, self.last_good = reading, by_path, kept | good
            self.version += 1
            self._changed.notify_all()

    def wait(self, known: int) -> int:
        """Long poll: the version, as soon as it differs from `known`, or after a timeout."""
        with self._changed:
            self._changed.wait_for(lambda: self.version != known, _WAIT_SECONDS)
            return self.version

    def source(self, ref: ArticleRef) -> Source | None:
        return next((s for s in self.last_good.values() if s.article.ref == ref), None)

    def notes(self, source: Source) -> list[Note]:
        return [_note(finding, source) for finding in self.findings.get(source.article.source, ())]


def _note(finding: Finding, source: Source) -> Note:
    headed = [s for s in source.article.sections if s.heading]
    passed, fenced = 0, False
    for number, line in enumerate(source.header.body.split("\n"), source.header.body_line):
        if number > finding.line:
            break
        if _FENCE.match(line):
            fenced = not fenced
        passed += (
            not fenced
            and bool(_ATX_HEADING.match(line))
            and not (number == source.header.body_line and line[:2] == "# ")
        )
    if finding.line < source.header.body_line or not 0 < passed <= len(headed):
        return Note(finding)
    return Note(finding, headed[passed - 1].anchor, headed[passed - 1].heading)


def create_preview(preview: Preview, site_name: str) -> Flask:
    """The preview as a separate Flask app, with the site's style sheet."""
    app = Flask("app")
    frames = " ".join(media.frame_sources(preview.video_hosts)) or "'none'"
    policy = (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; object-src 'none'; base-uri 'none'; "
        f"form-action 'none'; frame-ancestors 'none'; frame-src {frames}"
    )

    @app.before_request
    def _only_from_here() -> None:
        # Host check against DNS rebinding: another site could otherwise point its name here and read drafts.
        if request.host.rsplit(":", 1)[0] not in _OWN_NAMES:
            abort(403)

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cache-Control"] = "no-store"
        return response

    @app.context_processor
    def _everywhere() -> dict[str, object]:
        return {"site_name": site_name, "version": preview.version, "is_rtl": is_rtl}

    @app.get("/")
    def home() -> str:
        groups: dict[tuple[str, str], list[Source]] = defaultdict(list)
        for source in preview.last_good.values():
            groups[source.article.lang, source.article.category].append(source)
        titles = {(c.lang, c.slug): c.title for c in preview.reading.categories}
        unread = {p: f for p, f in preview.findings.items() if p not in preview.last_good}
        return render_template(
            "preview/home.html", groups=sorted(groups.items()), titles=titles, findings=preview.findings, unread=unread
        )

    @app.get("/<lang>/a/<slug>")
    def article(lang: str, slug: str) -> str:
        source = preview.source(ArticleRef(lang, slug))
        if source is None:
            abort(404)
        others = [
            s.article for s in preview.last_good.values() if s.article.key == source.article.key and s is not source
        ]
        return render_template(
            "preview/article.html",
            article=source.article,
            body=Markup(source.article.html),  # noqa: S704 sanitised by kb.markup.markdown
            notes=preview.notes(source),
            others=others,
            broken=source.article.source in preview.reading.broken,
        )

    @app.get("/a/<slug>")
    def article_in_any_language(slug: str) -> Response:
        source = next((s for s in preview.last_good.values() if s.article.slug == slug), None)
        if source is None:
            abort(404)
        return redirect(url_for("article", lang=source.article.lang, slug=slug))  # type: ignore[return-value]

    @app.get("/kb-static/<path:path>")
    def static_file(path: str) -> Response:
        if preview.static is None:
            abort(404)
        return served(preview.static, path)

    @app.get("/kb-files/<path:path>")
    def file(path: str) -> Response:
        return served(preview.folder, path)

    def served(folder: Path, path: str) -> Response:
        if is_hidden(path) or Path(path).suffix.lower() not in SERVED_SUFFIXES or not may_be_read(folder, path):
            abort(404)
        response = send_from_directory(folder.absolute(), path)
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        return response

    @app.get("/preview/version")
    def version() -> Response:
        return jsonify(version=preview.wait(request.args.get("known", default=-1, type=int)))

    @app.errorhandler(404)
    def _nothing(_error: Exception) -> tuple[str, int]:
        return render_template("preview/missing.html"), 404

    return app


class _QuietRequestHandler(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Silent: no log line for each request."""


def make_preview_server(app: Flask, port: int) -> BaseWSGIServer:
    """A listening server. Raises CannotPreview when the port is taken."""
    try:
        return make_server(_LOOPBACK, port, app, threaded=True, request_handler=_QuietRequestHandler)
    except (OSError, SystemExit):  # werkzeug prints its own words and exits
        raise CannotPreview(f"Port {port} is taken; choose another with --port, or --port 0 for a free one.") from None


def serve_preview(
    folder: Path,
    *,
    default_lang: str,
    site_name: str,
    video_hosts: Sequence[str],
    today: Callable[[], date],
    port: int,
    ready: Callable[[str], None],
    forms: ContactForms | None = None,
    static: Path | None = None,
) -> None:
    """Serve until Ctrl-C. Raises FolderNotFound or CannotPreview. `ready` is called with the address."""
    preview = Preview(folder, default_lang, video_hosts, today, forms, static)
    preview.refresh()
    server = make_preview_server(create_preview(preview, site_name), port)
    stop = threading.Event()
    watching = threading.Thread(target=follow, args=(preview, stop), name="preview", daemon=True)
    watching.start()
    ready(f"http://{_LOOPBACK}:{server.server_port}/")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        server.server_close()


def follow(preview: Preview, stop: threading.Event) -> None:
    """Refresh the state on each save until `stop` is set."""
    for _changes in watch(
        preview.folder, debounce=400, step=80, stop_event=stop, raise_interrupt=False, rust_timeout=500
    ):
        try:
            preview.refresh()
        except FolderNotFound:  # moved away for a moment, as a Git checkout does
            continue
