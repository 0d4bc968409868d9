"""Reads a folder of Markdown files into articles and categories, with all findings by line.

Reads `<lang>/<category>/<slug>.md`, and flatter or deeper folders too: without a language folder an article is in the
default language, without a category folder in `general`, and a folder in a folder is a category in a category. Files
and folders whose names begin with `_` or `.` are not articles; what is not read is counted (`kb/source/listing.py`).
What lies outside of the folder, behind a symbolic link, is not read (`kb/source/inside.py`).
"""

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from core.ended_process import TookTooLong
from core.texts.said import said
from kb.errors import FolderNotFound, FolderUnreadable
from kb.findings import Finding, Severity, error, warning
from kb.growing import GrowingParts
from kb.markup import media
from kb.markup.comments import without_comments
from kb.markup.dialects.figures import with_figures
from kb.markup.dialects.reader import read_dialects
from kb.markup.links import ASKED_OF_THE_DISK, SERVED_SUFFIXES, LinkTargets, Lookup, Resolver, answer
from kb.markup.markdown import Converter
from kb.markup.page import Page, read_page
from kb.models import Article, ArticleRef, Category, Status
from kb.source import frontmatter, images
from kb.source.addressed import Addressed, addressed, aliases_of
from kb.source.addresses import ArticleFile
from kb.source.categories import CategoryUse, read_categories
from kb.source.failures import failed, line_that_fails
from kb.source.folder_texts import TEXT, FolderTexts, read_texts, with_clean_words
from kb.source.frontmatter import Fields, Header
from kb.source.listing import Listing, Stamp, list_folder, stamp_of
from kb.source.navigation import Navigation, key_of, read_navigation
from kb.source.packed import packed, packed_article, unpacked
from kb.source.paths import GENERAL, category_slug, humanise, place_of, usable_slug
from kb.source.search_hints import Hints, read_hints

_MAX_FILE = 2 * 1024 * 1024
_SUMMARY_LENGTH = 160
_LAST = 1000
# Lint errors that do not prevent an article from being published.
NOT_FATAL = frozenset({"duplicate-slug"})
# Nanoseconds after a write from which on another write is certain to change the modification time.
_SETTLED = 2_000_000_000
_FIRST_HEADING = re.compile(r"(?m)^# {1,4}(\S[^\n]{0,200})$")
_MOST_STATIC = 100_000

# What a page depends on besides what it asked: its file, its language, the hosts of videos, its title, variables.
_PageStamp = tuple[str, str, Sequence[str], str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Source:
    """One parsed file with more than its article, for lint and the preview."""

    article: Article
    header: Header
    page: Page


@dataclass(frozen=True)
class FolderReading:
    """`articles` are those without errors; `broken` the paths of the others, with a slash at its end that of a folder
    that cannot be read. `sources` has one entry an article."""

    articles: tuple[Article, ...]
    categories: tuple[Category, ...]
    problems: tuple[Finding, ...]
    sources: tuple[Source, ...] = ()
    broken: frozenset[str] = frozenset()
    places: LinkTargets | None = None
    hints: Hints = field(default_factory=Hints)
    navigation: Navigation = field(default_factory=Navigation)

    def is_broken(self, source: str) -> bool:
        """Whether nothing is known of what this path says today."""
        folders = source.split("/")[:-1]
        return source in self.broken or any(
            "/".join(folders[:depth]) + "/" in self.broken for depth in range(1, len(folders) + 1)
        )


@dataclass(frozen=True)
class _Read:
    """What came of a file and its key, while the folder around it stays as it was."""

    file: ArticleFile
    key: str
    source: Source | None
    use: CategoryUse
    problems: tuple[Finding, ...]


@dataclass
class ReadingCache:
    """A cache of parsed files, so that a save re-reads one file instead of all.

    Keep one for a folder and pass it to each reading. Not thread-safe. `compact` is for a process that keeps it for
    long and seldom looks at a text again: texts are compressed.
    """

    files: dict[str, Stamp] = field(default_factory=dict)
    headers: dict[str, tuple[str, Header]] = field(default_factory=dict)
    pages: dict[str, tuple[_PageStamp, dict[Lookup, object], Page]] = field(default_factory=dict)
    sizes: dict[str, tuple[int, tuple[int, int] | None]] = field(default_factory=dict)
    names: dict[str, tuple[str, str, ArticleFile]] = field(default_factory=dict)
    sources: dict[str, tuple[ArticleFile, Page, tuple[ArticleRef, str, str, int, str], Source, CategoryUse]] = field(
        default_factory=dict
    )
    braces: dict[str, tuple[str, bool]] = field(default_factory=dict)
    reads: dict[str, _Read] = field(default_factory=dict)
    converter: Converter = field(default_factory=Converter)
    compact: bool = False
    addressed: Addressed | None = None
    # Of the last reading, if all its pages were looked at.
    places: LinkTargets | None = None
    around: object = None

    def forget_all_but(self, paths: Iterable[str]) -> None:
        kept = set(paths)
        for table in (self.files, self.headers, self.pages, self.names, self.sources, self.braces, self.reads):
            for path in [path for path in table if path not in kept]:
                del table[path]


def read_folder(
    folder: Path,
    default_lang: str = "en",
    cache: ReadingCache | None = None,
    video_hosts: Sequence[str] = media.DEFAULT_HOSTS,
    published: Callable[[], Mapping[ArticleRef, str]] | None = None,
    static: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    parts: GrowingParts | None = None,
) -> FolderReading:
    """Read the whole folder. Raises FolderNotFound; problems inside files are findings instead.

    `published` returns the file currently published at each address, which it keeps (`kb/source/addresses.py`).
    Addresses that begin with a slash are looked up in `static` too. `progress` gets files read and files there are;
    `parts` what has been read so far, now and then.
    """
    _check_readable(folder)
    cache = cache or ReadingCache()
    listing = list_folder(folder)
    named, problems = _names(folder, listing, default_lang, cache)
    problems += listing.findings
    where = cache.addressed = addressed(named, published() if published else {}, default_lang, cache.addressed)
    named, keys = where.named, where.keys
    problems += where.problems
    broken = {f.path for f in problems if f.severity is Severity.ERROR and f.code not in NOT_FATAL}
    texts = read_texts(folder, [*listing.articles, *listing.files])
    problems += texts.problems
    places = LinkTargets(
        where.articles,
        frozenset(listing.files),
        lambda path: _size(folder, path, cache),
        aliases=where.aliases,
        categories=where.categories,
        languages=where.languages,
        static=_static_files(static),
        size_of_static=lambda path: _size(static or folder, path, cache),
        of_texts=texts.answer,
    )
    navigation = read_navigation(folder, listing.navigation, listing.articles)
    video_hosts = tuple(sorted(video_hosts))
    before, cache.places = cache.places, None
    unmoved = before is not None and _say_the_same(before, places)
    around = (dict(texts.variables), navigation, video_hosts, default_lang)
    alike, cache.around = unmoved and cache.around == around, around
    sources: list[Source] = []
    uses: list[CategoryUse] = []
    for number, file in enumerate(named):
        if progress:
            progress(number, len(named))
        if parts and parts.is_due(len(sources), len(named)):
            read = [source.article for source in sources]
            parts.publish(read, _categories(folder, read, uses, listing, navigation, default_lang, ())[0])
        if file.path in broken:
            uses.append(CategoryUse(file.ref.lang, file.category, file.header.fields.category, file.place))
            continue
        known = cache.reads.get(file.path) if alike else None
        if known is not None and known.file is file and known.key == keys[file.path]:
            problems += known.problems
            uses.append(known.use)
            if known.source is not None:
                sources.append(known.source)
            continue
        place = partial(_position_and_title, navigation=navigation, default_lang=default_lang)
        try:
            source, use, found = _read(file, keys[file.path], place, places, texts, cache, video_hosts, unmoved)
        except TookTooLong:
            problems.append(_too_complex(file))
            broken.add(file.path)
            continue
        except Exception as failure:  # of one article, which must not keep the others from being read
            problems.append(_failed(file, failure, places, texts, cache.converter, video_hosts))
            broken.add(file.path)
            continue
        problems += found
        uses.append(use)
        if source is not None:
            sources.append(source)
        if any(kind in ASKED_OF_THE_DISK for kind, _ in cache.pages[file.path][1]):
            cache.reads.pop(file.path, None)  # what it takes from other files is looked up each time
        else:
            cache.reads[file.path] = _Read(file, keys[file.path], source, use, tuple(found))
    cache.forget_all_but(listing.articles)
    # Where some were passed over, their pages are still of an earlier reading.
    cache.places = None if broken else places
    included = {path for _, lookups, _ in cache.pages.values() for kind, path in lookups if kind == TEXT}
    problems += listing.not_read(included)
    articles = tuple(source.article for source in sources)
    broken_files = [f for f in named if f.path in broken]
    categories, wrong = _categories(folder, articles, uses, listing, navigation, default_lang, broken_files)
    hints = read_hints(folder, default_lang)
    problems = sorted(
        [*problems, *wrong, *hints.problems, *navigation.problems], key=lambda f: (f.path, f.line, f.code)
    )
    return FolderReading(
        articles, categories, tuple(problems), tuple(sources), frozenset(broken), places, hints, navigation
    )


def _read(
    file: ArticleFile,
    key: str,
    place: Callable[[ArticleFile, Page], tuple[int, str]],
    places: LinkTargets,
    texts: FolderTexts,
    cache: ReadingCache,
    hosts: Sequence[str],
    unmoved: bool,
) -> tuple[Source | None, CategoryUse, list[Finding]]:
    """An article, or nothing for what only describes a category; and what is wrong with it. Raises what its text makes
    a reader raise."""
    file, unclear = _with_clean_words(file, texts)
    problems = list(unclear)
    page = _page(file, places, texts, cache, hosts, unmoved)
    problems += [note.finding(file.path, file.header.body_line) for note in page.notes]
    position, title = place(file, page)
    if file.place.page and _is_only_a_description(file, page):
        use = CategoryUse(file.ref.lang, file.category, file.header.fields.category, file.place)
        return None, use, problems
    source, use = _cached_source(file, page, key, position, title, cache)
    if not title:
        message = said(
            "There is no title: neither `title:` in the header nor a first heading. The file's name is used."
        )
        problems.append(warning(file.path, 1, "no-title", message))
    return source, use, problems


def _failed(
    file: ArticleFile,
    failure: Exception,
    places: LinkTargets,
    texts: FolderTexts,
    converter: Converter,
    hosts: Sequence[str],
) -> Finding:
    """What failed, at the line where it begins to."""

    def convert(body: str) -> None:
        # What takes too long without the rest says nothing of where it fails.
        with suppress(TookTooLong):
            _made(replace(file, header=replace(file.header, body=body)), places, texts, converter, hosts)

    body = file.header.body
    try:
        convert(body)
    except Exception:
        return failed(file.path, file.header.body_line + line_that_fails(body, convert) - 1, failure)
    return failed(file.path, 1, failure)


def read_draft(
    folder: Path,
    path: str,
    text: str,
    reading: FolderReading,
    default_lang: str,
    converter: Converter,
    video_hosts: Sequence[str] = media.DEFAULT_HOSTS,
) -> tuple[Source | None, tuple[Finding, ...]]:
    """What the file at `path` would be with this text, in the folder as it was read; None where it takes too long to
    convert. Its page is made as `read_folder` makes it."""
    header = frontmatter.read(text, path)
    file = _name(path, hashlib.blake2b(text.encode(), digest_size=16).hexdigest(), header, default_lang)
    known = next((article for article in reading.articles if article.source == path), None)
    if known is not None and known.lang == file.ref.lang and not header.fields.slug:
        file = replace(file, ref=known.ref)
    places = reading.places or LinkTargets({}, frozenset(), lambda _path: None)
    texts = read_texts(folder, [*places.articles, *places.files])
    file, unclear = _with_clean_words(file, texts)
    found = [*file.findings, *header.findings, *unclear]
    try:
        page, _lookups = _made(file, places, texts, converter, video_hosts)
    except TookTooLong:
        return None, (*found, _too_complex(file))
    except Exception as failure:
        return None, (*found, _failed(file, failure, places, texts, converter, video_hosts))
    found += [note.finding(path, header.body_line) for note in page.notes]
    key = header.fields.translation_of or (known.key if known else file.ref.slug)
    title = header.fields.title or page.title
    article = _article(file, page, key, known.position if known else _LAST, title)
    return Source(article, file.header, page), tuple(dict.fromkeys(found))


def _too_complex(file: ArticleFile) -> Finding:
    message = said("It takes too long to convert: a paragraph has thousands of brackets, stars or open tags.")
    return error(file.path, file.header.body_line, "too-complex", message)


def _check_readable(folder: Path) -> None:
    """Raises FolderNotFound, also for a folder that may not be read or whose disk does not answer."""
    try:
        if not folder.is_dir():
            raise FolderNotFound(folder)
        with os.scandir(folder):
            pass
    except FileNotFoundError:
        raise FolderNotFound(folder) from None
    except OSError as failure:
        raise FolderUnreadable(folder, failure.strerror or type(failure).__name__) from None


def _categories(
    folder: Path,
    articles: Sequence[Article],
    uses: Sequence[CategoryUse],
    listing: Listing,
    navigation: Navigation,
    default_lang: str,
    broken: Iterable[ArticleFile],
) -> tuple[tuple[Category, ...], Sequence[Finding]]:
    """The categories something is in, `broken` files too, and what is wrong with their descriptions."""
    used = {(a.lang, category) for a in articles for category in _with_those_above(a.category)}
    used |= {(f.ref.lang, category) for f in broken for category in _with_those_above(f.category)}
    categories, wrong = read_categories(folder, uses, listing.described_in, navigation, default_lang)
    return tuple(category for category in categories if (category.lang, category.slug) in used), wrong


def _with_those_above(category: str) -> Iterator[str]:
    while category:
        yield category
        category = category.rpartition("/")[0]


def _is_only_a_description(file: ArticleFile, page: Page) -> bool:
    """Hugo's `_index.md` without text says what a category is called, and is no article."""
    return file.path.rsplit("/", 1)[-1].startswith("_index.") and not any(s.text or s.heading for s in page.sections)


def _use_of(file: ArticleFile, article: Article) -> CategoryUse:
    fields = file.header.fields
    page = article.slug if file.place.page and file.place.folders and article.status is Status.PUBLISHED else ""
    return CategoryUse(article.lang, article.category, fields.category, file.place, page, article.title, fields.summary)


def _title_in(navigation: Navigation, file: ArticleFile, default_lang: str) -> str:
    """What the navigation calls an article that has no title of its own."""
    if not navigation.page_titles:
        return ""
    key, lang = key_of(file.path), file.ref.lang
    general = navigation.page_titles.get(("", key), "") if lang == default_lang else ""
    return navigation.page_titles.get((lang, key), general)


def _position_and_title(file: ArticleFile, page: Page, navigation: Navigation, default_lang: str) -> tuple[int, str]:
    title = file.header.fields.title or page.title or _title_in(navigation, file, default_lang)
    return _position(file, navigation), title


def _position(file: ArticleFile, navigation: Navigation) -> int:
    """The header's, or that of a navigation, or the number in the name; the page of a folder comes first."""
    if file.header.fields.position is not None:
        return file.header.fields.position
    if file.place.page and file.place.folders:
        return -1
    number = navigation.positions.get(key_of(file.path)) if navigation.positions else None
    return number if number is not None else _LAST if file.place.number is None else file.place.number


def _static_files(static: Path | None) -> frozenset[str]:
    if static is None or not static.is_dir():
        return frozenset()
    found = []
    for base, folders, names in os.walk(static):
        folders[:] = [name for name in folders if not name.startswith(".")]
        inside = Path(base).relative_to(static).as_posix()
        prefix = "" if inside == "." else f"{inside}/"
        found += [
            f"{prefix}{name}"
            for name in names
            if os.path.splitext(name)[1].lower() in SERVED_SUFFIXES  # noqa: PTH122
        ]
        if len(found) > _MOST_STATIC:
            break
    return frozenset(found)


def _names(
    folder: Path, listing: Listing, default_lang: str, cache: ReadingCache
) -> tuple[list[ArticleFile], list[Finding]]:
    named: list[ArticleFile] = []
    problems: list[Finding] = []
    base = os.fspath(folder)
    for path in listing.articles:
        try:
            stamp = listing.stamps.get(path) or stamp_of(os.stat(f"{base}/{path}"))  # noqa: PTH116
            if cache.files.get(path) == stamp:
                named.append(_cached_name(path, default_lang, cache))
                problems += named[-1].findings
                continue
            if stamp[2] > _MAX_FILE:
                raise ValueError
            data = (folder / path).read_bytes()
            text = data.decode("utf-8")
            if len(data) > _MAX_FILE or "\0" in text:
                raise ValueError
        except FileNotFoundError:
            continue
        except OSError as failure:
            problems.append(
                error(path, 1, "unreadable", said("The file cannot be read: %(reason)s.", reason=failure.strerror))
            )
            continue
        except UnicodeDecodeError as failure:
            line = data[: failure.start].count(b"\n") + 1
            problems.append(error(path, line, "not-utf-8", said("The file is not UTF-8 text here. Save it as UTF-8.")))
            continue
        except ValueError:
            problems.append(error(path, 1, "not-text", said("The file is larger than 2 MB or is not text.")))
            continue
        digest = hashlib.blake2b(data, digest_size=16).hexdigest()
        known = cache.headers.get(path)
        try:
            header = known[1] if known and known[0] == digest else frontmatter.read(text, path)
            header = packed(header) if cache.compact else header
            cache.headers[path] = (digest, header)
            name = _cached_name(path, default_lang, cache)
        except Exception as failure:  # of one header, which must not keep the others from being read
            cache.headers.pop(path, None)
            problems.append(failed(path, 1, failure))
            continue
        cache.files.pop(path, None)
        # Modification times have limited resolution: a file written just now may change again with the same one.
        if time.time_ns() - max(stamp[:2]) > _SETTLED:
            cache.files[path] = stamp
        named.append(name)
        problems += named[-1].findings
    return named, problems


def _cached_name(path: str, default_lang: str, cache: ReadingCache) -> ArticleFile:
    """The file in its place, of a header that is in the cache."""
    digest, header = cache.headers[path]
    known = cache.names.get(path)
    if known is None or known[:2] != (digest, default_lang):
        known = cache.names[path] = (digest, default_lang, _name(path, digest, header, default_lang))
    return known[2]


def _name(path: str, digest: str, header: Header, default_lang: str) -> ArticleFile:
    fields, found = header.fields, list(header.findings)
    heading = None if fields.title else _FIRST_HEADING.search(header.body)
    place = place_of(path, fields.title or (heading[1] if heading else ""))
    lang = fields.lang or place.lang or default_lang
    if fields.lang and place.lang and fields.lang != place.lang:
        line = header.lines.get("lang", 1)
        message = said(
            "The header says %(header)s, the folder %(folder)s. The header was believed.",
            header=fields.lang, folder=place.lang,
        )  # fmt: skip
        found.append(warning(path, line, "lang-differs", message))
    slug, line = usable_slug(fields.slug), header.lines.get("slug", 1)
    if fields.slug and not slug:
        # Docusaurus' `slug: /`, the front page, for one.
        slug = usable_slug(place.name)
        message = said("“%(slug)s” is no address of an article; %(used)s is used.", slug=fields.slug, used=slug)
        found.append(warning(path, line, "slug-changed", message))
    elif fields.slug and slug != fields.slug and "/" not in fields.slug:
        message = said("“%(slug)s” cannot stand in an address; %(used)s is used.", slug=fields.slug, used=slug)
        found.append(warning(path, line, "slug-changed", message))
    slug = slug or usable_slug(place.name)
    if not slug:
        found.append(error(path, line, "slug-empty", said("No address can be made from “%(name)s”.", name=place.name)))
    category = category_slug(fields.category) or place.category or GENERAL
    return ArticleFile(path, digest, header, place, ArticleRef(lang, slug), category, tuple(found))


def _with_clean_words(file: ArticleFile, texts: FolderTexts) -> tuple[ArticleFile, Iterable[Finding]]:
    if not file.has_unclean_words:
        return file, ()
    header, found = with_clean_words(file.header, file.path, texts.context(file.path, file.ref.lang))
    return file if header is file.header else replace(file, header=header), found


def _page(
    file: ArticleFile, places: LinkTargets, texts: FolderTexts, cache: ReadingCache, hosts: Sequence[str], unmoved: bool
) -> Page:
    """`unmoved`: all places are those of the reading before."""
    variables = tuple(sorted(texts.of(file.ref.lang).items())) if _has_braces(file, cache) else ()
    stamp = (file.digest, file.ref.lang, hosts, file.header.fields.title, variables)
    page = cache.pages.get(file.path)
    # The cached page is also stale when a link target, or a text it includes, was added, changed, removed or moved.
    if page is None or page[0] != stamp or _differs(page[1], places, unmoved):
        made, lookups = _made(file, places, texts, cache.converter, hosts)
        page = cache.pages[file.path] = (stamp, lookups, packed(made) if cache.compact else made)
    return page[2]


def _say_the_same(before: LinkTargets, now: LinkTargets) -> bool:
    """Whether all that is kept there is the same. What is asked of the disk each time may differ nevertheless."""
    return all(
        getattr(before, name) == getattr(now, name)
        for name in ("articles", "files", "aliases", "static", "categories", "languages")
    )


def _differs(lookups: Mapping[Lookup, object], places: LinkTargets, unmoved: bool) -> bool:
    """Whether the folder answers otherwise than it did."""
    for lookup, was in lookups.items():
        if unmoved and lookup[0] not in ASKED_OF_THE_DISK:
            continue
        found = answer(places, lookup)
        if found is not was and found != was:
            return True
    return False


def _made(
    file: ArticleFile, places: LinkTargets, texts: FolderTexts, converter: Converter, hosts: Sequence[str]
) -> tuple[Page, dict[Lookup, object]]:
    """The page of a file, and what it asked of the folder. Raises TookTooLong."""
    resolver = Resolver(file.path, places)
    reading = read_dialects(file.header.body, texts.context(file.path, file.ref.lang, resolver.lookups))
    html = converter.html(with_figures(reading.text, file.ref.lang), file.ref.lang)
    made = read_page(html, file.header.fields.title, resolver, hosts)
    return replace(made, markdown=reading.text, notes=reading.notes), resolver.lookups


def _has_braces(file: ArticleFile, cache: ReadingCache) -> bool:
    known = cache.braces.get(file.path)
    if known is None or known[0] != file.digest:
        known = cache.braces[file.path] = (file.digest, "{" in file.header.body)
    return known[1]


def _size(folder: Path, path: str, cache: ReadingCache) -> tuple[int, int] | None:
    try:
        changed = (folder / path).stat().st_mtime_ns
    except OSError:
        return None
    known = cache.sizes.get(path)
    if known is None or known[0] != changed:
        known = (changed, images.size_of(folder / path))
        cache.sizes[path] = known
    return known[1]


def _cached_source(
    file: ArticleFile, page: Page, key: str, position: int, title: str, cache: ReadingCache
) -> tuple[Source, CategoryUse]:
    """The same objects as long as nothing about them changes, so that they need not be compared field by field."""
    known = cache.sources.get(file.path)
    stamp = (file.ref, file.category, key, position, title)
    same = known is not None and known[1] is page and known[2] == stamp and known[0].header is file.header
    if known is None or not same:
        article = _article(file, page, key, position, title)
        if cache.compact:
            article = packed_article(article, partial(_article, file, page, key, position, title))
        source = Source(article, file.header, page)
        known = cache.sources[file.path] = (file, page, stamp, source, _use_of(file, article))
    elif known[0] is not file and known[0].place != file.place:
        known = cache.sources[file.path] = (file, *known[1:4], _use_of(file, known[3].article))
    return known[3], known[4]


def _article(file: ArticleFile, page: Page, key: str, position: int, title: str) -> Article:
    fields: Fields = file.header.fields
    page = unpacked(page)
    return Article(
        lang=file.ref.lang,
        slug=file.ref.slug,
        key=key,
        category=file.category,
        title=title or humanise(file.place.name),
        sections=page.sections,
        html=page.html,
        markdown=without_comments(page.markdown).strip() + "\n",
        summary=fields.summary or _summary(page),
        tags=fields.tags,
        questions=fields.questions,
        synonyms=fields.synonyms,
        status=fields.status,
        publish_date=fields.publish_date,
        expiry_date=fields.expiry_date,
        review_by=fields.review_by,
        updated=fields.updated,
        owner=fields.owner,
        aliases=aliases_of(file),
        audience=fields.audience or "everyone",
        boost=fields.boost,
        exclude=fields.exclude,
        handoff=fields.handoff,
        source=file.path,
        position=position,
    )


def _summary(page: Page) -> str:
    """The beginning of the text, the default summary of an article without one."""
    text = " ".join(next((s.text for s in page.sections if s.text), "").split())
    if len(text) <= _SUMMARY_LENGTH:
        return text
    cut = text[: _SUMMARY_LENGTH - 1]
    space = cut.rfind(" ", _SUMMARY_LENGTH // 2)
    return (cut[:space] if space > 0 else cut).rstrip(" ,;:，、；：") + "…"
