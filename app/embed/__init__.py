"""The server's side of the widget: sites that may embed it, its files, and what its pages ask.

`app/embed/cors.py` decides which pages get answers; everything else is the same API everybody uses.
"""

from typing import TYPE_CHECKING

from flask import Flask

if TYPE_CHECKING:
    from app.config import Settings


def register(app: Flask, settings: "Settings") -> None:
    """The addresses of the widget, and answers to pages of other origins."""
    # Imported here: app.config reads the table of sites from this package.
    from app import security
    from app.embed import cors, files, form_views, playground, site_views
    from app.embed.receipts import Receipts
    from app.embed.releases import Releases
    from app.embed.sites import read_sites

    app.extensions["signpost.sites"] = read_sites(settings)
    releases = Releases(settings.data_dir / "widget")
    app.extensions["signpost.widget"] = releases
    releases.keep()
    app.extensions["signpost.receipts"] = Receipts(security.secret(settings, "links"))
    for blueprint in (files.bp, form_views.bp, playground.bp, site_views.bp):
        app.register_blueprint(blueprint)
    cors.register(app)
