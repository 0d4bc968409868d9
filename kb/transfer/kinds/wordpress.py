"""WordPress: the XML of Tools > Export (WXR); posts, pages and custom articles, with uploads/ beside it."""

import html as entities
import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from core.numbers import whole_number
from kb.slugs import slugify
from kb.transfer.foreign_headers import day_of
from kb.transfer.models import Group, Kind, Material, Reading
from kb.transfer.records import add_html_draft, host_of, language, path_of, served_files, slug_of
from kb.transfer.safe_xml import elements

_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
_NOT_TEXT = frozenset({"attachment", "nav_menu_item", "revision", "custom_css", "customize_changeset",
                       "wp_global_styles",
                       "wp_navigation", "wp_template", "wp_template_part", "wp_block", "oembed_cache"})  # fmt: skip
_BLOCKS = re.compile(r"</?(?:p|div|ul|ol|li|table|h[1-6]|blockquote|pre|figure|section|details|hr|dl)\b", re.I)
_SHORTCODE = re.compile(r"\[(/?)([a-z][\w-]*)((?:\s+[^\]\[]*)?)/?\]")


def _exports(root: Path) -> list[Path]:
    found = []
    for file in sorted(root.glob("*.xml")) + sorted(root.glob("*/*.xml")):
        with file.open("rb") as opened:
            if b"wordpress.org/export/" in opened.read(20_000):
                found.append(file)
    return found


def _tag(element: Element, name: str) -> str:
    """The text of a child in the name space of WordPress, whichever version its address has."""
    for child in element:
        if child.tag.startswith("{http://wordpress.org/export/") and child.tag.endswith(f"}}{name}"):
            return child.text or ""
    return ""


def _read(reading: Reading) -> Material:
    material = Material("wordpress")
    served_files(reading.root, material)
    passed: Counter[str] = Counter()
    for file in _exports(reading.root):
        path = file.relative_to(reading.root).as_posix()
        base, lang = "", reading.default_lang
        for element in elements(
            file, "channel", "language", "item", *_namespaced("category"), *_namespaced("base_site_url")
        ):
            if element.tag.endswith("base_site_url"):
                base = element.text or ""
                material.hosts |= {host_of(base)} - {""}
                material.base = base if "://" in base else ""
            elif element.tag == "language":
                lang = language((element.text or "").strip().replace("_", "-"), lang)
            elif element.tag.endswith("}category"):
                _category(material, element, lang)
            elif element.tag == "item":
                _item(material, element, path, lang, passed)
    for what, count in sorted(passed.items()):
        material.dropped("", 1, "not-read", f"Not read: {count} of the kind {what}.")
    return material


def _namespaced(name: str) -> list[str]:
    return [f"{{http://wordpress.org/export/{version}/}}{name}" for version in ("1.0", "1.1", "1.2", "1.3")]


def _category(material: Material, element: Element, lang: str) -> None:
    slug, name = _tag(element, "category_nicename"), _tag(element, "cat_name")
    if slug and name:
        material.categories[f"/category/{unquote(slug)}"] = (slugify(unquote(slug)),)
        material.groups.append(Group((slugify(unquote(slug)),), entities.unescape(name), lang,
                                     _tag(element, "category_description")))  # fmt: skip


def _item(material: Material, item: Element, path: str, lang: str, passed: Counter[str]) -> None:
    kind, status, number = _tag(item, "post_type"), _tag(item, "status"), _tag(item, "post_id")
    if kind == "attachment":
        _attachment(material, item)
        return
    if kind in _NOT_TEXT or status in {"trash", "auto-draft", "inherit"} or not number:
        passed[kind if status not in {"trash", "auto-draft"} else f"{kind} ({status})"] += 1
        return
    title = entities.unescape(item.findtext("title") or "")
    terms = [(c.get("domain") or "", c.get("nicename") or "", c.text or "") for c in item.findall("category")]
    names = [(nicename, name) for domain, nicename, name in terms if domain.endswith(("category", "_cat"))]
    name = next(((n, t) for n, t in names if n != "uncategorized"), ("", ""))
    folder = slugify(unquote(name[0])) or (slugify(kind) if kind not in {"post", "page"} else "")
    if folder and name[1]:
        material.groups.append(Group((folder,), entities.unescape(name[1]), lang))
    link, order = item.findtext("link") or "", _tag(item, "menu_order")
    private = status != "publish" or bool(_tag(item, "post_password"))
    code = _language(terms)
    for name_of in ("p", "page_id"):
        material.queries[f"{name_of}={number}"] = number
    add_html_draft(
        material, id=number, path=path, lang=code or lang, key=number,
        slug=slug_of(title, link if "?" not in link else "", unquote(_tag(item, "post_name"))), title=title,
        html=_paragraphs(_plain_shortcodes(material, item.findtext(_CONTENT) or "", path, title)),
        folders=(folder,) if folder else (),
        header={
            "summary": _summary(item), "status": "draft" if private else "",
            "tags": [entities.unescape(t) for domain, _, t in terms if domain.endswith("tag") and t],
            "publish_date": day_of(_tag(item, "post_date")), "updated": day_of(_tag(item, "post_modified")),
            "author": item.findtext(_CREATOR) or "",
        },
        address=path_of(link) if "?" not in link else "",
        order=float(whole_number(order) or 0) or None,
    )  # fmt: skip


def _summary(item: Element) -> str:
    for child in item:
        if child.tag.endswith("}encoded") and "excerpt" in child.tag:
            return " ".join(re.sub(r"<[^>]*>", "", entities.unescape(child.text or "")).split())
    return ""


def _language(terms: list[tuple[str, str, str]]) -> str:
    from kb.source.paths import language_of

    return next((language_of(nicename) for domain, nicename, _ in terms if domain == "language"), "")


def _attachment(material: Material, item: Element) -> None:
    url = _tag(item, "attachment_url")
    path = path_of(url)
    if path:
        name = path.rsplit("/", 1)[-1]
        tail = path.partition("/uploads/")[2] or name
        found = [p for p in material.files if p.endswith(tail)] or [
            p for p in material.files if p.rsplit("/", 1)[-1] == name
        ]
        if found:
            material.file_addresses[path] = found[0]


def _plain_shortcodes(material: Material, text: str, path: str, title: str) -> str:
    """The text without the comments of the block editor and without shortcodes; what stood between those is kept."""
    text = re.sub(r"<!--\s{0,5}/?wp:[^<>]{0,100000}-->", "", text)
    text = re.sub(r"\[embed\]\s{0,5}([^\s\[\]]{1,500})\s{0,5}\[/embed\]", r'<p><a href="\1">\1</a></p>', text)
    removed: Counter[str] = Counter()
    paired = set(re.findall(r"\[/([a-z][\w-]*)\]", text))

    def without(found: re.Match[str]) -> str:
        if found[2] in paired or "=" in found[3] or found[0].endswith("/]") or found[2] in {"gallery", "toc", "more"}:
            removed[found[2]] += not found[1]
            return ""
        return found[0]

    parts = re.split(r"(<(?:pre|code)\b[^<]*(?:<(?!/?(?:pre|code)\b)[^<]*)*</(?:pre|code)>)", text)
    text = "".join(part if part.startswith(("<pre", "<code")) else _SHORTCODE.sub(without, part) for part in parts)
    for name, count in removed.items():
        if name != "caption":
            material.dropped(
                path, 1, "dropped-shortcode", f"{title}: [{name}] was left out ({count} times); its text was kept."
            )
    return text


def _paragraphs(text: str) -> str:
    """Blank lines are paragraphs in texts of the old editor, which have no <p>."""
    if re.search(r"<p[\s>]", text):
        return text
    made = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        if block.strip():
            plain = _BLOCKS.match(block.strip())
            made.append(block if plain else f"<p>{block.strip().replace(chr(10), '<br>')}</p>")
    return "\n".join(made)


def _is_wordpress(root: Path) -> bool:
    return bool(_exports(root))


KIND = Kind("wordpress", "WordPress", _is_wordpress, _read)
