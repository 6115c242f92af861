# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""req/request-data: $filter with every operator and function (18-088 clause 9.3.3.5)."""

from __future__ import annotations

import pytest
from tests.conformance_sta.service import (
    RUN,
    Moments,
    Places,
    Service,
    World,
    key,
    requirement,
    results,
    thing,
)


@pytest.mark.parametrize(
    ("kind", "condition"),
    [
        ("Observations", "Datastream/name eq '{0} first' and result eq 4"),
        ("Observations", "Datastream/Thing/name eq '{0} thing' and result eq 4"),
        ("Datastreams", "Thing/name eq '{0} thing' and name eq '{0} second'"),
        ("Datastreams", "ObservedProperty/name eq '{0} property' and endswith(name,'first')"),
        ("Datastreams", "unitOfMeasurement/symbol eq '°C' and name eq '{0} first'"),
        ("Things", "properties/run eq '{0}' and properties/height gt 12"),
        ("Things", "properties/deep/er eq 'yes' and properties/run eq '{0}'"),
        ("Things", "startswith(name,'{0}') and Datastreams/name eq '{0} first'"),
        ("Things", "startswith(name,'{0}') and Datastreams/Observations/result eq 9"),
        ("Things", "startswith(name,'{0}') and Locations/name eq '{0} place'"),
    ],
)
@requirement("request-data/filter")
def test_request_data_filter(sta: Service, world: World, kind: str, condition: str) -> None:
    assert len(sta.values(kind, filter=condition.format(RUN))) == 1


@requirement("request-data/filter")
def test_request_data_filter_by_id(sta: Service, world: World) -> None:
    ident = key(sta.get(world.stream))
    assert len(sta.values("Datastreams", filter=f"id eq {ident}")) == 1
    assert len(results(sta, world, filter=f"Datastream/id eq {ident}")) == 10


@requirement("request-data/filter")
def test_request_data_filter_texts(sta: Service, world: World) -> None:
    name = "it's Übergröße & 100 % + /?#"
    address = sta.make("Things", thing(name))
    written = f"{RUN} {name}".replace("'", "''")
    assert len(sta.values("Things", filter=f"name eq '{written}'")) == 1
    sta.ask("DELETE", address)


@requirement("request-data/filter")
def test_request_data_filter_finds_nothing(sta: Service, world: World) -> None:
    assert sta.get("Things", filter="name eq 'x y z'", count="true") == {
        "@iot.count": 0,
        "value": [],
    }


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("result eq 3", [3]),
        ("result ne 3", [0, 1, 2, 4, 5, 6, 7, 8, 9]),
        ("result gt 7", [8, 9]),
        ("result ge 7", [7, 8, 9]),
        ("result lt 2", [0, 1]),
        ("result le 2", [0, 1, 2]),
        ("result gt 2 and result lt 5", [3, 4]),
        ("result lt 1 or result gt 8", [0, 9]),
        ("not (result gt 1)", [0, 1]),
        ("result add 2 eq 5", [3]),
        ("result sub 2 eq 5", [7]),
        ("result mul 2 eq 8", [4]),
        ("result div 2 eq 4", [8]),
        ("result mod 5 eq 0", [0, 5]),
        ("(result add 1) mul 2 eq 8", [3]),
        ("result gt 1 and (result lt 3 or result eq 9)", [2, 9]),
        ("phenomenonTime ge 2025-03-01T08:00:00Z", [8, 9]),
        ("phenomenonTime lt 2025-03-01T02:00:00Z", [0, 1]),
        ("phenomenonTime eq 2025-03-01T05:00:00+01:00", [4]),
        ("resultTime gt 2025-03-01T07:30:00Z", [8, 9]),
        ("3 eq result", [3]),
        ("result eq 3.0", [3]),
        ("result gt -1 and result lt 2", [0, 1]),
        ("result div 2 gt 3.4 and result lt 8", [7]),
        ("result sub 3 eq -2", [1]),
        ("not (result lt 8) and not (result eq 9)", [8]),
        ("result eq 1 or result eq 2 and result eq 3", [1]),
        ("(result eq 1 or result eq 2) and result lt 2", [1]),
        ("result add 2 mul 3 eq 11", [5]),
        ("phenomenonTime ne 2025-03-01T05:00:00Z and result gt 3 and result lt 7", [4, 6]),
    ],
)
@requirement("request-data/built-in-filter-operations")
def test_request_data_built_in_filter_operations(
    sta: Service, world: World, condition: str, expected: list[int]
) -> None:
    assert results(sta, world, filter=condition, orderby="result") == expected


@pytest.mark.parametrize(
    "condition",
    [
        "substringof('second',name)",
        "endswith(name,'second')",
        f"startswith(name,'{RUN} sec')",
        f"length(name) eq {len(RUN) + 7}",
        f"indexof(name,'second') eq {len(RUN) + 1}",
        f"substring(name,{len(RUN) + 1}) eq 'second'",
        f"substring(name,{len(RUN) + 1},3) eq 'sec'",
        f"tolower(name) eq '{RUN.lower()} second'",
        f"toupper(name) eq '{RUN.upper()} SECOND'",
        f"trim(concat('  ',name)) eq '{RUN} second'",
        f"concat(concat(name,'-'),'x') eq '{RUN} second-x'",
    ],
)
@requirement("request-data/built-in-query-functions")
def test_request_data_text_functions(sta: Service, world: World, condition: str) -> None:
    found = sta.values(f"{world.thing}/Datastreams", filter=condition)
    assert [each["name"] for each in found] == [f"{RUN} second"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("year(phenomenonTime) eq 2024", [2.4, 2.6]),
        ("month(phenomenonTime) eq 6", [2.6, 7]),
        ("day(phenomenonTime) eq 29", [2.4]),
        ("hour(phenomenonTime) eq 23", [-1.6]),
        ("minute(phenomenonTime) eq 30", [2.6, 7]),
        ("second(phenomenonTime) eq 58", [-1.6]),
        ("year(resultTime) sub 2000 ge 25", [7]),
        ("fractionalseconds(resultTime) gt 0.3", [7]),
        ("fractionalseconds(resultTime) eq 0", [2.4, 2.6]),
        ("date(resultTime) eq date(2024-02-29T12:00:00Z)", [2.4]),
        ("time(resultTime) lt time(2020-01-01T00:00:02Z)", [2.4]),
        ("totaloffsetminutes(resultTime) eq 0", [-1.6, 2.4, 2.6, 7]),
        ("resultTime gt now()", []),
        ("resultTime lt now()", [-1.6, 2.4, 2.6, 7]),
        ("resultTime gt mindatetime()", [-1.6, 2.4, 2.6, 7]),
        ("resultTime lt maxdatetime()", [-1.6, 2.4, 2.6, 7]),
        ("round(result) eq 2", [2.4]),
        ("round(result) eq 3", [2.6]),
        ("floor(result) eq 2", [2.4, 2.6]),
        ("floor(result) eq -2", [-1.6]),
        ("ceiling(result) eq 3", [2.4, 2.6]),
        ("ceiling(result) eq -1", [-1.6]),
    ],
)
@requirement("request-data/built-in-query-functions")
def test_request_data_date_and_number_functions(
    sta: Service, moments: Moments, condition: str, expected: list[float]
) -> None:
    found = sta.values(f"{moments.stream}/Observations", filter=condition, orderby="result")
    assert [each["result"] for each in found] == expected


ALL = ["area", "line", "point"]
LEFT = "POLYGON((10.5 49.5,11.5 49.5,11.5 50.5,10.5 50.5,10.5 49.5))"  # around the point
WHOLE = "POLYGON((10 49,14 49,14 53,10 53,10 49))"


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("geo.distance(location,geography'POINT(13 52)') lt 0.001", ["area", "line"]),
        ("geo.distance(location,geography'POINT(11 49)') gt 0.9", ALL),
        ("geo.distance(location,geography'POINT(11 49)') lt 0.5", []),
        ("geo.length(location) gt 0", ["line"]),
        ("geo.length(geography'LINESTRING(0 0,0 1)') gt 0", ALL),
        (f"geo.intersects(location,geography'{LEFT}')", ALL),
        ("geo.intersects(location,geography'LINESTRING(12 49.5,14 51)')", ["area"]),
        ("st_equals(location,geography'POINT(11 50)')", ["point"]),
        ("st_equals(location,geography'LINESTRING(13 52,11 50)')", ["line"]),
        (f"st_disjoint(location,geography'{LEFT}')", []),
        ("st_disjoint(location,geography'POINT(12.5 50.2)')", ["line", "point"]),
        ("st_touches(location,geography'POLYGON((13 50,14 50,14 52,13 52,13 50))')", ALL[:2]),
        ("st_touches(location,geography'LINESTRING(11 50,10 50)')", ALL),
        (f"st_within(location,geography'{LEFT}')", ["point"]),
        (f"st_within(location,geography'{WHOLE}')", ALL),
        ("st_overlaps(location,geography'POLYGON((12 51,14 51,14 53,12 53,12 51))')", ["area"]),
        ("st_overlaps(location,geography'LINESTRING(12 51,14 53)')", ["line"]),
        ("st_crosses(location,geography'LINESTRING(11 52,13 50)')", ["line"]),
        (
            "st_crosses(location,geography'POLYGON((11.5 49,12.5 49,12.5 53,11.5 53,11.5 49))')",
            ["line"],
        ),
        ("st_intersects(location,geography'POINT(12 51)')", ["area", "line"]),
        ("st_intersects(location,geography'POINT(15 51)')", []),
        ("st_contains(location,geography'POINT(12 51)')", ["area", "line"]),
        (f"st_contains(location,geography'{LEFT}')", []),
        (f"st_relate(location,geography'{WHOLE}','T*F**F***')", ALL),
        ("st_relate(location,geography'POINT(12.5 50.2)','T*****FF*')", ["area"]),
        (f"not st_within(location,geography'{LEFT}')", ["area", "line"]),
    ],
)
@requirement("request-data/built-in-query-functions")
def test_request_data_places(places: Places, condition: str, found: list[str]) -> None:
    assert places.found(condition) == found


@requirement("request-data/built-in-query-functions")
def test_request_data_places_through_relations(sta: Service, world: World) -> None:
    near = "st_within(Locations/location,geography'POLYGON((11 50,12 50,12 51,11 51,11 50))')"
    condition = f"name eq '{RUN} thing' and {near}"
    assert len(sta.values("Things", filter=condition)) == 1
