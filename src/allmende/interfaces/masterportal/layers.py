# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Collections as layers and style rules of a Masterportal."""

from __future__ import annotations

from typing import Any

from allmende.core.collections import Collection
from allmende.core.tiles import Grid
from allmende.interfaces.masterportal.view import EPSG, URI, moved
from allmende.model.catalogue import local
from allmende.model.style import Class, Style, complete, drawn_as

LIMIT = 1_000  # features of a page
DEEPEST = 16  # zoom from which tiles are enlarged
_TOP = 1e9


def feature_layer(base: str, collection: Collection, wanted: str) -> dict[str, Any]:
    """A layer of the kind OAF: features by OGC API."""
    found: dict[str, Any] = _common(collection, wanted) | {
        "id": collection.id,
        "typ": "OAF",
        "url": f"{base}/ogc",
        "collection": collection.id,
        "crs": URI,
        "bboxCrs": URI,
        "limit": LIMIT,
        "styleId": collection.id,
        "styleGeometryType": _kinds(collection),
    }
    box = moved(collection.extent) if collection.extent else None
    if box is not None:
        found["bbox"] = [round(number, 2) for number in box]
    return found


def tile_layer(base: str, collection: Collection, wanted: str, grid: Grid) -> dict[str, Any]:
    """A layer of the kind VectorTile in the grid of EPSG:25832."""
    here = f"{base}/ogc/collections/{collection.id}"
    return _common(collection, wanted) | {
        "id": f"{collection.id}-tiles",
        "typ": "VectorTile",
        "url": f"{here}/tiles/{grid.id}/{{z}}/{{y}}/{{x}}?batch={collection.batch}",
        "epsg": EPSG,
        "extent": [grid.left, grid.top - grid.side, grid.left + grid.side, grid.top],
        "origin": [grid.left, grid.top],
        "tileSize": 512,
        "resolutions": [grid.resolution(zoom, 512) for zoom in range(DEEPEST + 1)],
        "useMpFonts": False,
        "vtStyles": [
            {
                "id": f"{collection.id}-style",
                "name": local(collection.title, wanted) or collection.id,
                "url": f"{here}/styles/default?grid={grid.id}&f=mapbox",
                "defaultStyle": True,
            }
        ],
    }


def _common(collection: Collection, wanted: str) -> dict[str, Any]:
    """What both kinds have: name, scales, legend, what a click shows."""
    attribution = local(collection.attribution, wanted)
    return {
        "name": local(collection.title, wanted) or collection.id,
        "minScale": "0",
        "maxScale": "2500000",
        "legend": True,
        "gfiTheme": "default",
        "gfiAttributes": _shown(collection, wanted),
        "layerAttribution": attribution or "nicht vorhanden",
        "featureNS": "",
    }


def _shown(collection: Collection, wanted: str) -> dict[str, str]:
    """The fields with their titles and units, in their order."""
    found = {}
    for each in collection.entity.plain:
        title = local(each.title, wanted) or each.name
        found[each.name] = f"{title} ({each.unit})" if each.unit else title
    return found


def _kinds(collection: Collection) -> list[str]:
    kind = drawn_as(collection.entity)
    names = {"point": ["Point"], "line": ["LineString"], "area": ["Polygon"]}
    return names.get(kind, ["Point", "LineString", "Polygon"])


# --- styles ------------------------------------------------------------------------------------


def rules(collection: Collection, wanted: str) -> list[dict[str, Any]]:
    """One rule for each class, then one for the rest."""
    style = complete(collection.style, collection.entity, collection.id)
    found, lower = [], -_TOP
    for each in style.classes if style.color_by else ():
        if each.value is None and each.below is None:
            continue
        condition = _condition(style, each, lower)
        lower = each.below if each.below is not None else lower
        label = local(each.label, wanted)
        found.append({"conditions": condition, "style": _drawn(style, each.color, label)})
    rest = next((c for c in style.classes if c.value is None and c.below is None), None)
    label = local(rest.label, wanted) if rest else local(collection.title, wanted)
    return [*found, {"style": _drawn(style, rest.color if rest else style.color, label)}]


def _condition(style: Style, each: Class, lower: float) -> dict[str, Any]:
    """A value, or the numbers from the limit before up to this one."""
    value = each.value if each.below is None else [lower, each.below]
    return {"properties": {style.color_by: value}}


def _drawn(style: Style, color: str, label: str) -> dict[str, Any]:
    red, green, blue = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    full = [red, green, blue, 1]
    return {
        "legendValue": label,
        "type": "circle",
        "circleFillColor": full,
        "circleRadius": style.radius,
        "circleStrokeColor": [255, 255, 255, 1],
        "circleStrokeWidth": 1,
        "lineStrokeColor": full,
        "lineStrokeWidth": style.width,
        "polygonFillColor": [red, green, blue, style.opacity],
        "polygonStrokeColor": full,
        "polygonStrokeWidth": 1,
    }
