# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Times in queries and answers: ISO 8601 to microseconds UTC and back, also in bulk."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING

from allmende.errors import InvalidInput
from allmende.model.sensing.calendar import DAY, HOUR, SECOND, micros, moment

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from allmende.model.sensing.series import Ints

    Signs = npt.NDArray[np.uint8]

_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?"
    r"(?:([Zz])|([+\- ])(\d\d):?(\d\d)?)?)?\Z",
    re.ASCII,
)
_DURATION = re.compile(
    r"(-)?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,6}))?S)?)?\Z",
    re.ASCII,
)
_UNITS = (7 * DAY, DAY, HOUR, 60 * SECOND, SECOND)
_LONGEST = 2**53  # µs


def read_time(text: str) -> int:
    """Microseconds since 1970-01-01 UTC of a time such as 2024-06-01T12:00:00+02:00.

    Without an offset it is UTC; a day alone begins at midnight UTC. A space stands for the
    plus that addresses lose. Raises InvalidInput.
    """
    found = _MOMENT.match(text)
    if found is None:
        raise _no_time(text)
    year, month, day, hour, minute, second = (int(each or 0) for each in found.groups()[:6])
    fraction = int(((found[7] or "") + "000000")[:6])
    leap = second == 60
    try:
        at = datetime(
            year, month, day, hour, minute, 59 if leap else second, fraction, _zone(found)
        )
    except (ValueError, OverflowError) as error:
        raise _no_time(text) from error
    return micros(at) + (SECOND if leap else 0)


def _zone(found: re.Match[str]) -> timezone:
    if found[9] is None:
        return UTC
    away = timedelta(hours=int(found[10]), minutes=int(found[11] or 0))
    return timezone(-away if found[9] == "-" else away)


def _no_time(text: str) -> InvalidInput:
    return InvalidInput(
        f"“{text[:60]}” is no time; write for example 2024-06-01T12:00:00Z.",
        f"„{text[:60]}“ ist kein Zeitpunkt; zum Beispiel 2024-06-01T12:00:00Z.",
    )


def read_interval(text: str) -> tuple[int, int]:
    """Beginning and end of `time/time`, `time/duration` or `duration/time`. InvalidInput."""
    first, slash, second = text.partition("/")
    if not slash:
        raise _no_time(text)
    if first[:1] in ("P", "p"):
        end = read_time(second)
        start = end - read_duration(first)
    else:
        start = read_time(first)
        end = start + read_duration(second) if second[:1] in ("P", "p") else read_time(second)
    if end < start:
        raise InvalidInput(
            f"The interval “{text[:80]}” ends before it begins.",
            f"Der Zeitraum „{text[:80]}“ endet, bevor er beginnt.",
        )
    return start, end


def read_duration(text: str) -> int:
    """Microseconds of a duration of weeks, days and times such as PT15M. Raises InvalidInput."""
    found = _DURATION.match(text.upper())
    if found is None or not any(found.groups()[1:]):
        raise _no_duration(text)
    total = sum(
        int(each or 0) * unit for each, unit in zip(found.groups()[1:6], _UNITS, strict=True)
    )
    total += int(((found[7] or "") + "000000")[:6])
    if total > _LONGEST:
        raise _no_duration(text)
    return -total if found[1] else total


def _no_duration(text: str) -> InvalidInput:
    return InvalidInput(
        f"“{text[:40]}” is no duration; write for example PT15M, PT1H or P1D.",
        f"„{text[:40]}“ ist keine Dauer; zum Beispiel PT15M, PT1H oder P1D.",
    )


@lru_cache(maxsize=8_192)  # many datastreams share the time of their latest value
def show_time(time: int) -> str:
    """Microseconds as 2024-06-01T12:00:00Z, with the fraction only if there is one."""
    seconds, fraction = divmod(time, SECOND)
    day, second = divmod(seconds, 86_400)
    said = _day(day) + _CLOCK[second // 60] + _SECONDS[second % 60]
    if not fraction:
        return said + "Z"
    if fraction % 1000:
        return f"{said}.{fraction:06d}Z"
    return f"{said}.{fraction // 1000:03d}Z"


def show_times(times: Ints) -> list[str]:
    """Many times at once."""
    signs = time_signs(times)
    if signs is None:
        return [show_time(time) for time in times.tolist()]
    text = signs.tobytes().decode("ascii")
    return [text[at : at + 20] for at in range(0, len(text), 20)]


def time_signs(times: Ints) -> Signs | None:
    """Times as rows of the twenty signs of 2024-06-01T12:00:00Z; None if any has a fraction."""
    import numpy as np

    if not len(times) or (times % SECOND).any():
        return None
    days, rest = np.divmod(times // SECOND, 86_400)
    known, place = np.unique(days, return_inverse=True)
    heads = "".join([_day(day) for day in known.tolist()]).encode("ascii")
    found = np.full((len(times), 20), ord("Z"), np.uint8)
    found[:, :11] = np.frombuffer(heads, np.uint8).reshape(-1, 11)[place]
    for at, part in ((11, rest // 3_600), (14, rest // 60 % 60), (17, rest % 60)):
        found[:, at] = part // 10 + 48
        found[:, at + 1] = part % 10 + 48
    found[:, 13] = found[:, 16] = ord(":")
    return found


@lru_cache(maxsize=8_192)
def show_period(start: int, end: int | None) -> str:
    """A time, or an interval `start/end` when there is an end."""
    return show_time(start) if end is None else f"{show_time(start)}/{show_time(end)}"


@lru_cache(maxsize=8_192)
def _day(day: int) -> str:
    return moment(day * DAY).date().isoformat() + "T"


_CLOCK = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in range(24 * 60)]
_SECONDS = [f":{second:02d}" for second in range(60)]
