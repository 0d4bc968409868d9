"""Opens a source: a folder as it is, a zip unpacked into a temporary folder, a single file in a folder of its own.

A zip is a stranger's: its names may lead elsewhere, and a few kilobytes may become gigabytes. Nothing is written
outside of the temporary folder, links are not made, and sizes are counted while unpacking, not believed from the
directory.
"""

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from kb.transfer.models import TransferError

FILES_MOST = 100_000
BYTES_MOST = 4 * 1024**3
FILE_MOST = 512 * 1024**2
# Text packs some ten to one; what packs better than this is made to fill the disk.
_RATIO_MOST, _RATIO_FROM = 200, 10 * 1024**2
_BLOCK = 1 << 20
_LINK = 0o120000
_FORMAT = 0o170000


@contextmanager
def opened(source: Path) -> Iterator[Path]:
    """The source as a folder. Raises TransferError when it is not there or must not be unpacked."""
    if source.is_dir():
        yield source
        return
    if not source.exists():
        raise TransferError(f"There is nothing at {source}. Name the folder, zip or file you exported.")
    if not source.is_file():
        raise TransferError(f"{source} is neither a folder nor a file.")
    with tempfile.TemporaryDirectory(prefix="signpost-import-") as made:
        folder = Path(made)
        if zipfile.is_zipfile(source):
            _unpack(source, folder)
            yield _single_folder(folder)
        elif source.suffix.lower() in {".xml", ".json", ".html", ".htm", ".md", ".mdx"}:
            shutil.copy2(source, folder / source.name)
            yield folder
        else:
            raise TransferError(
                f"{source} is neither a folder, nor a zip, nor an export in XML, JSON, HTML or Markdown."
            )


def _unpack(source: Path, folder: Path) -> None:
    left, packed_size = BYTES_MOST, max(1, source.stat().st_size)
    try:
        with zipfile.ZipFile(source) as archive:
            infos = archive.infolist()
            if len(infos) > FILES_MOST:
                raise TransferError(f"{source.name} holds {len(infos)} files; more than {FILES_MOST} are not unpacked.")
            for info in infos:
                if info.is_dir():
                    continue
                if info.flag_bits & 0x1:
                    raise TransferError(f"{source.name} is encrypted. Unpack it, and import the folder.")
                if (info.external_attr >> 16) & _FORMAT == _LINK:
                    continue  # a link could lead anywhere; what it names is in the zip itself or not at all
                target = folder / inside(info.filename, source.name)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(info) as packed, target.open("wb") as file:
                    size = 0
                    while block := packed.read(_BLOCK):
                        size, left = size + len(block), left - len(block)
                        total = BYTES_MOST - left
                        if size > FILE_MOST or left < 0 or (total > _RATIO_FROM and total > _RATIO_MOST * packed_size):
                            raise TransferError(
                                f"{source.name} unpacks to far more than it should hold (at {info.filename}), and was "
                                "not imported. If you trust it, unpack it yourself and import the folder."
                            )
                        file.write(block)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as broken:
        raise TransferError(f"{source.name} is a broken zip ({broken}). Export it again.") from None
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        raise TransferError(f"{source.name} holds a file and a folder of one name, and was not imported.") from None


def inside(name: str, archive: str) -> str:
    """The name of a zip's entry as a path below the folder. Raises TransferError for one that leads out of it."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in (path.parts or ("",))[0] or "\0" in name or not path.parts:
        raise TransferError(f"{archive} holds “{name}”, which leads out of its folder. It was not imported.")
    return path.as_posix()


def _single_folder(folder: Path) -> Path:
    """The one folder that holds everything, as zips of GitHub have it; else the folder itself."""
    found = [path for path in folder.iterdir() if path.name != "__MACOSX"]
    return found[0] if len(found) == 1 and found[0].is_dir() else folder
