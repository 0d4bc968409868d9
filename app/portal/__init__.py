"""The public help centre: home, search, categories, articles, and the files machines read.

Every page is whole without JavaScript and leads to a person in one action.
"""

from flask import Blueprint

bp = Blueprint("portal", __name__)

from app.portal import feeds, views  # noqa: E402  the modules put their routes on `bp`

__all__ = ["bp", "feeds", "views"]
