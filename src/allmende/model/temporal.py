# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Instants and how periods lie to each other (OGC 21-065r2 §7.7).

A day is a period as well: from its first to its last millisecond when it meets a moment.
An interval has both its ends (ISO 8601), an open end lies beyond every instant.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

from allmende.errors import InvalidInput
from allmende.model.filter import Instant

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?([Zz]|[+-]\d\d:?\d\d)?)?\Z",
    re.ASCII,
)

DAY_BEGINS = "T00:00:00.000Z"
DAY_ENDS = "T23:59:59.999Z"

Relation = tuple[tuple[str, str, str], ...]

RELATIONS: dict[str, Relation] = {
    "t_after": (("s1", ">", "e2"),),
    "t_before": (("e1", "<", "s2"),),
    "t_equals": (("s1", "=", "s2"), ("e1", "=", "e2")),
    "t_intersects": (("s1", "<=", "e2"), ("e1", ">=", "s2")),
    "t_contains": (("s1", "<", "s2"), ("e1", ">", "e2")),
    "t_during": (("s1", ">", "s2"), ("e1", "<", "e2")),
    "t_finishedby": (("s1", "<", "s2"), ("e1", "=", "e2")),
    "t_finishes": (("s1", ">", "s2"), ("e1", "=", "e2")),
    "t_meets": (("e1", "=", "s2"),),
    "t_metby": (("s1", "=", "e2"),),
    "t_overlappedby": (("s1", ">", "s2"), ("s1", "<", "e2"), ("e1", ">", "e2")),
    "t_overlaps": (("s1", "<", "s2"), ("e1", ">", "s2"), ("e1", "<", "e2")),
    "t_startedby": (("s1", "=", "s2"), ("e1", ">", "e2")),
    "t_starts": (("s1", "=", "s2"), ("e1", "<", "e2")),
}
"""What must hold of the starts s1, s2 and the ends e1, e2; t_disjoint is not t_intersects."""

OF_INSTANTS = frozenset({"t_after", "t_before", "t_disjoint", "t_equals", "t_intersects"})
"""The functions that take instants as well as intervals."""

ORDER: dict[str, Relation] = {
    "=": RELATIONS["t_intersects"],
    "<": RELATIONS["t_before"],
    ">": RELATIONS["t_after"],
    "<=": (("s1", "<=", "e2"),),
    ">=": (("e1", ">=", "s2"),),
}
"""Comparing a day with a moment; <> is not =."""


@lru_cache(maxsize=1024)
def instant(text: str) -> Instant:
    """The day or moment in a text (RFC 3339), in UTC and milliseconds; InvalidInput if none."""
    found = _MOMENT.match(text)
    try:
        read = _read(found) if found else None
    except (ValueError, OverflowError):
        read = None
    if read is None:
        raise InvalidInput(
            f"“{text[:40]}” is no date and no time; write 2024-05-31 or 2024-05-31T12:00:00Z.",
            f"„{text[:40]}“ ist weder Datum noch Zeitpunkt; zum Beispiel 2024-05-31 oder "
            "2024-05-31T12:00:00Z.",
        )
    return read


def _read(found: re.Match[str]) -> Instant:
    day, time, fraction, zone = found.groups()
    if time is None:
        datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
        return Instant(day)
    moment = datetime.fromisoformat(f"{day}T{time}{(zone or 'Z').upper()}").astimezone(UTC)
    seconds = moment.replace(tzinfo=None).isoformat(timespec="seconds")
    return Instant(f"{seconds}.{(fraction or '')[:3]:0<3}Z")
