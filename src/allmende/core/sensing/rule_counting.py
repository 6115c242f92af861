# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What a rule comes to for one group at some times, from the observations that are there.

It is counted at every time at which something was observed, and, when an output says what a
missing value is, at the time at which the last result has become too old. The same
observations always give the same results, in whatever order they came.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from allmende.core.sensing.rule_groups import Active, Group, Member
from allmende.model.sensing.observation import USABLE, Flag
from allmende.model.sensing.rule_values import One, Value, single, value_of
from allmende.model.sensing.rules import Output, Program
from allmende.model.sensing.series import Columns
from allmende.store import Connection
from allmende.store.sensing import reading

MOST_TIMES = 2_000  # times that are counted in one transaction
MOST_READ = 500_000  # observations that are read for them


class Told(Struct, frozen=True):
    """What came out at a time: results by output (those that have one), and all values."""

    time: int
    results: dict[str, float | str | bool]
    flag: int
    values: Mapping[str, Value]


class Series:
    """Usable results of one datastream in the unit of its input, by time."""

    def __init__(self, member: Member, found: Columns, window: int) -> None:
        keep = [flag in _USABLE for flag in found.flags.tolist()]
        times = found.times.tolist()
        flags = found.flags.tolist()
        self.all_times: list[int] = times
        self.times: list[int] = []
        self.results: list[One] = []
        self.doubtful: list[bool] = []
        for at, (result, usable) in enumerate(zip(found.results(), keep, strict=True)):
            value = _value(member, result)
            if usable and value is not None:
                self.times.append(times[at])
                self.results.append(value)
                self.doubtful.append(flags[at] == Flag.SUSPECT)
        self.window = window

    @property
    def until(self) -> int | None:
        """Time of the last observation that was read, when more were there."""
        return self.all_times[-1] if len(self.all_times) >= MOST_READ else None

    def reach(self, time: int) -> tuple[int, int]:
        """Positions [first, last) of the results in the window that ends at a time."""
        return bisect_right(self.times, time - self.window), bisect_right(self.times, time)

    def ends(self) -> Iterator[int]:
        """Times at which the newest result has become too old."""
        for at, time in enumerate(self.times):
            end = time + self.window
            if at + 1 == len(self.times) or self.times[at + 1] > end:
                yield end


_USABLE = frozenset(int(each) for each in USABLE)


def _value(member: Member, result: Any) -> One:
    if isinstance(result, bool | str):
        return result
    return member.convert(float(result)) if isinstance(result, int | float) else None


def load(
    db: Connection, active: Active, group: Group, start: int, end: int
) -> dict[str, list[Series]]:
    """What is needed to count for [start, end): results from a window before it on."""
    found: dict[str, list[Series]] = {}
    for name, members in group.members.items():
        window = active.windows[name]
        found[name] = [
            Series(
                member,
                reading.columns(db, member.stream, start - window, end, limit=MOST_READ),
                window,
            )
            for member in members
        ]
    return found


def times(
    active: Active, series: Mapping[str, Sequence[Series]], start: int, end: int, now: int
) -> list[int]:
    """The times of [start, end) at which there is something to count."""
    expires = any(each.missing for each in active.program.rule.outputs.values())
    found: set[int] = set()
    for several in series.values():
        for each in several:
            found.update(time for time in each.all_times if start <= time < end)
            if expires:
                found.update(time for time in each.ends() if start <= time < end and time <= now)
    return sorted(found)


def count(
    active: Active,
    series: Mapping[str, Sequence[Series]],
    at: Sequence[int],
    before: Mapping[str, str],
) -> Iterator[Told]:
    """What comes out at each of some growing times; `before` are the levels until then."""
    program = active.program
    levels = dict(before)
    for time in at:
        values, flag = _taken(active, series, time)
        for name, tree in program.steps.items():
            values[name] = value_of(tree, values)
        results: dict[str, float | str | bool] = {}
        for ident, output in program.rule.outputs.items():
            result = _result(program, ident, output, values, levels.get(ident, ""))
            if result is not None:
                results[ident] = result
                if output.levels:
                    levels[ident] = str(result)
        yield Told(time, results, flag, values)


def _taken(
    active: Active, series: Mapping[str, Sequence[Series]], time: int
) -> tuple[dict[str, Value], int]:
    values: dict[str, Value] = {}
    flag = Flag.UNCHECKED
    for name, given in active.program.rule.inputs.items():
        several: list[One] = []
        for each in series.get(name, ()):
            first, last = each.reach(time)
            several.append(_figure(given.take, each.results[first:last]))
            used = (
                each.doubtful[last - 1 : last]
                if given.take == "last"
                else each.doubtful[first:last]
            )
            if first < last and any(used):
                flag = Flag.SUSPECT
        values[name] = single(several) if active.program.rule.each == "stream" else several
    return values, int(flag)


def _figure(take: str, results: Sequence[One]) -> One:
    if take == "count":
        return float(len(results))
    if not results:
        return None
    if take == "last":
        return results[-1]
    numbers = [float(each) for each in results if not isinstance(each, str) and each is not None]
    if len(numbers) < len(results):
        return None
    if take in ("min", "max"):
        return min(numbers) if take == "min" else max(numbers)
    import math

    total = math.fsum(numbers)
    return total if take == "sum" else total / len(numbers)


def _result(
    program: Program, ident: str, output: Output, values: Mapping[str, Value], before: str
) -> float | str | bool | None:
    value = single(value_of(program.values[ident], values))
    if output.levels:
        found = _level(program, ident, output, values, value, before)
        return found or output.missing or None
    if output.type == "text":
        return value if isinstance(value, str) else output.missing or None
    if output.type == "truth":
        return value if isinstance(value, bool) else None
    return None if isinstance(value, bool | str) or value is None else float(value)


def _level(
    program: Program,
    ident: str,
    output: Output,
    values: Mapping[str, Value],
    value: One,
    before: str,
) -> str:
    """Code of the level; "" when nothing can be said."""
    number = None if isinstance(value, bool | str) or value is None else float(value)
    if output.value and number is None:
        return ""
    past = next((at for at, each in enumerate(output.levels) if each.code == before), None)
    for at, (level, tree) in enumerate(zip(output.levels, program.levels[ident], strict=True)):
        if tree is not None:
            met = single(value_of(tree, values))
            if met is None:
                return ""
        else:
            met = _is_within(level.below, level.to, number, _stretch(output, at, past))
        if met is True:
            return level.code
    return ""


def _stretch(output: Output, at: int, past: int | None) -> float:
    """How far the upper limit of a level is moved, so that a level is left only for good."""
    if past is None or not output.hysteresis:
        return 0.0
    return output.hysteresis if at >= past else -output.hysteresis


def _is_within(below: float | None, to: float | None, value: float | None, more: float) -> bool:
    if below is None and to is None:
        return True
    if value is None:
        return False
    if to is not None:
        return value <= to + more
    return value < (below or 0.0) + more
