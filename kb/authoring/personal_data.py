"""Texts of articles hold nothing of customers: drafts from tickets are redacted before they become files."""

from core.database.personal_data import PersonalData
from kb.authoring.schema import article_remote, article_text

PERSONAL_DATA = PersonalData(harmless={
        article_text: "what the operator's staff write, under the name of who wrote it",
        article_remote: "how the last exchange with the Git remote ended",
    })
