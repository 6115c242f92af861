# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Units as people write them, and their UCUM codes."""

from __future__ import annotations

_FORMS: dict[str, str] = {
    "mm": "mm millimeter",
    "cm": "cm zentimeter centimeter centimetre",
    "dm": "dm dezimeter decimetre",
    "m": "m meter metre metres meters lfm lfdm",
    "km": "km kilometer kilometre",
    "cm2": "cm2 cm² qcm",
    "m2": "m2 m² qm quadratmeter sqm m^2",
    "har": "ha hektar hectare",
    "km2": "km2 km² qkm quadratkilometer km^2",
    "m3": "m3 m³ cbm kubikmeter m^3",
    "mL": "ml milliliter",
    "L": "l liter litre",
    "mg": "mg milligramm",
    "g": "g gramm",
    "kg": "kg kilogramm",
    "t": "t tonnen to",
    "ms": "ms millisekunden",
    "s": "s sek sek. sekunden seconds",
    "min": "min min. minuten minutes",
    "h": "h std std. stunden hours",
    "d": "tage days",
    "mo": "monate months",
    "a": "jahre years",
    "Cel": "°c celsius grad-celsius degc ℃ cel",
    "K": "kelvin",
    "deg": "° grad degree degrees deg",
    "%": "% prozent percent v.h. vh %rh",
    "[ppth]": "‰ promille",
    "[ppm]": "ppm",
    "Pa": "pa pascal",
    "hPa": "hpa hektopascal",
    "kPa": "kpa kilopascal",
    "mbar": "mbar millibar",
    "bar": "bar",
    "W": "w watt",
    "kW": "kw kilowatt",
    "kW{peak}": "kwp",
    "MW": "mw megawatt",
    "W.h": "wh",
    "kW.h": "kwh kilowattstunden",
    "MW.h": "mwh",
    "V": "v volt",
    "mV": "mv millivolt",
    "A": "ampere",
    "mA": "ma",
    "Hz": "hz hertz",
    "lx": "lx lux",
    "lm": "lm lumen",
    "dB": "db dezibel",
    "dB[A]": "db(a) dba",
    "m/s": "m/s",
    "km/h": "km/h kmh",
    "L/m2": "l/m² l/m2",
    "ug/m3": "µg/m³ μg/m³ ug/m3 µg/m3",
    "mg/L": "mg/l",
    "uS/cm": "µs/cm us/cm μs/cm",
    "W/m2": "w/m² w/m2",
    "EUR": "€ eur euro euros",  # ISO 4217; UCUM has no money
}
WRITTEN = {form.replace("-", " "): code for code, forms in _FORMS.items() for form in forms.split()}


def ucum(written: str) -> str:
    """The UCUM code of a unit as written ("°C", "qm"); "" when it is not known."""
    form = " ".join(written.casefold().split())
    return WRITTEN.get(form, "")


def is_unit(written: str, code: str) -> bool:
    """Whether what is written means the unit with this UCUM code."""
    return bool(code) and code in (written, ucum(written))
