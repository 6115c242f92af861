# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Persistent identifiers: whether a dataset may have one, and one for trying out."""

import hashlib

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import catalogue
from allmende.core.asking import one_of
from allmende.core.catalogue import Record, entry_of
from allmende.core.operations import Parameter, operation
from allmende.core.pages import date_time
from allmende.interfaces.piveau.asking import DATASETS
from allmende.interfaces.piveau.finding import record_of, signed_in
from allmende.interfaces.piveau.lists import TAG
from allmende.interfaces.piveau.single import CATALOGUE, NAME
from allmende.model.catalogue import Identifier

TYPES = ("mock", "eu-ra-doi")
TYPE = Parameter("type", "query", "mock or eu-ra-doi; the latter is not offered here", {}, True)
PREFIX = "mock:"
NEEDED = ("title", "description", "publisher", "creator", "issued")


@operation("May the dataset have a persistent identifier?", tag=TAG, parameters=(NAME, TYPE))
async def eligibility(request: Request) -> Response:
    """What is missing for it: the mandatory properties of DataCite 4."""
    record = await record_of(request, request.path_params["ident"], DATASETS)
    kind = one_of("type", request.query_params.get("type", "mock"), TYPES)
    missing = _missing(record)
    fits = not missing and kind == "mock"
    body = {"eligible": fits, "isEligible": fits, "type": kind, "missing": missing}
    if kind != "mock":
        body["message"] = _NO_AGENCY
    return Response(json.encode(body), media_type="application/json")


@operation("Give a dataset a persistent identifier", tag=TAG, parameters=(NAME, TYPE, CATALOGUE))
async def create(request: Request) -> Response:
    """200 with the identifier, which stands in adms:identifier; 422 with what is missing."""
    platform, subject = signed_in(request)
    record = await record_of(request, request.path_params["ident"], DATASETS)
    kind = one_of("type", request.query_params.get("type", ""), TYPES)
    if kind != "mock":
        return _refused({"message": _NO_AGENCY})
    if missing := _missing(record):
        return _refused({"message": "Some properties are missing.", "missing": missing})
    known = next((i for i in record.resource.other_identifier if _is_mock(i)), None)
    if known is None:
        number = hashlib.sha256(f"{record.catalogue}|{record.id}".encode()).hexdigest()[:12]
        known = Identifier(notation=PREFIX + number, issued=date_time(record.updated)[:10])
        entry = entry_of(record)
        entry.resource.other_identifier.append(known)
        await catalogue.put(platform, subject, entry)
    body = {"success": True, "type": kind, "identifier": known.notation, "issued": known.issued}
    return Response(json.encode(body), media_type="application/json")


_NO_AGENCY = "No registration agency is connected here; use type=mock for trying out."


def _is_mock(identifier: Identifier) -> bool:
    return (identifier.notation or "").startswith(PREFIX)


def _missing(record: Record) -> list[str]:
    return [name for name in NEEDED if not getattr(record.resource, name)]


def _refused(body: dict[str, object]) -> Response:
    return Response(json.encode({"success": False, **body}), 422, media_type="application/json")
