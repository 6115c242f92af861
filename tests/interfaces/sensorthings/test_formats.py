# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""$resultFormat, figures of intervals, fewer points for charts."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from tests.interfaces.sensorthings.readers import ROOT, city_in

from allmende.core import sensing
from allmende.model.sensing.observation import Flag, Observation
from allmende.policy import SYSTEM

pytestmark = pytest.mark.anyio

HOUR = 3_600_000_000
START = 1_709_251_200_000_000  # 2024-03-01


def between(start: str, end: str) -> str:
    day = "2024-03-01"
    return f"phenomenonTime ge {day}T{start}:00Z and phenomenonTime lt {day}T{end}:00Z"


async def test_data_arrays(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        found = await city.get(
            "Observations", **{"$resultFormat": "dataArray", "$count": "true", "$top": "4"}
        )
        assert found["@iot.count"] == 9
        first, second = found["value"]
        assert (
            first["Datastream@iot.navigationLink"] == f"{ROOT}/Datastreams({city.streams['soil']})"
        )
        assert first["components"] == ["id", "phenomenonTime", "resultTime", "result"]
        assert first["dataArray@iot.count"] == len(first["dataArray"]) == 2
        ident, time, told, result = first["dataArray"][1]
        assert (time, told, result) == ("2024-03-02T00:00:00Z", None, 4)
        assert (await city.get(f"Observations({ident})"))["result"] == 4
        assert [row[-1] for row in second["dataArray"]] == [5, 6]
        rest = await city.get(found["@iot.nextLink"])
        assert [row[-1] for each in rest["value"] for row in each["dataArray"]] == [7.5, 30, 31, 32]
        slim = await city.get(
            "Observations", **{"$resultFormat": "dataArray", "$select": "result", "$top": "1"}
        )
        assert slim["value"][0]["dataArray"] == [[3]]
        wrong = await city.ask("GET", "Things", params={"$resultFormat": "dataArray"})
        assert wrong.status_code == 400
        assert await city.code("Observations", resultFormat="xml") == 400


async def test_csv(tmp_path: Path) -> None:
    async with city_in("", tmp_path) as city:
        path = f"Datastreams({city.streams['air']})/Observations"
        answer = await city.ask("GET", path, params={"$resultFormat": "CSV", "$top": "2"})
        rows = list(csv.reader(io.StringIO(answer.text)))
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert rows[0] == ["@iot.id", "phenomenonTime", "resultTime", "result"]
        assert [row[1:] for row in rows[1:]] == [
            ["2024-03-01T00:00:00Z", "", "5"],
            ["2024-03-02T00:00:00Z", "", "6"],
        ]
        assert 'rel="next"' in answer.headers["link"]
        things = await city.ask(
            "GET",
            "Things",
            params={"$expand": "Datastreams($select=name)", "$select": "name,properties"},
            headers={"accept": "text/csv"},
        )
        found = list(csv.DictReader(io.StringIO(things.text)))
        assert [each["Datastreams/name"] for each in found] == ["soil", "air", "ground", "silent"]
        assert found[0]["properties/species"] == "Tilia"
        assert found[0]["properties/old"] == "true"
        assert found[0]["properties/at/no"] == "[3,4]"


async def test_geojson(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        points = {
            "Locations": 2,
            "FeaturesOfInterest": 2,
            "Things": 2,
            "Datastreams": 4,
            "HistoricalLocations": 2,
            "Observations": 9,
        }
        for path, size in points.items():
            answer = await city.ask("GET", path, params={"$resultFormat": "GeoJSON"})
            assert answer.headers["content-type"] == "application/geo+json"
            found = answer.json()
            assert found["type"] == "FeatureCollection"
            assert len(found["features"]) == size, path
            for each in found["features"]:
                assert each["type"] == "Feature"
                assert each["geometry"]["type"] == "Point", path
                assert "Locations" not in each["properties"]
        first = found["features"][0]
        assert (first["properties"]["result"], first["geometry"]["coordinates"]) == (
            3,
            [11.5, 50.9],
        )
        sensors = (await city.ask("GET", "Sensors", params={"$resultFormat": "GeoJSON"})).json()
        assert {each["geometry"] for each in sensors["features"]} == {None}
        one = await city.ask("GET", "Things(1)", params={"$resultFormat": "GeoJSON"})
        assert (one.json()["type"], one.json()["geometry"]["type"]) == ("Feature", "Point")


async def test_figures_of_intervals(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        stream = city.streams["silent"]
        rows = [
            Observation(datastream=stream, time=START + at * HOUR // 4, result=float(at))
            for at in range(400)
        ]
        rows[5].flag = Flag.BAD
        await sensing.observe(city.served.platform, SYSTEM, rows)
        path = f"Datastreams({stream})/Observations"

        async def figures(interval: str, methods: str = "n,mean,min,max", **options: str) -> list:  # type: ignore[type-arg]
            found = await city.get(path, interval=interval, aggregate=methods, **options)
            return list(found["value"])

        hours = await figures("PT1H")
        assert len(hours) == 100
        first = {"start": "2024-03-01T00:00:00Z"}
        assert hours[0] == {**first, "n": 4, "mean": 1.5, "min": 0, "max": 3}
        assert hours[1]["mean"] == pytest.approx((4 + 6 + 7) / 3)  # the bad one is left out
        assert hours[1]["n"] == 4
        part = {"$filter": between("01:00", "03:00")}
        assert await figures("PT1H", **part) == hours[1:3]
        inner = {"$filter": between("00:30", "01:00")}
        assert (await figures("PT1H", **inner))[0]["n"] == 2
        high = await figures("PT1H", **{"$filter": "result ge 398"})
        assert [(each["n"], each["min"]) for each in high] == [(2, 398)]
        quarters = await figures("PT30M", "n,first,last,sum")
        assert quarters[0] == {**first, "n": 2, "first": 0, "last": 1, "sum": 1}
        days = await figures("day", "n")
        assert [each["n"] for each in days] == [92, 96, 96, 96, 20]  # days of the city's zone
        assert days[1]["start"] == "2024-03-01T23:00:00Z"
        assert [each["n"] for each in await figures("month", "n")] == [400]
        assert sum(each["n"] for each in await figures("P1D", "n")) == 400
        assert await figures("year", "max") == [{"start": "2023-12-31T23:00:00Z", "max": 399}]
        answer = await city.ask("GET", f"{path}?interval=PT1H&aggregate=n&$resultFormat=CSV")
        assert answer.text.startswith("start,n\r\n2024-03-01T00:00:00Z,4\r\n")


async def test_wrong_figures_are_refused(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        path = f"Datastreams({city.streams['silent']})/Observations"
        wrong = (
            "Observations?interval=PT1H",
            "Things?interval=PT1H",
            f"{path}?interval=x",
            f"{path}?interval=PT0.5S",
            f"{path}?aggregate=mean",
            f"{path}?interval=PT1H&aggregate=median",
            f"{path}?interval=PT1H&$top=5",
            f"{path}?interval=PT1H&decimate=5",
            f"{path}?decimate=2",
            f"{path}?decimate=20000",
            f"{path}?decimate=x",
            "Things?decimate=10",
        )
        for each in wrong:
            assert (await city.ask("GET", each)).status_code == 400, each


async def test_fewer_points_draw_the_same_line(engine: str, tmp_path: Path) -> None:
    async with city_in(engine, tmp_path) as city:
        stream = city.streams["silent"]
        values = [0.0] * 1_000
        values[500], values[700] = 100.0, -50.0
        rows = [
            Observation(datastream=stream, time=START + at * HOUR, result=value)
            for at, value in enumerate(values)
        ]
        await sensing.observe(city.served.platform, SYSTEM, rows)
        path = f"Datastreams({stream})/Observations?$select=result,phenomenonTime"
        found = (await city.get(f"{path}&decimate=50"))["value"]
        times = [each["phenomenonTime"] for each in found]
        assert len(found) == 50
        assert times == sorted(times)
        assert {100, -50} <= {each["result"] for each in found}
        assert times[0] == "2024-03-01T00:00:00Z"
        assert len((await city.get(f"{path}&decimate=5000"))["value"]) == 1_000
        some = await city.get(f"{path}&decimate=10&$filter=result%20ne%200")
        assert [each["result"] for each in some["value"]] == [100, -50]
