# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Whether an observation can be kept: its times, its result, its size."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from allmende.model.sensing.calendar import moment
from allmende.model.sensing.observation import EARLIEST, LATEST, Flag, Observation
from allmende.model.sensing.specs import CATEGORY, COMPLEX, COUNT, MEASUREMENT, TRUTH

MOST_RESULT = 65_536
"""Bytes of a result, of resultQuality and of parameters, each as JSON."""
MOST_DEPTH = 16
"""Levels of nesting in a result that is JSON."""
AHEAD = 24 * 3_600 * 1_000_000
"""How far in the future (µs) an observation may lie without being marked as suspect."""

Text = dict[str, str]


def problem(given: Observation, kind: str, parts: int = 0) -> Text | None:
    """Why the observation cannot be stored in a datastream of this type, or None.

    `kind` is the observationType; `parts` the number of properties of a MultiDatastream,
    whose results are lists of that length.
    """
    wrong = _time_problem(given)
    if wrong is None and parts:
        wrong = _parts_problem(given.result, parts)
    elif wrong is None:
        wrong = _result_problem(given.result, kind)
    return wrong or _size_problem(given)


def _time_problem(given: Observation) -> Text | None:
    if not EARLIEST <= given.time < LATEST:
        shown = _shown(given.time)
        return {
            "en": f"The time {shown} is not between 1900 and 2100; check the clock of the device.",
            "de": f"Die Zeit {shown} liegt nicht zwischen 1900 und 2100; bitte die Uhr des Geräts "
            "prüfen.",
        }
    if given.end is not None and not given.time <= given.end < LATEST:
        return {
            "en": "The interval of phenomenonTime ends before it begins.",
            "de": "Der Zeitraum von phenomenonTime endet vor seinem Anfang.",
        }
    return None


def _shown(time: int) -> str:
    try:
        return moment(time).isoformat()
    except OverflowError:
        return f"{time} µs"


def _result_problem(result: Any, kind: str) -> Text | None:
    number = type(result) in (int, float)
    if kind == MEASUREMENT and not (number or result is None):
        return _said("a number", "eine Zahl", result)
    if kind == COUNT and not (type(result) is int or (number and result.is_integer())):
        return _said("a whole number", "eine ganze Zahl", result)
    if kind == TRUTH and not isinstance(result, bool):
        return _said("true or false", "true oder false", result)
    if kind == CATEGORY and not isinstance(result, str):
        return _said("a text", "ein Text", result)
    if number and not _finite(result):
        return _said("a finite number", "eine endliche Zahl", result)
    return None


def _finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # JSON knows whole numbers of any length
        return False


def _parts_problem(result: Any, parts: int) -> Text | None:
    if isinstance(result, list) and len(result) == parts:
        return None
    return {
        "en": f"The result of a MultiDatastream with {parts} properties is a list of {parts} "
        "values, in their order.",
        "de": f"Das Ergebnis eines MultiDatastream mit {parts} Eigenschaften ist eine Liste von "
        f"{parts} Werten in deren Reihenfolge.",
    }


def _said(en: str, de: str, result: Any) -> Text:
    shown = "∞" if type(result) is int and not _finite(result) else str(result)[:40]
    return {
        "en": f"The result must be {en}, not “{shown}”.",
        "de": f"Das Ergebnis muss {de} sein, nicht „{shown}“.",
    }


def _size_problem(given: Observation) -> Text | None:
    for what, value in (
        ("result", given.result),
        ("resultQuality", given.quality),
        ("parameters", given.parameters),
    ):
        if value is None or type(value) in (float, int, bool):
            continue
        if _deep(value) > MOST_DEPTH or len(msgspec.json.encode(value)) > MOST_RESULT:
            return {
                "en": f"{what} is larger than {MOST_RESULT} bytes or nested deeper than "
                f"{MOST_DEPTH} levels.",
                "de": f"{what} ist größer als {MOST_RESULT} Bytes oder tiefer als {MOST_DEPTH} "
                "Ebenen verschachtelt.",
            }
    return None


def _deep(value: Any, level: int = 0) -> int:
    if level > MOST_DEPTH or not isinstance(value, list | dict):
        return level
    inside = value.values() if isinstance(value, dict) else value
    return max((_deep(each, level + 1) for each in inside), default=level)


def flagged(given: Observation, now: int) -> None:
    """Marks an observation from the future as suspect, if nothing else is said of it."""
    if given.time > now + AHEAD and given.flag == Flag.UNCHECKED:
        given.flag, given.rule = Flag.SUSPECT, "future"


__all__ = ["AHEAD", "COMPLEX", "MOST_DEPTH", "MOST_RESULT", "flagged", "problem"]
