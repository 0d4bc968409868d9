"""`make faults`: every fault test at full length, and one table of what was counted.

500 forms under fire instead of 25, 10,000 broken mails instead of 200, 10,000 forms filled in wrongly instead of 400,
and a clock that jumps. Takes about half an hour on two processors; nothing else should be asked of the machine
meanwhile. KILLS, MAILS, FORMS and SEED change the numbers.
"""

import os
import re
import shutil
import subprocess
import sys
import time

from tests.faults.clock_jumps import library

_PARTS = (
    ("killed at every step", "tests/faults/test_kills.py", {"KILLS": "500"}),
    ("disk, database, servers, workers", "tests/faults/test_faults.py", {}),
    ("locked for good, SQLite and PostgreSQL", "tests/support/test_unavailable.py", {}),
    ("clock jumps", "tests/faults/clock_jumps.py", {}),
    ("broken mails", "tests/support/inbound/test_fuzz.py", {"MAILS": "10000"}),
    ("forms filled in wrongly", "tests/app/test_form_fuzz.py", {"FORMS": "10000"}),
    ("broken mails read", "tests/support/inbound/test_reading_fuzz.py", {"READINGS": "10000"}),
    ("killed at every step, in order", "tests/support/test_crash_recovery.py", {}),
)


def _provide_faketime() -> None:
    try:
        library()
        return
    except FileNotFoundError as error:
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            sys.exit(str(error))
    subprocess.run(["apt-get", "install", "-y", "-qq", "faketime"], check=True, stdout=subprocess.DEVNULL)


def main() -> int:
    _provide_faketime()
    rows, failed = [], False
    for name, path, environ in _PARTS:
        began = time.monotonic()
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-s", path], env={**environ, **os.environ}, capture_output=True,
            text=True,
        )  # fmt: skip
        minutes = (time.monotonic() - began) / 60
        failed |= run.returncode != 0
        if run.returncode:
            print(run.stdout[-6_000:], run.stderr[-2_000:])  # noqa: T201
        found = re.findall(r"^\.*(.*(?:submissions|broken mails|forms).*)$", run.stdout, re.MULTILINE)
        tests = re.findall(r"^(\d+ .* in .*s).*$", run.stdout, re.MULTILINE)
        rows.append((name, "ok" if run.returncode == 0 else "FAILED", f"{minutes:.1f} min", found or tests[-1:]))
        print(f"{name}: {rows[-1][1]}, {rows[-1][2]}", flush=True)  # noqa: T201
    print("\n| what | result | time | counted |\n| --- | --- | --- | --- |")  # noqa: T201
    for name, result, took, found in rows:
        print(f"| {name} | {result} | {took} | {'<br>'.join(found)} |")  # noqa: T201
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
