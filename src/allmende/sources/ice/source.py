# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Air stations of the maker ICE: a list of stations, each with its place and latest values.

A value has min, max and avg of its interval, and a validity: 0 is valid. The maker does
not say what other numbers mean; such values are kept and marked as suspect.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from allmende.core.sensing.importing_json import listed, members, number, text
from allmende.core.sensing.importing_kinds import bounded
from allmende.core.sensing.importing_times import Clock, NoTime
from allmende.core.sensing.importing_types import Item, Material, Problem, Row, problem, short
from allmende.core.sensing.importing_words import key_of, point, stream
from allmende.model.sensing.observation import Flag
from allmende.model.sensing.specs import SensorSpec, StreamSpec, ThingSpec

KIND = "ice"
SENSOR = SensorSpec(key="ice/station", name="ICE", description="Air quality station ICE")
WORDS = {  # name of the maker: property, UCUM code
    "temperature": ("air-temperature", "Cel"),
    "humidity": ("air-humidity", "%"),
    "pressure": ("air-pressure", "hPa"),
    "1.0p": ("pm1", "ug/m3"),
    "2.5p": ("pm2.5", "ug/m3"),
    "10p": ("pm10", "ug/m3"),
    "no-ugm3": ("nitrogen-monoxide", "ug/m3"),
    "no2-ugm3": ("nitrogen-dioxide", "ug/m3"),
    "o3-ugm3": ("ozone", "ug/m3"),
    "co-ugm3": ("carbon-monoxide", "ug/m3"),
    "h2s-ugm3": ("hydrogen-sulfide", "ug/m3"),
    "aqi": ("air-quality-index", "1"),
    "aqi-criteria": ("air-quality-criterion", None),
}
WRITTEN = frozenset({"aqi-criteria"})
"""Quantities of which the text counts, not the number."""


def read(material: Material) -> Iterator[Item]:
    """Stations and their latest values. InvalidInput when it is no list."""
    return bounded(_items(material), material.now)


def _items(material: Material) -> Iterator[Item]:
    clock = Clock("UTC", "unix")
    for line, station in enumerate(listed(KIND, material), 1):
        given = members(station)
        ident = text(given.get("ice_id"))
        if not ident:
            yield problem(line, "The station has no ice_id.", "Die Station hat keine ice_id.")
            continue
        yield from _station(line, ident, given, clock, material.language)


def _station(
    line: int, ident: str, given: dict[str, Any], clock: Clock, language: str
) -> Iterator[Item]:
    coords = members(given.get("coords"))
    data = members(given.get("data"))
    key = f"{KIND}:{ident}"
    yield ThingSpec(
        key=key,
        name=f"{'Luftmessstation' if language == 'de' else 'Air station'} {ident}",
        description="Keine amtliche Messstation" if language == "de" else "No official station",
        organisation="",
        place=point(coords.get("longitude"), coords.get("latitude"), ident),
        streams=tuple(_stream(name, language) for name in data if key_of(name)),
        properties={"ice_id": ident},
    )
    for name, value in data.items():
        if key_of(name):
            yield _row(line, key, name, members(value), clock)


def _stream(name: str, language: str) -> StreamSpec:
    word, code = WORDS.get(name, (name, ""))
    return stream(key_of(name), word, SENSOR, language, code=code)


def _row(line: int, key: str, name: str, value: dict[str, Any], clock: Clock) -> Item:
    result: float | str | None = number(value.get("avg"))
    if name in WRITTEN:
        result = text(value.get("str_value")) or None
    if result is None:
        shown = short(value.get("avg"))
        return problem(line, f"“{shown}” is no number.", f"„{shown}“ ist keine Zahl.", name)
    try:
        time = clock.read(value.get("created_at"))
    except NoTime as error:
        return Problem(line, error.text, name)
    low, high = number(value.get("min")), number(value.get("max"))
    spread = {"min": low, "max": high} if low != high and isinstance(result, float) else None
    validity = value.get("validity", 0)
    valid = validity == 0
    return Row(
        thing=key,
        stream=key_of(name),
        time=time,
        result=result,
        line=line,
        parameters=spread,
        flag=Flag.UNCHECKED if valid else Flag.SUSPECT,
        rule="" if valid else "validity",
        quality=None if valid else {"validity": validity},
    )
