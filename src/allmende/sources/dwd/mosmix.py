# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""MOSMIX_L and MOSMIX_S: point forecasts of the German weather service, KML in a ZIP (KMZ).

All stations of a file share issue time and hours. A forecast has the hour as its
phenomenonTime and the issue time as its resultTime; of each hour the newest is kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any
from xml.parsers import expat

from msgspec import Struct, field

from allmende.core.imports.packed import Packed
from allmende.core.imports.types import Limits as PackedLimits
from allmende.core.sensing.importing_json import number
from allmende.core.sensing.importing_kinds import bounded
from allmende.core.sensing.importing_mapping import options_of
from allmende.core.sensing.importing_times import Clock, NoTime
from allmende.core.sensing.importing_types import (
    Item,
    Material,
    Row,
    Skipped,
    over,
    problem,
    short,
    unreadable,
)
from allmende.core.sensing.importing_words import key_of, point
from allmende.model.sensing.calendar import SECOND
from allmende.model.sensing.specs import SensorSpec, ThingSpec
from allmende.sources.dwd.words import FORECAST, Element, stream_of

KIND = "dwd-mosmix"
STEP = 1 << 20
DEPTH = 40
MOST_STEPS = 1_000
SENSOR = SensorSpec(key="dwd/mosmix", name="MOSMIX", description="Deutscher Wetterdienst, MOSMIX")


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """Which stations and elements are taken; all stations and the usual elements if not said."""

    stations: list[str] = []
    elements: list[str] = []


class _Station(Struct):
    line: int
    name: str = ""
    description: str = ""
    coordinates: str = ""
    values: dict[str, str] = field(default_factory=dict)


def read(material: Material) -> Iterator[Item]:
    """Stations with their forecasts. InvalidInput when it is no MOSMIX file."""
    options = options_of(material.options, Options)
    return bounded(_items(material, options), material.now, forecast=True)


def _items(material: Material, options: Options) -> Iterator[Item]:
    elements = {
        name: FORECAST.get(name, Element(f"mosmix-{name}", "", de=name, en=name))
        for name in options.elements or FORECAST
        if key_of(name)
    }
    forecast = _Forecast(elements)
    for station in _stations(forecast, _kml(material)):
        if forecast.count > material.limits.things:
            raise over("things", material.limits.things)
        if not options.stations or station.name in options.stations:
            yield from forecast.items(station, material.language)


def _kml(material: Material) -> bytes:
    if not material.data.startswith(b"PK"):
        return material.data
    limits = PackedLimits(unpacked_bytes=material.limits.unpacked_bytes, members=10)
    packed = Packed(material.data, limits, material.name)
    names = [name for name in packed.names if name.lower().endswith(".kml")]
    if len(names) != 1:
        raise unreadable(KIND, "there is no single KML inside", "darin liegt nicht genau ein KML")
    return packed.read(names[0])


class _Forecast:
    """What all stations of a file share."""

    def __init__(self, elements: dict[str, Element]) -> None:
        self.elements = elements
        self.clock = Clock("UTC")
        self.issued: str = ""
        self.steps: list[str] = []
        self.count = 0
        self._times: list[int] | None = None

    def times(self) -> list[int]:
        """The hours; InvalidInput when there are none."""
        if self._times is None:
            if not 0 < len(self.steps) <= MOST_STEPS:
                raise unreadable(KIND, "it has no time steps", "die Zeitschritte fehlen")
            try:
                self._times = [self.clock.read(each) for each in self.steps]
            except NoTime as error:
                raise unreadable(KIND, error.text["en"], error.text["de"]) from error
        return self._times

    def issue(self) -> int:
        """When the forecast was issued; InvalidInput when it does not say."""
        try:
            return self.clock.read(self.issued)
        except NoTime as error:
            raise unreadable(KIND, error.text["en"], error.text["de"]) from error

    def items(self, station: _Station, language: str) -> Iterator[Item]:
        """One station."""
        line = station.line
        if not key_of(station.name):
            yield problem(line, "The station has no id.", "Die Station hat keine Kennung.")
            return
        times, issued = self.times(), self.issue()
        found = {name: each for name, each in self.elements.items() if name in station.values}
        interval = (times[1] - times[0]) / SECOND if len(times) > 1 else 3_600.0
        lon, _, rest = station.coordinates.partition(",")
        label = station.description or station.name
        key = f"{KIND}:{station.name}"
        yield ThingSpec(
            key=key,
            name=f"{'Vorhersage' if language == 'de' else 'Forecast'} {label}",
            description="Deutscher Wetterdienst, MOSMIX",
            organisation="",
            place=point(lon, rest.partition(",")[0], label),
            properties={"dwd": station.name},
            streams=tuple(
                stream_of(name, each, SENSOR, language, interval) for name, each in found.items()
            ),
        )
        missing = 0
        for name, element in found.items():
            values = station.values[name].split()
            if len(values) != len(times):
                yield problem(
                    line,
                    f"There are {len(values)} values for {len(times)} hours.",
                    f"Es sind {len(values)} Werte für {len(times)} Stunden.",
                    name,
                )
                continue
            for time, value in zip(times, values, strict=True):
                if value == "-":
                    missing += 1
                else:
                    yield _row(line, key, name, element, time, issued, value)
        if missing:
            yield Skipped(missing)


def _row(
    line: int, key: str, name: str, element: Element, time: int, issued: int, value: str
) -> Item:
    found = number(value)
    if found is None:
        shown = short(value)
        return problem(line, f"“{shown}” is no number.", f"„{shown}“ ist keine Zahl.", name)
    begin = time - element.seconds * SECOND
    return Row(
        thing=key,
        stream=name,
        time=begin,
        end=time if element.seconds else None,
        result=element.value(found),
        result_time=issued,
        line=line,
    )


def _stations(forecast: _Forecast, data: bytes) -> Iterator[_Station]:
    reader = _Reader(forecast)
    try:
        for at in range(0, len(data), STEP):
            reader.parser.Parse(data[at : at + STEP], False)
            yield from reader.taken()
        reader.parser.Parse(b"", True)
    except (expat.ExpatError, zlib.error, LookupError, ValueError) as error:
        raise unreadable(KIND, f"{error}", f"{error}") from error
    yield from reader.taken()
    if not forecast.count:
        raise unreadable(KIND, "it has no station", "es enthält keine Station")


class _Reader:
    """Follows the elements of the document; no entities, no depth without end."""

    def __init__(self, forecast: _Forecast) -> None:
        self.forecast = forecast
        self.path: list[str] = []
        self.text: list[str] = []
        self.element = ""
        self.station: _Station | None = None
        self.ready: list[_Station] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text.append
        self.parser.EntityDeclHandler = self.entity

    def taken(self) -> list[_Station]:
        """The stations that are complete."""
        found, self.ready = self.ready, []
        return found

    def entity(self, *_: Any) -> None:
        raise unreadable(KIND, "it declares entities", "es vereinbart Entitäten")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        if len(self.path) >= DEPTH:
            raise unreadable(KIND, "it is nested too deeply", "es ist zu tief verschachtelt")
        self.path.append(local)
        self.text.clear()
        if local == "Placemark":
            self.station = _Station(self.parser.CurrentLineNumber)
        elif local == "Forecast":
            self.element = next(
                (v for k, v in attributes.items() if k.rpartition(" ")[2] == "elementName"), ""
            )

    def end(self, name: str) -> None:
        local = self.path.pop()
        said = "".join(self.text).strip()
        self.text.clear()
        if local == "IssueTime":
            self.forecast.issued = said
        elif local == "TimeStep":
            self.forecast.steps.append(said)
        elif self.station is not None:
            self.inside(self.station, local, said)

    def inside(self, station: _Station, local: str, said: str) -> None:
        """The end of an element within a station."""
        if local == "Placemark":
            self.ready.append(station)
            self.forecast.count += 1
            self.station = None
        elif local == "value" and self.element in self.forecast.elements:
            station.values[self.element] = said
        elif local in ("name", "description", "coordinates"):
            setattr(station, local, said[:200])
