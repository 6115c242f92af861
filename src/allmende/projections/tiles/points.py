# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Points in the order of their Morton codes: a tile is a span, its surroundings a few more."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from allmende.projections.tiles.grids import BITS, EXTENT
from allmende.projections.tiles.morton import (
    BESIDE,
    beside,
    code_of,
    concatenated,
    interleave,
    span,
    spans,
)

BUFFER = 64  # units round a tile whose points it has too: 8 pixels of a tile 512 pixels wide
_FINER = 4  # the surroundings are looked up in tiles that are so many zooms finer
MAX_POINTS = 10_000  # a tile with no more points has all of them; else about so many are left
CELL = 2  # bits: thinning leaves one point in a square of 4 units, half a pixel of 512,
MAX_CELL = 6  # or in a larger one, of 64 units at most
MAX_ZOOMS = 4  # whose places are kept as they are written
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
        self.zooms: dict[int, Any] = {}  # places as they are written, see `prepared`

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
        """Memory in bytes, with that of the zooms there may be."""
        own = sum(int(part.nbytes) for part in (self.codes, self.x, self.y, self.rows))
        return own + 6 * MAX_ZOOMS * len(self)

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
        around = self.around(zoom, row, column)
        if wanted is not None:
            around = around[wanted[self.rows[around]]]
        if counts is not None and len(around):
            around, more = self._thinned(around, zoom, classes)
            counts = np.concatenate([counts, more])
        chosen = np.concatenate([inside, around]) if len(around) else inside
        x, y = (part.astype(np.int64) for part in self.units(chosen, (), zoom, row, column))
        return Found(self.rows[chosen], x, y, counts)

    def units(self, inside: Any, around: Any, zoom: int, row: int, column: int) -> tuple[Any, Any]:
        """Places of some points and some more, near a tile, in its units (int16)."""
        import numpy as np

        shift = np.uint32(MAX_SHIFT - zoom)

        def near(part: Any, number: int) -> Any:
            low = (both(part, inside, around) >> shift).astype(np.uint16)  # all that may differ
            low -= np.uint16(number * EXTENT & 0xFFFF)
            return low.view(np.int16)

        return near(self.x, column), near(self.y, row)

    def around(self, zoom: int, row: int, column: int) -> Any:
        """Numbers of the points that lie outside of the tile, but within its buffer."""
        import numpy as np

        of, inner = _ring()
        codes = beside(column, row, 2**zoom)
        cells = np.array([(code or 0) << 2 * _FINER for code in codes], np.uint64)[of] | inner
        if None in codes:
            cells = cells[np.array([code is not None for code in codes])[of]]
        near = concatenated(*spans(self.codes, zoom + _FINER, cells))
        places = np.stack(self.units(near, (), zoom, row, column))
        size = np.uint16(EXTENT + 2 * BUFFER)  # below 0 is far above it without a sign
        within = (places + np.int16(BUFFER)).view(np.uint16) < size
        kept = np.flatnonzero(within[0] & within[1])
        return near[kept]

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


def both(values: Any, inside: Any, around: Any) -> Any:
    """Some of the values, then some more."""
    import numpy as np

    return np.concatenate([values[inside], values[around]]) if len(around) else values[inside]


MAX_SHIFT = BITS - EXTENT.bit_length() + 1  # from 32 bits to the units of zoom 0


@lru_cache(maxsize=1)
def _ring() -> tuple[Any, Any]:
    """The finer tiles round a tile: in which of those beside it they lie, their codes in it."""
    import numpy as np

    side = 2**_FINER
    strips = {-1: [side - 1], 0: range(side), 1: [0]}
    places = [
        (number, code_of(inner_x, inner_y))
        for number, (x, y) in enumerate(BESIDE)
        for inner_x in strips[x]
        for inner_y in strips[y]
    ]
    of, codes = zip(*places, strict=True)
    return np.array(of), np.array(codes, np.uint64)
