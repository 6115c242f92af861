# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""A chart as a template draws it: places in percent, paths in a frame of 4,000 × 2,000.

The frame is stretched to whatever room there is, so that texts keep their size on a
telephone; lines keep their width (vector-effect), texts and marks are placed in percent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from allmende.model.sensing.observation import Flag
from allmende.portal.charts import ticks
from allmende.portal.charts.series import Point, Series, Step

WIDTH, HEIGHT = 4_000, 2_000
MOST_MARKS = 300
MOST_LANES = 12
MARKS = {Flag.SUSPECT: "suspect", Flag.BAD: "bad", Flag.INTERPOLATED: "interpolated"}

Said = Callable[[float, int], str]  # a number with so many decimals
Clock = Callable[[int, ticks.Kind], str]  # a place on the axis of time


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis: percent and its text; a minor one is left out where room is scarce."""

    at: str
    text: str
    minor: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A sign at a place; `kind` says which."""

    x: str
    y: str
    kind: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A series: paths for the line or the bars, the band around it, and single dots."""

    number: int
    shape: str
    path: str = ""
    band: str = ""
    dots: list[tuple[str, str]] = field(default_factory=list)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that is drawn."""

    id: str
    title: str
    description: str
    left: list[Tick]
    right: list[Tick]
    below: list[Tick]
    lanes: list[Tick]
    drawn: list[Drawn]
    gaps: list[tuple[str, str]]  # from and width in percent
    marks: list[Mark]
    unmarked: int  # marks that are left out
    unit: str = ""
    right_unit: str = ""
    room: str = "m"
    zero: str = ""  # where 0 is, when it lies inside
    start: int = 0
    end: int = 0
    low: float = 0.0
    high: float = 1.0
    right_low: float = 0.0
    right_high: float = 1.0


def percent(part: float) -> str:
    """A share as an attribute of SVG."""
    return f"{part * 100:.2f}".rstrip("0").rstrip(".") + "%"


class Frame:
    """Where times and values lie."""

    def __init__(self, start: int, end: int, low: float, high: float) -> None:
        self.start, self.span = start, max(end - start, 1)
        self.low, self.high = low, high

    def x(self, time: int) -> float:
        """The share of the width; what is outside lies at the edge."""
        return min(max((time - self.start) / self.span, 0.0), 1.0)

    def y(self, value: float) -> float:
        """The share of the height from above."""
        half = self.high / 2 - self.low / 2  # the whole may be more than a number can be
        part = (value / 2 - self.low / 2) / half if half else 0.5
        return 1.0 - min(max(part, 0.0), 1.0)

    def point(self, time: int, value: float) -> tuple[int, int]:
        """The place in the frame of the paths."""
        return round(self.x(time) * WIDTH), round(self.y(value) * HEIGHT)


def draw(
    ident: str,
    title: str,
    description: str,
    series: Sequence[Series],
    start: int,
    end: int,
    *,
    zone: str,
    number: Said,
    clock: Clock,
    unit: str = "",
    right_unit: str = "",
) -> Chart:
    """The chart of the time from `start` to `end` (µs UTC)."""
    lanes = _lanes(series)
    left = _axis([each for each in series if not each.right])
    right = _axis([each for each in series if each.right])
    frame = Frame(start, end, left.low, left.high)
    frames = {False: frame, True: Frame(start, end, right.low, right.high)}
    marks = [mark for each in series for mark in _marks(each, frames[each.right])]
    texts = [] if lanes else [number(each, left.decimals) for each in left.places]
    two = any(each.right for each in series)
    far = [number(each, right.decimals) for each in right.places] if two else []
    return Chart(
        ident,
        title,
        description,
        left=_numbered(left, texts, frame),
        right=_numbered(right, far, frames[True]),
        below=_dated(ticks.times(start, end, zone), clock, frame),
        lanes=[Tick(percent((at + 0.5) / len(lanes)), name) for at, name in enumerate(lanes)],
        drawn=[_drawn(each, frames[each.right], lanes) for each in series],
        gaps=_gaps(series[0], frame) if len(series) == 1 else [],
        marks=marks[:MOST_MARKS],
        unmarked=max(len(marks) - MOST_MARKS, 0),
        unit=unit,
        right_unit=right_unit,
        room=_room([*texts, *lanes]),
        zero=percent(frame.y(0.0)) if left.low < 0 < left.high and not lanes else "",
        start=start,
        end=end,
        low=left.low,
        high=left.high,
        right_low=right.low,
        right_high=right.high,
    )


def _dated(axis: ticks.Times, clock: Clock, frame: Frame) -> list[Tick]:
    return [
        Tick(percent(frame.x(time)), clock(time, axis.kind), at % 2 == 1)
        for at, time in enumerate(axis.places)
    ]


def _gaps(series: Series, frame: Frame) -> list[tuple[str, str]]:
    """From and width of the gaps that are wide enough to be seen."""
    found = [(frame.x(a), frame.x(b)) for a, b in series.gaps]
    return [(percent(a), percent(b - a)) for a, b in found if b - a > 0.002][:MOST_MARKS]


def _room(texts: Sequence[str]) -> str:
    """How much room the texts beside the axis need."""
    longest = max(map(len, texts), default=0)
    return "s" if longest <= 4 else "m" if longest <= 7 else "l"


def _axis(series: Sequence[Series]) -> ticks.Numbers:
    values = [value for each in series for value in each.values]
    bars = any(each.shape == "bars" for each in series)
    return ticks.numbers(min(values), max(values), zero=bars) if values else ticks.numbers(0, 1)


def _numbered(axis: ticks.Numbers, texts: Sequence[str], frame: Frame) -> list[Tick]:
    return [
        Tick(percent(frame.y(place)), text) for place, text in zip(axis.places, texts, strict=False)
    ]


def _lanes(series: Sequence[Series]) -> list[str]:
    """The categories, most frequent first; those beyond the twelfth share the last lane."""
    counts: dict[str, int] = {}
    for each in series:
        for step in each.steps:
            counts[step.name] = counts.get(step.name, 0) + 1
    names = sorted(counts, key=lambda name: (-counts[name], name))
    return names if len(names) <= MOST_LANES else [*names[: MOST_LANES - 1], "…"]


def _drawn(each: Series, frame: Frame, lanes: Sequence[str]) -> Drawn:
    if each.shape == "steps":
        return Drawn(each.number, "steps", _steps(each.steps, frame, lanes), name=each.name)
    if each.shape == "bars":
        return Drawn(each.number, "bars", _bars(each, frame), name=each.name)
    path, band, dots = [], [], []
    for run in _runs(each):
        places = [frame.point((p.start + p.end) // 2, p.value or 0.0) for p in run]
        if len(places) == 1:
            x, y = places[0]
            dots.append((percent(x / WIDTH), percent(y / HEIGHT)))
        path.append(_line(places))
        if each.banded:
            band.append(_band(run, frame))
    return Drawn(each.number, "line", "".join(path), "".join(band), dots[:MOST_MARKS], each.name)


def _runs(each: Series) -> list[list[Point]]:
    """Points between two gaps."""
    ends = {gap.end for gap in each.gaps}
    runs: list[list[Point]] = []
    for point in each.points:
        if not runs or point.start in ends:
            runs.append([])
        runs[-1].append(point)
    return runs


def _line(places: Sequence[tuple[int, int]], begin: str = "M") -> str:
    """A path through places, each told from the one before it, as short as can be."""
    x, y = places[0]
    text = [f"{begin}{x} {y}"]
    for nx, ny in places[1:]:
        if (nx, ny) != (x, y):
            text.append(f"l{nx - x} {ny - y}".replace(" -", "-"))
        x, y = nx, ny
    return "".join(text)


def _band(run: Sequence[Point], frame: Frame) -> str:
    """The outline from the largest values and back along the smallest."""
    above, below = [], []
    for point in run:
        time, value = (point.start + point.end) // 2, point.value or 0.0
        above.append(frame.point(time, value if point.high is None else point.high))
        below.append(frame.point(time, value if point.low is None else point.low))
    below.reverse()
    return _line(above) + _line(below, "L") + "z"


def _bars(each: Series, frame: Frame) -> str:
    """Rectangles from zero, with a little room between them."""
    ground = round(frame.y(0.0) * HEIGHT)
    text = []
    for point in each.points:
        x, y = frame.point(point.start, point.value or 0.0)
        end = round(frame.x(point.end) * WIDTH)
        width = max(end - x, 1)
        room = width // 8
        text.append(f"M{x + room} {ground}V{y}h{max(width - 2 * room, 1)}V{ground}z")
    return "".join(text)


def _steps(steps: Sequence[Step], frame: Frame, lanes: Sequence[str]) -> str:
    """A thick line in the lane of each category."""
    place = {name: at for at, name in enumerate(lanes)}
    text = []
    for each in steps:
        x, end = round(frame.x(each.start) * WIDTH), round(frame.x(each.end) * WIDTH)
        lane = place.get(each.name, len(lanes) - 1)
        y = round((lane + 0.5) / max(len(lanes), 1) * HEIGHT)
        text.append(f"M{x} {y}h{max(end - x, 6)}")
    return "".join(text)


def _marks(each: Series, frame: Frame) -> list[Mark]:
    """Signs of flagged values; without a value they stand at the foot."""
    return [
        Mark(
            percent(frame.x(found.time)),
            "100%" if found.value is None else percent(frame.y(found.value)),
            MARKS[found.flag],
        )
        for found in each.flagged
        if found.flag in MARKS
    ]


def spark(points: Sequence[tuple[int, float | None]], reach: int) -> str:
    """A small line without axes as a path in the frame; "" when there are fewer than two values."""
    kept = [(time, value) for time, value in points if value is not None]
    if len(kept) < 2:
        return ""
    values = [value for _, value in kept]
    axis = (min(values), max(values))
    frame = Frame(
        kept[0][0], kept[-1][0], *(axis if axis[0] < axis[1] else (axis[0] - 1, axis[1] + 1))
    )
    text: list[str] = []
    run: list[tuple[int, int]] = []
    before = kept[0][0]
    for time, value in kept:
        if time - before > reach and run:
            text.append(_line(run))
            run = []
        run.append(frame.point(time, value))
        before = time
    return "".join([*text, _line(run)])
