# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The delivery to GovData: DCAT-AP.de in pages, and what would be refused and why."""

from __future__ import annotations

from typing import Any

from anyio import to_thread
from msgspec import json
from starlette.requests import Request
from starlette.responses import Response

from allmende.core import govdata, pages
from allmende.core.catalogue import Record
from allmende.core.conditional import etag, is_fresh, validators
from allmende.core.govdata import Delivery, Survey, Verdict
from allmende.core.negotiation import Format, choose
from allmende.core.operations import Parameter, operation
from allmende.core.pages import Root
from allmende.core.platform import Platform
from allmende.errors import InvalidInput, NotFound
from allmende.model.catalogue import ResourceKind
from allmende.model.namespaces import DCAT
from allmende.model.rdf import Page, Statement, serialise, statements
from allmende.model.rdf.page import page_statements
from allmende.policy import ANONYMOUS

TAG = "feeds"
PER_PAGE = 100
MAX_LISTED = 1_000
FORMATS = (
    Format("application/rdf+xml", ("rdf", "xml")),
    Format("text/turtle", ("ttl",)),
    Format("application/ld+json", ("jsonld",)),
)


@operation(
    "What is delivered to GovData",
    about="Public datasets that GovData takes, as DCAT-AP.de in Hydra pages of 100.",
    tag=TAG,
    parameters=(Parameter("page", "query", "Number of the page, from 1"),),
    seconds="upload_seconds",
    produces=tuple(each.media_type for each in FORMATS),
)
async def feed(request: Request) -> Response:
    """The addresses /govdata, /govdata.rdf, /govdata.ttl and /govdata.jsonld."""
    path, chosen = choose(request.url.path, request.headers.get("accept"), FORMATS)
    if path != "/govdata":
        raise NotFound("There is no such form.", "Diese Form gibt es nicht.", code="no-such-page")
    platform: Platform = request.app.state.platform
    number = _number(request)
    found = await govdata.survey(platform)
    taken = found.taken
    last = max(-(-len(taken) // PER_PAGE), 1)
    if number > last:
        raise NotFound("There is no such page.", "Diese Seite gibt es nicht.", code="no-such-page")
    tag = etag("govdata", found.sequence, repr(found.delivery), chosen.media_type, number)
    headers = {"vary": "Accept", **validators(tag)}
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    part = taken[(number - 1) * PER_PAGE : number * PER_PAGE]
    records = await govdata.records_of(platform, part)
    root = await pages.root_of(platform, ANONYMOUS, None)
    page = _page(f"{platform.settings.base_url}{request.url.path}", number, last, len(taken))
    body = await to_thread.run_sync(
        lambda: serialise(
            _statements(platform, found.delivery, root, records, page), chosen.media_type
        )
    )
    return Response(body, headers=headers, media_type=chosen.content_type)


def _number(request: Request) -> int:
    text = request.query_params.get("page", "1")
    if not (text.isascii() and text.isdecimal() and len(text) < 8 and int(text)):
        raise InvalidInput("page has to be a number from 1.", "page muss eine Zahl ab 1 sein.")
    return int(text)


def _page(base: str, number: int, last: int, total: int) -> Page:
    def at(wanted: int) -> str:
        return f"{base}?page={wanted}"

    return Page(
        at(number),
        total,
        PER_PAGE,
        at(1),
        at(number - 1) if number > 1 else None,
        at(number + 1) if number < last else None,
        at(last),
    )


def _statements(
    platform: Platform, wanted: Delivery, root: Root, records: list[Record], page: Page
) -> list[Statement]:
    """The paging, the catalogue and the datasets as they are delivered."""
    lines = [*page_statements(page), *statements(root.catalogue, root.iri, scope="root")]
    for record in records:
        iri = pages.iri_of(platform, record)
        lines.append((root.iri, DCAT + "dataset", iri))
        resource = govdata.delivered(platform, wanted, record)
        lines += statements(resource, iri, scope=f"r{record.key}n")
    return lines


@operation("What GovData would refuse and why", tag=TAG, seconds="upload_seconds")
async def refused(request: Request) -> Response:
    """The address /govdata/check.json: numbers, reasons, and each record that is left out."""
    platform: Platform = request.app.state.platform
    found = await govdata.survey(platform)
    tag = etag("govdata-check", found.sequence, repr(found.delivery))
    headers = validators(tag)
    if is_fresh(request.headers, tag):
        return Response(status_code=304, headers=headers)
    body = json.encode(_checked(platform, found))
    return Response(body, headers=headers, media_type="application/json")


def _checked(platform: Platform, found: Survey) -> dict[str, Any]:
    kept_out = found.refused
    counts = govdata.counts(found)
    return {
        "profile": found.delivery.profile,
        "contributor": found.delivery.contributor or None,
        "total": len(found.verdicts),
        "taken": len(found.taken),
        "refused": len(kept_out),
        "reasons": [
            {"check": each.check, "text": each.text, "records": number} for each, number in counts
        ],
        "records": [_record(platform, each) for each in kept_out[:MAX_LISTED]],
    }


def _record(platform: Platform, verdict: Verdict) -> dict[str, Any]:
    return {
        "id": verdict.id,
        "address": platform.address(ResourceKind.DATASET, verdict.id),
        "title": verdict.title,
        "reasons": [
            {"check": e.check, "path": e.path, "value": e.value, "text": e.text}
            for e in verdict.reasons
        ],
    }
