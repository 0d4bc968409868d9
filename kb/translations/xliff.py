"""XLIFF 2.0: written by the standard library, read by defusedxml (no entities, no document types, nothing is fetched).

Of what comes back only ids and words are believed: markup inside of a unit is put back from the source by its number.
"""

from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, ParseError, SubElement

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

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
    Work,
)
from kb.translations.units import Unit, spans_of

NAMESPACE = "urn:oasis:names:tc:xliff:document:2.0"
_DIGEST = "source-digest"
_DEEPEST = 60
_XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def write_xliff(package: Package) -> bytes:
    """The file, valid by the schema of XLIFF 2.0."""
    ElementTree.register_namespace("", NAMESPACE)
    root = Element(
        _tag("xliff"), {"version": "2.0", "srcLang": package.source_lang, "trgLang": package.target_lang}
    )  # fmt: skip
    for number, work in enumerate(package.work, 1):
        file = SubElement(root, _tag("file"), {"id": f"f{number}", "original": _writable(work.path)})
        note = SubElement(SubElement(file, _tag("notes")), _tag("note"), {"category": _DIGEST})
        note.text = work.digest
        for unit in work.units:
            _write_unit(file, unit, work)
    ElementTree.indent(root, "  ")
    _leave_texts_alone(root, package)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _write_unit(file: Element, unit: Unit, work: Work) -> None:
    element = SubElement(file, _tag("unit"), {"id": unit.id, "name": unit.kind, "canResegment": "no"})
    protected = [span for span in unit.spans if span.protected]
    if protected:
        data = SubElement(element, _tag("originalData"))
        for number, span in enumerate(protected, 1):
            SubElement(data, _tag("data"), {"id": f"d{number}"}).text = _writable(span.text)
    target = work.targets.get(unit.id)
    state = "initial" if target is None else "translated"
    segment = SubElement(element, _tag("segment"), {"state": state})
    _write_text(SubElement(segment, _tag("source"), {_XML_SPACE: "preserve"}), unit.text, unit)
    if target is not None:
        _write_text(SubElement(segment, _tag("target"), {_XML_SPACE: "preserve"}), target, unit)


def _write_text(element: Element, text: str, unit: Unit) -> None:
    """Words and placeholders; of a target each protected stretch is numbered as in the source."""
    numbers: dict[str, list[int]] = {}
    for number, span in enumerate((one for one in unit.spans if one.protected), 1):
        numbers.setdefault(span.text, []).append(number)
    element.text, last = "", None
    for span in spans_of(text):
        free = numbers.get(span.text, []) if span.protected else []
        if free:
            number = free.pop(0)
            about = {"id": str(number), "dataRef": f"d{number}", "disp": _writable(span.text[:80]), "canCopy": "no",
                     "canDelete": "yes" if span.format else "no"}  # fmt: skip
            last = SubElement(element, _tag("ph"), about)
            last.tail = ""
        elif last is None:
            element.text += _writable(span.text)
        else:
            last.tail = (last.tail or "") + _writable(span.text)


def _leave_texts_alone(root: Element, package: Package) -> None:
    """Indenting put spaces into texts that consist of placeholders only; they are written once more."""
    by_file = {f"f{number}": {unit.id: unit for unit in work.units} for number, work in enumerate(package.work, 1)}
    targets = {f"f{number}": work.targets for number, work in enumerate(package.work, 1)}
    for file in root.iter(_tag("file")):
        for element in file.iter(_tag("unit")):
            unit = by_file[file.attrib["id"]][element.attrib["id"]]
            for name, text in (("source", unit.text), ("target", targets[file.attrib["id"]].get(unit.id, ""))):
                for found in element.iter(_tag(name)):
                    for child in list(found):
                        found.remove(child)
                    _write_text(found, text, unit)


def read_xliff(data: bytes, units_of: Callable[[str], Mapping[str, Unit]]) -> Delivery:
    """What came back. `units_of` gives the units of the source at a path, by id, none where there is no such article.

    Raises PackageError.
    """
    if len(data) > MOST_BYTES:
        raise PackageError(TOO_LARGE)
    root = _root(data)
    if root.tag != _tag("xliff"):
        older = "urn:oasis:names:tc:xliff:document:1" in root.tag
        raise PackageError(
            said("This is XLIFF 1, and XLIFF 2 was handed out. Have it exported in the version it came in.")
            if older else said("This is no XLIFF 2 file.")
        )  # fmt: skip
    source_lang, target_lang = root.get("srcLang", ""), root.get("trgLang", "")
    if not source_lang or not target_lang:
        raise PackageError(said("The file does not name its languages (srcLang, trgLang)."))
    articles, count = [], 0
    for file in root.iter(_tag("file")):
        path = file.get("original", "")
        known = units_of(path)
        targets: dict[str, str] = {}
        left: dict[str, str] = {}
        for element in file.iter(_tag("unit")):
            count += 1
            if count > MOST_UNITS:
                raise PackageError(TOO_MANY)
            unit = known.get(element.get("id", ""))
            target, why = _target(element, unit) if unit else ("", "")
            if unit and target.strip():
                targets[unit.id] = target
            elif unit and why:
                left[unit.id] = why
            elif not unit and any(_words(one) for one in element.iter(_tag("target"))):
                targets[element.get("id", "")] = ""  # of a source that has changed, or of another file
        articles.append(Returned(path, _digest(file), targets, left))
    return Delivery(source_lang, target_lang, tuple(articles))


def _root(data: bytes) -> Element:
    depth = 0
    root: Element | None = None
    try:
        events: Any = iterparse(BytesIO(data), events=("start", "end"), forbid_dtd=True)
        for event, element in events:
            depth += 1 if event == "start" else -1
            root = element if root is None else root
            if depth > _DEEPEST:
                raise PackageError(said("The file is nested more deeply than any XLIFF is, and was not read."))
    except ParseError as wrong:
        line, column = wrong.position
        what = said(
            "Line %(line)s, column %(column)s: this is not well-formed XML. Export it again.", line=line, column=column
        )
        raise PackageError(what) from None
    except DefusedXmlException:
        raise PackageError(
            said("The file declares a document type or entities, which XLIFF does not. It was not read.")
        ) from None
    except (ValueError, LookupError):
        raise PackageError(said("The file is in an encoding that cannot be read. Export it as UTF-8.")) from None
    if root is None:
        raise PackageError(said("The file is empty."))
    return root


def _digest(file: Element) -> str:
    notes = file.find(_tag("notes"))
    for one in notes if notes is not None else ():
        if one.get("category") == _DIGEST:
            return (one.text or "").strip()[:64]
    return ""


def _target(element: Element, unit: Unit) -> tuple[str, str]:
    """The words of all its segments; a segment that was not translated makes the unit one that was not, and why is
    told where there is something.

    Tools that know nothing of states leave `initial` where there is a translation: what is not the source's text is
    one.
    """
    protected = {str(number): span.text for number, span in enumerate((s for s in unit.spans if s.protected), 1)}
    parts: list[str] = []
    done, copied = False, False
    undone = False
    for child in element:
        if child.tag not in {_tag("segment"), _tag("ignorable")}:
            continue
        target = child.find(_tag("target"))
        if target is None and child.tag == _tag("ignorable"):
            target = child.find(_tag("source"))
        words = "".join(_pieces(target, protected)) if target is not None else ""
        if child.tag == _tag("segment"):
            source = child.find(_tag("source"))
            same = source is not None and "".join(_pieces(source, protected)).split() == words.split()
            if target is None or (not words.strip() and _has_letters(source)):
                undone = True
            elif child.get("state") == "initial" and same and _has_letters(source):
                undone = copied = True
            else:
                done = True
        parts.append(words)
    if undone:
        return "", "segments" if done else "copied" if copied else ""
    return "".join(parts), ""


def _has_letters(element: Element | None) -> bool:
    return element is not None and any(char.isalpha() for char in "".join(element.itertext()))


def _pieces(element: Element, protected: Mapping[str, str]) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        name = child.tag.removeprefix(f"{{{NAMESPACE}}}")
        if name in {"ph", "sc", "ec"}:
            yield protected.get(child.get("id", ""), "\ufffd")
        elif name == "cp":
            yield "\ufffd"
        else:  # pc, mrk: what a tool put around words
            yield from _pieces(child, protected)
        yield child.tail or ""


def _words(element: Element) -> bool:
    return bool("".join(element.itertext()).strip())


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _writable(text: str) -> str:
    """Without what XML cannot hold; markup comes back from the source by its number."""
    return "".join(
        char
        for char in text
        if char in "\t\n\r" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char > "\uffff"
    )
