"""Accessors of the current app's services, for views and commands; no domain module uses them."""

from collections.abc import Mapping
from typing import cast

from flask import current_app, g

from app.container import Services
from support.intake.sites import Site


def services() -> Services:
    """The Services of the current app."""
    return cast(Services, current_app.extensions["signpost"])


def sites() -> Mapping[str, Site]:
    """Every site that may embed the widget, by its key."""
    return cast(Mapping[str, Site], current_app.extensions["signpost.sites"])


def current_site() -> Site | None:
    """The embedding site of this request, after the origin check; None for requests without one."""
    return cast(Site | None, g.get("site"))
