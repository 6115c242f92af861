# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What citizens measure with, and what their programs call it.

A kind is a list of quantities with the range in which a result can be true (`valid`) and the
one in which it is likely (`plausible`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from allmende.model.sensing.device_description import TYPES, Description
from allmende.model.sensing.device_properties import CF, OWN, PROPERTIES, Known
from allmende.model.sensing.specs import MEASUREMENT

PROGRAM, COMMUNITY = "program", "sensor-community"
MOST_QUANTITIES = 100
Text = dict[str, str]
Range = tuple[float, float]


class Quantity(Struct, frozen=True, kw_only=True):
    """One series of results."""

    key: str
    known: Known
    unit: str  # UCUM
    name: Text
    type: str = MEASUREMENT
    valid: Range | None = None
    plausible: Range | None = None


class CitizenKind(Struct, frozen=True, kw_only=True):
    """What a sensor of a citizen is; a radio device comes through the city's network."""

    id: str
    title: Text
    about: Text
    quantities: tuple[Quantity, ...]
    radio: bool = False
    interval: float | None = None

    def quantity(self, key: str) -> Quantity | None:
        """The quantity with a key."""
        return next((each for each in self.quantities if each.key == key), None)


def _dust(size: str, shown: str) -> Known:
    iri = f"{CF}mass_concentration_of_{size}_ambient_aerosol_particles_in_air"
    comma = shown.replace(".", ",")
    return Known(iri, f"Particulates {shown}", f"Feinstaub {comma}", "ug/m3")


def _q(key: str, known: Known, valid: Range, plausible: Range) -> Quantity:
    name = {"de": known.de, "en": known.en}
    return Quantity(
        key=key, known=known, unit=known.unit, name=name, valid=valid, plausible=plausible
    )


_P = PROPERTIES
QUANTITIES = (
    _q("temperature", _P["air-temperature"], (-80, 80), (-35, 50)),
    _q("humidity", _P["air-humidity"], (0, 105), (3, 101)),
    _q("pressure", _P["air-pressure"], (500, 1200), (800, 1090)),
    _q("pm1", _dust("pm1", "PM1"), (0, 5000), (0, 500)),
    _q("pm10", _dust("pm10", "PM10"), (0, 5000), (0, 1000)),
    _q("pm2_5", _dust("pm2p5", "PM2.5"), (0, 5000), (0, 500)),
    _q("noise", _P["sound-level"], (0, 194), (20, 120)),
    _q("carbon_dioxide", _P["carbon-dioxide"], (0, 100_000), (350, 10_000)),
    _q("illuminance", _P["illuminance"], (0, 250_000), (0, 150_000)),
    _q("uv_index", _P["uv-index"], (0, 50), (0, 16)),
    _q("wind_speed", _P["wind-speed"], (0, 120), (0, 45)),
    _q("wind_direction", _P["wind-direction"], (0, 360), (0, 360)),
    _q("rain_rate", _P["rain-rate"], (0, 1000), (0, 200)),
    _q("soil_moisture", _P["soil-moisture"], (0, 100), (1, 70)),
    _q("soil_temperature", _P["soil-temperature"], (-60, 80), (-25, 45)),
    _q("water_temperature", _P["water-temperature"], (-10, 100), (-2, 40)),
    _q("water_level", Known(OWN + "water-level", "Water level", "Wasserstand", "cm"),
       (-10_000, 100_000), (-500, 2_000)),
)  # fmt: skip
_BY_KEY = {each.key: each for each in QUANTITIES}

OWN_PROGRAM = CitizenKind(
    id=PROGRAM,
    title={"de": "Eigenes Programm (HTTP)", "en": "Own program (HTTP)"},
    about={
        "de": "Ihr Programm sendet die Messwerte selbst, zum Beispiel von einem Raspberry Pi, "
        "einem ESP32 oder aus der Hausautomation.",
        "en": "Your program sends the results itself, for example from a Raspberry Pi, an ESP32 "
        "or home automation.",
    },
    quantities=QUANTITIES,
)
SENSOR_COMMUNITY = CitizenKind(
    id=COMMUNITY,
    title={"de": "Bausatz von sensor.community", "en": "Kit of sensor.community"},
    about={
        "de": "Feinstaub- oder Wettersensor mit der Firmware airrohr; sie kann ihre Werte an "
        "eine „eigene API“ senden.",
        "en": "Sensor of particulates or weather with the firmware airrohr, which can send to "
        "an “own API”.",
    },
    quantities=tuple(
        _BY_KEY[key]
        for key in ("pm10", "pm2_5", "pm1", "temperature", "humidity", "pressure", "noise")
    ),
    interval=145.0,
)


def of_description(described: Description) -> CitizenKind:
    """The kind that a description of a radio device says."""
    title = described.title
    german = title.get("de") or title.get("en") or described.id
    about = described.about or title
    quantities = tuple(
        Quantity(
            key=name,
            known=field.known,
            unit=field.unit_code,
            name={
                "de": field.name.get("de") or field.known.de,
                "en": field.name.get("en") or field.known.en,
            },
            type=TYPES[field.type],
            valid=field.valid,
            plausible=field.plausible,
        )
        for name, field in described.fields.items()
        if "position" not in (field.observed, name)
    )
    return CitizenKind(
        id=described.id,
        title={"de": german, "en": title.get("en") or german},
        about={"de": about.get("de", german), "en": about.get("en") or about.get("de", german)},
        quantities=quantities,
        radio=True,
        interval=described.seconds,
    )


_CHIP = re.compile(r"[A-Z][A-Z0-9]{1,12}_(.+)")
_WORDS: dict[str, tuple[str, float]] = {  # value_type without the chip: quantity, factor
    "P0": ("pm1", 1),
    "P1": ("pm10", 1),
    "P2": ("pm2_5", 1),
    "temperature": ("temperature", 1),
    "humidity": ("humidity", 1),
    "pressure": ("pressure", 0.01),  # Pa
    "noise_LAeq": ("noise", 1),
    "LAeq": ("noise", 1),
    "co2_ppm": ("carbon_dioxide", 1),
}


def community_values(given: Any) -> tuple[dict[str, Any], list[str]]:
    """Values by quantity from `sensordatavalues`, and the names that say nothing to us.

    Chips are named before the quantity (SDS_P1, BME280_pressure). Of a position nothing is
    read. ValueError when it is no list of {"value_type", "value"}.
    """
    if not isinstance(given, list) or len(given) > MOST_QUANTITIES:
        raise ValueError("sensordatavalues")
    found: dict[str, Any] = {}
    unknown: list[str] = []
    for each in given:
        name = each.get("value_type") if isinstance(each, dict) else None
        if not isinstance(name, str):
            raise ValueError("value_type")  # noqa: TRY004
        chip = _CHIP.fullmatch(name)
        word = _WORDS.get(name) or (_WORDS.get(chip[1]) if chip else None)
        if word is None:
            unknown.append(name[:60])
        elif word[0] not in found:
            found[word[0]] = _scaled(each.get("value"), word[1])
    return found, unknown


def _scaled(value: Any, factor: float) -> Any:
    """The value as a number, if it is one; else as it is, for others to refuse."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return round(value * factor, 6) if number and factor != 1 else value


def judged(value: Any, ranges: Mapping[str, Any]) -> tuple[int, str]:
    """Flag and rule of a result by the ranges `valid` and `plausible` of its stream."""
    from allmende.model.sensing.observation import Flag

    if isinstance(value, bool) or not isinstance(value, int | float):
        return Flag.UNCHECKED, ""
    for name, flag in (("valid", Flag.BAD), ("plausible", Flag.SUSPECT)):
        span = ranges.get(name)
        if span is not None and not span[0] <= value <= span[1]:
            return flag, f"{name}-range"
    return (Flag.GOOD, "") if ranges.get("plausible") else (Flag.UNCHECKED, "")
