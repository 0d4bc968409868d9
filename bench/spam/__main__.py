"""Measures the spam filter of the contact form (true and false positives) against a real server.

    python -m bench.spam [--json OUT] [--size N] [--browser N] [--part tuned|held_out] [--seed N]

Five kinds of spam and legitimate senders, each in two parts: one on which the points were tuned, one held out. Stopped
means quarantined or rate-limited. The server runs with the fake embedder, which needs no model.
"""

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bench.server import CannotMeasure, Machine, serving
from bench.spam import chromium, kinds, texts
from bench.spam.browsers import Answer
from bench.spam.texts import rolling
from core.database.connection import connect
from support.tickets.schema import ticket
from support.tickets.status_links import token_hash

KINDS = ("direct", "replayed", "honeypot", "templated", "browser", "honest")


@dataclass(frozen=True)
class Count:
    """The outcome of one kind of sender. `reasons` counts the signals of quarantined messages."""

    sent: int
    held: int
    limited: int
    through: int
    failed: int
    reasons: dict[str, int]
    failures: dict[str, int] = field(default_factory=dict)

    @property
    def stopped(self) -> int:
        return self.held + self.limited


def measure(
    sizes: dict[str, int],
    parts: Sequence[str] = texts.PARTS,
    seed: int = 1,
    say: Callable[[str], object] = lambda line: None,
    *,
    apart: bool = True,
) -> dict[str, dict[str, Count]]:
    """The counts by part and kind. Each kind of spam has a server of its own, so that it is not known from another
    kind's; the honest people come to one that has seen templated spam. Without `apart` all come to one, one after the
    other, which is quicker."""
    found: dict[str, dict[str, Count]] = {part: {} for part in parts}
    wanted = [kind for kind in KINDS if sizes.get(kind)]
    for part in parts:
        for together in [[kind] for kind in wanted] if apart else [wanted]:
            with _server() as (port, database):
                if together == ["honest"]:
                    _send("templated", part, port, 50, rolling(seed))
                for kind in together:
                    answers = _send(kind, part, port, sizes[kind], rolling(f"{seed} {part} {kind}"))
                    found[part][kind] = _count(answers, database)
                    say(f"{part:9} {kind:10} {_told(found[part][kind])}")
    return found


@contextmanager
def _server() -> Iterator[tuple[int, Path]]:
    """(port, its database). It believes one proxy, so that senders can have addresses."""
    with tempfile.TemporaryDirectory(prefix="signpost-spam-") as scratch:
        (Path(scratch) / "articles").mkdir()
        settings = {
            "data_dir": scratch, "kb_dir": f"{scratch}/articles", "database_url": "", "embedder": "hashing",
            "trusted_proxies": "1", "watch": "false", "smtp_url": "", "webhook_url": "", "threads": "16",
            "log_format": "json",
        }  # fmt: skip
        with serving(settings, ready="/healthz") as (port, _process, _seconds):
            yield port, Path(scratch) / "signpost.db"


def _send(kind: str, part: str, port: int, size: int, dice: random.Random) -> list[Answer]:
    if kind == "templated":
        return kinds.templated(port, part, size, dice)
    if kind == "honest":
        people = texts.honest(part)
        dice.shuffle(people)
        return kinds.honest(port, people[:size], dice)
    spam = texts.many(part, size, dice)
    if kind == "browser":
        return chromium.send(port, spam, dice)
    return {"direct": kinds.direct, "replayed": kinds.replayed, "honeypot": kinds.honeypot}[kind](port, spam, dice)


def _count(answers: Sequence[Answer], database: Path) -> Count:
    engine = connect(f"sqlite:///{database}")
    with engine.connect() as connection:
        why = {row.token: row.quarantine for row in connection.execute(select(ticket.c.token, ticket.c.quarantine))}
    engine.dispose()
    stored = [why[token_hash(answer.token)] for answer in answers if token_hash(answer.token) in why]
    limited = sum(answer.status == 429 for answer in answers)
    held = [reasons for reasons in stored if reasons]
    return Count(
        sent=len(answers),
        held=len(held),
        limited=limited,
        through=len(stored) - len(held),
        failed=len(answers) - len(stored) - limited,
        reasons=dict(Counter(name for reasons in held for name in reasons.split(", ")).most_common()),
        failures=dict(Counter(str(a.status) for a in answers if token_hash(a.token) not in why and a.status != 429)),
    )


def _told(count: Count) -> str:
    share = 100 * count.stopped / max(1, count.sent)
    reasons = ", ".join(f"{name} {times}" for name, times in list(count.reasons.items())[:6])
    return f"{count.stopped:4} of {count.sent:4} stopped ({share:5.1f} %), {count.failed} failed   {reasons}"


def record(found: dict[str, dict[str, Count]], seed: int) -> dict[str, Any]:
    return {
        "machine": str(Machine.now()),
        "seed": seed,
        "parts": {part: {kind: asdict(count) for kind, count in by.items()} for part, by in found.items()},
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.spam", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--json", type=Path, help="also write the counts to this file")
    parser.add_argument("--size", type=int, default=200, help="submissions of each kind and part")
    parser.add_argument("--browser", type=int, default=100, help="of them by the real browser; 0 leaves it out")
    parser.add_argument(
        "--honest", type=int, default=100, help="honest submissions of each part, as far as there are texts"
    )
    parser.add_argument("--part", choices=texts.PARTS, help="only this part")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    sizes = {**dict.fromkeys(KINDS, given.size), "browser": given.browser, "honest": given.honest}
    parts = (given.part,) if given.part else texts.PARTS
    try:
        found = measure(sizes, parts, given.seed, lambda line: print(line, flush=True))
    except CannotMeasure as reason:
        print(reason, file=sys.stderr)
        return 1
    if given.json:
        figures = json.dumps(record(found, given.seed), ensure_ascii=False, indent=1)
        given.json.write_text(figures + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
