# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Points in the order of their Morton codes: a tile is a span, its surroundings a few more."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from allmende.projections.tiles.grids import BITS, EXTENT
from allmende.projections.tiles.morton import concatenated, interleave, span, spans, spread

BUFFER = 64  # units round a tile whose points it has too: 8 pixels of a tile 512 pixels wide
_FINER = 4  # the surroundings are looked up in tiles that are so many zooms finer
MAX_POINTS = 10_000  # a tile with no more points has all of them; else about so many are left
CELL = 2  # bits: thinning leaves one point in a square of 4 units, half a pixel of 512,
MAX_CELL = 6  # or in a larger one, of 64 units at most
MAX_CLASSES = 64  # more values cannot be told apart by their colour


class Found(NamedTuple):
    """Points of one tile: their rows, places in units of the tile, and for how many they stand."""

    rows: Any
    x: Any
    y: Any
    counts: Any = None  # None: each for itself


class Points:
    """Sorted points (uint32 places, int32 rows). Never changed; `changed` gives another."""

    def __init__(self, codes: Any, x: Any, y: Any, rows: Any) -> None:
        self.codes, self.x, self.y, self.rows = codes, x, y, rows

    @staticmethod
    def of(x: Any, y: Any, rows: Any) -> Points:
        """Points at fractions of the grid's side; those outside of the grid are left out."""
        import numpy as np

        inside = (x >= 0) & (x < 1) & (y >= 0) & (y < 1)
        scaled = [np.floor(part[inside] * 2.0**BITS).astype(np.uint32) for part in (x, y)]
        codes = interleave(*scaled)
        order = np.argsort(codes, kind="stable")
        kept = np.asarray(rows, np.int32)[inside]
        return Points(codes[order], scaled[0][order], scaled[1][order], kept[order])

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return sum(int(part.nbytes) for part in (self.codes, self.x, self.y, self.rows))

    def changed(self, dead: Any, added: Points) -> Points:
        """Without the points of dead rows (a mask over all rows), with others added."""
        import numpy as np

        kept = ~dead[self.rows]
        codes = self.codes[kept]
        at = codes.searchsorted(added.codes)
        pairs = (
            (self.x[kept], added.x),
            (self.y[kept], added.y),
            (self.rows[kept], added.rows),
        )
        return Points(
            np.insert(codes, at, added.codes), *(np.insert(old, at, new) for old, new in pairs)
        )

    # --- one tile ---------------------------------------------------------------------------

    def span(self, zoom: int, row: int, column: int) -> tuple[int, int]:
        """Where the points inside of a tile begin and end."""
        return span(self.codes, zoom, column, row)

    def find(
        self, zoom: int, row: int, column: int, wanted: Any = None, classes: Any = None
    ) -> Found:
        """The points of a tile and its surroundings.

        `wanted`: a mask over all rows. `classes`: a code per row; of the points that share a
        pixel one of each class is kept when there are too many.
        """
        import numpy as np

        start, end = self.span(zoom, row, column)
        inside = np.arange(start, end)
        if wanted is not None:
            inside = inside[wanted[self.rows[start:end]]]
        counts = None
        if len(inside) > MAX_POINTS:
            inside, counts = self._thinned(inside, zoom, classes)
        around = self._around(zoom, row, column)
        if wanted is not None:
            around = around[wanted[self.rows[around]]]
        if counts is not None and len(around):
            around, more = self._thinned(around, zoom, classes)
            counts = np.concatenate([counts, more])
        chosen = np.concatenate([inside, around]) if len(around) else inside
        shift = np.uint32(MAX_SHIFT - zoom)
        x = (self.x[chosen] >> shift).astype(np.int64) - column * EXTENT
        y = (self.y[chosen] >> shift).astype(np.int64) - row * EXTENT
        return Found(self.rows[chosen], x, y, counts)

    def _around(self, zoom: int, row: int, column: int) -> Any:
        """Numbers of the points that lie outside of the tile, but within its buffer."""
        import numpy as np

        side = 2**_FINER
        first = np.array([[column * side - 1], [row * side - 1]])
        line = first + np.arange(side + 2)
        real = (line >= 0) & (line < side * 2**zoom)
        across, down = spread(np.where(real, line, 0).astype(np.uint64))
        x, y = _ring()
        kept = real[0][x] & real[1][y]
        cells = (across[x] | down[y] << np.uint64(1))[kept]
        near = concatenated(*spans(self.codes, zoom + _FINER, cells))
        shift = np.uint32(MAX_SHIFT - zoom)
        x = (self.x[near] >> shift).astype(np.int64) - column * EXTENT
        y = (self.y[near] >> shift).astype(np.int64) - row * EXTENT
        last = EXTENT + BUFFER
        return near[(x >= -BUFFER) & (x < last) & (y >= -BUFFER) & (y < last)]

    def _thinned(self, chosen: Any, zoom: int, classes: Any) -> tuple[Any, Any]:
        """One point per cell and class, and how many it stands for."""
        import numpy as np

        codes = self.codes[chosen]
        for cell in range(CELL, MAX_CELL + 1):
            cells = codes >> np.uint64(2 * (MAX_SHIFT - zoom + cell))
            new = np.ones(len(cells), bool)
            new[1:] = cells[1:] != cells[:-1]
            if int(new.sum()) <= MAX_POINTS:
                break
        if classes is not None and (most := int(classes.max(initial=0))) < MAX_CLASSES:
            group = np.cumsum(new) * (most + 1) + classes[self.rows[chosen]]
            counts = np.bincount(group)
            first = np.empty(len(counts), np.int64)
            first[group[::-1]] = np.arange(len(group))[::-1]
            used = np.flatnonzero(counts)
            if len(used) <= 2 * MAX_POINTS:
                return chosen[first[used]], counts[used]
        first = np.flatnonzero(new)
        return chosen[first], np.diff(np.append(first, len(new)))


MAX_SHIFT = BITS - EXTENT.bit_length() + 1  # from 32 bits to the units of zoom 0


@lru_cache(maxsize=1)
def _ring() -> tuple[Any, Any]:
    """Places of the finer tiles round a tile, counted from the first of them."""
    import numpy as np

    last = 2**_FINER + 1
    edge = np.arange(last + 1)
    places = [(x, y) for x in edge for y in edge if {x, y} & {0, last}]
    columns, rows = np.array(places).T
    return columns, rows
