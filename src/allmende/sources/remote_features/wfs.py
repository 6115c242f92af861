# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""WFS 2.0, 1.1 and 1.0 (OGC 09-025r2, 04-094): GeoJSON where it is offered, else GML."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from xml.parsers import expat

from msgspec import Struct

from allmende.core.address_names import shown
from allmende.core.fetch import Fetcher
from allmende.core.imports.types import Layer, Material, Opened, RawRow, columns_of, counted
from allmende.errors import InvalidInput, SourceUnavailable
from allmende.sources.remote_features.spool import PAGE_ROWS, Spool, with_query
from allmende.sources.vector import geojson, gml
from allmende.sources.vector.xml import Node, features

XML = "application/gml+xml, text/xml;q=0.9, application/xml;q=0.9, */*;q=0.1"

MATCHED = re.compile(rb'"?(?:numberMatched|totalFeatures)"?\s*[=:]\s*"?(\d{1,12})')


class Capabilities(Struct):
    """What a service can do."""

    version: str
    types: dict[str, str]  # name of a type and its default CRS
    formats: list[str]
    paging: bool


@asynccontextmanager
async def collected(address: str, fetch: Fetcher, material: Material) -> AsyncIterator[Opened]:
    """The features of one type, while the context is open; the option layer says which type."""
    told = await capabilities(address, fetch, material)
    name = _chosen(told, material.options.layer)
    output = next((each for each in told.formats if "json" in each.lower()), "")
    with Spool(material.limits.unpacked_bytes) as spool:
        await _read(address, told, name, output, fetch, spool)
        yield Opened(
            "wfs", [_layer(material.options.layer or name, spool, material, as_json=bool(output))]
        )


async def capabilities(address: str, fetch: Fetcher, material: Material) -> Capabilities:
    """The service's description. SourceUnavailable when it is none."""
    asked = with_query(address, service="WFS", request="GetCapabilities")
    body = await fetch.get(asked, accept=XML)
    root = _root(body.data)
    if root is None or root.tag not in ("WFS_Capabilities",):
        raise SourceUnavailable(
            f"{shown(address)} is no WFS: it gave no capabilities.",
            f"{shown(address)} ist kein WFS: keine Capabilities erhalten.",
            code="source-wfs",
        )
    version = root.attributes.get("version", "2.0.0")
    types = {
        each.said("Name"): each.said("DefaultCRS") or each.said("DefaultSRS") or each.said("SRS")
        for held in root.all("FeatureTypeList")
        for each in held.all("FeatureType")
    }
    return Capabilities(version, types, _formats(root), version >= "2")


def _root(data: bytes) -> Node | None:
    try:
        found = next(iter(features(data, lambda path: len(path) == 1)), None)
    except expat.ExpatError:
        return None
    return found[0] if isinstance(found, tuple) else None


def _formats(root: Node) -> list[str]:
    """The output formats of GetFeature (parameter outputFormat, or ResultFormat in 1.0)."""
    found: list[str] = []
    for held in root.all("OperationsMetadata"):
        for operation in held.all("Operation"):
            if operation.attributes.get("name") != "GetFeature":
                continue
            for parameter in operation.all("Parameter"):
                if parameter.attributes.get("name") == "outputFormat":
                    found += _texts(parameter, "Value")
    for held in root.all("Capability"):
        found += [node.tag for each in _below(held, "ResultFormat") for node in each.children]
    return found


def _texts(node: Node, tag: str) -> list[str]:
    return [each.text for each in _below(node, tag)]


def _below(node: Node, tag: str) -> list[Node]:
    found = node.all(tag)
    for child in node.children:
        found += _below(child, tag)
    return found


def _chosen(told: Capabilities, wanted: str) -> str:
    for name in told.types:
        if wanted and wanted in (name, name.rpartition(":")[2]):
            return name
    if len(told.types) == 1 and not wanted:
        return next(iter(told.types))
    there = ", ".join(list(told.types)[:30])
    raise InvalidInput(
        f"Say which layer is meant; there are: {there}.",
        f"Bitte nennen Sie die Ebene; es gibt: {there}.",
        code="import-layer",
    )


async def _read(
    address: str, told: Capabilities, name: str, output: str, fetch: Fetcher, spool: Spool
) -> None:
    start, before = 0, b""
    while True:
        asked = _ask(address, told, name, output, start)
        body = await fetch.get(asked, accept="application/json" if output else XML)
        _no_exception(body.data, address)
        count = _count(body.data, as_json=bool(output))
        if body.data == before:  # a server that does not know startIndex
            return
        spool.add(body.data, asked)
        spool.rows += count
        matched = MATCHED.search(body.data[:4_000]) or MATCHED.search(body.data[-4_000:])
        spool.total = int(matched[1]) if matched else spool.total
        if not told.paging or count < PAGE_ROWS:
            return
        start, before = start + count, body.data


def _ask(address: str, told: Capabilities, name: str, output: str, start: int) -> str:
    asked = {"service": "WFS", "request": "GetFeature", "version": told.version}
    asked["typeNames" if told.paging else "typeName"] = name
    if output:
        asked["outputFormat"] = output
        asked["srsName"] = "urn:ogc:def:crs:OGC:1.3:CRS84" if told.paging else "EPSG:4326"
    if told.paging:
        asked |= {"count": str(PAGE_ROWS), "startIndex": str(start)}
    return with_query(address, **asked)


def _no_exception(data: bytes, address: str) -> None:
    """SourceUnavailable with what an exception report says."""
    head = data[:2_000]
    if b"ExceptionReport" not in head and b"ServiceException" not in head:
        return
    root = _root(data)
    texts = [] if root is None else _texts(root, "ExceptionText") + _texts(root, "ServiceException")
    detail = "; ".join(texts)[:300] or "ExceptionReport"
    raise SourceUnavailable(
        f"{shown(address)} reports an error: {detail}.",
        f"{shown(address)} meldet einen Fehler: {detail}.",
        code="source-error",
    )


def _count(data: bytes, *, as_json: bool) -> int:
    part = Material(data)
    found = geojson.read(part) if as_json else gml.read(part)
    return sum(layer.count or 0 for layer in found.layers)


def _layer(name: str, spool: Spool, material: Material, *, as_json: bool) -> Layer:
    def layers() -> Iterator[Layer]:
        for page in spool:
            part = Material(page, material.name, material.options, material.limits)
            found = geojson.read(part) if as_json else gml.read(part)
            yield from found.layers[:1]

    def rows() -> Iterator[RawRow]:
        number = 0
        for layer in layers():
            for row in layer.rows():
                number += 1
                row.line = number
                yield row

    columns, placed = columns_of(rows(), material.limits)
    first = next(layers(), None)
    layer = Layer(
        name=name,
        columns=columns,
        rows=lambda: counted(rows(), material.limits),
        geometry=placed,
        crs=first.crs if first else "",
        axis=first.axis if first else "xy",
        count=spool.rows,
    )
    return spool.judge(layer)
