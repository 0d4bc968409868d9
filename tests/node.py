"""Node.js for the tests of JavaScript. Serving needs none; `make test` sees to it."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run_node(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """`node` in the repository's folder, ended or not; the test fails with one sentence where it cannot run."""
    node = shutil.which("node")
    if not node or not (ROOT / "widget" / "node_modules").is_dir():
        pytest.fail("Node.js or the packages of widget/package-lock.json are missing; install both: make node")
    return subprocess.run([node, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120)
