"""Commits what was saved, where the articles folder lies in a Git repository: with the author's name, and only the
file that was saved, whatever else is changed or staged there.

Through dulwich, without a shell: no hook and no filter of the repository is run. A commit that cannot be made leaves
the saved file as a change of the working copy, for whoever commits there next, and `NotCommitted` says why.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from dulwich.errors import NotGitRepository
from dulwich.file import FileLocked
from dulwich.ignore import IgnoreFilterManager
from dulwich.index import Index, index_entry_from_stat, locked_index
from dulwich.object_store import commit_tree_changes
from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.refs import HEADREF, Ref
from dulwich.repo import Repo

from kb.authoring.git_types import NotCommitted, Signature

_PLAIN_FILE = 0o100644
_TRIES = 3
# What Git leaves in its folder while somebody is in the middle of something.
_UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply", "BISECT_LOG")


def committed(file: Path, by: Signature, message: str, now: datetime, beside: Iterable[Path] = ()) -> str:
    """Commit a file as it is on disk; the commit's name, '' where there is no repository or nothing to commit. Of
    `beside`, such as its pictures, those go with it that Git does not have yet and that are not ignored.

    Raises NotCommitted.
    """
    try:
        repo = Repo.discover(file.parent)
    except NotGitRepository:
        return ""
    try:
        with repo:
            if repo.bare:
                return ""
            return _commit(repo, file, by, message, now, beside)
    except NotCommitted:
        raise
    except FileLocked:
        raise NotCommitted("locked") from None
    except Exception as failure:  # a repository may be damaged, or of a kind the library does not know
        raise NotCommitted("failed") from failure


def branch_of(repo: Repo) -> Ref:
    """The branch that is checked out. Raises NotCommitted while somebody is in the middle of something, or without."""
    control = Path(os.fsdecode(repo.controldir()))
    if any((control / name).exists() for name in _UNDER_WAY):
        raise NotCommitted("under_way")
    branch = repo.refs.get_symrefs().get(HEADREF)
    if branch is None:
        raise NotCommitted("detached")
    return branch


def _commit(repo: Repo, file: Path, by: Signature, message: str, now: datetime, beside: Iterable[Path]) -> str:
    branch = branch_of(repo)
    relative = file.resolve().relative_to(Path(os.fsdecode(repo.path)).resolve()).as_posix()
    path = os.fsencode(relative)
    with locked_index(repo.index_path()) as index:
        if index.has_conflicts():
            raise NotCommitted("under_way")
        if path not in index and IgnoreFilterManager.from_repo(repo).is_ignored(relative):
            raise NotCommitted("ignored")
        blob = _blob(repo, file, path)
        repo.object_store.add_object(blob)
        entry = index_entry_from_stat(file.stat(), blob.id)
        index[path] = entry
        changes = [(path, entry.mode or _PLAIN_FILE, blob.id), *_new_beside(repo, index, beside)]
        # While the index is locked: another commit waits until HEAD and index are ours.
        return _advanced(repo, branch, changes, by, message, now)


def _new_beside(repo: Repo, index: Index, files: Iterable[Path]) -> Iterator[tuple[bytes, int, ObjectID]]:
    top, ignored = Path(os.fsdecode(repo.path)).resolve(), IgnoreFilterManager.from_repo(repo)
    for file in files:
        relative = file.resolve().relative_to(top).as_posix()
        path = os.fsencode(relative)
        if path in index or ignored.is_ignored(relative):
            continue
        try:
            blob = _blob(repo, file, path)
        except NotCommitted:
            continue
        repo.object_store.add_object(blob)
        index[path] = index_entry_from_stat(file.stat(), blob.id)
        yield path, _PLAIN_FILE, blob.id


def _blob(repo: Repo, file: Path, path: bytes) -> Blob:
    if repo.get_gitattributes().match_path(path).get(b"filter"):
        raise NotCommitted("filter")  # it would run a program
    return repo.get_blob_normalizer().checkin_normalize(Blob.from_string(file.read_bytes()), path)


def _advanced(
    repo: Repo, branch: Ref, changes: Sequence[tuple[bytes, int, ObjectID]], by: Signature, message: str, now: datetime
) -> str:
    for _ in range(_TRIES):
        head = repo.refs.follow(branch)[1]
        last = repo[head] if head else None
        before = last.tree if isinstance(last, Commit) else None
        made = commit_tree_changes(repo.object_store, before or Tree(), changes)
        if made == before:
            return ""
        new = commit_of(made, [head] if head else [], by, message, now)
        repo.object_store.add_object(new)
        told = f"commit: {message}".encode()
        if repo.refs.set_if_equals(branch, head, new.id, bytes(by), new.commit_time, 0, told):
            return new.id.decode()
    raise NotCommitted("locked")


def commit_of(tree: ObjectID, parents: list[ObjectID], by: Signature, message: str, now: datetime) -> Commit:
    """A commit, not added to a repository yet."""
    new = Commit()
    new.tree, new.parents = tree, parents
    new.author = new.committer = bytes(by)
    new.author_time = new.commit_time = int(now.timestamp())
    new.author_timezone = new.commit_timezone = 0
    new.encoding, new.message = b"UTF-8", f"{message}\n".encode()
    return new
