"""The domain models of articles, used by all packages. All are frozen (immutable)."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Status(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"


class PassageKind(StrEnum):
    """The source of a passage. Only BODY is shown; the others are for retrieval only."""

    BODY = "body"
    TITLE = "title"
    QUESTION = "question"


@dataclass(frozen=True, order=True)
class ArticleRef:
    """Identifies one article in one language. The same `slug` in another `lang` may be another one; see Article.key."""

    lang: str
    slug: str


@dataclass(frozen=True)
class Section:
    """A heading and the plain text below it, up to the next one. `anchor` is '' for text before the first heading."""

    anchor: str
    heading: str
    level: int
    text: str


@dataclass(frozen=True)
class Article:
    """One article in one language: metadata, Markdown and rendered HTML.

    `key` is shared by the translations of one article (the slug of the source, or `translation_of`).
    `html` is sanitised; `sections` hold its plain text; `source` is the path below the articles folder.
    `boost` multiplies the search score (1.0 = as is); `exclude` keeps it out of search but not out of the site.
    `position` orders it within its category, lowest first.
    """

    lang: str
    slug: str
    key: str
    category: str
    title: str
    sections: tuple[Section, ...]
    html: str = ""
    markdown: str = ""
    summary: str = ""
    tags: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    status: Status = Status.PUBLISHED
    publish_date: date | None = None
    expiry_date: date | None = None
    review_by: date | None = None
    updated: date | None = None
    owner: str = ""
    aliases: tuple[str, ...] = ()
    audience: str = "everyone"
    boost: float = 1.0
    exclude: bool = False
    handoff: str = ""
    source: str = ""
    position: int = 1000

    @property
    def ref(self) -> ArticleRef:
        return ArticleRef(self.lang, self.slug)

    @property
    def lead(self) -> str:
        """The summary, as it stands above the text ('' where nobody wrote one and it is how the text begins)."""
        text = " ".join(next((section.text for section in self.sections if section.text), "").split())
        return "" if text.startswith(self.summary.rstrip("…")) else self.summary

    def whole(self) -> "Article":
        """The article with all its texts in memory; a packed one (kb/source/packed.py) has to unpack them."""
        return self

    def visible_on(self, day: date) -> bool:
        """Published, not before its publish date and not after its expiry date."""
        if self.status is not Status.PUBLISHED:
            return False
        if self.publish_date and day < self.publish_date:
            return False
        return not (self.expiry_date and day >= self.expiry_date)


@dataclass(frozen=True)
class Category:
    """A folder of articles in one language, as `_category_.yml` in it describes it.

    The slug of a folder in a folder is its path, `setup/network`. `page` is the slug of the article that is the page
    of the folder (`index.md`, `README.md`), '' without one.
    """

    lang: str
    slug: str
    title: str
    description: str = ""
    position: int = 1000
    icon: str = ""
    page: str = ""


@dataclass(frozen=True)
class Passage:
    """A searchable piece of one article.

    `text` is what the customer is shown; `embed_text` is what is embedded and indexed (title and heading on top).
    `hash` identifies `embed_text` and `kind`: equal hashes have equal vectors. `id` is unique in the published set.
    """

    id: str
    ref: ArticleRef
    key: str
    kind: PassageKind
    ordinal: int
    anchor: str
    heading: str
    text: str
    embed_text: str
    hash: str = field(default="")
