"""What search takes and gives. Scores never leave this package as evidence; the verdict speaks for them."""

from dataclasses import dataclass
from enum import StrEnum

from kb.models import ArticleRef


class Verdict(StrEnum):
    """What the page should do: show an answer first, offer a list, or offer a person first."""

    ANSWER = "answer"
    SUGGEST = "suggest"
    ASK_HUMAN = "ask_human"


class Degraded(StrEnum):
    """What was missing when this result was made. `None` on a result means nothing was."""

    KEYWORD_ONLY = "keyword_only"
    DEADLINE = "deadline"
    NO_INDEX = "no_index"


@dataclass(frozen=True)
class SearchQuery:
    """A question. `lang` is the reader's language (None: unknown); filters are None when not wanted.

    `language` keeps to articles in one language, whatever the reader's. `as_typed` leaves misspelt words alone.
    """

    text: str
    lang: str | None = None
    limit: int = 10
    category: str | None = None
    audience: str | None = None
    language: str | None = None
    as_typed: bool = False


@dataclass(frozen=True)
class ArticleHit:
    """One article, with its best passage. `highlights` are (start, end) character offsets into `passage`.

    `pinned` says that an author chose it for this question.
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


@dataclass(frozen=True)
class SearchResult:
    """The answer to a SearchQuery. `confidence` is the calibrated probability that the answer is among the first
    five hits, None without a calibration for this model (the verdict is then never ANSWER).
    `hits` are filled whatever the verdict. `lang` is the language the question was taken to be in.

    `did_you_mean` is the question with its misspelt words put right; with `corrected`, the hits are for that one.
    `unmatched` holds quoted phrases and codes that no article holds; the hits are found without them.
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
