# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""One record of the repository: read, write and delete it by id or original id."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from allmende.core import originals
from allmende.core.catalogue import Record
from allmende.core.operations import Parameter, operation
from allmende.errors import InvalidInput
from allmende.interfaces.piveau import graphs
from allmende.interfaces.piveau.asking import CATALOGUES, DATASETS, MEMBERS, required
from allmende.interfaces.piveau.finding import (
    catalogue_of,
    maybe,
    missing,
    record_of,
    signed_in,
    who,
)
from allmende.interfaces.piveau.lists import ID, TAG
from allmende.interfaces.piveau.reading import resource_in
from allmende.interfaces.piveau.syntax import MEDIA_TYPES, answer, named
from allmende.interfaces.piveau.writing import Target, discard, write
from allmende.model.catalogue import ResourceKind
from allmende.policy import Status

CATALOGUE = Parameter("catalogue", "query", "Id of the catalogue")
NAME = Parameter("ident", "path", "Id of the record, or its original id", {}, True)
ORIGINAL = Parameter("originalId", "query", "The id the record has at its source", {}, True)
WRITING = (
    Parameter("publicationStatus", "query", "draft or published"),
    Parameter("accessLevel", "query", "public, internal or restricted"),
    Parameter("legalBasis", "query", "The legal reason of what is not public"),
    Parameter("recordModified", "query", "409 when the record here is newer than this"),
    Parameter("enforceUpdate", "query", "true: 204 also when nothing is new"),
)


async def shown(request: Request, record: Record) -> Response:
    """The record with its entry in the syntax asked for."""
    platform, _ = who(request)
    told = graphs.whole(platform, record)
    return await answer(
        request, told, record.kind, record.id, record.revision, updated=record.updated
    )


# --- catalogues ----------------------------------------------------------------------


@operation("One catalogue", tag=TAG, parameters=(ID,), produces=MEDIA_TYPES)
async def catalogue(request: Request) -> Response:
    """The description of a catalogue without its members."""
    return await shown(request, await catalogue_of(request, named(request, "ident")))


@operation(
    "Create or change a catalogue",
    tag=TAG,
    parameters=(ID, Parameter("organization", "query", "Owner of a new catalogue"), *WRITING),
    consumes=MEDIA_TYPES,
    secured=True,
)
async def put_catalogue(request: Request) -> Response:
    """201 or 204; its members are records of their own and not taken from the body."""
    platform, subject = signed_in(request)
    ident = request.path_params["ident"]
    if originals.slug(ident) != ident:
        raise InvalidInput(
            "The id of a catalogue has small letters, digits and hyphens, at most 60.",
            "Die Kennung eines Katalogs besteht aus höchstens 60 Kleinbuchstaben, Ziffern und "
            "Bindestrichen.",
            code="invalid-id",
        )
    before = await originals.by_id(platform, subject, ident, CATALOGUES)
    if before is None:
        home = await originals.home_of(platform, subject, request.query_params.get("organization"))
        target = Target(organisation=home, ident=ident)
    else:
        target = keeping(before)
    return await write(request, await resource_in(request, CATALOGUES, ident), target)


@operation(
    "Delete a catalogue with everything in it",
    about="Everything is archived: it keeps its history and can be brought back.",
    tag=TAG,
    parameters=(ID,),
    secured=True,
)
async def delete_catalogue(request: Request) -> Response:
    """204; 403 when the subject may not archive every member."""
    platform, subject = signed_in(request)
    found = await catalogue_of(request, request.path_params["ident"])
    await originals.archive_all(platform, subject, found, "deleted by a program")
    return Response(status_code=204)


# --- by original id ------------------------------------------------------------------


@operation(
    "A resource by its original id",
    tag=TAG,
    parameters=(ID, ORIGINAL),
    produces=MEDIA_TYPES,
)
async def resource_origin(request: Request) -> Response:
    """The address /catalogues/{id}/resources/origin."""
    return await shown(request, await _by_origin(request, MEMBERS))


@operation(
    "A dataset by its original id",
    tag=TAG,
    parameters=(ID, ORIGINAL),
    produces=MEDIA_TYPES,
)
async def dataset_origin(request: Request) -> Response:
    """The address /catalogues/{id}/datasets/origin."""
    return await shown(request, await _by_origin(request, DATASETS))


@operation(
    "Create or change a resource by its original id",
    tag=TAG,
    parameters=(ID, ORIGINAL, *WRITING),
    consumes=MEDIA_TYPES,
    secured=True,
)
async def put_resource_origin(request: Request) -> Response:
    """201, 204, 304 when nothing is new, 409 when the record here is newer."""
    return await _put_origin(request, MEMBERS)


@operation(
    "Create or change a dataset by its original id",
    tag=TAG,
    parameters=(ID, ORIGINAL, *WRITING),
    consumes=MEDIA_TYPES,
    secured=True,
)
async def put_dataset_origin(request: Request) -> Response:
    """201, 204, 304 when nothing is new, 409 when the record here is newer."""
    return await _put_origin(request, DATASETS)


@operation("Delete by original id", tag=TAG, parameters=(ID, ORIGINAL), secured=True)
async def delete_resource_origin(request: Request) -> Response:
    """204; the record is archived."""
    signed_in(request)
    await discard(request, [await _by_origin(request, MEMBERS)])
    return Response(status_code=204)


@operation("Delete a dataset by original id", tag=TAG, parameters=(ID, ORIGINAL), secured=True)
async def delete_dataset_origin(request: Request) -> Response:
    """204; the record is archived."""
    signed_in(request)
    await discard(request, [await _by_origin(request, DATASETS)])
    return Response(status_code=204)


async def _by_origin(request: Request, kinds: Sequence[ResourceKind]) -> Record:
    platform, subject = who(request)
    ident = required(request, "originalId")
    parent = await catalogue_of(request, request.path_params["ident"])
    found = await originals.by_original(platform, subject, ident, kinds, parent.id)
    if found is None:
        found = await originals.by_id(platform, subject, ident, kinds, parent.id)
    if found is None:
        raise missing(ident)
    return found


async def _put_origin(request: Request, kinds: Sequence[ResourceKind]) -> Response:
    platform, subject = signed_in(request)
    ident = required(request, "originalId")
    parent = await catalogue_of(request, request.path_params["ident"])
    found = await resource_in(request, kinds, ident)
    before = await originals.by_original(platform, subject, ident, (found.kind,), parent.id)
    return await write(request, found, new_or_kept(before, parent, ident))


# --- by id ---------------------------------------------------------------------------


@operation("Add a resource to a catalogue", tag=TAG, parameters=(ID, *WRITING), secured=True)
async def post_resource(request: Request) -> Response:
    """201; the id is `resourceId` or the title as far as it is free, see Location."""
    return await _post(request, MEMBERS, request.path_params["ident"])


@operation("Add a dataset to a catalogue", tag=TAG, parameters=(ID, *WRITING), secured=True)
async def post_dataset(request: Request) -> Response:
    """201, as for resources."""
    return await _post(request, DATASETS, request.path_params["ident"])


@operation("Add a dataset", tag=TAG, parameters=(CATALOGUE, *WRITING), secured=True)
async def post_dataset_query(request: Request) -> Response:
    """201; the catalogue stands in the query."""
    return await _post(request, DATASETS, required(request, "catalogue"))


async def _post(request: Request, kinds: Sequence[ResourceKind], catalogue: str) -> Response:
    signed_in(request)
    parent = await catalogue_of(request, catalogue)
    return await add(request, kinds, parent)


async def add(
    request: Request,
    kinds: Sequence[ResourceKind],
    parent: Record,
    status: Status | None = None,
) -> Response:
    """Stores the body as a new record, whatever its names."""
    found = await resource_in(request, kinds)
    ident = request.query_params.get("resourceId", "")[:200]
    target = Target(
        organisation=parent.organisation,
        catalogue=parent.id,
        original_id=originals.fresh_id(),
        ident=ident,
        status=status,
    )
    return await write(request, found, target)


@operation("One resource", tag=TAG, parameters=(NAME,), produces=MEDIA_TYPES)
async def resource(request: Request) -> Response:
    """The address /resources/{id}."""
    return await shown(request, await record_of(request, named(request, "ident"), MEMBERS))


@operation("One dataset", tag=TAG, parameters=(NAME, CATALOGUE), produces=MEDIA_TYPES)
async def dataset(request: Request) -> Response:
    """The address /datasets/{id}."""
    return await shown(request, await record_of(request, named(request, "ident"), DATASETS))


@operation(
    "Change a dataset, or create it in the catalogue named",
    tag=TAG,
    parameters=(NAME, CATALOGUE, *WRITING),
    consumes=MEDIA_TYPES,
    secured=True,
)
async def put_dataset(request: Request) -> Response:
    """201, 204 or 304; 404 for a new dataset without catalogue."""
    return await _put(request, request.path_params["ident"], DATASETS)


@operation(
    "Change a resource, or create it in the catalogue named",
    tag=TAG,
    parameters=(NAME, CATALOGUE, *WRITING),
    consumes=MEDIA_TYPES,
    secured=True,
)
async def put_resource(request: Request) -> Response:
    """201, 204 or 304; 404 for a new resource without catalogue."""
    return await _put(request, request.path_params["ident"], MEMBERS)


@operation("Create or change a dataset", tag=TAG, parameters=(CATALOGUE, *WRITING), secured=True)
async def put_dataset_query(request: Request) -> Response:
    """The same with id and catalogue in the query."""
    required(request, "catalogue")
    return await _put(request, required(request, "id"), DATASETS)


async def _put(request: Request, ident: str, kinds: Sequence[ResourceKind]) -> Response:
    signed_in(request)
    catalogue = request.query_params.get("catalogue")
    parent = await catalogue_of(request, catalogue) if catalogue else None
    before = await maybe(request, ident, kinds)
    if before is None and parent is None:
        raise missing(ident)
    found = await resource_in(request, kinds if before is None else (before.kind,), ident)
    target = keeping(before) if before is not None else new_or_kept(None, parent, ident)
    return await write(request, found, target)


@operation("Delete a resource", tag=TAG, parameters=(NAME,), secured=True)
async def delete_resource(request: Request) -> Response:
    """204; the record is archived and keeps its history."""
    return await _delete(request, request.path_params["ident"], MEMBERS)


@operation("Delete a dataset", tag=TAG, parameters=(NAME, CATALOGUE), secured=True)
async def delete_dataset(request: Request) -> Response:
    """204; the record is archived and keeps its history."""
    return await _delete(request, request.path_params["ident"], DATASETS)


@operation("Delete a dataset", tag=TAG, parameters=(CATALOGUE,), secured=True)
async def delete_dataset_query(request: Request) -> Response:
    """The same with id and catalogue in the query."""
    return await _delete(request, required(request, "id"), DATASETS)


async def _delete(request: Request, ident: str, kinds: Sequence[ResourceKind]) -> Response:
    signed_in(request)
    await discard(request, [await record_of(request, ident, kinds)])
    return Response(status_code=204)


def keeping(before: Record) -> Target:
    """The place a record has already."""
    return Target(
        organisation=before.organisation,
        catalogue=before.catalogue,
        original_id=before.original_id,
        ident=before.id,
        before=before,
    )


def new_or_kept(before: Record | None, parent: Record | None, ident: str) -> Target:
    """The place of a record that is known, or of a new one in a catalogue."""
    if before is not None or parent is None:
        assert before is not None, "there is a record or a catalogue for it"  # noqa: S101
        return keeping(before)
    return Target(
        organisation=parent.organisation, catalogue=parent.id, original_id=ident, ident=ident
    )
