"""The commands that run all of this: what CI calls, and how tests are shared out among processes."""

import os
import subprocess

import pytest

from tests.parallel import rank, scope
from tests.process.server import ROOT


def test_the_command_of_ci_takes_no_arguments_and_runs_nothing_when_it_gets_one() -> None:
    done = subprocess.run([ROOT / ".ci" / "run", "--help"], capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: .ci/run ")


@pytest.mark.parametrize(
    ("asked", "arguments"),
    [
        (["TESTS=tests/kb"], ["-n", "3", "--max-worker-restart", "0", "tests/kb"]),
        (["WORKERS=4"], ["-n", "4", "--max-worker-restart", "0"]),
        (["TESTS=tests/kb", "WORKERS=0"], ["tests/kb"]),
    ],
)
def test_make_runs_the_tests_in_as_many_processes_as_asked(asked: list[str], arguments: list[str]) -> None:
    # Without what the `make test` above this test was asked for, which make would pass on.
    plain = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "TESTS", "WORKERS"}}

    done = subprocess.run(
        ["make", "--dry-run", "test", *asked], cwd=ROOT, env=plain, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split() == ["exec", ".venv/bin/python", "-m", "pytest", *arguments]


def test_a_file_is_the_work_of_one_process_and_so_is_all_that_needs_the_model() -> None:
    assert scope("tests/kb/test_lint.py::test_a[x::y]") == "tests/kb/test_lint.py"
    assert scope("tests/model/test_typed_queries.py::test_a") == scope("tests/model/test_calibrate.py::test_b")


def test_what_takes_long_comes_before_what_is_quick() -> None:
    model, browser, quick = (
        "tests/model/test_typed_queries.py::a",
        "tests/browser/test_desk.py::b",
        "tests/kb/test_lint.py::c",
    )

    assert sorted([quick, browser, model], key=rank) == [model, browser, quick]
