# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""POST: new entities, links, data arrays and batches (OGC 18-088 clauses 10.2, 11, 14)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from allmende.core.operations import Parameter, operation
from allmende.core.sensing import entities
from allmende.interfaces.sensorthings import batch, data_array, single
from allmende.interfaces.sensorthings.writing import (
    JSON,
    RATE,
    as_object,
    media_type,
    path_of,
    perform,
    read_json,
    subject_of,
)

PATH = Parameter("path", "path", "Resource path, as Things(1)/Datastreams", required=True)


@operation(
    "Make an entity, or several in a batch or data array",
    about="A body may hold other entities inside it; all of them are made or none.",
    tag="SensorThings",
    parameters=(PATH,),
    consumes=("application/json", "multipart/mixed"),
    secured=True,
    rate=RATE,
)
async def post(request: Request) -> Response:
    """POST below the root: 201 with Location; a batch 200, a link 204."""
    path = path_of(request)
    if path == "$batch":
        return await batch.post(request)
    if path.endswith("Observations") and media_type(request) == JSON:
        answer = await single.post(request, path)
        if answer is not None:
            return answer
    entities.check_writer(subject_of(request))
    if path == "CreateObservations":
        return await data_array.post(request)
    body = as_object(await read_json(request))
    return await perform(request, "link" if path.endswith("/$ref") else "create", path, body)
