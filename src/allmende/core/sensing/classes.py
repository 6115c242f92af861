# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Classes of values for a map: round limits that share the values out about evenly."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, isfinite, log10

MOST = 5
"""Classes of one map."""


def limits(values: Sequence[float], most: int = MOST) -> list[float]:
    """Ascending limits between classes: a class lies below each, one more above the last.

    They are round numbers near the quantiles; fewer where values are alike, none for one value.
    """
    kept = sorted(each for each in values if isfinite(each))
    if not kept or kept[0] == kept[-1]:
        return []
    low, high = kept[0], kept[-1]
    step = _step((high / most - low / most) / 2)
    found: list[float] = []
    for part in range(1, most):
        near = kept[min(len(kept) * part // most, len(kept) - 1)]
        limit = float(f"{round(near / step) * step:.12g}")
        if low < limit <= high and (not found or limit > found[-1]):
            found.append(limit)
    return found or [float(f"{low / 2 + high / 2:.3g}")]


def _step(rough: float) -> float:
    """The largest of 1, 2 and 5 times a power of ten that is not above."""
    size = 10.0 ** floor(log10(max(rough, 1e-280)))
    return next(size * each for each in (5, 2, 1) if size * each <= max(rough, size))
