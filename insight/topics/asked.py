"""Pure: what was asked in vain in visits, and in which way.

A search counts once a visit, however often it was repeated; one that the next only goes on typing is part of that. What
searches in more than _ROBOT ways in a visit is no customer. A search without a visit (of a program, or of a browser
without scripts) counts once an hour, and only where it had no answer: whether a result was opened is not known.
"""

from collections.abc import Iterable, Sequence

from index.query.language import detect
from insight.counting import evened, opened_from
from insight.outcomes import Outcome, Step, Visit, article_of, helpful_votes
from insight.scrub import ADDRESS, NUMBER
from insight.topics.models import Asked, How

_ROBOT = 30
_SHORTEST = 2
_HOUR_MS = 3_600_000


def asked_in_vain(visits: Iterable[Visit], alone: Iterable[Step]) -> list[Asked]:
    found = [asked for visit in visits for asked in _of_visit(visit)]
    seen: set[tuple[str, str, int]] = set()
    for step in alone:
        asked = _unanswered(step, failed=False)
        if asked is not None and (key := (asked.lang, asked.text, step.ms // _HOUR_MS)) not in seen:
            seen.add(key)
            found.append(asked)
    return found


def question_of(lang: str, words: str) -> tuple[str, str] | None:
    """The language and the text of a question, as equal ones share them; None for what says nothing. The marks of what
    was left out are no words of the customer's, and would be searched and offered as such."""
    text = text_of(words)
    if sum(sign.isalpha() for sign in text) < _SHORTEST:
        return None
    return detect(text, lang or None), text


def text_of(words: str) -> str:
    """What equal questions share."""
    text = evened(words)
    for mark in (ADDRESS, NUMBER):
        text = text.replace(mark, " ")
    return " ".join(text.split())


def _of_visit(visit: Visit) -> Iterable[Asked]:
    searches = [step for step in visit.steps if step.name == "search" and step.query]
    if len({evened(step.query) for step in searches}) > _ROBOT:
        return ()
    failed = visit.counts and visit.outcome is Outcome.FAILED
    opened = opened_from(visit.steps)
    disliked = {article for article, vote in helpful_votes(visit.steps).items() if not vote.data.get("helpful")}
    found: dict[tuple[str, str], Asked] = {}
    for place, step in enumerate(searches):
        if place + 1 < len(searches) and _goes_on(step, searches[place + 1]):
            continue
        asked = _searched(step, opened.get(step.id, ()), disliked, failed=failed)
        if asked is not None:
            found[asked.lang, asked.text] = asked
    for asked in _rejected(visit.steps, failed=failed):
        found[asked.lang, asked.text] = asked
    return found.values()


def _goes_on(step: Step, following: Step) -> bool:
    text, longer = evened(step.query), evened(following.query)
    return len(longer) > len(text) and longer.startswith(text)


def _searched(
    step: Step, opened: Sequence[tuple[str, str]], disliked: set[tuple[str, str]], *, failed: bool
) -> Asked | None:
    """The search as it was asked in vain; None if it was not."""
    unhelpful = [article for article in opened if article in disliked] or (opened if failed else ())
    if unhelpful:
        return _asked(step, How.UNHELPED, unhelpful[-1], failed=failed)
    if opened:
        return None
    shown = step.data.get("results") or ()
    # The page shows an answer at once: nobody has to open it.
    if shown and step.data.get("verdict") != "ask_human":
        in_vain = failed or step.data.get("verdict") == "suggest"
        return _asked(step, How.UNOPENED, shown[0], failed=failed) if in_vain else None
    return _unanswered(step, failed=failed)


def _unanswered(step: Step, *, failed: bool) -> Asked | None:
    if step.name != "search" or (step.data.get("verdict") != "ask_human" and step.data.get("results")):
        return None
    shown = step.data.get("results") or ((),)
    return _asked(step, How.UNANSWERED, shown[0], failed=failed)


def _rejected(steps: Sequence[Step], *, failed: bool) -> Iterable[Asked]:
    """Suggestions that did not help, each with the words it was suggested for."""
    last: Step | None = None
    for step in steps:
        if step.name in {"search", "suggestions_shown"} and step.query:
            last = step
        elif step.name == "suggestion_rejected" and last is not None:
            asked = _asked(last, How.UNHELPED, article_of(step), failed=failed)
            if asked is not None:
                yield asked


def _asked(step: Step, how: How, article: Sequence[str], *, failed: bool) -> Asked | None:
    question = question_of(step.lang, step.query)
    if question is None:
        return None
    return Asked(
        *question, " ".join(step.query.split()), how, "/".join(article).strip("/"), tickets=int(failed), event=step.id
    )
