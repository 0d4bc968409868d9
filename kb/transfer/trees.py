"""Reads a folder of Markdown as a documentation tool keeps it; each kind says where pages, pictures and order are."""

import os
import posixpath
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core import ended_process
from kb.markup.links import SERVED_SUFFIXES
from kb.slugs import slugify
from kb.source.categories import says_something
from kb.source.nav_entries import plain_text
from kb.source.paths import humanise, language_of, usable_slug
from kb.transfer.canonical import Canonicaliser
from kb.transfer.foreign_headers import ForeignHeader, read_header
from kb.transfer.fragments import fragments_below
from kb.transfer.links import targets
from kb.transfer.models import Draft, Group, Material, digest_of
from kb.transfer.navs import NavPage, page_name
from kb.transfer.template_pages import HTML_SUFFIXES, as_markdown, flush, is_page

PAGE_SUFFIXES = frozenset({".md", ".mdx", ".markdown", ".mdown", ".mkd"})
_SUFFIXES = PAGE_SUFFIXES | HTML_SUFFIXES
# Texts that may be pages of the tool and are not read; they are counted.
_OTHER_TEXTS = HTML_SUFFIXES | {".rst", ".adoc", ".asciidoc", ".textile", ".org", ".ipynb", ".njk", ".liquid", ".pug",
                                ".haml"}  # fmt: skip
INDEX_NAMES = frozenset({"index", "readme", "_index"})
_NEVER = frozenset({"node_modules", "__pycache__", "_site", "_build", "venv"})
# Folders of tools beside the pages; inside of them such a name is a folder like any other.
_TOOL_FOLDERS = frozenset(
    [
        "vendor",
        "_includes",
        "_layouts",
        "_data",
        "_sass",
        "_templates",
        "_partials",
        "public",
        "build",
        "dist",
        "overrides",
        "themes",
        "theme",
        "layouts",
        "archetypes",
        "src",
        "target",
    ]
)
_NOT_PAGES = frozenset({"license", "licence", "notice", "contributing", "changelog", "code_of_conduct", "security",
                        "agents", "claude", "authors", "codeowners", "pull_request_template"})  # fmt: skip
# Folders that hold the pages of a site and are no topic, and how deep they lie in each other.
_ROOTS = frozenset({"docs", "doc", "documentation", "content", "contents", "src", "source", "pages", "website", "site",
                    "articles", "help", "kb"})  # fmt: skip
_ROOT_DEPTH = 4
_LABEL_MOST = 80
_FILE_MOST = 2 * 1024 * 1024
# A page that leads elsewhere holds no more than a sentence that says so.
_REDIRECT_MOST = 200
_ABBREVIATIONS = re.compile(r"(?m)^\*\[[^\]\n]{1,200}\]:[^\n]*$")
_PREFIX = re.compile(r"^(\d{1,3})\s*[-_.]+\s*(?=[^\W\d_])")
# What templates show as it is written. Outside of code it is read as that (kb/markup/dialects/tags.py).
_RAW_TAG = re.compile(r"\{%-?[ \t]{0,3}(?:end)?raw[ \t]{0,3}-?%\}")
# Where the navigation begins among the places that categories give themselves.
_IN_NAV = -1_000_000.0
_POST = re.compile(r"^(\d{4}-\d{2}-\d{2})-(?=.)")


@dataclass(frozen=True)
class Content:
    """A folder of pages below the source. `lang` is '' where paths or headers say it."""

    folder: str
    lang: str = ""


def language_roots(root: Path, suffixes: Collection[str]) -> list[str]:
    """The conventional folders (`docs`, `src/content/docs`) with folders of languages in them, that have such pages."""
    found: list[str] = []
    waiting = [(root, 0)]
    while waiting:
        folder, depth = waiting.pop(0)
        try:
            inside = sorted(one for one in folder.iterdir() if one.is_dir() and not one.is_symlink())
        except OSError:
            continue  # it is told where its files are read
        with_pages = [one for one in inside if not one.name.startswith((".", "_")) and _holds(one, suffixes)]
        languages = [one for one in with_pages if language_of(one.name)]
        # One among topics is more likely a topic that is called like a language.
        if folder != root and (len(languages) > 1 or (languages and languages == with_pages)):
            found.append(folder.relative_to(root).as_posix())
        elif depth < _ROOT_DEPTH:
            waiting += [(one, depth + 1) for one in inside if one.name.lower() in _ROOTS and not language_of(one.name)]
    return found


def _holds(folder: Path, suffixes: Collection[str]) -> bool:
    return any(
        posixpath.splitext(name)[1].lower() in suffixes for _base, _folders, names in os.walk(folder) for name in names
    )


@dataclass
class Tree:
    """Where a tool keeps what. Paths are below the source; `address` makes a page's address from its path in the
    content folder, without suffix and with index pages as their folder."""

    kind: str
    content: list[Content]
    static: tuple[str, ...] = ()
    nav: list[NavPage] = field(default_factory=list)
    address: Callable[[str, ForeignHeader], str] = lambda page, header: "/" + page
    skip: Callable[[str], bool] = lambda path: False
    groups: list[Group] = field(default_factory=list)
    redirects: Mapping[str, str] = field(default_factory=dict)
    base: str = ""
    prefix: str = ""
    hosts: frozenset[str] = frozenset()
    own_fields: bool = False
    keep_prefixes: bool = False
    # A page that has an address of its own is found at that of its path too.
    path_leads_on: bool = False
    # `address` knows what a `slug` with slashes means.
    own_addresses: bool = False
    readme_is_page: bool = False
    extra_suffixes: frozenset[str] = frozenset()
    variables: Mapping[str, str] = field(default_factory=dict)
    # Files that give the order and are no pages.
    read_otherwise: frozenset[str] = frozenset()
    # Like `address`, of the file's own path too; and the labels of its categories where the navigation has none.
    address_at: Callable[[str, str, ForeignHeader], str] | None = None
    labels_at: Callable[[str, ForeignHeader], tuple[str, ...]] = lambda path, header: ()
    # What stands before the addresses of a language; without it, the folder or suffix of translations.
    language_prefix: Callable[[str], str] | None = None
    # What the site writes below a page from its header, as Markdown; '' for nothing.
    below: Callable[[ForeignHeader], str] = lambda header: ""
    # Whether pages are templates first, so that `{% raw %}` in code is none of it.
    has_raw_tags: bool = False
    # An index page is a page with its folder of pictures, whatever else lies there (Hugo has `_index` for the others).
    index_is_leaf: bool = False
    # What the tool's settings say of a page (by its path) that does not say it itself.
    defaults: Callable[[str], Mapping[str, Any]] = lambda path: {}


def read_tree(root: Path, tree: Tree, default_lang: str) -> Material:
    """All pages of the tree as drafts, in the order of its navigation, then by path."""
    material = Material(
        tree.kind, static=tree.static, base=tree.base, prefix=tree.prefix, hosts=tree.hosts,
        redirects=dict(tree.redirects), groups=list(tree.groups), content=tuple(c.folder for c in tree.content),
        ordered=bool(tree.nav), lang=default_lang,
    )  # fmt: skip
    pages = _list(root, tree, material)
    if any(posixpath.splitext(path)[1].lower() in HTML_SUFFIXES for path, _ in pages):
        material.fragments = fragments_below(root)
    nav = {entry.page.lower(): (number, entry) for number, entry in enumerate(tree.nav)}
    convert = Canonicaliser(root, [*(c.folder for c in tree.content), *tree.static], tree.variables)
    convert.know([*(path for path, _ in pages), *material.files])
    of_language = _named_by_language(pages)
    leaves = _leaves(pages, tree, of_language)
    taken: set[str] = set()
    drafts: list[tuple[tuple[int, str], Draft]] = []
    for path, content in pages:
        if path in taken:
            continue
        taken.add(path)
        try:
            place, draft = _page(root, path, content, tree, nav, default_lang, convert, material, leaves, of_language)
        except Exception as failure:
            material.failed(path, failure)
            continue
        if draft:
            drafts.append(((place, path), draft))
    drafts.sort(key=lambda pair: pair[0])
    material.drafts = _one_by_permalink([draft for _, draft in drafts])
    material.placed = frozenset(draft.id for (place, _), draft in drafts if place < len(nav))
    _name_groups(root, tree, material)
    material.names = {
        name: d.id for d in reversed(material.drafts) for name in (_stem(d.path).lower(), d.title.lower())
    }
    return material


def _list(root: Path, tree: Tree, material: Material) -> list[tuple[str, Content]]:
    contents = sorted(tree.content, key=lambda c: -len(c.folder))
    pages: list[tuple[str, Content]] = []
    about: list[tuple[str, Content]] = []
    texts: dict[str, list[str]] = defaultdict(list)
    for base, folders, names in os.walk(root):
        inside = Path(base).relative_to(root).as_posix()
        inside = "" if inside == "." else inside
        kept = []
        for name in sorted(folders):
            path = f"{inside}/{name}".lstrip("/")
            wanted = any(c.folder == path or c.folder.startswith(f"{path}/") or path == s or s.startswith(f"{path}/")
                         for c in contents for s in (*tree.static, c.folder))  # fmt: skip
            if (Path(base) / name).is_symlink():
                material.dropped(path, 1, "link", "It is a link to another folder, and was not followed.")
            elif wanted or not _is_tools(name, path, contents):
                kept.append(name)
            elif name not in {".git", "node_modules"}:
                material.dropped(f"{path}/", 1, "not-read", "The folder is a tool's, and was not read.")
        folders[:] = kept
        for name in sorted(names):
            path = f"{inside}/{name}".lstrip("/")
            file = root / path
            if file.is_symlink() and not file.resolve().is_relative_to(root.resolve()):
                material.dropped(path, 1, "link", "It is a link that leads out of the source, and was not followed.")
                continue
            stem, suffix = posixpath.splitext(name)
            content = next((c for c in contents if not c.folder or path.startswith(f"{c.folder}/")), None)
            if suffix.lower() in PAGE_SUFFIXES | tree.extra_suffixes:
                material.files_read += 1
                if path in tree.read_otherwise:
                    continue
                if content is None or _no_page(path, stem, content, tree):
                    why = "It is a part of pages or about the project" if content else "It lies outside of the pages"
                    material.dropped(path, 1, "not-read", f"{why}, and was not read as one.")
                elif inside in {"", content.folder} and stem.lower() in _NOT_PAGES:
                    about.append((path, content))
                else:
                    pages.append((path, content))
            elif suffix.lower() in HTML_SUFFIXES and content and _is_html_page(file, path, stem, content, tree):
                material.files_read += 1
                pages.append((path, content))
            elif suffix.lower() in SERVED_SUFFIXES:
                material.files_read += 1
                material.files[path] = file
            elif content and suffix.lower() in _OTHER_TEXTS:
                texts[suffix.lower()].append(path)
    for suffix, paths in sorted(texts.items()):
        material.files_read += len(paths)
        what = f"{len(paths)} {suffix} files were" if len(paths) > 1 else f"A {suffix} file was"
        material.dropped(paths[0], 1, "not-read", f"{what} not read: it is no Markdown, or HTML without a header.")
    return [*pages, *_wanted(root, tree, about, pages, material)]


def _wanted(
    root: Path, tree: Tree, about: list[tuple[str, Content]], pages: list[tuple[str, Content]], material: Material
) -> list[tuple[str, Content]]:  # fmt: skip
    """Pages with a name such as `contributing`, if the navigation or another page leads to them."""
    if not about:
        return []
    named = {entry.page.lower() for entry in tree.nav}
    linked: set[str] = set()
    for path, content in pages:
        file = root / path
        text = file.read_text(encoding="utf-8", errors="replace") if file.stat().st_size <= _FILE_MOST else ""
        for target, _, _ in targets(text):
            place = target.partition("#")[0].partition("?")[0].rstrip("/")
            if not place or ":" in place:
                continue
            plain = posixpath.splitext(place)[0] if posixpath.splitext(place)[1] in _SUFFIXES else place
            here = posixpath.dirname(path)
            linked |= {
                posixpath.normpath(posixpath.join(base, plain.lstrip("/"))).lower()
                for base in ((content.folder, "") if place.startswith("/") else (here, f"{here}/x"))
            }
    wanted = []
    for path, content in about:
        inner = _inner(path, content.folder).lower()
        if inner in named or posixpath.splitext(path)[0].lower() in linked:
            wanted.append((path, content))
        else:
            material.dropped(path, 1, "not-read", "It is about the project, and no page leads to it; it was not read.")
    return wanted


def _is_html_page(file: Path, path: str, stem: str, content: Content, tree: Tree) -> bool:
    if _no_page(path, stem, content, tree):
        return False
    try:
        with file.open("rb") as opened:
            return is_page(opened.read(200), stem)
    except OSError:
        return False


def _is_tools(name: str, path: str, contents: list[Content]) -> bool:
    if name in _NEVER or (name.startswith(".") and name != ".gitbook"):
        return True
    inside = any(c.folder and path.startswith(f"{c.folder}/") for c in contents)
    return not inside and "/" not in path and name in _TOOL_FOLDERS


def _no_page(path: str, stem: str, content: Content, tree: Tree) -> bool:
    inner = path[len(content.folder) :].lstrip("/")
    parts = inner.split("/")
    if (
        any(part.startswith("_") and part.lower() not in {"_posts", "_drafts"} for part in parts[:-1])
        and not tree.own_fields
    ):
        return not content.folder.startswith("_")
    # `_index.en.md` is the page of its folder in a language.
    if stem.startswith("_") and stem.partition(".")[0].lower() not in INDEX_NAMES:
        return True
    at_top = not content.folder and len(parts) == 1
    return (at_top and stem.lower() == "readme" and not tree.readme_is_page) or tree.skip(path)


def _page(
    root: Path, path: str, content: Content, tree: Tree, nav: Mapping[str, tuple[int, NavPage]], default_lang: str,
    convert: Canonicaliser, material: Material, leaves: Set[str], of_language: Set[str],
) -> tuple[int, Draft | None]:  # fmt: skip
    """The page, and its place in the navigation (after all of it when it is not there)."""
    text = read_text(root / path, path, material)
    if text is None:
        return 0, None
    header = read_header(text, own_fields=tree.own_fields, defaults=tree.defaults(path))
    if header.problem:
        message = f"Its header cannot be read ({header.problem}); its text was taken without it."
        material.dropped(path, header.problem_line, "header-broken", message)
    for key in header.dropped:
        message = f"{key} is a field of {tree.kind} that has no meaning here, and was left out."
        material.dropped(path, 1, "header-field", message)
    inner, lang, below = _without_language(path, content, of_language)
    lang = header.lang or lang or default_lang
    is_html = posixpath.splitext(path)[1].lower() in HTML_SUFFIXES
    written_body = flush(header.body) if is_html else header.body
    canonical = convert.page(written_body, path, header.body_line, lang, header.raw)
    material.findings += canonical.findings
    if canonical.generated:
        material.generated.add(path)
    body, heading = _html_body(canonical.text, header.title, path, material) if is_html else without_title(
        canonical.text, header.title)  # fmt: skip
    if tree.has_raw_tags:
        body = _RAW_TAG.sub("", body)
    if added := tree.below(header):
        body = f"{body.rstrip()}\n\n{added}\n"
    if not _ABBREVIATIONS.sub("", body).strip() and _ABBREVIATIONS.search(body):
        material.dropped(path, 1, "not-read", "It holds nothing but abbreviations, and was not read as a page.")
        return 0, None
    taken_off = canonical.text.count("\n") - body.count("\n")
    plain, order = without_prefixes(inner, keep=tree.keep_prefixes)
    *folders, name = plain.split("/")
    post = _POST.match(name)
    name = name[post.end() :] if post else name
    is_index = name.lower() in INDEX_NAMES
    if is_html and not body.strip() and not is_index:
        material.dropped(path, 1, "empty", "The page has no text of its own, and was left out.")
        return 0, None
    if is_index and not body.strip():
        _index_group(header, tuple(folders), lang, material, header.title, is_article=False)
        return 0, None
    public = "/".join([*folders, *([] if is_index else [name])])
    permalink = "" if tree.address_at or tree.own_addresses else _permalink(header)
    if tree.address_at:
        address = tree.address_at(path, public, header)
    elif header.address.startswith("/") and not tree.own_addresses:
        address = header.address
    elif permalink:
        address = f"/{permalink}"
    else:
        address = tree.address(public, header)
    named_in_nav = page_name(address)
    below = tree.language_prefix(lang) if tree.language_prefix else below if lang != default_lang else ""
    told = str(header.raw.get("permalink") or "")
    old = [*header.old, *([f"/{permalink}"] if permalink else [])]
    if tree.path_leads_on and header.address:
        old.append(below + tree.address(public, header))
    if below and not header.address.startswith("/") and not f"{address}/".startswith(f"{below}/"):
        address = below + address
    inside = [part.lower() for part in folders]
    leaf = next((n for n in range(1, len(inside) + 1) if "/".join(inside[:n]) in leaves), 0)
    own_id = "/".join([*folders, str(header.raw.get("id", name))])
    onward = next((t for k in ("redirect_to", "redirect", "redirectTo") if isinstance(t := header.raw.get(k), str)), "")
    if onward and len(body.strip()) < _REDIRECT_MOST:
        if "://" in onward:
            material.dropped(path, 1, "redirect", f"The page only leads to {onward[:200]}, and was left out.")
        material.redirects[address] = onward
        return 0, None
    known = (inner, plain, own_id, public, named_in_nav)
    place, entry = next((nav[n.lower()] for n in known if n.lower() in nav), (len(nav), None))
    title = (
        convert.words(header.title or heading, path, lang)
        or (entry.title if entry else "")
        or humanise(folders[-1] if is_index and folders else name)
    )
    slug_from = header.raw.get("slug")
    named = (folders[-1] if folders else title) if is_index else name
    written = str(slug_from).strip("/") if slug_from and str(slug_from).strip("/") else named
    fields = dict(header.fields)
    if summary := fields.get("summary"):
        fields["summary"] = convert.words(summary, path, lang)
    if post and "publish_date" not in fields:
        from kb.transfer.foreign_headers import day_of

        if day := day_of(post[1]):
            fields["publish_date"] = day
    if is_index:
        _index_group(header, tuple(folders), lang, material, title, is_article=name.lower() != "_index")
    if is_index and leaf:
        order = without_prefixes(posixpath.dirname(inner), keep=tree.keep_prefixes)[1]
    elif is_index:
        order = -1.0 if order is None else order
    labels = entry.labels if entry else tree.labels_at(path, header)
    for depth in range(1, len(labels) + 1) if not entry else ():
        material.groups.append(Group(slugs_of(labels[:depth]), plain_text(labels[depth - 1])))
    return place, Draft(
        id=path, path=path, lang=lang, slug=usable_slug(written) or slugify(title) or "page", title=title, body=body,
        key=header.key or plain.lower(), line=header.body_line,
        folders=slugs_of(labels) if entry or labels else slugs_of(folders[: leaf - 1] if leaf else folders),
        header=fields, address=address, old=tuple(dict.fromkeys(old)),
        order=order if header.order is None else header.order,
        upstream=digest_of([text]), numbers=() if is_html else canonical.numbers[taken_off:],
        permalink="" if set(told) & set("{:") else told.strip("/"), has_own_key=bool(header.key),
    )  # fmt: skip


def _permalink(header: ForeignHeader) -> str:
    """An address from the top of the site that is written without its slash, as Obsidian and Eleventy have it."""
    written = header.raw.get("permalink") or header.raw.get("url")
    address = header.address
    if not written or address.startswith(("/", ":", "@", "#")) or "://" in address or address != str(written).strip():
        return ""
    return address.removesuffix("index.html").rstrip("/")


def _one_by_permalink(drafts: list[Draft]) -> list[Draft]:
    """The drafts, where pages of several languages with one permalink are one article: neither their headers nor their
    paths say of any of them what it is a translation of."""
    sharing: dict[str, list[Draft]] = defaultdict(list)
    languages: dict[str, set[str]] = defaultdict(set)
    for draft in drafts:
        languages[draft.key].add(draft.lang)
        if draft.permalink:
            sharing[draft.permalink].append(draft)
    keys: dict[str, str] = {}
    for pages in sharing.values():
        alone = all(len(languages[draft.key]) == 1 and not draft.has_own_key for draft in pages)
        if alone and len({draft.lang for draft in pages}) == len(pages):
            keys |= {draft.id: pages[0].key for draft in pages}
    return [replace(draft, key=keys.get(draft.id, draft.key)) for draft in drafts]


def _named_by_language(pages: Collection[tuple[str, Content]]) -> frozenset[str]:
    """The pages that are called like a language in a folder that is one page, `refunds/en.md` beside `refunds/tr.md`.

    So where half of all pages are, in several folders that hold no others: one may be about countries.
    """
    inside: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    above: set[str] = set()
    for path, content in pages:
        inner = _inner(path, content.folder)
        folder = posixpath.dirname(path)
        is_language = "/" in inner and not content.lang and _is_tag(posixpath.basename(inner))
        inside[folder].append((path, is_language))
        above |= {folder[: at.start()] for at in re.finditer("/", folder)}
    whole = [some for folder, some in inside.items() if folder not in above and all(named for _, named in some)]
    found = frozenset(path for some in whole for path, _ in some)
    several = len(whole) > 1 and len({language_of(_stem(path)) for path in found}) > 1
    return found if several and 2 * len(found) >= len(pages) else frozenset()


def _is_tag(name: str) -> bool:
    """Whether a file's name, or what stands before its suffix, is the tag of a language."""
    return len(name) in {2, 5, 7} and bool(language_of(name))


def _without_language(path: str, content: Content, of_language: Set[str]) -> tuple[str, str, str]:
    """The path below the content folder without suffix and language; the language, and what says it in addresses.
    `of_language` are the pages whose name is their language."""
    inner, lang, below = _inner(path, content.folder), content.lang, ""
    if path in of_language:
        inner, _, name = inner.rpartition("/")
        return inner, language_of(name), f"/{name}"
    first, _, rest = inner.partition("/")
    if not lang and rest and language_of(first):
        lang, inner, below = language_of(first), rest, f"/{first}"
    stem, dot, suffix = inner.rpartition(".")
    if dot and _is_tag(suffix):
        lang, inner, below = lang or language_of(suffix), stem, below or f"/{suffix}"
    return inner, lang, below


def _leaves(pages: Iterable[tuple[str, Content]], tree: Tree, of_language: Set[str]) -> frozenset[str]:
    """The folders, without numbers, that are one page in all languages: they hold an index page and pictures."""
    alone: set[str] = set()
    bundles: set[str] = set()
    others: set[str] = set()
    for path, content in pages:
        inner = without_prefixes(_without_language(path, content, of_language)[0], keep=tree.keep_prefixes)[0].lower()
        folder, _, name = inner.rpartition("/")
        if not folder:
            continue
        others |= {folder[: at.start()] for at in re.finditer("/", folder)}
        (alone if name in INDEX_NAMES else others).add(folder)
        if name == "index" and tree.index_is_leaf:
            bundles.add(folder)
    return frozenset(bundles | (alone - others))


def _html_body(html: str, title: str, path: str, material: Material) -> tuple[str, str]:
    try:
        body, heading, dropped = as_markdown(html, title, material.fragments)
    except ended_process.TookTooLong:
        material.dropped(path, 1, "took-too-long", "The page takes too long to read, and was left out.")
        material.unread.add(path)
        return "", title
    for name, count in dropped.items():
        material.dropped(
            path,
            1,
            f"dropped-{name}",
            f"{'What browsers hide' if name == 'hidden' else f'<{name}>'} was left out ({count} times).",
        )
    return body, heading


def _inner(path: str, folder: str) -> str:
    """The path below the content folder, without suffix."""
    return posixpath.splitext(path[len(folder) :].lstrip("/") if folder else path)[0]


def _stem(path: str) -> str:
    return posixpath.splitext(posixpath.basename(path))[0]


def slugs_of(folders: Iterable[str]) -> tuple[str, ...]:
    return tuple(slug for folder in folders if (slug := slugify(folder)))


def without_prefixes(inner: str, *, keep: bool) -> tuple[str, float | None]:
    """`02-guides/01-begin` as `guides/begin`, and the number of its last part."""
    if keep:
        return inner, None
    parts = inner.split("/")
    last = _PREFIX.match(parts[-1])
    return "/".join(_PREFIX.sub("", part) for part in parts), float(last[1]) if last else None


def without_title(body: str, title: str) -> tuple[str, str]:
    """The body without the first heading that is the page's title, and that heading."""
    found = re.match(r"(?:[ \t]*\n)*(?:##? +(.+?)(?: +#+)?[ \t]*|([^\n#>`|<\-*+\d ][^\n]*)\n=+[ \t]*)(?:\n|$)", body)
    if found is None:
        return body, ""
    written = found[1] or found[2]
    anchor = re.search(r"\s*\{[^{}]*\}\s*$", written)
    heading = plain_text(written[: anchor.start()] if anchor else written)
    if (
        not heading
        or (title and slugify(heading) != slugify(title))
        or (found[0].lstrip().startswith("##") and not title)
    ):
        return body, "" if found[0].lstrip().startswith("##") else heading
    return body[found.end() :].lstrip("\n"), heading


def title_of(folder: Path, page: str) -> str:
    """The title of a page below a folder; '' if there is none."""
    file = folder / page
    if ".." in page.split("/") or not file.is_file() or file.stat().st_size > _FILE_MOST:
        return ""
    header = read_header(file.read_text(encoding="utf-8", errors="replace"))
    return header.title or without_title(header.body, "")[1]


def _index_group(
    header: ForeignHeader, folders: tuple[str, ...], lang: str, material: Material, title: str, *, is_article: bool
) -> None:
    """What the page of a folder says of the category. That of an article may say nothing of it (`Overview`)."""
    slugs = slugs_of(folders)
    label = plain_text(str(header.raw.get("sidebar_label") or header.raw.get("linkTitle") or title))
    label = says_something(label) if is_article else label if len(label) <= _LABEL_MOST else ""
    summary = str(header.fields.get("summary", ""))
    if slugs and (label or summary or header.order is not None):
        material.groups.append(Group(slugs, label, lang, summary, header.order))


def _name_groups(root: Path, tree: Tree, material: Material) -> None:
    """Titles and places of categories: of the navigation first, then what files and pages of the tool say of their
    folders, which is known by now, and the names of the folders last."""
    found: dict[tuple[str, ...], Group] = {}
    for number, entry in enumerate(tree.nav):
        for depth in range(1, len(entry.labels) + 1):
            slugs = slugs_of(entry.labels[:depth])
            if slugs and slugs not in found:
                found[slugs] = Group(slugs, plain_text(entry.labels[depth - 1]), "", "", _IN_NAV + number)
    named: dict[tuple[str, ...], Group] = {}
    for content in tree.content:
        below = root / content.folder
        for number, folder in enumerate(sorted(path for path in below.rglob("*") if path.is_dir())):
            inner = folder.relative_to(below).as_posix()
            lang = content.lang
            first, _, rest = inner.partition("/")
            if not lang and language_of(first):
                lang, inner = language_of(first), rest
            plain, order = without_prefixes(inner, keep=tree.keep_prefixes)
            slugs = slugs_of(plain.split("/"))
            if slugs and slugs not in named:
                name = humanise(plain.rsplit("/", 1)[-1])
                named[slugs] = Group(slugs, name, "", "", order if order is not None else 100_000.0 + number)
    material.groups = [*found.values(), *material.groups, *named.values()]


def read_text(file: Path, path: str, material: Material) -> str | None:
    """The text of a file, None (and a finding) if it cannot be read."""
    text = _text_of(file, path, material)
    if text is None:
        material.unread.add(path)
    return text


def _text_of(file: Path, path: str, material: Material) -> str | None:
    try:
        if file.stat().st_size > _FILE_MOST:
            material.dropped(path, 1, "too-large", "The file is larger than 2 MB, and was left out.")
            return None
        data = file.read_bytes()
    except OSError as failure:
        material.dropped(path, 1, "unreadable", f"The file cannot be read: {failure.strerror}.")
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as failure:
        if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
            text = data.decode("utf-16", "replace")
        else:
            line = data[: failure.start].count(b"\n") + 1
            material.dropped(path, line, "not-utf-8", "The file is not UTF-8; it was read as Western European text.")
            text = data.decode("cp1252", "replace")
    if "\0" in text:
        material.dropped(path, 1, "not-text", "The file is not text, and was left out.")
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")
