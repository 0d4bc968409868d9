"""Pure: two articles that say nearly the same become one, which keeps the address of the other.

Nothing is lost: the other one becomes a draft under another slug, as it was, with its history.
"""

import posixpath
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from kb.authoring.header_form import split, with_values
from kb.authoring.sections import Part, parts_of
from kb.models import ArticleRef, Status
from kb.slugs import unique
from kb.source import frontmatter

_TARGET = re.compile(r"(\]\()([^()\s<>]{1,500})(?=[)\s])")


@dataclass(frozen=True)
class Merged:
    """The texts of both files afterwards."""

    kept: str
    retired: str


def parts_to_choose(text: str) -> list[Part]:
    """The parts of an article that may be taken over into another."""
    return [part for part in parts_of(split(text).body) if part.text.strip()]


def merged(
    kept: str, other: str, other_ref: ArticleRef, chosen: Sequence[int], slugs: Collection[str], *, names: bool,
    folders: tuple[str, str] = ("", ""),
) -> Merged:  # fmt: skip
    """`chosen` are parts of the other article, put at the end of the kept one; `names` also takes its questions and
    tags. `slugs` are those of the language, `folders` those both files lie in.
    Raises HeaderKept where a header cannot be changed."""
    own, theirs = frontmatter.read(kept, "").fields, frontmatter.read(other, "").fields
    old = (f"/{other_ref.lang}/a/{other_ref.slug}", *theirs.aliases)
    values: dict[str, object] = {"aliases": tuple(dict.fromkeys((*own.aliases, *old)))}
    if names:
        for name in ("questions", "tags"):
            both = tuple(dict.fromkeys((*getattr(own, name), *getattr(theirs, name))))
            if both != getattr(own, name):
                values[name] = both
    parts = parts_to_choose(other)
    taken = "".join(
        _moved(parts[number].text, *folders).strip("\n") + "\n\n" for number in chosen if 0 <= number < len(parts)
    )
    text = with_values(kept, values)
    if taken:
        text = f"{text.rstrip()}\n\n{taken.rstrip()}\n"
    slug = unique(f"{other_ref.slug}-merged", set(slugs))
    retired: dict[str, object] = {"status": Status.DRAFT, "slug": slug}
    if theirs.aliases:
        retired["aliases"] = ()
    return Merged(text, with_values(other, retired))


def _moved(text: str, to: str, was: str) -> str:
    """The text with links and pictures by path as they are from another folder."""

    def target(found: re.Match[str]) -> str:
        path, mark, rest = found[2].partition("#")
        if not path or ":" in path or path.startswith("/"):
            return found[0]
        return found[1] + posixpath.relpath(posixpath.join(was, path), to or ".") + mark + rest

    return text if to == was else _TARGET.sub(target, text)
