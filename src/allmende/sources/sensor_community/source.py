# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""sensor.community: the answer of its API (JSON) and the daily files of its archive (CSV).

Times are UTC. Positions of private sensors are published rounded by the project. Pressure
is in pascal.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from typing import Any

from allmende.core.sensing.importing_json import listed, members, number, objects, text
from allmende.core.sensing.importing_kinds import bounded
from allmende.core.sensing.importing_times import Clock, NoTime
from allmende.core.sensing.importing_types import (
    Item,
    Material,
    Problem,
    Row,
    Skipped,
    over,
    problem,
    short,
    unreadable,
)
from allmende.core.sensing.importing_words import key_of, point, stream
from allmende.model.sensing.specs import SensorSpec, StreamSpec, ThingSpec

KIND = "sensor-community"
WORDS = {  # value_type: property, UCUM code
    "P0": ("pm1", "ug/m3"),
    "P1": ("pm10", "ug/m3"),
    "P2": ("pm2.5", "ug/m3"),
    "temperature": ("air-temperature", "Cel"),
    "humidity": ("air-humidity", "%"),
    "pressure": ("air-pressure", "Pa"),
    "pressure_at_sealevel": ("sea-level-pressure", "Pa"),
    "pressure_sealevel": ("sea-level-pressure", "Pa"),
    "noise_LAeq": ("sound-level", "dB"),
}
FIXED = ("sensor_id", "sensor_type", "location", "lat", "lon", "timestamp")
SENTINELS = frozenset({-999.0, -1000.0})
MOST_CHARS = 100_000  # of a line


def read(material: Material) -> Iterator[Item]:
    """Sensors and their values. InvalidInput when it is neither of the two forms."""
    head = material.data[:200].lstrip(b"\xef\xbb\xbf \r\n\t")
    if head.startswith(b"["):
        return bounded(_live(material), material.now)
    if head.startswith(b"sensor_id;"):
        return bounded(_archive(material), material.now)
    raise unreadable(
        KIND,
        "it is neither an answer of the API nor a file of the archive",
        "es ist weder eine Antwort der Schnittstelle noch eine Datei des Archivs",
    )


class _Sensors:
    """Which streams of which sensors were named already."""

    def __init__(self, material: Material) -> None:
        self.material = material
        self.known: dict[str, set[str]] = {}

    def named(self, ident: str, model: str, lon: Any, lat: Any, names: list[str]) -> Iterator[Item]:
        """The thing when something of it is new."""
        known = self.known.setdefault(ident, set())
        if known and known >= set(names):
            return
        known.update(names)
        if len(self.known) > self.material.limits.things:
            raise over("things", self.material.limits.things)
        language = self.material.language
        sensor = SensorSpec(key=f"{KIND}/{key_of(model)}", name=model or KIND)
        yield ThingSpec(
            key=f"{KIND}:{ident}",
            name=f"sensor.community {ident}",
            description=(
                "Sensor einer Bürgerin oder eines Bürgers"
                if language == "de"
                else "A citizen's sensor"
            ),
            organisation="",
            origin="citizen",
            place=point(lon, lat, f"sensor.community {ident}"),
            properties={"sensor_type": model} if model else {},
            streams=tuple(_stream(name, sensor, language) for name in names),
        )


def _stream(name: str, sensor: SensorSpec, language: str) -> StreamSpec:
    word, code = WORDS.get(name, (name, ""))
    return stream(key_of(name), word, sensor, language, code=code)


def _live(material: Material) -> Iterator[Item]:
    clock, sensors = Clock("UTC"), _Sensors(material)
    for line, each in enumerate(listed(KIND, material), 1):
        given = members(each)
        sensor, where = members(given.get("sensor")), members(given.get("location"))
        ident = text(sensor.get("id"))
        if not ident:
            yield problem(line, "The sensor has no id.", "Der Sensor hat keine Kennung.")
            continue
        if where.get("indoor") in (1, "1", True):
            yield Skipped(1)
            continue
        values = {
            text(value.get("value_type")): value.get("value")
            for _, value in objects(given.get("sensordatavalues"))
        }
        values = {name: value for name, value in values.items() if key_of(name)}
        model = text(members(sensor.get("sensor_type")).get("name"))
        yield from sensors.named(
            ident, model, where.get("longitude"), where.get("latitude"), list(values)
        )
        yield from _rows(line, ident, given.get("timestamp"), values, clock)


def _archive(material: Material) -> Iterator[Item]:
    clock, sensors = Clock("UTC"), _Sensors(material)
    lines = TextIOWrapper(BytesIO(material.data), "utf-8-sig", errors="replace", newline="")
    reader = csv.reader(_short(lines), delimiter=";", quoting=csv.QUOTE_NONE)
    heading = next(reader)
    names = [
        name for name in heading if name not in FIXED and not name.startswith(("dur", "ratio"))
    ]
    for line, cells in enumerate(reader, 2):
        if line > material.limits.rows:
            raise over("rows", material.limits.rows)
        if len(cells) != len(heading):
            if any(cells):
                yield problem(
                    line,
                    f"The line has {len(cells)} cells, the heading {len(heading)}.",
                    f"Die Zeile hat {len(cells)} Zellen, die Kopfzeile {len(heading)}.",
                )
            continue
        given = dict(zip(heading, cells, strict=True))
        ident = text(given.get("sensor_id"))
        if not ident:
            yield problem(line, "The sensor has no id.", "Der Sensor hat keine Kennung.")
            continue
        values = {name: given[name] for name in names if key_of(name)}
        yield from sensors.named(
            ident, text(given.get("sensor_type")), given.get("lon"), given.get("lat"), list(values)
        )
        yield from _rows(line, ident, given.get("timestamp"), values, clock)


def _short(lines: TextIOWrapper) -> Iterator[str]:
    while line := lines.readline(MOST_CHARS + 1):
        if len(line) > MOST_CHARS:
            raise over("line_chars", MOST_CHARS)
        yield line.replace("\0", "")


def _rows(
    line: int, ident: str, stamp: Any, values: dict[str, Any], clock: Clock
) -> Iterator[Item]:
    try:
        time = clock.read(stamp, ident)
    except NoTime as error:
        yield Problem(line, error.text, "timestamp")
        return
    missing = 0
    for name, value in values.items():
        found = number(value)
        if value in (None, "") or found in SENTINELS:
            missing += 1
        elif found is None:
            shown = short(value)
            yield problem(line, f"“{shown}” is no number.", f"„{shown}“ ist keine Zahl.", name)
        else:
            yield Row(
                thing=f"{KIND}:{ident}", stream=key_of(name), time=time, result=found, line=line
            )
    if missing:
        yield Skipped(missing)
