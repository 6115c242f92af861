# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One observation: a result, when it was true, and how far it can be trusted.

Times are integer microseconds since 1970-01-01 UTC. An observation is named by its
datastream and its running number in it; both together are the integer that the interfaces
show (`@iot.id`), small enough for every JSON reader (below 2^53).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from msgspec import Struct

NUMBER_BITS = 32
MOST_NUMBER = 2**NUMBER_BITS - 1
MOST_STREAM = 2 ** (53 - NUMBER_BITS) - 1

EARLIEST = -2_208_988_800_000_000  # 1900-01-01, µs
LATEST = 4_102_444_800_000_000  # 2100-01-01, µs

Result = float | int | str | bool | list[Any] | dict[str, Any] | None


class Flag(IntEnum):
    """How far a result can be trusted; from BAD on it does not enter means and sums."""

    UNCHECKED = 0
    GOOD = 1
    SUSPECT = 2
    BAD = 3
    INTERPOLATED = 4  # put in by a rule where a measurement is missing


USABLE = frozenset({Flag.UNCHECKED, Flag.GOOD, Flag.SUSPECT, Flag.INTERPOLATED})


class Observation(Struct, kw_only=True, omit_defaults=True):
    """An act of measuring (OGC 18-088, 8.2.8). Everything but stream, time and result is rare."""

    datastream: int
    time: int  # phenomenonTime, or its beginning
    result: Result
    number: int = 0  # running number in the datastream; 0 before it is stored
    end: int | None = None  # end of phenomenonTime, if it is an interval
    result_time: int | None = None
    valid: tuple[int, int] | None = None  # validTime
    quality: Any = None  # resultQuality, any JSON
    parameters: dict[str, Any] | None = None
    feature: int | None = None  # FeatureOfInterest; None is the one of the datastream
    flag: int = Flag.UNCHECKED
    rule: str = ""  # which rule set the flag

    @property
    def id(self) -> int:
        """The integer that names it in the interfaces."""
        return observation_id(self.datastream, self.number)


def observation_id(datastream: int, number: int) -> int:
    """Datastream in the upper bits, running number in the lower 32."""
    return datastream << NUMBER_BITS | number


def split_id(ident: int) -> tuple[int, int]:
    """Datastream and running number of an id."""
    return ident >> NUMBER_BITS, ident & MOST_NUMBER


class Bucket(Struct, kw_only=True):
    """What is known of one interval of a datastream [start, end): µs UTC.

    `n` counts all observations, `good` those whose flag lets them be used; the figures are
    over those. `first` and `last` are the results with the earliest and the latest time.
    """

    start: int
    n: int
    good: int
    sum: float | None
    min: float | None
    max: float | None
    first_time: int | None = None
    first: float | None = None
    last_time: int | None = None
    last: float | None = None

    @property
    def mean(self) -> float | None:
        """Arithmetic mean of the usable results."""
        return None if self.sum is None or not self.good else self.sum / self.good
