"""The catalogue of log events, and the one way to write them: `emit(name, **fields)`.

Fields carry identifiers, counts and timings; never a query, a message or an address. `docs/operate/events.md` lists
the catalogue for operators and a test holds code, catalogue and page together: add a row here before you emit.
Lines are for people in development and JSON in production; each carries the request id that error pages show.
"""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str] = ContextVar("signpost_request_id", default="")
# The brand that is served or worked for, '' where there is one help centre only.
brand: ContextVar[str] = ContextVar("signpost_brand", default="")

_LOGGER = logging.getLogger("signpost")


@dataclass(frozen=True)
class Event:
    """One kind of log event: its level, the fields it may carry, and what it means to an operator."""

    level: int
    fields: tuple[str, ...]
    description: str


_INFO, _WARNING, _ERROR = logging.INFO, logging.WARNING, logging.ERROR

EVENTS: dict[str, Event] = {
    # The process
    "service_started": Event(
        _INFO, ("version", "environment", "database", "embedder", "roles", "node"), "The service is up."
    ),
    "service_stopped": Event(_INFO, ("seconds",), "The service ended as asked."),
    "handed_over": Event(_INFO, ("pid",), "A successor serves on the same socket; this process ends."),
    "handover_failed": Event(_ERROR, ("error",), "No successor could be started; this process goes on."),
    "model_ready": Event(_INFO, ("seconds", "fingerprint"), "The model is loaded; hybrid search works from here."),
    "model_failed": Event(
        _ERROR, ("error", "trace"), "The model could not be loaded; search goes on with keywords only."
    ),
    "protection_off": Event(_WARNING, ("setting",), "Rate limits or the robot check are switched off by a setting."),
    "not_private": Event(
        _WARNING, ("error",), "The data folder or the database can be read by others, and that could not be changed."
    ),
    "elected": Event(_INFO, ("name", "node"), "This process does a chore that only one of all does."),
    "not_elected": Event(_INFO, ("name", "node"), "This process does that chore no more; another will."),
    "node_failed": Event(_ERROR, ("error",), "A heartbeat or an election met an error; it is tried again."),
    "followed": Event(_INFO, ("revision", "node"), "This node serves a revision that another node published."),
    "follow_failed": Event(_ERROR, ("error",), "This node could not follow a revision yet; it tries again."),
    "settings_changed": Event(
        _INFO, ("names", "waiting"), "The settings' file was changed: `names` are in force, `waiting` want a restart."
    ),
    "settings_refused": Event(
        _ERROR, ("problems",), "The settings' file has problems and is not used; the desk's page System names them."
    ),
    "migrated": Event(_INFO, ("names",), "The database was brought up to date."),
    "keys_refused": Event(
        _ERROR, ("purposes", "because"), "Nothing started: the keys are `lost`, or `other` than the database's."
    ),
    "keys_rotated": Event(_INFO, ("purposes",), "New keys sign from now on; the ones before are still believed."),
    "keys_accepted": Event(_WARNING, ("purposes",), "An operator took this node's keys for those of the database."),
    # Requests
    "request": Event(_INFO, ("method", "route", "status", "ms"), "One request, by route, without its query."),
    "request_failed": Event(_ERROR, ("route", "error", "trace"), "A request met an error nobody planned for."),
    "database_unavailable": Event(
        _ERROR, ("route", "error"), "The database was locked, full, too slow or away; the visitor was asked to wait."
    ),
    "database_silent": Event(
        _ERROR, (), "The database says nothing; pages show what is remembered, what would be stored is refused at once."
    ),
    "database_answers": Event(_INFO, (), "The database answers again."),
    "rate_limited": Event(_WARNING, ("action", "wait_seconds"), "A visitor was asked to wait."),
    "cross_site_refused": Event(_WARNING, ("route",), "A form was sent from another site and refused."),
    "widget_not_kept": Event(_WARNING, ("error",), "The widget's files could not be copied to the data folder."),
    "host_refused": Event(_WARNING, (), "A request named a host that is not ours; see `base_url` and `allowed_hosts`."),
    "brand_failed": Event(
        _ERROR,
        ("error", "reason", "trace"),
        "A brand could not be opened, for another reason than before; it is tried again every ten seconds.",
    ),
    "brand_recovered": Event(_INFO, (), "A brand that could not be opened is open."),
    "brand_refused": Event(_ERROR, ("name", "problems"), "A brand's settings have problems; its host answers 503."),
    "round_failed": Event(_ERROR, ("chore", "error"), "A background chore of a brand met an error and is done again."),
    "sub_path_differs": Event(
        _WARNING, (), "The server serves below another path than that of `base_url`, which mails link to."
    ),
    "origin_refused": Event(_WARNING, ("site",), "A page of an origin the site does not name used its key."),
    # Search
    "searched": Event(
        _INFO, ("where", "lang", "verdict", "confidence", "hits", "degraded", "ms"), "A question was answered."
    ),
    "search_degraded": Event(_WARNING, ("where", "reason", "error"), "A search went without a part; see `reason`."),
    "urgent_shown": Event(
        _INFO, ("where", "name", "lang"), "An author's urgent message was shown above what was found."
    ),
    "search_failed": Event(
        _ERROR,
        ("where", "trace"),
        "Search broke; the visitor was shown a person instead."
        " `trace` is whole once a minute for an error at the same place.",
    ),
    "model_differs": Event(
        _ERROR,
        ("index", "model"),
        "The index was built by another model than this node's: it searches by words only. Said once a generation.",
    ),
    "trial_failed": Event(
        _ERROR, ("error",), "The questions of an article that is being written could not be tried; its author was told."
    ),
    # Articles
    "published": Event(
        _INFO,
        ("added", "changed", "removed", "unchanged", "revision", "ms"),
        "The articles of the folder, or of an earlier revision, are the ones shown.",
    ),
    "publish_refused": Event(_WARNING, ("errors",), "Nothing was published: an article has errors."),
    "publish_held": Event(
        _ERROR,
        ("would_remove", "articles", "languages"),
        "Nothing was published: too many articles, or all of a language, would go; see the desk.",
    ),
    "file_put": Event(_INFO, ("path",), "What was begun at the desk of another node was put into the articles folder."),
    "files_published": Event(
        _INFO, ("changed", "too_large"), "Files of articles are kept for other nodes; those above 64 MB are not."
    ),
    "git_remote_synced": Event(
        _INFO, ("changed", "pushed"), "The articles folder and its Git remote were brought together."
    ),
    "git_remote_failed": Event(
        _WARNING, ("code", "error"), "The Git remote of the articles could not be exchanged with; see the desk."
    ),
    "publish_left": Event(
        _WARNING,
        ("articles",),
        "Another node published other articles, which may be newer: this folder waits for `flask kb publish` here.",
    ),
    "folder_missing": Event(_ERROR, (), "There is no articles folder, or it cannot be read; what was published stays."),
    "publish_resumed": Event(_INFO, (), "What held publishing back is gone."),
    "rolled_back": Event(
        _WARNING, ("revision", "articles"), "An earlier revision is published; files that differ wait for a change."
    ),
    "rollback_over": Event(_INFO, ("revision",), "Nothing is kept back by the rollback any more."),
    "article_refused": Event(
        _WARNING, ("path", "line", "code", "problem"), "A saved article has an error; its last good text stays."
    ),
    "indexed": Event(_INFO, ("generation", "passages", "embedded", "reused", "ms"), "A new index is being served."),
    "search_published": Event(
        _INFO,
        ("epoch", "generation", "articles", "because", "ms"),
        "What was indexed is in the database: all nodes search it. `because` says why an epoch began, '' if none did.",
    ),
    "search_in_files": Event(
        _ERROR, ("reason",), "`search_store` is `database`, which cannot be: this node searches in its files."
    ),
    "search_damaged": Event(
        _ERROR,
        ("reason",),
        "Tables of search in the database have lost what searches read; the publisher makes them anew, or"
        " `flask index build` there.",
    ),
    "search_mended": Event(_INFO, (), "Tables of search in the database are whole again."),
    "search_standby": Event(
        _WARNING,
        ("answers", "reason"),
        "The standby that searches are read from does not answer (the primary is asked instead), or answers again.",
    ),
    "watch_failed": Event(_ERROR, ("error",), "The article watcher met an error and goes on."),
    "index_lost": Event(
        _ERROR, (), "The index folder is gone; what is in memory is served, and the index is built anew."
    ),
    "index_damaged": Event(
        _ERROR, ("error",), "A file of the serving generation is damaged; another one serves, and it is built anew."
    ),
    "indexing_failed": Event(_ERROR, ("error",), "The index worker met an error and tries again."),
    # Feedback
    "feedback_received": Event(_INFO, ("lang", "slug", "helpful"), "A visitor said whether an article helped."),
    "client_event": Event(_INFO, ("name", "count"), "A page or widget reported what a visitor did."),
    "ledger_full": Event(
        _WARNING, ("waiting",), "Events of insight come faster than they are stored; what does not fit is not counted."
    ),
    "ledger_failed": Event(
        _WARNING, ("error", "waiting"), "Events of insight could not be stored now; they wait and are tried again."
    ),
    "insight_counted": Event(_INFO, ("days", "ms"), "Days of insight in which something new arrived were counted."),
    "insight_failed": Event(_ERROR, ("error",), "Counting for insight met an error; it is tried again."),
    "links_checked": Event(
        _INFO, ("asked", "broken", "ms"), "Links of articles to other sites were tried; so many of them are broken now."
    ),
    "reminders_queued": Event(_INFO, ("mails",), "Owners of articles are reminded by so many mails."),
    "scheduled_change_published": Event(_INFO, ("path",), "A change of an article was published at its time."),
    "scheduled_change_held": Event(
        _WARNING,
        ("path", "code"),
        "A change of an article whose time has come needs somebody’s decision: `conflict`, `gone`, `unreadable` or"
        " `not_allowed`.",
    ),
    "scheduled_change_failed": Event(
        _ERROR, ("error",), "Publishing changes of articles at their time met an error; it is tried again."
    ),
    "upkeep_failed": Event(
        _ERROR, ("chore", "error"), "Looking after the articles (links, reminders, translations) met an error."
    ),
    "findability_measured": Event(
        _INFO,
        ("revision", "questions", "found", "broken", "ms"),
        "The questions of all articles were tried after a publish.",
    ),
    "findability_failed": Event(
        _WARNING, ("error",), "Trying the questions of articles met an error; it is tried again later."
    ),
    "topics_refreshed": Event(
        _INFO, ("questions", "topics", "ms"), "What customers asked in vain was grouped into topics anew."
    ),
    # Tickets
    "second_factor_unreadable": Event(
        _WARNING, (), "Somebody of the desk cannot use their app: the key in `secrets/` is not the one of before."
    ),
    "not_storing": Event(_ERROR, ("trace",), "A ticket could not be stored now; /readyz says so too."),
    "ticket_created": Event(_INFO, ("reference", "lang", "channel", "attachments"), "A ticket is stored durably."),
    "ticket_repeated": Event(
        _INFO, ("reference",), "The same request came again, by its key or its content, and was given the same ticket."
    ),
    "ticket_judged": Event(
        _INFO, ("reference", "points", "found", "held"), "How much a message resembled a robot's, and by what."
    ),
    "server_refused": Event(_WARNING, (), "A ticket came with a secret that none of `servers` has."),
    "file_damaged": Event(
        _ERROR,
        ("where", "file"),
        "A file is not what its hash says and was not handed out; bring it back from a backup.",
    ),
    "message_added": Event(_INFO, ("reference", "author"), "A message was added to a ticket."),
    "identity_refused": Event(
        _WARNING, ("reason",), "What an embedding site signed was not believed; the form asks instead."
    ),
    "routing_failed": Event(_ERROR, ("trace",), "Routes met an error; the ticket went to the default team."),
    "promises_renewed": Event(_INFO, ("count",), "Promises about to be broken were made anew, and customers told."),
    "meaning_unavailable": Event(_WARNING, ("error",), "The model did not answer; routes by meaning rest."),
    "erased": Event(_INFO, ("tickets",), "Requests were erased because somebody asked for it."),
    "purged": Event(_INFO, ("tickets", "attachments", "events", "queries"), "What was kept long enough was removed."),
    "delivered": Event(_INFO, ("id", "channel", "attempts", "ms"), "A mail or webhook reached its other end."),
    "delivery_failed": Event(
        _WARNING, ("id", "channel", "attempts", "error", "retry_seconds"), "A delivery failed; it is tried again."
    ),
    "delivery_dead": Event(_ERROR, ("id", "channel", "attempts", "error"), "A delivery failed for good; see tickets."),
    "mail_limited": Event(
        _WARNING, ("id", "channel"), "A mail waits because its recipient got many within an hour; it is sent later."
    ),
    "channel_down": Event(
        _ERROR, ("channel", "error"), "A channel failed several times in a row and is left alone for a while."
    ),
    "channel_back": Event(_INFO, ("channel",), "A channel that was left alone works again."),
    "mail_taken_in": Event(_INFO, ("outcome", "reference", "size"), "A mail came in; `outcome` is what became of it."),
    "mailbox_unreachable": Event(_WARNING, ("error",), "The mailbox could not be read; it is tried again."),
    "mailbox_read": Event(_INFO, ("count",), "Mail was taken out of the mailbox."),
    "incident_changed": Event(_INFO, ("reference", "stage"), "An incident was opened, updated or closed."),
    "delivery_worker_failed": Event(_ERROR, ("error",), "The delivery worker met an error and goes on."),
}


Listener = Callable[[str, Mapping[str, Any]], None]
_LISTENERS: list[Listener] = []


def listen(listener: Listener) -> None:
    """Have every event of this process told to a function as well, such as one that counts; once for each function."""
    if listener not in _LISTENERS:
        _LISTENERS.append(listener)


def unlisten(listener: Listener) -> None:
    """Tell a function nothing any more."""
    if listener in _LISTENERS:
        _LISTENERS.remove(listener)


def emit(name: str, /, **fields: Any) -> None:
    """Write one event of the catalogue. Raises KeyError for a name or a field that is not in it."""
    event = EVENTS[name]
    unknown = set(fields) - set(event.fields)
    if unknown:
        raise KeyError(f"event {name} has no field {', '.join(sorted(unknown))}; add it to core/events.py")
    _LOGGER.log(event.level, name, extra={"fields": fields})
    for listener in _LISTENERS:
        listener(name, fields)


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            **_event_of(record),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        if brand.get():
            line["brand"] = brand.get()
        return json.dumps(line, ensure_ascii=False, default=str)


class _ReadableLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = _event_of(record)
        name = line.pop("event")
        trace = line.pop("trace", "")
        clock = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S")
        mark = "" if record.levelno < logging.WARNING else f"{record.levelname} "
        fields = " ".join(f"{key}={value}" for key, value in line.items() if value not in (None, ""))
        ident = f" [{request_id.get()}]" if request_id.get() else ""
        ident = f" ({brand.get()}){ident}" if brand.get() else ident
        return f"{clock} {mark}{name} {fields}{ident}".rstrip() + (f"\n{trace}" if trace else "")


def _event_of(record: logging.LogRecord) -> dict[str, Any]:
    fields = getattr(record, "fields", None)
    if fields is not None:
        return {"event": record.getMessage(), **fields}
    line: dict[str, Any] = {"event": "library", "logger": record.name, "message": record.getMessage()}
    if record.exc_info:
        line["trace"] = logging.Formatter().formatException(record.exc_info)
    return line


def configure_logging(*, json_lines: bool, level: int = logging.INFO) -> None:
    """Send events from `level` on, and warnings of libraries, to standard error. Call once a process."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if json_lines else _ReadableLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    _LOGGER.setLevel(level)
