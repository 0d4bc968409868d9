"""numpy computes with one thread, whichever of our modules a process imports first."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("core", "kb", "index", "support", "insight", "app")
_NUMPY = re.compile(r"^(import|from) numpy\b", re.MULTILINE)
# The first module of each package that needs numpy itself, and what everything is built with.
FIRST = ["app.container"] + [
    ".".join(files[0].relative_to(ROOT).with_suffix("").parts)
    for package in PACKAGES
    if (files := sorted(p for p in (ROOT / package).rglob("*.py") if _NUMPY.search(p.read_text(encoding="utf-8"))))
]
ASK = """
import importlib, os, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "numpy":
            print(os.environ.get("OPENBLAS_NUM_THREADS"))
            sys.stdout.flush()
            os._exit(0)

sys.meta_path.insert(0, Finder())
importlib.import_module(sys.argv[1])
"""


def test_several_packages_are_asked() -> None:
    assert len(FIRST) > 3


@pytest.mark.parametrize("module", FIRST)
def test_the_number_of_threads_is_said_before_numpy_is_imported(module: str) -> None:
    clean = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    told = subprocess.run(
        [sys.executable, "-c", ASK, module], capture_output=True, text=True, cwd=ROOT, env=clean, check=True, timeout=60
    )
    assert told.stdout.strip() == "1"
