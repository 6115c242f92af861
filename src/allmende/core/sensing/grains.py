# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Lengths of intervals as they are asked for."""

from __future__ import annotations

from typing import Literal

from allmende.core.sensing.reading import Grain
from allmende.errors import InvalidInput
from allmende.model.sensing.odata.times import read_duration

__all__ = ["Grain", "read_grain"]

PERIODS: tuple[Literal["day", "month", "year"], ...] = ("day", "month", "year")


def read_grain(text: str) -> Grain:
    """PT1H, P1D as seconds; day, month, year of the city's time zone as they are.

    InvalidInput for anything else and for less than a second.
    """
    for name in PERIODS:
        if text == name:
            return name
    if not text:
        raise InvalidInput(
            "aggregate needs interval: PT1H, PT15M …, day, month or year.",
            "Zu aggregate gehört interval: PT1H, PT15M …, day, month oder year.",
        )
    seconds = read_duration(text) / 1_000_000
    if seconds < 1:
        raise InvalidInput(
            "interval is at least one second.", "interval ist mindestens eine Sekunde."
        )
    return seconds
