# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Layers of ArcGIS FeatureServer and MapServer, read page by page with resultOffset."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from allmende.core.address_names import shown
from allmende.core.fetch import Fetcher
from allmende.core.imports.types import Layer, Material, Opened, RawRow, counted
from allmende.errors import InvalidInput, SourceUnavailable
from allmende.sources.remote_features.spool import PAGE_ROWS, Spool, with_query
from allmende.sources.vector import esrijson


@asynccontextmanager
async def collected(address: str, fetch: Fetcher, material: Material) -> AsyncIterator[Opened]:
    """The rows of one layer, while the context is open.

    The address is that of a layer, or of the service; then the option layer says which.
    """
    base = urlunsplit(urlsplit(address)._replace(query="", fragment="")).rstrip("/")
    base = base.removesuffix("/query")
    told = await _json(fetch, with_query(base, f="json"))
    if not base.rpartition("/")[2].isdecimal():
        base = f"{base}/{_chosen(told, material.options.layer)}"
        told = await _json(fetch, with_query(base, f="json"))
    size = told.get("maxRecordCount")
    size = min(size, PAGE_ROWS) if isinstance(size, int) and size > 0 else PAGE_ROWS
    with Spool(material.limits.unpacked_bytes) as spool:
        await _read(base, told, size, fetch, spool)
        name = material.options.layer or str(told.get("name") or "layer")
        yield Opened("arcgis", [_layer(name, spool, material)])


def _chosen(told: dict[str, Any], wanted: str) -> int:
    layers = [each for each in told.get("layers") or [] if isinstance(each, dict)]
    for each in layers:
        if wanted in (str(each.get("id")), each.get("name")) or (not wanted and len(layers) == 1):
            return int(each["id"])
    there = ", ".join(str(each.get("name")) for each in layers[:30])
    raise InvalidInput(
        f"Say which layer is meant; there are: {there}.",
        f"Bitte nennen Sie die Ebene; es gibt: {there}.",
        code="import-layer",
    )


async def _json(fetch: Fetcher, address: str) -> dict[str, Any]:
    """The answer; these servers report errors with status 200."""
    body = (await fetch.get(address, accept="application/json")).json()
    error = body.get("error") if isinstance(body, dict) else {"message": "no object"}
    if error:
        detail = str(error.get("message", "") if isinstance(error, dict) else error)[:200]
        raise SourceUnavailable(
            f"{shown(address)} reports an error: {detail}.",
            f"{shown(address)} meldet einen Fehler: {detail}.",
            code="source-error",
        )
    return dict(body)


async def _read(base: str, told: dict[str, Any], size: int, fetch: Fetcher, spool: Spool) -> None:
    ident = str(told.get("objectIdField") or "OBJECTID")
    offset = 0
    while True:
        address = with_query(
            f"{base}/query",
            where="1=1",
            outFields="*",
            returnGeometry="true",
            orderByFields=ident,
            resultOffset=str(offset),
            resultRecordCount=str(size),
            f="json",
        )
        page = await _json(fetch, address)
        features = page.get("features") or []
        if features:
            import msgspec

            spool.add(msgspec.json.encode(page), address)
        offset += len(features)
        if not features or not (page.get("exceededTransferLimit") or len(features) == size):
            return


def _layer(name: str, spool: Spool, material: Material) -> Layer:
    def heads() -> Iterator[esrijson.Head]:
        return (esrijson.parse(page, material.name) for page in spool)

    def rows() -> Iterator[RawRow]:
        before = 0
        for head in heads():
            yield from esrijson.feature_rows(head, material.limits.vertices, before)
            before += len(head.features)

    first = next(heads(), esrijson.Head())
    return Layer(
        name=name,
        columns=esrijson.declared(first),
        rows=lambda: counted(rows(), material.limits),
        geometry=bool(first.spatialReference),
        crs=esrijson.crs_of(first.spatialReference),
    )
