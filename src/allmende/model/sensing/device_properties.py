# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observed properties that descriptions name by a short word, and units by their UCUM code.

The IRIs are names of the climate and forecast convention (CF standard names, served by NERC)
and quantity kinds of QUDT where one says what is meant; else names of this program.
"""

from __future__ import annotations

import re

from msgspec import Struct

from allmende.model.sensing.specs import PropertySpec, Unit

CF = "http://vocab.nerc.ac.uk/standard_name/"
QUDT = "http://qudt.org/vocab/quantitykind/"
OWN = "urn:allmende:property:"
UCUM = "https://ucum.org/#"  # prefix of the definition of a unit
_UCUM = re.compile(r"[A-Za-z0-9\[\]{}'%./*()+\-^_]{1,40}")


class Known(Struct, frozen=True):
    """An observed property: IRI, names, and the unit it mostly has."""

    iri: str
    en: str
    de: str
    unit: str


PROPERTIES: dict[str, Known] = {
    "air-temperature": Known(CF + "air_temperature", "Air temperature", "Lufttemperatur", "Cel"),
    "air-humidity": Known(
        CF + "relative_humidity", "Relative humidity of the air", "Relative Luftfeuchte", "%"
    ),
    "air-pressure": Known(CF + "air_pressure", "Air pressure", "Luftdruck", "hPa"),
    "wind-speed": Known(CF + "wind_speed", "Wind speed", "Windgeschwindigkeit", "m/s"),
    "wind-gust": Known(CF + "wind_speed_of_gust", "Wind gust", "Windböe", "m/s"),
    "wind-direction": Known(CF + "wind_from_direction", "Wind direction", "Windrichtung", "deg"),
    "rain-rate": Known(CF + "rainfall_rate", "Rain rate", "Regenrate", "mm/h"),
    "rain-total": Known(
        OWN + "rain-total", "Rain since the counter began", "Regen seit Zählerbeginn", "mm"
    ),
    "illuminance": Known(QUDT + "Illuminance", "Illuminance", "Beleuchtungsstärke", "lx"),
    "uv-index": Known(CF + "ultraviolet_index", "UV index", "UV-Index", "1"),
    "soil-moisture": Known(
        CF + "volume_fraction_of_condensed_water_in_soil",
        "Water in the soil by volume",
        "Bodenfeuchte (Volumenanteil)",
        "%",
    ),
    "soil-temperature": Known(
        CF + "soil_temperature", "Soil temperature", "Bodentemperatur", "Cel"
    ),
    "soil-water-potential": Known(
        OWN + "soil-water-potential", "Water potential of the soil", "Wasserpotenzial", "kPa"
    ),
    "soil-water-tension": Known(
        OWN + "soil-water-tension", "Water tension of the soil", "Saugspannung", "kPa"
    ),
    "soil-conductivity": Known(
        OWN + "soil-conductivity",
        "Electrical conductivity of the soil",
        "Leitfähigkeit des Bodens",
        "uS/cm",
    ),
    "soil-acidity": Known(
        OWN + "soil-acidity", "Acidity of the soil", "pH-Wert des Bodens", "[pH]"
    ),
    "water-acidity": Known(
        OWN + "water-acidity", "Acidity of the water", "pH-Wert des Wassers", "[pH]"
    ),
    "water-temperature": Known(
        OWN + "water-temperature", "Water temperature", "Wassertemperatur", "Cel"
    ),
    "sound-level": Known(QUDT + "SoundPressureLevel", "Sound level", "Schallpegel", "dB"),
    "distance": Known(QUDT + "Distance", "Distance", "Abstand", "mm"),
    "position": Known(OWN + "position", "Position of the device", "Lage des Geräts", "1"),
    "voltage": Known(QUDT + "Voltage", "Voltage", "Spannung", "V"),
    "raw-value": Known(OWN + "raw-value", "Raw value", "Rohwert", "1"),
    "device-temperature": Known(
        OWN + "device-temperature", "Temperature of the device", "Gerätetemperatur", "Cel"
    ),
    "carbon-dioxide": Known(
        CF + "mole_fraction_of_carbon_dioxide_in_air", "Carbon dioxide", "Kohlendioxid", "[ppm]"
    ),
}

UNITS: dict[str, tuple[str, str]] = {  # UCUM code: name, symbol
    "1": ("one", "1"),
    "%": ("percent", "%"),
    "Cel": ("degree Celsius", "°C"),
    "Pa": ("pascal", "Pa"),
    "hPa": ("hectopascal", "hPa"),
    "kPa": ("kilopascal", "kPa"),
    "m/s": ("metre per second", "m/s"),
    "deg": ("degree", "°"),
    "mm/h": ("millimetre per hour", "mm/h"),
    "mm": ("millimetre", "mm"),
    "cm": ("centimetre", "cm"),
    "m": ("metre", "m"),
    "lx": ("lux", "lx"),
    "uS/cm": ("microsiemens per centimetre", "µS/cm"),
    "[pH]": ("pH", "pH"),
    "dB": ("decibel", "dB"),
    "V": ("volt", "V"),
    "mV": ("millivolt", "mV"),
    "[ppm]": ("parts per million", "ppm"),
    "ug/m3": ("microgram per cubic metre", "µg/m³"),
}


def unit_of(code: str) -> Unit:
    """The unit of a UCUM code, with the code itself as its symbol when it is not in our list.

    ValueError when it is no UCUM code (case sensitive form).
    """
    if not _UCUM.fullmatch(code):
        raise ValueError(code)
    name, symbol = UNITS.get(code, (code, code))
    return Unit(name=name, symbol=symbol, definition=UCUM + code)


def spec_of(known: Known, language: str = "de") -> PropertySpec:
    """The observed property for a thing that is registered, named in a language."""
    return PropertySpec(
        definition=known.iri,
        name=known.de if language == "de" else known.en,
        description=f"{known.de} / {known.en}",
    )
