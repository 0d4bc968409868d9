"""A three-way merge of two commits' trees: which files of ours become what, and which nobody can decide but a person.

Texts are brought together by paragraphs (`merge.py`); a file that one side moved and the other changed is followed.
Nothing is written but new objects.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from dulwich.diff_tree import RenameDetector, tree_changes
from dulwich.object_store import BaseObjectStore
from dulwich.objects import Blob, ObjectID, Tree

from kb.authoring.article_files import MOST_BYTES
from kb.authoring.git_types import Choice
from kb.authoring.merge import conflicts, merge, text_of

_FILES = frozenset({0o100644, 0o100755})
_EMPTY = Tree().id


@dataclass(frozen=True)
class Entry:
    """A file of a tree."""

    mode: int
    sha: ObjectID


@dataclass(frozen=True)
class FileConflict:
    """A file that both sides changed, each otherwise. None is for a side that does not have it."""

    base: Entry | None
    ours: Entry | None
    theirs: Entry | None


Changes = dict[bytes, Entry | None]


@dataclass(frozen=True)
class TreeMerge:
    """`changes` is what ours has to become."""

    changes: Changes
    conflicts: dict[bytes, FileConflict]


def changes_between(
    store: BaseObjectStore, old: ObjectID | None, new: ObjectID | None
) -> dict[bytes, tuple[Entry | None, Entry | None]]:
    """What each path that differs had and has."""
    found: dict[bytes, tuple[Entry | None, Entry | None]] = {}
    for change in tree_changes(store, old or None, new or None):
        for side, one in enumerate((change.old, change.new)):
            if one is not None and one.path is not None and one.sha is not None:
                before, after = found.get(one.path, (None, None))
                entry = Entry(one.mode or 0, one.sha)
                found[one.path] = (before, entry) if side else (entry, after)
    return found


def merge_trees(
    store: BaseObjectStore, base: ObjectID | None, ours: ObjectID, theirs: ObjectID,
    choices: Mapping[bytes, Choice] | None = None,
) -> TreeMerge:  # fmt: skip
    """What the changes of both sides since `base` come to."""
    by_us, by_them = changes_between(store, base, ours), changes_between(store, base, theirs)
    changes: Changes = {}
    left: dict[bytes, FileConflict] = {}
    both = [path for path in by_them if path in by_us and by_us[path][1] != by_them[path][1]]
    moved = _Moves(store, base, ours, theirs, any(None in (by_us[path][1], by_them[path][1]) for path in both))
    for path in both:
        was, now_is = by_them[path]
        made = _of_both(store, path, FileConflict(was, by_us[path][1], now_is), choices or {}, moved)
        if isinstance(made, FileConflict):
            left[path] = made
        else:
            changes.update(made)
    for path, (_was, now_is) in by_them.items():
        if path not in by_us:
            changes.setdefault(path, now_is)  # where a file was moved to, both changes are already
    for path in [
        path for path, entry in changes.items() if entry is not None and _is_in_the_way(store, ours, path, changes)
    ]:
        left[path] = FileConflict(
            by_them.get(path, (None, None))[0], by_us.get(path, (None, None))[1], changes.pop(path)
        )
    return TreeMerge(changes, left)


class _Moves:
    """Where each side moved files to; looked for where it matters only."""

    def __init__(
        self, store: BaseObjectStore, base: ObjectID | None, ours: ObjectID, theirs: ObjectID, needed: bool
    ) -> None:
        pair = [_moves(store, base, side) if needed and base else {} for side in (ours, theirs)]
        self.by_us, self.by_them = pair


def _moves(store: BaseObjectStore, old: ObjectID, new: ObjectID) -> dict[bytes, tuple[bytes, Entry]]:
    found = {}
    for change in RenameDetector(store).changes_with_renames(old, new):
        if change.type == "rename" and change.old and change.new and change.old.path and change.new.path:
            found[change.old.path] = change.new.path, Entry(change.new.mode or 0, change.new.sha or _EMPTY)
    return found


def _of_both(
    store: BaseObjectStore, path: bytes, found: FileConflict, choices: Mapping[bytes, Choice], moved: _Moves
) -> Changes | FileConflict:
    seen, keep = choices.get(path, ("-", ""))
    if seen == (found.theirs.sha.decode() if found.theirs else ""):
        return {path: found.theirs} if keep == "theirs" else {}
    if found.theirs is None and path in moved.by_them:
        target, entry = moved.by_them[path]
        made = _merged(store, found.base, found.ours, entry)
        return {path: None, target: made} if made else found
    if found.ours is None and path in moved.by_us:
        target, entry = moved.by_us[path]
        made = _merged(store, found.base, entry, found.theirs)
        return {target: made} if made else found
    made = _merged(store, found.base, found.ours, found.theirs)
    return {path: made} if made else found


def _merged(store: BaseObjectStore, base: Entry | None, ours: Entry | None, theirs: Entry | None) -> Entry | None:
    """Both changes of one text together; None where that is not for us to decide."""
    if ours is None or theirs is None or not {ours.mode, theirs.mode} <= _FILES:
        return None
    mode = theirs.mode if base is None or ours.mode == base.mode else ours.mode
    texts = [text_in(store, one) for one in (base, ours, theirs)]
    if ours.sha == theirs.sha:
        return Entry(mode, ours.sha)
    if texts[1] is None or texts[2] is None or (base is not None and texts[0] is None):
        return None
    parts = merge(texts[0] or "", texts[1], texts[2])
    if conflicts(parts):
        return None
    blob = Blob.from_string(text_of(parts).encode())
    store.add_object(blob)
    return Entry(mode, blob.id)


def text_in(store: BaseObjectStore, entry: Entry | None) -> str | None:
    """The text of a file; None where it is none."""
    if entry is None or entry.mode not in _FILES:
        return None
    found = store[entry.sha]
    if not isinstance(found, Blob) or len(found.data) > MOST_BYTES or b"\0" in found.data:
        return None
    try:
        return found.data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def entry_of(store: BaseObjectStore, tree: ObjectID | None, path: bytes) -> Entry | None:
    """A file of a tree; None where it has none of this path."""
    for _above, entry in _down(store, tree, path):
        if _above == path:
            return entry
    return None


def _down(store: BaseObjectStore, tree: ObjectID | None, path: bytes) -> Iterator[tuple[bytes, Entry]]:
    """The entries on the way to a path."""
    parts = path.split(b"/")
    for n, part in enumerate(parts):
        found = store[tree] if tree else None
        if not isinstance(found, Tree) or part not in found:
            return
        mode, sha = found[part]
        yield b"/".join(parts[: n + 1]), Entry(mode, sha)
        tree = sha if mode == 0o40000 else None


def _is_in_the_way(store: BaseObjectStore, ours: ObjectID, path: bytes, changes: Changes) -> bool:
    """Whether ours has a file where this one needs a folder, or a folder where it is to be, and keeps it."""
    for above, entry in _down(store, ours, path):
        folder = entry.mode == 0o40000
        if above == path and folder:
            return any(
                p.startswith(path + b"/") and changes.get(p, entry) is not None for p in _files(store, entry, path)
            )
        if above != path and not folder and changes.get(above, entry) is not None:
            return True
    return False


def _files(store: BaseObjectStore, folder: Entry, path: bytes) -> Iterator[bytes]:
    found = store[folder.sha]
    for item in found.iteritems() if isinstance(found, Tree) else ():
        below = path + b"/" + (item.path or b"")
        if item.mode == 0o40000 and item.sha:
            yield from _files(store, Entry(item.mode, item.sha), below)
        else:
            yield below
