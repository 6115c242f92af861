# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Lines and areas: simplified and laid on the units of a zoom once, then cut per tile."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any

from allmende.projections.tiles import wire
from allmende.projections.tiles.grids import EXTENT
from allmende.projections.tiles.level import Level, Paths, build, paths_of

BUFFER = 64  # units round a tile up to which shapes are cut
SPILL = 1024  # units by which a shape may leave the tile uncut: it costs less than cutting
TINY = 8  # units: what is smaller in both directions is one pixel of 512
MAX_SHAPES = 15_000  # more in one tile: of the small ones one is kept in a larger square
LEVELS = 6  # zooms that are kept


class Shapes:
    """The lines or areas of a layer with the zooms used last. Not changed from outside."""

    def __init__(self, kind: int, geometries: Any, rows: Any) -> None:
        self.kind = kind
        self.geometries = geometries  # shapely, places as fractions of the grid's side
        self.rows = rows
        self._levels: OrderedDict[int, Level] = OrderedDict()
        self._lock = Lock()  # tiles are cut in threads

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def nbytes(self) -> int:
        """Memory in bytes, about, with as many zooms as are kept."""
        import shapely

        places = int(shapely.get_num_coordinates(self.geometries).sum())
        return 16 * places + 200 * len(self) + LEVELS * (16 * places + 64 * len(self))

    def changed(self, dead: Any, geometries: Any, rows: Any) -> Shapes:
        """Without the shapes of dead rows, with others added; the zooms kept go along."""
        import numpy as np

        kept = np.flatnonzero(~dead[self.rows])
        made = Shapes(
            self.kind,
            np.concatenate([self.geometries[kept], geometries]),
            np.concatenate([self.rows[kept], rows]),
        )
        with self._lock:
            levels = tuple(self._levels.items())
        for zoom, level in levels:
            added = build(self.kind, geometries, zoom)
            made._levels[zoom] = level.take(kept).joined(added)
        return made

    def level(self, zoom: int) -> Level:
        """The shapes in units of a zoom; made by the first who wants it, while others wait."""
        with self._lock:
            found = self._levels.get(zoom)
            if found is None:
                found = self._levels[zoom] = build(self.kind, self.geometries, zoom)
            self._levels.move_to_end(zoom)
            if len(self._levels) > LEVELS:
                self._levels.popitem(last=False)
        return found

    def find(self, zoom: int, row: int, column: int, wanted: Any = None) -> tuple[Any, Paths]:
        """Rows of the shapes that meet a tile, and their paths in its units."""
        import numpy as np

        level = self.level(zoom)
        left, top = column * EXTENT, row * EXTENT
        chosen = level.meeting(left - BUFFER, top - BUFFER, left + EXTENT + BUFFER)
        if wanted is not None:
            chosen = chosen[wanted[self.rows[chosen]]]
        size = TINY
        chosen = level.one_per_pixel(chosen, size)
        while len(chosen) > MAX_SHAPES and size < EXTENT // 8:
            size *= 2
            chosen = level.one_per_pixel(chosen, size)
        large = level.beyond(chosen, left - SPILL, top - SPILL, left + EXTENT + SPILL)
        whole = level.take(chosen[~large]).paths.moved(left, top)
        rows = self.rows[chosen[~large]]
        if not large.any():
            return rows, whole
        cut, of = self._cut(level.take(chosen[large]).paths.moved(left, top))
        return np.concatenate([rows, self.rows[chosen[large]][of]]), whole.joined(cut)

    def _cut(self, paths: Paths) -> tuple[Paths, Any]:
        """What of each shape lies within the buffer, and the numbers of those with something."""
        import numpy as np
        import shapely

        box = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
        geometries = paths.shapely(self.kind)
        cut = shapely.set_precision(shapely.intersection(geometries, box), 1.0)
        made = paths_of(self.kind, cut)
        something = np.flatnonzero(made.sizes > 0)
        return made.take(something), something


def commands(kind: int, paths: Paths) -> tuple[Any, Any]:
    """The geometry of the features (§4.3) as one array, and where that of each begins."""
    import numpy as np

    closing = 1 if kind == wire.AREA else 0
    points = paths.lengths  # of each path
    sizes = 2 + 2 * points + closing  # two commands, the places, perhaps a third command
    begin = np.cumsum(sizes) - sizes
    out = np.empty(int(sizes.sum()), np.int64)
    steps = wire.zigzag(paths.steps())
    first = paths.path_starts[:-1]
    out[begin] = wire.MOVE_TO | 1 << 3
    out[begin + 1], out[begin + 2] = steps[first, 0], steps[first, 1]
    out[begin + 3] = wire.LINE_TO | (points - 1) << 3
    if closing:
        out[begin + sizes - 1] = wire.CLOSE_PATH | 1 << 3
    rest = np.ones(len(steps), bool)
    rest[first] = False
    inner = np.arange(len(steps)) - np.repeat(first, points) - 1
    at = (np.repeat(begin + 4, points) + 2 * inner)[rest]
    out[at], out[at + 1] = steps[rest, 0], steps[rest, 1]
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    return out, ends[paths.starts]
