"""Settings that take effect while the service runs, and where each setting comes from.

The settings' file is read again when it changes, and once with the first look: it may have changed between the start
and that. What every reader asks for anew is exchanged in place; the rest waits for a restart, and the desk's page says
so. A file with problems changes nothing until they are corrected.
"""

import os
import threading
import time
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from app.settings import brands as of_brands
from app.settings.problems import BadSettings
from app.settings.schema import (
    PREFIX,
    SETTINGS,
    Settings,
    Stamp,
    brand_file,
    brand_table,
    common_values,
    read_toml,
    stamp,
)
from core.events import emit

# Only what no object has copied when it was built: each is read where it is used. docs/operate/settings.md lists them.
AT_ONCE = frozenset(
    {
        "site_name", "channels", "mail_from", "security_contact", "security_policy", "spam_threshold", "proof_of_work",
        "unknown_senders", "keep_revisions_days", "metrics_token", "metrics_networks", "backup_dir",
        "backup_recipient", "backup_keep", "backup_hours", "postgresql_tools", "looks_dir", "colours",
    }
)  # fmt: skip
_LOOK_EVERY_SECONDS = 2.0


class Source(StrEnum):
    """Where a setting's value comes from."""

    DEFAULT = "default"
    FILE = "file"
    ENVIRONMENT = "environment"
    PROGRAM = "program"  # given to create_app


def sources(overrides: Mapping[str, Any], environ: Mapping[str, str], brand: str = "") -> dict[str, Source]:
    """The source of every setting, by name."""
    if brand:
        return _sources_of_brand(overrides, environ, brand)
    found = dict.fromkeys((setting.name for setting in SETTINGS), Source.DEFAULT)
    found.update({name: Source.FILE for name in read_toml(environ.get(PREFIX + "CONFIG", ""), []) if name in found})
    for name in found:
        if PREFIX + name.upper() in environ:
            found[name] = Source.ENVIRONMENT
        if name in overrides:
            found[name] = Source.PROGRAM
    return found


def _sources_of_brand(overrides: Mapping[str, Any], environ: Mapping[str, str], brand: str) -> dict[str, Source]:
    """What a brand does not take over stands at its default; its own table is a file."""
    found = sources(overrides, environ)
    table, path = brand_table(brand, common_values(overrides, environ), environ.get(PREFIX + "CONFIG", ""), [])
    kept = of_brands.inherited(found, table.get(of_brands.SHARES, ()))
    found = {name: source if name in kept else Source.DEFAULT for name, source in found.items()}
    own = Source.FILE if path else Source.ENVIRONMENT
    return {**found, **{name: own for name in table if name in found}}


class LiveSettings:
    """The settings in force. `refresh` is cheap: it is called with every request, and with every turn of background
    work of a brand, which may have no visitors for hours."""

    def __init__(self, settings: Settings, overrides: Mapping[str, Any]) -> None:
        self._settings = settings
        self._overrides = overrides
        self._path = Path(os.environ[PREFIX + "CONFIG"]) if os.environ.get(PREFIX + "CONFIG") else None
        # Not the state of now: the files may have changed since these settings were read.
        self._seen: tuple[Stamp, ...] = settings.files_read
        self._next_look = float("-inf")
        self._alone = threading.Lock()
        # Names that differ in the file and wait for a restart; what is wrong with the file now.
        self.waiting: tuple[str, ...] = ()
        self.problems: tuple[str, ...] = ()

    @property
    def settings(self) -> Settings:
        return self._settings

    @cached_property
    def _brand_file(self) -> Path | None:
        # Not before it is needed: hundreds of brands are made before one of them is asked.
        common = common_values(self._overrides, os.environ)
        return brand_file(self._settings.brand, common, os.environ.get(PREFIX + "CONFIG", ""))

    def refresh(self, *, now: bool = False) -> None:
        """Read the file again if it has changed; `now` looks at once."""
        if (self._path is None and self._brand_file is None) or (time.monotonic() < self._next_look and not now):
            return
        if not self._alone.acquire(blocking=False):
            return
        try:
            self._next_look = time.monotonic() + _LOOK_EVERY_SECONDS
            stamp = self._stamp()
            if stamp != self._seen:
                first, self._seen = not self._seen, stamp
                self._read(tell_always=not first)
        finally:
            self._alone.release()

    def sources(self) -> dict[str, Source]:
        return sources(self._overrides, os.environ, self._settings.brand)

    def _stamp(self) -> tuple[Stamp, ...]:
        common = stamp(self._path)
        return (common, stamp(self._brand_file)) if self._settings.brand else (common,)

    def _read(self, *, tell_always: bool) -> None:
        try:
            new = Settings.load(self._overrides, brand=self._settings.brand)
        except BadSettings as bad:
            self.problems = tuple(bad.problems)
            emit("settings_refused", problems=len(bad.problems))
            return
        self.problems = ()
        differing = [one.name for one in SETTINGS if getattr(new, one.name) != getattr(self._settings, one.name)]
        changed = [name for name in differing if name in AT_ONCE]
        for name in changed:
            object.__setattr__(self._settings, name, getattr(new, name))  # frozen for everybody else
        self.waiting = tuple(name for name in differing if name not in AT_ONCE)
        if differing or tell_always:
            emit("settings_changed", names=changed, waiting=list(self.waiting))
