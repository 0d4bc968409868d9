"""Several nodes as real processes without a shared disk, each killed, frozen, cut off and replaced in turn under load.

    python -m bench.cluster [--patroni "COMMAND"] [--web N] [--servers N] [--etcd N] [--searches N] [--json OUT]

Web nodes, two workers and a publisher, each with a data folder of its own, on one PostgreSQL over verified TLS; with
HAProxy in front where it is installed, else clients that go on to the next node. With `--patroni` (or `patroni` on the
PATH) and etcd, PostgreSQL is several servers under Patroni with synchronous replication, and the primary, the standby
and a member of etcd suffer, too. As root each of them is a network namespace of its own, whose cable can be pulled.

Meanwhile customers search and write tickets: a ticket that is refused is sent again with the same Idempotency-Key, as
the form and programs do. At the end every acknowledged ticket must be stored, none held for it, no mail sent more than
twice and never under two ids; after each fault an article is changed, and timed until every web node finds it.

Prints a table and, with `--json`, writes it. Ends with 1 when a promise is broken.
"""

import argparse
import http.client
import json
import re
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import func, select

from bench.cluster.customers import ARTICLES, Load, Window
from bench.cluster.databases import OneServer, Part, Patroni
from bench.cluster.network import Network
from bench.cluster.nodes import PATIENCE, Door, Node, ask, haproxy, tell
from bench.cluster.promises import broken, table
from bench.postgres import owner
from bench.server import CannotMeasure, Machine
from core.database.connection import connect
from index.database.schema import search_collection
from support.tickets.schema import ticket

_FAILOVER_SECONDS = 35.0


def write_article(folder: Path, number: int, text: str) -> None:
    path = folder / "en" / "help" / f"a{number:03}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    body = f"---\ntitle: Article {number}\n---\n\n## Part\n\nThe thing is called place{number:03}. {text}\n"
    beside = path.with_suffix(".part")
    beside.write_text(body, encoding="utf-8")
    beside.replace(path)


class Cluster:
    """All of it, and one fault after the other."""

    def __init__(self, folder: Path, patroni: Sequence[str], options: argparse.Namespace, network: Network) -> None:
        self._folder, self._hold = folder, options.hold
        self.network = network
        vectors = options.search_store == "database"
        self.database: OneServer | Patroni = (
            Patroni(folder, patroni, options.servers, options.etcd, network, vectors=vectors)
            if patroni
            else OneServer(folder, network, vectors=vectors)
        )
        environment = {
            "SIGNPOST_DATABASE_URL": self.database.url, "SIGNPOST_SECRET_KEY": secrets.token_hex(24),
            "SIGNPOST_EMBEDDER": "hashing", "SIGNPOST_RATE_LIMITS": "off", "SIGNPOST_CHALLENGE": "off",
            "SIGNPOST_TEAM_EMAIL": "team@example.org", "SIGNPOST_MAIL_FROM": "help@example.org",
            "SIGNPOST_LOG_FORMAT": "json", "SIGNPOST_SEARCH_STORE": options.search_store,
        }  # fmt: skip
        web = [f"web{number}" for number in range(1, options.web + 1)]
        roles = {"publisher": "publisher", **dict.fromkeys(web, "web"), "worker1": "worker", "worker2": "worker"}
        self.nodes = {name: Node(name, role, folder, environment, network) for name, role in roles.items()}
        self.web = [self.nodes[name] for name in web]
        for number in range(ARTICLES):
            write_article(self.nodes["publisher"].folder / "articles", number, "Nothing else.")
        self._changes = 0
        for node in self.nodes.values():
            node.start()
            node.wait("/healthz")  # one after the other: two processors start them all
        for node in self.web:
            node.wait("/readyz")
        port = network.port()
        self.proxy = haproxy(folder, self.web, port)
        self._front = [("127.0.0.1", port)] if self.proxy else []
        self._first = 0
        self.windows: list[Window] = []
        self.load = Load(self._doors, options.searches, options.tickets)

    def _doors(self) -> Sequence[Door]:
        if self._front:
            return self._front
        self._first += 1
        return [self.web[(self._first + n) % len(self.web)].door for n in range(len(self.web))]

    def measure(self, faults: Sequence[str]) -> None:
        """Fills `windows`."""
        self.load.begin()
        time.sleep(2)
        self.load.turn("none")
        time.sleep(self._hold)
        self.load.window.found_everywhere_seconds = self._publish()
        for fault in faults:
            self.windows.append(self.load.turn(fault))
            self._suffer(fault)
            self.load.window.found_everywhere_seconds = self._publish()
        self.windows.append(self.load.turn("end"))
        self.load.end()

    def _suffer(self, fault: str) -> None:
        how, _space, name = fault.partition(" ")
        if how == "swap":
            self._swap()
            time.sleep(2)
            return
        target: Any = self.nodes.get(name, self.database)
        if how in {"roll", "unindex"}:
            target.roll() if how == "roll" else target.lose_index()
            time.sleep(2)
            return
        if target is self.database and isinstance(self.database, Patroni):
            target = self.database.part(name)
        # Long enough for another server to take over.
        hold = _FAILOVER_SECONDS if isinstance(target, Part) and name == "database" else self._hold
        frozen = target.pids() if how == "freeze" else []
        if how == "kill":
            target.kill()
        elif how == "cut":
            self.network.pull(target.name)
        for pid in frozen:
            tell(pid, signal.SIGSTOP)
        time.sleep(hold)
        for pid in reversed(frozen):
            tell(pid, signal.SIGCONT)
        if how == "cut":
            self.network.plug(target.name)
        if isinstance(target, Node) and how == "kill":
            target.start()
            target.wait("/healthz")
        elif not isinstance(target, Node) and (how == "kill" or isinstance(target, Part)):
            target.restart()
        time.sleep(2)

    def _swap(self) -> None:
        """Another epoch of the index in the database: so many longer articles that words are weighed anew."""
        before, began = self._epoch(), time.monotonic()
        for number in range(ARTICLES, 2 * ARTICLES):
            write_article(self.nodes["publisher"].folder / "articles", number, "There is much more to it. " * 60)
        while self._epoch() == before:
            if time.monotonic() - began > PATIENCE:
                raise CannotMeasure("no other epoch of the index began")
            time.sleep(0.2)

    def _epoch(self) -> int:
        engine = connect(self.database.url)
        with engine.connect() as connection:
            epoch = connection.execute(select(search_collection.c.epoch)).scalar_one()
        engine.dispose()
        return int(epoch)

    def _publish(self) -> float:
        """Seconds from saving an article until a search on every web node finds it."""
        self._changes += 1
        token = f"token{secrets.token_hex(5)}"
        began = time.monotonic()
        write_article(self.nodes["publisher"].folder / "articles", self._changes % ARTICLES, f"Its mark is {token}.")
        missing = list(self.web)
        while missing and time.monotonic() - began < PATIENCE:
            try:
                _status, found = ask(missing[0].door, "GET", f"/api/v1/search?q={quote(token)}&lang=en")
                if any(token in json.dumps(one) for one in found["results"]):
                    missing.pop(0)
                    continue
            except (OSError, http.client.HTTPException, TypeError, KeyError):
                pass
            time.sleep(0.1)
        return round(time.monotonic() - began, 1)

    def afterwards(self) -> dict[str, Any]:
        """What became of every ticket and mail, once the outbox is empty."""
        engine = connect(self.database.url)
        began, backlog = time.monotonic(), -1
        while time.monotonic() - began < PATIENCE:
            try:
                _status, told = ask(self.web[0].door, "GET", "/readyz")
                backlog = told["backlog"]
            except (OSError, http.client.HTTPException):
                pass
            if backlog == 0:
                break
            time.sleep(0.5)
        with engine.connect() as connection:
            stored = set(connection.execute(select(ticket.c.reference)).scalars())
            count = connection.execute(select(func.count()).select_from(ticket)).scalar_one()
            _status, told = ask(self.web[0].door, "GET", "/readyz")
        engine.dispose()
        mails: Counter[str] = Counter()
        for node in self.nodes.values():
            for path in (node.folder / "data" / "mail").glob("*.eml"):
                found = re.search(rb"^Message-ID:\s*(\S+)", path.read_bytes(), re.MULTILINE | re.IGNORECASE)
                mails[found[1].decode() if found else "none"] += 1
        acknowledged = self.load.acknowledged
        return {
            "tickets_acknowledged": len(acknowledged),
            "acknowledged_and_lost": len(set(acknowledged) - stored),
            "stored_twice": int(count) - len(stored) + len(acknowledged) - len(set(acknowledged)),
            "tickets_held": told["quarantined"],
            "deliveries_left": backlog,
            "mails": sum(mails.values()),
            "mails_sent_twice": sum(number == 2 for number in mails.values()),
            "mails_sent_oftener": sum(number > 2 for number in mails.values()),
        }

    def end(self) -> None:
        if self.proxy:
            self.proxy.kill()
            self.proxy.wait()
        for node in self.nodes.values():
            node.end()
        self.database.end()


def every_fault(web: int, *, patroni: bool, apart: bool) -> list[str]:
    """Each node and the database, killed, frozen and cut off; then an upgrade node by node, and an index that goes."""
    names = [*(f"web{number}" for number in range(1, web + 1)), "worker1", "worker2", "publisher"]
    names += ["etcd", "standby", "database"] if patroni else ["database"]
    found = [f"{how} {name}" for name in names for how in ("kill", "freeze", *(["cut"] if apart else []))]
    nodes = [name for name in names if name.startswith(("web", "worker", "publisher"))]
    return [*found, *(f"roll {name}" for name in nodes), "unindex web1"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--patroni", default="", help="The command of Patroni; `none` for one server without it.")
    stores = ("files", "database")
    parser.add_argument("--search-store", choices=stores, default="files", help="`database` goes without TLS.")
    parser.add_argument("--searches", type=float, default=10.0, help="A second.")
    parser.add_argument("--tickets", type=float, default=2.0, help="A second.")
    parser.add_argument("--web", type=int, default=2, help="Web nodes.")
    parser.add_argument("--servers", type=int, default=2, help="PostgreSQL servers under Patroni.")
    parser.add_argument("--etcd", type=int, default=1, help="Members of etcd.")
    parser.add_argument("--hold", type=float, default=6.0, help="Seconds a fault lasts.")
    parser.add_argument("--faults", default="", help="Such as `kill web1,freeze database`; all without.")
    parser.add_argument("--together", action="store_true", help="All on 127.0.0.1: nothing can be cut off.")
    parser.add_argument("--keep", action="store_true", help="Leave the folder with all logs.")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    patroni = options.patroni.split() or ([found] if (found := shutil.which("patroni")) else [])
    patroni = [] if options.patroni == "none" or not shutil.which("etcd") else patroni
    folder = Path(tempfile.mkdtemp(prefix="signpost-cluster-"))
    if owner():
        folder.chmod(0o755)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that nothing is left running
    machine, cluster, network = Machine.now(), None, Network(apart=not options.together)
    try:
        cluster = Cluster(folder, patroni, options, network)
        faults = every_fault(options.web, patroni=bool(patroni), apart=network.apart)
        faults += ["swap index"] if options.search_store == "database" else []
        chosen = [one.strip() for one in options.faults.split(",") if one.strip()]
        cluster.measure(chosen or faults)
        windows = cluster.windows
        after = cluster.afterwards()
        problems = broken(windows, after)
        print(table(windows))
        figures = {
            "machine": str(machine), "database": cluster.database.title, "haproxy": cluster.proxy is not None,
            "namespaces": network.apart,
            "searches_a_second": options.searches, "tickets_a_second": options.tickets, "hold_seconds": options.hold,
            "windows": [asdict(one) for one in windows], **after, "broken": problems,
        }  # fmt: skip
        print(json.dumps({**figures, "windows": len(windows)}, indent=1))
        if options.json:
            options.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        return 1 if problems else 0
    except CannotMeasure as reason:
        if cluster is not None and cluster.windows:
            print(table(cluster.windows))
        print(reason, file=sys.stderr)
        return 1
    finally:
        if cluster is not None:
            cluster.end()
        network.remove()
        if options.keep:
            print(f"Logs are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
