# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Times as SensorThings writes them (ISO 8601), read into integer microseconds UTC.

A time without a zone is taken as UTC. An interval is two times with a slash between them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from allmende.errors import InvalidInput
from allmende.model.sensing.observation import EARLIEST, LATEST

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def moment(given: object) -> int:
    """One time as µs UTC. Raises InvalidInput with a sentence that shows how it is written."""
    if isinstance(given, str):
        try:
            return micros(datetime.fromisoformat(given))
        except (ValueError, OverflowError):
            pass
    raise _wrong(given)


def micros(given: datetime) -> int:
    """A datetime as µs UTC; one without a zone is UTC. Raises InvalidInput outside 1900-2100."""
    if given.tzinfo is None:
        given = given.replace(tzinfo=UTC)
    found = (given - EPOCH) // _MICROSECOND
    if not EARLIEST <= found < LATEST:
        raise InvalidInput(
            f"The time {given.isoformat()[:40]} is not between 1900 and 2100.",
            f"Der Zeitpunkt {given.isoformat()[:40]} liegt nicht zwischen 1900 und 2100.",
        )
    return found


def written(time: int) -> str:
    """µs UTC as text: 2024-05-31T12:00:00Z, with a fraction only where there is one."""
    text = (EPOCH + timedelta(microseconds=time)).isoformat().removesuffix("+00:00")
    if "." in text:
        text = text.rstrip("0")
    return f"{text}Z"


def written_span(time: int, end: int | None) -> str:
    """A time, or an interval when it has an end."""
    return written(time) if end is None else f"{written(time)}/{written(end)}"


def span(given: object) -> tuple[int, int | None]:
    """A time, or an interval with its end; the end is None for a time."""
    if isinstance(given, str) and "/" in given:
        begin, _, end = given.partition("/")
        first, last = moment(begin.strip()), moment(end.strip())
        if last < first:
            raise InvalidInput(
                f"The interval {given[:80]} ends before it begins.",
                f"Der Zeitraum {given[:80]} endet vor seinem Beginn.",
            )
        return first, last
    return moment(given), None


def interval(given: object) -> tuple[int, int]:
    """An interval; a single time is one of no length."""
    first, last = span(given)
    return first, first if last is None else last


def _wrong(given: object) -> InvalidInput:
    shown = str(given)[:60]
    return InvalidInput(
        f"“{shown}” is no time; write 2024-05-31T12:00:00Z, an interval as two times with a "
        "slash between them.",
        f"„{shown}“ ist kein Zeitpunkt; zum Beispiel 2024-05-31T12:00:00Z, ein Zeitraum als "
        "zwei Zeitpunkte mit einem Schrägstrich dazwischen.",
    )
