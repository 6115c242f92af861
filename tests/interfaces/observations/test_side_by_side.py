# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Figures of intervals of several datastreams side by side, as CSV and JSON."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.interfaces.observations.test_observations import NOW, asking
from tests.support.sensing import stream, thing

from allmende.core import sensing
from allmende.core.sensing import side_by_side
from allmende.model.sensing.calendar import HOUR
from allmende.model.sensing.observation import Observation
from allmende.policy import SYSTEM

WORDS = "mean,min,max,n,sum"


def test_figures_are_those_of_each_datastream(engine: str, tmp_path: Path) -> None:
    """The same as SensorThings counts for one, from the archive and at hand, in any grain."""

    async def main() -> None:
        async with asking(engine, tmp_path) as (platform, client, streams, _number):
            air, other = streams["air"], await _another(platform)
            for grain in ("PT12H", "PT90M", "P1D", "day", "month"):
                asked: dict[str, Any] = {"interval": grain, "aggregate": WORDS}
                answer = await client.get(
                    "/observations.json", params=asked | {"stream": f"{air},{other}"}
                )
                found = answer.json()
                assert [each["datastream"] for each in found["series"]] == [air, other]
                for series in found["series"]:
                    path = f"/sensorthings/v1.1/Datastreams({series['datastream']})/Observations"
                    alone = (await client.get(path, params=asked)).json()["value"]
                    expected = {
                        each["start"].replace(".000Z", "Z"): each
                        for each in alone
                        if each["mean"] is not None
                    }
                    for at, start in enumerate(found["start"]):
                        one = expected.pop(start, None)
                        for name in ("mean", "min", "max", "sum"):
                            told = series[name][at]
                            assert told == (pytest.approx(one[name]) if one else None)
                        assert (series["n"][at] > 0) == (one is not None)
                    assert expected == {}

    anyio.run(main)


async def _another(platform: Any) -> int:
    """A datastream that measured only in the last of the months."""
    made = await sensing.register(platform, SYSTEM, thing("two", stream("wet")))
    ident = made.streams["wet"]
    times = range(NOW - 60 * HOUR, NOW, HOUR)
    given = [Observation(datastream=ident, time=at, result=at % 7 / 4) for at in times]
    await sensing.observe(platform, SYSTEM, given)
    return ident


def test_a_table_for_spreadsheets(engine: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with asking(engine, tmp_path) as (platform, client, streams, _number):
            air, other = streams["air"], await _another(platform)
            asked = {"stream": f"{air},{other}", "interval": "P1D", "start": "2024-03-29"}
            answer = await client.get("/observations.csv", params=asked)
            assert answer.headers["content-type"] == "text/csv; charset=utf-8"
            rows = list(csv.reader(io.StringIO(answer.text)))
            assert rows[0] == ["start", f"Stream air [°C] mean ({air})",
                               f"Stream wet [°C] mean ({other})"]  # fmt: skip
            assert [row[0] for row in rows[1:]] == [f"2024-03-{day}T00:00:00Z" for day in
                                                    (28, 29, 30, 31)]  # fmt: skip
            assert rows[1][2] == ""
            assert all(float(row[1]) > 0 for row in rows[1:])

    anyio.run(main)


def test_what_is_hidden_or_too_much_is_told(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with asking(engine, tmp_path) as (_, client, streams, number):

            async def get(asked: str, ending: str = "json") -> Any:
                return await client.get(f"/observations.{ending}?{asked}")

            assert (await get(f"stream={streams['in']}&interval=PT1H")).status_code == 404
            both = (await get(f"stream={streams['in']},{streams['air']}&interval=P1D")).json()
            assert [each["datastream"] for each in both["series"]] == [streams["air"]]
            texts = (await get(f"stream={streams['words']}&interval=P1D")).json()
            assert (texts["start"], texts["series"][0]["mean"]) == ([], [])
            empty = await get(f"stream={streams['air']}&interval=PT1H&start=2030-01-01")
            assert empty.json()["start"] == []
            for asked, part in (
                ("stream=1&aggregate=mean", "PT1H"),
                ("stream=1&interval=PT0.5S", "one second"),
                ("stream=1&interval=P1D&aggregate=median", "median"),
                ("stream=1&interval=P1D&aggregate=", "aggregate"),
                ("interval=P1D", "stream=1,2"),
                (f"thing={number}&interval=PT1S&start=soon", "soon"),
            ):
                answer = await get(asked)
                assert (answer.status_code, asked, part in answer.text) == (400, asked, True)
            assert (await get("stream=1&interval=P1D", "parquet")).status_code == 400
            assert (await get(f"stream={streams['air']}&interval=PT1S")).status_code == 200
            monkeypatch.setattr(side_by_side, "MOST_CELLS", 50)
            answer = await get(f"stream={streams['air']}&interval=P1D")
            assert (answer.status_code, "50" in answer.text) == (413, True)

    anyio.run(main)
