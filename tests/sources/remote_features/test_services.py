# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Servers of features: paging, other hosts, errors, formats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.sources.servers import Site, fetcher
from tests.support.platforms import run_scenario

from allmende.core import collections, imports
from allmende.core.imports import Layer, Material, ReadOptions
from allmende.core.imports.opening import guess
from allmende.core.imports.types import RawRow
from allmende.core.platform import Platform
from allmende.core.settings import Settings
from allmende.errors import InvalidInput, SourceUnavailable
from allmende.policy import SYSTEM
from allmende.sources.remote_features import arcgis, ogcapi, wfs

PER_PAGE = 2


def collected(module: Any, address: str, **options: str) -> tuple[Layer, list[RawRow]]:
    async def run() -> tuple[Layer, list[RawRow]]:
        material = Material(b"", address, ReadOptions(**options))
        async with fetcher() as fetch, module.collected(address, fetch, material) as opened:
            layer = opened.layer()
            return layer, list(layer.rows())

    return anyio.run(run)


def feature(number: int) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": number,
        "properties": {"nr": number},
        "geometry": {"type": "Point", "coordinates": [11.5, 50.9]},
    }


# --- OGC API Features ----------------------------------------------------------------


class Features:
    """A collection of five features, two on each page."""

    def __init__(self, site: Site, number: int = 5) -> None:
        self.site, self.number = site, number
        self.following = ""
        self.hidden = 0  # features it counts but does not give
        self.largest = 10_000
        site.handlers["/ogc/collections"] = self.collections
        site.handlers["/ogc/collections/trees"] = self.collection
        site.handlers["/ogc/collections/trees/items"] = self.items

    async def collections(self, request: Request) -> Response:
        return JSONResponse({"collections": [self.described(), {"id": "benches", "links": []}]})

    async def collection(self, request: Request) -> Response:
        return JSONResponse(self.described())

    def described(self) -> dict[str, Any]:
        href = f"{self.site.address}/ogc/collections/trees/items"
        links = [
            {"rel": "items", "type": "text/html", "href": href + "?f=html"},
            {"rel": "items", "type": "application/geo+json", "href": href},
        ]
        return {"id": "trees", "links": links}

    async def items(self, request: Request) -> Response:
        if int(request.query_params.get("limit", 1)) > self.largest:
            return JSONResponse({"code": "InvalidParameterValue"}, 400)
        start = int(request.query_params.get("offset", 0))
        rows = [feature(n) for n in range(start + 1, min(start + PER_PAGE, self.number) + 1)]
        links = []
        if start + PER_PAGE < self.number:
            following = f"{self.site.address}/ogc/collections/trees/items?offset={start + PER_PAGE}"
            links.append({"rel": "next", "href": self.following or following})
        page = {"type": "FeatureCollection", "features": rows, "links": links}
        return JSONResponse({**page, "numberMatched": self.number + self.hidden})


@pytest.mark.parametrize("path", ["", "/trees", "/trees/items"])
def test_pages_of_ogc_api_features_are_followed(site: Site, path: str) -> None:
    Features(site)
    address = f"{site.address}/ogc/collections{path}"
    layer, rows = collected(ogcapi, address, layer="" if path else "trees")
    assert (layer.name, layer.count, layer.crs) == ("trees", 5, "OGC:CRS84")
    assert [(row.line, row.id) for row in rows] == [(n, str(n)) for n in range(1, 6)]
    assert "limit=1000" in next(each for each in site.log if "items" in each)


def test_a_server_with_smaller_pages_is_asked_for_its_own(site: Site) -> None:
    Features(site).largest = 100
    _, rows = collected(ogcapi, f"{site.address}/ogc/collections/trees/items")
    assert len(rows) == 5


def test_a_server_that_gives_less_than_it_counts_is_noted(site: Site) -> None:
    Features(site).hidden = 3
    layer, _ = collected(ogcapi, f"{site.address}/ogc/collections/trees/items")
    assert not layer.complete
    assert "8 rows and gave 5" in layer.notes[0]["en"]


def test_the_collections_are_named_when_none_was_chosen(site: Site) -> None:
    Features(site)
    with pytest.raises(InvalidInput, match="trees, benches"):
        collected(ogcapi, f"{site.address}/ogc/collections")


def test_a_next_page_on_another_server_is_refused(site: Site) -> None:
    Features(site).following = "http://other.test/items?offset=2"
    with pytest.raises(SourceUnavailable, match="another server"):
        collected(ogcapi, f"{site.address}/ogc/collections/trees/items")


def test_pages_that_go_in_a_circle_end(site: Site) -> None:
    served = Features(site)
    served.following = f"{site.address}/ogc/collections/trees/items?offset=0"
    _, rows = collected(ogcapi, f"{site.address}/ogc/collections/trees/items")
    assert len(site.log) == 2
    assert len(rows) == 2 * PER_PAGE


# --- ArcGIS --------------------------------------------------------------------------


class Arc:
    """A service with one layer of five rows that gives two at a time."""

    def __init__(self, site: Site) -> None:
        self.error = False
        site.handlers["/rest/services/Trees/FeatureServer"] = self.service
        site.handlers["/rest/services/Trees/FeatureServer/0"] = self.layer
        site.handlers["/rest/services/Trees/FeatureServer/0/query"] = self.query

    async def service(self, request: Request) -> Response:
        return JSONResponse({"layers": [{"id": 0, "name": "Bäume"}]})

    async def layer(self, request: Request) -> Response:
        if self.error:
            return JSONResponse({"error": {"code": 499, "message": "Token Required"}})
        return JSONResponse({"name": "Bäume", "maxRecordCount": 2, "objectIdField": "OBJECTID"})

    async def query(self, request: Request) -> Response:
        start = int(request.query_params["resultOffset"])
        size = int(request.query_params["resultRecordCount"])
        rows = [
            {"attributes": {"OBJECTID": n}, "geometry": {"x": 681_700, "y": 5_645_000}}
            for n in range(start + 1, min(start + size, 5) + 1)
        ]
        return JSONResponse(
            {
                "objectIdFieldName": "OBJECTID",
                "fields": [{"name": "OBJECTID", "type": "esriFieldTypeOID"}],
                "spatialReference": {"wkid": 25832},
                "features": rows,
                "exceededTransferLimit": start + size < 5,
            }
        )


@pytest.mark.parametrize("path", ["", "/0", "/0/query?where=1=1"])
def test_pages_of_arcgis_are_followed(site: Site, path: str) -> None:
    Arc(site)
    address = f"{site.address}/rest/services/Trees/FeatureServer{path}"
    layer, rows = collected(arcgis, address)
    assert (layer.name, layer.crs) == ("Bäume", "EPSG:25832")
    assert [row.id for row in rows] == ["1", "2", "3", "4", "5"]
    assert sum("/query" in each for each in site.log) == 3


@pytest.mark.parametrize("name", ["0", "Bäume"])
def test_a_layer_of_arcgis_is_chosen_by_number_or_name(site: Site, name: str) -> None:
    Arc(site)
    address = f"{site.address}/rest/services/Trees/FeatureServer"
    assert len(collected(arcgis, address, layer=name)[1]) == 5
    with pytest.raises(InvalidInput, match="Bäume"):
        collected(arcgis, address, layer="Bänke")


def test_an_error_of_arcgis_is_told(site: Site) -> None:
    Arc(site).error = True
    with pytest.raises(SourceUnavailable, match="Token Required"):
        collected(arcgis, f"{site.address}/rest/services/Trees/FeatureServer/0")


# --- WFS -----------------------------------------------------------------------------

GML = (
    '<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" '
    'xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:app="http://city.test/app">{}'
    "</wfs:FeatureCollection>"
)
TREE = (
    '<wfs:member><app:trees gml:id="trees.{0}"><app:nr>{0}</app:nr><app:geom>'
    '<gml:Point srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>50.9 11.5</gml:pos></gml:Point>'
    "</app:geom></app:trees></wfs:member>"
)


class Wfs:
    """A service with two types; five features of the first, two on each page."""

    def __init__(self, site: Site, version: str = "2.0.0", formats: tuple[str, ...] = ()) -> None:
        self.version, self.formats = version, formats
        self.error = ""
        site.handlers["/wfs"] = self.answer

    async def answer(self, request: Request) -> Response:
        asked = {name.lower(): value for name, value in request.query_params.items()}
        if asked["request"] == "GetCapabilities":
            return Response(self.capabilities(), media_type="text/xml")
        if self.error:
            return Response(self.error, media_type="text/xml")
        start = int(asked.get("startindex", 0))
        size = min(int(asked["count"]), 1_000) if "count" in asked else 1_200
        numbers = range(start + 1, min(start + size, 1_200) + 1)
        if "outputformat" in asked:
            rows = [feature(n) for n in numbers]
            return JSONResponse({"type": "FeatureCollection", "features": rows})
        whole = GML.replace(" xmlns:gml", ' numberMatched="1200" xmlns:gml')
        return Response(
            whole.format("".join(TREE.format(n) for n in numbers)), media_type="text/xml"
        )

    def capabilities(self) -> str:
        formats = "".join(f"<ows:Value>{each}</ows:Value>" for each in self.formats)
        return (
            f'<wfs:WFS_Capabilities version="{self.version}" xmlns:ows="http://www.opengis.net/ows/1.1"'
            ' xmlns:wfs="http://www.opengis.net/wfs/2.0"><ows:OperationsMetadata>'
            '<ows:Operation name="GetFeature"><ows:Parameter name="outputFormat">'
            f"<ows:AllowedValues>{formats}</ows:AllowedValues></ows:Parameter></ows:Operation>"
            "</ows:OperationsMetadata><wfs:FeatureTypeList><wfs:FeatureType><wfs:Name>app:trees"
            "</wfs:Name><wfs:DefaultCRS>urn:ogc:def:crs:EPSG::25832</wfs:DefaultCRS>"
            "</wfs:FeatureType><wfs:FeatureType><wfs:Name>app:benches</wfs:Name>"
            "</wfs:FeatureType></wfs:FeatureTypeList></wfs:WFS_Capabilities>"
        )


@pytest.mark.parametrize(
    ("version", "formats", "asked"),
    [("2.0.0", (), 2), ("2.0.0", ("application/json",), 2), ("1.1.0", (), 1)],
)
def test_a_wfs_is_read_completely(
    site: Site, version: str, formats: tuple[str, ...], asked: int
) -> None:
    Wfs(site, version, formats)
    layer, rows = collected(wfs, f"{site.address}/wfs?map=city", layer="trees")
    assert len(rows) == 1_200
    assert sum("GetFeature" in each for each in site.log) == asked
    assert all("map=city" in each for each in site.log)
    assert layer.axis == ("xy" if formats else "yx")
    assert rows[-1].line == 1_200
    assert layer.complete


def test_the_types_are_named_when_none_was_chosen(site: Site) -> None:
    Wfs(site)
    with pytest.raises(InvalidInput, match="app:trees, app:benches"):
        collected(wfs, f"{site.address}/wfs")


def test_an_exception_report_is_told(site: Site) -> None:
    Wfs(site).error = (
        '<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1"><ows:Exception>'
        "<ows:ExceptionText>Unknown type</ows:ExceptionText></ows:Exception></ows:ExceptionReport>"
    )
    with pytest.raises(SourceUnavailable, match="Unknown type"):
        collected(wfs, f"{site.address}/wfs", layer="trees")


@pytest.mark.parametrize("body", ["<html><body>Hello</body></html>", "nothing", ""])
def test_what_is_no_wfs_is_refused(site: Site, body: str) -> None:
    address = site.serve("/wfs", body, "text/html")
    with pytest.raises(SourceUnavailable, match="is no WFS"):
        collected(wfs, address)


@pytest.mark.parametrize("service", ["ogcapi", "arcgis", "wfs"])
def test_a_service_becomes_a_collection(site: Site, service: str, tmp_path: Path) -> None:
    Features(site)
    Arc(site)
    Wfs(site, formats=("application/json",))
    paths = {
        "ogcapi": "/ogc/collections/trees",
        "arcgis": "/rest/services/Trees/FeatureServer/0",
        "wfs": "/wfs",
    }
    read = ReadOptions(layer="trees") if service == "wfs" else ReadOptions()

    async def scenario(platform: Platform) -> None:
        async with fetcher() as fetch:
            address = site.address + paths[service]
            opening = imports.opened(platform, address, read, fetch=fetch)
            async with opening as opened:
                assert opened.format == service
                layer = opened.layer(read.layer)
                proposed = imports.propose(layer, "trees", read)
                entry = collections.CollectionEntry(
                    id="trees", model=proposed.model, organisation="jena"
                )
                await collections.create(platform, SYSTEM, entry)
                order = imports.Order(collection="trees", layer=layer, mapping=proposed.mapping)
                report = await imports.bring(platform, SYSTEM, order)
        assert report.refused == 0
        assert report.created == (1_200 if service == "wfs" else 5)
        found = await collections.get(platform, SYSTEM, "trees")
        assert found.extent is not None
        assert 11 < found.extent[0] < 12

    run_scenario(Settings(data=tmp_path / "data"), scenario)


@pytest.mark.parametrize(
    ("address", "service"),
    [
        ("https://city.test/wfs", "wfs"),
        ("https://city.test/cgi?SERVICE=WFS&map=x", "wfs"),
        ("https://city.test/wfs?service=WFS&request=GetFeature&outputFormat=json", ""),
        ("https://city.test/arcgis/rest/services/A/MapServer/3", "arcgis"),
        ("https://city.test/ogc/collections/trees", "ogcapi"),
        ("https://city.test/trees.geojson", ""),
        ("/data/collections/trees.csv", ""),
    ],
)
def test_the_interface_is_seen_in_the_address(address: str, service: str) -> None:
    assert guess(address) == service
