# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""What the features of a collection consist of, and what can be filtered and sorted by."""

from __future__ import annotations

from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import collections
from allmende.core.collections import Collection
from allmende.core.negotiation import Format
from allmende.core.operations import operation
from allmende.interfaces.ogcapi.asking import queryable, sortable
from allmende.interfaces.ogcapi.common import SCHEMA, answer, asked, plain, to_people
from allmende.interfaces.ogcapi.describing import ID
from allmende.model.document import Entity, Field
from allmende.model.emit.feature_schema import feature_schema

_FORMATS = (Format(SCHEMA, ("json",)), Format("application/json"))


@operation("JSON Schema of the features", tag="OGC API", parameters=(ID,), produces=(SCHEMA,))
async def schema(request: Request) -> Response:
    """The address /ogc/collections/{id}/schema (OGC 23-058r2 §10)."""
    return await _answer(request, "schema")


@operation("Fields that a filter can name", tag="OGC API", parameters=(ID,), produces=(SCHEMA,))
async def queryables(request: Request) -> Response:
    """The address /ogc/collections/{id}/queryables (OGC 19-079r2 §7)."""
    return await _answer(request, "queryables")


@operation(
    "Fields that features can be sorted by", tag="OGC API", parameters=(ID,), produces=(SCHEMA,)
)
async def sortables(request: Request) -> Response:
    """The address /ogc/collections/{id}/sortables (OGC 23-058r2 §12)."""
    return await _answer(request, "sortables")


async def _answer(request: Request, what: str) -> Response:
    ask, ident = asked(request), request.path_params["id"]
    found = to_people(ask, f"/collections/{ident}")
    if found is not None:
        return found
    wanted = plain(ask, _FORMATS)
    collection = await collections.get(ask.platform, ask.subject, ident)
    address = ask.at("collections", ident, what)
    body = feature_schema(_of(collection, what), address, language=ask.language)
    body["title"] = ask.said(collection.title) or ident
    if what != "schema":
        body.pop("required", None)
    return answer(ask, body, wanted.media_type)


def _of(collection: Collection, what: str) -> Entity:
    if what == "queryables":
        return reduced(collection.entity, queryable(collection.entity))
    if what == "sortables":
        return reduced(collection.entity, sortable(collection.entity))
    return collection.entity


def reduced(entity: Entity, fields: list[Field]) -> Entity:
    """The entity with some of its fields."""
    return replace(entity, fields=fields)
