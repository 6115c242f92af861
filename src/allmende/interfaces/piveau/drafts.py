# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Drafts of datasets: write them, publish them, and take back what is published."""

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import catalogue, pages
from allmende.core.catalogue import Record
from allmende.core.operations import operation
from allmende.errors import Conflict
from allmende.interfaces.piveau import graphs
from allmende.interfaces.piveau.asking import DATASETS, flag, required
from allmende.interfaces.piveau.finding import catalogue_of, maybe, missing, signed_in, who
from allmende.interfaces.piveau.lists import TAG
from allmende.interfaces.piveau.reading import resource_in
from allmende.interfaces.piveau.single import CATALOGUE, NAME, add, keeping, new_or_kept, shown
from allmende.interfaces.piveau.syntax import MEDIA_TYPES, answer
from allmende.interfaces.piveau.writing import Target, discard, write
from allmende.model.catalogue import ResourceKind
from allmende.model.filter import Compare, all_of
from allmende.policy import Status, Subject

MOST = 5_000
PLACE = (NAME, CATALOGUE)


@operation("Drafts of datasets", tag=TAG, produces=("application/json", *MEDIA_TYPES))
async def listing(request: Request) -> Response:
    """The ids of the drafts the subject may see, or the drafts themselves as RDF."""
    platform, subject = signed_in(request)
    where = all_of(Compare("kind", "=", ResourceKind.DATASET), Compare("status", "=", Status.DRAFT))
    found = (await pages.slice_of(platform, subject, where, 0, MOST)).records
    if flag(request, "filterByProvider"):
        found = [each for each in found if await _began(request, subject, each)]
    accept = request.headers.get("accept", "*/*")
    if "json" in accept.replace("ld+json", "") or accept.strip() in ("", "*/*"):
        return Response(json.encode([each.id for each in found]), media_type="application/json")
    return await answer(request, [line for each in found for line in graphs.whole(platform, each)])


async def _began(request: Request, subject: Subject, record: Record) -> bool:
    """Whether the subject has made the first revision."""
    platform, _ = who(request)
    changes = await catalogue.revisions(platform, subject, record.kind, record.id)
    return bool(changes) and changes[-1].actor == subject.id


@operation("Add a draft", tag=TAG, parameters=(CATALOGUE,), secured=True)
async def create(request: Request) -> Response:
    """201 with the address in Location."""
    signed_in(request)
    parent = await catalogue_of(request, required(request, "catalogue"))
    return await add(request, DATASETS, parent, Status.DRAFT)


@operation("One draft", tag=TAG, parameters=PLACE, produces=MEDIA_TYPES)
async def read(request: Request) -> Response:
    """The draft; 404 for what is published."""
    signed_in(request)
    return await shown(request, await _draft(request))


@operation("Create or change a draft", tag=TAG, parameters=PLACE, secured=True)
async def put(request: Request) -> Response:
    """201, 204 or 304; 409 for a dataset that is published: hide it first."""
    signed_in(request)
    ident = request.path_params["ident"]
    parent = await catalogue_of(request, required(request, "catalogue"))
    before = await maybe(request, ident, DATASETS)
    if before is not None and before.status is not Status.DRAFT:
        raise Conflict(
            "The dataset is published. Change it at /datasets, or hide it first.",
            "Der Datensatz ist veröffentlicht. Bitte unter /datasets ändern oder zuerst verbergen.",
            code="not-a-draft",
        )
    found = await resource_in(request, DATASETS, ident)
    target: Target = keeping(before) if before is not None else new_or_kept(None, parent, ident)
    target.status = Status.DRAFT
    return await write(request, found, target)


@operation("Delete a draft", tag=TAG, parameters=PLACE, secured=True)
async def delete(request: Request) -> Response:
    """200, as a hub answers; the draft is archived."""
    signed_in(request)
    await discard(request, [await _draft(request)])
    return Response(status_code=200)


@operation("Publish a draft", tag=TAG, parameters=PLACE, secured=True)
async def publish(request: Request) -> Response:
    """204; for those who may release."""
    platform, subject = signed_in(request)
    found = await _draft(request)
    await catalogue.release(platform, subject, found.kind, found.id, Status.PUBLISHED)
    return Response(status_code=204)


@operation("Take a published dataset back to the drafts", tag=TAG, parameters=PLACE, secured=True)
async def hide(request: Request) -> Response:
    """204; for those who may release."""
    platform, subject = signed_in(request)
    found = await maybe(request, request.path_params["ident"], DATASETS)
    if found is None or found.status is not Status.PUBLISHED:
        raise missing(request.path_params["ident"])
    await catalogue.release(platform, subject, found.kind, found.id, Status.DRAFT)
    return Response(status_code=204)


async def _draft(request: Request) -> Record:
    ident = request.path_params["ident"]
    found = await maybe(request, ident, DATASETS)
    if found is None or found.status is not Status.DRAFT:
        raise missing(ident)
    return found
