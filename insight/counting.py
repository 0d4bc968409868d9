"""Pure: what is counted of a day's visits and events."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from insight import outcomes
from insight.outcomes import CONTACTS, OPENED, Outcome, Step, Visit, article_of
from insight.visit_reader import DAY_MS, DayOfVisits

SearchedBefore = Callable[[Step], bool]
CountKey = tuple[str, str, str, str, str, str]
QueryKey = tuple[str, str, str, str]
ReachedKey = tuple[str, str, str]
# Bytes of UTF-8, and of what strangers may put into a key beside it.
_WORDS_MAX, _NAMED_MAX = 1_500, 300
# The stages of a visit that counts, each with the events of which it holds one.
STAGES: Mapping[str, frozenset[str]] = {
    "searched": frozenset({"search"}), "suggested": frozenset({"suggestions_shown"}), "opened": OPENED,
    "read": frozenset({"article_read"}), "contact_opened": frozenset({"contact_opened"}), "contacted": CONTACTS,
}  # fmt: skip
_ENDS = " .,;:!?。，、？！"


@dataclass
class DayCounts:
    """What is stored of one day."""

    day: str
    visits: list[Visit] = field(default_factory=list)
    counts: Counter[CountKey] = field(default_factory=Counter)
    queries: dict[QueryKey, Counter[str]] = field(default_factory=dict)
    reached: dict[ReachedKey, Counter[str]] = field(default_factory=dict)
    spellings: dict[ReachedKey, Counter[str]] = field(default_factory=dict)

    def add(self, name: str, step: Step, key: str, categories: Iterable[str] = ()) -> None:
        for category in ("", *categories):
            self.counts[(name, step.site, step.where, step.lang, category, key)] += 1


def article_key(article: tuple[str, str]) -> str:
    return "/".join(article)


@dataclass
class Figures(DayCounts):
    """The same told the other way round: of each event by its id, the figures that count it, as name and key."""

    of: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))

    def add(self, name: str, step: Step, key: str, categories: Iterable[str] = ()) -> None:
        self.of[step.id].add((name, key))


def figures_of(
    visits: Iterable[Visit], alone: Mapping[str, Sequence[Step]], tickets: Sequence[Step], has_searched: SearchedBefore
) -> Mapping[str, set[tuple[str, str]]]:
    """Which figures count these events: those of whole visits, those without a visit by day, and tickets. Of a visit
    itself (`outcome`, `funnel`) nothing is said."""
    counted = Figures("")
    for one in visits:
        _count_steps(counted, one, lambda _step: True)
    for steps in alone.values():
        _count_alone(counted, steps)
    _count_tickets(counted, tickets, has_searched)
    return counted.of


def count(read: DayOfVisits, has_searched: SearchedBefore) -> DayCounts:
    """Everything that is counted of this day. `has_searched` says whether who sent a ticket searched before."""
    first = outcomes.milliseconds(f"{read.day}T00:00:00.000+00:00")
    counted = DayCounts(read.day)
    for one in read.visits:
        _count_visit(counted, one, first)
    _count_alone(counted, read.alone)
    _count_tickets(counted, [step for step in read.steps if step.name == "ticket_sent"], has_searched)
    return counted


def _count_visit(counted: DayCounts, one: Visit, first: int) -> None:
    """Add what of this visit is of this day: the visit itself to the day it began, an event to its own."""

    def today(step: Step) -> bool:
        return first <= step.ms < first + DAY_MS

    categories = sorted({step.category for step in one.steps if step.category})
    if today(one.start):
        counted.visits.append(one)
        if one.counts:
            counted.add("outcome", one.first, f"{one.at_end}>{one.outcome}", categories)
            _count_funnel(counted, one, categories)
    _count_steps(counted, one, today)
    _count_reached(counted, one, opened_from(one.steps), today)


def _count_steps(counted: DayCounts, one: Visit, today: Callable[[Step], bool]) -> None:
    """Add its events."""
    clicked = opened_from(one.steps)
    for step in one.steps:
        if step.name == "search" and today(step):
            _count_search(counted, step, step.id in clicked, one.counts and one.outcome is Outcome.FAILED)
        elif today(step):
            _count_other(counted, step)
    _count_articles(counted, one, today)


def _count_reached(counted: DayCounts, one: Visit, opened: Mapping[str, Sequence[tuple[str, str]]], today: Any) -> None:
    """Which searches led to which article: once a visit for the same words."""
    if not opened:
        return
    read = outcomes.read_articles(one.steps)
    helped = {article for article, vote in outcomes.helpful_votes(one.steps).items() if vote.data.get("helpful")}
    helped |= {article_of(step) for step in one.steps if step.name == "suggestion_solved"}
    seen: set[ReachedKey] = set()
    for step in one.steps:
        if step.name != "search" or not today(step) or not (words := evened(step.query)):
            continue
        for article in opened.get(step.id, ()):
            key = (*article, words)
            if key in seen:
                continue
            seen.add(key)
            row = counted.reached.setdefault(key, Counter())
            row["opened"] += 1
            row["read"] += article in read
            row["confirmed"] += article in helped
            row["failed"] += one.outcome is Outcome.FAILED
            counted.spellings.setdefault(key, Counter())[" ".join(step.query.split())] += 1


def opened_from(steps: Sequence[Step]) -> dict[str, list[tuple[str, str]]]:
    """What was opened of each search, by its id: the search an opened result names, else the last one before it that
    had shown the article; a result that none had shown is one of the last search."""
    ids = {step.id for step in steps if step.name == "search"}
    opened: dict[str, list[tuple[str, str]]] = defaultdict(list)
    searches: list[Step] = []
    for step in steps:
        if step.name == "search":
            searches.append(step)
        elif step.name in OPENED:
            named = step.data.get("search")
            if named in ids:
                opened[str(named)].append(article_of(step))
                continue
            article = list(article_of(step))
            shown = [one for one in searches if article in one.data.get("results", ())]
            if shown:
                opened[shown[-1].id].append(article_of(step))
            elif searches and step.name == "result_opened":
                opened[searches[-1].id].append(article_of(step))
    return opened


def _count_funnel(counted: DayCounts, one: Visit, categories: Sequence[str]) -> None:
    names = {step.name for step in one.steps}
    counted.add("funnel", one.first, "visits", categories)
    for stage, reached_by in STAGES.items():
        if names & reached_by:
            counted.add("funnel", one.first, stage, categories)


def _count_search(counted: DayCounts, step: Step, clicked: bool, failed: bool) -> None:
    verdict = str(step.data.get("verdict", ""))
    categories = [step.category] if step.category else []
    counted.add("search", step, verdict, categories)
    if not clicked:
        counted.add("no_click", step, verdict, categories)
    empty = not step.data.get("results")
    if empty:
        counted.add("no_results", step, verdict, categories)
    counted.add("search_hour", step, _hour(step), categories)
    words = evened(step.query)
    if words:
        row = counted.queries.setdefault((step.site, step.where, step.lang, words), Counter())
        row["searches"] += 1
        row[verdict] += 1
        row["no_click"] += not clicked
        row["no_results"] += empty
        row["failed"] += failed


def evened(query: str) -> str:
    """Words as they are counted together: small letters, without punctuation at the ends."""
    return cut(" ".join(query.casefold().split()).strip(_ENDS), _WORDS_MAX).strip(_ENDS)


def cut(text: str, most: int) -> str:
    """Its beginning of at most so many bytes of UTF-8. What is a key must fit into PostgreSQL's index, whose rows have
    at most 2,704 bytes, or nothing would be counted any more."""
    return text if len(text) * 4 <= most else text.encode()[:most].decode(errors="ignore")


def _hour(step: Step) -> str:
    """Day of the week (Monday is 0) and hour, UTC."""
    hours = step.ms // 3_600_000
    return f"{(hours // 24 + 3) % 7} {hours % 24:02}"


def _count_other(counted: DayCounts, step: Step) -> None:
    categories = [step.category] if step.category else []
    if step.name == "rating":
        counted.add("rating", step, str(step.data.get("score", "")), categories)
    elif step.name in {"contact_logged", "channel_chosen"}:
        counted.add(step.name, step, cut(str(step.data.get("channel", "")), _NAMED_MAX), categories)
    elif step.name in {"ticket_reopened", "contact_opened", "suggestions_shown"}:
        counted.add(step.name, step, "", categories)
    elif step.name == "suggestion_rejected":
        reason = cut(str(step.data.get("reason", "")), _NAMED_MAX)
        counted.add("rejected", step, f"{article_key(article_of(step))} {reason}", categories)


def _count_articles(counted: DayCounts, one: Visit, today: Any) -> None:
    """Each article once a visit, on the day it was first read, voted on or said to have solved it."""
    read: dict[tuple[str, str], Step] = {}
    solved: dict[tuple[str, str], Step] = {}
    for place, step in enumerate(one.steps):
        if step.name == "article_read" and article_of(step) not in read:
            read[article_of(step)] = step
            if today(step):
                _count_next(counted, one.steps, place)
        elif step.name == "suggestion_solved":
            solved.setdefault(article_of(step), step)
    for step in read.values():
        if today(step):
            _count_article(counted, "read", step)
            if any(ms >= step.ms for ms in one.contacts):
                _count_article(counted, "failed_after", step)
    for step in solved.values():
        if today(step):
            _count_article(counted, "solved", step)
    for step in outcomes.helpful_votes(one.steps).values():
        if today(step):
            _count_vote(counted, step)


def _count_article(counted: DayCounts, name: str, step: Step, more: str = "") -> None:
    counted.add(name, step, article_key(article_of(step)) + more, [step.category] if step.category else [])


def _count_vote(counted: DayCounts, step: Step) -> None:
    helpful = bool(step.data.get("helpful"))
    _count_article(counted, "helpful" if helpful else "unhelpful", step)
    if not helpful and step.data.get("reason"):
        _count_article(counted, "reason", step, f" {cut(str(step.data['reason']), _NAMED_MAX)}")


def _count_next(counted: DayCounts, steps: Sequence[Step], place: int) -> None:
    """What a reader did after an article: the first thing that is not about the same article."""
    article = article_of(steps[place])
    for step in steps[place + 1 :]:
        if step.name in CONTACTS or step.name in {"search", "contact_opened"}:
            _count_article(counted, "next", steps[place], f" {step.name}")
            return
        if step.name in {"article_read", *OPENED} and article_of(step) != article:
            _count_article(counted, "next", steps[place], " other_article")
            return
    _count_article(counted, "next", steps[place], " left")


def _count_alone(counted: DayCounts, alone: Sequence[Step]) -> None:
    """Events without a visit: of browsers without scripts, of programs, of mail, from before the ledger."""
    clicked = {str(step.data.get("search") or "") for step in alone if step.name == "result_opened"}
    for step in alone:
        if step.name == "search":
            _count_search(counted, step, step.id in clicked, failed=False)
        elif step.name == "vote":
            _count_vote(counted, step)
        elif step.name == "article_read":
            _count_article(counted, "read", step)
        elif step.name == "suggestion_solved":
            _count_article(counted, "solved", step)
        else:
            _count_other(counted, step)


def _count_tickets(counted: DayCounts, tickets: Sequence[Step], has_searched: SearchedBefore) -> None:
    for step in tickets:
        categories = [step.category] if step.category else []
        via = cut(str(step.data.get("via") or step.where), _NAMED_MAX)
        counted.add("ticket", step, via, categories)
        counted.add("ticket_hour", step, _hour(step), categories)
        if has_searched(step):
            counted.add("ticket_searched", step, via, categories)
