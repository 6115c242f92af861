# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reads a CKAN portal through its Action API, version 3.

`package_search` in pages, sorted by `metadata_modified` so that a record that changes
while we read moves behind us, not away from us. A portal without search is read by
`package_list` and `package_show`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from allmende.core.address_names import shown
from allmende.core.fetch import Body, Fetcher
from allmende.core.harvest.types import (
    Fault,
    HarvestRequest,
    Page,
    SourceRecord,
    fault,
    record_hash,
)
from allmende.errors import SourceUnavailable
from allmende.sources.ckan.mapping import to_record

ROWS = 100
SHOW = 25  # records of one page when each is fetched by itself
UNEXPECTED = (TypeError, ValueError, KeyError, AttributeError)


async def read(request: HarvestRequest, fetch: Fetcher) -> AsyncIterator[Page]:
    """Pages of a CKAN portal; options: rows, q, fq, language, mode (search or list)."""
    portal = portal_of(request.address)
    mode = request.option("mode", str, "search")
    token: str | None = request.token or _first(request, portal, mode)
    while token:
        try:
            page = await _page(request, fetch, portal, token)
        except SourceUnavailable as error:
            if "package_search" not in token or not _no_search(error):
                raise
            token = _first(request, portal, "list")
            continue
        yield page
        token = page.next_token


def portal_of(address: str) -> str:
    """The portal's address without its interface's path and without a final slash."""
    bare = address.partition("?")[0]
    for mark in ("/api/3", "/api/action", "/dataset"):
        bare = bare.partition(mark)[0]
    return bare.rstrip("/")


def _first(request: HarvestRequest, portal: str, mode: str) -> str:
    if mode == "list":
        return f"{portal}/api/3/action/package_list?" + urlencode({"limit": SHOW, "offset": 0})
    asked = {
        "rows": request.option("rows", int, ROWS),
        "start": 0,
        "sort": "metadata_modified asc, id asc",
        "q": request.option("q", str, None),
        "fq": request.option("fq", str, None),
    }
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    return f"{portal}/api/3/action/package_search?{query}"


def _no_search(error: SourceUnavailable) -> bool:
    return error.code in ("source-not-found", "ckan-refused")


async def _page(request: HarvestRequest, fetch: Fetcher, portal: str, token: str) -> Page:
    if "package_list" in token:
        return await _listed(request, fetch, portal, token)
    body = await request.body(fetch, token, accept="application/json")
    if page := request.unchanged(token, body):
        return page
    result = answer(body)
    results = result.get("results") if isinstance(result, dict) else None
    if not isinstance(results, list):
        raise refused(token, "no results")
    total = result.get("count") if isinstance(result.get("count"), int) else None
    return Page(
        token=token,
        content_hash=body.hash,
        records=_records(results, portal, token, request.option("language", str, "de")),
        next_token=_following(token, len(results), total),
        total=total,
        etag=body.etag,
        last_modified=body.last_modified,
    )


def _following(token: str, got: int, total: int | None) -> str | None:
    """The next page's address; a total that lies does not end the reading of full pages."""
    parts = urlsplit(token)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    start = int(asked["start"]) + got
    if got == 0 or (total is not None and start >= total and got < int(asked["rows"])):
        return None
    if total is not None and start == total:
        return None
    return parts._replace(query=urlencode({**asked, "start": start})).geturl()


def _records(
    results: list[Any], portal: str, place: str, language: str
) -> Iterator[SourceRecord | Fault]:
    for number, package in enumerate(results, start=1):
        where = f"{shown(place)} #{number}"
        identity = str(package.get("id", "")) if isinstance(package, dict) else ""
        if not identity and not (isinstance(package, dict) and package.get("name")):
            en, de = "The package has no id.", "Das Paket hat keine Kennung."
            yield fault("ckan-no-id", en, de, place=where, raw=package)
            continue
        if package.get("state", "active") != "active" or package.get("private") is True:
            continue
        try:
            yield to_record(package, portal, language)
        except UNEXPECTED as error:
            en = f"The package has an unexpected form: {error}."
            de = f"Das Paket ist unerwartet aufgebaut: {error}."
            yield fault("ckan-form", en, de, place=where, id=identity, raw=package)


async def _listed(request: HarvestRequest, fetch: Fetcher, portal: str, token: str) -> Page:
    """A page of `package_list`, each record by `package_show`."""
    names = answer(await request.body(fetch, token, accept="application/json"))
    if not isinstance(names, list):
        raise refused(token, "no list")
    packages: list[Any] = []
    for name in names:
        address = f"{portal}/api/3/action/package_show?" + urlencode({"id": name})
        packages.append(answer(await request.body(fetch, address, accept="application/json")))
    asked = parse_qs(urlsplit(token).query)
    start = int(asked["offset"][0]) + len(names)
    step = urlencode({"limit": asked["limit"][0], "offset": start})
    return Page(
        token=token,
        content_hash=record_hash(packages),
        records=_records(packages, portal, token, request.option("language", str, "de")),
        next_token=f"{portal}/api/3/action/package_list?{step}" if names else None,
    )


def answer(body: Body) -> Any:
    """The `result` of an Action API answer; SourceUnavailable when `success` is not true."""
    envelope = body.json()
    if isinstance(envelope, dict) and envelope.get("success") is True:
        return envelope.get("result")
    error = envelope.get("error") if isinstance(envelope, dict) else None
    detail = error.get("message") or error.get("__type") if isinstance(error, dict) else error
    raise refused(body.address, str(detail or "no reason given"))


def refused(address: str, detail: str) -> SourceUnavailable:
    """The error for an answer that is JSON but not a result."""
    return SourceUnavailable(
        f"The CKAN interface at {shown(address)} refused: {detail}.",
        f"Die CKAN-Schnittstelle {shown(address)} lehnt ab: {detail}.",
        code="ckan-refused",
    )
