"""XML of strangers, read one element at a time: no entities, no document types, no addresses are followed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from kb.transfer.models import TransferError


def elements(file: Path, *wanted: str) -> Iterator[Element]:
    """Each element of these names with all that is below it; it is emptied afterwards, so memory does not grow.

    Raises TransferError with the line for a file that is not well-formed, or that declares entities.
    """
    depth = 0
    try:
        events: Any = iterparse(str(file), events=("start", "end"), forbid_dtd=True)
        for event, element in events:
            depth += 1 if event == "start" else -1
            if depth > 200:
                raise TransferError(f"{file.name} is nested more deeply than any export is, and was not imported.")
            if event == "end" and element.tag in wanted:
                yield element
                element.clear()
    except ParseError as wrong:
        line, column = wrong.position
        reason = str(wrong).partition(":")[0]
        raise TransferError(
            f"{file.name}:{line}: this is not well-formed XML ({reason}, column {column}). Export it again."
        ) from None
    except DefusedXmlException:
        raise TransferError(
            f"{file.name} declares a document type or entities of its own, which no export does. It was not read."
        ) from None
