# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Elements of the German weather service: what they are, their unit, and how long they last."""

from __future__ import annotations

from msgspec import Struct

from allmende.core.sensing.importing_words import stream
from allmende.model.sensing.specs import SensorSpec, StreamSpec


class Element(Struct, frozen=True):
    """An element: property, UCUM code as stored, seconds over which it was summed or averaged.

    The value stored is (value + `plus`) * `times`.
    """

    word: str
    code: str
    seconds: int = 0
    plus: float = 0.0
    times: float = 1.0
    de: str = ""
    en: str = ""

    def value(self, given: float) -> float:
        """The value in the unit that is stored, without the noise of converting."""
        if not self.plus and self.times == 1.0:
            return given
        return round((given + self.plus) * self.times, 6)


KELVIN = -273.15

FORECAST: dict[str, Element] = {
    "TTT": Element(
        "air-temperature", "Cel", plus=KELVIN, de="Lufttemperatur", en="Air temperature"
    ),
    "T5cm": Element("ground-temperature", "Cel", plus=KELVIN),
    "Td": Element("dew-point", "Cel", plus=KELVIN),
    "TX": Element(
        "air-temperature",
        "Cel",
        43_200,
        KELVIN,
        de="Höchste Temperatur, 12 Stunden",
        en="Maximum temperature, 12 hours",
    ),
    "TN": Element(
        "air-temperature",
        "Cel",
        43_200,
        KELVIN,
        de="Tiefste Temperatur, 12 Stunden",
        en="Minimum temperature, 12 hours",
    ),
    "PPPP": Element("sea-level-pressure", "hPa", times=0.01),
    "FF": Element("wind-speed", "m/s"),
    "DD": Element("wind-direction", "deg"),
    "FX1": Element(
        "wind-gust", "m/s", 3_600, de="Stärkste Böe, 1 Stunde", en="Strongest gust, 1 hour"
    ),
    "FX3": Element(
        "wind-gust", "m/s", 10_800, de="Stärkste Böe, 3 Stunden", en="Strongest gust, 3 hours"
    ),
    "N": Element("cloud-cover", "%"),
    "Neff": Element("cloud-cover", "%", de="Wirksame Bewölkung", en="Effective cloud cover"),
    "VV": Element("visibility", "m"),
    "ww": Element("weather", "1"),
    "R101": Element(
        "precipitation-chance",
        "%",
        3_600,
        de="Regenwahrscheinlichkeit über 0,1 mm",
        en="Probability of more than 0.1 mm",
    ),
    "RR1c": Element(
        "precipitation", "mm", 3_600, de="Niederschlag, 1 Stunde", en="Precipitation, 1 hour"
    ),
    "RR3c": Element(
        "precipitation", "mm", 10_800, de="Niederschlag, 3 Stunden", en="Precipitation, 3 hours"
    ),
    "Rad1h": Element("global-radiation", "kJ/m2", 3_600),
    "SunD1": Element("sunshine", "s", 3_600),
}
"""Elements of MOSMIX that are stored unless others are asked for."""

TEN = 600

STATION: dict[str, Element] = {
    "PP_10": Element("air-pressure", "hPa"),
    "TT_10": Element("air-temperature", "Cel"),
    "TM5_10": Element("ground-temperature", "Cel"),
    "RF_10": Element("air-humidity", "%"),
    "TD_10": Element("dew-point", "Cel"),
    "FF_10": Element("wind-speed", "m/s", TEN),
    "DD_10": Element("wind-direction", "deg", TEN),
    "FX_10": Element("wind-gust", "m/s", TEN),
    "FNX_10": Element(
        "wind-speed", "m/s", TEN, de="Kleinster Wind, 10 Minuten", en="Least wind, 10 minutes"
    ),
    "FMX_10": Element(
        "wind-speed", "m/s", TEN, de="Stärkster mittlerer Wind", en="Strongest mean wind"
    ),
    "DX_10": Element(
        "wind-direction", "deg", TEN, de="Richtung der Böe", en="Direction of the gust"
    ),
    "RWS_DAU_10": Element("precipitation-duration", "min", TEN),
    "RWS_10": Element("precipitation", "mm", TEN),
    "RWS_IND_10": Element(
        "precipitation-kind",
        "1",
        TEN,
        de="Art des Niederschlags (Schlüssel)",
        en="Kind of precipitation (code)",
    ),
    "DS_10": Element("diffuse-radiation", "J/cm2", TEN),
    "GS_10": Element("global-radiation", "kJ/m2", TEN, times=10.0),
    "SD_10": Element("sunshine", "s", TEN, times=3_600.0),
    "LS_10": Element("longwave-radiation", "J/cm2", TEN),
}
"""Columns of the ten-minute values of stations."""


def stream_of(
    name: str, element: Element, sensor: SensorSpec, language: str, interval: float
) -> StreamSpec:
    """The stream of an element."""
    label = element.de if language == "de" else element.en
    return stream(
        name,
        element.word,
        sensor,
        language,
        name=label,
        code=element.code,
        interval=interval,
        properties={"dwd": name},
    )
