"""Hands out articles to be translated and takes back what was. Nothing comes back that was not asked for: a file names
articles of this folder, and of each only units its source has today."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from core.texts.languages import UnknownLanguage, canonical
from core.texts.said import said
from kb.authoring.article_files import ArticleText, CannotEdit, NoSuchArticle
from kb.authoring.header_form import HeaderKept, split, with_values
from kb.authoring.models import Author, ChangedMeanwhile, Suggested
from kb.authoring.scopes import NotAllowed
from kb.authoring.service import AuthoringService
from kb.errors import ArticleExists, KbError
from kb.source.folder_reader import FolderReading, Source
from kb.translations.coverage import Row, board, content_of_text, groups
from kb.translations.gettext_po import read_gettext, write_gettext
from kb.translations.machine import Machine
from kb.translations.matching import Own, matched, same_build, unplaced, with_own_links, written_back
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
    """`missing` units have no translation; `problems` are those that were not taken, `left` those that say of
    themselves that they are not done. `new` have words that are not there yet. `why` explains a refusal."""

    path: str
    taken: Taken
    written: str = ""
    units: int = 0
    missing: int = 0
    stale: int = 0
    problems: tuple[Damage, ...] = ()
    why: str = ""
    left: tuple[Damage, ...] = ()
    new: int = 0


@dataclass(frozen=True)
class _By:
    """Who takes it back, and when."""

    author: Author
    now: datetime
    day: date
    dry: bool


class Exchange:
    """Cheap to create."""

    def __init__(self, authoring: AuthoringService, translations: TranslationService, default_lang: str) -> None:
        self._authoring, self._translations, self._default_lang = authoring, translations, default_lang

    def package(
        self, reading: FolderReading, to: str, states: Sequence[State], now: datetime, paths: Sequence[str] = ()
    ) -> Package:
        """The articles that stand like this in a language; with paths, these sources only. All have one source
        language: the default one, unless paths say otherwise."""
        bases = self._translations.notice(reading, now)
        rows = board(reading.sources, bases, [to], self._default_lang, now)
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
            raise PackageError(said("%(lang)s is no language.", lang=delivery.target_lang[:40])) from None
        pairs = {one.article.source: (one, others) for one, others in groups(reading.sources, self._default_lang)}
        made = []
        for returned in delivery.articles:
            pair = pairs.get(returned.path)
            if pair is None:
                why = said("There is no such article, or it is itself a translation.")
                made.append(Outcome(returned.path[:200], Taken.REFUSED, why=why))
            elif pair[0].article.lang == to:
                made.append(
                    Outcome(returned.path, Taken.REFUSED, why=said("The article is in %(lang)s already.", lang=to))
                )
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
            found = matched(self._made_from(standing.path, text), self._text(standing.path, now), units)
            targets = {name: own.handed for name, own in found.items()}
        return Work(row.source.article.source, digest_of(content_of_text(text)), units, targets) if units else None

    def _made_from(self, path: str, text: str) -> str:
        """The text of the source that a translation was made from; `text`, as it is now, where that is not known."""
        was = self._translations.made_from(path)
        return text if was is None or digest_of(was) == digest_of(content_of_text(text)) else _written(was)

    def _take(
        self, returned: Returned, original: Source, own: Source | None, to: str, author: Author, now: datetime,
        day: date, *, dry: bool,
    ) -> Outcome:  # fmt: skip
        path = original.article.source
        text = self._text(path, now)
        every = units_of(text)
        by_id = {unit.id: unit for unit in every if has_words(unit)}
        try:
            there = self._authoring.open(own.article.source, now) if own is not None else None
        except (CannotEdit, NoSuchArticle) as failure:
            return Outcome(path, Taken.REFUSED, units=len(by_id), missing=len(by_id), why=_why(failure))
        was = self._made_from(own.article.source, text) if own is not None else text
        found = matched(was, there.text, every) if there is not None else {}
        problems, targets = [], {}
        for name, words in returned.targets.items():
            if name not in by_id:
                continue
            problem = problem_with(by_id[name], words)
            if problem and name in found and not problem_with(found[name].unit, words):
                problem = None  # it has the translation's own markup
            if problem:
                problems.append(problem)
            else:
                targets[name] = words
        new = {name: words for name, words in targets.items() if name not in found or not found[name].says(words)}
        nowhere = unplaced(was, text, there.text, targets, found) if there is not None else set()
        new = {name: words for name, words in new.items() if name not in nowhere}
        targets = {name: words for name, words in targets.items() if name not in nowhere}
        left = {**returned.left, **dict.fromkeys(nowhere, "place")}
        result = Outcome(
            path, Taken.UNCHANGED, own.article.source if own is not None and targets else "", len(by_id),
            sum(name not in targets and name not in found for name in by_id),
            sum(name not in by_id for name in returned.targets), tuple(problems),
            left=tuple(Damage(name, why, by_id[name].text) for name, why in left.items() if name in by_id),
            new=len(new),
        )  # fmt: skip
        if not targets:
            return result
        whole = len(targets) == len(by_id)
        by = _By(author, now, day, dry)
        try:
            if own is None or there is None:
                return self._created(result, text, every, targets, original, to, by, whole=whole)
            made = _merged(was, text, there.text, new, found, by_id, day)
            if made == there.text or not new:
                # A translator who had to say that nothing is to be done says so by handing all of it back.
                current = whole and made == there.text and same_build(was, text)
                if current and not dry and self._is_behind(own.article.source):
                    self._confirm(own.article.source, there.text, path, text, author, now)
                return replace(result, new=0)
            return self._saved(result, text, made, there, original, by, whole=whole)
        except (CannotEdit, NoSuchArticle, HeaderKept, KbError) as failure:
            return replace(result, taken=Taken.REFUSED, why=_why(failure))

    def _saved(
        self, result: Outcome, text: str, made: str, there: ArticleText, original: Source, by: "_By", *, whole: bool
    ) -> Outcome:
        """Over a translation that is there."""
        may = by.author.may_publish and not result.missing
        if by.dry:
            return replace(result, taken=Taken.SAVED if may else Taken.SUGGESTED)
        author = replace(by.author, may_publish=may)
        saved = self._authoring.save(there.path, made, there.version, author, "Translated", by.now)
        if isinstance(saved, ChangedMeanwhile):
            why = said("The translation was changed at this moment. Try again.")
            return replace(result, taken=Taken.REFUSED, why=why)
        if isinstance(saved, Suggested):
            return replace(result, taken=Taken.SUGGESTED)
        if whole:
            self._confirm(there.path, made, original.article.source, text, by.author, by.now)
        return replace(result, taken=Taken.SAVED)

    def _created(
        self, result: Outcome, text: str, units: Sequence[Unit], targets: Mapping[str, str], original: Source, to: str,
        by: "_By", *, whole: bool,
    ) -> Outcome:  # fmt: skip
        """A new translation, as a draft."""
        if by.dry:
            return replace(result, taken=Taken.CREATED)
        article = original.article
        title = next((targets[unit.id] for unit in units if unit.kind == "title" and unit.id in targets), article.title)
        name = "/".join((to, article.category, article.slug))
        created = self._authoring.create(name, " ".join(title.split()), article.key, by.author, by.day, by.now)
        opened = self._authoring.open(created.path, by.now)
        made = _translated(text, split(opened.text).head, units, targets, by.day)
        self._authoring.save(created.path, made, opened.version, by.author, "Translated", by.now)
        if whole:
            self._confirm(created.path, made, article.source, text, by.author, by.now)
        return replace(result, taken=Taken.CREATED, written=created.path)

    def _is_behind(self, path: str) -> bool:
        basis = self._translations.basis(path)
        return basis is None or basis.stale_at is not None

    def _confirm(self, path: str, own: str, source: str, text: str, author: Author, now: datetime) -> None:
        self._translations.confirm(
            path, content_of_text(own), source, content_of_text(text), author.login, now, How.IMPORTED
        )

    def _text(self, path: str, now: datetime) -> str:
        return self._authoring.open(path, now).text


def _why(failure: KbError) -> str:
    """Why an article could not be written."""
    if isinstance(failure, CannotEdit):
        return _CANNOT.get(failure.code, said("The file cannot be changed here."))
    if isinstance(failure, NotAllowed):
        return said("You may not write this article.")
    if isinstance(failure, ArticleExists):
        return said("There is a file of this name already.")
    if isinstance(failure, HeaderKept):
        return said(
            "%(name)s is written in a way that is not changed here. Change it in the header’s text.", name=failure.name
        )
    return str(failure)


_CANNOT = {
    "size": said("The text would be larger than an article may be."),
    "disk": said("The file could not be written."),
}


def _merged(
    was: str, text: str, there: str, new: Mapping[str, str], found: Mapping[str, Own], units: Mapping[str, Unit],
    day: date,
) -> str:  # fmt: skip
    """The translation with what is new in it, and else as it is."""
    words = {
        name: found[name].restored(one)
        if name in found and not problem_with(units[name], one)
        else one if name in found else with_own_links(one, found, there)
        for name, one in new.items()
    }  # fmt: skip
    made = split(there).head + written_back(was, text, there, words, found)
    values: dict[str, object] = {
        units[name].kind: " ".join(one.split()) for name, one in words.items() if units[name].start < 0
    }
    if values or made != there:
        values["updated"] = day
    return with_values(made, values)


def _translated(source: str, there: str, units: Sequence[Unit], targets: Mapping[str, str], day: date) -> str:
    """A new translation's file: its own header with the title and summary, and the source's body in its words."""
    head = split(there).head
    words = {unit.kind: " ".join(targets[unit.id].split()) for unit in units if unit.start < 0 and unit.id in targets}
    made = head + rebuilt(split(source).body, units, targets)
    return with_values(made, {**words, "updated": day})


def _written(content: Content) -> str:
    """A file of what a translation was made from, to be compared block by block."""
    return with_values(f"---\n---\n{content.body}", {"title": content.title, "summary": content.summary})
