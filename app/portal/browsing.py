"""Browsing by language: categories, their articles, and the most useful articles.

Fallback: a reader of Simplified Chinese also gets articles that exist only in Traditional, and the reverse. A reader
whose language has no articles at all gets those of the site's default language.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from flask import url_for

from app.container import Services
from app.web import i18n
from core.texts import languages
from kb.models import ArticleRef, Category
from kb.repository import ArticleSummary


@dataclass(frozen=True)
class ArticleListing:
    """An article in a list for `reader`. Most of thousands are only counted or sorted: what a page shows of one is
    computed when it is shown."""

    ref: ArticleRef
    key: str
    title: str
    summary: str
    category: str
    updated: date
    reader: str

    @property
    def lang(self) -> str:
        return self.ref.lang

    @cached_property
    def url(self) -> str:
        return article_url(self.ref, self.reader)

    @property
    def foreign(self) -> str:
        """The name of its language if that is not the reader's, else ''."""
        return foreign_name(self.ref.lang, self.reader)


@dataclass(frozen=True)
class CategoryListing:
    """A category with its own articles, and the categories in it."""

    category: Category
    url: str
    icon: str
    entries: tuple[ArticleListing, ...]
    children: tuple["CategoryListing", ...] = ()

    @property
    def every_entry(self) -> tuple[ArticleListing, ...]:
        """Its articles and those of the categories in it."""
        return (*self.entries, *(entry for child in self.children for entry in child.every_entry))

    @property
    def page(self) -> ArticleListing | None:
        """The article that is the page of the category's folder."""
        return next((entry for entry in self.entries if entry.ref.slug == self.category.page), None)


# Default icons by common folder names; `icon:` in _category_.yml selects any icon of icons.svg.
_ICONS = {
    "orders": "parcel", "delivery": "parcel", "shipping": "parcel",
    "returns": "return", "refunds": "return",
    "payments": "card", "billing": "card", "invoices": "card",
    "account": "account", "security": "shield", "login": "account",
    "setup": "headphones", "products": "headphones", "getting-started": "flag",
    "repairs": "wrench", "warranty": "wrench", "troubleshooting": "wrench",
    "privacy": "shield", "data": "shield",
    "accessibility": "accessibility",
    "business": "briefcase",
    "contact": "person",
}  # fmt: skip
ICONS = {*_ICONS.values(), "page", "video", "chat", "globe"}


def icon_for(category: Category) -> str:
    """The name of an icon in icons.svg; the folder's own choice if it exists."""
    return category.icon if category.icon in ICONS else _ICONS.get(category.slug.rpartition("/")[2], "page")


def article_url(ref: ArticleRef, reader: str, anchor: str = "") -> str:
    """The article's URL for `reader`: below the reader's language if that covers the article, else below its own."""
    theirs = ref.lang in languages.fallbacks(reader) or ref.lang not in i18n.site_languages()
    lang = reader if theirs else ref.lang
    return url_for("portal.article", lang=lang, slug=ref.slug, _anchor=anchor or None)


def foreign_name(article_lang: str, reader: str) -> str:
    """The label for an article in another language than the reader's; '' when it is the same."""
    return "" if article_lang == reader else i18n.language_name(article_lang)


def reading_order(reader: str, services: Services) -> tuple[str, ...]:
    """The fallback order of languages, best first: the reader's, its sibling script, the default, the rest."""
    known = services.articles.languages()
    return tuple(dict.fromkeys((*languages.fallbacks(reader), services.settings.default_lang, "en", *known)))


def entries(services: Services, reader: str, category: str | None = None) -> tuple[ArticleListing, ...]:
    """The articles listed for this reader, deduplicated by translation, the reader's own language first."""
    day = services.today()
    found: dict[str, ArticleListing] = {}
    for lang in languages.fallbacks(reader):
        for summary in services.articles.list(lang, day, category):
            found.setdefault(summary.key, _entry(summary, reader))
    if not found:
        for summary in services.articles.list(services.settings.default_lang, day, category):
            found.setdefault(summary.key, _entry(summary, reader))
    return tuple(found.values())


def category_listings(services: Services, reader: str) -> tuple[CategoryListing, ...]:
    """Non-empty categories that are in no other one, with those in them, in their authors' order."""
    by_category: dict[str, list[ArticleListing]] = {}
    within: dict[str, dict[str, None]] = {}
    for entry in entries(services, reader):
        by_category.setdefault(entry.category, []).append(entry)
        for slug in with_those_above(entry.category):
            within.setdefault(slug.rpartition("/")[0], {})[slug] = None
    described = categories(services, reader)

    def listings(above: str) -> tuple[CategoryListing, ...]:
        shelved = []
        for slug in within.get(above, ()):
            category = described.get(slug) or _undescribed(reader, slug)
            url = url_for("portal.category", lang=reader, category=slug)
            own = tuple(by_category.get(slug, ()))
            shelved.append(CategoryListing(category, url, icon_for(category), own, listings(slug)))
        return tuple(sorted(shelved, key=lambda listing: (listing.category.position, listing.category.title)))

    return listings("")


def _undescribed(reader: str, slug: str) -> Category:
    return Category(reader, slug, slug.rpartition("/")[2].replace("-", " ").capitalize())


def with_those_above(slug: str) -> tuple[str, ...]:
    """A category's slug and those of the categories it is in, the outermost first."""
    parts = slug.split("/")
    return tuple("/".join(parts[:length]) for length in range(1, len(parts) + 1))


def find_listing(listings: Iterable[CategoryListing], slug: str) -> CategoryListing | None:
    """The listing of a category, however deep it is."""
    for listing in listings:
        if listing.category.slug == slug:
            return listing
        if slug.startswith(f"{listing.category.slug}/"):
            return find_listing(listing.children, slug)
    return None


def category_crumbs(described: Mapping[str, Category], reader: str, slug: str) -> list[tuple[str, str]]:
    """Title and URL of a category and of those it is in, the outermost first."""
    return [
        (described[above].title, url_for("portal.category", lang=reader, category=above))
        for above in with_those_above(slug)
        if above in described
    ]


def filters(described: Mapping[str, Category], found: Iterable[str], chosen: str | None) -> list[tuple[str, str]]:
    """Slug and title of the categories search results can be narrowed to: those at the top, or with one `chosen` those
    it is in, itself, and those in it."""
    depth = chosen.count("/") + 2 if chosen else 1
    slugs: dict[str, None] = dict.fromkeys(with_those_above(chosen) if chosen else ())
    for category in found:
        levels = with_those_above(category)
        if chosen and category != chosen and not category.startswith(f"{chosen}/"):
            levels = levels[:1]
        slugs |= dict.fromkeys(levels[:depth][-1:])
    return [(slug, described[slug].title) for slug in slugs if slug in described]


def moved_category(services: Services, reader: str, slug: str) -> str:
    """The URL of the category that once had this slug for this reader, when there is something in it; '' otherwise."""
    for lang in dict.fromkeys((*languages.fallbacks(reader), services.settings.default_lang)):
        moved = services.articles.moved_category(lang, slug)
        if moved and find_listing(category_listings(services, reader), moved):
            return url_for("portal.category", lang=reader, category=moved)
    return ""


def untranslated_category(services: Services, reader: str, slug: str) -> CategoryListing | None:
    """A category with articles in other languages only, for the language switch. None if it has none at all."""
    if not any(find_listing(category_listings(services, lang), slug) for lang in services.articles.languages()):
        return None
    category = categories(services, reader).get(slug) or _undescribed(reader, slug)
    return CategoryListing(category, url_for("portal.category", lang=reader, category=slug), icon_for(category), ())


def categories(services: Services, reader: str) -> dict[str, Category]:
    """Category descriptions by slug, in the reader's language where there is one."""
    found: dict[str, Category] = {}
    for lang in dict.fromkeys((*languages.fallbacks(reader), services.settings.default_lang)):
        for category in services.articles.categories(lang):
            found.setdefault(category.slug, category)
    return found


def most_useful(
    services: Services, reader: str, listings: Sequence[CategoryListing], limit: int = 6
) -> tuple[ArticleListing, ...]:
    """Articles by helpful votes, best first; none that nobody found helpful."""
    every = {(entry.ref.lang, entry.ref.slug): entry for listing in listings for entry in listing.every_entry}
    langs = languages.fallbacks(reader)
    voted = services.remembered.ask(
        ("most_helpful", langs, limit), lambda: services.feedback.most_helpful(langs, limit * 2)
    )
    return distinct(every[ref.lang, ref.slug] for ref in voted if (ref.lang, ref.slug) in every)[:limit]


def latest(
    listings: Sequence[CategoryListing], besides: Sequence[ArticleListing], limit: int = 6
) -> tuple[ArticleListing, ...]:
    """The newest of each category in turn, newest first, so many that with those `besides` there are `limit`."""
    newest = [sorted(listing.every_entry, key=lambda entry: entry.updated, reverse=True) for listing in listings]
    in_turn = (listing[turn] for turn in range(limit) for listing in newest if turn < len(listing))
    chosen = distinct((*besides, *in_turn))[len(besides) : limit]
    return tuple(sorted(chosen, key=lambda entry: entry.updated, reverse=True))


def distinct(listed: Iterable[ArticleListing]) -> tuple[ArticleListing, ...]:
    """Articles deduplicated, the first occurrence kept."""
    found: dict[str, ArticleListing] = {}
    for entry in listed:
        found.setdefault(entry.key, entry)
    return tuple(found.values())


def translations(services: Services, key: str) -> dict[str, ArticleRef]:
    """The visible translations of an article by language."""
    return {article.lang: article.ref for article in services.articles.by_key(key, services.today())}


def _entry(summary: ArticleSummary, reader: str) -> ArticleListing:
    return ArticleListing(
        ref=summary.ref,
        key=summary.key,
        title=summary.title,
        summary=summary.summary,
        category=summary.category,
        updated=summary.updated,
        reader=reader,
    )
