"""What runs, what is stored, and every setting with its source and effect, for those who manage the desk."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from flask import current_app, make_response, render_template, request
from werkzeug.wrappers import Response

from app.backups.stored import backups_in
from app.current import services
from app.desk.access import needs
from app.desk.blueprint import bp
from app.settings.live import AT_ONCE, LiveSettings, Source
from app.settings.schema import SETTINGS
from app.version import VERSION
from index.storage.status import read_status
from support.agents.models import Right

if TYPE_CHECKING:
    from app.doctor import Finding

_REVISIONS_SHOWN = 10
_PATIENCE = 5.0
_LONGEST = 200
_SUMMARY = 110


@dataclass(frozen=True)
class ShownSetting:
    """One setting as the page shows it. `value` is None for a secret."""

    name: str
    value: str | None
    source: Source
    at_once: bool
    waiting: bool
    help: str

    @property
    def summary(self) -> str:
        """The first sentence of its help, or the whole of a short one."""
        if len(self.help) <= _SUMMARY:
            return self.help
        first = self.help.partition(". ")[0] + "."
        return first if len(first) <= _SUMMARY else f"{self.help[:_SUMMARY].rpartition(' ')[0]} …"


@bp.route("/system", methods=["GET", "POST"])
@needs(Right.MANAGE)
def system() -> Response:
    """POST runs the doctor as well: it opens connections to mail servers and reads the whole database."""
    s = services()
    live = cast(LiveSettings, current_app.extensions["signpost.settings"])
    findings: list[Finding] = []
    if request.method == "POST":
        from app.doctor import examine  # brings backups and their encryption, for a page that is rarely sent

        live.refresh(now=True)
        findings = examine(settings=s.settings, patience=_PATIENCE)
    indexing = read_status(s.settings.index_dir)
    page = render_template(
        "desk/system.html",
        version=VERSION,
        findings=findings,
        backlog=s.backlog(s.now()),
        indexing=max(0, indexing.total - indexing.embedded) if indexing else 0,
        model=s.model.state(),
        articles=s.articles.visible_count(s.today()),
        database=s.engine.dialect.name,
        revisions=s.revisions.list(_REVISIONS_SHOWN),
        backups=tuple(reversed(backups_in(s.settings.backups))),
        backup_is_old=_backup_is_old(),
        settings_shown=_settings(live),
        problems=live.problems,
    )
    return make_response(page)


def _backup_is_old() -> bool:
    s = services()
    stored = backups_in(s.settings.backups)
    hours = s.settings.backup_hours
    return not stored or bool(hours and stored[-1].age_seconds(s.now()) > hours * 3600)


def _settings(live: LiveSettings) -> list[ShownSetting]:
    settings, found = services().settings, live.sources()
    return [
        ShownSetting(
            one.name,
            None if one.secret and getattr(settings, one.name) else _shown(getattr(settings, one.name)),
            found[one.name],
            one.name in AT_ONCE,
            one.name in live.waiting,
            _plain(one.help),
        )
        for one in SETTINGS
    ]


def _plain(markdown: str) -> str:
    """Help of the settings' table without its code signs and links."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown).replace("`", "")


def _shown(value: Any) -> str:
    """Plain values as they are; tables by how many there are, since they may hold secrets of their own."""
    if value is None or value == "" or value == ():
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)[:_LONGEST]
    if isinstance(value, tuple | list):
        return f"{len(value)} ×"
    if isinstance(value, str | int) or hasattr(value, "as_posix"):
        return str(value)[:_LONGEST]
    return "…"
