"""Pure: the stages an article goes through on its way to visitors, and the text it has in each.

Draft, scheduled, published, expired and archived stand in the header of the file; that it is being reviewed is known by
the open requests for a review.
"""

from dataclasses import replace
from datetime import date
from enum import StrEnum

from kb.authoring.header_form import HeaderKept, with_line, with_value
from kb.models import Status
from kb.source import frontmatter


class Stage(StrEnum):
    DRAFT = "draft"
    IN_REVIEW = "review"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    EXPIRED = "expired"
    ARCHIVED = "archived"


def stage_of(text: str, day: date, *, in_review: bool = False) -> Stage:
    fields = frontmatter.read(text, "").fields
    if fields.archived:
        return Stage.ARCHIVED
    if fields.status is Status.DRAFT:
        return Stage.IN_REVIEW if in_review else Stage.DRAFT
    if fields.expiry_date and day >= fields.expiry_date:
        return Stage.EXPIRED
    return Stage.SCHEDULED if fields.publish_date and day < fields.publish_date else Stage.PUBLISHED


def is_archived(text: str) -> bool:
    return frontmatter.read(text, "").fields.archived


def scheduled_for(text: str) -> date | None:
    return frontmatter.read(text, "").fields.publish_date


def published(text: str, day: date, on: date) -> str:
    """The text with which an article is published `on` a day, by default the same `day`. Raises HeaderKept where the
    header says otherwise in a way that is not changed here, such as an end that is over by then."""
    if frontmatter.read(text, "").fields.archived:
        text = drafted(text)
    before = frontmatter.read(text, "").fields
    if on > day or (before.publish_date and before.publish_date > on):
        text = with_value(text, "publish_date", on.isoformat(), on)
    text = with_value(text, "status", Status.PUBLISHED.value, Status.PUBLISHED)
    after = frontmatter.read(text, "").fields
    if after.expiry_date and after.expiry_date <= on:
        raise HeaderKept("expiry_date")
    return text


def drafted(text: str) -> str:
    """The text as a draft, also out of the archive. Raises HeaderKept."""
    before = frontmatter.read(text, "")
    if not before.fields.archived:
        return with_value(text, "status", Status.DRAFT.value, Status.DRAFT)
    # Both at once: without `archived` alone it may be published.
    text = with_line(with_line(text, "status", Status.DRAFT.value), "archived", None)
    after = frontmatter.read(text, "")
    if after.fields != replace(before.fields, archived=False) or after.body != before.body:
        raise HeaderKept("archived")
    return text


def archived(text: str) -> str:
    """The text put away: no page, no result, the file kept. Raises HeaderKept."""
    text = with_value(text, "status", Status.DRAFT.value, Status.DRAFT)
    return with_value(text, "archived", "true", True)
