# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Fewer points that draw the same line: largest triangle three buckets (S. Steinarsson, 2013)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

    from allmende.model.sensing.series import Floats, Ints


def thinned(times: Ints, values: Floats, wanted: int) -> npt.NDArray[Any]:
    """The places of at most `wanted` (3 or more) points, the first and the last among them.

    Times and values are of the same length, ascending and without NaN.
    """
    import numpy as np

    size = len(times)
    if size <= wanted:
        return np.arange(size)
    x = (times - times[0]).astype(np.float64)
    edges = np.linspace(1, size - 1, wanted - 1).astype(np.int64)
    sums_x, sums_y = np.cumsum(np.r_[0.0, x]), np.cumsum(np.r_[0.0, values])
    found = np.empty(wanted, np.int64)
    found[0], found[-1] = 0, size - 1
    chosen = 0
    for bucket in range(wanted - 2):
        begin, end = edges[bucket], edges[bucket + 1]
        after = edges[bucket + 2] if bucket + 2 < len(edges) else size
        count = after - end
        mean_x = (sums_x[after] - sums_x[end]) / count
        mean_y = (sums_y[after] - sums_y[end]) / count
        area = np.abs(
            (x[chosen] - mean_x) * (values[begin:end] - values[chosen])
            - (x[chosen] - x[begin:end]) * (mean_y - values[chosen])
        )
        chosen = begin + int(area.argmax())
        found[bucket + 1] = chosen
    return found
