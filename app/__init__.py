"""Signpost's web part: portal, contact, API and command line. The only package that imports Flask."""

import importlib
import logging
from collections.abc import Mapping
from typing import Any

from flask import Flask

from app import errors, events, security
from app.config import Settings
from app.ratelimit import RateLimiter
from app.services import Services

# Development only, until every module is there: (module, attribute).
_BLUEPRINTS = (
    ("app.portal", "bp"),
    ("app.support.views", "bp"),
    ("app.api", "bp"),
    ("app.api", "health_bp"),
    ("app.api.tickets", "tickets_bp"),
)


def _optional(module: str, name: str) -> Any:
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(error.name + ".")):
            return None
        raise
    except AttributeError:
        return None


def create_app(config: Mapping[str, Any] | Settings | None = None) -> Flask:
    """The application with these settings (a mapping overrides file and environment). Migrates its database.

    Raises BadSettings listing every problem.
    """
    settings = config if isinstance(config, Settings) else Settings.load(config)
    if not logging.getLogger().handlers:  # else the program around us has its own ideas about logging
        events.configure_logging(json_lines=settings.json_logs)
    app = Flask(__name__)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    # A whole form may carry all attachments and some text; a body for the API is checked more strictly there.
    app.config["MAX_CONTENT_LENGTH"] = (settings.attachments_max * settings.attachment_max_mb + 1) * 1024 * 1024
    app.config["MAX_FORM_MEMORY_SIZE"] = 1024 * 1024
    app.extensions["signpost"] = Services.build(settings)
    app.extensions["signpost.ratelimiter"] = RateLimiter()
    for name in ("rate_limits", "challenge"):
        if getattr(settings, name) == "off":
            events.emit("protection_off", setting=name)
    security.register(app, settings)
    i18n_init = _optional("app.i18n", "init_app")
    if i18n_init:
        i18n_init(app)
    else:
        from flask_babel import Babel

        Babel(app)
    errors.register(app)
    for module, name in _BLUEPRINTS:
        blueprint = _optional(module, name)
        if blueprint is not None:
            app.register_blueprint(blueprint)
    from app import cli

    cli.register(app)
    return app
