# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One collection in one grid, ready to be cut into tiles. A layer never changes: a change of
rows gives another one that shares what stayed the same, so a tile can be cut meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from msgspec import Struct, field

from allmende.projections.tiles import features, wire
from allmende.projections.tiles.columns import Column, Gathered, Wide
from allmende.projections.tiles.grids import Grid
from allmende.projections.tiles.points import Found, Points
from allmende.projections.tiles.prepared import Prepared, prepare
from allmende.projections.tiles.shapes import Shapes, commands

HEAVY = 20_000  # points; cutting more of them is left to a thread
POLE = 89.0  # degrees: as far as lines and areas are drawn


class Table(Struct):
    """Rows to be taken in: numbers, properties as columns of cells, geometries as WKB."""

    fids: list[int]
    cells: dict[str, list[Any]]
    geometries: list[bytes | None] = field(default_factory=list)


class Placed(NamedTuple):
    """Rows by what they are on the map; rows without a geometry are nowhere."""

    points: tuple[Any, Any, Any]  # fractions of the side x and y, rows
    lines: tuple[Any, Any]  # geometries, rows
    areas: tuple[Any, Any]


class Gathering:
    """A layer in the making: takes rows in parts, so that they are never all there as objects."""

    def __init__(self, grid: Grid, names: Sequence[str]) -> None:
        self.grid = grid
        self.fids: list[int] = []
        self.columns = {name: Gathered(name) for name in names}
        self.placed: list[Placed] = []

    def add(self, table: Table) -> None:
        """Takes in some rows."""
        self.placed.append(_placed(self.grid, table.geometries, len(self.fids)))
        self.fids += table.fids
        for name, cells in table.cells.items():
            self.columns[name].add(cells)

    def made(self) -> Layer:
        """The layer of all rows taken in; a column with long texts is left out."""
        import numpy as np

        parts = self.placed or [_placed(self.grid, [], 0)]
        points = Points.of(*map(np.concatenate, zip(*(part.points for part in parts), strict=True)))
        lines = map(np.concatenate, zip(*(part.lines for part in parts), strict=True))
        areas = map(np.concatenate, zip(*(part.areas for part in parts), strict=True))
        fids = np.array(self.fids, np.int64)
        columns = {name: each.made() for name, each in self.columns.items() if not each.long}
        if np.array_equal(np.sort(points.rows), np.arange(len(fids))):
            order = points.rows  # neighbours on the map become neighbours in memory
            fids, columns = fids[order], {n: each.ordered(order) for n, each in columns.items()}
            rows = np.arange(len(order), dtype=np.int32)
            points = Points(points.codes, points.x, points.y, rows)
        shapes = Shapes(wire.LINE, *lines), Shapes(wire.AREA, *areas)
        return Layer(self.grid, fids, columns, points, *shapes)


class Layer:
    """Columns of the properties, and the points, lines and areas that rows have."""

    def __init__(
        self,
        grid: Grid,
        fids: Any,
        columns: dict[str, Column | Wide],
        points: Points,
        lines: Shapes,
        areas: Shapes,
    ) -> None:
        self.grid = grid
        self.fids = fids
        self.columns = columns
        self.points, self.lines, self.areas = points, lines, areas

    @staticmethod
    def of(grid: Grid, table: Table) -> Layer:
        """The layer of all rows."""
        gathering = Gathering(grid, list(table.cells))
        gathering.add(table)
        return gathering.made()

    def changed(self, gone: Sequence[int], table: Table) -> Layer:
        """Without the rows of these numbers, with the rows of a table, new ones or new states."""
        import numpy as np

        dead = np.isin(self.fids, np.array([*gone, *table.fids], np.int64))
        placed = _placed(self.grid, table.geometries, len(self.fids))
        return Layer(
            self.grid,
            np.concatenate([self.fids, np.array(table.fids, np.int64)]),
            {name: each.extended(table.cells[name]) for name, each in self.columns.items()},
            self.points.changed(dead, Points.of(*placed.points)),
            self.lines.changed(dead, *placed.lines),
            self.areas.changed(dead, *placed.areas),
        )

    @property
    def rows(self) -> int:
        """Rows held, those superseded by changes included."""
        return len(self.fids)

    @property
    def nbytes(self) -> int:
        """Memory in bytes, about."""
        parts = (*self.columns.values(), self.points, self.lines, self.areas)
        return int(self.fids.nbytes) + sum(part.nbytes for part in parts)

    def rows_of(self, fids: Any) -> Any:
        """A mask over the rows: those with one of these numbers."""
        import numpy as np

        return np.isin(self.fids, np.asarray(fids, np.int64))

    def is_heavy(self, zoom: int, row: int, column: int) -> bool:
        """Whether cutting a tile may take longer than a moment."""
        start, end = self.points.span(zoom, row, column)
        return end - start > HEAVY or bool(len(self.lines) or len(self.areas))

    def prepared(self, properties: Sequence[str]) -> Prepared | None:
        """The points with these properties written beforehand, if that can be done."""
        if len(self.lines) or len(self.areas) or not len(self.points):
            return None
        columns = [self.columns[each] for each in properties if each in self.columns]
        return prepare(self.points, self.fids, columns)

    def tile(
        self,
        name: str,
        zoom: int,
        row: int,
        column: int,
        properties: Sequence[str],
        wanted: Any = None,
        by: str = "",
    ) -> bytes:
        """The layer of a tile; no bytes when nothing is there.

        `properties` that the layer has not are passed over. `wanted` is a mask over the rows.
        `by` names the property whose values are told apart when points are thinned.
        """
        import numpy as np

        coded = self.columns.get(by)
        classes = coded.codes if isinstance(coded, Column) else None
        found = self.points.find(zoom, row, column, wanted, classes)
        shaped = [
            (each.kind, *each.find(zoom, row, column, wanted))
            for each in (self.lines, self.areas)
            if len(each)
        ]
        shaped = [each for each in shaped if len(each[1])]
        rows = np.concatenate([found.rows, *(each[1] for each in shaped)])
        if not len(rows):
            return b""
        columns = [self.columns[each] for each in properties if each in self.columns]
        with_tags = features.tagged(columns, rows, _counts(found, len(rows)))
        parts = self._parts(found, shaped, with_tags)
        return wire.layer(name, parts, with_tags.keys, with_tags.values)

    def _parts(self, found: Found, shaped: list[Any], with_tags: features.Tagged) -> list[bytes]:
        start = len(found.rows)
        parts: list[bytes] = []
        if start:
            own = with_tags._replace(tags=_slice(with_tags.tags, 0, start))
            parts += features.of_points(self.fids[found.rows], found, own)
        for kind, rows, paths in shaped:
            tags = _slice(with_tags.tags, start, start + len(rows))
            geometry, starts = commands(kind, paths)
            kinds = [kind] * len(rows)
            parts.append(wire.stream(self.fids[rows], kinds, tags, geometry, starts))
            start += len(rows)
        return parts


def _slice(tags: Sequence[features.Tag], start: int, end: int) -> list[features.Tag]:
    found = [tag.of(slice(start, end)) for tag in tags]
    return [tag for tag in found if tag.present.any()]


def _counts(found: Found, total: int) -> Any:
    import numpy as np

    if found.counts is None:
        return None
    return np.concatenate([found.counts, np.ones(total - len(found.rows), np.int64)])


# --- geometries -----------------------------------------------------------------------------


def _placed(grid: Grid, geometries: Sequence[bytes | None], first: int) -> Placed:
    """Geometries (WKB, CRS84) in the grid, by kind; rows are counted from `first`."""
    import numpy as np
    import shapely

    there = np.array([each is not None for each in geometries], bool)
    rows = np.flatnonzero(there) + first
    wkb = np.array([each for each in geometries if each is not None], object)
    parts, of = _single(shapely.force_2d(shapely.from_wkb(wkb, on_invalid="ignore")))
    rows, kinds = rows[of], shapely.get_type_id(parts)
    dots = kinds == 0
    x, y = grid.plane(shapely.get_x(parts[dots]), shapely.get_y(parts[dots]))
    return Placed(
        (x, y, rows[dots]),
        _drawn(grid, parts, rows, kinds == 1),
        _drawn(grid, parts, rows, kinds == 3),
    )


def _single(geometries: Any) -> tuple[Any, Any]:
    """Points, lines and polygons out of geometries of any kind, with the number they are of."""
    import numpy as np
    import shapely

    of = np.arange(len(geometries))
    while (shapely.get_type_id(geometries) >= 4).any():
        geometries, inner = shapely.get_parts(geometries, return_index=True)
        of = of[inner]
    kept = ~shapely.is_empty(geometries) & (shapely.get_type_id(geometries) >= 0)
    return geometries[kept], of[kept]


def _drawn(grid: Grid, parts: Any, rows: Any, chosen: Any) -> tuple[Any, Any]:
    """The lines or polygons among the parts, one valid geometry per row, on the plane."""
    import numpy as np
    import shapely

    if not chosen.any():
        return np.empty(0, object), np.empty(0, np.int64)
    owners, numbers = np.unique(rows[chosen], return_inverse=True)
    gathered = shapely.multilinestrings if _is_line(parts[chosen][0]) else shapely.multipolygons
    whole = gathered(parts[chosen], indices=numbers)

    def plane(places: Any) -> Any:
        found = grid.plane(places[:, 0], np.clip(places[:, 1], -POLE, POLE))
        return np.stack(found, axis=1)

    placed = shapely.transform(whole, plane)
    kept = np.isfinite(shapely.bounds(placed)).all(axis=1)
    placed, owners = placed[kept], owners[kept]
    wrong = ~shapely.is_valid(placed)
    placed[wrong] = shapely.make_valid(placed[wrong], method="structure")
    return placed, owners


def _is_line(geometry: Any) -> bool:
    return str(geometry.geom_type) == "LineString"
