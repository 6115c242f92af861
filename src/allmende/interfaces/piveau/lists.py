# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Lists of the repository: IRIs, ids, original ids, or the records themselves in pages."""

from collections.abc import Sequence
from urllib.parse import urlencode

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import originals, pages
from allmende.core.catalogue import Record
from allmende.core.operations import Parameter, operation
from allmende.core.platform import Platform
from allmende.interfaces.piveau import graphs
from allmende.interfaces.piveau.asking import (
    CATALOGUES,
    DATASETS,
    ValueType,
    flag,
    resource_types,
    value_type,
    window,
)
from allmende.interfaces.piveau.finding import catalogue_of, who
from allmende.interfaces.piveau.syntax import MEDIA_TYPES, answer, named
from allmende.model.catalogue import ResourceKind
from allmende.model.filter import Compare, Everything, In, all_of
from allmende.model.rdf.page import Page

TAG = "piveau hub-repo"
PAGING = (
    Parameter("valueType", "query", "uriRefs, identifiers, originalIds or metadata (RDF)"),
    Parameter("offset", "query", "How many to pass over", {"type": "integer"}),
    Parameter("limit", "query", "1 to 5000, 100 if not given", {"type": "integer"}),
    Parameter("usePagedCollection", "query", "true: paging in the old terms of Hydra only"),
)
ID = Parameter("ident", "path", "Id of the catalogue", {}, True)
PRODUCES = ("application/json", *MEDIA_TYPES)


@operation("Catalogues of the hub", tag=TAG, parameters=PAGING, produces=PRODUCES)
async def catalogues(request: Request) -> Response:
    """The address /catalogues."""
    return await _list(request, CATALOGUES, None)


@operation(
    "Resources of the hub",
    tag=TAG,
    parameters=(*PAGING, Parameter("resourceTypes", "query", "Dataset, DataService, …")),
    produces=PRODUCES,
)
async def resources(request: Request) -> Response:
    """The address /resources."""
    return await _list(request, resource_types(request), None)


@operation("Datasets of the hub", tag=TAG, parameters=PAGING, produces=PRODUCES)
async def datasets(request: Request) -> Response:
    """The address /datasets, with `catalogue` those of one."""
    ident = request.query_params.get("catalogue")
    root = await catalogue_of(request, ident) if ident else None
    return await _list(request, DATASETS, root)


@operation(
    "Resources of a catalogue",
    tag=TAG,
    parameters=(ID, *PAGING, Parameter("resourceTypes", "query", "Dataset, DataService, …")),
    produces=PRODUCES,
)
async def resources_of(request: Request) -> Response:
    """The address /catalogues/{id}/resources."""
    root = await catalogue_of(request, request.path_params["ident"])
    return await _list(request, resource_types(request), root)


@operation("Datasets of a catalogue", tag=TAG, parameters=(ID, *PAGING), produces=PRODUCES)
async def datasets_of(request: Request) -> Response:
    """The address /catalogues/{id}/datasets."""
    root = await catalogue_of(request, named(request, "ident"))
    return await _list(request, DATASETS, root)


async def _list(request: Request, kinds: Sequence[ResourceKind], root: Record | None) -> Response:
    platform, subject = who(request)
    offset, limit = window(request)
    wanted = value_type(request)
    within = Compare("catalogue", "=", root.id) if root is not None else Everything()
    where = all_of(originals.CURRENT, In("kind", tuple(map(str, kinds))), within)
    found = await pages.slice_of(platform, subject, where, offset, limit)
    if wanted != "metadata":
        names = [name for each in found.records if (name := _name(platform, each, wanted))]
        return as_json(names, found.total)
    page = _page(request, offset, limit, found.total)
    legacy = flag(request, "usePagedCollection")
    told = graphs.listed(platform, root, found.records, page, legacy=legacy)
    return await answer(request, told)


def as_json(names: Sequence[str], total: int) -> Response:
    """A list of names, with the number of all of them in a header."""
    headers = {"x-total-count": str(total)}
    return Response(json.encode(names), headers=headers, media_type="application/json")


def _name(platform: Platform, record: Record, wanted: ValueType) -> str | None:
    if wanted == "identifiers":
        return record.id
    if wanted == "originalIds":
        return record.original_id or record.id
    return pages.iri_of(platform, record)


def _page(request: Request, offset: int, limit: int, total: int) -> Page:
    """The part from `offset` on with the addresses of its neighbours."""
    base = request.app.state.platform.settings.base_url + request.url.path
    others = [
        each for each in request.query_params.multi_items() if each[0] not in ("offset", "limit")
    ]

    def at(start: int) -> str:
        return f"{base}?{urlencode([*others, ('offset', start), ('limit', limit)])}"

    last = max(0, (total - 1) // limit * limit)
    previous = at(max(0, offset - limit)) if offset else None
    following = at(offset + limit) if offset + limit < total else None
    return Page(at(offset), total, limit, at(0), previous, following, at(last))
