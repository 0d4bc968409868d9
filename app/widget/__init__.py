"""The server side of the widget: embedding sites, the widget's files, and its endpoints.

`app/widget/cors.py` decides which origins are allowed; everything else is the same public API.
"""

from flask import Flask

from app.settings.schema import Settings
from app.settings.sites import read_sites
from app.widget import cors, files, form_views, playground, site_views
from app.widget.asset_releases import Releases
from support.tickets.receipts import Receipts


def register(app: Flask, settings: Settings) -> None:
    """Register the widget's routes and cross-origin resource sharing (CORS)."""
    app.extensions["signpost.sites"] = read_sites(settings)
    releases = Releases(settings.data_dir / "widget")
    app.extensions["signpost.widget"] = releases
    releases.keep()
    app.extensions["signpost.receipts"] = Receipts(
        settings.keys.get("links"), app.extensions["signpost"].tickets, settings.zone
    )
    for blueprint in (files.bp, form_views.bp, playground.bp, site_views.bp):
        app.register_blueprint(blueprint)
    cors.register(app)
