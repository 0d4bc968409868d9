"""Pure: one change to the header of any article, as it is made to several at once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kb.authoring import stages
from kb.authoring.header_form import with_field
from kb.errors import KbError
from kb.models import Status
from kb.source.frontmatter import read
from kb.source.paths import topic_path


class Change(StrEnum):
    ADD_TAGS = "add_tags"
    REMOVE_TAGS = "remove_tags"
    OWNER = "owner"
    REVIEW_BY = "review_by"
    CATEGORY = "category"
    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


def _published(text: str) -> str:
    text = stages.drafted(text) if read(text, "").fields.archived else text
    return with_field(text, "status", Status.PUBLISHED.value)


# What needs no value.
_STAGED: dict[Change, Callable[[str], str]] = {
    Change.DRAFT: stages.drafted,
    Change.PUBLISHED: _published,
    Change.ARCHIVED: stages.archived,
}


class BadValue(KbError):
    """The change needs a value of another kind; `name` is its field."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Changed:
    """`before` and `after` are the field as somebody reads it."""

    text: str
    before: str
    after: str


def changed(text: str, change: Change, value: str) -> Changed:
    """The file with this change in its header; the same text where it is so already. Raises BadValue or HeaderKept."""
    fields = read(text, "").fields
    value = " ".join(value.split())
    if change in _STAGED:
        stage = "archived" if fields.archived else fields.status.value
        return Changed(text if stage == change.value else _STAGED[change](text), stage, change.value)
    if change in {Change.ADD_TAGS, Change.REMOVE_TAGS}:
        tags = _tags(value)
        if not tags:
            raise BadValue("tags")
        known = {tag.casefold() for tag in (fields.tags if change is Change.ADD_TAGS else tags)}
        kept = [tag for tag in fields.tags if change is Change.ADD_TAGS or tag.casefold() not in known]
        new = [tag for tag in tags if change is Change.ADD_TAGS and tag.casefold() not in known]
        after = [*kept, *new]
        same = after == list(fields.tags)
        made = text if same else with_field(text, "tags", "\n".join(after))
        return Changed(made, ", ".join(fields.tags), ", ".join(after))
    if change is Change.REVIEW_BY:
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise BadValue("review_by") from None
        before = fields.review_by.isoformat() if fields.review_by else ""
        return Changed(with_field(text, "review_by", day.isoformat()), before, day.isoformat())
    if not value:
        raise BadValue(change.value)
    if change is Change.CATEGORY and not topic_path(value):
        raise BadValue("topic")
    return Changed(with_field(text, change.value, value[:200]), str(getattr(fields, change.value)), value[:200])


def _tags(value: str) -> list[str]:
    for mark in "，、،;":
        value = value.replace(mark, ",")
    return list(dict.fromkeys(tag for tag in (" ".join(one.split()) for one in value.split(",")) if tag))
