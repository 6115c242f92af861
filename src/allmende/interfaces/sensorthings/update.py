# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""PATCH and PUT: changed entities (OGC 18-088 clause 10.3)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from allmende.core.operations import operation
from allmende.core.sensing import entities
from allmende.interfaces.sensorthings.create import PATH
from allmende.interfaces.sensorthings.writing import (
    JSON,
    MERGE,
    PATCH,
    RATE,
    as_object,
    media_type,
    path_of,
    perform,
    read_json,
    subject_of,
)


@operation(
    "Change properties of an entity",
    about="application/json sets the properties that are given; "
    "application/json-patch+json is a JSON Patch (RFC 6902).",
    tag="SensorThings",
    parameters=(PATH,),
    consumes=(JSON, MERGE, PATCH),
    secured=True,
    rate=RATE,
)
async def patch(request: Request) -> Response:
    """PATCH on an entity: 200."""
    entities.check_writer(subject_of(request))
    body = await read_json(request, (JSON, MERGE, PATCH))
    if media_type(request) == PATCH:
        return await perform(request, "patch", path_of(request), body)
    return await perform(request, "merge", path_of(request), as_object(body))


@operation(
    "Replace an entity",
    about="Properties that are not given become empty; links stay unless they are given.",
    tag="SensorThings",
    parameters=(PATH,),
    secured=True,
    consumes=(JSON,),
    rate=RATE,
)
async def put(request: Request) -> Response:
    """PUT on an entity: 200; on a link to one: 204."""
    entities.check_writer(subject_of(request))
    path = path_of(request)
    body = as_object(await read_json(request))
    return await perform(request, "link" if path.endswith("/$ref") else "replace", path, body)
