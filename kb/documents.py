"""Pure: JSON serialisation of articles for the store. No other code reads these documents."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import fields
from datetime import date
from typing import Any

from kb.models import Article, Section, Status

_DATES = ("publish_date", "expiry_date", "review_by", "updated")
_LISTS = ("tags", "questions", "synonyms", "aliases")
_RENDERED = {"html", "sections", "summary"}
_PLACE = {"slug", "key", "category", "source", "position", "title"}
_KNOWN = frozenset(f.name for f in fields(Article))


def document_of(article: Article) -> str:
    """Serialise an article; deterministic, so that equal articles have equal text."""
    # Like dataclasses.asdict, without its deep copies: thousands of articles are compared at every publish.
    values = vars(article.whole())
    fields = values | {"sections": [vars(section) for section in values["sections"]]}
    return json.dumps(fields, ensure_ascii=False, default=_plain, sort_keys=True)


def source_hash(article: Article) -> str:
    """A digest of what the author wrote: it stays when only the rendering changes, as with a new release."""
    return _digest(article, _RENDERED)


def text_hash(article: Article) -> str:
    """A digest that stays when the file is moved as well. The title is none of it: the name of the file may be it."""
    return _digest(article, _RENDERED | _PLACE)


def _digest(article: Article, without: Collection[str]) -> str:
    written = {name: value for name, value in vars(article.whole()).items() if name not in without}
    text = json.dumps(written, ensure_ascii=False, default=_plain, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def article_of(document: str) -> Article:
    """Deserialise an article. Unknown fields, written by a later version, are ignored."""
    fields: dict[str, Any] = {name: value for name, value in json.loads(document).items() if name in _KNOWN}
    fields["sections"] = tuple(Section(**section) for section in fields["sections"])
    fields["status"] = Status(fields["status"])
    fields |= {name: tuple(fields[name]) for name in _LISTS if name in fields}
    fields |= {name: date.fromisoformat(fields[name]) for name in _DATES if fields.get(name)}
    return Article(**fields)


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a document")
