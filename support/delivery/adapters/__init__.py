"""Where a team already works: each module of this package is one kind of receiver, named like the module.

A module has `check(options)`, which raises BadChannel for options that cannot be used, and `build(spec, around)`,
which gives an Adapter. That is all: a new file here is a new kind of channel. docs/operate/adapters.md has an example.
"""

import importlib
import pkgutil
from functools import cache
from types import ModuleType

from support.delivery.adapters.context import Adapter, AdapterContext, AdapterOptions, BadChannel

__all__ = ["Adapter", "AdapterContext", "AdapterOptions", "BadChannel", "kinds", "module"]

_NO_KIND = {"context", "summary"}


@cache
def kinds() -> tuple[str, ...]:
    """The kinds there are, besides e-mail."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if found.name not in _NO_KIND))


def module(kind: str) -> ModuleType:
    """The module of one of `kinds()`."""
    if kind not in kinds():
        raise BadChannel(f"has the kind “{kind}”; kinds are email, {', '.join(kinds())}")
    return importlib.import_module(f"{__name__}.{kind}")
