"""Articles that have another name in the source than in the run before: they are moved, not made a second time."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

from kb.source.inside import why_not
from kb.transfer.foreign_headers import ForeignHeader, read_header, texts
from kb.transfer.models import Draft, Material
from kb.transfer.sync import Remembered, State

# So much of two texts has to be the same where they are not quite; longer ones are compared by their beginnings.
_ALIKE = 0.8
_COMPARED_CHARACTERS = 20_000
_COMPARED_MOST = 300


def followed(folder: Path, state: State, material: Material) -> State:
    """The state with what was renamed under its new ids; the drafts keep the addresses of their former names.

    A page is known by the same text, else by the same title, language and most of its text.
    """
    if material.verbatim:
        return state
    here = {draft.id for draft in material.drafts} | material.unread
    gone = {
        name: entry
        for name, entry in state.entries.items()
        if name not in here and not name.startswith(("file:", "category:"))
    }
    new = {draft.id: draft for draft in material.drafts if draft.id not in state.entries}
    renamed = _matches(folder, gone, new)
    entries = dict(state.entries)
    for name, before in renamed.items():
        entry = entries.pop(before)
        former = (*entry.former, *(_header(folder, entry) or ForeignHeader()).old)
        entries[name] = replace(entry, former=tuple(dict.fromkeys(former)))
        message = f"{before} has another name now; its article was taken along, and its old addresses lead to it."
        material.dropped(new[name].path, 1, "renamed", message)
    material.drafts = [
        replace(draft, old=tuple(dict.fromkeys((*draft.old, *entries[draft.id].former))))
        if draft.id in entries and entries[draft.id].former
        else draft
        for draft in material.drafts
    ]
    return replace(state, entries=entries)


def _matches(folder: Path, gone: Mapping[str, Remembered], new: Mapping[str, Draft]) -> dict[str, str]:
    """The id before, by the new one."""
    made: dict[str, str] = {}
    by_text: dict[tuple[str, str], tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for name, entry in gone.items():
        by_text[_lang(entry), entry.upstream][0].append(name)
    for name, draft in new.items():
        by_text[draft.lang, draft.upstream][1].append(name)
    for before, after in by_text.values():
        if len(before) == len(after) == 1:
            made[after[0]] = before[0]
    left = {name: draft for name, draft in new.items() if name not in made}
    rest = {name: entry for name, entry in gone.items() if name not in made.values()}
    compared = 0
    for before_id, entry in rest.items() if left else ():
        header = _header(folder, entry)
        if header is None or not header.body.strip():
            continue
        for name, draft in left.items():
            if name in made or draft.lang != _lang(entry) or draft.title != header.title:
                continue
            compared += 1
            if compared > _COMPARED_MOST:
                return made
            if _alike(header.body, draft.body):
                made[name] = before_id
                break
    return made


def _alike(one: str, other: str) -> bool:
    """Whether most words are the same; lines are not compared, as links are written in another way here."""
    words = SequenceMatcher(None, one[:_COMPARED_CHARACTERS].split(), other[:_COMPARED_CHARACTERS].split(), False)
    return words.real_quick_ratio() >= _ALIKE and words.quick_ratio() >= _ALIKE and words.ratio() >= _ALIKE


def _lang(entry: Remembered) -> str:
    return entry.path.partition("/")[0]


def _header(folder: Path, entry: Remembered) -> ForeignHeader | None:
    """What the article's file says here; None where it was deleted."""
    file = folder / entry.path
    if why_not(folder, entry.path) or not file.is_file():
        return None
    read = read_header(file.read_text(encoding="utf-8", errors="replace"))
    return replace(read, old=tuple(texts(read.raw.get("aliases"))))
