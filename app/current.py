"""What the app that answers this request is made of. Views and commands ask here; no domain module does."""

from collections.abc import Mapping
from typing import cast

from flask import current_app, g

from app.container import Services
from support.intake.sites import Site


def services() -> Services:
    """The Services of the app that answers this request."""
    return cast(Services, current_app.extensions["signpost"])


def sites() -> Mapping[str, Site]:
    """Every site that may embed the widget, by its key."""
    return cast(Mapping[str, Site], current_app.extensions["signpost.sites"])


def current_site() -> Site | None:
    """The site whose page asks, once the origin check let it in; None for requests that name none."""
    return cast(Site | None, g.get("site"))
