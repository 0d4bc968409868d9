"""Health checks: /healthz (liveness) and /readyz (readiness)."""

import threading
import traceback
from contextvars import copy_context
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from sqlalchemy.exc import SQLAlchemyError

from app.container import Services
from app.current import services
from core.database.timestamps import iso
from core.events import emit
from core.roles import PUBLISHER
from index.storage.status import BuildStep, read_status
from kb.publish_state import Failure, Held, HeldBecause, RollbackHold
from kb.reading_status import ReadingStatus
from kb.reading_status import read_status as read_reading_status
from kb.source.search_hints import is_about_danger
from kb.unpublished_files import Unpublished

# Megabytes of free disk space below which /readyz warns.
_ROOM_MB = 500
_PATIENCE_SECONDS = 1.5
# How long a look waits for what the first search needs, which takes a second or two after a start.
_PREPARING_SECONDS = 0.5
# States of publishing in which what is saved does not reach readers.
HOLDS_BACK = frozenset({"held", "folder_missing", "behind", "failed"})
_UNKNOWN: dict[str, Any] = {
    "articles": 0,
    "revision": 0,
    "published_revision": 0,
    "publishing": {"state": "unknown", "message": "The database cannot be used; see `storing`."},
}

health_bp = Blueprint("health", __name__)


@health_bp.get("/healthz")
def healthz() -> Response:
    return _uncached(jsonify({"status": "ok"}))


@health_bp.get("/readyz")
def readyz() -> Response:
    """200 when the model and the index are there, a ticket with files can be stored and there are articles, else 503.
    With `for=reading`, for balancers: whether this node can be asked at all, also where what is sent has to be refused.
    Neither the database nor files are looked at then.

    Other problems are listed in the body: a publish that is held takes nothing from visitors, so it is ready.
    """
    reading = request.args.get("for") == "reading"
    parts, backlog, published = _without_asking(services()) if reading else _parts(services())
    indexing = _indexing(services())
    ready = not services().draining and all(state == "ok" for state in parts.values()) and published["articles"] > 0
    if reading:
        # What is damaged in the database is so on every node; articles can be read.
        ready = not services().draining and parts["search"] != "loading" and parts["index"] != "missing"
    body: dict[str, Any] = {
        "status": "ok" if ready else "not_ready",
        "search": parts["search"],
        "index": parts["index"],
        "indexing": indexing,
        "storing": parts["storing"],
        "database": "silent" if services().watch.silent else "ok",
        "files": parts["files"],
        **published,
        "node": services().node.id,
        "roles": list(services().settings.roles),
        "disk_free_mb": backlog.get("disk_free_mb", 0),
        "backlog": backlog.get("pending", 0),
        "dead_letters": backlog.get("dead", 0),
        "held": backlog.get("held", 0),
        "mail_limited": backlog.get("mail_limited", 0),
        "quarantined": backlog.get("quarantined", 0),
        "quarantined_oldest_hours": backlog.get("quarantined_oldest_hours", 0),
        "oldest_pending_seconds": backlog.get("oldest_pending_seconds", 0),
        "channels_down": backlog.get("channels_down", 0),
        "mail_to_look_at": backlog.get("mail_to_look_at", 0),
        "mail_held": backlog.get("mail_held", 0),
        "mail_set_aside": backlog.get("mail_set_aside", 0),
        "insight_waiting": services().ledger.waiting,
        "insight_dropped": services().ledger.dropped,
        "urgent_messages": _urgent_messages(services()),
        "degraded": [*_degraded(services(), parts, backlog, published), *(["indexing"] if indexing else [])],
    }
    if brands := current_app.extensions.get("signpost.brands"):
        body |= brands.readiness(request)  # their own /readyz says more of each
    response = _uncached(jsonify(body))
    response.status_code = 200 if ready else 503
    return response


def _parts(s: Services) -> tuple[dict[str, str], dict[str, int], dict[str, Any]]:
    """States, the backlog, and what is published. The database has a moment for all of it."""
    s.hints.current()
    look = _stored(s)
    storing, (backlog, published) = ("failed", ({}, _UNKNOWN)) if look is None else ("ok", look)
    files = "ok"
    try:
        s.tickets.files.check()
        backlog = {**backlog, "disk_free_mb": s.tickets.files.free_bytes() // 1_000_000}
    except OSError:
        emit("not_storing", trace=traceback.format_exc())
        files = "failed"
    return (
        {
            "search": _search_state(s),
            "index": index_state(s),
            "storing": storing,
            "files": files,
        },
        backlog,
        published,
    )


def _search_state(s: Services) -> str:
    """That of the model; `loading` also while the examples of urgent messages are embedded by it."""
    state = s.model.state()
    return state if state != "ok" or s.is_prepared(_PREPARING_SECONDS) else "loading"


def index_state(s: Services) -> str:
    """`damaged`: in the database, so that searches fail. In files the generation before serves meanwhile."""
    if not s.live.available:
        return "missing"
    return "damaged" if s.search_database is not None and s.live.damage else "ok"


def is_of_another_model(s: Services) -> bool:
    """Whether the index was built by another model than this node's, so that searches go by words only."""
    serving, own = s.live.current(), s.model.fingerprint
    return bool(serving is not None and own and serving.manifest.fingerprint != own)


def _without_asking(s: Services) -> tuple[dict[str, str], dict[str, int], dict[str, Any]]:
    """As `_parts`, at once: a balancer that asks often must not take a node for dead whose database is."""
    return (
        {
            "search": s.model.state(),
            "index": index_state(s),
            "storing": "failed" if s.watch.silent else "ok",
            "files": "ok",
        },
        {"disk_free_mb": _ROOM_MB},
        _UNKNOWN,
    )


def _stored(s: Services) -> tuple[dict[str, int], dict[str, Any]] | None:
    """What the database says once a row could be written; None where that failed or took too long. However many ask,
    one thread waits for a database that hangs."""
    if s.watch.silent:
        return None
    looking: threading.Lock = current_app.extensions.setdefault("signpost.storing", threading.Lock())
    if not looking.acquire(timeout=_PATIENCE_SECONDS):
        return None
    found: list[tuple[dict[str, int], dict[str, Any]]] = []

    def look() -> None:
        try:
            s.tickets.check_storing(s.now())
            found.append((s.backlog(s.now()), content(s)))
        except (SQLAlchemyError, OSError):
            emit("not_storing", trace=traceback.format_exc())
        finally:
            looking.release()

    thread = threading.Thread(target=copy_context().run, args=(look,), name="readyz", daemon=True)
    thread.start()
    thread.join(_PATIENCE_SECONDS)
    if thread.is_alive():
        emit("not_storing", trace="the database does not answer")
        s.watch.suspect()
    return found[0] if found else None


def _indexing(s: Services) -> dict[str, Any] | None:
    """How far the index is embedded, by whichever process; None when all of it is."""
    status, serving = read_status(s.settings.index_dir), s.live.current()
    if status is not None and status.step is BuildStep.EMBEDDING:
        embedded, total, left = status.embedded, status.total, status.seconds_left
    elif serving is not None and serving.manifest.pending:
        total = serving.manifest.passages + serving.manifest.titles
        embedded, left = total - serving.manifest.pending, None
    else:
        return None
    return {"embedded": embedded, "total": total, "seconds_left": left}


def content(s: Services) -> dict[str, Any]:
    """What is published, and what holds the next publish back."""
    try:
        count, latest = s.articles.visible_count(s.today()), s.revisions.latest()
        held, hold = s.publish_state.read()
        failure = s.publish_state.failure()
        partial = s.publish_state.is_partial()
        reading = read_reading_status(s.settings.data_dir)  # who reads it follows it
        waiting = s.unpublished.known() if reading is None and _follows_the_folder(s) else None
    except SQLAlchemyError:
        return _UNKNOWN
    return {
        "articles": count,
        "revision": (latest.number if latest else 0) if s.following.revision is None else s.following.revision,
        "published_revision": latest.number if latest else 0,
        "publishing": _with_reading(_publishing(count, held, hold, partial, waiting, failure), reading),
    }


def _follows_the_folder(s: Services) -> bool:
    """Whether what is saved in the folder of this node has to be published by itself."""
    return s.settings.watch and PUBLISHER in s.settings.roles and s.own_folder.is_published()


def _publishing(
    count: int,
    held: Held | None,
    hold: RollbackHold | None,
    partial: bool,
    waiting: Unpublished | None,
    failure: Failure | None,
) -> dict[str, Any]:
    """The state of publishing in one word and one sentence, with its figures."""
    if held is not None and held.because is HeldBecause.REMOVALS:
        return {
            "state": "held",
            "message": f"A publish would remove {held.count} of {held.of} article{'s' * (held.of != 1)} and was not"
            " done; the old ones are served.",
            "since": iso(held.since),
            "would_remove": held.count,
            "of": held.of,
            "languages": list(held.languages),
        }
    if held is not None:
        message = "There is no articles folder, or it cannot be read; what was published before is served."
        return {"state": "folder_missing", "message": message, "since": iso(held.since)}
    if failure is not None:
        message = f"The last publish ended with an error ({failure.error}); what was published before is served."
        return {"state": "failed", "message": message, "since": iso(failure.since)}
    if partial:
        message = f"{count} article{'s are' if count != 1 else ' is'} published and found; the others are still read."
        return {"state": "reading", "message": message}
    if waiting is not None:
        message = f"{_files(waiting.count)} changed and not published: nobody follows the articles folder."
        return {"state": "behind", "message": message, "since": iso(waiting.since), "waiting": waiting.count}
    if not count:
        return {"state": "no_articles", "message": "No articles published."}
    if hold is not None:
        return {
            "state": "rolled_back",
            "message": f"{_many(len(hold.articles))} as at revision {hold.revision} until"
            f" {'its file changes' if len(hold.articles) == 1 else 'their files change'}.",
            "since": iso(hold.since),
            "rolled_back_to": hold.revision,
            "articles_kept": len(hold.articles),
        }
    return {"state": "ok", "message": ""}


def _with_reading(publishing: dict[str, Any], reading: ReadingStatus | None) -> dict[str, Any]:
    """With how far the folder is read, when a publish reads it now; that is the state while nothing is published."""
    if reading is None:
        return publishing
    if publishing["state"] == "no_articles":
        message = f"Nothing is published yet: reading {reading.read} of {reading.total} files."
        publishing = {"state": "reading", "message": message}
    return {**publishing, "reading": {"read": reading.read, "total": reading.total}}


def _files(count: int) -> str:
    return "1 article file is" if count == 1 else f"{count} article files are"


def _many(articles: int) -> str:
    return "1 article stays" if articles == 1 else f"{articles} articles stay"


def _degraded(s: Services, parts: dict[str, str], backlog: dict[str, int], content: dict[str, Any]) -> list[str]:
    found = [name for name, state in parts.items() if state != "ok"]
    if s.draining:
        found.append("draining")
    if s.watch.silent:
        found.append("database_silent")
    if s.live.damage:
        found.append("index_damaged")
    if is_of_another_model(s):
        found.append("keyword_only")
    if not content["articles"] and content is not _UNKNOWN:
        found.append("no_articles")
    if content["publishing"]["state"] in HOLDS_BACK:
        found.append("publishing")
    if content["publishing"]["state"] == "reading" and content["articles"]:
        found.append("reading")
    if backlog.get("dead", 0) or backlog.get("channels_down", 0) or backlog.get("oldest_pending_seconds", 0) > 900:
        found.append("delivery")
    if backlog.get("mail_to_look_at", 0):
        found.append("incoming_mail")
    if parts["files"] == "ok" and backlog.get("disk_free_mb", 0) < _ROOM_MB:
        found.append("disk_low")
    if _urgent_messages(s)["state"] != "ok":
        found.append("urgent_messages")
    for name in ("rate_limits", "challenge"):
        if getattr(s.settings, name) == "off":
            found.append(f"{name}_off")
    return found


def _urgent_messages(s: Services) -> dict[str, str]:
    """Whether all of what authors wrote for somebody in danger is read, as the files stand."""
    wrong = [one for one in s.hints.errors if is_about_danger(one)]
    if not wrong:
        return {"state": "ok", "message": ""}
    others = f" {len(wrong) - 1} more: see `flask kb lint`." if len(wrong) > 1 else ""
    message = (
        f"{wrong[0].path}, line {wrong[0].line}: {wrong[0].message} Correct that line: until then what was read before"
        f" stays in use, and after a start only the entries that can be read.{others}"
    )
    return {"state": "broken", "message": message}


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
