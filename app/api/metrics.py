"""/metrics for Prometheus: figures of the process and the state of the installation.

There is none unless a setting lets somebody read it.
"""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Blueprint, Flask, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError

from app.api import health
from app.backups.stored import backups_in
from app.container import Services
from app.current import services
from app.figures import State, exposition, figures
from app.web.errors import Problem
from app.web.metrics_access import may_read
from index.storage.status import read_status

metrics_bp = Blueprint("metrics", __name__)
# A scrape is not worth more; figures of the database are left out then, and signpost_database_up is 0.
_PATIENCE = 3.0

Gauges = dict[str, tuple[str, Mapping[str, float], str]]


def register(app: Flask) -> None:
    """Count from now on, and answer at /metrics."""
    figures()
    app.extensions["signpost.scrape"] = threading.Lock()
    app.register_blueprint(metrics_bp)


@metrics_bp.get("/metrics")
def metrics() -> Response:
    s = services()
    if not _may_read(s):
        headers = {"WWW-Authenticate": 'Bearer realm="metrics"', "Cache-Control": "no-store"}
        return Response("Send the bearer token of metrics_token.\n", 401, headers, mimetype="text/plain")
    state = _of_files(s)
    found = _within(s)
    state["signpost_database_up"] = ("Whether the database answered this scrape.", {"": float(bool(found))}, "")
    brands = current_app.extensions.get("signpost.brands")
    of_brands: Gauges = brands.figures() if brands else {}
    response = Response(exposition(State({**state, **found, **of_brands})), content_type=CONTENT_TYPE_LATEST)
    response.headers["Cache-Control"] = "no-store"
    return response


def _may_read(s: Services) -> bool:
    """By token or network. Raises Problem 404 where nobody may."""
    allowed = may_read(s.settings, request)
    if allowed is None:
        raise Problem(404, "not_found", "There is no /metrics.", "Set metrics_token or metrics_networks.")
    return allowed


def _by_meaning(s: Services) -> bool:
    return s.model.state() == "ok" and not health.is_of_another_model(s)


def _of_files(s: Services) -> Gauges:
    now = datetime.now(UTC)
    stored = backups_in(s.settings.backups)
    status, serving = read_status(s.settings.index_dir), s.live.current()
    pending = serving.manifest.pending if serving is not None else 0
    if status is not None:
        pending = max(pending, status.total - status.embedded)
    gauges: Gauges = {
        "signpost_backups": ("Backups that are kept.", {"": len(stored)}, ""),
        "signpost_model_ready": ("Whether search by meaning works.", {"": float(_by_meaning(s))}, ""),
        "signpost_index_available": ("Whether an index is open.", {"": float(health.index_state(s) == "ok")}, ""),
        "signpost_index_pending": ("Texts that are not embedded yet.", {"": pending}, ""),
    }
    if serving is not None:
        passages = {"": serving.manifest.passages}
        gauges["signpost_index_passages"] = ("Passages of the index that serves.", passages, "")
    if stored:
        age = stored[-1].age_seconds(now)
        gauges["signpost_backup_age_seconds"] = ("Age of the newest backup.", {"": age}, "")
    try:
        free = s.tickets.files.free_bytes()
        gauges["signpost_disk_free_bytes"] = ("Room left where files are stored.", {"": free}, "")
    except OSError:
        pass
    return gauges


def _within(s: Services) -> Gauges:
    """The database's figures, in a thread of their own: one scrape at a time waits for it, and not for long."""
    lock: threading.Lock = current_app.extensions["signpost.scrape"]
    if not lock.acquire(blocking=False):
        return {}
    found: Gauges = {}

    def read() -> None:
        try:
            found.update(_of_database(s))
        except SQLAlchemyError:
            pass
        finally:
            lock.release()

    reader = threading.Thread(target=read, daemon=True, name="metrics")
    reader.start()
    reader.join(_PATIENCE)
    return {} if reader.is_alive() else dict(found)


def _of_database(s: Services) -> Gauges:
    backlog = s.backlog(s.now())
    content = health.content(s)
    latest = s.revisions.latest()
    outbox = {name: float(backlog.get(name, 0)) for name in ("pending", "dead", "held")}
    mail = {name: float(backlog.get(f"mail_{name}", 0)) for name in ("to_look_at", "held", "set_aside", "limited")}
    return {
        "signpost_outbox": ("Deliveries by state.", outbox, "state"),
        "signpost_outbox_oldest_seconds": (
            "How long the oldest delivery is due.", {"": backlog.get("oldest_pending_seconds", 0)}, ""
        ),
        "signpost_channels_down": ("Destinations that are left alone.", {"": backlog.get("channels_down", 0)}, ""),
        "signpost_quarantined": ("Tickets that wait for somebody to look.", {"": backlog.get("quarantined", 0)}, ""),
        "signpost_mail_waiting": ("Mail in and out that waits, by why.", mail, "why"),
        "signpost_articles": ("Articles visitors can read now.", {"": content["articles"]}, ""),
        "signpost_revision": ("The published revision.", {"": latest.number if latest else 0}, ""),
        "signpost_publish_held": (
            "Whether a publish is held, has failed, or its folder is missing.",
            {"": float(content["publishing"]["state"] in health.HOLDS_BACK)}, "",
        ),
    }  # fmt: skip
