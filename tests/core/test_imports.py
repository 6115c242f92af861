# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rows of files become collections: mapping, places, keys, what is refused and what is flagged."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.platforms import run_scenario, settings_for

from allmende.core import collections, imports
from allmende.core.collections import CollectionEntry
from allmende.core.imports import ImportReport, Mapping, Material, Order, open_content
from allmende.core.imports.crs import Reprojector
from allmende.core.platform import Platform
from allmende.demo import mapped
from allmende.demo.shipped import content
from allmende.errors import Conflict, InvalidInput, NotAllowed, NotFound
from allmende.model.check_rows import Checker
from allmende.model.document import Entity, Field, FieldType, Model, Range
from allmende.model.query import Query
from allmende.policy import SYSTEM, Subject

JENA = (11.6, 50.93)
Scenario = Callable[[Platform], Awaitable[None]]


@pytest.fixture
def play(engine: str, tmp_path: Path) -> Callable[[Scenario], None]:
    return lambda scenario: run_scenario(settings_for(engine, tmp_path), scenario)


def entity(*fields: Field, key: str = "") -> Entity:
    return Entity(name="Thing", key=[key] if key else [], fields=list(fields))


TREE = entity(
    Field(name="nr", type=FieldType.INTEGER, required=True),
    Field(name="art"),
    Field(name="height", type=FieldType.NUMBER, unit="m", plausible=Range(maximum=45)),
    Field(name="place", type=FieldType.GEOMETRY),
    key="nr",
)
TREES = Model(id="thing", title={"de": "Ding", "en": "Thing"}, entities=[TREE])


def mapping(text: str = "") -> Mapping:
    return imports.parse(text)


def order(data: str | bytes, given: Mapping, **more: Any) -> Order:
    body = data.encode() if isinstance(data, str) else data
    opened = open_content(Material(body, "file", given.read, near=more.get("near")))
    layer = opened.layer(given.read.layer)
    return Order(
        collection="things", layer=layer, format=opened.format, mapping=given, source="file", **more
    )


async def made(platform: Platform, model: Model = TREES) -> None:
    entry = CollectionEntry(id="things", model=model, organisation="jena")
    await collections.create(platform, SYSTEM, entry)


async def bring(platform: Platform, data: str | bytes, text: str = "", **more: Any) -> ImportReport:
    return await imports.bring(platform, SYSTEM, order(data, mapping(text), **more))


async def rows(platform: Platform) -> dict[str, collections.Row]:
    page = await collections.page(platform, SYSTEM, Query(collection="things", limit=1_000))
    return {row.id: row for row in page.rows}


def outcome(report: ImportReport) -> tuple[int, int, int, int, int]:
    return report.created, report.updated, report.unchanged, report.deleted, report.refused


CSV = "nr;art;height;x;y\n1;Eiche;12,5;681724;5645057\n2;Linde;91;681725;5645058\n3;;;;\n"
PLACED = '[place]\nx = "x"\ny = "y"\ncrs = "EPSG:25832"\n'


def test_a_table_is_imported_and_comes_again_unchanged(play: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await made(platform)
        report = await bring(platform, CSV, PLACED)
        assert outcome(report) == (3, 0, 0, 0, 0)
        assert (report.rows, report.crs) == (3, "EPSG:25832")
        assert [(f.field, f.code, f.examples) for f in report.flags] == [
            ("height", "implausible", ["2"])
        ]
        stored = await rows(platform)
        assert stored["1"].values == {"nr": 1, "art": "Eiche", "height": 12.5}
        assert stored["1"].geometry is not None
        assert stored["3"].geometry is None
        assert outcome(await bring(platform, CSV, PLACED)) == (0, 0, 3, 0, 0)
        assert (await rows(platform))["1"].revision == 1

    play(scenario)


def test_rows_that_are_gone_are_removed_on_demand(play: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await made(platform)
        await bring(platform, CSV, PLACED)
        less = "\n".join(CSV.splitlines()[:3]).replace("Eiche", "Esche")
        assert outcome(await bring(platform, less, PLACED)) == (0, 1, 1, 0, 0)
        assert outcome(await bring(platform, less, PLACED, replace=True)) == (0, 0, 2, 1, 0)
        past = await collections.history(platform, SYSTEM, "things", "3")
        assert past[0].deleted
        one = "\n".join(CSV.splitlines()[:2])
        await bring(platform, CSV.replace("3;;;;", "4;;;;"), PLACED)
        with pytest.raises(Conflict, match="2 of 3 rows"):
            await bring(platform, one, PLACED, replace=True)
        report = await bring(platform, one, PLACED, replace=True, accept_loss=True)
        assert report.deleted == 2

    play(scenario)


def test_bad_rows_never_cost_good_ones(play: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await made(platform)
        text = "nr;art;height\n1;Eiche;hoch\nx;Linde;2\n3;Ahorn;3\n1;Buche;4\n"
        report = await bring(platform, text)
        assert outcome(report) == (2, 0, 0, 0, 2)
        assert {(r.line, f.code) for r in report.refusals for f in r.findings} >= {
            (3, "missing"),
            (5, "key-twice"),
        }
        first = (await rows(platform))["1"]
        assert first.extra == {"height": "hoch"}
        assert first.flags == ["height:not-a-number"]
        kept = await collections.quarantined(platform, SYSTEM, "things")
        assert sorted(each.line for each in kept) == [3, 5]

    play(scenario)


def test_a_broken_shape_is_quarantined_and_its_row_not_removed(
    play: Callable[[Scenario], None],
) -> None:
    def document(ring: list[list[float]]) -> bytes:
        features = [
            {"type": "Feature", "properties": {"nr": n}, "geometry": shape}
            for n, shape in (
                (1, {"type": "Point", "coordinates": JENA}),
                (2, {"type": "Polygon", "coordinates": [ring]}),
            )
        ]
        return json.dumps({"type": "FeatureCollection", "features": features}).encode()

    async def scenario(platform: Platform) -> None:
        await made(platform)
        closed = [[11, 50], [12, 50], [12, 51], [11, 50]]
        assert outcome(await bring(platform, document(closed))) == (2, 0, 0, 0, 0)
        report = await bring(platform, document([*closed[:-1], [0, 0]]), replace=True)
        assert outcome(report) == (0, 0, 1, 0, 1)
        assert report.refusals[0].findings[0].code == "ring-not-closed"
        assert set(await rows(platform)) == {"1", "2"}

    play(scenario)


def test_a_trial_writes_nothing(play: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await made(platform)
        await bring(platform, CSV, PLACED)
        text = CSV + "4;Esche;100;681724;5645057\nx;y;;;\n"
        asked = order(text, mapping(PLACED), replace=True)
        report = await imports.trial(platform, SYSTEM, asked, TREE)
        assert (report.created, report.known, report.refused, report.deleted) == (1, 3, 1, 0)
        assert {(flag.field, flag.code): flag.count for flag in report.flags} == {
            ("height", "implausible"): 2
        }
        assert report.shared_positions == 1
        assert len(await rows(platform)) == 3

    play(scenario)


def test_only_those_who_may_write_can_import(play: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await made(platform)
        outsider = Subject(id="x", kind="user")
        with pytest.raises((NotAllowed, NotFound)):
            await imports.bring(platform, outsider, order(CSV, mapping(PLACED)))

    play(scenario)


def test_dropped_columns_are_stored_nowhere(play: Callable[[Scenario], None]) -> None:
    async def scenario(platform: Platform) -> None:
        await made(platform)
        text = "nr;art;initials\n1;Eiche;QQ\nx;Linde;QQ\n"
        report = await bring(platform, text, '[drop]\ninitials = "a person"\n')
        assert report.dropped == {"initials": "a person"}
        stored = (await rows(platform)).values()
        kept = await collections.quarantined(platform, SYSTEM, "things")
        assert len(kept) == 1
        assert "QQ" not in repr([(row.values, row.extra) for row in stored]) + repr(kept)

    play(scenario)


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


# --- real data -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "file", "number"),
    [
        ("trees-leipzig", "trees/leipzig_connewitz.geojson", 1_139),
        ("trees-flensburg", "trees/flensburg_lebende-baeume.csv", 18_697),
        ("trees-muenster", "trees/muenster_baeume_ausschnitt.geojson", 2_103),
    ],
)
def test_other_cities_fit_the_same_model(
    shared_data: Path, name: str, file: str, number: int
) -> None:
    assert _checked((shared_data / file).read_bytes(), name) == (number, 0)


@pytest.mark.parametrize(
    ("name", "file", "number"),
    [
        ("trees", "trees/trees.csv", 42_642),
        ("addresses", "addresses/addresses.csv", 16_745),
        ("parking", "parking/parking.geojson", 103),
        ("parking", "parking/parking.csv", 103),
        ("pois", "pois/pois.geojson", 1_930),
        ("districts", "districts/districts.geojson", 30),
        ("reference-areas", "reference-areas/reference-areas.geojson", 16),
        ("reference-areas", "reference-areas/reference-areas-2025-12.geojson", 12),
        ("land-use", "land-use/land-use.geojson", 3_604),
        ("tram-stops", "tram-routes/tram-stops.geojson", 95),
    ],
)
def test_the_files_of_the_demo_city_fit_their_models(name: str, file: str, number: int) -> None:
    assert _checked(content(file), name) == (number, 0)


def _checked(data: bytes, name: str) -> tuple[int, int]:
    """Rows that fit, and rows that do not."""
    from allmende.core.imports.intake import Intake

    given = mapped.mapping(name)
    asked = order(data, given)
    thing = mapped.model(given.model).entity(given.entity)
    intake, checker = Intake(thing, given, asked.layer, JENA), Checker(thing)
    good = bad = 0
    for chunk in intake:
        bad += len(chunk.refusals)
        for change in chunk.changes:
            _, findings = checker.check(change.values)
            wrong = any(each.severity == "error" for each in findings)
            good, bad = good + (not wrong), bad + wrong
    return good, bad


def test_the_register_of_trees_is_taken_in_whole(
    shared_data: Path, play: Callable[[Scenario], None]
) -> None:
    async def scenario(platform: Platform) -> None:
        model = mapped.model("tree")
        await made(platform, model)
        data = (shared_data / "trees/jena_baeume_2022-11.ods").read_bytes()
        asked = order(data, mapped.mapping("trees"), near=JENA)
        report = await imports.bring(platform, SYSTEM, asked)
        assert outcome(report) == (42_642, 0, 0, 0, 0)
        flags = {flag.field: flag.count for flag in report.flags}
        assert flags["planting_year"] == 28
        assert {"height", "trunk_girth", "crown_diameter"} <= flags.keys()
        assert report.shared_rows - report.shared_positions == 348
        assert "namlr" in report.dropped
        collection = await collections.get(platform, SYSTEM, "things")
        assert collection.period is not None
        felled = await collections.quality(platform, SYSTEM, "things")
        assert felled.filled["felled_on"] == 4_690
        assert felled.filled["position_origin"] == 1_538
        tree = await collections.row(platform, SYSTEM, "things", "27077")
        assert tree.values["species_latin"] == "Fraxinus excelsior"
        assert tree.values["height"] == 12

    play(scenario)
