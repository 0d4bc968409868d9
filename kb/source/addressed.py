"""Pure: where every article of a folder is, and what follows from that for links, categories and translations.

None of it depends on what the articles say. So it is worked out once and kept: most saves change the text of a file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core.texts.said import said
from kb.findings import Finding, warning
from kb.models import ArticleRef
from kb.source.addresses import ArticleFile, keys_of, one_address_each
from kb.source.frontmatter import Fields
from kb.source.paths import alias_path, language_of


@dataclass(frozen=True)
class Addressed:
    """Where every article is and what follows from that: of `files`, whatever their texts say."""

    files: Sequence[ArticleFile]
    published: Mapping[ArticleRef, str]
    default_lang: str
    named: list[ArticleFile]
    keys: Mapping[str, str]
    problems: tuple[Finding, ...]
    articles: Mapping[str, ArticleRef]
    aliases: Mapping[str, ArticleRef]
    categories: Mapping[str, str]
    languages: tuple[str, ...]

    def of_these(self, files: Sequence[ArticleFile]) -> "Addressed | None":
        """The same for these files, if they differ from the ones before by nothing but their texts."""
        if len(files) != len(self.files):
            return None
        named = list(self.named)
        for number, (before, now) in enumerate(zip(self.files, files, strict=True)):
            if now is before:
                continue
            if not now.stands_as(before):
                return None
            own = self.named[number]
            named[number] = now if own is before else replace(now, ref=own.ref, place=own.place, category=own.category)
        return replace(self, files=files, named=named)


def addressed(
    files: Sequence[ArticleFile], published: Mapping[ArticleRef, str], default_lang: str, before: Addressed | None
) -> Addressed:
    """`published` is the file each address is published from; `before` what was found of the same folder."""
    if before is not None and before.default_lang == default_lang and before.published == published:
        same = before.of_these(files)
        if same is not None:
            return same
    named, problems = one_address_each(files, published)
    named = _with_pages_beside_their_folders(named)
    problems += _moved_files(named)
    return Addressed(
        files, published, default_lang, named, keys_of(named, default_lang), tuple(problems),
        {file.path: file.ref for file in named}, _alias_targets(named), _category_addresses(named),
        _language_folders(named, default_lang),
    )  # fmt: skip


def _with_pages_beside_their_folders(named: Sequence[ArticleFile]) -> list[ArticleFile]:
    """`setup.md` beside a folder `setup/` without a page is its page, as Mintlify has it. Its address is the same."""
    folders = {file.path.rpartition("/")[0] for file in named}
    folders |= {above for folder in folders for above in _paths_above(folder)}
    with_page = {file.path.rpartition("/")[0] for file in named if file.place.page}
    made = []
    for file in named:
        beside = file.path.rpartition(".")[0]
        if beside in folders and beside not in with_page and not file.header.fields.category:
            if language_of(beside) or (file.place.page and not file.place.folders):
                made.append(file)
                continue
            name = beside.rpartition("/")[2]
            place = replace(file.place, folders=(*file.place.folders, name), page=True)
            made.append(replace(file, place=place, category=place.category or file.category))
        else:
            made.append(file)
    return made


def _paths_above(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def _moved_files(named: Sequence[ArticleFile]) -> Iterator[Finding]:
    """Files whose headers name another category than their folder, where the folder is a category of others."""
    own = {(f.ref.lang, f.place.category) for f in named if f.place.category and f.category == f.place.category}
    for file in named:
        folder = (file.ref.lang, file.place.category)
        if not file.header.fields.category or file.category == file.place.category or folder not in own:
            continue
        line = next((file.header.lines[name] for name in ("category", "categories") if name in file.header.lines), 1)
        message = said(
            "The header says %(header)s, the folder %(folder)s. The header was believed; if the file was moved, take"
            " the line out.",
            header=file.category, folder=file.place.category,
        )  # fmt: skip
        yield warning(file.path, line, "category-differs", message)


def _alias_targets(named: Sequence[ArticleFile]) -> Mapping[str, ArticleRef]:
    """Which article each old address leads to; of translations that claim one, the one in the first file."""
    found: dict[str, ArticleRef] = {}
    for file in named:
        fields = file.header.fields
        if fields.aliases or fields.url or "/" in fields.slug:
            for path in aliases_of(file):
                found.setdefault(path, file.ref)
    return found


def _category_addresses(named: Sequence[ArticleFile]) -> Mapping[str, str]:
    """The page of each folder that is a category, and of those above it."""
    found: dict[str, str] = {}
    for file in named:
        if not file.place.folders or file.category != file.place.category:
            continue
        folder, category = file.path.rpartition("/")[0], file.category
        while folder and category and folder not in found:
            found[folder] = f"/{file.ref.lang}/c/{category}"
            folder, category = folder.rpartition("/")[0], category.rpartition("/")[0]
    return found


def _language_folders(named: Sequence[ArticleFile], default_lang: str) -> tuple[str, ...]:
    """The folders of languages at the top, that of the default language first."""
    tops = {file.path.split("/")[0]: file.place.lang for file in named if file.place.lang and "/" in file.path}
    return tuple(sorted((top for top in tops if language_of(top)), key=lambda top: (tops[top] != default_lang, top)))


def aliases_of(file: ArticleFile) -> tuple[str, ...]:
    """The paths of its old addresses."""
    fields: Fields = file.header.fields
    old = [
        *fields.aliases,
        *([fields.url] if fields.url else []),
        *([fields.slug] if "/" in fields.slug.strip("/") else []),
    ]
    own = f"/{file.ref.lang}/a/{file.ref.slug}"
    paths = (alias_path(alias, file.ref.lang) for alias in old)
    return tuple(dict.fromkeys(path for path in paths if path not in {"", "/", own}))
