# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""req/request-data: query options (18-088 clause 9.3)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conformance_sta.service import RESULTS, RUN, Service, World, key, requirement

MINE = f"startswith(name,'{RUN}')"


def results(sta: Service, world: World, **options: Any) -> list[Any]:
    found = sta.values(f"{world.stream}/Observations", **options)
    return [each["result"] for each in found]


@requirement("request-data/order")
def test_request_data_order(sta: Service, world: World) -> None:
    found = sta.get(
        f"{world.stream}/Observations",
        filter="result ge 2",
        count="true",
        orderby="result desc",
        skip=1,
        top=3,
        select="result",
        expand="Datastream($select=name)",
    )
    assert found["@iot.count"] == 8
    assert [each["result"] for each in found["value"]] == [8, 7, 6]
    assert all(each["Datastream"]["name"] == f"{RUN} first" for each in found["value"])
    assert all("phenomenonTime" not in each for each in found["value"])


@requirement("request-data/expand")
def test_request_data_expand(sta: Service, world: World) -> None:
    found = sta.get(world.thing, expand="Datastreams/Sensor,Locations")
    assert len(found["Datastreams"]) == 2
    assert all(each["Sensor"]["name"] == f"{RUN} sensor" for each in found["Datastreams"])
    assert found["Locations"][0]["name"] == f"{RUN} place"
    inner = sta.get(
        world.thing,
        expand="Datastreams($orderby=name;$top=1;$expand=Observations($filter=result gt 7))",
    )
    (first,) = inner["Datastreams"]
    assert sorted(each["result"] for each in first["Observations"]) == [8, 9]


@requirement("request-data/select")
def test_request_data_select(sta: Service, world: World) -> None:
    found = sta.get(world.thing, select="name,properties")
    assert found["name"] == f"{RUN} thing"
    assert found["properties"]["run"] == RUN
    assert "description" not in found
    with_link = sta.get(world.thing, select="name", expand="Datastreams")
    assert len(with_link["Datastreams"]) == 2
    assert all("name" in each for each in with_link["Datastreams"])


@requirement("request-data/status-code")
def test_request_data_status_code(sta: Service, world: World) -> None:
    assert sta.status(world.thing) == 200
    assert sta.status("Things", filter=MINE) == 200
    assert sta.status(f"{world.thing}/Things") in (400, 404)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("filter", "name eq"),
        ("filter", "nothing eq 1"),
        ("filter", "nothing(name)"),
        ("top", "-1"),
        ("top", "many"),
        ("skip", "-1"),
        ("count", "maybe"),
        ("orderby", "nothing"),
        ("expand", "Nothings"),
        ("select", "nothing"),
    ],
)
@requirement("request-data/query-status-code")
def test_request_data_query_status_code(sta: Service, name: str, value: str) -> None:
    assert sta.status("Things", **{name: value}) == 400


@requirement("request-data/query-status-code")
def test_request_data_query_not_offered(sta: Service) -> None:
    assert sta.status("Things", search="tree") in (400, 501)
    assert sta.status("Things", filters="x") in (400, 501)


@requirement("request-data/orderby")
def test_request_data_orderby(sta: Service, world: World) -> None:
    assert results(sta, world, orderby="result desc") == RESULTS[::-1]
    assert results(sta, world, orderby="phenomenonTime asc") == RESULTS
    assert results(sta, world, orderby="result") == RESULTS
    names = [each["name"] for each in sta.values(f"{world.thing}/Datastreams", orderby="name desc")]
    assert names == [f"{RUN} second", f"{RUN} first"]
    assert results(sta, world, orderby="Datastream/name,result desc", top=2) == [9, 8]


@requirement("request-data/top")
def test_request_data_top(sta: Service, world: World) -> None:
    found = sta.get(f"{world.stream}/Observations", top=4, orderby="result")
    assert [each["result"] for each in found["value"]] == RESULTS[:4]
    assert "@iot.nextLink" in found
    assert "@iot.nextLink" not in sta.get(f"{world.stream}/Observations", top=10)


@requirement("request-data/skip")
def test_request_data_skip(sta: Service, world: World) -> None:
    assert results(sta, world, orderby="result", skip=7) == [7, 8, 9]
    assert results(sta, world, orderby="result", skip=2, top=2) == [2, 3]
    assert results(sta, world, orderby="result", skip=10) == []


@requirement("request-data/count")
def test_request_data_count(sta: Service, world: World) -> None:
    address = f"{world.stream}/Observations"
    assert sta.get(address, count="true", top=1, skip=2)["@iot.count"] == 10
    assert sta.get(address, count="true", filter="result lt 3")["@iot.count"] == 3
    assert "@iot.count" not in sta.get(address, count="false")


@requirement("request-data/filter")
def test_request_data_filter(sta: Service, world: World) -> None:
    assert results(sta, world, filter="result eq 4") == [4]
    assert results(sta, world, filter="Datastream/Thing/name eq 'x'") == []
    mine = f"Thing/name eq '{RUN} thing' and name eq '{RUN} second'"
    assert len(sta.values("Datastreams", filter=mine)) == 1
    assert len(sta.values("Things", filter=f"properties/run eq '{RUN}'")) == 1
    entity = sta.get(world.stream)
    assert len(sta.values("Datastreams", filter=f"id eq {key(entity)}")) == 1
    through = f"Datastreams/ObservedProperty/name eq '{RUN} property'"
    assert len(sta.values("Things", filter=f"{MINE} and {through}")) == 1


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
        ("hour(phenomenonTime) eq 4", [4]),
        ("year(phenomenonTime) eq 2025 and result eq 1", [1]),
        ("month(phenomenonTime) eq 3 and result eq 1", [1]),
        ("day(phenomenonTime) eq 1 and result eq 1", [1]),
        ("minute(phenomenonTime) eq 0 and result eq 1", [1]),
        ("second(phenomenonTime) eq 0 and result eq 1", [1]),
        ("fractionalseconds(resultTime) eq 0 and result eq 1", [1]),
        ("date(resultTime) eq date(2025-03-01T03:00:00Z) and result eq 1", [1]),
        ("time(resultTime) eq time(2020-01-01T06:00:00Z)", [6]),
        ("totaloffsetminutes(resultTime) eq 0 and result eq 1", [1]),
        ("resultTime lt now() and result eq 1", [1]),
        ("resultTime gt mindatetime() and result eq 1", [1]),
        ("resultTime lt maxdatetime() and result eq 1", [1]),
        ("round(result div 4) eq 1 and result gt 3", [4, 5]),
        ("floor(result div 4.0) eq 2", [8, 9]),
        ("ceiling(result div 4.0) eq 1", [1, 2, 3, 4]),
    ],
)
@requirement("request-data/built-in-query-functions")
def test_request_data_date_and_number_functions(
    sta: Service, world: World, condition: str, expected: list[int]
) -> None:
    assert results(sta, world, filter=condition, orderby="result") == expected


AROUND = "geography'POLYGON((11 50,12 50,12 51,11 51,11 50))'"
FAR = "geography'POLYGON((1 1,2 1,2 2,1 2,1 1))'"


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("geo.distance(location,geography'POINT(11.58 50.92)') lt 0.01", True),
        ("geo.distance(location,geography'POINT(21.58 50.92)') lt 0.01", False),
        (f"geo.intersects(location,{AROUND})", True),
        (f"geo.intersects(location,{FAR})", False),
        ("geo.length(geography'LINESTRING(0 0,0 1)') gt 0", True),
        ("st_equals(location,geography'POINT(11.58 50.92)')", True),
        (f"st_disjoint(location,{FAR})", True),
        (f"st_disjoint(location,{AROUND})", False),
        (f"st_within(location,{AROUND})", True),
        (f"st_intersects(location,{AROUND})", True),
        (f"st_overlaps(location,{AROUND})", False),
        (f"st_touches(location,{AROUND})", False),
        (f"st_crosses(location,{AROUND})", False),
        ("st_contains(location,geography'POINT(11.58 50.92)')", True),
        (f"st_relate(location,{AROUND},'T********')", True),
    ],
)
@requirement("request-data/built-in-query-functions")
def test_request_data_places(sta: Service, world: World, condition: str, found: bool) -> None:
    values = sta.values(f"{world.thing}/Locations", filter=condition)
    assert [each["name"] for each in values] == [f"{RUN} place"] * found


@requirement("request-data/pagination")
def test_request_data_pagination(sta: Service, world: World) -> None:
    page = sta.get(f"{world.stream}/Observations", top=3, orderby="result")
    seen = [each["result"] for each in page["value"]]
    while link := page.get("@iot.nextLink"):
        page = sta.get(link)
        seen += [each["result"] for each in page["value"]]
        assert len(seen) <= 10
    assert seen == RESULTS
