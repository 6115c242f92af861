# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The layers of the map: the tree of what there is, what is shown, and the map's document."""

import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

import msgspec

from allmende.core import catalogue, collections
from allmende.core.collections import Collection, Row
from allmende.errors import NotFound
from allmende.model.catalogue import ResourceKind
from allmende.model.query import Box
from allmende.model.style import Style, complete, drawn_as
from allmende.portal import map_filter, names
from allmende.portal.map_filter import Form
from allmende.portal.map_library import WORKER, library
from allmende.portal.map_state import MAX_LAYERS, State
from allmende.portal.map_values import Shown, label
from allmende.portal.markup import Said
from allmende.portal.page import Page
from allmende.portal.present import agent_name
from allmende.portal.static_files import static

MAX_LEGEND = 30
MAX_MARK = 200_000  # characters of the geometry of chosen rows
CONTROL_WORDS = {
    "NavigationControl.ZoomIn": "map.zoom-in",
    "NavigationControl.ZoomOut": "map.zoom-out",
    "CooperativeGesturesHandler.WindowsHelpText": "map.gesture-wheel",
    "CooperativeGesturesHandler.MacHelpText": "map.gesture-wheel-mac",
    "CooperativeGesturesHandler.MobileHelpText": "map.gesture-touch",
    "pin": "map.pin",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A collection in the tree."""

    id: str
    title: Said
    count: int
    kind: str
    color: str
    shown: bool
    open: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Collections of one theme or publisher."""

    key: str
    title: str
    entries: list[Entry]
    open: bool


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer that is shown."""

    collection: Collection
    title: Said
    kind: str
    style: Style
    legend: list[tuple[str, Shown]]
    told: Shown  # the field whose values the colours tell; empty when there is one colour
    opacity: int
    form: Form
    attribution: Said
    address: str
    dataset: str


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the map page shows besides the table."""

    groups: list[Group]
    layers: list[Layer]
    base: list[Layer]
    table: Layer | None
    document: str
    count: int

    @property
    def credits(self) -> list[tuple[Said, list[Said]]]:
        """Attribution lines, each with the layers it is for."""
        found: dict[Said, list[Said]] = {}
        for each in (*self.layers, *self.base):
            if each.attribution:
                found.setdefault(each.attribution, []).append(each.title)
        return list(found.items())


def title_of(collection: Collection, page: Page) -> Said:
    """The title of a collection, else its id."""
    return page.said(collection.title) or Said(collection.id, None)


async def overview(page: Page, state: State) -> tuple[Overview, State]:
    """The map of a state; layers that the subject does not see are passed over."""
    found = await collections.listing(page.platform, page.subject)
    placed = {each.id: each for each in found if each.entity.geometry is not None}
    bases = [each for each in page.site.portal.map_base if each in placed]
    state = _at_first(page, state, placed, bases)
    layers = [layer_of(placed[each], state, page) for each in state.layers if each in placed]
    base = [layer_of(placed[each], State(), page) for each in bases] if state.base else []
    table = next((each for each in layers if each.collection.id == state.table), None)
    table = table or (layers[0] if layers else None)
    state = replace(state, table=table.collection.id if table else "")
    document = await _document(page, state, layers, base)
    groups = await _groups(page, state, list(placed.values()))
    return Overview(groups, layers, base, table, document, len(placed)), state


def _at_first(page: Page, state: State, placed: dict[str, Collection], bases: list[str]) -> State:
    """The layers of the settings when the address names none, else the one with most rows."""
    if state.given:
        kept = tuple(each for each in state.layers if each in placed)
        return replace(state, layers=kept[:MAX_LAYERS])
    chosen = [each for each in page.site.portal.map_layers if each in placed]
    if not chosen and (others := [each for key, each in placed.items() if key not in bases]):
        chosen = [max(others, key=lambda each: each.count).id]
    return replace(state, layers=tuple(chosen), given=True)


def layer_of(collection: Collection, state: State, page: Page) -> Layer:
    """A collection as a layer of this state."""
    style = complete(collection.style, collection.entity, collection.id)
    form = map_filter.form(collection.entity, state.filters_of(collection.id), page)
    told = collection.entity.find(style.color_by) if style.color_by else None
    return Layer(
        collection=collection,
        title=title_of(collection, page),
        kind=drawn_as(collection.entity),
        style=style,
        legend=legend(style, page),
        told=label(told, page) if told and style.classes else Shown(""),
        opacity=state.opacity_of(collection.id),
        form=form,
        attribution=page.said(collection.attribution),
        address=page.at(f"/collections/{quote(collection.id)}"),
        dataset=page.at(f"/datasets/{quote(collection.dataset, safe='')}"),
    )


def legend(style: Style, page: Page) -> list[tuple[str, Shown]]:
    """Colours and what they stand for, each once; one colour without a text stands alone."""
    if not style.classes:
        return [(style.color, Shown(""))]
    found: dict[tuple[str, str], tuple[str, Shown]] = {}
    for each in style.classes:
        said = page.said(each.label)
        found.setdefault((each.color, said.text), (each.color, Shown(said.text, said.lang)))
    return list(found.values())[:MAX_LEGEND]


async def _groups(page: Page, state: State, placed: list[Collection]) -> list[Group]:
    """The tree, by theme or by publisher; a collection with several themes stands in the first."""
    found: dict[str, tuple[str, list[Entry]]] = {}
    for each in placed:
        key, title = await _place_of(page, each, state.group)
        found.setdefault(key, (title, []))[1].append(_entry(each, state, page))
    groups = [
        Group(key, title, sorted(entries, key=lambda e: e.title.text.casefold()), len(found) < 2)
        for key, (title, entries) in found.items()
    ]
    return sorted(groups, key=lambda each: (each.key == "", each.title.casefold()))


def _entry(each: Collection, state: State, page: Page) -> Entry:
    style = complete(each.style, each.entity, each.id)
    color = style.classes[0].color if style.classes else style.color
    return Entry(
        each.id,
        title_of(each, page),
        each.count,
        drawn_as(each.entity),
        color,
        each.id in state.layers,
        each.data_access.value == "open",
    )


async def _place_of(page: Page, each: Collection, group: str) -> tuple[str, str]:
    """Key and title of the group a collection belongs to."""
    try:
        record = await catalogue.get(
            page.platform, page.subject, ResourceKind.DATASET, each.dataset
        )
    except NotFound:
        return "", str(page.words("map.other"))
    if group == "publisher":
        name = agent_name(record.resource.publisher, page.language).text
        return (name, name) if name else ("", str(page.words("map.other")))
    theme = next(iter(record.resource.theme), "")
    title = names.facet_label("theme", theme, page.language) if theme else None
    return (names.theme_code(theme), title) if title else ("", str(page.words("map.other")))


async def _document(page: Page, state: State, layers: list[Layer], base: list[Layer]) -> str:
    """What the script draws, as JSON."""
    below = [_drawn(each, based=True) for each in reversed(base)]
    above = [_drawn(each) for each in reversed(layers)]
    made: dict[str, Any] = {
        "layers": below + above,
        **frame(page, str(page.words("map.title"))),
        "box": _box(page, layers or base),
        "chosen": await _chosen(page, state),
        "at": state.at,
        "print": state.printed,
    }
    if state.view:
        made["view"] = {"lat": state.view.lat, "lon": state.view.lon, "zoom": state.view.zoom}
    if page.site.portal.map_tiles and state.base:
        made["external"] = {"tiles": page.site.portal.map_tiles}
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"))


async def small(page: Page, collection: Collection, rows: list[Row] | None = None) -> str:
    """The document of a small map of one collection, or of some rows of it; "" without a place."""
    if collection.entity.geometry is None or not library():
        return ""
    layer = layer_of(collection, State(), page)
    box = _around(rows or []) or collection.extent or _box(page, [layer])
    made = {
        "layers": [*await below(page, collection.id), _drawn(layer)],
        **frame(page, page.words.plain("map.of", title=layer.title.text)),
        "box": box,
        "chosen": marked(rows or []),
        "small": True,
    }
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"))


async def below(page: Page, besides: str) -> list[dict[str, Any]]:
    """The layers of the base map, except the collection that is shown itself."""
    names = page.site.portal.map_base
    found = await collections.listing(page.platform, page.subject)
    bases = {each.id: each for each in found if each.id in names and each.entity.geometry}
    return [
        _drawn(layer_of(bases[name], State(), page), based=True)
        for name in reversed(names)
        if name in bases and name != besides
    ]


def frame(page: Page, title: str) -> dict[str, Any]:
    """What every map document has: its name, the words of its controls, MapLibre's worker."""
    return {
        "title": title,
        "worker": static(WORKER) if library() else "",
        "words": {name: str(page.words(key)) for name, key in CONTROL_WORDS.items()},
    }


def _drawn(layer: Layer, *, based: bool = False) -> dict[str, Any]:
    collection = layer.collection
    style = {
        name: value
        for name, value in msgspec.to_builtins(layer.style).items()
        if value not in ("", [], None)
    }
    for each in style.get("classes", []):
        each.pop("label", None)
    used = ",".join({each: 1 for each in (layer.style.color_by, layer.style.label) if each})
    grid = f"/ogc/collections/{collection.id}/tiles/WebMercatorQuad"
    tiles = f"{grid}/{{z}}/{{y}}/{{x}}?f=mvt&properties={used}&batch={collection.batch}"
    made = {
        "id": collection.id,
        "title": layer.title.text,
        "kind": layer.kind,
        "style": style,
        "tiles": tiles,
        "opacity": layer.opacity,
        "filter": layer.form.cql,
        "base": based,
    }
    return {name: value for name, value in made.items() if value != "" and value is not False}


def _box(page: Page, layers: list[Layer]) -> Box | None:
    """The city, else everything that is shown."""
    if page.site.portal.bbox:
        return page.site.portal.bbox
    boxes = [each.collection.extent for each in layers if each.collection.extent]
    if not boxes:
        return None
    west, south, east, north = zip(*boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _around(rows: list[Row]) -> Box | None:
    from allmende.portal.map_rows import box_of

    return next((box for box in map(box_of, rows) if box), None)


async def _chosen(page: Page, state: State) -> dict[str, Any] | None:
    from allmende.portal.map_rows import find

    if not state.chosen:
        return None
    row = await find(page, *state.chosen[0])
    return marked([row]) if row else None


def marked(rows: list[Row]) -> dict[str, Any] | None:
    """The geometries of rows as GeoJSON; very long ones are left out."""
    from allmende.model.shapes import to_geojson

    shapes = [to_geojson(row.geometry, 6) for row in rows if row.geometry is not None]
    found = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "properties": {}, "geometry": each} for each in shapes],
    }
    return found if shapes and len(json.dumps(found)) <= MAX_MARK else None
