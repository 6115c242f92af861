# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""req/request-data: query options (18-088 clause 9.3)."""

from __future__ import annotations

import pytest
from tests.conformance_sta.service import (
    RESULTS,
    RUN,
    Service,
    World,
    at,
    requirement,
    results,
)

MINE = f"startswith(name,'{RUN}')"


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


@requirement("request-data/order")
def test_request_data_order_of_parameters(sta: Service, world: World) -> None:
    """The order in which options are written makes no difference."""
    one, other = (
        sta.ask("GET", f"{world.stream}/Observations?{query}").json()["value"]
        for query in (
            "$top=2&$orderby=result%20desc&$filter=result%20lt%205",
            "$filter=result%20lt%205&$orderby=result%20desc&$top=2",
        )
    )
    assert [each["result"] for each in one] == [each["result"] for each in other] == [4, 3]


@requirement("request-data/expand")
def test_request_data_expand(sta: Service, world: World) -> None:
    found = sta.get(world.thing, expand="Datastreams,Locations")
    assert len(found["Datastreams"]) >= 2
    assert found["Locations"][0]["name"] == f"{RUN} place"
    assert sta.get(world.stream, expand="Thing")["Thing"]["name"] == f"{RUN} thing"


@requirement("request-data/expand")
def test_request_data_expand_by_path(sta: Service, world: World) -> None:
    found = sta.get(world.thing, expand="Datastreams/Sensor")
    assert all(each["Sensor"]["name"].startswith(RUN) for each in found["Datastreams"])


@requirement("request-data/expand")
def test_request_data_expand_in_collections(sta: Service, world: World) -> None:
    (found,) = sta.values("Datastreams", filter=f"name eq '{RUN} first'", expand="ObservedProperty")
    assert found["ObservedProperty"]["name"] == f"{RUN} property"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("$filter=result gt 7;$orderby=result", [8, 9]),
        ("$orderby=result desc;$top=2", [9, 8]),
        ("$orderby=result;$skip=8", [8, 9]),
        ("$select=result;$orderby=result;$top=1", [0]),
    ],
)
@requirement("request-data/expand")
def test_request_data_expand_options(
    sta: Service, world: World, options: str, expected: list[int]
) -> None:
    found = sta.get(world.stream, expand=f"Observations({options})")
    assert [each["result"] for each in found["Observations"]] == expected


@requirement("request-data/expand")
def test_request_data_expand_nested(sta: Service, world: World) -> None:
    inner = "Datastreams($filter=name eq '{0} first';$expand=Observations($filter=result gt 7))"
    (first,) = sta.get(world.thing, expand=inner.format(RUN))["Datastreams"]
    assert sorted(each["result"] for each in first["Observations"]) == [8, 9]


@requirement("request-data/expand")
def test_request_data_expand_count(sta: Service, world: World) -> None:
    found = sta.get(world.stream, expand="Observations($count=true;$top=1)")
    assert found["Observations@iot.count"] == 10
    assert len(found["Observations"]) == 1


@requirement("request-data/expand")
def test_request_data_expand_next_page(sta: Service, world: World) -> None:
    found = sta.get(world.stream, expand="Observations($orderby=result;$top=6)")
    following = sta.get(found["Observations@iot.nextLink"])["value"]
    shown = [each["result"] for each in (*found["Observations"], *following)]
    assert shown == RESULTS


@requirement("request-data/select")
def test_request_data_select(sta: Service, world: World) -> None:
    found = sta.get(world.thing, select="name,properties")
    assert found["name"] == f"{RUN} thing"
    assert found["properties"]["run"] == RUN
    assert "description" not in found


@requirement("request-data/select")
def test_request_data_select_keeps_what_is_expanded(sta: Service, world: World) -> None:
    found = sta.get(world.thing, select="name", expand="Datastreams")
    assert len(found["Datastreams"]) >= 2
    assert all("name" in each for each in found["Datastreams"])


@requirement("request-data/select")
def test_request_data_select_inside(sta: Service, world: World) -> None:
    found = sta.get(world.stream, select="name", expand="Sensor($select=name)")
    assert found["Sensor"]["name"] == f"{RUN} sensor"
    assert "metadata" not in found["Sensor"]


@requirement("request-data/select")
def test_request_data_select_links_and_ids(sta: Service, world: World) -> None:
    assert "@iot.id" in sta.get(world.thing, select="id,name")
    found = sta.get(world.stream, select="Observations")
    assert "Observations@iot.navigationLink" in found
    assert "name" not in found


@requirement("request-data/status-code")
def test_request_data_status_code(sta: Service, world: World) -> None:
    assert sta.status(world.thing) == 200
    assert sta.status("Things", filter=MINE) == 200
    assert sta.status(f"{world.thing}/Things") in (400, 404)
    assert sta.status(world.gone()) in (404, 410)


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


@pytest.mark.parametrize("name", ["search", "apply", "nothing"])
@requirement("request-data/query-status-code")
def test_request_data_query_not_offered(sta: Service, name: str) -> None:
    assert sta.status("Things", **{name: "tree"}) in (400, 501)


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("result", RESULTS),
        ("result asc", RESULTS),
        ("result desc", RESULTS[::-1]),
        ("resultTime desc", RESULTS[::-1]),
        ("phenomenonTime asc", RESULTS),
        ("Datastream/name,result desc", RESULTS[::-1]),
        ("result mod 2 desc,result", [1, 3, 5, 7, 9, 0, 2, 4, 6, 8]),
    ],
)
@requirement("request-data/orderby")
def test_request_data_orderby(sta: Service, world: World, order: str, expected: list[int]) -> None:
    assert results(sta, world, orderby=order) == expected


@requirement("request-data/orderby")
def test_request_data_orderby_entities(sta: Service, world: World) -> None:
    two = f"name eq '{RUN} first' or name eq '{RUN} second'"
    found = sta.values("Datastreams", filter=two, orderby="name desc")
    assert [each["name"] for each in found] == [f"{RUN} second", f"{RUN} first"]


@requirement("request-data/orderby")
def test_request_data_orderby_nulls_come_first(sta: Service, world: World) -> None:
    """9.3.3.2: null comes before every value when ascending, behind them when descending."""
    stream = world.new_stream("nulls")
    with_time = world.observe(stream, 1, 1)
    links = {"Datastream": world.link(stream), "FeatureOfInterest": world.link(world.feature)}
    without = sta.make("Observations", {"phenomenonTime": at(2), "result": 2, **links})
    if sta.get(without)["resultTime"] is not None:
        pytest.skip("the service fills resultTime in")
    for order, first in (("asc", without), ("desc", with_time)):
        found = sta.values(f"{stream}/Observations", orderby=f"resultTime {order}")
        assert found[0]["@iot.id"] == sta.get(first)["@iot.id"], order


@requirement("request-data/top")
def test_request_data_top(sta: Service, world: World) -> None:
    found = sta.get(f"{world.stream}/Observations", top=4, orderby="result")
    assert [each["result"] for each in found["value"]] == RESULTS[:4]
    assert "@iot.nextLink" in found


@requirement("request-data/top")
def test_request_data_top_of_everything(sta: Service, world: World) -> None:
    found = sta.get(f"{world.stream}/Observations", top=10)
    assert len(found["value"]) == 10
    assert "@iot.nextLink" not in found


@requirement("request-data/top")
def test_request_data_top_zero_and_huge(sta: Service, world: World) -> None:
    assert sta.values(f"{world.stream}/Observations", top=0) == []
    assert len(sta.values(f"{world.stream}/Observations", top=100_000_000)) == 10


@pytest.mark.parametrize(("skip", "expected"), [(0, RESULTS), (7, [7, 8, 9]), (10, [])])
@requirement("request-data/skip")
def test_request_data_skip(sta: Service, world: World, skip: int, expected: list[int]) -> None:
    assert results(sta, world, orderby="result", skip=skip) == expected


@requirement("request-data/skip")
def test_request_data_skip_and_top(sta: Service, world: World) -> None:
    assert results(sta, world, orderby="result", skip=2, top=2) == [2, 3]


@requirement("request-data/count")
def test_request_data_count(sta: Service, world: World) -> None:
    address = f"{world.stream}/Observations"
    assert sta.get(address, count="true", top=1, skip=2)["@iot.count"] == 10
    assert sta.get(address, count="true", filter="result lt 3")["@iot.count"] == 3
    assert "@iot.count" not in sta.get(address, count="false")


@pytest.mark.parametrize("order", ["result", "phenomenonTime desc", "id"])
@requirement("request-data/pagination")
def test_request_data_pagination(sta: Service, world: World, order: str) -> None:
    page = sta.get(f"{world.stream}/Observations", top=3, orderby=order)
    seen = [each["result"] for each in page["value"]]
    while link := page.get("@iot.nextLink"):
        page = sta.get(link)
        assert len(page["value"]) <= 3
        seen += [each["result"] for each in page["value"]]
        assert len(seen) <= 10, seen
    assert sorted(seen) == RESULTS


@requirement("request-data/pagination")
def test_request_data_pagination_keeps_the_query(sta: Service, world: World) -> None:
    page = sta.get(
        f"{world.stream}/Observations",
        top=2,
        orderby="result",
        select="result",
        filter="result ge 1 and result lt 5",
        count="true",
    )
    following = sta.get(page["@iot.nextLink"])
    assert [each["result"] for each in following["value"]] == [3, 4]
    assert following["@iot.count"] == 4
    assert "phenomenonTime" not in following["value"][0]
    assert "@iot.nextLink" not in following


@requirement("request-data/pagination")
def test_request_data_pagination_by_the_service(sta: Service, world: World) -> None:
    """A page that the service cuts short by itself names the next one."""
    page = sta.get("Observations", count="true")
    assert len(page["value"]) == page["@iot.count"] or "@iot.nextLink" in page
