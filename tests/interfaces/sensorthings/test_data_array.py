# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""CreateObservations: many observations at once (OGC 18-088 clause 14.3)."""

from pathlib import Path
from typing import Any

import pytest
from tests.interfaces.sensorthings.writers import feature, multi, number, service, stream, tree

from allmende.core.sensing import arrays
from allmende.interfaces.sensorthings import data_array

pytestmark = pytest.mark.anyio


def rows(path: str, *given: list[Any], components: str = "phenomenonTime,result") -> dict[str, Any]:
    kind = path.partition("(")[0].removesuffix("s")
    return {
        kind: {"@iot.id": number(path)},
        "components": components.split(","),
        "dataArray@iot.count": len(given),
        "dataArray": list(given),
    }


async def test_a_bad_row_costs_the_others_nothing(engine: str, tmp_path: Path) -> None:
    async with service(tmp_path, engine) as api:
        made, one = await tree(api)
        two = await api.make(f"{made}/Datastreams", stream())
        several = await api.make(f"{made}/MultiDatastreams", multi())
        place = number(await api.make("FeaturesOfInterest", feature()))
        wide = "result,phenomenonTime,resultTime,resultQuality,validTime,parameters,"
        answer = await api.post(
            "CreateObservations",
            [
                rows(one, ["2024-01-01T00:00:00Z", 1], ["2024-01-01T01:00:00+01:00", "2.5"]),
                rows(two, ["gestern", 1], ["2024-01-02T00:00:00Z", "viel"], [1], "x",
                     ["2024-01-02T00:00:00Z/2024-01-03T00:00:00Z", 7]),
                rows(
                    two,
                    [8, "2024-02-01T00:00:00Z", None, "gut", None, {"a": 1}, place],
                    [9, "2024-02-02T00:00:00Z", None, None, None, None, 999],
                    components=wide + "FeatureOfInterest/id",
                ),
                rows(several, ["2024-01-01T00:00:00Z", [1, True]], ["2024-01-01T00:00:00Z", 1]),
                rows("Datastreams(999)", ["2024-01-01T00:00:00Z", 1]),
                rows(f"Datastreams({number(several)})", ["2024-01-01T00:00:00Z", 1]),
            ],
        )  # fmt: skip
        told = answer.json()
        wrong = [place for place, each in enumerate(told) if each == "error"]
        assert wrong == [2, 3, 4, 5, 8, 10, 11, 12]
        found = [await api.get(each) for each in told if each != "error"]
        assert [each["result"] for each in found] == [1, 2.5, 7, 8, [1, True]]
        assert found[2]["phenomenonTime"] == "2024-01-02T00:00:00Z/2024-01-03T00:00:00Z"
        assert (found[3]["parameters"], found[3]["resultQuality"]) == ({"a": 1}, "gut")
        assert (await api.get(f"{told[7]}/FeatureOfInterest"))["name"] == "Krone"
        assert (await api.get(f"{told[0]}/FeatureOfInterest"))["name"] == "Platz"
        assert len(await api.values("Observations")) == 5


async def test_without_a_time_it_is_now(tmp_path: Path) -> None:
    async with service(tmp_path) as api:
        _, path = await tree(api)
        answer = await api.post("CreateObservations", [rows(path, [1], [2], components="result")])
        found = [await api.get(each) for each in answer.json()]
        assert found[0]["phenomenonTime"] == found[1]["phenomenonTime"]


BAD: dict[str, Any] = {
    "no list": {"Datastream": {"@iot.id": 1}},
    "no datastream": [{"components": ["result"], "dataArray": [[1]]}],
    "no result": [
        {"Datastream": {"@iot.id": 1}, "components": ["phenomenonTime"], "dataArray": []}
    ],
    "no rows": [{"Datastream": {"@iot.id": 1}, "components": ["result"]}],
    "rows that are none": [
        {"Datastream": {"@iot.id": 1}, "components": ["result"], "dataArray": 1}
    ],
    "twice": [{"Datastream": {"@iot.id": 1}, "components": ["result", "result"], "dataArray": []}],
    "unknown": [{"Datastream": {"@iot.id": 1}, "components": ["result", "x"], "dataArray": []}],
    "a bad id": [{"Datastream": {"@iot.id": "x"}, "components": ["result"], "dataArray": []}],
}


@pytest.mark.parametrize("name", BAD)
async def test_what_is_no_data_array(name: str, tmp_path: Path) -> None:
    async with service(tmp_path) as api:
        await tree(api)
        await api.post("CreateObservations", BAD[name], 400)
        assert await api.values("Observations") == []


async def test_parts_and_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "PART", 7)
    monkeypatch.setattr(data_array, "MOST_ROWS", 60)
    async with service(tmp_path) as api:
        made, one = await tree(api)
        two = await api.make(f"{made}/Datastreams", stream())

        def table(path: str, n: int) -> dict[str, Any]:
            return rows(path, *[[f"2024-01-01T00:00:{second:02}Z", second] for second in range(n)])

        told = (await api.post("CreateObservations", [table(one, 10), table(two, 20)])).json()
        assert len(set(told)) == 30
        ids = [number(each) for each in told]
        assert [each >> 32 for each in ids] == [number(one)] * 10 + [number(two)] * 20
        results = await api.values(f"{two}/Observations", **{"$orderby": "phenomenonTime"})
        assert [each["result"] for each in results] == list(range(20))
        await api.post("CreateObservations", [table(one, 31), table(two, 30)], 413)
        assert len(await api.values("Observations")) == 30


async def test_rights(tmp_path: Path) -> None:
    async with service(tmp_path) as api:
        _, path = await tree(api)
        body = [rows(path, ["2024-01-01T00:00:00Z", 1])]
        await api.of("").post("CreateObservations", body, 401)
        await api.of("reader-jena").post("CreateObservations", body, 403)
        await api.of("contributor-other").post("CreateObservations", body, 403)
        await api.ask("PATCH", "Things(1)", json={"@allmende.access": "internal"})
        hidden = await api.of("contributor-other").post("CreateObservations", body)
        assert hidden.json() == ["error"]
        absent = [rows("Datastreams(999)", ["2024-01-01T00:00:00Z", 1])]
        same = await api.of("contributor-other").post("CreateObservations", absent)
        assert same.json() == ["error"]
