# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rows of a layer become changes of a collection, a thousand at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from allmende.core.collections import Change, Refusal
from allmende.core.imports.crs import Reprojector
from allmende.core.imports.mapping import Mapping
from allmende.core.imports.placing import Placing, Positions, decide, positions_of
from allmende.core.imports.plain import plain
from allmende.core.imports.plan import Plan, reading_of, unread
from allmende.core.imports.types import ROW_FAULTS, Fault, Layer, RawRow, said
from allmende.model.check_rows import Finding
from allmende.model.coerce import Unreadable, reader
from allmende.model.document import Entity, Field, FieldType
from allmende.model.findings import warning
from allmende.model.query import Box
from allmende.model.shapes import point, read_wkb

CHUNK = 1_000
COUNTED = 2_000_000  # positions that are compared with each other

Point = tuple[float, float]


class Chunk(Struct):
    """Some rows: what is to be written, and what cannot be. Empty at the end of the layer."""

    changes: list[Change]
    refusals: list[Refusal]

    def __bool__(self) -> bool:
        return bool(self.changes or self.refusals)


class Intake:
    """Reads a layer once. Runs in a worker thread; what it counted is read afterwards.

    `city` (west, south, east, north): rows that lie wholly outside of it are flagged.
    """

    def __init__(
        self,
        entity: Entity,
        mapping: Mapping,
        layer: Layer,
        near: Point | None = None,
        city: Box | None = None,
    ) -> None:
        self.plan = Plan(entity, mapping, layer)
        mapping = self.plan.mapping
        self.layer, self.mapping, self.near, self.city = layer, mapping, near, city
        self.rows = 0
        self.ids: set[str] = set()
        self.whole = layer.complete  # no sign that the source broke off
        self.placing: Placing | None = None
        self._rows = layer.rows()
        self._way: Reprojector | None = None
        self._repeats: dict[str, int] = {}
        self._places: dict[int, int] = {}
        options = reading_of(mapping.read)
        decimal = mapping.place.decimal or options.decimal
        self._number = reader(
            Field(name="x", type=FieldType.NUMBER),
            reading_of(mapping.read) if not decimal else _with_decimal(mapping, decimal),
        )
        self._shape = reader(
            Field(name="shape", type=FieldType.GEOMETRY, crs=mapping.place.crs or mapping.read.crs),
            options,
        )

    def __iter__(self) -> Iterator[Chunk]:
        """The whole layer, chunk by chunk."""
        while chunk := self.take():
            yield chunk

    def take(self) -> Chunk:
        """The next rows; an empty chunk when the layer is at its end."""
        rows = list(islice(self._rows, CHUNK))
        self.rows += len(rows)
        return self._chunk(rows) if rows else Chunk([], [])

    @property
    def shared(self) -> tuple[int, int]:
        """How many positions are used by more than one row, and by how many rows."""
        often = [count for count in self._places.values() if count > 1]
        return len(often), sum(often)

    @property
    def accuracy(self) -> float | None:
        """Metres by which the transformation may be wrong; None when not known or not needed."""
        return self._way.accuracy if self._way else None

    # --- one chunk -------------------------------------------------------------------

    def _chunk(self, rows: list[RawRow]) -> Chunk:
        shapes, doubts = self._located(rows)
        found = Chunk([], [])
        for row, shape, doubt in zip(rows, shapes, doubts, strict=True):
            values, extra, findings = self.plan.values(row.cells)
            ident = self.plan.identify(values, row.cells, row.id, shape)
            if row.fault is not None:
                found.refusals.append(self._refused(row, ident, row.fault))
                continue
            repeated = self._repeated(ident)
            if repeated is None:
                found.refusals.append(self._refused(row, ident, _twice(ident)))
                continue
            if shape is not None and self.plan.placed:
                values[self.plan.placed] = shape
                self._note(shape)
                findings += self._outside_city(shape)
            if doubt is not None:
                findings.append(doubt)
                extra[doubt.field] = self._raw_place(row)
            found.changes.append(
                Change(id=repeated, values=values, extra=extra, flags=findings, line=row.line)
            )
        return found

    def _refused(self, row: RawRow, ident: str, fault: Fault) -> Refusal:
        """A row that goes into quarantine, with the cells that would have been taken."""
        self.whole = self.whole and fault.code != "broken-xml"
        if ident:
            self.ids.add(ident)
        left_out = {*self.mapping.drop, *self.plan.untaken}
        raw = {name: plain(cell) for name, cell in row.cells.items() if name not in left_out}
        about = "row" if fault.code in ROW_FAULTS else self.plan.placed or "row"
        broken = Finding(field=about, code=fault.code, text=fault.text)
        return Refusal(row.line, ident, [broken], raw)

    def _repeated(self, ident: str) -> str | None:
        """The id to use; None when another row of the source had it already."""
        if not ident:
            return ident
        if ident not in self.ids:
            self.ids.add(ident)
            return ident
        numbered = self.mapping.id.columns and self.mapping.id.repeated == "number"
        by_content = not (self.plan.entity.key or self.mapping.id.columns)
        if not (numbered or by_content):
            return None
        self._repeats[ident] = self._repeats.get(ident, 1) + 1
        ident = f"{ident}~{self._repeats[ident]}"
        self.ids.add(ident)
        return ident

    def _note(self, shape: bytes) -> None:
        if len(self._places) < COUNTED and len(shape) < 40:
            key = hash(shape)
            self._places[key] = self._places.get(key, 0) + 1

    def _outside_city(self, shape: bytes) -> list[Finding]:
        """The warning for a place that has no part in the city; its middle is the value."""
        if self.city is None:
            return []
        west, south, east, north = read_wkb(shape).box
        across = west <= self.city[2] and east >= self.city[0]
        if across and south <= self.city[3] and north >= self.city[1]:
            return []
        lon, lat = (west + east) / 2, (south + north) / 2
        found = warning(
            "outside-city",
            f"{lon:.5f} {lat:.5f}",
            f"The place lies outside the city: longitude {lon:.5f}, latitude {lat:.5f}. Check "
            "the coordinates.",
            f"Die Lage ist außerhalb der Stadt: Länge {lon:.5f}, Breite {lat:.5f}. Bitte die "
            "Koordinaten prüfen.",
        )
        return [replace(found, field=self.plan.placed)]

    # --- places ----------------------------------------------------------------------

    def _located(self, rows: list[RawRow]) -> tuple[list[bytes | None], list[Finding | None]]:
        """The geometries of the rows in lon, lat, and what is wrong with them."""
        if not self.plan.placed:
            return [None] * len(rows), [None] * len(rows)
        if self.plan.x and self.plan.y:
            return self._from_columns(rows)
        doubts: list[Finding | None] = [None] * len(rows)
        shapes = [row.geometry for row in rows]
        if self.plan.shape:
            for at, row in enumerate(rows):
                try:
                    shapes[at] = self._shape(row.cells.get(self.plan.shape))
                except Unreadable as error:
                    doubts[at] = unread(self.plan.placed, row.cells[self.plan.shape], error)
        there = [at for at, shape in enumerate(shapes) if shape]
        placing = self._placed(positions_of(shapes))
        turned = self._reproject([shapes[at] or b"" for at in there], placing)
        for at, shape in zip(there, turned, strict=True):
            shapes[at] = shape
            if shape is None:
                rows[at].fault = rows[at].fault or _outside()
        return shapes, doubts

    def _from_columns(self, rows: list[RawRow]) -> tuple[list[bytes | None], list[Finding | None]]:
        shapes: list[bytes | None] = [None] * len(rows)
        doubts: list[Finding | None] = [None] * len(rows)
        there: list[int] = []
        found: list[Point] = []
        for at, row in enumerate(rows):
            try:
                x, y = (
                    self._number(row.cells.get(self.plan.x)),
                    self._number(row.cells.get(self.plan.y)),
                )
            except Unreadable as error:
                doubts[at] = unread(self.plan.placed, self._raw_place(row), error)
                continue
            if x is not None and y is not None:
                there.append(at)
                found.append((x, y))
        placing = self._placed(found)
        if self._way is None or not found:
            return shapes, doubts
        turned = [(y, x) for x, y in found] if placing.swap else found
        lons, lats = self._way.many([x for x, _ in turned], [y for _, y in turned])
        for at, lon, lat in zip(there, lons, lats, strict=True):
            if abs(lon) <= 180 and abs(lat) <= 90:
                shapes[at] = point(lon, lat)
            else:
                rows[at].fault = rows[at].fault or _outside()
        return shapes, doubts

    def _raw_place(self, row: RawRow) -> Any:
        if self.plan.shape:
            return plain(row.cells.get(self.plan.shape))
        return [plain(row.cells.get(name)) for name in (self.plan.x, self.plan.y)]

    def _reproject(self, shapes: Sequence[bytes], placing: Placing) -> list[bytes | None]:
        if self._way is None or not shapes:
            return list(shapes)
        return self._way.geometries(shapes, swap=placing.swap)

    def _placed(self, sample: Positions) -> Placing:
        """The CRS of the layer, decided by the first positions that come."""
        if self.placing is not None:
            return self.placing
        told = self.mapping.read.crs or self.mapping.place.crs
        stated = told or ("" if self.plan.x or self.plan.shape else self.layer.crs)
        axis = self.mapping.read.axis or self.layer.axis
        found = decide(stated, axis, sample, self.near, certain=bool(told))
        if sample:
            self.placing = found
            self._way = Reprojector(found.crs)
        return found


def _with_decimal(mapping: Mapping, decimal: str) -> Any:
    return reading_of(replace(mapping.read, decimal=decimal))


def _twice(ident: str) -> Fault:
    return Fault(
        "key-twice",
        said(
            f"An earlier row of the source has the key {ident[:80]} already.",
            f"Eine frühere Zeile der Quelle hat den Schlüssel {ident[:80]} schon.",
        ),
    )


def _outside() -> Fault:
    return Fault(
        "outside-crs",
        said(
            "The coordinates lie outside of what their reference system is made for.",
            "Die Koordinaten liegen außerhalb dessen, wofür ihr Bezugssystem gemacht ist.",
        ),
    )
