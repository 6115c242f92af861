# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Converting between units of one quantity, named by their UCUM codes (case sensitive)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

Convert = Callable[[float], float]


class Scale(Struct, frozen=True):
    """A unit: its quantity, and base unit = value · factor + offset."""

    quantity: str
    factor: float
    offset: float = 0.0


_BY_QUANTITY: dict[str, dict[str, float]] = {
    "pressure": {
        "Pa": 1, "hPa": 1e2, "kPa": 1e3, "MPa": 1e6, "bar": 1e5, "mbar": 1e2,
        "m[H2O]": 9806.65, "cm[H2O]": 98.0665, "mm[Hg]": 133.322387415, "atm": 101325,
    },
    "length": {"m": 1, "mm": 1e-3, "cm": 1e-2, "dm": 1e-1, "km": 1e3, "um": 1e-6},
    "area": {"m2": 1, "cm2": 1e-4, "mm2": 1e-6, "har": 1e4, "km2": 1e6},
    "volume": {"m3": 1, "L": 1e-3, "l": 1e-3, "mL": 1e-6, "dm3": 1e-3, "cm3": 1e-6},
    "mass": {"kg": 1, "g": 1e-3, "mg": 1e-6, "ug": 1e-9, "t": 1e3},
    "time": {"s": 1, "ms": 1e-3, "min": 60, "h": 3600, "d": 86400, "a": 31557600},
    "speed": {"m/s": 1, "km/h": 1 / 3.6, "cm/s": 1e-2},
    "rain": {"mm/h": 1, "mm/min": 60, "mm/d": 1 / 24, "L/m2/h": 1},
    "density": {"kg/m3": 1, "g/m3": 1e-3, "mg/m3": 1e-6, "ug/m3": 1e-9, "ng/m3": 1e-12},
    "share": {"1": 1, "%": 1e-2, "[ppth]": 1e-3, "[ppm]": 1e-6, "[ppb]": 1e-9,
              "m3/m3": 1},
    "voltage": {"V": 1, "mV": 1e-3, "uV": 1e-6, "kV": 1e3},
    "current": {"A": 1, "mA": 1e-3, "uA": 1e-6},
    "power": {"W": 1, "mW": 1e-3, "kW": 1e3, "MW": 1e6},
    "energy": {"J": 1, "kJ": 1e3, "W.h": 3600, "kW.h": 3.6e6, "MW.h": 3.6e9},
    "conductivity": {"S/m": 1, "mS/cm": 1e-1, "uS/cm": 1e-4, "dS/m": 1e-1, "mS/m": 1e-3},
    "angle": {"deg": 1, "rad": 57.29577951308232},
    "irradiance": {"W/m2": 1, "kW/m2": 1e3},
    "illuminance": {"lx": 1, "klx": 1e3},
    "flow": {"m3/s": 1, "L/s": 1e-3, "m3/h": 1 / 3600, "L/min": 1e-3 / 60, "L/h": 1e-3 / 3600},
    "acidity": {"[pH]": 1},
    "sound": {"dB": 1, "dB[SPL]": 1, "dB[A]": 1},
}  # fmt: skip

SCALES: dict[str, Scale] = {
    code: Scale(quantity, float(factor))
    for quantity, codes in _BY_QUANTITY.items()
    for code, factor in codes.items()
} | {
    "K": Scale("temperature", 1.0),
    "Cel": Scale("temperature", 1.0, 273.15),
    "[degF]": Scale("temperature", 5 / 9, 459.67 * 5 / 9),
}
"""Every unit that can be converted, by its UCUM code."""

_SYMBOLS = {"°C": "Cel", "°F": "[degF]", "µS/cm": "uS/cm", "µg/m³": "ug/m3", "l/m²": "mm",
            "m³": "m3", "°": "deg", "ppm": "[ppm]", "ppb": "[ppb]", "pH": "[pH]", "m³/m³": "m3/m3",
            "W/m²": "W/m2", "m³/s": "m3/s"}  # fmt: skip


def code_of(unit: Mapping[str, Any]) -> str:
    """UCUM code of a unitOfMeasurement: by its definition, else its symbol; "" when unknown."""
    definition = str(unit.get("definition") or "")
    for text in (definition, definition.rpartition("#")[2], definition.rpartition("/")[2]):
        if text in SCALES:
            return text
    symbol = str(unit.get("symbol") or "")
    symbol = _SYMBOLS.get(symbol, symbol)
    return symbol if symbol in SCALES else ""


def conversion(given: str, wanted: str) -> Convert | None:
    """How values in one unit become values in another; None when they cannot.

    A code that is not known converts only to itself. Conversions between units of one factor
    are exact, those by powers of ten multiply or divide once.
    """
    if given == wanted:
        return lambda value: value
    one, other = SCALES.get(given), SCALES.get(wanted)
    if one is None or other is None or one.quantity != other.quantity:
        return None
    if one.offset == other.offset == 0.0:
        return _scaled(one.factor, other.factor)
    return lambda value: (value * one.factor + one.offset - other.offset) / other.factor


def _scaled(one: float, other: float) -> Convert:
    if one >= other:
        factor = one / other
        return lambda value: value * factor
    divisor = other / one
    return lambda value: value / divisor
