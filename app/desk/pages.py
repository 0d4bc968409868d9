"""All pages of the desk, on one blueprint."""

from app.desk import (
    account_views,
    admin_views,
    article_views,
    canned_views,
    delivery_views,
    guard,
    incident_views,
    quarantine_views,
    queue_views,
    sign_in_views,
    ticket_views,
    words,
)
from app.desk.blueprint import bp

__all__ = [
    "account_views", "admin_views", "article_views", "bp", "canned_views", "delivery_views", "guard", "incident_views",
    "quarantine_views", "queue_views",
    "sign_in_views", "ticket_views", "words",
]  # fmt: skip
