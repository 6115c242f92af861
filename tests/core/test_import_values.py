# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""How cells become values and coordinates become places."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.importing import JENA, entity, mapping, order

from allmende.core import imports
from allmende.core.imports.crs import Reprojector
from allmende.demo import mapped
from allmende.errors import InvalidInput
from allmende.model.check_rows import Checker
from allmende.model.document import Entity, Field, FieldType

# --- mapping -------------------------------------------------------------------------


def values(data: str | bytes, text: str, *fields: Field, near: Any = None) -> list[dict[str, Any]]:
    """The values of all rows as they would be stored."""
    from allmende.core.imports.intake import Intake

    asked = order(data, mapping(text), near=near)
    intake = Intake(entity(*fields), asked.mapping, asked.layer, near)
    return [change.values for chunk in intake for change in chunk.changes]


@pytest.mark.parametrize(
    ("source", "field", "cell", "value"),
    [
        ('"a"', Field(name="f"), "x", "x"),
        ('["zz", "a"]', Field(name="f"), "x", "x"),
        ('{ from = "a", split = ", ", part = 2 }', Field(name="f"), "x, y", "y"),
        ('{ from = "a", split = ", ", part = 2 }', Field(name="f"), "x", None),
        ('{ from = "a", split = ",", part = -1 }', Field(name="f"), "x,y,z", "z"),
        ('{ from = "a", between = ["(", ")"] }', Field(name="f"), "x (y)", "y"),
        (
            '{ from = "a", between = ["(", ")"], digits = true }',
            Field(name="f", type=FieldType.INTEGER),
            "Am Volksbad (Ost)",
            None,
        ),
        ('{ from = "a", values = { x = "oak", "1" = "one" } }', Field(name="f"), "x", "oak"),
        ('{ from = ["a", "b"], join = " " }', Field(name="f"), "x", "x 7"),
        (
            '{ from = "a", unit = "mm" }',
            Field(name="f", type=FieldType.NUMBER, unit="cm"),
            "125",
            12.5,
        ),
        ('{ from = "a", decimal = "," }', Field(name="f", type=FieldType.NUMBER), "1.234,5",
         1234.5),
        ('{ from = "a", date_order = "mdy" }', Field(name="f", type=FieldType.DATE), "3/4/2020",
         "2020-03-04"),
        ('{ from = "a", epoch = "s" }', Field(name="f", type=FieldType.DATETIME), "0",
         "1970-01-01T00:00:00.000Z"),
        ('{ from = "a", missing = ["99"] }', Field(name="f", type=FieldType.INTEGER), "99", None),
        ('{ from = "a", true = ["wohl"] }', Field(name="f", type=FieldType.BOOLEAN), "Wohl", True),
    ],
)  # fmt: skip
def test_values_on_their_way(source: str, field: Field, cell: str, value: Any) -> None:
    found = values(f"a;b;c\n{cell};7;9\n", f"[fields]\nf = {source}\n", field)
    assert found[0].get("f") == value


def test_constants_and_the_rest() -> None:
    fields = (Field(name="a"), Field(name="city"), Field(name="tags", type=FieldType.OBJECT))
    text = 'rest = "tags"\n[constants]\ncity = "Jena"\n[drop]\nd = "not needed"\n'
    (found,) = values("a;b;c;d\n1;2;;4\n", text, *fields)
    assert found == {"city": "Jena", "a": "1", "tags": {"b": "2"}}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fields = 3", "fields"),
        ('what = "x"', "what"),
        ('[read]\nspeed = "x"', "speed"),
        ('[fields]\nf = { from = "a", part = 0 }', "part"),
        ('[fields]\nf = { from = "a", between = ["("] }', "between"),
        ('[id]\nrepeated = "often"', "repeated"),
        ("a = ", "Invalid value"),
        ("x" * 600_000, "longer"),
        ('[fields]\nother = "a"', "other"),
        ('[fields]\nf = { from = "a", unit = "kg" }', "kg"),
        ('[read]\ndecimal = "!"', "decimal"),
        ('rest = "f"', "f"),
    ],
)
def test_a_wrong_mapping_says_where(text: str, says: str) -> None:
    field = Field(name="f", type=FieldType.NUMBER, unit="m")
    with pytest.raises(InvalidInput, match=says):
        values("a;b\n1;2\n", text, field)


def test_a_mapping_is_written_and_read_again() -> None:
    for name in mapped.mappings():
        found = mapped.mapping(name)
        assert imports.parse(imports.write(found)) == found


def test_units_have_a_way_or_an_error() -> None:
    from allmende.core.imports.units import conversion

    assert conversion("mm", "m")(1500) == 1.5
    assert conversion("har", "m2")(1.5) == 15_000
    assert conversion("[degF]", "Cel")(212) == 100
    assert conversion("K", "Cel")(273.15) == 0
    with pytest.raises(InvalidInput):
        conversion("m", "kg")


def test_ids_come_from_the_key_the_mapping_the_source_or_the_content() -> None:
    from allmende.core.imports.intake import Intake

    def ids(text: str, thing: Entity) -> list[str]:
        asked = order("a;b\nx y;1\nx y;2\nz/;1\nz/;1\n", mapping(text))
        intake = Intake(thing, asked.mapping, asked.layer)
        return [c.id for chunk in intake for c in chunk.changes]

    plain = entity(Field(name="a"), Field(name="b"))
    numbered = '[id]\ncolumns = ["a"]\nrepeated = "number"\n'
    assert ids(numbered, plain) == ["x-y", "x-y~2", "z-", "z-~2"]
    assert ids('[id]\ncolumns = ["a"]\n', plain) == ["x-y", "z-"]
    assert ids("", entity(Field(name="a"), Field(name="b"), key="b")) == ["1", "2"]
    content = ids("", plain)
    assert len(set(content)) == 4
    assert content[3] == content[2] + "~2"


# --- places --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "y", "near", "crs"),
    [
        (11.58, 50.93, None, "OGC:CRS84"),
        (404_875, 5_755_263, None, "EPSG:25832"),
        (404_875, 5_755_263, (13.4, 52.5), "EPSG:25833"),
        (32_681_724, 5_645_057, None, "EPSG:4647"),
        (33_404_875, 5_755_263, None, "EPSG:5650"),
        (2_570_000, 5_700_000, None, "EPSG:31466"),
        (3_530_082, 6_074_377, None, "EPSG:31467"),
        (4_471_253, 5_644_000, None, "EPSG:31468"),
        (5_404_000, 5_700_000, None, "EPSG:31469"),
        (1_290_000, 6_612_000, None, "EPSG:3857"),
        (1, 9_000_000, None, ""),
    ],
)
def test_a_system_is_recognised_by_its_numbers(x: float, y: float, near: Any, crs: str) -> None:
    from allmende.core.imports.crs import guess

    assert guess(x, y, near) == crs


def test_positions_agree_with_the_second_copy_in_the_data(shared_data: Path) -> None:
    """The car parks of Jena have their position in degrees and in EPSG:25832."""
    document = json.loads((shared_data / "mobility/parking_jena.geojson").read_bytes())
    way = Reprojector("EPSG:25832")
    for feature in document["features"]:
        there = feature["properties"]["the_geom"]["coordinates"]
        assert way.one(*there) == pytest.approx(feature["geometry"]["coordinates"], abs=2e-9)
    assert way.accuracy is not None
    assert way.accuracy <= 1


@pytest.mark.parametrize(
    ("code", "x", "y", "metres"),
    [
        ("EPSG:25833", 261_000.0, 5_647_000.0, 1),
        ("EPSG:4647", 32_681_724.0, 5_645_057.0, 1),
        ("EPSG:31466", 2_570_000.0, 5_700_000.0, 3),
        ("EPSG:31467", 3_530_082.0, 6_074_377.0, 3),
        ("EPSG:31468", 4_471_253.0, 5_644_000.0, 3),
        ("EPSG:31469", 5_404_000.0, 5_700_000.0, 3),
        ("EPSG:3857", 1_290_000.0, 6_612_000.0, 0),
    ],
)
def test_every_german_system_leads_to_germany(code: str, x: float, y: float, metres: float) -> None:
    way = Reprojector(code)
    lon, lat = way.one(x, y)
    assert 5.5 < lon < 15.5
    assert 47 < lat < 55.5
    assert way.accuracy is not None
    assert way.accuracy <= metres


def placed(geometry: tuple[float, float], crs: str = "", near: Any = None, text: str = "") -> Any:
    from allmende.core.imports.intake import Intake

    member = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    feature = {
        "type": "Feature",
        "properties": {"a": 1},
        "geometry": {"type": "Point", "coordinates": geometry},
    }
    document = {"type": "FeatureCollection", **member, "features": [feature]}
    asked = order(json.dumps(document), mapping(text), near=near)
    thing = entity(Field(name="a"), Field(name="place", type=FieldType.GEOMETRY))
    intake = Intake(thing, asked.mapping, asked.layer, near)
    chunk = intake.take()
    assert intake.placing is not None
    if chunk.refusals:
        return chunk.refusals[0].findings[0].code, intake.placing.notes
    values, _ = Checker(thing).check(chunk.changes[0].values)
    import shapely

    point = shapely.from_wkb(values["place"])
    return (round(point.x, 3), round(point.y, 3)), intake.placing.notes


@pytest.mark.parametrize(
    ("geometry", "crs", "near", "text", "noted"),
    [
        ((11.586, 50.928), "", None, "", 0),
        ((11.586, 50.928), "urn:ogc:def:crs:EPSG::4326", None, "", 0),
        ((681_724, 5_645_020), "urn:ogc:def:crs:EPSG::25832", None, "", 0),
        ((681_724, 5_645_020), "", JENA, "", 1),  # projected, although GeoJSON says lon, lat
        ((681_724, 5_645_020), "EPSG:4326", JENA, "", 1),
        ((32_681_724, 5_645_020), "EPSG:25832", None, "", 1),  # zone before the easting
        ((50.928, 11.586), "", JENA, "", 1),  # north before east
        ((5_645_020, 681_724), "EPSG:25832", None, "", 1),
        ((50.928, 11.586), "", None, '[read]\naxis = "yx"\n', 0),
        ((681_724, 5_645_020), "EPSG:4326", None, '[read]\ncrs = "EPSG:25832"\n', 0),
    ],
)
def test_a_position_in_jena_stays_in_jena(
    geometry: tuple[float, float], crs: str, near: Any, text: str, noted: int
) -> None:
    found, notes = placed(geometry, crs, near, text)
    assert found == (11.586, 50.928)
    assert len(notes) == noted


def test_a_position_outside_of_its_system_is_refused() -> None:
    found, _ = placed((1e9, 1e9), "", None, '[read]\ncrs = "EPSG:25832"\n')
    assert found == "outside-crs"


@pytest.mark.parametrize(
    "text", ["EPSG:1", "EPSG:999999", "hello", "+proj=utm", "/etc/passwd", "["]
)
def test_unknown_systems_are_refused(text: str) -> None:
    from allmende.core.imports.crs import normal

    with pytest.raises(InvalidInput, match="reference system"):
        normal(text)


def test_shapes_in_cells_are_read() -> None:
    place = Field(name="place", type=FieldType.GEOMETRY)
    text = '[place]\nshape = "wkt"\ncrs = "EPSG:25832"\n'
    data = "a;wkt\n1;POINT (681724 5645020)\n2;nowhere\n"
    found = values(data, text, Field(name="a"), place)
    assert Checker(entity(place)).check(found[0])[0]["place"] == found[0]["place"]
    assert "place" not in found[1]
