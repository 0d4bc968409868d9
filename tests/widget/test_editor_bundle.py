"""The text editor of the desk is what its sources and the locked packages make."""

import json
import re
from pathlib import Path

from tests.node import run_node

ROOT = Path(__file__).parents[2]
BUNDLE = ROOT / "app" / "static" / "vendor" / "codemirror.js"


def test_the_committed_bundle_is_what_the_sources_make(tmp_path: Path) -> None:
    done = run_node("widget/bundle_editor.js", str(tmp_path / "made.js"))
    assert done.returncode == 0, done.stderr
    same = (tmp_path / "made.js").read_bytes() == BUNDLE.read_bytes()
    assert same, "app/static/vendor/codemirror.js is not what widget/editor makes; run node widget/bundle_editor.js"


def test_it_names_what_is_in_it_with_the_versions_of_the_lock() -> None:
    head = BUNDLE.read_text("utf-8").partition("*/")[0]
    locked = json.loads((ROOT / "widget" / "package-lock.json").read_text("utf-8"))["packages"]
    named = re.findall(r"(?m)^(\S+) ([\d.]+) \((\w+)\)$", head)
    assert {name for name, _, _ in named} >= {"@codemirror/view", "@lezer/markdown"}
    for name, version, licence in named:
        assert locked[f"node_modules/{name}"]["version"] == version and licence == "MIT"
    assert "Permission is hereby granted" in head
