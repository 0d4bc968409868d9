"""Hands out articles to be translated and takes back what was. Nothing comes back that was not asked for: a file names
articles of this folder, and of each only units its source has today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from core.texts.languages import UnknownLanguage, canonical
from kb.authoring.article_files import CannotEdit, NoSuchArticle
from kb.authoring.header_form import HeaderKept, split, with_values
from kb.authoring.models import Author, ChangedMeanwhile, Suggested
from kb.authoring.service import AuthoringService
from kb.errors import KbError
from kb.source.folder_reader import FolderReading, Source
from kb.translations.coverage import Row, board, content_of_text, groups
from kb.translations.gettext_po import read_gettext, write_gettext
from kb.translations.machine import Machine
from kb.translations.models import Basis, Content, How, State
from kb.translations.noticing import digest_of
from kb.translations.packages import Delivery, Package, PackageError, Returned, Work
from kb.translations.service import TranslationService
from kb.translations.units import Damage, Unit, has_words, problem_with, rebuilt, units_of
from kb.translations.xliff import read_xliff, write_xliff


class Format(StrEnum):
    XLIFF = "xliff"
    PO = "po"

    @property
    def suffix(self) -> str:
        return "xlf" if self is Format.XLIFF else "po"


class Taken(StrEnum):
    """What became of an article that came back."""

    CREATED = "created"  # a new draft
    SAVED = "saved"
    SUGGESTED = "suggested"  # parts are missing, or whoever brought it may not publish
    UNCHANGED = "unchanged"  # nothing was translated, or it says what is there
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """`missing` units have no target; `problems` are those that were not taken. `why` explains a refusal."""

    path: str
    taken: Taken
    written: str = ""
    units: int = 0
    missing: int = 0
    stale: int = 0
    problems: tuple[Damage, ...] = ()
    why: str = ""


class Exchange:
    """Cheap to create."""

    def __init__(self, authoring: AuthoringService, translations: TranslationService, default_lang: str) -> None:
        self._authoring, self._translations, self._default_lang = authoring, translations, default_lang

    def package(
        self, reading: FolderReading, to: str, states: Sequence[State], now: datetime, day: date,
        paths: Sequence[str] = (),
    ) -> Package:  # fmt: skip
        """The articles that stand like this in a language; with paths, these sources only. All have one source
        language: the default one, unless paths say otherwise."""
        bases = self._translations.notice(reading, now)
        rows = board(reading.sources, bases, [to], self._default_lang, day)
        rows = [row for row in rows if to in row.standings and row.standings[to].state in states]
        rows = [row for row in rows if row.source.article.source in paths] if paths else rows
        langs = [row.source.article.lang for row in rows]
        lang = self._default_lang if self._default_lang in langs or not langs else langs[0]
        by_path = {one.article.source: one for one in reading.sources}
        work = [self._work(row, to, by_path, bases, now) for row in rows if row.source.article.lang == lang]
        return Package(lang, to, tuple(one for one in work if one is not None))

    def write(self, package: Package, form: Format) -> bytes:
        return write_xliff(package) if form is Format.XLIFF else write_gettext(package)

    def read(self, data: bytes, reading: FolderReading, now: datetime) -> Delivery:
        """What a file brings back, whichever of the formats it is. Raises PackageError."""
        there = {one.article.source for one in reading.sources}
        known: dict[str, Mapping[str, Unit]] = {}

        def units(path: str) -> Mapping[str, Unit]:
            if path not in known:
                text = self._text(path, now) if path in there else ""
                known[path] = {unit.id: unit for unit in units_of(text)}
            return known[path]

        looks_like_xml = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" or data[:2] in {b"\xff\xfe", b"\xfe\xff"}
        return read_xliff(data, units) if looks_like_xml else read_gettext(data, units)

    def take_back(
        self, delivery: Delivery, reading: FolderReading, author: Author, now: datetime, day: date, *, dry: bool = False
    ) -> list[Outcome]:
        """Write what came back: new translations as drafts; over one that is there only what is whole, else as a
        suggestion. With `dry` only say what would be done. Raises PackageError."""
        try:
            to = canonical(delivery.target_lang)
        except UnknownLanguage:
            raise PackageError(f"{delivery.target_lang[:40]} is no language.") from None
        pairs = {one.article.source: (one, others) for one, others in groups(reading.sources, self._default_lang)}
        made = []
        for returned in delivery.articles:
            pair = pairs.get(returned.path)
            if pair is None:
                why = "There is no such article, or it is itself a translation."
                made.append(Outcome(returned.path[:200], Taken.REFUSED, why=why))
            elif pair[0].article.lang == to:
                made.append(Outcome(returned.path, Taken.REFUSED, why=f"The article is in {to} already."))
            else:
                own = next((one for one in pair[1] if one.article.lang == to), None)
                made.append(self._take(returned, pair[0], own, to, author, now, day, dry=dry))
        return made

    def machine_draft(
        self, machine: Machine, original: Source, to: str, author: Author, now: datetime, day: date
    ) -> tuple[str, int]:
        """A new draft by the machine, marked as such; its file, and how many units are still in the source's words.

        Raises MachineFailed, or as `AuthoringService.create`.
        """
        article = original.article
        text = self._text(article.source, now)
        units = [unit for unit in units_of(text) if has_words(unit)]
        targets = machine.targets(units, article.lang, to)
        created = self._authoring.create("/".join((to, article.category, article.slug)), article.title, article.key,
                                         author, day, now)  # fmt: skip
        head = split(created.text).head.replace("\nstatus: draft", "\nmachine_translated: true\nstatus: draft", 1)
        made = _translated(text, head, units, targets, day)
        self._authoring.save(created.path, made, created.version, author, "Translated by a machine", now)
        self._confirm(created.path, made, article.source, text, author, now)
        return created.path, len(units) - len(targets)

    def _work(
        self, row: Row, to: str, by_path: Mapping[str, Source], bases: Mapping[str, Basis], now: datetime
    ) -> Work | None:
        text = self._text(row.source.article.source, now)
        units = tuple(unit for unit in units_of(text) if has_words(unit))
        standing = row.standings[to]
        targets: dict[str, str] = {}
        if standing.path in by_path:
            was = self._translations.made_from(standing.path)
            old = _written(was) if was and bases[standing.path].digest != digest_of(content_of_text(text)) else text
            targets = aligned(old, self._text(standing.path, now), units)
        return Work(row.source.article.source, digest_of(content_of_text(text)), units, targets) if units else None

    def _take(
        self, returned: Returned, original: Source, own: Source | None, to: str, author: Author, now: datetime,
        day: date, *, dry: bool,
    ) -> Outcome:  # fmt: skip
        text = self._text(original.article.source, now)
        units = [unit for unit in units_of(text) if has_words(unit)]
        by_id = {unit.id: unit for unit in units}
        problems = tuple(
            problem for name, target in returned.targets.items()
            if name in by_id and (problem := problem_with(by_id[name], target))
        )  # fmt: skip
        wrong = {one.unit for one in problems}
        targets = {name: words for name, words in returned.targets.items() if name in by_id and name not in wrong}
        stale = sum(name not in by_id for name in returned.targets)
        result = Outcome(
            original.article.source, Taken.UNCHANGED, units=len(units), missing=len(units) - len(targets), stale=stale,
            problems=problems,
        )  # fmt: skip
        if not targets:
            return result
        whole = len(targets) == len(units)
        try:
            return self._written_back(result, text, units, targets, original, own, to, author, now, day, whole, dry)
        except (CannotEdit, NoSuchArticle, HeaderKept, KbError) as failure:
            return _with(result, Taken.REFUSED, why=str(failure))

    def _written_back(
        self, result: Outcome, text: str, units: Sequence[Unit], targets: Mapping[str, str], original: Source,
        own: Source | None, to: str, author: Author, now: datetime, day: date, whole: bool, dry: bool,
    ) -> Outcome:  # fmt: skip
        article = original.article
        if own is not None:
            there = self._authoring.open(own.article.source, now)
            was = self._translations.made_from(own.article.source)
            earlier = aligned(_written(was) if was else text, there.text, units)
            made = _translated(text, there.text, units, {**earlier, **targets}, day)
            if made == there.text or all(earlier.get(name) == words for name, words in targets.items()):
                if whole and not dry:
                    self._confirm(own.article.source, there.text, article.source, text, author, now)
                return _with(result, Taken.UNCHANGED, own.article.source)
            complete = whole or len({**earlier, **targets}) == len(units)
            may = author.may_publish and complete
            if dry:
                return _with(result, Taken.SAVED if may else Taken.SUGGESTED, own.article.source)
            saved = self._authoring.save(
                own.article.source, made, there.version, replace(author, may_publish=may), "Translated", now
            )
            if isinstance(saved, ChangedMeanwhile):
                return _with(result, Taken.REFUSED, why="The translation was changed at this moment. Try again.")
            if isinstance(saved, Suggested):
                return _with(result, Taken.SUGGESTED, own.article.source)
            if whole:
                self._confirm(own.article.source, made, article.source, text, author, now)
            return _with(result, Taken.SAVED, own.article.source)
        if dry:
            return _with(result, Taken.CREATED)
        title = next((targets[unit.id] for unit in units if unit.kind == "title" and unit.id in targets), article.title)
        name = "/".join((to, article.category, article.slug))
        created = self._authoring.create(name, " ".join(title.split()), article.key, author, day, now)
        found = self._authoring.open(created.path, now)
        made = _translated(text, split(found.text).head, units, targets, day)
        self._authoring.save(created.path, made, found.version, author, "Translated", now)
        if whole:
            self._confirm(created.path, made, article.source, text, author, now)
        return _with(result, Taken.CREATED, created.path)

    def _confirm(self, path: str, own: str, source: str, text: str, author: Author, now: datetime) -> None:
        self._translations.confirm(
            path, content_of_text(own), source, content_of_text(text), author.login, now, How.IMPORTED
        )

    def _text(self, path: str, now: datetime) -> str:
        return self._authoring.open(path, now).text


def aligned(source: str, translation: str, units: Sequence[Unit]) -> dict[str, str]:
    """What of a translation stands for each of these units: only where both texts are built alike, block by block.

    `source` is the text the translation was made from, and `units` those of the source as it is now.
    """
    theirs = {unit.kind: unit for unit in units_of(translation) if unit.start < 0}
    old = units_of(source)
    found = {unit.text: theirs[unit.kind].text for unit in old if unit.start < 0 and unit.kind in theirs}
    ours, others = ([unit for unit in some if unit.start >= 0] for some in (old, units_of(translation)))
    if [unit.kind for unit in ours] == [unit.kind for unit in others]:
        found |= {one.text: other.text for one, other in zip(ours, others, strict=True)}
    return {
        unit.id: found[unit.text] for unit in units if unit.text in found and not problem_with(unit, found[unit.text])
    }


def _translated(source: str, there: str, units: Sequence[Unit], targets: Mapping[str, str], day: date) -> str:
    """The translation's file: its own header with the new title and summary, and the source's body in its words."""
    head = split(there).head
    words = {unit.kind: " ".join(targets[unit.id].split()) for unit in units if unit.start < 0 and unit.id in targets}
    body = split(source).body
    made = head + rebuilt(body, units, targets)
    values: dict[str, object] = dict(words)
    if made != there:
        values["updated"] = day
    return with_values(made, values)


def _written(content: Content) -> str:
    """A file of what a translation was made from, to be compared block by block."""
    return with_values(f"---\n---\n{content.body}", {"title": content.title, "summary": content.summary})


def _with(result: Outcome, taken: Taken, written: str = "", why: str = "") -> Outcome:
    return Outcome(
        result.path, taken, written, result.units, result.missing, result.stale, result.problems, why or result.why
    )  # fmt: skip
