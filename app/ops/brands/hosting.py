"""Puts together what serves several brands: for `make run`, and for other servers that run `wsgi.py`."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from flask import Flask

from app.container import Services, Shared, embedder_of
from app.ops.brands.claims import Held
from app.ops.brands.containers import Containers
from app.ops.brands.dispatch import Dispatcher
from app.ops.brands.registry import Brand, read_brands
from app.ops.brands.rounds import Rounds
from app.ops.helpers import Helpers
from app.settings.brands import MAIN
from app.settings.live import LiveSettings
from app.settings.schema import Settings
from core.events import emit, listen, unlisten
from index.deadline import question_pool
from index.embed.loader import EmbedderLoader


class Hosted:
    """The WSGI application of all brands, and its background threads."""

    def __init__(self, common: Settings, brands: list[Brand], main: Flask | None, overrides: Mapping[str, Any]) -> None:
        services: Services | None = main.extensions["signpost"] if main else None
        model = services.model if services else EmbedderLoader(partial(embedder_of, common, indexing=False))
        self.model = model
        self._common = common
        # With a help centre of the common settings it is the one its requests look at.
        self.live: LiveSettings = main.extensions["signpost.settings"] if main else LiveSettings(common, overrides)
        self._services = services
        self.brands = brands
        self.containers = Containers(brands, Shared(model, question_pool()), common.brands_open)
        self.containers.on_served = Held(common.data_dir).note
        self.wsgi = Dispatcher(self.live, self.containers, main)
        if services is not None and main is not None:
            self.containers.watches.know(common.database, services.watch)
            main.extensions["signpost.brands"] = self.wsgi.whole
        listen(self.wsgi.whole.note)
        self._helpers: Helpers | None = None
        self._rounds: Rounds | None = None
        for brand in brands:
            if brand.problems:
                emit("brand_refused", name=brand.name, problems=list(brand.problems))

    @property
    def largest_body(self) -> int:
        """Bytes that the forms of the most generous brand may carry."""
        every = [self._common, *(one.settings for one in self.brands if one.settings is not None)]
        return max((one.attachments_max * one.attachment_max_mb + 1) * 1024 * 1024 for one in every)

    @property
    def draining(self) -> bool:
        return self.containers.draining

    @draining.setter
    def draining(self, value: bool) -> None:
        self.containers.draining = value
        if self._services is not None:
            self._services.draining = value

    def start(self) -> None:
        """Begin the background threads of this process."""
        if self._services is not None:
            self._services.warm()
            self._helpers = Helpers(self._services, self.live)
            self._helpers.start()
        self.containers.watches.start()
        elections = self._common.data_dir / "elections"
        self._rounds = Rounds(self.containers, self._common.roles, self._common.database, Path(elections))
        self._rounds.start()

    def stop(self) -> None:
        if self._rounds is not None:
            self._rounds.stop()
        if self._helpers is not None:
            self._helpers.stop()
        self.containers.close()
        unlisten(self.wsgi.whole.note)


def hosted(common: Settings, main: Flask | None, overrides: Mapping[str, Any] | None = None) -> Hosted | None:
    """What serves all brands; None where there is one help centre, which is then served by itself."""
    if common.brand:
        return None
    brands = read_brands(common, overrides, os.environ)
    return Hosted(common, brands, main, overrides or {}) if brands else None


def has_main(common: Settings) -> bool:
    return common.default_brand == MAIN
