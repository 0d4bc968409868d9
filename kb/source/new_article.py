"""The template of a new article file, with the front matter fields an author should consider."""

from datetime import date, timedelta
from pathlib import Path

from kb.errors import ArticleExists, KbError
from kb.slugs import slugify
from kb.source.inside import may_be_read
from kb.source.paths import category_of, humanise, language_of, usable_slug

_REVIEW_AFTER = timedelta(days=180)


class BadArticleName(KbError):
    """The name is not `<lang>/<category>/<slug>`, where a category may lie in another one."""


def new_article(folder: Path, name: str, title: str, translation_of: str, day: date) -> tuple[Path, str]:
    """The path and the contents of a new article file; writes nothing.

    Raises BadArticleName, or ArticleExists when there is such a file.
    """
    parts = name.removesuffix(".md").strip("/").split("/")
    if len(parts) < 3:
        raise BadArticleName(f"“{name}” is not <lang>/<category>/<slug>, for example en/returns/return-an-item.")
    lang = language_of(parts[0])
    if not lang:
        raise BadArticleName(f"“{parts[0]}” is no language; begin with one like en, tr, zh-Hant or zh-Hans.")
    slugs, slug = [slugify(part) for part in parts[1:-1]], usable_slug(parts[-1])
    if not all(slugs) or not slug or slug.startswith("_"):  # a file that begins so is no article: `_category_.yml`
        raise BadArticleName(f"No address can be made from “{name}”; use words and hyphens.")
    inside = _existing(folder / _language_folder(folder, parts[0], lang), parts[1:-1], slugs)
    category = "/".join(slugs)
    path = inside / f"{slug}.md"
    # A folder that is a link to elsewhere: whoever may write articles may not write there.
    if not may_be_read(folder, path.parent.relative_to(folder).as_posix()):
        raise BadArticleName(f"{path.parent} leads out of the articles folder; choose another category.")
    if path.exists() or path.is_symlink():
        raise ArticleExists(path)
    return path, _template(slug, lang, category, title or humanise(slug), translation_of, day)


def _language_folder(folder: Path, written: str, lang: str) -> str:
    """The folder of this language that is there, such as `zh-TW` for zh-Hant."""
    for name in (lang, written):
        if (folder / name).is_dir():
            return name
    there = (
        sorted(p.name for p in folder.iterdir() if p.is_dir() and language_of(p.name) == lang)
        if folder.is_dir()
        else []
    )
    return there[0] if there else lang


def _existing(folder: Path, written: list[str], slugs: list[str]) -> Path:
    """The folder of a category: the one that is there, such as `02-setup` for setup, or one named by its slug."""
    for name, slug in zip(written, slugs, strict=True):
        there = (
            sorted(p.name for p in folder.iterdir() if p.is_dir() and category_of([p.name]) == slug)
            if folder.is_dir()
            else []
        )
        folder = folder / (name if name in there else there[0] if there else slug)
    return folder


def _template(slug: str, lang: str, category: str, title: str, translation_of: str, day: date) -> str:
    quoted = '"' + title.replace("\\", "\\\\").replace('"', '\\"') + '"'
    lines = ["---", f"title: {quoted}", f"slug: {slug}", f"lang: {lang}", f"category: {category}"]
    if translation_of:
        lines.append(f"translation_of: {translation_of}")
    lines += [
        'summary: ""  # one sentence that answers the main point',
        "tags: []",
        "questions: []  # how customers really ask, in their own words; lint tries each of them",
        "synonyms: []",
        "status: draft  # change it to published when it is ready",
        f"updated: {day}",
        f"review_by: {day + _REVIEW_AFTER}",
        'owner: ""',
        'handoff: ""  # the team that gets the question when this did not help',
        "---",
        "",
    ]
    return "\n".join(lines)
