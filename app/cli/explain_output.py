"""Formats a ranking explanation as text and tables for a terminal, and as JSON for programs."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any
from unicodedata import east_asian_width

from index.models import Degraded, Verdict
from index.shown_passage import ChosenBy
from index.tools.explain import MAX_CANDIDATES, Candidate, ExpectedArticle, Explanation, MissReason, Part, ShownUrgent

# Fields that have other names in the JSON: programs read them, so they stay as they were released.
_JSON_NAMES = {"retrievers": "legs", "ranks": "legs", "code_boost": "lift"}
_COMPARED = 3
_PASSAGE, _PASSAGE_LISTED = 160, 70
_NAME = 30

RETRIEVERS = {"passages": "meaning", "titles": "titles"}
FEATURES = {
    "cosine": "meaning: nearest passage",
    "cosine_z": "meaning: stands out from all",
    "cosine_squared": "meaning: nearest passage, squared",
    "keyword": "words in the article",
    "keyword_root": "words in the article, root",
    "keyword_z": "words: stands out from all",
    "keyword_z_log": "words: stands out, log",
    "keyword_share": "words: against the best article",
    "keyword_share_squared": "words: against the best, squared",
    "passage": "words in one passage",
    "passage_root": "words in one passage, root",
    "passage_z": "passage: stands out from all",
    "passage_z_log": "passage: stands out, log",
    "passage_share": "passage: against the best",
    "coverage": "share of the question in one passage",
    "coverage_share": "the same, against the best",
    "title": "meaning: title and questions",
    "title_squared": "meaning: title, squared",
    "title_gap": "meaning: title, behind the best",
    "same_language": "in the question's language",
    "both": "meaning and words agree",
    "window": "meaning: nearest piece of a passage",
    "exact": "words exactly as written",
    "title_across": "title, in another language",
    "title_coverage": "title and words agree",
    "title_keyword": "title and article agree",
    "title_window": "title and nearest piece agree",
    "boost": "the author's boost",
}
# Feature groups by name prefix; all other features are in the last group.
GROUPS = {
    "meaning": ("cosine", "window"),
    "words": ("keyword", "passage", "coverage", "exact"),
    "titles and questions": ("title",),
    "language, and both agreeing": (),
}
SIGNALS = {
    "cosine": "nearest passage of the five",
    "cosine_first": "nearest passage of the first",
    "cosine_z": "stands out in meaning",
    "keyword": "words in an article",
    "coverage": "share of the question in a passage",
    "title": "nearest title or question",
    "foreign": "the first is in another language",
    "foreign_cosine": "nearest passage, if it is",
    "both": "meaning and words agree",
    "words": "length of the question",
    "coverage_words": "share of the question, by length",
    "score": "score of the first",
    "share": "share of the five in all scores",
    "gap": "distance to the sixth",
    "window": "nearest part of a passage of the five",
    "exact": "share of the question, words as written",
    "passage": "words in one passage",
    "brevity": "shortness of the question",
    "length": "length of the question, not in logarithms",
}
FIRST_SIGNALS = {
    "cosine_first": "nearest passage of the first",
    "window_first": "nearest part of one, of the first",
    "own_title_first": "nearest title or question of the first",
    "keyword_first": "words in the first",
    "passage_first": "words in one passage of the first",
    "coverage_first": "share of the question in a passage",
    "exact_first": "the same, words as written",
    "score": "score of the first",
    "share": "share of the first in all scores",
    "margin": "distance to the second",
    "margin_five": "distance to the next four",
    "margin_topic": "distance to the next on another topic",
    "near_topics": "share of the next that are on its topic",
    "votes": "share of evidence that puts it first",
    "words": "length of the question",
    "foreign": "the first is in another language",
    "unknown": "the question's words no article has",
    "unknown_most": "the most telling of these",
    "missing": "words it lacks, everyday ones aside",
    "missing_most": "the most telling of these",
    "rare_unknown": "words no article has, everyday ones aside",
    "rare_unknown_most": "the most telling of these",
    "passage_missing": "words its passage lacks, everyday aside",
    "passage_missing_most": "the most telling of these",
    "size": "how many articles there are",
    "size_cosine": "nearest passage, by how many there are",
}
# Of the many signals of the first confidence those that add less are summed up.
_SMALL = 0.1
# Two decimals are printed.
_VISIBLE = 0.005
SIGNALS |= {f"first/{name}": text for name, text in FIRST_SIGNALS.items()}


def to_json(found: Explanation) -> dict[str, Any]:
    """The whole explanation as an object of `flask kb explain --json`."""
    return asdict(found, dict_factory=lambda fields: {_JSON_NAMES.get(name, name): value for name, value in fields})


def lines(found: Explanation) -> Iterator[str]:
    """The whole explanation, line by line."""
    yield from _question(found)
    yield from _verdict(found)
    yield from _words(found)
    if found.candidates:
        yield from _candidates(found)
        yield from _features(found)
        yield from _signals(found)
    if found.expected:
        yield from _expected(found, found.expected)


def _question(found: Explanation) -> Iterator[str]:
    result = found.result
    reader = f", for a reader of {found.reader}" if found.reader else ""
    yield f"Question   {found.query}"
    yield f"Language   taken to be {result.lang}{reader}"
    if result.corrected:
        yield f"Spelling   answered as: {result.did_you_mean}"
    elif result.did_you_mean:
        yield f"Spelling   did you mean: {result.did_you_mean}"
    for name, values in (
        ("Phrases", found.phrases), ("Left out", found.excluded), ("Codes", found.codes), ("Synonyms", found.synonyms),
        ("Nowhere", result.unmatched),
    ):  # fmt: skip
        if values:
            yield f"{name:10} {', '.join(values)}"
    if found.embedded not in {"", found.asked}:
        yield f"Meaning    compared without names that nearly every article has: {found.embedded}"


def _verdict(found: Explanation) -> Iterator[str]:
    result = found.result
    yield f"Verdict    {result.verdict}: {_because(found)}"
    if found.urgent is not None:
        yield from _urgent(found.urgent)
    if result.degraded is not None:
        yield f"Missing    {_DEGRADED[result.degraded]}"


def _urgent(shown: ShownUrgent) -> Iterator[str]:
    yield f"Urgent     the message {shown.kind} ({shown.lang}: “{shown.title}”) is shown above everything else"
    yield f"           by {shown.why}, in: {_short(shown.sentence, _PASSAGE)}"
    if not shown.article:
        yield "           It names no article, and changes neither the order nor the verdict."
    elif shown.article_first:
        before = f"without it the verdict is {shown.verdict}"
        yield f"           Its article {shown.article} takes the first place; {before}."
    else:
        yield f"           It names the article {shown.article}, which changes neither the order nor the verdict."
    yield "           If that is no danger: `not:` in docs/authors/urgent.md."


_DEGRADED = {
    Degraded.KEYWORD_ONLY: "the language model: only words were compared, and nothing is answered outright.",
    Degraded.DEADLINE: "time: meaning, words, a corrected spelling or danger by meaning was too late.",
    Degraded.INDEXING: "some vectors: articles that are not embedded yet are found by their words only.",
    Degraded.LIMITED: "everything: this client searches too often.",
    Degraded.NO_INDEX: "the index: run `flask index build`.",
}


def _because(found: Explanation) -> str:
    result = found.result
    if result.degraded is Degraded.NO_INDEX:
        return "there is no index to search."
    if not result.hits:
        return "nothing was found, so the page offers a person."
    if found.urgent is not None and found.urgent.verdict is not result.verdict:
        return "an urgent message is shown, whose article stands first, and none is an answer in its place."
    if result.hits[0].pinned:
        return "an author pinned the first article to this question."
    if result.confidence is None or found.suggest_from is None or found.answer_from is None:
        return "this model has no calibration, so nothing is promised (`flask index calibrate`)."
    sure = f"{result.confidence:.2f}"
    if result.verdict is Verdict.ANSWER:
        least = f", at least {found.first_answer_from:.2f}" if found.first_answer_from is not None else ""
        return f"the first is very likely right ({_first(found)}{least}); the page shows its passage first."
    if result.verdict is Verdict.SUGGEST and result.degraded is not None:
        return f"a list to choose from ({sure}), since something was missing."
    if result.verdict is Verdict.SUGGEST and _by_signals(found) < found.suggest_from and not found.codes:
        return "a list to choose from: what was typed is one or two words, and an article has them."
    if result.verdict is Verdict.SUGGEST and found.is_guessed:
        return (
            f"a list to choose from: no article has what was typed, and what it was taken for"
            f" ({', '.join(found.synonyms)}) is a guess."
        )
    if result.verdict is Verdict.SUGGEST and found.is_mostly_unknown:
        return f"a list to choose from ({sure}): there are few articles, and none has most of what the question says."
    if result.verdict is Verdict.SUGGEST and found.missing_quantity:
        return f"a list to choose from ({sure}): {found.missing_quantity} is asked for, and the first names none."
    if result.verdict is Verdict.SUGGEST:
        listed = f"a list to choose from ({sure}: at least {found.suggest_from:.2f})"
        first, needed = result.first_confidence, found.first_answer_from
        if first is None or needed is None:
            return f"{listed}; nobody knows how likely the first is right."
        if first >= needed:  # of something else that the result has
            return f"{listed}."
        return f"{listed}; that the first is right is too uncertain for an answer ({_less(first, needed)})."
    return (
        f"likelier wrong than right ({_less(result.confidence, found.suggest_from)}); the page offers a person first."
    )


def _less(value: float, limit: float) -> str:
    """A value below its limit, said so that it is true as it is printed."""
    shown, least = f"{value:.2f}", f"{limit:.2f}"
    return f"{shown}, less than {least}" if shown != least else f"just below {least}"


def _by_signals(found: Explanation) -> float:
    """The confidence by its signals alone: codes, phrases and searches of few words set limits to it."""
    odds = (found.bias or 0.0) + sum(part.contribution for part in found.signals)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def _first(found: Explanation) -> str:
    sure = found.result.first_confidence
    return "unknown" if sure is None else f"{sure:.2f}"


def _words(found: Explanation) -> Iterator[str]:
    yield ""
    yield "Words, as each language's articles write them, and how many articles hold them (0: nobody wrote it)"
    for name, tokens in found.tokens.items():
        explained = ", ".join(f"{token.text} {token.articles}" for token in tokens)
        yield f"  {name:4} {explained or 'none'}"
    if not any(found.tokens.values()):
        yield "  There is nothing to look for."


def _candidates(found: Explanation) -> Iterator[str]:
    retrievers = list(found.retrievers)
    yield ""
    yield f"Articles   {found.weighed} weighed; their place in each leg, - where it did not propose them"
    heads = [RETRIEVERS.get(name, name.replace("keyword:", "words ")) for name in retrievers]
    yield f"  {'':>3} {'score':>7}  " + "  ".join(f"{head:>8}" for head in heads) + "  article"
    explained = list(found.candidates)
    own = found.expected.candidate if found.expected else None
    if own and own.place > len(explained):
        explained.append(own)
    for one in explained:
        places = "  ".join(f"{one.ranks[name] or '-':>8}" for name in retrievers)
        page = f"{one.shown} on the page" if one.shown else "not on the page"
        yield f"  {one.place:>3} {one.score:7.2f}  {places}  {_label(one)}  {one.title}  ({page})"
    first = found.candidates[0]
    yield ""
    yield f"Passage    of the first{f', under “{first.heading}”' if first.heading else ''}:"
    yield "  " + _short(" ".join(first.passage.split()), _PASSAGE)
    yield from _passages(found)
    if found.pinned:
        yield f"Pinned     {found.pinned}: an author put it first, whatever the scores."


def _passages(found: Explanation) -> Iterator[str]:
    """The best passages of the first article, and the one that is shown with why it is."""
    if found.chosen_by is None or len(found.passages) < 2:
        return
    ranked = sorted(found.passages, key=lambda one: -one.score)
    listed = [one for place, one in enumerate(ranked) if place < MAX_CANDIDATES or one.shown]
    yield f"Shown      since {_CHOSEN_BY[found.chosen_by]}. Its passages (of {len(ranked)}), * the one shown:"
    yield f"  {'':3} {'score':>6} {'meaning':>8} {'piece':>8} {'coverage':>8} {'words':>8}  heading: text"
    for one in listed:
        figures = f"{one.meaning:8.3f} {one.piece:8.3f} {one.coverage:8.3f} {one.words:8.3f}"
        said = f"{one.heading or '(introduction)'}: {' '.join(one.text.split())}"
        yield f"  {'*' if one.shown else '':3} {one.score:6.3f} {figures}  {_short(said, _PASSAGE_LISTED)}"


_CHOSEN_BY = {
    ChosenBy.SCORE: "no passage has more of the question's meaning and words",
    ChosenBy.SECTION: "its section answers better than the passage with the greatest score",
    ChosenBy.QUESTION: "it asks the question itself, as an FAQ does",
    ChosenBy.HEADING: "the question says what its heading says",
    ChosenBy.ACTION: "its heading names what is asked to be done",
    ChosenBy.ROW: "the question calls a row or a term of it by its name",
    ChosenBy.STEPS: "the question asks how to do something, and it has the steps",
}


def _features(found: Explanation) -> Iterator[str]:
    explained = list(found.candidates[:_COMPARED])
    own = found.expected.candidate if found.expected else None
    if own and own.place > len(explained):
        explained.append(own)
    yield ""
    if not explained[0].parts:
        yield "Scores     without the model, a score is words in the article and half of those in its best passage."
        return
    yield "Scores     what each feature adds (value × weight), by place"
    yield f"  {'':38} {'weight':>8} " + " ".join(f"{f'place {one.place}':>17}" for one in explained)
    for number, part in enumerate(explained[0].parts):
        if part.weight == 0:
            continue
        cells = " ".join(_cell(one.parts[number]) for one in explained)
        yield f"  {_wide(FEATURES.get(part.name, part.name), 38)} {part.weight:8.3f} {cells}"
    if any(one.boost != 1 for one in explained):
        yield f"  {'the author’s boost':47} " + " ".join(f"{one.boost:>17g}" for one in explained)
    if any(one.code_boost for one in explained):
        yield f"  {'holds the question’s codes':47} " + " ".join(f"{one.code_boost:>+17.2f}" for one in explained)
    yield f"  {'score':47} " + " ".join(f"{one.score:17.2f}" for one in explained)
    for group in GROUPS:
        sums = [sum(part.contribution for part in one.parts if _group(part.name) == group) for one in explained]
        yield f"  {f'  of which {group}':47} " + " ".join(f"{value:+17.2f}" for value in sums)


def _group(name: str) -> str:
    return next((group for group, starts in GROUPS.items() if name.startswith(starts)), list(GROUPS)[-1])


def _cell(part: Part) -> str:
    return f"{part.value:8.3f} {part.contribution:+8.2f}"


def _signals(found: Explanation) -> Iterator[str]:
    yield ""
    if found.bias is None:
        yield "Sureness   this model has no calibration."
        return
    yield "Sureness   what each signal adds to the odds that the answer is among the first five"
    small = [part.contribution for part in found.signals if abs(part.contribution) < _SMALL]
    for part in found.signals:
        if abs(part.contribution) >= _SMALL:
            explained = f"{part.value:8.3f} {part.contribution:+8.2f}"
            yield f"  {_wide(SIGNALS.get(part.name, part.name), 44)} {part.weight:8.3f} {explained}"
    if small:
        yield f"  {f'{len(small)} signals that add less than {_SMALL}':44} {'':8} {'':8} {sum(small):+8.2f}"
    odds = found.bias + sum(part.contribution for part in found.signals)
    yield f"  {'to begin with':44} {'':8} {'':8} {found.bias:+8.2f}"
    yield f"  {'together':44} {'':8} {'':8} {odds:+8.2f}"
    by_signals, counted = _by_signals(found), found.result.confidence
    yield f"  {'as a probability':44} {'':8} {'':8} {by_signals:8.2f}"
    if counted is not None and abs(counted - by_signals) >= _VISIBLE:
        yield f"  {'as it counts for what was typed':44} {'':8} {'':8} {counted:8.2f}"
    if found.first_bias is None or found.result.first_confidence is None:
        return
    yield ""
    yield "First      what each signal adds to the odds that the first is right"
    for part in found.first_signals:
        if part.weight:
            explained = f"{part.value:8.3f} {part.contribution:+8.2f}"
            yield f"  {_wide(FIRST_SIGNALS.get(part.name, part.name), 44)} {part.weight:8.3f} {explained}"
    odds = found.first_bias + sum(part.contribution for part in found.first_signals)
    yield f"  {'to begin with':44} {'':8} {'':8} {found.first_bias:+8.2f}"
    yield f"  {'together':44} {'':8} {'':8} {odds:+8.2f}"
    yield f"  {'as a probability':44} {'':8} {'':8} {found.result.first_confidence:8.2f}"


def _expected(found: Explanation, expected: ExpectedArticle) -> Iterator[str]:
    yield ""
    yield f"Expected   {expected.ref.lang}/{expected.ref.slug}"
    own = expected.candidate
    if own is None:
        yield f"  {_ABSENT[expected.absence or MissReason.NOT_INDEXED]}"
    elif own.place == 1:
        yield "  It is the first."
    else:
        lead = found.candidates[0].score - own.score
        yield f"  It is number {own.place} of {found.weighed}, {lead:.2f} behind the first."
        for name, lack in _greatest(expected.behind):
            yield f"  {lack:+8.2f}  {FEATURES.get(name, name)}"
    if own is not None and own.place > 1 and own.shown is None:
        yield "  It is too far down to be on the page."
    if expected.missing:
        yield f"  It does not hold these words of the question: {', '.join(expected.missing)}."
    if own is None or own.place > 1:
        yield "  What helps: docs/authors/findability.md."


_ABSENT = {
    MissReason.NOT_INDEXED: "Search does not have it: it is not published, kept out of search, or misspelt here.",
    MissReason.NO_LEG: "Nothing proposed it: none of its passages, title or questions is near; others hold more words.",
    MissReason.LEFT_OUT: "It was proposed and left out: readers cannot see it today, a quoted phrase is not in it, or a"
    " word with a minus is.",
}  # fmt: skip


def _greatest(behind: Sequence[tuple[str, float]]) -> list[tuple[str, float]]:
    """The greatest deficits, and the greatest advantages."""
    lacks = [pair for pair in behind if pair[1] < 0][:5]
    return lacks + [pair for pair in behind if pair[1] > 0][-2:]


def _label(one: Candidate) -> str:
    return _wide(f"{one.ref.lang}/{one.ref.slug}", _NAME)


def _wide(text: str, width: int) -> str:
    """Text padded to a display width in terminal columns, where East Asian wide characters take two."""
    taken = sum(2 if east_asian_width(c) in "WF" else 1 for c in text)
    return text + " " * max(0, width - taken)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + " …"
