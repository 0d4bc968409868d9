"""Pure: whether YAML is nested as no article's is. PyYAML takes time that grows with the square of the depth, and then
more of Python's stack than there is."""

import re

import yaml

_DEEPEST = 40
_BYTES_MOST = 256 * 1024
_BRACKET = re.compile(r"[\[\]{}]")
_ON_ONE_LINE = re.compile(r"(?m)^ *(?:[-?:] +){%d}" % _DEEPEST)  # noqa: UP031 - braces of the pattern
_INDENTED = re.compile(r"(?m)^ {400}")


def refuse_deep(text: str) -> None:
    """Raises YAMLError for a text that is nested too deeply, or too long for a file of settings."""
    depth = 0
    for found in _BRACKET.finditer(text):
        depth = depth + 1 if found[0] in "[{" else max(0, depth - 1)
        if depth > _DEEPEST:
            raise yaml.YAMLError("it is nested too deeply")
    if len(text) > _BYTES_MOST or _ON_ONE_LINE.search(text) or _INDENTED.search(text):
        raise yaml.YAMLError("it is too long, or nested too deeply")
