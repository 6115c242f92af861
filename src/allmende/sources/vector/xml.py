# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Features of XML documents, one small tree at a time. No entities, no schema, no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from allmende.core.imports.types import Fault, RawRow, said, unreadable

STEP = 1 << 16
DEPTH = 100


@dataclass(slots=True)
class Node:
    """An element: local name, attributes by local name, children, its own text."""

    tag: str
    attributes: dict[str, str]
    line: int
    children: list[Node] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text directly inside."""
        return "".join(self.parts).strip()

    def child(self, tag: str) -> Node | None:
        """The first child of this name."""
        return next((each for each in self.children if each.tag == tag), None)

    def all(self, tag: str) -> list[Node]:
        """The children of this name."""
        return [each for each in self.children if each.tag == tag]

    def said(self, tag: str) -> str:
        """The text of the first child of this name, or nothing."""
        found = self.child(tag)
        return found.text if found else ""


def local(name: str) -> str:
    """A name without its namespace or prefix."""
    return name.rpartition(" ")[2].rpartition(":")[2]


class _Builder:
    """Builds trees of wanted elements; remembers what contains them."""

    def __init__(self, wanted: Callable[[list[Node]], bool]) -> None:
        self.wanted = wanted
        self.path: list[Node] = []
        self.inside = 0
        self.ready: list[tuple[Node, list[Node]]] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.EntityDeclHandler = self.entity

    def entity(self, *_: Any) -> None:
        raise unreadable("", "it declares entities", "sie vereinbart Entitäten")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        node = Node(
            local(name),
            {local(key): value for key, value in attributes.items()},
            self.parser.CurrentLineNumber,
        )
        if len(self.path) >= DEPTH:
            raise unreadable("", "it is nested too deeply", "sie ist zu tief verschachtelt")
        if self.inside:
            self.path[-1].children.append(node)
            self.inside += 1
        self.path.append(node)
        if not self.inside and self.wanted(self.path):
            self.inside = 1

    def end(self, _name: str) -> None:
        node = self.path.pop()
        if self.inside:
            self.inside -= 1
            if not self.inside:
                self.ready.append((node, list(self.path)))
        elif self.path and node.tag == "name":
            self.path[-1].attributes.setdefault("name", node.text)

    def characters(self, text: str) -> None:
        if self.inside or (self.path and self.path[-1].tag == "name"):
            self.path[-1].parts.append(text)


def features(
    data: bytes, wanted: Callable[[list[Node]], bool]
) -> Iterator[tuple[Node, list[Node]] | RawRow]:
    """Every element that `wanted` says yes to (given the path down to it), with what contains it.

    Containers have the text of their child `name` as the attribute name. Where the document
    breaks off, a row with the fault comes last. InvalidInput for entities and deep nesting.
    """
    builder = _Builder(wanted)
    for start in range(0, len(data) + 1, STEP):
        part = data[start : start + STEP]
        try:
            builder.parser.Parse(part, len(part) < STEP)
        except expat.ExpatError as error:
            yield from builder.ready
            yield _broken(error)
            return
        ready, builder.ready = builder.ready, []
        yield from ready
        if len(part) < STEP:
            return


def _broken(error: expat.ExpatError) -> RawRow:
    what = expat.ErrorString(error.code)
    return RawRow(
        error.lineno,
        {},
        fault=Fault(
            "broken-xml",
            said(
                f"From line {error.lineno} on the document is broken: {what}.",
                f"Ab Zeile {error.lineno} ist das Dokument defekt: {what}.",
            ),
        ),
    )
