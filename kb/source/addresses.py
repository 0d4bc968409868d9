"""Pure: gives each article file its address, and translations their common key.

An address is the language and a slug. Slugs may repeat in different categories: one file has the slug to itself, the
others have the names of their folders added (`install`, `install-network`). An address does not change because another
file was added or removed: a published file keeps its own. Where nothing is published, the file that lies highest has
the slug, of those at one level the first by path: the same files always get the same addresses.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from core.texts.said import said
from kb.findings import Finding, error, warning
from kb.markup.dialects.reader import may_hold_tags
from kb.models import ArticleRef
from kb.slugs import slugify, unique
from kb.source.frontmatter import Header
from kb.source.paths import Place, usable_slug, without_number


@dataclass(frozen=True)
class ArticleFile:
    """A file with its parsed front matter and its place in the site."""

    path: str
    digest: str
    header: Header
    place: Place
    ref: ArticleRef
    category: str
    findings: tuple[Finding, ...]

    @cached_property
    def has_unclean_words(self) -> bool:
        """Whether its title, summary or questions may have to be cleaned (`kb/source/folder_texts.py`)."""
        fields = self.header.fields
        return not all(fields.questions) or any(map(may_hold_tags, (fields.title, fields.summary, *fields.questions)))

    @cached_property
    def wanted(self) -> str:
        """The slug it would have if no other file had it."""
        return usable_slug(self.header.fields.slug) or usable_slug(self.place.name)

    def stands_as(self, other: "ArticleFile") -> bool:
        """Whether it differs by nothing but its text, so that all articles have the addresses they had."""
        return (
            (self.path, self.ref, self.place, self.category, self.findings)
            == (other.path, other.ref, other.place, other.category, other.findings)
            and self.header.fields == other.header.fields
            and self.header.lines == other.header.lines
        )

    @property
    def unit(self) -> tuple[str, str]:
        """What the files of one article in several languages have in common: their folder, and the slug they want."""
        return "/".join(self.place.folders), self.ref.slug


def one_address_each(
    files: Sequence[ArticleFile], published: Mapping[ArticleRef, str]
) -> tuple[list[ArticleFile], list[Finding]]:
    """The files with addresses no two of which are equal, and a finding for each that has not the one it wants.

    `published` is the file each address is published from.
    """
    # Nearly every file is published at the address it wants: nothing more is asked of those, thousands at each save.
    settled = {file.ref: file for file in files if file.ref.slug and published.get(file.ref) == file.path}
    others = [file for file in files if settled.get(file.ref) is not file]
    shared = {ref for ref, count in Counter(file.ref for file in others).items() if count > 1 or ref in settled}
    if not shared and (not others or not published):
        return list(files), []
    given = {file.path: ref for ref, file in settled.items()} | _kept(others, published)
    wanted: dict[str, set[str]] = defaultdict(set)
    for file in files:
        wanted[file.ref.lang].add(file.ref.slug)
    taken: dict[str, set[str]] = defaultdict(set)
    for path_ref in given.values():
        taken[path_ref.lang].add(path_ref.slug)
    contested = {ref.slug for ref in shared}
    contested |= {file.ref.slug for file in others if file.path in given and given[file.path] != file.ref}
    contested |= {file.ref.slug for file in others if file.path not in given and file.ref.slug in taken[file.ref.lang]}
    by_slug: dict[str, dict[tuple[str, str], list[ArticleFile]]] = defaultdict(lambda: defaultdict(list))
    for file in files:
        if file.ref.slug and file.ref.slug in contested:
            by_slug[file.ref.slug][file.unit].append(file)
    for slug in sorted(contested):
        for unit in sorted(by_slug[slug].values(), key=_precedence):
            _place_unit(unit, given, taken, wanted)
    placed = [_at(file, given.get(file.path, file.ref)) for file in files]
    return placed, list(_findings(files, placed))


def _at(file: ArticleFile, ref: ArticleRef) -> ArticleFile:
    return file if file.ref is ref or file.ref == ref else replace(file, ref=ref)


def _precedence(unit: Sequence[ArticleFile]) -> tuple[int, str]:
    """Who lies higher comes first; the page of a folder lies where the folder does."""
    first = min(unit, key=lambda file: file.path)
    folders = first.place.folders
    depth = len(folders) - (1 if first.place.page and folders else 0)
    return depth, "/".join((*folders, first.path.rsplit("/", 1)[-1]))


def _kept(files: Sequence[ArticleFile], published: Mapping[ArticleRef, str]) -> dict[str, ArticleRef]:
    """The published address of each file that still may have it."""
    if not published:
        return {}
    paths = {file.path for file in files}
    by_source: dict[str, list[ArticleRef]] = defaultdict(list)
    for ref, source in published.items():
        if source in paths:
            by_source[source].append(ref)
    kept = {}
    for file in files:
        refs = {ref.slug: ref for ref in by_source.get(file.path, ()) if ref.lang == file.ref.lang}
        if not refs or not file.ref.slug:
            continue
        if file.ref.slug in refs:
            kept[file.path] = refs[file.ref.slug]
        elif not file.header.fields.slug:
            longer = set(refs) & {usable_slug(_raw_name(file)), *_longer(file)}
            # With a number at its end, such as `install-2`: the folder's name was taken, too.
            longer |= {
                slug
                for slug in refs
                if slug.rpartition("-")[0] in (file.ref.slug, *_longer(file)) and slug[-1:].isdigit()
            }
            if longer:
                kept[file.path] = refs[min(longer)]
    return kept


def _place_unit(
    unit: Sequence[ArticleFile],
    given: dict[str, ArticleRef],
    taken: Mapping[str, set[str]],
    wanted: Mapping[str, set[str]],
) -> None:
    waiting = sorted((f for f in unit if f.path not in given), key=lambda f: (f.header.fields.slug == "", f.path))
    if not waiting:
        return
    first_of: dict[str, ArticleFile] = {}
    for file in waiting:
        first_of.setdefault(file.ref.lang, file)
    one = next(iter(first_of.values()))
    of_others = [given[f.path].slug for f in unit if f.path in given]  # a translation that is published
    for slug in (*of_others, one.ref.slug, *_longer(one)):
        free = all(slug not in taken[lang] for lang in first_of)
        if free and (slug == one.ref.slug or all(slug not in wanted[lang] for lang in first_of)):
            break
    else:
        base, every = next(_longer(one), one.ref.slug), set().union(*(taken[lang] | wanted[lang] for lang in first_of))
        slug = unique(base, every)
    for lang, file in first_of.items():
        given[file.path] = ArticleRef(lang, slug)
        taken[lang].add(slug)
    _place_unit(unit, given, taken, wanted)  # two files of one folder and language


def _longer(file: ArticleFile) -> Iterator[str]:
    """The slug with the names of its folders added, the innermost first: `a`, then `a-folder`, `a-folder-outer`."""
    parents = file.path.split("/")[:-1]
    if file.place.page:
        parents = parents[:-1]
    slug = file.ref.slug
    for folder in reversed(parents):
        name = slugify(without_number(folder)[0])
        if name:
            slug = f"{slug}-{name}"
            yield slug
    if file.place.page and file.place.folders:  # as it was before such pages were known
        yield f"{file.ref.slug}-{slugify(file.place.folders[-1])}"


def _raw_name(file: ArticleFile) -> str:
    """The name with its number, of which addresses were made once."""
    return (
        file.place.folders[-1] if file.place.page and file.place.folders else file.path.rsplit("/", 1)[-1].split(".")[0]
    )


def _findings(files: Sequence[ArticleFile], placed: Sequence[ArticleFile]) -> Iterator[Finding]:
    moved = [(before, after) for before, after in zip(files, placed, strict=True) if before is not after]
    wanted = {before.ref for before, _ in moved}
    by_ref = {file.ref: file for file in placed if file.ref in wanted} if moved else {}
    for before, after in moved:
        keeper = by_ref.get(before.ref)
        if keeper is None:
            continue  # it keeps the address it was published at
        line = before.header.lines.get("slug", 1)
        message = said(
            "The slug %(slug)s is taken in %(lang)s by %(path)s; until one changes, this is %(used)s.",
            slug=before.ref.slug, lang=before.ref.lang, path=keeper.path, used=after.ref.slug,
        )  # fmt: skip
        # Two authors who wrote the same slug want something else than two folders with a file of one name.
        if before.header.fields.slug and keeper.header.fields.slug:
            yield error(before.path, line, "duplicate-slug", message)
        else:
            yield warning(before.path, line, "duplicate-slug", message)


def keys_of(files: Sequence[ArticleFile], default_lang: str) -> dict[str, str]:
    """The key of each file, by path. `translation_of` names a slug in another language, whose key the translation
    shares; files of one name in the same folder of each language are translations, whatever their addresses."""
    claims = {n.ref.slug: n.header.fields.translation_of for n in files if n.header.fields.translation_of}
    units: dict[tuple[str, str], list[ArticleFile]] = defaultdict(list)
    # Where no file has another address than it wants, the files of a unit have one slug.
    apart = {_written_unit(file) for file in files if file.ref.slug != file.wanted}
    for file in files if apart else ():
        if not file.header.fields.translation_of and _written_unit(file) in apart:
            units[_written_unit(file)].append(file)
    own: dict[str, str] = {}
    for unit in units.values():
        slugs = {file.ref.slug for file in unit}
        langs = {file.ref.lang for file in unit}
        if len(slugs) > 1 and len(langs) == len(unit):
            slug = min(unit, key=lambda f: (f.ref.lang != default_lang, f.ref.lang != "en", f.ref.lang)).ref.slug
            own |= {file.path: slug for file in unit}
    # The chain of `translation_of` ends at a slug that is an original.
    originals = {n.ref.slug for n in files if not n.header.fields.translation_of}
    keys = {file.path: file.ref.slug for file in files}
    for file in files:
        if not file.header.fields.translation_of and file.path not in own:
            continue
        key, seen = file.header.fields.translation_of or own.get(file.path, file.ref.slug), {file.ref.slug}
        while key not in originals and key in claims and key not in seen:
            seen.add(key)
            key = claims[key]
        keys[file.path] = key
    return keys


def _written_unit(file: ArticleFile) -> tuple[str, str]:
    """As ArticleFile.unit, of the slug the file wants, which `ref` may not have."""
    return "/".join(file.place.folders), file.wanted
