"""The JSON API under /api/v1, and the two health check endpoints. Used by the pages, the widget and other programs."""

from app.api import articles, challenge, docs, incidents, openapi, reports, search
from app.api.blueprint import bp
from app.api.health import health_bp

__all__ = ["articles", "bp", "challenge", "docs", "health_bp", "incidents", "openapi", "reports", "search"]
