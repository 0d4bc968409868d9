"""Pure: how every article stands in every language, by a reading of the folder and what is known of translations."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kb.models import Status
from kb.source import frontmatter
from kb.source.folder_reader import Source
from kb.translations.models import Basis, Content, State, Weight


@dataclass(frozen=True)
class Standing:
    """An article in one language. `days` of 24 hours since the source is newer, so that no
    time zone's midnight makes one; 0 where it is not."""

    lang: str
    state: State
    path: str = ""
    weight: Weight | None = None
    days: int = 0
    made_at: datetime | None = None


@dataclass(frozen=True)
class Row:
    """One article in all languages. `source` is the file the others are translations of."""

    key: str
    source: Source
    standings: Mapping[str, Standing]


@dataclass(frozen=True)
class Count:
    """How many articles of a language stand how."""

    lang: str
    current: int
    outdated: int
    drafts: int
    missing: int

    @property
    def share(self) -> float:
        """Of the articles that should be there, those readers see up to date."""
        whole = self.current + self.outdated + self.drafts + self.missing
        return self.current / whole if whole else 1.0


def content_of(source: Source) -> Content:
    return _content(source.header)


def content_of_text(text: str) -> Content:
    """Of the text of a file."""
    return _content(frontmatter.read(text, ""))


def _content(header: frontmatter.Header) -> Content:
    return Content(header.fields.title, header.fields.summary, header.body, header.fields.updated)


def groups(sources: Iterable[Source], default_lang: str) -> list[tuple[Source, list[Source]]]:
    """Each article's source with its translations, one a language; in the order of the folder."""
    by_key: dict[str, list[Source]] = defaultdict(list)
    for one in sources:
        by_key[one.article.key].append(one)
    made: list[tuple[Source, list[Source]]] = []
    for key, group in by_key.items():
        if len(group) == 1:
            made.append((group[0], []))
            continue
        original = min(group, key=lambda one: _precedence(one, key, default_lang))
        seen, others = {original.article.lang}, []
        for one in group:
            if one.article.lang not in seen:
                seen.add(one.article.lang)
                others.append(one)
        made.append((original, others))
    return made


def _precedence(one: Source, key: str, default_lang: str) -> tuple[bool, bool, bool, str]:
    """The one that claims no original comes first, then the default language's."""
    article = one.article
    return (
        bool(one.header.fields.translation_of), article.lang != default_lang, article.slug != key, article.lang,
    )  # fmt: skip


def board(
    sources: Iterable[Source], bases: Mapping[str, Basis], langs: Collection[str], default_lang: str, now: datetime
) -> list[Row]:
    """A row for each article somebody may read or translate, by title: published sources, and drafts that have
    translations."""
    rows = []
    for original, others in groups(sources, default_lang):
        if original.article.status is not Status.PUBLISHED and not others:
            continue
        by_lang = {one.article.lang: one for one in others}
        standings = {
            lang: _standing(lang, by_lang.get(lang), bases, now) for lang in langs if lang != original.article.lang
        }
        rows.append(Row(original.article.key, original, standings))
    return sorted(rows, key=lambda row: (row.source.article.title.casefold(), row.source.article.source))


def _standing(lang: str, one: Source | None, bases: Mapping[str, Basis], now: datetime) -> Standing:
    if one is None:
        return Standing(lang, State.MISSING)
    path = one.article.source
    basis = bases.get(path)
    made_at = basis.at if basis else None
    if one.article.status is not Status.PUBLISHED:
        return Standing(lang, State.DRAFT, path, made_at=made_at)
    if basis is None or not basis.outdated or basis.stale_at is None:
        return Standing(lang, State.CURRENT, path, basis.weight if basis else None, made_at=made_at)
    return Standing(lang, State.OUTDATED, path, basis.weight, max((now - basis.stale_at).days, 0), made_at)


def counts(rows: Sequence[Row], langs: Iterable[str]) -> list[Count]:
    found = []
    for lang in langs:
        states = [row.standings[lang].state for row in rows if lang in row.standings]
        found.append(
            Count(
                lang, states.count(State.CURRENT), states.count(State.OUTDATED), states.count(State.DRAFT),
                states.count(State.MISSING),
            )
        )  # fmt: skip
    return found
