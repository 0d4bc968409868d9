"""A site that may be killed, made anew for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.site import Site


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    made: list[Site] = []

    def make(database: str = "", **more: str) -> Site:
        made.append(Site(tmp_path, database, **more))
        return made[-1]

    yield make
    for site in made:
        site.close()
