"""The Flask application: portal, contact, desk, API and command line. The only package that imports Flask."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from werkzeug.routing import IntegerConverter, Map

from app.settings.schema import Settings
from core import events

if TYPE_CHECKING:
    from app.container import Services
    from app.settings.live import LiveSettings

_MEGABYTE = 1024 * 1024
_LARGEST = 2**53 - 1
_MOST_PARTS = 400  # fields and files of one form: the largest of ours has some hundred


class _ReadableJson(DefaultJSONProvider):
    ensure_ascii = False
    sort_keys = False


class _Number(IntegerConverter):
    """`<int:…>` in an address: what any of our databases can hold; larger ones are addresses that are not there."""

    def __init__(
        self, map: Map, fixed_digits: int = 0, min: int | None = None, max: int = _LARGEST, signed: bool = False
    ) -> None:
        super().__init__(map, fixed_digits, min, max, signed)


def create_app(
    config: Mapping[str, Any] | Settings | None = None,
    services: "Services | None" = None,
    live: "LiveSettings | None" = None,
) -> Flask:
    """Application factory. `config` overrides file and environment. Migrates the database, unless `services` are given
    that were built with these settings. `live` follows them where they were read before.

    Raises BadSettings listing every problem.
    """
    # Imported here, so that `app.ops.bootstrap` and `app.settings.schema` can be used without loading all of it.
    from app import api, cli, desk, portal, widget
    from app.api import metrics
    from app.api.own_requests import bp as own_requests_bp
    from app.api.tickets import tickets_bp
    from app.contact.views import bp as support_bp
    from app.container import Services
    from app.incidents import views as incident_views
    from app.settings.live import LiveSettings
    from app.status.privacy_views import bp as status_privacy_bp
    from app.status.views import bp as status_bp
    from app.web import errors, i18n, looks, security, visits
    from app.web.ratelimit import client, limiter_of
    from app.web.uploads import UploadRequest

    settings = config if isinstance(config, Settings) else Settings.load(config)
    if not logging.getLogger().handlers:  # otherwise the embedding program has configured logging
        events.configure_logging(json_lines=settings.json_logs)
    app = Flask(__name__)
    app.json = _ReadableJson(app)
    app.url_map.converters["int"] = _Number
    app.request_class = UploadRequest
    # A whole form may carry all attachments and some text; a body for the API is checked more strictly there.
    app.config["MAX_CONTENT_LENGTH"] = (settings.attachments_max * settings.attachment_max_mb + 1) * _MEGABYTE
    app.config["MAX_FORM_MEMORY_SIZE"] = _MEGABYTE
    app.config["MAX_FORM_PARTS"] = _MOST_PARTS
    if services is None:
        services = Services.build(settings, client=client if settings.rate_limits == "on" else lambda: "")
    app.extensions["signpost"] = services
    app.extensions["signpost.ratelimiter"] = limiter_of(app.extensions["signpost"].readers, settings.keys)
    live = live or LiveSettings(settings, {} if config is None or isinstance(config, Settings) else config)
    app.extensions["signpost.settings"] = live
    app.before_request(live.refresh)
    for name in ("rate_limits", "challenge"):
        if getattr(settings, name) == "off":
            events.emit("protection_off", setting=name)
    security.register(app, settings)
    i18n.init_app(app)
    errors.register(app)
    looks.register(app)
    for blueprint in (portal.bp, support_bp, status_bp, status_privacy_bp, desk.bp, api.bp, tickets_bp):
        app.register_blueprint(blueprint)
    for blueprint in (own_requests_bp, api.health_bp):
        app.register_blueprint(blueprint)
    metrics.register(app)
    incident_views.register(app)
    widget.register(app, settings)
    visits.register(app)
    cli.register(app)
    return app
