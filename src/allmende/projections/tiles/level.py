# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Shapes as whole numbers: the paths of all features after one another, for one zoom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allmende.projections.tiles import wire
from allmende.projections.tiles.grids import EXTENT
from allmende.projections.tiles.morton import concatenated

TOLERANCE = 2.0  # units by which simplifying may move a line: a quarter of a pixel of 512


class Paths:
    """Lines or rings: `places` (n × 2, int64), where each path begins, the paths of each feature.

    Rings do not repeat their first place; the outer one turns so that its area is positive
    with y down, the inner ones the other way (MVT 2.1 §4.3.3.3).
    """

    def __init__(self, places: Any, path_starts: Any, starts: Any) -> None:
        self.places, self.path_starts, self.starts = places, path_starts, starts

    @property
    def lengths(self) -> Any:
        """Places of each path."""
        return self.path_starts[1:] - self.path_starts[:-1]

    @property
    def sizes(self) -> Any:
        """Paths of each feature."""
        return self.starts[1:] - self.starts[:-1]

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return sum(int(part.nbytes) for part in (self.places, self.path_starts, self.starts))

    def take(self, chosen: Any) -> Paths:
        """Some features."""
        import numpy as np

        paths = concatenated(self.starts[:-1][chosen], self.starts[1:][chosen])
        places = concatenated(self.path_starts[:-1][paths], self.path_starts[1:][paths])
        return Paths(
            self.places[places],
            np.concatenate([[0], np.cumsum(self.lengths[paths])]).astype(np.int64),
            np.concatenate([[0], np.cumsum(self.sizes[chosen])]).astype(np.int64),
        )

    def joined(self, *others: Paths) -> Paths:
        """These features and others."""
        import numpy as np

        parts = (self, *others)
        return Paths(
            np.concatenate([part.places for part in parts]),
            _continued([part.path_starts for part in parts]),
            _continued([part.starts for part in parts]),
        )

    def moved(self, left: int, top: int) -> Paths:
        """Places counted from another corner."""
        import numpy as np

        corner = np.array([left, top], np.int64)
        return Paths(self.places - corner, self.path_starts, self.starts)

    def steps(self) -> Any:
        """From each place to the next within a feature, the first one from the corner."""
        import numpy as np

        out = np.diff(self.places, axis=0, prepend=np.zeros((1, 2), np.int64))
        first = self.path_starts[self.starts[:-1][self.sizes > 0]]
        out[first] = self.places[first]
        return out

    def boxes(self) -> Any:
        """Smallest and largest x and y of each feature (n × 4); of an empty one impossible."""
        import numpy as np

        out = np.empty((len(self.starts) - 1, 4), np.int64)
        out[:] = (2**62, 2**62, -(2**62), -(2**62))
        some = self.sizes > 0
        first = self.path_starts[self.starts[:-1][some]]
        if len(first):
            out[some, :2] = np.minimum.reduceat(self.places, first, axis=0)
            out[some, 2:] = np.maximum.reduceat(self.places, first, axis=0)
        return out

    def shapely(self, kind: int) -> Any:
        """Multi-geometries again."""
        import numpy as np
        import shapely

        places = self.places.astype(np.float64)
        if kind == wire.LINE:
            made = shapely.linestrings(places, indices=_owners(self.path_starts))
            owners = _owners(self.starts)
            return shapely.multilinestrings(made, indices=owners)
        rings = shapely.linearrings(places, indices=_owners(self.path_starts))
        outer = _areas(self.places, self.path_starts) > 0
        polygon = np.cumsum(outer) - 1
        return shapely.multipolygons(
            shapely.polygons(rings, indices=polygon), indices=_owners(self.starts)[outer]
        )


def _continued(starts: Sequence[Any]) -> Any:
    """Beginnings of spans that follow one another."""
    import numpy as np

    last = np.cumsum([0, *(each[-1] for each in starts)])
    moved = [each[1:] + before for each, before in zip(starts, last, strict=False)]
    return np.concatenate([np.zeros(1, np.int64), *moved])


class Level:
    """The features of a layer in units of one zoom, with their boxes."""

    def __init__(self, paths: Paths, boxes: Any = None) -> None:
        self.paths = paths
        self.boxes = paths.boxes() if boxes is None else boxes

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.paths.nbytes + int(self.boxes.nbytes)

    def take(self, chosen: Any) -> Level:
        """Some features."""
        return Level(self.paths.take(chosen), self.boxes[chosen])

    def joined(self, other: Level) -> Level:
        """These features and others."""
        import numpy as np

        return Level(self.paths.joined(other.paths), np.concatenate([self.boxes, other.boxes]))

    def meeting(self, left: int, top: int, right: int) -> Any:
        """Numbers of the features whose box meets a square."""
        import numpy as np

        boxes, bottom = self.boxes, top + right - left
        across = (boxes[:, 0] <= right) & (boxes[:, 2] >= left)
        return np.flatnonzero(across & (boxes[:, 1] <= bottom) & (boxes[:, 3] >= top))

    def beyond(self, chosen: Any, left: int, top: int, right: int) -> Any:
        """Which of the chosen features leave a square."""
        boxes, bottom = self.boxes[chosen], top + right - left
        out = (boxes[:, 0] < left) | (boxes[:, 2] > right)
        return out | (boxes[:, 1] < top) | (boxes[:, 3] > bottom)

    def one_per_pixel(self, chosen: Any, size: int) -> Any:
        """The chosen features, but of the tiny ones within a pixel only the first."""
        import numpy as np

        boxes = self.boxes[chosen]
        tiny = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0) <= size
        if not tiny.any():
            return chosen
        cells = boxes[tiny, :2] // size
        _, first = np.unique(cells, axis=0, return_index=True)
        kept = ~tiny
        kept[np.flatnonzero(tiny)[first]] = True
        return chosen[kept]


# --- from shapely to whole numbers ----------------------------------------------------------


def build(kind: int, geometries: Any, zoom: int) -> Level:
    """Simplifies geometries (fractions of the grid's side) and lays them on the units of a zoom.

    In parts, so that there are never many copies at a time.
    """
    level = _built(kind, geometries[:PART], zoom)
    parts = [level.paths]
    for start in range(PART, len(geometries), PART):
        parts.append(_built(kind, geometries[start : start + PART], zoom).paths)
    return Level(parts[0].joined(*parts[1:])) if len(parts) > 1 else level


def _built(kind: int, geometries: Any, zoom: int) -> Level:
    import numpy as np
    import shapely

    scale = float(EXTENT * 2**zoom)
    scaled = shapely.transform(geometries, lambda places: places * scale)
    simple = shapely.simplify(scaled, TOLERANCE)
    laid = shapely.transform(simple, np.rint)
    if kind == wire.AREA:
        wrong = ~shapely.is_valid(laid)
        laid[wrong] = shapely.set_precision(simple[wrong], 1.0)
        boxes = shapely.bounds(scaled)
        small = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0) <= PIXEL
        laid[small] = _pixels(boxes[small])
    return Level(paths_of(kind, laid))


PART = 2_000  # geometries simplified at once
PIXEL = 4  # units: areas smaller than this become a square of 8 units


def _pixels(boxes: Any) -> Any:
    """Squares of a pixel where the boxes are."""
    import numpy as np
    import shapely

    corner = np.floor(boxes[:, :2] / (2 * PIXEL)) * 2 * PIXEL
    return shapely.box(*corner.T, *(corner + 2 * PIXEL).T)


def paths_of(kind: int, geometries: Any) -> Paths:
    """The paths of geometries on whole numbers; parts of another kind are left out."""
    import numpy as np
    import shapely

    parts, of = _parts(geometries)
    fits = shapely.get_type_id(parts) == (3 if kind == wire.AREA else 1)
    fits &= ~shapely.is_empty(parts)
    parts, of = parts[fits], of[fits]
    if kind == wire.AREA:
        parts, inner = shapely.get_rings(parts, return_index=True)
        outer = np.diff(inner, prepend=-1) > 0
        of = of[inner]
    places, owners = shapely.get_coordinates(parts, return_index=True)
    places, counts = _moving(np.rint(places).astype(np.int64), owners, len(parts))
    starts = np.concatenate([[0], np.cumsum(counts)])
    sizes = np.concatenate([[0], np.cumsum(np.bincount(of, minlength=len(geometries)))])
    if kind == wire.AREA:
        return Paths(*_wound(places, starts, outer), sizes)
    if (counts < 2).any():
        return _long_enough(Paths(places, starts, sizes), of, counts)
    return Paths(places, starts, sizes)


def _moving(places: Any, owners: Any, paths: int) -> tuple[Any, Any]:
    """Places that differ from the one before them in their path, and how many each path has."""
    import numpy as np

    moves = np.ones(len(places), bool)
    moves[1:] = (places[1:] != places[:-1]).any(axis=1) | (owners[1:] != owners[:-1])
    return places[moves], np.bincount(owners[moves], minlength=paths).astype(np.int64)


def _long_enough(paths: Paths, of: Any, counts: Any) -> Paths:
    """Without lines that have shrunk to a place."""
    import numpy as np

    kept = counts >= 2
    places = paths.places[np.repeat(kept, counts)]
    sizes = np.bincount(of[kept], minlength=len(paths.starts) - 1)
    return Paths(
        places,
        np.concatenate([[0], np.cumsum(counts[kept])]),
        np.concatenate([[0], np.cumsum(sizes)]),
    )


def _parts(geometries: Any) -> tuple[Any, Any]:
    """Single parts, also of collections in multi-geometries, with the number they are of."""
    import shapely

    parts, of = shapely.get_parts(geometries, return_index=True)
    if (shapely.get_type_id(parts) >= 4).any():
        parts, inner = shapely.get_parts(parts, return_index=True)
        of = of[inner]
    return parts, of


def _wound(places: Any, starts: Any, outer: Any) -> tuple[Any, Any]:
    """Rings without their last place, turned as the format wants."""
    import numpy as np

    last = np.zeros(len(places), bool)
    last[starts[1:] - 1] = True
    places, starts = places[~last], starts - np.arange(len(starts))
    wrong = (_areas(places, starts) > 0) != outer
    owners = _owners(starts)
    index = np.arange(len(places))
    turned = starts[:-1][owners] + starts[1:][owners] - 1 - index
    return places[np.where(wrong[owners], turned, index)], starts


def _areas(places: Any, starts: Any) -> Any:
    """Twice the area of each ring by the surveyor's formula, positive clockwise with y down."""
    import numpy as np

    if len(starts) < 2:
        return np.empty(0, np.int64)
    index = np.arange(len(places)) + 1
    index[starts[1:] - 1] = starts[:-1]
    corner = places[starts[:-1]][_owners(starts)]  # keeps the products small
    here, there = places - corner, places[index] - corner
    cross = here[:, 0] * there[:, 1] - there[:, 0] * here[:, 1]
    return np.add.reduceat(cross, starts[:-1])


def _owners(starts: Any) -> Any:
    """For each place the number of the span it lies in."""
    import numpy as np

    return np.repeat(np.arange(len(starts) - 1), starts[1:] - starts[:-1])
