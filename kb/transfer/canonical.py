"""The text of another tool's page in the Markdown of this product: boxes, tabs and includes in our words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kb.findings import Finding


@dataclass(frozen=True)
class Canonical:
    text: str
    findings: tuple[Finding, ...] = ()


def canonical_text(root: Path, kind: str) -> Callable[[str, str, int, Mapping[str, object]], Canonical]:
    """A converter for the pages of one source: (text, path, line of its first line, header) to its canonical text."""
    del root, kind

    def convert(text: str, path: str, line: int, header: Mapping[str, object]) -> Canonical:
        del path, line, header
        return Canonical(text)

    return convert
