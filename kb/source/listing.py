"""Lists the articles folder: what is an article, what is served beside articles, what describes them, and what is not
read. Nothing is passed over in silence: what is not read is counted, one finding a kind.
"""

import os
import stat
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from core.texts.said import said
from kb.findings import Finding, error, warning
from kb.markup.links import SERVED_SUFFIXES
from kb.source.categories import CATEGORY_FILES
from kb.source.inside import PICTURE_FOLDERS, is_folder, outside
from kb.source.navigation import NAVIGATION_FILES, is_navigation
from kb.source.paths import language_of

ARTICLE_SUFFIXES = frozenset({".md", ".markdown", ".mdx"})
_SUFFIXES_OF_PROJECT_FILES = ARTICLE_SUFFIXES | {"", ".txt", ".rst"}
_PAGE_ENDINGS = frozenset(suffix[1:] for suffix in ARTICLE_SUFFIXES)
# Pages in other markup: somebody's articles, but not ours.
_OTHER_MARKUP = """
    .adoc .asciidoc .asc .creole .dita .doc .htm .html .ipynb .liquid .mdown .mediawiki .mkd .njk .org .pod .qmd .rmd
    .rst .rtf .tex .textile .wiki .xhtml
"""
_FOREIGN = frozenset(_OTHER_MARKUP.split())
# At the top these are about the project whatever their case; a help centre may well have a page `security.md`.
_PROJECT_FILES = frozenset({"changelog", "contributing", "copying", "licence", "license", "notice", "readme"})
_IN_CAPITALS = """
    AGENTS AUTHORS CODE_OF_CONDUCT CODEOWNERS CONTRIBUTORS GOVERNANCE MAINTAINERS SECURITY SUPPORT
"""
_PROJECT_FILES_IN_CAPITALS = frozenset(_IN_CAPITALS.split())
_TOOL_FOLDERS = frozenset({"node_modules", "__pycache__", "bower_components", "site-packages", "venv"})
# Below a language these are somebody's categories. `versioned_docs` holds what Docusaurus has for earlier versions.
_TOOL_FOLDERS_AT_THE_TOP = frozenset({"vendor", "versioned_docs"})
_NAMED_MOST = 3


# What changes whenever a file is written; the same fields as in Git's index.
Stamp = tuple[int, int, int, int]


def stamp_of(found: os.stat_result) -> Stamp:
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


@dataclass
class Listing:
    """Paths below the folder. `articles` are in order, `stamps` those of the ones that are no links; `files` may be
    served, with their (mtime, size); `described_in` describe categories, `navigation` orders articles. `findings` tell
    what was left out because it lies elsewhere, `skipped` are the paths that are not read, by kind."""

    articles: list[str] = field(default_factory=list)
    stamps: dict[str, Stamp] = field(default_factory=dict)
    files: dict[str, tuple[int, int]] = field(default_factory=dict)
    described_in: list[str] = field(default_factory=list)
    navigation: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    skipped: dict[str, list[str]] = field(default_factory=dict)

    def not_read(self, included: Collection[str] = ()) -> list[Finding]:
        """What is not read, one finding a kind. `included` are texts that articles take in, such as `_parts/a.md`."""
        used = frozenset(included)
        apart = [
            path
            for path in self.skipped.get("underscore", [])
            if path not in used and not (path.endswith("/") and any(one.startswith(path) for one in used))
        ]
        return list(_not_read({**self.skipped, "underscore": apart}))


def list_folder(folder: Path) -> Listing:
    """Walk the folder. What lies elsewhere, behind a link, is not walked into."""
    listing = Listing()
    skipped: dict[str, list[str]] = defaultdict(list)
    for base, folders, names in os.walk(folder, onerror=partial(_unreadable, folder, listing)):
        # Strings, since there may be thousands of files, and this runs at every save.
        inside = Path(base).relative_to(folder).as_posix()
        prefix = "" if inside == "." else f"{inside}/"
        folders[:] = sorted(_folders(folder, prefix, folders, listing, skipped))
        has_page = any(
            name.startswith(("index.", "_index.")) and name.partition(".")[2].lower() in _PAGE_ENDINGS for name in names
        )
        for name in sorted(names):
            _file(folder, prefix, name, has_page, listing, skipped)
    listing.articles.sort()
    _gitbook_summary(listing, skipped)
    listing.skipped = dict(skipped)
    return listing


def _is_tools(folder: Path, name: str) -> bool:
    """Whether a folder at the top is a tool's own. Docusaurus has its translations in `i18n/<lang>/<plugin>/current`,
    which `flask kb import` reads."""
    return name in _TOOL_FOLDERS_AT_THE_TOP or (name == "i18n" and any((folder / name).glob("*/docusaurus-*")))


def _unreadable(folder: Path, listing: Listing, failure: OSError) -> None:
    """A folder that may not be read, or was removed meanwhile, which is nothing to tell of."""
    if not isinstance(failure, FileNotFoundError):
        path = f"{Path(failure.filename).relative_to(folder).as_posix()}/"
        message = said("The folder cannot be read: %(reason)s. What is published of it stays.", reason=failure.strerror)
        listing.findings.append(error(path, 1, "unreadable", message))


def _folders(
    folder: Path, prefix: str, names: list[str], listing: Listing, skipped: dict[str, list[str]]
) -> Iterator[str]:
    for name in sorted(names):
        path = f"{prefix}{name}"
        if name == ".gitbook" and is_folder(folder / path / "assets"):
            yield name
        elif name.startswith("."):
            # Under `.gitbook` only the pictures; Kubernetes keeps the files of a volume in `..data`.
            if name not in {".git", ".gitbook"} and not name.startswith("..") and _holds_articles(folder / path):
                skipped["hidden"].append(f"{path}/")
        elif prefix.endswith(".gitbook/") and name != "assets":
            continue
        elif name in _TOOL_FOLDERS or (not prefix and _is_tools(folder, name)):
            skipped["tool"].append(f"{path}/")
        elif name.startswith("_") and name not in PICTURE_FOLDERS:
            if _holds_articles(folder / path):
                skipped["underscore"].append(f"{path}/")
        elif (folder / path).is_symlink():  # not walked into, wherever it leads
            listing.findings += outside(folder, path) or [
                warning(path, 1, "linked-folder", said("It is a link to another folder here, and was not followed."))
            ]
        else:
            yield name


def _holds_articles(folder: Path) -> bool:
    """Whether there is Markdown in a folder that is not walked, not looking far."""
    for seen, (_, folders, names) in enumerate(os.walk(folder)):
        if any(os.path.splitext(name)[1].lower() in ARTICLE_SUFFIXES for name in names):  # noqa: PTH122
            return True
        folders[:] = [name for name in folders if name not in _TOOL_FOLDERS]
        if seen > 200:
            break
    return False


def _file(
    folder: Path, prefix: str, name: str, has_page: bool, listing: Listing, skipped: dict[str, list[str]]
) -> None:
    path = f"{prefix}{name}"
    stem, suffix = os.path.splitext(name)  # noqa: PTH122
    suffix = suffix.lower()
    if name in NAVIGATION_FILES and is_navigation(path):
        listing.navigation.append(path)
        return
    if name.startswith(".") or name.endswith("~"):
        return
    if name in CATEGORY_FILES:
        listing.described_in.append(path)
        return
    article = suffix in ARTICLE_SUFFIXES
    if name.startswith("_") and stem != "_index":
        if article:
            skipped["underscore"].append(path)
        return
    is_named = stem.lower() in _PROJECT_FILES or stem in _PROJECT_FILES_IN_CAPITALS
    if is_named and suffix in _SUFFIXES_OF_PROJECT_FILES:
        readme = stem.lower() == "readme"
        at_top = not prefix or (prefix.count("/") == 1 and bool(language_of(prefix[:-1])))
        # `CHANGELOG.md` belongs to a project wherever it lies, `security.md` in a folder is an article.
        if (readme and (not prefix or has_page)) or (not readme and (at_top or stem.isupper())):
            skipped["beside" if readme and prefix else "project"].append(path)
            return
    if not (article or suffix in SERVED_SUFFIXES):
        if _leads_nowhere(f"{folder}/{path}"):
            listing.findings.append(
                warning(path, 1, "dangling-link", said("It is a link to a file or folder that is not there."))
            )
            return
        skipped["markup" + suffix if suffix in _FOREIGN else "other"].append(path)
        return
    try:
        found = os.lstat(f"{folder}/{path}")
        if not stat.S_ISREG(found.st_mode):
            refused = outside(folder, path)
            listing.findings += refused
            if refused:
                return
            found = (folder / path).stat()
        elif article:
            listing.stamps[path] = stamp_of(found)
    except OSError:  # removed after the listing, as an editor's temporary file is
        if _leads_nowhere(f"{folder}/{path}"):
            report = error if article else warning
            listing.findings.append(
                report(
                    path,
                    1,
                    "dangling-link",
                    said("It is a link to a file or folder that is not there, and was left out."),
                )
            )
        return
    if article:
        if ".gitbook/" in prefix or ("_" in prefix and PICTURE_FOLDERS & set(prefix.split("/"))):
            skipped["underscore"].append(path)
            return
        listing.articles.append(path)
        if stem == "_index":
            listing.described_in.append(path)
    else:
        listing.files[path] = (found.st_mtime_ns, found.st_size)


def _leads_nowhere(path: str) -> bool:
    """Whether it is a link to something that is not there. Strings, as above."""
    return os.path.islink(path) and not os.path.exists(path)  # noqa: PTH110, PTH114


def _gitbook_summary(listing: Listing, skipped: dict[str, list[str]]) -> None:
    """With a table of contents beside it, `README.md` at the top is a book's first page."""
    for path in listing.navigation:
        above, _, name = path.rpartition("/")
        readme = f"{above}/README.md" if above else "README.md"
        passed = next((paths for paths in (skipped["project"], skipped["beside"]) if readme in paths), None)
        if name == "SUMMARY.md" and passed is not None:
            passed.remove(readme)
            listing.articles.append(readme)
            listing.articles.sort()


def _not_read(skipped: dict[str, list[str]]) -> Iterator[Finding]:
    for kind, paths in sorted(skipped.items()):
        if not paths:
            continue
        first = paths[0].rstrip("/")
        if kind.startswith("markup"):
            suffix = kind.removeprefix("markup")
            what = said("1 %(kind)s file", kind=suffix)
            if len(paths) > 1:
                what = said("%(number)s %(kind)s files", number=len(paths), kind=suffix)
            message = said(
                "Not read: %(what)s: articles are written in Markdown (%(kinds)s).",
                what=what, kinds=", ".join(sorted(ARTICLE_SUFFIXES)),
            )  # fmt: skip
        elif kind == "tool":
            # Each by itself, since nobody knows in which language they are listed.
            message = said("Not read: %(paths)s.", paths=", ".join(f"{path} (tool folder)" for path in paths))
        elif kind == "hidden":
            message = said("Not read: %(paths)s: hidden folders with Markdown in them.", paths=_named(paths))
        elif kind == "underscore":
            message = said("Not read: %(paths)s: names that begin with _ are no articles.", paths=_named(paths))
        elif kind == "beside":
            message = said("Not read: %(paths)s: the page of its folder is the index beside it.", paths=_named(paths))
        elif kind == "project":
            message = said("Not read: %(paths)s: files about the project, not for its customers.", paths=_named(paths))
        else:
            counted: dict[str, int] = defaultdict(int)
            for path in paths:
                counted[os.path.splitext(path)[1].lower() or path.rsplit("/", 1)[-1]] += 1  # noqa: PTH122
            kinds = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
            listed = ", ".join(f"{count} {suffix}" for suffix, count in kinds[:12])
            message = said(
                "Not read: %(kinds)s: files of other kinds.",
                kinds=said("%(kinds)s and more", kinds=listed) if len(kinds) > 12 else listed,
            )
        yield warning(first, 1, "not-read", message)


def _named(paths: list[str]) -> str:
    shown = ", ".join(paths[:_NAMED_MOST])
    more = len(paths) - _NAMED_MOST
    return said("%(paths)s and %(number)s more", paths=shown, number=more) if more > 0 else shown
