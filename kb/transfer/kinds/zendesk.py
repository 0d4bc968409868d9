"""Zendesk Guide: the JSON of /api/v2/help_center: articles, sections, categories, translations, article_attachments."""

from pathlib import Path
from typing import Any

from kb.slugs import slugify
from kb.transfer.foreign_headers import day_of, texts
from kb.transfer.models import Group, Kind, Material, Reading
from kb.transfer.records import (
    add_html_draft,
    host_of,
    json_files,
    language,
    once,
    path_of,
    rows_of,
    served_files,
    slug_of,
    sound_json_files,
)


def _is_zendesk(root: Path) -> bool:
    return any("section_id" in row and "body" in row for _, row in _articles(root))


def _articles(root: Path) -> list[tuple[str, dict[str, Any]]]:
    return list(rows_of(sound_json_files(root), "articles", "article"))


def _read(reading: Reading) -> Material:
    files = json_files(reading.root)
    material = Material("zendesk")
    served_files(reading.root, material)
    sections = once(rows_of(files, "sections", "section"))
    categories = once(rows_of(files, "categories", "category"))
    users = {str(row.get("id")): str(row.get("name", "")) for _, row in rows_of(files, "users", "user")}
    folders = _folders(material, sections, categories, reading.default_lang, list(rows_of(files, "translations")))
    articles = once(rows_of(files, "articles", "article"))
    material.hosts = frozenset(h for _, a in articles.values() if (h := host_of(a.get("html_url"))))
    material.base = f"https://{min(material.hosts)}" if material.hosts else ""
    for _, row in once(rows_of(files, "article_attachments", "article_attachment")).values():
        _attachment(material, row)
    texts_of: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {}
    for path, row in rows_of(files, "translations", "translation"):
        if str(row.get("source_type", "Article")) == "Article" and row.get("source_id"):
            texts_of.setdefault(str(row["source_id"]), {})[str(row.get("locale", "")).lower()] = (path, row)
    for number, (path, article) in articles.items():
        own = str(article.get("locale") or article.get("source_locale") or "").lower()
        versions: dict[str, tuple[str, dict[str, Any]]] = {own: (path, article)}
        for row in article.get("translations") or ():
            if isinstance(row, dict):
                versions.setdefault(str(row.get("locale", "")).lower(), (path, row))
        for locale, found in texts_of.get(number, {}).items():
            versions.setdefault(locale, found)
        title = str(article.get("title") or article.get("name") or "")
        slug = slug_of(title, article.get("html_url"))
        for locale, (where, text) in versions.items():
            if text.get("hidden"):
                material.dropped(where, 1, "hidden-translation", f"{title}: the {locale} translation is hidden.")
                continue
            closed = article.get("user_segment_id") is not None or bool(article.get("user_segment_ids"))
            hidden = bool(text.get("draft", article.get("draft"))) or closed
            if closed:
                message = f"{title} is for signed-in people there, so it is a draft here."
                material.dropped(where, 1, "not-for-everyone", message)
            url = path_of(text.get("html_url")) or path_of(article.get("html_url")).replace(f"/{own}/", f"/{locale}/")
            add_html_draft(
                material, id=f"{number}/{locale}", path=where, lang=language(locale, reading.default_lang), slug=slug,
                title=str(text.get("title") or text.get("name") or title), html=text.get("body"), key=number,
                folders=folders.get(str(article.get("section_id")), ()),
                header={
                    "tags": texts(article.get("label_names")), "status": "draft" if hidden else "",
                    "publish_date": day_of(article.get("created_at")),
                    "updated": day_of(text.get("edited_at") or text.get("updated_at") or article.get("updated_at")),
                    "author": users.get(str(article.get("author_id")), ""),
                },
                address=url, old=_short(url, number),
                order=_order(article.get("position"), promoted=article.get("promoted")),
            )  # fmt: skip
    return material


def _short(url: str, number: str) -> tuple[str, ...]:
    """The addresses without the words, which people link to as well."""
    home, found, _ = url.partition(f"/articles/{number}")
    return (f"{home}{found}", f"/hc{found}") if found else ()


def _order(position: Any, *, promoted: Any) -> float | None:
    if not isinstance(position, int | float):
        return None
    return float(position) - (1_000_000.0 if promoted else 0)


def _folders(
    material: Material, sections: dict[str, Any], categories: dict[str, Any], default: str,
    translations: list[tuple[str, dict[str, Any]]],
) -> dict[str, tuple[str, ...]]:  # fmt: skip
    made: dict[str, tuple[str, ...]] = {}

    def place(kind: str, number: str, depth: int) -> tuple[str, ...]:
        rows = sections if kind == "section" else categories
        if number not in rows or depth > 10:
            return ()
        row = rows[number][1]
        slug = slug_of(str(row.get("name") or ""), row.get("html_url"))
        parent = row.get("parent_section_id")
        above = place("section", str(parent), depth + 1) if parent else (
            place("category", str(row.get("category_id")), depth + 1) if kind == "section" else ())  # fmt: skip
        return (*above, slugify(slug))

    for kind, rows in (("category", categories), ("section", sections)):
        for number, (_, row) in rows.items():
            folders = place(kind, number, 0)
            if kind == "section":
                made[number] = folders
            plural = "sections" if kind == "section" else "categories"
            material.categories[f"{plural}/{number}"] = folders
            order = row.get("position")
            place_of = float(order) if isinstance(order, int | float) else None
            versions = [row, *(t for _, t in translations if str(t.get("source_id")) == number
                               and str(t.get("source_type", "")).lower() == kind),
                        *(row.get("translations") or ())]  # fmt: skip
            for text in versions:
                name = str(text.get("name") or text.get("title") or "")
                if name and isinstance(text, dict):
                    description = str(text.get("description") or (text.get("body") if text is not row else "") or "")
                    lang = language(text.get("locale"), default)
                    material.groups.append(Group(folders, name, lang, " ".join(description.split()), place_of))
    return made


def _attachment(material: Material, row: dict[str, Any]) -> None:
    """Which file an attachment is: by its number and name, as people save them."""
    number, name = str(row.get("id", "")), str(row.get("file_name") or row.get("display_file_name") or "")
    wanted = {f"{number}-{name}", f"{number}_{name}", f"{number}/{name}"}
    by_end = [p for p in material.files if any(p == w or p.endswith(f"/{w}") for w in wanted)]
    by_end = by_end or [p for p in material.files if p.rsplit("/", 1)[-1].rsplit(".", 1)[0] == number]
    by_end = by_end or [p for p in material.files if p.rsplit("/", 1)[-1] == name]
    if len(by_end) == 1 or (by_end and name):
        for address in (row.get("content_url"), row.get("relative_path")):
            if path := path_of(address):
                material.file_addresses[path] = by_end[0]
                material.file_addresses[f"/hc/article_attachments/{number}"] = by_end[0]


KIND = Kind("zendesk", "Zendesk Guide", _is_zendesk, _read)
