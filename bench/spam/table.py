"""The table of docs/operate/abuse.md from the JSON of a run, so that no figure is typed by hand.

python -m bench.spam.table FILE [--page docs/operate/abuse.md]
"""

import argparse
import json
from pathlib import Path
from typing import Any

from bench.server import ROOT

BEGIN, END = "<!-- spam -->", "<!-- end -->"
_PARTS = {"tuned": "tuned", "held_out": "held out"}


def table(found: dict[str, Any]) -> str:
    """One row for each kind and part."""
    rows = ["| Kind | Part | Sent | Held back | Told to wait | Stopped |", "| --- | --- | --- | --- | --- | --- |"]
    kinds = dict.fromkeys(kind for by in found["parts"].values() for kind in by)
    for kind in kinds:
        for part, by in found["parts"].items():
            if kind in by:
                count = by[kind]
                stopped = 100 * (count["held"] + count["limited"]) / count["sent"]
                rows.append(
                    f"| {kind} | {_PARTS[part]} | {count['sent']} | {count['held']} | {count['limited']} |"
                    f" {stopped:.1f} % |"
                )
    return "\n".join([*rows, "", f"Measured on {found['machine']}, seed {found['seed']}."])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.spam.table", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "operate" / "abuse.md")
    given = parser.parse_args(arguments)
    text = given.page.read_text(encoding="utf-8")
    before, after = text.split(BEGIN, 1)[0], text.split(BEGIN, 1)[1].split(END, 1)[1]
    made = table(json.loads(given.file.read_text(encoding="utf-8")))
    given.page.write_text(f"{before}{BEGIN}\n{made}\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
