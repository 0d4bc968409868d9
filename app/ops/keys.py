"""The keys of this installation: `python -m app.ops.keys status | export | rotate | accept`.

Not a command of `flask`, since that starts the application, which refuses to start with keys that are not the
database's: here is what mends that.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from app.migrations import migrate
from app.ops.bootstrap import CannotGoOn
from app.ops.setup import plain_reasons
from app.settings.brands import MAIN
from app.settings.schema import BadSettings, Settings
from core.cluster.key_fingerprints import accept_keys, key_states
from core.cluster.owners import check_owner
from core.database.connection import connect
from core.database.timestamps import iso
from core.events import configure_logging
from core.secret_keys import PURPOSES, SHORTEST

_COSTS = {
    "links": "links in mails that went out, receipts on other sites and proofs by mail are not believed any more",
    "guard": "forms that are open now count as if no browser had shown them; some honest messages may be held",
    "forms": "files chosen in forms that are open now have to be chosen again",
    "desk": "codes of second factors cannot be checked; recovery codes can, and `flask desk drop-second-factor`",
    "webhook": "receivers of webhooks that know the key from secrets/webhook refuse them until they get the new one",
    "insight": "what insight counted for a customer before is not found for them again, to count on, export or erase",
}
_MEANS = {
    "current": "the database's",
    "previous": "believed; another node signs with a newer one",
    "other": "not the one of this database",
    "lost": "missing, though this database was used with one",
    "new": "the database knows none yet",
}


def status(settings: Settings) -> int:
    """Say of each key whether it is the database's; 1 when one is not."""
    states = key_states(connect(settings.database), settings.keys)
    print(f"Keys from {settings.keys.source}:")
    for purpose, state in states.items():
        print(f"  {purpose:<8} {state:<9} {_MEANS[state]}")
    return int(bool({"other", "lost"} & set(states.values())))


def export(settings: Settings) -> int:
    """Print all keys as one value for secret_key of the other nodes."""
    if any(state == "lost" for state in key_states(connect(settings.database), settings.keys).values()):
        raise CannotGoOn("Keys are missing here; run this where they are. `status` names them.")
    print(settings.keys.bundle())
    print("Keep this as secret as a password. It goes into SIGNPOST_SECRET_KEY of every node.", file=sys.stderr)
    return 0


def rotate(settings: Settings) -> int:
    """Make new keys in the data folder; the ones before are still believed. Takes effect with the next start."""
    try:
        settings.keys.rotate()
    except ValueError as error:
        raise CannotGoOn(f"Nothing was changed: {error}.") from None
    print("New keys were made; restart the service now. What the keys before have signed is still believed.")
    return 0


def accept(settings: Settings, *, sure: bool) -> int:
    """Take the keys of this node, made anew where they are missing, for those of the database."""
    engine = connect(settings.database)
    cut_off = [] if settings.secret_key else _cut_off(settings)
    if sure:
        for path in cut_off:  # it would sign with what anybody can guess; a new key takes its place
            path.replace(path.with_name(f".{path.name}.damaged"))
    states = key_states(engine, settings.keys)
    states |= {path.name: "lost" for path in cut_off}
    changed = [purpose for purpose in PURPOSES if states[purpose] in {"other", "lost"}]
    if not changed:
        print("The keys are the database's already; nothing was changed.")
        return 0
    for purpose in changed:
        print(f"  {purpose:<8} {_COSTS[purpose]}")
    if not sure:
        print("This is what it costs. `python -m app.ops.keys accept --yes` does it.")
        return 1
    accept_keys(engine, settings.keys, iso(datetime.now(UTC)))
    print("Done. Start the service, on every node with these keys.")
    return 0


def _cut_off(settings: Settings) -> list[Path]:
    """Files of keys that are empty or shorter than any key that was made."""
    files = [settings.secrets_dir / purpose for purpose in PURPOSES]
    return [path for path in files if path.is_file() and len(path.read_bytes().strip()) < SHORTEST]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m app.ops.keys", description=(__doc__ or "").split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for command in (status, export, rotate):
        commands.add_parser(command.__name__, help=(command.__doc__ or "").split("\n")[0])
    commands.add_parser("accept", help=accept.__doc__).add_argument("--yes", action="store_true", help="Do it.")
    chosen = parser.parse_args(arguments)
    try:
        settings = Settings.load()
        configure_logging(json_lines=settings.json_logs)
        with plain_reasons(settings):
            engine = connect(settings.database)
            check_owner(engine, settings.data_dir, settings.brand or MAIN)
            migrate(engine)
            if chosen.command == "accept":
                return accept(settings, sure=chosen.yes)
            return {"status": status, "export": export, "rotate": rotate}[chosen.command](settings)
    except (CannotGoOn, BadSettings) as reason:
        print(reason, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
