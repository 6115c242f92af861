# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""ILSA traffic lights: the layout of an intersection, states of its signals, its temperature.

The layout (TLConfiguration) makes the intersection a thing with its area, and each signal
group a stream; it has to be read before the states (TLSignalState), which become words such
as `red` or `red-amber`. Which
intersection a state belongs to stands in its MQTT topic (5g/ilsa/K413/tk1/K3/1), else in
the options. In the layout latitude and longitude are swapped; the order that lies nearer to
the area of the intersection counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from allmende.core.sensing.importing_json import document, members, number, objects, text
from allmende.core.sensing.importing_kinds import bounded
from allmende.core.sensing.importing_mapping import options_of
from allmende.core.sensing.importing_times import Clock, NoTime
from allmende.core.sensing.importing_types import (
    Item,
    Material,
    Problem,
    Row,
    over,
    problem,
)
from allmende.core.sensing.importing_words import key_of, stream
from allmende.model.sensing.specs import CATEGORY, Place, SensorSpec, StreamSpec, ThingSpec

KIND = "ilsa"
SENSOR = SensorSpec(key="ilsa/signal", name="ILSA", description="Lichtsignalanlage, Steuergerät")
LIGHTS = {"🔴": "red", "🟡": "amber", "🟢": "green"}
ORDER = ("red", "amber", "green")
TOPIC = re.compile(r"(?:^|/)ilsa/(\w{1,60})/")
STAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)Z(CET|CEST|UTC|GMT)\Z")
ZONES = {"CET": "+01:00", "CEST": "+02:00", "UTC": "+00:00", "GMT": "+00:00"}
MOST_NESTED = 4
THERMAL = "thermal"


class Options(Struct, frozen=True, forbid_unknown_fields=True):
    """The intersection that states belong to, when no topic says it."""

    intersection: str = ""


def read(material: Material) -> Iterator[Item]:
    """Intersections, states or a temperature. InvalidInput when it is none of them."""
    options = options_of(material.options, Options)
    return bounded(_items(material, options), material.now)


def _items(material: Material, options: Options) -> Iterator[Item]:
    given = document(KIND, material.data)
    found = TOPIC.search(material.name)
    intersection = found[1] if found else options.intersection
    degrees = number(given)
    if degrees is not None and intersection and material.now:
        key = f"{KIND}:{intersection}"
        yield Row(thing=key, stream=THERMAL, time=material.now, result=degrees, line=1)
        return
    records = given if isinstance(given, list) else [given]
    if len(records) > material.limits.rows:
        raise over("rows", material.limits.rows)
    for line, record in enumerate(records, 1):
        each = members(record)
        if "modules" in each or "subcircles" in each:
            yield from _layout(line, each, material)
        elif "signalGroup" in each and "timestamp" in each:
            yield _state(line, each, intersection)
        else:
            yield problem(
                line,
                "This is neither a layout of an intersection nor a state of a signal.",
                "Das ist weder der Aufbau einer Kreuzung noch der Zustand eines Signals.",
            )


# --- the layout --------------------------------------------------------------------------------


def _layout(line: int, given: dict[str, Any], material: Material) -> Iterator[Item]:
    ident = text(given.get("intersectionId"))
    if not ident:
        yield problem(line, "The intersection has no id.", "Die Kreuzung hat keine Kennung.")
        return
    area = _area(given.get("geoJson"))
    middle = _middle(area)
    groups: dict[str, list[dict[str, Any]]] = {}
    for signal in _signals(given, MOST_NESTED):
        group = text(members(signal.get("signalGroup")).get("id"))
        if key_of(group):
            groups.setdefault(group, []).append(_signal(signal, middle))
    if len(groups) > material.limits.streams:
        raise over("streams", material.limits.streams)
    german = material.language == "de"
    name = text(given.get("intersectionName"))
    label = f"{name} ({ident})" if name else ident
    yield ThingSpec(
        key=f"{KIND}:{ident}",
        name=f"{'Ampelanlage' if german else 'Traffic lights'} {label}",
        description="Lichtsignalanlage" if german else "Traffic light installation",
        organisation="",
        place=Place(geometry=area, name=label) if area else None,
        properties={"intersectionId": ident, "signalGroups": len(groups)},
        streams=(
            *(_group(group, material.language, all_of) for group, all_of in groups.items()),
            stream(THERMAL, "device-temperature", SENSOR, material.language),
        ),
    )


def _group(group: str, language: str, signals: list[dict[str, Any]]) -> StreamSpec:
    label = f"{'Signalgruppe' if language == 'de' else 'Signal group'} {group}"
    return stream(
        group,
        "signal-state",
        SENSOR,
        language,
        name=label,
        type=CATEGORY,
        properties={"signalGroup": group, "signals": signals},
    )


def _signals(given: dict[str, Any], deep: int) -> Iterator[dict[str, Any]]:
    """The signals of modules, which may stand in serial ports of partial intersections."""
    for _, each in objects(given.get("signals")):
        yield each
    if deep:
        for name in ("subcircles", "serialPorts", "modules"):
            for _, each in objects(given.get(name)):
                yield from _signals(each, deep - 1)


def _signal(given: dict[str, Any], middle: tuple[float, float] | None) -> dict[str, Any]:
    found: dict[str, Any] = {"id": text(given.get("id")), "type": text(given.get("signalType"))}
    where = next((each for _, each in objects(given.get("location"))), {})
    lon, lat = number(where.get("longitude")), number(where.get("latitude"))
    if lon is not None and lat is not None:
        found["position"] = _nearer((lon, lat), middle)
    area = _area(given.get("observedArea"))
    if area:
        found["area"] = area
    return found


def _nearer(position: tuple[float, float], middle: tuple[float, float] | None) -> list[float]:
    """Longitude and latitude, in the order that lies nearer to the intersection."""
    lon, lat = position
    if middle is not None:
        straight = abs(lon - middle[0]) + abs(lat - middle[1])
        swapped = abs(lat - middle[0]) + abs(lon - middle[1])
        if swapped < straight:
            return [lat, lon]
    return [lon, lat]


def _area(given: Any) -> dict[str, Any] | None:
    first = next((each for _, each in objects(members(given).get("features"))), None)
    return _geometry(members(first).get("geometry")) if first else None


def _geometry(given: Any) -> dict[str, Any] | None:
    """A polygon with finite positions, without members of another format."""
    found = members(given)
    if found.get("type") != "Polygon":
        return None
    try:
        rings = msgspec.convert(found.get("coordinates"), list[list[list[float]]])
    except msgspec.ValidationError:
        return None
    closed = [[[p[0], p[1]] for p in ring if len(p) >= 2] for ring in rings if len(ring) >= 4]
    sound = all(-180 <= p[0] <= 180 and -90 <= p[1] <= 90 for ring in closed for p in ring)
    return {"type": "Polygon", "coordinates": closed} if closed and sound else None


def _middle(area: dict[str, Any] | None) -> tuple[float, float] | None:
    if area is None:
        return None
    ring = area["coordinates"][0]
    return sum(p[0] for p in ring) / len(ring), sum(p[1] for p in ring) / len(ring)


# --- states ------------------------------------------------------------------------------------


def _state(line: int, given: dict[str, Any], intersection: str) -> Item:
    """One state. A signal group is a stream, whichever of its signals has told the state."""
    intersection = text(given.get("intersectionId")) or intersection
    group = text(members(given.get("signalGroup")).get("id"))
    if not intersection or not group:
        return problem(
            line,
            "It is not said to which intersection and signal group the state belongs.",
            "Es ist nicht gesagt, zu welcher Kreuzung und Signalgruppe der Zustand gehört.",
        )
    state = _word(text(given.get("state")))
    if state is None:
        return problem(line, "The state has no lights.", "Der Zustand hat keine Lichter.", group)
    try:
        time = _stamp(given.get("timestamp"))
    except NoTime as error:
        return Problem(line, error.text, group)
    return Row(
        thing=f"{KIND}:{intersection}",
        stream=group,
        time=time,
        result=state,
        line=line,
        parameters={"signal": text(given.get("id"))},
    )


def _word(lights: str) -> str | None:
    """The lights that are on, from top to bottom; None when there are no lights at all."""
    if not lights or not all(each in LIGHTS or each in "⚪⚫\ufe0f" for each in lights):
        return None
    burning = {LIGHTS[each] for each in lights if each in LIGHTS}
    return "-".join(each for each in ORDER if each in burning) or "off"


def _stamp(given: Any) -> int:
    """The Z before the name of the zone is only a letter there: 2026-01-06T14:48:15.288ZCET."""
    match = STAMP.match(text(given))
    if match is not None:
        return Clock(ZONES[match[2]]).read(match[1])
    return Clock("UTC").read(given)
