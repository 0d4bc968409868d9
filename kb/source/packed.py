"""Parsed files kept small between two readings: their texts compressed, and read only where somebody asks for them.

The serving process keeps thousands of headers, pages and articles, so that a save reads one file; of nearly all of them
only the small fields are looked at again. A packed object is its class in every respect; a copy with changes
(`dataclasses.replace`) is an ordinary object again.
"""

import pickle
import zlib
from collections.abc import Callable
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar

from kb.markup.page import Page
from kb.models import Article
from kb.source.frontmatter import Header

_LEVEL = 1
_HEAVY = {
    Header: ("body",),
    Page: ("html", "sections", "links", "images", "anchors", "markdown"),
    Article: ("html", "markdown", "sections"),
}
_Parsed = TypeVar("_Parsed", Header, Page)


def packed(parsed: _Parsed) -> _Parsed:
    """The same header or page with its texts compressed."""
    kind = type(parsed)
    if kind not in _HEAVY:
        return parsed
    data = zlib.compress(pickle.dumps({name: getattr(parsed, name) for name in _HEAVY[kind]}), _LEVEL)
    light: _Parsed = _light(kind, parsed, lambda: pickle.loads(zlib.decompress(data)))  # noqa: S301 - packed above
    return light


def unpacked(parsed: _Parsed) -> _Parsed:
    """The same header or page with its texts in memory."""
    whole = getattr(parsed, "whole", None)
    return parsed if whole is None else whole()


def packed_article(article: Article, make: Callable[[], Article]) -> Article:
    """The same article without its texts; `make` is called for them and must give an equal article."""

    def texts() -> dict[str, Any]:
        made = make()
        return {name: getattr(made, name) for name in _HEAVY[Article]}

    light: Article = _light(Article, article, texts)
    return light


def _light(kind: Any, parsed: Any, unpack: Callable[[], dict[str, Any]]) -> Any:
    made = object.__new__(_packed_class(kind))
    # One by one: Python then keeps the names once for all objects, and a third of the memory for each.
    for name, value in _kept(kind, parsed).items():
        object.__setattr__(made, name, value)
    object.__setattr__(made, "_unpack", unpack)
    return made


def _kept(kind: Any, parsed: Any) -> dict[str, Any]:
    return {f.name: getattr(parsed, f.name) for f in fields(kind) if f.name not in _HEAVY[kind]}


@cache
def _packed_class(kind: Any) -> Any:
    def new(_cls: type[Any], *values: Any, **named: Any) -> Any:
        return kind(*values, **named)

    def equal(self: Any, other: object) -> bool:
        return isinstance(other, kind) and all(getattr(self, f.name) == getattr(other, f.name) for f in fields(kind))

    def text_of(name: str) -> property:
        return property(lambda self: self._unpack()[name])

    def whole(self: Any) -> Any:
        return kind(**_kept(kind, self), **self._unpack())

    members: dict[str, Any] = {name: text_of(name) for name in _HEAVY[kind]}
    members |= {"__new__": new, "__eq__": equal, "__hash__": kind.__hash__, "whole": whole}
    return type(f"Packed{kind.__name__}", (kind,), members)
