# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Factors between units that sources use (UCUM codes)."""

from __future__ import annotations

from collections.abc import Callable

from allmende.errors import InvalidInput

# kind of quantity: code and how many of the first one it is
_KINDS: tuple[dict[str, float], ...] = (
    {"m": 1, "mm": 1e-3, "cm": 1e-2, "dm": 0.1, "km": 1e3, "[in_i]": 0.0254, "[ft_i]": 0.3048},
    {"m2": 1, "mm2": 1e-6, "cm2": 1e-4, "ar": 100, "har": 1e4, "km2": 1e6},
    {"m3": 1, "L": 1e-3, "mL": 1e-6, "cm3": 1e-6},
    {"g": 1, "mg": 1e-3, "ug": 1e-6, "kg": 1e3, "t": 1e6},
    {"s": 1, "ms": 1e-3, "min": 60, "h": 3600, "d": 86_400},
    {"Pa": 1, "hPa": 100, "mbar": 100, "kPa": 1e3, "bar": 1e5},
    {"m/s": 1, "km/h": 1 / 3.6},
    {"W": 1, "kW": 1e3, "MW": 1e6},
    {"W.h": 1, "kW.h": 1e3, "MW.h": 1e6},
    {"1": 1, "%": 0.01, "[ppth]": 1e-3, "[ppm]": 1e-6},
)
_HEAT: dict[str, tuple[float, float]] = {"Cel": (1, 0), "K": (1, -273.15), "[degF]": (5 / 9, -32)}


def conversion(source: str, target: str) -> Callable[[float], float]:
    """The function from one unit to the other. InvalidInput when there is no way."""
    if source in _HEAT and target == "Cel":
        factor, shift = _HEAT[source]
        if source == "[degF]":
            return lambda value: round((value + shift) * factor, 9)
        return lambda value: round(value + shift, 9)
    for kind in _KINDS:
        if source in kind and target in kind:
            ratio = kind[source] / kind[target]
            return lambda value: float(f"{value * ratio:.12g}")
    raise InvalidInput(
        f"There is no way from the unit {source} to {target or 'no unit'}.",
        f"Von der Einheit {source} gibt es keinen Weg zu {target or 'keiner Einheit'}.",
        code="import-unit",
    )
