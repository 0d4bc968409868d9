"""PO files of gettext, through Babel: a unit is an entry, its id the context, its text plain Markdown."""

from collections.abc import Callable, Iterable, Mapping
from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, PoFileParser, write_po

from core.texts.said import said
from kb.translations.packages import (
    MOST_BYTES,
    MOST_UNITS,
    TOO_LARGE,
    TOO_MANY,
    Delivery,
    Package,
    PackageError,
    Returned,
)
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
        raise PackageError(TOO_LARGE)
    catalog = _catalogue(data)
    header = catalog.own
    if not header.get(_SOURCE) or not header.get(_TARGET):
        what = said(
            "The file does not name its languages (%(names)s): it was not handed out here.",
            names=f"{_SOURCE}, {_TARGET}",
        )
        raise PackageError(what)
    by_path: dict[str, tuple[dict[str, str], dict[str, str]]] = {}
    digests: dict[str, str] = {}
    for count, message in enumerate(catalog):
        if count > MOST_UNITS:
            raise PackageError(TOO_MANY)
        path, mark, number = (message.context or "").rpartition("#")
        if not mark:
            continue
        targets, left = by_path.setdefault(path, ({}, {}))
        for comment in message.auto_comments:
            digests.setdefault(path, comment.rpartition("; ")[2][:64])
        target = message.string if isinstance(message.string, str) else ""
        known = number in units_of(path)
        if target.strip() and message.fuzzy and known:
            left[number] = "fuzzy"
        elif target.strip() and not message.fuzzy:
            targets[number] = target if known else ""
    articles = tuple(Returned(path, digests.get(path, ""), *some) for path, some in by_path.items())
    return Delivery(header[_SOURCE], header[_TARGET], articles)


class _Catalogue(Catalog):
    """What came back. Of its header only `own`, our two fields, is believed: Babel would decode by the encoding it
    names, and make as many texts as it says there are plurals."""

    num_plurals = 2

    def __init__(self) -> None:
        self.own: dict[str, str] = {}
        super().__init__(charset="utf-8")

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return []

    @mime_headers.setter
    def mime_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        self.own = {name: value.strip()[:40] for name, value in headers if name in {_SOURCE, _TARGET}}


def _catalogue(data: bytes) -> _Catalogue:
    catalog = _Catalogue()
    try:
        data.decode("utf-8")
        PoFileParser(catalog, abort_invalid=True).parse(BytesIO(data))
    except UnicodeDecodeError:
        raise PackageError(said("The file is not UTF-8 text. Save it as UTF-8.")) from None
    except PoFileError as wrong:
        raise PackageError(
            said("Line %(line)s is not as in a PO file. Export it again.", line=wrong.lineno + 1)
        ) from None
    except Exception as wrong:  # whatever a parser makes of what is no PO file
        what = said("The file is no PO file (%(error)s). Export it again.", error=type(wrong).__name__)
        raise PackageError(what) from None
    return catalog
