"""Moments as they are stored: ISO 8601 text in UTC with milliseconds, so that text order is time order."""

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """UTC with milliseconds: text that sorts as time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def moment(stored: str) -> datetime:
    return datetime.fromisoformat(stored)
