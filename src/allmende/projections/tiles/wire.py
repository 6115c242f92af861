# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Mapbox Vector Tile 2.1 as bytes, written by numpy for all features of a layer at once.

Every number of the format is a varint. Points have all the same shape, so their numbers
are written with a fixed width (a varint may have more bytes than it needs) and a layer is
one matrix of bytes. Lines and areas differ; their numbers become one stream and each takes
as many bytes as it needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from allmende.projections.tiles.grids import EXTENT

POINT, LINE, AREA = 1, 2, 3
MOVE_TO, LINE_TO, CLOSE_PATH = 1, 2, 7
COORDINATE = 2  # bytes of a coordinate of a point: from -4096 to 8191
POINT_MARK = b"\x18\x01\x22" + bytes([1 + 2 * COORDINATE]) + b"\x09"  # before its place
PLACED = len(POINT_MARK) + 2 * COORDINATE  # bytes at the end of a point


def varint(value: int) -> bytes:
    """One number of up to 64 bits."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def padded(value: int, size: int) -> bytes:
    """One number as a varint of so many bytes, at least those that it takes."""
    short = varint(value)
    more = size - len(short)
    return short[:-1] + bytes([short[-1] | 128, *[128] * (more - 1), 0]) if more else short


def width(largest: int) -> int:
    """Bytes that a varint up to this number takes."""
    return max(1, -(-int(largest).bit_length() // 7))


def zigzag(values: Any) -> Any:
    """Signed numbers (int64) as unsigned ones, small ones staying small."""
    return (values << 1) ^ (values >> 63)


def layer(
    name: str, features: Iterable[bytes | Any], keys: Iterable[str], values: Iterable[bytes]
) -> bytes:
    """The layer of a tile (§4.1); tiles are layers after one another.

    Features are bytes or an array of bytes; they are copied once.
    """
    text = name.encode()
    parts: list[Any] = [b"", b"\x78\x02\x0a", varint(len(text)), text, *features]
    for key in keys:
        encoded = key.encode()
        parts += (b"\x1a", varint(len(encoded)), encoded)
    parts += values
    parts.append(b"\x28" + varint(EXTENT))
    parts[0] = b"\x1a" + varint(sum(memoryview(part).nbytes for part in parts))
    return b"".join(parts)


# --- points: one matrix ----------------------------------------------------------------------


def points(ids: Any, x: Any, y: Any, tags: Sequence[tuple[int, Any, int]]) -> bytes:
    """Features of points in units of the tile.

    `tags` are keys, each with a number per feature and one that none of them exceeds.
    """
    import numpy as np

    plan = _Row()
    plan.fixed(b"\x08")
    plan.number(ids, width(_largest(ids)))
    if tags:
        plan.fixed(b"\x12" + varint(sum(width(key) + width(most) for key, _, most in tags)))
    for key, numbers, most in tags:
        plan.fixed(varint(key))
        plan.number(numbers, width(most))
    plan.fixed(POINT_MARK)
    plan.number(zigzag(x), COORDINATE)
    plan.number(zigzag(y), COORDINATE)
    head = b"\x12" + varint(len(plan.template))
    matrix = np.empty((len(ids), len(head) + len(plan.template)), np.uint8)
    matrix[:] = np.frombuffer(head + plan.template, np.uint8)
    for place, size, numbers in plan.numbers:
        fill(matrix, len(head) + place, size, numbers)
    return matrix.tobytes()


class _Row:
    """The bytes of a feature in which the numbers are still to be filled in."""

    def __init__(self) -> None:
        self.template = b""
        self.numbers: list[tuple[int, int, Any]] = []

    def fixed(self, content: bytes) -> None:
        self.template += content

    def number(self, values: Any, size: int) -> None:
        self.numbers.append((len(self.template), size, values))
        self.template += bytes(size)


def _largest(values: Any) -> int:
    return int(values.max()) if len(values) else 0


def places(x: Any, y: Any) -> Any:
    """Places of points (int16, units of the tile) as they are written, 32 bits for each."""
    import numpy as np

    coded = np.empty((len(x), 2), "<u2")
    for number, values in enumerate((x, y)):
        coded[:, number] = _pairs(((values << 1) ^ (values >> 15)).view(np.uint16))
    return coded.view("<u4")[:, 0]


def put_places(matrix: Any, written: Any) -> None:
    """Puts places to the ends of the rows of a matrix."""
    _column(matrix, matrix.shape[1] - 2 * COORDINATE, "<u4")[:] = written


def count(matrix: Any, place: int, size: int, first: int) -> None:
    """Writes numbers into the rows of a matrix that count on from the first."""
    import numpy as np

    end = first + len(matrix)
    if size == 2:
        _column(matrix, place, "<u2")[:] = _all_pairs()[first:end]
    else:
        fill(matrix, place, size, np.arange(first, end))


@lru_cache(maxsize=1)
def _all_pairs() -> Any:
    import numpy as np

    return _pairs(np.arange(128**2, dtype=np.uint16)).astype("<u2")


def _pairs(values: Any) -> Any:
    """Numbers (uint16) below 2**14 as varints of 2 bytes."""
    import numpy as np

    return values + (values & np.uint16(0x3F80)) + np.uint16(0x0080)


def fill(matrix: Any, place: int, size: int, values: Any) -> None:
    """Writes numbers as varints of a fixed size into columns of the matrix, two at a time.

    No number may take more bytes than that.
    """
    import numpy as np

    kind = np.uint16 if size <= 2 else np.uint32 if size <= 4 else np.uint64
    left = values.astype(kind)
    while size >= 2:
        pair = left & kind(0x3FFF) if size > 2 else left
        _column(matrix, place, "<u2")[:] = (
            pair + (pair & kind(0x3F80)) + kind(0x8080 if size > 2 else 0x0080)
        )
        place, size = place + 2, size - 2
        if size:
            left >>= kind(14)
    if size:
        _column(matrix, place, "u1")[:] = left


def _column(matrix: Any, place: int, kind: str) -> Any:
    """Numbers of this kind that begin at this byte of each row."""
    import numpy as np

    rows, row = matrix.shape
    return np.ndarray((rows,), np.dtype(kind), matrix, place, (row,))


# --- lines and areas: one stream -------------------------------------------------------------


def stream(
    ids: Any,
    kinds: Any,
    tags: Sequence[tuple[int, Any, Any, int]],
    geometry: Any,
    starts: Any,
) -> bytes:
    """Features of any kind (§4.2). `tags`: key, number and presence per feature, largest number.

    `geometry` holds the commands and parameters of all features, `starts` (one more than
    there are features) where those of each begin.
    """
    import numpy as np

    tagged = sum(
        (present.astype(np.int64) for _, _, present, _ in tags), np.zeros(len(ids), np.int64)
    )
    lengths = starts[1:] - starts[:-1]
    sizes = 10 + 2 * tagged + lengths
    begin = np.cumsum(sizes) - sizes
    kind = np.uint32 if _largest(ids) < 2**32 else np.uint64
    out = np.zeros(int(sizes.sum()), kind)
    after_tags = begin + 6 + 2 * tagged
    out[begin], out[begin + 2], out[begin + 3], out[begin + 4] = 0x12, 0x08, ids, 0x12
    place = begin + 6
    for key, numbers, present, _ in tags:
        at = place[present]
        out[at], out[at + 1] = key, numbers[present]
        place = place + 2 * present
    out[after_tags], out[after_tags + 1], out[after_tags + 2] = 0x18, kinds, 0x22
    body = after_tags + 4
    out[np.arange(len(geometry)) + np.repeat(body - starts[:-1], lengths)] = geometry
    return _measured(out, begin, after_tags, body, begin + sizes)


def _measured(out: Any, begin: Any, after_tags: Any, body: Any, end: Any) -> bytes:
    """Fills in the lengths, innermost first, and writes the stream."""
    import numpy as np

    widths = _widths(out)
    ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(widths, dtype=np.int64)])
    tag_bytes = ends[after_tags] - ends[begin + 6]
    body_bytes = ends[end] - ends[body]
    out[begin + 5], out[body - 1] = tag_bytes, body_bytes
    widths[begin + 5], widths[body - 1] = _widths(tag_bytes), _widths(body_bytes)
    fixed = ends[begin + 5] - ends[begin + 2] + 3  # id, and the marks of tags, kind, geometry
    inner = fixed + widths[begin + 5] + tag_bytes + widths[body - 1] + body_bytes
    out[begin + 1] = inner
    widths[begin + 1] = _widths(inner)
    return _written(out, widths)


def _widths(values: Any) -> Any:
    """Bytes that each number takes as a varint."""
    import numpy as np

    found = np.ones(len(values), np.uint8)
    largest = _largest(values)
    bits = 7
    while largest >> bits:
        found += values >= (1 << bits)
        bits += 7
    return found


def _written(values: Any, widths: Any) -> bytes:
    import numpy as np

    ends = np.cumsum(widths, dtype=np.int64)
    out = np.empty(int(ends[-1]) if len(ends) else 0, np.uint8)
    place, step = ends - widths, values.dtype.type(7)
    while len(values):
        last = values.astype(np.uint8)
        more = np.flatnonzero(widths > 1)
        last[more] |= np.uint8(128)
        out[place] = last
        place, values, widths = place[more] + 1, values[more] >> step, widths[more] - np.uint8(1)
    return out.tobytes()
