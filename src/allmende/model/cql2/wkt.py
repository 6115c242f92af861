# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The geometry literals of CQL2 text: well-known text (OGC 06-103r4 §7) and BBOX."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from allmende.errors import InvalidInput
from allmende.model.cql2.build import MAX_VERTICES, geometry, too_many_vertices
from allmende.model.cql2.from_json import box
from allmende.model.filter import Expression

if TYPE_CHECKING:
    from allmende.model.cql2.from_text import Token

_NAMES = {
    "point": "Point",
    "linestring": "LineString",
    "polygon": "Polygon",
    "multipoint": "MultiPoint",
    "multilinestring": "MultiLineString",
    "multipolygon": "MultiPolygon",
    "geometrycollection": "GeometryCollection",
}
SHAPES = {**_NAMES, **{f"{name}z": kind for name, kind in _NAMES.items()}}


class Shapes(ABC):
    """The part of the parser that reads geometries as GeoJSON."""

    token: Token
    vertices = 0

    @abstractmethod
    def take(self) -> Token:
        """The token at hand; the next one is at hand then."""

    @abstractmethod
    def accept(self, word: str) -> bool:
        """Takes a sign or keyword if it is the one at hand."""

    @abstractmethod
    def expect(self, word: str, kind: str = "") -> Token:
        """Takes this sign or kind of token, or raises InvalidInput."""

    @abstractmethod
    def wrong(self, at: int) -> InvalidInput:
        """The error that says where the text stops making sense."""

    def shape(self, word: str) -> Expression:
        """The geometry whose name was taken."""
        return geometry(self._geojson(word))

    def bbox(self) -> Expression:
        """The box whose opening bracket was taken."""
        numbers = [self._number()]
        while self.accept(","):
            numbers.append(self._number())
        self.expect(")")
        return box(numbers)

    def _geojson(self, word: str) -> dict[str, Any]:
        self.accept("z")
        kind = SHAPES[word]
        if kind == "GeometryCollection":
            return {"type": kind, "geometries": self._listed(self._member)}
        read: dict[str, Callable[[], Any]] = {
            "Point": self._point,
            "LineString": self._line,
            "Polygon": self._lines,
            "MultiPoint": lambda: self._listed(self._bare_or_bracketed),
            "MultiLineString": self._lines,
            "MultiPolygon": lambda: self._listed(self._lines),
        }
        return {"type": kind, "coordinates": read[kind]()}

    def _member(self) -> dict[str, Any]:
        name = self.expect(self.token.word, "name")
        if SHAPES.get(name.word, "GeometryCollection") == "GeometryCollection":
            raise self.wrong(name.at)
        return self._geojson(name.word)

    def _listed(self, read: Callable[[], Any]) -> list[Any]:
        self.expect("(")
        items = [read()]
        while self.accept(","):
            items.append(read())
        self.expect(")")
        return items

    def _lines(self) -> list[Any]:
        return self._listed(self._line)

    def _line(self) -> list[Any]:
        return self._listed(self._position)

    def _point(self) -> list[float]:
        self.expect("(")
        position = self._position()
        self.expect(")")
        return position

    def _bare_or_bracketed(self) -> list[float]:
        return self._point() if self.token.word == "(" else self._position()

    def _position(self) -> list[float]:
        self.vertices += 1
        if self.vertices > MAX_VERTICES:
            raise too_many_vertices()
        numbers = [self._number(), self._number()]
        if self.token.kind == "number" or self.token.word in ("-", "+"):
            numbers.append(self._number())
        return numbers

    def _number(self) -> float:
        sign = -1.0 if self.token.word == "-" else 1.0
        if self.token.word in ("-", "+"):
            self.take()
        return sign * float(self.expect("", "number").text)
