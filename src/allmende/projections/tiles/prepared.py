# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Points written as features beforehand, for a choice of properties that is asked for often.

The features of all points of a layer are the rows of one matrix of bytes, in the order of
the points, so those of a tile are a few slices. Only what depends on the tile is filled in
then: the places, and the numbers of values that differ from point to point. All other
values go into every tile, so their numbers are the same in every tile. A point that lacks a
property has a shorter list of tags; lengths and id are written with as many more bytes (a
varint may be longer than it needs to be), so all rows stay equally long.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from allmende.projections.tiles import wire
from allmende.projections.tiles.columns import NULL, SMALL, Column, Wide
from allmende.projections.tiles.grids import BITS, EXTENT
from allmende.projections.tiles.morton import BESIDE, code_of, interleave
from allmende.projections.tiles.points import BUFFER, MAX_POINTS, MAX_SHIFT, MAX_ZOOMS, Points, both
from allmende.projections.tiles.wire import padded, varint, width

MAX_BYTES = 32_000_000  # of a matrix; larger layers are not prepared
ENOUGH = 4  # times more points than values, and all values may go into a tile
MAX_VALUES = 1_024  # a column with more has other numbers in every tile
MOST_POINTS = MAX_POINTS * 6 // 5  # of a tile and its surroundings; more are not written
MAX_LACKING = 16  # properties that points lack
MAX_PATTERNS = 64  # points lack properties in more different ways: not prepared
LONGEST_ID, LONGEST_LENGTH = 10, 5  # bytes of varints that fill up a row


class _Fixed(NamedTuple):
    """A property whose numbers are the same in every tile."""

    key: int
    first: int  # number of its values
    size: int  # bytes of a number
    column: Column


class _Open(NamedTuple):
    """A property whose numbers each tile gives: where they stand, bytes of each, column."""

    place: int
    size: int
    column: Column | Wide


class Prepared:
    """The features of all points of a layer, in the order of the points. Never changed."""

    def __init__(self, points: Points, matrix: Any, opened: Sequence[_Open]) -> None:
        self.points = points
        self.ordered = _is_ordered(points.rows)  # the rows are those of the layer
        self.matrix = matrix
        self.opened = opened
        self.zooms: dict[int, Zoom] = points.zooms  # for every choice of properties
        self.keys: list[str] = []
        self.values = b""
        self.amount = 0  # of values that go into every tile
        self.fewest = 0  # points of a tile for which that is worth it

    @property
    def nbytes(self) -> int:
        """Memory in bytes, beyond that of the layer."""
        return int(self.matrix.nbytes) + len(self.values)

    def tile(self, name: str, zoom: int, row: int, column: int, wanted: Any = None) -> bytes | None:
        """The layer of a tile; None when it has to be made from the layer's columns.

        `wanted` is a mask over the rows of the layer.
        """
        import numpy as np

        start, end = self.points.span(zoom, row, column)
        count = end - start
        inside: Any = slice(start, end)
        if wanted is not None:
            inside = start + np.flatnonzero(wanted[self.points.rows[inside]])
            count = len(inside)
        if not self.fewest <= count <= MAX_POINTS:
            return None
        known = self.at(zoom)
        code = np.array([0, 1], np.uint64) + np.uint64(code_of(column, row))
        near = slice(*known.codes.searchsorted(code))
        around, placed = known.numbers[near], known.around[near]
        if wanted is not None:
            kept = wanted[self.points.rows[around]]
            around, placed = around[kept], placed[kept]
        if not count + len(around):
            return b""
        matrix = self._rows(inside, around)
        wire.put_places(matrix, np.concatenate([known.inside[inside], placed]))
        values = self._numbered(matrix, inside, around)
        return wire.layer(name, [matrix], self.keys, values) if values else None

    def at(self, zoom: int) -> Zoom:
        """The places of all points in the tiles of a zoom; those of a few zooms are kept."""
        found = self.zooms.get(zoom)
        if found is None:
            while len(self.zooms) >= MAX_ZOOMS:
                self.zooms.pop(next(iter(self.zooms)), None)
            found = self.zooms[zoom] = Zoom.of(self.points, zoom)
        return found

    def _rows(self, inside: Any, around: Any) -> Any:
        import numpy as np

        own = self.matrix[inside]
        matrix = np.empty((len(own) + len(around), own.shape[1]), np.uint8)
        matrix[: len(own)] = own
        self.matrix.take(around, axis=0, out=matrix[len(own) :], mode="clip")
        return matrix

    def _numbered(self, matrix: Any, inside: Any, around: Any) -> list[Any] | None:
        """Fills in the numbers of values; the values. None when a number is too large."""
        values, first = [self.values], self.amount
        for each in self.opened:
            column = each.column
            if self.ordered and isinstance(column, Wide) and column.even:
                amount = len(matrix)
                parts = [column.matrix[inside], column.matrix.take(around, axis=0)]
                numbers = None  # one after another
            else:
                picked = column.pick(both(self.points.rows, inside, around))
                numbers, amount, parts = picked.numbers + first, picked.amount, [picked.values]
            if first + amount > 128**each.size:
                return None
            if numbers is None:
                wire.count(matrix, each.place, each.size, first)
            else:
                wire.fill(matrix, each.place, each.size, numbers)
            values += parts
            first += amount
        return values


class Zoom(NamedTuple):
    """Places of all points in the tiles of one zoom, as they are written.

    A point near an edge is also in the surroundings of other tiles; those are sorted by the
    Morton codes of the tiles they surround.
    """

    inside: Any  # of all points, each in its own tile
    codes: Any
    numbers: Any  # of the points
    around: Any

    @staticmethod
    def of(points: Points, zoom: int) -> Zoom:
        """The places of these points."""
        import numpy as np

        tiles = [part.astype(np.int64) >> (BITS - zoom) for part in (points.x, points.y)]
        units = [_units(part, zoom) for part in (points.x, points.y)]
        sides = [{-1: each < BUFFER, 1: each >= EXTENT - BUFFER} for each in units]
        found = []
        for step in BESIDE:
            masks = [side[by] for side, by in zip(sides, step, strict=True) if by]
            chosen = np.flatnonzero(np.logical_and.reduce(masks))
            x, y = (part[chosen] + by for part, by in zip(tiles, step, strict=True))
            real = (np.minimum(x, y) >= 0) & (np.maximum(x, y) < 2**zoom)
            chosen = chosen[real]
            places = (
                part[chosen] - np.int16(by * EXTENT) for part, by in zip(units, step, strict=True)
            )
            found.append((interleave(x[real], y[real]), chosen, wire.places(*places)))
        codes, numbers, around = map(np.concatenate, zip(*found, strict=True))
        order = np.argsort(codes, kind="stable")
        return Zoom(wire.places(*units), codes[order], numbers[order], around[order])


def _units(part: Any, zoom: int) -> Any:
    """Units within the tile (int16) of places in the grid."""
    import numpy as np

    return (part >> np.uint32(MAX_SHIFT - zoom) & np.uint32(EXTENT - 1)).astype(np.int16)


def _is_ordered(rows: Any) -> bool:
    import numpy as np

    return bool((rows == np.arange(len(rows))).all())


# --- making ----------------------------------------------------------------------------------


def prepare(points: Points, fids: Any, columns: Sequence[Column | Wide]) -> Prepared | None:
    """The features of all points with these properties; None when that cannot be done:
    too large, or a property with very many different values that points lack.
    """
    fixed, wide = _sorted(columns)
    amount = sum(len(each.values) - 1 for each in fixed)
    if any(_lacking(each, points.rows) for each in wide):
        return None
    most = amount + len(wide) * MOST_POINTS
    tail = b"".join(varint(len(fixed) + n) + bytes(width(most)) for n in range(len(wide)))
    matrix = _matrix(points, fids, _numbered(fixed), tail)
    if matrix is None:
        return None
    places = _places(wide, len(fixed), width(most), matrix.shape[1])
    found = Prepared(points, matrix, places)
    found.keys, found.amount = [each.name for each in (*fixed, *wide)], amount
    found.values = b"".join(value for each in fixed for value in each.values)
    found.fewest = max([ENOUGH * n for each in fixed if (n := len(each.values) - 1) > SMALL] or [0])
    return found


def _sorted(columns: Sequence[Column | Wide]) -> tuple[list[Column], list[Column | Wide]]:
    """Those whose values go into every tile, the smallest first, and the others."""
    fixed = [
        each for each in columns if isinstance(each, Column) and len(each.values) <= MAX_VALUES
    ]
    wide = [each for each in columns if each not in fixed]
    return sorted((each for each in fixed if len(each.values) > 1), key=_amount), wide


def _amount(column: Column) -> int:
    return len(column.values)


def _lacking(column: Column | Wide, rows: Any) -> bool:
    there = column.codes != NULL if isinstance(column, Column) else column.lengths > 0
    return not bool(there[rows].all())


def _numbered(fixed: Sequence[Column]) -> list[_Fixed]:
    found, first = [], 0
    for key, each in enumerate(fixed):
        after = first + len(each.values) - 1
        found.append(_Fixed(key, first, width(after - 1), each))
        first = after
    return found


def _places(wide: Sequence[Column | Wide], first: int, size: int, row: int) -> list[_Open]:
    """Where the numbers of the open properties stand, counted from the end of a row."""
    found, place = [], row - wire.PLACED
    for number, each in reversed(list(enumerate(wide, first))):
        place -= size
        found.append(_Open(place, size, each))
        place -= width(number)
    return found[::-1]


def _matrix(points: Points, fids: Any, tags: Sequence[_Fixed], tail: bytes) -> Any:
    """All features as rows of bytes; None when they cannot all have one length."""
    import numpy as np

    ids = fids[points.rows]
    plan = _Plan(tags, tail, width(int(ids.max(initial=0))))
    codes = [each.column.codes[points.rows] for each in tags]
    groups = _groups(codes, len(points))
    if plan.size * len(points) > MAX_BYTES or not groups:
        return None
    matrix = np.empty((len(points), plan.size), np.uint8)
    for chosen, present in groups:
        row = plan.row([tags[number] for number in present])
        if row is None:
            return None
        part = row.repeated(len(chosen))
        wire.fill(part, row.id_at, row.id_size, ids[chosen])
        for number, at in zip(present, row.tags_at, strict=True):
            tag = tags[number]
            wire.fill(part, at, tag.size, codes[number][chosen] - 1 + tag.first)
        matrix[chosen] = part
    return matrix


class _Row(NamedTuple):
    """A feature in which the numbers are still to be filled in."""

    content: bytes
    id_at: int
    id_size: int
    tags_at: list[int]

    def repeated(self, count: int) -> Any:
        """So many of them."""
        import numpy as np

        matrix = np.empty((count, len(self.content)), np.uint8)
        matrix[:] = np.frombuffer(self.content, np.uint8)
        return matrix


class _Plan:
    """How the features of points with some or all of these properties are written."""

    def __init__(self, tags: Sequence[_Fixed], tail: bytes, id_size: int) -> None:
        self.tail = tail
        self.id_size = id_size
        self.most = sum(map(_tag_bytes, tags)) + len(tail)
        body = 2 + id_size + width(self.most) + self.most + wire.PLACED
        self.size = 1 + width(body) + body

    def row(self, tags: Sequence[_Fixed]) -> _Row | None:
        """The feature with these properties; None without any, or when too many are lacking."""
        has = sum(map(_tag_bytes, tags)) + len(self.tail)
        lacks = self.most - has
        id_size = min(self.id_size + lacks, LONGEST_ID)
        lacks -= id_size - self.id_size
        tags_size = min(width(self.most) + lacks, LONGEST_LENGTH)
        lacks -= tags_size - width(self.most)
        length = self.size - 1 - (2 + id_size + tags_size + has + wire.PLACED)
        if length > LONGEST_LENGTH or not has:
            return None
        content = b"\x12" + padded(self.size - 1 - length, length) + b"\x08"
        id_at = len(content)
        content += bytes(id_size) + b"\x12" + padded(has, tags_size)
        tags_at = []
        for each in tags:
            content += varint(each.key)
            tags_at.append(len(content))
            content += bytes(each.size)
        content += self.tail + wire.POINT_MARK + bytes(2 * wire.COORDINATE)
        return _Row(content, id_at, id_size, tags_at)


def _tag_bytes(tag: _Fixed) -> int:
    return width(tag.key) + tag.size


def _groups(codes: Sequence[Any], total: int) -> list[tuple[Any, list[int]]]:
    """Points by the properties they have: their numbers, and which of the properties.

    Nothing when they lack too many different ones.
    """
    import numpy as np

    lacking = [number for number, each in enumerate(codes) if (each == NULL).any()]
    if len(lacking) > MAX_LACKING:
        return []
    kind = np.zeros(total, np.uint16)
    for bit, number in enumerate(lacking):
        kind |= (codes[number] == NULL).astype(np.uint16) << np.uint16(bit)
    found = []
    for each in np.flatnonzero(np.bincount(kind)).tolist():
        lacks = {number for bit, number in enumerate(lacking) if each >> bit & 1}
        found.append(
            (np.flatnonzero(kind == each), [n for n in range(len(codes)) if n not in lacks])
        )
        if len(found) > MAX_PATTERNS:
            return []
    return found
