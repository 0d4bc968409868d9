"""PO files of gettext, through Babel: a unit is an entry, its id the context, its text plain Markdown."""

from collections.abc import Callable, Mapping
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po

from kb.translations.packages import MOST_BYTES, MOST_UNITS, Delivery, Package, PackageError, Returned
from kb.translations.units import Unit

_SOURCE = "X-Signpost-Source"
_TARGET = "X-Signpost-Target"


def write_gettext(package: Package) -> bytes:
    catalog = Catalog(
        locale=package.target_lang.replace("-", "_"), project="Signpost", version="1", fuzzy=False,
        header_comment="# Articles of a help centre. Words are Markdown: keep code, addresses and tags as they are.",
    )  # fmt: skip
    for work in package.work:
        for unit in work.units:
            target = work.targets.get(unit.id, "")
            catalog.add(
                unit.text, target, locations=[(work.path, 1)], context=f"{work.path}#{unit.id}",
                auto_comments=[f"{unit.kind}; {work.digest}"],
            )  # fmt: skip
    out = BytesIO()
    write_po(out, catalog, width=0)
    head = f'"{_SOURCE}: {package.source_lang}\\n"\n"{_TARGET}: {package.target_lang}\\n"\n'.encode()
    first, _empty, rest = out.getvalue().partition(b"\n\n")
    return first + b"\n" + head + b"\n" + rest


def read_gettext(data: bytes, units_of: Callable[[str], Mapping[str, Unit]]) -> Delivery:
    """What came back; entries marked as fuzzy count as not translated. Raises PackageError."""
    if len(data) > MOST_BYTES:
        raise PackageError(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB. Hand it back in parts.")
    try:
        data.decode("utf-8")
        catalog = read_po(BytesIO(data), abort_invalid=True, charset="utf-8")
    except UnicodeDecodeError:
        raise PackageError("The file is not UTF-8 text. Save it as UTF-8.") from None
    except PoFileError as wrong:
        raise PackageError(f"Line {wrong.lineno + 1}: {wrong}. Export it again.") from None
    except (ValueError, TypeError, IndexError, KeyError, AttributeError) as wrong:
        raise PackageError(f"The file is no PO file ({type(wrong).__name__}). Export it again.") from None
    header = dict(catalog.mime_headers) | _own_headers(data)
    if not header.get(_SOURCE) or not header.get(_TARGET):
        raise PackageError(f"The file does not name its languages ({_SOURCE}, {_TARGET}): it was not handed out here.")
    by_path: dict[str, dict[str, str]] = {}
    digests: dict[str, str] = {}
    for count, message in enumerate(catalog):
        if count > MOST_UNITS:
            raise PackageError("The file has more units than any help centre. Hand it back in parts.")
        path, mark, number = (message.context or "").rpartition("#")
        if not mark:
            continue
        targets = by_path.setdefault(path, {})
        for comment in message.auto_comments:
            digests.setdefault(path, comment.rpartition("; ")[2][:64])
        target = message.string if isinstance(message.string, str) else ""
        if target.strip() and not message.fuzzy:
            targets[number] = target if number in units_of(path) else ""
    articles = tuple(Returned(path, digests.get(path, ""), targets) for path, targets in by_path.items())
    return Delivery(header[_SOURCE], header[_TARGET], articles)


def _own_headers(data: bytes) -> dict[str, str]:
    """Babel keeps only the headers it knows."""
    found = {}
    for line in data.partition(b"\n\n")[0].decode("utf-8", "replace").splitlines():
        name, mark, value = line.strip().strip('"').removesuffix("\\n").partition(": ")
        if mark and name in {_SOURCE, _TARGET}:
            found[name] = value.strip()[:40]
    return found
