"""What JavaScript does without a browser, told by Node's own test runner."""

from pathlib import Path

import pytest

from tests.node import run_node

HERE = Path(__file__).parent
FILES = sorted(path.relative_to(HERE).as_posix() for path in HERE.rglob("*.test.mjs"))


@pytest.mark.parametrize("name", FILES)
def test_the_tests_in_javascript_pass(name: str) -> None:
    done = run_node("--test", "--test-reporter=spec", str(HERE / name))
    assert done.returncode == 0, done.stdout + done.stderr
