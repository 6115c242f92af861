# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Datasets as search engines and programs for machine learning read them."""

from __future__ import annotations

from typing import Any

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import catalogue, structured
from allmende.core.conditional import etag, is_fresh
from allmende.core.operations import Parameter, operation
from allmende.interfaces.feeds.cite import LANGUAGE, TAG, spoken, work_for
from allmende.model import croissant, schema_org
from allmende.model.catalogue import ResourceKind
from allmende.model.citation import as_bibtex

_PARAMETERS = (Parameter("id", "path", "Id of the dataset", {}, True), LANGUAGE)


@operation(
    "A dataset in the words of schema.org",
    tag=TAG,
    parameters=_PARAMETERS,
    produces=("application/ld+json",),
)
async def in_schema_org(request: Request) -> Response:
    """The address /datasets/trees/schema.jsonld; the same stands in the page of the dataset."""
    _, about = await _about(request)
    return _answer(request, schema_org.document(about), about.language)


@operation(
    "A dataset as Croissant 1.0",
    about="With a record set for each described table of the dataset.",
    tag=TAG,
    parameters=_PARAMETERS,
    produces=("application/ld+json",),
)
async def as_croissant(request: Request) -> Response:
    """The address /datasets/trees/croissant.json."""
    record, about = await _about(request)
    citation = as_bibtex(work_for(request, record, about.language))
    return _answer(request, croissant.document(about, citation), about.language)


async def _about(request: Request) -> tuple[catalogue.Record, schema_org.Subject]:
    platform, subject = request.app.state.platform, request.state.subject
    ident = request.path_params["id"]
    record = await catalogue.get(platform, subject, ResourceKind.DATASET, ident)
    return record, await structured.about(platform, subject, record, spoken(request))


def _answer(request: Request, document: dict[str, Any], language: str) -> Response:
    body = json.format(json.encode(document), indent=2)
    tag = etag(body)
    headers = {
        "vary": "Accept-Language, Authorization, Cookie",
        "etag": tag,
        "content-language": language,
    }
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/ld+json")
