# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""DELETE: entities, links, and what a filter finds (OGC 18-088 clause 10.4)."""

from __future__ import annotations

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core.operations import Parameter, operation
from allmende.core.sensing import clearing, entities
from allmende.errors import InvalidInput
from allmende.interfaces.sensorthings import later
from allmende.interfaces.sensorthings.create import PATH
from allmende.interfaces.sensorthings.writing import (
    JSON,
    RATE,
    path_of,
    perform,
    platform_of,
    subject_of,
)
from allmende.model.sensing.odata.options import read_options
from allmende.model.sensing.path import parse


@operation(
    "Delete an entity with all below it, a link, or what a filter finds",
    about="Datastreams go with their observations, things with their datastreams.",
    tag="SensorThings",
    parameters=(
        PATH,
        Parameter("$filter", "query", "Which entities of a collection are deleted"),
        Parameter("$id", "query", "Address of the entity a link leads to"),
    ),
    secured=True,
    rate=RATE,
    seconds="upload_seconds",
)
async def delete(request: Request) -> Response:
    """DELETE: 200 for an entity, 204 for a link, 200 with the number for a filter."""
    path = path_of(request)
    if path.startswith("$batch/"):
        return await later.give_up(request, path.removeprefix("$batch/"))
    subject = subject_of(request)
    entities.check_writer(subject)
    if path.endswith("/$ref"):
        named = request.query_params.get("$id") or request.query_params.get("@odata.id")
        body = {"@odata.id": named} if named else None
        return await perform(request, "unlink", path, body)
    where = parse(path)
    if where.rest or not where.many:
        return await perform(request, "delete", path)
    options = read_options(request.query_params.multi_items(), where.last.entity)
    if options.filter is None:
        raise InvalidInput(
            "$filter is required for collection delete",
            "Zum Löschen in einer Sammlung ist $filter nötig.",
        )
    removed = await clearing.clear(platform_of(request), subject, where, options.filter)
    return Response(json.encode({"deleted": removed}), media_type=JSON)
