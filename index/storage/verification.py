"""Whether a generation is whole: its files against their checksums, and its parts against each other."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np

from index.parts import arrays
from index.storage import checksums
from index.storage.generation import OWN, UNREAD, BrokenGeneration, Generation


def verify(path: Path) -> bool:
    """Compare every file of a generation with its checksum, open it, and check that its parts agree; False where it has
    no checksums. Raises BrokenGeneration."""
    has_checksums = checksums.check(path)
    open_verified(path, checked=has_checksums).wait()
    return has_checksums


# Generations that this process has open, with the stamps of their files: verified again without parsing them again.
_open: WeakValueDictionary[Path, Generation] = WeakValueDictionary()
_Stamps = tuple[tuple[str, int, int, int], ...]
_stamps: dict[Path, _Stamps] = {}


class Checked:
    """An open generation whose rows are to be reused. Whether its files are whole is known once `wait` returns: they
    are compared with their checksums while others are written from them."""

    def __init__(self, generation: Generation, check: Callable[[Path], object] | None = None) -> None:
        self.generation = generation
        self._checked: Future[object] | None = None
        if check is not None:
            with_one = ThreadPoolExecutor(1, "index check")
            self._checked = with_one.submit(check, generation.folder)
            with_one.shutdown(wait=False)

    def wait(self) -> None:
        """Raises BrokenGeneration when it is damaged."""
        if self._checked is not None:
            self._checked.result()

    def is_whole(self) -> bool:
        return not self.damage

    @property
    def damage(self) -> str:
        """What is wrong with its files; '' when nothing is."""
        try:
            self.wait()
        except BrokenGeneration as damage:
            return str(damage)
        return ""


def open_verified(path: Path, *, checked: bool = False) -> Checked:
    """`checked`: its checksums were compared a moment ago. Raises BrokenGeneration; what this process has open already
    is compared with what was written beside the caller."""
    stamps = _stamps_of(path)
    known = _open.get(path)
    if known is not None and _stamps.get(path) == stamps:
        return Checked(known, None if checked else _check_arrays)
    checked = checked or checksums.check(path)
    found = Generation(path)
    if not checked:
        _check_arrays(path)
    verify_parts(path, found)
    verify_raw(path, found)
    remember_open(found, stamps)
    return Checked(found)


def remember_open(found: Generation, stamps: _Stamps | None = None) -> None:
    """Keep in mind that this process has a whole generation open, as long as it has."""
    path = found.folder
    _open[path], _stamps[path] = found, stamps or _stamps_of(path)
    for gone in [folder for folder in _stamps if folder not in _open]:
        del _stamps[gone]


def _stamps_of(path: Path) -> _Stamps:
    files = sorted(file for file in path.rglob("*") if file.is_file())
    return tuple((str(f), stat.st_size, stat.st_mtime_ns, stat.st_ino) for f in files for stat in (f.stat(),))


def _check_arrays(path: Path) -> None:
    """Compare the arrays of a generation with their own checksums. Raises BrokenGeneration."""
    files = [*path.glob("*.arrays"), *path.glob("*.written"), *path.glob("*.exact")]
    try:
        for file in files:
            arrays.check(file)
    except (OSError, ValueError) as error:
        raise BrokenGeneration(f"{path.name} cannot be read ({error})") from error


def verify_parts(path: Path, found: Generation) -> None:
    """Check that the parts of an open generation agree. Raises BrokenGeneration."""
    manifest = found.manifest
    rows = {
        "articles": (len(found.articles), manifest.articles),
        "passages": (len(found.passages), manifest.passages),
        "passage vectors": (len(found.passage_vectors), manifest.passages),
        "titles": (len(found.title_articles), manifest.titles),
        "passages with windows": (len(found.windows.starts) - 1, manifest.passages),
        "title vectors": (len(found.title_vectors), manifest.titles),
    }
    for name in manifest.families:
        size = len(found.family_articles[name])
        rows[f"{name} keyword rows"] = (found.keyword[name].__len__(), size)  # type: ignore[attr-defined]
        rows[f"{name} word statistics"] = (found.lexicons[name].articles.rows, size)
        rows[f"{name} passages with words"] = (found.exact[name].level.rows, found.lexicons[name].passages.rows)
    _compare(path, rows)
    if not 0 <= manifest.pending <= manifest.passages + manifest.titles or manifest.pending != int(
        (found.passage_state != OWN).sum() + (found.title_state != OWN).sum()
    ):
        raise BrokenGeneration(f"{path.name} does not have the {manifest.pending} pending texts it names")
    readable = np.flatnonzero(found.passage_state != UNREAD)
    if len(readable):
        own = found.passage_vectors[int(readable[len(readable) // 2])]
        scores, nearest = found.dense.search(own[None, :], 1)
        same = np.allclose(found.passage_vectors[int(nearest[0, 0])], own, atol=1e-5)
        # The only passage of a language is its mean, and zero without it: that is near to nothing.
        if own.any() and not same and not scores[0, 0] >= 0.999:
            raise BrokenGeneration(f"{path.name}: a passage does not find itself")


def verify_raw(path: Path, found: Generation) -> None:
    """The same of vectors that only the next generation is made of. Raises BrokenGeneration."""
    try:
        passages, titles = found.raw_vectors()
    except (OSError, ValueError) as error:
        raise BrokenGeneration(f"{path.name} cannot be read ({error})") from error
    rows = {"passage vectors as the model gave them": (len(passages), found.manifest.passages),
            "title vectors as the model gave them": (len(titles), found.manifest.titles)}  # fmt: skip
    _compare(path, rows)


def _compare(path: Path, rows: Mapping[str, tuple[int, int]]) -> None:
    for part, (actual, expected) in rows.items():
        if actual != expected:
            raise BrokenGeneration(f"{path.name} holds {actual} {part} instead of {expected}")
