# SPDX-FileCopyrightText: 2026 Allmende contributors
# SPDX-License-Identifier: EUPL-1.2
"""Observations as CSV, JSON and Parquet over HTTP, from the store and from the archive."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pyarrow.parquet
import pytest
from tests.support.platforms import settings_for
from tests.support.sensing import stream, thing

from allmende.core import sensing
from allmende.core.platform import Platform
from allmende.core.sensing import archiving, exporting, keeping, retaining
from allmende.model.sensing.calendar import HOUR, month_start
from allmende.model.sensing.observation import Flag, Observation
from allmende.model.sensing.retention import Policy, from_toml
from allmende.model.sensing.specs import CATEGORY
from allmende.policy import SYSTEM
from allmende.web import create_app

BEGIN = month_start(202401)
NOW = month_start(202404)


@asynccontextmanager
async def asking(
    engine: str, folder: Path
) -> AsyncIterator[tuple[Platform, httpx2.AsyncClient, dict[str, int], int]]:
    """A platform with January and February in the archive and March at hand."""
    async with Platform.open(settings_for(engine, folder, access_log=False)) as platform:
        spec = thing(
            "one", stream("air"), stream("words", kind=CATEGORY), stream("in", access="internal")
        )
        made = await sensing.register(platform, SYSTEM, spec)
        for key, ident in made.streams.items():
            given = [
                Observation(
                    datastream=ident,
                    time=time,
                    result=f'=cmd|"{at}",\n' if key == "words" else at / 2,
                    end=time + HOUR if at % 2 else None,
                    flag=Flag.BAD if at == 3 else Flag.UNCHECKED,
                )
                for at, time in enumerate(range(BEGIN, NOW, 12 * HOUR))
            ]
            await sensing.observe(platform, SYSTEM, given)
        await keeping.pack_settled(platform, NOW)
        rule = Policy(id="all", title={"de": "Alles"}, days=20)
        await retaining.save(platform, SYSTEM, rule, "old ones go")
        await archiving.run(platform, moment=NOW)
        transport = httpx2.ASGITransport(create_app(platform))
        async with httpx2.AsyncClient(
            transport=transport, base_url=platform.settings.base_url
        ) as client:
            yield platform, client, made.streams, made.thing


def test_files_hold_the_whole_period(engine: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with asking(engine, tmp_path) as (_, client, streams, number):
            air, n = streams["air"], (NOW - BEGIN) // (12 * HOUR)
            answer = await client.get("/observations.csv", params={"stream": air})
            assert answer.headers["content-type"] == "text/csv; charset=utf-8"
            rows = list(csv.DictReader(io.StringIO(answer.text)))
            assert len(rows) == n
            assert rows[1] == {
                "datastream": str(air),
                "name": "Stream air",
                "property": "Temperature",
                "unit": "°C",
                "time": "2024-01-01T12:00:00Z",
                "end": "2024-01-01T13:00:00Z",
                "result": "0.5",
                "flag": "unchecked",
            }
            assert (rows[2]["result"], rows[2]["end"], rows[3]["flag"]) == ("1", "", "bad")
            found = json.loads((await client.get(f"/observations.json?stream={air}")).text)
            assert [each["result"] for each in found["observations"]] == [
                float(each["result"]) for each in rows
            ]
            assert found["datastreams"][0]["unit"]["symbol"] == "°C"
            answer = await client.get(f"/observations.parquet?thing={number}")
            table = pyarrow.parquet.read_table(io.BytesIO(answer.content))
            assert table.num_rows == 2 * n
            times = table.column("time").to_pylist()
            assert times[:n] == sorted(times[:n])
            assert times[0].isoformat() == "2024-01-01T00:00:00+00:00"

    anyio.run(main)


def test_texts_are_cells_and_never_formulas(engine: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with asking(engine, tmp_path) as (_, client, streams, _number):
            answer = await client.get(f"/observations.csv?stream={streams['words']}")
            rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
            assert rows[5]["result"] == '\'=cmd|"5",\n'

    anyio.run(main)


def test_a_period_in_local_days(engine: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with asking(engine, tmp_path) as (_, client, streams, _number):
            asked: dict[str, Any] = {"stream": streams["air"], "end": "2024-02-12T00:00:00+01:00"}
            answer = await client.get("/observations.csv", params=asked | {"start": "2024-02-10"})
            rows = list(csv.DictReader(io.StringIO(answer.text)))
            assert rows[0]["time"] == "2024-02-10T00:00:00Z"
            assert rows[-1]["time"] == "2024-02-11T12:00:00Z"

    anyio.run(main)


def test_what_is_closed_is_in_no_file(engine: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with asking(engine, tmp_path) as (_, client, streams, number):
            for ending in ("csv", "json", "parquet"):
                path = f"/observations.{ending}"
                hidden = await client.get(path, params={"stream": streams["in"]})
                assert hidden.status_code == 404
                head = await client.head(path, params={"thing": number})
                assert head.status_code == 200
            listed = (await client.get("/observations/archive")).json()["items"]
            assert [each["month"] for each in listed] == ["2024-02", "2024-01"]
            assert {each["datastreams"] for each in listed} == {2}
            answer = await client.get(listed[1]["address"])
            table = pyarrow.parquet.read_table(io.BytesIO(answer.content))
            assert set(table.column("datastream").to_pylist()) == {
                streams["air"],
                streams["words"],
            }
            assert table.num_rows == listed[1]["observations"]
            of_thing = (await client.get("/observations/archive?thing=99")).json()
            assert of_thing == {"items": []}
            for path in ("2024-03", "1999-01", "2024-13", "x"):
                gone = await client.get(f"/observations/archive/{path}.parquet")
                assert gone.status_code == 404

    anyio.run(main)


def test_limits_have_sentences(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with asking(engine, tmp_path) as (_, client, streams, number):
            air = streams["air"]
            for asked, part in (
                ("", "stream=1,2"),
                ("stream=x", "whole numbers"),
                (f"stream={air}&start=soon", "soon"),
                (f"stream={','.join(['1'] * 201)}", "at most 200"),
            ):
                answer = await client.get(f"/observations.csv?{asked}")
                assert 400 <= answer.status_code < 500
                assert part in answer.text
            monkeypatch.setattr(exporting, "MOST", 100)
            answer = await client.get(f"/observations.parquet?thing={number}")
            assert answer.status_code in (400, 413)
            assert "100" in answer.text
            answer = await client.get("/observations/archive/2024-01.parquet")
            assert answer.status_code in (400, 413)

    anyio.run(main)


def test_rules_are_public_documents(engine: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with asking(engine, tmp_path) as (platform, client, _streams, _number):
            (rule,) = (await client.get("/retention.json")).json()["items"]
            assert rule["version"] == 1
            assert "20 Tage" in rule["sentence"]["de"]
            text = (await client.get("/retention.toml")).text
            (read,) = from_toml(text)
            (known,) = await retaining.rules(platform, SYSTEM)
            assert read == known.policy

    anyio.run(main)


def test_closing_takes_data_out_of_the_archive_at_once(engine: str, tmp_path: Path) -> None:
    async def main() -> None:
        async with asking(engine, tmp_path) as (platform, client, _streams, _number):
            closed = (stream("air"), stream("words", kind=CATEGORY))
            await sensing.register(platform, SYSTEM, thing("one", *closed, access="restricted"))
            for path in ("observations/archive/2024-01.parquet", "observations.csv?thing=1"):
                assert (await client.get(f"/{path}")).status_code == 404
            assert (await client.get("/observations/archive")).json() == {"items": []}

    anyio.run(main)
