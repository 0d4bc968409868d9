"""Which articles hold what a question insists on: its phrases and codes, and the words it does not want."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from index.analysis import tokens
from index.query.parser import Code, ParsedQuery, code_pattern, phrase_pattern, plain
from index.ranking.confidence import Calibration
from index.storage.generation import Generation

# So many articles are read for a phrase: those that hold most of its words.
_READ = 200
# What holding the code is worth beside the other evidence: much, but `WH-1000XM4 return` may still be about returns.
CODE_LIFT = 3.0
_LESS = 0.001
# Shares are sums of floats.
_ALL = 0.999


@dataclass(frozen=True)
class PhraseMatches:
    """`phrases`: each phrase with the article rows that hold it; `codes`: each code some article may hold, likewise.

    Codes that only might be one, and that nobody wrote, are left out.
    """

    phrases: tuple[tuple[str, frozenset[int]], ...] = ()
    codes: tuple[tuple[Code, frozenset[int]], ...] = ()

    @property
    def rows(self) -> set[int]:
        """All articles that hold any of it."""
        return {row for _, rows in (*self.phrases, *self.codes) for row in rows}

    def narrowed(self, rows: Sequence[int]) -> tuple[list[int], tuple[str, ...]]:
        """The rows that hold the phrases, and the phrases and sure codes that none of the rows holds.

        A phrase that would leave nothing is not insisted on.
        """
        kept, missing = list(rows), []
        for phrase, holders in self.phrases:
            narrower = [r for r in kept if r in holders]
            if narrower:
                kept = narrower
            else:
                missing.append(phrase)
        said = " ".join(missing)
        unknown = (code.typed for code, holders in self.codes if code.sure and holders.isdisjoint(rows))
        missing += [code for code in unknown if code not in said]
        return kept, tuple(missing)

    def lift(self, rows: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        """What holding the codes adds to each row's score."""
        held = [sum(r in holders for _, holders in self.codes) / max(1, len(self.codes)) for r in rows]
        return CODE_LIFT * np.array(held, np.float32)


def mentions(generation: Generation, asked: ParsedQuery, lang: str) -> PhraseMatches:
    """Where the phrases and codes of a question stand, in all languages of the collection."""
    if not asked.phrases and not asked.codes:
        return PhraseMatches()
    phrases = tuple(
        (p, frozenset(rows)) for p in asked.phrases if (rows := _with_phrase(generation, p, lang)) is not None
    )
    codes = tuple((c, frozenset(_with_code(generation, c))) for c in asked.codes)
    return PhraseMatches(phrases, tuple((c, rows) for c, rows in codes if rows or c.sure))


def without(generation: Generation, rows: Iterable[int], excluded: Sequence[str], lang: str) -> list[int]:
    """The rows less those whose article, in any of its languages among them, holds an excluded word."""
    kept = list(rows)
    gone: set[str] = set()
    for name in generation.manifest.families:
        lexicon = generation.lexicons[name]
        own = np.array([r for r in kept if generation.article_family[r] == name], np.int64)
        for word in excluded:
            wanted = dict.fromkeys(tokens(word, lang if name == "und" else name, query=True))
            ids = lexicon.lookup(list(wanted))
            if not ids or None in ids:
                continue
            level = lexicon.articles
            _, share = level.scores(generation.row_in_family[own], level.terms(ids))
            gone |= {generation.articles[r].key for r in own[share > _ALL]}
    return [r for r in kept if generation.articles[r].key not in gone]


def tempered(
    probability: float | None, calibration: Calibration | None, asked: ParsedQuery, unmatched: Sequence[str], held: bool
) -> float | None:
    """A probability that knows of phrases and codes: without one that was insisted on, nothing is answered outright;
    a code that nobody wrote about is for a person, one that somebody did is worth a look."""
    if probability is None or calibration is None:
        return probability
    if asked.codes and asked.is_only(asked.codes):
        if held:
            return max(probability, calibration.suggest_from)
        if unmatched:
            return min(probability, calibration.suggest_from - _LESS)
    return min(probability, calibration.answer_from - _LESS) if unmatched else probability


def _with_phrase(generation: Generation, phrase: str, lang: str) -> set[int] | None:
    """Articles in whose title or one of whose passages the phrase stands; None when it is only small words.

    Small words stand everywhere and are in no index, so a phrase of nothing else is not insisted on.
    """
    pattern = phrase_pattern(phrase)
    rows: set[int] = set()
    said = False
    for name in generation.manifest.families:
        wanted = list(dict.fromkeys(tokens(phrase, lang if name == "und" else name, query=True)))
        said = said or bool(wanted)
        known = _found(generation, name, wanted) if pattern and wanted else set()
        rows |= {row for row, text in _texts_with(generation, name, known, wanted) if pattern and pattern.search(text)}
    return rows if said else None


def _texts_with(generation: Generation, name: str, rows: set[int], wanted: Sequence[str]) -> Iterator[tuple[int, str]]:
    """(article row, plain text) of each passage that holds all the tokens, with its article's title."""
    lexicon = generation.lexicons[name]
    ids = lexicon.lookup(wanted)
    if not rows or None in ids:
        return
    borders = generation.first_passage
    passages = np.concatenate([np.arange(borders[r], borders[r + 1]) for r in sorted(rows)])
    _, share = lexicon.passages.scores(generation.passage_in_family[passages], lexicon.passages.terms(ids))
    for number in passages[share > _ALL].tolist():
        passage, row = generation.passages[number], int(generation.passage_article[number])
        # Far enough apart for no phrase to reach from one into the next.
        yield row, plain("\n\n\n\n".join((generation.articles[row].title, passage.heading, passage.text)))


def _with_code(generation: Generation, code: Code) -> set[int]:
    """Articles with the code in one piece, however it is joined; else, for a sure one, with its parts side by side."""
    rows: set[int] = set()
    for name in generation.manifest.families:
        if code.compact in generation.lexicons[name].ids:
            rows |= _found(generation, name, [code.compact])
    if rows or not code.sure:
        return rows
    pattern, pieces = code_pattern(code), code.pieces
    runs = ["".join(pieces[i:j]) for i in range(len(pieces)) for j in range(i + 1, len(pieces) + 1)]
    for name in generation.manifest.families:
        known = [run for run in runs if run in generation.lexicons[name].ids]
        rows |= {r for r in _found(generation, name, known) if pattern.search(_text(generation, r))}
    return rows


def _found(generation: Generation, name: str, wanted: Sequence[str]) -> set[int]:
    if not wanted:
        return set()
    found = generation.keyword[name].search(wanted, _READ)
    return {int(generation.family_articles[name][row]) for row, _ in found}


def _text(generation: Generation, row: int) -> str:
    """Everything a reader can see of an article, as phrases and codes are compared."""
    first, last = generation.first_passage[row], generation.first_passage[row + 1]
    parts = [generation.articles[row].title]
    for number in range(first, last):
        passage = generation.passages[number]
        if passage.heading and passage.heading != parts[-1]:
            parts.append(passage.heading)
        parts.append(passage.text)
    return plain(re.sub(r"\s+", " ", " ".join(parts)))
