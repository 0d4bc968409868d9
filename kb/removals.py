"""Pure: what readers would lose by a publish, and whether that is so much that a person must say so.

An empty, unmounted or misnamed folder looks like one whose articles were all removed, so a publish that takes away more
than a fifth of the articles, or every article of a language, is not done on the word of a folder. An article is lost
when readers could read it (or would have, on its date) and no longer can: because its file is gone, became a draft, or
expires. A file that was moved or renamed is none, nor is a draft.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

from kb.models import Article, ArticleRef, Status

# A few articles may always go, however small the site.
FEW = 3
SHARE = 5  # more than one of so many
# What went within this time counts as one removal: a folder that is deleted file by file is seen in many small steps.
WINDOW = timedelta(hours=1)
_NAMED = 20


class Standing(IntEnum):
    """How far an article is open to readers; losing some of it is what counts."""

    HIDDEN = 0
    SCHEDULED = 1
    VISIBLE = 2


@dataclass(frozen=True, order=True)
class Lost:
    """An article that readers would no longer find."""

    ref: ArticleRef
    title: str


@dataclass(frozen=True)
class Removals:
    """What readers would lose: articles, of how many, and languages of which nothing would be left."""

    lost: tuple[Lost, ...] = ()
    of: int = 0
    languages: tuple[str, ...] = ()

    @property
    def too_many(self) -> bool:
        """Whether a person has to allow it."""
        return bool(self.languages) or (len(self.lost) > FEW and len(self.lost) * SHARE > self.of)

    @property
    def named(self) -> tuple[Lost, ...]:
        """The first twenty."""
        return self.lost[:_NAMED]


def standing(status: Status | str, publish_date: date | None, expiry_date: date | None, day: date) -> Standing:
    """How far an article with these fields is open to readers on `day`."""
    if status != Status.PUBLISHED or (expiry_date and day >= expiry_date):
        return Standing.HIDDEN
    return Standing.SCHEDULED if publish_date and day < publish_date else Standing.VISIBLE


def standing_of(article: Article, day: date) -> Standing:
    return standing(article.status, article.publish_date, article.expiry_date, day)


@dataclass(frozen=True)
class Before:
    """An article as it is published, or was a moment ago: as much of it as the rule needs."""

    title: str
    standing: Standing


def removals(
    before: Mapping[ArticleRef, Before],
    after: Iterable[Article],
    day: date,
    body_of: Callable[[Collection[ArticleRef]], Mapping[ArticleRef, str]],
) -> Removals:
    """What readers would lose of `before` if `after` were published on `day`.

    `body_of` reads the Markdown of articles of `before`; it is asked only where it decides.
    """
    published = {article.ref: article for article in after}
    now = {ref: standing_of(article, day) for ref, article in published.items()}
    open_before = {ref: was for ref, was in before.items() if was.standing > Standing.HIDDEN}
    lost = [ref for ref, was in open_before.items() if now.get(ref, Standing.HIDDEN) < was.standing]
    left = {ref.lang for ref, how in now.items() if how > Standing.HIDDEN}
    languages = tuple(sorted({ref.lang for ref in open_before} - left))
    fresh = [article for ref, article in published.items() if ref not in open_before and now[ref] > Standing.HIDDEN]
    if lost and fresh:
        lost = _not_moved(lost, before, fresh, body_of)
    return Removals(tuple(sorted(Lost(ref, before[ref].title) for ref in lost)), len(open_before), languages)


def _not_moved(
    lost: Collection[ArticleRef],
    before: Mapping[ArticleRef, Before],
    fresh: Iterable[Article],
    body_of: Callable[[Collection[ArticleRef]], Mapping[ArticleRef, str]],
) -> list[ArticleRef]:
    """Those of which no new article of the same language has the text or the title; each new one counts for one."""
    texts: Counter[tuple[str, str]] = Counter()
    titles: Counter[tuple[str, str]] = Counter()
    fresh = list(fresh)
    bodies = body_of(lost)
    gone_texts = Counter((ref.lang, bodies[ref].strip()) for ref in lost if bodies.get(ref, "").strip())
    for article in fresh:
        key = (article.lang, article.markdown.strip())
        if gone_texts[key] > texts[key]:
            texts[key] += 1
        else:
            titles[article.lang, article.title.casefold()] += 1
    left = []
    for ref in lost:
        body, title = (ref.lang, bodies.get(ref, "").strip()), (ref.lang, before[ref].title.casefold())
        if texts[body] > 0:
            texts[body] -= 1
        elif titles[title] > 0:
            titles[title] -= 1
        else:
            left.append(ref)
    return left


def removals_in_words(found: Removals) -> str:
    """What would be lost and what to do, in sentences, for a terminal."""
    share = f"{len(found.lost)} of {found.of} articles"
    languages = " and ".join(found.languages)
    of_language = f", all there are in {languages}" if languages else ""
    return (
        f"it would remove {share}{of_language}. Is it the right folder, and is it whole? If they are meant to go, run"
        " `flask kb publish --allow-removals`."
    )
