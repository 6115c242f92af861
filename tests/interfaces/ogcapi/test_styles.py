# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Styles and legends: what MapLibre and Masterportal are told to draw."""

import pytest
from tests.interfaces.ogcapi.city import City

from allmende.interfaces.ogcapi.maplibre import colour, layers
from allmende.model.document import Entity, Field, FieldType, GeometryType
from allmende.model.style import complete

pytestmark = pytest.mark.anyio

HERE = "/ogc/collections/trees/styles"


async def test_a_collection_has_its_own_style_and_one_for_each_code_list(api: City) -> None:
    found = await api.json(HERE)
    assert [each["id"] for each in found["styles"]] == ["default", "kind"]
    assert found["default"] == "default"
    assert (await api.get("/ogc/collections/sums/styles")).status_code == 404
    assert (await api.get(f"{HERE}/nothing")).status_code == 404


async def test_a_style_draws_the_tiles_of_its_collection(api: City) -> None:
    answer = await api.get(f"{HERE}/default")
    assert answer.headers["content-type"] == "application/vnd.mapbox.style+json"
    style = answer.json()
    (source,) = style["sources"].values()
    tile = source["tiles"][0].replace("{z}", "14").replace("{x}", "8719").replace("{y}", "5464")
    assert (await api.get(tile)).status_code in (200, 204)
    (layer,) = style["layers"]
    assert (layer["type"], layer["source-layer"]) == ("circle", "trees")
    color = layer["paint"]["circle-color"]
    assert color[0] == "case"
    assert color[-1] == "#b5490f"
    other = await api.json(f"{HERE}/default", params={"grid": "AdV_25832"})
    assert "AdV_25832" in other["sources"]["trees"]["tiles"][0]
    assert (await api.get(f"{HERE}/default", params={"grid": "nope"})).status_code == 404


async def test_a_legend_says_what_colours_mean(api: City) -> None:
    found = await api.json(f"{HERE}/default/legend", headers={"accept-language": "de"})
    assert (found["field"], found["unit"], found["geometry"]) == ("height", "m", "point")
    assert [each["label"] for each in found["items"]] == ["< 10 m", "sonstige"]
    kinds = await api.json(f"{HERE}/kind/legend", headers={"accept-language": "en"})
    assert [each["label"] for each in kinds["items"]] == ["Street", "park"]


async def test_every_kind_of_geometry_is_drawn() -> None:
    drawn = {
        GeometryType.POINT: ["circle"],
        GeometryType.MULTILINESTRING: ["line"],
        GeometryType.POLYGON: ["fill", "line"],
        GeometryType.ANY: ["fill", "line", "circle"],
    }
    for kind, types in drawn.items():
        entity = Entity(
            name="T",
            fields=[Field(name="g", type=FieldType.GEOMETRY, geometry=kind), Field(name="code")],
        )
        style = complete({"min_zoom": 9}, entity, "t")
        found = layers(entity, style, "t")
        assert [each["type"] for each in found] == types
        assert all(each["minzoom"] == 9 for each in found)
        assert colour(style, entity) == style.color
