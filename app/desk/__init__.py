"""The agent desk: staff read and answer tickets. Nothing here is for customers.

Each `_views` module registers its routes on the blueprint.
"""

from app.desk import (
    access,
    account_views,
    admin_views,
    article_views,
    authoring_views,
    canned_views,
    delivery_views,
    figures_views,
    findability_views,
    gap_views,
    incident_views,
    insight_views,
    library_views,
    mail_views,
    new_ticket_views,
    quarantine_views,
    queue_views,
    sign_in_views,
    system_views,
    template_context,
    ticket_file_views,
    ticket_views,
    translation_views,
)
from app.desk.blueprint import bp

__all__ = [
    "access",
    "account_views",
    "admin_views",
    "article_views",
    "authoring_views",
    "bp",
    "canned_views",
    "delivery_views",
    "figures_views",
    "findability_views",
    "gap_views",
    "incident_views",
    "insight_views",
    "library_views",
    "mail_views",
    "new_ticket_views",
    "quarantine_views",
    "queue_views",
    "sign_in_views",
    "system_views",
    "template_context",
    "ticket_file_views",
    "ticket_views",
    "translation_views",
]  # fmt: skip
