"""Pure: why those who asked about a topic found no help, told from what they did and from what search finds today."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from insight.topics.models import Cause, How
from kb.models import ArticleRef


@dataclass(frozen=True)
class Evidence:
    """How often a topic was asked in a language and a way. `article` is the one that was shown or opened."""

    lang: str
    how: How
    article: ArticleRef | None
    count: int


def diagnosis(
    evidence: Sequence[Evidence],
    found: Mapping[str, ArticleRef | None],
    readable: Callable[[ArticleRef, str], bool],
) -> tuple[Cause, ArticleRef | None]:
    """The cause that most of it speaks for, and the article it is about.

    `found` is what search finds today for the topic's questions in a language, None where it finds no answer;
    `readable` says whether readers of a language have that article in it.
    """
    weights: Counter[Cause] = Counter()
    articles: dict[Cause, Counter[ArticleRef]] = {cause: Counter() for cause in Cause}
    for one in evidence:
        cause, article = _of(one, found.get(one.lang), readable)
        # What nobody is counted for (a ticket after a search) speaks where nothing else does.
        weights[cause] += 1000 * one.count + 1
        if article is not None:
            articles[cause][article] += 1000 * one.count + 1
    cause = max(Cause, key=lambda one: weights[one])
    named = articles[cause]
    return cause, max(named, key=lambda ref: (named[ref], ref), default=None)


def _of(
    one: Evidence, nearest: ArticleRef | None, readable: Callable[[ArticleRef, str], bool]
) -> tuple[Cause, ArticleRef | None]:
    if one.how is How.UNHELPED and one.article is not None:
        told = readable(one.article, one.lang)
        return (Cause.DID_NOT_HELP if told else Cause.OTHER_LANGUAGE), one.article
    if nearest is None:
        return Cause.NO_ARTICLE, None
    if one.article is not None and not readable(one.article, one.lang):
        return Cause.OTHER_LANGUAGE, one.article
    if not readable(nearest, one.lang):
        return Cause.OTHER_LANGUAGE, nearest
    return (Cause.NOT_OPENED if one.how is How.UNOPENED else Cause.NOT_FOUND), nearest
