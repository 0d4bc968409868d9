"""The zip of `flask kb export`: files are taken as they are."""

from pathlib import Path

from kb.transfer.manifest import MANIFEST, is_exported
from kb.transfer.models import Kind, Material, Reading


def _read(reading: Reading) -> Material:
    material = Material("signpost")
    for file in sorted(reading.root.rglob("*")):
        if file.is_file() and not file.is_symlink():
            path = file.relative_to(reading.root).as_posix()
            if path != MANIFEST and not path.startswith("_import/"):
                material.files_read += 1
                material.verbatim[path] = file
    return material


def _is_signpost(root: Path) -> bool:
    return is_exported(root)


KIND = Kind("signpost", "Signpost", _is_signpost, _read)
