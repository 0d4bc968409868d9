"""A server killed at every step, hundreds of times, loses nothing it has acknowledged and delivers all of it.

`make test` kills at least 25 times, from a fixed seed; `make faults` sends 500 forms: the variables KILLS and SEED say
how many and from which seed. A seed that found something is worth keeping: add it to SEEDS.
"""

import os
from collections.abc import Callable

import pytest

from tests.faults.site import Site, submit_under_fire

KILLS = int(os.environ.get("KILLS", "25"))
SEEDS = [int(seed) for seed in os.environ.get("SEED", "20261122").split(",")]


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_acknowledged_is_lost_however_often_the_server_is_killed(
    make_site: Callable[..., Site], migrated_url: str, seed: int
) -> None:
    # PostgreSQL gets a tenth of them: what differs there is the database's own recovery, which is not ours.
    share = 1 if migrated_url.startswith("sqlite") else 10
    books = submit_under_fire(make_site(migrated_url), max(5, KILLS // share), seed)
    assert books.kills >= books.submissions
    assert len(books.acknowledged) == books.submissions
    print(f"{migrated_url.split(':')[0]}: {books.line()}")  # noqa: T201
