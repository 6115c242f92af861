# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Morton codes: two numbers of 32 bits with their bits in turn, so that a tile is one span."""

from __future__ import annotations

from typing import Any

from allmende.projections.tiles.grids import BITS

_STEPS = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)


def interleave(x: Any, y: Any) -> Any:
    """Codes (uint64) of two arrays of numbers below 2**32."""
    import numpy as np

    return spread(np.asarray(x, np.uint64)) | spread(np.asarray(y, np.uint64)) << np.uint64(1)


def spread(values: Any) -> Any:
    """Numbers (uint64) with a free bit after each of theirs."""
    import numpy as np

    for shift, mask in _STEPS:
        values = (values | values << np.uint64(shift)) & np.uint64(mask)
    return values


def code_of(x: int, y: int) -> int:
    """The code of one pair."""
    return _spread_one(x) | _spread_one(y) << 1


def _spread_slowly(value: int) -> int:
    for shift, mask in _STEPS:
        value = (value | value << shift) & mask
    return value


_PART = 11  # bits that are looked up at once
_SPREAD = [_spread_slowly(value) for value in range(1 << _PART)]


def _spread_one(value: int) -> int:
    found, place = 0, 0
    while value:
        found |= _SPREAD[value & (1 << _PART) - 1] << place
        value >>= _PART
        place += 2 * _PART
    return found


BESIDE = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0)]


def beside(x: int, y: int, side: int) -> list[int | None]:
    """The codes of the pairs round a pair, in the order of `BESIDE`; None from `side` on."""
    across, down = (
        [_spread_one(value) if 0 <= value < side else None for value in (at - 1, at, at + 1)]
        for at in (x, y)
    )
    found: list[int | None] = []
    for step_x, step_y in BESIDE:
        first, second = across[step_x + 1], down[step_y + 1]
        found.append(None if first is None or second is None else first | second << 1)
    return found


def span(codes: Any, zoom: int, column: int, row: int) -> tuple[int, int]:
    """Where the points of one tile begin and end in the sorted codes (half open)."""
    import numpy as np

    shift = 2 * (BITS - zoom)
    first = code_of(column, row) << shift
    bounds = np.array([first, first + (1 << shift) - 1], np.uint64)
    return int(codes.searchsorted(bounds[0])), int(codes.searchsorted(bounds[1], "right"))


def spans(codes: Any, zoom: int, cells: Any) -> tuple[Any, Any]:
    """Where the points of tiles (their codes, below zoom 0) begin and end (arrays, half open)."""
    import numpy as np

    shift = np.uint64(2 * (BITS - zoom))
    first = cells << shift
    last = first | ((np.uint64(1) << shift) - np.uint64(1))
    return codes.searchsorted(first), codes.searchsorted(last, "right")


def concatenated(starts: Any, ends: Any) -> Any:
    """The numbers of several half-open spans after one another."""
    import numpy as np

    lengths = ends - starts
    total = int(lengths.sum())
    if not total:
        return np.empty(0, np.int64)
    before = np.cumsum(lengths) - lengths
    return np.arange(total) + np.repeat(starts - before, lengths)
