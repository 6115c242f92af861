# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The two forms a message of a citizen's sensor has. Pure functions.

Own programs send `{"time": "2026-06-01T12:00:00Z", "temperature": 21.5}`; without a time it is
now. The firmware airrohr sends `{"software_version": …, "sensordatavalues": [{"value_type":
"SDS_P1", "value": "12.3"}]}`. What tells a place is not read.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from allmende.errors import InvalidInput
from allmende.model.sensing import moments
from allmende.model.sensing.citizen_kinds import MOST_QUANTITIES, community_values

TIMES = ("time", "timestamp")
PASSED_OVER = frozenset(
    {"software_version", "esp8266id", "esp32id", "sensor", "lat", "lon", "latitude", "longitude"}
)


class Message(Struct, frozen=True):
    """When (µs UTC; None is now), what by quantity, and names that say nothing to us."""

    time: int | None
    values: dict[str, Any]
    unknown: list[str]


def read(body: Any) -> Message:
    """A message from JSON. InvalidInput says how one looks."""
    if not isinstance(body, dict):
        raise _wrong()
    time = next((_time(body[name]) for name in TIMES if body.get(name) is not None), None)
    if "sensordatavalues" in body:
        try:
            values, unknown = community_values(body["sensordatavalues"])
        except ValueError:
            raise InvalidInput(
                "sensordatavalues has to be a list of {“value_type”, “value”}.",
                "sensordatavalues muss eine Liste aus {„value_type“, „value“} sein.",
            ) from None
        return Message(time, values, unknown)
    if len(body) > MOST_QUANTITIES:
        raise _wrong()
    values = {
        name: value
        for name, value in body.items()
        if name not in TIMES and name not in PASSED_OVER and value is not None
    }
    if not values:
        raise _wrong()
    return Message(time, values, [])


def _time(given: Any) -> int:
    """A time: ISO 8601, or seconds or milliseconds since 1970 UTC."""
    if isinstance(given, int | float) and not isinstance(given, bool) and abs(given) < 1e15:
        seconds = given / 1000 if abs(given) >= 1e11 else given
        return round(seconds * 1_000_000)
    return moments.moment(given)


def _wrong() -> InvalidInput:
    return InvalidInput(
        "A message is a JSON object with at least one value: "
        '{"time": "2026-06-01T12:00:00Z", "temperature": 21.5}; time may be left out.',
        "Eine Nachricht ist ein JSON-Objekt mit mindestens einem Wert: "
        '{"time": "2026-06-01T12:00:00Z", "temperature": 21.5}; time kann fehlen.',
    )
