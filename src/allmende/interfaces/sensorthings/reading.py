# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""GET below the root: collections, entities, properties, references (OGC 18-088, 9.2)."""

from __future__ import annotations

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core.operations import Parameter, operation
from allmende.core.sensing import querying
from allmende.core.sensing.describing import dataset_id
from allmende.core.sensing.querying import Answer
from allmende.core.usage_counting import used
from allmende.interfaces.sensorthings import answers, figures, formats, later, root
from allmende.interfaces.sensorthings.asking import Asked, asked
from allmende.interfaces.sensorthings.encode import body, texts
from allmende.interfaces.sensorthings.tokens import next_link
from allmende.interfaces.sensorthings.writing import path_of, platform_of, root_of, subject_of
from allmende.model.sensing.entities import Kind
from allmende.model.sensing.observation import split_id
from allmende.model.sensing.odata.options import Options
from allmende.model.sensing.path import Path, parse

PARAMETERS = (
    Parameter("path", "path", "Resource path, as Things(1)/Datastreams", required=True),
    Parameter("$filter", "query", "Condition: result gt 20 and Datastream/Thing/name eq 'x'"),
    Parameter("$count", "query", "true: the number of all matches", {"type": "boolean"}),
    Parameter("$orderby", "query", "Keys: phenomenonTime desc,id"),
    Parameter("$skip", "query", "Entities to pass over", {"type": "integer"}),
    Parameter("$top", "query", "Entities of a page: 100 unless given, at most 10000"),
    Parameter("$expand", "query", "Relations: Datastreams($select=name),Locations"),
    Parameter("$select", "query", "Properties to give"),
    Parameter("$resultFormat", "query", "json, dataArray, CSV or GeoJSON"),
    Parameter("interval", "query", "Length of intervals for figures: PT1H, day, month, year"),
    Parameter("aggregate", "query", "Figures: mean, min, max, sum, n, first, last"),
    Parameter("decimate", "query", "As many points as a chart needs, from 3 to 10000"),
)


@operation(
    "Read entities of sensors and their observations",
    about="OGC SensorThings API 1.1; see docs/reference/sensorthings.md.",
    tag="SensorThings",
    parameters=PARAMETERS,
    produces=("application/json", "text/csv", "application/geo+json"),
)
async def get(request: Request) -> Response:
    """The address /sensorthings/v1.1/{path}."""
    if not path_of(request):
        return await root.root(request)
    if path_of(request).startswith("$batch/"):
        return await later.monitor(request, path_of(request).removeprefix("$batch/"))
    path = parse(path_of(request))
    _count(request, path)
    ask = asked(request, path.last.entity)
    if path.rest:
        return await _part(request, path, ask)
    if ask.figures is not None or ask.decimate:
        return await figures.answer(request, path, ask)
    if ask.format != "json":
        return await formats.answer(request, path, ask)
    answer = await fetch(request, path, ask.options, ask)
    return _shown(request, answer, ask)


def _count(request: Request, path: Path) -> None:
    """Notes whose data are read, when the path begins with one thing, datastream or observation."""
    first = path.steps[0]
    if first.id is None:
        return
    if first.entity.kind == Kind.THING:
        used(request.scope, dataset_id(first.id))
    elif first.entity.kind in (Kind.DATASTREAM, Kind.MULTI_DATASTREAM):
        used(request.scope, first.id, "stream")
    elif first.entity.kind == Kind.OBSERVATION:
        used(request.scope, split_id(first.id)[0], "stream")


async def fetch(request: Request, path: Path, options: Options, ask: Asked) -> Answer:
    """What is at the path."""
    return await querying.query(platform_of(request), subject_of(request), path, options, ask.after)


def _shown(request: Request, answer: Answer, ask: Asked) -> Response:
    root = root_of(platform_of(request))
    if not answer.many:
        return answers.as_json(texts(answer.level, root)[0])
    return answers.collection(
        body(answer.level, root), answer, f"{root}/{path_of(request)}", ask.pairs
    )


async def _part(request: Request, path: Path, ask: Asked) -> Response:
    """A property, its bare value, or references."""
    if path.rest[-1] == "$ref":
        return await _references(request, path, ask)
    name = path.rest[0]
    answer = await fetch(request, path, Options(select=(name,)), ask)
    root = root_of(platform_of(request))
    (text,) = texts(answer.level, root)
    if path.rest[-1] == "$value":
        return answers.raw(json.decode(text).get(name))
    return answers.as_json(text if text != "{}" else f'{{"{name}":null}}')


async def _references(request: Request, path: Path, ask: Asked) -> Response:
    """Only the addresses of the entities (9.2.8)."""
    options = _bare(ask.options)
    answer = await fetch(request, path, options, ask)
    root = root_of(platform_of(request))
    if not answer.many:
        return answers.as_json(texts(answer.level, root)[0])
    return answers.collection(
        body(answer.level, root), answer, f"{root}/{path_of(request)}", ask.pairs
    )


def _bare(options: Options) -> Options:
    from msgspec.structs import replace

    return replace(options, select=("@iot.selfLink",), expand=())


__all__ = ["fetch", "get", "next_link"]
