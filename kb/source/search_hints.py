"""Search hints by authors: synonyms, pinned answers (the article for a given query), and urgent messages.

`<lang>/_synonyms.yml`, `<lang>/_pins.yml` and `<lang>/_urgent.yml` below the articles folder (without a language
folder: the default language). They are not published or indexed, so a change takes effect at once; see
docs/authors/synonyms.md and docs/authors/urgent.md.
"""

import contextlib
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import yaml

from core.texts.said import said
from kb.findings import Finding, Severity, error, warning
from kb.models import ArticleRef
from kb.source.inside import is_file, is_folder, may_be_read, outside
from kb.source.paths import language_of
from kb.source.urgent_messages import URGENT, UrgentEntry, urgent_of
from kb.source.yaml_nesting import refuse_deep
from kb.source.yaml_nodes import fields_of, line_of, move_down, repeated, texts_of

SYNONYMS, PINS = "_synonyms.yml", "_pins.yml"
_PIN_FIELDS = ("article", "queries", "starts_with", "contains")


@dataclass(frozen=True)
class Synonym:
    """Typed words, and the synonyms a query with them is expanded with."""

    typed: str
    means: tuple[str, ...]


@dataclass(frozen=True)
class Pin:
    """A pinned answer: the article shown first for a query that equals, starts with or contains one of these."""

    ref: ArticleRef
    queries: tuple[str, ...] = ()
    starts_with: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    path: str = ""
    line: int = 1


@dataclass(frozen=True)
class Hints:
    """Synonyms, pins and urgent messages by language tag. Invalid entries are left out and reported in `problems`.
    `default_lang` is the site's: what is not there in a reader's language is said in it."""

    synonyms: Mapping[str, tuple[Synonym, ...]] = field(default_factory=dict)
    pins: Mapping[str, tuple[Pin, ...]] = field(default_factory=dict)
    problems: tuple[Finding, ...] = ()
    urgent: Mapping[str, tuple[UrgentEntry, ...]] = field(default_factory=dict)
    default_lang: str = "en"

    @cached_property
    def words(self) -> frozenset[str]:
        """All words of the hints in lower case; spelling correction takes them as known."""
        texts = [t for some in self.synonyms.values() for s in some for t in (s.typed, *s.means)]
        pins = [pin for some in self.pins.values() for pin in some]
        texts += [t for pin in pins for t in (*pin.queries, *pin.starts_with, *pin.contains)]
        texts += [t for some in self.urgent.values() for entry in some for t in (*entry.words, *entry.examples)]
        return frozenset(word for text in texts for word in re.findall(r"\w+", text.lower()))


def errors_of(hints: Hints) -> tuple[Finding, ...]:
    """What of the files was left out or cannot be read, that of urgent messages first."""
    errors = [one for one in hints.problems if one.severity is Severity.ERROR]
    return tuple(sorted(errors, key=lambda one: not is_about_danger(one)))


def is_about_danger(finding: Finding) -> bool:
    """Whether it is of a file of urgent messages, in which nothing may be missing."""
    return finding.path.rpartition("/")[2] == URGENT


def hint_files(folder: Path, default_lang: str = "en") -> list[tuple[str, Path]]:
    """(language, file) of every existing hint file, in order; none that lies elsewhere, behind a link."""
    return [
        (lang, file) for lang, file in _hint_files(folder, default_lang) if may_be_read(folder, _below(folder, file))
    ]


def _below(folder: Path, file: Path) -> str:
    return file.relative_to(folder).as_posix()


def _hint_files(folder: Path, default_lang: str) -> list[tuple[str, Path]]:
    places = [(default_lang, folder)]
    with contextlib.suppress(OSError):  # that it cannot be read is said by who reads the articles
        places += [(lang, p) for p in sorted(folder.iterdir()) if is_folder(p) and (lang := language_of(p.name))]
    return [
        (lang, place / name) for lang, place in places for name in (SYNONYMS, PINS, URGENT) if is_file(place / name)
    ]


def read_hints(folder: Path, default_lang: str = "en") -> Hints:
    """Read all hint files. Never raises for their contents."""
    synonyms: dict[str, list[Synonym]] = {}
    pins: dict[str, list[Pin]] = {}
    urgent: dict[str, list[UrgentEntry]] = {}
    problems = [f for _lang, file in _hint_files(folder, default_lang) for f in outside(folder, _below(folder, file))]
    for lang, file in hint_files(folder, default_lang):
        path = file.relative_to(folder).as_posix()
        try:
            text = file.read_text(encoding="utf-8")
            refuse_deep(text)
            nodes = _nodes_of(text, path, problems)
        except (OSError, UnicodeDecodeError):
            problems.append(error(path, 1, "unreadable", said("The file cannot be read as UTF-8 text.")))
            continue
        except yaml.YAMLError as wrong:
            problems.append(_not_yaml(wrong, path))
            continue
        for node in nodes:
            if file.name == SYNONYMS:
                _read(synonyms.setdefault(lang, []), _synonyms_of(node, path), problems)
            elif file.name == URGENT:
                _read(urgent.setdefault(lang, []), urgent_of(node, path, lang), problems)
            else:
                _read(pins.setdefault(lang, []), _pins_of(node, path, lang), problems)
    problems += _pinned_twice(pins)
    return Hints(
        {lang: tuple(found) for lang, found in synonyms.items()},
        {lang: tuple(found) for lang, found in pins.items()},
        tuple(problems),
        {lang: tuple(found) for lang, found in urgent.items()},
        default_lang,
    )


def _nodes_of(text: str, path: str, problems: list[Finding]) -> list[yaml.Node]:
    """The entries of a file. Of one that is no YAML those that are by themselves: a slip in one of them must not take
    what is said in danger away with it."""
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as wrong:
        sound, broken = _one_by_one(text, path)
        problems += broken or [_not_yaml(wrong, path)]
        return sound
    if root is not None and not isinstance(root, yaml.SequenceNode):
        problems.append(error(path, 1, "hints-yaml", said("The file must be a list: each line begins with a dash.")))
        return []
    problems += [error(path, line, "hints-repeated", message) for line, message in repeated(root)]
    return list(root.value) if root is not None else []


def _one_by_one(text: str, path: str) -> tuple[list[yaml.Node], list[Finding]]:
    """The entries that can be read by themselves, each in the line it stands in, and what is wrong in the others."""
    lines = text.splitlines(keepends=True)
    begins = [number for number, line in enumerate(lines) if re.match(r"-[ \t\r\n]", line)]
    sound: list[yaml.Node] = []
    broken = []
    for begin, end in itertools.pairwise([*begins, len(lines)]):
        try:
            root = yaml.compose("".join(lines[begin:end]), yaml.SafeLoader)
        except yaml.YAMLError as wrong:
            broken.append(_not_yaml(wrong, path, begin))
            continue
        if isinstance(root, yaml.SequenceNode):
            move_down(root, begin)
            sound += root.value
    return sound, broken


def _not_yaml(wrong: yaml.YAMLError, path: str, begin: int = 0) -> Finding:
    """What is wrong in a text that stands below so many lines."""
    mark = getattr(wrong, "problem_mark", None)
    line = begin + (mark.line if mark else 0) + 1
    message = said("Not valid YAML here: %(reason)s.", reason=getattr(wrong, "problem", None) or wrong)
    return error(path, line, "hints-yaml", message)


T = TypeVar("T", Synonym, Pin, UrgentEntry)


def _read(into: list[T], found: Iterator[T | Finding], problems: list[Finding]) -> None:
    for one in found:
        if isinstance(one, Finding):
            problems.append(one)
        else:
            into.append(one)


def _synonyms_of(node: yaml.Node, path: str) -> Iterator[Synonym | Finding]:
    line = line_of(node)
    if isinstance(node, yaml.SequenceNode):
        words = texts_of(node)
        if words is None or len(words) < 2:
            yield error(
                path, line, "synonyms-entry", said("A group is a list of two or more words: [parcel, package].")
            )
            return
        for word in words:
            yield Synonym(word, tuple(w for w in words if w != word))
        return
    fields = fields_of(node)
    typed, means = texts_of(fields.get("typed")), texts_of(fields.get("means"))
    if not typed or not means or set(fields) != {"typed", "means"}:
        message = said("Write a group, [parcel, package], or one way, {typed: cans, means: headphones}.")
        yield error(path, line, "synonyms-entry", message)
        return
    for word in typed:
        yield Synonym(word, means)


def _pins_of(node: yaml.Node, path: str, lang: str) -> Iterator[Pin | Finding]:
    line, fields = line_of(node), fields_of(node)
    slug = texts_of(fields.get("article"))
    conditions = {name: texts_of(fields.get(name)) for name in _PIN_FIELDS[1:]}
    if not slug or len(slug) != 1 or None in conditions.values() or not any(conditions.values()):
        message = said("A pin has `article:` (its slug) and one or more of `queries:`, `starts_with:` and `contains:`.")
        yield error(path, line, "pins-entry", message)
        return
    for name in sorted(set(fields) - set(_PIN_FIELDS)):
        yield warning(
            path, line, "pins-unknown", said("%(field)s is not a field of a pin and was passed over.", field=name)
        )
    values = {name: texts or () for name, texts in conditions.items()}
    yield Pin(ArticleRef(lang, slug[0]), **values, path=path, line=line_of(fields["article"]))


def _pinned_twice(pins: Mapping[str, list[Pin]]) -> Iterator[Finding]:
    for some in pins.values():
        seen: dict[str, Pin] = {}
        for pin in some:
            for query in pin.queries:
                first = seen.setdefault(" ".join(query.casefold().split()), pin)
                if first.ref != pin.ref:
                    message = said(
                        "“%(query)s” is pinned to %(slug)s in line %(line)s; that one is shown.",
                        query=query, slug=first.ref.slug, line=first.line,
                    )  # fmt: skip
                    yield warning(pin.path, pin.line, "pin-twice", message)
