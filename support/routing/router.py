"""Router: the team of a request is that of the first route whose conditions all hold, else of an article or the form,
else the default team. Every decision can be explained step by step.

Semantic routes need the embedder. Without it they are skipped, and the explanation says so.
"""

import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any

from core.events import emit
from index.analysis import fold
from index.models import UrgentMatch
from index.query.danger_sentences import sentences
from support.intake.forms import form_named
from support.routing.semantic_routing import SemanticRouting
from support.settings import SupportSettings
from support.teams.models import FieldPattern, Route
from support.teams.teams import DEFAULT, teams
from support.tickets.journey import Journey
from support.tickets.models import NewTicket, UrgentNotice

Handoffs = Callable[[Iterable[tuple[str, str]]], Iterable[str]]
# The urgent message that a text in a language calls for.
FindUrgent = Callable[[str, str], UrgentMatch | None]


def _nothing_urgent(text: str, lang: str) -> UrgentMatch | None:
    return None


_NOTHING = "nothing else matched"
NOTHING_MATCHED = f"{DEFAULT}: {_NOTHING}"


@dataclass(frozen=True)
class RoutingFacts:
    """The input of routing. `articles` are the slugs of what was opened or rejected, and `handoffs` the teams
    these articles name, the last opened first."""

    text: str = ""
    form: str = ""
    category: str = ""
    lang: str = ""
    page: str = ""
    product: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    articles: tuple[str, ...] = ()
    handoffs: tuple[str, ...] = ()


@dataclass(frozen=True)
class RoutingStep:
    """One rule that was evaluated, and its result."""

    rule: str
    matched: bool
    because: str


@dataclass(frozen=True)
class Decision:
    """The chosen team with its explanation. `steps` are in the order of evaluation; the last one decided."""

    team: str
    steps: tuple[RoutingStep, ...]

    @property
    def by(self) -> str:
        return f"{self.steps[-1].rule}: {self.steps[-1].because}"


class Router:
    """Decides by the settings. `handoffs` looks up the `handoff` of articles, given as (lang, slug). What is urgent
    goes to the team its message names, before all routes."""

    def __init__(
        self,
        settings: SupportSettings,
        handoffs: Handoffs,
        semantic_routing: "SemanticRouting",
        find_urgent: FindUrgent = _nothing_urgent,
    ):
        self._settings = settings
        self._teams = teams(settings)
        self.handoffs = handoffs
        self._semantic_routing = semantic_routing
        self._find_urgent = find_urgent

    def assign_team(self, new: NewTicket) -> NewTicket:
        """The ticket with its team, and whether it is urgent; one that names a team already keeps it."""
        own_words = f"{new.subject}\n{new.own_words}" if new.own_words else ""
        urgent = self.urgent(f"{new.subject}\n{new.message}", new.lang, own_words)
        new = replace(new, urgent=urgent)
        if urgent and urgent.team in self._teams and not new.routed_by:
            return replace(new, team=urgent.team, routed_by=f"urgent message {urgent.name}: {urgent.why}")
        if new.routed_by:
            return new
        try:
            decision = self.decide(self.facts(new))
        except Exception:  # whatever fails in routing, the request reaches the default team
            emit("routing_failed", trace=traceback.format_exc())
            return replace(new, team=DEFAULT, routed_by="default: routes failed, see the log")
        return replace(new, team=decision.team, routed_by=decision.by)

    def urgent(self, text: str, lang: str, own_words: str = "") -> UrgentNotice | None:
        """What somebody who writes this is told first; None when they do not seem to be in danger. It is looked for in
        `own_words` of the text, where that is given."""
        text, looked_at = text.strip(), (own_words or text).strip()
        found = self._find_urgent(looked_at, lang)
        if found is None:
            return None
        written, number = sentences(text), found.sentence
        if looked_at != text:
            read = sentences(looked_at)
            sentence = read[number] if number < len(read) else ""
            number = written.index(sentence) if sentence in written else 0
        article_lang, article = (found.article.lang, found.article.slug) if found.article else ("", "")
        return UrgentNotice(
            found.name, found.title, found.text, found.lang, found.channel, article_lang, article, found.team,
            found.why, str(len(written) - number),
        )  # fmt: skip

    def facts(self, new: NewTicket) -> RoutingFacts:
        looked_at = _unhelpful_articles(new.journey)
        return RoutingFacts(
            text=f"{new.subject}\n{new.message}".strip(),
            form=new.form,
            category=new.category,
            lang=new.lang,
            page=new.journey.page,
            product=new.product,
            fields=new.fields,
            articles=tuple(dict.fromkeys(slug for _lang, slug in looked_at)),
            handoffs=tuple(dict.fromkeys(name for name in self.handoffs(looked_at) if name)) if looked_at else (),
        )

    def decide(self, facts: RoutingFacts) -> Decision:
        """The team, and why."""
        steps: list[RoutingStep] = []
        for rule, route in self._routes():
            team, because = self._try(route, facts)
            steps.append(RoutingStep(rule, bool(team), because))
            if team:
                return Decision(team, tuple(steps))
        for name in facts.handoffs:
            known = name in self._teams
            because = f"an article they looked at hands over to {name}" + ("" if known else ", which is no team here")
            steps.append(RoutingStep("handoff of the article", known, because))
            if known:
                return Decision(name, tuple(steps))
        form = form_named(self._settings, facts.form)
        if form is not None and form.team != DEFAULT:
            return Decision(form.team, (*steps, RoutingStep(f"form {form.name}", True, "the form's own team")))
        return Decision(DEFAULT, (*steps, RoutingStep(DEFAULT, True, _NOTHING)))

    def _routes(self) -> list[tuple[str, Route]]:
        of_forms = [
            (f"route {number} of form {form.name}", route)
            for form in self._settings.forms
            for number, route in enumerate(form.routes, 1)
        ]
        return of_forms + [(f"route {number}", route) for number, route in enumerate(self._settings.routes, 1)]

    def _try(self, route: Route, facts: RoutingFacts) -> tuple[str, str]:
        """(team, why), or ('', why not). All conditions of a route must hold; the expensive one is evaluated last."""
        reasons = []
        for name, check in _CHECKS.items():
            if wanted := getattr(route, name):
                reason = check(wanted, facts)
                if not reason:
                    return "", f"{name} is not {_shown(wanted)}"
                reasons.append(reason)
        team = route.team
        if route.handoff is True:
            team = team or next((name for name in facts.handoffs if name in self._teams), "")
            if not team:
                return "", "no article they looked at hands over to a team here"
        if route.meaning:
            found, reason = self._nearest_team(facts.text, team)
            if not found:
                return "", reason
            team = found
            reasons.append(reason)
        return team, "; ".join(reasons)

    def _nearest_team(self, text: str, wanted: str) -> tuple[str, str]:
        """Semantic routing: the nearest team; with `wanted`, whether it is that one."""
        ranking = self._semantic_routing.ranking(text, self._teams.values())
        if isinstance(ranking, str):
            return "", ranking
        scores = ", ".join(f"{name} {score:.3f}" for name, score in ranking.scores[:3])
        if not ranking.clear:
            return "", f"no team is clearly nearest in meaning ({scores})"
        nearest = ranking.scores[0][0]
        if wanted and nearest != wanted:
            return "", f"nearest in meaning is {nearest} ({scores})"
        return nearest, f"nearest in meaning ({scores})"


def _unhelpful_articles(journey: Journey) -> tuple[tuple[str, str], ...]:
    """(lang, slug) of what was opened or rejected and did not help, the last first."""
    return tuple((s.lang, s.slug) for s in reversed(journey.suggestions) if (s.opened or s.rejected) and not s.solved)


def _one_of(name: str) -> Callable[[Any, RoutingFacts], str]:
    def check(wanted: tuple[str, ...], facts: RoutingFacts) -> str:
        value = getattr(facts, name)
        return f"{name} is {value}" if value in wanted else ""

    return check


def _like(name: str) -> Callable[[Any, RoutingFacts], str]:
    def check(wanted: tuple[str, ...], facts: RoutingFacts) -> str:
        value = str(getattr(facts, name)).casefold()
        found = next((p for p in wanted if value and fnmatchcase(value, p.casefold())), "")
        return f"{name} is like {found}" if found else ""

    return check


def _fields(wanted: tuple[FieldPattern, ...], facts: RoutingFacts) -> str:
    held = all(one.pattern.fullmatch(facts.fields.get(one.field, "")) for one in wanted)
    return f"field {', '.join(one.field for one in wanted)} fits" if held else ""


def _article(wanted: tuple[str, ...], facts: RoutingFacts) -> str:
    found = next((slug for slug in facts.articles if slug in wanted), "")
    return f"they looked at {found}" if found else ""


def _handoff(wanted: bool | tuple[str, ...], facts: RoutingFacts) -> str:
    if isinstance(wanted, bool):
        return "; ".join(f"an article hands over to {name}" for name in facts.handoffs[:1]) or "handoff"
    found = next((name for name in facts.handoffs if name in wanted), "")
    return f"an article hands over to {found}" if found else ""


def _keywords(wanted: tuple[str, ...], facts: RoutingFacts) -> str:
    found = next((word for word in wanted if has_word_prefix(facts.text, word)), "")
    return f"the text has “{found}”" if found else ""


def has_word_prefix(text: str, word: str) -> bool:
    """Whether a word begins with `word`, whatever its endings, case and marks. Chinese has no spaces: anywhere."""
    text, word = fold(text.casefold()), fold(word.casefold())
    at = text.find(word)
    while at >= 0:
        before = text[at - 1] if at else " "
        if not before.isalnum() or not word[0].isascii() or not before.isascii():
            return True
        at = text.find(word, at + 1)
    return False


def _shown(wanted: bool | tuple[str, ...] | tuple[FieldPattern, ...]) -> str:
    if isinstance(wanted, bool):
        return "set"
    if fields := [f"{one.field} like {one.pattern.pattern}" for one in wanted if isinstance(one, FieldPattern)]:
        return ", ".join(fields)
    return " or ".join(map(str, wanted))


# The cheap ones first; `meaning` is evaluated after all of them.
_CHECKS: dict[str, Callable[[Any, RoutingFacts], str]] = {
    "form": _one_of("form"),
    "category": _one_of("category"),
    "lang": _one_of("lang"),
    "page": _like("page"),
    "product": _like("product"),
    "fields": _fields,
    "article": _article,
    "handoff": _handoff,
    "keywords": _keywords,
}
