"""What an application compiles from its sources, kept for the next one: hundreds of tests make an application of their
own, and without this each compiles the same addresses and templates again, which takes longer than most tests.

Nothing is shared but compiled code; settings, data, caches and everything else belongs to one application.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class _Memory(BytecodeCache):
    """Templates, by name and file. Jinja itself compares a checksum of the source before it takes one."""

    def __init__(self) -> None:
        self._codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._codes:
            bucket.bytecode_from_string(self._codes[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key] = bucket.bytecode_to_string()


@contextmanager
def remembered() -> Iterator[None]:
    """Until this is left, whatever is compiled for one application serves all that follow."""
    templates, builders = _Memory(), {}
    make_environment: Callable[[Flask], Environment] = Flask.create_jinja_environment
    compile_builder: Callable[[Rule, bool], Any] = Rule._compile_builder

    def environment(app: Flask) -> Environment:
        made = make_environment(app)
        made.bytecode_cache = templates
        return made

    def builder(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:  # their values become part of the code
            return compile_builder(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in builders:
            builders[key] = compile_builder(rule, append_unknown)
        return builders[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "create_jinja_environment", environment)
        patch.setattr(Rule, "_compile_builder", builder)
        yield
