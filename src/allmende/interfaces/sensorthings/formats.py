# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""$resultFormat: data arrays (OGC 18-088, 14.2), CSV and GeoJSON."""

from __future__ import annotations

import csv
import io
from typing import Any

from msgspec import json
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from allmende.core.formats.cells import inert
from allmende.core.sensing import querying
from allmende.core.sensing.querying import Answer
from allmende.interfaces.sensorthings.arrays import arrays
from allmende.interfaces.sensorthings.asking import Asked
from allmende.interfaces.sensorthings.encode import texts
from allmende.interfaces.sensorthings.tokens import next_link
from allmende.interfaces.sensorthings.writing import path_of, platform_of, root_of, subject_of
from allmende.model.sensing.entities import Kind
from allmende.model.sensing.odata.options import Expand, Options, merged
from allmende.model.sensing.path import Path

GEOJSON = "application/geo+json"
CSV = "text/csv; charset=utf-8"

_PLACES: dict[Kind, tuple[str, ...]] = {
    Kind.LOCATION: ("location",),
    Kind.FEATURE: ("feature",),
    Kind.THING: ("Locations", "location"),
    Kind.HISTORICAL_LOCATION: ("Locations", "location"),
    Kind.DATASTREAM: ("Thing", "Locations", "location"),
    Kind.MULTI_DATASTREAM: ("Thing", "Locations", "location"),
    Kind.OBSERVATION: ("FeatureOfInterest", "feature"),
}
"""The way from an entity to its geometry."""


async def answer(request: Request, path: Path, ask: Asked) -> Response:
    """What is at the path in another format than JSON."""
    kind = path.last.entity.kind
    options = ask.options
    if ask.format == "GeoJSON":
        options = _with_place(kind, options)
    found = await querying.query(
        platform_of(request), subject_of(request), path, options, ask.after
    )
    root = root_of(platform_of(request))
    link = ""
    if found.after is not None:
        link = next_link(f"{root}/{path_of(request)}", ask.pairs, found.after)
    if ask.format == "dataArray":
        return _arrays(found, root, link)
    rows = [json.decode(text) for text in texts(found.level, root)]
    if ask.format == "GeoJSON":
        return _geojson(rows, kind, found, link, {each.name for each in ask.options.expand})
    return _csv(rows, link)


def _arrays(found: Answer, root: str, link: str) -> Response:
    body = "{"
    if found.count is not None:
        body += f'"@iot.count":{found.count},'
    if link:
        body += f'"@iot.nextLink":{json.encode(link).decode()},'
    body += f'"value":[{arrays(found.level, root)}]}}'
    return Response(body.encode(), media_type="application/json")


def _with_place(kind: Kind, options: Options) -> Options:
    """Expands what has the geometry, if it is not expanded already."""
    links = _PLACES.get(kind, ())[:-1]
    if not links:
        return options
    inner = Options()
    for name in reversed(links):
        inner = Options(expand=(Expand(name, inner),), given=inner.given)
    (added,) = inner.expand
    kept = [each for each in options.expand if each.name != added.name]
    same = [each for each in options.expand if each.name == added.name]
    whole = merged(same[0], added) if same else added
    return replace(options, expand=(*kept, whole))


def _geojson(
    rows: list[dict[str, Any]], kind: Kind, found: Answer, link: str, asked: set[str]
) -> Response:
    way = _PLACES.get(kind, ())
    hidden = {*way[:1]} - asked
    features = [
        {
            "type": "Feature",
            "id": row.get("@iot.id"),
            "geometry": geometry(row, way),
            "properties": flat({name: value for name, value in row.items() if name not in hidden}),
        }
        for row in rows
    ]
    if not found.many:
        return Response(json.encode(features[0]), media_type=GEOJSON)
    body: dict[str, Any] = {"type": "FeatureCollection"}
    if found.count is not None:
        body["@iot.count"] = found.count
    if link:
        body["@iot.nextLink"] = link
    return Response(json.encode({**body, "features": features}), media_type=GEOJSON)


def geometry(row: Any, way: tuple[str, ...]) -> Any:
    """The GeoJSON geometry at the end of a way; of several entities the first one's."""
    for name in way:
        if isinstance(row, list):
            row = row[0] if row else None
        if not isinstance(row, dict):
            return None
        row = row.get(name)
    if isinstance(row, dict) and row.get("type") == "Feature":
        row = row.get("geometry")
    plain = isinstance(row, dict) and ("coordinates" in row or "geometries" in row)
    return row if plain else None


def flat(given: dict[str, Any], before: str = "") -> dict[str, Any]:
    """Objects inside of objects as `outer/inner`; links are left out, lists stay."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        if name.endswith(("@iot.navigationLink", "@iot.nextLink")) or name == "@iot.selfLink":
            continue
        if isinstance(value, dict) and "coordinates" not in value:
            found |= flat(value, f"{before}{name}/")
        else:
            found[before + name] = value
    return found


def _csv(rows: list[dict[str, Any]], link: str) -> Response:
    """One line for each entity; what is expanded to many takes a line for each of them.

    A text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    lines = [line for row in rows for line in spread(flat(row))]
    names = list(dict.fromkeys(name for line in lines for name in line))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([cell(line.get(name)) for name in names] for line in lines)
    headers = {"link": f'<{link}>; rel="next"'} if link else {}
    return Response(out.getvalue(), headers=headers, media_type=CSV)


def spread(line: dict[str, Any]) -> list[dict[str, Any]]:
    """A line for each entity of the first list of entities in it."""
    for name, value in line.items():
        if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
            rest = {key: each for key, each in line.items() if key != name}
            return [
                deeper for each in value for deeper in spread({**rest, **flat(each, f"{name}/")})
            ]
    return [line]


def cell(value: Any) -> Any:
    """A value as it stands in CSV; lists and geometries as JSON."""
    if isinstance(value, dict | list):
        return json.encode(value).decode()
    if isinstance(value, bool):
        return "true" if value else "false"
    return inert(value) if isinstance(value, str) else value
