"""Data classes of incidents, their updates and subscribers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.database.timestamps import iso
from core.texts.localized_text import LocalizedText


class IncidentStage(StrEnum):
    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class UnknownIncident(Exception):
    """No incident has this reference; or it is closed where an open one is needed."""


@dataclass(frozen=True)
class IncidentUpdate:
    stage: IncidentStage
    texts: Mapping[str, str]
    at: datetime
    id: int = 0

    def text(self, lang: str) -> str:
        return LocalizedText(self.texts).in_language(lang)


@dataclass(frozen=True)
class Incident:
    """`news` is the newest first."""

    id: int
    reference: str
    stage: IncidentStage
    titles: Mapping[str, str]
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    news: tuple[IncidentUpdate, ...]

    def title(self, lang: str) -> str:
        return LocalizedText(self.titles).in_language(lang)

    def as_dict(self, lang: str) -> dict[str, Any]:
        """For the API, in one language."""
        return {
            "reference": self.reference,
            "stage": self.stage.value,
            "title": self.title(lang),
            "opened_at": iso(self.opened_at),
            "updated_at": iso(self.updated_at),
            "closed_at": iso(self.closed_at) if self.closed_at else None,
            "news": [{"stage": n.stage.value, "text": n.text(lang), "at": iso(n.at)} for n in self.news],
        }


@dataclass(frozen=True)
class Subscriber:
    id: int
    incident_id: int
    email: str
    lang: str
    site_url: str
    token: str
    asked_at: datetime
    confirmed: bool
