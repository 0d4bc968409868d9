"""Authors' YAML read as nodes, so that findings can name the line."""

from collections.abc import Iterator, Mapping

import yaml

from core.texts.said import Said, said


def line_of(node: yaml.Node) -> int:
    """The line a node begins in; the first is 1."""
    return int(node.start_mark.line) + 1


def fields_of(node: yaml.Node) -> Mapping[str, yaml.Node]:
    """The fields of a mapping; empty for anything else."""
    if not isinstance(node, yaml.MappingNode):
        return {}
    return {key.value: value for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def repeated(root: yaml.Node | None) -> Iterator[tuple[int, Said]]:
    """Lines of keys that stand twice in one mapping, of which YAML takes the last without a word; and what to say."""
    for node in _within(root):
        first: dict[str, yaml.Node] = {}
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if isinstance(key, yaml.ScalarNode) and first.setdefault(key.value, key) is not key:
                message = said(
                    "%(field)s is written twice (first in line %(line)s).",
                    field=key.value,
                    line=line_of(first[key.value]),
                )
                yield line_of(key), message


def move_down(root: yaml.Node | None, lines: int) -> None:
    """Count the lines of nodes from so many above the text they were read from."""
    marks = {id(node.start_mark): node.start_mark for node in _within(root)}
    for mark in marks.values():
        mark.line += lines


def _within(root: yaml.Node | None) -> Iterator[yaml.Node]:
    """A node and all below it, each once though aliases may name it again."""
    waiting, seen = [root] if root else [], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.SequenceNode):
            waiting += reversed(node.value)
        elif isinstance(node, yaml.MappingNode):
            waiting += [one for pair in reversed(node.value) for one in reversed(pair)]


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
