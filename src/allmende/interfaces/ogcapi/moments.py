# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Times in requests (OGC 17-069r4 §7.15.4, RFC 3339)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from allmende.errors import InvalidInput
from allmende.model.query import Interval

_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)\Z", re.IGNORECASE
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def interval(text: str) -> Interval:
    """The span that `datetime` names: an instant, or two with a slash, `..` or nothing if open.

    A date means the whole day. Raises InvalidInput.
    """
    parts = [part.strip() for part in text.split("/")]
    if len(parts) == 1 and parts[0]:
        only = instant(parts[0])
        return Interval(only, only)
    if len(parts) != 2 or not any(part not in ("", "..") for part in parts):
        raise _unreadable(text)
    start, end = ("" if part in ("", "..") else instant(part) for part in parts)
    if start and end and start[: len(end)] > end[: len(start)]:
        raise InvalidInput(
            "The interval ends before it begins.", "Der Zeitraum endet vor seinem Beginn."
        )
    return Interval(start, end)


def instant(text: str) -> str:
    """A date as it is, a date and time in UTC with milliseconds."""
    try:
        if _DATE.match(text):
            return date.fromisoformat(text).isoformat()
        if _MOMENT.match(text):
            moment = _read(text)
            return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
    except (ValueError, OverflowError) as error:
        raise _unreadable(text) from error
    raise _unreadable(text)


def microseconds(text: str) -> int:
    """A moment as µs since 1970 UTC; of a date its last one. Raises InvalidInput."""
    plain = instant(text)
    if len(plain) == len("YYYY-MM-DD"):
        following = datetime.fromisoformat(plain).replace(tzinfo=UTC) + timedelta(days=1)
        return (following - _EPOCH) // timedelta(microseconds=1) - 1
    return (_read(text) - _EPOCH) // timedelta(microseconds=1)


def _read(text: str) -> datetime:
    day, clock, fraction, zone = _MOMENT.match(text).groups()  # type: ignore[union-attr]
    digits = f"{(fraction or '.0')[:7]:0<7}"
    return datetime.fromisoformat(f"{day}T{clock}{digits}{zone.upper()}").astimezone(UTC)


def said(at: int) -> str:
    """Microseconds since 1970 as date and time in UTC, so that `as-of` meets it exactly."""
    moment = (_EPOCH + timedelta(microseconds=at)).replace(tzinfo=None)
    return moment.isoformat(timespec="microseconds") + "Z"


def _unreadable(text: str) -> InvalidInput:
    return InvalidInput(
        f"“{text[:60]}” is no time. Write 2026-05-31, 2026-05-31T12:00:00Z or an interval such as "
        "2026-01-01/2026-05-31 or ../2026-05-31.",
        f"„{text[:60]}“ ist keine Zeitangabe. Zum Beispiel 2026-05-31, 2026-05-31T12:00:00Z oder "
        "ein Zeitraum wie 2026-01-01/2026-05-31 oder ../2026-05-31.",
    )
