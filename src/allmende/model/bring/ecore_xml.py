# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Ecore files (EMF, XMI 2.0) as a tree, read without trusting them.

No document type, no entities, nothing fetched; size, depth and number of elements are bounded.
"""

from __future__ import annotations

from xml.parsers import expat

from msgspec import Struct, field

from allmende.errors import InvalidInput
from allmende.model.bring.types import MAX_BYTES, wrong

MAX_DEPTH = 60
MAX_ELEMENTS = 300_000


class Element(Struct):
    """An element; names without their prefix, attributes as written."""

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)

    def all(self, name: str) -> list[Element]:
        """The children with this name."""
        return [each for each in self.children if each.name == name]

    def get(self, name: str, other: str = "") -> str:
        """An attribute, by its name without prefix."""
        return self.attributes.get(name, other)


def parse(data: bytes) -> Element:
    """The root element. InvalidInput names line and column."""
    if len(data) > MAX_BYTES:
        raise wrong(f"more than {MAX_BYTES} bytes", f"mehr als {MAX_BYTES} Bytes")
    builder = _Builder()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        where = f"line {error.lineno}, column {error.offset + 1}"
        raise wrong(f"the XML is broken ({where})", f"das XML ist fehlerhaft ({where})") from error
    except (ValueError, LookupError) as error:
        raise wrong("its encoding is not known", "Zeichensatz unbekannt") from error
    if builder.root is None:
        raise wrong("the XML is empty", "das XML ist leer")
    return builder.root


def _refuse(*_: object) -> None:
    raise InvalidInput(
        "The XML has a document type or entities: that is not allowed. Remove the DOCTYPE.",
        "Das XML enthält DOCTYPE oder Entities: nicht erlaubt. Bitte DOCTYPE entfernen.",
        code="model",
    )


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self.open: list[Element] = []
        self.count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > MAX_ELEMENTS or len(self.open) > MAX_DEPTH:
            raise wrong("it is too large or too deep", "zu groß oder zu tief")
        kept = {_local(key): value for key, value in attributes.items()}
        if "xmi:id" in attributes:
            kept["xmi:id"] = attributes["xmi:id"]
        element = Element(_local(name), kept)
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def end(self, _name: str) -> None:
        self.open.pop()


def _local(name: str) -> str:
    return name.rpartition(":")[2]
