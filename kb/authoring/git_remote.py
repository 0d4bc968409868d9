"""Fetches from a Git remote, brings both histories together in the working copy, and pushes.

Through dulwich, without a shell: no hook and no filter is run, and nothing is ever forced, here or there. What cannot
be done leaves branch, index and files as they were; `RemoteTrouble` says why. Where the remote was rewritten or its
branch is gone, nothing is done until a person has decided.

What was seen at the remote last is the ref `refs/remotes/signpost/<branch>`.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from stat import S_ISLNK, S_ISREG
from typing import Any

from dulwich.client import GitClient, HTTPUnauthorized, LocalGitClient, Urllib3HttpGitClient
from dulwich.config import ConfigDict
from dulwich.errors import GitProtocolError, NotGitRepository
from dulwich.file import FileLocked
from dulwich.graph import find_merge_base
from dulwich.index import (
    Index,
    index_entry_from_stat,
    locked_index,
    validate_path,
    validate_path_element_hfs,
    validate_path_element_ntfs,
    verify_leading_dirs,
)
from dulwich.objects import ZERO_SHA, Blob, Commit, ObjectID
from dulwich.refs import Ref
from dulwich.repo import Repo
from urllib3 import Retry

from core import atomic_files
from kb.authoring.git_commits import branch_of, commit_of
from kb.authoring.git_ssh import NoSsh, SshClient
from kb.authoring.git_types import Choice, NotCommitted, Signature
from kb.authoring.merge import conflicts, merge, text_of
from kb.authoring.remote_address import RemoteAddress
from kb.authoring.tree_merge import (
    Changes,
    Entry,
    FileConflict,
    changes_between,
    entry_of,
    merge_trees,
    text_in,
)

TIMEOUT_SECONDS = 10.0
_TRIES = 3
_LINK, _MODULE, _PROGRAM = 0o120000, 0o160000, 0o100755
# Why the two are not together: no network or no answer; signing in failed; no such repository; over ssh, there is no
# program for it, or the server is not the one whose key is known; the server refused the push; others pushed meanwhile;
# both sides changed the same; changes of the working copy are in the way; the remote's history was rewritten; its
# branch is gone; the folder lies in no repository; its files cannot be written; and what NotCommitted says.
TROUBLES = frozenset({
    "network", "unauthorised", "not_found", "no_ssh", "host_key", "refused", "moved", "conflict", "uncommitted",
    "rewritten", "gone", "no_repository", "disk", "under_way", "detached", "locked", "filter", "failed",
})  # fmt: skip


class RemoteTrouble(Exception):
    """`code` is one of TROUBLES; `detail` what the server said; `paths` the files it is about, below the repository."""

    def __init__(self, code: str, detail: str = "", paths: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code, self.detail, self.paths = code, detail, paths


class _Moved(Exception):
    """Somebody pushed between our fetch and our push."""


@dataclass(frozen=True)
class Decision:
    """What a person decided about a rewritten remote or a branch that is gone, having seen its `tip` ('' for none):
    `take` what it has and keep ours under a branch, `merge` both, or `create` the branch again from ours."""

    how: str
    tip: str


@dataclass(frozen=True)
class Exchange:
    """What an exchange did: paths that were changed here, whether something was pushed, and the branch our commits were
    kept under ('' for none)."""

    changed: tuple[str, ...] = ()
    pushed: bool = False
    kept: str = ""


@dataclass(frozen=True)
class TextConflict:
    """A text both sides changed at the same place; `blob` names the remote's."""

    base: str
    ours: str
    theirs: str
    blob: str


@dataclass(frozen=True)
class Conflict:
    """A file, its path below the articles folder ('' for what lies elsewhere), and what each side made of it; `texts`
    where both are."""

    path: str
    article: str
    files: FileConflict
    texts: TextConflict | None

    @property
    def seen(self) -> str:
        """The name of the remote's file, '' where it has none."""
        return self.files.theirs.sha.decode() if self.files.theirs else ""


class Clone:
    """The repository a folder lies in, with its remote."""

    def __init__(self, repo: Repo, folder: Path, address: RemoteAddress) -> None:
        self.repo, self._address = repo, address
        self.root = Path(os.fsdecode(repo.path)).resolve()
        self.inside = folder.resolve().relative_to(self.root).as_posix()
        try:
            self.branch: Ref = branch_of(repo)
        except NotCommitted as why:
            raise RemoteTrouble(why.code) from None
        name = address.branch or os.fsdecode(self.branch.removeprefix(b"refs/heads/"))
        self.there = Ref(b"refs/heads/" + name.encode())
        self.tracking = Ref(b"refs/remotes/signpost/" + name.encode())

    @property
    def head(self) -> ObjectID | None:
        return self.repo.refs.follow(self.branch)[1]

    @property
    def seen(self) -> ObjectID | None:
        """What the remote's branch had when it was fetched last."""
        return self.repo.refs.follow(self.tracking)[1]

    def path_of(self, article: str) -> str:
        """The path below the repository of a path below the articles folder."""
        return article if self.inside == "." else f"{self.inside}/{article}"

    def article_of(self, path: str) -> str:
        """The other way; '' for what lies elsewhere."""
        if self.inside == ".":
            return path
        return path.removeprefix(f"{self.inside}/") if path.startswith(f"{self.inside}/") else ""

    def ahead(self) -> int:
        """How many commits of ours the remote does not have; at most 1000 are counted."""
        head, seen = self.head, self.seen
        if head is None or head == seen:
            return 0
        walker = self.repo.get_walker([head], exclude=[seen] if seen else [], max_entries=1000)
        return sum(1 for _ in walker)

    # --- the network

    def fetch(self) -> ObjectID | None:
        """The tip of the remote's branch, with all it needs here; None where there is no such branch. Raises
        RemoteTrouble."""
        with _client(self._address) as (client, path):
            result = client.fetch(
                path, self.repo, lambda refs, depth=None: _missing(self.repo, refs.get(self.there)),
                ref_prefix=[self.there],
            )  # fmt: skip
            return result.refs.get(self.there)

    def push(self) -> bool:
        """Push what the remote lacks; whether there was something. Raises RemoteTrouble, or _Moved."""
        head, seen = self.head, self.seen
        if head is None or head == seen:
            return False

        def wanted(refs: dict[Ref, ObjectID]) -> dict[Ref, ObjectID]:
            # Servers may take what overwrites others' commits: that what is there is what we have seen is asked here.
            there = refs.get(self.there)
            if (None if there == ZERO_SHA else there) != seen:
                raise _Moved
            return {self.there: head}

        def pack(have: set[ObjectID], want: set[ObjectID], **more: object) -> object:
            return self.repo.generate_pack_data(have, want, ofs_delta=bool(more.get("ofs_delta")))

        with _client(self._address) as (client, path):
            result = client.send_pack(path, wanted, pack)  # type: ignore[arg-type]
        refused = (result.ref_status or {}).get(self.there)
        if refused:
            raise RemoteTrouble("refused", _clean(refused, self._address))
        self.repo.refs[self.tracking] = head
        return True

    # --- here

    def bring_in(
        self, tip: ObjectID | None, choices: Mapping[bytes, Choice], by: Signature, now: datetime,
        decision: Decision | None,
    ) -> Exchange:  # fmt: skip
        """Make what was fetched part of our branch and its files. Raises RemoteTrouble, with nothing changed."""
        seen = self.seen
        decided = decision.how if decision and decision.tip == (tip or b"").decode() else ""
        if tip is None:
            if seen is not None and decided != "create":
                raise RemoteTrouble("gone")
            if seen is not None:
                self.repo.refs.remove_if_equals(self.tracking, seen)
            return Exchange()
        if seen is not None and not self._is_part_of(seen, tip):
            if decided not in {"take", "merge"}:
                raise RemoteTrouble("rewritten", tip.decode())
            if decided == "take":
                return self._take(tip, now)
        self.repo.refs[self.tracking] = tip
        return Exchange(self._join(tip, choices, by, now))

    def conflicts(self) -> list["Conflict"]:
        """What nobody but a person can decide, as things were fetched last."""
        base, ours, theirs = self._sides()
        if ours is None or theirs is None:
            return []
        store = self.repo.object_store
        listed = []
        for path, one in sorted(merge_trees(store, base, ours, theirs).conflicts.items()):
            name = os.fsdecode(path)
            base_text, our_text, their_text = (text_in(store, entry) for entry in (one.base, one.ours, one.theirs))
            made = None
            if our_text is not None and their_text is not None and one.theirs is not None:
                made = TextConflict(base_text or "", our_text, their_text, one.theirs.sha.decode())
            listed.append(Conflict(name, self.article_of(name), one, made))
        return listed

    def _sides(self) -> tuple[ObjectID | None, ObjectID | None, ObjectID | None]:
        head, seen = self.head, self.seen
        if head is None or seen is None or head == seen or self._is_part_of(seen, head):
            return None, None, None
        return self._base_of(head, seen), self._tree(head), self._tree(seen)

    def _take(self, tip: ObjectID, now: datetime) -> Exchange:
        head, kept = self.head, ""
        if head is not None and not self._is_part_of(head, tip):
            kept = f"kept-{now:%Y-%m-%d}-{head.decode()[:8]}"
            self.repo.refs[Ref(b"refs/heads/" + kept.encode())] = head
        changed = self._move_to(tip, self._differences(head, tip))
        self.repo.refs[self.tracking] = tip
        return Exchange(changed, kept=kept)

    def _join(
        self, tip: ObjectID, choices: Mapping[bytes, Choice], by: Signature, now: datetime
    ) -> tuple[str, ...]:  # fmt: skip
        head = self.head
        if head == tip or (head is not None and self._is_part_of(tip, head)):
            return ()
        if head is None or self._is_part_of(head, tip):
            return self._move_to(tip, self._differences(head, tip))
        ours, theirs = self._tree(head), self._tree(tip)
        found = merge_trees(self.repo.object_store, self._base_of(head, tip), ours, theirs, choices)
        if found.conflicts:
            raise RemoteTrouble("conflict", paths=tuple(sorted(os.fsdecode(path) for path in found.conflicts)))

        def merged(tree: ObjectID) -> ObjectID:
            told = f"Merge branch '{os.fsdecode(self.there.removeprefix(b'refs/heads/'))}' of {self._address.url}"
            made = commit_of(tree, [head, tip], by, told, now)
            self.repo.object_store.add_object(made)
            return made.id

        return self._move_to(None, found.changes, merged)

    def _differences(self, old: ObjectID | None, new: ObjectID) -> Changes:
        store = self.repo.object_store
        found = changes_between(store, self._tree(old) if old else None, self._tree(new))
        return {path: now_is for path, (_was, now_is) in found.items()}

    def _move_to(
        self, commit: ObjectID | None, changes: Changes, made: Callable[[ObjectID], ObjectID] | None = None
    ) -> tuple[str, ...]:
        """Make these changes to the files, and our branch this commit, or the one that `made` makes of their tree."""
        head = self.head
        ours = self._tree(head) if head else None
        if made is not None and ours is not None:
            commit = made(_tree_with(self.repo, ours, changes))
        assert commit is not None  # noqa: S101
        try:
            with locked_index(self.repo.index_path()) as index:
                files = _Files(self.repo, self.root, ours)
                writes = files.planned(changes, index)
                for write in writes:
                    write()
                files.note(changes, index)
                told = b"signpost: bring in the remote"
                if head is None:
                    moved = self.repo.refs.add_if_new(self.branch, commit)
                else:
                    moved = self.repo.refs.set_if_equals(self.branch, head, commit, message=told)
                if not moved:
                    raise RemoteTrouble("locked")
        except FileLocked:
            raise RemoteTrouble("locked") from None
        except OSError:
            raise RemoteTrouble("disk") from None
        return tuple(sorted(os.fsdecode(path) for path in changes))

    def _tree(self, commit: ObjectID) -> ObjectID:
        found = self.repo.object_store[commit]
        if not isinstance(found, Commit):
            raise RemoteTrouble("failed")
        tree: ObjectID = found.tree
        return tree

    def _base_of(self, one: ObjectID, other: ObjectID) -> ObjectID | None:
        found = find_merge_base(self.repo, [one, other])
        return self._tree(found[0]) if found else None

    def _is_part_of(self, one: ObjectID, other: ObjectID) -> bool:
        """Whether a commit is in the history of another one. By parents alone: clocks of others may be wrong."""
        parents = self.repo.parents_provider()
        known, waiting = {other}, [other]
        while waiting:
            later: list[ObjectID] = []
            for commit in waiting:
                if commit == one:
                    return True
                with suppress(KeyError):  # a shallow clone ends somewhere
                    later += [up for up in parents.get_parents(commit) if up not in known]
                known.update(later)
            waiting = list(dict.fromkeys(later))
        return False


@contextmanager
def clone(folder: Path, address: RemoteAddress) -> Iterator[Clone]:
    """The repository of a folder. Raises RemoteTrouble, also for what goes wrong inside."""
    try:
        repo = Repo.discover(folder)
    except NotGitRepository:
        raise RemoteTrouble("no_repository") from None
    try:
        with repo:
            if repo.bare:
                raise RemoteTrouble("no_repository")
            yield Clone(repo, folder, address)
    except (RemoteTrouble, _Moved):
        raise
    except Exception as failure:  # a repository may be damaged, or of a kind the library does not know
        raise RemoteTrouble("failed", type(failure).__name__) from failure


def exchange(
    folder: Path,
    address: RemoteAddress,
    alone: Callable[[], AbstractContextManager[None]],
    choices: Mapping[bytes, Choice],
    by: Signature,
    now: datetime,
    decision: Decision | None = None,
) -> Exchange:
    """Fetch, bring together, push. `alone` is a context in which nobody else writes to the folder. Raises
    RemoteTrouble."""
    changed: list[str] = []
    kept = ""
    with clone(folder, address) as found:
        for _ in range(_TRIES):
            tip = found.fetch()
            with alone():
                done = found.bring_in(tip, choices, by, now, decision)
            changed += done.changed
            kept = kept or done.kept
            try:
                return Exchange(tuple(changed), found.push(), kept)
            except _Moved:
                continue
    raise RemoteTrouble("moved")


class _Files:
    """The files of a working copy, which may have been changed without a commit."""

    def __init__(self, repo: Repo, root: Path, tree: ObjectID | None) -> None:
        self._repo, self._root, self._tree = repo, root, tree
        self._normalizer = repo.get_blob_normalizer()
        self._attributes = repo.get_gitattributes()

    def planned(self, changes: Changes, index: Index) -> list[Callable[[], None]]:
        """What has to be written, removals first. Raises RemoteTrouble where work of others would be lost."""
        removals: list[Callable[[], None]] = []
        writes: list[Callable[[], None]] = []
        in_the_way: list[str] = []
        for path, new in sorted(changes.items()):
            if new is not None:
                self._check(path, new)
            old = entry_of(self._repo.object_store, self._tree, path)
            if _MODULE in {(new or old or Entry(0, ZERO_SHA)).mode}:
                continue
            staged = index[path] if path in index else None  # noqa: SIM401 - an index has no `get`
            if staged is not None and getattr(staged, "sha", None) not in {one.sha for one in (old, new) if one}:
                in_the_way.append(os.fsdecode(path))
                continue
            disk = self._on_disk(path)
            if disk == (new.sha if new else None) and not (old and new and old.mode != new.mode):
                continue
            if disk == (old.sha if old else None):
                target = removals if new is None else writes
                target.append(self._removal(path) if new is None else self._write(path, new, self._bytes(path, new)))
                continue
            both = self._with_changes(path, old, new)
            if both is None:
                in_the_way.append(os.fsdecode(path))
            elif new is not None:
                writes.append(self._write(path, new, both))
        if in_the_way:
            raise RemoteTrouble("uncommitted", paths=tuple(in_the_way))
        return [*removals, *writes]

    def note(self, changes: Changes, index: Index) -> None:
        for path, new in changes.items():
            file = self._file(path)
            if new is None:
                if path in index:
                    del index[path]
            elif new.mode != _MODULE:
                index[path] = index_entry_from_stat(file.lstat(), new.sha, mode=new.mode)

    def _check(self, path: bytes, new: Entry) -> None:
        for element in (validate_path_element_ntfs, validate_path_element_hfs):
            if not validate_path(path, element):
                raise RemoteTrouble("failed", "path")
        if new.mode != _LINK and self._attributes.match_path(path).get(b"filter"):
            raise RemoteTrouble("filter", paths=(os.fsdecode(path),))

    def _file(self, path: bytes) -> Path:
        return self._root / os.fsdecode(path)

    def _on_disk(self, path: bytes) -> bytes | None:
        """The object name of what lies there, as Git would store it; None for nothing, b'' for what is no file."""
        file = self._file(path)
        try:
            state = file.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        if S_ISLNK(state.st_mode):
            return Blob.from_string(os.fsencode(file.readlink())).id
        if not S_ISREG(state.st_mode):
            # A folder whose files all go.
            return None if file.is_dir() and not any(file.rglob("*")) else b""
        return self._normalizer.checkin_normalize(Blob.from_string(file.read_bytes()), path).id

    def _with_changes(self, path: bytes, old: Entry | None, new: Entry | None) -> bytes | None:
        """What was not committed together with what came; None where both changed the same."""
        store = self._repo.object_store
        texts = [text_in(store, old), text_in(store, new)]
        try:
            disk = self._normalizer.checkin_normalize(
                Blob.from_string(self._file(path).read_bytes()), path
            ).data.decode()
        except (OSError, UnicodeDecodeError):
            return None
        if texts[0] is None or texts[1] is None:
            return None
        parts = merge(texts[0], disk, texts[1])
        if conflicts(parts):
            return None
        return self._normalizer.checkout_normalize(Blob.from_string(text_of(parts).encode()), path).data

    def _bytes(self, path: bytes, new: Entry) -> bytes:
        blob = self._repo.object_store[new.sha]
        if not isinstance(blob, Blob):
            raise RemoteTrouble("failed")
        return blob.data if new.mode == _LINK else self._normalizer.checkout_normalize(blob, path).data

    def _write(self, path: bytes, new: Entry, data: bytes) -> Callable[[], None]:
        def write() -> None:
            verify_leading_dirs(path, [], os.fsencode(self._root))
            file = self._file(path)
            if file.is_dir() and not file.is_symlink():
                file.rmdir()
            file.parent.mkdir(parents=True, exist_ok=True)
            if new.mode == _LINK:
                file.unlink(missing_ok=True)
                file.symlink_to(os.fsdecode(data))
                return
            if file.is_symlink():
                file.unlink()
            atomic_files.replace(file, data)
            runs = bool(file.stat().st_mode & 0o100)
            if runs != (new.mode == _PROGRAM):
                mode = file.stat().st_mode & 0o777
                file.chmod(mode | 0o111 if new.mode == _PROGRAM else mode & ~0o111)

        return write

    def _removal(self, path: bytes) -> Callable[[], None]:
        def remove() -> None:
            verify_leading_dirs(path, [], os.fsencode(self._root))
            file = self._file(path)
            file.unlink(missing_ok=True)
            for folder in file.parents:
                if folder == self._root or any(folder.iterdir()):
                    break
                folder.rmdir()

        return remove


def _tree_with(repo: Repo, tree: ObjectID, changes: Changes) -> ObjectID:
    from dulwich.object_store import commit_tree_changes

    listed = [(path, one.mode if one else None, one.sha if one else None) for path, one in sorted(changes.items())]
    return commit_tree_changes(repo.object_store, tree, listed)


def _missing(repo: Repo, tip: ObjectID | None) -> list[ObjectID]:
    return [tip] if tip is not None and tip != ZERO_SHA and tip not in repo.object_store else []


@contextmanager
def _client(address: RemoteAddress) -> Iterator[tuple[GitClient, str]]:
    """Speaks with the remote. Raises RemoteTrouble; nothing of an error's text is taken, since it may hold anything."""
    client: GitClient
    answers: list[Any] = []
    over_ssh: SshClient | None = None
    try:
        if address.is_folder:
            client, path = LocalGitClient(config=ConfigDict(), quiet=True), address.url
        elif address.ssh is not None:
            where = address.ssh
            if where.key is None or where.known_hosts is None:  # which the settings ask for
                raise RemoteTrouble("unauthorised" if where.key is None else "host_key")
            client = over_ssh = SshClient(where, where.key, where.known_hosts)
            path = where.path
        else:
            name, secret = address.signed_in()
            client = Urllib3HttpGitClient(
                address.url, config=ConfigDict(), username=name or None, password=secret or None,
                timeout=TIMEOUT_SECONDS, quiet=True,
            )  # fmt: skip
            _follow(client, answers)
            path = ""
    except OSError:
        raise RemoteTrouble("unauthorised") from None
    try:
        yield client, path
    except (RemoteTrouble, _Moved):
        raise
    except HTTPUnauthorized:
        raise RemoteTrouble("unauthorised") from None
    except NotGitRepository:
        raise RemoteTrouble("not_found") from None
    except NoSsh:
        raise RemoteTrouble("no_ssh") from None
    except GitProtocolError as failure:
        forbidden = "unexpected http resp 403" in str(failure)
        raise RemoteTrouble(over_ssh.trouble() if over_ssh else "unauthorised" if forbidden else "network") from None
    except OSError:
        raise RemoteTrouble(over_ssh.trouble() if over_ssh else "network") from None
    finally:
        client.close()
        for answer in answers:  # the client forgets those that are errors
            answer.close()
        if isinstance(client, Urllib3HttpGitClient):
            client.pool_manager.clear()


def _follow(client: Urllib3HttpGitClient, answers: list[Any]) -> None:
    """Note every answer, so that it can be closed, and try nothing twice: that is for whoever asks again later."""
    pool, once = client.pool_manager, Retry(total=5, connect=0, read=0, other=0)
    request = pool.request

    def noted(method: str, url: str, **options: Any) -> Any:
        answer = request(method, url, **{"retries": once, **options})
        answers.append(answer)
        return answer

    pool.request = noted  # type: ignore[method-assign]


def _clean(said: str, address: RemoteAddress) -> str:
    """What a server said, in a line, without what signs in there."""
    line = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    for secret in filter(None, address.signed_in()):
        line = line.replace(secret, "…")
    return line[:200]
