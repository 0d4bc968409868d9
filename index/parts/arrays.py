"""Named arrays in one memory-mapped file: opening costs next to nothing, and processes share the pages.

A file is written once and never changed, so a mapped array stays valid, even after the file was removed.
"""

import json
import mmap
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAGIC = b"signpost arrays\n"
_ALIGN = 64
_LENGTH = 8

Array = NDArray[Any]


def write(path: Path, arrays: Mapping[str, Array | Sequence[Array]]) -> None:
    """Write `arrays` to `path`, without flushing them to disk. One may be given in pieces, at least one, which are not
    copied together for it."""
    kept = {name: _pieces(array) for name, array in arrays.items()}
    table: dict[str, Any] = {}
    position = 0
    for name, pieces in kept.items():
        checksum = 0
        for piece in pieces:
            checksum = zlib.crc32(_bytes(piece), checksum)
        shape = (sum(len(piece) for piece in pieces), *pieces[0].shape[1:])
        table[name] = [pieces[0].dtype.str, shape, position, checksum]
        position = _aligned(position + sum(piece.nbytes for piece in pieces))
    header = json.dumps(table).encode()
    start = _aligned(len(_MAGIC) + _LENGTH + len(header))
    with path.open("wb") as file:
        file.write(_MAGIC + len(header).to_bytes(_LENGTH, "little") + header)
        for name, pieces in kept.items():
            file.seek(start + table[name][2])
            for piece in pieces:
                file.write(_bytes(piece))
        file.truncate(start + position)


def read(path: Path) -> dict[str, Array]:
    """The arrays in a file, read-only. Raises ValueError when the file is truncated or of another kind."""
    arrays, _ = _read(path)
    return arrays


def check(path: Path) -> None:
    """Verify the CRC-32 checksum of every array. Raises ValueError when one does not match."""
    arrays, sums = _read(path)
    for name, array in arrays.items():
        if zlib.crc32(_bytes(array)) != sums[name]:
            raise ValueError(f"{path.name}: {name} is not what was written")


def _read(path: Path) -> tuple[dict[str, Array], dict[str, int]]:
    with path.open("rb") as file:
        size = path.stat().st_size
        if size < len(_MAGIC) + _LENGTH:
            raise ValueError(f"{path.name} is cut off")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    body = len(_MAGIC) + _LENGTH
    length = int.from_bytes(mapped[len(_MAGIC) : body], "little")
    if mapped[: len(_MAGIC)] != _MAGIC or body + length > size:
        raise ValueError(f"{path.name} is no file of arrays")
    table = json.loads(mapped[body : body + length])
    start = _aligned(body + length)
    arrays: dict[str, Array] = {}
    for name, (kind, shape, position, _) in table.items():
        count = int(np.prod(shape, dtype=np.int64))
        if start + position + count * np.dtype(kind).itemsize > size:
            raise ValueError(f"{path.name} is cut off")
        found = np.frombuffer(mapped, kind, count, start + position) if count else np.zeros(0, kind)
        arrays[name] = found.reshape(shape)
    return arrays, {name: row[3] for name, row in table.items()}


def _pieces(array: Array | Sequence[Array]) -> list[Array]:
    pieces = [array] if isinstance(array, np.ndarray) else [*array]
    return [np.ascontiguousarray(piece, pieces[0].dtype) for piece in pieces]


def _bytes(array: Array) -> memoryview:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _aligned(position: int) -> int:
    return -(-position // _ALIGN) * _ALIGN
