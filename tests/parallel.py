"""How the tests are shared out when they run in several processes (pytest-xdist, `make test`): a file at a time, and
the long ones first, so that no process is left with a long file when the others have nothing more to do.

Every process has a PostgreSQL, a browser, servers, ports and folders of its own; fixtures for a session are made once
in each. So a test needs nothing for this but not to write into the working copy.
"""

from typing import Any

import pytest

# By what a file takes, longest first; what is not named is quick.
_LONG = ("tests/model/", "tests/browser/", "tests/process/", "tests/faults/", "tests/support/", "tests/app/")
# One process does all of these: loading the model and indexing the demo help centre takes it longer than the tests.
_TOGETHER = ("tests/model/",)
# It indexes the evaluation sets, not the demo help centre: minutes of work that share only the model with the rest.
_ALONE = "tests/model/test_relevance.py"


def scope(nodeid: str) -> str:
    """What one process does as a whole: a file, or a folder that shares what is costly to make."""
    file = nodeid.partition("::")[0]
    return file if file == _ALONE else next((folder for folder in _TOGETHER if file.startswith(folder)), file)


def rank(nodeid: str) -> int:
    return next((n for n, folder in enumerate(_LONG) if nodeid.startswith(folder)), len(_LONG))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put long files first in a process that is one of several. One process alone keeps the usual order."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: rank(item.nodeid))


@pytest.hookimpl(optionalhook=True)  # without pytest-xdist, and without -n, nobody calls it
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    # Not `--dist loadgroup`: pytest-xdist 3.8 marks groups in a private field that pytest 9.2 does not read any more.
    from xdist.scheduler import LoadScopeScheduling

    class FileScheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return scope(nodeid)

    config.option.loadscopereorder = False  # by number of tests, which says nothing about how long they take
    return FileScheduling(config, log)
