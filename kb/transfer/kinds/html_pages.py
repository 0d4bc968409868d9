"""Pages of HTML, as saved from a site: the main part of each, without what surrounds it."""

import posixpath
import re
from collections.abc import Sequence
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from kb.slugs import slugify
from kb.source.paths import humanise, language_of
from kb.transfer.foreign_headers import day_of, texts
from kb.transfer.html_markdown import box_kind
from kb.transfer.models import Group, Kind, Material, Reading
from kb.transfer.records import add_html_draft, host_of, language, path_of, served_files
from kb.transfer.template_pages import HTML_SUFFIXES
from kb.transfer.trees import language_roots, read_text

_MAIN = ("main article", "main", "article", "[role=main]", "[itemprop=articleBody]", "#main-content", "#content",
        ".article-body",
        ".content", "#main")  # fmt: skip
_AROUND = ("nav", "header", "footer", "aside", "[role=navigation]", "[role=banner]", "[role=contentinfo]",
           ".breadcrumb",
           ".breadcrumbs", ".sidebar", ".toc", "#toc", ".headerlink", ".skip-link", ".navheader", ".navfooter",
           ".navigation", ".nav-links", ".pagination", ".pager", ".prevnext", ".prev-next", ".sphinxsidebar",
           ".rst-footer-buttons", ".nav-wrapper", ".nav-chapters", ".navpath", "table[summary^='Navigation']",
           "[role=doc-toc]", "[role=search]")  # fmt: skip
# What the class or id of an aside says where it is a site's own.
_OF_THE_SITE = re.compile(
    r"(?i)(?:^|[-_\s])(?:\w*side(?:bar|nav)?|left|right|toc|contents?|index|menu|nav\w*|search\w*)(?:[-_\s]|$)"
)


def _pages(root: Path) -> list[Path]:
    return sorted(
        p for p in root.rglob("*") if p.suffix.lower() in {".html", ".htm"} and p.is_file() and not p.is_symlink()
    )


def _read(reading: Reading) -> Material:
    material = Material("html")
    served_files(reading.root, material)
    roots = language_roots(reading.root, HTML_SUFFIXES)
    for file in _pages(reading.root):
        path = file.relative_to(reading.root).as_posix()
        try:
            _add(file, path, reading, material, roots)
        except Exception as failure:
            material.failed(path, failure)
    return material


def _add(file: Path, path: str, reading: Reading, material: Material, roots: Sequence[str]) -> None:
    text = read_text(file, path, material)
    if text is None:
        return
    soup = BeautifulSoup(text, "html.parser")
    main = next(
        (found for css in _MAIN if (found := soup.select_one(css)) and len(found.get_text()) > 40),
        soup.body or soup,
    )
    kept = {id(t) for t in main.find_all("aside", class_=True) if not _is_of_the_site(t)}
    for tag in [t for css in _AROUND for t in main.select(css)]:
        if not tag.decomposed and id(tag) not in kept:
            tag.decompose()
    _resolve(main, soup.find("base", href=True))
    heading = main.find("h1") or soup.find("h1") or _heading_like(main, soup.find("title"))
    title = _words(heading) or _words(soup.find("title")) or humanise(file.stem)
    if isinstance(heading, Tag) and not heading.decomposed:
        heading.decompose()
    root = next((f"{folder}/" for folder in roots if path.startswith(f"{folder}/")), "")
    *folders, name = path.removeprefix(root).removesuffix(file.suffix).split("/")
    root_tag = soup.find("html")
    lang = language(root_tag.get("lang") if isinstance(root_tag, Tag) else "", "")
    if folders and language_of(folders[0]):
        lang, folders = lang or language_of(folders[0]), folders[1:]
    canonical = soup.find("link", rel="canonical")
    url = str(canonical.get("href") or "") if isinstance(canonical, Tag) else ""
    material.hosts |= {host_of(url)} - {""}
    if not _words(main) and not main.find("img"):
        material.dropped(path, 1, "empty", f"{title} has no text, and was left out.")
        return
    is_index = name.lower() in {"index", "default"}
    for depth in range(1, len(folders) + 1):
        material.groups.append(Group(tuple(slugify(f) for f in folders[:depth]), humanise(folders[depth - 1])))
    public = "/".join([*folders, *([] if is_index else [name])])
    add_html_draft(
        material, id=path, path=path, lang=lang or reading.default_lang, key=public or "index",
        slug=slugify(folders[-1] if is_index and folders else title if is_index else name) or "page", title=title,
        html=str(main), folders=tuple(slugify(f) for f in folders),
        header={"summary": _meta(soup, "description"), "tags": texts(_meta(soup, "keywords")),
                "author": _meta(soup, "author"),
                "updated": day_of(_meta(soup, "article:modified_time")),
                "publish_date": day_of(_meta(soup, "article:published_time"))},
        address=path_of(url) or f"/{path}", old=(f"/{path}", f"/{public}") if url else (f"/{public}",),
    )  # fmt: skip


def _is_of_the_site(aside: Tag) -> bool:
    """Whether an aside is marked as navigation: by what it is called, with a list of links or a search in it."""
    called = " ".join([str(aside.get("id") or ""), *(str(name) for name in aside.get("class") or ())])
    inside = aside.find(["nav", "input"]) is not None or aside.find(role="navigation") is not None
    return inside and not box_kind(aside) and bool(_OF_THE_SITE.search(called))


def _heading_like(main: Tag, title: object) -> Tag | None:
    """The first heading, where it says the title of a page that has no heading of the first level."""
    first = main.find(["h2", "h3", "h4"])
    return first if isinstance(first, Tag) and _words(first) and _words(first) == _words(title) else None


def _resolve(main: Tag, base: object) -> None:
    """Addresses that are relative to the `<base>` of their page, as relative to the page."""
    folder = str(base.get("href") or "") if isinstance(base, Tag) else ""
    if not folder or folder.startswith("/") or ":" in folder:
        return
    folder = folder.rpartition("/")[0]
    for name in ("href", "src"):
        for tag in main.select(f"[{name}]"):
            address = str(tag[name])
            if address and not address.startswith(("/", "#", "?")) and ":" not in address.partition("/")[0]:
                tag[name] = posixpath.join(folder, address)


def _words(tag: object) -> str:
    return " ".join(tag.get_text(" ").split()) if isinstance(tag, Tag) else ""


def _meta(soup: BeautifulSoup, name: str) -> str:
    found = soup.find("meta", attrs={"name": name}) or soup.find("meta", attrs={"property": name})
    return " ".join(str(found.get("content") or "").split()) if isinstance(found, Tag) else ""


KIND = Kind("html", "Pages of HTML", lambda root: bool(_pages(root)), _read)
