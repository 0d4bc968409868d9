"""What must hold whatever happens, and the table of what did."""

from collections.abc import Sequence
from typing import Any

from bench.cluster.customers import Window

_FOUND_WITHIN = 10.0
_GAP_MOST = 1.0
_WRITES_WITHIN = 30.0


def broken(windows: Sequence[Window], after: dict[str, Any]) -> list[str]:
    """The promises that were not kept."""
    told = [f"{one.fault}: {one.search_errors} searches failed" for one in windows if one.search_errors]
    told += [
        f"{w.fault}: no search for {w.longest_gap_seconds} s" for w in windows if w.longest_gap_seconds > _GAP_MOST
    ]
    told += [f"{w.fault}: found everywhere after {w.found_everywhere_seconds} s" for w in windows
             if w.found_everywhere_seconds > _FOUND_WITHIN]  # fmt: skip
    told += [f"{w.fault}: a ticket took {w.slowest_acknowledgement_seconds} s" for w in windows
             if w.slowest_acknowledgement_seconds > _WRITES_WITHIN]  # fmt: skip
    names = ("acknowledged_and_lost", "stored_twice", "tickets_held", "deliveries_left", "mails_sent_oftener")
    return told + [f"{name}: {after[name]}" for name in names if after[name]]


def table(windows: Sequence[Window]) -> str:
    head = "fault              searches  errors  gap s   tickets  retried  slowest s  found s"
    rows = [
        f"{w.fault:18} {w.searches:8} {w.search_errors:7} {w.longest_gap_seconds:6.2f} {w.tickets_acknowledged:9}"
        f" {w.tickets_refused_at_first:8} {w.slowest_acknowledgement_seconds:10.1f} {w.found_everywhere_seconds:8.1f}"
        for w in windows
    ]
    return "\n".join((head, *rows))
