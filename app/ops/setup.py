"""Setup between installed packages and a ready service: translations, model, database, articles, index.

Run as `python -m app.ops.setup` in a separate process, because exporting the model to ONNX needs PyTorch, which the
serving process should not load. Steps are idempotent, and quick when their work is already done.
"""

import errno
import logging
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError

from app.container import Services
from app.ops.bootstrap import CannotGoOn, Progress, end_with_parent
from app.ops.publishing import publish_and_index
from app.ops.translations import compile_all
from app.settings.brands import MAIN
from app.settings.schema import BadSettings, Settings
from core.cluster.elections import Election
from core.cluster.key_fingerprints import KeysRefused
from core.cluster.owners import NotOurs
from core.database.failures import reason_of
from core.database.migrations import UnknownRevision
from core.database.pooler import PoolerUntold
from core.events import configure_logging
from core.private_files import private_folder
from core.roles import PUBLISHER
from index.embed import model
from kb.errors import FolderNotFound
from kb.publish import OnError, Refusal
from kb.removals import removals_in_words
from kb.revisions import How, Origin
from widget.build import build as build_widget


def prepare_model(settings: Settings) -> None:
    """Unpack and export the default model, unless another one, or none, is set."""
    if settings.embedder != "model" or settings.model:
        return
    with _Step("Preparing the model (once)") as progress:
        model.ensure(settings.model_dir, lambda step, share: progress.at(share, 1, step))


def publish_articles(services: Services, embed: bool = True) -> None:
    """Publish the articles and bring the index up to date; without `embed` most vectors are left to the server, and so
    are most articles of a large library that nothing is published of (where the server watches the folder).

    Articles with errors are named and keep what was published before. What would take too many off the site is not
    done, and neither is anything without a folder: what was published stays. Raises FolderNotFound where nothing was.
    """
    if not _publishes(services):
        print("Another node publishes; this one follows it.")
        return
    with _Step("Publishing and indexing articles") as progress:
        try:
            report = publish_and_index(
                services, progress=progress.at, on_error=OnError.KEEP, origin=Origin(How.SETUP), embed=embed,
                waiting=print, first_part_only=not embed and services.settings.watch,
            ).publish  # fmt: skip
        except FolderNotFound as missing:
            if not services.articles.count():
                raise
            print(f"{missing}\nUntil then the site shows what was published before.")
            return
    if report.partial:
        print(f"{len(report.added)} articles are published; the server reads the others while it runs.")
    for finding in report.errors:
        print(f"  {finding}")  # path:line: what is wrong
    if report.errors:
        print(
            "Everything else was published. What the errors above are in stays as it was published before, if it was."
        )
    if report.refused is Refusal.OTHER_FOLDER:
        print(
            "Another node published other articles, which may be newer; `flask kb publish` here publishes this folder."
        )
    if report.refused is Refusal.REMOVALS:
        print(f"Nothing was published: {removals_in_words(report.removals)} The site goes on as it is.")


def _publishes(services: Services) -> bool:
    """Whether the articles folder of this node may be published at its start: not beside a publisher at work, whose
    folder may be newer. Processes on SQLite share one folder anyway."""
    if PUBLISHER not in services.settings.roles:
        return False
    if services.engine.dialect.name != "postgresql":
        return True
    election = Election(services.engine, PUBLISHER, services.settings.data_dir / "elections")
    try:
        return election.held()
    finally:
        election.resign()


class _Step:
    """Output of one step: silent when it was quick, else with progress and duration."""

    def __init__(self, what: str) -> None:
        self._progress = Progress(what)
        self._quick = threading.Timer(1.0, lambda: self._progress.at(0.0001, 1))

    def __enter__(self) -> Progress:
        self._quick.start()
        return self._progress

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        quick = self._quick.is_alive()
        self._quick.cancel()
        if kind is None and not quick:
            self._progress.done()


def prepare(articles: bool, embed: bool = True) -> None:
    """All steps, the articles and their index only if asked for. Raises CannotGoOn or BadSettings."""
    settings = Settings.load()
    configure_logging(json_lines=settings.json_logs, level=logging.WARNING)  # progress says the rest
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # the export's are for the authors of its libraries
    with plain_reasons(settings):
        private_folder(settings.data_dir)
        compile_all()
        build_widget()
        prepare_model(settings)
        if articles and (settings.brand or settings.default_brand == MAIN):  # brands' are published while they run
            publish_articles(Services.build(settings, indexing=True), embed)


def _what_to_do(settings: Settings, reason: str) -> str:
    if not settings.database.startswith("sqlite"):
        setting = f"database_url of the brand {settings.brand}" if settings.brand else "SIGNPOST_DATABASE_URL"
        return f"check {setting}, and that its server runs."
    if "malformed" in reason or "not a database" in reason:
        return "it is damaged: keep a copy of the data folder and restore a sound backup (docs/operate/backup.md)."
    if "full" in reason:
        return f"make room on the disk of {settings.data_dir}."
    if "locked" in reason:
        return "another program holds its write lock: end that one, and start again."
    return f"is {settings.data_dir} mounted for writing, and this user's? `flask doctor` looks closer."


@contextmanager
def plain_reasons(settings: Settings) -> Iterator[None]:
    """Convert errors that an operator can fix to CannotGoOn with one sentence; others propagate."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise CannotGoOn(f"The disk of {settings.data_dir} is full; make room and run it again.") from None
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.EEXIST, errno.ENOTDIR):
            raise CannotGoOn(
                f"{error.filename or settings.data_dir} cannot be written by this user; start it as the user"
                " who owns the data folder, or set SIGNPOST_DATA_DIR to one that can."
            ) from None
        raise
    except DBAPIError as error:
        # The driver's message names host and reason, and never the password.
        words = reason_of(error)
        raise CannotGoOn(f"The database cannot be used ({words}); {_what_to_do(settings, words)}") from None
    except (model.ModelUnavailable, FolderNotFound, UnknownRevision, KeysRefused, NotOurs, PoolerUntold) as error:
        raise CannotGoOn(str(error)) from None


def main() -> int:
    end_with_parent()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        prepare("--without-articles" not in sys.argv[1:], "--words-first" not in sys.argv[1:])
    except (CannotGoOn, BadSettings) as reason:
        print(reason, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
