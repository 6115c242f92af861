# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""OGC API Features Part 1 (OGC 17-069r4): every collection is a layer, read page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from allmende.core.fetch import Body, Fetcher
from allmende.core.imports.types import Layer, Material, Opened, RawRow, columns_of, counted
from allmende.errors import InvalidInput, SourceUnavailable
from allmende.sources.remote_features.spool import PAGE_ROWS, Spool, same_host, with_query
from allmende.sources.vector import geojson

GEOJSON = "application/geo+json, application/json;q=0.9"


@asynccontextmanager
async def collected(address: str, fetch: Fetcher, material: Material) -> AsyncIterator[Opened]:
    """The features of one collection, while the context is open.

    The address is that of the items, of the collection, or of the list of collections; then
    the option layer says which.
    """
    items = await _items(address, fetch, material)
    with Spool(material.limits.unpacked_bytes) as spool:
        await _read(items, fetch, spool)
        yield Opened("ogcapi", [_layer(material.options.layer or _name(items), spool, material)])


async def _items(address: str, fetch: Fetcher, material: Material) -> str:
    """The address of the items, found by the links of the documents."""
    path = urlsplit(address).path.rstrip("/")
    if path.endswith("/items"):
        return address
    body = (await fetch.get(address, accept="application/json")).json()
    collections = body.get("collections") if isinstance(body, dict) else None
    if isinstance(collections, list):
        body = _chosen(collections, material.options.layer)
    found = _link(body, "items", address)
    if found:
        return same_host(address, found)
    base = address if not isinstance(collections, list) else f"{address}/{quote(body['id'])}"
    return base.partition("?")[0].rstrip("/") + "/items"


def _chosen(collections: list[Any], wanted: str) -> dict[str, Any]:
    known = {str(each.get("id")): each for each in collections if isinstance(each, dict)}
    if wanted in known:
        return dict(known[wanted])
    if len(known) == 1 and not wanted:
        return dict(next(iter(known.values())))
    there = ", ".join(list(known)[:30])
    raise InvalidInput(
        f"Say which layer is meant; there are: {there}.",
        f"Bitte nennen Sie die Ebene; es gibt: {there}.",
        code="import-layer",
    )


def _link(body: Any, relation: str, base: str) -> str:
    links = body.get("links") if isinstance(body, dict) else None
    fitting = [
        each
        for each in links or []
        if isinstance(each, dict) and each.get("rel") == relation and each.get("href")
    ]
    json = [each for each in fitting if "json" in str(each.get("type", "json"))]
    return urljoin(base, str(json[0]["href"])) if json else ""


async def _read(items: str, fetch: Fetcher, spool: Spool) -> None:
    """Keep every page."""
    here, seen = with_query(items, limit=str(PAGE_ROWS)), set[str]()
    while here and here not in seen:
        seen.add(here)
        body = await _page(here, items, fetch, first=len(seen) == 1)
        page = body.json()
        spool.add(body.data, here)
        if not isinstance(page, dict) or not page.get("features"):
            return
        spool.rows += len(page["features"])
        if isinstance(page.get("numberMatched"), int):
            spool.total = page["numberMatched"]
        following = _link(page, "next", here)
        here = same_host(here, following) if following else ""


async def _page(here: str, items: str, fetch: Fetcher, *, first: bool) -> Body:
    """One page; a server that does not take our size of pages is asked for its own."""
    try:
        return await fetch.get(here, accept=GEOJSON)
    except SourceUnavailable as error:
        if not first or error.code != "source-status":
            raise
        return await fetch.get(items, accept=GEOJSON)


def _name(items: str) -> str:
    parts = urlsplit(items).path.rstrip("/").split("/")
    return parts[-2] if len(parts) > 1 else "features"


def _layer(name: str, spool: Spool, material: Material) -> Layer:
    def rows() -> Iterator[RawRow]:
        number = 0
        for page in spool:
            part = Material(page, material.name, material.options, material.limits)
            for row in geojson.read(part).layers[0].rows():
                number += 1
                row.line = number
                yield row

    columns, placed = columns_of(rows(), material.limits)
    layer = Layer(
        name=name,
        columns=columns,
        rows=lambda: counted(rows(), material.limits),
        geometry=placed,
        crs="OGC:CRS84",
        count=spool.rows,
    )
    return spool.judge(layer)
