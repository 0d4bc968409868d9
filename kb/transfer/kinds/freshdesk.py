"""Freshdesk: the JSON of /api/v2/solutions/categories, …/categories/{id}/folders and …/folders/{id}/articles."""

import re
from pathlib import Path
from typing import Any

from kb.transfer.foreign_headers import day_of, texts
from kb.transfer.models import Group, Kind, Material, Reading
from kb.transfer.records import (
    JsonFile,
    add_html_draft,
    json_files,
    language,
    once,
    served_files,
    slug_of,
    sound_json_files,
)

_PUBLISHED = 2
_FOR_ALL = 1


def _rows(files: list[JsonFile]) -> list[tuple[str, dict[str, Any]]]:
    """Freshdesk answers with bare lists; a file may also hold one object, or lists below a name."""
    found = []
    for file in files:
        pages = file.data if isinstance(file.data, list) else [file.data]
        for page in pages:
            if isinstance(page, dict) and "id" not in page:
                for below in page.values():
                    found += [
                        (file.path, row)
                        for row in (below if isinstance(below, list) else [below])
                        if isinstance(row, dict)
                    ]
            elif isinstance(page, dict):
                found.append((file.path, page))
    return found


def _is_article(row: dict[str, Any]) -> bool:
    return "folder_id" in row and "description" in row and "title" in row


def _is_folder(row: dict[str, Any]) -> bool:
    return "name" in row and "visibility" in row and "visible_in_portals" not in row and not _is_article(row)


def _is_freshdesk(root: Path) -> bool:
    return any(_is_article(row) for _, row in _rows(sound_json_files(root)))


def _read(reading: Reading) -> Material:
    rows = _rows(json_files(reading.root))
    material = Material("freshdesk")
    served_files(reading.root, material)
    # Outermost first: a folder in a folder is placed below it.
    folders = dict(sorted(once((p, r) for p, r in rows if _is_folder(r)).items(), key=lambda f: len(_above(f[1][1]))))
    categories = once((p, r) for p, r in rows if "name" in r and not _is_folder(r) and not _is_article(r))
    articles = [(p, r) for p, r in rows if _is_article(r)]
    owner = {str(r["folder_id"]): str(r.get("category_id", "")) for _, r in articles}
    places: dict[str, tuple[str, ...]] = {}
    for number, (path, row) in [*categories.items(), *folders.items()]:
        above = (
            str(row.get("category_id") or _category(row) or owner.get(number) or _number_in(path, "categor"))
            if number in folders
            else ""
        )
        parent = str(row.get("parent_folder_id") or "")
        base = places.get(parent) or ((slug_of(str(categories[above][1].get("name"))),) if above in categories else ())
        places[number] = (*base, slug_of(str(row.get("name") or "")))
        material.groups.append(Group(places[number], str(row.get("name") or ""), reading.default_lang,
                                     str(row.get("description") or "")))  # fmt: skip
    seen: set[str] = set()
    for place, (path, row) in enumerate(articles):
        number = str(row.get("id"))
        lang = language(row.get("language") or row.get("language_code") or _language_in(path), reading.default_lang)
        if f"{number}/{lang}" in seen:
            continue
        seen.add(f"{number}/{lang}")
        title, folder = str(row.get("title") or ""), folders.get(str(row.get("folder_id")), ("", {}))[1]
        data = row.get("seo_data")
        seo: dict[str, Any] = data if isinstance(data, dict) else {}
        closed = folder.get("visibility", _FOR_ALL) != _FOR_ALL
        if closed:
            message = f"{title} is in a folder that not everyone may see, so it is a draft here."
            material.dropped(path, 1, "not-for-everyone", message)
        add_html_draft(
            material, id=f"{number}/{lang}", path=path, lang=lang, slug=slug_of(title), title=title,
            html=row.get("description"), key=number, folders=places.get(str(row.get("folder_id")), ()),
            header={
                "summary": str(seo.get("meta_description") or ""), "tags": texts(row.get("tags")),
                "status": "draft" if row.get("status") != _PUBLISHED or closed else "",
                "publish_date": day_of(row.get("created_at")), "updated": day_of(row.get("updated_at")),
            },
            address=f"/support/solutions/articles/{number}",
            old=(f"/en/support/solutions/articles/{number}", f"/support/solutions/articles/{number}-{slug_of(title)}"),
            order=float(row["position"]) if isinstance(row.get("position"), int) else float(place),
        )  # fmt: skip
    return material


def _above(row: dict[str, Any]) -> list[dict[str, Any]]:
    """What a folder says of the category and the folders it is in."""
    found = row.get("hierarchy")
    return [step for step in found if isinstance(step, dict)] if isinstance(found, list) else []


def _category(row: dict[str, Any]) -> str:
    found = (step.get("data") for step in _above(row) if step.get("type") == "category")
    return next((str(data["id"]) for data in found if isinstance(data, dict) and data.get("id")), "")


def _number_in(path: str, word: str) -> str:
    found = re.search(rf"{word}\w*[-_/](\d+)", path)
    return found[1] if found else ""


def _language_in(path: str) -> str:
    found = re.search(r"(?:^|[-_./])([a-z]{2}(?:-[A-Z]{2})?)\.json$", path)
    return found[1] if found else ""


KIND = Kind("freshdesk", "Freshdesk", _is_freshdesk, _read)
