"""Whoosh's segments read in place from mapped files.

Whoosh maps a segment too, but then copies each part of it into memory: a large collection's words twice, once in every
process. Here a part is a view of the mapping, so that only the pages that questions touch are in memory, and shared.
"""

import mmap
import pickle
from io import SEEK_CUR, SEEK_END, SEEK_SET, BytesIO
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import BufferFile, StructFile

_SEGMENT = ".seg"
# Most pickles in a segment, one before each block of postings, are shorter than this.
_PICKLE = 256


class MappedStorage(FileStorage):  # type: ignore[misc]
    """A folder of Whoosh's, to be read only."""

    def __init__(self, folder: Path) -> None:
        # Whoosh must not map what is mapped here.
        super().__init__(str(folder), supports_mmap=False, readonly=True)

    def open_file(self, name: str, **options: Any) -> StructFile:
        if not name.endswith(_SEGMENT):
            return super().open_file(name, **options)
        with (Path(self.folder) / name).open("rb") as file:
            return _MappedFile(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)), name)


class _MappedFile(BufferFile):  # type: ignore[misc]
    """Part of a mapping with a position, as Whoosh reads it."""

    def __init__(self, view: memoryview, name: str | None) -> None:
        # Not BufferFile's own, which copies; its ways to read at a given place use `_buf` as it is.
        self._buf = view
        self._name = name
        self._at = 0
        self.file = self
        self.onclose = None
        self.is_real = self.is_closed = False

    def read(self, size: int = -1) -> bytes:
        end = len(self._buf) if size < 0 else self._at + size
        found = bytes(self._buf[self._at : end])
        self._at += len(found)
        return found

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        self._at = offset + {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: len(self._buf)}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read_pickle(self) -> Any:
        size = _PICKLE
        while True:
            piece = BytesIO(self._buf[self._at : self._at + size])
            try:
                found = pickle.load(piece)  # noqa: S301 - our own index
            except (EOFError, pickle.UnpicklingError):
                if self._at + size >= len(self._buf):
                    raise
                size *= 16
                continue
            self._at += piece.tell()
            return found

    def subset(self, position: int, length: int, name: str | None = None) -> "_MappedFile":
        return _MappedFile(self._buf[position : position + length], name or self._name)

    def close(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self._buf.release()
