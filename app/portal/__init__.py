"""The public help centre: home, search, categories, articles, and the files machines read.

Every page is whole without JavaScript and leads to a person in one action.
"""

from app.portal import feeds, views
from app.portal.blueprint import bp

__all__ = ["bp", "feeds", "views"]
