# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Distributions on their own: each has an id, and every write changes only its dataset.

The id is `{id of the dataset}~{last part of the distribution's IRI}`. The last part alone
is understood as well, as long as only one dataset has such a distribution.
"""

from collections.abc import Callable
from urllib.parse import quote

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import catalogue, file_removal, originals, pages
from allmende.core.catalogue import Record, entry_of
from allmende.core.operations import Parameter, operation
from allmende.core.platform import Platform
from allmende.errors import Conflict, PreconditionFailed
from allmende.interfaces.piveau.asking import DATASETS, flag, value_type, window
from allmende.interfaces.piveau.finding import missing, record_of, signed_in, who
from allmende.interfaces.piveau.lists import PAGING, TAG, as_json
from allmende.interfaces.piveau.reading import distribution_in
from allmende.interfaces.piveau.single import NAME
from allmende.interfaces.piveau.syntax import MEDIA_TYPES, answer, named
from allmende.model.catalogue import Dataset, Distribution, Repair
from allmende.model.rdf import FoundRecord, Statement, statements

BASE = "/api/hub/repo/distributions/"
ID = Parameter("ident", "path", "Id of the distribution", {}, True)
TRIES = 5

Change = Callable[[Dataset], bool]
"""Changes a dataset; False when there is nothing to change."""


def tail(iri: str) -> str:
    """The last part of an IRI."""
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2]


def iris(platform: Platform, record: Record) -> list[str]:
    """The IRIs of the record's distributions as they are given out, in their order."""
    base, resource = pages.iri_of(platform, record), record.resource
    parts = resource.distribution if isinstance(resource, Dataset) else []
    return [_iri(base, part, place) for place, part in enumerate(parts, 1)]


def _iri(base: str, part: Distribution, place: int) -> str:
    own = part.iri or ""
    return own if own and not own.startswith("_:") else f"{base}#distribution-{place}"


def ident_of(record: Record, iri: str) -> str:
    """The id of a distribution."""
    return f"{record.id}~{tail(iri)}"


# --- reading -------------------------------------------------------------------------


@operation(
    "Distributions of a dataset",
    tag=TAG,
    parameters=(NAME, *PAGING),
    produces=("application/json", *MEDIA_TYPES),
)
async def listing(request: Request) -> Response:
    """IRIs, ids, or the distributions themselves."""
    platform, _ = who(request)
    record = await record_of(request, named(request, "ident"), DATASETS)
    offset, limit = window(request)
    found = iris(platform, record)
    chosen = found[offset : offset + limit]
    wanted = value_type(request)
    if wanted == "metadata":
        return await answer(request, [x for iri in chosen for x in _about(platform, record, iri)])
    names = chosen if wanted == "uriRefs" else [ident_of(record, iri) for iri in chosen]
    return as_json(names, len(found))


@operation("One distribution", tag=TAG, parameters=(ID,), produces=MEDIA_TYPES)
async def read(request: Request) -> Response:
    """The address /distributions/{id}."""
    platform, _ = who(request)
    record, iri = await _found(request, request.path_params["ident"])
    told = _about(platform, record, iri)
    return await answer(request, told, record.id, record.revision, iri, updated=record.updated)


def _about(platform: Platform, record: Record, iri: str) -> list[Statement]:
    """What the dataset's statements say of the distribution and of nodes only it leads to."""
    told = statements(record.resource, pages.iri_of(platform, record), scope=f"r{record.key}n")
    by_subject: dict[str, list[Statement]] = {}
    for line in told:
        by_subject.setdefault(line[0], []).append(line)
    others = {pages.iri_of(platform, record), *iris(platform, record)}
    found, waiting, seen = [], [iri], {iri}
    for node in waiting:  # grows while it is walked
        for line in by_subject.get(node, ()):
            found.append(line)
            value = line[2]
            if isinstance(value, str) and value not in seen and value not in others:
                seen.add(value)
                waiting.append(value)
    return found


# --- writing -------------------------------------------------------------------------


@operation(
    "Add a distribution to a dataset",
    tag=TAG,
    parameters=(NAME,),
    consumes=MEDIA_TYPES,
    secured=True,
)
async def create(request: Request) -> Response:
    """201 with its address in Location; 204 when the dataset has one of that IRI, now changed."""
    platform, _ = signed_in(request)
    record = await record_of(request, request.path_params["ident"], DATASETS)
    part, read = await distribution_in(request)
    if part.iri is None:
        part.iri = f"{catalogue.address(platform, record)}#distribution-{originals.fresh_id()[:12]}"
    iri, existed = part.iri, False

    def add(dataset: Dataset) -> bool:
        nonlocal existed
        places = [n for n, each in enumerate(dataset.distribution) if each.iri == iri]
        existed = bool(places)
        if places:
            dataset.distribution[places[0]] = part
        else:
            dataset.distribution.append(part)
        dataset.extra = list(dict.fromkeys([*dataset.extra, *read.resource.extra]))
        return True

    repairs = _told(read)
    await _change(request, record, add, repairs)
    name = ident_of(record, iri)
    address = f"{platform.settings.base_url}{BASE}{quote(name, safe='~')}"
    headers = {"location": address}
    if existed:
        return Response(status_code=204, headers=headers)
    body = json.encode({"id": name, "resource": iri, "repairs": repairs})
    return Response(body, 201, headers, media_type="application/json")


@operation("Change a distribution", tag=TAG, parameters=(ID,), consumes=MEDIA_TYPES, secured=True)
async def replace(request: Request) -> Response:
    """204, or 304 when nothing is new; the distribution keeps its IRI and place."""
    signed_in(request)
    record, iri = await _found(request, request.path_params["ident"])
    part, read = await distribution_in(request)
    part.iri = iri

    def put(dataset: Dataset) -> bool:
        dataset.distribution = [part if each.iri == iri else each for each in dataset.distribution]
        dataset.extra = list(dict.fromkeys([*dataset.extra, *read.resource.extra]))
        return any(each is part for each in dataset.distribution)

    new = await _change(request, record, put, _told(read))
    return Response(status_code=204 if new else 304)


@operation(
    "Delete a distribution",
    about="With `deleteFile=true` the file that lies here is deleted for good as well; its "
    "address then answers 410 with the reason.",
    tag=TAG,
    parameters=(
        ID,
        Parameter("deleteFile", "query", "Whether the file itself goes", {"type": "boolean"}),
        Parameter("reason", "query", "Why the file is deleted"),
    ),
    secured=True,
)
async def delete(request: Request) -> Response:
    """204; the dataset keeps its history."""
    platform, subject = signed_in(request)
    record, iri = await _found(request, request.path_params["ident"])
    names: list[str] = []
    reason = request.query_params.get("reason", "")
    if flag(request, "deleteFile"):
        resource, all_iris = record.resource, iris(platform, record)
        parts = resource.distribution if isinstance(resource, Dataset) else []
        gone = [part for part, each in zip(parts, all_iris, strict=True) if each == iri]
        names = await file_removal.held(platform, subject, record.id, gone)
        await file_removal.allowed(platform, subject, record, names, reason)

    def remove(dataset: Dataset) -> bool:
        left = [each for each in dataset.distribution if each.iri != iri]
        gone = len(left) < len(dataset.distribution)
        dataset.distribution = left
        return gone

    await _change(request, record, remove, [], reason if names else "")
    for name in names:
        await file_removal.delete(platform, subject, record.id, name, reason)
    return Response(status_code=204)


def _told(read: FoundRecord) -> list[Repair]:
    """What was put right in the distribution itself."""
    return [each for each in read.repairs if each.path.startswith("distribution")]


async def _change(
    request: Request, record: Record, change: Change, repairs: list[Repair], reason: str = ""
) -> bool:
    """Reads, changes and writes a dataset, again when somebody else was faster.

    Every distribution gets the IRI it is given out with, so that none changes its name when
    another one goes. Whether anything was new.
    """
    platform, subject = signed_in(request)
    for _ in range(TRIES):
        entry = entry_of(record)
        resource = entry.resource
        if not isinstance(resource, Dataset):
            raise missing(record.id)
        for part, iri in zip(resource.distribution, iris(platform, record), strict=True):
            part.iri = iri
        if not change(resource):
            raise missing(request.path_params["ident"])
        entry.repairs = [*entry.repairs, *repairs]
        entry.reason = reason
        try:
            outcome = await catalogue.put(platform, subject, entry)
        except PreconditionFailed:
            record = await catalogue.get(platform, subject, record.kind, record.id)
            continue
        return outcome.change != "unchanged"
    raise Conflict(
        "Others are changing the dataset all the time; try again.",
        "Der Datensatz wird gerade ständig geändert; bitte noch einmal versuchen.",
    )


async def _found(request: Request, name: str) -> tuple[Record, str]:
    """The dataset and the IRI of the distribution. NotFound, or Conflict when it is unclear."""
    platform, subject = who(request)
    ident, tilde, key = name.partition("~")
    if tilde:
        record = await record_of(request, ident, DATASETS)
        for iri in iris(platform, record):
            if tail(iri) == key:
                return record, iri
    if not name or len(name) > 500:
        raise missing(name[:100])
    hits = [
        (record, iri)
        for record in await originals.with_tail(platform, subject, name)
        for iri in iris(platform, record)
        if tail(iri) == name
    ]
    if len(hits) > 1:
        raise Conflict(
            "Several distributions end like this; name one with {dataset}~{end of its IRI}.",
            "Mehrere Distributionen enden so; bitte {Datensatz}~{Ende der IRI} angeben.",
            code="several-distributions",
        )
    if not hits:
        raise missing(name)
    return hits[0]
