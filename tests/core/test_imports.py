# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Rows of files become collections: mapping, places, keys, what is refused and what is flagged."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.importing import JENA, entity, mapping, order
from tests.support.platforms import run_scenario, settings_for

from allmende.core import collections, imports
from allmende.core.collections import CollectionEntry
from allmende.core.imports import ImportReport
from allmende.core.imports.intake import Intake
from allmende.core.platform import Platform
from allmende.demo import mapped
from allmende.demo.shipped import content
from allmende.errors import Conflict, NotAllowed, NotFound
from allmende.model.check_rows import Checker
from allmende.model.document import Field, FieldType, Model, Range
from allmende.model.query import Query
from allmende.policy import SYSTEM, Subject

Scenario = Callable[[Platform], Awaitable[None]]


@pytest.fixture
def play(engine: str, tmp_path: Path) -> Callable[[Scenario], None]:
    return lambda scenario: run_scenario(settings_for(engine, tmp_path), scenario)


TREE = entity(
    Field(name="nr", type=FieldType.INTEGER, required=True),
    Field(name="art"),
    Field(name="height", type=FieldType.NUMBER, unit="m", plausible=Range(maximum=45)),
    Field(name="place", type=FieldType.GEOMETRY),
    key="nr",
)
TREES = Model(id="thing", title={"de": "Ding", "en": "Thing"}, entities=[TREE])


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


def test_nothing_is_removed_when_the_source_gave_less_than_it_has(
    play: Callable[[Scenario], None],
) -> None:
    async def scenario(platform: Platform) -> None:
        await made(platform)
        await bring(platform, CSV, PLACED)
        asked = order("\n".join(CSV.splitlines()[:3]), mapping(PLACED), replace=True)
        asked.layer.complete = False
        report = await imports.bring(platform, SYSTEM, asked)
        assert (report.unchanged, report.deleted) == (2, 0)
        assert set(await rows(platform)) == {"1", "2", "3"}

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


def test_places_outside_the_city_are_flagged_and_stored(engine: str, tmp_path: Path) -> None:
    table = "nr,x,y\n1,11.58,50.93\n2,50.93,11.58\n3,,\n"
    told = '[read]\ncrs = "OGC:CRS84"\n[place]\nx = "x"\ny = "y"\n'

    async def scenario(platform: Platform) -> None:
        await made(platform)
        order_ = order(table, mapping(told))
        tried = await imports.trial(platform, SYSTEM, order_, TREE)
        (flag,) = tried.flags
        assert (flag.field, flag.code, flag.count) == ("place", "outside-city", 1)
        assert flag.examples == ["2 (50.93000 11.58000)"]
        report = await bring(platform, table, told)
        assert (report.created, report.refused) == (3, 0)
        assert [(each.field, each.code, each.examples) for each in report.flags] == [
            ("place", "outside-city", ["2"])
        ]
        assert (await rows(platform))["2"].flags == ["place:outside-city"]

    portal = {"portal": {"bbox": [11.49, 50.85, 11.68, 51.0]}}
    run_scenario(settings_for(engine, tmp_path, extra=portal), scenario)


def test_an_area_that_reaches_into_the_city_is_not_outside() -> None:
    def area(west: float, east: float) -> dict[str, Any]:
        ring = [[west, 50.9], [east, 50.9], [east, 50.95], [west, 50.9]]
        polygon = {"type": "Polygon", "coordinates": [ring]}
        return {"type": "Feature", "properties": {"nr": west}, "geometry": polygon}

    data = json.dumps({"type": "FeatureCollection", "features": [area(11.0, 11.5), area(12, 13)]})
    found = order(data, mapping())
    shape = entity(
        Field(name="nr", type=FieldType.NUMBER), Field(name="at", type=FieldType.GEOMETRY)
    )
    chunk = Intake(shape, found.mapping, found.layer, JENA, (11.49, 50.85, 11.68, 51.0)).take()
    inside, outside = chunk.changes
    assert inside.flags == []
    (flag,) = outside.flags
    assert (flag.field, flag.code, flag.severity) == ("at", "outside-city", "warning")
    assert "12.50000" in flag.text["de"]
