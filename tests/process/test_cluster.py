"""A short cluster: real processes without a shared disk, on one real PostgreSQL. `make cluster` is the whole rehearsal.

What must not be lost is asserted, no time: this machine runs other tests beside it.
"""

import json
import subprocess
import sys
from pathlib import Path

from tests.process.server import ROOT


def test_nothing_acknowledged_is_lost_while_nodes_and_the_database_are_killed(tmp_path: Path) -> None:
    told = tmp_path / "cluster.json"

    done = subprocess.run(
        [sys.executable, "-m", "bench.cluster", "--patroni", "none", "--web", "2", "--searches", "3", "--tickets", "2",
         "--hold", "1", "--faults", "kill web1,kill database,roll web2", "--json", str(told)],
        cwd=ROOT, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip

    assert told.is_file(), done.stderr[-2000:]
    figures = json.loads(told.read_text(encoding="utf-8"))
    assert figures["tickets_acknowledged"] > 10
    kept = ("acknowledged_and_lost", "stored_twice", "tickets_held", "deliveries_left", "mails_sent_oftener")
    assert {name: figures[name] for name in kept} == dict.fromkeys(kept, 0)
    assert [one["fault"] for one in figures["windows"]][1:] == ["kill web1", "kill database", "roll web2"]
