"""A server whose clock jumps, by libfaketime, and says so itself: days ahead and back again while it takes in tickets
and delivers them.

Not among `make test`: it needs libfaketime (apt-get install faketime). `make faults` runs it.
"""

import os
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from core.database.connection import connect
from tests.faults.site import Books, Site

_PLACES = ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime")
_JUMPS = (
    ("+0", timedelta()), ("+2d", timedelta(days=2)), ("-1d", timedelta(days=-1)), ("+5h", timedelta(hours=5)),
    ("-30d", timedelta(days=-30)), ("+90d", timedelta(days=90)), ("+0", timedelta()), ("-10", timedelta(seconds=-10)),
    ("+3d", timedelta(days=3)), ("-2h", timedelta(hours=-2)),
)  # fmt: skip


def library() -> Path:
    """libfaketime for programs with threads. Raises FileNotFoundError."""
    for place in _PLACES:
        found = Path(place) / "libfaketimeMT.so.1"
        if found.is_file():
            return found
    raise FileNotFoundError("libfaketime is not installed: apt-get install faketime")


def test_nothing_is_lost_or_waits_for_ever_while_the_clock_jumps(
    make_site: Callable[..., Site], tmp_path: Path
) -> None:
    offset = tmp_path / "offset"
    offset.write_text("+0\n")
    before = dict(os.environ)
    os.environ.update(
        LD_PRELOAD=str(library()), FAKETIME_TIMESTAMP_FILE=str(offset), FAKETIME_NO_CACHE="1",
        FAKETIME_DONT_FAKE_MONOTONIC="1",
    )  # fmt: skip
    try:
        site = make_site()
    finally:
        os.environ.clear()
        os.environ.update(before)
    chance = random.Random(1)
    site.start()
    books = Books(1, 40)
    seen: set[str] = set()
    for number in range(books.submissions):
        jump, away = _JUMPS[number % len(_JUMPS)]
        offset.write_text(f"{jump}\n")
        if number % 7 == 6:
            site.kill()
            books.kills += 1
            books.kills_outside += 1
            site.start()
        # The process itself says what time it has: without this, a library that did nothing would pass.
        off = site.clock() - datetime.now(UTC)
        assert abs(off - away) < timedelta(hours=1), f"the clock should be {jump} away, and is {off}"
        seen.add(jump)
        while number not in books.acknowledged:
            answer = site.submit(number)
            if answer is not None and answer[0] == 201:
                books.acknowledged[number] = answer[1]["reference"]
        if chance.random() < 0.3:
            site.post.behave = lambda _envelope: "451 try again" if chance.random() < 0.3 else None
    site.post.behave = lambda _envelope: None
    # The clock was wrong, and is right now: what failed at the wrong time must not wait for that time to come.
    offset.write_text("+0\n")
    site.wait_delivered()
    site.check(books)
    engine = connect(site.database)
    with engine.connect() as connection:
        first, last = connection.execute(text("SELECT MIN(created_at), MAX(created_at) FROM ticket")).one()
    engine.dispose()
    span = datetime.fromisoformat(last) - datetime.fromisoformat(first)
    assert span > timedelta(days=100), "the clock did not jump"
    told = f"the server's own clock seen at {len(seen)} offsets, tickets dated over {span.days} days"
    print(f"clock jumps: {told}; {books.line()}")  # noqa: T201
