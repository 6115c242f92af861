# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observed properties of sources that are no radio devices, and streams made of them.

The IRIs are CF standard names where one says what is meant, else names of this program.
"""

from __future__ import annotations

import re
from typing import Any

from allmende.model.sensing.device_properties import (
    CF,
    OWN,
    PROPERTIES,
    Known,
    spec_of,
    unit_of,
)
from allmende.model.sensing.specs import (
    CATEGORY,
    COUNT,
    MEASUREMENT,
    Place,
    PropertySpec,
    SensorSpec,
    StreamSpec,
    Unit,
)
from allmende.model.units import ucum
from allmende.store.slugs import slug

_AIR = CF + "mass_concentration_of_"
_DUST = "_ambient_aerosol_particles_in_air"

MORE: dict[str, Known] = {
    "pm10": Known(_AIR + "pm10" + _DUST, "Particulates PM10", "Feinstaub PM10", "ug/m3"),
    "pm2.5": Known(_AIR + "pm2p5" + _DUST, "Particulates PM2.5", "Feinstaub PM2,5", "ug/m3"),
    "pm1": Known(_AIR + "pm1" + _DUST, "Particulates PM1", "Feinstaub PM1", "ug/m3"),
    "nitrogen-dioxide": Known(
        _AIR + "nitrogen_dioxide_in_air", "Nitrogen dioxide", "Stickstoffdioxid", "ug/m3"
    ),
    "nitrogen-monoxide": Known(
        _AIR + "nitrogen_monoxide_in_air", "Nitrogen monoxide", "Stickstoffmonoxid", "ug/m3"
    ),
    "ozone": Known(_AIR + "ozone_in_air", "Ozone", "Ozon", "ug/m3"),
    "carbon-monoxide": Known(
        _AIR + "carbon_monoxide_in_air", "Carbon monoxide", "Kohlenmonoxid", "ug/m3"
    ),
    "hydrogen-sulfide": Known(
        _AIR + "hydrogen_sulfide_in_air", "Hydrogen sulfide", "Schwefelwasserstoff", "ug/m3"
    ),
    "air-quality-index": Known(
        OWN + "air-quality-index", "Air quality index", "Luftqualitätsindex", "1"
    ),
    "air-quality-criterion": Known(
        OWN + "air-quality-criterion",
        "What the air quality index follows from",
        "Maßgebliche Größe des Luftqualitätsindex",
        "",
    ),
    "dew-point": Known(CF + "dew_point_temperature", "Dew point", "Taupunkt", "Cel"),
    "ground-temperature": Known(
        OWN + "air-temperature-5cm",
        "Air temperature 5 cm above ground",
        "Lufttemperatur 5 cm über dem Boden",
        "Cel",
    ),
    "sea-level-pressure": Known(
        CF + "air_pressure_at_mean_sea_level",
        "Air pressure at sea level",
        "Luftdruck auf Meereshöhe",
        "hPa",
    ),
    "cloud-cover": Known(CF + "cloud_area_fraction", "Cloud cover", "Bewölkung", "%"),
    "visibility": Known(CF + "visibility_in_air", "Visibility", "Sichtweite", "m"),
    "global-radiation": Known(
        CF + "integral_wrt_time_of_surface_downwelling_shortwave_flux_in_air",
        "Global radiation, sum",
        "Globalstrahlung, Summe",
        "kJ/m2",
    ),
    "diffuse-radiation": Known(
        OWN + "diffuse-radiation", "Diffuse sky radiation, sum", "Diffuse Strahlung, Summe", "J/cm2"
    ),
    "longwave-radiation": Known(
        OWN + "longwave-radiation", "Long-wave radiation, sum", "Langwellige Strahlung, Summe",
        "J/cm2",
    ),
    "sunshine": Known(CF + "duration_of_sunshine", "Sunshine", "Sonnenscheindauer", "s"),
    "precipitation": Known(
        CF + "lwe_thickness_of_precipitation_amount", "Precipitation", "Niederschlag", "mm"
    ),
    "precipitation-duration": Known(
        OWN + "precipitation-duration", "Duration of precipitation", "Niederschlagsdauer", "min"
    ),
    "precipitation-chance": Known(
        OWN + "precipitation-chance",
        "Probability of precipitation",
        "Niederschlagswahrscheinlichkeit",
        "%",
    ),
    "weather": Known(OWN + "weather", "Significant weather (code)", "Wetter (Schlüssel ww)", "1"),
    "bicycle-count": Known(OWN + "bicycle-count", "Bicycles counted", "Gezählte Fahrräder", "1"),
    "pedestrian-count": Known(
        OWN + "pedestrian-count", "Pedestrians counted", "Gezählte Menschen zu Fuß", "1"
    ),
    "vehicle-count": Known(OWN + "vehicle-count", "Vehicles counted", "Gezählte Fahrzeuge", "1"),
    "count": Known(OWN + "count", "Counted", "Gezählt", "1"),
    "vehicle-speed": Known(
        OWN + "vehicle-speed", "Mean speed", "Mittlere Geschwindigkeit", "km/h"
    ),
    "passages": Known(OWN + "passages", "Passages of a zone", "Durchfahrten einer Zone", "1"),
    "dwell-time": Known(OWN + "dwell-time", "Mean time in a zone", "Mittlere Verweildauer", "s"),
    "parking-free": Known(OWN + "parking-free", "Free parking spaces", "Freie Stellplätze", "1"),
    "parking-occupied": Known(
        OWN + "parking-occupied", "Occupied parking spaces", "Belegte Stellplätze", "1"
    ),
    "parking-capacity": Known(
        OWN + "parking-capacity", "Parking spaces in all", "Stellplätze insgesamt", "1"
    ),
    "parking-state": Known(
        OWN + "parking-state", "State of a car park", "Zustand einer Parkanlage", ""
    ),
    "signal-state": Known(
        OWN + "signal-state", "State of a signal group", "Zustand einer Signalgruppe", ""
    ),
}  # fmt: skip

KNOWN = PROPERTIES | MORE

_MORE_UNITS = {  # UCUM code: name, symbol
    "kJ/m2": ("kilojoule per square metre", "kJ/m²"),
    "J/cm2": ("joule per square centimetre", "J/cm²"),
    "km/h": ("kilometre per hour", "km/h"),
    "min": ("minute", "min"),
    "s": ("second", "s"),
}


def key_of(text: str) -> str:
    """The text as a key: lower-case ASCII letters, digits and hyphens; empty for none."""
    return slug(text)


def property_of(word: str, language: str, name: str = "") -> PropertySpec:
    """The observed property of a word of the table, of an IRI, or of any other text."""
    known = KNOWN.get(word)
    if known is not None:
        return spec_of(known, language)
    if "://" in word or word.startswith("urn:"):
        return PropertySpec(definition=word, name=name or word.rstrip("/#").rpartition("/")[2])
    key = slug(word) or "value"
    return PropertySpec(definition=OWN + key, name=name or word)


def unit(code: str) -> Unit:
    """The unit of a UCUM code; none for an empty one. ValueError when it is no code."""
    if not code:
        return Unit()
    found = unit_of(code)
    better = _MORE_UNITS.get(code)
    return Unit(name=better[0], symbol=better[1], definition=found.definition) if better else found


def stream(
    key: str,
    word: str,
    sensor: SensorSpec,
    language: str,
    *,
    name: str = "",
    code: str | None = None,
    **more: Any,
) -> StreamSpec:
    """A stream of a property, with its usual unit when no code is given."""
    observed = property_of(word, language)
    known = KNOWN.get(word)
    if code is None:
        code = known.unit if known else ""
    more.setdefault("type", CATEGORY if known is not None and not known.unit else MEASUREMENT)
    label = name or observed.name
    return StreamSpec(
        key=key,
        name=label,
        description=more.pop("description", "") or label,
        property=observed,
        sensor=sensor,
        unit=unit(code if more["type"] in (MEASUREMENT, COUNT) else ""),
        **more,
    )


def point(longitude: Any, latitude: Any, name: str = "") -> Place | None:
    """A place at these degrees (CRS84); None when they are no position on earth."""
    try:
        east, north = float(longitude), float(latitude)
    except (TypeError, ValueError):
        return None
    if not (-180 <= east <= 180 and -90 <= north <= 90) or (east, north) == (0, 0):
        return None
    return Place(geometry={"type": "Point", "coordinates": [east, north]}, name=name)


_HEADING = re.compile(
    r"(?P<name>.*?)[\s_]*(?:\[(?P<a>[^\]]{1,24})\]|\((?P<b>[^)]{1,24})\)| in (?P<c>\S{1,12}))\Z"
)


def named_unit(heading: str) -> tuple[str, str]:
    """Name and UCUM code of a heading such as "Temperatur [°C]"; the code is empty if none."""
    match = _HEADING.match(heading.strip())
    if match is not None:
        code = ucum(match["a"] or match["b"] or match["c"])
        if code:
            return match["name"].strip(" ,:"), code
    return heading.strip(), ""


_NAMES = {name.casefold(): word for word, each in KNOWN.items() for name in (each.de, each.en)}


def word_of(name: str) -> str:
    """The word of the table that a heading means, else the heading itself."""
    return _NAMES.get(name.casefold(), name)
