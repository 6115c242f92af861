# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Latest values on the map: a layer for each observed property, coloured by value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from allmende.core.sensing import classes, listing
from allmende.core.sensing.listing import Valued
from allmende.core.sensing.staleness import is_stale, now
from allmende.model.query import Box
from allmende.model.sensing.levels import levels
from allmende.model.sensing.observation import Flag
from allmende.model.sensing.specs import CATEGORY, TRUTH
from allmende.portal import sensing_levels
from allmende.portal import sensing_words as words
from allmende.portal.map_rows import GROWN
from allmende.portal.map_state import State
from allmende.portal.page import Page

BEGIN = "values-"  # of the names of these layers
COLOURS = ("#fee08b", "#fdae61", "#e8743b", "#b8361f", "#6d1419")
GREY = "#8c9791"
MOST_ROWS = 100
SPOTS_UNTIL = 15
"""Zoom up to which areas are also drawn as points: they are too small to be seen before."""


@dataclass(frozen=True, slots=True)
class ValueLayer:
    """A property that is shown; the legend is colours with what they stand for."""

    id: int
    title: str
    unit: str
    legend: list[tuple[str, str]]
    drawn: dict[str, Any]
    points: list[Valued]


@dataclass(frozen=True, slots=True)
class Offer:
    """A property that can be shown."""

    id: int
    name: str
    count: int
    shown: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A value on the map, in the table or chosen."""

    name: str
    thing: Any
    latest: words.Latest | None
    stream: int
    address: str
    on_map: str
    box: str
    place: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Beside:
    """The table of a layer: what lies in view, at most a hundred."""

    layer: ValueLayer
    total: int
    rows: list[Reading]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The value that was chosen, and others in the same place."""

    layer: ValueLayer
    reading: Reading
    close: str
    others: list[tuple[str, str]]


async def offers(page: Page, state: State) -> list[Offer]:
    """The properties whose numbers the subject may read."""
    found = (await listing.choices(page.platform, page.subject)).properties
    return [
        Offer(
            ident,
            words.property_name(page, name, definition),
            readable,
            ident in state.values,
        )
        for ident, name, definition, _, readable in found
        if readable
    ]


async def begin(page: Page, state: State) -> State:
    """The map with the property that the most things measure, for who names none."""
    found = (await listing.choices(page.platform, page.subject)).properties
    most = max(found, key=lambda each: each[4], default=None)
    return replace(state, values=(most[0],)) if most is not None and most[4] else state


async def layers(page: Page, state: State, offered: list[Offer]) -> list[ValueLayer]:
    """The layers that the address names."""
    known = {each.id: each.name for each in offered}
    return [await _layer(page, ident, known[ident]) for ident in state.values if ident in known]


def drawn(stream: Any) -> bool:
    """Whether the map can show a datastream: its results are numbers or levels with colours."""
    if stream.multi:
        return False
    return stream.type not in (CATEGORY, TRUTH) or bool(levels(stream.properties))


async def _layer(page: Page, ident: int, title: str) -> ValueLayer:
    found = await listing.valued(page.platform, page.subject, ident)
    placed = [each for each in found if each.place is not None]
    levelled = [each for each in placed if levels(each.stream.properties)]
    if levelled:
        return _of_levels(page, ident, title, levelled)
    points = [each for each in placed if each.state is not None and each.state.value is not None]
    return _of_numbers(page, ident, title, points)


def _of_levels(page: Page, ident: int, title: str, points: list[Valued]) -> ValueLayer:
    """Points and areas in the colours of their levels; those without a value stay grey."""
    legend: dict[tuple[str, str], None] = {}
    for each in points:
        for level in sensing_levels.levels(page, each.stream.properties).values():
            if level.colour:
                legend[(level.colour, level.text)] = None
    colours = list(dict.fromkeys(colour for colour, _ in legend))
    style = {
        "color": GREY,
        "color_by": "shown",
        "classes": [{"color": each, "value": each} for each in colours],
        "radius": 9,
        "opacity": 0.6,
        "label": f"label_{page.language}",
        "spots_until": SPOTS_UNTIL,
    }
    if not any(listing.area_of(each.place) for each in points if each.place):
        del style["spots_until"]
    drawn = _drawn(ident, title, "mixed", style)
    told = [*legend, (GREY, str(page.words("sense.no-level")))]
    return ValueLayer(ident, title, "", told, drawn, points)


def _drawn(ident: int, title: str, kind: str, style: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{BEGIN}{ident}",
        "title": title,
        "kind": kind,
        "style": style,
        "data": f"/data/measurements/{ident}.geojson",
    }


def _of_numbers(page: Page, ident: int, title: str, points: list[Valued]) -> ValueLayer:
    at = now()
    fresh = [each for each in points if _fresh(each, at)]
    limits = classes.limits([each.state.value for each in fresh if each.state])  # type: ignore[misc]
    colours = _colours(len(limits) + 1)
    unit = words.unit_text(points[0].stream) if points else ""
    style = {
        "color": GREY,
        "color_by": "shown",
        "radius": 8,
        "classes": [
            *({"color": c, "below": n} for c, n in zip(colours, limits, strict=False)),
            {"color": colours[-1]},
        ],
    }
    drawn = _drawn(ident, title, "point", style)
    legend = _legend(page, limits, colours, unit)
    if len(fresh) < len(points):
        legend.append((GREY, str(page.words("sense.map-stale"))))
    return ValueLayer(ident, title, unit, legend, drawn, points)


def _fresh(each: Valued, at: int) -> bool:
    state = each.state
    if state is None or state.last_time is None or state.flag == Flag.BAD:
        return False
    return not is_stale(each.stream.interval, state.last_time, at)


def _colours(count: int) -> list[str]:
    """So many colours, from light to dark."""
    if count == 1:
        return [COLOURS[2]]
    last = len(COLOURS) - 1
    return [COLOURS[round(at * last / (count - 1))] for at in range(min(count, last + 1))]


def _legend(
    page: Page, limits: list[float], colours: list[str], unit: str
) -> list[tuple[str, str]]:
    def said(value: float) -> str:
        return words.number(page, value) + words.gap_before(unit) + unit

    if not limits:
        return [(colours[0], unit or str(page.words("sense.values")))]
    texts = [str(page.words("sense.map-below", value=said(limits[0])))]
    texts += [
        str(page.words("sense.map-between", low=words.number(page, a), high=said(b)))
        for a, b in pairwise(limits)
    ]
    texts.append(str(page.words("sense.map-from", value=said(limits[-1]))))
    return list(zip(colours, texts, strict=True))


def document(given: str, shown: list[ValueLayer], picked: Chosen | None) -> str:
    """The map's document with these layers above all others and what is chosen marked."""
    if not shown:
        return given
    made = json.loads(given)
    made["layers"] += [each.drawn for each in shown]
    placed = [listing.middle(point.place) for each in shown for point in each.points if point.place]
    if made.get("box") is None and placed:
        east, north = max(lon for lon, _ in placed), max(lat for _, lat in placed)
        west, south = min(lon for lon, _ in placed), min(lat for _, lat in placed)
        made["box"] = (west - GROWN, south - GROWN, east + GROWN, north + GROWN)
    if picked is not None:
        geometry = {"type": "Point", "coordinates": picked.reading.place}
        made["chosen"] = {"type": "Feature", "properties": {}, "geometry": geometry}
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"))


def tables(page: Page, state: State, shown: list[ValueLayer]) -> list[Beside]:
    """What lies in view of each layer, as tables."""
    at = now()
    found = []
    for layer in shown:
        inside = [each for each in layer.points if _inside(each, state.bbox)]
        rows = [_reading(page, state, layer, each, at) for each in inside[:MOST_ROWS]]
        found.append(Beside(layer, len(inside), rows))
    return found


def _inside(each: Valued, box: Box | None) -> bool:
    if box is None or each.place is None:
        return True
    lon, lat = listing.middle(each.place)
    west, south, east, north = box
    return west <= lon <= east and south <= lat <= north


def _reading(page: Page, state: State, layer: ValueLayer, each: Valued, at: int) -> Reading:
    assert each.place is not None  # noqa: S101 - only points with a place are layers
    lon, lat = listing.middle(each.place)
    box = (lon - GROWN, lat - GROWN / 2, lon + GROWN, lat + GROWN / 2)
    chosen = replace(state, chosen=((f"{BEGIN}{layer.id}", str(each.stream.id)),))
    latest = each.state.observation if each.state else None
    return Reading(
        f"{each.thing.name} – {words.title(page, each.stream)}",
        each.thing,
        words.latest(page, each.stream, latest, at),
        each.stream.id,
        page.at(f"/datastreams/{each.stream.id}"),
        page.at("/map", chosen.pairs()),
        "[" + ",".join(f"{n:.6f}" for n in box) + "]",
        (lon, lat),
    )


def chosen(page: Page, state: State, shown: list[ValueLayer]) -> Chosen | None:
    """The first of the chosen values that can be seen."""
    found = list(_chosen(page, state, shown))
    if not found:
        return None
    (layer, reading), *others = found
    close = page.at("/map", replace(state, chosen=()).pairs())
    return Chosen(layer, reading, close, [(each.name, each.on_map) for _, each in others])


def _chosen(
    page: Page, state: State, shown: list[ValueLayer]
) -> Iterator[tuple[ValueLayer, Reading]]:
    known = {f"{BEGIN}{layer.id}": layer for layer in shown}
    at = now()
    for name, ident in state.chosen:
        layer = known.get(name)
        for each in layer.points if layer else ():
            if layer is not None and str(each.stream.id) == ident:
                yield layer, _reading(page, state, layer, each, at)
