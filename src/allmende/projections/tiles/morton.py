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

    return _spread(np.asarray(x, np.uint64)) | _spread(np.asarray(y, np.uint64)) << np.uint64(1)


def _spread(values: Any) -> Any:
    import numpy as np

    for shift, mask in _STEPS:
        values = (values | values << np.uint64(shift)) & np.uint64(mask)
    return values


def spans(codes: Any, zoom: int, columns: Any, rows: Any) -> tuple[Any, Any]:
    """Where the points of tiles begin and end in the sorted codes (arrays, half open)."""
    import numpy as np

    shift = np.uint64(2 * (BITS - zoom))
    first = interleave(columns, rows)
    if zoom == 0:  # a shift by 64 bits does nothing
        return np.zeros(len(first), np.int64), np.full(len(first), len(codes), np.int64)
    last = (first << shift) | ((np.uint64(1) << shift) - np.uint64(1))
    return codes.searchsorted(first << shift), codes.searchsorted(last, "right")


def concatenated(starts: Any, ends: Any) -> Any:
    """The numbers of several half-open spans after one another."""
    import numpy as np

    lengths = ends - starts
    total = int(lengths.sum())
    if not total:
        return np.empty(0, np.int64)
    before = np.cumsum(lengths) - lengths
    return np.arange(total) + np.repeat(starts - before, lengths)
