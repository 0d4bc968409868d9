"""Adapters for destinations where a team already works: each module is one kind of destination, named like the module.

A module has a dataclass `Options`, the keys of the destination in the settings besides `kind`, and
`build(options, adapter_options)`, which gives an Adapter. That is all: a new file here is a new kind.
docs/operate/adapters.md has an example.
"""

import importlib
import pkgutil
from functools import cache
from types import ModuleType

from support.delivery.adapters.context import Adapter, AdapterContext, AdapterOptions

__all__ = ["Adapter", "AdapterContext", "AdapterOptions", "kinds", "module"]

_NO_KIND = {"context", "summary"}


@cache
def kinds() -> tuple[str, ...]:
    """The kinds of destinations besides e-mail."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name not in _NO_KIND))


def module(kind: str) -> ModuleType:
    """The adapter module of one of `kinds()`."""
    return importlib.import_module(f"{__name__}.{kind}")
