"""Attributes and tags of a ticket: what the page that sent it said, without the customer typing it.

They come from a script in a browser, so nothing in them is proven; bounded here, shown and passed on as text.
"""

import re
from collections.abc import Mapping
from typing import Any

AttributeValue = str | int | float | bool

ATTRIBUTES_MAX = 30
TAGS_MAX = 10
VALUE_MAX = 300
TAG_MAX = 40
NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9_.-]{0,39}$"
NUMBER_MAX = 2**53
_NAME = re.compile(NAME_PATTERN.removesuffix("$"))
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class BadAttributes(ValueError):
    """`field` names what is wrong, the text says how it should be."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


def parse_attributes(value: Any) -> dict[str, AttributeValue]:
    """Checked attributes, in the order given; none for None. Empty texts and nulls are left out."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise BadAttributes("attributes", "must be an object")
    if len(value) > ATTRIBUTES_MAX:
        raise BadAttributes("attributes", f"must be at most {ATTRIBUTES_MAX}")
    found: dict[str, AttributeValue] = {}
    for name, given in value.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise BadAttributes(
                "attributes", "has a name that is not a letter followed by at most 39 letters, digits, _ . -"
            )
        checked = _value(f"attributes.{name}", given)
        if checked is not None:
            found[name] = checked
    return found


def _value(field: str, given: Any) -> AttributeValue | None:
    if given is None or given == "":
        return None
    if isinstance(given, bool):
        return given
    if isinstance(given, int | float):
        if not -NUMBER_MAX <= given <= NUMBER_MAX:  # also NaN
            raise BadAttributes(field, "is a number too large to be passed on unchanged")
        return given
    if not isinstance(given, str):
        raise BadAttributes(field, "must be a text, a number, true, false or null")
    if len(given) > VALUE_MAX:
        raise BadAttributes(field, f"must be at most {VALUE_MAX} characters")
    if _CONTROL.search(given):
        raise BadAttributes(field, "has a control character")
    return given.strip() or None


def parse_tags(value: Any) -> tuple[str, ...]:
    """Checked tags, each once, in the order given; none for None."""
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise BadAttributes("tags", "must be a list of texts")
    if len(value) > TAGS_MAX:
        raise BadAttributes("tags", f"must be at most {TAGS_MAX}")
    found = [" ".join(tag.split()) for tag in value]
    for tag in found:
        if not 0 < len(tag) <= TAG_MAX:
            raise BadAttributes("tags", f"must each have 1 to {TAG_MAX} characters")
        if "," in tag or _CONTROL.search(tag):
            raise BadAttributes("tags", "must have no comma and no control character")
    return tuple(dict.fromkeys(found))


def what_fits(attributes: Any, tags: Any) -> tuple[dict[str, AttributeValue], tuple[str, ...], tuple[str, ...]]:
    """(attributes, tags, names of what was left out): for pages with the widget, where a customer who wrote a message
    must not pay for what the page's script says besides."""
    fits: dict[str, AttributeValue] = {}
    left: list[str] = []
    given = attributes if isinstance(attributes, Mapping) else {}
    if attributes is not None and not isinstance(attributes, Mapping):
        left.append("attributes")
    for name, value in given.items():
        try:
            one = parse_attributes({name: value})
        except BadAttributes:
            one = {}
            left.append(str(name)[:TAG_MAX])
        if len(fits) < ATTRIBUTES_MAX:
            fits |= one
        elif one:
            left.append(str(name)[:TAG_MAX])
    good: list[str] = []
    listed = tags if isinstance(tags, list) else []
    if tags is not None and not isinstance(tags, list):
        left.append("tags")
    for tag in listed:
        try:
            good.extend(parse_tags([tag]))
        except BadAttributes:
            left.append("tags")
    kept = tuple(dict.fromkeys(good))
    if len(kept) > TAGS_MAX:
        left.append("tags")
    return fits, kept[:TAGS_MAX], tuple(dict.fromkeys(left))
