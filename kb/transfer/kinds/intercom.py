"""Intercom: the JSON of GET /articles and GET /help_center/collections, pages of a list each."""

from pathlib import Path
from typing import Any

from core.numbers import whole_number
from kb.transfer.foreign_headers import day_of
from kb.transfer.models import Group, Kind, Material, Reading
from kb.transfer.records import (
    JsonFile,
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


def _rows(files: list[JsonFile], kind: str) -> list[tuple[str, dict[str, Any]]]:
    found = list(rows_of(files, "data"))
    for file in files:
        found += [
            (file.path, row)
            for row in (file.data if isinstance(file.data, list) else [file.data])
            if isinstance(row, dict)
        ]
    return [(path, row) for path, row in found if _kind(row) == kind]


def _is_stated(row: dict[str, Any]) -> bool:
    """Whether a record without a type has the fields that articles have."""
    return row.get("state") in {"published", "draft"} and bool({"parent_id", "parent_ids", "author_id"} & row.keys())


def _kind(row: dict[str, Any]) -> str:
    if "body" in row and "title" in row and (row.get("type") == "article" or "workspace_id" in row or _is_stated(row)):
        return "article"
    collection = row.get("type") in {"collection", "section"} or ("name" in row and "workspace_id" in row)
    return "collection" if collection else ""


def _is_intercom(root: Path) -> bool:
    return any(
        row.get("type") == "article" or "workspace_id" in row or "translated_content" in row
        for _, row in _rows(sound_json_files(root), "article")
    )


def _read(reading: Reading) -> Material:
    files = json_files(reading.root)
    material = Material("intercom")
    served_files(reading.root, material)
    collections = once(_rows(files, "collection"))
    people = {str(row.get("id")): str(row.get("name", "")) for _, row in rows_of(files, "admins")}
    folders = {number: _place(number, collections, 0) for number in collections}
    for number, (_, row) in collections.items():
        material.categories[f"collections/{number}"] = folders[number]
        order = row.get("order")
        for lang, text in _versions(row, reading.default_lang):
            name = str(text.get("name") or row.get("name") or "")
            material.groups.append(Group(
                folders[number], name, lang, str(text.get("description") or ""),
                float(order) if isinstance(order, int | float) else None,
            ))  # fmt: skip
    for number, (path, article) in once(_rows(files, "article")).items():
        material.hosts |= {h for h in [host_of(article.get("url"))] if h}
        parent = str(article.get("parent_id") or next(iter(article.get("parent_ids") or ()), ""))
        first = str(article.get("title") or "")
        for lang, text in _versions(article, reading.default_lang):
            title = str(text.get("title") or first)
            # The address of the record is that of its own language; a translation without one had none.
            own = lang == language(article.get("default_locale"), reading.default_lang)
            url = path_of(text.get("url") or (article.get("url") if own else ""))
            draft = str(text.get("state") or article.get("state")) != "published"
            add_html_draft(
                material, id=f"{number}/{lang}", path=path, lang=lang, slug=slug_of(first, article.get("url")),
                title=title, html=text.get("body") or "", key=number, folders=folders.get(parent, ()),
                header={
                    "summary": str(text.get("description") or ""), "status": "draft" if draft else "",
                    "tags": [str(t["name"]) for t in (article.get("tags") or {}).get("tags", ()) if isinstance(t, dict)]
                    if isinstance(article.get("tags"), dict) else [],
                    "publish_date": day_of(_whole(text.get("created_at") or article.get("created_at"))),
                    "updated": day_of(_whole(text.get("updated_at") or article.get("updated_at"))),
                    "author": people.get(str(text.get("author_id") or article.get("author_id")), ""),
                },
                address=url, old=(f"{url.partition(f'/{number}-')[0]}/{number}",) if f"/{number}-" in url else (),
            )  # fmt: skip
    return material


def _whole(value: Any) -> Any:
    number = whole_number(value) if isinstance(value, str) else None
    return value if number is None else number


def _versions(row: dict[str, Any], default: str) -> list[tuple[str, dict[str, Any]]]:
    """The languages of a record; the record itself where it names none."""
    found = row.get("translated_content")
    own = language(row.get("default_locale"), default)
    made: dict[str, dict[str, Any]] = {}
    for tag, text in found.items() if isinstance(found, dict) else ():
        if isinstance(text, dict) and (text.get("title") or text.get("name")):
            made[language(tag, "")] = text
    made.pop("", None)
    if own not in made:
        made = {own: row, **made}
    return list(made.items())


def _place(number: str, rows: dict[str, tuple[str, dict[str, Any]]], depth: int) -> tuple[str, ...]:
    if number not in rows or depth > 10:
        return ()
    row = rows[number][1]
    return (*_place(str(row.get("parent_id")), rows, depth + 1), slug_of(str(row.get("name") or ""), row.get("url")))


KIND = Kind("intercom", "Intercom", _is_intercom, _read)
