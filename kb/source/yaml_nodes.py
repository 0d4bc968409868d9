"""Authors' YAML read as nodes, so that findings can name the line."""

from collections.abc import Mapping

import yaml


def line_of(node: yaml.Node) -> int:
    """The line a node begins in; the first is 1."""
    return int(node.start_mark.line) + 1


def fields_of(node: yaml.Node) -> Mapping[str, yaml.Node]:
    """The fields of a mapping; empty for anything else."""
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def text_lines(node: yaml.Node | None) -> Mapping[str, int]:
    """The line that each text of `texts_of` begins in, the first time it stands there."""
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node] if node else []
    found: dict[str, int] = {}
    for one in nodes:
        if isinstance(one, yaml.ScalarNode):
            found.setdefault(_one_line(one), line_of(one))
    return found


def texts_of(node: yaml.Node | None) -> tuple[str, ...] | None:
    """The texts of a YAML list or of a single scalar; None for anything else."""
    if node is None:
        return ()
    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if not all(isinstance(n, yaml.ScalarNode) for n in nodes):
        return None
    texts = [_one_line(n) for n in nodes]
    return tuple(dict.fromkeys(texts)) if all(texts) else None


def _one_line(node: yaml.Node) -> str:
    return " ".join(node.value.split())
