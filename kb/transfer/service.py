"""Imports a source into a folder, in two steps: look, and write."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kb.findings import Finding, Severity
from kb.models import Article
from kb.source.folder_reader import NOT_FATAL, read_folder
from kb.transfer.models import Reading, TransferError
from kb.transfer.plan import Plan, plan
from kb.transfer.registry import kind_of
from kb.transfer.renames import followed
from kb.transfer.report import DoubtfulLanguage, Report, TitleSearch
from kb.transfer.sync import Steps, apply, check_target, compare, read_state
from kb.transfer.unpack import opened

Titles = Callable[[Sequence[Article]], TitleSearch | None]
Languages = Callable[[Sequence[Article]], Sequence[DoubtfulLanguage]]


@dataclass(frozen=True)
class Import:
    """An import that was looked at and not written yet; valid within the `with` that made it."""

    folder: Path
    kind: str
    steps: Steps
    report: Report

    def write(self) -> None:
        apply(self.folder, self.steps, self.kind)


@contextmanager
def look(
    source: Path,
    folder: Path,
    *,
    kind: str = "",
    default_lang: str = "en",
    titles: Titles = lambda articles: None,
    languages: Languages = lambda articles: (),
) -> Iterator[Import]:
    """Read the source and compare it with the folder. Raises TransferError; writes nothing into the folder."""
    check_target(folder, source)
    state = read_state(folder)
    with opened(source) as root:
        found = kind_of(root, kind)
        if state.kind and state.kind != found.name:
            raise TransferError(
                f"{folder} was filled from {state.kind}, and this is {found.name}. Import it into a folder of its own, "
                f"or say --from {state.kind} if it is the same source."
            )
        material = found.read(Reading(root, default_lang))
        material.names_of_root = (source.resolve().stem if source.is_file() else source.resolve().name,)
        state = followed(folder, state, material)
        planned = plan(material, state.memory)
        if not planned.articles:
            raise TransferError(
                f"There is no article in {source} (read as {found.title}). Kinds are named with --from."
            )
        steps = compare(folder, planned, state)
        # What was exported here was read before; it need not be rendered to be taken as it is.
        articles, problems = ((), []) if material.verbatim else _result(planned, default_lang)
        doubtful = languages(articles)
        report = Report(
            found.name, found.title, material.files_read, planned, steps, titles(articles), problems, doubtful
        )
        yield Import(folder, found.name, steps, report)


def _result(planned: Plan, default_lang: str) -> tuple[Sequence[Article], list[Finding]]:
    """The articles as they will be read, and the errors that would keep some from being published."""
    with tempfile.TemporaryDirectory(prefix="signpost-import-") as made:
        folder = Path(made)
        for output in planned.outputs:
            target = folder / output.path
            target.parent.mkdir(parents=True, exist_ok=True)
            if output.file is None:
                target.write_text(output.text, encoding="utf-8")
            else:
                target.write_bytes(output.file.read_bytes())
        reading = read_folder(folder, default_lang)
    errors = [f for f in reading.problems if f.severity is Severity.ERROR and f.code not in NOT_FATAL]
    return reading.articles, errors
