# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""From what a codec gives to results: found, read as numbers, converted, calibrated, judged."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from allmende.model.sensing.calibration import Calibration, calibration_at
from allmende.model.sensing.device_description import Description, Field
from allmende.model.sensing.device_formula import Formula, formula
from allmende.model.sensing.observation import Flag, Result

_STEP = re.compile(r"\[(\w[\w-]*)=([^\]]*)\]|\[(\d{1,4})\]|([^.\[\]]+)")
_NUMBER = re.compile(r"\s*([-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d{1,3})?)\s*(\D{0,12})")
_TRUTHS = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False}
LONGEST_TEXT = 1_000
MOST_LOOKED = 2_000  # members of lists that are searched


class Reading(Struct, kw_only=True):
    """One result of one field; `raw` is the value as it was given when that differs."""

    field: str
    result: Result
    flag: int = Flag.UNCHECKED
    rule: str = ""
    raw: float | None = None
    calibration: str = ""


class Problem(Struct, frozen=True):
    """Why a field has no result."""

    field: str
    text: dict[str, str]


class Mapped(Struct):
    """All results of one decoded object, what could not be used, and the battery."""

    results: list[Reading]
    problems: list[Problem]
    battery: float | None = None
    absent: list[str] = []


def mapped(
    description: Description,
    data: Any,
    time: int,
    calibrations: Mapping[str, tuple[Calibration, ...]] | None = None,
) -> Mapped:
    """The results of a decoded object that was measured at a time (µs UTC).

    `calibrations` are those of the single device by field; they stand before the kind's own.
    """
    found = Mapped([], [])
    for name, field in description.fields.items():
        value = at_path(data, field.path or name)
        if value is None or _means_nothing(value, field):
            found.absent.append(name)
            continue
        own = (calibrations or {}).get(name, field.calibration)
        try:
            found.results.append(_result(name, field, value, time, own))
        except ValueError as error:
            found.problems.append(Problem(name, _unusable(name, value, str(error))))
    if description.battery is not None:
        found.battery = _battery(at_path(data, description.battery.path))
    return found


def at_path(data: Any, path: str) -> Any:
    """The value at `a.b`, `list[0]` or `messages[measurementId=4097].value`; None of none.

    `[key=value]` finds the first object with this member in a list or in lists inside it.
    """
    here = data
    for key, wanted, index, name in _STEP.findall(path):
        if key:
            here = _search(here, key, wanted, [MOST_LOOKED])
        elif index:
            inside = isinstance(here, list) and int(index) < len(here)
            here = here[int(index)] if inside else None
        else:
            here = here.get(name) if isinstance(here, dict) else None
        if here is None:
            return None
    return here


def number_of(value: Any, unit: str = "") -> float:
    """A number, also from a text such as "24.59", "24,59" or "24.59 °C". ValueError otherwise."""
    if isinstance(value, bool):
        raise ValueError("truth")  # noqa: TRY004 - one kind of error for all
    if isinstance(value, int | float):
        found = float(value)
    else:
        match = _NUMBER.fullmatch(value) if isinstance(value, str) else None
        if match is None or not _is_unit(match[2].strip(), unit):
            raise ValueError("no number")
        found = float(match[1].replace(",", "."))
    if not math.isfinite(found):
        raise ValueError("not finite")
    return found


def _is_unit(text: str, unit: str) -> bool:
    from allmende.model.sensing.device_properties import UNITS

    return text in ("", unit, UNITS.get(unit, ("", unit))[1])


def _search(here: Any, key: str, wanted: str, left: list[int]) -> Any:
    if isinstance(here, dict):
        return here if _written(here.get(key)) == wanted else None
    if isinstance(here, list):
        for each in here:
            left[0] -= 1
            found = _search(each, key, wanted, left) if left[0] > 0 else None
            if found is not None:
                return found
    return None


def _written(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _means_nothing(value: Any, field: Field) -> bool:
    for each in field.missing:
        if value == each:
            return True
        if not isinstance(each, str):
            try:
                if number_of(value, field.unit_code) == each:
                    return True
            except ValueError:
                continue
    return False


def _result(
    name: str, field: Field, value: Any, time: int, calibrations: tuple[Calibration, ...]
) -> Reading:
    if field.type == "text":
        if not isinstance(value, str | int | float | bool):
            raise ValueError("no text")
        return Reading(field=name, result=_written(value)[:LONGEST_TEXT])
    if field.type == "truth":
        truth = value if isinstance(value, bool) else _TRUTHS.get(_written(value).lower())
        if truth is None:
            raise ValueError("neither true nor false")
        return Reading(field=name, result=truth)
    shown = number_of(value, field.unit_code)
    found = _formula(field.convert)(shown) if field.convert else shown
    made = Reading(field=name, result=found)
    calibration = calibration_at(calibrations, time)
    if calibration is not None:
        made.raw, made.calibration = found, calibration.name
        made.result = found = calibration.value(found)
    made.flag, made.rule = _judged(field, found)
    if field.type == "count":
        if not found.is_integer():
            raise ValueError("no whole number")
        made.result = int(found)
    return made


def _judged(field: Field, value: float) -> tuple[int, str]:
    if field.valid is not None and not field.valid[0] <= value <= field.valid[1]:
        return Flag.BAD, "valid-range"
    if field.plausible is not None:
        if not field.plausible[0] <= value <= field.plausible[1]:
            return Flag.SUSPECT, "plausible-range"
        return Flag.GOOD, ""
    return Flag.UNCHECKED, ""


@lru_cache(1_000)
def _formula(text: str) -> Formula:
    return formula(text)


def _battery(value: Any) -> float | None:
    try:
        return number_of(value)
    except ValueError:
        return None


_WHY = {
    "truth": ("is true or false, not a number", "ist wahr oder falsch, keine Zahl"),
    "no number": ("is no number", "ist keine Zahl"),
    "not finite": ("is not finite", "ist nicht endlich"),
    "no text": ("is no text", "ist kein Text"),
    "neither true nor false": ("is neither true nor false", "ist weder wahr noch falsch"),
    "no whole number": ("is no whole number", "ist keine ganze Zahl"),
}


def _unusable(name: str, value: Any, why: str) -> dict[str, str]:
    shown = str(value)[:60]
    en, de = _WHY.get(why, (f"cannot be used: {why}", f"ist nicht verwendbar: {why}"))
    return {"en": f"{name}: “{shown}” {en}.", "de": f"{name}: „{shown}“ {de}."}
