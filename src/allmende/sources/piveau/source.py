# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Reads a piveau hub: its repository in RDF (better, complete) or its search index in JSON.

hub-repo    …/catalogues/{id}/datasets in pages of RDF
hub-search  …/search?filter=dataset in pages of JSON, or by scroll for more than 10,000
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import msgspec

from allmende.core.address_names import shown
from allmende.core.fetch import Fetcher
from allmende.core.harvest.rdf import ACCEPT, rdf_page
from allmende.core.harvest.types import Fault, HarvestRequest, Page, SourceRecord, fault
from allmende.errors import InvalidInput, SourceUnavailable
from allmende.sources.piveau.mapping import to_record

LIMIT = 100


async def read(request: HarvestRequest, fetch: Fetcher) -> AsyncIterator[Page]:
    """Pages of a hub; options: catalogue, limit, mode (repo or search), scroll."""
    search = is_search(request)
    token: str | None = request.token or (first_search(request) if search else first_repo(request))
    read_page = _search_page if search else _repo_page
    while token:
        page = await read_page(request, fetch, token)
        yield page
        token = page.next_token


def is_search(request: HarvestRequest) -> bool:
    """Whether the search index is read, by option or by the look of the address."""
    mode: str = request.option("mode", str, "")
    if mode:
        return mode == "search"
    path = urlsplit(request.address).path.rstrip("/")
    return path.endswith("/search") or urlsplit(request.address).netloc.startswith("search.")


# --- hub-repo ------------------------------------------------------------------------


def first_repo(request: HarvestRequest) -> str:
    """Address of the first page of a catalogue's datasets in the repository."""
    parts = urlsplit(request.address)
    path = parts.path.rstrip("/")
    if "/catalogues/" not in path:
        catalogue = request.option("catalogue", str, None)
        if not catalogue:
            raise InvalidInput(
                "Name the catalogue of the hub: …/catalogues/{id}, or the option catalogue.",
                "Bitte den Katalog des Hubs nennen: …/catalogues/{id} oder die Option catalogue.",
            )
        path = f"{path}/catalogues/{catalogue}"
    if not path.endswith("/datasets"):
        path += "/datasets"
    asked = {
        **{name: values[0] for name, values in parse_qs(parts.query).items()},
        "valueType": "metadata",
        "hydra": "true",
        "limit": request.option("limit", int, LIMIT),
        "offset": 0,
    }
    return parts._replace(path=path, query=urlencode(asked)).geturl()


async def _repo_page(request: HarvestRequest, fetch: Fetcher, token: str) -> Page:
    body = await request.body(fetch, token, accept=ACCEPT)
    if page := request.unchanged(token, body):
        return page
    page = await rdf_page(token, body)
    if page.next_token is None and page.total is None:
        records = list(page.records)
        page = replace(page, records=records, next_token=_next_offset(token, records))
    return page


def _next_offset(token: str, records: list[SourceRecord | Fault]) -> str | None:
    """The next page of a hub that does not speak Hydra: until one comes without datasets."""
    kinds = [record.kind for record in records if isinstance(record, SourceRecord)]
    if all(kind == "catalog" for kind in kinds):
        return None
    parts = urlsplit(token)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    asked["offset"] = str(int(asked.get("offset", "0")) + int(asked.get("limit", str(LIMIT))))
    return parts._replace(query=urlencode(asked)).geturl()


# --- hub-search ----------------------------------------------------------------------


def first_search(request: HarvestRequest) -> str:
    """Address of the first page of all datasets, or of one catalogue's, in the index."""
    parts = urlsplit(request.address)
    path = parts.path.rstrip("/")
    if not path.endswith("/search"):
        path += "/search"
    asked: dict[str, Any] = {"filter": "dataset", "limit": request.option("limit", int, LIMIT)}
    catalogue = request.option("catalogue", str, None)
    if catalogue:
        asked["facets"] = msgspec.json.encode({"catalog": [catalogue]}).decode()
    if request.flag("scroll"):
        asked["scroll"] = "true"
    else:
        asked["page"] = 0
    return parts._replace(path=path, query=urlencode(asked)).geturl()


async def _search_page(request: HarvestRequest, fetch: Fetcher, token: str) -> Page:
    body = await request.body(fetch, token, accept="application/json")
    if "scroll" not in token and (page := request.unchanged(token, body)):
        return page
    envelope = body.json()
    result = envelope.get("result") if isinstance(envelope, dict) else None
    results = result.get("results") if isinstance(result, dict) else None
    if not isinstance(result, dict) or not isinstance(results, list):
        raise SourceUnavailable(
            f"{shown(token)} did not answer like a piveau search (no result.results).",
            f"{shown(token)} antwortet nicht wie eine piveau-Suche (result.results fehlt).",
            code="piveau-shape",
        )
    count = result.get("count")
    return Page(
        token=token,
        content_hash=body.hash,
        records=_records(results, token, request.option("language", str, "de")),
        next_token=_next_search(token, result) if results else None,
        total=count if isinstance(count, int) else None,
        etag=body.etag,
        last_modified=body.last_modified,
    )


def _next_search(token: str, result: dict[str, Any]) -> str | None:
    parts = urlsplit(token)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if "scroll" in asked or "scrollId" in asked:
        return _next_scroll(token, result.get("scrollId"))
    number, limit, count = int(asked["page"]), int(asked["limit"]), result.get("count")
    got = len(result["results"])
    if isinstance(count, int) and number * limit + got >= count and got < limit:
        return None
    return parts._replace(query=urlencode({**asked, "page": number + 1})).geturl()


def _next_scroll(token: str, scroll: Any) -> str | None:
    """Every part of a scroll has the same address; a fragment tells the parts apart."""
    if not scroll:
        return None
    parts = urlsplit(token)
    here = parts._replace(query="", fragment="").geturl()
    number = int(parts.fragment or "1") + 1
    return f"{urljoin(here, 'scroll')}?{urlencode({'scrollId': scroll})}#{number}"


def _records(results: list[Any], place: str, language: str) -> Iterator[SourceRecord | Fault]:
    for number, dataset in enumerate(results, start=1):
        if isinstance(dataset, dict) and dataset.get("id"):
            yield to_record(dataset, language)
        else:
            en, de = "The dataset has no id.", "Der Datensatz hat keine Kennung."
            where = f"{shown(place)} #{number}"
            yield fault("piveau-no-id", en, de, place=where, raw=dataset)
