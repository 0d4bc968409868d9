"""Help Scout Docs: the JSON of /v1/collections, /v1/collections/{id}/categories and /v1/articles/{id}."""

from pathlib import Path
from typing import Any

from kb.slugs import slugify
from kb.transfer.foreign_headers import day_of, texts
from kb.transfer.models import Group, Kind, Material, Reading
from kb.transfer.records import (
    add_html_draft,
    host_of,
    json_files,
    once,
    path_of,
    rows_of,
    served_files,
    slug_of,
    sound_json_files,
)


def _is_helpscout(root: Path) -> bool:
    return any("collectionId" in row for _, row in rows_of(sound_json_files(root), "article", "articles"))


def _read(reading: Reading) -> Material:
    files = json_files(reading.root)
    material = Material("helpscout")
    served_files(reading.root, material)
    collections = once(rows_of(files, "collections", "collection"))
    categories = once(rows_of(files, "categories", "category"))
    folders: dict[str, tuple[str, ...]] = {}
    for number, (_, row) in collections.items():
        folders[number] = (slug_of(str(row.get("name") or ""), "", row.get("slug")),)
        material.groups.append(_group(folders[number], row, reading.default_lang))
    for number, (_, row) in categories.items():
        above = folders.get(str(row.get("collectionId")), ()) if len(collections) > 1 else ()
        folders[number] = (*above, slug_of(str(row.get("name") or ""), "", row.get("slug")))
        material.groups.append(_group(folders[number], row, reading.default_lang))
    for number, (path, article) in once(rows_of(files, "article", "articles")).items():
        title = str(article.get("name") or "")
        material.hosts |= {h for h in [host_of(article.get("publicUrl"))] if h}
        if not isinstance(article.get("text"), str):
            message = f"{title} has no text in this file; get /v1/articles/{number} too, lists are without texts."
            material.dropped(path, 1, "no-text", message)
            continue
        inside = [str(c) for c in article.get("categories") or ()] or [str(article.get("collectionId"))]
        collection = collections.get(str(article.get("collectionId")), ("", {}))[1]
        private = collection.get("visibility") == "private"
        add_html_draft(
            material, id=number, path=path, lang=reading.default_lang, key=number,
            slug=slug_of(title, article.get("publicUrl"), article.get("slug")), title=title, html=article["text"],
            folders=next((folders[c] for c in [*inside, str(article.get("collectionId"))] if c in folders), ()),
            header={
                "tags": texts(article.get("keywords")),
                "status": "draft" if article.get("status") != "published" or private else "",
                "publish_date": day_of(article.get("createdAt")),
                "updated": day_of(article.get("updatedAt") or article.get("lastPublishedAt")),
            },
            address=path_of(article.get("publicUrl")),
            old=(f"/article/{article['number']}",) if article.get("number") else (),
            order=_number(article.get("order")),
        )  # fmt: skip
        if private:
            material.dropped(path, 1, "not-for-everyone", f"{title} is in a private collection, so it is a draft here.")
    return material


def _group(folders: tuple[str, ...], row: dict[str, Any], lang: str) -> Group:
    slugs = tuple(slugify(f) for f in folders)
    description = str(row.get("description") or "")
    return Group(slugs, str(row.get("name") or ""), lang, description, _number(row.get("order")))


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


KIND = Kind("helpscout", "Help Scout Docs", _is_helpscout, _read)
