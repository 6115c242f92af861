# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Counts of Eco-Counter: a list of flows, each with counts of intervals that begin at a time.

The number of a flow (flowID) names it, its name may be misspelt and change. The answer has
no positions; the options may give one to the station.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from allmende.core.sensing.importing_json import listed, members, number, objects, text
from allmende.core.sensing.importing_kinds import bounded
from allmende.core.sensing.importing_mapping import options_of
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
)
from allmende.core.sensing.importing_words import key_of, point, stream
from allmende.model.sensing.calendar import SECOND
from allmende.model.sensing.specs import COUNT, SensorSpec, ThingSpec

KIND = "eco-counter"
SENSOR = SensorSpec(key="eco-counter", name="Eco-Counter", description="Eco-Counter")
WORDS = {"bike": "bicycle-count", "pedestrian": "pedestrian-count", "car": "vehicle-count"}
LENGTHS = {"PT15M": 900, "PT30M": 1_800, "PT1H": 3_600, "PT60M": 3_600, "P1D": 86_400}
DIRECTIONS = {"in": ("stadteinwärts", "inbound"), "out": ("stadtauswärts", "outbound")}


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """What the answer does not say: name and place of the station."""

    station: str = ""  # key of the station; else from its name
    name: str = ""
    longitude: float | None = None
    latitude: float | None = None


def read(material: Material) -> Iterator[Item]:
    """The station with a stream for each flow, and its counts. InvalidInput when it is no list."""
    options = options_of(material.options, Options)
    return bounded(_items(material, options), material.now)


def _items(material: Material, options: Options) -> Iterator[Item]:
    flows = listed(KIND, material)
    if len(flows) > material.limits.streams:
        raise over("streams", material.limits.streams)
    good = []
    for line, flow in enumerate(flows, 1):
        ident = text(members(flow).get("flowID"))
        if ident:
            good.append((line, ident, members(flow)))
        else:
            yield problem(line, "The flow has no flowID.", "Der Zählreihe fehlt die flowID.")
    if not good:
        return
    names = [text(flow.get("flowName")) for _, _, flow in good]
    name = options.name or _shared(names) or "Eco-Counter"
    key = f"{KIND}:{options.station or key_of(name) or good[0][1]}"
    yield _thing(key, name, good, options, material.language)
    clock = Clock(material.zone)
    missing = 0
    for line, ident, flow in good:
        for at, each in objects(flow.get("data")):
            if at > material.limits.rows:
                raise over("rows", material.limits.rows)
            if each.get("counts") is None:
                missing += 1
            else:
                yield _row(line, at, key, ident, each, clock)
    if missing:
        yield Skipped(missing)


def _thing(
    key: str,
    name: str,
    flows: list[tuple[int, str, dict[str, Any]]],
    options: Options,
    language: str,
) -> ThingSpec:
    streams = []
    for _, ident, flow in flows:
        way = DIRECTIONS.get(text(flow.get("direction")), ("", ""))[language != "de"]
        label = text(flow.get("flowName")) or ident
        streams.append(
            stream(
                ident,
                WORDS.get(text(flow.get("travelMode")), "count"),
                SENSOR,
                language,
                name=label,
                description=f"{label} ({way})" if way else label,
                type=COUNT,
                interval=900.0,
                properties={
                    name: value
                    for name in ("direction", "travelMode")
                    if (value := text(flow.get(name)))
                },
            )
        )
    return ThingSpec(
        key=key,
        name=name,
        description="Dauerzählstelle" if language == "de" else "Permanent counter",
        organisation="",
        place=point(options.longitude, options.latitude, name),
        streams=tuple(streams),
    )


def _shared(names: list[str]) -> str:
    """What all names of flows begin with, in whole words, without the mode of travel."""
    words = [name.split() for name in names if name]
    shared = []
    for column in zip(*words, strict=False):
        if len(set(column)) > 1:
            break
        shared.append(column[0])
    found = " ".join(shared)
    return re.sub(r"\s+(Fahrräder|Radfahrer|Fahrrad|Rad)?\s*(Ri\.?|FR|Richtung)?\Z", "", found)


def _row(line: int, at: int, key: str, ident: str, each: dict[str, Any], clock: Clock) -> Item:
    place = f"{ident}, {at}"
    length = LENGTHS.get(text(each.get("granularity")) or "PT15M")
    count = number(each.get("counts"))
    if length is None:
        shown = short(each.get("granularity"))
        return problem(line, f"The interval “{shown}” is not known.",
                       f"Der Zeitraum „{shown}“ ist nicht bekannt.", place)  # fmt: skip
    if count is None or count < 0 or not count.is_integer():
        shown = short(each.get("counts"))
        return problem(line, f"“{shown}” is no count.", f"„{shown}“ ist keine Anzahl.", place)
    try:
        time = clock.read(each.get("timestamp"), ident)
    except NoTime as error:
        return Problem(line, error.text, place)
    return Row(thing=key, stream=ident, time=time, end=time + length * SECOND,
               result=int(count), line=line)  # fmt: skip
