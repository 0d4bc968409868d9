"""The file that says a folder or zip was made by `flask kb export`."""

import json
from pathlib import Path

MANIFEST = "_signpost.json"
FORMAT = 1


def manifest() -> str:
    return json.dumps({"made_by": "flask kb export", "format": FORMAT}, indent=2) + "\n"


def is_exported(root: Path) -> bool:
    try:
        data = json.loads((root / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(data, dict) and data.get("made_by") == "flask kb export"
