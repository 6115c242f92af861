# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a reader of rows gives to the import, and what it is given.

A reader is one function in a module of `allmende.sources`:

    def read(material: Material) -> Opened

It looks at the content and lists the layers with their columns. The rows of a layer are
read when they are asked for, one after the other. Readers are synchronous and run in a
worker thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from msgspec import Struct

from allmende.errors import InvalidInput, LimitExceeded
from allmende.model.document import FieldType, Text
from allmende.model.positions import BadShape

ROW_FAULTS = frozenset(
    (
        *("surplus-cells", "open-quote", "broken-line", "broken-row", "broken-feature"),
        *("broken-xml", "cell-too-long", "key-twice"),
    )
)
"""Faults of a whole row; others are about its place."""
SAMPLE = 1_000  # rows looked at to learn the columns of JSON, KML and GML


class Limits(Struct, frozen=True):
    """How much of a foreign file is taken in; a larger one is refused with the limit's name."""

    unpacked_bytes: int = 300_000_000  # of everything inside a packed file; held in memory
    members: int = 1_000  # files inside a packed file
    rows: int = 5_000_000
    columns: int = 500
    cell_chars: int = 1_000_000
    vertices: int = 1_000_000  # of one geometry
    layers: int = 200
    memory_bytes: int = 3 << 30  # of the process that reads binary formats
    cpu_seconds: int = 600  # of that process


class ReadOptions(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a file is read; what is not said is found out."""

    format: str = ""
    encoding: str = ""
    delimiter: str = ""
    header: bool | None = None  # False: the first row holds data already
    skip: int = 0  # lines above the table
    names: list[str] = []  # of the columns, for a table without a heading
    path: str = ""  # where in a JSON document the list lies, as a.b.c
    layer: str = ""  # which layer or sheet
    crs: str = ""  # stronger than what the file says
    axis: str = ""  # xy or yx; stronger than what the file says
    decimal: str = ""
    date_order: str = ""  # dmy, mdy or ymd
    pivot: int | None = None  # years of two digits below it are 20xx
    epoch: str = ""  # s or ms: moments as a number since 1970
    time_zone: str = ""
    true: list[str] = []
    false: list[str] = []
    missing: list[str] = []


@dataclass(slots=True)
class Material:
    """The content to read, where it is from, and how to read it."""

    data: bytes
    name: str = ""  # file name or address
    options: ReadOptions = field(default_factory=ReadOptions)
    limits: Limits = field(default_factory=Limits)
    near: tuple[float, float] | None = None  # lon, lat of the city, to choose between guesses


@dataclass(slots=True)
class Fault:
    """Why a row cannot be taken as it is."""

    code: str
    text: Text


@dataclass(slots=True)
class RawRow:
    """One row as the source has it: cells by column, geometry as WKB in the CRS of the layer."""

    line: int
    cells: dict[str, Any]
    geometry: bytes | None = None
    id: str = ""
    fault: Fault | None = None


class Column(Struct):
    """A column of a layer. `type` is set when the source declares it."""

    name: str
    type: FieldType | None = None


@dataclass(slots=True)
class Layer:
    """One table or layer of a source.

    `crs` is as the source says it, empty when it says nothing; `axis` is yx where the
    numbers stand north before east, else xy.
    """

    name: str
    columns: list[Column]
    rows: Callable[[], Iterator[RawRow]]
    geometry: bool = False
    crs: str = ""
    axis: str = "xy"
    count: int | None = None
    notes: list[Text] = field(default_factory=list)
    complete: bool = True  # False: the source said that there is more than it gave
    decimal: str = ""  # the decimal sign its numbers are written with, when it could be seen


@dataclass(slots=True)
class Opened:
    """A source that can be read: its format and its layers."""

    format: str
    layers: list[Layer]

    def layer(self, name: str = "") -> Layer:
        """The layer with this name, or the only one. InvalidInput names those there are."""
        if not name and len(self.layers) == 1:
            return self.layers[0]
        for each in self.layers:
            if name and each.name == name:
                return each
        there = ", ".join(each.name for each in self.layers[:20]) or "-"
        raise InvalidInput(
            f"Say which layer is meant; there are: {there}.",
            f"Bitte nennen Sie die Ebene; es gibt: {there}.",
            code="import-layer",
        )


class Reader(Protocol):
    """Lists the layers of a source."""

    def __call__(self, material: Material) -> Opened:
        """The layers of the content."""
        ...


def shape_fault(error: BadShape) -> Fault:
    """Why the geometry of a row cannot be taken."""
    return Fault(error.code, error.reason)


def unreadable(name: str, en: str, de: str) -> InvalidInput:
    """The error for content that is not what it should be."""
    return InvalidInput(
        f"{name or 'The file'} cannot be read: {en}.",
        f"{name or 'Die Datei'} ist nicht lesbar: {de}.",
        code="import-unreadable",
    )


def damaged(detail: str) -> InvalidInput:
    """The error for a file of which a library says that it is broken, with what it said."""
    detail = " ".join(detail.split()).rstrip(".")
    return unreadable(
        "",
        f"it is damaged or incomplete. Save it again in the program it comes from ({detail[:200]})",
        f"sie ist beschädigt oder unvollständig. Bitte speichern Sie sie neu in dem Programm, aus "
        f"dem sie kommt ({detail[:200]})",
    )


def over(limit: str, most: int) -> LimitExceeded:
    """The error for a file that passes one of the `Limits`."""
    return LimitExceeded(
        f"The file passes the limit {limit} of {most}.",
        f"Die Datei überschreitet die Grenze {limit} von {most}.",
        code="import-limit",
    )


def given_of(given: int, total: int) -> Text:
    """The note about a source that gave fewer rows than it says it has."""
    return said(
        f"The source says it has {total} rows and gave {given}; none are removed.",
        f"Die Quelle nennt {total} Zeilen und gab {given}; es werden keine entfernt.",
    )


def said(en: str, de: str) -> Text:
    """One sentence in two languages."""
    return {"en": en, "de": de}


def counted(rows: Iterator[RawRow], limits: Limits) -> Iterator[RawRow]:
    """The rows, as long as they keep to the limits on number and size."""
    for number, row in enumerate(rows, 1):
        if number > limits.rows:
            raise over("rows", limits.rows)
        if len(row.cells) > limits.columns:
            raise over("columns", limits.columns)
        for cell in row.cells.values():
            if isinstance(cell, str) and len(cell) > limits.cell_chars:
                row.fault = Fault(
                    "cell-too-long",
                    said(
                        f"A cell holds more than {limits.cell_chars} characters.",
                        f"Eine Zelle hat mehr als {limits.cell_chars} Zeichen.",
                    ),
                )
                row.cells = {name: _cut(each) for name, each in row.cells.items()}
                break
        yield row


def _cut(cell: Any) -> Any:
    return cell[:1_000] if isinstance(cell, str) else cell


class Look:
    """What a first look at all layers of a document finds out about one of them."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.count = 0
        self.placed = False
        self.crs = ""
        self._names: dict[str, None] = {}

    @property
    def hungry(self) -> bool:
        """Whether more rows are wanted to learn the columns."""
        return self.count < SAMPLE

    def add(self, row: RawRow) -> None:
        """Learn from a row."""
        self._names |= dict.fromkeys(row.cells)
        self.placed = self.placed or row.geometry is not None
        if len(self._names) > self.limits.columns:
            raise over("columns", self.limits.columns)

    @property
    def columns(self) -> list[Column]:
        """The columns in the order they came."""
        return [Column(name) for name in self._names]


def columns_of(rows: Iterator[RawRow], limits: Limits) -> tuple[list[Column], bool]:
    """The columns of the first rows in the order they come, and whether one has a geometry."""
    look = Look(limits)
    for row in rows:
        if not look.hungry:
            break
        look.add(row)
        look.count += 1
    return look.columns, look.placed
