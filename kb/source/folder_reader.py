"""Reads a folder of Markdown files into articles and categories, with all findings by line.

Reads `<lang>/<category>/<slug>.md`, and flatter folders too: without a language folder an article is in the default
language, without a category folder in `general`. Files and folders whose names begin with `_` or `.` are not articles.
What lies outside of the folder, behind a symbolic link, is not read (`kb/source/inside.py`).
"""

import hashlib
import os
import stat
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from core.ended_process import TookTooLong
from kb.errors import FolderNotFound
from kb.findings import Finding, Severity, error, warning
from kb.markup import media
from kb.markup.comments import without_comments
from kb.markup.dialects.figures import with_figures
from kb.markup.dialects.reader import read_dialects
from kb.markup.links import SERVED_SUFFIXES, LinkTargets, Lookup, Resolver, answer
from kb.markup.markdown import Converter
from kb.markup.page import Page, read_page
from kb.models import Article, ArticleRef, Category
from kb.slugs import slugify, unique
from kb.source import frontmatter, images
from kb.source.categories import read_categories
from kb.source.folder_texts import FolderTexts, read_texts, with_clean_words
from kb.source.frontmatter import Fields, Header
from kb.source.inside import outside
from kb.source.packed import packed, packed_article, unpacked
from kb.source.paths import GENERAL, Place, alias_path, humanise, place_of, usable_slug
from kb.source.search_hints import Hints, read_hints

_MAX_FILE = 2 * 1024 * 1024
_SUMMARY_LENGTH = 160
# Lint errors that do not prevent an article from being published.
NOT_FATAL = frozenset({"duplicate-slug"})
_NOT_ARTICLES = {"readme", "license", "notice", "contributing", "changelog"}
# Nanoseconds after a write from which on another write is certain to change the modification time.
_SETTLED = 2_000_000_000
_LEFT_OUT_FOLDERS = {"node_modules", "__pycache__"}

_Stamp = tuple[int, int, int, int]


@dataclass(frozen=True)
class Source:
    """One parsed file with more than its article, for lint and the preview."""

    article: Article
    header: Header
    page: Page


@dataclass(frozen=True)
class FolderReading:
    """`articles` are those without errors; `broken` the paths of the others. `sources` has one entry an article."""

    articles: tuple[Article, ...]
    categories: tuple[Category, ...]
    problems: tuple[Finding, ...]
    sources: tuple[Source, ...] = ()
    broken: frozenset[str] = frozenset()
    places: LinkTargets | None = None
    hints: Hints = field(default_factory=Hints)


@dataclass
class ReadingCache:
    """A cache of parsed files, so that a save re-reads one file instead of all.

    Keep one for a folder and pass it to each reading. Not thread-safe. `compact` is for a process that keeps it for
    long and seldom looks at a text again: texts are compressed.
    """

    files: dict[str, _Stamp] = field(default_factory=dict)
    headers: dict[str, tuple[str, Header]] = field(default_factory=dict)
    pages: dict[str, tuple[str, dict[Lookup, object], Page]] = field(default_factory=dict)
    sizes: dict[str, tuple[int, tuple[int, int] | None]] = field(default_factory=dict)
    names: dict[str, tuple[str, str, "_ArticleFile"]] = field(default_factory=dict)
    articles: dict[str, tuple["_ArticleFile", Page, str, Article]] = field(default_factory=dict)
    braces: dict[str, tuple[str, bool]] = field(default_factory=dict)
    converter: Converter = field(default_factory=Converter)
    compact: bool = False

    def forget_all_but(self, paths: Iterable[str]) -> None:
        kept = set(paths)
        for table in (self.files, self.headers, self.pages, self.names, self.articles, self.braces):
            for path in [path for path in table if path not in kept]:
                del table[path]


@dataclass(frozen=True)
class _ArticleFile:
    """A file with its parsed front matter and its place in the site."""

    path: str
    digest: str
    header: Header
    place: Place
    ref: ArticleRef
    category: str
    findings: tuple[Finding, ...]


def read_folder(
    folder: Path,
    default_lang: str = "en",
    cache: ReadingCache | None = None,
    video_hosts: Sequence[str] = media.DEFAULT_HOSTS,
    published: Callable[[], Mapping[ArticleRef, str]] | None = None,
) -> FolderReading:
    """Read the whole folder. Raises FolderNotFound; problems inside files are findings instead.

    `published` returns the file currently published at each address; when two files claim one address, that file keeps
    it.
    """
    if not folder.is_dir():
        raise FolderNotFound(folder)
    cache = cache or ReadingCache()
    paths, files, left_out = _list(folder)
    named, problems = _names(folder, paths, default_lang, cache)
    problems += left_out
    named, taken_twice = _one_address_each(named, published)
    problems += taken_twice
    broken = {f.path for f in problems if f.severity is Severity.ERROR and f.code not in NOT_FATAL}
    texts = read_texts(folder, [*paths, *files])
    problems += texts.problems
    places = LinkTargets(
        {n.path: n.ref for n in named},
        frozenset(files),
        lambda path: _size(folder, path, cache),
        of_texts=texts.answer,
    )
    keys = _keys(named)
    sources = []
    for file in named:
        if file.path in broken:
            continue
        file, unclear = _with_clean_words(file, texts)
        problems += unclear
        try:
            page = _page(file, places, texts, cache, video_hosts)
        except TookTooLong:
            message = "It takes too long to convert: a paragraph has thousands of brackets, stars or open tags."
            problems.append(error(file.path, file.header.body_line, "too-complex", message))
            broken.add(file.path)
            continue
        problems += [note.finding(file.path, file.header.body_line) for note in page.notes]
        sources.append(Source(_cached_article(file, page, keys[file.path], cache), file.header, page))
        if not file.header.fields.title and not page.title:
            message = "There is no title: neither `title:` in the header nor a first heading. The file's name is used."
            problems.append(warning(file.path, 1, "no-title", message))
    cache.forget_all_but(paths)
    articles = tuple(source.article for source in sources)
    categories, wrong = read_categories(
        folder, [(n.ref.lang, n.category, n.header.fields.category, n.place) for n in named]
    )
    hints = read_hints(folder, default_lang)
    problems = sorted([*problems, *wrong, *hints.problems], key=lambda f: (f.path, f.line, f.code))
    return FolderReading(articles, categories, tuple(problems), tuple(sources), frozenset(broken), places, hints)


def _list(folder: Path) -> tuple[list[str], dict[str, tuple[int, int]], list[Finding]]:
    """Paths of article files in order, the (mtime, size) of files that may be served beside them, and what was left
    out because it lies elsewhere."""
    articles, files, left_out = [], {}, []
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "_")) and f not in _LEFT_OUT_FOLDERS)
        # Strings, since there may be thousands of files, and this runs at every save.
        inside = Path(base).relative_to(folder).as_posix()
        for name in folders:
            path = name if inside == "." else f"{inside}/{name}"
            if (folder / path).is_symlink():  # not walked into, wherever it leads
                left_out += outside(folder, path) or [
                    warning(path, 1, "linked-folder", "It is a link to another folder here, and was not followed.")
                ]
        for name in sorted(names):
            path = name if inside == "." else f"{inside}/{name}"
            stem, suffix = os.path.splitext(name)  # noqa: PTH122
            if name.startswith((".", "_")) or name.endswith("~"):
                continue
            article = suffix.lower() in {".md", ".markdown"}
            if (article and stem.lower() in _NOT_ARTICLES) or not (article or suffix.lower() in SERVED_SUFFIXES):
                continue
            try:
                found = (folder / path).lstat()
                if not stat.S_ISREG(found.st_mode):
                    refused = outside(folder, path)
                    left_out += refused
                    if refused:
                        continue
                    found = (folder / path).stat()
            except OSError:  # removed after the listing, as an editor's temporary file is
                continue
            if article:
                articles.append(path)
            else:
                files[path] = (found.st_mtime_ns, found.st_size)
    return sorted(articles), files, left_out


def _names(
    folder: Path, paths: list[str], default_lang: str, cache: ReadingCache
) -> tuple[list[_ArticleFile], list[Finding]]:
    named: list[_ArticleFile] = []
    problems: list[Finding] = []
    base = os.fspath(folder)
    for path in paths:
        try:
            stamp = _stamp(f"{base}/{path}")
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
            problems.append(error(path, 1, "unreadable", f"The file cannot be read: {failure.strerror}."))
            continue
        except UnicodeDecodeError as failure:
            line = data[: failure.start].count(b"\n") + 1
            problems.append(error(path, line, "not-utf-8", "The file is not UTF-8 text here. Save it as UTF-8."))
            continue
        except ValueError:
            problems.append(error(path, 1, "not-text", "The file is larger than 2 MB or is not text."))
            continue
        digest = hashlib.blake2b(data, digest_size=16).hexdigest()
        known = cache.headers.get(path)
        header = known[1] if known and known[0] == digest else frontmatter.read(text, path)
        header = packed(header) if cache.compact else header
        cache.headers[path] = (digest, header)
        cache.files.pop(path, None)
        # Modification times have limited resolution: a file written just now may change again with the same one.
        if time.time_ns() - max(stamp[:2]) > _SETTLED:
            cache.files[path] = stamp
        named.append(_cached_name(path, default_lang, cache))
        problems += named[-1].findings
    return named, problems


def _stamp(path: str) -> _Stamp:
    """A stamp that changes whenever the file is written; the same fields as in Git's index."""
    found = os.stat(path)  # noqa: PTH116
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def _cached_name(path: str, default_lang: str, cache: ReadingCache) -> _ArticleFile:
    """The file in its place, of a header that is in the cache."""
    digest, header = cache.headers[path]
    known = cache.names.get(path)
    if known is None or known[:2] != (digest, default_lang):
        known = cache.names[path] = (digest, default_lang, _name(path, digest, header, default_lang))
    return known[2]


def _name(path: str, digest: str, header: Header, default_lang: str) -> _ArticleFile:
    fields, place, found = header.fields, place_of(path), list(header.findings)
    lang = fields.lang or place.lang or default_lang
    if fields.lang and place.lang and fields.lang != place.lang:
        line = header.lines.get("lang", 1)
        message = f"The header says {fields.lang}, the folder {place.lang}. The header was believed."
        found.append(warning(path, line, "lang-differs", message))
    written = fields.slug or place.name
    slug = usable_slug(written)
    if not slug:
        found.append(
            error(path, header.lines.get("slug", 1), "slug-empty", f"No address can be made from “{written}”.")
        )
    elif fields.slug and slug != fields.slug and "/" not in fields.slug:
        message = f"“{fields.slug}” cannot stand in an address; {slug} is used."
        found.append(warning(path, header.lines.get("slug", 1), "slug-changed", message))
    category = slugify(fields.category or place.folder) or GENERAL
    return _ArticleFile(path, digest, header, place, ArticleRef(lang, slug), category, tuple(found))


def _one_address_each(
    named: list[_ArticleFile], published: Callable[[], Mapping[ArticleRef, str]] | None
) -> tuple[list[_ArticleFile], list[Finding]]:
    """Resolve duplicate slugs: the published file (else the first by path) keeps the address, the others get their
    folder's name appended. A lint error, but the articles are still published, since readers would miss them."""
    by_ref: dict[ArticleRef, list[_ArticleFile]] = defaultdict(list)
    for file in named:
        by_ref[file.ref].append(file)
    taken = defaultdict(set)
    for ref in by_ref:
        taken[ref.lang].add(ref.slug)
    moved: dict[str, _ArticleFile] = {}
    found = []
    before = published() if published and len(by_ref) < len(named) else {}
    for ref, files in by_ref.items():
        keeper, *others = sorted(files, key=lambda f: (before.get(ref) != f.path, f.path))
        for file in others if ref.slug else ():
            folder = slugify(file.path.split("/")[-2]) if "/" in file.path else ""
            slug = unique(f"{ref.slug}-{folder}".strip("-"), taken[ref.lang])
            taken[ref.lang].add(slug)
            message = f"The slug {ref.slug} is taken in {ref.lang} by {keeper.path}; until one changes, this is {slug}."
            found.append(error(file.path, file.header.lines.get("slug", 1), "duplicate-slug", message))
            moved[file.path] = replace(file, ref=ArticleRef(ref.lang, slug))
    return [moved.get(file.path, file) for file in named], found


def _keys(named: list[_ArticleFile]) -> dict[str, str]:
    """The key of each file. `translation_of` names a slug in another language, whose key the translation shares."""
    claims = {n.ref.slug: n.header.fields.translation_of for n in named if n.header.fields.translation_of}
    # The chain of `translation_of` ends at a slug that is an original.
    originals = {n.ref.slug for n in named if not n.header.fields.translation_of}
    keys = {}
    for file in named:
        key, seen = file.header.fields.translation_of or file.ref.slug, {file.ref.slug}
        while key not in originals and key in claims and key not in seen:
            seen.add(key)
            key = claims[key]
        keys[file.path] = key
    return keys


def _with_clean_words(file: _ArticleFile, texts: FolderTexts) -> tuple[_ArticleFile, Iterable[Finding]]:
    header, found = with_clean_words(file.header, file.path, texts.context(file.path, file.ref.lang))
    return file if header is file.header else replace(file, header=header), found


def _page(
    file: _ArticleFile, places: LinkTargets, texts: FolderTexts, cache: ReadingCache, hosts: Sequence[str]
) -> Page:
    variables = sorted(texts.of(file.ref.lang).items()) if _has_braces(file, cache) else ""
    stamp = f"{file.digest}/{file.ref.lang}/{sorted(hosts)}/{file.header.fields.title}/{variables}"
    page = cache.pages.get(file.path)
    # The cached page is also stale when a link target, or a text it includes, was added, changed, removed or moved.
    if page is None or page[0] != stamp or any(answer(places, lookup) != was for lookup, was in page[1].items()):
        resolver = Resolver(file.path, places)
        reading = read_dialects(file.header.body, texts.context(file.path, file.ref.lang, resolver.lookups))
        html = cache.converter.html(with_figures(reading.text, file.ref.lang), file.ref.lang)
        made = read_page(html, file.header.fields.title, resolver, hosts)
        made = replace(made, markdown=reading.text, notes=reading.notes)
        page = cache.pages[file.path] = (stamp, resolver.lookups, packed(made) if cache.compact else made)
    return page[2]


def _has_braces(file: _ArticleFile, cache: ReadingCache) -> bool:
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


def _cached_article(file: _ArticleFile, page: Page, key: str, cache: ReadingCache) -> Article:
    """The same object as long as nothing about it changes, so that it need not be compared field by field."""
    known = cache.articles.get(file.path)
    if known is None or known[0] is not file or known[1] is not page or known[2] != key:
        article = _article(file, page, key)
        if cache.compact:
            article = packed_article(article, partial(_article, file, page, key))
        known = cache.articles[file.path] = (file, page, key, article)
    return known[3]


def _article(file: _ArticleFile, page: Page, key: str) -> Article:
    fields: Fields = file.header.fields
    page = unpacked(page)
    old = [
        *fields.aliases,
        *([fields.url] if fields.url else []),
        *([fields.slug] if "/" in fields.slug.strip("/") else []),
    ]
    own = f"/{file.ref.lang}/a/{file.ref.slug}"
    aliases = dict.fromkeys(path for path in (alias_path(a, file.ref.lang) for a in old) if path not in {"", "/", own})
    return Article(
        lang=file.ref.lang,
        slug=file.ref.slug,
        key=key,
        category=file.category,
        title=fields.title or page.title or humanise(file.place.name),
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
        aliases=tuple(aliases),
        audience=fields.audience or "everyone",
        boost=fields.boost,
        exclude=fields.exclude,
        handoff=fields.handoff,
        source=file.path,
        position=1000 if fields.position is None else fields.position,
    )


def _summary(page: Page) -> str:
    """The beginning of the text, the default summary of an article without one."""
    text = " ".join(next((s.text for s in page.sections if s.text), "").split())
    if len(text) <= _SUMMARY_LENGTH:
        return text
    cut = text[: _SUMMARY_LENGTH - 1]
    space = cut.rfind(" ", _SUMMARY_LENGTH // 2)
    return (cut[:space] if space > 0 else cut).rstrip(" ,;:，、；：") + "…"
