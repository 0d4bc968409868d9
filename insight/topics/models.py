"""The nouns of topics."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from kb.models import ArticleRef


class How(StrEnum):
    """In what way a question was asked in vain."""

    UNANSWERED = "unanswered"  # search had nothing, or offered a person first
    UNOPENED = "unopened"  # articles were shown and none was opened
    UNHELPED = "unhelped"  # one was opened, and did not help
    TICKET = "ticket"  # nobody is known to have searched: the subject of a ticket


class Cause(StrEnum):
    """Why the nearest article failed those who asked."""

    NO_ARTICLE = "no_article"
    NOT_FOUND = "not_found"
    NOT_OPENED = "not_opened"
    DID_NOT_HELP = "did_not_help"
    OTHER_LANGUAGE = "other_language"


class Status(StrEnum):
    """What became of a topic. All but IGNORED follow from what is done and asked; that one is somebody's decision."""

    OPEN = "open"
    DRAFTED = "drafted"  # an article was begun, or an article got the words
    CLOSED = "closed"  # then demand halved
    REOPENED = "reopened"  # and came back
    IGNORED = "ignored"


@dataclass(frozen=True)
class Asked:
    """A question that was asked in vain once. `text` is what equal questions share, `words` is how it was written.

    `article` is the one that was shown or opened, `lang/slug`, or ''. `tickets` is 1 if a contact followed; a `ticket`
    whose sender searched before has the `count` 0, since the search is counted. `event` is the id of what the ledger
    has of it.
    """

    lang: str
    text: str
    words: str
    how: How
    article: str = ""
    ticket: int = 0
    count: int = 1
    tickets: int = 0
    event: str = field(default="", compare=False)


@dataclass(frozen=True)
class AskedOn:
    """How often a question of a topic was asked in vain on a day, and how often a contact followed."""

    day: str
    lang: str
    text: str
    ticket: int
    count: int
    tickets: int


@dataclass(frozen=True)
class Subject:
    """The subject of a ticket, as the ledger's scrubber leaves it."""

    ticket: int
    day: date
    lang: str
    text: str


@dataclass(frozen=True)
class AskedQuestion:
    """A question of a topic, in customers' words, and how often it was asked in a period."""

    lang: str
    text: str
    count: int


@dataclass(frozen=True)
class Topic:
    """A topic in a period. `size` is how often its questions were asked in vain, `tickets` how often a contact
    followed, `weeks` the sizes by ISO week, oldest first, `titles` the most typical question of each language."""

    id: int
    titles: Mapping[str, str]
    size: int
    tickets: int
    weeks: Sequence[int]
    cause: Cause
    status: Status
    questions: Sequence[AskedQuestion]
    nearest: ArticleRef | None = None
    article: ArticleRef | None = None
    acted_on: date | None = None
    closed_on: date | None = None
    reopened_on: date | None = None

    @property
    def days_to_close(self) -> int | None:
        """From the article to the day on which a week's demand had halved."""
        return (self.closed_on - self.acted_on).days if self.closed_on and self.acted_on else None

    def title(self, langs: Sequence[str]) -> tuple[str, str]:
        """The language and the title a reader of these languages sees; ("", "") for one without words."""
        for lang in langs:
            if lang in self.titles:
                return lang, self.titles[lang]
        asked = {lang: sum(q.count for q in self.questions if q.lang == lang) for lang in self.titles}
        lang = max(asked, key=lambda one: (asked[one], one), default="")
        return lang, self.titles.get(lang, "")

    def as_json(self) -> dict[str, object]:
        near = self.nearest
        return {
            "id": self.id, "title": dict(self.titles), "size": self.size, "weeks": list(self.weeks),
            "tickets": self.tickets, "nearest": {"lang": near.lang, "slug": near.slug} if near else None,
            "cause": self.cause.value, "status": self.status.value,
            "questions": [{"lang": q.lang, "text": q.text, "count": q.count} for q in self.questions],
        }  # fmt: skip
