"""Pure: what readers would lose by a publish, and whether that is so much that a person must say so.

An empty, unmounted or misnamed folder looks like one whose articles were all removed, so a publish that takes away more
than a fifth of the articles, or every article of a language, is not done on the word of a folder. An article is lost
when readers could read it (or would have, on its date) and no longer can: because its file is gone, became a draft, or
expires, or because nothing is left of its text. A file that was moved or renamed is none, nor is a draft.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum

from kb.markup.comments import without_comments
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


def has_text(markdown: str) -> bool:
    """Whether a page of it shows more than headings: words, or a picture or file."""
    lines = without_comments(markdown).split("\n")
    return any(line[:1] != "#" and any(map(str.isalnum, line)) for line in lines)


@dataclass(frozen=True)
class Before:
    """An article as it is published, or was a moment ago: as much of it as the rule needs."""

    title: str
    standing: Standing


Bodies = Callable[[Collection[ArticleRef]], Mapping[ArticleRef, str]]
# What an article said earlier, as (title, Markdown): it may have been edited since it took another one's place.
Earlier = Callable[[Collection[ArticleRef]], Mapping[ArticleRef, tuple[str, str]]]


def removals(
    before: Mapping[ArticleRef, Before],
    after: Iterable[Article],
    day: date,
    body_of: Bodies,
    earlier: Earlier = lambda _refs: {},
) -> Removals:
    """What readers would lose of `before` if `after` were published on `day`.

    `body_of` reads the Markdown of articles of `before`, `earlier` what others said first; both are asked only where
    that decides.
    """
    published = {article.ref: article for article in after}
    now = {ref: standing_of(article, day) for ref, article in published.items()}
    open_before = {ref: was for ref, was in before.items() if was.standing > Standing.HIDDEN}
    open_now = {ref for ref, how in now.items() if how > Standing.HIDDEN}
    bare = {ref for ref in open_now if not has_text(published[ref].markdown)}
    had_text = {ref for ref, body in body_of(bare & open_before.keys()).items() if has_text(body)} if bare else set()
    lost = [ref for ref, was in open_before.items() if now.get(ref, Standing.HIDDEN) < was.standing or ref in had_text]
    left = {ref.lang for ref in open_now - had_text}
    languages = tuple(sorted({ref.lang for ref in open_before} - left))
    fresh = sorted(open_now - open_before.keys())
    if lost and fresh:
        said = earlier(fresh)
        texts = {ref: [(published[ref].title, published[ref].markdown)] for ref in fresh}
        for ref in said.keys() & texts.keys():
            texts[ref].append(said[ref])
        lost = _not_moved(lost, before, texts, bare, body_of)
    return Removals(tuple(sorted(Lost(ref, before[ref].title) for ref in lost)), len(open_before), languages)


def together(
    one: Removals,
    since: Removals,
    today: Mapping[ArticleRef, Before],
    before: Mapping[ArticleRef, Before],
    bodies: tuple[Bodies, Bodies],
) -> Removals:
    """What one publish takes away of `today`, with what went since a while `before` it; `bodies` are of both.

    What was there before is judged by that alone: an article that was renamed some publishes ago is no loss of today.
    One that stood for an article that is lost is no second loss.
    """
    new = [
        lost.ref for lost in one.lost if lost.ref not in before or before[lost.ref].standing < today[lost.ref].standing
    ]
    if new and since.lost:
        said = bodies[1]([lost.ref for lost in since.lost])
        texts = {lost.ref: [(lost.title, said[lost.ref])] for lost in since.lost}
        new = _not_moved(new, today, texts, (), bodies[0])
    lost = {*since.lost, *(Lost(ref, today[ref].title) for ref in new)}
    languages = {*one.languages, *since.languages}
    return Removals(tuple(sorted(lost)), max(one.of, since.of, len(lost)), tuple(sorted(languages)))


def _not_moved(
    lost: Collection[ArticleRef],
    before: Mapping[ArticleRef, Before],
    fresh: Mapping[ArticleRef, Collection[tuple[str, str]]],
    bare: Collection[ArticleRef],
    body_of: Bodies,
) -> list[ArticleRef]:
    """Those of which no new article of the same language has, or had, the text or the title; each counts for one.

    A new one without any text (`bare`) stands for none that had some.
    """
    by_text: dict[tuple[str, str], list[ArticleRef]] = defaultdict(list)
    by_title: dict[tuple[str, str, bool], list[ArticleRef]] = defaultdict(list)
    for ref, texts in fresh.items():
        for title, markdown in texts:
            if ref not in bare:
                by_text[ref.lang, markdown.strip()].append(ref)
            by_title[ref.lang, title.casefold(), ref in bare].append(ref)
    bodies = body_of(lost)
    used: set[ArticleRef] = set()

    def takes(candidates: list[ArticleRef]) -> bool:
        while candidates:
            ref = candidates.pop()
            if ref not in used:
                used.add(ref)
                return True
        return False

    def unlike(refs: Collection[ArticleRef], places: Callable[[ArticleRef], list[ArticleRef]]) -> Iterator[ArticleRef]:
        return (ref for ref in refs if not takes(places(ref)))

    def with_text(ref: ArticleRef) -> list[ArticleRef]:
        text = bodies.get(ref, "").strip()
        return by_text.get((ref.lang, text), []) if text else []

    def with_title(ref: ArticleRef) -> list[ArticleRef]:
        title = before[ref].title.casefold()
        found = by_title.get((ref.lang, title, False), [])
        return found if has_text(bodies.get(ref, "")) else found or by_title.get((ref.lang, title, True), [])

    return list(unlike(list(unlike(lost, with_text)), with_title))


def removals_in_words(found: Removals) -> str:
    """What would be lost and what to do, in sentences, for a terminal."""
    share = f"{len(found.lost)} of {found.of} articles"
    languages = " and ".join(found.languages)
    of_language = f", all there are in {languages}" if languages else ""
    return (
        f"it would remove {share}{of_language}. Is it the right folder, and is it whole? If they are meant to go, run"
        " `flask kb publish --allow-removals`."
    )
