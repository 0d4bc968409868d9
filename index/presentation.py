"""What of a result is shown: one hit an article, in the reader's language, and how many articles are worth a look.

None of this decides anything: the order and the verdict stand when it is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.texts.languages import fallbacks
from index.analysis import spans
from index.marking import answering_sentence
from index.models import ArticleHit, SearchQuery
from index.parts.passages import IndexedPassage
from index.protocols import Vectors
from index.query.asked_for import asks_for_number
from index.ranking.candidates import FALLBACK_LANGUAGE, CandidateSet, Ranking
from index.ranking.confidence import SHOWN
from index.shown_passage import ChosenBy, leads_to, passages_asked_for, passages_to_show
from index.storage.generation import Generation
from index.wanted_words import WantedWords, highlight_tokens
from kb.markup.answer_parts import numbers_with
from kb.markup.excerpt import (
    SentencePlace,
    announces,
    belongs_with,
    joined,
    sentence_places,
    with_announced,
    with_section,
    without_section,
)

# Of one section so much HTML at most is one result.
_MOST_TOGETHER = 12_000
# Scores are log-odds: an article this far below the best is the right one once in twenty times at most. Of the demo's
# typed questions 99 % have theirs within 2.2.
PLAUSIBLE_GAP = 3.0
# The first three may be further below it. Of 87 strangers' questions to the demo none had its article beyond, where
# four in ten second and third results stood.
FIRST_GAP, _FIRST = 4.0, 3
# A question that says little, or nothing that articles say, is about as near to all of them, as many as a page has. Its
# confidence is that the answer is among five; of 25 such questions of strangers one had its article beyond.
_MOST = SHOWN


def article_hits(generation: Generation, ranking: Ranking, lang: str, query: SearchQuery) -> tuple[ArticleHit, ...]:
    """The best articles, one hit for all translations of an article, in the reader's language where it exists."""
    candidates, scores = ranking.candidates, ranking.scores
    hits: list[ArticleHit] = []
    shown = _shown(generation, ranking, (*fallbacks(query.lang or lang), lang, FALLBACK_LANGUAGE), query.limit)
    wanted = _wanted(generation, candidates, lang, [version for _, version in shown])
    rows = [version for _, version in shown]
    choices = passages_asked_for(generation, candidates, rows, wanted)
    passages = passages_to_show(generation, rows, [choice.passage for choice in choices])
    for (i, version), passage in zip(shown, passages, strict=True):
        article = generation.articles[version]
        tag = article.lang
        score = float(scores[i])
        is_pinned = article.key == candidates.pinned_key
        hits.append(article_hit(generation, version, passage, score, wanted[tag], candidates.vectors, pinned=is_pinned))
        if len(hits) == 1:
            hits[0] = _whole(generation, version, passage, hits[0])
    return tuple(hits)


def why_first_passage(
    generation: Generation, ranking: Ranking, lang: str, query: SearchQuery
) -> tuple[int, int, ChosenBy] | None:
    """The article row of the first result, the passage of it that is shown, and why; None without results."""
    shown = _shown(generation, ranking, (*fallbacks(query.lang or lang), lang, FALLBACK_LANGUAGE), 1)
    if not shown:
        return None
    rows = [version for _, version in shown]
    wanted = _wanted(generation, ranking.candidates, lang, rows)
    (choice,) = passages_asked_for(generation, ranking.candidates, rows, wanted)
    (passage,) = passages_to_show(generation, rows, [choice.passage])
    return rows[0], passage, choice.by


def _wanted(generation: Generation, candidates: CandidateSet, lang: str, rows: Sequence[int]) -> dict[str, WantedWords]:
    """The words to highlight in articles of each language of some rows."""
    text = candidates.parsed_query.text
    asks = asks_for_number(text)
    return {
        tag: WantedWords(highlight_tokens(candidates, tag, lang), tag, generation, asks_for_number=asks, question=text)
        for tag in {generation.articles[version].lang for version in rows}
    }


def _shown(generation: Generation, ranking: Ranking, preferred: Sequence[str], limit: int) -> list[tuple[int, int]]:
    """(candidate, row of the version to show) of the best articles."""
    candidates = ranking.candidates
    found: list[tuple[int, int]] = []
    listed_keys: set[str] = set()
    for i in ranking.order:
        row = int(candidates.rows[i])
        article = generation.articles[row]
        if article.key in listed_keys:
            continue
        listed_keys.add(article.key)
        family_of = [r for r in generation.rows_by_key[article.key] if r in candidates.passages]
        version = min(
            family_of,
            key=lambda r: (
                preferred.index(generation.articles[r].lang)
                if generation.articles[r].lang in preferred
                else len(preferred) + (r != row)
            ),
        )
        found.append((int(i), version))
        if len(found) >= limit:
            break
    return found


def article_hit(
    generation: Generation,
    row: int,
    passage: int,
    score: float,
    wanted: WantedWords | None,
    vectors: Mapping[str, Vectors] | None,
    *,
    pinned: bool = False,
) -> ArticleHit:
    """An article row with one of its passages; `wanted` are the words to highlight, of its language."""
    article, best = generation.articles[row], generation.passages[passage]
    highlights = tuple(spans(best.text, article.lang, wanted.tokens)) if wanted and wanted.tokens else ()
    sentence = answering_sentence(generation, row, passage, best, vectors, highlights, wanted)
    html = best.html
    if passage + 1 < int(generation.first_passage[row + 1]) and announces(html):
        generation.prepare_shown([passage + 1])
        following = generation.passages[passage + 1]
        if (following.anchor, following.heading) == (best.anchor, best.heading):
            html = with_announced(html, following.html)
    return ArticleHit(
        article.ref, article.key, article.title, article.category, best.anchor, best.heading, best.text,
        highlights, score, html=html, sentence=sentence,
        highlight=None if sentence is None else _range(best, sentence), pinned=pinned,
    )  # fmt: skip


def _range(stored: IndexedPassage, sentence: int) -> tuple[int, int]:
    """Where all that is marked with a sentence begins and ends."""
    numbers = numbers_with(stored.html, sentence)
    return stored.sentences[numbers[0]][0], stored.sentences[numbers[-1]][1]


def _whole(generation: Generation, row: int, passage: int, hit: ArticleHit) -> ArticleHit:
    """The first result with the rest of its steps and with their warning, which a long section has in its next parts;
    else with what its introduction leads to. It says whether the section goes on."""
    html, last = generation.passages[passage].html, int(generation.first_passage[row + 1])
    at, size = passage + 1, len(html)
    while at < last:
        generation.prepare_shown([at])
        following = generation.passages[at]
        if (following.anchor, following.heading) != (hit.anchor, hit.heading):
            break
        size += len(following.html)
        if not html or size > _MOST_TOGETHER or not belongs_with(html, following.html):
            return replace(hit, html=html if at > passage + 1 else hit.html, continues=True)
        html, at = joined(html, following.html), at + 1
    if at > passage + 1:
        return replace(hit, html=html)
    return replace(hit, html=_with_what_it_leads_to(generation, row, passage, hit.html))


def _with_what_it_leads_to(generation: Generation, row: int, passage: int, html: str) -> str:
    """The quotation of an article's introduction with the steps or the table that it leads to.

    Introductions say what customers say ("Are you locked out?") and mean a question best; the answer is often below.
    """
    first, last = int(generation.first_passage[row]), int(generation.first_passage[row + 1])
    own = generation.passages[passage]
    if own.heading or not first < passage < last - 1:
        return html
    generation.prepare_shown([passage + 1])
    following = generation.passages[passage + 1]
    return with_section(html, following.heading, following.html) if leads_to(own, following) else html


def in_danger(hit: ArticleHit) -> ArticleHit:
    """A hit as it is shown to somebody in danger: where a warning stands first in its quotation, nothing below that
    is marked, and no other section added."""
    places = sentence_places(hit.html)
    if SentencePlace.WARNING in places and (own := without_section(hit.html)) != hit.html:
        hit = replace(hit, html=own)
    if hit.sentence is None or SentencePlace.WARNING not in places or places[hit.sentence] is SentencePlace.WARNING:
        return hit
    return replace(hit, sentence=None, highlight=None)


def plausible(hits: Sequence[ArticleHit]) -> int:
    """How many of the hits, from the first on, are near enough to the best one to be shown without being asked for."""
    ranked = [hit.score for hit in hits if not hit.pinned]
    if not ranked:
        return len(hits)
    best, pinned = max(ranked), len(hits) - len(ranked)
    near = sum(score >= best - PLAUSIBLE_GAP for score in ranked) + pinned
    near = min(near, _MOST)
    return max(near, min(_FIRST, sum(score >= best - FIRST_GAP for score in ranked) + pinned))
