"""Input and output types of search. Callers decide by the verdict; raw scores are not comparable across queries."""

from dataclasses import dataclass
from enum import StrEnum

from kb.models import ArticleRef


class Verdict(StrEnum):
    """What the page should do: show an answer first, show a list, or offer contact with a person first."""

    ANSWER = "answer"
    SUGGEST = "suggest"
    ASK_HUMAN = "ask_human"


class Degraded(StrEnum):
    """Why a result is degraded. `None` on a result means that it is not."""

    KEYWORD_ONLY = "keyword_only"
    INDEXING = "indexing"  # some articles are found by their words only, until they are embedded
    DEADLINE = "deadline"
    NO_INDEX = "no_index"
    LIMITED = "limited"  # the client searches too often; nothing was searched


@dataclass(frozen=True)
class SearchQuery:
    """A search query. `lang` is the reader's language (None: unknown); filters are None when not set.

    `category` filters to a category and those in it, `language` to articles in one language, whatever the reader's.
    `as_typed` turns spelling correction off; without `looks_for_danger` nobody asks (it is a page's text, or a topic's
    questions once more), so no urgent message is looked for. `message` is all of what somebody is writing, where danger
    is looked for, while `text` may be a part of it or nothing; `raised_by` the sentence of it that raised the urgent
    message that they see already, which is looked at wherever it stands in the message.
    """

    text: str
    lang: str | None = None
    limit: int = 10
    category: str | None = None
    audience: str | None = None
    language: str | None = None
    as_typed: bool = False
    looks_for_danger: bool = True
    message: str = ""
    raised_by: str = ""

    @property
    def danger_in(self) -> str:
        """The text in which danger is looked for."""
        return self.message or self.text


@dataclass(frozen=True)
class ArticleHit:
    """One article, with its best passage. `highlights` are (start, end) character offsets into `passage` of the words
    that matched, `highlight` those of the sentence that answers.

    `pinned` says that an author pinned it to this query. `html` is the passage as a stored quotation, to be shown by
    kb.markup.excerpt.excerpt only; `sentence` is the number in it of the sentence that answers; `continues` that the
    section of the first result goes on below it.
    """

    ref: ArticleRef
    key: str
    title: str
    category: str
    anchor: str
    heading: str
    passage: str
    highlights: tuple[tuple[int, int], ...]
    score: float
    pinned: bool = False
    continues: bool = False
    html: str = ""
    sentence: int | None = None
    highlight: tuple[int, int] | None = None


@dataclass(frozen=True)
class UrgentMatch:
    """An author's urgent message that a text calls for, in the reader's language where it has one, else in the
    site's.

    `channel` is a kind of contact channel, `team` the team for such tickets ('': as routed). `why` names the author's
    phrase or example that matched, never the customer's words; `sentence` is the number of the one of theirs that did,
    as `index.query.danger_sentences.sentences` counts them from 0. `meant` says that no word of danger was found,
    listed or plain: its meaning alone looks like danger.
    """

    name: str
    lang: str
    title: str
    text: str
    article: ArticleRef | None
    channel: str
    team: str
    why: str
    sentence: int = 0
    meant: bool = False


@dataclass(frozen=True)
class SearchResult:
    """The result of a SearchQuery. `confidence` is the calibrated probability that the answer is among the first
    five hits, `first_confidence` the one that the first hit is right: ANSWER needs the latter. Both are None without a
    calibration for this model (the verdict is then never ANSWER).
    `hits` are filled whatever the verdict. `lang` is the detected language of the query.

    `did_you_mean` is the spelling correction of the query; with `corrected`, the hits are for the correction.
    `unmatched` are quoted phrases and codes that no article contains; the hits are found without them.
    `plausible` of the hits, the first ones, are near enough to the best to be shown without being asked for.
    `urgent` is to be shown above everything else.
    """

    query: str
    lang: str
    verdict: Verdict
    confidence: float | None
    hits: tuple[ArticleHit, ...]
    degraded: Degraded | None = None
    took_ms: float = 0.0
    did_you_mean: str | None = None
    corrected: bool = False
    unmatched: tuple[str, ...] = ()
    first_confidence: float | None = None
    plausible: int = 0
    urgent: UrgentMatch | None = None

    @property
    def plausible_hits(self) -> tuple[ArticleHit, ...]:
        """The hits to show where nobody can ask for more; all of them where none was compared with the best."""
        return self.hits[: self.plausible or len(self.hits)]
