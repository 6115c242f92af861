# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""$filter of OGC 18-088, 9.3.3.5: operators, functions, paths, on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.interfaces.sensorthings.readers import City, city_in

pytestmark = pytest.mark.anyio

LIME, APPLE = "Lime tree", "Äpfelbaum"
AROUND = "geography'POLYGON((11.4 50.8,11.55 50.8,11.55 50.92,11.4 50.92,11.4 50.8))'"
FAR = "geography'POLYGON((0 0,1 0,1 1,0 1,0 0))'"
HERE = "geography'POINT(11.5 50.9)'"

THINGS: dict[str, list[str]] = {
    "name eq 'Lime tree'": [LIME],
    "name ne 'Lime tree'": [APPLE],
    "name gt 'M'": [APPLE],
    "name eq 'LIME TREE'": [],
    "not (name eq 'Lime tree')": [APPLE],
    "not name eq 'Lime tree'": [APPLE],
    "name in ('Lime tree', 'x')": [LIME],
    "name in ()": [],
    "id in (1, 2, 3)": [LIME, APPLE],
    "id gt 0 and id lt 2": [LIME],
    "id add 1 eq 2": [LIME],
    "id sub -1 eq 2": [LIME],
    "-id eq -1": [LIME],
    "id mul 2 eq 4": [APPLE],
    "id div 2 eq 0.5": [LIME],
    "id mod 2 eq 1": [LIME],
    "id div 0 eq 1": [],
    "description eq 'a tree in O''Brien street'": [LIME],
    "startswith(name,'Lime')": [LIME],
    "startswith(name,'Lime') eq false": [APPLE],
    "endswith(name,'baum')": [APPLE],
    "substringof('me t',name)": [LIME],
    "contains(name,'pfel')": [APPLE],
    "length(name) eq 9": [LIME, APPLE],
    "indexof(name,'tree') eq 5": [LIME],
    "substring(name,5) eq 'tree'": [LIME],
    "substring(name,1,3) eq 'ime'": [LIME],
    "tolower(name) eq 'äpfelbaum'": [APPLE],
    "toupper(name) eq 'ÄPFELBAUM'": [APPLE],
    "trim(concat('  ',name)) eq 'Lime tree'": [LIME],
    "concat(concat(name,', '),description) eq 'Äpfelbaum, an apple tree'": [APPLE],
    "properties/species eq 'Tilia'": [LIME],
    "properties/height gt 5": [LIME],
    "properties/height add 1 le 5": [APPLE],
    "properties/height eq '12.5'": [],
    "properties/species gt 5": [],
    "properties/old eq true": [LIME],
    "properties/old": [LIME],
    "properties/old eq null": [APPLE],
    "properties/at/no/1 eq 4": [LIME],
    "properties/nothing/at/all eq null": [LIME, APPLE],
    "properties/nothing ne null": [],
    "round(properties/height) eq 13": [LIME],
    "floor(properties/height) eq 12": [LIME],
    "ceiling(properties/height) eq 13": [LIME],
    "tolower(properties/species) eq 'malus'": [APPLE],
    "Datastreams/name eq 'soil'": [LIME],
    "Datastreams/name eq 'soil' and Datastreams/name eq 'air'": [LIME],
    "not (Datastreams/name eq 'soil')": [APPLE],
    "Datastreams/ObservedProperty/name eq 'sap flow'": [APPLE],
    "Datastreams/unitOfMeasurement/symbol eq '°C'": [LIME, APPLE],
    "Datastreams/properties/depth eq 30": [LIME],
    "Locations/name eq 'Park'": [APPLE],
    f"st_within(Locations/location,{AROUND})": [LIME],
    "HistoricalLocations/time lt now()": [LIME, APPLE],
    "HistoricalLocations/Locations/name eq 'Market'": [LIME],
    "Datastreams/Thing/Datastreams/name eq 'air'": [LIME],
    "Datastreams/Observations/result gt 30": [APPLE],
    "Datastreams/Observations/result lt 5 or name eq 'x'": [LIME],
    "Datastreams/phenomenonTime ge 2024-03-01T00:00:00Z": [LIME, APPLE],
    "Party/displayName eq null": [LIME, APPLE],
    "Party eq null": [LIME, APPLE],
}
STREAMS: dict[str, list[str]] = {
    "Thing/name eq 'Lime tree'": ["soil", "air"],
    "Thing/id eq 2": ["ground", "silent"],
    "Thing eq 2": ["ground", "silent"],
    "Thing/Locations/name eq 'Park'": ["ground", "silent"],
    "Sensor/name eq 'sensor of air'": ["air"],
    "Sensor/metadata eq 'http://example.org/sensor' and name eq 'air'": ["air"],
    "phenomenonTime eq null": ["silent"],
    "phenomenonTime lt 2024-03-02T12:00:00Z": ["soil"],
    "phenomenonTime gt 2024-02-01T00:00:00Z/2024-02-28T00:00:00Z": ["soil", "air", "ground"],
    "phenomenonTime eq 2024-03-01T00:00:00Z/2024-03-02T00:00:00Z": ["soil"],
    "phenomenonTime eq 2024-03-01T00:00:00Z/P1D": ["soil"],
    "Observations/result eq 31": ["ground"],
    "Observations/phenomenonTime gt 2024-03-02T12:00:00Z": ["air", "ground"],
    "substringof('mois',ObservedProperty/name)": ["soil", "ground"],
}
OBSERVATIONS: dict[str, list[float]] = {
    "result eq 4": [4],
    "result ne 4": [3, 5, 6, 7.5, 30, 31, 32, 33],
    "result gt 5 and result le 30": [6, 7.5, 30],
    "result lt 4 or result gt 32": [3, 33],
    "not (result lt 30)": [30, 31, 32, 33],
    "result add 1 eq 5": [4],
    "result sub 0.5 eq 7": [7.5],
    "result mul 2 eq 15": [7.5],
    "result div 3 eq 2": [6],
    "result mod 2 eq 0 and result lt 10": [4, 6],
    "round(result) eq 8": [7.5],
    "floor(result) eq 7": [7.5],
    "ceiling(result) eq 8": [7.5],
    "result in (3, 33)": [3, 33],
    "result eq null": [],
    "result eq 'x'": [],
    "phenomenonTime eq 2024-03-04T00:00:00Z": [33],
    "phenomenonTime ge 2024-03-03T00:00:00Z": [7.5, 32, 33],
    "phenomenonTime gt 2024-03-03T01:00:00+01:00": [33],
    "phenomenonTime lt 2024-03-01T00:00:00.000001Z": [3, 5, 30],
    "2024-03-03T00:00:00Z lt phenomenonTime": [33],
    "phenomenonTime gt 2024-03-03": [33],
    "phenomenonTime lt now()": [3, 4, 5, 6, 7.5, 30, 31, 32, 33],
    "phenomenonTime gt now() sub duration'P1D'": [],
    "phenomenonTime gt mindatetime() and phenomenonTime lt maxdatetime() and result eq 3": [3],
    "phenomenonTime add duration'P1D' gt 2024-03-04T12:00:00Z": [33],
    "phenomenonTime sub 2024-03-01T00:00:00Z gt duration'PT60H'": [33],
    "year(phenomenonTime) eq 2024 and result gt 32": [33],
    "month(phenomenonTime) ne 3": [],
    "day(phenomenonTime) eq 4": [33],
    "hour(phenomenonTime) add minute(phenomenonTime) eq 0 and result eq 3": [3],
    "second(phenomenonTime) eq 0 and fractionalseconds(phenomenonTime) eq 0 and result eq 3": [3],
    "totaloffsetminutes(phenomenonTime) eq 0 and result eq 3": [3],
    "date(phenomenonTime) eq 2024-03-04": [33],
    "date(phenomenonTime) eq date(phenomenonTime) and result eq 3": [3],
    "time(phenomenonTime) eq 00:00:00 and result eq 3": [3],
    "resultTime eq null and result eq 3": [3],
    "Datastream/name eq 'air'": [5, 6, 7.5],
    "Datastream/Thing/name eq 'Lime tree' and result gt 4": [5, 6, 7.5],
    "Datastream/Thing/name eq 'Lime tree' or result eq 33": [3, 4, 5, 6, 7.5, 33],
    "not (Datastream/Thing/name eq 'Lime tree') and result lt 32": [30, 31],
    "Datastream/ObservedProperty/name eq 'moisture'": [3, 4, 30, 31, 32, 33],
    "Datastream/id eq 3 and result gt 31": [32, 33],
    "MultiDatastream/name eq 'air'": [],
    "FeatureOfInterest/name eq 'Market' and result gt 6": [7.5],
    f"st_within(FeatureOfInterest/feature,{AROUND}) and result lt 5": [3, 4],
    "ObservationGroups/name eq 'x'": [],
    "parameters/a eq null and result eq 3": [3],
    "1 eq 1 and result eq 3": [3],
    "1 eq 2": [],
    "true": [3, 4, 5, 6, 7.5, 30, 31, 32, 33],
}
PLACES: dict[str, list[str]] = {
    f"geo.intersects(location,{AROUND})": ["Market"],
    f"geo.intersects(location,{FAR})": [],
    f"geo.distance(location,{HERE}) lt 0.001": ["Market"],
    "geo.distance(location,geography'POINT(0 0)') gt 1": ["Market", "Park"],
    "geo.length(location) eq 0": ["Market", "Park"],
    "geo.length(geography'LINESTRING(0 0, 0 2)') eq 2": ["Market", "Park"],
    f"st_within(location,{AROUND})": ["Market"],
    f"st_within({HERE},location)": ["Market"],
    f"st_intersects(location,{AROUND})": ["Market"],
    f"st_disjoint(location,{AROUND})": ["Park"],
    f"st_equals(location,{HERE})": ["Market"],
    f"location eq {HERE}": ["Market"],
    f"st_contains(location,{HERE})": ["Market"],
    f"st_contains({AROUND},location)": ["Market"],
    f"st_touches(location,{AROUND})": [],
    f"st_overlaps(location,{AROUND})": [],
    f"st_crosses(location,{AROUND})": [],
    f"st_relate(location,{HERE},'T********')": ["Market"],
    f"not (st_within(location,{AROUND}))": ["Park"],
    "location/type eq 'Point'": ["Market", "Park"],
    "location/coordinates/0 gt 11.55": ["Park"],
    f"st_within(location,geometry'{AROUND.split(chr(39))[1]}')": ["Market"],
}
WRONG = (
    "name eq",
    "name eq 'x",
    "bogus(name)",
    "name eq 5",
    "nosuch eq 5",
    "name",
    "length(name)",
    "id and name",
    "substringof('x')",
    "name/inner eq 5",
    "(name eq 'x'",
    "name eq 'x')",
    "name eq 'x' 'y'",
    "id add 'x' eq 5",
    "geo.distance(name,description) gt 1",
    "phenomenonTime gt 5",
    "st_relate(name,name,'x')",
    "year(name) eq 1",
    "x eq 2024-13-99T00:00:00Z",
    "geography'POINT(' eq 5",
    "#",
)


async def test_filters_over_entities(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        wrong = {}
        for path, cases in (("Things", THINGS), ("Datastreams", STREAMS), ("Locations", PLACES)):
            for condition, expected in cases.items():
                found = await city.names(path, filter=condition, select="name")
                counted = await city.get(path, **{"$filter": condition, "$count": "true"})
                if found != expected or counted["@iot.count"] != len(expected):
                    wrong[condition] = (found, counted["@iot.count"])
        assert not wrong


async def test_filters_over_observations(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        wrong = {}
        for condition, expected in OBSERVATIONS.items():
            found = await city.results(filter=condition, select="result")
            newest = await city.results(filter=condition, orderby="phenomenonTime desc")
            sorted_ = await city.results(filter=condition, orderby="result desc")
            counted = await city.get("Observations", **{"$filter": condition, "$count": "true"})
            if (found, sorted(newest), sorted_, counted["@iot.count"]) != (
                expected,
                expected,
                expected[::-1],
                len(expected),
            ):
                wrong[condition] = (found, newest, sorted_, counted["@iot.count"])
        assert not wrong


async def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    async with city_in("", tmp_path) as city:
        for condition in WRONG:
            for path in ("Things", "Observations"):
                assert await city.code(path, filter=condition) == 400, condition


async def test_results_of_every_type(tmp_path: Path) -> None:
    """Texts, truths and objects beside numbers are compared with their like only."""
    async with city_in("", tmp_path) as city:
        await _more_results(city)
        cases = {
            "result eq 'open'": ["open"],
            "result eq true": [True],
            "result/a eq 1": [{"a": 1}],
            "result gt 32": [33],
            "startswith(result,'op')": ["open"],
            "parameters/by eq 'hand'": ["open"],
            "validTime ge 2024-01-01T00:00:00Z": ["open"],
            "resultTime gt 2024-05-01T00:00:00Z": [True],
            "resultQuality/flag eq 'fine'": [{"a": 1}],
        }
        for condition, expected in cases.items():
            assert await city.results(filter=condition) == expected, condition
        path = f"Datastreams({city.streams['any']})/Observations"
        assert await city.results(path, orderby="result") == [True, "open", {"a": 1}]
        spans = await city.found(path, filter="phenomenonTime lt 2024-05-02T00:00:00Z")
        assert [each["phenomenonTime"] for each in spans] == [
            "2024-05-01T00:00:00Z/2024-05-01T12:00:00Z"
        ]


async def _more_results(city: City) -> None:
    from tests.interfaces.sensorthings.readers import stream
    from tests.interfaces.sensorthings.writers import OM

    made = await city.make(
        f"Things({city.things[0]})/Datastreams",
        stream("any", "state", [], observationType=f"{OM}OM_Observation"),
    )
    city.streams["any"] = int(made[len("Datastreams(") : -1])
    for body in (
        {
            "phenomenonTime": "2024-05-01T00:00:00Z/2024-05-01T12:00:00Z",
            "result": "open",
            "parameters": {"by": "hand"},
            "validTime": "2024-05-01T00:00:00Z/2024-06-01T00:00:00Z",
        },
        {
            "phenomenonTime": "2024-05-03T00:00:00Z",
            "result": True,
            "resultTime": "2024-05-03T01:00:00Z",
        },
        {
            "phenomenonTime": "2024-05-04T00:00:00Z",
            "result": {"a": 1},
            "resultQuality": {"flag": "fine"},
        },
    ):
        await city.make(f"{made}/Observations", body)
