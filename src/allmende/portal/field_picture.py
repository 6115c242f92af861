# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The picture of the common field: one strip per theme, as broad as it has datasets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDTH, HEIGHT = 560, 420
MIN_SHARE = 0.035  # of the width, so that a small theme is still seen
FURROWS = 26  # over the whole width

# The field seen from above: its upper and lower end, each from x to x, wider than the frame.
_TOP = (-20.0, 780.0)
_BOTTOM = (-170.0, 600.0)
_TREES = (
    (96, 92, 15), (118, 80, 19), (138, 98, 13), (452, 300, 17), (474, 314, 22), (498, 300, 15),
    (488, 336, 13), (70, 330, 13), (88, 342, 17),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Strip:
    """One strip: the theme's code, its outline, its furrows and its right edge as SVG paths."""

    code: str
    outline: str
    furrows: list[str]
    edge: str


@dataclass(frozen=True, slots=True)
class FieldPicture:
    """The whole picture in user units of its view box."""

    strips: list[Strip]
    way: str
    trees: Sequence[tuple[int, int, int]]
    width: int = WIDTH
    height: int = HEIGHT


def field_picture(themes: Iterable[tuple[str, int]]) -> FieldPicture | None:
    """The picture for themes and their numbers of datasets; None when there are none."""
    counts = [(code, count) for code, count in themes if count > 0]
    if not counts:
        return None
    total = sum(count for _, count in counts)
    shares = [max(count / total, MIN_SHARE) for _, count in counts]
    edges = [0.0]
    for share in shares:
        edges.append(edges[-1] + share / sum(shares))
    strips = [
        _strip(code, left, right)
        for (code, _), (left, right) in zip(counts, pairwise(edges), strict=True)
    ]
    return FieldPicture(strips, "M-20 250C120 190 210 300 330 252S500 150 600 176", _TREES)


def _strip(code: str, left: float, right: float) -> Strip:
    steps = max(round((right - left) * FURROWS), 1)
    inner = (left + (right - left) * number / steps for number in range(1, steps))
    return Strip(
        code,
        f"M{_curve(left)}L{_x(_BOTTOM, right)} {HEIGHT}{_back(right)}Z",
        ["M" + _curve(at) for at in inner],
        "M" + _curve(right),
    )


def _x(ends: tuple[float, float], at: float) -> int:
    return round(ends[0] + (ends[1] - ends[0]) * at)


def _curve(at: float) -> str:
    """A ploughed line from the upper to the lower end, bent like an S."""
    top, bottom = _x(_TOP, at), _x(_BOTTOM, at)
    return f"{top} 0C{top - 110} 130 {bottom + 130} 270 {bottom} {HEIGHT}"


def _back(at: float) -> str:
    top, bottom = _x(_TOP, at), _x(_BOTTOM, at)
    return f"C{bottom + 130} 270 {top - 110} 130 {top} 0"
