"""The public help centre: home, search, categories, articles, feeds and sitemap.

Every page works without JavaScript and is one action away from a person.
"""

from app.portal import feeds, views
from app.portal.blueprint import bp

__all__ = ["bp", "feeds", "views"]
