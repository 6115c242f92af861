# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Documents by their ids, lists of ids, places, and organisations of the search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from allmende.core import accounts, catalogue, geocode, originals
from allmende.core.catalogue import Record
from allmende.core.operations import Parameter, operation
from allmende.interfaces.piveau.asking import CATALOGUES, DATASETS, flag, required
from allmende.interfaces.piveau.entries import revision_of
from allmende.interfaces.piveau.finding import catalogue_of, missing, record_of, who
from allmende.interfaces.piveau.search.documents import document, with_revisions
from allmende.interfaces.piveau.search.searching import TAG, as_json
from allmende.model.catalogue import ResourceKind
from allmende.model.filter import Compare, Everything, In, all_of

ID = Parameter("ident", "path", "Id", {}, True)
MOST = 100_000  # ids of one list
PLACES = 10


async def _ids(request: Request, kinds: Sequence[ResourceKind], parent: Record | None) -> Response:
    platform, subject = who(request)
    within = Compare("catalogue", "=", parent.id) if parent is not None else Everything()
    where = all_of(originals.CURRENT, In("kind", tuple(map(str, kinds))), within)
    found: list[str] = []
    async for record in catalogue.each(platform, subject, where=where):
        found.append(record.id)
        if len(found) == MOST:
            break
    return as_json(found)


@operation(
    "Ids of the datasets of a catalogue",
    tag=TAG,
    parameters=(Parameter("catalogue", "query", "Id of the catalogue", {}, True),),
)
async def datasets(request: Request) -> Response:
    """The address /datasets?catalogue=."""
    parent = await catalogue_of(request, required(request, "catalogue"))
    return await _ids(request, DATASETS, parent)


@operation("Ids of the catalogues", tag=TAG)
async def catalogues(request: Request) -> Response:
    """The address /catalogues."""
    return await _ids(request, CATALOGUES, None)


@operation("One dataset", tag=TAG, parameters=(ID,))
async def dataset(request: Request) -> Response:
    """With the revisions the subject may see."""
    return await _one(request, ResourceKind.DATASET)


@operation("One catalogue", tag=TAG, parameters=(ID,))
async def one_catalogue(request: Request) -> Response:
    """The address /catalogues/{id}."""
    return await _one(request, ResourceKind.CATALOG)


@operation("One data service", tag=TAG, parameters=(ID,))
async def service(request: Request) -> Response:
    """The address /dataservices/{id}."""
    return await _one(request, ResourceKind.SERVICE)


@operation("One dataset series", tag=TAG, parameters=(ID,))
async def series(request: Request) -> Response:
    """The address /datasetseries/{id}."""
    return await _one(request, ResourceKind.SERIES)


async def _one(request: Request, kind: ResourceKind) -> Response:
    platform, subject = who(request)
    record = await record_of(request, request.path_params["ident"], (kind,))
    changes = await catalogue.revisions(platform, subject, kind, record.id)
    told = with_revisions(document(platform, record), record, changes)
    return as_json({"success": True, "result": told})


@operation(
    "A dataset as it was",
    tag=TAG,
    parameters=(ID, Parameter("revision", "path", "Number or id of the revision", {}, True)),
)
async def revision(request: Request) -> Response:
    """The addresses /datasets/{id}/revisions/{revision} and /datasets/{id}/{revision}."""
    platform, _ = who(request)
    ident, number = request.path_params["ident"], request.path_params["revision"]
    name = number if "~" in number else f"{ident}~{number}"
    record, change = await revision_of(request, name)
    if change.resource is None or record.id != (await _dataset(request, ident)).id:
        raise missing(name)
    record.resource = change.resource
    record.revision, record.updated, record.status = change.number, change.at, change.status
    return as_json({"success": True, "result": document(platform, record)})


async def _dataset(request: Request, ident: str) -> Record:
    return await record_of(request, ident, DATASETS)


@operation("Types of other resources", tag=TAG)
async def resource_types(_request: Request) -> Response:
    """There are none besides those of DCAT."""
    return as_json([])


@operation("Places that a text may mean", tag=TAG, parameters=(Parameter("q", "query", "Text"),))
async def gazetteer(request: Request) -> Response:
    """Streets and houses of the collection `addresses`, best first."""
    platform, subject = who(request)
    text = request.query_params.get("q", "")
    found = await geocode.search(platform, subject, text, limit=PLACES)
    results: list[dict[str, Any]] = [
        {
            "id": each.id,
            "name": each.label,
            "featureType": "address",
            "geometry": f"{each.lon},{each.lat},{each.lon},{each.lat}",
            "centroid": [each.lon, each.lat],
        }
        for each in found
    ]
    return as_json({"result": {"count": len(results), "results": results}})


@operation(
    "Organisations",
    tag=TAG,
    parameters=(Parameter("hierarchy", "query", "true: as trees"),),
)
async def organisations(request: Request) -> Response:
    """Their ids, or trees with names."""
    platform, subject = who(request)
    found = await accounts.organisations(platform, subject)
    if not flag(request, "hierarchy"):
        return as_json([each.id for each in found])
    nodes: dict[str, dict[str, Any]] = {
        each.id: {"id": each.id, "name": each.name, "children": []} for each in found
    }
    roots: list[dict[str, Any]] = []
    for each in found:
        parent = nodes.get(each.parent or "")
        (roots if parent is None else parent["children"]).append(nodes[each.id])
    return as_json(roots)


@operation("One organisation", tag=TAG, parameters=(ID,))
async def organisation(request: Request) -> Response:
    """Its names and the one above."""
    platform, subject = who(request)
    ident = request.path_params["ident"]
    for each in await accounts.organisations(platform, subject):
        if each.id == ident:
            told = {"id": each.id, "name": each.name, "sub_organization_of": each.parent}
            return as_json({"success": True, "result": told})
    raise missing(ident)
