"""Renders tables of the docs from the benchmarks' JSON files, so that no figure is typed by hand.

    python -m bench.tables FILE [FILE ...] [--page docs/search.md]

Each file says by what it holds which command wrote it. Its table replaces what stands between `<!-- name -->` and
`<!-- end -->`: latency, indexing, publishing, growth, peers or widget; several files of one kind make one table.
"""

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench.server import ROOT

Found = dict[str, Any]


def kind_of(found: Found) -> str | None:
    """The kind of a benchmark's JSON file; None for anything else."""
    marks = {
        "latency": "in_process", "indexing": "ours_per_second", "publishing": "freshness", "growth": "sizes",
        "peers": "peers", "widget": "widget",
    }  # fmt: skip
    return next((kind for kind, mark in marks.items() if mark in found), None)


def latency(files: Sequence[Found]) -> str:
    rows = []
    for f in files:
        runs = [("keyword retriever alone", f["keywords"]), ("in-process", f["in_process"])]
        runs += [(f"HTTP, {h['clients']} client{'s' if h['clients'] > 1 else ''}", h) for h in f["http"]]
        for i, (name, run) in enumerate(runs):
            t = run["times"]
            ready, peak = run.get("ready_seconds", run.get("load_seconds")), run.get("peak_mb", run["resident_mb"])
            rows.append([
                _collection(f, f["indexing"]) if i == 0 else "", name, t["p50"], t["p95"], t["p99"], t["cpu"],
                t["per_second"], ready, run["resident_mb"], peak,
            ])  # fmt: skip
    head = (
        "Collection",
        "Asked",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "CPU ms",
        "A second",
        "Seconds to ready",
        "MB",
        "Peak MB",
    )
    return _table(head, rows) + _measured_on(files)


def indexing(files: Sequence[Found]) -> str:
    rows = [
        [f["passages"], f["precision"], f["ours_per_second"], f["theirs_per_second"], f["ratio"], f["query_p50"],
         f["query_p95"], f["query_p50_beside_another"], f["query_p95_beside_another"]]
        for f in files
    ]  # fmt: skip
    head = (
        "Passages", "Model", "Ours a second", "sentence-transformers fp32", "Ratio", "A question: p50 ms", "p95 ms",
        "Beside a busy process: p50 ms", "p95 ms",
    )  # fmt: skip
    return _table(head, rows) + _measured_on(files)


def publishing(files: Sequence[Found]) -> str:
    rows = []
    for f in files:
        again, fresh, swap = f["republishing"], f["freshness"], f["swap"]
        rows.append([_collection(f, f["indexing"]), "one article saved, until it is published",
                     f"{again['median']} s, at most {again['worst']} s of {again['changes']}", "", "", ""])  # fmt: skip
        rows.append(["", "one article saved, until a search shows it",
                     f"{fresh['median']} s, at most {fresh['worst']} s of {fresh['changes']}", "", "", ""])  # fmt: skip
        rows += [
            ["", f"8 clients, {name}", "", swap[key]["p50"], swap[key]["p99"], swap[key]["longest"]]
            for name, key in (
                ("before", "before"), (f"while the index is built anew ({swap['build_seconds']} s)", "during"),
                (f"after the swap; {swap['failed']} failed in all", "after"),
            )
        ]  # fmt: skip
    return _table(("Collection", "What", "Time", "p50 ms", "p99 ms", "Longest ms"), rows) + _measured_on(files)


def growth(files: Sequence[Found]) -> str:
    names = {
        "passages": "Passages", "articles": "Articles", "build_seconds": "Built anew s",
        "change_seconds": "One article changed s", "searched_seconds": "… searched after s",
        "index_mb": "Disk MB", "building_mb": "Building MB", "open_seconds": "Opened s",
        "p50": "Search p50 ms", "p95": "p95 ms", "resident_mb": "Serving MB",
    }  # fmt: skip
    rows = [[size.get(name, "") for name in names] for f in files for size in f["sizes"]]
    return _table(tuple(names.values()), rows) + _measured_on(files)


def peers(files: Sequence[Found]) -> str:
    rows = [
        [f"{f['set']}: {f['articles']:,} articles, {f['passages']:,} passages" if i == 0 else "", p["name"],
         f"{p['ndcg']:.3f}".lstrip("0"), f"{p['recall5']:.3f}".lstrip("0"), p["p50"], p["p95"], p["resident_mb"]]
        for f in files
        for i, p in enumerate(f["peers"])
    ]  # fmt: skip
    return _table(("Set", "Library", "nDCG@10", "recall@5", "p50 ms", "p95 ms", "MB"), rows) + _measured_on(files)


def widget(files: Sequence[Found]) -> str:
    rows = []
    for f in (file["widget"] for file in files):
        bare = f["pages"][0]
        rows += [
            [page["name"], *(page[part] for part in ("script", "style", "layout", "all")),
             f"{page['all'] - bare['all']:+.1f}" if page is not bare else "", page["first_paint"]]
            for page in f["pages"]
        ]  # fmt: skip
        opened = f"press to panel {f['to_panel']} ms, to suggestions {f['to_suggestions']} ms"
        rows.append([f"{opened}; {f['loads']} times each", *[""] * 6])
    head = ("The page with", "Script", "Styles", "Layout", "In all", "Difference", "First paint")
    return _table(head, rows) + _measured_on([file["widget"] for file in files])


KINDS: dict[str, Callable[[Sequence[Found]], str]] = {
    "latency": latency, "indexing": indexing, "publishing": publishing, "growth": growth, "peers": peers,
    "widget": widget,
}  # fmt: skip


def _collection(found: Found, held: Found) -> str:
    return f"{Path(found['kb']).name}: {held['articles']:,} articles, {held['passages']:,} passages"


def _measured_on(files: Sequence[Found]) -> str:
    seen = dict.fromkeys(
        f"{f['machine']['processors']} processors, {f['machine']['model']}, {f['machine']['load']} other processes at"
        " work when it began"
        for f in files
    )
    return "\n\nMeasured on " + "; ".join(seen) + "."


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(c) for c in line)} |" for line in lines)


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def written(page: str, tables: dict[str, str]) -> str:
    """The page with these tables in their places. Raises ValueError naming the place that is missing."""
    for name, table in tables.items():
        place = re.compile(rf"(<!-- {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
        if not place.search(page):
            raise ValueError(f"There is no <!-- {name} --> … <!-- end --> in the page.")
        page = place.sub(lambda m, table=table: m[1] + table + m[2], page, count=1)  # type: ignore[misc]
    return page


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.tables", description=__doc__.split("\n\n")[0])
    parser.add_argument("files", type=Path, nargs="+", help="what --json wrote")
    parser.add_argument("--page", type=Path, default=ROOT / "docs" / "search.md")
    given = parser.parse_args(arguments)
    by_kind: dict[str, list[Found]] = defaultdict(list)
    for path in given.files:
        found = json.loads(path.read_text(encoding="utf-8"))
        kind = kind_of(found)
        if kind is None:
            print(f"{path} holds the figures of no command this knows.", file=sys.stderr)
            return 2
        by_kind[kind].append(found)
    try:
        page = written(
            given.page.read_text(encoding="utf-8"), {kind: KINDS[kind](files) for kind, files in by_kind.items()}
        )
    except ValueError as reason:
        print(reason, file=sys.stderr)
        return 1
    given.page.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
