# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""The files of a Masterportal, and what it would ask of us with them."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.interfaces.ogcapi.city import READER, City, city

from allmende.interfaces import masterportal, ogcapi

pytestmark = pytest.mark.anyio

HERE = "/masterportal"


def routes() -> list[Any]:
    return [*masterportal.routes(), *ogcapi.routes()]


async def test_the_files_lead_to_each_other(tmp_path: Path) -> None:
    async with city(tmp_path, routes=routes) as api:
        answer = await api.get(f"{HERE}/config.js")
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        start = answer.text.index("{")
        config = json.loads(answer.text[start : answer.text.index("};") + 1])
        assert config["namedProjections"][0][0] == "EPSG:25832"
        services = await api.json(config["layerConf"])
        styles = await api.json(config["styleConf"])
        portal = await api.json(config["portalConf"])
        rest = await api.json(config["restConf"])
        assert {config["cswId"], config["metaDataCatalogueId"]} == {each["id"] for each in rest}
        known = {each["id"] for each in services}
        shown = portal["layerConfig"]["subjectlayer"]["elements"]
        assert {each["id"] for each in shown} <= known
        assert [each["visibility"] for each in shown] == [True, False]
        named = {each["styleId"] for each in services if "styleId" in each}
        assert named == {each["styleId"] for each in styles} == {"trees", "houses"}
        view = portal["portalConfig"]["map"]["mapView"]
        assert view["epsg"] == "EPSG:25832"
        east, north = view["startCenter"]
        assert 680_000 < east < 685_000
        assert 5_640_000 < north < 5_650_000


async def test_every_layer_can_be_loaded_as_masterportal_loads_it(tmp_path: Path) -> None:
    async with city(tmp_path, routes=routes) as api:
        services = await api.json(f"{HERE}/services.json")
        features = [each for each in services if each["typ"] == "OAF"]
        tiles = [each for each in services if each["typ"] == "VectorTile"]
        assert (len(features), len(tiles)) == (2, 2)
        for layer in features:
            await load_features(api, layer)
        for layer in tiles:
            await load_tile(api, layer)


async def load_features(api: City, layer: dict[str, Any]) -> None:
    """Pages as the client of Masterportal asks for them, in EPSG:25832."""
    box = ",".join(str(number) for number in layer["bbox"])
    params: dict[str, str] | None = {
        "limit": "3", "bbox": box, "bbox-crs": layer["bboxCrs"], "crs": layer["crs"],
    }  # fmt: skip
    path, seen = f"{layer['url']}/collections/{layer['collection']}/items", 0
    while path:
        answer = await api.get(
            path,
            params=params,
            headers={"accept": "application/geo+json", "origin": "https://portal.example"},
        )
        assert answer.headers["access-control-allow-origin"] == "*"
        found = answer.json()
        seen += len(found["features"])
        following = [
            each["href"]
            for each in found["links"]
            if each["rel"] == "next" and each["type"] == "application/geo+json"
        ]
        path, params = next(iter(following), ""), None
    assert seen == {"trees": 25, "houses": 5}[layer["id"]]
    schema = await api.get(
        f"{layer['url']}/collections/{layer['collection']}/schema",
        headers={"accept": "application/schema+json"},
    )
    assert set(layer["gfiAttributes"]) <= set(schema.json()["properties"])


async def load_tile(api: City, layer: dict[str, Any]) -> None:
    """The tile of the grid in the layer's description that has the first features in it."""
    zoom = 10
    size = layer["tileSize"] * layer["resolutions"][zoom]
    left, top = layer["origin"]
    column, row = int((681_400 - left) / size), int((top - 5_644_300) / size)
    place = {"z": zoom, "x": column, "y": row}
    address = layer["url"]
    for name, value in place.items():
        address = address.replace(f"{{{name}}}", str(value))
    answer = await api.get(address)
    assert answer.status_code == 200
    assert answer.content
    style = await api.json(layer["vtStyles"][0]["url"])
    assert style["layers"]


async def test_rules_are_the_classes_of_the_style(tmp_path: Path) -> None:
    async with city(tmp_path, routes=routes) as api:
        found = {each["styleId"]: each for each in await api.json(f"{HERE}/style_v3.json")}
        low, rest = found["trees"]["rules"]
        assert low["conditions"] == {"properties": {"height": [-1e9, 10]}}
        assert low["style"]["circleFillColor"] == [0, 0x72, 0xB2, 1]
        assert rest["style"]["legendValue"] == "sonstige"
        (house,) = found["houses"]["rules"]
        assert house["style"]["legendValue"] == "Houses"


async def test_what_is_hidden_is_in_no_file(tmp_path: Path) -> None:
    async with city(tmp_path, routes=routes) as api:
        for name in ("config.json", "services.json", "style_v3.json"):
            answer = await api.get(f"{HERE}/{name}")
            assert "secrets" not in answer.text.replace("secrets.csv", "")
            assert "inspector" not in answer.text
            inside = await api.get(f"{HERE}/{name}", headers=READER)
            assert "secrets" in inside.text
            again = {"if-none-match": answer.headers["etag"]}
            assert (await api.get(f"{HERE}/{name}", headers=again)).status_code == 304


async def test_layers_and_language_can_be_chosen(tmp_path: Path) -> None:
    async with city(tmp_path, routes=routes) as api:
        portal = await api.json(f"{HERE}/config.json", params={"layers": "trees,houses"})
        shown = portal["layerConfig"]["subjectlayer"]["elements"]
        assert all(each["visibility"] for each in shown)
        english = await api.json(f"{HERE}/services.json", params={"lang": "en"})
        assert "The trees" in {each["name"] for each in english}
        for query in ("lang=fr", "nope=1"):
            assert (await api.get(f"{HERE}/services.json?{query}")).status_code == 400


async def test_without_collections_there_is_a_portal_of_germany(tmp_path: Path) -> None:
    from tests.interfaces.support import served

    async with served(tmp_path, routes) as empty:
        portal = (await empty.client.get(f"{HERE}/config.json")).json()
        assert portal["layerConfig"]["subjectlayer"]["elements"] == []
        assert portal["portalConfig"]["map"]["mapView"]["startCenter"] == [600_000, 5_675_000]
