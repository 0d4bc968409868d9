"""The template of a new article file, with the front matter fields an author should consider."""

from datetime import date, timedelta
from pathlib import Path

from core.texts.languages import UnknownLanguage, canonical
from kb.errors import ArticleExists, KbError
from kb.slugs import slugify
from kb.source.paths import humanise, usable_slug

_REVIEW_AFTER = timedelta(days=180)


class BadArticleName(KbError):
    """The name is not `<lang>/<category>/<slug>`."""


def new_article(folder: Path, name: str, title: str, translation_of: str, day: date) -> tuple[Path, str]:
    """The path and the contents of a new article file; writes nothing.

    Raises BadArticleName, or ArticleExists when there is such a file.
    """
    parts = name.removesuffix(".md").strip("/").split("/")
    if len(parts) != 3:
        raise BadArticleName(f"“{name}” is not <lang>/<category>/<slug>, for example en/returns/return-an-item.")
    try:
        lang = canonical(parts[0])
    except UnknownLanguage as unknown:
        raise BadArticleName(f"{unknown}.") from None
    category, slug = slugify(parts[1]), usable_slug(parts[2])
    if not category or not slug:
        raise BadArticleName(f"No address can be made from “{name}”; use words and hyphens.")
    path = folder / lang / category / f"{slug}.md"
    if path.exists():
        raise ArticleExists(path)
    return path, _template(slug, lang, category, title or humanise(slug), translation_of, day)


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
        "## ",
        "",
    ]
    return "\n".join(lines)
