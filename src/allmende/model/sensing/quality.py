# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How far results are believed: checks with their parameters, and what they say of a series.

Each check has an id, which stands beside the flag it set. The strictest flag of all checks
holds; of two that are as strict the first in the list below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import msgspec
from msgspec import Struct

from allmende.model.sensing.observation import Flag

Range = tuple[float, float]
SECOND = 1_000_000
RULES = (
    "valid-range",
    "frozen",
    "spike",
    "step",
    "flat",
    "stale",
    "plausible-range",
    "future",
)
"""Ids of the checks, the first is told when several say the same."""
MOST_SECONDS = 31 * 86_400.0

Verdict = tuple[int, str]
GOOD: Verdict = (int(Flag.GOOD), "")


class Checks(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Parameters; a check without its parameter is not made. Values in the stream's own unit."""

    valid: Range | None = None  # outside of it a result is bad
    plausible: Range | None = None  # outside of it a result is suspect
    step: float | None = None  # more change than this within an hour is suspect
    spike: float | None = None  # further than this off both neighbours, to one side, is suspect
    flat: float | None = None  # seconds for which a result may stay the same
    flat_change: float = 0.0  # a change up to this still counts as the same
    frozen: bool = False  # bad while the soil at the same thing is at 0 °C or below
    stale: float | None = None  # seconds after which a result that arrives is suspect
    interval: float | None = None  # seconds between two results; flags none, but tells gaps

    def __post_init__(self) -> None:
        """ValueError when a number cannot be meant so."""
        for span in (self.valid, self.plausible):
            if span is not None and not span[0] < span[1]:
                raise ValueError("Expected a range whose first value is below the second")
        for limit in (self.step, self.spike, self.flat, self.stale, self.interval):
            if limit is not None and not 0 < limit < 1e15:
                raise ValueError("Expected a number above 0")
        for seconds in (self.flat, self.stale, self.interval):
            if seconds is not None and seconds > MOST_SECONDS:
                raise ValueError("Expected at most 31 days")
        if not 0 <= self.flat_change < 1e15:
            raise ValueError("Expected a number from 0 on")

    @property
    def any(self) -> bool:
        """Whether anything is checked."""
        return self != Checks(flat_change=self.flat_change, interval=self.interval)


def merged(*parts: Mapping[str, Any] | None) -> Checks:
    """Parameters one over another: the later part wins. What is unknown or wrong is left out."""
    found: dict[str, Any] = {}
    for part in parts:
        for name, value in (part or {}).items():
            if name not in Checks.__struct_fields__:
                continue
            try:
                msgspec.convert({name: value}, Checks, strict=True)
            except (msgspec.ValidationError, ValueError):
                continue
            found[name] = value
    return msgspec.convert(found, Checks)


def strictest(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict that holds of several; GOOD of none."""
    told = [each for each in verdicts if each[1]]
    return min(told, key=lambda each: (-each[0], RULES.index(each[1])), default=GOOD)


def judge_arrival(
    checks: Checks,
    value: float,
    time: int,
    before: tuple[int, float] | None,
    now: int,
) -> Verdict:
    """What can be said when a result arrives; `before` is time and value of the one before."""
    said = _ranges(checks, value)
    if checks.stale is not None and now - time > checks.stale * SECOND:
        said.append((int(Flag.SUSPECT), "stale"))
    if before is not None and checks.step is not None and before[0] < time:
        said += _step(checks.step, before, (time, value))
    return strictest(said)


def _ranges(checks: Checks, value: float) -> list[Verdict]:
    said: list[Verdict] = []
    if checks.valid is not None and not checks.valid[0] <= value <= checks.valid[1]:
        said.append((int(Flag.BAD), "valid-range"))
    if checks.plausible is not None and not checks.plausible[0] <= value <= checks.plausible[1]:
        said.append((int(Flag.SUSPECT), "plausible-range"))
    return said


def _step(limit: float, before: tuple[int, float], this: tuple[int, float]) -> list[Verdict]:
    """Change within at most an hour; over a longer pause it may be as many times as much."""
    hours = max(1.0, (this[0] - before[0]) / (3_600 * SECOND))
    if abs(this[1] - before[1]) > limit * hours:
        return [(int(Flag.SUSPECT), "step")]
    return []


def judge_series(
    checks: Checks,
    times: Sequence[int],
    values: Sequence[float],
    frozen: Sequence[tuple[int, int]] = (),
) -> list[Verdict]:
    """What all checks say of results in the order of time; `frozen` are spans [start, end).

    Results out of range are not compared with others, nor others with them.
    """
    said = [_ranges(checks, value) for value in values]
    sound = [at for at, each in enumerate(said) if not any(v[1] == "valid-range" for v in each)]
    spikes = _spikes(checks, values, sound)
    for at in spikes:
        said[at].append((int(Flag.SUSPECT), "spike"))
    if checks.step is not None:
        kept = [at for at in sound if at not in spikes]
        for one, two in pairwise(kept):
            said[two] += _step(checks.step, (times[one], values[one]), (times[two], values[two]))
    for at in _flat(checks, times, values, sound):
        said[at].append((int(Flag.SUSPECT), "flat"))
    if checks.frozen:
        for at, time in enumerate(times):
            if any(start <= time < end for start, end in frozen):
                said[at].append((int(Flag.BAD), "frozen"))
    return [strictest(each) for each in said]


def _spikes(checks: Checks, values: Sequence[float], sound: Sequence[int]) -> set[int]:
    if checks.spike is None:
        return set()
    found = set()
    for before, at, after in zip(sound, sound[1:], sound[2:], strict=False):
        up, down = values[at] - values[before], values[at] - values[after]
        if up * down > 0 and min(abs(up), abs(down)) > checks.spike:
            found.add(at)
    return found


def _flat(
    checks: Checks, times: Sequence[int], values: Sequence[float], sound: Sequence[int]
) -> set[int]:
    """Results that have stayed the same for too long, from the end of that time on."""
    if checks.flat is None:
        return set()
    found, start = set(), 0
    for place, at in enumerate(sound):
        first = sound[start]
        if abs(values[at] - values[first]) > checks.flat_change:
            start = place
        elif times[at] - times[first] > checks.flat * SECOND:
            found.add(at)
    return found


def frozen_spans(
    times: Sequence[int], temperatures: Sequence[float], hold: int
) -> list[tuple[int, int]]:
    """Spans [start, end) in which the soil was at 0 °C or below; each reading holds until the
    next, at most `hold` µs."""
    found: list[tuple[int, int]] = []
    for at, (time, temperature) in enumerate(zip(times, temperatures, strict=True)):
        if temperature > 0:
            continue
        following = times[at + 1] if at + 1 < len(times) else time + hold
        end = min(following, time + hold) if following > time else time + 1
        if found and found[-1][1] >= time:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((time, end))
    return found


def gaps(times: Sequence[int], interval: int, until: int | None = None) -> list[tuple[int, int]]:
    """Pauses (last before, first after) of more than one and a half intervals (µs).

    With `until` also the pause that lasts until then.
    """
    ends = [*times, until] if until is not None and times else list(times)
    return [(one, two) for one, two in pairwise(ends) if two - one > interval * 3 // 2]
