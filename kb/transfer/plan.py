"""Pure: what an import would write. Drafts get their place and their text; nothing on disk is looked at or changed."""

import posixpath
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import yaml

from kb.findings import Finding, Severity
from kb.markup.dialects.inline import safe_anchor
from kb.markup.media import video_of
from kb.slugs import slugify, unique
from kb.source.nav_entries import plain_text
from kb.source.paths import humanise, language_of
from kb.transfer.links import rewrite
from kb.transfer.models import Draft, Group, Material
from kb.transfer.resolve import Resolver, To

FILES = "files"
_NOT_NAMES = frozenset({"readme", "license", "notice", "contributing", "changelog", "index", "summary",
                        "code-of-conduct",
                        "security"})  # fmt: skip
_STEP = 10
_HEADING = re.compile(r"(?m)^#{1,6}[ \t]+([^\n{<\[]*)$")
_ANY_HEADING = re.compile(r"(?m)^#{1,6}[ \t]+([^\n]{1,500})$")
_ID = re.compile(r"""\b(?:id|name)=["']([^"'\n]{1,200})|\{ ?#([^\s{}]{1,200})""")
_APOSTROPHE = re.compile("['\u2019\u02bc]")
_ANCHOR = re.compile(r"(?m)^(#{1,6} .*?)\{ ?(#[^{}\n]*(?:[.()/:]|(?<=\{#)#)[^{}\n]*?) ?\}[ \t]*$")
_HEADER = ("title", "slug", "summary", "tags", "status", "publish_date", "expiry_date", "updated", "review_by",
           "author",
           "owner", "questions", "synonyms", "aliases", "audience", "search", "handoff", "position")  # fmt: skip


@dataclass(frozen=True)
class Output:
    """One file to write: a text, or a copy of `file`. `id` is the same over runs, `upstream` a digest of the source."""

    id: str
    path: str
    text: str = ""
    file: Path | None = None
    upstream: str = ""
    title: str = ""
    position: int | None = None


@dataclass(frozen=True)
class Memory:
    """What an earlier run wrote: paths and positions by id."""

    paths: Mapping[str, str] = field(default_factory=dict)
    positions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """`missing` are pictures that are not in the source, `remote` those on other sites, `broken` links to nowhere;
    `unread` the ids of pages that are in the source and could not be read this time."""

    outputs: tuple[Output, ...]
    articles: int
    drafts: int
    languages: tuple[str, ...]
    categories: int
    findings: tuple[Finding, ...] = ()
    missing: tuple[Finding, ...] = ()
    remote: tuple[Finding, ...] = ()
    broken: tuple[Finding, ...] = ()
    unused: int = 0
    unread: frozenset[str] = frozenset()


def plan(material: Material, memory: Memory) -> Plan:
    if material.verbatim:
        return _verbatim(material)
    slugs = _slugs(material, memory)
    paths = {draft.id: _path(draft, slugs[draft.key]) for draft in material.drafts}
    folders = {p.as_posix() for path in paths.values() for p in PurePosixPath(path).parents}
    positions = _positions(material, memory)
    resolver = Resolver(material)
    files = _file_places(material)
    aliases = _aliases(material)
    used: dict[str, None] = {}
    notes: dict[str, list[Finding]] = defaultdict(list)
    outputs: list[Output] = []
    anchors = {draft.id: _other_anchors(draft) for draft in material.drafts}
    whole = {draft.id: _own_anchors(draft) for draft in material.drafts if draft.id in material.generated}
    for draft in material.drafts:
        body = _linked(draft, paths, folders, files, resolver, used, notes, anchors, whole)
        header = dict(draft.header)
        header |= {"title": draft.title, "aliases": aliases[draft.id], "position": positions.get(draft.id)}
        if posixpath.splitext(posixpath.basename(paths[draft.id]))[0] != slugs[draft.key]:
            header["slug"] = slugs[draft.key]
        outputs.append(Output(draft.id, paths[draft.id], _file(header, body), None, draft.upstream, draft.title,
                              positions.get(draft.id)))  # fmt: skip
    categories = _categories(material, paths, memory)
    copies = [Output(f"file:{path}", files[path], file=material.files[path]) for path in used]
    return Plan(
        (*outputs, *categories, *copies), len(outputs), sum(d.header.get("status") == "draft" for d in material.drafts),
        tuple(sorted({d.lang for d in material.drafts})), len({c.path.partition("/")[2] for c in categories}),
        tuple(material.findings), tuple(notes["missing"]), tuple(notes["remote"]), tuple(notes["broken"]),
        len(material.files) - len(used), frozenset(material.unread),
    )  # fmt: skip


def _verbatim(material: Material) -> Plan:
    outputs = [Output(f"file:{path}", path, file=file) for path, file in material.verbatim.items()]
    articles = [path for path in material.verbatim if path.endswith((".md", ".markdown", ".mdx"))]
    langs = {lang for path in articles if (lang := language_of(path.partition("/")[0]))}
    folders = {posixpath.dirname(path) for path in articles}
    return Plan(tuple(outputs), len(articles), 0, tuple(sorted(langs)), len(folders), tuple(material.findings))


def _slugs(material: Material, memory: Memory) -> dict[str, str]:
    """One slug for all translations of an article, unique over everything, and the same as in the run before."""
    made: dict[str, str] = {}
    for draft in material.drafts:
        if (path := memory.paths.get(draft.id)) and draft.key not in made:
            made[draft.key] = _slug_at(path)
    taken = set(made.values())
    # In the words of the source's own language, if there is a translation in it.
    originals = {draft.key: draft for draft in reversed(material.drafts) if draft.lang == material.lang}
    for first in material.drafts:
        if first.key in made:
            continue
        draft = originals.get(first.key, first)
        slug = draft.slug
        if slug in taken and draft.folders and not slug.startswith(f"{draft.folders[-1]}-"):
            slug = f"{draft.folders[-1]}-{slug}"
        elif slug in taken and len(parts := draft.path.split("/")) > 1 and not draft.folders:
            slug = f"{parts[-2].lower()}-{slug}" if parts[-2].isalnum() else slug
        made[draft.key] = unique(slug, taken)
        taken.add(made[draft.key])
    return made


_SUFFIX = "-article"


def _slug_at(path: str) -> str:
    stem = posixpath.splitext(posixpath.basename(path))[0]
    return stem.removesuffix(_SUFFIX) if stem.removesuffix(_SUFFIX) in _NOT_NAMES else stem


def _path(draft: Draft, slug: str) -> str:
    name = f"{slug}{_SUFFIX}" if slug in _NOT_NAMES else slug
    return "/".join([draft.lang, *draft.folders, f"{name}.md"])


def _positions(material: Material, memory: Memory) -> dict[str, int]:
    groups: dict[tuple[str, tuple[str, ...]], list[Draft]] = defaultdict(list)
    for draft in material.drafts:
        groups[draft.lang, draft.folders].append(draft)
    made: dict[str, int] = {}
    for drafts in groups.values():
        if not material.ordered and all(draft.order is None or draft.order < 0 for draft in drafts):
            continue
        ordered = sorted(
            drafts, key=lambda d: (0, 0) if d.id in material.placed else (1 + (d.order is None), d.order or 0)
        )
        made |= positions([draft.id for draft in ordered], memory.positions)
    return made


def positions(ids: Sequence[str], before: Mapping[str, int]) -> dict[str, int]:
    """A number for each, rising. Those that had one keep it where they can: a new article changes no other."""
    kept = _rising([(name, before[name]) for name in ids if name in before])
    made: dict[str, int] = {}
    at = 0
    while at < len(ids):
        if ids[at] in kept:
            made[ids[at]] = kept[ids[at]]
            at += 1
            continue
        end = at
        while end < len(ids) and ids[end] not in kept:
            end += 1
        low = made[ids[at - 1]] if at else 0
        high = kept[ids[end]] if end < len(ids) else low + _STEP * (end - at + 1)
        if high - low <= end - at:
            return {name: _STEP * (number + 1) for number, name in enumerate(ids)}
        for number in range(at, end):
            made[ids[number]] = low + (high - low) * (number - at + 1) // (end - at + 1)
        at = end
    return made


def _rising(pairs: Sequence[tuple[str, int]]) -> dict[str, int]:
    """The longest strictly rising part of a sequence."""
    ends: list[int] = []
    last: list[int] = []
    above: list[int] = []
    for number, (_, value) in enumerate(pairs):
        place = bisect_left(ends, value)
        above.append(last[place - 1] if place else -1)
        ends[place : place + 1] = [value]
        last[place : place + 1] = [number]
    made: dict[str, int] = {}
    at = last[-1] if last else -1
    while at >= 0:
        made[pairs[at][0]] = pairs[at][1]
        at = above[at]
    return made


def _file_places(material: Material) -> dict[str, str]:
    """Where each file goes: below `files/`, as it lay, without the folders that only tools know."""
    made: dict[str, str] = {}
    taken: set[str] = set()
    folders = sorted({*material.static, *material.content} - {""}, key=len, reverse=True)
    for path in sorted(material.files):
        inner = next((path[len(f) + 1 :] for f in folders if path.startswith(f"{f}/")), path)
        parts = [part.lstrip("._") or "x" for part in inner.split("/")]
        place = "/".join([FILES, *(part for part in parts[:-1] if part != "node_modules"), parts[-1]])
        if place.lower() in taken:
            place = "/".join([FILES, *(part.lstrip("._") or "x" for part in path.split("/"))])
        stem, suffix = posixpath.splitext(place)
        number = 2
        while place.lower() in taken:
            place, number = f"{stem}-{number}{suffix}", number + 1
        taken.add(place.lower())
        made[path] = place
    return made


def _aliases(material: Material) -> dict[str, list[str]]:
    """The old addresses of each article; one that several have goes to the first, in the source's own language if there
    is one."""
    made: dict[str, list[str]] = {draft.id: [] for draft in material.drafts}
    taken: dict[str, Draft] = {}
    by_address = {_plain(draft.address): draft.id for draft in reversed(material.drafts) if draft.address}
    onward: dict[str, list[str]] = defaultdict(list)
    for old, new in material.redirects.items():
        if "*" not in old and (number := by_address.get(_plain(new))):
            onward[number].append(old)
    for draft in sorted(material.drafts, key=lambda draft: draft.lang != material.lang):
        own = f"{material.prefix}{draft.address}" if draft.address else ""
        for address in (own, own.removesuffix(".html"), *draft.old, *onward[draft.id]):
            path = _plain(address)
            if path and path not in taken and "{" not in path and ":" not in path.split("/")[-1]:
                taken[path] = draft
                made[draft.id].append(path)
            elif draft.permalink and path == f"/{draft.permalink}" and taken[path].key != draft.key:
                message = f"{path} is the address of {taken[path].path} too, and leads there."
                material.dropped(draft.path, 1, "address-taken", message)
    return made


def _plain(address: str) -> str:
    """An old address as an alias; '' for one that cannot be any, or that only stands for an id (`/@/`)."""
    path = address.split("#")[0].split("?")[0].strip()
    path = path.partition("://")[2].partition("/")[2] if "://" in path else path
    path = path.strip("/")
    return f"/{path}" if path and not path.startswith("@/") else ""


def _linked(
    draft: Draft, paths: Mapping[str, str], folders: Set[str], files: Mapping[str, str], resolver: Resolver,
    used: dict[str, None], notes: dict[str, list[Finding]], anchors: Mapping[str, Mapping[str, str]],
    whole: Mapping[str, Set[str]],
) -> str:  # fmt: skip
    here = posixpath.dirname(paths[draft.id])

    def change(target: str, kind: str, number: int) -> str | None:
        found = resolver.find(target, draft, kind)
        if found.to is To.ARTICLE:
            tail = _anchor(found.tail, anchors[found.name])
            if tail and tail[1:].lower() not in whole.get(found.name, (tail[1:].lower(),)):
                message = f"“{target[:200]}” leads into text made from source code; the link leads to the page itself."
                notes["broken"].append(_note(draft, number, "link-to-generated", message))
                tail = ""
            return _relative(paths[found.name], here) + tail
        if found.to is To.FILE:
            used[found.name] = None
            return _relative(files[found.name], here) + found.tail
        if found.to is To.CATEGORY and f"{draft.lang}/{found.name}" in folders:
            return _relative(f"{draft.lang}/{found.name}", here) + "/"
        if found.to is To.ELSEWHERE and target.startswith("#"):
            return _anchor(target, anchors[draft.id])
        if found.to is To.MOVED:
            return found.name
        if found.to is To.OLD_SITE:
            message = f"“{target[:200]}” is not among the articles; the link leads to the old site."
            notes["broken"].append(_note(draft, number, "link-to-old-site", message))
            return found.name
        if found.to is To.CATEGORY:
            message = f"“{target[:200]}” is a category without articles in this language; the link was left as it is."
            notes["broken"].append(_note(draft, number, "link-missing", message))
        if found.to is To.NOWHERE and kind == "image":
            message = f"There is no picture at “{target[:200]}” in the source."
            notes["missing"].append(_note(draft, number, "picture-missing", message))
        elif found.to is To.NOWHERE:
            message = f"“{target[:200]}” leads to nothing in the source; the link was left as it is."
            notes["broken"].append(_note(draft, number, "link-missing", message))
        elif kind == "image" and target.startswith(("http://", "https://", "//")) and not video_of(target):
            message = (
                f"The picture at {target[:200]} is on another site; pages do not load it. Save it beside the article."
            )
            notes["remote"].append(_note(draft, number, "picture-remote", message))
        return None

    return rewrite(_ANCHOR.sub(lambda m: f'{m[1]}{{ id="{plain_anchor(m[2])[1:]}" }}', draft.body), change)


def _note(draft: Draft, number: int, code: str, message: str) -> Finding:
    """A line of the report; its codes are not lint's."""
    return Finding(Severity.WARNING, draft.path, draft.line_of(number), code, message)


def _other_anchors(draft: Draft) -> dict[str, str]:
    """The anchors that tools make which put a hyphen for an apostrophe and “and” for `&`, with ours."""
    words = [found[1] for found in _HEADING.finditer(draft.body)]
    made = {slugify(_APOSTROPHE.sub("-", each.replace("&", " and "))): slugify(each) for each in words}
    return {theirs: ours for theirs, ours in made.items() if theirs not in made.values()}


def _own_anchors(draft: Draft) -> frozenset[str]:
    """Every name in the text that a link may lead to, in small letters."""
    headings = (slugify(plain_text(found[1])) for found in _ANY_HEADING.finditer(draft.body))
    return frozenset([*headings, *((found[1] or found[2]).lower() for found in _ID.finditer(draft.body))])


def _anchor(tail: str, others: Mapping[str, str]) -> str:
    plain = plain_anchor(tail)
    return f"#{others[plain[1:]]}" if plain[1:] in others else plain


def plain_anchor(tail: str) -> str:
    """`#a b(c)` as `#a-b-c`, which is what the renderer makes of a heading's name. Others are left as they are."""
    name = tail.lstrip("#")
    return f"#{safe_anchor(name)}" if name else tail


def _relative(path: str, here: str) -> str:
    return quote(posixpath.relpath(path, here or "."), safe="/._-~")


def _file(header: Mapping[str, object], body: str) -> str:
    known = {name: header[name] for name in _HEADER if header.get(name) not in (None, "", [], ())}
    rest = {name: value for name, value in header.items() if name not in _HEADER and value not in (None, "", [], ())}
    text = yaml.safe_dump({**known, **rest}, allow_unicode=True, sort_keys=False, width=10**6, default_flow_style=False)
    return f"---\n{text}---\n\n{body.strip(chr(10))}\n" if body.strip() else f"---\n{text}---\n"


def _categories(material: Material, paths: Mapping[str, str], memory: Memory) -> list[Output]:
    """A `_category_.yml` for each folder that holds articles."""
    wanted: dict[tuple[str, tuple[str, ...]], None] = {}
    for path in paths.values():
        lang, *parts = path.split("/")[:-1]
        for depth in range(1, len(parts) + 1):
            wanted[lang, tuple(parts[:depth])] = None
    by_folders: dict[tuple[str, ...], list[Group]] = defaultdict(list)
    for group in material.groups:
        by_folders[group.folders].append(group)
    places: dict[str, int] = {}
    siblings: dict[tuple[str, tuple[str, ...]], list[tuple[float, str]]] = defaultdict(list)
    for number, (lang, folders) in enumerate(wanted):
        order = next((g.order for g in _of_language(by_folders[folders], lang, material) if g.order is not None), None)
        siblings[lang, folders[:-1]].append((1e9 + number if order is None else order, _category_id(lang, folders)))
    for rows in siblings.values():
        places |= positions([name for _, name in sorted(rows)], memory.positions)
    made = []
    for lang, folders in wanted:
        groups = by_folders[folders]
        titles = (g.title for g in _of_language(groups, lang, material) if g.title)
        own = [g for g in groups if g.lang == lang]
        title = next(titles, humanise(folders[-1]))
        description = next((g.description for g in [*own, *(g for g in groups if not g.lang)] if g.description), "")
        name = _category_id(lang, folders)
        fields: dict[str, object] = {"title": title}
        if description:
            fields["description"] = description
        fields["position"] = places[name]
        if icon := next((g.icon for g in groups if g.icon), ""):
            fields["icon"] = icon
        text = yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, width=10**6)
        path = "/".join([lang, *folders, "_category_.yml"])
        made.append(Output(name, path, text, position=places[name]))
    return made


def _of_language(groups: Sequence[Group], lang: str, material: Material) -> list[Group]:
    """What is said of a category in a language first, then what is said of it in any other."""
    own = {lang, ""} if lang == material.lang else {lang}
    return [*(g for g in groups if g.lang in own), *groups]


def _category_id(lang: str, folders: tuple[str, ...]) -> str:
    return f"category:{lang}/{'/'.join(folders)}"
