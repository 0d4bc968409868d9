"""Phrase and exact-code matching, and exclusion of unwanted words (`"two words"`, `ERR_2041`, `-word`)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from index.analysis import family, tokens
from index.query.parser import Code, ParsedQuery, code_pattern, phrase_pattern
from index.query.plain_text import plain
from index.ranking.confidence import Calibration
from index.storage.generation import Generation

# A phrase is verified in at most this many articles, the best by BM25.
_CANDIDATE_DEPTH = 200
# Two words are looked for side by side in at most this many articles, at every question that may mean one word by them.
_APART_DEPTH = 20
# Score added for containing the code: large, but `WH-1000XM4 return` may still be about returns.
CODE_BOOST = 3.0
_EPSILON = 0.001
# Coverage of 1, less rounding: shares are sums of floats.
_ALL_TOKENS = 0.999


@dataclass(frozen=True)
class PhraseMatches:
    """`phrases`: each phrase with the article rows that contain it; `codes` likewise.

    Ambiguous codes (`sure` is False) that no article contains are left out.
    """

    phrases: tuple[tuple[str, frozenset[int]], ...] = ()
    codes: tuple[tuple[Code, frozenset[int]], ...] = ()

    @property
    def rows(self) -> set[int]:
        """Article rows that contain any phrase or code."""
        return {row for _, rows in (*self.phrases, *self.codes) for row in rows}

    def filter_rows(self, rows: Sequence[int]) -> tuple[list[int], tuple[str, ...]]:
        """The rows that contain the phrases, and the phrases and unambiguous codes that none of the rows contains.

        A phrase that would filter out every row is not applied.
        """
        remaining, missing = list(rows), []
        for phrase, matching in self.phrases:
            matching_rows = [r for r in remaining if r in matching]
            if matching_rows:
                remaining = matching_rows
            else:
                missing.append(phrase)
        missing_text = " ".join(missing)
        unknown = (code.typed for code, matching in self.codes if code.sure and matching.isdisjoint(rows))
        missing += [code for code in unknown if code not in missing_text]
        return remaining, tuple(missing)

    def code_boost(self, rows: Sequence[int]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        """The boost for each row: CODE_BOOST times the share of the codes it contains."""
        if not self.codes:
            return np.zeros(len(rows), np.float32)
        code_shares = [sum(r in matching for _, matching in self.codes) / len(self.codes) for r in rows]
        return CODE_BOOST * np.array(code_shares, np.float32)


def find_matches(generation: Generation, query: ParsedQuery, lang: str) -> PhraseMatches:
    """Match a query's phrases and codes in all languages of the collection."""
    if not query.phrases and not query.codes:
        return PhraseMatches()
    phrases = tuple(
        (p, frozenset(rows)) for p in query.phrases if (rows := _rows_with_phrase(generation, p, lang)) is not None
    )
    codes = tuple((c, frozenset(_rows_with_code(generation, c))) for c in query.codes)
    return PhraseMatches(phrases, tuple((c, rows) for c, rows in codes if rows or c.sure))


def exclude(generation: Generation, rows: Iterable[int], excluded: Sequence[str], lang: str) -> list[int]:
    """The rows less those whose article contains an excluded word, in any of its translations among the rows."""
    remaining = list(rows)
    if not excluded:
        return remaining
    excluded_keys: set[str] = set()
    for name in generation.manifest.families:
        lexicon = generation.lexicons[name]
        own = np.array([r for r in remaining if generation.article_family[r] == name], np.int64)
        for word in excluded:
            query_tokens = dict.fromkeys(tokens(word, lang if name == "und" else name, query=True))
            ids = lexicon.lookup(list(query_tokens))
            if not ids or None in ids:
                continue
            level = lexicon.articles
            _, share = level.scores(generation.row_in_family[own], level.terms(ids))
            excluded_keys |= {generation.articles[r].key for r in own[share > _ALL_TOKENS]}
    return [r for r in remaining if generation.articles[r].key not in excluded_keys]


def adjust_confidence(
    probability: float | None,
    calibration: Calibration | None,
    query: ParsedQuery,
    unmatched: Sequence[str],
    has_code: bool,
) -> float | None:
    """The probability adjusted for phrases and codes: an unmatched one rules out ANSWER; a query of codes alone is at
    least SUGGEST if one matches, and ASK_HUMAN if none does."""
    if probability is None or calibration is None:
        return probability
    if query.codes and query.is_only(query.codes):
        if has_code:
            return max(probability, calibration.suggest_from)
        if unmatched:
            return min(probability, calibration.suggest_from - _EPSILON)
    return min(probability, calibration.answer_from - _EPSILON) if unmatched else probability


def stand_apart(generation: Generation, lang: str, first: str, second: str) -> bool:
    """Whether two words stand one after the other in an article of the language, with a space or a mark between them;
    the second may have an ending."""
    pattern = re.compile(rf"(?<!\w){re.escape(plain(first))}[\W_]{{1,3}}{re.escape(plain(second))}")
    name = family(lang)
    wanted = list(dict.fromkeys(token for word in (first, second) for token in tokens(word, lang, query=True)))
    rows = _rows_with_tokens(generation, name, wanted, _APART_DEPTH)
    return any(pattern.search(text) for _, text in _texts_with(generation, name, rows, wanted))


def _rows_with_phrase(generation: Generation, phrase: str, lang: str) -> set[int] | None:
    """Articles whose title or one of whose passages contains the phrase; None for one of stop words only that no title
    has.

    Stop words are not indexed as keywords, so such a phrase (`"The Who"`) is looked up among words as written.
    """
    pattern = phrase_pattern(phrase)
    if pattern and not tokens(phrase, lang, query=True):
        return _rows_with_stop_words(generation, phrase, lang, pattern) or None
    rows: set[int] = set()
    has_tokens = False
    for name in generation.manifest.families:
        query_tokens = list(dict.fromkeys(tokens(phrase, lang if name == "und" else name, query=True)))
        has_tokens = has_tokens or bool(query_tokens)
        candidate_rows = _rows_with_tokens(generation, name, query_tokens) if pattern and query_tokens else set()
        rows |= {
            row
            for row, text in _texts_with(generation, name, candidate_rows, query_tokens)
            if pattern and pattern.search(text)
        }
    return rows if has_tokens else None


def _rows_with_stop_words(generation: Generation, phrase: str, lang: str, pattern: re.Pattern[str]) -> set[int]:
    name = family(lang)
    exact = generation.exact.get(name)
    if exact is None or not len(exact.known_forms):
        return set()
    passages = np.flatnonzero(generation.article_family[generation.passage_article] == name)
    terms = exact.terms(phrase, lang)
    _, share = exact.level.scores(generation.passage_in_family[passages], terms)
    rows = np.unique(generation.passage_article[passages[share > _ALL_TOKENS]]).tolist()
    return {row for row in rows if pattern.search(plain(generation.articles[row].title))}


def _texts_with(
    generation: Generation, name: str, rows: set[int], query_tokens: Sequence[str]
) -> Iterator[tuple[int, str]]:
    """(article row, plain text) of each passage that contains all the tokens, with its article's title."""
    lexicon = generation.lexicons[name]
    ids = lexicon.lookup(query_tokens)
    if not rows or None in ids:
        return
    first_passage = generation.first_passage
    passages = np.concatenate([np.arange(first_passage[r], first_passage[r + 1]) for r in sorted(rows)])
    _, share = lexicon.passages.scores(generation.passage_in_family[passages], lexicon.passages.terms(ids))
    containing = passages[share > _ALL_TOKENS].tolist()
    generation.passages.prepare(containing)
    for number in containing:
        passage, row = generation.passages[number], int(generation.passage_article[number])
        # Separated widely enough that no phrase matches across two of them.
        yield row, plain("\n\n\n\n".join((generation.articles[row].title, passage.heading, passage.text)))


def _rows_with_code(generation: Generation, code: Code) -> set[int]:
    """Articles with the code as one token, however it is joined; else, if unambiguous, with its parts adjacent."""
    rows: set[int] = set()
    for name in generation.manifest.families:
        if code.compact in generation.lexicons[name].ids:
            rows |= _rows_with_tokens(generation, name, [code.compact])
    if rows or not code.sure:
        return rows
    pattern, pieces = code_pattern(code), code.pieces
    runs = ["".join(pieces[i:j]) for i in range(len(pieces)) for j in range(i + 1, len(pieces) + 1)]
    for name in generation.manifest.families:
        known_runs = [run for run in runs if run in generation.lexicons[name].ids]
        rows |= {r for r in _rows_with_tokens(generation, name, known_runs) if pattern.search(_text(generation, r))}
    return rows


def _rows_with_tokens(
    generation: Generation, name: str, query_tokens: Sequence[str], depth: int = _CANDIDATE_DEPTH
) -> set[int]:
    if not query_tokens:
        return set()
    postings = generation.keyword[name].search(query_tokens, depth)
    return {int(generation.family_articles[name][row]) for row, _ in postings}


def _text(generation: Generation, row: int) -> str:
    """All visible text of an article, normalised for phrase matching."""
    first, last = generation.first_passage[row], generation.first_passage[row + 1]
    parts = [generation.articles[row].title]
    generation.passages.prepare(range(first, last))
    for number in range(first, last):
        passage = generation.passages[number]
        if passage.heading and passage.heading != parts[-1]:
            parts.append(passage.heading)
        parts.append(passage.text)
    return plain(re.sub(r"\s+", " ", " ".join(parts)))
